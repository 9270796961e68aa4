"""The straight road: a content tree goes to an empty Intercom and nothing is left to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desk import Desk


def by_title(desk: Desk) -> dict[str, Any]:
    return {item["title"]: item for item in desk.sandbox.articles()}


def test_a_first_push_creates_everything_in_all_locales(desk: Desk) -> None:
    ran = desk.push()
    assert ran.code == 0, ran.err
    articles = by_title(desk)
    assert set(articles) == {"Refunds", "Paying"}
    assert articles["Refunds"]["translated_content"]["fr"]["title"] == "Remboursements"
    assert articles["Refunds"]["translated_content"]["de"]["state"] == "published"
    assert [item["name"] for item in desk.sandbox.groups("collection")] == ["Billing"]
    assert [item["name"] for item in desk.sandbox.groups("section")] == ["Invoices"]


def test_after_a_push_the_diff_is_empty(desk: Desk) -> None:
    desk.push()
    assert desk.diff("--exit-code").code == 0
    assert desk.plan()["changes"] == []


def test_a_second_push_writes_nothing(desk: Desk) -> None:
    desk.push()
    assert desk.push().writes == []


def test_a_diff_writes_nothing_to_intercom_or_to_disk(desk: Desk) -> None:
    before = {path: path.read_bytes() for path in desk.root.rglob("*") if path.is_file()}
    assert desk.diff().writes == []
    after = {
        path: path.read_bytes() for path in desk.root.rglob("*") if path.is_file() and path.parent.name != "sandbox"
    }
    assert after == before


def test_articles_lie_in_their_collection_and_section(desk: Desk) -> None:
    desk.push()
    articles = by_title(desk)
    assert articles["Refunds"]["parent_type"] == "collection"
    assert articles["Paying"]["parent_type"] == "section"


def test_links_between_new_articles_lead_to_each_other_after_one_run(desk: Desk) -> None:
    desk.push()
    articles = by_title(desk)
    assert re.search(rf'href="[^"]*/en/articles/{articles["Paying"]["id"]}-paying"', articles["Refunds"]["body"])
    assert re.search(rf'href="[^"]*/en/articles/{articles["Refunds"]["id"]}-refunds', articles["Paying"]["body"])


def test_a_link_in_a_translation_leads_to_that_translation(desk: Desk) -> None:
    desk.push()
    french = by_title(desk)["Paying"]["translated_content"]["fr"]["body"]
    assert "/fr/articles/" in french


def test_the_author_is_always_sent(desk: Desk) -> None:
    ran = desk.push()
    articles = [call for call in ran.writes if call.path.startswith("/articles")]
    assert articles
    assert all(call.payload.get("author_id") for call in articles)
