"""A pull with the baseline in git: what it recorded counts for those who have its files, and for nobody else."""

from __future__ import annotations

from subprocess import CalledProcessError
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from runners import Office, Runner

pytestmark = pytest.mark.slow


def edited(office: Office, number: int, body: str) -> None:
    found = next(item for item in office.sandbox.articles() if item["title"] == f"Number {number}")
    office.sandbox.edit_article(found["id"], body=f"<p>{body}</p>")


def bodies(office: Office) -> list[str]:
    return sorted(article["body"] for article in office.sandbox.articles())


def text(runner: Runner, number: int) -> str:
    return (runner.root / f"content/a/n{number}.md").read_text(encoding="utf-8")


def merged(runner: Runner) -> None:
    runner.git("add", "-A")
    runner.git("commit", "-qm", "Bring edits home")
    runner.git("push", "-q", "origin", "HEAD:main")


def test_after_a_pull_the_diff_is_empty_in_that_checkout(office: Office) -> None:
    one = office.first()
    assert one.push().code == 0
    edited(office, 1, "By a teammate.")
    assert one("diff", "--exit-code").code == 13
    assert one("pull").code == 0
    assert "By a teammate." in text(one, 1)
    assert one("diff", "--exit-code").code == 0
    assert one("pull").code == 0


def test_another_runner_without_the_files_sees_the_edit_as_drift_and_overwrites_nothing(office: Office) -> None:
    one = office.first()
    assert one.push().code == 0
    edited(office, 1, "By a teammate.")
    assert one("pull").code == 0
    main = office.clone("main")
    ran = main.push()
    assert (ran.code, ran.writes) == (0, [])
    assert "edited in Intercom" in ran.out
    assert '<p class="no-margin">By a teammate.</p>' in bodies(office)


def test_a_runner_that_has_the_files_knows_what_was_agreed_on(office: Office) -> None:
    one = office.first()
    assert one.push().code == 0
    edited(office, 1, "By a teammate.")
    assert one("pull").code == 0
    merged(one)
    main = office.clone("main")
    assert main("diff", "--exit-code").code == 0
    ran = main.push()
    assert (ran.code, ran.writes) == (0, [])
    assert main("diff", "--exit-code").code == 0
    edited(office, 1, "By another.")
    assert main("diff", "--exit-code").code == 13


def test_a_merged_file_is_sent_by_the_runner_on_main(office: Office) -> None:
    one = office.first()
    one.article(1, "First.\n\nLast.")
    one.commit("Two paragraphs")
    one.git("push", "-q", "origin", "HEAD:main")
    assert one.push().code == 0
    found = next(item for item in office.sandbox.articles() if item["title"] == "Number 1")
    office.sandbox.edit_article(found["id"], body=found["body"].replace("First", "Very first"))
    one.article(1, "First.\n\nThe last.")
    assert one("pull").code == 0
    assert "Very first.\n\nThe last." in text(one, 1)
    merged(one)
    main = office.clone("main")
    ran = main.push()
    assert (ran.code, len(ran.writes)) == (0, 1)
    body = office.sandbox.article(found["id"])["body"]
    assert "Very first." in body
    assert "The last." in body


def test_a_first_pull_counts_for_those_who_have_its_files(office: Office) -> None:
    one = office.first(1)
    assert one.push().code == 0
    (group,) = office.sandbox.groups("collection")
    office.sandbox.create_article("Shipping", body="<p>Fast.</p>", state="published", group=group["id"])
    assert one("pull", "--new").code == 0
    stranger = office.clone("stranger")
    ran = stranger.push()
    assert (ran.code, ran.writes) == (0, [])
    merged(one)
    main = office.clone("main")
    assert main("diff", "--exit-code").code == 0
    assert main.push().writes == []
    assert office.titles() == ["Number 0", "Shipping"]


def test_pulled_items_that_the_ref_has_changed_since_do_not_count(office: Office) -> None:
    one = office.first()
    assert one.push().code == 0
    edited(office, 1, "By a teammate.")
    assert one("pull").code == 0
    merged(one)
    main = office.clone("main")
    main.article(1, "By a writer.")
    main.commit("Rewrite")
    main.git("push", "-q", "origin", "HEAD:main")
    assert main.push().code == 0
    one.git("pull", "-q", "origin", "main")
    assert one("diff", "--exit-code").code == 0
    assert one("pull").code == 0
    assert "By a writer." in text(one, 1)


def test_a_checkout_that_is_behind_what_was_pushed_is_refused(office: Office) -> None:
    one = office.first()
    assert one.push().code == 0
    other = office.clone("other")
    one.article(1, "By a writer.")
    one.commit("Rewrite")
    one.git("push", "-q", "origin", "HEAD:main")
    assert one.push().code == 0
    ran = other("pull")
    assert ran.code == 13
    assert "git pull" in ran.err


def test_a_pull_reverted_with_git_does_not_undo_the_teammates_edit(office: Office) -> None:
    one = office.first()
    assert one.push().code == 0
    edited(office, 1, "By a teammate.")
    assert one("pull").code == 0
    one.git("stash", "-q")
    assert text(one, 1).endswith("Text 1.\n")
    for _ in range(2):
        ran = one.push()
        assert (ran.code, ran.writes) == (0, [])
        assert "edited in Intercom" in ran.out
    one.git("stash", "pop", "-q")
    assert one("diff", "--exit-code").code == 0


def test_conflicting_lists_of_two_branches_both_count(office: Office) -> None:
    one = office.first()
    assert one.push().code == 0
    two = office.clone("two")
    edited(office, 1, "By a teammate.")
    assert one("pull").code == 0
    merged(one)
    two.git("checkout", "-qb", "branch")
    edited(office, 2, "By another.")
    assert two("pull").code == 0
    two.git("add", "-A")
    two.git("commit", "-qm", "Bring edits home")
    with pytest.raises(CalledProcessError):
        two.git("pull", "-q", "--no-rebase", "origin", "main")
    listed = two.root / ".helpsync/baseline/production.pulled.jsonl"
    assert "<<<<<<<" in listed.read_text(encoding="utf-8")
    assert two("diff", "--exit-code").code == 0
    two.git("add", "-A")
    two.git("commit", "-qm", "Merge")
    ran = two.push()
    assert (ran.code, ran.writes) == (0, [])


def test_a_damaged_list_of_pulled_items_is_named(office: Office) -> None:
    one = office.first()
    assert one.push().code == 0
    one.write(".helpsync/baseline/production.pulled.jsonl", "nonsense\n")
    ran = one("diff")
    assert ran.code == 2
    assert "the list of pulled items is damaged" in ran.err
