"""Pulls of an earlier version: one that was killed between its files, one over a move, and one that ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from earlier_project import file_of

if TYPE_CHECKING:
    from earlier_project import OpenProject

pytestmark = pytest.mark.slow

BASELINE = ".helpsync/baseline/production.json"
NOTE = ".helpsync/journal/production.pull.json"


def records(baseline: str) -> dict[str, Any]:
    addresses: dict[str, Any] = json.loads(baseline)["addresses"]
    return addresses


def test_a_pull_that_was_killed_between_its_files_is_finished(open_project: OpenProject) -> None:
    project = open_project("pull-killed-between-files")
    before = project.files()
    project.plan()
    assert project.files() == before
    pull = project("pull")
    assert (pull.code, pull.writes) == (0, [])
    assert not project.path(NOTE).exists()
    assert "Our prices" in project.text("content/billing/prices.md")
    assert "Ouvrez notre page" in project.text("content/account/sign-in.fr.md")
    paying = project.text("content/billing/invoices/paying.md")
    assert "Wait ten days" in paying
    assert "Type its number and its date" in paying
    ended = records(file_of("pulled", BASELINE)) | {"billing/invoices/paying": None}
    assert records(project.text(BASELINE)) | {"billing/invoices/paying": None} == ended
    plan = project.plan()
    assert (plan.changes, plan.attention("drift")) == ({"billing/invoices/paying": "update"}, [])
    assert project("push", "--yes").code == 0
    assert project.is_in_step()


def test_a_file_that_the_killed_pull_had_written_is_as_recorded(open_project: OpenProject) -> None:
    project = open_project("pull-killed-between-files")
    assert "Ouvrez notre page" in project.text("content/account/sign-in.fr.md")
    project.edit_in_intercom("Signing in", "notre page", "la page d'accueil", locale="fr")
    plan = project.plan()
    assert "account/sign-in" in plan.attention("drift")
    assert "account/sign-in" not in plan.attention("conflict")
    assert project("pull").code == 0
    assert "la page d'accueil" in project.text("content/account/sign-in.fr.md")


def test_a_pull_that_was_killed_moving_a_file_is_finished(open_project: OpenProject) -> None:
    project = open_project("pull-killed-moving-a-file")
    assert project.path("content/account/vat.md").exists()
    assert project.path("content/billing/invoices/vat.md").exists()
    before = project.files()
    for command in (("diff",), ("push", "--yes")):
        refused = project(*command)
        assert (refused.code, refused.writes) == (13, [])
        assert NOTE in refused.err
    assert {name: data for name, (data, _) in project.files().items() if "/journal/" not in name} == {
        name: data for name, (data, _) in before.items() if "/journal/" not in name
    }
    assert project("pull").code == 0
    assert not project.path("content/billing/invoices/vat.md").exists()
    assert "(../billing/invoices/paying.md)" in project.text("content/account/vat.md")
    assert "Our prices" in project.text("content/billing/prices.md")
    assert not project.path(NOTE).exists()
    assert project.is_in_step()


def test_what_was_pulled_is_in_step(open_project: OpenProject) -> None:
    project = open_project("pulled")
    before = project.files()
    assert project("diff", "--exit-code").code == 0
    assert project.files() == before
    pull = project("pull")
    assert (pull.code, pull.writes) == (0, [])
    assert project.is_in_step()


def test_a_pull_that_was_thrown_away_is_not_undone_in_intercom(open_project: OpenProject) -> None:
    project = open_project("pulled")
    # As `git checkout` brings the file back.
    project.edit("content/billing/prices.md", '"Our prices"', '"Prices"')
    plan = project.plan()
    assert (plan.code, plan.changes, plan.attention("drift")) == (13, {}, ["billing/prices"])
    assert project("push", "--yes").writes == []
    assert records(project.text(BASELINE))["billing/prices"] == records(file_of("pushed", BASELINE))["billing/prices"]
    assert project("pull").code == 0
    assert "Our prices" in project.text("content/billing/prices.md")
    assert project.is_in_step()
