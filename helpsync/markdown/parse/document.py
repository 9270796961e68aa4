"""What the blocks of a Markdown text are read as."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from helpsync.markdown.parse import attributes

if TYPE_CHECKING:
    from helpsync.markdown.parse import tables
    from helpsync.markdown.parse.attributes import Attributes

Kind: TypeAlias = Literal[
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
    end: int = 0


def reference_name(text: str) -> str:
    """Return the name under which a reference is defined and found, however it is spelt."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a reference (`[name]: url`) leads."""

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
