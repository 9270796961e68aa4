"""Finds the line of a file that says what a line of the same text says in another hand's Markdown."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

from helpsync.markup.align import Effort, aligned
from helpsync.markup.compare import starts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WORD = re.compile(r"\w+")
_MOST = 200
"""Of more blocks than this between two that are sure, only so many are looked at."""


def located(source: str, text: str) -> Callable[[int], int]:
    """Return a function that gives, for a line of `text`, the line of `source` where its block begins; both from 1.

    Blocks with the same words are the same; one without a counterpart is looked for between its neighbours, where the
    most words agree. Linear in both texts.
    """
    ours, theirs = starts(text), starts(source)
    mine, keys = [_key(block) for _, block in ours], [_key(block) for _, block in theirs]
    pairs = aligned(mine, keys, Effort())
    known = dict(pairs)
    sure = [first for first, _ in pairs]
    lines = [line for line, _ in ours]

    def line_of(line: int) -> int:
        position = max(bisect_right(lines, line) - 1, 0)
        if position in known:
            return theirs[known[position]][0]
        place = bisect_right(sure, position)
        low = pairs[place - 1][1] + 1 if place else 0
        high = pairs[place][1] if place < len(pairs) else len(theirs)
        nearest = _nearest(mine[position] if position < len(mine) else "", keys[low:high][:_MOST])
        if nearest is not None:
            return theirs[low + nearest][0]
        return theirs[max(low - 1, 0)][0] if theirs else 1

    return line_of


def _key(block: str) -> str:
    return " ".join(_WORD.findall(block.casefold())) or block.strip()


def _nearest(key: str, others: Sequence[str]) -> int | None:
    """Return which of the others shares most letters of words with the key, the first of equals; None without any."""
    words = Counter(key.split())
    scores = [sum(len(word) * count for word, count in (words & Counter(other.split())).items()) for other in others]
    return max(range(len(scores)), key=lambda number: scores[number]) if scores else None
