"""Finds the line of a file that says what a line of the same text says in another hand's Markdown."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

from helpsync.markdown.diff.alignment import Effort, align
from helpsync.markdown.diff.compare import block_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WORD = re.compile(r"\w+")
# Where a link leads is written at the link by one hand, in a line of its own by another.
_TARGET = re.compile(r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)|^ {0,3}\[(?!\^)[^\]]+\]:.*$", re.MULTILINE)
_MOST = 200
"""Of more blocks than this between two that are sure, only so many are looked at."""

_EFFORT = 200_000
"""So many blocks are looked at in all; after that the first of those that come into question is taken."""


def line_locator(source: str, text: str) -> Callable[[int], int]:
    """Return a function that gives, for a line of `text`, the line of `source` where its block begins; both from 1.

    Blocks with the same words are the same; one without a counterpart is looked for between its neighbours, where the
    most words agree, and where few do in the whole file: a footnote stands elsewhere. Time is bounded.
    """
    ours, theirs = block_starts(text), block_starts(source)
    mine, keys = [_key(block) for _, block in ours], [_key(block) for _, block in theirs]
    pairs = align(mine, keys, Effort())
    known = dict(pairs)
    sure = [first for first, _ in pairs]
    lines = [line for line, _ in ours]
    effort = Effort(_EFFORT)

    def line_of(line: int) -> int:
        position = max(bisect_right(lines, line) - 1, 0)
        if position in known:
            return theirs[known[position]][0]
        place = bisect_right(sure, position)
        low = pairs[place - 1][1] + 1 if place else 0
        high = min(pairs[place][1] if place < len(pairs) else len(theirs), low + _MOST)
        words = Counter(mine[position].split() if position < len(mine) else ())
        near = _likest(words, keys, range(low, high if effort.spend(high - low) else min(high, low + 1)))
        enough = sum(len(word) * count for word, count in words.items()) / 2
        if (near is None or near[0] < enough) and effort.spend(len(keys)):
            far = _likest(words, keys, range(len(keys)))
            near = far if far and far[0] >= enough else near
        if near is not None:
            return theirs[near[1]][0]
        return theirs[max(low - 1, 0)][0] if theirs else 1

    return line_of


def _key(block: str) -> str:
    return " ".join(_WORD.findall(_TARGET.sub("]", block.casefold()))) or block.strip()


def _likest(words: Counter[str], keys: Sequence[str], among: range) -> tuple[int, int] | None:
    """Return how many letters of words the likest of these keys shares, and its position; the first of equals."""
    found: tuple[int, int] | None = None
    for position in among:
        shared = words & Counter(keys[position].split())
        score = sum(len(word) * count for word, count in shared.items())
        if found is None or score > found[0]:
            found = score, position
    return found
