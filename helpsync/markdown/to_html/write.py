"""Renders Markdown: writes its blocks in the form that Intercom stores."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.errors import Location
from helpsync.markdown.dialect import ALIGN, ALIGNMENTS, CALLOUT_COLOURS, CALLOUTS, HEADER_TINT, SURE_HEADINGS
from helpsync.markdown.html import storage
from helpsync.markdown.html.canonical import Slugger
from helpsync.markdown.html.read import HEADINGS, escape_attribute
from helpsync.markdown.html.storage import ParagraphBuilder, StoredBlock
from helpsync.markdown.html.stored import shows_nothing
from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.parse.document import first_table_row, is_delimiter_row, split_row
from helpsync.markdown.parse.raw_html import raw_tokens, tag_name
from helpsync.markdown.to_html.allowlist import TagFindings
from helpsync.markdown.to_html.context import DOUBLE_BRACES, Findings, Rendered, TargetResolver
from helpsync.markdown.to_html.inline_html import (
    FootnotesAndAbbreviations,
    InlineWriter,
    class_alignment,
    is_empty_footnote,
)
from helpsync.markdown.to_html.regions import write_region
from helpsync.model import Body, Heading
from helpsync.visible import CONTROL, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helpsync.markdown.parse.document import Attributes, Block, Document
    from helpsync.markdown.to_html.context import RenderContext

_TASK = re.compile(r"\[[ xX]\](?=\s)")
# Other dialects' blocks that stay as text: what begins their line, and what it is called.
_FOREIGN = (
    (re.compile(r"/{3,}(?=\s|$)"), "`///` blocks", "write a callout: `> [!NOTE]`"),
    (re.compile(r"\{[*%]"), "includes", "write the text itself"),
    (re.compile(r"(?:!!!|\?\?\?\+?)\s"), "admonitions", "write a callout: `> [!NOTE]`"),
    (re.compile(r":{3,}(?=\s|\w|$)"), "`:::` blocks", "write a callout: `> [!NOTE]`"),
    (re.compile(r"\{\{[<%]"), "shortcodes", "write the text itself"),
    (re.compile(r"={3,}\+?\s*\""), "tabs", "write a heading for each"),
    (re.compile(r"-+8<-+"), "includes", "write the text itself"),
    (re.compile(r"\[TOC\]\s*$"), "tables of contents", "leave it out"),
    (re.compile(r"\[\^[^\]]+\]:"), "footnotes right below text", "leave a blank line above it"),
    (re.compile(r"\*\[[^\]]+\]:"), "abbreviations right below text", "leave a blank line above it"),
    (re.compile(r":\s+\S"), "definition lists", "write a list, or the terms in bold"),
)
_KIND = re.compile(r"\[!([A-Za-z]+)\](?![(:])")
_FOREIGN_STARTS = frozenset("/{!?=-[*:")


class HtmlWriter:
    """Writes one document; `notes` collects the findings."""

    def __init__(self, document: Document, context: RenderContext, notes: Findings) -> None:
        self.depth = 0
        self.in_table = False
        self.lists = 0
        self._notes = notes
        self._document = document
        self._targets = TargetResolver(context, notes)
        self._tags = TagFindings(notes)
        self._words = FootnotesAndAbbreviations(document.footnotes, document.abbreviations)
        self._slugger = Slugger()
        self._headings: list[Heading] = []
        self._quoted = False
        self._align: str | None = None
        self._languages: list[tuple[int, str]] = []
        self._foreign_lines: set[int | None] = set()
        levels = _levels([*document.blocks, *document.footnotes.values()])
        self._ranks = {level: rank for rank, level in enumerate(sorted(levels), 1)}
        self._kinds: dict[str, Callable[[Block], list[StoredBlock]]] = {
            "paragraph": self._paragraph,
            "heading": self._heading,
            "code": self._code,
            "rule": lambda _: [storage.RULE],
            "list": self._list,
            "quote": self._quote,
            "callout": self._callout,
            "table": self._table,
            "video": lambda block: [storage.video(block.text)],
            "html": lambda block: self._region([block]),
            "region": lambda block: self._region(block.children),
        }

    def body(self) -> Body:
        """Return the body."""
        written = storage.join([*self._pieces(self._document.blocks), *self._footnotes()])
        if self._languages:
            self._note_languages()
        self._note_braces()
        return Body(written, tuple(self._targets.links), tuple(self._headings), tuple(self._targets.images))

    def blocks(self, blocks: Sequence[Block], align: str | None) -> list[StoredBlock]:
        """Return the blocks, aligned as what they stand in."""
        outer, self._align = self._align, align
        pieces = self._pieces(blocks)
        self._align = outer
        return pieces

    def title(self, block: Block, spans: ParagraphBuilder) -> bool:
        """Write a block of text into a title, and return whether it can be one."""
        if block.kind not in {"paragraph", "heading"}:
            return False
        self._inline(block.text, block.line, spans)
        spans.text(" ")
        return True

    def heading(self, level: int, spans: ParagraphBuilder, name: str | None, place: Location) -> list[StoredBlock]:
        """Return a heading, and below it what it can't contain; `level` is as written."""
        content = spans.finish()
        text = " ".join("".join(spans.plain).split())
        if not content.replace("\u200b", ""):
            return spans.pieces
        rank = self._ranks[level]
        if rank > SURE_HEADINGS:
            message = (
                f"this heading is of the {_ORDINALS[rank]} rank in this article; Intercom may show only four ranks"
            )
            self._notes.add("deep-heading", message, place, "use fewer heading levels in this article")
        if marks := [mark for tag, mark in _MARKS.items() if f"<{tag}>" in content]:
            message = f"Intercom drops {' and '.join(marks)} in a heading; the text stays"
            self._notes.lost(message, place, "write it without marks")
        slug = self._slugger.slug(text, name)
        if name and slug != name:
            message = f"an earlier heading has the id `{name}`, so this one gets `{slug}`, and links lead to the other"
            self._notes.lost(message, place, "give each heading an id of its own")
        self._headings.append(Heading(slug, text))
        aligned = f' class="{ALIGN}{spans.align}"' if spans.align else ""
        written = f'<h{rank} id="helpsync:{escape_attribute(slug)}"{aligned}>{content}</h{rank}>'
        return [StoredBlock("heading", written), *spans.pieces]

    def _pieces(self, blocks: Sequence[Block]) -> list[StoredBlock]:
        self.depth += 1
        pieces = [piece for block in blocks for piece in self._kinds[block.kind](block)]
        self.depth -= 1
        return pieces

    def _inline(self, text: str, line: int, spans: ParagraphBuilder, *, names: bool = False) -> str | None:
        """Write the text of a leaf, and return the id that an `<a>` in it defines."""
        writer = InlineWriter(spans, line, self._notes, self._targets, self._tags, self._words, names=names)
        writer.write(text, self._document.references)
        return writer.name

    def _paragraph(self, block: Block) -> list[StoredBlock]:
        self._note_foreign(block)
        self._note_attributes(block.attributes, block.line + block.text.count("\n") + 1)
        spans = ParagraphBuilder(align=class_alignment(block.attributes.classes) or self._align)
        self._inline(block.text, block.line, spans)
        spans.finish()
        return spans.pieces

    def _heading(self, block: Block) -> list[StoredBlock]:
        place = self._notes.place(block.line, "#")
        spans = ParagraphBuilder(align=class_alignment(block.attributes.classes) or self._align, single=True)
        name = self._inline(block.text, block.line, spans, names=block.attributes.id is None)
        self._note_attributes(block.attributes, block.line, heading=True)
        return self.heading(block.level, spans, block.attributes.id or name, place)

    def _code(self, block: Block) -> list[StoredBlock]:
        if block.name:
            self._languages.append((block.line, block.name))
        if DOUBLE_BRACES.search(block.text):
            line = self._notes.first_line("{{", block.line, block.end)
            self._notes.double_braces.append(self._notes.place(line, "{{"))
        return [storage.code(block.text)]

    def _list(self, block: Block) -> list[StoredBlock]:
        ordered = block.start is not None
        if ordered and block.start != 1:
            self._notes.lost(
                f"Intercom's lists begin at 1, so the start at {block.start} is dropped",
                self._notes.place(block.line),
                "indent what stands between its items, or write the number in the text",
            )
        self.lists += 1
        items = []
        for item in block.children:
            first = item.children[0] if item.children else None
            if first is not None and first.kind == "paragraph" and (box := _TASK.match(first.text)):
                place = self._notes.place(first.line, box[0])
                self._notes.lost("Intercom has no boxes to tick, so the brackets stay as text", place, "write `- item`")
            items.append(self._pieces(item.children))
            if not items[-1]:
                self._notes.misplaced("empty item", self._notes.place(item.line))
        self.lists -= 1
        return storage.list_blocks("ol" if ordered else "ul", items)

    def _quote(self, block: Block) -> list[StoredBlock]:
        place = self._notes.place(block.line, ">")
        if block.name and block.name.lower() not in CALLOUTS:
            kinds = ", ".join(f"[!{name.upper()}]" for name in CALLOUTS)
            self._notes.lost(
                f"`[!{block.name}]` is not a kind of callout, so it stays text", place, f"write one of {kinds}"
            )
        elif not self._quoted:
            hint = "write `> [!NOTE]` above it to make it a callout"
            self._notes.lost("Intercom has no quotations, so the text stays as paragraphs", place, hint)
        outer, self._quoted = self._quoted, True
        pieces = self._pieces(block.children)
        self._quoted = outer
        return pieces

    def _callout(self, block: Block) -> list[StoredBlock]:
        kind = block.name.rstrip("+-")
        background, border = CALLOUT_COLOURS[CALLOUTS[kind.lower()]]
        style = f"background-color: {background}; border-color: {border};"
        place = self._notes.place(block.line, f"[!{kind}]")
        pieces = [*self._callout_title(block, kind, place), *self._pieces(block.children)]
        if shows_nothing(storage.join(pieces)):
            self._notes.misplaced("empty callout", place)
        return [storage.callout(style, pieces)]

    def _callout_title(self, block: Block, kind: str, place: Location) -> list[StoredBlock]:
        """Return the text after a callout's kind in bold: other tools show it as a title."""
        if not block.text:
            if block.name != kind:
                message = f"a callout can't be folded, and `{block.name[-1]}` makes it a quotation on GitHub"
                self._notes.lost(message, place, f"write `> [!{kind}]`, or a collapsible: `<details>`")
            return []
        message = f"GitHub shows no callout when text follows `[!{kind}]`; here the text is a title in bold"
        self._notes.lost(message, place, "write it as `> **title**`, with `>` alone on the line below it")
        spans = ParagraphBuilder()
        spans.open("b", "<b>")
        self._inline(block.text, block.line, spans)
        spans.finish()
        return spans.pieces

    def _table(self, block: Block) -> list[StoredBlock]:
        if self.in_table:
            self._notes.misplaced("table in table", self._notes.place(block.line))
        elif self.lists:
            self._notes.misplaced("table in list", self._notes.place(block.line))
        if "right" in block.columns:
            message = "Intercom can't align a column to the right, so it stays at the left"
            self._notes.lost(message, self._notes.place(block.line + 1), "write `---` for it")
        headed = any(block.rows[0].cells)
        inner, self.in_table = self.in_table, True
        loose: list[StoredBlock] = []
        rows = []
        for number, row in enumerate(block.rows):
            if number == 0 and not headed and len(block.rows) > 1:
                continue
            tint = f' style="background-color: {HEADER_TINT};"' if number == 0 and headed else ""
            cells = []
            for cell, column in zip(row.cells, block.columns, strict=True):
                spans = ParagraphBuilder(align="center" if column == "center" else None)
                self._inline(cell, row.line, spans)
                spans.finish()
                loose.extend(spans.pieces)
                cells.append(storage.cell(tint, spans.pieces))
            if surplus := next(filter(None, row.surplus), None):
                place = self._notes.place(row.line, surplus)
                message = "this row has more cells than the table has columns, so the rest is dropped"
                self._notes.lost(message, place, "give the header as many cells, or write `\\|` for a pipe in one")
            rows.append(cells)
        self.in_table = inner
        return loose if inner else [storage.table(rows)]

    def _region(self, blocks: Sequence[Block]) -> list[StoredBlock]:
        return write_region(blocks, self, self._notes, self._targets, self._tags, align=self._align)

    def _footnotes(self) -> list[StoredBlock]:
        """Return the footnotes that the text and other footnotes refer to, as a numbered list."""
        # The list of those referred to grows while it is walked.
        self.lists += 1
        items = [self._pieces(note.children) for note in self._words.referred]
        self.lists -= 1
        shown = {note.name for note in self._words.referred}
        for note in self._document.footnotes.values():
            place = self._notes.place(note.line, f"[^{note.name}]")
            if is_empty_footnote(note):
                message = "this footnote has no text, so it and its references are dropped"
                self._notes.lost(message, place, "write its text behind the colon, or remove it")
            elif note.name not in shown:
                message = "nothing refers to this footnote, so it is dropped"
                self._notes.lost(message, place, f"refer to it with `[^{note.name}]`, or remove it")
        if not items:
            return []
        # Cut in two by a table, a list would begin at 1 again.
        below = [part for parts in items for part in parts if part.tabular]
        inside = [[part for part in parts if not part.tabular] for parts in items]
        return [storage.RULE, *storage.list_blocks("ol", inside), *below]

    # Findings about blocks

    def _note_attributes(self, found: Attributes, line: int, *, heading: bool = False) -> None:
        dropped = [f".{name}" for name in found.classes if name not in ALIGNMENTS]
        dropped += [key for key, _ in found.others]
        if found.id and not heading:
            dropped.append(f"#{found.id}")
        if dropped:
            place = self._notes.place(line, "{")
            self._notes.lost(f"Intercom can't keep `{' '.join(dropped)}`, so it is dropped", place, "leave it out")

    def _note_foreign(self, block: Block) -> None:
        """Report lines that are blocks in other dialects and text here."""
        for number, line in enumerate(block.text.split("\n")):
            if line.startswith("[!") and (kind := _KIND.match(line)) and kind[1].lower() in CALLOUTS:
                message = f"a callout begins only with the first line of a quotation, so `{kind[0]}` stays text"
                place = self._notes.place(block.line + number, kind[0])
                self._notes.lost(message, place, f"write `> {kind[0]}`, with a blank line above that has no `>`")
            if line and line[0] in _FOREIGN_STARTS:
                found = next(((name, hint) for pattern, name, hint in _FOREIGN if pattern.match(line)), None)
                if found is not None:
                    place = self._notes.place(block.line + number, line)
                    self._notes.lost(f"{found[0]} are not known here, so this line stays as text", place, found[1])
                    self._foreign_lines.add(place.line)
        if "|" in block.text:
            self._note_broken_table(block)

    def _note_broken_table(self, block: Block) -> None:
        """Report rows that are not a table, on GitHub either: the delimiter row is missing or does not fit."""
        lines = block.text.split("\n")
        found = next((n for n, line in enumerate(lines) if is_delimiter_row(line)), None)
        if found:
            message = "this is not a table: its delimiter row has another number of columns than the line above"
            hint = "give both as many columns"
        elif found == 0:
            message = "this is not a table: its delimiter row has no header above it"
            hint = "write a header above it; for a table without one, leave its cells empty: `|  |  |`"
        elif (found := first_table_row(lines)) is not None:
            message = "this is not a table: the delimiter row below its header is missing"
            hint = f"write `|{' --- |' * len(split_row(lines[found]))}` below the first row"
        else:
            return
        place = self._notes.place(block.line + found, lines[found])
        self._notes.lost(f"{message}, so readers see its rows as text", place, hint)

    def _note_languages(self) -> None:
        line, name = self._languages[0]
        more = len(self._languages) - 1
        others = f" (nor that of {more} more below)" if more else ""
        self._notes.add(
            "code-language",
            f"Intercom does not keep the language of a code block{others}; the code stays",
            self._notes.place(line, name),
            "leave it out, or write `rules: {code-language: off}` in helpsync.yaml",
        )

    def _note_braces(self) -> None:
        """Report the first block with `{{`."""
        # Another finding is about the braces of a shortcode.
        found = [place for place in self._notes.double_braces if place.line not in self._foreign_lines]
        if not found:
            return
        first, *more = sorted(found, key=lambda place: place.line or 0)
        places = "place" if len(more) == 1 else "places"
        here = f"here and in {len(more)} {places} below" if more else "here"
        message = f"Intercom stores `{{{{` as `#{{{{`, {here}; readers may see the `#`"
        self._notes.add(
            "double-braces", message, first, "if your readers don't see it, write `rules: {double-braces: off}`"
        )


_MARKS = {"b": "bold", "i": "italics", "code": "code"}
_ORDINALS = {5: "fifth", 6: "sixth"}


def _levels(blocks: Sequence[Block]) -> set[int]:
    """Return the heading levels in use."""
    levels: set[int] = set()
    waiting = list(blocks)
    while waiting:
        block = waiting.pop()
        if block.kind == "heading":
            levels.add(block.level)
        elif block.kind == "html":
            tags = (tag_name(source) for source, is_markup in raw_tokens(block.text) if is_markup)
            levels.update(HEADINGS[name] for name, closing in tags if name in HEADINGS and not closing)
        waiting.extend(block.children)
    return levels


_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def render(text: str, context: RenderContext) -> Rendered:
    """Return the text as Intercom stores it, with placeholders, and findings for everything that Intercom can't show.

    Intercom accepts the body, whatever the text.
    """
    source = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    cleaned = _CONTROL.sub("", source)
    notes = Findings(cleaned, context)
    _note_controls(source, notes, context)
    body = HtmlWriter(parse_blocks(cleaned), context, notes).body() if cleaned.strip() else Body("")
    return Rendered(
        body, tuple(sorted(notes.findings, key=lambda found: (found.location.line or 0, found.location.column or 0)))
    )


def _note_controls(source: str, notes: Findings, context: RenderContext) -> None:
    """Report the first control character of each line that has one."""
    for number, line in enumerate(source.split("\n"), context.first_line) if CONTROL.search(source) else ():
        if found := CONTROL.search(line):
            place = Location(context.path, number, found.start() + 1)
            notes.add("control-character", f"the text contains {describe(found[0])}", place, "remove it")
