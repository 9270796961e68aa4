"""What pushes of an earlier version overwrote, and a restore of it that was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from earlier_project import OpenProject


@pytest.mark.parametrize("arguments", [(), ("--at", "2025-03-03T10:30:00Z")])
def test_a_run_of_the_earlier_version_is_restored(open_project: OpenProject, arguments: tuple[str, ...]) -> None:
    project = open_project("pushed")
    before = project.files()
    assert project("restore", "--list").code == 0
    dry = project("restore", "--dry-run", "--format", "json", *arguments)
    changes = {"account/old": "update", "billing/prices": "update", "billing/refunds": "update"}
    assert (dry.code, dry.changes, dry.writes) == (0, changes, [])
    assert project.files() == before
    restore = project("restore", "--yes", *arguments)
    assert (restore.code, len(restore.writes)) == (0, 3)
    assert project.article("The old sign-in")["state"] == "published"
    assert "20" in project.article("Prices")["body"]
    assert "Trois jours" in project.article("Refunds")["translated_content"]["fr"]["body"]
    assert "Drei Tage" in project.article("Refunds")["translated_content"]["de"]["body"]


def test_one_address_of_a_run_is_restored_and_a_later_edit_left_alone(open_project: OpenProject) -> None:
    project = open_project("pushed")
    project.edit_in_intercom("Prices", "25", "30")
    restore = project("restore", "billing/prices", "--yes", "--format", "json")
    assert (restore.code, restore.writes) == (13, [])
    restore = project("restore", "account/old", "--yes", "--format", "json")
    assert (restore.code, restore.changes) == (0, {"account/old": "update"})
    assert "30" in project.article("Prices")["body"]


def test_a_restored_run_is_listed_and_kept_beside_what_the_next_push_overwrites(open_project: OpenProject) -> None:
    project = open_project("pushed")
    listed = project("restore", "--list").out
    for address in ("account/old", "billing/prices", "billing/refunds"):
        assert address in listed
    assert "2025-03-03" in listed


def test_the_notes_of_a_killed_restore_are_read(open_project: OpenProject) -> None:
    project = open_project("restore-killed")
    before = project.files()
    listed = project("restore", "--list")
    assert (listed.code, "billing/invoices/vat" in listed.out) == (0, True)
    plan = project.plan()
    assert (plan.code, plan.attention("drift")) == (13, ["billing/invoices/vat"])
    assert project.files() == before
    restore = project("restore", "--yes", "--at", "2025-03-04T09:30:00Z")
    assert restore.code == 0
    for title, text in (("VAT", "stands on"), ("Prices", "10"), ("Refunds", "Three days")):
        assert text in project.article(title)["body"], title
    assert "1000" not in project.article("Prices")["body"]
