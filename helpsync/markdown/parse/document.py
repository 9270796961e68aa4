"""What a Markdown text is read as: blocks, table rows, attribute lists, definitions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from markdown.extensions.attr_list import get_attrs_and_remainder

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
    """What an attribute list says; `others` are the keys that are neither a class nor an id."""

    id: str | None = None
    classes: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


NO_ATTRIBUTES = Attributes()


def _attributes(source: str) -> Attributes:
    """Return what a list says; the last id counts."""
    pairs = [pair for one in _ONE_LIST.findall(source) for pair in get_attrs_and_remainder(one[1:-1].lstrip(":"))[0]]
    names = [value for key, value in pairs if key == "id"]
    classes = [value for key, value in pairs if key == "."]
    classes += [name for key, value in pairs if key == "class" for name in value.split()]
    others = tuple((key, value) for key, value in pairs if key not in {"id", ".", "class"})
    return Attributes(names[-1] if names else None, tuple(classes), others)


def attributes_alone(line: str) -> Attributes | None:
    """Return the attributes when the line is an attribute list and nothing else."""
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
    """Return the name under which a reference is defined and found, however it is spelt."""
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
