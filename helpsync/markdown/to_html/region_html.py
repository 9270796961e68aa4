"""Writes the tree of a region of raw HTML as Intercom stores it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from helpsync.markdown.dialect import ALIGN, ALIGNMENTS, CALLOUT, LINK_ATTRIBUTES
from helpsync.markdown.html import storage
from helpsync.markdown.html.placeholders import escape_attribute
from helpsync.markdown.html.read import HEADINGS
from helpsync.markdown.html.runs import attribute
from helpsync.markdown.html.tree import attributes_of
from helpsync.markdown.to_html.paragraphs import ParagraphBuilder
from helpsync.markdown.to_html.regions import NUMBERED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helpsync.errors import Location
    from helpsync.markdown.html.runs import Formats, Run
    from helpsync.markdown.html.storage import StoredBlock
    from helpsync.markdown.html.tree import Node
    from helpsync.markdown.parse.document import Block
    from helpsync.markdown.to_html.regions import Region

MAX_DEPTH = 120
"""Containers of HTML deeper than this, those of Markdown around them counted, are unwrapped: recursion has an end."""

_TAGS = {"strong": "b", "em": "i"}


class Surroundings(Protocol):
    """What the tree stands in: the document that is being written, `depth` containers deep."""

    depth: int
    in_table: bool

    def blocks(self, blocks: Sequence[Block], align: str | None) -> list[StoredBlock]:
        """Return Markdown blocks as they are stored."""
        ...

    def title(self, block: Block, spans: ParagraphBuilder) -> bool:
        """Write a Markdown block of text into a title, and tell whether it is one."""
        ...

    def heading(self, level: int, spans: ParagraphBuilder, name: str | None, place: Location) -> list[StoredBlock]:
        """Return a heading, and what can't stand in it; `level` is as it is written, `name` its explicit slug."""
        ...


class RegionWriter:
    """Writes one region; `blocks` are the parts that it was made from, the Markdown among them."""

    def __init__(self, region: Region, blocks: Sequence[Block], around: Surroundings) -> None:
        self._nodes = region.nodes
        self._addresses = region.addresses
        self._places = region.places
        self._blocks = blocks
        self._around = around

    def write(self, align: str | None) -> list[StoredBlock]:
        """Return the region."""
        return self._all(self._nodes, align)

    def _all(self, nodes: Sequence[Node], align: str | None) -> list[StoredBlock]:
        pieces: list[StoredBlock] = []
        self._around.depth += 1
        for node in nodes if self._around.depth < MAX_DEPTH else _leaves(nodes):
            pieces.extend(self._one(node, align))
        self._around.depth -= 1
        return pieces

    def _one(self, node: Node, align: str | None) -> list[StoredBlock]:  # noqa: PLR0911 - one dispatch over the kinds of node
        tag = node.tag
        if tag == "p":
            return self._paragraph(node.runs, _alignment(node) or align)
        if tag in HEADINGS:
            spans = ParagraphBuilder(align=_alignment(node) or align, single=True)
            self._runs(node.runs, spans)
            place, _, name = node.attributes["id"].partition(":")
            return self._around.heading(HEADINGS[tag], spans, name or None, self._places[int(place)])
        if tag == "pre":
            text = "".join(run.text for run in node.runs)
            return [storage.code(text)]
        if tag == "hr":
            number = node.attributes.get("data-block")
            return [storage.RULE] if number is None else self._around.blocks([self._blocks[int(number)]], align)
        if tag == "iframe":
            return [storage.video(self._address(node.attributes["src"]))]
        if tag in {"ul", "ol"}:
            return self._list(node, align)
        if tag == "table":
            return self._table(node, align)
        if tag == "details":
            return self._details(node, align)
        if tag == "div":
            return self._division(node, _alignment(node) or align)
        return self._all(node.children, align)

    def _list(self, node: Node, align: str | None) -> list[StoredBlock]:
        """Return the list; a list right in it belongs to the item before, anything else is an item of its own."""
        if all(child.tag != "li" for child in node.children):
            return self._all(node.children, align)
        items: list[list[StoredBlock]] = []
        for child in node.children:
            pieces = self._all(child.children if child.tag == "li" else [child], align)
            if child.tag in {"ul", "ol"} and items:
                items[-1].extend(pieces)
            elif pieces or child.tag == "li":
                items.append(pieces)
        return storage.list_of(node.tag, items)

    def _paragraph(self, runs: Sequence[Run], align: str | None) -> list[StoredBlock]:
        spans = ParagraphBuilder(align=align)
        self._runs(runs, spans)
        spans.finish()
        return spans.pieces

    def _division(self, node: Node, align: str | None) -> list[StoredBlock]:
        pieces = self._all(node.children, align)
        return [storage.callout(node.attributes.get("style", ""), pieces)] if CALLOUT in node.classes else pieces

    def _details(self, node: Node, align: str | None) -> list[StoredBlock]:
        title = ParagraphBuilder(single=True)
        inside: list[Node] = []
        titled = False
        for child in node.children:
            if child.tag != "summary" or titled:
                inside.append(child)
                continue
            titled = True
            for part in child.children:
                number = part.attributes.get("data-block")
                if part.tag == "p":
                    self._runs(part.runs, title)
                    title.text(" ")
                elif number is None or not self._around.title(self._blocks[int(number)], title):
                    inside.append(part)
        return [storage.collapsible(title.finish(), [*title.pieces, *self._all(inside, align)])]

    def _table(self, node: Node, align: str | None) -> list[StoredBlock]:
        pieces: list[StoredBlock] = []
        rows: list[list[str]] = []
        inner, self._around.in_table = self._around.in_table, True
        for row in node.children:
            if row.tag != "tr":
                pieces.extend(self._all(row.children, align))
                continue
            cells = []
            for cell in row.children:
                content = self._all(cell.children, _alignment(cell))
                if inner:
                    pieces.extend(content)
                kept = "".join(attribute(key, cell.attributes[key]) for key in _CELL if key in cell.attributes)
                cells.append(storage.cell(kept, content))
            rows.append(cells)
        self._around.in_table = inner
        return pieces if inner or not any(rows) else [*pieces, storage.table(rows, node.attributes.get("style", ""))]

    def _runs(self, runs: Sequence[Run], spans: ParagraphBuilder) -> None:
        for link, linked in groupby(runs, key=_link):
            if link is None:
                self._formatted(linked, spans, None)
                continue
            attributes = attributes_of(link[len("<a") : -1])
            address = self._address(attributes["href"])
            if "class" in attributes and not spans.single:
                label = ParagraphBuilder(single=True)
                self._formatted(linked, label, None)
                spans.block(storage.button(label.finish(), address, spans.align))
                for picture in label.pieces:
                    spans.block(picture)
                continue
            start = f'<a href="{escape_attribute(address)}"'
            spans.open("a", f"{start}{LINK_ATTRIBUTES}>")
            self._formatted(linked, spans, f'{start} target="_blank">')
            spans.close("a")

    def _formatted(self, runs: Iterator[Run], spans: ParagraphBuilder, link: str | None) -> None:
        opened: list[str] = []
        for run in runs:
            wanted = [_TAGS[name] for name in _names(run.formats) if name in _TAGS]
            while opened != wanted[: len(opened)]:
                spans.close(opened.pop())
            for name in wanted[len(opened) :]:
                spans.open(name, f"<{name}>")
                opened.append(name)
            if run.kind == "break":
                spans.hard_break()
            elif run.kind == "image":
                spans.image(self._address(run.source or ""), align=None, linked=link)
            elif "code" in _names(run.formats):
                spans.code(run.text)
            else:
                spans.text(run.text)
        while opened:
            spans.close(opened.pop())

    def _address(self, numbered: str) -> str:
        return self._addresses[int(numbered.removeprefix(NUMBERED))]


_LEAVES = frozenset({"p", "pre", "hr", "iframe", *HEADINGS})
_CELL = ("style", "colspan", "rowspan")


def _leaves(nodes: Sequence[Node]) -> Iterator[Node]:
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if node.children:
            waiting.extend(reversed(node.children))
        elif node.tag in _LEAVES:
            yield node


def _names(formats: Formats) -> list[str]:
    return [name for name, _ in formats]


def _link(run: Run) -> str | None:
    return run.formats[0][1] if run.formats and run.formats[0][0] == "a" else None


def _alignment(node: Node) -> str | None:
    value = node.attributes.get("align", "")
    if not value:
        value = next((name for name in node.classes if name.startswith(ALIGN)), "").removeprefix(ALIGN)
    return value if value in ALIGNMENTS else None
