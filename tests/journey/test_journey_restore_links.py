"""Links over more than one restore, what links to what a restore takes away, and what counts as managed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from helpsync.baseline import moment_text
from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

FOLDERS = {"a/_collection.md": page(name="A"), "b/_collection.md": page(name="B")}
LINKER = page("Intro. See [the target](../b/target.md#how).\n", title="Linker")
TARGET = page("# How\n\nTarget text.\n", title="Target")
GOOD = {**FOLDERS, "a/linker.md": LINKER, "b/target.md": TARGET}
TODO = page("TODO\n", title="Linker")


def article(site: Site, title: str) -> Any:
    (found,) = [item for item in site.sandbox.articles() if item["title"] == title]
    return found


def linked(site: Site) -> str:
    """Return the id of the article that the linker leads to."""
    (number,) = re.findall(r'href="[^"]*/articles/(\d+)', article(site, "Linker")["body"])
    return str(number)


def pushed(site: Site, files: dict[str, str]) -> None:
    site.clock.now += 60
    site.content(files)
    ran = site.push("--allow-remove", "9")
    assert ran.code == 0, (ran.out, ran.err)


def restored(site: Site, *arguments: str) -> str:
    site.clock.now += 60
    ran = site("restore", "--yes", *arguments)
    assert ran.code == 0, (ran.out, ran.err)
    return ran.out


@pytest.fixture
def lost(tmp_path: Path) -> Iterator[Site]:
    """Give a site after a push that rewrote an article and deleted another, to which it had linked."""
    with Site(tmp_path, on_remove="delete", heading_ids="keep") as site:
        pushed(site, GOOD)
        pushed(site, {**FOLDERS, "a/linker.md": TODO})
        yield site


def test_a_link_finds_what_an_earlier_restore_brought_back_under_another_id(lost: Site) -> None:
    restored(lost, "b/target")
    restored(lost, "a/linker")
    assert linked(lost) == article(lost, "Target")["id"]
    (anchor,) = re.findall(r'href="[^"]*#([^"]+)"', article(lost, "Linker")["body"])
    assert f'id="{anchor}"' in article(lost, "Target")["body"]
    # With the files back both sides agree.
    lost.content(GOOD)
    assert lost.plan()["changes"] == []


def test_what_was_brought_back_first_follows_what_it_links_to(lost: Site) -> None:
    restored(lost, "a/linker")
    out = restored(lost, "b/target")
    assert linked(lost) == article(lost, "Target")["id"]
    assert "a/linker" in out
    # That restore was of the target: the linker's text is no more undone than it was.
    assert "back already" in lost("restore", "--dry-run", "a/linker").err


def test_a_text_that_was_edited_since_keeps_its_dead_link_and_is_named(lost: Site) -> None:
    restored(lost, "a/linker")
    lost.clock.now += 60
    body = article(lost, "Linker")["body"].replace("Intro", "By hand")
    lost.sandbox.edit_article(article(lost, "Linker")["id"], body=body)
    out = restored(lost, "b/target")
    assert "a/linker: links to an article that gets a new id, but was edited since" in out
    assert article(lost, "Linker")["body"] == body


def test_a_link_to_an_article_that_is_still_there_stays_as_it_was(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        pushed(site, GOOD)
        before = article(site, "Linker")["body"]
        pushed(site, {**GOOD, "a/linker.md": TODO})
        restored(site)
        assert article(site, "Linker")["body"] == before


def test_a_restore_says_what_links_to_what_it_takes_from_readers(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        files = {**FOLDERS, "a/l.md": page("Nothing.\n", title="L")}
        pushed(site, {**files, "a/x.md": page("X text.\n", title="X", state="draft")})
        pushed(site, {**files, "a/x.md": page("X text.\n", title="X", state="published")})
        site.sandbox.edit_article(
            article(site, "L")["id"], body=f'<p>See <a href="{article(site, "X")["url"]}">x</a></p>'
        )
        plan = site("restore", "--dry-run", "--format", "json").json
        (loss,) = plan["losses"]
        assert (loss["address"], loss["inbound"]) == ("a/x", ["a/l (en)"])


def test_articles_whose_files_went_count_for_no_limit_of_a_restore(tmp_path: Path) -> None:
    with Site(tmp_path, on_remove="keep") as site:
        files = {f"n{number}.md": page("Text.\n", title=f"N{number}") for number in range(40)}
        x = {f"x{number}.md": page("X text.\n", title=f"X{number}", state="draft") for number in range(5)}
        pushed(site, {**files, **x})
        shown = {path: text.replace('"draft"', '"published"') for path, text in x.items()}
        pushed(site, {**shown, **dict(list(files.items())[:6])})
        ran = site("restore", "--yes")
        assert (ran.code, ran.writes) == (12, [])
        assert "5 of 11 published articles" in ran.err


def test_a_draft_comes_back_with_the_dead_link_that_it_had_and_a_published_text_with_a_live_one(tmp_path: Path) -> None:
    french = {"a/linker.fr.md": page("Voir [la cible](../b/target.md).\n", title="Lien")}
    with Site(tmp_path, on_remove="delete") as site:
        pushed(site, {**GOOD, **french})
        site.clock.now += 60
        first = moment_text(site.clock.now)
        # The French text becomes a draft, and what it links to goes after that.
        pushed(site, GOOD)
        pushed(site, {**FOLDERS, "a/linker.md": TODO})
        site.clock.now += 60
        last = moment_text(site.clock.now)
        before = article(site, "Linker")["translated_content"]["fr"]
        assert before["state"] == "draft"
        restored(site, "--at", first, "--allow-remove", "9")
        shown = article(site, "Linker")["translated_content"]["fr"]
        assert shown["state"] == "published"
        assert f"/articles/{article(site, 'Target')['id']}" in shown["body"]
        assert linked(site) == article(site, "Target")["id"]
        restored(site, "--at", last, "--allow-remove", "9")
        after = article(site, "Linker")["translated_content"]["fr"]
        assert (after["state"], after["body"]) == ("draft", before["body"])
        assert site("restore", "--yes", "--at", last).writes == []
