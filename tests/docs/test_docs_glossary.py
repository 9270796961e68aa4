"""Each page links a word of the glossary where it first uses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
GLOSSARY = DOCS / "glossary.md"
WORDS = re.findall(r"^## (\w+)$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)

FORMS = {
    "address": r"address(?:es)?",
    "adopt": r"adopt(?:s|ed)?",
    "conflict": r"conflicts?(?! markers?)",
    "drift": r"drift(?:s|ed)?",
    "remote": r"(?<!git )remotes?",
}
"""Words with other forms than their plural, or with another sense."""

WITHOUT = {"glossary.md", "markup.md"}
"""markup.md shows articles, whose text uses these words in other senses."""

PAGES = [DOCS.parent / "README.md", *(page for page in sorted(DOCS.glob("*.md")) if page.name not in WITHOUT)]

FENCE = re.compile(r"^(`{3,}|~{3,})(?!`).*?^\1$", re.MULTILINE | re.DOTALL)
NOT_A_USE = re.compile(r"^#.*$|(`+)(?!`).+?(?<!`)\1(?!`)|!\[[^\]]*\]\([^)]*\)", re.MULTILINE)
CODE_IN_LINK = re.compile(r"\[`(\w+)`\](?=\((?:docs/)?glossary\.md#)")
ELSEWHERE = re.compile(r"\[([^\]]*)\]\((?!(?:docs/)?glossary\.md#)[^)\s]+\)")


def prose(page: Path) -> str:
    """Return the sentences of a page: without code and headings, and without the words of links to other pages."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return " ".join(ELSEWHERE.sub("", NOT_A_USE.sub("", CODE_IN_LINK.sub(r"[\1]", text))).split())


def first_use(word: str, text: str) -> str | None:
    """Return the first use of a word, with its link if it has one."""
    form = FORMS.get(word, f"{word}s?")
    found = re.search(rf"\[[^\]]*\]\((?:docs/)?glossary\.md#{word}\)|\b(?i:{form})\b", text)
    return found[0] if found else None


def test_the_glossary_has_a_dozen_words_in_order() -> None:
    assert len(WORDS) == 12
    assert sorted(WORDS) == WORDS


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_first_use_of_a_word_links_to_the_glossary(page: Path, word: str) -> None:
    used = first_use(word, prose(page))
    assert used is None or used.endswith(f"glossary.md#{word})"), used


def test_how_it_works_can_be_read_in_ten_minutes() -> None:
    words = (DOCS / "how-it-works.md").read_text(encoding="utf-8").split()
    assert len(words) <= 2000
