"""Reads Markdown's blocks line by line: Python-Markdown's dialect with GitHub's habits, and every line's number kept.

Each line is looked at once per container it lies in, and containers are limited in depth, so time is linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from helpsync.markup import attributes, tables
from helpsync.markup.attributes import Attributes
from helpsync.markup.dialect import BLOCK_TAGS, CALLOUTS

MAX_DEPTH = 60
"""Containers nested deeper than this are read as text: nobody writes them, and recursion has an end."""

Kind: TypeAlias = Literal["paragraph", "heading", "code", "rule", "list", "item", "quote", "callout", "table", "html"]


@dataclass(slots=True)
class Block:
    """A block and the line it begins on, counted from 1 within the text.

    `text` is the Markdown of a leaf (the code of a code block, the source of raw HTML). `level` is a heading's.
    `name` is a callout's type, or what follows the fence of a code block. `start` is an ordered list's first number,
    None in a bulleted one. `rows` are a table's cells, the header first, `columns` their alignments.
    """

    kind: Kind
    line: int
    text: str = ""
    children: list[Block] = field(default_factory=list)
    attributes: Attributes = attributes.NONE
    level: int = 0
    name: str = ""
    start: int | None = None
    rows: list[tables.Row] = field(default_factory=list)
    columns: tuple[tables.Alignment, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a reference (`[name]: url`) leads."""

    href: str
    title: str
    line: int


@dataclass(slots=True)
class Document:
    """All blocks of a text, and the references that its links name, by lower-case name."""

    blocks: list[Block]
    references: dict[str, Definition]


_RULE = re.compile(r" {0,3}([-*_])(?: {0,2}\1){2,} *$")
_HEADING = re.compile(r" {0,3}(#{1,6})(?!#)[ \t]*(.*)$")
_CLOSING_HASHES = re.compile(r"(?:^|(?<!\\))#+[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-+) *$")
_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})[ \t]*(.*)$")
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"( {0,3})(?:([-*+])|(\d{1,9})[.)])(?:( +)(?=\S)| *$)")
_ANY_ITEM = re.compile(r"( *)(?:[-*+]|(\d{1,9})[.)]) +\S")
_ALERT = re.compile(r" {0,3}\[!([A-Za-z]+)\][+-]?[ \t]*(.*)$")
_HTML = re.compile(r" {0,3}<(?:/?([A-Za-z][A-Za-z0-9-]*)(?=[\s/>]|$)|!--|\?|![A-Za-z\[])")
_REFERENCE = re.compile(
    r""" {0,3}\[(?!\^)([^\[\]]+)\]:[ \t]*(?:<([^<>]*)>|(\S+))[ \t]*(?:"(.*)"|'(.*)'|\((.*)\))?[ \t]*$"""
)
_TITLE_LINE = re.compile(r"""[ \t]*(?:"(.*)"|'(.*)'|\((.*)\))[ \t]*$""")
_LEADING_TABS = re.compile(r" *\t[ \t]*")

_STARTERS = frozenset("#`~>-*+_<=|:[0123456789")
# HTML that may hold blank lines runs to its closing tag.
_TO_CLOSING_TAG = frozenset({"script", "style", "pre", "textarea", "table", "svg", "math", "template", "select"})


def parse(text: str) -> Document:
    """Return the blocks of a text."""
    reader = _Reader()
    lines = [_LEADING_TABS.sub(_expand, line, count=1) if "\t" in line else line for line in text.split("\n")]
    return Document(reader.read(lines, 1, 0), reader.references)


def _expand(match: re.Match[str]) -> str:
    return match[0].expandtabs(4) if match.start() == 0 else match[0]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


class _Reader:
    def __init__(self) -> None:
        self.references: dict[str, Definition] = {}

    def read(self, lines: list[str], first: int, depth: int) -> list[Block]:
        """Return the blocks of the lines, the first of which is line `first`."""
        blocks: list[Block] = []
        paragraph: list[str] = []
        begun = 0
        position = 0
        count = len(lines)

        def flush() -> None:
            if paragraph:
                blocks.append(_paragraph(paragraph, first + begun))
                paragraph.clear()

        while position < count:
            line = lines[position]
            stripped = line.lstrip(" ")
            if not stripped or stripped.isspace():
                flush()
                position += 1
                continue
            indent = len(line) - len(stripped)
            if indent >= 4:
                if paragraph:
                    paragraph.append(line)
                    position += 1
                else:
                    position = _indented_code(lines, position, first, blocks)
                continue
            if stripped[0] in _STARTERS:
                end = self._structure(lines, position, first, depth, blocks, paragraph, begun)
                if end > position:
                    position = end
                    continue
            if not paragraph:
                begun = position
            paragraph.append(line)
            position += 1
        flush()
        return blocks

    def _structure(  # noqa: C901, PLR0911 - one dispatch over the kinds of block, in their order
        self,
        lines: list[str],
        position: int,
        first: int,
        depth: int,
        blocks: list[Block],
        paragraph: list[str],
        begun: int,
    ) -> int:
        """Append the block that begins at `position`, and return the position after it; `position` when none does."""
        line = lines[position]
        mark = line.lstrip(" ")[0]

        def flush() -> None:
            if paragraph:
                blocks.append(_paragraph(paragraph, first + begun))
                paragraph.clear()

        if mark == "#" and (match := _HEADING.match(line)):
            flush()
            blocks.append(_heading(match[2], len(match[1]), first + position))
            return position + 1
        if mark in "`~" and (fence := _FENCE.match(line)) and not (mark == "`" and "`" in fence[3]):
            flush()
            return _fenced_code(lines, position, first, blocks, fence)
        if mark == ">":
            flush()
            return self._quote(lines, position, first, depth, blocks)
        if mark in "=-" and len(paragraph) == 1 and _SETEXT.match(line):
            blocks.append(_heading(paragraph[0].strip(), 1 if mark == "=" else 2, first + begun))
            paragraph.clear()
            return position + 1
        if mark in "-*_" and _RULE.match(line):
            flush()
            blocks.append(Block("rule", first + position))
            return position + 1
        if mark in "|:-" and paragraph and (columns := tables.delimiter(line, paragraph[-1])):
            header = paragraph.pop()
            flush()
            return _table(lines, position, first, blocks, header, columns)
        if mark in "-*+0123456789" and (item := _ITEM.match(line)) and (not paragraph or _may_interrupt(item)):
            if depth >= MAX_DEPTH:
                return position
            flush()
            return self._list(lines, position, first, depth, blocks)
        if mark == "<" and (tag := _HTML.match(line)) and (tag[1] is None or tag[1].lower() in BLOCK_TAGS):
            flush()
            return _html(lines, position, first, blocks, (tag[1] or "").lower())
        if mark == "[" and not paragraph and (reference := _REFERENCE.match(line)):
            return self._reference(lines, position, first, reference)
        return position

    def _reference(self, lines: list[str], position: int, first: int, match: re.Match[str]) -> int:
        title = match[4] or match[5] or match[6] or ""
        end = position + 1
        if not title and end < len(lines) and (below := _TITLE_LINE.match(lines[end])):
            title = below[1] or below[2] or below[3] or ""
            end += 1
        name = " ".join(match[1].lower().split())
        href = match[2] if match[2] is not None else match[3]
        self.references.setdefault(name, Definition(href, title, first + position))
        return end

    def _quote(self, lines: list[str], position: int, first: int, depth: int, blocks: list[Block]) -> int:
        inner: list[str] = []
        end = position
        open_paragraph = False
        while end < len(lines):
            line = lines[end]
            if match := _QUOTE.match(line):
                content = line[match.end() :]
                if content.startswith("\t"):
                    content = content.expandtabs(4)
                inner.append(content)
                open_paragraph = _is_text(content)
            elif open_paragraph and _is_lazy(line):
                inner.append(line)
            else:
                break
            end += 1
        block = Block("quote", first + position)
        if alert := _ALERT.match(inner[0]):
            block.name = alert[1]
            if alert[1].lower() in CALLOUTS:
                block.kind = "callout"
                inner[0] = alert[2]
        if depth >= MAX_DEPTH:
            block.children = [_paragraph(inner, first + position)]
        else:
            block.children = self.read(inner, first + position, depth + 1)
        blocks.append(block)
        return end

    def _list(self, lines: list[str], position: int, first: int, depth: int, blocks: list[Block]) -> int:
        match = _ITEM.match(lines[position])
        assert match is not None  # noqa: S101 - the caller matched it
        ordered = match[3] is not None
        block = Block("list", first + position, start=int(match[3]) if ordered else None)
        while match is not None:
            position = self._item(lines, position, first, depth, block, match)
            following = _skip_blank(lines, position)
            match = _ITEM.match(lines[following]) if following < len(lines) else None
            if match is not None and (match[3] is not None) is ordered and not _RULE.match(lines[following]):
                position = following
            else:
                match = None
        blocks.append(block)
        return position

    def _item(self, lines: list[str], position: int, first: int, depth: int, block: Block, match: re.Match[str]) -> int:
        base = len(match[1])
        line = lines[position]
        gap = len(match[4] or "")
        marker = match.end() - gap if match[4] else len(line.rstrip())
        offset = marker + (gap if 1 <= gap <= 4 else 1)
        least = min(offset, base + 4)
        inner = [line[offset:]]
        end = position + 1
        strip = 0
        fence = _FENCE.match(inner[0])
        blank = open_paragraph = False
        open_paragraph = _is_text(inner[0])
        while end < len(lines):
            line = lines[end]
            stripped = line.lstrip(" ")
            if not stripped or stripped.isspace():
                blank = True
                inner.append("")
                end += 1
                if not inner[0].strip() and len(inner) == 2:
                    break
                continue
            indent = len(line) - len(stripped)
            if indent >= least:
                # Python-Markdown indents what belongs to an item by four, GitHub by the marker's width: the first
                # line tells which of the two the writer follows.
                strip = strip or (base + 4 if indent >= base + 4 else least)
                content = line[min(strip, indent) :]
                if blank or not open_paragraph or not _ANY_ITEM.match(content):
                    inner.append(content)
                else:
                    inner.append(content if _indent(content) < 4 else content.lstrip(" "))
                if fence is None:
                    fence = _opening(content)
                elif _closes(fence, content):
                    fence = None
                open_paragraph = fence is None and _is_text(content)
            elif not blank and open_paragraph and _is_lazy(line):
                inner.append(stripped)
            else:
                break
            blank = False
            end += 1
        while len(inner) > 1 and not inner[-1]:
            inner.pop()
            end -= 1
        block.children.append(Block("item", first + position, children=self.read(inner, first + position, depth + 1)))
        return end


def _paragraph(lines: list[str], line: int) -> Block:
    texts = [part.lstrip(" \t") for part in lines]
    found = attributes.NONE
    if len(texts) > 1 and (last := attributes.alone(texts[-1])) is not None:
        found = last
        texts.pop()
    texts[-1] = texts[-1].rstrip()
    return Block("paragraph", line, "\n".join(texts), attributes=found)


def _heading(text: str, level: int, line: int) -> Block:
    text, found = attributes.trailing(text.rstrip())
    return Block("heading", line, _CLOSING_HASHES.sub("", text).strip(), level=level, attributes=found)


def _indented_code(lines: list[str], position: int, first: int, blocks: list[Block]) -> int:
    end = position
    code: list[str] = []
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) >= 4):
        code.append(lines[end][4:])
        end += 1
    while not code[-1].strip():
        code.pop()
        end -= 1
    blocks.append(Block("code", first + position, "\n".join(code)))
    return end


def _opening(line: str) -> re.Match[str] | None:
    fence = _FENCE.match(line)
    return None if fence is None or (fence[2][0] == "`" and "`" in fence[3]) else fence


def _closes(fence: re.Match[str], line: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(fence[2]) and not stripped.strip(fence[2][0]) and _indent(line) < 4


def _fenced_code(lines: list[str], position: int, first: int, blocks: list[Block], fence: re.Match[str]) -> int:
    indent = len(fence[1])
    end = position + 1
    code: list[str] = []
    while end < len(lines) and not _closes(fence, lines[end]):
        line = lines[end]
        code.append(line[min(indent, _indent(line)) :])
        end += 1
    blocks.append(Block("code", first + position, "\n".join(code), name=fence[3].strip()))
    return min(end + 1, len(lines))


def _table(
    lines: list[str], position: int, first: int, blocks: list[Block], header: str, columns: tuple[tables.Alignment, ...]
) -> int:
    rows = [tables.row(header, len(columns), first + position - 1)]
    end = position + 1
    while end < len(lines) and lines[end].strip() and not _QUOTE.match(lines[end]) and not _opening(lines[end]):
        rows.append(tables.row(lines[end], len(columns), first + end))
        end += 1
    blocks.append(Block("table", first + position - 1, rows=rows, columns=columns))
    return end


def _html(lines: list[str], position: int, first: int, blocks: list[Block], tag: str) -> int:
    end = position
    closing = "-->" if lines[position].lstrip().startswith("<!--") else f"</{tag}" if tag in _TO_CLOSING_TAG else None
    if closing is not None and not lines[position].lstrip().startswith("</"):
        for end in range(position, len(lines)):
            if closing in lines[end].lower():
                break
        else:
            end = position
            closing = None
    end += 1
    while end < len(lines) and lines[end].strip() and not _opening(lines[end]):
        end += 1
    blocks.append(Block("html", first + position, "\n".join(lines[position:end])))
    return end


def _may_interrupt(item: re.Match[str]) -> bool:
    return item[4] is not None and (item[3] is None or int(item[3]) == 1)


def _skip_blank(lines: list[str], position: int) -> int:
    while position < len(lines) and not lines[position].strip():
        position += 1
    return position


def _is_text(line: str) -> bool:
    """Tell whether the line leaves a paragraph open that the next line can go on with."""
    if not line.strip():
        return False
    return not (_HEADING.match(line) or _opening(line) or _RULE.match(line))


def _is_lazy(line: str) -> bool:
    """Tell whether the line, outside of its container, still goes on with the container's paragraph."""
    if not line.strip():
        return False
    if _indent(line) >= 4:
        return True
    if _QUOTE.match(line) or _HEADING.match(line) or _opening(line) or _RULE.match(line):
        return False
    if _ITEM.match(line):
        return False
    tag = _HTML.match(line)
    return tag is None or (tag[1] is not None and tag[1].lower() not in BLOCK_TAGS)
