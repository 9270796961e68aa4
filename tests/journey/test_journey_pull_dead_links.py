"""Links that lead nowhere in Intercom: pull resolves them as a browser does, and the tree stays valid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pulled_site import PulledSite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = '<h1 id="h_0000000001">Here</h1><p class="no-margin">Text.</p>'
OWN = "http://localhost:8321/en/articles"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PulledSite]:
    with PulledSite(tmp_path, locales=("en", "fr"), heading_ids="keep") as site:
        site.sandbox.create_article("Target", body=TARGET, state="published")
        yield site


def linked(site: PulledSite, href: str, *, state: str = "published") -> str:
    """Return how the file of an article links there, after a pull that leaves nothing to do."""
    body = f'<h1 id="h_0000000002">Mine</h1><p class="no-margin">A <a href="{href}">link</a>.</p>'
    site.sandbox.create_article("Links", body=body, state=state)
    assert site.pull().code == 0
    assert site.nothing_to_do()
    found = re.search(r"\[link\]\((.*)\)", site.files()["links.md"].decode())
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("href", "written"),
    [
        (f"{OWN}/1001-target#h_0000000001", "target.md#here"),
        (f"{OWN}/1001-target#h_00000000ff", "target.md"),
        (f"{OWN}/1001#top", "target.md"),
        ("/en/articles/1001-target#h_0000000001", "target.md#here"),
        ("1001-target", "target.md"),
        ("#h_0000000002", "#mine"),
        ("#h_00000000ff", "links.md"),
        ("#", "links.md"),
        ("www.example.com", f"{OWN}/www.example.com"),
        ("/en/articles/99-gone", f"{OWN}/99-gone"),
        ("../../../etc/passwd", "http://localhost:8321/etc/passwd"),
        ("target.md", f"{OWN}/target.md"),
        ("?q=1", f"{OWN}/1002-links?q=1"),
    ],
)
def test_pull_writes_a_relative_link_as_a_browser_resolves_it(site: PulledSite, href: str, written: str) -> None:
    assert linked(site, href) == written


def test_pull_writes_the_links_of_a_draft(site: PulledSite) -> None:
    assert linked(site, "www.example.com", state="draft") == f"{OWN}/www.example.com"


def test_an_edit_beside_a_dead_link_changes_only_its_own_line(site: PulledSite) -> None:
    linked(site, f"{OWN}/1001-target#h_00000000ff")
    page = site.root / "content/links.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n* a  \n* b\n", encoding="utf-8")
    assert site.push().code == 0
    before = page.read_text(encoding="utf-8")
    (number,) = (item["id"] for item in site.sandbox.articles() if item["title"] == "Links")
    body = site.sandbox.article(number)["body"].replace("link</a>", "link</a> too").replace("1001-target", "1001#dead")
    site.sandbox.edit_article(number, body=body)
    assert site.pull().code == 0
    assert page.read_text(encoding="utf-8") == before.replace(")", ") too")
