"""Figures of several rounds: their median and spread, and ratios that are made round by round."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Seconds by name, one for each round; what was measured in the same round is compared with each other."""

    rounds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, seconds: float) -> None:
        """Note what one round took."""
        self.rounds[name].append(seconds)

    def median(self, name: str) -> float:
        """Return the median in seconds."""
        return statistics.median(self.rounds[name])

    def line(self, name: str, floor: tuple[str, ...] = (), note: str = "") -> str:
        """Return a line of the report: median, spread, and the ratio to the sum of the floors."""
        text = f"{name:<34}{_spread(self.rounds[name], unit=' s')}"
        if floor:
            below = [sum(parts) for parts in zip(*(self.rounds[each] for each in floor), strict=True)]
            ratios = [mine / theirs for mine, theirs in zip(self.rounds[name], below, strict=True)]
            text += f"   {_spread(ratios, unit=' x')}  of {' + '.join(floor)}"
        return f"{text}   {note}".rstrip()


def _spread(values: list[float], *, unit: str) -> str:
    middle = statistics.median(values)
    digits = 1 if middle >= 10 else 2 if middle >= 1 else 3
    within = f"({min(values):.{digits}f}-{max(values):.{digits}f})"
    return f"{middle:>8.{digits}f}{unit} {within:<15}"
