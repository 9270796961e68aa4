"""Reads HTML of any kind into pieces with only what readers see; nothing else in this package parses HTML.

Dropped: heading ids, link targets, `no-margin` and `intercom-content-link`, sizes and signatures of pictures, U+200B,
blank paragraphs and headings, empty wrappers, white space between blocks. `b` becomes `strong`, `i` becomes `em`, `th`
becomes `td`. Everything else stays that readers could see in what Intercom stores; colours of bold text and the like,
which it does not store, are ignored.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from selectolax.lexbor import LexborHTMLParser

from helpsync.markdown.addresses import encode_address
from helpsync.markdown.dialect import ALIGN, ALIGNMENTS, is_restyled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from selectolax.lexbor import LexborNode


Formats: TypeAlias = tuple[tuple[str, str], ...]
"""The formats that text stands in: name and start tag of each, in one order; a link comes first."""

# Intercom stores `{{` as `#{{`. Behind another brace, the `#` is a writer's own.
_MARKED_BRACES = re.compile(r"(?<![#{])#(?=\{\{)")
_UNSEEN_ON_SPACE = frozenset({"strong", "em", "sub", "sup", "small", "big", "abbr", "cite", "q", "dfn", "var", "font"})
_SPACE = re.compile(r"[ \t\n\r\f]+")


class TextRun(NamedTuple):
    """Text in one format, a hard break, or a picture (`text` is its description, `source` its address or key)."""

    kind: Literal["text", "break", "image"]
    text: str
    formats: Formats = ()
    source: str | None = None


BREAK = TextRun("break", "")


def escape_attribute(value: str) -> str:
    """Return the value escaped for an attribute of a body."""
    return html.escape(value, quote=False).replace('"', "&quot;")


def attribute(name: str, value: str) -> str:
    """Return the attribute as it is written in a tag, with a space before it."""
    return f' {name}="{escape_attribute(value)}"'


def collapsed_text(text: str) -> str:
    """Return the text without U+200B and with single spaces."""
    return " ".join(text.replace("\u200b", "").split())


def runs_html(runs: Iterable[TextRun]) -> str:
    """Return the runs as HTML, each format opened and closed around its content."""
    parts: list[str] = []
    open_formats: Formats = ()
    for run in runs:
        if run.formats != open_formats:
            parts.extend(f"</{name}>" for name, _ in reversed(open_formats))
            parts.extend(tag for _, tag in run.formats)
            open_formats = run.formats
        if run.kind == "text":
            parts.append(html.escape(run.text, quote=False))
        elif run.kind == "break":
            parts.append("<br>")
        else:
            address = "" if run.source is None else attribute("src", run.source)
            parts.append(f"<img{address}{attribute('alt', run.text) if run.text else ''}>")
    parts.extend(f"</{name}>" for name, _ in reversed(open_formats))
    return "".join(parts)


_MARKS = frozenset({"strong", "em", "code"})


def without_marks(runs: Iterable[TextRun]) -> list[TextRun]:
    """Return the runs of a heading without the marks that Intercom drops there."""
    return _merged(
        [run._replace(formats=tuple(entry for entry in run.formats if entry[0] not in _MARKS)) for run in runs]
    )


class RunCollector:
    """Collects the inline content of one block; with `verbatim` (code) white space stays as it is."""

    def __init__(self, *, verbatim: bool = False) -> None:
        self._verbatim = verbatim
        self.runs: list[TextRun] = []

    def text(self, text: str, formats: Formats) -> None:
        """Add text."""
        if "\u200b" in text:
            text = text.replace("\u200b", "")
        if text:
            self.runs.append(TextRun("text", text, formats))

    def line_break(self, formats: Formats) -> None:
        """Add a hard break."""
        self.runs.append(TextRun("text", "\n", formats) if self._verbatim else BREAK)

    def image(self, source: str | None, alt: str, formats: Formats) -> None:
        """Add a picture; the only format that shows on it is a link."""
        self.runs.append(TextRun("image", alt, tuple(entry for entry in formats if entry[0] == "a"), source))

    def read(self) -> list[TextRun]:
        """Return the runs: neighbours differ in format, white space is single, with none at the edges."""
        return _merged(self.runs if self._verbatim else self._collapsed())

    def _collapsed(self) -> list[TextRun]:
        kept: list[TextRun] = []
        # The formats of white space that is to come, None where there is none.
        space: Formats | None = None
        for run in self.runs:
            if run.kind == "break":
                # Without text before it, a break is a blank line, and blank lines don't count.
                if kept:
                    kept.append(run)
                space = None
                continue
            words = _SPACE.sub(" ", run.text)
            if run.kind == "text" and words[0] == " ":
                space = run.formats if space is None and kept and kept[-1] is not BREAK else space
                words = words[1:]
                if not words:
                    continue
            if space is not None:
                kept.append(TextRun("text", " ", _common(kept[-1].formats, run.formats, space)))
            kept.append(run if run.kind == "image" else TextRun("text", words.rstrip(" "), run.formats))
            space = run.formats if run.kind == "text" and words[-1] == " " else None
        while kept and kept[-1] is BREAK:
            kept.pop()
        return kept


def _common(before: Formats, after: Formats, own: Formats) -> Formats:
    """Return the formats of white space: those around it that would not show on it, and those that it has too.

    As in Markdown, code doesn't start or end with a space, so a space between two code formats is in neither.
    """
    if before == after == own:
        return own
    return tuple(
        entry
        for entry in before
        if entry in after
        and (entry[0] in _UNSEEN_ON_SPACE or (entry in own and (entry[0] != "code" or before == after)))
    )


def _merged(runs: Sequence[TextRun]) -> list[TextRun]:
    """Return the runs with equal neighbours joined, and `{{` without the sign that Intercom adds before it."""
    merged: list[TextRun] = []
    for is_text, group in groupby(runs, key=lambda run: run.kind == "text" and run.formats):
        if is_text is False:
            merged.extend(group)
            continue
        first, *others = group
        text = "".join([first.text, *(run.text for run in others)])
        merged.append(first._replace(text=_MARKED_BRACES.sub("", text)) if others or "#{{" in text else first)
    return merged


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
_SHOWN_BY_PARTS = frozenset({"ul", "ol", "li", "table", "tr"})
_TABLE_PARTS = frozenset({"table", "tr", "td", "th"})
_PARENTS = {"li": {"ul", "ol"}, "caption": {"table"}, "tr": {"table"}, "td": {"tr"}}
_EMBEDS = frozenset({"iframe", "video", "audio", "embed", "object", "source"})
_MUTE = frozenset({"script", "style", "template", "title", "head", "meta", "link", "base", "noscript"})
_MUTE |= {"input", "textarea", "select"}  # Intercom removes them
HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LEAVES = frozenset({*HEADINGS, "p", "pre"})
_KEPT = frozenset(
    {"style", "dir", "start", "type", "colspan", "rowspan", "align", "valign", "bgcolor", "color", "width", "open"}
    | {"reversed", "value", "hidden"}
)
_WITHIN = "within"  # a block in a leaf: its text stands apart
_FLUSH = "flush"  # a block that is not kept itself
_IGNORED_CLASSES = frozenset({"no-margin", "intercom-content-link"})
MAX_FORMATS = 40
"""Formats nested deeper than this are ignored: nobody sees forty at once, and time stays linear."""


def unresolved(_value: str) -> str | None:
    """Return None: the value has no other name."""
    return None


class Piece(NamedTuple):
    """The start or end of a container, or a leaf: its tag, its attributes as written, its content."""

    kind: Literal["open", "close", "leaf"]
    tag: str
    attributes: str = ""
    runs: tuple[TextRun, ...] = ()


def read_html(
    html: str,
    *,
    own_link: Callable[[str], str | None] = unresolved,
    image: Callable[[str], str | None] = unresolved,
    anchor: Callable[[str], str | None] = unresolved,
    bare: bool = False,
    numbered: bool = False,
) -> list[Piece]:
    """Return the pieces in order, with containers well nested; safe and linear on any input.

    `own_link` names the own article that an address leads to, `image` the key of a stored picture; an address stays
    where they return None, a picture's without its query. A heading has an id only where `anchor` returns another one.
    With `bare`, links are unwrapped and pictures have no address; with `numbered`, rules keep `data-block`.
    """
    return _Reader(own_link, image, anchor, bare=bare, numbered=numbered).read(html)


class _Reader:
    def __init__(
        self,
        own_link: Callable[[str], str | None],
        image: Callable[[str], str | None],
        anchor: Callable[[str], str | None],
        *,
        bare: bool,
        numbered: bool,
    ) -> None:
        self._own_link = own_link
        self._image_key = image
        self._anchor = anchor
        self._bare = bare
        self._numbered = numbered
        self._pieces: list[Piece] = []
        self._runs = RunCollector()
        self._formats: Formats = ()
        self._stack: list[tuple[str, Formats]] = []
        self._leaf = ""
        self._leaf_attributes = ""
        self._open: list[str] = []

    def read(self, html: str) -> list[Piece]:
        if html.count("<") > _MAX_NESTING:
            html = _shallow(html)
        if _LONG_TAG.search(html):
            html = _CROWDED_TAG.sub(r"\1", html)
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
        """Return the next node, leaving all elements that end before it."""
        while (following := node.next) is None:
            parent = node.parent
            if parent is None or not self._stack:
                return None
            self._leave()
            node = parent
        return following

    def _enter(self, node: LexborNode) -> bool:
        """Start an element, and return whether to read its content."""
        tag = node.tag or ""
        if tag in _MUTE or not node.is_element_node:
            return False
        if (handler := _WITHIN_TEXT.get(tag)) is not None:
            return handler(self, tag, node)
        if self._leaf:
            # A block within a heading, a paragraph or code: only its text counts.
            self._space()
            self._stack.append((_WITHIN, self._formats))
            return True
        self._flush()
        if tag in _LEAVES:
            self._begin_leaf(tag, node)
            return True
        tag = "td" if tag == "th" else tag
        if tag in _CONTAINERS and not self._is_transparent(tag, start := self._attributes(node)):
            self._pieces.append(Piece("open", tag, start))
            self._open.append(tag)
            self._stack.append((tag, self._formats))
        else:
            self._stack.append((_FLUSH, self._formats))
        return True

    def _begin_leaf(self, tag: str, node: LexborNode) -> None:
        before = self._formats
        # A summary shows its text in one way, whatever stands around it.
        titled = bool(self._open) and self._open[-1] == "summary" and tag != "pre"
        self._leaf = "p" if titled else tag
        self._leaf_attributes = "" if titled else self._attributes(node)
        if self._leaf in HEADINGS and (named := self._anchor(node.attributes.get("id") or "")) is not None:
            self._leaf_attributes += attribute("id", named)
        self._runs = RunCollector(verbatim=tag == "pre")
        if tag == "pre":
            # All of it is code already, also where a broken body opened the code around it.
            self._formats = tuple(entry for entry in before if entry[0] != "code")
        self._stack.append((tag, before))

    def interrupt(self, tag: str, node: LexborNode) -> bool:
        """Add a leaf without text; the leaf around it continues after it."""
        leaf, attributes = self._leaf, self._leaf_attributes
        if leaf != "pre" or self._runs.runs:
            self._flush()
        if tag == "hr":
            number = node.attributes.get("data-block") if self._numbered else None
            self._pieces.append(Piece("leaf", tag, "" if number is None else attribute("data-block", number)))
        else:
            address = (node.attributes.get("src") or node.attributes.get("data") or "").replace("\u200b", "")
            self._pieces.append(Piece("leaf", tag, attribute("src", address)))
        self._leaf, self._leaf_attributes = leaf, attributes
        self._runs = RunCollector(verbatim=leaf == "pre")
        if tag not in {"video", "audio", "object"}:
            return False
        self._stack.append((_WITHIN, self._formats))
        return True

    def _space(self) -> None:
        self._runs.text("\n" if self._leaf == "pre" else " ", self._formats)

    def _is_transparent(self, tag: str, start: str) -> bool:
        if tag == "div":
            return not start
        parents = _PARENTS.get(tag)
        return parents is not None and (not self._open or self._open[-1] not in parents)

    def _leave(self) -> None:
        tag, formats = self._stack.pop()
        if tag == _WITHIN:
            self._space()
        elif tag:
            self._flush()
        self._formats = formats
        if tag in _CONTAINERS:
            self._close(tag)

    def _flush(self) -> None:
        """End the open leaf, or the loose text that counts as a paragraph."""
        leaf, attributes = self._leaf or "p", self._leaf_attributes
        runs, self._runs = self._runs.read(), RunCollector()
        self._leaf = self._leaf_attributes = ""
        if runs or leaf == "pre":
            self._pieces.append(Piece("leaf", leaf, attributes, tuple(runs)))

    def _close(self, tag: str) -> None:
        self._open.pop()
        before = self._pieces[-1]
        if before.kind == "open" and (tag in _SHOWN_BY_PARTS or (tag == "div" and "style=" not in before.attributes)):
            # Empty items go when they are sent; rows without cells and wrappers without colours show nothing.
            self._pieces.pop()
        else:
            self._pieces.append(Piece("close", tag))

    def format(self, tag: str, node: LexborNode) -> bool:
        name = _FORMATS[tag]
        self._stack.append(("", self._formats))
        if name == "code" and self._leaf == "pre":
            return True
        start = self._attributes(node) if name in _BARE_FORMATS else ""
        entry = (name, f"<{name}{start}>")
        is_bare = name in _BARE_FORMATS and not start
        if not is_bare and entry not in self._formats and len(self._formats) < MAX_FORMATS:
            self._formats = tuple(sorted((*self._formats, entry)))
        return True

    def link(self, _tag: str, node: LexborNode) -> bool:
        self._stack.append(("", self._formats))
        href = node.attributes.get("href")
        if href is None or self._bare:
            return True
        href = href.replace("\u200b", "").strip().replace(" ", "%20")
        named = self._own_link(href)
        start = attribute("href", encode_address(href) if named is None else named)
        start += _classes(node.attributes.get("class"))
        self._formats = (("a", f"<a{start}>"), *(entry for entry in self._formats if entry[0] != "a"))
        return True

    def line_break(self, _tag: str, _node: LexborNode) -> bool:
        self._runs.line_break(self._formats)
        return False

    def image(self, _tag: str, node: LexborNode) -> bool:
        source = (node.attributes.get("src") or "").replace("\u200b", "").strip()
        key = None if self._bare else self._image_key(source)
        if key is None and not self._bare:
            key = source.partition("?")[0]
        self._runs.image(key, collapsed_text(node.attributes.get("alt") or ""), self._formats)
        return False

    def _attributes(self, node: LexborNode) -> str:
        attributes = node.attributes
        if not attributes:
            return ""
        start = _classes(attributes.get("class"))
        for key in sorted(_KEPT & attributes.keys()):
            value = attributes[key] or ""
            if key == "style":
                value = _style(value, table=(node.tag or "") in _TABLE_PARTS)
                if not value:
                    continue
            start += attribute(key, " ".join(value.replace("\u200b", "").split()))
        return start


_WITHIN_TEXT: Mapping[str, Callable[[_Reader, str, LexborNode], bool]] = {
    **dict.fromkeys(_FORMATS, _Reader.format),
    **dict.fromkeys(("hr", *_EMBEDS), _Reader.interrupt),
    "a": _Reader.link,
    "br": _Reader.line_break,
    "img": _Reader.image,
}
"""What begins an element that does not end the text around it."""

_MAX_NESTING = 512
_LONG_TAG = re.compile(r"<[^<>]{4000}")
# Parsing takes the square of the number of a tag's attributes.
_CROWDED_TAG = re.compile(
    r"(<[a-zA-Z][^\s<>]*+(?:\s++[^\s\"'<>=/]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'<>]++))?+){200})[^<>]*+"
)
# Elements whose end may be left out are none here: many of them in a row are not nested.
_NESTING = re.compile(
    r"<(/?)(?!(?:p|li|dt|dd|tr|td|th|tbody|thead|tfoot|caption|option|optgroup|rt|rp|br|hr|img|wbr|col|input|source|embed"
    r"|meta|link|base|area|track|param)\b)[a-zA-Z][^<>]*+>"
)


def _shallow(html: str) -> str:
    """Return the HTML without tags that are deeper than browsers nest them; parsing takes the square of the depth."""
    depth = deepest = 0
    for ending in _NESTING.findall(html):
        depth = max(0, depth - 1) if ending else depth + 1
        deepest = max(deepest, depth)
    if deepest <= _MAX_NESTING:
        return html
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


def _style(value: str, *, table: bool) -> str:
    """Return declarations in a normal form and order; the later of two for one property wins."""
    declarations: dict[str, str] = {}
    for declaration in value.replace("\u200b", "").split(";"):
        name, _, setting = declaration.partition(":")
        name = name.strip().lower()
        if name and setting.strip() and not (table and is_restyled(name)):
            declarations[name] = " ".join(setting.lower().split())
    return " ".join(f"{name}: {declarations[name]};" for name in sorted(declarations))


MAX_TREE_DEPTH = 50
"""Containers nested deeper than this are unwrapped: nobody makes them, and recursion over a tree has an end."""

_PARTS = frozenset({"li", "tr", "td", "caption", "summary"})
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


@dataclass(slots=True)
class Node:
    """A container with `children`, or a leaf with `runs`; attributes as the reader keeps them, decoded."""

    tag: str
    attributes: dict[str, str]
    runs: tuple[TextRun, ...] = ()
    children: list[Node] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """Return the classes in order."""
        return self.attributes.get("class", "").split()

    @property
    def alignment(self) -> str | None:
        """Return the alignment of the node by its class."""
        names = (name.removeprefix(ALIGN) for name in self.classes if name.startswith(ALIGN))
        return next((name for name in names if name in ALIGNMENTS), None)


def piece_tree(pieces: Iterable[Piece]) -> list[Node]:
    """Return the pieces as a tree; a container that is too deep passes its content to its parent."""
    roots: list[Node] = []
    into = roots
    opened: list[list[Node] | None] = []
    depth = 0
    for piece in pieces:
        if piece.kind == "close":
            outer = opened.pop()
            if outer is not None:
                into = outer
                depth -= 1
        elif piece.kind == "open" and (depth >= MAX_TREE_DEPTH if piece.tag not in _PARTS else opened[-1:] == [None]):
            opened.append(None)
        else:
            node = Node(piece.tag, tag_attributes(piece.attributes), piece.runs)
            into.append(node)
            if piece.kind == "open":
                opened.append(into)
                into = node.children
                depth += 1
    return roots


def tag_attributes(written: str) -> dict[str, str]:
    """Return attributes that the reader wrote."""
    return {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(written)} if written else {}
