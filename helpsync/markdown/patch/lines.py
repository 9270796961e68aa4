"""The lines of one container after an edit: what is not touched stays as it is, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.patch.pairing import block_changes, pairings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helpsync.markdown.patch.pairing import BlockChange, Pairing
    from helpsync.markdown.patch.texts import Span, Text


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
