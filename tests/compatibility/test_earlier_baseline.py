"""The baseline file that an earlier version committed, with its tree and what it left in Intercom."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from earlier_project import EarlierProject, OpenProject

BASELINE = ".helpsync/baseline/production.json"


@pytest.fixture
def project(open_project: OpenProject) -> EarlierProject:
    return open_project("pushed")


def test_nothing_is_to_do_and_reading_rewrites_nothing(project: EarlierProject) -> None:
    before = project.files()
    diff = project("diff", "--exit-code", "--format", "json")
    assert (diff.code, diff.json["summary"]["unchanged"], diff.json["attention"]) == (0, 11, [])
    assert project("lint").code == 0
    assert project("restore", "--list").code == 0
    assert project("pull", "--dry-run").code == 0
    assert project.files() == before


def test_a_push_without_a_change_writes_neither_to_intercom_nor_into_the_baseline(project: EarlierProject) -> None:
    before = project.files()
    push = project("push", "--yes")
    assert (push.code, push.writes) == (0, [])
    assert project.files()[BASELINE][0] == before[BASELINE][0]


def test_an_edited_file_is_the_only_change(project: EarlierProject) -> None:
    project.edit("content/billing/refunds.md", "Three days", "Five days")
    plan = project.plan()
    assert (plan.code, plan.changes, plan.json["attention"]) == (10, {"billing/refunds": "update"}, [])
    (change,) = plan.json["changes"]
    assert list(change["locales"]) == ["en"]
    diff = change["locales"]["en"]["body"]["diff"]
    # The old side is the source as last pushed, from the folder of sources: Intercom has no such path of a picture.
    assert "-Three days.\n+Five days." in diff
    assert "![The button](images/refund.gif)" in diff
    assert project("push", "--yes").writes == [("PUT", "Refunds")]
    assert project.is_in_step()


def test_an_edit_in_intercom_is_drift_and_one_on_both_sides_a_conflict(project: EarlierProject) -> None:
    project.edit_in_intercom("Paying", "Wait a week", "Wait a month")
    plan = project.plan()
    assert (plan.code, plan.changes, plan.attention("drift")) == (13, {}, ["billing/invoices/paying"])
    assert project("push", "--yes").writes == []
    project.edit("content/billing/invoices/paying.md", "Wait a week", "Wait a year")
    plan = project.plan()
    assert (plan.code, plan.changes, plan.attention("conflict")) == (13, {}, ["billing/invoices/paying"])


def test_pull_merges_with_the_text_as_last_pushed(project: EarlierProject) -> None:
    project.edit_in_intercom("Paying", "Wait a week", "Wait a month")
    project.edit("content/billing/invoices/paying.md", "Type its number", "Type its number and date")
    assert project("pull").code == 0
    text = project.text("content/billing/invoices/paying.md")
    assert "Type its number and date." in text
    assert "Wait a month." in text
    assert "(../refunds.md#how-long)" in text
    assert project.plan().changes == {"billing/invoices/paying": "update"}


def test_a_moved_file_keeps_its_article_and_a_revived_one_its_id(project: EarlierProject) -> None:
    prices, old = project.article("Prices")["id"], project.article("The old sign-in")
    assert old["state"] == "draft"
    for name in ("prices.md", "prices.de.md"):
        project.path(f"content/billing/{name}").rename(project.path(f"content/account/{name}"))
    project.path("content/account/old.md").write_text('---\ntitle: "The old sign-in"\n---\nFrom before.\n')
    plan = project.plan()
    assert plan.code == 10
    assert {change["address"]: (change["action"], change["id"]) for change in plan.json["changes"]} == {
        "account/old": ("update", old["id"]),
        "account/prices": ("move", prices),
    }
    assert project("push", "--yes").code == 0
    assert project.article("The old sign-in")["state"] == "published"
    assert project.is_in_step()


def test_a_picture_that_intercom_has_needs_no_public_address(project: EarlierProject) -> None:
    settings = project.text("helpsync.yaml").splitlines(keepends=True)
    project.path("helpsync.yaml").write_text("".join(line for line in settings if not line.startswith("assets")))
    assert project("lint").code == 0
    assert project.is_in_step()


@pytest.mark.parametrize("dialect", ["1", "2"])
def test_another_dialect_in_the_baseline_writes_nothing(project: EarlierProject, dialect: str) -> None:
    project.edit(BASELINE, '"dialect":"3"', f'"dialect":"{dialect}"')
    project.edit(BASELINE, '"dialect": "3"', f'"dialect": "{dialect}"')
    before = project.files()
    assert project("diff", "--exit-code").code == 0
    assert project.files() == before
    assert project("push", "--yes").writes == []
    project.edit_in_intercom("Paying", "Wait a week", "Wait a month")
    assert project.plan().attention("drift") == ["billing/invoices/paying"]


def test_a_baseline_of_another_workspace_or_format_is_refused(project: EarlierProject) -> None:
    baseline = project.text(BASELINE)
    workspace = json.loads(baseline)["workspace"]
    for old, new in ((workspace, "other"), ("helpsync.baseline/1", "helpsync.baseline/2")):
        project.path(BASELINE).write_text(baseline.replace(old, new), encoding="utf-8")
        push = project("push", "--yes")
        assert (push.code, push.writes) == (2, [])


def test_without_the_copies_of_sources_only_the_shown_text_is_different(project: EarlierProject) -> None:
    shutil.rmtree(project.path(".helpsync/sources"))
    assert project("diff", "--exit-code").code == 0
    project.edit("content/billing/refunds.md", "Three days", "Five days")
    assert project.plan().changes == {"billing/refunds": "update"}


def test_the_sandbox_beside_its_own_store_is_in_step(open_project: OpenProject) -> None:
    project = open_project("sandbox")
    before = {name: file for name, file in project.files().items() if "store.db" not in name}
    assert project("diff", "--remote", "sandbox", "--exit-code").code == 0
    assert {name: file for name, file in project.files().items() if "store.db" not in name} == before
    project.edit("content/account/closing.md", "Call us", "Visit us")
    push = project("push", "--remote", "sandbox", "--yes", "--format", "json")
    assert (push.code, push.json["requests"]["PUT"], push.json["requests"]["POST"]) == (0, 1, 0)


def test_what_a_push_to_the_sandbox_overwrote_is_restored(open_project: OpenProject) -> None:
    project = open_project("sandbox")
    restore = project("restore", "--remote", "sandbox", "--yes", "--format", "json")
    assert (restore.code, restore.changes) == (0, {"account/closing": "update"})
