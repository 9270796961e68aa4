"""With the baseline in git, `lint` agrees with `diff`, and does not judge what only the ref could tell."""

from __future__ import annotations

import json

import pytest

from runners import REF, Office, Runner


@pytest.fixture
def one(office: Office) -> Runner:
    """Give a checkout right after the first pull from a help center with a picture; nothing was pushed yet."""
    one = office.first(1)
    office.sandbox.create_article("Seen", body='<p>Look.</p><img src="https://pictures.example/a.png">')
    assert one("pull", "--new").code == 0
    one.git("add", "-A")
    one.git("commit", "-qm", "Bring it home")
    one.git("push", "-q", "origin", "HEAD:main")
    return one


def judged(runner: Runner) -> tuple[int | None, str]:
    """Return what lint says: its exit code, and its findings and notes."""
    ran = runner("lint")
    return ran.code, ran.out + ran.err


def show(runner: Runner, name: str) -> None:
    """Let a writer show a new picture, which no public address has."""
    runner.write(f"content/a/{name}.png", f"GIF89a, pixels of {name}")
    runner.article(7, f"![New]({name}.png)")


def test_a_pulled_picture_is_not_a_finding(one: Runner) -> None:
    code, said = judged(one)
    assert code == 0
    assert "no-public-url" not in said
    assert "note:" not in said
    assert one("diff").code == 0


def test_a_pulled_picture_is_not_a_finding_in_a_fresh_checkout(office: Office, one: Runner) -> None:
    two = office.clone("two")
    code, said = judged(two)
    assert code == 0
    assert "no-public-url" not in said
    assert "note:" not in said
    assert two("diff").code == 0
    assert one("lint").code == 0


def test_a_reformatted_list_of_pulled_items_is_still_read(office: Office, one: Runner) -> None:
    name = ".helpsync/baseline/production.pulled.jsonl"
    lines = (one.root / name).read_text(encoding="utf-8").splitlines()
    one.write(name, "".join(json.dumps(json.loads(line)) + "\n" for line in lines))
    one.git("commit", "-qam", "Format")
    one.git("push", "-q", "origin", "HEAD:main")
    two = office.clone("two")
    code, said = judged(two)
    assert code == 0
    assert "note:" not in said
    show(two, "new")
    assert judged(two)[0] == 11


def test_a_new_picture_is_a_finding_before_any_push(one: Runner) -> None:
    show(one, "new")
    code, said = judged(one)
    assert code == 11
    assert said.count("no-public-url") == 1
    assert "content/a/n7.md" in said
    assert one("diff").code == 11


def test_after_a_push_lint_knows_what_the_ref_knows(office: Office, one: Runner) -> None:
    assert one.push().code == 0
    assert judged(one)[0] == 0
    show(one, "new")
    assert judged(one)[0] == one("diff").code == 11
    assert office.names()


def test_without_the_ref_lint_says_once_what_it_cannot_check(office: Office, one: Runner) -> None:
    assert one.push().code == 0
    office.sandbox.create_article("Later", body='<img src="https://pictures.example/b.png"><p>Words.</p>')
    assert one("pull", "--new").code == 0
    one.git("add", "-A")
    one.git("commit", "-qm", "Bring more home")
    one.git("push", "-q", "origin", "HEAD:main")
    two = office.clone("two")
    code, said = judged(two)
    assert code == 0
    assert said.count("note:") == 1
    assert "2 pictures" in said
    assert REF in said
    codes = {each["code"] for each in two("lint", "--format", "json").json["findings"]}
    assert codes == {"no-collection"}
    assert two("diff").code == 0
    # By now the ref was fetched.
    assert "note:" not in judged(two)[1]
    show(two, "new")
    assert judged(two)[0] == two("diff").code == 11


def test_lint_asks_neither_intercom_nor_the_git_remote_nor_for_a_token(office: Office, one: Runner) -> None:
    two = office.clone("two")
    office.environ["INTERCOM_ACCESS_TOKEN"] = ""
    for runner in (one, two):
        runner.git("remote", "set-url", "origin", "file:///nowhere")
        ran = runner("lint")
        assert (ran.code, ran.calls) == (0, [])
