"""Reads Markdown's blocks line by line, as GitHub does, and keeps every line's number.

docs/markup.md lists the differences and their reasons.

Each line is read once per container around it, and containers are limited in depth, so time is linear.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from helpsync.markdown.addresses import video_on_line
from helpsync.markdown.dialect import BLOCK_TAGS, CALLOUTS
from helpsync.markdown.parse.document import (
    HEADING,
    HTML,
    ITEM,
    NO_ATTRIBUTES,
    QUOTE,
    RULE,
    SETEXT,
    Block,
    Definition,
    Document,
    Tail,
    as_text,
    attributes_alone,
    begins_block,
    closes_fence,
    delimiter_row,
    expand_tabs,
    indent_of,
    is_delimiter_row,
    is_lazy,
    opening_fence,
    reference_name,
    table_row,
    trailing_attributes,
)
from helpsync.markdown.parse.raw_html import anchor_alone, is_in_pre, join_regions

if TYPE_CHECKING:
    from collections.abc import Iterator


MAX_DEPTH = 60
"""Containers nested deeper than this are read as text: nobody writes them, and recursion has an end."""

_CLOSING_HASHES = re.compile(r"(?:^|[ \t])#+$")
_ALERT = re.compile(r" {0,3}\[!(?P<kind>[A-Za-z]+)\](?P<fold>[+-]?)[ \t]*(?P<title>.*)$")
_REFERENCE = re.compile(
    r"""[ ]{0,3}\[(?!\^)(?=\s*[^\]\s])((?:[^\[\]\\]|\\.)+)\]:
    [ \t]*\n?[ \t]*(?:<((?:[^<>\n\\]|\\.)*)>|([^<\s]\S*))
    (?:(?:[ \t]+|[ \t]*\n[ \t]*)(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|\(((?:[^()\\]|\\.)*)\)))?[ \t]*(?:\n|\Z)""",
    re.DOTALL | re.VERBOSE,
)
_LONGEST_DEFINITION = 10
"""The most lines that a definition may have: its title may run over several."""
_FOOTNOTE = re.compile(r" {0,3}\[\^([^\[\]\s]+)\]:[ \t]*")
_ABBREVIATION = re.compile(r" {0,3}\*\[([^\[\]\\]+)\]:[ \t]*(\S.*)$")
_MARKDOWN_INSIDE = re.compile(r"<[A-Za-z][^<>]*?\smarkdown(?=[\s=>])")
# HTML that may hold blank lines runs to its closing tag.
_TO_BLANK_LINE = frozenset({"svg", "math", "template", "select"})
_TO_CLOSING_TAG = frozenset({"script", "style", "pre", "textarea", *_TO_BLANK_LINE})


def parse_blocks(text: str) -> Document:
    """Return the blocks of a text."""
    document = Document()
    lines = text.split("\n")
    if "\t" in text:
        lines = expand_tabs(lines)
    document.blocks = _Level(document, lines, 1, 0).read()
    return document


class _Level:
    """The lines of one container, which starts at line `first`, while they become blocks."""

    def __init__(self, document: Document, lines: list[str], first: int, depth: int) -> None:
        self._document = document
        self._lines = lines
        self._first = first
        self._depth = depth
        self._blocks: list[Block] = []
        self._paragraph: list[str] = []
        self._begun = 0
        self._is_no_table = False
        """Whether the paragraph has a delimiter row that fits no header: as on GitHub, later ones don't count then."""
        self._last: dict[str, int] = {}
        self._has_html = False
        self._markdown_inside = False

    def read(self) -> list[Block]:
        lines = self._lines
        position = 0
        while position < len(lines):
            self._seal(position)
            line = lines[position]
            stripped = line.lstrip(" ")
            if not stripped or stripped.isspace():
                self._flush()
                position += 1
                continue
            indent = len(line) - len(stripped)
            if indent >= 4 and not self._paragraph:
                tag = HTML.match(stripped) if self._has_html else None
                is_tag = tag is not None and (tag[1] or "").lower() in BLOCK_TAGS
                position = self.html(position) if is_tag else self._indented_code(position)
                continue
            if indent < 4 and (end := self._block_end(position, stripped[0])) > position:
                position = end
                continue
            if not self._paragraph:
                self._begun = position
            self._paragraph.append(line)
            position += 1
        self._flush()
        self._seal(position)
        return join_regions(self._blocks) if self._has_html else self._blocks

    def _block_end(self, position: int, char: str) -> int:
        """Append the block that starts at `position`; return the position after it, `position` when there is none."""
        for begin in _STARTS.get(char, ()):
            if (end := begin(self, position)) > position:
                return end
        return position

    def _inside(self, lines: list[str], position: int) -> list[Block]:
        """Return the blocks of an inner container, whose lines start at `position`."""
        return _Level(self._document, lines, self._first + position, self._depth + 1).read()

    def _seal(self, position: int) -> None:
        """Note where the finished blocks end: at the latest where the next block starts."""
        end = self._first + position
        for block in reversed(self._blocks):
            if block.end:
                break
            block.end = end
            end = block.line

    def _flush(self) -> None:
        if self._paragraph:
            self._blocks.extend(_paragraphs(self._paragraph, self._first + self._begun))
            self._paragraph = []
            self._is_no_table = False

    def heading(self, position: int) -> int:
        match = HEADING.match(self._lines[position])
        if match is None:
            return position
        self._flush()
        self._add_heading(_heading(match[2], len(match[1]), self._first + position, closed=True))
        return position + 1

    def setext_heading(self, position: int) -> int:
        line = self._lines[position]
        if not self._paragraph or not SETEXT.match(line):
            return position
        anchor = anchor_alone(self._paragraph[0]) if len(self._paragraph) > 1 else ""
        lines = self._paragraph[1:] if anchor else self._paragraph
        text = "\n".join(part.strip() for part in lines)
        level = 1 if "=" in line else 2
        self._add_heading(_heading(text, level, self._first + position - len(lines)), anchor)
        self._paragraph = []
        self._is_no_table = False
        return position + 1

    def _add_heading(self, heading: Block, anchor: str = "") -> None:
        """Append the heading; without an id of its own, it gets that of an `<a>` on the line above it."""
        above = self._blocks[-1] if self._blocks and not anchor and not heading.attributes.id else None
        if above is not None and above.kind == "paragraph":
            text, _, last = above.text.rpartition("\n")
            anchor = anchor_alone(last)
            if anchor and text:
                above.text = text
            elif anchor:
                self._blocks.pop()
        if anchor and not heading.attributes.id:
            heading.attributes = replace(heading.attributes, id=anchor)
        self._blocks.append(heading)

    def rule(self, position: int) -> int:
        if not RULE.match(self._lines[position]):
            return position
        self._flush()
        self._blocks.append(Block("rule", self._first + position))
        return position + 1

    def abbreviation(self, position: int) -> int:
        match = None if self._paragraph else _ABBREVIATION.match(self._lines[position])
        if match is None:
            return position
        self._document.abbreviations.setdefault(match[1].strip(), match[2].strip())
        return position + 1

    def reference(self, position: int) -> int:
        if self._paragraph:
            return position
        lines = self._lines[position : position + _LONGEST_DEFINITION]
        match = _REFERENCE.match("\n".join(takewhile(str.strip, lines)))
        if match is None:
            return position
        group = 3 if match[2] is None else 2
        title = match[4] or match[5] or match[6] or ""
        line = self._first + position + match.string.count("\n", 0, match.start(group))
        self._document.references.setdefault(reference_name(match[1]), Definition(match[group], title, line))
        return position + match[0].rstrip("\n").count("\n") + 1

    def footnote(self, position: int) -> int:
        match = None if self._paragraph else _FOOTNOTE.match(self._lines[position])
        if match is None:
            return position
        inner = [self._lines[position][match.end() :]]
        end = position + 1
        tail = Tail(inner[0])
        while end < len(self._lines):
            line = self._lines[end]
            if indent_of(line) >= 4 or (tail.is_open and is_lazy(line) and not _FOOTNOTE.match(line)):
                inner.append(line[min(4, indent_of(line)) :])
            elif not line.strip():
                inner.append("")
            else:
                break
            tail.add(inner[-1])
            end += 1
        while not inner[-1].strip() and len(inner) > 1:
            inner.pop()
            end -= 1
        if self._depth < MAX_DEPTH:
            note = Block("item", self._first + position, children=self._inside(inner, position), name=match[1])
            note.end = self._first + end
            self._document.footnotes.setdefault(match[1].lower(), note)
        return end

    def quote(self, position: int) -> int:
        if self._depth >= MAX_DEPTH:
            return position
        self._flush()
        inner: list[str] = []
        end = position
        tail = Tail()
        while end < len(self._lines):
            line = self._lines[end]
            if match := QUOTE.match(line):
                content = line[match.end() :]
                inner.append(content.expandtabs(4) if tail.fence is None and content.startswith("\t") else content)
                tail.add(content)
            elif tail.is_open and is_lazy(line):
                inner.append(as_text(line))
                tail.above = line
            else:
                break
            end += 1
        block = Block("quote", self._first + position)
        if alert := _ALERT.match(inner[0]):
            block.name = alert["kind"]
            if block.name.lower() in CALLOUTS:
                block.kind = "callout"
                block.name += alert["fold"]
                block.text = alert["title"].rstrip()
                inner[0] = ""
        block.children = self._inside(inner, position)
        self._blocks.append(block)
        return end

    def item_list(self, position: int) -> int:
        item = ITEM.match(self._lines[position]) if self._depth < MAX_DEPTH else None
        if item is None or (self._paragraph and not _may_interrupt(item)):
            return position
        self._flush()
        block = Block("list", self._first + position, start=None if item[3] is None else int(item[3]))
        following: re.Match[str] | None = item
        while following is not None:
            end = self._item(position, block, following)
            position = next((at for at in range(end, len(self._lines)) if self._lines[at].strip()), len(self._lines))
            line = self._lines[position] if position < len(self._lines) else ""
            following = ITEM.match(line)
            if following is not None and (_mark(following) != _mark(item) or RULE.match(line)):
                following = None
        self._blocks.append(block)
        return end

    def _item(self, position: int, block: Block, match: re.Match[str]) -> int:
        base = len(match[1])
        first = self._lines[position]
        gap = len(match[4] or "")
        marker = match.end() - gap if gap else len(first.rstrip())
        offset = marker + (gap if 1 <= gap <= 4 else 1)
        least = min(offset, base + 4)
        inner = [first[offset:]]
        end = position + 1
        tail = Tail(inner[0])
        while end < len(self._lines):
            line = self._lines[end]
            stripped = line.lstrip(" ")
            if not stripped or stripped.isspace():
                tail.add("")
                # White space alone on a line counts in code.
                inner.append(line[min(least, len(line) - len(stripped)) :])
                end += 1
                if len(inner) == 2 and not inner[0].strip():
                    break
                continue
            indent = len(line) - len(stripped)
            if indent >= least:
                inner.append(line[least:])
                tail.add(inner[-1])
            elif tail.is_open and is_lazy(line):
                inner.append(as_text(stripped))
                tail.above = line
            else:
                break
            end += 1
        while len(inner) > 1 and not inner[-1].strip():
            inner.pop()
            end -= 1
        inside = self._inside(inner, position)
        block.children.append(Block("item", self._first + position, children=inside, end=self._first + end))
        return end

    def _indented_code(self, position: int) -> int:
        end = position
        code: list[str] = []
        while end < len(self._lines) and (not self._lines[end].strip() or indent_of(self._lines[end]) >= 4):
            if code and self._has_html and self._lines[end].lstrip(" ").startswith("</"):
                break  # People indent their HTML, and its ends are no code for that.
            code.append(self._lines[end][4:])
            end += 1
        while not code[-1].strip():
            code.pop()
            end -= 1
        self._blocks.append(Block("code", self._first + position, "\n".join(code)))
        return end

    def fenced_code(self, position: int) -> int:
        fence = opening_fence(self._lines[position])
        if fence is None:
            return position
        self._flush()
        indent = len(fence[1])
        end = position + 1
        code: list[str] = []
        while end < len(self._lines) and not closes_fence(fence, self._lines[end]):
            line = self._lines[end]
            code.append(line[min(indent, indent_of(line)) :])
            end += 1
        if end == len(self._lines) and code and not code[-1]:
            code.pop()  # What follows the last line break of the text is no line.
        self._blocks.append(Block("code", self._first + position, "\n".join(code), name=fence[3].strip()))
        return min(end + 1, len(self._lines))

    def table(self, position: int) -> int:
        """Append the table whose delimiter row is at `position`."""
        line = self._lines[position]
        if not self._paragraph:
            return position
        columns = None if self._is_no_table else delimiter_row(line, self._paragraph[-1])
        if columns is None:
            self._is_no_table = self._is_no_table or is_delimiter_row(line)
            return position
        header = self._first + position - 1
        rows = [table_row(self._paragraph.pop(), len(columns), header)]
        self._flush()
        end = position + 1
        while end < len(self._lines) and (line := self._lines[end]).strip():
            if indent_of(line) >= 4 or begins_block(line):
                break
            rows.append(table_row(line, len(columns), self._first + end))
            end += 1
        self._blocks.append(Block("table", header, rows=rows, columns=columns))
        return end

    def html(self, position: int) -> int:
        match = HTML.match(self._lines[position].lstrip(" "))
        tag = (match[1] or "").lower() if match else ""
        if match is None or (tag and tag not in BLOCK_TAGS):
            return position
        self._flush()
        end = position + 1
        first = self._lines[position].lstrip()
        closing = "-->" if first.startswith("<!--") else f"</{tag}" if tag in _TO_CLOSING_TAG else ""
        if closing and not first.startswith("</"):
            end = self._line_with(closing, position) + 1
        self._has_html = True
        self._markdown_inside = self._markdown_inside or bool(_MARKDOWN_INSIDE.search(first))
        ended = bool(closing) and tag not in _TO_BLANK_LINE and closing in self._lines[end - 1].lower()
        while not ended and end < len(self._lines) and self._lines[end].strip():
            if self._markdown_inside or opening_fence(self._lines[end]):
                break
            end += 1
        if not ended and end < len(self._lines) and is_in_pre("\n".join(self._lines[position:end])):
            end = max(end, self._line_with("</pre", end) + 1 if self._lines[end].strip() == "" else end)
        self._blocks.append(Block("html", self._first + position, "\n".join(self._lines[position:end])))
        return end

    def _line_with(self, closing: str, position: int) -> int:
        """Return the position of the next line with this tag, or `position`; searches for a missing tag only once."""
        lines = self._lines
        if closing not in self._last:
            within = (n for n in range(len(lines) - 1, -1, -1) if closing in lines[n].lower())
            self._last[closing] = next(within, -1)
        if self._last[closing] < position:
            return position
        return next(n for n in range(position, len(lines)) if closing in lines[n].lower())


_STARTS = {
    **dict.fromkeys("0123456789+", (_Level.item_list,)),
    **dict.fromkeys("`~", (_Level.fenced_code,)),
    **dict.fromkeys("|:", (_Level.table,)),
    "#": (_Level.heading,),
    ">": (_Level.quote,),
    "=": (_Level.setext_heading,),
    "-": (_Level.setext_heading, _Level.rule, _Level.table, _Level.item_list),
    "*": (_Level.abbreviation, _Level.rule, _Level.item_list),
    "_": (_Level.rule,),
    "<": (_Level.html,),
    "[": (_Level.footnote, _Level.reference),
}
"""What may begin on a line with this first character, in this order."""


def _paragraphs(lines: list[str], line: int) -> Iterator[Block]:
    """Yield the paragraph, divided where a link to a video has its own line."""
    begun = 0
    for number, text in enumerate(lines):
        if "://" in text and (address := video_on_line(text)) is not None:
            if number > begun:
                yield _paragraph(lines[begun:number], line + begun)
            yield Block("video", line + number, address)
            begun = number + 1
    if begun < len(lines):
        yield _paragraph(lines[begun:], line + begun)


def _paragraph(lines: list[str], line: int) -> Block:
    texts = [part.lstrip(" \t") for part in lines]
    found = NO_ATTRIBUTES
    if len(texts) > 1 and (last := attributes_alone(texts[-1])) is not None:
        found = last
        texts.pop()
    texts[-1] = texts[-1].rstrip(" \t")
    return Block("paragraph", line, "\n".join(texts), attributes=found)


def _heading(text: str, level: int, line: int, *, closed: bool = False) -> Block:
    """Return a heading; a `closed` one may end in hashes, before or after its id."""
    text, found = trailing_attributes(_unclosed(text) if closed else text.rstrip(" \t"))
    if closed and found is not NO_ATTRIBUTES:
        text = _unclosed(text)
    return Block("heading", line, text.strip(" \t"), level=level, attributes=found)


def _unclosed(text: str) -> str:
    return _CLOSING_HASHES.sub("", text.rstrip(" \t")).rstrip(" \t")


def _mark(item: re.Match[str]) -> str:
    """Return the mark that all items of one list share."""
    return item[0].strip()[-1]


def _may_interrupt(item: re.Match[str]) -> bool:
    return item[4] is not None and (item[3] is None or int(item[3]) == 1)
