"""Edits words in place: what changed between two texts, in a third that says what the first does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.diff.alignment import Effort, align
from helpsync.markdown.diff.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_LETTERS = 50_000
"""A longer block is replaced as a whole."""


class _Change(NamedTuple):
    """Tokens of the text before that go, up to but without the last, and tokens of the text after that come."""

    gone: range
    come: range


def patch_words(ours: str, before: str, after: str, *, exact: bool = False) -> str | None:
    """Return `ours` with the words changed that differ between the other two, None where their place is not sure.

    With `exact`, none where what goes is written in another way in `ours`.
    """
    if max(map(len, (ours, before, after))) > _MOST_LETTERS:
        return None
    mine, old, new = tokenize(ours), tokenize(before), tokenize(after)
    places = {theirs: own for own, theirs in align(_plain(mine), _plain(old), Effort())}
    written: list[str] = []
    done = 0
    for change in _widened(_changes(old, new), places, len(old)):
        low, high = change.gone.start, change.gone.stop
        start, end = _span(change.gone, places, len(mine), len(old))
        if start < done or end < start:
            return None
        if exact and _plain(mine[start:end]) != _plain(old[low:high]):
            return None
        written += [
            *mine[done:start],
            *_come(mine[start:end], old[low:high], new[change.come.start : change.come.stop]),
        ]
        done = end
    return "".join([*written, *mine[done:]])


def _plain(parts: Sequence[str]) -> list[str]:
    return [" " if part.isspace() else part for part in parts]


def _changes(old: list[str], new: list[str]) -> list[_Change]:
    found = []
    x = y = 0
    for mine, other in [*align(old, new, Effort()), (len(old), len(new))]:
        if mine > x or other > y:
            found.append(_Change(range(x, mine), range(y, other)))
        x, y = mine + 1, other + 1
    return found


def _widened(changes: list[_Change], places: dict[int, int], length: int) -> list[_Change]:
    """Return the changes, each grown until its ends have a place in the source; neighbours that meet join.

    The text between is the same before and after, so that both sides of a change grow alike.
    """
    found: list[_Change] = []
    for gone, come in changes:
        low, high = gone.start, gone.stop
        while low and low - 1 not in places and low not in places:
            low -= 1
        while high < length and high not in places and high - 1 not in places:
            high += 1
        start, end = come.start - (gone.start - low), come.stop + (high - gone.stop)
        if found and low <= found[-1].gone.stop:
            last = found.pop()
            low, start = last.gone.start, last.come.start
            end = max(end, last.come.stop)
            high = max(high, last.gone.stop)
        found.append(_Change(range(low, high), range(start, end)))
    return found


def _span(gone: range, places: dict[int, int], ours: int, before: int) -> tuple[int, int]:
    """Return which tokens of the source are those that go; what the source has beside them stays."""
    low, high = gone.start, gone.stop
    if not gone:
        start = places[low - 1] + 1 if low and low - 1 in places else places.get(high, ours if low else 0)
        return start, start
    start = places[low] if low in places else places[low - 1] + 1 if low else 0
    end = places[high - 1] + 1 if high - 1 in places else places[high] if high < before else ours
    return start, end


def _come(mine: list[str], old: list[str], new: list[str]) -> list[str]:
    """Return what is written instead of some tokens of the source: line breaks within stay where words do."""
    if not new and mine and mine[0] == "\n" and old and old[-1].isspace():
        return ["\n"]
    return new
