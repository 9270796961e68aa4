"""What a web page says, for a message: a proxy, a login page or a server in between answers with one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

_UNSEEN = frozenset({"script", "style", "template", "svg"})
_WITHIN_WORDS = frozenset({"a", "abbr", "b", "code", "em", "font", "i", "small", "span", "strong", "tt", "u", "wbr"})
_BEGINS = re.compile(r"<(!doctype|html|head|body|title|h1)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page's title, or else its first heading, and what its text says besides; white space is folded."""

    title: str
    text: str


def is_page(text: str, content_type: str) -> bool:
    """Return whether this is a web page, or a part of one that calls itself so."""
    return "<" in text.lstrip()[:200] and ("html" in content_type.lower() or _BEGINS.search(text) is not None)


def read_page(text: str) -> WebPage:
    """Return what a page says, however broken its markup is."""
    parser = _Parser()
    parser.feed(text.replace("<![", "<! ["))  # some versions of Python fail at a `<![` that they don't know
    parser.close()
    body, title, heading = (" ".join("".join(parts).split()) for parts in (parser.text, parser.title, parser.heading))
    title = title or heading
    return WebPage(title, body.removeprefix(title).lstrip())


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.title: list[str] = []
        self.heading: list[str] = []
        self._unseen = ""
        self._part = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # none is shown
        if self._unseen:
            return
        self._unseen = tag if tag in _UNSEEN else ""
        if (tag == "title" and not self.title) or (tag == "h1" and not self.heading):
            self._part = tag
        self._space(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # as above
        self._space(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        if tag in (self._part, "head"):
            self._part = ""
        self._space(tag)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._part == "title":
            self.title.append(data)
            return
        self.text.append(data)
        if self._part == "h1":
            self.heading.append(data)

    def _space(self, tag: str) -> None:
        # A tag within a word parts no words: half a token would not be known.
        if tag not in _WITHIN_WORDS:
            for parts in (self.text, self.title, self.heading):
                if parts:
                    parts.append(" ")
