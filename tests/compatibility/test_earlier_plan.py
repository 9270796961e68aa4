"""A plan that an earlier version saved for review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from earlier_project import ALL

if TYPE_CHECKING:
    from earlier_project import EarlierProject, OpenProject


@pytest.fixture
def project(open_project: OpenProject) -> EarlierProject:
    return open_project("saved-plan")


def push(project: EarlierProject) -> tuple[int, list[tuple[str, str]]]:
    ran = project("push", "--yes", "--plan", str(project.path("plan.json")))
    return ran.code, sorted(ran.writes)


def test_the_plan_is_pushed_once(project: EarlierProject) -> None:
    assert push(project) == (0, sorted(ALL))
    assert project.is_in_step()
    assert push(project) == (13, [])


def test_the_plan_is_the_one_that_is_made_now(project: EarlierProject) -> None:
    again = project.path("again.json")
    assert project("diff", "--out", str(again)).code == 0
    assert again.read_bytes() == project.path("plan.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("content/billing/refunds.md", "Five days", "Six days"),
        ("content/billing/discounts.md", "only", "alone"),
        ("content/account/closing.md", "Write", "Speak"),
        ("helpsync.yaml", "pictures.example", "elsewhere.example"),
        ("plan.json", '"allow_remove": 0', '"allow_remove": 9'),
    ],
)
def test_a_plan_of_which_something_changed_is_stale(project: EarlierProject, name: str, old: str, new: str) -> None:
    project.edit(name, old, new)
    assert push(project) == (13, [])


def test_an_edit_in_intercom_makes_the_plan_stale(project: EarlierProject) -> None:
    project.sandbox.edit_article(project.article("VAT")["id"], description="By hand")
    assert push(project) == (13, [])


def test_an_edit_that_the_plan_does_not_touch_leaves_it_valid(project: EarlierProject) -> None:
    project.edit_in_intercom("Paying", "Wait a week", "Wait a month")
    assert push(project) == (0, sorted(ALL))
