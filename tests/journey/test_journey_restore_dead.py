"""A push that was killed right after a write of which it could not note what came: the way back knows that it wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from journey_site import Deadly, Died, Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

LATER = 60
"""Seconds after which a write that went out is not under way any more."""
NAMES = ("one", "two", "three")


def files(word: str) -> dict[str, str]:
    return {f"{name}.md": page(f"{word} {name}.\n", title=name) for name in NAMES}


def texts(site: Site) -> set[str]:
    return {re.sub("<[^>]*>", "", item["body"]).split()[0] for item in site.sandbox.articles()}


def shown(site: Site, word: str) -> str:
    """Return the title of the one article that readers see with this word."""
    (title,) = [item["title"] for item in site.sandbox.articles() if f">{word} " in item["body"]]
    return str(title)


def die_once_done(method: str, _path: str, phase: str) -> None:
    if method == "PUT" and phase == "after":
        raise Died


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a site whose second push died when its first write was done and not noted yet."""
    with Site(tmp_path) as site:
        site.content(files("Good"))
        site.push()
        site.clock.now += 60
        site.content(files("Bad"))
        assert site.killed(0, done=True).code is None
        assert texts(site) == {"Good", "Bad"}
        site.clock.now += LATER
        yield site


def test_what_a_push_wrote_and_died_over_is_brought_back(site: Site) -> None:
    title = shown(site, "Bad")
    ran = site("restore", "--yes")
    assert (ran.code, texts(site)) == (0, {"Good"})
    assert f"{title}: an interrupted run may have written what Intercom shows, so that is not an edit" in ran.out
    # Nothing is pending any more: the files are pushed as any others are.
    site.content(files("Good"))
    assert (site.push().code, site.push().writes) == (0, [])


def test_what_somebody_wrote_after_a_push_died_is_left_alone(site: Site) -> None:
    (number,) = [item["id"] for item in site.sandbox.articles() if item["title"] == shown(site, "Bad")]
    site.sandbox.edit_article(number, body="<p>Mended by hand.</p>")
    ran = site("restore", "--yes")
    assert (ran.code, texts(site)) == (13, {"Good", "Mended"})
    assert "since the push that is undone, or written by a run that could not note what it left: en body" in ran.out


def test_a_field_that_the_dead_push_did_not_write_is_somebodys_edit(site: Site) -> None:
    site.clock.now -= LATER
    title = shown(site, "Bad")
    (number,) = [item["id"] for item in site.sandbox.articles() if item["title"] == title]
    site.sandbox.edit_article(number, description="By hand")
    site.clock.now += LATER
    assert site("restore", "--yes").code == 0
    assert {item["title"]: item["description"] for item in site.sandbox.articles()}[title] == "By hand"


def test_a_place_to_which_a_push_moved_and_died_over_is_undone(tmp_path: Path) -> None:
    tree = {"a/_collection.md": page(name="A"), "b/_collection.md": page(name="B")}
    with Site(tmp_path) as site:
        site.content({**tree, "a/one.md": page("One.\n", title="One")})
        site.push()
        (before,) = [item["parent_id"] for item in site.sandbox.articles()]
        site.content({**tree, "b/one.md": page("One.\n", title="One")})
        assert site.killed(0, done=True).code is None
        assert [item["parent_id"] for item in site.sandbox.articles()] != [before]
        site.clock.now += LATER
        assert site("restore", "--yes").code == 0
        assert [item["parent_id"] for item in site.sandbox.articles()] == [before]


def test_a_restore_that_was_interrupted_in_a_write_is_completed_by_the_same_command(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        for word in ("Good", "Bad"):
            site.content(files(word))
            site.push()
        site.sandbox.on_request = die_once_done
        assert site("restore", "--yes").code is None
        site.sandbox.on_request = None
        # As if Intercom had made something else of what the dead restore sent.
        (number,) = [item["id"] for item in site.sandbox.articles() if item["title"] == shown(site, "Good")]
        site.sandbox.edit_article(number, body="<p>Changed on its way.</p>")
        site.clock.now += LATER
        assert site("restore", "--yes").code == 0
        assert texts(site) == {"Good"}


def test_what_an_interrupted_restore_wrote_is_undone_by_its_run(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        for word in ("Good", "Bad"):
            site.content(files(word))
            site.push()
        site.sandbox.on_request = die_once_done
        assert site("restore", "--yes").code is None
        site.sandbox.on_request = None
        site.clock.now += LATER
        assert site("restore", "--yes").code == 0
        assert texts(site) == {"Good"}
        for run in site("restore", "--list", "--format", "json").json["runs"][:2]:
            site.clock.now += LATER
            ran = site("restore", "--yes", "--run", run["id"])
            assert ran.code == 0, ran.out
        assert texts(site) == {"Bad"}


def test_where_the_files_are_back_a_push_tells_what_the_dead_one_may_have_written(site: Site) -> None:
    title = shown(site, "Bad")
    site.content(files("Good"))
    for _ in range(2):  # until it is decided
        ran = site.push()
        assert (ran.code, texts(site)) == (13, {"Good", "Bad"})
        assert f"{title}: edited in Intercom, left alone: en body; an interrupted push may have written that" in ran.out
        assert f"if it did, let the file win with --overwrite-remote {title}; if a teammate did" in ran.out
    assert site("diff", "--exit-code").code == 13
    assert site.push("--overwrite-remote", title).code == 0
    assert texts(site) == {"Good"}
    assert site.push().code == 0


def test_an_edit_made_after_a_push_died_is_drift_as_any_other(site: Site) -> None:
    (number,) = [item["id"] for item in site.sandbox.articles() if item["title"] == shown(site, "Bad")]
    site.sandbox.edit_article(number, body="<p>Mended by hand.</p>")
    site.content(files("Good"))
    ran = site.push()
    assert (ran.code, texts(site)) == (0, {"Good", "Mended"})
    assert "may have written" not in ran.out


def test_restore_brings_back_what_an_interrupted_push_deleted(tmp_path: Path) -> None:
    with Site(tmp_path, on_remove="delete") as site:
        site.content(files("Good"))
        site.push()
        before = site.shown()
        site.content({name: text for name, text in files("Good").items() if name != "one.md"})
        site.transport = lambda inner: Deadly(inner, 0, done=True)
        assert site.push("--allow-remove", "1").code is None
        site.transport = lambda inner: inner
        assert len(site.sandbox.articles()) == 2
        site.clock.now += LATER
        ran = site("restore", "--yes")
        assert ran.code == 0, ran.out
        assert site.shown() == before
