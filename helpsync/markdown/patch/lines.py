"""The lines of one container after an edit: what is not touched stays as it is, line by line and word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.diff.alignment import Effort, align, tokenize
from helpsync.markdown.patch.texts import block_changes, pairings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helpsync.markdown.patch.texts import BlockChange, Pairing, Span, Text


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


class SourceLine(NamedTuple):
    """A line; `origin` is the line of the source, from 0, that it is or was, None for a new one."""

    text: str
    origin: int | None = None


class SpanChange(NamedTuple):
    """Parts of the source, what these were in the text before, and what they are after; none is empty."""

    ours: Sequence[Span]
    before: Sequence[Span]
    after: Sequence[Span]


class LinePatcher:
    """Carries the edits between two texts into the source's lines; an object serves once.

    `changed` gives the rows of parts that became others, with origins within the source's lines; `fresh` the lines of a
    part that is new. `apart` says whether a blank line stands between a new part and its neighbours, None where this is
    as in the text after.
    """

    def __init__(
        self,
        sides: tuple[Text, Text, Text],
        changed: Callable[[SpanChange], list[SourceLine]],
        fresh: Callable[[Span], list[str]],
        *,
        apart: bool | None = None,
    ) -> None:
        self._ours, self._before, self._after = sides
        self._changed = changed
        self._fresh = fresh
        self._apart = apart
        self._rows: list[SourceLine] = []
        self._at = 0
        self._place = 0
        self._came = self._gone = False
        self._moved: dict[str, list[str]] = {}

    def rows(self) -> list[SourceLine]:
        """Return the lines."""
        found = pairings(self._ours.parts, self._before.parts)
        became = block_changes(self._before.parts, self._after.parts)
        self._note_moved(found, became)
        for unit in found:
            places = [became[part].place for part in unit.theirs if part in became]
            if unit.theirs and places:
                self._come(places[0], before=unit)
                self._place = places[-1] + 1
                self._stay(unit, range(places[0], places[-1] + 1), became)
            elif unit.theirs and unit.ours:
                self._go(unit)
            elif unit.ours:
                self._copy(self._ours.parts[unit.ours[-1]].end)
        self._come(len(self._after.parts))
        self._finish()
        return self._rows

    def _note_moved(self, found: Sequence[Pairing], became: dict[int, BlockChange]) -> None:
        """Keep the lines of what goes: the same text may come elsewhere."""
        for unit in found:
            if unit.ours and len(unit.theirs) == 1 and unit.theirs[0] not in became:
                text = self._before.parts[unit.theirs[0]].text
                start, end = self._lines_of(unit.ours)
                self._moved.setdefault(text, self._ours.lines[start:end])

    def _stay(self, unit: Pairing, places: range, became: dict[int, BlockChange]) -> None:
        complete = len(places) == len(unit.theirs) and all(part in became for part in unit.theirs)
        if not unit.ours:
            self._appear(unit, places, became)
            return
        start, end = self._lines_of(unit.ours)
        if complete and all(became[part].same for part in unit.theirs):
            self._copy(end)
            return
        self._copy(start)
        parts = self._ours.parts, self._before.parts, self._after.parts
        ours, before, after = (
            [side[number] for number in span]
            for side, span in zip(parts, (unit.ours, unit.theirs, places), strict=True)
        )
        other = (ours[0].block.kind, ours[-1].block.kind) != (after[0].block.kind, after[-1].block.kind)
        self._came = self._came or (other and self._apart is not False)
        self._add(self._changed(SpanChange(ours, before, after)))
        self._came = other and self._apart is not False
        self._at = end

    def _appear(self, unit: Pairing, places: range, became: dict[int, BlockChange]) -> None:
        """Put in what came instead of something that readers did not see, such as a comment between two lists."""
        if not any(self._before.parts[part].key for part in unit.theirs):
            self._place = next((fate.place for part in unit.theirs if not (fate := became[part]).same), self._place)
            self._come(places[-1] + 1)

    def _go(self, unit: Pairing) -> None:
        start, end = self._lines_of(unit.ours)
        self._copy(start)
        self._at = end
        self._gone = True

    def _lines_of(self, ours: range) -> tuple[int, int]:
        return self._ours.parts[ours[0]].start, self._ours.parts[ours[-1]].end

    def _come(self, end: int, before: Pairing | None = None) -> None:
        """Put new parts behind what stands there by now, those at the very beginning before the first part."""
        if self._place >= end:
            return
        if before is not None and before.ours and not any(row.origin is not None for row in self._rows):
            self._copy(self._ours.parts[before.ours[0]].start)
        for number in range(self._place, end):
            part = self._after.parts[number]
            lines = self._moved.pop(part.text, None) or self._fresh(part)
            if self._rows and self._rows[-1].text.strip() and self._is_apart(number - 1):
                self._rows.append(SourceLine(""))
            self._add([SourceLine(line) for line in lines])
            self._came = self._is_apart(number)
        self._place = end

    def _is_apart(self, number: int) -> bool:
        """Tell whether a blank line stands behind this part of the text after."""
        if self._apart is not None:
            return self._apart
        parts = self._after.parts
        return not 0 <= number < len(parts) - 1 or parts[number].end < parts[number + 1].start

    def _add(self, rows: Sequence[SourceLine]) -> None:
        parted = self._came or (self._gone and self._apart is not False)
        if parted and rows and rows[0].text.strip() and self._rows and self._rows[-1].text.strip():
            self._rows.append(SourceLine(""))
        self._rows += rows
        self._came = self._gone = False

    def _copy(self, end: int) -> None:
        """Take lines of the source as they are; between what is left, as many blank lines as there were."""
        lines = [SourceLine(line, number) for number, line in enumerate(self._ours.lines[self._at : end], self._at)]
        if self._gone and (not self._rows or not self._rows[-1].text.strip()):
            while lines and not lines[0].text.strip() and (end < len(self._ours.lines) or len(lines) > 1):
                lines.pop(0)
        self._at = max(end, self._at)
        if lines:
            self._add(lines)

    def _finish(self) -> None:
        gone = self._gone
        rest = self._ours.lines[self._at :]
        if gone and not any(line.strip() for line in rest):
            while self._rows and not self._rows[-1].text.strip():
                self._rows.pop()
        self._copy(len(self._ours.lines))
