"""Files whose names were shifted, swapped or are found everywhere: the content tells which article is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Workspace

CONFIG = """\
default_locale: en
author: docs@example.com
state: published
remotes:
  sandbox: {}
"""

TEXTS = {
    "Choose": "First choose the plan that suits your team, and look at what each of them costs in a year.\n",
    "Pay": "Then pay by card or by bank transfer; companies in Europe give the number of their tax office here.\n",
    "Invite": "At last invite your colleagues, who get a letter with a link that is good for seven days.\n",
}

NEW = "Before anything else, ask whoever signs contracts in your house whether a new supplier is allowed.\n"

TEMPLATE = (
    "Open the settings of your workspace, choose integrations in the list on the left, press connect, paste the key "
    "that you copied before, press save, and wait for the green light. "
)


@pytest.fixture
def steps(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with three numbered files, already pushed."""
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.collection("b/_collection.md", "B")
    for number, (title, text) in enumerate(TEXTS.items(), 2):
        workspace.article(f"a/0{number}-step.md", title, text)
    workspace.push()
    return workspace


def ids(workspace: Workspace) -> dict[str, str]:
    return {item["title"]: item["id"] for item in workspace.sandbox.articles()}


def shift(workspace: Workspace) -> None:
    for number in (4, 3, 2):
        workspace.move(f"a/0{number}-step.md", f"a/0{number + 1}-step.md")


def actions(workspace: Workspace) -> list[tuple[str, str]]:
    return [(change["action"], change["address"]) for change in workspace.plan()["changes"]]


def warnings(workspace: Workspace) -> list[dict[str, Any]]:
    return [item for item in workspace.plan()["attention"] if item["kind"] == "warning"]


@pytest.mark.parametrize("edited", [[], ["a/05-step.md"], ["a/03-step.md", "a/04-step.md", "a/05-step.md"]])
def test_numbered_files_shifted_for_a_new_one_keep_their_articles(steps: Workspace, edited: list[str]) -> None:
    before = ids(steps)
    shift(steps)
    for path in edited:
        steps.edit(path, ".\n", ", as ever.\n")
    steps.article("a/02-step.md", "Ask", NEW)
    ran = steps.push()
    assert (ran.code, sum(call.method == "POST" for call in ran.writes)) == (0, 1)
    after = ids(steps)
    assert {title: after[title] for title in before} == before
    assert set(after) == {*before, "Ask"}
    assert (steps.push().writes, actions(steps)) == ([], [])
    steps.edit("a/02-step.md", "Before", "Long before")
    assert steps.plan()["changes"][0]["id"] == after["Ask"]


def test_a_file_made_anew_keeps_nothing_of_what_moved_from_its_address(steps: Workspace) -> None:
    before = ids(steps)
    steps.move("a/02-step.md", "b/choose.md")
    steps.article("a/02-step.md", "Ask", NEW)
    assert steps.push().code == 0
    after = ids(steps)
    assert (after["Choose"], after["Ask"] in before.values()) == (before["Choose"], False)


@pytest.mark.parametrize("retitled", [False, True])
def test_a_copy_made_before_an_edit_is_the_new_article(steps: Workspace, *, retitled: bool) -> None:
    before = ids(steps)["Choose"]
    steps.article("b/copy.md", "Choose", TEXTS["Choose"])
    text = NEW if not retitled else TEXTS["Choose"].replace("a year", "two years")
    steps.article("a/02-step.md", "Choose well" if retitled else "Choose", text)
    changes = {change["address"]: change for change in steps.plan()["changes"]}
    assert (changes["a/02-step"]["id"], changes["b/copy"]["action"]) == (before, "create")


def test_a_file_moved_over_another_is_told_how_to_keep_its_article(steps: Workspace) -> None:
    before = ids(steps)
    steps.remove("a/03-step.md")
    steps.move("a/02-step.md", "a/03-step.md")
    (warning,) = warnings(steps)
    assert warning["address"] == "a/03-step"
    assert f"`id: {before['Choose']}`" in warning["hint"]


@pytest.mark.parametrize("others", [(), ("Zoom",), ("Zoom", "Jira", "Asana")])
def test_templates_that_trade_places_and_change_keep_their_articles(
    make_workspace: MakeWorkspace, others: tuple[str, ...]
) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    own = {"Slack": "Slack needs the channel first.\n", "Teams": "Teams needs a tenant.\n"}
    for title, text in {**own, **{other: f"{other} needs an admin.\n" for other in others}}.items():
        workspace.article(f"a/{title.lower()}.md", title, TEMPLATE + text)
    workspace.push()
    before = ids(workspace)
    workspace.article("a/slack.md", "Teams", TEMPLATE + own["Teams"].replace(".", " in Azure."))
    workspace.article("a/teams.md", "Slack", TEMPLATE + own["Slack"].replace(".", ", always."))
    assert workspace.push().code == 0
    assert ids(workspace) == before
    assert workspace.push().writes == []


def test_titles_that_were_swapped_move_no_text(steps: Workspace) -> None:
    before = ids(steps)
    steps.article("a/02-step.md", "Pay", TEXTS["Choose"])
    steps.article("a/03-step.md", "Choose", TEXTS["Pay"])
    assert steps.push().code == 0
    assert ids(steps)["Pay"] == before["Choose"]
    assert actions(steps) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(("Billing overview", "Coming soon.\n"), ("Teams overview", "Coming soon!\n"), id="a stub"),
        pytest.param(("FAQ", "No questions yet.\n"), ("FAQ", "No questions here.\n"), id="another stub"),
    ],
)
def test_a_weak_file_name_and_two_words_move_no_article(
    make_workspace: MakeWorkspace, old: tuple[str, str], new: tuple[str, str]
) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.collection("b/_collection.md", "B")
    workspace.article("a/overview.md", *old)
    workspace.push()
    workspace.remove("a/overview.md")
    workspace.article("b/overview.md", *new)
    assert [action for action, _ in actions(workspace)] == ["create", "unpublish"]


@pytest.mark.parametrize("common", [False, True])
def test_a_file_name_that_other_files_have_is_no_sign(make_workspace: MakeWorkspace, *, common: bool) -> None:
    workspace = make_workspace(CONFIG)
    for folder in "abc":
        workspace.collection(f"{folder}/_collection.md", folder.upper())
    workspace.article("a/overview.md", "Bills", "Bills come monthly by post.\n")
    workspace.article("c/overview.md" if common else "c/words.md", "Words", "What our words mean.\n")
    workspace.push()
    workspace.remove("a/overview.md")
    workspace.article("b/overview.md", "Payment", "Bills come monthly by mail.\n")
    assert [action for action, _ in actions(workspace)] == (["create", "unpublish"] if common else ["move"])


def test_a_removed_file_comes_back_as_it_was_although_another_has_its_address(steps: Workspace) -> None:
    before = ids(steps)
    steps.remove("a/02-step.md")
    steps.push()
    shift_two = (("a/03-step.md", "a/02-step.md"), ("a/04-step.md", "a/03-step.md"))
    for old, new in shift_two:
        steps.move(old, new)
    assert steps.push().writes == []
    assert [item["kind"] for item in steps.plan()["attention"]] == []
    steps.article("b/first.md", "Choose", TEXTS["Choose"])
    (change,) = steps.plan()["changes"]
    assert change["id"] == before["Choose"]
    assert steps.push().code == 0
    assert (ids(steps), steps.sandbox.article(before["Choose"])["state"]) == (before, "published")
    assert (steps.push().writes, actions(steps)) == ([], [])


def test_a_new_file_does_not_revive_what_was_removed_from_another_address(steps: Workspace) -> None:
    before = ids(steps)
    steps.remove("a/02-step.md")
    steps.push()
    steps.move("a/03-step.md", "a/02-step.md")
    steps.push()
    steps.article("a/03-step.md", "Ask", NEW)
    (change,) = steps.plan()["changes"]
    assert change["action"] == "create"
    assert steps.push().code == 0
    assert ids(steps)["Ask"] not in before.values()


def test_a_file_that_moved_and_changed_is_told_by_what_was_pushed_where_a_teammate_rewrote_it(steps: Workspace) -> None:
    before = ids(steps)["Choose"]
    wording = (
        "<p>Since the law has changed for customers in Europe, our sales people make every offer by telephone.</p>"
    )
    steps.sandbox.edit_article(before, "en", body=wording)
    steps.move("a/02-step.md", "b/plans.md")
    steps.edit("b/plans.md", "a year", "two years")
    steps.edit("b/plans.md", 'title: "Choose"', "title: Plans")
    ran = steps.push()
    assert (ran.code, [call for call in ran.writes if call.method == "POST"]) == (13, [])
    assert "b/plans: changed in the tree and in Intercom" in ran.out
    assert "say which it is" not in ran.out
