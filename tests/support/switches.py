"""The positions of the sandbox's switches, for tests that hold in every one of them (design: The code)."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

from helpsync.sandbox import SWITCHES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Position = dict[str, str]


def positions(switches: Mapping[str, Iterable[str]]) -> list[Position]:
    """Return every position of the switches, the one of all defaults first."""
    return [dict(zip(switches, position, strict=True)) for position in product(*switches.values())]


def covering(every: list[Position], strength: int = 2) -> list[Position]:
    """Return some of the positions, in which any `strength` settings that can meet do meet: the first of all is one."""
    chosen: list[Position] = []
    missing = {meeting for position in every for meeting in combinations(position.items(), strength)}
    while missing:
        best = max(every, key=lambda position: len(missing.intersection(combinations(position.items(), strength))))
        best = best if chosen else every[0]
        chosen.append(best)
        missing.difference_update(combinations(best.items(), strength))
    return chosen


POSITIONS = positions(SWITCHES)
"""All of them: to draw from."""

COVERING = covering(POSITIONS, 3)
"""Few enough to try each: any three settings of different switches meet in one."""
