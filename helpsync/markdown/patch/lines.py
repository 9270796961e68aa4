"""The lines of one container after an edit: unchanged text stays as it is, line by line and word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.diff.alignment import Effort, align, gaps, tokenize
from helpsync.markdown.patch.texts import block_changes, pairings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helpsync.markdown.patch.texts import BlockChange, Pairing, Span, Text

_MOST_LETTERS = 50_000
"""A longer block is replaced as a whole."""


class _Change(NamedTuple):
    """Tokens that are removed from the text before, and tokens that replace them."""

    gone: range
    come: range


def patch_words(ours: str, before: str, after: str, *, exact: bool = False) -> str | None:
    """Return `ours` with the words changed that differ between the other two, None where their place is uncertain.

    With `exact`, also None where `ours` writes the removed words in another way.
    """
    if max(map(len, (ours, before, after))) > _MOST_LETTERS:
        return None
    mine, old, new = tokenize(ours), tokenize(before), tokenize(after)
    places = {theirs: own for own, theirs in align(_plain(mine), _plain(old), Effort())}
    written: list[str] = []
    done = 0
    for gone, come in _widened(_changes(old, new), places, len(old)):
        start, end = _span(gone, places, len(mine), len(old))
        removed, added = old[gone.start : gone.stop], new[come.start : come.stop]
        if start < done or end < start or (exact and _plain(mine[start:end]) != _plain(removed)):
            return None
        if not added and mine[start:end][:1] == ["\n"] and removed and removed[-1].isspace():
            added = ["\n"]  # The source's line break stays between words that stay.
        written += [*mine[done:start], *added]
        done = end
    return "".join([*written, *mine[done:]])


def _plain(parts: Sequence[str]) -> list[str]:
    return [" " if part.isspace() else part for part in parts]


def _changes(old: list[str], new: list[str]) -> list[_Change]:
    found = gaps(align(old, new, Effort()), len(old), len(new))
    return [_Change(gone, come) for gone, come in found if gone or come]


def _widened(changes: list[_Change], places: dict[int, int], length: int) -> list[_Change]:
    """Return the changes, each grown until its ends have a place in the source; neighbours that meet are joined.

    The text between is the same on both sides, so both sides of a change grow equally.
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
    """Return the tokens of the source that are removed; what the source has beside them stays."""
    low, high = gone.start, gone.stop
    if not gone:
        start = places[low - 1] + 1 if low and low - 1 in places else places.get(high, ours if low else 0)
        return start, start
    start = places[low] if low in places else places[low - 1] + 1 if low else 0
    end = places[high - 1] + 1 if high - 1 in places else places[high] if high < before else ours
    return start, end


class SourceLine(NamedTuple):
    """A line; `origin` is its line in the source, from 0, None for a new one."""

    text: str
    origin: int | None = None

    def below(self, start: int) -> SourceLine:
        """Return the line with its origin counted from the start of the outer container."""
        return self if self.origin is None else self._replace(origin=self.origin + start)


class SpanChange(NamedTuple):
    """Spans of the source, and the same before and after the edit; none is empty."""

    ours: Sequence[Span]
    before: Sequence[Span]
    after: Sequence[Span]


class LinePatcher:
    """Brings the edits between two texts into the source's lines; each object is used once.

    `changed` returns the lines of spans that changed, with origins within the source's lines, `fresh` those of a new
    span. `apart`: a blank line separates a new span from its neighbours; None means as in the text after the edit.
    """

    def __init__(
        self,
        texts: tuple[Text, Text, Text],
        changed: Callable[[SpanChange], list[SourceLine]],
        fresh: Callable[[Span], list[str]],
        *,
        apart: bool | None = None,
    ) -> None:
        self._ours, self._before, self._after = texts
        self._changed = changed
        self._fresh = fresh
        self._apart = apart
        self._lines: list[SourceLine] = []
        self._at = 0
        """Up to which line of the source everything is written."""
        self._place = 0
        """Up to which span of the text after everything is written."""
        self._came = self._gone = False
        self._moved: dict[str, list[str]] = {}

    def lines(self) -> list[SourceLine]:
        """Return the lines."""
        found = pairings(self._ours.spans, self._before.spans)
        became = block_changes(*([span.text for span in text.spans] for text in (self._before, self._after)))
        for pairing in found:
            # The lines of a removed span may be needed elsewhere: its text may have moved.
            if pairing.ours and len(pairing.theirs) == 1 and pairing.theirs[0] not in became:
                start, end = self._lines_of(pairing.ours)
                self._moved.setdefault(self._before.spans[pairing.theirs[0]].text, self._ours.lines[start:end])
        for pairing in found:
            places = [became[number].place for number in pairing.theirs if number in became]
            if places:
                self._add_new(places[0], before=pairing)
                self._place = places[-1] + 1
                self._stay(pairing, range(places[0], places[-1] + 1), became)
            elif pairing.theirs and pairing.ours:
                self._at = self._copy_before(pairing.ours)
                self._gone = True
            elif pairing.ours:
                self._copy(self._ours.spans[pairing.ours[-1]].end)
        self._add_new(len(self._after.spans))
        if self._gone and not any(line.strip() for line in self._ours.lines[self._at :]):
            while self._lines and not self._lines[-1].text.strip():
                self._lines.pop()
        self._copy(len(self._ours.lines))
        return self._lines

    def _stay(self, pairing: Pairing, places: range, became: dict[int, BlockChange]) -> None:
        if not pairing.ours:
            # Something new replaces what readers did not see, such as a comment between two lists.
            if not any(self._before.spans[number].key for number in pairing.theirs):
                changed = (became[number].place for number in pairing.theirs if not became[number].same)
                self._place = next(changed, self._place)
                self._add_new(places[-1] + 1)
            return
        complete = len(places) == len(pairing.theirs) and all(number in became for number in pairing.theirs)
        if complete and all(became[number].same for number in pairing.theirs):
            self._copy(self._lines_of(pairing.ours)[1])
            return
        end = self._copy_before(pairing.ours)
        ours, before, after = (
            [text.spans[number] for number in numbers]
            for text, numbers in (
                (self._ours, pairing.ours),
                (self._before, pairing.theirs),
                (self._after, places),
            )
        )
        other = (ours[0].block.kind, ours[-1].block.kind) != (after[0].block.kind, after[-1].block.kind)
        self._came = self._came or (other and self._apart is not False)
        self._add(self._changed(SpanChange(ours, before, after)))
        self._came = other and self._apart is not False
        self._at = end

    def _lines_of(self, ours: range) -> tuple[int, int]:
        return self._ours.spans[ours[0]].start, self._ours.spans[ours[-1]].end

    def _copy_before(self, ours: range) -> int:
        """Copy the lines up to these spans, and return where the spans end."""
        start, end = self._lines_of(ours)
        self._copy(start)
        return end

    def _add_new(self, end: int, before: Pairing | None = None) -> None:
        """Add new spans after what is written so far, those at the very start before the first span."""
        if self._place >= end:
            return
        if before is not None and before.ours and not any(line.origin is not None for line in self._lines):
            self._copy(self._lines_of(before.ours)[0])
        for number in range(self._place, end):
            span = self._after.spans[number]
            lines = self._moved.pop(span.text, None) or self._fresh(span)
            if self._lines and self._lines[-1].text.strip() and self._is_apart(number - 1):
                self._lines.append(SourceLine(""))
            self._add([SourceLine(line) for line in lines])
            self._came = self._is_apart(number)
        self._place = end

    def _is_apart(self, number: int) -> bool:
        """Return whether a blank line follows this span of the text after the edit."""
        if self._apart is not None:
            return self._apart
        spans = self._after.spans
        return not 0 <= number < len(spans) - 1 or spans[number].end < spans[number + 1].start

    def _add(self, lines: Sequence[SourceLine]) -> None:
        parted = self._came or (self._gone and self._apart is not False)
        if parted and lines and lines[0].text.strip() and self._lines and self._lines[-1].text.strip():
            self._lines.append(SourceLine(""))
        self._lines += lines
        self._came = self._gone = False

    def _copy(self, end: int) -> None:
        """Copy lines of the source; where something was removed, without the blank lines after it."""
        lines = [SourceLine(line, number) for number, line in enumerate(self._ours.lines[self._at : end], self._at)]
        if self._gone and (not self._lines or not self._lines[-1].text.strip()):
            while lines and not lines[0].text.strip() and (end < len(self._ours.lines) or len(lines) > 1):
                lines.pop(0)
        self._at = max(end, self._at)
        if lines:
            self._add(lines)
