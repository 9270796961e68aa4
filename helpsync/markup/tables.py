"""Rows of pipe tables."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Alignment: TypeAlias = Literal["left", "center", "right"] | None

_DELIMITER = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
# A pipe within a code span does not end a cell (Python-Markdown), nor does an escaped one (GitHub).
_PART = re.compile(r"\\.|`+|\||[^\\`|]+|\\")
_TICKS = re.compile("`+")


@dataclass(frozen=True, slots=True)
class Row:
    """The Markdown of a row's cells, and its line; `surplus` are cells that have no column."""

    cells: tuple[str, ...]
    line: int
    surplus: tuple[str, ...] = ()


def split(line: str) -> list[str]:
    """Return the cells of a row."""
    line = line.strip()
    line = line.removeprefix("|")
    closing = _closing(line)
    cells: list[str] = []
    current: list[str] = []
    read = 0
    for part in _PART.finditer(line):
        if part.start() < read:
            continue
        if part[0] == "|":
            cells.append("".join(current).strip())
            current = []
        elif part[0][0] == "`" and (end := closing(part.start(), len(part[0]))) is not None:
            # Within code a backslash escapes nothing but a pipe.
            current.append(line[part.start() : end].replace("\\|", "|"))
            read = end
        else:
            current.append("|" if part[0] == "\\|" else part[0])
    cells.append("".join(current).strip())
    if not cells[-1] and line.endswith("|") and len(cells) > 1:
        cells.pop()
    return cells


def _closing(line: str) -> Callable[[int, int], int | None]:
    """Return what finds the end of the code that so many backticks begin; it is to be asked from left to right."""
    runs: dict[int, deque[int]] = {}
    for run in _TICKS.finditer(line):
        runs.setdefault(len(run[0]), deque()).append(run.end())

    def closing(position: int, length: int) -> int | None:
        ends = runs.get(length, deque())
        while ends and ends[0] <= position + length:
            ends.popleft()
        return ends[0] if ends else None

    return closing


def delimiter(line: str, header: str) -> tuple[Alignment, ...] | None:
    """Return the alignments of the columns when `line` is the row below the header of a table, else None."""
    if "|" not in line and "|" not in header:
        return None
    if not _DELIMITER.match(line):
        return None
    cells = split(line)
    if len(cells) != len(split(header)):
        return None
    return tuple(_alignment(cell) for cell in cells)


def _alignment(cell: str) -> Alignment:
    if cell.startswith(":") and cell.endswith(":"):
        return "center"
    if cell.startswith(":"):
        return "left"
    return "right" if cell.endswith(":") else None


def row(line: str, columns: int, number: int) -> Row:
    """Return a row with exactly as many cells as the table has columns."""
    found = split(line)
    cells = found[:columns]
    return Row((*cells, *[""] * (columns - len(cells))), number, tuple(found[columns:]))
