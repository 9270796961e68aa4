"""A teammate and a writer both moved, removed or rewrote the same thing: which side wins, and what pull reports."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import pytest

from helpsync.content import blob_id
from journey_site import Site, group, identifier, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "billing/_collection.md": page(name="Billing"),
    "other/_collection.md": page(name="Other"),
    "third/_collection.md": page(name="Third"),
    "billing/see.md": page("Have a look around here.\n\nThere is *much* to see.\n", title="See"),
    "billing/see.fr.md": page("Jetez un coup d'œil par ici.\n", title="Voir"),
    "other/stays.md": page("This one stays where it is.\n", title="Stays"),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as made:
        made.content(FILES)
        assert made.push().code == 0
        yield made


def teammate(site: Site, old: str, new: str) -> None:
    """Let a teammate replace words in the article."""
    number = identifier(site, "See")
    body = site.sandbox.article(number)["body"]
    assert old in body
    site.sandbox.edit_article(number, body=body.replace(old, new))


def move(site: Site, before: str, after: str) -> None:
    for ending in (".md", ".fr.md"):
        (site.root / f"content/{before}{ending}").rename(site.root / f"content/{after}{ending}")


def read(site: Site, path: str) -> str:
    return (site.root / "content" / path).read_text(encoding="utf-8")


def files(site: Site) -> dict[str, str]:
    content = site.root / "content"
    return {path.relative_to(content).as_posix(): path.read_text() for path in content.rglob("*.md")}


@pytest.mark.parametrize(
    ("theirs", "there", "folder"), [("Other", "other/", "other/"), (None, "no collection", "the content folder")]
)
def test_an_article_that_both_sides_moved_is_a_conflict_that_pull_leaves_alone(
    site: Site, theirs: str | None, there: str, folder: str
) -> None:
    move(site, "billing/see", "third/see")
    site.sandbox.move_article(identifier(site, "See"), group(site, theirs) if theirs else None)
    before = files(site)
    ran = site("pull")
    assert (ran.code, files(site)) == (13, before)
    assert f"third/see: moved in the tree and in Intercom, there to {there}: left where it is" in ran.out
    assert f"hint: move its files into {folder}, or push with --overwrite-remote third/see" in ran.out


def test_an_article_that_a_writer_moved_into_a_new_folder_and_a_teammate_out_of_its_collection_is_a_conflict(
    site: Site,
) -> None:
    site.content(FILES | {"new/_collection.md": page(name="New")})
    move(site, "billing/see", "new/see")
    site.sandbox.move_article(identifier(site, "See"), None)
    before = files(site)
    ran = site("pull")
    assert (ran.code, files(site)) == (13, before)
    assert "new/see: moved in the tree and in Intercom, there to no collection: left where it is" in ran.out


def test_pull_follows_an_article_that_was_moved_edited_and_moved_back(site: Site) -> None:
    site.sandbox.move_article(identifier(site, "See"), group(site, "Other"))
    teammate(site, "Have a look", "Look")
    assert site("pull").code == 0
    assert "Look around here." in read(site, "other/see.md")
    site.sandbox.move_article(identifier(site, "See"), group(site, "Billing"))
    assert site("pull").code == 0
    assert "Look around here." in read(site, "billing/see.md")
    assert not (site.root / "content/other/see.md").exists()
    assert site("diff", "--exit-code").code == 0


def test_a_collection_removed_in_intercom_keeps_its_folder_while_it_has_articles(site: Site) -> None:
    site.sandbox.delete_group("collection", group(site, "Billing"))
    before = files(site)
    assert site("pull", "--allow-remove", "9").code == 0
    assert files(site) == before


def test_files_that_were_only_reformatted_are_removed_with_their_article(site: Site) -> None:
    text = "Have a look\naround here.\n\nThere is _much_ to see.\n"
    site.write("content/billing/see.md", page(text, title="See").replace('"See"', "'See' # as it is"))
    site.write("content/billing/see.fr.md", page("Jetez un coup\nd'œil par ici.\n", title="Voir"))
    assert site.plan()["changes"] == []
    site.sandbox.delete_article(identifier(site, "See"))
    ran = site("pull")
    assert (ran.code, [path for path in files(site) if "see" in path]) == (0, []), ran.out


def test_a_translation_that_both_sides_removed_is_created_again_when_its_file_comes_back(site: Site) -> None:
    french = read(site, "billing/see.fr.md")
    (site.root / "content/billing/see.fr.md").unlink()
    assert site.push("--allow-remove", "1").code == 0
    site.sandbox.remove_translation(identifier(site, "See"), "fr")
    site.write("content/billing/see.fr.md", french)
    assert site("pull").code == 0
    assert read(site, "billing/see.fr.md") == french
    assert "fr body: 1 line" in site("diff").out
    assert site.push().code == 0
    assert "par ici" in site.sandbox.article(identifier(site, "See"))["translated_content"]["fr"]["body"]


def test_pull_does_not_overwrite_a_translation_file_that_came_back(site: Site) -> None:
    french = read(site, "billing/see.fr.md")
    (site.root / "content/billing/see.fr.md").unlink()
    assert site.push("--allow-remove", "1").code == 0
    site.sandbox.edit_article(identifier(site, "See"), "fr", title="Retiré")
    site.write("content/billing/see.fr.md", french)
    assert site("pull").code == 0
    assert read(site, "billing/see.fr.md") == french


def test_pull_does_not_merge_when_the_copy_of_the_pushed_file_is_damaged(site: Site) -> None:
    pushed = FILES["billing/see.md"]
    copy = site.root / f".helpsync/sources/sandbox/{blob_id(pushed.encode())}"
    copy.write_bytes(zlib.compress(pushed.replace('"See"', '"See').encode()))
    site.write("content/billing/see.md", pushed.replace("much", "a lot"))
    teammate(site, "Have a look", "Look")
    before = files(site)
    ran = site("pull")
    assert (ran.code, files(site)) == (13, before)
    assert "billing/see: its file can't be merged (en)\n    hint: look at `helpsync lint`" in ran.out


def test_pull_merges_an_edit_when_the_baseline_does_not_name_the_pushed_file(site: Site) -> None:
    path = site.root / ".helpsync/sandbox/baseline.json"
    text, count = re.subn(r'"blob":\s*"[0-9a-f]+",?', "", path.read_text(encoding="utf-8"))
    assert count > 0
    path.write_text(text, encoding="utf-8")
    teammate(site, "Have a look", "Look")
    assert site("pull").code == 0
    assert read(site, "billing/see.md") == FILES["billing/see.md"].replace("Have a look", "Look")
    assert site("diff", "--exit-code").code == 0


def test_of_two_files_with_one_name_that_move_together_the_less_nested_one_keeps_it(site: Site) -> None:
    site.write("content/billing/deep/_collection.md", page(name="Deep"))
    site.write("content/billing/deep/notes.md", page("What is written down there.\n", title="Deep notes"))
    site.write("content/other/notes.md", page("What is written up here.\n", title="Notes"))
    assert site.push().code == 0
    for title in ("Deep notes", "Notes"):
        site.sandbox.move_article(identifier(site, title), group(site, "Third"))
    assert site("pull").code == 0
    assert "up here" in read(site, "third/notes.md")
    assert "down there" in read(site, f"third/notes-{identifier(site, 'Deep notes')}.md")
    assert site("diff", "--exit-code").code == 0
