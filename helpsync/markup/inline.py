"""Python-Markdown's inline patterns over our own blocks, changed so that nothing is lost on the way.

Raw tags, code and entities stay elements or text instead of disappearing in a stash, and links note how many line
breaks their address took, so that a walk through the result always knows the line it is on.
"""

from __future__ import annotations

import html
import re
import threading
from typing import TYPE_CHECKING, TypeAlias
from xml.etree.ElementTree import Element, SubElement

import markdown
from markdown import inlinepatterns as patterns
from markdown.util import INLINE_PLACEHOLDER_RE, AtomicString

from helpsync.markup import codespans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from helpsync.markup.document import Definition

_SPACE = " \t\n\r\f"
_CHUNK = 200
"""How many leaves go through the patterns at a time: their bookkeeping is not linear in it."""

_MANY = 500

_MOST_COPIED = 5_000_000_000
"""Characters times marks of one leaf, for each mark that is read costs the patterns a copy of all of it."""

_MARKS = str.maketrans("", "", "\\`<&[*_~:")
_MAY_HOLD_ENTITIES = re.compile(r"[<\[]")
_BRACKET = re.compile(r"[\[\]]")
_ESCAPED = re.compile("\x02(\\d+)\x03")
_BARE_URL = r"(?<![\w/.:@=\"'\[<-])(?<!\]\()https?://[^\s<>\x02\x03\"`|]+"
_TRAILING_PUNCTUATION = frozenset("?!.,:;*_~'\"")
_HARD_BREAK = r"(?:(?<! ) {2,}|\\)\n"
_STRIKE_OPENS = r"~~(?=\S)"
_STRIKE_CLOSES = re.compile(r"(?<=\S)~~(?!~)")
ENTITY = r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});"
"""What is read as a character by its name or number, everywhere."""

_ENTITY_FOUND = re.compile(ENTITY)
_SET_ASIDE = re.compile(r"\\(?P<escaped>.)|(?P<ticks>`+)|" + ENTITY, re.DOTALL)


class DefinedHref(str):
    """An address that a reference defines, on `line` of the text; the patterns hand it through as it is."""

    __slots__ = ("line",)
    line: int


def unescape(text: str) -> str:
    """Return the text with the characters that the patterns set aside (backslash escapes, entities) put back."""
    return _ESCAPED.sub(lambda match: chr(int(match[1])), text) if "\x02" in text else text


def decode(text: str) -> str:
    """Return the text with its entities decoded; as in a browser's attributes, one ends in a semicolon."""
    return _ENTITY_FOUND.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


_Found: TypeAlias = tuple[Element | str | None, int | None, int | None]


def _aside(text: str) -> str:
    return "".join(f"\x02{ord(char)}\x03" for char in text)


class _Code(patterns.BacktickInlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element | str | None, int | None, int | None]:  # type: ignore[override]  # noqa: N802 - the library's name; its stubs know one kind of result
        if m.group(1):
            return m.group(1).replace("\\\\", _aside("\\")), m.start(0), m.end(0)
        start, end = self.find_code_spans(m.start(0), data)  # type: ignore[misc]  # the stubs forget what it returns
        if end is None:
            return None, m.start(0), start
        element = Element("code")
        element.text = AtomicString(data[start:end].strip(_SPACE))
        return element, m.start(0), end + (start - m.start(0))


class _Tag(patterns.InlineProcessor):
    """A raw tag, kept as an element whose `raw` is its source."""

    def handleMatch(self, m: re.Match[str], _data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802 - as above
        element = Element("raw")
        element.set("source", self.unescape(m[0]))
        return element, m.start(0), m.end(0)


class _Entity(patterns.InlineProcessor):
    def handleMatch(self, m: re.Match[str], _data: str) -> tuple[str | None, int, int]:  # type: ignore[override]  # noqa: N802 - as above
        text = html.unescape(m[0])
        return (None if text == m[0] else _aside(text)), m.start(0), m.end(0)


class _Break(patterns.InlineProcessor):
    def handleMatch(self, m: re.Match[str], _data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802 - as above
        return Element("br"), m.start(0), m.end(0)


class _Strike(patterns.InlineProcessor):
    _unclosed: str | None = None
    """The text in which the last search for an end found none: a later beginning has none either."""

    def handleMatch(self, m: re.Match[str], data: str) -> _Found:  # type: ignore[override]  # noqa: N802 - as above
        closing = None if data is self._unclosed else _STRIKE_CLOSES.search(data, m.end(0) + 1)
        if closing is None:
            self._unclosed = data
            return None, None, None
        element = Element("del")
        element.text = data[m.end(0) : closing.start(0)]
        return element, m.start(0), closing.end(0)


class _Autolink(patterns.InlineProcessor):
    def handleMatch(self, m: re.Match[str], _data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802 - as above
        element = Element("a")
        address = decode(self.unescape(m[1]))
        address = address.removeprefix("mailto:")
        element.set("href", f"mailto:{address}" if "@" in m[1] and "://" not in m[1] else address)
        element.text = AtomicString(address)
        return element, m.start(0), m.end(0)


def _without_trail(address: str) -> str:
    """Return the address without the punctuation behind it, and without closing brackets that it did not open."""
    surplus = address.count(")") - address.count("(")
    end = len(address)
    while end and (address[end - 1] in _TRAILING_PUNCTUATION or (address[end - 1] == ")" and surplus > 0)):
        surplus -= address[end - 1] == ")"
        end -= 1
    return address[:end]


class _BareUrl(patterns.InlineProcessor):
    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], _data: str) -> tuple[Element | None, int, int]:  # type: ignore[override]  # noqa: N802 - as above
        address = _without_trail(m[0])
        if address.endswith("//"):
            return None, m.start(0), m.end(0)
        element = Element("a")
        element.set("href", address)
        element.text = AtomicString(address)
        return element, m.start(0), m.start(0) + len(address)


class _Bounded:
    """Finds the ends of links without looking through the whole text from each bracket again."""

    _near = 64
    _farthest = 5000

    def __init__(self, pattern: str, md: markdown.Markdown) -> None:
        super().__init__(pattern, md)  # type: ignore[call-arg]  # mixed into the library's classes
        self._paired: str | None = None
        self._pairs: dict[int, int] = {}

    def handleMatch(self, m: re.Match[str], data: str) -> _Found:  # noqa: N802 - as above
        """Return what the library finds; on an element are noted the line breaks that its text does not show."""
        found: _Found = super().handleMatch(m, data)  # type: ignore[misc]  # as above
        element, start, end = found
        if isinstance(element, Element) and (breaks := self._breaks(data[start:end]) - self._breaks(element.text)):
            element.set("breaks", str(breaks))
        return found

    def _breaks(self, text: str | None) -> int:
        """Return how many line breaks the text has, those in what was set aside of it included."""
        if not text:
            return 0
        stash = self.md.treeprocessors["inline"].stashed_nodes  # type: ignore[attr-defined]  # as below
        count = text.count("\n")
        for match in INLINE_PLACEHOLDER_RE.finditer(text):
            if isinstance(element := stash.get(match[1]), Element):
                count += int(element.get("breaks") or 0) + self._breaks(element.text)
        return count

    def getText(self, data: str, index: int) -> tuple[str, int, bool]:  # noqa: N802 - as above
        """Return the text up to the bracket that closes the one before `index`, and whether there is one."""
        end = self._closing(data, index)
        return ("", len(data), False) if end is None else (data[index:end], end + 1, True)

    def getLink(self, data: str, index: int) -> tuple[str, str | None, int, bool]:  # noqa: N802 - as above
        """Return address and title in the parentheses at `index`; one longer than anybody writes is none."""
        if data[index : index + 1] != "(" or data.find(")", index) < 0:
            return "", None, index, False
        found: tuple[str, str | None, int, bool]
        found = super().getLink(data[index : index + self._farthest], 0)  # type: ignore[misc]  # as above
        return found[0], found[1], found[2] + index, found[3]

    def unescape(self, text: str) -> str:
        """Return the text with what was set aside put back as text: of a picture, its description."""
        stash = self.md.treeprocessors["inline"].stashed_nodes  # type: ignore[attr-defined]  # mixed into such a class

        def said(match: re.Match[str]) -> str:
            value = stash.get(match[1])
            if isinstance(value, str) or value is None:
                return value or ""
            for picture in value.iter("img"):
                picture.text = (picture.get("alt") or "")[: self._farthest]
            return "".join(value.itertext())

        return INLINE_PLACEHOLDER_RE.sub(said, text)

    def _closing(self, data: str, index: int) -> int | None:
        if data is not self._paired:
            depth = 1
            for count, match in enumerate(_BRACKET.finditer(data, index)):
                depth += 1 if match[0] == "[" else -1
                if depth == 0:
                    return match.start()
                if count == self._near:
                    break
            else:
                return None
            self._pair(data)
        return self._pairs.get(index - 1)

    def _pair(self, data: str) -> None:
        self._paired = data
        self._pairs = {}
        opened: list[int] = []
        for match in _BRACKET.finditer(data):
            if match[0] == "[":
                opened.append(match.start())
            elif opened:
                self._pairs[opened.pop()] = match.start()


class _Link(_Bounded, patterns.LinkInlineProcessor):  # type: ignore[misc]  # as above
    """`[text](address)`."""


class _Image(_Bounded, patterns.ImageInlineProcessor):  # type: ignore[misc]  # as above
    """`![alt](address)`."""


class _Reference(_Bounded, patterns.ReferenceInlineProcessor):  # type: ignore[misc]  # as above
    """`[text][name]`."""


class _ShortReference(_Bounded, patterns.ShortReferenceInlineProcessor):  # type: ignore[misc]  # as above
    """`[name]`."""


class _ImageReference(_Bounded, patterns.ImageReferenceInlineProcessor):  # type: ignore[misc]  # as above
    """`![alt][name]`."""


class _ShortImageReference(_Bounded, patterns.ShortImageReferenceInlineProcessor):  # type: ignore[misc]  # as above
    """`![name]`."""


_REPLACED = (
    *("backtick", "reference", "link", "image_link", "image_reference", "short_reference", "short_image_ref"),
    *("autolink", "automail", "linebreak", "html", "entity"),
)


_RUNS = (re.compile(r"\*+"), re.compile(r"_+"))
_NO_RUNS = str.maketrans("", "", "*_")


class _Engine(threading.local):
    """Python-Markdown's inline half, set up once for each thread."""

    def __init__(self, *, emphasis: bool = True) -> None:
        self.md = md = markdown.Markdown()
        md.ESCAPED_CHARS = [*(md.ESCAPED_CHARS or ()), "<", "|", "~", "&"]
        inline = md.inlinePatterns
        for name in _REPLACED:
            inline.deregister(name)
        inline.register(_Code(patterns.BACKTICK_RE), "backtick", 190)
        inline.register(_Autolink(patterns.AUTOLINK_RE, md), "autolink", 120)
        inline.register(_Autolink(patterns.AUTOMAIL_RE, md), "automail", 110)
        inline.register(_Tag(patterns.HTML_RE, md), "html", 90)
        inline.register(_Reference(patterns.REFERENCE_RE, md), "reference", 170)
        inline.register(_Link(patterns.LINK_RE, md), "link", 160)
        inline.register(_Image(patterns.IMAGE_LINK_RE, md), "image_link", 150)
        inline.register(_ImageReference(patterns.IMAGE_REFERENCE_RE, md), "image_reference", 140)
        inline.register(_ShortReference(patterns.REFERENCE_RE, md), "short_reference", 130)
        inline.register(_ShortImageReference(patterns.IMAGE_REFERENCE_RE, md), "short_image_ref", 125)
        inline.register(_Break(_HARD_BREAK, md), "linebreak", 100)
        inline.register(_Entity(ENTITY, md), "entity", 80)
        inline.register(_BareUrl(_BARE_URL, md), "bare_url", 75)
        inline.register(_Strike(_STRIKE_OPENS, md), "strike", 70)
        if not emphasis:
            inline.deregister("em_strong")
        self.run = md.treeprocessors["inline"].run


_engine = _Engine()
_plain_engine = _Engine(emphasis=False)


def parse(texts: Sequence[str], references: Mapping[str, Definition]) -> list[Element]:
    """Return each text as an element: text, and children `strong`, `em`, `code`, `a`, `img`, `br`, `del`, `raw`.

    `raw` holds a raw tag in its `source`; `breaks` of `a` and `img` are the line breaks in their source that their text
    does not show. A text that can't be read stays text, in an element that is `deep`: `nested` too deep, or `crowded`
    with far more markup than anybody writes.
    """
    engine = _engine
    known: dict[str, tuple[str, str]] = {name: (_defined(found), found.title) for name, found in references.items()}
    elements: list[Element] = []
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        root = Element("div")
        for text in chunk:
            root.append(_leaf(text))
        engine.md.reset()
        engine.md.references = known
        try:
            engine.run(root)
        except RecursionError:
            root = _one_by_one(engine, chunk)
        elements.extend(_checked(text, element, known) for text, element in zip(chunk, root, strict=True))
    return elements


def _leaf(text: str) -> Element:
    """Return the text as a leaf to read; one with far more marks than anybody writes is `deep`."""
    aside = _set_aside(text)
    if len(aside) * (len(aside) - len(aside.translate(_MARKS))) > _MOST_COPIED:
        return _deep(text, "crowded")
    leaf = Element("p")
    leaf.text = aside
    return leaf


def _deep(text: str, why: str) -> Element:
    leaf = Element("p", {"deep": why})
    leaf.text = AtomicString(text)
    return leaf


def _set_aside(text: str) -> str:
    """Return a text full of escapes and entities with them set aside; one by one, each would cost a copy of it all.

    Entities stay where links or tags could hold them: those are read before, and have entities of their own.
    """
    if text.count("&") + text.count("\\") < _MANY:
        return text
    code_end = codespans.ends(text)
    entities = not _MAY_HOLD_ENTITIES.search(text)
    parts: list[str] = []
    read = 0
    for found in _SET_ASIDE.finditer(text):
        if found.start() < read:
            continue
        parts.append(text[read : found.start()])
        read = found.end()
        if found["ticks"]:
            # Where no other run is as long, the library lets the first of its backticks begin the code.
            ends = (code_end(found.start(), length) for length in range(len(found["ticks"]), 0, -1))
            read = next(filter(None, ends), read)
            parts.append(text[found.start() : read])
        elif found["escaped"] is None:
            said = html.unescape(found[0])
            parts.append(_aside(said) if entities and said != found[0] else found[0])
        else:
            parts.append(_aside(found["escaped"]) if found["escaped"] in _engine.md.ESCAPED_CHARS else found[0])
    parts.append(text[read:])
    return "".join(parts)


def _checked(text: str, element: Element, known: Mapping[str, tuple[str, str]]) -> Element:
    """Return the element, or the text read without emphasis where the library lost a part of it.

    Where runs of stars of different lengths meet, its emphasis can cut through what it set aside, or drop the text
    behind (Python-Markdown 3.11.3: `a*b**c*d` loses the d). A reader must never pay for that: the stars stay instead.
    """
    if element.get("deep") == "crowded" or not any(len(set(map(len, runs.findall(text)))) > 1 for runs in _RUNS):
        return element
    plain = _without_emphasis(text, known)
    return element if _said(element) == _said(plain) else plain


def _said(element: Element) -> str:
    """Return what the element says, without stars and underscores."""
    return "".join(element.itertext()).translate(_NO_RUNS)


def _without_emphasis(text: str, known: Mapping[str, tuple[str, str]]) -> Element:
    """Return the text read without emphasis, whose stars stay as they are written."""
    root = Element("div")
    SubElement(root, "p").text = _set_aside(text)
    _plain_engine.md.reset()
    _plain_engine.md.references = dict(known)
    try:
        _plain_engine.run(root)
    except RecursionError:
        root[0].clear()
        root[0].text = AtomicString(text)
    return root[0]


def _defined(definition: Definition) -> DefinedHref:
    href = DefinedHref(definition.href)
    href.line = definition.line
    return href


def _one_by_one(engine: _Engine, texts: Sequence[str]) -> Element:
    read = Element("div")
    for text in texts:
        root = Element("div")
        root.append(_leaf(text))
        try:
            engine.run(root)
        except RecursionError:
            root = Element("div")
            root.append(_deep(text, "nested"))
        read.extend(root)
    return read
