"""Rows of pipe tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Alignment: TypeAlias = Literal["left", "center", "right"] | None

_DELIMITER = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
# A pipe right behind a backslash does not end a cell, not in code either and however many backslashes stand there; any
# other does, also in code.
_PART = re.compile(r"\\\||\||[^\\|]+|\\")


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
    cells: list[str] = []
    current: list[str] = []
    for part in _PART.finditer(line):
        if part[0] == "|":
            cells.append("".join(current).strip())
            current = []
        else:
            current.append("|" if part[0] == "\\|" else part[0])
    cells.append("".join(current).strip())
    if not cells[-1] and line.endswith("|") and len(cells) > 1:
        cells.pop()
    return cells


def first_row(lines: Sequence[str]) -> int | None:
    """Return the line of a paragraph that looks like the first row of a table: in pipes, or as long as the next."""
    counts = [len(split(line)) if "|" in line else 0 for line in lines]
    for number, (line, count) in enumerate(zip(lines, counts, strict=True)):
        between = line.startswith("|") and line.rstrip().endswith("|")
        if count > 1 and (between or counts[number + 1 : number + 2] == [count]):
            return number
    return None


def is_delimiter(line: str) -> bool:
    """Tell whether the line could stand below the header of a table."""
    return "-" in line and "|" in line and _DELIMITER.match(line) is not None


def delimiter(line: str, header: str) -> tuple[Alignment, ...] | None:
    """Return the alignments of the columns when `line` is the row below the header of a table, else None."""
    if ("|" not in line and "|" not in header) or not _DELIMITER.match(line):
        return None
    cells = split(line)
    return tuple(_alignment(cell) for cell in cells) if len(cells) == len(split(header)) else None


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
