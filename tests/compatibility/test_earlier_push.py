"""A push of an earlier version that was killed: what it noted on the disk, and what it had done in Intercom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from earlier_project import ALL, ARTICLE, PUBLISHED, REFUNDS, TEAM, VAT, file_of

if TYPE_CHECKING:
    from earlier_project import OpenProject

pytestmark = pytest.mark.slow

BASELINE = ".helpsync/baseline/production.json"
JOURNAL = ".helpsync/journal/production.jsonl"

LEFT = {
    "before-the-first-write": ALL,
    "after-a-collection-without-its-reply": ALL[1:],
    "in-the-middle": ALL[3:],
    "after-an-article-without-its-reply": ALL[5:],
    "after-the-last-write": [],
}


@pytest.mark.parametrize("moment", LEFT)
def test_the_next_push_does_what_is_left_and_nothing_twice(open_project: OpenProject, moment: str) -> None:
    project = open_project(f"push-killed-{moment}")
    before = project.files()
    assert project.plan().code == (10 if LEFT[moment] else 0)
    assert project.files() == before
    push = project("push", "--yes")
    assert (push.code, sorted(push.writes)) == (0, sorted(LEFT[moment]))
    assert project.titles() == PUBLISHED
    assert sorted(each["name"] for each in project.sandbox.groups("collection")) == ["Account", "Billing", "Team"]
    assert not project.path(JOURNAL).exists()
    recorded, ended = project.text(BASELINE), file_of("push-that-ended", BASELINE)
    if moment == "after-an-article-without-its-reply":  # what was sent in that one create is not known
        recorded, ended = _without("team/inviting", recorded), _without("team/inviting", ended)
    assert recorded == ended
    assert project.is_in_step()


def _without(address: str, baseline: str) -> str:
    return "".join(line for line in baseline.splitlines() if not line.startswith(f'"{address}"'))


def test_a_collection_that_was_created_and_renamed_since_is_not_created_twice(open_project: OpenProject) -> None:
    project = open_project("push-killed-after-a-collection-without-its-reply")
    project.edit("content/team/_collection.md", "Team", "Your team")
    push = project("push", "--yes", "--format", "json")
    assert (push.code, TEAM in push.writes) == (13, False)
    assert "team/" in push.attention("conflict")
    assert sorted(each["name"] for each in project.sandbox.groups("collection")) == ["Account", "Billing", "Team"]


def test_an_article_that_was_created_and_retitled_since_is_not_created_twice(open_project: OpenProject) -> None:
    project = open_project("push-killed-after-an-article-without-its-reply")
    project.edit("content/team/inviting.md", "Inviting people", "Inviting your people")
    push = project("push", "--yes", "--format", "json")
    assert (push.code, push.writes.count(ARTICLE)) == (13, 1)
    assert push.attention("conflict") == ["team/inviting"]
    assert project.titles() == PUBLISHED


def test_an_edit_of_what_the_push_had_noted_as_done_is_drift(open_project: OpenProject) -> None:
    project = open_project("push-killed-in-the-middle")
    project.edit_in_intercom("VAT", "Your number", "Our number")
    plan = project.plan()
    assert (plan.attention("drift"), plan.attention("conflict")) == (["billing/invoices/vat"], [])
    push = project("push", "--yes")
    assert (push.code, VAT in push.writes) == (0, False)


def test_an_edit_of_what_may_have_been_under_way_is_a_conflict(open_project: OpenProject) -> None:
    project = open_project("push-killed-in-the-middle")
    project.edit_in_intercom("Refunds", "Three days", "Ten days")
    plan = project.plan()
    assert plan.attention("conflict") == ["billing/refunds"]
    push = project("push", "--yes")
    assert (push.code, REFUNDS in push.writes) == (13, False)


def test_what_the_killed_push_did_is_undone_by_a_restore(open_project: OpenProject) -> None:
    project = open_project("push-killed-after-the-last-write")
    restore = project("restore", "--yes", "--at", "2025-03-03T12:30:00Z", "--format", "json")
    addresses = {"account/two-steps", "account/prices", "billing/invoices/vat", "billing/refunds"}
    assert (restore.code, set(restore.changes)) == (0, addresses)
    # What it created is known as that, and left alone.
    assert {"billing/discounts", "team/", "team/inviting"} <= set(restore.attention("warning"))
    assert project.titles() == sorted({*PUBLISHED, "Signing in with two steps"})
    assert project.article("Signing in with two steps")["state"] == "published"
    assert "Three days" in project.article("Refunds")["body"]


@pytest.mark.parametrize("line", ["", '{"intent":"bill'])
def test_a_line_that_the_kill_cut_off_changes_nothing(open_project: OpenProject, line: str) -> None:
    project = open_project("push-killed-in-the-middle")
    with project.path(JOURNAL).open("a", encoding="utf-8") as file:
        file.write(line)
    push = project("push", "--yes")
    assert (push.code, sorted(push.writes)) == (0, sorted(LEFT["in-the-middle"]))
