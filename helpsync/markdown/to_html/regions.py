"""Blocks of raw HTML, with the Markdown between their tags, as a tree of what may pass.

Tag by tag, what is lost is noted with its line and where links and pictures lead is settled; then the sanitiser and the
reader of HTML make a tree of it. Addresses go through both as numbers, and so do the Markdown blocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown import addresses, videos
from helpsync.markdown.dialect import (
    BLOCK_TAGS,
    BUTTON,
    CALLOUT,
    EMBED_TAGS,
    HEADER_TINT,
    HTML_TAGS,
    INLINE_TAGS,
    MUTE_TAGS,
    VOID_TAGS,
)
from helpsync.markdown.html import styles
from helpsync.markdown.html.read import HEADINGS, read_html
from helpsync.markdown.html.runs import attribute
from helpsync.markdown.html.tree import tree
from helpsync.markdown.parse import raw_html
from helpsync.markdown.parse.inline import decode
from helpsync.markdown.to_html import allowlist
from helpsync.markdown.to_html.findings import DOUBLE_BRACES
from helpsync.visible import is_visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from helpsync.errors import Location
    from helpsync.markdown.html.tree import Node
    from helpsync.markdown.parse.document import Block
    from helpsync.markdown.parse.raw_html import Tag
    from helpsync.markdown.to_html.findings import Findings
    from helpsync.markdown.to_html.targets import TargetResolver

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
    vetting: allowlist.TagFindings,
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
    pieces = read_html(allowlist.clean("".join(scan.out)), anchor=_as_it_is, numbered=True)
    return Region(tree(pieces), scan.addresses, scan.places)


def _as_it_is(name: str) -> str | None:
    return name or None


class _Scan:
    def __init__(
        self, notes: Findings, targets: TargetResolver, vetting: allowlist.TagFindings, around: Mapping[str, int]
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
        for source, is_markup in raw_html.tokens(block.text):
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
        tag = raw_html.read_tag(source)
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
            self.out.append("" if allowlist.is_plain(tag) else f"<{INLINE_TAGS[name]}>")
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
        align = allowlist.alignment_of(tag)
        if name == "center":
            align = "center"
        aligned = attribute("align", align) if align else ""
        if name == "table":
            style, _ = styles.passed(tag.attributes.get("style", ""), table=True)
            return f"<table{attribute('style', style) if style else ''}>"
        if name in {"td", "th"}:
            return f"<td{self._cell(tag)}{aligned}>"
        if name == "div" and allowlist.is_own(tag):
            style, _ = styles.passed(tag.attributes.get("style", ""), table=False)
            kept = attribute("class", tag.attributes["class"]) + (attribute("style", style) if style else "")
            return f"<div{kept}>"
        if name in HEADINGS:
            self.places.append(place)
            aligned += attribute("id", f"{len(self.places) - 1}:{tag.attributes.get('id', '')}")
        return f"<{_written_as(name)}{aligned}>"

    def _cell(self, tag: Tag) -> str:
        style, _ = styles.passed(tag.attributes.get("style", ""), table=True)
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
            shown = allowlist.is_own(tag) or allowlist.alignment_of(tag) is not None
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
        address = allowlist.embedded(tag)
        if videos.is_video_host(address):
            self.out.append(f"<iframe{attribute('src', self._number(address))}></iframe>")
        elif addresses.is_public_address(address) and (target := self._targets.link(address, place)) is not None:
            text = address.replace("&", "&amp;").replace("<", "&lt;")
            self.out.append(f"<p><a{attribute('href', self._number(target))}>{text}</a></p>")
        self._mute = allowlist.muted_by(tag, source)

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
    if name in allowlist.CONTAINERS or name in _TABLE_PARTS or name in {"br", "hr"}:
        return "td" if name == "th" else name
    return _RENAMED.get(name, "div" if name in BLOCK_TAGS else name)
