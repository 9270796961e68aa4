"""How a writer marks the items of a list, for new ones to be marked alike."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.patch import containers
from helpsync.markdown.patch.lines import SourceLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markdown.patch.texts import Span, Text


class ListStyle:
    """The hand of one list: its marks, indents, numbers, and whether blank lines stand between its items."""

    def __init__(self, side: Text) -> None:
        parts = side.parts
        marks = [mark for part in parts if (mark := containers.marker(side.lines[part.start])) is not None]
        last = marks[-1]
        self._base = last[1]
        self._sign = last[2][-1]
        self._space = next((mark[3] for mark in reversed(marks) if mark[3] and len(mark[3]) <= 4), " ")
        self._numbers = [int(mark[2][:-1]) for mark in marks if mark[2][:-1]]
        insides = [found for part in parts if (found := containers.item(side.lines[part.start : part.end])) is not None]
        self.indent = next(
            (found.rest for found in insides if len(found.lines) > 1 and found.raw[-1].startswith(found.rest)), None
        )
        gaps = [two.start > one.end for one, two in pairwise(parts)]
        self.apart = any(gaps) if gaps else None

    def fresh(self, part: Span) -> list[str]:
        """Return the lines of a new item; the number is settled when all are at hand."""
        lines = part.text.split("\n")
        found = containers.item(lines)
        if found is None:
            return lines
        number = str(self._numbers[-1] if self._numbers else 1) if self._sign in ".)" else ""
        first = f"{self._base}{number}{self._sign}{self._space}"
        rest = self.indent if self.indent and len(self.indent) >= len(first) else " " * len(first)
        wrapped = containers.ContainerLines(found.lines, [], first, rest).wrapped(
            [SourceLine(line) for line in found.lines]
        )
        return [row.text for row in wrapped]

    def renumbered(self, rows: Sequence[SourceLine]) -> list[SourceLine]:
        """Return the lines with numbers that count as the writer's do: up from the first, or all alike."""
        steps = {two - one for one, two in pairwise(self._numbers)} or {1}
        written = list(rows)
        if not self._numbers or len(steps) > 1:
            return written
        step = steps.pop()
        blocks = parse_blocks("\n".join(row.text for row in rows)).blocks
        if len(blocks) != 1 or blocks[0].kind != "list":
            return written
        for count, block in enumerate(blocks[0].children):
            at = block.line - 1
            mark = containers.marker(written[at].text)
            if mark is None or not mark[2][:-1]:
                return written
            number = f"{self._numbers[0] + count * step}{mark[2][-1]}"
            if number != mark[2]:
                line = written[at].text
                start = line.index(mark[2])
                written[at] = written[at]._replace(text=line[:start] + number + line[start + len(mark[2]) :])
                grown = len(number) - len(mark[2])
                end = min(block.end - 1, len(written))
                for place in range(at + 1, end if grown > 0 else at + 1):
                    row = written[place]
                    if row.text.strip():
                        written[place] = row._replace(text=" " * grown + row.text)
        return written
