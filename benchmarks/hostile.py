"""How time grows with the size of hostile input: twice the size must not take much more than twice the time.

usage: hostile.py [--only WORD] [--limit 2.5]

Each shape is made as large as takes forty milliseconds, and twice as large; what is printed is the ratio of the
two least times of several runs. Ends with 1 when one is above the limit.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown import External, PublicImage, RenderContext, canonical, html_to_markdown, render, stable_html
from shapes import HTML, MARKDOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMIT = 2.5
ENOUGH = 0.04
"""Seconds that the smaller text must take: below, what is constant hides what grows."""

LARGEST = 2_000_000
RUNS = 3
TRIES = 3
"""A ratio above the limit is measured again: noise passes, a square stays."""


class Growth(NamedTuple):
    """What the smaller text was and took, and how much longer the one of twice the size took."""

    characters: int
    seconds: float
    ratio: float


def _render(text: str) -> object:
    return render(text, RenderContext("a.md", 1, External, PublicImage))


WORK: tuple[tuple[str, Callable[[str], object], dict[str, Callable[[int], str]]], ...] = (
    ("render", _render, dict(MARKDOWN)),
    ("canonical", canonical, dict(HTML)),
    ("scrub", stable_html, dict(HTML)),
    ("reverse", html_to_markdown, dict(HTML)),
)


def _seconds(work: Callable[[str], object], text: str) -> float:
    gc.collect()
    begun = time.process_time()
    work(text)
    return time.process_time() - begun


def _size(work: Callable[[str], object], shape: Callable[[int], str]) -> int:
    """Return a size at which the work takes long enough to be measured."""
    size = 250
    while len(text := shape(size)) < LARGEST and (seconds := _seconds(work, text)) < ENOUGH:
        size *= 4 if seconds < ENOUGH / 8 else 2
    return size


def growth(work: Callable[[str], object], shape: Callable[[int], str], limit: float) -> Growth:
    """Return how the time grows; a ratio above the limit is the least of several tries."""
    size = _size(work, shape)
    small, large = shape(size), shape(2 * size)
    found: list[Growth] = []
    while not found or (len(found) < TRIES and min(each.ratio for each in found) > limit):
        times = [(_seconds(work, small), _seconds(work, large)) for _ in range(RUNS)]
        first, second = min(pair[0] for pair in times), min(pair[1] for pair in times)
        found.append(Growth(len(small), first, second / max(first, 1e-9)))
    return min(found, key=lambda each: each.ratio)


def measured(only: str, limit: float) -> Iterator[tuple[str, Growth]]:
    """Yield each shape's name and growth."""
    for name, work, shapes in WORK:
        for shape, make in shapes.items():
            if only in f"{name} {shape}":
                yield f"{name} {shape}", growth(work, make, limit)


def main() -> None:
    """Measure, print, and end with 1 when something grows too fast."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--only", default="", help="only shapes in whose name this stands, as in `reverse stars`")
    options.add_argument("--limit", type=float, default=LIMIT, help=f"the largest ratio that passes (default {LIMIT})")
    chosen = options.parse_args()
    begun = time.perf_counter()
    above = []
    count = 0
    for name, (characters, seconds, ratio) in measured(chosen.only, chosen.limit):
        count += 1
        sign = "!" if ratio > chosen.limit else " "
        print(f"{sign} {name:<44}{characters:>12,} characters {seconds * 1e3:>8.0f} ms {ratio:>6.2f} x", flush=True)
        if ratio > chosen.limit:
            above.append(name)
    print(
        f"{count} shapes in {time.perf_counter() - begun:.0f} s, {len(above)} above {chosen.limit}: {', '.join(above)}"
    )
    sys.exit(1 if above else 0)


if __name__ == "__main__":
    main()
