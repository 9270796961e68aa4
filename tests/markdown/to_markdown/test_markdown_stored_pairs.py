"""Each body as Intercom stores it (`.html`) stands beside its Markdown (`.md`), which was read with a writer's eye.

A body is one line, apart from code and from the line break that Intercom leaves after a blank paragraph.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from grouped import grouped
from helpsync.markdown.html.canonical import canonical
from round_trip import Home

STORED = Path(__file__).parents[1] / "stored"
NAMES = sorted(path.stem for path in STORED.glob("*.html"))
_WORD = re.compile(r"[^\W\d_]{2,}")
_TAG = re.compile(r"<[^>]*>")
OTHER = "Quitte"
EDITS = 6


def body(name: str) -> str:
    return (STORED / f"{name}.html").read_bytes().decode().removesuffix("\n")


def markdown(name: str) -> str:
    return (STORED / f"{name}.md").read_bytes().decode()


def test_there_are_a_hundred_bodies_and_each_has_its_markdown() -> None:
    assert len(NAMES) >= 100
    assert sorted(path.stem for path in STORED.glob("*.md")) == NAMES


@grouped("name", NAMES)
def test_a_stored_body_becomes_the_markdown_beside_it(name: str) -> None:
    html = body(name)
    assert Home(html).markdown(html) == markdown(name)


@grouped("name", NAMES)
def test_the_markdown_becomes_a_body_in_which_a_reader_sees_the_same(name: str) -> None:
    html = body(name)
    assert canonical(Home(html).sent(markdown(name))) == canonical(html)


@grouped("name", NAMES)
def test_the_markdown_stays_as_it_is_when_it_is_sent_and_read_back(name: str) -> None:
    home = Home(body(name))
    assert home.markdown(home.sent(markdown(name))) == markdown(name)


def words_once(text: str) -> set[str]:
    return {word for word, times in Counter(_WORD.findall(text)).items() if times == 1}


def edited(text: str, word: str) -> str:
    return _WORD.sub(lambda match: OTHER if match[0] == word else match[0], text)


@pytest.mark.slow
@grouped("name", NAMES)
def test_an_edit_of_one_word_changes_that_word_alone(name: str) -> None:
    home, text = Home(body(name)), markdown(name)
    form = canonical(home.sent(text))
    # A word that stands in both once is the same one, and no part of an address.
    choice = words_once(text) & words_once(form) & set(_WORD.findall(_TAG.sub(" ", form)))
    words = [word for word in _WORD.findall(text) if word in choice]
    assert words
    for word in words[:: max(1, len(words) // EDITS)]:
        assert canonical(home.sent(edited(text, word))) == edited(form, word), word
