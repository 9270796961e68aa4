"""Finds where code in text ends."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TICKS = re.compile("`+")


def ends(text: str) -> Callable[[int, int], int | None]:
    """Return what tells the end of the code that so many backticks at a position begin, None where they begin none.

    It is to be asked from left to right; all of it takes linear time.
    """
    runs: dict[int, deque[int]] = {}
    for run in _TICKS.finditer(text):
        runs.setdefault(len(run[0]), deque()).append(run.end())

    def end(position: int, length: int) -> int | None:
        following = runs.get(length, deque())
        while following and following[0] <= position + length:
            following.popleft()
        return following[0] if following else None

    return end
