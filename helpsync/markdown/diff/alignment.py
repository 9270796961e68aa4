"""Divides texts into words, and aligns two sequences with a bounded effort."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


UNSPACED_SCRIPTS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x30FF),  # Han's parts, kana
    (0x31A0, 0x9FFF),  # Bopomofo, Han
    (0xA9E0, 0xA9FF),  # Myanmar
    (0xAA60, 0xAA7F),  # Myanmar
    (0xF900, 0xFAFF),  # Han
    (0xFF66, 0xFF9F),  # kana of half width
    (0x1B000, 0x1B16F),  # kana
    (0x20000, 0x3FFFF),  # Han
)
"""Scripts written without spaces between words."""

_JOINERS = frozenset("\u200c\u200d\u2060\ufeff\u00ad")
_SKIN = range(0x1F3FB, 0x1F400)
_FLAGS = range(0x1F1E6, 0x1F200)
_APOSTROPHES = frozenset("'’")  # noqa: RUF001 - the apostrophe of typesetters


@lru_cache(maxsize=8192)
def _kind(char: str) -> str:
    """Return ``word``, ``sign`` (alone), ``with`` (belongs to the character before), a space, line or mark."""
    code, category = ord(char), unicodedata.category(char)
    if char.isspace():
        return "line" if char == "\n" else "space"
    if category[0] == "M" or char in _JOINERS or code in _SKIN or 0xE0000 <= code <= 0xE007F:
        return "with"
    if category[0] in "LN":
        return "sign" if any(first <= code <= last for first, last in UNSPACED_SCRIPTS) else "word"
    return "word" if code in _FLAGS else "mark"


def tokenize(text: str) -> list[str]:
    """Return the words, marks and spaces of the text; what people type as one stays together.

    A run of one punctuation mark is one token, and so is a run of spaces; a line break is always alone.
    """
    parts: list[str] = []
    start, before = 0, ""
    for position, char in enumerate(text):
        kind, previous = _kind(char), text[position - 1] if position else ""
        if kind == "with" and before != "line" and position:
            continue
        if char in _APOSTROPHES and before == "word" and _kind(text[position + 1 : position + 2] or " ") == "word":
            continue
        in_picture = previous == "\u200d" and before == "mark"  # one picture of several, such as a family
        same = kind == before and (kind == "word" or (kind in {"mark", "space"} and char == previous))
        if position and not same and not in_picture:
            parts.append(text[start:position])
            start = position
        before = kind
    return [*parts, text[start:]] if text else parts


_MOST_AT_ONCE = 400_000
"""Steps that one search for the shortest script may take, so that one hard part does not use up all effort."""


@dataclass(slots=True)
class Effort:
    """How many more steps a comparison may take; what is not aligned by then counts as changed."""

    left: int = 2_000_000

    def spend(self, steps: int) -> bool:
        """Take the steps, and return whether enough were left."""
        self.left -= steps
        return self.left >= 0


def align(before: Sequence[str], after: Sequence[str], effort: Effort) -> list[tuple[int, int]]:
    """Return the positions of equal items, in order on both sides: the longest such list where effort allows.

    The shortest script is Myers' (An O(ND) Difference Algorithm, 1986); where both differ in too much for it, items
    that are unique on both sides divide the task (patience diff).
    """
    names: dict[str, int] = {}
    a = [names.setdefault(item, len(names)) for item in before]
    b = [names.setdefault(item, len(names)) for item in after]
    found: list[tuple[int, int]] = []
    tasks = [(0, len(a), 0, len(b))]
    while tasks:
        low_a, high_a, low_b, high_b = tasks.pop()
        while low_a < high_a and low_b < high_b and a[low_a] == b[low_b]:
            found.append((low_a, low_b))
            low_a, low_b = low_a + 1, low_b + 1
        while low_a < high_a and low_b < high_b and a[high_a - 1] == b[high_b - 1]:
            high_a, high_b = high_a - 1, high_b - 1
            found.append((high_a, high_b))
        if low_a == high_a or low_b == high_b or not effort.spend(high_a - low_a + high_b - low_b):
            continue
        shortest = _shortest(a[low_a:high_a], b[low_b:high_b], effort)
        if shortest is not None:
            found += [(low_a + x, low_b + y) for x, y in shortest]
            continue
        edges = [*_unique(a, b, (low_a, high_a, low_b, high_b)), (high_a, high_b)]
        if len(edges) > 1:
            for x, y in edges:
                tasks.append((low_a, x, low_b, y))
                low_a, low_b = x, y
    return sorted(found)


def gaps(pairs: Iterable[tuple[int, int]], before: int, after: int) -> Iterator[tuple[range, range]]:
    """Yield the positions on both sides before each aligned pair, and at last those after all pairs."""
    x = y = 0
    for mine, theirs in [*pairs, (before, after)]:
        yield range(x, mine), range(y, theirs)
        x, y = mine + 1, theirs + 1


def _shortest(a: list[int], b: list[int], effort: Effort) -> list[tuple[int, int]] | None:
    """Return the matches of the shortest script, None where it can't be found in time."""
    most = min(effort.left, _MOST_AT_ONCE)
    furthest = {1: 0}
    history: list[dict[int, int]] = []
    steps = 0
    for distance in range(len(a) + len(b) + 1):
        history.append(furthest)
        reached: dict[int, int] = {}
        lowest = 2 * max(0, distance - len(b)) - distance
        highest = distance - 2 * max(0, distance - len(a))
        for diagonal in range(lowest, highest + 1, 2):
            down = furthest.get(diagonal + 1, -1)
            right = furthest.get(diagonal - 1, -2) + 1
            x = start = max(down, right)
            y = x - diagonal
            steps += 1
            if x < 0 or x > len(a) or y > len(b):
                continue
            while x < len(a) and y < len(b) and a[x] == b[y]:
                x, y = x + 1, y + 1
            reached[diagonal] = x
            steps += x - start
            if x == len(a) and y == len(b):
                effort.spend(steps)
                return _traced(history, len(a), len(b))
        if steps > most:
            break
        furthest = reached
    effort.spend(steps)
    return None


def _traced(history: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for furthest in reversed(history):
        diagonal = x - y
        down = furthest.get(diagonal + 1, -1)
        right = furthest.get(diagonal - 1, -2) + 1
        start = max(down, right)
        while x > start:
            x, y = x - 1, y - 1
            found.append((x, y))
        if down >= right:
            y -= 1
        else:
            x -= 1
    return found


def _unique(a: list[int], b: list[int], task: tuple[int, int, int, int]) -> list[tuple[int, int]]:
    """Return the longest rising list of items that occur once on each side."""
    low_a, high_a, low_b, high_b = task
    count_a, count_b = Counter(a[low_a:high_a]), Counter(b[low_b:high_b])
    place = {b[y]: y for y in range(low_b, high_b) if count_b[b[y]] == 1}
    pairs = [(x, place[a[x]]) for x in range(low_a, high_a) if count_a[a[x]] == 1 and a[x] in place]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, y) in enumerate(pairs):
        length = bisect_left(ends, y)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [y]
        last[length : length + 1] = [number]
    chain = []
    number = last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]
