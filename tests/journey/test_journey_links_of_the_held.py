"""Links to an article that is held back stay as readers have them; a link that is lost is said, not passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "a/_collection.md": page(name="A"),
    "a/linking.md": page("See [that](target.md), please.\n", title="Linking"),
    "a/target.md": page("Text of the target.\n", title="Target"),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a site with an article that links to another, pushed."""
    with Site(tmp_path) as made:
        made.content(FILES)
        made.push()
        yield made


def number(site: Site, title: str) -> str:
    return next(str(item["id"]) for item in site.sandbox.articles() if item["title"] == title)


def linking(site: Site) -> str:
    return next(str(item["body"]) for item in site.sandbox.articles() if item["title"] == "Linking")


def test_links_to_an_article_whose_pin_names_none_keep_leading_to_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpsync.content.tree.SANDBOX", "no remote of this name")
    site.content({**FILES, "a/target.md": page("Text of the target.\n", title="Target", id="777")})
    before = linking(site)
    ran = site.push()
    assert (ran.code, ran.writes) == (13, [])
    assert linking(site) == before
    assert "/articles/" in before


def test_links_to_a_likely_duplicate_keep_leading_to_what_it_is_like(site: Site) -> None:
    before = linking(site)
    site.sandbox.edit_article(number(site, "Target"), body="<p>A teammate's text.</p>")
    site.lose_disk()
    ran = site.push()
    assert (ran.code, ran.writes) == (13, [])
    assert "likely duplicate" in ran.out
    assert linking(site) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(None, "body: the same text, but it loses its link to a/target", id="nothing else changes"),
        pytest.param("See [that](target.md), at once.\n", "body: loses its link to a/target", id="the text changes"),
    ],
)
def test_a_link_that_is_lost_as_its_article_was_deleted_is_said(site: Site, text: str | None, said: str) -> None:
    site.sandbox.delete_article(number(site, "Target"))
    if text:
        site.content({**FILES, "a/linking.md": page(text, title="Linking")})
    assert said in site("diff").out
    assert said.replace("a/target", "a/target, which is not in Intercom") in site("diff", "--format", "markdown").out
    (change,) = site.plan()["changes"]
    assert change["locales"]["en"]["body"]["links_lost"] == ["a/target"]


def test_a_link_to_an_article_that_the_same_push_creates_is_not_lost(site: Site) -> None:
    site.content(
        {
            **FILES,
            "a/linking.md": page("See [that](new.md), please.\n", title="Linking"),
            "a/new.md": page("New.\n", title="New"),
        }
    )
    assert all("links_lost" not in each["locales"]["en"].get("body", {}) for each in site.plan()["changes"])
