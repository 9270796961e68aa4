"""An unresolved conflict stops the pull of its own file only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "a/_collection.md": page(name="A"),
    "a/one.md": page("One is here.\n\n## More\n\nText.\n", title="One"),
    "a/one.fr.md": page("Un est ici.\n", title="Un"),
    "a/two.md": page("See [one](one.md) and [more](one.md#more).\n\nTwo is here.\n", title="Two"),
}


def edited(site: Site, title: str, old: str, new: str, locale: str = "en") -> None:
    (item,) = (item for item in site.sandbox.articles() if item["title"] == title)
    body = item["translated_content"][locale]["body"]
    site.sandbox.edit_article(item["id"], locale, body=body.replace(old, new))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a site in whose file a/one.md a conflict waits for a decision."""
    with Site(tmp_path, heading_ids="keep") as site:
        site.content(FILES)
        assert site.push().code == 0
        site.write("content/a/one.md", FILES["a/one.md"].replace("is here", "is there"))
        edited(site, "One", "is here", "was here")
        assert site("pull").code == 13
        assert "<<<<<<< content/a/one.md\n" in marked(site)
        yield site


def marked(site: Site) -> str:
    return (site.root / "content/a/one.md").read_text(encoding="utf-8")


def test_links_to_an_unresolved_file_stay(site: Site) -> None:
    edited(site, "Two", "is here", "was here")
    before = marked(site)
    ran = site("pull")
    assert ran.code == 13
    assert "content/a/one.md has conflict markers, so pull leaves it alone" in ran.out
    two = (site.root / "content/a/two.md").read_text(encoding="utf-8")
    assert two == FILES["a/two.md"].replace("is here", "was here")
    assert marked(site) == before


def test_pull_updates_the_translations_of_an_unresolved_file(site: Site) -> None:
    edited(site, "One", "est ici", "était ici", "fr")
    assert site("pull").code == 13
    assert "Un était ici." in (site.root / "content/a/one.fr.md").read_text(encoding="utf-8")


def test_an_edit_made_meanwhile_comes_home_once_the_conflict_is_resolved(site: Site) -> None:
    edited(site, "One", "Text", "Words")
    assert site("pull").code == 13
    assert "Words" not in marked(site)
    lines = marked(site).split("\n")
    begin, second, end = (next(at for at, line in enumerate(lines) if line.startswith(7 * sign)) for sign in "<=>")
    decided = [*lines[:begin], *lines[begin + 1 : second], *lines[end + 1 :]]
    site.write("content/a/one.md", "\n".join(decided))
    assert site("pull").code == 0
    assert marked(site) == FILES["a/one.md"].replace("is here", "is there").replace("Text", "Words")
    assert [method for method, _ in site.push().writes] == ["PUT"]


def test_no_id_is_pinned_into_an_unresolved_file(site: Site) -> None:
    before = marked(site)
    assert site("pull", "--pin").code == 13
    assert marked(site) == before
    assert "id: " in (site.root / "content/a/two.md").read_text(encoding="utf-8")
