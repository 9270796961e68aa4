"""A text that Intercom has already, in an article without a file, is not created a second time."""

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

TEXT = "Write to us within thirty days of the purchase and name the order that you want to give back to the shop.\n"

TEMPLATE = (
    "Open the settings of your workspace, choose integrations in the list on the left, press connect, paste the key "
    "that you copied before, press save, and wait for the green light of "
)


@pytest.fixture
def lost(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with two articles that was pushed, and whose baseline was lost."""
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.collection("b/_collection.md", "B")
    workspace.article("a/refunds.md", "Refunds", TEXT)
    workspace.article("a/other.md", "Other", "Something else altogether, which stays.\n")
    workspace.push()
    (workspace.root / ".helpsync/sandbox/baseline.json").unlink()
    return workspace


def conflicts(workspace: Workspace) -> list[dict[str, Any]]:
    return [item for item in workspace.plan()["attention"] if item["kind"] == "conflict"]


def refused(workspace: Workspace, address: str, identifier: str) -> None:
    ran = workspace.push()
    assert (ran.code, [call for call in ran.writes if call.method == "POST"]) == (13, [])
    (conflict,) = conflicts(workspace)
    assert conflict["address"] == address
    assert f"#{identifier} " in conflict["message"]
    assert "% the same)" in conflict["message"]
    assert f"helpsync adopt {address}={identifier}" in conflict["hint"]


@pytest.mark.parametrize("change", ["title", "words", "place", "place and title"])
def test_a_lost_baseline_and_a_change_create_no_second_article(lost: Workspace, change: str) -> None:
    before = {item["title"]: item["id"] for item in lost.sandbox.articles()}["Refunds"]
    place = "b/money.md" if "place" in change else "a/refunds.md"
    lost.move("a/refunds.md", place) if "place" in change else None
    text = TEXT.replace("thirty", "forty") if change == "words" else TEXT
    lost.article(place, "Refunds" if change == "place" else "Money back", text)
    address = place.removesuffix(".md")
    refused(lost, address, before)
    assert lost("adopt", f"{address}={before}", "--remote", "sandbox", "--yes").code == 0
    lost.push()
    assert len(lost.sandbox.articles()) == 2


def test_a_title_that_a_teammate_changed_hides_no_article_after_a_lost_baseline(lost: Workspace) -> None:
    before = {item["title"]: item["id"] for item in lost.sandbox.articles()}["Refunds"]
    lost.sandbox.edit_article(before, "en", title="Refunds explained")
    refused(lost, "a/refunds", before)


def test_articles_of_one_template_are_no_twins(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    for name in ("slack", "teams", "zoom"):
        workspace.article(f"a/{name}.md", f"Connect {name}", f"{TEMPLATE}{name}, then press on.\n")
    workspace.push()
    (workspace.root / ".helpsync/sandbox/baseline.json").unlink()
    for name in ("slack", "teams"):
        workspace.remove(f"a/{name}.md")
    workspace.article("a/jira.md", "Connect jira", f"{TEMPLATE}jira, then wait.\n")
    assert workspace.push().code == 0
    assert len(workspace.sandbox.articles()) == 4


def test_a_file_of_its_own_for_the_article_in_intercom_lets_the_other_be_created(
    lost: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpsync.content.tree.SANDBOX", "no remote of this name")
    before = {item["title"]: item["id"] for item in lost.sandbox.articles()}["Refunds"]
    lost.article("a/refunds.md", "Money back", TEXT)
    refused(lost, "a/refunds", before)
    lost.write("content/a/old.md", f"---\ntitle: Refunds\nid: {before}\nsync: false\n---\n{TEXT}")
    assert lost.push().code == 0
    assert [item["title"] for item in lost.sandbox.articles()].count("Money back") == 1


def test_a_few_words_in_common_are_no_twin(lost: Workspace) -> None:
    lost.article("a/other.md", "Another", "Something else altogether, which stays.\n")
    assert lost.push().code == 0


def test_the_most_similar_of_several_twins_is_listed_first_and_proposed(lost: Workspace) -> None:
    (refunds,) = [item for item in lost.sandbox.articles() if item["title"] == "Refunds"]
    admin = int(lost.api("GET", "/me")["id"])
    closest = {
        "title": "Refunds, newer",
        "author_id": admin,
        "body": refunds["body"].replace("thirty", "forty"),
        "parent_id": int(refunds["parent_id"]),
        "parent_type": "collection",
    }
    other = lost.api("POST", "/articles", closest)["id"]
    lost.article("a/refunds.md", "Money back", TEXT.replace("thirty", "forty"))
    (conflict,) = conflicts(lost)
    places = [conflict["message"].index(f"#{identifier} ") for identifier in (other, refunds["id"])]
    assert places == sorted(places)
    assert f"helpsync adopt a/refunds={other}`" in conflict["hint"]
