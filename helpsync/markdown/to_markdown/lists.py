"""Lists: an item's lines are indented by its marker's width, and stand close together where each is one paragraph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_APART = "<!-- -->"
_LISTS = frozenset({"ul", "ol"})
_HIGHEST = 999  # Below a wider number, four spaces are not enough on GitHub.
_WIDEST = 4
_BELOW = frozenset({"ul", "ol", "hr", "table"})
# What may stand right below a paragraph: an item with text, the first one where they are numbered, but nothing that
# looks like the line below a table's header.
_INTERRUPTS = re.compile(r"(?:-|1\.) (?![-:| ]*$)\S")


class Written(NamedTuple):
    """The lines of one block, and the tag that it was made from."""

    tag: str
    lines: list[str]


def joined(blocks: Sequence[Written]) -> list[str]:
    """Return the lines of the blocks with a blank line between, and a comment between two lists of one kind."""
    lines: list[str] = []
    before = ""
    for block in blocks:
        if lines:
            lines.append("")
        if block.tag == before and before in _LISTS:
            lines += [_APART, ""]
        lines += block.lines
        before = block.tag
    return lines


def listed(items: Sequence[Sequence[Written]], start: int | None) -> list[str]:
    """Return the lines of a list, numbered when it has a `start`."""
    tight = all(_is_tight(item) for item in items)
    lines: list[str] = []
    for number, item in enumerate(items, start or 0):
        if lines and not tight:
            lines.append("")
        marker = "-" if start is None else f"{min(number, _HIGHEST)}."
        lines += _item(marker, item, tight=tight)
    return lines


def _is_tight(item: Sequence[Written]) -> bool:
    if len(item) < 2:
        return not item or item[0].tag == "p"
    first, second = item[0], item[1]
    if len(item) > 2 or first.tag != "p" or second.tag not in _LISTS:
        return False
    return "" not in second.lines and _INTERRUPTS.match(second.lines[0]) is not None


def _item(marker: str, item: Sequence[Written], *, tight: bool) -> list[str]:
    if not item:
        return [marker]
    lines = [line for block in item for line in block.lines] if tight else joined(item)
    width = len(marker) + 1
    if _begins_beside(item[0], width):
        return [f"{marker} {lines[0]}", *_indented(lines[1:], width)]
    return [marker, *_indented(lines, width)]


def _begins_beside(block: Written, width: int) -> bool:
    """Tell whether the block's first line may stand beside the marker: its own indents then count from there."""
    return width <= _WIDEST if block.tag == "pre" else block.tag not in _BELOW


def _indented(lines: Sequence[str], width: int) -> list[str]:
    space = " " * width
    return [space + line if line else "" for line in lines]
