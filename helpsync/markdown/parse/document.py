"""A Markdown text as it was read, and what a single line of it starts, ends or continues."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from markdown.extensions.attr_list import get_attrs_and_remainder

from helpsync.markdown.dialect import BLOCK_TAGS

if TYPE_CHECKING:
    from collections.abc import Sequence


# A backslash in one takes the meaning from the brace behind it.
_VALUE = r"\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'{}=<>`\\]+"
_KEYS = (
    "id|class|width|height|target|rel|title|style|align|alt|lang|dir|hidden|loading|decoding|download|role|tabindex"
    "|markdown|data-[a-z-]+|aria-[a-z-]+"
)
"""HTML attributes that people write in such lists; `{name=value}` is more likely to be a placeholder."""

_ITEM = rf"\.-?[^\W\d][\w-]*|\#[^\s\"'{{}}=<>`#.\\][^\s\"'{{}}=<>`#\\]*|(?:{_KEYS})=(?:{_VALUE})"
_ONE = rf"\{{:?[ ]*(?:{_ITEM})(?:[ ]+(?:{_ITEM}))*[ ]*\}}"
# Several in a row read as one.
_LIST = rf"{_ONE}(?:[ ]*{_ONE})*"
_ONE_LIST = re.compile(_ONE)
_ALONE = re.compile(rf"[ ]*({_LIST})[ ]*$")
# Behind one of these, braces belong to another language: `${x}`, `{{x}}`, `\{x}`.
_TRAILING = re.compile(rf"(?<![{{$\\])({_LIST})$")
# A link, picture, code or format right before the braces takes them, but for an id, which only headings have.
_INLINE = re.compile(r"(?:[\]`*_~]|\]\([^()]*\))$")
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Attributes:
    """The content of an attribute list; `others` are the keys that are neither a class nor an id."""

    id: str | None = None
    classes: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


NO_ATTRIBUTES = Attributes()


def _attributes(source: str) -> Attributes:
    """Return the attributes of a list; the last id counts."""
    pairs = [pair for one in _ONE_LIST.findall(source) for pair in get_attrs_and_remainder(one[1:-1].lstrip(":"))[0]]
    names = [value for key, value in pairs if key == "id"]
    classes = [value for key, value in pairs if key == "."]
    classes += [name for key, value in pairs if key == "class" for name in value.split()]
    others = tuple((key, value) for key, value in pairs if key not in {"id", ".", "class"})
    return Attributes(names[-1] if names else None, tuple(classes), others)


def attributes_alone(line: str) -> Attributes | None:
    """Return the attributes when the line is only an attribute list."""
    match = _ALONE.match(line)
    return _attributes(match[1]) if match else None


def trailing_attributes(text: str) -> tuple[str, Attributes]:
    """Return a heading's text without an attribute list at its end, and its attributes."""
    match = _TRAILING.search(text, max(0, len(text) - _LONGEST)) if text.endswith("}") else None
    before = text[: match.start()] if match else ""
    if match is None or not before.strip(" "):
        return text, NO_ATTRIBUTES
    found = _attributes(match[1])
    return (text, NO_ATTRIBUTES) if not found.id and _INLINE.search(before) else (before.rstrip(" "), found)


def leading_attributes(text: str) -> tuple[str, Attributes]:
    """Return the text without an attribute list at its very beginning, and its attributes."""
    match = _ONE_LIST.match(text)
    return (text[match.end() :], _attributes(match[0])) if match else (text, NO_ATTRIBUTES)


ColumnAlignment: TypeAlias = Literal["left", "center", "right"] | None


@dataclass(frozen=True, slots=True)
class TableRow:
    """The Markdown of a row's cells, and its line; `surplus` are cells without a column."""

    cells: tuple[str, ...]
    line: int
    surplus: tuple[str, ...] = ()


BlockKind: TypeAlias = Literal[
    "paragraph", "heading", "code", "rule", "list", "item", "quote", "callout", "table", "video", "html", "region"
]


@dataclass(slots=True)
class Block:
    """A block and the line it begins on, counted from 1 within the text; `end` is the line behind it.

    Blank lines before `end` may follow the block; definitions stand outside of it.

    `text` is the Markdown of a leaf (the code of a code block, the source of raw HTML, the address of a video), or a
    callout's title. A region is raw HTML with the Markdown between its tags. `level` is a heading's. `name` is a
    callout's type, with the sign that folds it elsewhere, a footnote's name, or what follows the fence of a code block.
    `start` is an ordered list's first number, None in a bulleted one. `rows` are a table's cells, the header first,
    `columns` their alignments.
    """

    kind: BlockKind
    line: int
    text: str = ""
    children: list[Block] = field(default_factory=list)
    attributes: Attributes = NO_ATTRIBUTES
    level: int = 0
    name: str = ""
    start: int | None = None
    rows: list[TableRow] = field(default_factory=list)
    columns: tuple[ColumnAlignment, ...] = ()
    end: int = 0


def reference_name(text: str) -> str:
    """Return the normal form of a reference's name."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Definition:
    """The target of a reference (`[name]: url`)."""

    href: str
    title: str
    line: int


@dataclass(slots=True)
class Document:
    """All blocks of a text, and what it defines.

    References stand under their `reference_name`, footnotes under their name in lower case.
    """

    blocks: list[Block] = field(default_factory=list)
    references: dict[str, Definition] = field(default_factory=dict)
    footnotes: dict[str, Block] = field(default_factory=dict)
    abbreviations: dict[str, str] = field(default_factory=dict)


# Fences

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})[ \t]*(.*)$")
_FENCE_ANYWHERE = re.compile(r"((?: |[-*+>] |\d+\. ){0,100})(`{3,}|~{3,})(?![^`]*`)")
_SPACES = re.compile(r"[ \t]*(?:(?:[-*+>]|\d+\.)[ \t]+)*")


def opening_fence(line: str) -> re.Match[str] | None:
    """Return the fence that opens code here: its indent, its marks, and the text behind it."""
    fence = _FENCE.match(line)
    return None if fence is None or (fence[2][0] == "`" and "`" in fence[3]) else fence


def closes_fence(fence: re.Match[str], line: str) -> bool:
    """Return whether the line ends the code that the fence opened."""
    stripped = line.strip()
    return len(stripped) >= len(fence[2]) and not stripped.strip(fence[2][0]) and len(line) - len(line.lstrip(" ")) < 4


def fence_after(fence: re.Match[str] | None, line: str) -> re.Match[str] | None:
    """Return the fence that is open after the line; `fence` was open before it."""
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
    """Return the line of a paragraph that looks like the first row of a table: in pipes, or as wide as the next."""
    counts = [len(split_row(line)) if "|" in line else 0 for line in lines]
    for number, (line, count) in enumerate(zip(lines, counts, strict=True)):
        between = line.startswith("|") and line.rstrip().endswith("|")
        if count > 1 and (between or counts[number + 1 : number + 2] == [count]):
            return number
    return None


def is_delimiter_row(line: str) -> bool:
    """Return whether the line could stand below the header of a table."""
    return "-" in line and "|" in line and _DELIMITER.match(line) is not None


def delimiter_row(line: str, header: str) -> tuple[ColumnAlignment, ...] | None:
    """Return the alignments of the columns when `line` is the delimiter row of a table below `header`, else None."""
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
    """Return the number of spaces at the start of the line."""
    return len(line) - len(line.lstrip(" "))


def _is_text(line: str) -> bool:
    """Return whether the line leaves a paragraph open, so that the next line can continue it."""
    if not line.strip():
        return False
    return not (HEADING.match(line) or opening_fence(line) or RULE.match(line))


def as_text(line: str) -> str:
    """Return a lazy line that stays text inside the container, where it could become a heading or table."""
    return f"\\{line.lstrip(' ')}" if SETEXT.match(line) or is_delimiter_row(line) else line


def is_lazy(line: str) -> bool:
    """Return whether the line, outside the container, may still continue the container's paragraph."""
    return bool(line.strip()) and (indent_of(line) >= 4 or not begins_block(line))


def begins_block(line: str) -> bool:
    """Return whether a block starts on the line and so ends a paragraph or table above."""
    if any(pattern.match(line) for pattern in (QUOTE, HEADING, RULE, ITEM)) or opening_fence(line):
        return True
    tag = HTML.match(line)
    return tag is not None and (tag[1] is None or tag[1].lower() in BLOCK_TAGS)


class Tail:
    """The end of a container's lines so far: whether a line outside it may continue its paragraph.

    A table in nested containers is identified by the depth of its rows' quotes and indents.
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
        """Add the next line of the container."""
        self.fence = fence_after(self.fence, line)
        self._table = self._table_on(line)
        begun = self.is_open or indent_of(line) < 4
        self.is_open = begun and self.fence is None and self._table is None and _is_text(line)
        self.above = line

    def _table_on(self, line: str) -> tuple[int, range] | None:
        """Return the depth of the table that the line belongs to, and where its rows may start."""
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
