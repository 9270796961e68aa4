"""Blocks of raw HTML, with the Markdown between their tags: reads them into a tree and writes what is allowed.

Each tag's losses are reported, and links and pictures are resolved. Then the sanitiser and the HTML reader make a tree
of it. In both, addresses and Markdown blocks are represented by numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from helpsync.markdown.addresses import is_public_address, is_video_host
from helpsync.markdown.dialect import (
    BLOCK_TAGS,
    BUTTON,
    CALLOUT,
    EMBED_TAGS,
    HEADER_TINT,
    HTML_TAGS,
    INLINE_TAGS,
    LINK_ATTRIBUTES,
    MUTE_TAGS,
    VOID_TAGS,
    allowed_style,
)
from helpsync.markdown.html import storage
from helpsync.markdown.html.read import HEADINGS, attribute, piece_tree, read_html, tag_attributes
from helpsync.markdown.html.storage import ParagraphBuilder, StoredBlock
from helpsync.markdown.parse.inline import decode
from helpsync.markdown.parse.raw_html import raw_tokens, read_tag
from helpsync.markdown.to_html import allowlist
from helpsync.markdown.to_html.context import DOUBLE_BRACES
from helpsync.visible import is_visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helpsync.errors import Location
    from helpsync.markdown.html.read import Node, TextRun
    from helpsync.markdown.parse.document import Block
    from helpsync.markdown.parse.raw_html import Tag
    from helpsync.markdown.to_html.context import Findings, TargetResolver

MAX_DEPTH = 120
"""Containers of HTML deeper than this, those of Markdown around them counted, are unwrapped: recursion has an end."""

_MAX_OPEN = 200
_NUMBERED = "helpsync:"
"""What the addresses of a region's tree begin with; a number follows."""

_RENAMED = {"th": "td", "dt": "p", "dd": "p", "figcaption": "p", "legend": "p"}
_MARKDOWN = re.compile(r"\n[ \t]*(?:#{1,6} \S|[-*+] \S|\d+\. \S|> \S|```|[^\n]*(?:\*\*\S|\]\(\S))")
_INLINE = re.compile(r"\*\*[^\s*][^*]*\*\*|`[^`]+`|\[[^\[\]]+\]\([^()\s]+\)")
_START = re.compile(r"<\w+")
_TEXT_ONLY = frozenset({"p", *HEADINGS})
_LEAF_TAGS = frozenset({"p", "pre", "hr", "iframe", *HEADINGS})
_SHOWN = frozenset({"img", "hr", *EMBED_TAGS})
_NO_TITLE = frozenset({"ul", "ol", "table", "pre", "hr"})
_CLOSED = frozenset({"details", "summary", "center", "table", "ul", "ol"})
_OPENED = BLOCK_TAGS - VOID_TAGS - MUTE_TAGS - EMBED_TAGS
_TABLE_PARTS = frozenset({"thead", "tbody", "tfoot", "caption", "colgroup", "col"})
_CELL_ATTRIBUTES = ("style", "colspan", "rowspan")


class RegionContext(Protocol):
    """The document around a region: how deep in containers and lists it is, and whether it is in a table."""

    depth: int
    in_table: bool
    lists: int

    def blocks(self, blocks: Sequence[Block], align: str | None) -> list[StoredBlock]:
        """Return Markdown blocks in their stored form."""
        ...

    def title(self, block: Block, spans: ParagraphBuilder) -> bool:
        """Write a Markdown block into a title, and return whether it can be one."""
        ...

    def heading(self, level: int, spans: ParagraphBuilder, name: str | None, place: Location) -> list[StoredBlock]:
        """Return a heading, and what must follow it; `level` is as written, `name` its explicit slug."""
        ...


def write_region(
    blocks: Sequence[Block],
    around: RegionContext,
    findings: Findings,
    targets: TargetResolver,
    tags: allowlist.TagFindings,
    *,
    align: str | None,
) -> list[StoredBlock]:
    """Return the stored form of blocks of which some are raw HTML."""
    scan = _Scan(around, findings, targets, tags)
    for number, block in enumerate(blocks):
        if block.kind == "html":
            scan.html(block)
        else:
            scan.markdown(number, block)
    scan.end()
    pieces = read_html(allowlist.allowed_html("".join(scan.out)), anchor=lambda name: name or None, numbered=True)
    return _RegionWriter(scan, blocks, around).write(piece_tree(pieces), align)


@dataclass(slots=True)
class _OpenTag:
    """An open tag: the position of its start in the output, and the tag that it becomes."""

    name: str
    place: Location
    at: int
    written: str
    shown: bool
    callout: bool
    titled: bool = False
    summary: bool = False
    filled: bool = False


@dataclass(slots=True)
class _OpenList:
    """An open list: its parts so far, with an empty name for anything but a list, and its last item."""

    place: Location
    parts: list[str] = field(default_factory=list)
    item: Location | None = None


class _Scan:
    """Reads the tags of a region in order; `out` is the HTML for the sanitiser.

    In it, an address is the number of an entry in `addresses`: a link's target, a picture's whole tag, a frame's
    source. A Markdown block is an `hr` with its number. A heading's `id` is the number of its place in `places`, a
    colon, and the written id, if any.
    """

    def __init__(
        self, around: RegionContext, findings: Findings, targets: TargetResolver, tags: allowlist.TagFindings
    ) -> None:
        self.out: list[str] = []
        self.addresses: list[str] = []
        self.places: list[Location] = []
        self._around = around
        self._findings = findings
        self._targets = targets
        self._tags = tags
        self._open: list[_OpenTag] = []
        self._counts: dict[str, int] = {}
        self._lists: list[_OpenList] = []
        self._collapsibles: list[_OpenTag] = []
        self._mute: str | None = None

    def html(self, block: Block) -> None:
        """Read a part of raw HTML."""
        line = block.line
        self._mute = None
        for source, is_markup in raw_tokens(block.text):
            if is_markup:
                self._markup(source, line)
            elif self._mute is None:
                self._text(source, line)
            line += source.count("\n")

    def end(self) -> None:
        """Report tags that are never closed: they contain only what is directly below them."""
        for opened in self._open:
            self._note_missing(opened)
            self._note_open(opened)

    def markdown(self, number: int, block: Block) -> None:
        """Add a block of Markdown; a tag that can't contain blocks becomes a wrapper around it."""
        if self._counts.get("summary") and block.kind not in {"paragraph", "heading"}:
            self._findings.misplaced("block in title", self._findings.place(block.line))
        self._fill()
        self._fill_title()
        for opened in self._open:
            if opened.name in _TEXT_ONLY and opened.written != "div":
                if opened.name != "p":
                    message = f"<{opened.name}> can't hold Markdown, so it is a paragraph"
                    self._findings.lost(message, opened.place, "write `# Heading`, or HTML for what is in it")
                opened.written = "div"
                if opened.at < len(self.out):
                    self.out[opened.at] = _START.sub("<div", self.out[opened.at], count=1)
        self.out.append(f'<hr data-block="{number}">')

    def _text(self, source: str, line: int) -> None:
        if any(map(self._counts.get, ("summary", *HEADINGS))) and (found := _INLINE.search(source)):
            at = self._findings.place(line + source.count("\n", 0, found.start()), found[0])
            message = "Markdown in a title of HTML stays as it is written, here as on GitHub"
            self._findings.lost(message, at, "write tags there: <b>, <i>, <code> or <a href>")
        elif not self._counts.get("pre") and (found := _MARKDOWN.search(source)):
            at = self._findings.place(line + source.count("\n", 0, found.start() + 1))
            message = "Markdown right below a tag stays as it is written, here as on GitHub"
            self._findings.lost(message, at, "leave a blank line between the tag and the Markdown")
        if source.strip():
            if is_visible(decode(source)):
                self._fill()
            else:
                self._fill_item()
            self._fill_title()
            if (braces := DOUBLE_BRACES.search(source)) is not None:
                place = self._findings.place(line + source.count("\n", 0, braces.start()), "{{")
                self._findings.double_braces.append(place)
        self.out.append(source.replace("<", "&lt;"))

    def _markup(self, source: str, line: int) -> None:
        first = source.split("\n", 1)[0]
        tag = read_tag(source)
        if tag is None:
            self._tags.comment(source, self._findings.place(line, first))
        elif self._mute is not None:
            if tag.closing and tag.name == self._mute:
                self._mute = None
        elif tag.name not in HTML_TAGS:
            self._tags.foreign(source, self._findings.place(line, first))
            self._text(source, line)
        elif tag.closing:
            self._end(tag.name)
        else:
            self._start(tag, source, self._findings.place(line, first))

    # Starts

    def _start(self, tag: Tag, source: str, place: Location) -> None:
        name, at = tag.name, len(self.out)
        self._tags.block(tag, place)
        self._note_place(tag, place)
        self._note_in_title(tag, place)
        if name in MUTE_TAGS:
            self._mute = None if source.endswith("/>") else name
        elif name in EMBED_TAGS:
            self._embed(tag, source, place)
        elif name == "a":
            self._link(tag, place)
        elif name == "img":
            self._picture(tag, place)
        elif name in INLINE_TAGS:
            self.out.append("" if allowlist.is_unbold(tag) else f"<{INLINE_TAGS[name]}>")
        elif name in BLOCK_TAGS or name == "br":
            self._write(f"<{_written_as(name)}{self._block_attributes(tag, place)}>")
        if name in _OPENED and not source.endswith("/>"):
            classes = tag.attributes.get("class", "").split()
            is_div = name == "div"
            shown = name in _CLOSED or (
                is_div and (allowlist.is_stored_wrapper(tag) or allowlist.tag_alignment(tag) is not None)
            )
            opened = _OpenTag(name, place, at, _written_as(name), shown, is_div and CALLOUT in classes)
            self._open.append(opened)
            if name == "details":
                self._collapsibles.append(opened)
            self._counts[name] = self._counts.get(name, 0) + 1

    def _block_attributes(self, tag: Tag, place: Location) -> str:
        name = tag.name
        if name == "table":
            return _style(tag)
        align = "center" if name == "center" else allowlist.tag_alignment(tag)
        aligned = attribute("align", align) if align else ""
        if name in {"td", "th"}:
            tint = f"background-color: {HEADER_TINT};" if name == "th" else ""
            spans = (key for key in ("colspan", "rowspan") if tag.attributes.get(key, "").isdigit())
            return _style(tag, tint) + "".join(attribute(key, tag.attributes[key]) for key in spans) + aligned
        if name == "div" and allowlist.is_stored_wrapper(tag):
            return attribute("class", tag.attributes["class"]) + _style(tag)
        if name in HEADINGS:
            self.places.append(place)
            aligned += attribute("id", f"{len(self.places) - 1}:{tag.attributes.get('id', '')}")
        return aligned

    def _link(self, tag: Tag, place: Location) -> None:
        address = self._targets.link(tag.attributes["href"], place) if "href" in tag.attributes else None
        if address is not None:
            button = BUTTON in tag.attributes.get("class", "").split()
            self.out.append(f"<a{self._numbered('href', address)}{attribute('class', BUTTON) if button else ''}>")

    def _picture(self, tag: Tag, place: Location) -> None:
        source, alt = tag.attributes.get("src", ""), tag.attributes.get("alt", "")
        picture = self._targets.picture(source, alt, place, tag.attributes)
        if picture is None:
            return
        if any(self._counts.get(name) for name in HEADINGS):
            self._findings.misplaced("picture in heading", place)
        self.out.append(f"<img{self._numbered('src', picture)}>")

    def _embed(self, tag: Tag, source: str, place: Location) -> None:
        address = allowlist.embedded_address(tag)
        if is_video_host(address):
            self.out.append(f"<iframe{self._numbered('src', address)}></iframe>")
        elif is_public_address(address) and (target := self._targets.link(address, place)) is not None:
            text = address.replace("&", "&amp;").replace("<", "&lt;")
            self.out.append(f"<p><a{self._numbered('href', target)}>{text}</a></p>")
        self._mute = allowlist.muted_by(tag, source)

    def _numbered(self, name: str, address: str) -> str:
        self.addresses.append(address)
        return attribute(name, f"{_NUMBERED}{len(self.addresses) - 1}")

    def _write(self, markup: str) -> None:
        """Write a tag of a block; nobody nests deeper, and parsing takes the square of the depth."""
        if len(self._open) < _MAX_OPEN:
            self.out.append(markup)

    # Ends

    def _end(self, name: str) -> None:
        opened = self._close(name) if self._counts.get(name) else None
        if name in {"ul", "ol"} and self._lists:
            self._note_empty_item()
            ended = self._lists.pop()
            if not ended.parts:
                self._findings.lost("Intercom drops an empty list", ended.place, "write its items")
        name = opened.written if opened else INLINE_TAGS.get(name, _written_as(name))
        self._write(f"</{name}>")

    def _close(self, name: str) -> _OpenTag | None:
        while self._open:
            opened = self._open.pop()
            self._counts[opened.name] -= 1
            self._note_missing(opened)
            if opened.name == "details":
                self._collapsibles.pop()
            if opened.name == name:
                return opened
            self._note_open(opened)
        return None

    def _note_open(self, opened: _OpenTag) -> None:
        if opened.shown:
            message = f"<{opened.name}> is never closed, so it ends here"
            self._findings.lost(message, opened.place, f"write </{opened.name}> where it ends")

    def _note_missing(self, opened: _OpenTag) -> None:
        """Report a tag that ends without a title, or without content."""
        if opened.callout and not opened.filled:
            self._findings.misplaced("empty callout", opened.place)
        if opened.name == "details" and not opened.titled:
            message = "this collapsible has no title, so readers see only an arrow"
            self._findings.lost(message, opened.place, "begin it with <summary>Title</summary>")

    # What is empty, and what stands where it can't

    def _fill(self) -> None:
        """Mark all open tags as having content."""
        self._fill_item()
        for opened in reversed(self._open):
            if opened.filled:
                break
            opened.filled = True

    def _fill_item(self) -> None:
        """Mark the open item, if any, as having content."""
        if self._lists:
            self._lists[-1].parts.append("")

    def _fill_title(self) -> None:
        """Mark the open title, if any, as having content."""
        if self._counts.get("summary"):
            for opened in self._open:
                opened.titled = True

    def _note_empty_item(self) -> None:
        """Report the item that ends without content."""
        if self._lists and self._lists[-1].parts[-1:] == ["li"] and (place := self._lists[-1].item) is not None:
            self._findings.misplaced("empty item", place)

    def _note_place(self, tag: Tag, place: Location) -> None:
        """Report content in a place where Intercom refuses or drops it."""
        name, counts = tag.name, self._counts
        if name == "table" and (counts.get("table") or self._around.in_table):
            self._findings.misplaced("table in table", place)
        elif name == "table" and (counts.get("li") or self._around.lists):
            self._findings.misplaced("table in list", place)
        elif name in {"ul", "ol"}:
            if self._lists:
                self._lists[-1].parts.append(name)
            self._lists.append(_OpenList(place))
        elif name == "li" and self._lists:
            self._note_empty_item()
            self._lists[-1].parts.append(name)
            self._lists[-1].item = place
        elif name in _SHOWN:
            self._fill()
        elif counts.get("pre") and name in INLINE_TAGS and name != "code":
            self._findings.lost("Intercom has no formats in a code block, so they are dropped", place, "leave them out")

    def _note_in_title(self, tag: Tag, place: Location) -> None:
        """Report content that a title can't have, and a second title."""
        if tag.name in _NO_TITLE and self._counts.get("summary"):
            self._findings.misplaced("block in title", place)
        elif tag.name == "summary" and self._collapsibles:
            if self._collapsibles[-1].summary:
                message = "a collapsible has one title, so a second <summary> becomes text in it"
                self._findings.lost(message, place, "write a second collapsible: <details>")
            self._collapsibles[-1].summary = True


def _style(tag: Tag, tint: str = "") -> str:
    """Return the style attribute with the allowed properties; `tint` comes first unless the style has a background."""
    style, _ = allowed_style(tag.attributes.get("style", ""), table=tag.name != "div")
    if tint and "background-color" not in style:
        style = f"{tint} {style}".rstrip()
    return attribute("style", style) if style else ""


def _written_as(name: str) -> str:
    """Return the tag that a raw tag of a block becomes."""
    if name in allowlist.STORED_TAGS or name in _TABLE_PARTS or name in {"br", "hr"}:
        return "td" if name == "th" else name
    return _RENAMED.get(name, "div" if name in BLOCK_TAGS else name)


class _RegionWriter:
    """Writes the tree of one region; `blocks` are its parts, including the Markdown."""

    def __init__(self, scan: _Scan, blocks: Sequence[Block], around: RegionContext) -> None:
        self._addresses = scan.addresses
        self._places = scan.places
        self._blocks = blocks
        self._around = around

    def write(self, nodes: Sequence[Node], align: str | None) -> list[StoredBlock]:
        pieces: list[StoredBlock] = []
        self._around.depth += 1
        for node in nodes if self._around.depth < MAX_DEPTH else _leaf_nodes(nodes):
            writer = _WRITERS.get(node.tag)
            pieces.extend(writer(self, node, align) if writer else self.write(node.children, align))
        self._around.depth -= 1
        return pieces

    def paragraph(self, node: Node, align: str | None) -> list[StoredBlock]:
        spans = ParagraphBuilder(align=_alignment(node) or align)
        self._runs(node.runs, spans)
        spans.finish()
        return spans.pieces

    def heading(self, node: Node, align: str | None) -> list[StoredBlock]:
        spans = ParagraphBuilder(align=_alignment(node) or align, single=True)
        self._runs(node.runs, spans)
        place, _, name = node.attributes["id"].partition(":")
        return self._around.heading(HEADINGS[node.tag], spans, name or None, self._places[int(place)])

    def code(self, node: Node, _align: str | None) -> list[StoredBlock]:
        return [storage.code("".join(run.text for run in node.runs))]

    def rule(self, node: Node, align: str | None) -> list[StoredBlock]:
        number = node.attributes.get("data-block")
        return [storage.RULE] if number is None else self._around.blocks([self._blocks[int(number)]], align)

    def video(self, node: Node, _align: str | None) -> list[StoredBlock]:
        return [storage.video(self._address(node.attributes["src"]))]

    def items(self, node: Node, align: str | None) -> list[StoredBlock]:
        """Return the list; a list directly in it belongs to the item before, anything else becomes an item."""
        if all(child.tag != "li" for child in node.children):
            return self.write(node.children, align)
        items: list[list[StoredBlock]] = []
        for child in node.children:
            pieces = self.write(child.children if child.tag == "li" else [child], align)
            if child.tag in {"ul", "ol"} and items:
                items[-1].extend(pieces)
            elif pieces or child.tag == "li":
                items.append(pieces)
        return storage.list_blocks(node.tag, items)

    def division(self, node: Node, align: str | None) -> list[StoredBlock]:
        pieces = self.write(node.children, _alignment(node) or align)
        return [storage.callout(node.attributes.get("style", ""), pieces)] if CALLOUT in node.classes else pieces

    def details(self, node: Node, align: str | None) -> list[StoredBlock]:
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
        return [storage.collapsible(title.finish(), [*title.pieces, *self.write(inside, align)])]

    def table(self, node: Node, align: str | None) -> list[StoredBlock]:
        pieces: list[StoredBlock] = []
        rows: list[list[str]] = []
        inner, self._around.in_table = self._around.in_table, True
        for row in node.children:
            if row.tag != "tr":
                pieces.extend(self.write(row.children, align))
                continue
            cells = []
            for cell in row.children:
                content = self.write(cell.children, _alignment(cell))
                if inner:
                    pieces.extend(content)
                kept = (attribute(key, cell.attributes[key]) for key in _CELL_ATTRIBUTES if key in cell.attributes)
                cells.append(storage.cell("".join(kept), content))
            rows.append(cells)
        self._around.in_table = inner
        return pieces if inner or not any(rows) else [*pieces, storage.table(rows, node.attributes.get("style", ""))]

    def _runs(self, runs: Sequence[TextRun], spans: ParagraphBuilder) -> None:
        for link, linked in groupby(runs, key=_link):
            if link is None:
                self._formatted(linked, spans, None)
                continue
            attributes = tag_attributes(link[len("<a") : -1])
            address = self._address(attributes["href"])
            if "class" in attributes and not spans.single:
                label = ParagraphBuilder(single=True)
                self._formatted(linked, label, None)
                spans.block(storage.button(label.finish(), address, spans.align))
                for picture in label.pieces:
                    spans.block(picture)
                continue
            start = f"<a{attribute('href', address)}"
            spans.open("a", f"{start}{LINK_ATTRIBUTES}>")
            self._formatted(linked, spans, f'{start} target="_blank">')
            spans.close("a")

    def _formatted(self, runs: Iterator[TextRun], spans: ParagraphBuilder, link: str | None) -> None:
        opened: list[str] = []
        for run in runs:
            names = [name for name, _ in run.formats]
            wanted = [INLINE_TAGS[name] for name in names if name in {"strong", "em"}]
            while opened != wanted[: len(opened)]:
                spans.close(opened.pop())
            for name in wanted[len(opened) :]:
                spans.open(name, f"<{name}>")
                opened.append(name)
            if run.kind == "break":
                spans.hard_break()
            elif run.kind == "image":
                spans.image(self._address(run.source or ""), align=None, linked=link)
            elif "code" in names:
                spans.code(run.text)
            else:
                spans.text(run.text)
        while opened:
            spans.close(opened.pop())

    def _address(self, numbered: str) -> str:
        return self._addresses[int(numbered.removeprefix(_NUMBERED))]


_WRITERS = {
    **dict.fromkeys(HEADINGS, _RegionWriter.heading),
    "p": _RegionWriter.paragraph,
    "pre": _RegionWriter.code,
    "hr": _RegionWriter.rule,
    "iframe": _RegionWriter.video,
    "ul": _RegionWriter.items,
    "ol": _RegionWriter.items,
    "table": _RegionWriter.table,
    "details": _RegionWriter.details,
    "div": _RegionWriter.division,
}


def _leaf_nodes(nodes: Sequence[Node]) -> Iterator[Node]:
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if node.children:
            waiting.extend(reversed(node.children))
        elif node.tag in _LEAF_TAGS:
            yield node


def _link(run: TextRun) -> str | None:
    return run.formats[0][1] if run.formats and run.formats[0][0] == "a" else None


def _alignment(node: Node) -> str | None:
    return node.attributes.get("align") or node.alignment
