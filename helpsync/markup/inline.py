"""Reads inline markup as GitHub does: CommonMark's with bare addresses, `~~` and attribute lists, in linear time.

Raw tags, code and entities stay elements or text, and links note how many line breaks their address took, so that a
walk through the result always knows the line it is on. There is no stash and no recursion: what is no markup is text.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from html.entities import html5
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import Element

from helpsync.markup import addresses, attributes, emphasis

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from helpsync.markup.blocks import Definition
    from helpsync.markup.emphasis import Node

_MAX_BRACKETS = 60
"""Of brackets that are open at one place, only this many, the innermost, can begin a link."""
_MAX_LABEL = 999

_PUNCTUATION = r"[!-/:-@\[-`{-~]"
_SPECIAL = re.compile(rf"[\\`*_~\[\]<&\n{{]|!\[|{addresses.BEGINNING}")
_ESCAPE = re.compile(rf"\\({_PUNCTUATION})")
_TICKS = re.compile(r"`+")
_RUN = re.compile(r"\*+|_+|~+")
_LABEL = re.compile(rf"\[((?:[^\[\]\\]|\\.){{0,{_MAX_LABEL}}}+)\]", re.DOTALL)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>\x00-\x1f]*)>")
_AUTOMAIL = re.compile(r"<([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*)>")
_TAG = re.compile(
    r"</[A-Za-z][A-Za-z0-9-]*+\s*+>"
    r"|<[A-Za-z][A-Za-z0-9-]*+(?:\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s\"'=<>`]++|\"[^\"]*+\"|'[^']*+'))?+)*+\s*+/?>"
)
_UNREAD_TAG = re.compile(r"<!--|<\?|<!\[CDATA\[|<![A-Za-z]")
_UNREAD_ENDS = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}
_ATTRIBUTES_AFTER = frozenset("*_~`)]>")


class DefinedHref(str):
    """An address that a reference defines, on `line` of the text, where it is `written` like this."""

    __slots__ = ("line", "written")
    line: int
    written: str


def decode(text: str) -> str:
    """Return the text with its entities decoded; as in a browser's attributes, one ends in a semicolon."""
    return _ENTITY.sub(lambda match: _entity(match[0]), text) if "&" in text else text


def plain(text: str) -> str:
    """Return an address or a title as it is meant: backslash escapes and entities are resolved."""
    if "\\" not in text:
        return decode(text)
    parts = _ESCAPE.split(text)
    return "".join(part if position % 2 else decode(part) for position, part in enumerate(parts))


def label(text: str) -> str:
    """Return the name of a reference in the form in which names are compared."""
    return " ".join(text.casefold().split())


def parse(texts: Sequence[str], references: Mapping[str, Definition]) -> list[Element]:
    """Return each text as an element: text and children `strong`, `em`, `del`, `code`, `a`, `img`, `br`, `raw`, `list`.

    `raw` holds a raw tag in its `source`, `list` an attribute list. `breaks` of `a`, `img` and `code` are the line
    breaks in their source that their text does not show, `written` is an address as it stands in the text.
    """
    known = {name: (_defined(found), found.title) for name, found in references.items()}
    return [_Parser(text, known).read() for text in texts]


def _defined(definition: Definition) -> DefinedHref:
    href = DefinedHref(plain(definition.href))
    href.line = definition.line
    href.written = definition.href
    return href


def _entity(source: str) -> str:
    if source[1] == "#":
        return html.unescape(source)
    return html5.get(source[1:], source)


@dataclass(slots=True)
class _Bracket:
    """An open bracket: its node, and where the text after it begins."""

    node: int
    start: int
    image: bool
    active: bool = True
    holds_bracket: bool = False


class _Target(NamedTuple):
    """Where a link or picture leads, and where its source ends."""

    href: str
    title: str
    written: str
    end: int


class _Parser:
    """Reads one text from left to right; each handler returns the position after what it read."""

    def __init__(self, text: str, references: Mapping[str, tuple[DefinedHref, str]]) -> None:
        self._text = text
        self._references = references
        self._nodes: list[Node] = []
        self._brackets: deque[_Bracket] = deque(maxlen=_MAX_BRACKETS)
        self._ticks: dict[int, list[int]] | None = None
        self._last_ends: dict[str, int] = {}
        self._handlers: dict[str, Callable[[int], int]] = {
            "\\": self._escape,
            "`": self._code,
            "*": self._run,
            "_": self._run,
            "~": self._run,
            "[": self._open,
            "![": self._open,
            "]": self._close,
            "<": self._tag,
            "&": self._reference,
            "\n": self._line_break,
            "{": self._attributes,
        }

    def read(self) -> Element:
        root = Element("p")
        text, nodes, position = self._text, self._nodes, 0
        while match := _SPECIAL.search(text, position):
            start = match.start()
            if start > position:
                nodes.append(text[position:start])
            handler = self._handlers.get(match[0])
            position = self._bare(start) if handler is None else handler(start)
        nodes.append(text[position:])
        emphasis.build(nodes, root)
        return root

    def _put(self, node: Node, end: int) -> int:
        self._nodes.append(node)
        return end

    def _escape(self, start: int) -> int:
        following = self._text[start + 1 : start + 2]
        if following == "\n":
            return self._put(Element("br"), start + 2)
        if _ESCAPE.match(self._text, start):
            return self._put(following, start + 2)
        return self._put("\\", start + 1)

    def _line_break(self, start: int) -> int:
        hard = self._text.endswith("  ", 0, start)
        return self._put(Element("br") if hard else "\n", start + 1)

    def _code(self, start: int) -> int:
        ticks = _TICKS.match(self._text, start)
        end = ticks.end() if ticks else start
        closing = self._closing_ticks(end - start, end)
        if closing is None:
            return self._put(self._text[start:end], end)
        element = Element("code")
        content = self._text[end:closing]
        element.text = content.strip()
        _note_breaks(element, content.count("\n") - element.text.count("\n"))
        return self._put(element, closing + end - start)

    def _closing_ticks(self, size: int, position: int) -> int | None:
        if self._ticks is None:
            self._ticks = {}
            for match in _TICKS.finditer(self._text):
                self._ticks.setdefault(len(match[0]), []).append(match.start())
        starts = self._ticks.get(size, [])
        index = bisect_left(starts, position)
        return starts[index] if index < len(starts) else None

    def _run(self, start: int) -> int:
        match = _RUN.match(self._text, start)
        end = match.end() if match else start + 1
        return self._put(emphasis.run(self._text, start, end) or self._text[start:end], end)

    def _reference(self, start: int) -> int:
        match = _ENTITY.match(self._text, start)
        if match is None:
            return self._put("&", start + 1)
        return self._put(_entity(match[0]).replace("\n", " "), match.end())

    def _attributes(self, start: int) -> int:
        if start and self._text[start - 1] in _ATTRIBUTES_AFTER and (end := attributes.leading(self._text, start)):
            return self._put(Element("list", {"source": self._text[start:end]}), end)
        return self._put("{", start + 1)

    def _tag(self, start: int) -> int:
        text = self._text
        if (match := _AUTOLINK.match(text, start)) or (match := _AUTOMAIL.match(text, start)):
            address = decode(match[1])
            href = address if match.re is _AUTOLINK else f"mailto:{address}"
            return self._put(_link(_Target(href, "", match[1], match.end()), [address]), match.end())
        end = 0
        if tag := _TAG.match(text, start):
            end = tag.end()
        elif unread := _UNREAD_TAG.match(text, start):
            end = self._find(_UNREAD_ENDS.get(unread[0], ">"), start + 2)
        if not end:
            return self._put("<", start + 1)
        return self._put(Element("raw", {"source": text[start:end]}), end)

    def _find(self, ends: str, start: int) -> int:
        """Return the position after the next `ends`, 0 when there is none; that there is none is found out once."""
        if ends not in self._last_ends:
            self._last_ends[ends] = self._text.rfind(ends)
        return self._text.index(ends, start) + len(ends) if self._last_ends[ends] >= start else 0

    def _bare(self, start: int) -> int:
        found = addresses.bare(self._text, start)
        if found is None:
            return self._put(self._text[start], start + 1)
        href, end = found
        written = self._text[start:end]
        element = _link(_Target(decode(href), "", written, end), [decode(written)])
        element.set("bare", "yes")
        return self._put(element, end)

    def _open(self, start: int) -> int:
        image = self._text[start] == "!"
        end = start + 1 + image
        if self._brackets:
            self._brackets[-1].holds_bracket = True
        self._brackets.append(_Bracket(len(self._nodes), end, image))
        return self._put(self._text[start:end], end)

    def _close(self, start: int) -> int:
        bracket = self._brackets.pop() if self._brackets else None
        if bracket is None or not bracket.active:
            return self._put("]", start + 1)
        target = self._inline_target(start + 1) or self._defined_target(bracket, start)
        if target is None:
            return self._put("]", start + 1)
        content = self._nodes[bracket.node + 1 :]
        del self._nodes[bracket.node :]
        if bracket.image:
            element = _image(target, content)
            _note_breaks(element, self._text.count("\n", bracket.start, target.end))
        else:
            element = _link(target, content)
            _note_breaks(element, self._text.count("\n", start, target.end))
            for outer in self._brackets:
                outer.active = outer.image and outer.active
        return self._put(element, target.end)

    def _inline_target(self, start: int) -> _Target | None:
        found = addresses.destination(self._text, start)
        return found and _Target(plain(found.address), plain(found.title), found.address, found.end)

    def _defined_target(self, bracket: _Bracket, start: int) -> _Target | None:
        match = _LABEL.match(self._text, start + 1)
        end = match.end() if match else start + 1
        name = match[1] if match else ""
        if not name.strip():
            if bracket.holds_bracket or start - bracket.start > _MAX_LABEL:
                return None
            name = self._text[bracket.start : start]
        found = self._references.get(label(name))
        return None if found is None else _Target(found[0], plain(found[1]), found[0].written, end)


def _note_breaks(element: Element, breaks: int) -> None:
    if breaks:
        element.set("breaks", str(breaks))


def _link(target: _Target, content: Sequence[Node]) -> Element:
    element = Element("a", {"href": target.href, "title": target.title, "written": target.written})
    # A bare address in a link's text is no link of its own (GitHub).
    unwrapped = [node.text or "" if isinstance(node, Element) and node.get("bare") else node for node in content]
    emphasis.build(unwrapped, element)
    return element


def _image(target: _Target, content: Sequence[Node]) -> Element:
    described = Element("p")
    emphasis.build(content, described)
    alt = "".join(_shown(described))
    return Element("img", {"src": target.href, "title": target.title, "written": target.written, "alt": alt})


def _shown(element: Element) -> list[str]:
    """Return the text of the element as parts, without markup."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == "img":
            parts.append(child.get("alt") or "")
        elif child.tag == "list":
            parts.append(child.get("source") or "")
        elif child.tag == "br":
            parts.append("\n")
        else:
            parts.extend(_shown(child))
        parts.append(child.tail or "")
    return parts
