"""Writes blocks as Intercom stores them, spaced as people space them in its editor."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from helpsync.markup import attributes, inline, rawhtml
from helpsync.markup.dialect import (
    BLANK,
    CALLOUT_COLOURS,
    CALLOUTS,
    CENTRED_PARAGRAPH,
    HEADER_TINT,
    SPACED,
    SURE_HEADINGS,
    VIDEO_LINK,
)
from helpsync.markup.fill import escape
from helpsync.markup.leaves import Collected, LeafWriter
from helpsync.markup.slugs import Slugger
from helpsync.markup.spans import Piece, Spans
from helpsync.model import Body, Heading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from xml.etree.ElementTree import Element

    from helpsync.markup.attributes import Attributes
    from helpsync.markup.blocks import Block, Document
    from helpsync.markup.context import RenderContext
    from helpsync.markup.notes import Notes

_TASK = re.compile(r"\[[ xX]\](?=\s)")
# Other dialects' blocks that stay as text: what begins their line, and what it is called.
_FOREIGN = (
    (re.compile(r"/{3,}(?=\s|$)"), "`///` blocks", "write a callout: `> [!NOTE]`"),
    (re.compile(r"\{[*%]"), "includes", None),
    (re.compile(r"(?:!!!|\?\?\?\+?)\s"), "admonitions", "write a callout: `> [!NOTE]`"),
    (re.compile(r"={3,}\+?\s*\""), "tabs", None),
    (re.compile(r"-+8<-+"), "includes", None),
    (re.compile(r"\[TOC\]\s*$"), "tables of contents", None),
    (re.compile(r"\[\^[^\]]+\]:"), "footnotes", None),
    (re.compile(r"\*\[[^\]]+\]:"), "abbreviations", None),
    (re.compile(r":\s+\S"), "definition lists", None),
)
_FOREIGN_STARTS = frozenset("/{!?=-[*:")


class Writer:
    """Writes one document; `findings` go to `notes`."""

    def __init__(self, document: Document, context: RenderContext, notes: Notes) -> None:
        self._context = context
        self._notes = notes
        self._blocks = document.blocks
        self._collected = Collected()
        self._slugger = Slugger()
        self._headings: list[Heading] = []
        self._items = 0
        self._in_callout = False
        self._languages: list[tuple[int, str]] = []
        leaves = list(_leaves(document.blocks))
        texts = [text for _, text in leaves]
        elements = inline.parse(texts, document.references)
        self._inline: dict[tuple[int, int], Element] = {
            key: element for (key, _), element in zip(leaves, elements, strict=True)
        }
        self._ranks = _ranks(document.blocks)
        self._kinds: dict[str, Callable[[Block], list[Piece]]] = {
            "paragraph": self._paragraph,
            "heading": self._heading,
            "code": self._code,
            "rule": self._rule,
            "list": self._list,
            "quote": self._quote,
            "callout": self._callout,
            "table": self._table,
            "html": self._html,
        }

    def body(self) -> Body:
        """Return the body."""
        written = join(self._pieces(self._blocks))
        if self._languages:
            self._note_languages()
        return Body(written, tuple(self._collected.links), tuple(self._headings), tuple(self._collected.images))

    def _pieces(self, blocks: Iterable[Block]) -> list[Piece]:
        pieces: list[Piece] = []
        for block in blocks:
            pieces.extend(self._kinds[block.kind](block))
        return pieces

    def _leaf(self, key: tuple[int, int], line: int, spans: Spans) -> str:
        element = self._inline[key]
        LeafWriter(spans, line, self._context, self._notes, self._collected).write(element)
        return spans.finish()

    def _paragraph(self, block: Block) -> list[Piece]:
        self._note_foreign(block)
        self._note_attributes(block.attributes, {"center"}, block.line + block.text.count("\n") + 1)
        spans = Spans(centred="center" in block.attributes.classes)
        self._leaf((id(block), 0), block.line, spans)
        return spans.pieces

    def _heading(self, block: Block) -> list[Piece]:
        spans = Spans(single=True)
        content = self._leaf((id(block), 0), block.line, spans)
        text = " ".join("".join(spans.plain).split())
        self._note_attributes(block.attributes, {"center"}, block.line, heading=True)
        if not text:
            return spans.pieces
        rank = self._ranks[block.level]
        if rank > SURE_HEADINGS:
            self._notes.add(
                "deep-heading",
                f"Intercom may show this heading, the {_ORDINALS[rank]} rank in this article, as one of the second",
                self._notes.place(block.line, "#"),
                "use two ranks of headings in an article",
            )
        slug = self._slugger.slug(text, block.attributes.id)
        self._headings.append(Heading(slug, text))
        centred = ' class="intercom-align-center"' if "center" in block.attributes.classes else ""
        heading = Piece("heading", f'<h{rank} id="helpsync:{escape(slug)}"{centred}>{content}</h{rank}>')
        return [heading, *spans.pieces]

    def _code(self, block: Block) -> list[Piece]:
        if block.name:
            self._languages.append((block.line, block.name))
        return [Piece("code", f"<pre><code>{html.escape(block.text, quote=False)}</code></pre>")]

    def _rule(self, block: Block) -> list[Piece]:  # noqa: ARG002 - called as all kinds are
        return [Piece("rule", "<hr>")]

    def _list(self, block: Block) -> list[Piece]:
        ordered = block.start is not None
        if ordered and block.start != 1:
            self._notes.lost(
                f"Intercom's lists begin at 1, so the start at {block.start} is dropped", self._notes.place(block.line)
            )
        tag = "ol" if ordered else "ul"
        pieces: list[Piece] = []
        items: list[str] = []

        def flush() -> None:
            if items:
                pieces.append(Piece("list", f"<{tag}>{''.join(items)}</{tag}>"))
                items.clear()

        self._items += 1
        for item in block.children:
            self._note_task(item)
            parts = self._pieces(item.children)
            cut = next((number for number, part in enumerate(parts) if part.kind == "table"), None)
            inside = parts if cut is None else parts[:cut]
            if inside or cut is None:
                items.append(f"<li>{join(inside) or BLANK}</li>")
            if cut is not None:
                flush()
                pieces.extend(parts[cut:])
        flush()
        self._items -= 1
        return pieces

    def _quote(self, block: Block) -> list[Piece]:
        place = self._notes.place(block.line, ">")
        if block.name and block.name.lower() not in CALLOUTS:
            kinds = ", ".join(f"[!{name.upper()}]" for name in CALLOUTS)
            self._notes.lost(
                f"`[!{block.name}]` is no kind of callout, so it stays text", place, f"write one of {kinds}"
            )
        else:
            self._notes.lost("Intercom has no quotations, so the text stays as paragraphs", place, _CALLOUT_HINT)
        return self._pieces(block.children)

    def _callout(self, block: Block) -> list[Piece]:
        if self._in_callout:
            self._notes.lost(
                "a callout in a callout is dropped, its text stays", self._notes.place(block.line, f"[!{block.name}]")
            )
            return self._pieces(block.children)
        self._in_callout = True
        pieces = self._pieces(block.children)
        self._in_callout = False
        background, border = CALLOUT_COLOURS[CALLOUTS[block.name.lower()]]
        style = f"background-color: {background}; border-color: {border};"
        content = join(pieces) or BLANK
        return [Piece("callout", f'<div class="intercom-interblocks-callout" style="{style}">{content}</div>')]

    def _table(self, block: Block) -> list[Piece]:
        if self._items:
            self._notes.lost(
                "Intercom refuses a table in a list, so it is put below its item", self._notes.place(block.line)
            )
        if "right" in block.columns:
            self._notes.lost(
                "Intercom can't align a column to the right, so it stays at the left", self._notes.place(block.line + 1)
            )
        rows = []
        for number, row in enumerate(block.rows):
            tint = f' style="background-color: {HEADER_TINT};"' if number == 0 and any(row.cells) else ""
            cells = []
            for index, alignment in enumerate(block.columns):
                centred = alignment == "center"
                spans = Spans(centred=centred)
                self._leaf((id(row), index), row.line, spans)
                empty = BLANK if not centred else f"{CENTRED_PARAGRAPH}</p>"
                cells.append(f"<td{tint}>{join(spans.pieces) or empty}</td>")
            if surplus := next(filter(None, row.surplus), None):
                place = self._notes.place(row.line, surplus)
                self._notes.lost("this row has more cells than the table has columns, so the rest is dropped", place)
            rows.append(f"<tr>{''.join(cells)}</tr>")
        content = f'<table role="presentation"><tbody>{"".join(rows)}</tbody></table>'
        return [Piece("table", f'<div class="intercom-interblocks-table-container">{content}</div>')]

    def _html(self, block: Block) -> list[Piece]:
        spans = Spans()
        writer = LeafWriter(spans, block.line, self._context, self._notes, self._collected, raw=True)
        writer.write(rawhtml.read_block(block.text))
        spans.finish()
        return spans.pieces

    # Findings about blocks

    def _note_attributes(self, found: Attributes, kept: set[str], line: int, *, heading: bool = False) -> None:
        if found is attributes.NONE:
            return
        dropped = [f".{name}" for name in found.classes if name not in kept]
        dropped += [key for key, _ in found.others]
        if found.id and not heading:
            dropped.append(f"#{found.id}")
        if dropped:
            place = self._notes.place(line, "{")
            self._notes.lost(f"Intercom can't keep `{' '.join(dropped)}`, so it is dropped", place)

    def _note_foreign(self, block: Block) -> None:
        for number, line in enumerate(block.text.split("\n")):
            if line and line[0] in _FOREIGN_STARTS:
                for pattern, name, hint in _FOREIGN:
                    if pattern.match(line):
                        place = self._notes.place(block.line + number, line)
                        self._notes.lost(f"{name} are not known here, so this line stays as text", place, hint)
                        break
        if VIDEO_LINK.fullmatch(block.text):
            self._notes.lost("a video is sent as a plain link", self._notes.place(block.line, block.text))

    def _note_task(self, item: Block) -> None:
        first = item.children[0] if item.children else None
        if first is not None and first.kind == "paragraph" and (box := _TASK.match(first.text)):
            place = self._notes.place(first.line, box[0])
            self._notes.lost("Intercom has no boxes to tick, so the brackets stay as text", place)

    def _note_languages(self) -> None:
        line, name = self._languages[0]
        more = len(self._languages) - 1
        others = f" (nor that of {more} more below)" if more else ""
        self._notes.add(
            "code-language",
            f"Intercom does not keep the language of a code block{others}; the code stays",
            self._notes.place(line, name),
        )


_ORDINALS = {3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}
_CALLOUT_HINT = "write `> [!NOTE]` above it to make it a callout"


def join(pieces: list[Piece]) -> str:
    """Return the pieces with a blank line where people put one."""
    parts: list[str] = []
    before = ""
    for piece in pieces:
        if (before, piece.kind) in SPACED:
            parts.append(BLANK)
        parts.append(piece.html)
        before = piece.kind
    return "".join(parts)


def _leaves(blocks: list[Block]) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield all text that inline markup stands in, with a key that finds it again."""
    for block in blocks:
        if block.kind in {"paragraph", "heading"}:
            yield (id(block), 0), block.text
        elif block.kind == "table":
            for row in block.rows:
                for index, cell in enumerate(row.cells):
                    yield (id(row), index), cell
        else:
            yield from _leaves(block.children)


def _ranks(blocks: list[Block]) -> dict[int, int]:
    """Return the rank of each level of heading: the shallowest is 1, and none is left out between."""
    levels: set[int] = set()
    waiting = list(blocks)
    while waiting:
        block = waiting.pop()
        if block.kind == "heading":
            levels.add(block.level)
        waiting.extend(block.children)
    return {level: rank for rank, level in enumerate(sorted(levels), start=1)}
