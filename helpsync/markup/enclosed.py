"""Finds what lies between a tag of raw HTML and where it is closed, blocks further below."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.markup import rawhtml
from helpsync.markup.dialect import BLOCK_TAGS, MUTE_TAGS, VOID_TAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markup.document import Block

_VERBATIM = re.compile(r"<(/?)pre\b", re.IGNORECASE)


def is_in_code(text: str) -> bool:
    """Tell whether a `<pre>` is still open at the end of the text: blank lines are code then."""
    found = _VERBATIM.findall(text)
    return bool(found) and not found[-1]


def spans(blocks: Sequence[Block]) -> list[tuple[int, int]]:
    """Return the first and last block of each region, apart from each other and in order."""
    opened: list[tuple[str, int]] = []
    counts: dict[str, int] = {}
    found: list[tuple[int, int]] = []
    for number, block in enumerate(blocks):
        if block.kind != "html":
            continue
        mute = ""
        for source, is_markup in rawhtml.tokens(block.text):
            name, closing = rawhtml.name_of(source) if is_markup else ("", False)
            if mute:
                mute = "" if closing and name == mute else mute
            elif name in MUTE_TAGS and not closing:
                mute = name
            elif name in BLOCK_TAGS and name not in VOID_TAGS and not closing and not source.endswith("/>"):
                opened.append((name, number))
                counts[name] = counts.get(name, 0) + 1
            elif closing and counts.get(name):
                begun = ("", 0)
                while begun[0] != name:
                    begun = opened.pop()
                    counts[begun[0]] -= 1
                if begun[1] < number:
                    _add(found, begun[1], number)
    return found


def _add(spans: list[tuple[int, int]], start: int, end: int) -> None:
    while spans and spans[-1][1] >= start:
        start = min(start, spans.pop()[0])
    spans.append((start, end))
