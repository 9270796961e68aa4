"""Tables with pipes, row by row and cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.markdown.diff.alignment import Effort, align
from helpsync.markdown.diff.compare import pair_similar
from helpsync.markdown.parse import code_spans
from helpsync.markdown.patch.lines import SourceLine
from helpsync.markdown.patch.words import patch_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpsync.markdown.parse.document import Block


def rows(mine: list[str], ours: Block, before: Block, after: Block) -> Iterator[list[SourceLine]]:
    """Yield the table's lines with the rows that changed; none where columns or the header came or went."""
    count = len(ours.columns)
    if not count == len(before.columns) == len(after.columns) or len(mine) != len(ours.rows) + 1:
        return
    if len(ours.rows) != len(before.rows) or ours.columns.count("center") != before.columns.count("center"):
        return
    if after.columns != before.columns or any(before.rows[0].cells) != any(after.rows[0].cells):
        return
    yield _Rows(mine, ours, before, after).written()


class _Rows:
    """The rows of the source stand for those before, one by one."""

    def __init__(self, mine: list[str], ours: Block, before: Block, after: Block) -> None:
        self._lines = [mine[0], *mine[2:]]
        self._below = mine[1]
        self._ours = ours
        self._before = [row.cells for row in before.rows]
        self._after = [row.cells for row in after.rows]

    def written(self) -> list[SourceLine]:
        rows = [self._row(0, 0), SourceLine(self._below, 1)]
        place = 1
        for old, new in self._became():
            rows += [self._fresh(number) for number in range(place, new)]
            rows.append(self._row(old, new))
            place = new + 1
        return [*rows, *(self._fresh(number) for number in range(place, len(self._after)))]

    def _became(self) -> list[tuple[int, int]]:
        old, new = (["\x1f".join(cells) for cells in rows[1:]] for rows in (self._before, self._after))
        effort = Effort()
        found: list[tuple[int, int]] = []
        x = y = 0
        for mine, other in [*align(old, new, effort), (len(old), len(new))]:
            found += [(x + one, y + two) for one, two in pair_similar(old[x:mine], new[y:other], effort)]
            if mine < len(old):
                found.append((mine, other))
            x, y = mine + 1, other + 1
        return [(one + 1, two + 1) for one, two in found]

    def _row(self, old: int, new: int) -> SourceLine:
        line, origin = self._lines[old], old + 1 if old else 0
        was, cells = self._before[old], self._after[new]
        spans = _cells(line)
        if was == cells:
            return SourceLine(line, origin)
        if len(spans) < len(cells):
            return SourceLine(self._fresh(new).text, origin)
        written = []
        done = 0
        for (start, end), cell, wanted in zip(spans, map(_piped, was), map(_piped, cells), strict=False):
            if cell != wanted:
                text = patch_words(line[start:end], cell, wanted) if start < end else wanted
                written += [line[done:start], wanted if text is None else text]
                done = end
        return SourceLine("".join([*written, line[done:]]), origin)

    def _fresh(self, new: int) -> SourceLine:
        outer = self._lines[0].strip().startswith("|")
        text = " | ".join(_piped(cell) for cell in self._after[new])
        indent = self._lines[0][: len(self._lines[0]) - len(self._lines[0].lstrip())]
        return SourceLine(f"{indent}| {text} |" if outer or not text.strip(" |") else indent + text)


def _piped(cell: str) -> str:
    return cell.replace("|", "\\|")


def _cells(line: str) -> list[tuple[int, int]]:
    """Return where the text of each cell begins and ends."""
    offset = len(line) - len(line.lstrip())
    text = line.strip()
    lead = 1 if text.startswith("|") else 0
    code_end = code_spans.ends(text)
    spans: list[tuple[int, int]] = []
    start = position = lead
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if char == "`":
            run = len(text[position:]) - len(text[position:].lstrip("`"))
            position = code_end(position, run) or position + run
            continue
        if char == "|":
            spans.append(_trimmed(text, start, position, offset))
            start = position + 1
        position += 1
    if start < len(text):
        spans.append(_trimmed(text, start, len(text), offset))
    return spans


def _trimmed(text: str, start: int, end: int, offset: int) -> tuple[int, int]:
    content = text[start:end]
    if not content.strip():
        middle = offset + start + min(1, len(content))
        return middle, middle
    first = start + len(content) - len(content.lstrip())
    return offset + first, offset + first + len(content.strip())
