"""The canonical form of a body: what a reader sees, without what Intercom adds or changes by itself.

Dropped (design: Rendering): heading ids, link targets, `no-margin` and `intercom-content-link`, sizes and signatures of
pictures, U+200B, blank paragraphs and headings, white space between blocks. `b` is `strong`, `i` is `em`, `th` is `td`,
headings count from the shallowest. Everything else that a reader could see is kept.
"""

from __future__ import annotations

import html as entities
import re
from typing import TYPE_CHECKING, NamedTuple

from selectolax.lexbor import LexborHTMLParser

from helpsync.markup.runs import Formats, Runs, attribute, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from selectolax.lexbor import LexborNode

_FORMATS = {"b": "strong", "i": "em", "strike": "s", "del": "s", "ins": "u", "tt": "code"} | {
    name: name
    for name in (
        *("strong", "em", "u", "s", "code", "sub", "sup", "small", "mark", "big", "kbd", "samp", "var"),
        *("span", "font", "bdo", "abbr", "cite", "q", "dfn"),
    )
}
_BARE_FORMATS = frozenset({"span", "font", "bdo"})  # only their attributes show
_CONTAINERS = frozenset({"div", "ul", "ol", "li", "table", "caption", "tr", "td"})
_CONTAINERS |= {"details", "summary", "blockquote"}
_PARENTS = {"li": {"ul", "ol"}, "caption": {"table"}, "tr": {"table"}, "td": {"tr"}}
_EMBEDS = frozenset({"iframe", "video", "audio", "embed", "object", "source"})
_MUTE = frozenset({"script", "style", "template", "title", "head", "meta", "link", "base", "noscript"})
_MUTE |= {"input", "textarea", "select"}  # Intercom removes them (facts: what is sent)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_KEPT = frozenset(
    {"style", "dir", "start", "type", "colspan", "rowspan", "align", "valign", "bgcolor", "color", "width", "open"}
    | {"reversed", "value", "hidden"}
)
_IGNORED_CLASSES = frozenset({"no-margin", "intercom-content-link"})
MAX_FORMATS = 40
"""Formats nested deeper than this are not told apart: nobody sees forty at once, and time stays linear."""


def _nothing(value: str) -> str | None:  # noqa: ARG001 - the shape of a resolver
    return None


class _Block(NamedTuple):
    """A piece of the form: `kind` is "open", "close" or "leaf"; `level` is that of a heading whose tag is to come."""

    kind: str
    html: str
    level: int = 0


def canonical(
    html: str,
    *,
    own_link: Callable[[str], str | None] = _nothing,
    image: Callable[[str], str | None] = _nothing,
) -> str:
    """Return the canonical form; two bodies are equal to a reader when their canonical forms are.

    `own_link` names the own article that an address leads to, `image` the key of a stored picture; an address for which
    they give None stays, a picture's without its query. Safe and linear on any input.
    """
    return "".join(_tagged(_Reader(own_link, image).read(html), loose=False))


def levelless(
    html: str,
    *,
    own_link: Callable[[str], str | None] = _nothing,
    image: Callable[[str], str | None] = _nothing,
) -> str:
    """Return the canonical form with headings without level, which Intercom may change (facts: what is sent)."""
    return "".join(_tagged(_Reader(own_link, image).read(html), loose=True))


def loose(html: str) -> str:
    """Return the canonical form with links unwrapped, pictures without address and headings without level.

    So an article whose links and pictures could not be known when it was made is recognised all the same.
    """
    return "".join(_tagged(_Reader(_nothing, _nothing, loose=True).read(html), loose=True))


def blocks(
    html: str,
    *,
    own_link: Callable[[str], str | None] = _nothing,
    image: Callable[[str], str | None] = _nothing,
) -> list[str]:
    """Return the canonical form with one block, or one line of code, on a line; the names are those of `canonical`."""
    lines: list[str] = []
    current = ""
    pieces = _Reader(own_link, image).read(html)
    for piece, tagged in zip(pieces, _tagged(pieces, loose=False), strict=True):
        if piece.kind == "close" and not current and lines:
            lines[-1] += tagged
        elif piece.kind == "close":
            lines.append(current + tagged)
            current = ""
        else:
            current += tagged
            if piece.kind == "leaf":
                lines.extend(current.split("\n"))
                current = ""
    if current:
        lines.append(current)
    return lines


def _tagged(pieces: list[_Block], *, loose: bool) -> list[str]:
    levels = [piece.level for piece in pieces if piece.level]
    top = min(levels, default=1) - 1
    written = []
    for piece in pieces:
        if piece.level:
            name = "h" if loose else f"h{piece.level - top}"
            written.append(f"<{name}{piece.html}</{name}>")
        else:
            written.append(piece.html)
    return written


class _Reader:
    def __init__(
        self,
        own_link: Callable[[str], str | None],
        image: Callable[[str], str | None],
        *,
        loose: bool = False,
    ) -> None:
        self._own_link = own_link
        self._image_key = image
        self._loose = loose
        self._pieces: list[_Block] = []
        self._runs = Runs()
        self._formats: Formats = ()
        self._stack: list[tuple[str, Formats]] = []
        self._leaf = ""
        self._leaf_start = ""
        self._open: list[str] = []

    def read(self, html: str) -> list[_Block]:
        if html.count("<") > _MANY_TAGS:
            html = _shallow(html)
        parser = LexborHTMLParser(html.encode("utf-8", "replace"))
        body = parser.body
        node = body.child if body is not None else None
        while node is not None:
            if node.is_text_node:
                self._runs.text(node.text_content or "", self._formats)
            elif self._enter(node):
                if (child := node.child) is not None:
                    node = child
                    continue
                self._leave()
            node = self._after(node)
        self._flush()
        return self._pieces

    def _after(self, node: LexborNode) -> LexborNode | None:
        """Return the node that follows, leaving all elements that end before it."""
        while (following := node.next) is None:
            parent = node.parent
            if parent is None or not self._stack:
                return None
            self._leave()
            node = parent
        return following

    def _enter(self, node: LexborNode) -> bool:  # noqa: C901, PLR0911 - one dispatch over the kinds of element
        """Begin an element, and tell whether its content is to be read."""
        tag = node.tag or ""
        if tag in _MUTE or not node.is_element_node:
            return False
        before = self._formats
        if tag in _FORMATS:
            self._add_format(_FORMATS[tag], node)
            self._stack.append(("", before))
            return True
        if tag == "a":
            self._add_link(node)
            self._stack.append(("", before))
            return True
        if tag == "br":
            self._runs.line_break(self._formats)
            return False
        if tag == "img":
            self._runs.atom(self._image(node), self._formats)
            return False
        if self._leaf:
            # A block within a heading, a paragraph or code: only its text counts.
            self._runs.text("\n" if self._leaf == "pre" else " ", self._formats)
            self._stack.append(("", before))
            return True
        if tag == "hr":
            self._flush()
            self._pieces.append(_Block("leaf", "<hr>"))
            return False
        if tag in _EMBEDS:
            self._flush()
            address = (node.attributes.get("src") or node.attributes.get("data") or "").replace("\u200b", "")
            self._pieces.append(_Block("leaf", f"<{tag}{attribute('src', address)}></{tag}>"))
            return tag in {"video", "audio", "object"} and self._transparent(before)
        if tag in _HEADINGS or tag in {"p", "pre"}:
            self._flush()
            self._leaf = tag
            self._leaf_start = self._attributes(node) + ">"
            self._runs = Runs(verbatim=tag == "pre")
            if tag == "pre":
                # All of it is code already, also where a broken body opened the code around it.
                self._formats = tuple(entry for entry in before if entry[0] != "code")
            self._stack.append((tag, before))
            return True
        tag = "td" if tag == "th" else tag
        if tag in _CONTAINERS and not self._is_transparent(tag, start := self._attributes(node)):
            self._flush()
            self._pieces.append(_Block("open", f"<{tag}{start}>"))
            self._open.append(tag)
            self._stack.append((tag, before))
            return True
        self._flush()
        return self._transparent(before)

    def _transparent(self, before: Formats) -> bool:
        self._stack.append(("flush", before))
        return True

    def _is_transparent(self, tag: str, start: str) -> bool:
        if tag == "div":
            return not start
        parents = _PARENTS.get(tag)
        return parents is not None and (not self._open or self._open[-1] not in parents)

    def _leave(self) -> None:
        tag, formats = self._stack.pop()
        if tag == "":
            self._formats = formats
            return
        self._flush()
        self._formats = formats
        if tag in _CONTAINERS:
            self._pieces.append(_Block("close", f"</{tag}>"))
            self._open.pop()

    def _flush(self) -> None:
        """End the leaf that is open, or the loose text that stands for a paragraph."""
        leaf, start = self._leaf or "p", self._leaf_start if self._leaf else ">"
        runs, self._runs = self._runs, Runs()
        self._leaf = self._leaf_start = ""
        content = runs.html()
        if leaf == "pre":
            self._pieces.append(_Block("leaf", f"<pre{start}<code>{content}</code></pre>"))
        elif not content:
            return
        elif leaf == "p":
            self._pieces.append(_Block("leaf", f"<p{start}{content}</p>"))
        else:
            self._pieces.append(_Block("leaf", start + content, _HEADINGS[leaf]))

    def _add_format(self, name: str, node: LexborNode) -> None:
        if name == "code" and self._leaf == "pre":
            return
        start = self._attributes(node) if name in _BARE_FORMATS else ""
        if name in _BARE_FORMATS and not start:
            return
        entry = (name, f"<{name}{start}>")
        if entry not in self._formats and len(self._formats) < MAX_FORMATS:
            self._formats = tuple(sorted((*self._formats, entry)))

    def _add_link(self, node: LexborNode) -> None:
        attributes = node.attributes
        href = attributes.get("href")
        if href is None or self._loose:
            return
        href = href.replace("\u200b", "").strip()
        named = self._own_link(href)
        start = attribute("href", href if named is None else named) + _classes(attributes.get("class"))
        others = [entry for entry in self._formats if entry[0] != "a"]
        self._formats = (("a", f"<a{start}>"), *others)

    def _image(self, node: LexborNode) -> str:
        source = (node.attributes.get("src") or "").replace("\u200b", "").strip()
        alt = " ".join((node.attributes.get("alt") or "").replace("\u200b", "").split())
        described = attribute("alt", alt) if alt else ""
        if self._loose:
            return f"<img{described}>"
        key = self._image_key(source)
        return f"<img{attribute('src', source.partition('?')[0] if key is None else key)}{described}>"

    def _attributes(self, node: LexborNode) -> str:
        attributes = node.attributes
        if not attributes:
            return ""
        start = _classes(attributes.get("class"))
        for key in sorted(_KEPT & attributes.keys()):
            value = attributes[key] or ""
            if key == "style":
                value = _style(value)
                if not value:
                    continue
            start += attribute(key, " ".join(value.replace("\u200b", "").split()))
        return start


_MANY_TAGS = 20_000
_MAX_NESTING = 512
# Elements whose end may be left out are none here: many of them in a row are not nested.
_NESTING = re.compile(
    r"<(/?)(?!(?:p|li|dt|dd|tr|td|th|tbody|thead|tfoot|caption|option|optgroup|rt|rp|br|hr|img|wbr|col|input|source|embed"
    r"|meta|link|base|area|track|param)\b)[a-zA-Z][^<>]*+>"
)


def _shallow(html: str) -> str:
    """Return the HTML without tags that lie deeper than browsers nest them; parsing takes the square of the depth."""
    depth = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal depth
        if match[1]:
            depth = max(0, depth - 1)
            return match[0] if depth < _MAX_NESTING else ""
        depth += 1
        return match[0] if depth <= _MAX_NESTING else ""

    return _NESTING.sub(kept, html)


def _classes(value: str | None) -> str:
    names = sorted(set((value or "").replace("\u200b", "").split()) - _IGNORED_CLASSES)
    return attribute("class", " ".join(names)) if names else ""


def _style(value: str) -> str:
    """Return declarations in one spelling and order; the later of two for one property wins."""
    declarations: dict[str, str] = {}
    for declaration in value.replace("\u200b", "").split(";"):
        name, colon, setting = declaration.partition(":")
        if colon and name.strip() and setting.strip():
            declarations[name.strip().lower()] = " ".join(setting.lower().split())
    return " ".join(f"{name}: {declarations[name]};" for name in sorted(declarations))


# A textual pass that must never make two bodies alike that a reader could tell apart. It works on HTML of the plain
# kind that Intercom stores; anything else is returned as it is.
_PLAIN = re.compile(
    r"(?:[^<]++|</?(?!(?:script|style|textarea|title|xmp|noembed|noframes|noscript|plaintext|template|select|svg|math)\b)"
    r"[a-z][a-z0-9-]*+(?:\s++[a-z-]++(?:=\"[^\"<>]*+\")?+)*+\s*+/?>)*+",
)
_FRAME = re.compile(r"<iframe\b[^>]*>(?!</iframe>)")
_SPLIT = re.compile("&[#\\w]*\u200b|<pre[^>]*>\u200b|<code[^>]*>\u200b")
_IMAGE = re.compile(r"<img\s[^>]*>")
_SIZE = re.compile(r"\s++(?:width|height|style)(?:=\"[^\"]*\")?(?=[\s/>])")
_QUERY = re.compile(r"(\ssrc=\"[^\"?]*)\?[^\"]*")


def scrub(html: str) -> str:
    """Return the text without what moves on its own: queries and sizes of pictures, U+200B.

    Cheap: nothing is parsed. Equal scrubs mean equal canonical forms, so most bodies need no parsing.
    """
    if not _PLAIN.fullmatch(html) or _SPLIT.search(html) or _FRAME.search(html):
        return html
    html = html.replace("\u200b", "")
    return _IMAGE.sub(lambda match: _QUERY.sub(r"\1", _SIZE.sub("", match[0])), html)


_HEADING = re.compile(r"<(/?)h([1-6])\b([^>]*)>", re.IGNORECASE)
_ID = re.compile(r"\bid=\"([^\"]*)\"")
_TAG = re.compile(r"<[^>]*>")


def headings(html: str) -> tuple[tuple[str | None, str, int], ...]:
    """Return id, text and level of each heading of a stored body, in their order; blank ones are left out."""
    found = []
    opened: re.Match[str] | None = None
    for match in _HEADING.finditer(html):
        if not match[1]:
            opened = match
            continue
        if opened is not None:
            text = text_of(entities.unescape(_TAG.sub("", html[opened.end() : match.start()])))
            if text:
                name = _ID.search(opened[3])
                found.append((entities.unescape(name[1]) if name else None, text, int(opened[2])))
        opened = None
    return tuple(found)
