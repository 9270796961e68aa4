"""The baseline in a ref of the git remote: what the ref has, and where it works."""

from __future__ import annotations

import json
import shutil
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING, Any

import pytest

from helpsync.errors import Exit
from helpsync.git import Done, call
from runners import REF, git

if TYPE_CHECKING:
    from pathlib import Path

    from runners import Office

pytestmark = pytest.mark.slow


def test_another_checkout_knows_what_one_has_pushed(office: Office) -> None:
    one = office.first()
    assert one.push().code == Exit.OK
    two = office.clone("two")
    ran = two.push()
    assert (ran.code, ran.writes) == (Exit.OK, [])
    assert "nothing to do" in two("diff").out
    assert len(office.sandbox.articles()) == 3


def test_the_ref_holds_the_baseline_the_sources_by_blob_id_and_the_commit_pushed_from(office: Office) -> None:
    one = office.first(1)
    one.push()
    blobs = [one.git("rev-parse", f"HEAD:content/a/{name}") for name in ("_collection.md", "n0.md")]
    assert office.names() == ["about.json", "baseline.json", *sorted(f"sources/{blob}" for blob in blobs)]
    assert json.loads(office.held("about.json"))["commit"] == one.git("rev-parse", "HEAD")
    assert [line.split(":")[0] for line in office.held("baseline.json").splitlines()[7:9]] == ['"a/"', '"a/n0"']
    assert office.held(f"sources/{blobs[1]}").endswith("Text 0.")


def test_every_commit_of_the_ref_follows_the_one_before(office: Office) -> None:
    git(office.origin, "config", "receive.denyNonFastForwards", "true")
    git(office.origin, "config", "receive.denyDeletes", "true")
    one = office.first()
    one.push()
    first = git(office.origin, "rev-parse", REF)
    one.article(0, "Another text.")
    one.commit("Edit")
    assert one.push().code == Exit.OK
    subjects = git(office.origin, "log", "--format=%s", REF).splitlines()
    assert [subject.split(" ", 2)[2] for subject in subjects] == ["pushed", "begins to push"] * 2
    git(office.origin, "merge-base", "--is-ancestor", first, REF)
    assert one.git("rev-parse", REF) == git(office.origin, "rev-parse", REF)


def test_branches_index_and_working_tree_stay_as_they_are(office: Office) -> None:
    one = office.first()
    (one.root / "notes.txt").write_text("mine")
    one.git("add", "notes.txt")
    before = [one.git(*asked) for asked in LOOKS]
    one.push()
    assert [one.git(*asked) for asked in LOOKS] == before
    two = office.clone("two")
    before = [two.git(*asked) for asked in LOOKS]
    two("diff")
    two.push()
    assert [two.git(*asked) for asked in LOOKS] == before
    assert not (two.root / ".git/FETCH_HEAD").exists()
    assert git(office.origin, "for-each-ref", "--format=%(refname)").splitlines() == ["refs/heads/main", REF]


LOOKS = (
    ("for-each-ref", "refs/heads", "refs/remotes", "refs/tags"),
    ("diff", "--cached", "--name-only"),
    ("ls-files", "--others", "--exclude-standard"),
    ("rev-parse", "HEAD"),
)


def test_a_push_works_with_protected_branches(office: Office) -> None:
    one = office.first()
    hook = office.origin / "hooks/update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/heads/*) echo "branches are protected" >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    assert one.push().code == Exit.OK
    one.article(0, "Another text.")
    one.commit("Edit")
    assert one.push().code == Exit.OK
    assert "lease.json" not in office.names()


def test_hooks_of_the_checkout_are_not_run(office: Office) -> None:
    one = office.first()
    hook = one.root / ".git/hooks/pre-push"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert one.push().code == Exit.OK


def test_a_user_without_a_git_identity_can_push(office: Office) -> None:
    one = office.first()
    one.git("config", "user.useConfigOnly", "true")
    assert one.push().code == Exit.OK
    assert git(office.origin, "log", "-1", "--format=%an %cn", REF) == "helpsync helpsync"


def test_a_shallow_clone_is_deepened_until_the_commit_last_pushed_from_is_found(office: Office) -> None:
    one = office.first()
    one.push()
    for number in range(60):
        one.article(0, f"Version {number}.")
        one.commit(f"Edit {number}")
    one.git("push", "-q", "origin", "HEAD:main")
    two = office.clone("two", "--depth=1")
    ran = two.push()
    assert (ran.code, len(ran.writes)) == (Exit.OK, 1)
    assert two.git("rev-list", "--count", "HEAD") == "61"
    assert "Version 59" in office.sandbox.articles()[0]["body"]


def test_a_shallow_clone_with_a_commit_of_its_own_is_deepened_too(office: Office) -> None:
    one = office.first()
    one.push()
    for number in range(3):
        one.article(0, f"Version {number}.")
        one.commit(f"Edit {number}")
    one.git("push", "-q", "origin", "HEAD:main")
    two = office.clone("two", "--depth=1")
    two.article(1, "Mine.")
    two.commit("Mine")
    ran = two.push()
    assert (ran.code, len(ran.writes)) == (Exit.OK, 2)


def test_a_repository_with_sha256_object_ids_works(office: Office, tmp_path: Path) -> None:
    one = office.first()
    shutil.rmtree(one.root / ".git")
    shutil.rmtree(office.origin)
    git(tmp_path, "init", "-q", "--bare", "--object-format=sha256", str(office.origin))
    one.git("init", "-q", "--object-format=sha256")
    one.git("remote", "add", "origin", f"file://{office.origin}")
    one.article(0, "__Text__ 0.")
    one.commit("Begin")
    assert one.push().code == Exit.OK
    one.article(0, "Another text.")
    one.commit("Edit")
    assert "-__Text__ 0." in one("diff").out
    assert one.push().code == Exit.OK
    assert one.push().writes == []


def test_what_is_recorded_is_the_commit_that_was_read(office: Office) -> None:
    one = office.first(1)
    head = one.git("rev-parse", "HEAD")

    def go_on(_method: str, _path: str) -> None:
        one.git("commit", "-q", "--allow-empty", "-m", "Meanwhile")

    office.on_write = go_on
    assert one.push().code == Exit.OK
    assert one.git("rev-parse", "HEAD") != head
    assert json.loads(office.held("about.json"))["commit"] == head


def test_a_shallow_clone_shows_the_old_text_from_the_ref_and_stays_shallow(office: Office) -> None:
    one = office.first()
    one.article(0, "__Text__ 0.")
    one.commit("As reading back would not spell it")
    one.push()
    one.article(0, "Another text.")
    one.commit("Edit")
    one.git("push", "-q", "origin", "HEAD:main")
    two = office.clone("two", "--depth=1")
    assert "-__Text__ 0." in two("diff").out
    assert two.git("rev-list", "--count", "HEAD") == "1"


def test_a_full_clone_stays_full(office: Office) -> None:
    office.first().push()
    two = office.clone("two")
    two("diff")
    two.push()
    assert two.git("rev-parse", "--is-shallow-repository") == "false"


def test_the_old_side_of_a_diff_comes_from_the_ref(office: Office) -> None:
    one = office.first(1)
    one.article(0, "__Text__ 0.")
    one.commit("As reading back would not spell it")
    one.push()
    one.git("checkout", "-q", "--orphan", "new")
    one.article(0, "Another text.")
    one.commit("Without history")
    one.git("push", "-qf", "origin", "HEAD:main")
    two = office.clone("two")
    blob = next(iter(json.loads(office.held("baseline.json"))["addresses"]["a/n0"]["locales"].values()))["blob"]
    assert git(two.root, "cat-file", "--batch-check", given=blob) == f"{blob} missing"
    assert "-__Text__ 0." in two("diff").out


def test_the_sandbox_keeps_its_baseline_beside_its_store(office: Office) -> None:
    one = office.first()
    one.push("--remote", "sandbox")
    assert (one.root / ".helpsync/sandbox/baseline.json").exists()
    assert git(office.origin, "for-each-ref", "refs/helpsync") == ""


def test_a_push_with_nothing_to_do_leaves_the_recorded_commit(office: Office) -> None:
    one = office.first()
    one.push()
    before = office.held("about.json")
    one.git("commit", "-q", "--allow-empty", "-m", "Nothing")
    assert one.push().code == Exit.OK
    assert office.held("about.json") == before


def test_the_baseline_starts_from_an_existing_file_and_says_so(office: Office) -> None:
    one = office.first()
    settings = (one.root / "helpsync.yaml").read_text()
    one.write("helpsync.yaml", settings.replace("baseline: git", "baseline: file"))
    one.push()
    kept = (one.root / ".helpsync/baseline/production.json").read_text()
    one.write("helpsync.yaml", settings)
    one.article(0, "Another text.")
    one.commit("Edit")
    ran = one.push()
    assert (ran.code, ran.writes) == (Exit.OK, [("PUT", "/articles/1001")])
    assert "refs/helpsync/production in origin has no baseline yet: beginning from .helpsync/baseline/" in ran.err
    assert "git rm .helpsync/baseline/production.json" in ran.err
    assert len(office.held("baseline.json").splitlines()) == len(kept.splitlines())
    assert "beginning from" not in one.push().err


def test_a_switch_to_git_keeps_the_source_of_a_text_in_conflict(office: Office) -> None:
    one = office.first()
    settings = (one.root / "helpsync.yaml").read_text()
    one.write("helpsync.yaml", settings.replace("baseline: git", "baseline: file"))
    one.article(0, "__Text__ 0.")
    one.commit("As reading back would not spell it")
    one.push()
    one.write("helpsync.yaml", settings)
    found = next(item for item in office.sandbox.articles() if item["title"] == "Number 0")
    office.sandbox.edit_article(found["id"], body="<p>By a teammate.</p>")
    one.article(0, "Mine.")
    one.article(1, "Another text.")
    one.commit("Edit")
    one.git("push", "-q", "origin", "HEAD:main")
    ran = one.push()
    assert [path for _, path in ran.writes] == ["/articles/1002"]
    office.sandbox.edit_article(found["id"], body=found["body"])
    two = office.clone("two", "--depth=1")
    assert "-__Text__ 0." in two("diff").out


def test_the_way_back_to_a_file_is_one_git_command(office: Office) -> None:
    one = office.first()
    one.push()
    one.write(".helpsync/baseline/production.json", one.git("show", f"{REF}:baseline.json"))
    settings = (one.root / "helpsync.yaml").read_text()
    one.write("helpsync.yaml", settings.replace("baseline: git", "baseline: file"))
    ran = one.push()
    assert (ran.code, ran.writes) == (Exit.OK, [])


def test_a_diff_needs_no_commit_and_takes_no_lease(office: Office) -> None:
    one = office.first()
    one.push()
    before = git(office.origin, "rev-parse", REF)
    one.article(0, "Another text.")
    assert one("diff", "--exit-code").code == Exit.CHANGES
    assert git(office.origin, "rev-parse", REF) == before


@pytest.mark.parametrize("reply", ["lost", "late", "refused"])
def test_a_move_of_the_ref_whose_reply_is_lost_counts(
    office: Office, reply: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = office.first()

    def cut_off(root: Path, *arguments: str, **more: Any) -> Done:
        if arguments[0] != "push":
            return call(root, *arguments, **more)
        if reply != "refused":
            call(root, *arguments, **more)
        if reply == "late":
            raise TimeoutExpired("git", 120)
        return Done(1, b"", "the connection died")

    monkeypatch.setattr("helpsync.baseline.git_ref.call", cut_off)
    ran = one.push()
    if reply != "refused":
        assert ran.code == Exit.OK
        assert "lease.json" not in office.names()
    else:
        assert (ran.code, ran.calls) == (Exit.FAILED, [])
        assert "origin refused to move refs/helpsync/production: the connection died" in ran.err


def test_an_uncommitted_picture_is_sent_by_its_address_in_intercom(office: Office) -> None:
    office.config += 'assets: {url: "https://pictures.example/{commit}/{path}"}\n'
    one = office.first(0)
    one.write("content/a/screen.png", "GIF89a pixels")
    one.article(0, "![Screen](screen.png)")
    one.commit("Show the screen")
    assert one.push().code == Exit.OK
    one.git("rm", "-q", "--cached", "content/a/screen.png")
    one.article(1, "![Screen](screen.png)")
    one.git("add", "content/a/n1.md")
    one.git("commit", "-qm", "Show it again")
    ran = one.push()
    assert ran.code == Exit.OK, ran.err
    first, second = (article["body"].split('src="')[1].split("?")[0] for article in office.sandbox.articles())
    assert first == second


def test_lint_knows_the_pictures_of_the_last_fetch_without_the_git_remote(office: Office) -> None:
    office.config += 'assets: {url: "https://pictures.example/{path}"}\n'
    one = office.first(0)
    one.write("content/a/screen.png", "GIF89a pixels")
    one.article(0, "![Screen](screen.png)")
    one.commit("Show the screen")
    one.git("push", "-q", "origin", "HEAD:main")
    assert one.push().code == Exit.OK
    two = office.clone("two")
    for runner in (one, two):
        runner.write("helpsync.yaml", office.config.partition("assets:")[0])
        runner.git("remote", "set-url", "origin", "file:///nowhere")
    assert one("lint").code == Exit.OK
    assert two("lint").code == Exit.OK
