"""The straight road: a content tree goes to an empty Intercom and nothing is left to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workspace import Workspace


def by_title(workspace: Workspace) -> dict[str, Any]:
    return {item["title"]: item for item in workspace.sandbox.articles()}


def test_a_first_push_creates_everything_in_all_locales(workspace: Workspace) -> None:
    ran = workspace.push()
    assert ran.code == 0, ran.err
    articles = by_title(workspace)
    assert set(articles) == {"Refunds", "Paying"}
    assert articles["Refunds"]["translated_content"]["fr"]["title"] == "Remboursements"
    assert articles["Refunds"]["translated_content"]["de"]["state"] == "published"
    assert [item["name"] for item in workspace.sandbox.groups("collection")] == ["Billing"]
    assert [item["name"] for item in workspace.sandbox.groups("section")] == ["Invoices"]


def test_after_a_push_the_diff_is_empty(workspace: Workspace) -> None:
    workspace.push()
    assert workspace.diff("--exit-code").code == 0
    assert workspace.plan()["changes"] == []


def test_a_second_push_writes_nothing(workspace: Workspace) -> None:
    workspace.push()
    assert workspace.push().writes == []


def test_a_diff_writes_nothing_to_intercom_or_to_disk(workspace: Workspace) -> None:
    before = {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}
    assert workspace.diff().writes == []
    after = {
        path: path.read_bytes()
        for path in workspace.root.rglob("*")
        if path.is_file() and path.parent.name != "sandbox"
    }
    assert after == before


def test_articles_lie_in_their_collection_and_section(workspace: Workspace) -> None:
    workspace.push()
    articles = by_title(workspace)
    assert articles["Refunds"]["parent_type"] == "collection"
    assert articles["Paying"]["parent_type"] == "section"


def test_links_between_new_articles_lead_to_each_other_after_one_run(workspace: Workspace) -> None:
    workspace.push()
    articles = by_title(workspace)
    assert re.search(rf'href="[^"]*/en/articles/{articles["Paying"]["id"]}-paying"', articles["Refunds"]["body"])
    assert re.search(rf'href="[^"]*/en/articles/{articles["Refunds"]["id"]}-refunds', articles["Paying"]["body"])


def test_a_link_in_a_translation_leads_to_that_translation(workspace: Workspace) -> None:
    workspace.push()
    french = by_title(workspace)["Paying"]["translated_content"]["fr"]["body"]
    assert "/fr/articles/" in french


def test_the_author_is_always_sent(workspace: Workspace) -> None:
    ran = workspace.push()
    articles = [call for call in ran.writes if call.path.startswith("/articles")]
    assert articles
    assert all(call.payload.get("author_id") for call in articles)
