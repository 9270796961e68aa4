"""Convergence counted: what an undisturbed push leaves, what another run left instead, and a table of both."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import big_tree
import two_trees
from journey_site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from faults import Line
    from journey_site import Ran

STARTS = two_trees.STARTS
LATEST = 60.0
"""Seconds after which all that is late has landed."""


class Start:
    """A site in front of a push, to which it comes back as often as is asked; `clean` is what the push should leave."""

    def __init__(self, root: Path, start: str, *, big: bool = False) -> None:
        self.site = Site(root / "site")
        self._kept = root / "kept"
        before, after = (
            (big_tree.big_tree(), big_tree.big_tree(edition=2)) if big else (two_trees.BEFORE, two_trees.AFTER)
        )
        if big:
            self.site.write("helpsync.yaml", big_tree.CONFIG)
        self.site.content(before)
        if start == "later push":
            assert self.site.push().code == 0
            self.site.content(after)
        self._stored = self.stored()
        if (self.site.root / ".helpsync").exists():
            shutil.copytree(self.site.root / ".helpsync", self._kept)
        self.ids = frozenset(item["id"] for item in self.site.sandbox.articles())
        self._straight = self.site.transport
        assert self.site.push().code == 0
        self.clean = self.site.shown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stored.close()
        self.site.__exit__(kind, error, trace)

    def again(self) -> Site:
        """Return the site as it was in front of the push."""
        self.restore(self._stored)
        self.lose_disk()
        self.site.transport = self._straight
        self.site.clock.now += 3600
        return self.site

    def lose_disk(self) -> None:
        """Let the checkout be a fresh one: with the baseline as it was in front of the push, and no journal."""
        self.site.lose_disk()
        if self._kept.exists():
            shutil.copytree(self._kept, self.site.root / ".helpsync")

    def stored(self) -> sqlite3.Connection:
        """Return a copy of all that Intercom holds at this moment; the caller closes it."""
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        self.site.sandbox._connection.backup(copy)
        return copy

    def restore(self, copy: sqlite3.Connection) -> None:
        """Let Intercom hold what it held."""
        copy.backup(self.site.sandbox._connection)


@dataclass
class Row:
    """What came of one kind of misfortune, summed over the places where it struck."""

    name: str
    places: int = 0
    duplicates: int = 0
    losses: int = 0
    unfinished: int = 0
    rewrites: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, start: Start, site: Site, second: Ran, third: Ran, where: str) -> None:
        """Note a case: the site as it is now, and what the second and the third push did."""
        self.places += 1
        duplicates, losses = strays(start, site)
        unfinished = second.code != 0 or site.shown() != start.clean
        self.duplicates += duplicates
        self.losses += losses
        self.unfinished += unfinished
        self.rewrites += bool(third.writes or third.code)
        if duplicates or losses or unfinished or third.writes or third.code:
            said = " ".join(f"{ran.code}\n{ran.out[-600:]}\n{ran.err[-300:]}" for ran in (second, third))
            self.wrong.append(f"{self.name} {where}: {said}")

    @property
    def flawless(self) -> bool:
        return not (self.duplicates or self.losses or self.unfinished or self.rewrites)


def strays(start: Start, site: Site) -> tuple[int, int]:
    """Return how many items there are too many, and how many too few or under another id than before the push."""
    is_there, should_be = _items(site.shown()), _items(start.clean)
    ids = {item["id"] for item in site.sandbox.articles()}
    return (is_there - should_be).total(), (should_be - is_there).total() + len(start.ids - ids)


def _items(shown: Mapping[str, Any]) -> Counter[tuple[str, ...]]:
    return Counter(
        [("group", *entry[:3]) for entry in shown["groups"]] + [("article", *entry[:2]) for entry in shown["articles"]]
    )


def table(rows: Iterable[Row], what: str) -> str:
    """Return the rows as a Markdown table; `what` is what the places are."""
    lines = [f"| fault | {what} | duplicates | losses | unfinished | third push wrote |", "| --- |" + " ---: |" * 5]
    lines += [
        f"| {row.name} | {row.places} | {row.duplicates} | {row.losses} | {row.unfinished} | {row.rewrites} |"
        for row in rows
    ]
    return "\n".join(lines)


def every_place(start: Start, row: Row, begin: Callable[[Site, int], Line], *, first: int = 0, stride: int = 1) -> None:
    """Let misfortune strike a push at one request after the other, and push twice more after each."""
    at = first
    while True:
        site = start.again()
        line = begin(site, at)
        ran = site.push()
        line.straighten()
        if not line.struck:
            return
        assert "Traceback" not in ran.err, ran.err
        if ran.code is not None:
            site.clock.now += LATEST
        second = site.push()
        site.clock.now += LATEST
        row.note(start, site, second, site.push(), f"at {at}")
        at += stride
