"""Blocks of raw HTML, with the Markdown between their tags: read into a tree of what may pass, and written as stored.

Tag by tag, a finding with its line notes what is lost, and links and pictures are resolved; then the sanitiser and the
reader of HTML make a tree of it. Addresses go through both as numbers, and so do the Markdown blocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, Protocol

from helpsync.markdown.addresses import is_public_address, is_video_host
from helpsync.markdown.dialect import (
    ALIGN,
    ALIGNMENTS,
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
from helpsync.markdown.html.read import HEADINGS, attribute, piece_tree, read_html, tag_attributes
from helpsync.markdown.html.storage import (
    RULE,
    ParagraphBuilder,
    escape_attribute,
    stored_button,
    stored_callout,
    stored_cell,
    stored_code,
    stored_collapsible,
    stored_list,
    stored_table,
    stored_video,
)
from helpsync.markdown.parse.inline import decode
from helpsync.markdown.parse.raw_html import raw_tokens, read_tag
from helpsync.markdown.to_html.allowlist import (
    STORED_TAGS,
    TagFindings,
    allowed_html,
    embedded_address,
    is_stored_wrapper,
    is_unbold,
    muted_by,
    tag_alignment,
)
from helpsync.markdown.to_html.context import DOUBLE_BRACES
from helpsync.visible import is_visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from helpsync.errors import Location
    from helpsync.markdown.html.read import Formats, Node, Run
    from helpsync.markdown.html.storage import StoredBlock
    from helpsync.markdown.parse.document import Block
    from helpsync.markdown.parse.raw_html import Tag
    from helpsync.markdown.to_html.context import Findings, TargetResolver


NUMBERED = "helpsync:"
"""What the addresses of a region's tree begin with; a number follows."""

_RENAMED = {"th": "td", "dt": "p", "dd": "p", "figcaption": "p", "legend": "p"}
_MARKDOWN = re.compile(r"\n[ \t]*(?:#{1,6} \S|[-*+] \S|\d+\. \S|> \S|```|[^\n]*(?:\*\*\S|\]\(\S))")
_INLINE = re.compile(r"\*\*[^\s*][^*]*\*\*|`[^`]+`|\[[^\[\]]+\]\([^()\s]+\)")
_LEAVES = frozenset({"p", *HEADINGS})
_START = re.compile(r"<\w+")


class Region(NamedTuple):
    """The tree of a region; `addresses` by number: where a link leads, a picture's whole tag, a frame's source.

    An `id` of a heading is the number of its place in `places`, a colon, and the id that was written, if any.
    """

    nodes: list[Node]
    addresses: list[str]
    places: list[Location]


@dataclass(slots=True)
class _Opened:
    """A tag that is open: where its start is in what is written, and what it is written as by now."""

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
    """A list that is open: what stood in it so far, an empty name for what is no list, and its last item."""

    place: Location
    parts: list[str] = field(default_factory=list)
    item: Location | None = None


def read_region(
    blocks: Sequence[Block],
    notes: Findings,
    targets: TargetResolver,
    vetting: TagFindings,
    around: Mapping[str, int],
) -> Region:
    """Return the tree of blocks of which some are raw HTML; a Markdown block is an `hr` with its number.

    `around` counts the items (`li`) and tables that the region stands in.
    """
    scan = _Scan(notes, targets, vetting, around)
    for number, block in enumerate(blocks):
        if block.kind == "html":
            scan.html(block)
        else:
            scan.markdown(number, block)
    scan.end()
    pieces = read_html(allowed_html("".join(scan.out)), anchor=_as_it_is, numbered=True)
    return Region(piece_tree(pieces), scan.addresses, scan.places)


def _as_it_is(name: str) -> str | None:
    return name or None


class _Scan:
    def __init__(
        self, notes: Findings, targets: TargetResolver, vetting: TagFindings, around: Mapping[str, int]
    ) -> None:
        self.out: list[str] = []
        self.addresses: list[str] = []
        self.places: list[Location] = []
        self._notes = notes
        self._targets = targets
        self._vetting = vetting
        self._open: list[_Opened] = []
        self._counts: dict[str, int] = {}
        self._around = around
        self._lists: list[_OpenList] = []
        self._collapsibles: list[_Opened] = []
        self._mute: str | None = None

    def html(self, block: Block) -> None:
        """Take a part of raw HTML in."""
        line = block.line
        self._mute = None
        for source, is_markup in raw_tokens(block.text):
            if is_markup:
                self._markup(source, line)
            elif self._mute is None:
                self._text(source, line)
            line += source.count("\n")

    def end(self) -> None:
        """Note what is never closed: it holds only what stands right below it."""
        for opened in self._open:
            self._note_missing(opened)
            if opened.shown:
                self._note_open(opened)

    def markdown(self, number: int, block: Block) -> None:
        """Take a block of Markdown in; what can't hold blocks becomes a wrapper around it."""
        if self._counts.get("summary") and block.kind not in {"paragraph", "heading"}:
            self._notes.block_in_title(self._notes.place(block.line))
        self._fill()
        self._title()
        for opened in self._open:
            if opened.name in _LEAVES and opened.written != "div":
                if opened.name != "p":
                    message = f"<{opened.name}> can't hold Markdown, so it is a paragraph"
                    self._notes.lost(message, opened.place, "write `# Heading`, or the tags that stand for it")
                opened.written = "div"
                if opened.at < len(self.out):
                    self.out[opened.at] = _START.sub("<div", self.out[opened.at], count=1)
        self.out.append(f'<hr data-block="{number}">')

    def _text(self, source: str, line: int) -> None:
        if any(map(self._counts.get, ("summary", *HEADINGS))) and (found := _INLINE.search(source)):
            at = self._notes.place(line + source.count("\n", 0, found.start()), found[0])
            message = "Markdown in a title of HTML stays as it is written, here as on GitHub"
            self._notes.lost(message, at, "write tags there: <b>, <i>, <code> or <a href>")
        elif not self._counts.get("pre") and (found := _MARKDOWN.search(source)):
            at = self._notes.place(line + source.count("\n", 0, found.start() + 1))
            message = "Markdown right below a tag stays as it is written, here as on GitHub"
            self._notes.lost(message, at, "leave a blank line between the tag and the Markdown")
        if source.strip():
            if is_visible(decode(source)):
                self._fill()
            else:
                self._fill_item()
            self._title()
            self._note_braces(source, line)
        self.out.append(source.replace("<", "&lt;"))

    def _fill(self) -> None:
        """Note that something is shown in all that is open."""
        self._fill_item()
        for opened in reversed(self._open):
            if opened.filled:
                break
            opened.filled = True

    def _fill_item(self) -> None:
        """Note that something stands in the item that is open, if one is."""
        if self._lists:
            self._lists[-1].parts.append("")

    def _note_empty_item(self) -> None:
        """Note the item that ends when nothing stands in it."""
        if self._lists and self._lists[-1].parts[-1:] == ["li"] and (place := self._lists[-1].item) is not None:
            self._notes.empty_item(place)

    def _note_braces(self, source: str, line: int) -> None:
        if (braces := DOUBLE_BRACES.search(source)) is not None:
            place = self._notes.place(line + source.count("\n", 0, braces.start()), "{{")
            self._notes.double_braces.append(place)

    def _markup(self, source: str, line: int) -> None:
        first = source.split("\n", 1)[0]
        tag = read_tag(source)
        if tag is None:
            self._vetting.comment(source, self._notes.place(line, first))
        elif self._mute is not None:
            if tag.closing and tag.name == self._mute:
                self._mute = None
        elif tag.name not in HTML_TAGS:
            self._vetting.foreign(source, self._notes.place(line, first))
            self._text(source, line)
        elif tag.closing:
            self._end(tag.name)
        else:
            self._start(tag, source, self._notes.place(line, first))

    def _end(self, name: str) -> None:
        opened = self._close(name) if self._counts.get(name) else None
        if name in {"ul", "ol"} and self._lists:
            self._note_empty_item()
            ended = self._lists.pop()
            if not ended.parts:
                self._notes.lost("Intercom drops an empty list", ended.place, "write its items")
        name = opened.written if opened else INLINE_TAGS.get(name, _written_as(name))
        self._write(f"</{name}>")

    def _write(self, markup: str) -> None:
        """Write a tag of a block; nobody nests deeper, and parsing takes the square of the depth."""
        if len(self._open) < _MAX_DEPTH:
            self.out.append(markup)

    def _close(self, name: str) -> _Opened | None:
        while self._open:
            opened = self._open.pop()
            self._counts[opened.name] -= 1
            self._note_missing(opened)
            if opened.name == "details":
                self._collapsibles.pop()
            if opened.name == name:
                return opened
            if opened.shown:
                self._note_open(opened)
        return None

    def _title(self) -> None:
        """Note that there is something in the title that is open, if one is."""
        if self._counts.get("summary"):
            for opened in self._open:
                opened.titled = True

    def _note_open(self, opened: _Opened) -> None:
        message = f"<{opened.name}> is never closed, so it ends here"
        self._notes.lost(message, opened.place, f"write </{opened.name}> where it ends")

    def _note_missing(self, opened: _Opened) -> None:
        """Note what a tag that ends lacks: a title, or anything to show."""
        if opened.callout and not opened.filled:
            self._notes.empty_callout(opened.place)
        if opened.name == "details" and not opened.titled:
            message = "this collapsible has no title, so readers see only an arrow"
            self._notes.lost(message, opened.place, "begin it with <summary>Title</summary>")

    def _start(self, tag: Tag, source: str, place: Location) -> None:
        name, at = tag.name, len(self.out)
        self._vetting.block(tag, place)
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
            self.out.append("" if is_unbold(tag) else f"<{INLINE_TAGS[name]}>")
        elif name in BLOCK_TAGS or name == "br":
            self._write(self._block(tag, place))
        if name in BLOCK_TAGS - VOID_TAGS - MUTE_TAGS - EMBED_TAGS and not source.endswith("/>"):
            self._begin(tag, place, at)

    def _note_place(self, tag: Tag, place: Location) -> None:
        """Note what stands where Intercom refuses or drops it."""
        name, counts = tag.name, self._counts
        if name == "table" and (counts.get("table") or self._around["table"]):
            self._notes.table_in_table(place)
        elif name == "table" and (counts.get("li") or self._around["li"]):
            self._notes.table_in_list(place)
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
            self._notes.lost("Intercom has no formats in a code block, so they are dropped", place, "leave them out")

    def _note_in_title(self, tag: Tag, place: Location) -> None:
        """Note what a title can't hold, and a second title."""
        if tag.name in _NO_TITLE and self._counts.get("summary"):
            self._notes.block_in_title(place)
        elif tag.name == "summary" and self._collapsibles:
            if self._collapsibles[-1].summary:
                message = "a collapsible has one title, so a second <summary> becomes text in it"
                self._notes.lost(message, place, "write a second collapsible: <details>")
            self._collapsibles[-1].summary = True

    def _block(self, tag: Tag, place: Location) -> str:
        name = tag.name
        align = tag_alignment(tag)
        if name == "center":
            align = "center"
        aligned = attribute("align", align) if align else ""
        if name == "table":
            style, _ = allowed_style(tag.attributes.get("style", ""), table=True)
            return f"<table{attribute('style', style) if style else ''}>"
        if name in {"td", "th"}:
            return f"<td{self._cell(tag)}{aligned}>"
        if name == "div" and is_stored_wrapper(tag):
            style, _ = allowed_style(tag.attributes.get("style", ""), table=False)
            kept = attribute("class", tag.attributes["class"]) + (attribute("style", style) if style else "")
            return f"<div{kept}>"
        if name in HEADINGS:
            self.places.append(place)
            aligned += attribute("id", f"{len(self.places) - 1}:{tag.attributes.get('id', '')}")
        return f"<{_written_as(name)}{aligned}>"

    def _cell(self, tag: Tag) -> str:
        style, _ = allowed_style(tag.attributes.get("style", ""), table=True)
        if tag.name == "th" and "background-color" not in style:
            style = f"background-color: {HEADER_TINT}; {style}".rstrip()
        kept = attribute("style", style) if style else ""
        for key in ("colspan", "rowspan"):
            if tag.attributes.get(key, "").isdigit():
                kept += attribute(key, tag.attributes[key])
        return kept

    def _link(self, tag: Tag, place: Location) -> None:
        if "href" not in tag.attributes:
            return
        address = self._targets.link(tag.attributes["href"], place)
        if address is not None:
            classes = tag.attributes.get("class", "").split()
            button = attribute("class", BUTTON) if BUTTON in classes else ""
            self.out.append(f"<a{attribute('href', self._number(address))}{button}>")

    def _begin(self, tag: Tag, place: Location, at: int) -> None:
        shown = tag.name in _CLOSED
        callout = tag.name == "div" and CALLOUT in tag.attributes.get("class", "").split()
        if tag.name == "div":
            shown = is_stored_wrapper(tag) or tag_alignment(tag) is not None
        self._open.append(_Opened(tag.name, place, at, _written_as(tag.name), shown, callout))
        if tag.name == "details":
            self._collapsibles.append(self._open[-1])
        self._counts[tag.name] = self._counts.get(tag.name, 0) + 1

    def _picture(self, tag: Tag, place: Location) -> None:
        source, alt = tag.attributes.get("src", ""), tag.attributes.get("alt", "")
        picture = self._targets.picture(source, alt, place, tag.attributes)
        if picture is None:
            return
        if any(self._counts.get(name) for name in HEADINGS):
            self._notes.picture_in_heading(place)
        self.out.append(f"<img{attribute('src', self._number(picture))}>")

    def _embed(self, tag: Tag, source: str, place: Location) -> None:
        address = embedded_address(tag)
        if is_video_host(address):
            self.out.append(f"<iframe{attribute('src', self._number(address))}></iframe>")
        elif is_public_address(address) and (target := self._targets.link(address, place)) is not None:
            text = address.replace("&", "&amp;").replace("<", "&lt;")
            self.out.append(f"<p><a{attribute('href', self._number(target))}>{text}</a></p>")
        self._mute = muted_by(tag, source)

    def _number(self, address: str) -> str:
        self.addresses.append(address)
        return f"{NUMBERED}{len(self.addresses) - 1}"


_MAX_DEPTH = 200
_SHOWN = frozenset({"img", "hr", *EMBED_TAGS})
_NO_TITLE = frozenset({"ul", "ol", "table", "pre", "hr"})
_CLOSED = frozenset({"details", "summary", "center", "table", "ul", "ol"})
_TABLE_PARTS = frozenset({"thead", "tbody", "tfoot", "caption", "colgroup", "col"})


def _written_as(name: str) -> str:
    """Return the tag that a raw tag of a block becomes."""
    if name in STORED_TAGS or name in _TABLE_PARTS or name in {"br", "hr"}:
        return "td" if name == "th" else name
    return _RENAMED.get(name, "div" if name in BLOCK_TAGS else name)


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
        for node in nodes if self._around.depth < MAX_DEPTH else _leaf_nodes(nodes):
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
            return [stored_code(text)]
        if tag == "hr":
            number = node.attributes.get("data-block")
            return [RULE] if number is None else self._around.blocks([self._blocks[int(number)]], align)
        if tag == "iframe":
            return [stored_video(self._address(node.attributes["src"]))]
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
        return stored_list(node.tag, items)

    def _paragraph(self, runs: Sequence[Run], align: str | None) -> list[StoredBlock]:
        spans = ParagraphBuilder(align=align)
        self._runs(runs, spans)
        spans.finish()
        return spans.pieces

    def _division(self, node: Node, align: str | None) -> list[StoredBlock]:
        pieces = self._all(node.children, align)
        return [stored_callout(node.attributes.get("style", ""), pieces)] if CALLOUT in node.classes else pieces

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
        return [stored_collapsible(title.finish(), [*title.pieces, *self._all(inside, align)])]

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
                cells.append(stored_cell(kept, content))
            rows.append(cells)
        self._around.in_table = inner
        return pieces if inner or not any(rows) else [*pieces, stored_table(rows, node.attributes.get("style", ""))]

    def _runs(self, runs: Sequence[Run], spans: ParagraphBuilder) -> None:
        for link, linked in groupby(runs, key=_link):
            if link is None:
                self._formatted(linked, spans, None)
                continue
            attributes = tag_attributes(link[len("<a") : -1])
            address = self._address(attributes["href"])
            if "class" in attributes and not spans.single:
                label = ParagraphBuilder(single=True)
                self._formatted(linked, label, None)
                spans.block(stored_button(label.finish(), address, spans.align))
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


_LEAF_TAGS = frozenset({"p", "pre", "hr", "iframe", *HEADINGS})
_CELL = ("style", "colspan", "rowspan")


def _leaf_nodes(nodes: Sequence[Node]) -> Iterator[Node]:
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if node.children:
            waiting.extend(reversed(node.children))
        elif node.tag in _LEAF_TAGS:
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
