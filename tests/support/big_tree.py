"""A generated tree of many articles in five locales: nested sections, links in all directions, anchors, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journey_site import page

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCALES = ("en", "fr", "de", "es", "ja")
CONFIG = f"""\
default_locale: en
locales: [{", ".join(LOCALES)}]
author: docs@example.com
state: published
on_remove: unpublish
"""
TOPICS = 4
_WORDS = {"en": "Article", "fr": "Fiche", "de": "Artikel", "es": "Página", "ja": "記事"}


def big_tree(articles: int = 60, *, edition: int = 1) -> dict[str, str]:
    """Return the files of a content tree; another edition has other texts, titles and places for some of them."""
    files: dict[str, str] = {}
    for topic in range(TOPICS):
        for locale, suffix in _suffixes():
            name = f"Topic {topic} {locale}"
            files[f"topic{topic}/_collection{suffix}.md"] = page(name=name, description=f"About {topic}")
            files[f"topic{topic}/more/_collection{suffix}.md"] = page(name=f"More on {topic} {locale}")
    for number in range(articles):
        for locale, suffix in _suffixes():
            files[f"{_address(number, edition)}{suffix}.md"] = _article(number, locale, articles, edition)
    return files


def _suffixes() -> Iterator[tuple[str, str]]:
    return ((locale, "" if locale == LOCALES[0] else f".{locale}") for locale in LOCALES)


def _address(number: int, edition: int) -> str:
    topic = number % TOPICS
    if edition > 1 and number % 10 == 7:
        topic = (topic + 1) % TOPICS
    return f"topic{topic}/{'more/' if number % 3 == 0 else ''}n{number:03}"


def _article(number: int, locale: str, articles: int, edition: int) -> str:
    word = _WORDS[locale]
    title = f"{word} {number}{' revised' if edition > 1 and number % 5 == 0 else ''}"
    text = f"{word} {number}, {'first' if edition == 1 or number % 2 else 'second'} edition."
    others = ((number + 1) % articles, (number * 7 + 3) % articles)
    links = [f"[on {other}](/{_address(other, edition)}.md{'#details' if other % 4 == 1 else ''})" for other in others]
    body = f"{text} See {' and '.join(links)}.\n\n## Details\n\n- one\n- two\n"
    if number % 4 == 2:
        body += f"\n![Picture {number}](https://pictures.example/{number}.png)\n"
    return page(body, title=title)
