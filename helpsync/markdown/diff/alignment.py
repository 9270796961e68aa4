"""Aligns two sequences within a bounded effort: time grows with their length, whatever is in them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_AT_ONCE = 400_000
"""Steps that one search for the shortest script may take, so that one hard part does not use up all effort."""


@dataclass(slots=True)
class Effort:
    """How many more steps a comparison may take; what remains to be aligned after that counts as changed."""

    left: int = 2_000_000

    def spend(self, steps: int) -> bool:
        """Take the steps, and tell whether there were so many left."""
        self.left -= steps
        return self.left >= 0


def align(before: Sequence[str], after: Sequence[str], effort: Effort) -> list[tuple[int, int]]:
    """Return the positions of equal items, in order on both sides: the longest such list where effort allows.

    The shortest script is Myers' (An O(ND) Difference Algorithm, 1986); where the two differ in too much for it, items
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
    """Return the longest rising list of items that stand once on each side."""
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
