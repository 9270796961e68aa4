"""Writes pages: new ones, and changes to those that are there, which touch only the lines that they must."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from helpsync.content.frontmatter import ARTICLE_KEYS, BOUNDARY, COLLECTION_KEYS
from helpsync.content.frontmatter_edits import Edit, edited
from helpsync.content.yaml_text import Value, readable, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Value", "new_page", "readable", "split_page", "with_body", "with_fields"]

_ORDER = tuple(dict.fromkeys(key.name for key in (*ARTICLE_KEYS[:1], *COLLECTION_KEYS[:1], *ARTICLE_KEYS)))
_LINE_END = re.compile(r"\r\n?|\n")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def new_page(fields: Mapping[str, Value], body: str) -> str:
    r"""Return the text of a new file with these keys, in the order of the documentation, and a blank line before body.

    Each text reads back as `readable` gives it; empty ones are left out, because the Reader refuses them. Line ends
    are \n. Zero bytes, which no text file holds, are left out of the body.
    """
    kept = ((name, _tidy(value)) for name, value in sorted(fields.items(), key=lambda field: _rank(field[0])))
    lines = "".join(f"{name}: {value_text(name, value)}\n" for name, value in kept if value is not None)
    text = _storable(body)
    if text and not text.endswith("\n"):
        text += "\n"
    return f"---\n{lines}---\n" + (f"\n{text}" if text else "")


def split_page(raw: str) -> tuple[str, str]:
    r"""Return a file's frontmatter, without its boundaries, and its body as the Reader splits them.

    Both have \n at their line ends. Without frontmatter the first is "" and the second all of the text.
    """
    page = _Page.of(raw)
    return (page.head, page.body) if page else ("", _normal(raw))


def with_fields(raw: str, changes: Mapping[str, Value | None]) -> str:
    """Return the file's text with these keys set; None, or nothing but white space, removes the key.

    Only the lines of those keys change: comments, order, quotes, line ends and a byte order mark stay. A new key comes
    behind those that the documentation names before it. Where the frontmatter's form allows no such edit (braces around
    all of it, `? ` before a key), it is written anew and its comments are lost. Raises ValueError where the Reader
    can't read the frontmatter.
    """
    page = _Page.of(raw)
    if page is None:
        raise ValueError("the text has no frontmatter")
    wanted = {name: None if value is None else _tidy(value) for name, value in changes.items()}
    return page.changed(page.head_at, edited(page.head, wanted, _rank))


def with_body(raw: str, body: str) -> str:
    """Return the file's text with `body`, as `split_page` gives it, behind its frontmatter.

    The lines at the beginning and at the end that stay the same keep their line ends; new ones have the file's. Raises
    ValueError where the text has no frontmatter.
    """
    page = _Page.of(raw)
    if page is None:
        raise ValueError("the text has no frontmatter")
    old, new = page.text[page.body_at :], _storable(body)
    new = f"\n{new}" if new or old else ""
    return page.changed(page.body_at, _middle(old, new))


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _tidy(value: Value) -> Value | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return readable(value) or None
    return {name: readable(each) for name, each in value.items() if readable(each)} or None


def _normal(raw: str) -> str:
    return _LINE_END.sub("\n", raw.removeprefix("\ufeff"))


def _storable(body: str) -> str:
    return _UNSTORABLE.sub("", _LINE_END.sub("\n", body))


@dataclass(frozen=True, slots=True)
class _Page:
    r"""A text with frontmatter: `text` has no byte order mark and \n at its line ends, `raw` is what it was read from.

    `head` begins at `head_at`; the body begins at `body_at` with the line end that the Reader takes off.
    """

    raw: str
    text: str
    head_at: int
    head: str
    body_at: int

    @staticmethod
    def of(raw: str) -> _Page | None:
        if "\n" in raw and _LONE_RETURN.search(raw):
            # Next to \r\n a lone \r can't be kept: what lies between them may go.
            raw = _LINE_END.sub(_newline(raw), raw)
        text = _normal(raw)
        begin = BOUNDARY.match(text)
        end = BOUNDARY.search(text, begin.end()) if begin else None
        if begin is None or end is None:
            return None
        return _Page(raw, text, begin.end() + 1, text[begin.end() + 1 : end.start()], end.end())

    @property
    def body(self) -> str:
        return self.text[self.body_at + 1 :]

    def changed(self, at: int, edits: Iterable[Edit]) -> str:
        """Return the raw text with these edits, whose places are counted from `at` in `text`."""
        before = 1 if self.raw.startswith("\ufeff") else 0
        pairs = [match.start() - before - index for index, match in enumerate(re.finditer("\r\n", self.raw))]
        newline, pieces, done = _newline(self.raw), [], 0
        for edit in sorted(edits, key=lambda each: (each.start, each.end)):
            start, end = (before + place + bisect_left(pairs, place) for place in (at + edit.start, at + edit.end))
            pieces += [self.raw[done:start], edit.text.replace("\n", newline)]
            done = end
        return "".join([*pieces, self.raw[done:]])


def _newline(raw: str) -> str:
    found = _LINE_END.search(raw)
    return found.group() if found else "\n"


def _middle(old: str, new: str) -> list[Edit]:
    """Return the one edit of whole lines that makes `new` of `old`."""
    ours, theirs = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (old, new))
    first = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))
    rest = zip(reversed(ours[first:]), reversed(theirs[first:]), strict=False)
    last = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], rest))
    start, end = len("".join(ours[:first])), len(old) - len("".join(ours[len(ours) - last :]))
    text = "".join(theirs[first : len(theirs) - last])
    return [Edit(start, end, text)] if (start, text) != (end, "") else []
