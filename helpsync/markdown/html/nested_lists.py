"""Writes lists within lists as paragraphs, for a workspace that refuses them.

Facts: Bodies. Nested lists are seen stored, though the docs say that Intercom answers them with 400.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.markdown.dialect import PARAGRAPH

if TYPE_CHECKING:
    from collections.abc import Iterator

# A rendered body is regular: tags in small letters, `<` and `>` escaped in text and in values, each item closed.
_LIST_TAG = re.compile(r"<(?P<end>/?)(?P<tag>ul|ol|li)\b[^<>]*>")
_PARAGRAPH = re.compile(r"<p\b[^<>]*>")
_DASH = "–"  # noqa: RUF001 - a dash, as people type one for a list
_INDENT = "\u00a0" * 4
_DEEPEST = 8
"""Lists nested deeper than this are indented no further: nobody could read it, and the length stays linear."""


@dataclass(slots=True)
class _List:
    """A list that is open; `level` is 0 where it is kept, else how many lists around it, itself among them, are not."""

    level: int
    ordered: bool
    items: int = 0

    def mark(self) -> str:
        """Return what the text of the item begins with."""
        return _INDENT * min(self.level - 1, _DEEPEST) + (f"{self.items}." if self.ordered else _DASH)


def flatten_lists(html: str) -> str:
    """Return a rendered body with each list inside an item written as paragraphs of that item, so that numbers hold.

    An inner item's text begins with its number or a dash, after four no-break spaces for each level but the first;
    what else is in it follows as it is. A body without nested lists is returned unchanged.
    """
    return "".join(_parts(html)) if _is_nested(html) else html


def _is_nested(html: str) -> bool:
    items = 0
    for match in _LIST_TAG.finditer(html):
        if match["tag"] == "li":
            items = max(0, items + (-1 if match["end"] else 1))
        elif items and not match["end"]:
            return True
    return False


def _parts(html: str) -> Iterator[str]:
    lists: list[_List] = []
    items = done = 0  # how many items of lists that are kept are open; how much of the text is written
    for match in _LIST_TAG.finditer(html):
        yield html[done : match.start()]
        done = match.end()
        inner = bool(lists) and lists[-1].level > 0
        if match["tag"] != "li":
            if not match["end"]:
                level = lists[-1].level + 1 if inner else int(items > 0)
                lists.append(_List(level, match["tag"] == "ol"))
                inner = level > 0
            elif lists:
                lists.pop()
        elif not inner:
            items = max(0, items + (-1 if match["end"] else 1))
        elif not match["end"]:
            lists[-1].items += 1
            mark = lists[-1].mark()
            paragraph = _PARAGRAPH.match(html, done)
            if paragraph is None:
                yield f"{PARAGRAPH}{mark}</p>"
            else:
                done = paragraph.end()
                yield f"{paragraph[0]}{mark}" + ("" if html.startswith("</p>", done) else " ")
        if not inner:
            yield match[0]
    yield html[done:]
