"""What a single line of Markdown begins, ends or continues: fences, rows of tables, blocks, paragraphs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.markdown.dialect import BLOCK_TAGS
from helpsync.markdown.parse.document import TableRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markdown.parse.document import ColumnAlignment

# Fences

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})[ \t]*(.*)$")
_FENCE_ANYWHERE = re.compile(r"((?: |[-*+>] |\d+\. ){0,100})(`{3,}|~{3,})(?![^`]*`)")
_SPACES = re.compile(r"[ \t]*(?:(?:[-*+>]|\d+\.)[ \t]+)*")


def opening_fence(line: str) -> re.Match[str] | None:
    """Return the fence that opens code here: its indent, its marks, and the text behind it."""
    fence = _FENCE.match(line)
    return None if fence is None or (fence[2][0] == "`" and "`" in fence[3]) else fence


def closes_fence(fence: re.Match[str], line: str) -> bool:
    """Tell whether the line ends the code that the fence opened."""
    stripped = line.strip()
    return len(stripped) >= len(fence[2]) and not stripped.strip(fence[2][0]) and len(line) - len(line.lstrip(" ")) < 4


def fence_after(fence: re.Match[str] | None, line: str) -> re.Match[str] | None:
    """Return the fence that is open behind the line; `fence` is the one that was open before it."""
    if fence is None:
        return opening_fence(line)
    return None if closes_fence(fence, line) else fence


def expand_tabs(lines: list[str]) -> list[str]:
    """Return the lines with their indents in spaces; in fenced code, tabs beyond the fence's indent are text."""
    expanded: list[str] = []
    fence: re.Match[str] | None = None
    for line in lines:
        indent = _SPACES.match(line)
        if "\t" not in line or indent is None:
            whole = line
        elif fence is None:
            whole = indent[0].expandtabs(4) + line[indent.end() :]
        else:
            end = 0
            while end < indent.end() and len(line[:end].expandtabs(4)) < len(fence[1]):
                end += 1
            whole = line[:end].expandtabs(4) + line[end:]
        expanded.append(whole)
        if fence is None:
            fence = _FENCE_ANYWHERE.match(whole)
        elif closes_fence(fence, whole.strip()) or closes_fence(fence, whole[len(fence[1]) :].strip()):
            fence = None
    return expanded


# Rows of tables with pipes

_DELIMITER = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
# A pipe right behind a backslash does not end a cell, not in code either and however many backslashes stand there; any
# other does, also in code.
_PART = re.compile(r"\\\||\||[^\\|]+|\\")


def split_row(line: str) -> list[str]:
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


def first_table_row(lines: Sequence[str]) -> int | None:
    """Return the line of a paragraph that looks like the first row of a table: in pipes, or as long as the next."""
    counts = [len(split_row(line)) if "|" in line else 0 for line in lines]
    for number, (line, count) in enumerate(zip(lines, counts, strict=True)):
        between = line.startswith("|") and line.rstrip().endswith("|")
        if count > 1 and (between or counts[number + 1 : number + 2] == [count]):
            return number
    return None


def is_delimiter_row(line: str) -> bool:
    """Tell whether the line could stand below the header of a table."""
    return "-" in line and "|" in line and _DELIMITER.match(line) is not None


def delimiter_row(line: str, header: str) -> tuple[ColumnAlignment, ...] | None:
    """Return the alignments of the columns when `line` is the row below the header of a table, else None."""
    if ("|" not in line and "|" not in header) or not _DELIMITER.match(line):
        return None
    cells = split_row(line)
    return tuple(_alignment(cell) for cell in cells) if len(cells) == len(split_row(header)) else None


def _alignment(cell: str) -> ColumnAlignment:
    if cell.startswith(":") and cell.endswith(":"):
        return "center"
    if cell.startswith(":"):
        return "left"
    return "right" if cell.endswith(":") else None


def table_row(line: str, columns: int, number: int) -> TableRow:
    """Return a row with exactly as many cells as the table has columns."""
    found = split_row(line)
    cells = found[:columns]
    return TableRow((*cells, *[""] * (columns - len(cells))), number, tuple(found[columns:]))


# Where blocks begin

RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)[ \t]*(.*)$")
SETEXT = re.compile(r" {0,3}(=+|-+) *$")
QUOTE = re.compile(r" {0,3}> ?")
ITEM = re.compile(r"( {0,3})(?:([-*+])|(\d{1,9})[.)])(?:( +)(?=\S)| *$)")
HTML = re.compile(r" {0,3}<(?:/?([A-Za-z][A-Za-z0-9-]*)(?=[\s/>]|$)|!--|\?|![A-Za-z\[])")
# What stands before the text of a line that lies in quotes, and in items that begin on it.
_AROUND = re.compile(r"[ >]*")
_MARKED = re.compile(r"[ >]*(?:(?:[-*+]|\d{1,9}[.)]) +[ >]*)*")


def indent_of(line: str) -> int:
    """Return how many spaces the line begins with."""
    return len(line) - len(line.lstrip(" "))


def _is_text(line: str) -> bool:
    """Tell whether the line leaves a paragraph open that the next line can go on with."""
    if not line.strip():
        return False
    return not (HEADING.match(line) or opening_fence(line) or RULE.match(line))


def as_text(line: str) -> str:
    """Return a lazy line so that it stays text inside the container, where it could make a heading or table."""
    return f"\\{line.lstrip(' ')}" if SETEXT.match(line) or is_delimiter_row(line) else line


def is_lazy(line: str) -> bool:
    """Tell whether the line, outside of the container, may still continue the container's paragraph."""
    return bool(line.strip()) and (indent_of(line) >= 4 or not begins_block(line))


def begins_block(line: str) -> bool:
    """Tell whether a block begins on the line, and so ends a paragraph or table above."""
    if any(pattern.match(line) for pattern in (QUOTE, HEADING, RULE, ITEM)) or opening_fence(line):
        return True
    tag = HTML.match(line)
    return tag is not None and (tag[1] is None or tag[1].lower() in BLOCK_TAGS)


class Tail:
    """The end of a container's lines so far: whether a line outside of it may continue its paragraph.

    A table in nested containers is known by how deep its rows are quoted and indented.
    """

    def __init__(self, *lines: str) -> None:
        self.is_open = False
        self.fence: re.Match[str] | None = None
        self.above = ""
        """The line above, which may be the header of a table."""
        self._table: tuple[int, range] | None = None
        for line in lines:
            self.add(line)

    def add(self, line: str) -> None:
        """Take the next line of the container in."""
        self.fence = fence_after(self.fence, line)
        self._table = self._table_on(line)
        begun = self.is_open or indent_of(line) < 4
        self.is_open = begun and self.fence is None and self._table is None and _is_text(line)
        self.above = line

    def _table_on(self, line: str) -> tuple[int, range] | None:
        """Return how deep the table is quoted that the line belongs to, and where its rows may begin."""
        before, row = _split(line, _AROUND)
        if not row or self.fence is not None:
            return None
        depth, indent = before.count(">"), len(before)
        if self._table is not None and not begins_block(row):
            quoted, indents = self._table
            return self._table if depth == quoted and indent in indents else None
        marked, header = _split(self.above, _MARKED)
        least = len(marked) if marked.strip(" >") else 0
        if self.is_open and indent >= least and delimiter_row(row, header) is not None:
            return depth, range(least, indent + 4)
        return None


def _split(line: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    match = pattern.match(line)
    end = match.end() if match else 0
    return line[:end], line[end:]
