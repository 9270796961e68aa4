"""A large help center is pulled, and its files stay in step with Intercom.

The suite takes a small one. As large as many are: `PULL_ARTICLES=300 pytest -n 0` and this file.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from established_help_center import mark
from helpsync.markdown import canonical
from helpsync.plan import own_link_namer
from pulled_site import PulledSite

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ARTICLES = int(os.environ.get("PULL_ARTICLES", "10"))
WORD = "geändert"


@pytest.fixture(params=["suffix", "folder"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PulledSite]:
    """Give a help center of five languages that was just pulled."""
    root = tmp_path_factory.mktemp("pulled")
    with PulledSite(root, layout=request.param, heading_ids="keep", record=True) as site:
        ran = site.filled(ARTICLES).pull()
        assert ran.code == 0, ran.err
        yield site


def texts(site: PulledSite) -> dict[tuple[int, str], Any]:
    """Return every text of Intercom's by article and locale."""
    return {
        (int(item["id"]), locale): block
        for item in site.sandbox.articles()
        for locale, block in item["translated_content"].items()
        if locale != "type" and block
    }


def lines(data: bytes) -> list[str]:
    return data.decode().split("\n")


def test_every_text_gets_its_file_and_nothing_is_left_to_do(site: PulledSite) -> None:
    files = site.files()
    words = set(re.findall(r"Marke\w+", " ".join(map(str, files.values()))))
    assert words == {mark(*place) for place in texts(site)}
    pages = [path for path in files if path.endswith(".md") and "_collection" not in path]
    assert len(pages) == len(texts(site))
    assert site.everything() == {"helpsync.yaml", *(f"content/{path}" for path in files)}
    assert site.nothing_to_do()


def test_links_are_relative_and_point_at_headings(site: PulledSite) -> None:
    pages = {path: data.decode() for path, data in site.files().items() if path.endswith(".md")}
    assert not [path for path, text in pages.items() if "/articles/" in text or "downloads.intercomcdn.com" in text]
    linked = [href for text in pages.values() for href in re.findall(r"\]\(([^()#\s]+\.md)(?:#[^()\s]*)?\)", text)]
    assert len(linked) > len(pages) / 4
    assert not [href for href in linked if href.startswith("/")]
    assert any(re.search(r"\.md#\w", text) for text in pages.values())


def test_each_picture_is_written_once(site: PulledSite) -> None:
    pictures = [data for path, data in site.files().items() if path.endswith(".png")]
    shown = {address for block in texts(site).values() for address in re.findall(r'<img src="([^"?]*)', block["body"])}
    assert len(pictures) == len(set(pictures)) == len(shown)


def test_a_word_that_a_writer_changes_in_each_file_is_the_only_change(site: PulledSite) -> None:
    named = own_link_namer({site.sandbox.settings.origin})
    before = texts(site)
    for path, data in site.files().items():
        if path.endswith(".md"):
            (site.root / "content" / path).write_bytes(re.sub(rb"Marke\w+", WORD.encode(), data))
    ran = site.push()
    assert ran.code == 0
    numbers = sorted({number for number, _ in before})
    assert sorted(ran.writes) == sorted(("PUT", f"/articles/{number}") for number in numbers)
    after = texts(site)
    assert after.keys() == before.keys()
    for (number, locale), was in before.items():
        now = after[number, locale]
        # A link to an article by another slug is the same link.
        old, new = (canonical(block["body"], own_link=named) for block in (was, now))
        assert new == old.replace(mark(number, locale), WORD)
        fields = ("title", "description", "state", "author_id", "url")
        assert [now[field] for field in fields] == [was[field] for field in fields]
    assert site.nothing_to_do()


def test_a_word_that_teammates_change_in_each_text_changes_one_line_of_its_file(site: PulledSite) -> None:
    before = site.files()
    for (number, locale), block in texts(site).items():
        body = block["body"].replace(mark(number, locale), WORD)
        site.sandbox.edit_article(number, locale, body=body)
    assert site.pull().code == 0
    after = site.files()
    assert after.keys() == before.keys()
    for path, was in before.items():
        assert after[path] == re.sub(rb"Marke\w+", WORD.encode(), was), path
    assert site.nothing_to_do()


def test_edited_titles_and_descriptions_change_only_their_lines(site: PulledSite) -> None:
    before = site.files()
    edited = [place for place in texts(site) if place[0] % 3 == 1]
    for number, locale in edited:
        site.sandbox.edit_article(number, locale, title=f"Nummer {number} {locale}", description=f"Über {number}")
    assert site.pull().code == 0
    changed = {path: data for path, data in site.files().items() if data != before.get(path)}
    assert len(changed) == len(edited)
    for path, data in changed.items():
        kept = [line for line in lines(data) if not line.startswith(("title:", "description:"))]
        assert kept == [line for line in lines(before[path]) if not line.startswith(("title:", "description:"))]
    assert site.nothing_to_do()
