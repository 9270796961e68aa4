"""Walks the inline markup of one leaf: keeps the line, resolves links and pictures, and says what is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.markup import attributes, links, rawhtml
from helpsync.markup.context import Broken, Own
from helpsync.markup.dialect import BLOCK_TAGS, EXACT_TAGS, INLINE_TAGS, LINK_ATTRIBUTES, MUTE_TAGS
from helpsync.markup.fill import escape, placeholder
from helpsync.markup.inline import DefinedHref, decode, unescape
from helpsync.markup.spans import Piece, Spans
from helpsync.model import Link

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from helpsync.errors import Location
    from helpsync.markup.attributes import Attributes
    from helpsync.markup.context import RenderContext
    from helpsync.markup.notes import Notes
    from helpsync.markup.rawhtml import Tag

_FORMATS = {"strong": "b", "em": "i"}
_QUIET_ATTRIBUTES = frozenset({"target", "rel"})
_KEPT_ATTRIBUTES = {"a": frozenset({"href", "target", "rel"}), "img": frozenset({"src", "alt", "width", "height"})}


class Collected:
    """What the leaves of one body lead to, in the order of the text."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.images: list[str] = []
        self.dropped: set[str] = set()


class LeafWriter:
    """Writes one leaf into `spans`; `line` is the line that it has come to."""

    def __init__(
        self, spans: Spans, line: int, context: RenderContext, notes: Notes, collected: Collected, *, raw: bool = False
    ) -> None:
        self.spans = spans
        self.line = line
        self._context = context
        self._notes = notes
        self._collected = collected
        self._raw = raw
        self._mute: str | None = None
        self._link: str | None = None
        self._link_depth = 0

    def write(self, element: Element) -> None:
        """Write what is in the element; the element itself is the leaf."""
        if element.get("deep"):
            self._notes.lost("the markup of this text is nested too deep to be read, so it stays text", self._here())
        self._text(element.text)
        self._children(element)

    def _children(self, element: Element) -> None:
        for child in element:
            tail = child.tail or ""
            found = attributes.NONE
            if tail.startswith("{") and child.tag != "raw":
                tail, found = attributes.leading(tail)
            self._child(child, found)
            self._text(tail)

    def _child(self, child: Element, found: Attributes) -> None:
        tag = child.tag
        if tag == "raw":
            self._raw_tag(child.get("source") or "")
            return
        if tag == "br":
            self.spans.hard_break()
            self.line += 1
            return
        self._attributes(tag, found)
        if self._mute:
            self._count("".join(child.itertext()))
        elif tag == "code":
            self.spans.code(unescape(child.text or ""))
            self._count(child.text)
        elif tag == "img":
            alt = decode(unescape(child.get("alt") or ""))
            line = self.line + alt.count("\n")
            self._image(child.get("src") or "", alt, line, child.get("title"), centred="center" in found.classes)
            self._count_breaks(child)
        elif tag == "a":
            self._anchor(child, found)
        elif tag == "del":
            self._notes.lost("Intercom has no struck-through text, so it stays as plain text", self._here("~~"))
            self._inside(child)
        else:
            name = _FORMATS[tag]
            self.spans.open(name, f"<{name}>")
            self._inside(child)
            self.spans.close(name)

    def _inside(self, child: Element) -> None:
        self._text(child.text)
        self._children(child)

    def _text(self, text: str | None) -> None:
        if not text:
            return
        self._count(text)
        if not self._mute:
            self.spans.text(text if self._raw else unescape(text))

    def _count(self, text: str | None) -> None:
        if text and "\n" in text:
            self.line += text.count("\n")

    def _count_breaks(self, child: Element) -> None:
        self.line += int(child.get("breaks") or 0)

    def _here(self, needle: str = "", *, before: str = "") -> Location:
        return self._notes.place(self.line, needle, before=before)

    # Links

    def _anchor(self, child: Element, found: Attributes) -> None:
        href = child.get("href") or ""
        if isinstance(href, DefinedHref):
            place = self._notes.place(href.line, href, again=True)
        else:
            inside = "".join(child.itertext()).count("\n")
            place = self._notes.place(self.line + inside, unescape(href), before="](")
        if child.get("title"):
            self._notes.lost("Intercom's links have no title, so it is dropped", place)
        if "button" in found.classes:
            self._notes.lost("a button is sent as a plain link", place)
        opened = self._open_link(decode(unescape(href)), place)
        self._inside(child)
        if opened:
            self._close_link()
        self._count_breaks(child)

    def _open_link(self, href: str, place: Location) -> bool:
        if self._link is not None:
            self._notes.lost("a link in a link is dropped, its text stays", place)
            return False
        href = links.clean(href)
        if (scheme := links.unsafe_scheme(href)) is not None:
            self._notes.lost(f"a link must not lead to `{scheme}:`; its text stays", place, _SCHEME_HINT)
            return False
        target = self._context.resolve_link(href)
        if isinstance(target, Broken):
            self._notes.add(target.code, target.message, place, target.hint)
            return False
        if isinstance(target, Own):
            self._collected.links.append(Link(target.target, place))
            address = placeholder(target.target)
        else:
            address = links.clean(target.href).replace(" ", "%20")
        self._link = f'<a href="{escape(address)}"'
        self.spans.open("a", f"{self._link}{LINK_ATTRIBUTES}>")
        return True

    def _close_link(self) -> None:
        self._link = None
        self.spans.close("a")

    # Pictures

    def _image(self, source: str, alt: str, line: int, title: str | None, *, centred: bool) -> None:
        if isinstance(source, DefinedHref):
            place = self._notes.place(source.line, source, again=True)
        else:
            place = self._notes.place(line, unescape(source), before="](")
        if title:
            self._notes.lost("Intercom's pictures have no title, so it is dropped", place)
        target = self._context.resolve_image(links.clean(decode(unescape(source))))
        if isinstance(target, Broken):
            self._notes.add(target.code, target.message, place, target.hint)
            return
        key = target.key
        if key.startswith("sha256:"):
            address = f"helpsync:{key}"
        elif links.is_public(key):
            address = key
        else:
            self._notes.lost("Intercom can only fetch a picture with a public address, so it is left out", place)
            return
        self._collected.images.append(key)
        description = f' alt="{escape(" ".join(alt.split()))}"' if alt.strip() else ""
        linked = f'{self._link} target="_blank">' if self._link else None
        if self.spans.single:
            self._notes.lost("a picture can't stand in a heading, so it is put below it", place)
        self.spans.image(f'<img src="{escape(address)}"{description}>', centred=centred, linked=linked)

    # Attribute lists and raw tags

    def _attributes(self, tag: str, found: Attributes) -> None:
        known = {"button", "center"} if tag in {"a", "img"} else set()
        dropped = [f".{name}" for name in found.classes if name not in known]
        dropped += [key for key, _ in found.others if key not in _QUIET_ATTRIBUTES]
        dropped += ["#" + found.id] if found.id else []
        if tag == "a" and "center" in found.classes:
            dropped.append(".center")
        if dropped:
            self._notes.lost(f"Intercom can't keep `{' '.join(dropped)}`, so it is dropped", self._here("{"))

    def _raw_tag(self, source: str) -> None:
        source = unescape(source)
        tag = rawhtml.read_tag(source)
        if tag is None:
            if source.startswith("<!--") and not source.endswith("-->"):
                place = self._here(source.split("\n", 1)[0])
                self._notes.lost("this comment has no end, so the text after it is dropped", place, "close it with -->")
        elif self._mute:
            if tag.closing and tag.name == self._mute:
                self._mute = None
        elif tag.closing:
            self._raw_end(tag.name)
        else:
            self._raw_start(tag, source)
        self._count(source)

    def _raw_end(self, name: str) -> None:
        if name == "a":
            if self._link is not None:
                self._close_link()
        elif name in INLINE_TAGS:
            self.spans.close(INLINE_TAGS[name])
        elif name in BLOCK_TAGS:
            self.spans.paragraph_end()

    def _raw_start(self, tag: Tag, source: str) -> None:  # noqa: C901, PLR0912 - one dispatch over the kinds of tag
        name = tag.name
        place = self._here(source.split("\n", 1)[0])
        kept = _KEPT_ATTRIBUTES.get(name, frozenset())
        if name in EXACT_TAGS and (dropped := [key for key in tag.attributes if key not in kept]):
            self._notes.lost(f"Intercom can't keep `{' '.join(dropped)}` of <{name}>, so it is dropped", place)
        if name == "br":
            self.spans.hard_break()
        elif name == "hr":
            self.spans.block(Piece("rule", "<hr>"))
        elif name == "img":
            self._image(tag.attributes.get("src", ""), tag.attributes.get("alt", ""), self.line, None, centred=False)
        elif name == "a":
            if "href" in tag.attributes:
                self._open_link(tag.attributes["href"], place)
        elif name in INLINE_TAGS:
            if name not in EXACT_TAGS:
                self._notes.lost(f"Intercom has no <{name}>, so it is shown as code", place)
            self.spans.open(INLINE_TAGS[name], f"<{INLINE_TAGS[name]}>")
        elif name == "iframe":
            self._frame(tag, place)
        elif name in MUTE_TAGS:
            self._notes.lost(f"<{name}> is dropped with what is in it", place)
            if not source.endswith("/>"):
                self._mute = name
        else:
            self._note_dropped(tag, place)
            if name in BLOCK_TAGS:
                self.spans.paragraph_end()

    def _note_dropped(self, tag: Tag, place: Location) -> None:
        name = tag.name
        if name == "p":
            if tag.attributes:
                self._notes.lost(f"Intercom can't keep `{' '.join(tag.attributes)}` of <p>, so it is dropped", place)
        elif not _WITHIN.get(name, frozenset()) & self._collected.dropped:
            # Of a table or list, one finding tells it all.
            self._notes.lost(f"<{name}> is dropped, its text stays", place, _HINTS.get(name))
            self._collected.dropped.add(name)

    def _frame(self, tag: Tag, place: Location) -> None:
        self._notes.lost("<iframe> is dropped, a link to what it shows stays", place)
        address = tag.attributes.get("src", "")
        if links.is_public(address) and self._open_link(address, place):
            self.spans.text(address)
            self._close_link()
        self._mute = "iframe"


_WITHIN = {
    **dict.fromkeys(("caption", "thead", "tbody", "tfoot", "tr", "td", "th", "colgroup", "col"), frozenset({"table"})),
    "li": frozenset({"ul", "ol"}),
    "summary": frozenset({"details"}),
    **dict.fromkeys(("dt", "dd"), frozenset({"dl"})),
}
_SCHEME_HINT = "write an address that begins with https://, http://, mailto: or tel:"
_HINTS = {
    "h1": "write `# Heading`",
    "h2": "write `## Heading`",
    "h3": "write `### Heading`",
    "table": "write a table with pipes",
    "ul": "write `- item`",
    "ol": "write `1. item`",
    "pre": "write a fenced code block",
    "blockquote": "write a callout: `> [!NOTE]`",
}
