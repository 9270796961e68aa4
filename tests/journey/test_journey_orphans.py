"""A teammate deletes a collection: what was in it is not forgotten, and goes back when the folder is made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "a/_collection.md": page(name="A"),
    "a/x.md": page("X text.\n", title="X"),
    "a/y.md": page("Y text.\n", title="Y"),
    "b/_collection.md": page(name="B"),
}
TOLD = "2 items that were in it are outside any collection now"


@pytest.fixture
def orphaned(tmp_path: Path) -> Iterator[Site]:
    """Give a site with two articles whose collection a teammate deleted."""
    with Site(tmp_path) as site:
        site.content(FILES)
        site.push()
        (group,) = [item["id"] for item in site.sandbox.groups("collection") if item["name"] == "A"]
        site.sandbox.delete_group("collection", group)
        yield site


def test_articles_whose_collection_was_deleted_are_told_of_until_they_stand_somewhere(orphaned: Site) -> None:
    assert TOLD in orphaned("diff").out
    assert TOLD in orphaned.push().out
    assert TOLD in orphaned("diff").out
    orphaned.content({**FILES, "a/x.md": page("X text, edited.\n", title="X")})
    assert TOLD in orphaned.push().out
    assert TOLD in orphaned("diff").out


@pytest.mark.parametrize("pushes", [0, 1], ids=["at once", "after another push"])
def test_a_collection_made_anew_takes_its_articles_back(orphaned: Site, pushes: int) -> None:
    for _ in range(pushes):
        orphaned.push()
    assert orphaned.push("--overwrite-remote", "a/").code == 0
    (group,) = [item["id"] for item in orphaned.sandbox.groups("collection") if item["name"] == "A"]
    assert {str(item["parent_id"]) for item in orphaned.sandbox.articles()} == {str(group)}
    assert orphaned("diff", "--exit-code").code == 0


def test_a_collections_name_that_can_not_be_removed_is_told_of_beside_other_changes(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.content({**FILES, "b/_collection.fr.md": page(name="B fr")})
        site.push()
        site.content({**FILES, "b/_collection.md": page(name="B, renamed")})
        assert "its name stays in Intercom" in site.push().out
        assert site.push().writes == []
