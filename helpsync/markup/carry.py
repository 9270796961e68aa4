"""Carries an edit that a teammate made in Intercom into the Markdown that a writer wrote, in the writer's hand."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from helpsync.markup.align import Effort, aligned
from helpsync.markup.blocks import parse
from helpsync.markup.carrying.blocks import Carrier
from helpsync.markup.carrying.forms import Forms
from helpsync.markup.carrying.parts import Side, side
from helpsync.markup.carrying.units import units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helpsync.markup.document import Block

_HASHES = re.compile(r"^([> ]*(?:(?:[-*+]|\d{1,9}[.)]) +)*)(#{1,6})(?=[ \t])")


def carry(source: str, before: str, after: str) -> str:
    """Return the source with the edit that turned `before` into `after`: only the blocks that differ are written anew.

    `before` and `after` are Markdown as `reverse` writes it, of what readers had of the source and of what they have
    now. Blocks alike stay byte for byte, with all that only the source has: comments, definitions, wraps, markers. In
    lists, tables, callouts and collapsibles an item, a row, a paragraph is written anew where that is enough, and words
    where a block has only other words. Headings keep the source's levels. The result is a proposal: whether it says
    what `after` says is for the caller to see. Never raises; time is bounded.
    """
    if before == after:
        return source
    lines = source.split("\n")
    ends = ["\r" if line.endswith("\r") else "" for line in lines]
    bare = [line.removesuffix("\r") for line in lines]
    document = parse("\n".join(bare))
    old, new = parse(before), parse(after)
    was, now = before.split("\n"), after.split("\n")
    _level(document.blocks, (old.blocks, was), (new.blocks, now))
    forms = Forms(document)
    forms.number("\n".join(bare))
    ours, theirs = side(bare, forms, ours=True), side(was, forms, ours=False)
    _learn(forms, ours, theirs)
    rows = Carrier(forms).level((ours, theirs, side(now, forms, ours=False)))
    usual = Counter(ends[:-1]).most_common(1)[0][0] if len(ends) > 1 else ""
    written = [row.text + (usual if row.origin is None else ends[row.origin]) for row in rows]
    return "\n".join(written)


def _learn(forms: Forms, ours: Side, theirs: Side) -> None:
    for unit in units(ours.parts, theirs.parts):
        if unit.ours and unit.theirs:
            mine = "".join(ours.parts[number].html for number in unit.ours)
            forms.learn(mine, "".join(theirs.parts[number].html for number in unit.theirs))


def _level(
    ours: Sequence[Block], before: tuple[Sequence[Block], list[str]], after: tuple[Sequence[Block], list[str]]
) -> None:
    """Give the headings of the other two texts the levels that the source counts from."""
    mine, old, new = list(_headings(ours)), list(_headings(before[0])), list(_headings(after[0]))
    down = _shift(old, mine)
    change = _shift(new, old)
    for headings, lines, shift in ((old, before[1], down), (new, after[1], down + change)):
        for block in headings if shift else ():
            lines[block.line - 1] = _HASHES.sub(
                lambda match, level=block.level + shift: f"{match[1]}{'#' * min(max(level, 1), 6)}",  # type: ignore[misc]  # the default is an int
                lines[block.line - 1],
            )


def _shift(some: Sequence[Block], others: Sequence[Block]) -> int:
    """Return by how much most headings stand deeper in the others."""
    pairs = aligned([block.text for block in some], [block.text for block in others], Effort())
    counts = Counter(others[two].level - some[one].level for one, two in pairs)
    if not counts and some and others:
        counts[min(block.level for block in others) - min(block.level for block in some)] = 1
    return counts.most_common(1)[0][0] if counts else 0


def _headings(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.kind == "heading":
            yield block
        yield from _headings(block.children)
