"""Renders Markdown: writes its blocks in the form that Intercom stores."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.errors import Location
from helpsync.markdown.dialect import ALIGN, ALIGNMENTS, CALLOUT_COLOURS, CALLOUTS, HEADER_TINT, SURE_HEADINGS
from helpsync.markdown.html.canonical import Slugger
from helpsync.markdown.html.read import HEADINGS
from helpsync.markdown.html.storage import (
    RULE,
    ParagraphBuilder,
    StoredBlock,
    escape_attribute,
    join_blocks,
    stored_callout,
    stored_cell,
    stored_code,
    stored_list,
    stored_table,
    stored_video,
)
from helpsync.markdown.html.stored import shows_nothing
from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.parse.document import NO_ATTRIBUTES, first_table_row, is_delimiter_row, split_row
from helpsync.markdown.parse.inline import parse_inline
from helpsync.markdown.parse.raw_html import raw_tokens, tag_name
from helpsync.markdown.to_html.allowlist import TagFindings
from helpsync.markdown.to_html.context import DOUBLE_BRACES, Findings, RenderContext, Rendered, TargetResolver
from helpsync.markdown.to_html.inline_html import InlineWriter, class_alignment, note_formulas
from helpsync.markdown.to_html.regions import RegionWriter, read_region
from helpsync.model import Body, Heading
from helpsync.visible import CONTROL, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from helpsync.markdown.parse.document import Attributes, Block, Document


_WORD = re.compile(r"\w+|[^\w\s]")
_GOES_ON = re.compile(r"(?<=\w)\w")
_MOST_ALIKE = 50
"""Of abbreviations that begin with one word, more are not looked for at once."""

_REFERENCE = re.compile(r"\[\^([^\[\]\s]+)\]")


def is_empty_footnote(note: Block) -> bool:
    """Tell whether a footnote has no text: nothing, or only comments."""
    return all(child.kind == "html" and shows_nothing(child.text) for child in note.children)


class FootnotesAndAbbreviations:
    """Writes the references and abbreviations of one text; `referred` are the notes in the order of their numbers."""

    def __init__(self, footnotes: Mapping[str, Block], abbreviations: Mapping[str, str]) -> None:
        self.referred: list[Block] = []
        self._footnotes = footnotes
        self._empty = {name for name, note in footnotes.items() if is_empty_footnote(note)}
        self._numbers: dict[str, int] = {}
        self._meanings = dict(abbreviations)
        # By their first word, so that many of them cost no more than few.
        self._names: dict[str, list[str]] = {}
        for name in sorted(abbreviations, key=len, reverse=True):
            self._names.setdefault(_WORD.findall(name)[0], []).append(name)

    def numbered(self, text: str) -> str:
        """Return the text with the numbers of the notes it refers to; an escaped bracket must still be set aside."""
        return _REFERENCE.sub(self._referred, text) if self._footnotes and "[^" in text else text

    def _referred(self, match: re.Match[str]) -> str:
        name = match[1].lower()
        if name not in self._footnotes:
            return match[0]
        if name in self._empty:
            return ""
        if name not in self._numbers:
            self.referred.append(self._footnotes[name])
            self._numbers[name] = len(self.referred)
        return f"[{self._numbers[name]}]"

    def expanded(self, text: str) -> str:
        """Return the text with what its abbreviations mean, each where it stands for the first time."""
        if not self._meanings:
            return text
        parts: list[str] = []
        written = 0
        for word in _WORD.finditer(text):
            for name in self._names.get(word[0], [])[:_MOST_ALIKE]:
                end = word.start() + len(name)
                if text.startswith(name, word.start()) and not _GOES_ON.match(text, end):
                    self._names[word[0]].remove(name)
                    meaning = self._meanings.pop(name)
                    if not text[end : end + 2].lstrip().startswith("("):
                        parts.append(f"{text[written:end]} ({meaning})")
                        written = end
                    break
        return "".join([*parts, text[written:]])


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


class Writer:
    """Writes one document; findings go to `notes`."""

    def __init__(self, document: Document, context: RenderContext, notes: Findings) -> None:
        self.depth = 0
        self.in_table = False
        self._notes = notes
        self._document = document
        self._targets = TargetResolver(context, notes)
        self._vetting = TagFindings(notes)
        self._words = FootnotesAndAbbreviations(document.footnotes, document.abbreviations)
        self._slugger = Slugger()
        self._headings: list[Heading] = []
        self._items = 0
        self._quoted = False
        self._align: str | None = None
        self._languages: list[tuple[int, str]] = []
        self._foreign_lines: set[int | None] = set()
        leaves = [*_leaves(document.blocks), *_leaves(document.footnotes.values())]
        elements = parse_inline([text for _, text in leaves], document.references)
        self._texts = dict(leaves)
        self._inline: dict[tuple[int, int], Element] = {
            key: element for (key, _), element in zip(leaves, elements, strict=True)
        }
        levels = _levels([*document.blocks, *document.footnotes.values()])
        self._ranks = {level: rank for rank, level in enumerate(sorted(levels), 1)}
        self._kinds: dict[str, Callable[[Block], list[StoredBlock]]] = {
            "paragraph": self._paragraph,
            "heading": self._heading,
            "code": self._code,
            "rule": lambda _: [RULE],
            "list": self._list,
            "quote": self._quote,
            "callout": self._callout,
            "table": self._table,
            "video": lambda block: [stored_video(block.text)],
            "html": lambda block: self._region([block]),
            "region": lambda block: self._region(block.children),
        }

    def body(self) -> Body:
        """Return the body."""
        written = join_blocks([*self._pieces(self._document.blocks), *self._footnotes()])
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
        """Write a block of text into a title, and tell whether it is one."""
        if block.kind not in {"paragraph", "heading"}:
            return False
        self._leaf((id(block), 0), block.line, spans)
        spans.text(" ")
        return True

    def heading(self, level: int, spans: ParagraphBuilder, name: str | None, place: Location) -> list[StoredBlock]:
        """Return a heading, and below it what can't stand in it; `level` is as it is written."""
        content = spans.finish()
        text = " ".join("".join(spans.plain).split())
        if not content.replace("\u200b", ""):
            return spans.pieces
        rank = self._ranks[level]
        if rank > SURE_HEADINGS:
            self._note_depth(rank, place)
        self._note_marks(content, place)
        slug = self._slugger.slug(text, name)
        if name and slug != name:
            message = f"an earlier heading has the id `{name}`, so this one gets `{slug}`, and links lead to the other"
            self._notes.lost(message, place, "give each heading an id of its own")
        self._headings.append(Heading(slug, text))
        aligned = f' class="{ALIGN}{spans.align}"' if spans.align else ""
        written = f'<h{rank} id="helpsync:{escape_attribute(slug)}"{aligned}>{content}</h{rank}>'
        return [StoredBlock("heading", written), *spans.pieces]

    def _pieces(self, blocks: Sequence[Block]) -> list[StoredBlock]:
        pieces: list[StoredBlock] = []
        self.depth += 1
        for block in blocks:
            pieces.extend(self._kinds[block.kind](block))
        self.depth -= 1
        return pieces

    def _leaf(self, key: tuple[int, int], line: int, spans: ParagraphBuilder) -> ParagraphBuilder:
        self._written(key, line, spans)
        return spans

    def _written(
        self, key: tuple[int, int], line: int, spans: ParagraphBuilder, *, names: bool = False
    ) -> InlineWriter:
        note_formulas(self._texts[key], line, self._notes)
        leaf = InlineWriter(spans, line, self._notes, self._targets, self._vetting, self._words, names=names)
        leaf.write(self._inline[key])
        return leaf

    def _paragraph(self, block: Block) -> list[StoredBlock]:
        self._note_foreign(block)
        self._note_attributes(block.attributes, block.line + block.text.count("\n") + 1)
        spans = self._leaf(
            (id(block), 0), block.line, ParagraphBuilder(align=class_alignment(block.attributes.classes) or self._align)
        )
        spans.finish()
        return spans.pieces

    def _heading(self, block: Block) -> list[StoredBlock]:
        place = self._notes.place(block.line, "#")
        spans = ParagraphBuilder(align=class_alignment(block.attributes.classes) or self._align, single=True)
        leaf = self._written((id(block), 0), block.line, spans, names=block.attributes.id is None)
        self._note_attributes(block.attributes, block.line, heading=True)
        return self.heading(block.level, spans, block.attributes.id or leaf.name, place)

    def _code(self, block: Block) -> list[StoredBlock]:
        if block.name:
            self._languages.append((block.line, block.name))
        if DOUBLE_BRACES.search(block.text):
            line = self._notes.first_line("{{", block.line, block.end)
            self._notes.double_braces.append(self._notes.place(line, "{{"))
        return [stored_code(block.text)]

    def _list(self, block: Block) -> list[StoredBlock]:
        ordered = block.start is not None
        if ordered and block.start != 1:
            self._notes.lost(
                f"Intercom's lists begin at 1, so the start at {block.start} is dropped",
                self._notes.place(block.line),
                "indent what stands between its items, or write the number in the text",
            )
        self._items += 1
        items = []
        for item in block.children:
            self._note_task(item)
            items.append(self._pieces(item.children))
            if not items[-1]:
                self._notes.empty_item(self._notes.place(item.line))
        self._items -= 1
        return stored_list("ol" if ordered else "ul", items)

    def _quote(self, block: Block) -> list[StoredBlock]:
        place = self._notes.place(block.line, ">")
        if block.name and block.name.lower() not in CALLOUTS:
            kinds = ", ".join(f"[!{name.upper()}]" for name in CALLOUTS)
            self._notes.lost(
                f"`[!{block.name}]` is no kind of callout, so it stays text", place, f"write one of {kinds}"
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
        if shows_nothing(join_blocks(pieces)):
            self._notes.empty_callout(place)
        return [stored_callout(style, pieces)]

    def _callout_title(self, block: Block, kind: str, place: Location) -> list[StoredBlock]:
        """Return what stands behind a callout's kind, in bold: other tools show it as a title."""
        if not block.text:
            if block.name != kind:
                message = f"a callout can't be folded, and `{block.name[-1]}` makes it a quotation on GitHub"
                self._notes.lost(message, place, f"write `> [!{kind}]`, or a collapsible: `<details>`")
            return []
        message = f"GitHub shows no callout when text follows `[!{kind}]`; here the text is a title in bold"
        self._notes.lost(message, place, "write it as `> **title**`, with `>` alone on the line below it")
        spans = ParagraphBuilder()
        spans.open("b", "<b>")
        self._leaf((id(block), 0), block.line, spans).finish()
        return spans.pieces

    def _table(self, block: Block) -> list[StoredBlock]:
        self._note_table(block)
        headed = any(block.rows[0].cells)
        inner, self.in_table = self.in_table, True
        loose: list[StoredBlock] = []
        rows = []
        for number, row in enumerate(block.rows):
            if number == 0 and not headed and len(block.rows) > 1:
                continue
            tint = f' style="background-color: {HEADER_TINT};"' if number == 0 and headed else ""
            cells = []
            for index, alignment_of_column in enumerate(block.columns):
                align = "center" if alignment_of_column == "center" else None
                spans = self._leaf((id(row), index), row.line, ParagraphBuilder(align=align))
                spans.finish()
                loose.extend(spans.pieces)
                cells.append(stored_cell(tint, spans.pieces))
            if surplus := next(filter(None, row.surplus), None):
                place = self._notes.place(row.line, surplus)
                message = "this row has more cells than the table has columns, so the rest is dropped"
                self._notes.lost(message, place, "give the header as many cells, or write `\\|` for a pipe in one")
            rows.append(cells)
        self.in_table = inner
        return loose if inner else [stored_table(rows)]

    def _region(self, blocks: Sequence[Block]) -> list[StoredBlock]:
        around = {"li": self._items, "table": int(self.in_table)}
        region = read_region(blocks, self._notes, self._targets, self._vetting, around)
        return RegionWriter(region, blocks, self).write(self._align)

    def _footnotes(self) -> list[StoredBlock]:
        """Return the notes that the text refers to, and those that they refer to in turn, as a numbered list."""
        # The list of those referred to grows while it is walked.
        self._items += 1
        items = [self._pieces(note.children) for note in self._words.referred]
        self._items -= 1
        shown = {note.name for note in self._words.referred}
        for note in self._document.footnotes.values():
            place = self._notes.place(note.line, f"[^{note.name}]")
            if is_empty_footnote(note):
                message = "this footnote has no text, so it is dropped, and what refers to it"
                self._notes.lost(message, place, "write its text behind the colon, or remove it")
            elif note.name not in shown:
                message = "nothing refers to this footnote, so it is dropped"
                self._notes.lost(message, place, f"refer to it with `[^{note.name}]`, or remove it")
        if not items:
            return []
        # Cut in two by a table, a list would begin at 1 again.
        below = [part for parts in items for part in parts if part.tabular]
        inside = [[part for part in parts if not part.tabular] for parts in items]
        return [RULE, *stored_list("ol", inside), *below]

    # Findings about blocks

    def _note_attributes(self, found: Attributes, line: int, *, heading: bool = False) -> None:
        if found is NO_ATTRIBUTES:
            return
        dropped = [f".{name}" for name in found.classes if name not in ALIGNMENTS]
        dropped += [key for key, _ in found.others]
        if found.id and not heading:
            dropped.append(f"#{found.id}")
        if dropped:
            place = self._notes.place(line, "{")
            self._notes.lost(f"Intercom can't keep `{' '.join(dropped)}`, so it is dropped", place, "leave it out")

    def _note_foreign(self, block: Block) -> None:
        for number, line in enumerate(block.text.split("\n")):
            if line.startswith("[!") and (kind := _KIND.match(line)) and kind[1].lower() in CALLOUTS:
                message = f"a callout begins only with the first line of a quotation, so `{kind[0]}` stays text"
                place = self._notes.place(block.line + number, kind[0])
                self._notes.lost(message, place, f"write `> {kind[0]}`, with a blank line above that has no `>`")
            if line and line[0] in _FOREIGN_STARTS:
                for pattern, name, hint in _FOREIGN:
                    if pattern.match(line):
                        place = self._notes.place(block.line + number, line)
                        self._notes.lost(f"{name} are not known here, so this line stays as text", place, hint)
                        self._foreign_lines.add(place.line)
                        break

        if "|" in block.text:
            self._note_broken_table(block)

    def _note_broken_table(self, block: Block) -> None:
        """Note rows that are not a table, as on GitHub: without a delimiter row, or with one that does not fit."""
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

    def _note_task(self, item: Block) -> None:
        first = item.children[0] if item.children else None
        if first is not None and first.kind == "paragraph" and (box := _TASK.match(first.text)):
            place = self._notes.place(first.line, box[0])
            self._notes.lost("Intercom has no boxes to tick, so the brackets stay as text", place, "write `- item`")

    def _note_table(self, block: Block) -> None:
        if self.in_table:
            self._notes.table_in_table(self._notes.place(block.line))
        elif self._items:
            self._notes.table_in_list(self._notes.place(block.line))
        if "right" in block.columns:
            message = "Intercom can't align a column to the right, so it stays at the left"
            self._notes.lost(message, self._notes.place(block.line + 1), "write `---` for it")

    def _note_marks(self, content: str, place: Location) -> None:
        marks = [name for tag, name in _MARKS.items() if f"<{tag}>" in content]
        if marks:
            message = f"Intercom drops {' and '.join(marks)} in a heading; the text stays"
            self._notes.lost(message, place, "write it without marks")

    def _note_depth(self, rank: int, place: Location) -> None:
        message = f"this heading is of the {_ORDINALS[rank]} rank in this article; Intercom may show only four ranks"
        self._notes.add("deep-heading", message, place, "use fewer heading levels in this article")

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
        """Note the first block with `{{`."""
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


def _leaves(blocks: Iterable[Block]) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield all text that inline markup stands in, with a key that finds it again."""
    for block in blocks:
        if block.kind in {"paragraph", "heading"}:
            yield (id(block), 0), block.text
        elif block.kind == "table":
            for row in block.rows:
                for index, cell in enumerate(row.cells):
                    yield (id(row), index), cell
        else:
            if block.kind == "callout" and block.text:
                yield (id(block), 0), block.text
            yield from _leaves(block.children)


def _levels(blocks: Sequence[Block]) -> set[int]:
    """Return the levels of heading that are used."""
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
    """Return the text as Intercom stores it, with placeholders, and findings for all that it can't show.

    The body is always one that Intercom accepts (facts: what is sent), whatever the text.
    """
    source = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    cleaned = _CONTROL.sub("", source)
    notes = Findings(cleaned, context)
    _note_controls(source, notes, context)
    body = Writer(parse_blocks(cleaned), context, notes).body() if cleaned.strip() else Body("")
    return Rendered(
        body, tuple(sorted(notes.findings, key=lambda found: (found.location.line or 0, found.location.column or 0)))
    )


def _note_controls(source: str, notes: Findings, context: RenderContext) -> None:
    """Note the first control character of each line that has one."""
    for number, line in enumerate(source.split("\n"), context.first_line) if CONTROL.search(source) else ():
        if found := CONTROL.search(line):
            place = Location(context.path, number, found.start() + 1)
            notes.add("control-character", f"the text contains {in_words(found[0])}", place, "remove it")
