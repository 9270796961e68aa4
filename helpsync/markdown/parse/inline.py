"""Reads the inline markup of a text as GitHub does: emphasis, code, links, pictures, breaks, raw tags, bare addresses.

It follows CommonMark's algorithm and GitHub's extensions, with one difference: punctuation of Chinese, Japanese and
Korean, or beside their letters, keeps no star from beginning or ending emphasis. Time is linear, whatever the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from dataclasses import dataclass
from html import unescape as _html_unescape
from html.entities import html5
from typing import TYPE_CHECKING, TypeAlias
from xml.etree.ElementTree import Element

from helpsync.markdown.addresses import bare_address, bare_link, link_mail_addresses
from helpsync.markdown.parse.document import reference_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from helpsync.markdown.parse.document import Definition


_TICKS = re.compile("`+")


def code_span_ends(text: str) -> Callable[[int, int], int | None]:
    """Return a function that finds the end of the code span that a run of backticks starts, None without one."""
    runs: dict[int, deque[int]] = {}
    for run in _TICKS.finditer(text):
        runs.setdefault(len(run[0]), deque()).append(run.end())

    def end(position: int, length: int) -> int | None:
        following = runs.get(length, deque())
        while following and following[0] <= position + length:
            following.popleft()
        return following[0] if following else None

    return end


# Where words have no spaces between them, punctuation beside a letter separates nothing.
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u303f\u3040-\u30ff\u3100-\u312f\u3130-\u318f\u31a0-\u31bf\u31c0-\u31ff\u3200-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U0001f200-\U0001f2ff"
    "\U00020000-\U0003ffff]"
)


@dataclass(slots=True)
class Delimiter:
    """A run of marks: `length` as written, `count` of them not used yet."""

    char: str
    length: int
    count: int
    opens: bool
    closes: bool

    def matches(self, opener: object) -> bool:
        """Return whether this closing run can close what the other opened."""
        if not isinstance(opener, Delimiter) or opener.char != self.char:
            return False
        return not ((self.opens or opener.closes) and self.length % 3 and (self.length + opener.length) % 3 == 0)


def delimiter(text: str, start: int, end: int) -> Delimiter:
    """Return the run of marks here, classified by the characters around it."""
    char, first, last = text[start], start, end
    if char != "~":
        # GitHub looks past tildes.
        while text[first - 1 : first] == "~":
            first -= 1
        while text[last : last + 1] == "~":
            last += 1
    before, behind = text[first - 1 : first], text[last : last + 1]
    # Underscores need something around them that sets words apart, and their punctuation is one.
    joins = char == "*"
    spaced_before, spaced_behind = not before or before.isspace(), not behind or behind.isspace()
    marked_before, marked_behind = _is_punctuation(before, joins=joins), _is_punctuation(behind, joins=joins)
    left = not spaced_behind and (not marked_behind or spaced_before or marked_before or (joins and _is_cjk(before)))
    right = not spaced_before and (not marked_before or spaced_behind or marked_behind or (joins and _is_cjk(behind)))
    length = end - start
    if char == "_":
        opens, closes = left and (not right or marked_before), right and (not left or marked_behind)
        return Delimiter(char, length, length, opens, closes)
    fits = char != "~" or length <= 2
    return Delimiter(char, length, length, left and fits, right and fits)


def _is_cjk(char: str) -> bool:
    return bool(char) and _CJK.match(char) is not None


def _is_punctuation(char: str, *, joins: bool) -> bool:
    """Return whether the character is punctuation; with `joins`, Chinese, Japanese and Korean marks don't count."""
    if not char or (joins and _is_cjk(char)):
        return False
    return (char.isascii() and not char.isalnum() and not char.isspace()) or unicodedata.category(char)[0] == "P"


MAX_DEPTH = 100
"""Markup nested deeper stays text: nobody writes it, and recursion needs an end."""

_SPACE = " \t\n\r\f"
_LONGEST_LABEL = 1000
_DEEPEST_PARENTHESES = 32

ENTITY = r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});"
"""What is read as a character by its name or number, everywhere."""

_ENTITY = re.compile(ENTITY)
_ASIDE = re.compile("\x02(\\d+)\x03")
_ESCAPE = re.compile(r"\\(?P<escaped>[!-/:-@\[-`{-~])")
_ESCAPE_OR_ENTITY = re.compile(f"{_ESCAPE.pattern}|{ENTITY}")
_SPECIAL = re.compile(
    r"\\|`+|\*+|_+|~+|!?\[|\]|<|&| {2,}\n|\x02|(?P<address>(?<![A-Za-z])(?:https?|ftp)://|www\.)", re.IGNORECASE
)
_LABEL = re.compile(rf"\[((?:[^\\\[\]]|\\.){{0,{_LONGEST_LABEL}}}+)\]", re.DOTALL)
_BLANK = re.compile(r"[ \t\n]*+")
_POINTED = re.compile(r"<((?:[^<>\n\\]|\\.)*+)>")
_DESTINATION_PART = re.compile(r"\\[!-/:-@\[-`{-~]|[()]|[^()\\\x00-\x20\x7f]+|\\")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9.+-]{1,31}:[^\s<>\x00-\x1f]*)>")
_AUTOMAIL = re.compile(r"<([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*)>")
_TAG = re.compile(
    r"""<(?:[A-Za-z][A-Za-z0-9-]*+(?:\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?)*+\s*+/?
    |/[A-Za-z][A-Za-z0-9-]*+\s*+)>""",
    re.ASCII | re.VERBOSE,
)
_QUOTES = {'"': '"', "'": "'", "(": ")"}


class DefinedHref(str):
    """The address of a reference definition, on `line` of the text."""

    __slots__ = ("line",)
    line: int


_Node: TypeAlias = "str | Element | Delimiter | _Bracket"


class _Bracket:
    """A bracket that may start a link or a picture; its text starts at `start`."""

    __slots__ = ("has_brackets", "image", "index", "start")

    def __init__(self, index: int, start: int, *, image: bool) -> None:
        self.index = index
        self.start = start
        self.image = image
        self.has_brackets = False


def unescape(text: str) -> str:
    """Return the text with the characters that were set aside (backslash escapes, entities) put back."""
    return _ASIDE.sub(lambda match: chr(int(match[1])), text) if "\x02" in text else text


def decode(text: str) -> str:
    """Return the text with its entities decoded; as in a browser's attributes, an entity ends in a semicolon."""
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    name = match[1]
    return _html_unescape(match[0]) if name[0] == "#" else html5.get(f"{name};", match[0])


def _aside(text: str) -> str:
    return "".join(f"\x02{ord(char)}\x03" for char in text)


def _shielded(source: str) -> str:
    return source.replace("\x02", _aside("\x02")) if "\x02" in source else source


def _said(source: str) -> str:
    """Return an address or a title without escapes and entities."""
    return _ESCAPE_OR_ENTITY.sub(lambda match: match["escaped"] or decode(match[0]), source)


def parse_inline(text: str, references: Mapping[str, Definition]) -> Element:
    """Return the text as an element: text, and children `strong`, `em`, `code`, `a`, `img`, `br`, `del`, `raw`.

    `raw` has a raw tag in its `source`; `breaks` of `a`, `img` and `code` counts the line breaks of their source that
    their text does not show. Only in text, escaped characters are set aside (`unescape`). Text with too deeply nested
    markup stays text, in an element that is `deep`.
    """
    return _Reader(text, references).read()


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str, references: Mapping[str, Definition]) -> None:
        self._text = text
        self._references = references
        self._nodes: list[_Node] = []
        self._brackets: list[_Bracket] = []
        self._inactive = 0
        """How many of the brackets, counted from the outermost, contain a link already and so can't begin another."""
        self._code_end = code_span_ends(text)
        self._last: dict[str, int] = {}

    def read(self) -> Element:
        """Return the text as an element."""
        text, read = self._text, 0
        while found := _SPECIAL.search(text, read):
            if found.start() > read:
                self._nodes.append(text[read : found.start()])
            read = _READERS.get(found[0][0], _Reader.address)(self, found.start(), found.end())
        self._nodes.append(text[read:])
        element = _element("p", self._nodes)
        if _depth(element) > MAX_DEPTH:
            element = Element("p", {"deep": "nested"})
            element.text = _shielded(text)
            return element
        link_mail_addresses(element)
        return element

    def _text_up_to(self, start: int, end: int) -> int:
        self._nodes.append(self._text[start:end])
        return end

    def emphasis(self, start: int, end: int) -> int:
        self._nodes.append(delimiter(self._text, start, end))
        return end

    def opening_bracket(self, start: int, end: int) -> int:
        if self._brackets:
            self._brackets[-1].has_brackets = True
        bracket = _Bracket(len(self._nodes), end, image=self._text[start] == "!")
        self._brackets.append(bracket)
        self._nodes.append(bracket)
        return end

    def hard_break(self, _start: int, end: int) -> int:
        self._nodes.append(Element("br"))
        return end

    def control(self, start: int, end: int) -> int:
        """Read the control character that marks characters as set aside."""
        self._nodes.append(_aside(self._text[start:end]))
        return end

    def backslash(self, start: int, _end: int) -> int:
        if escape := _ESCAPE.match(self._text, start):
            self._nodes.append(_aside(escape[1]))
            return escape.end()
        if self._text.startswith("\n", start + 1):
            self._nodes.append(Element("br"))
            return start + 2
        return self._text_up_to(start, start + 1)

    def code(self, start: int, opened: int) -> int:
        length = opened - start
        end = self._code_end(start, length)
        if end is None:
            return self._text_up_to(start, opened)
        code = source = self._text[start + length : end - length]
        if code[:1] in {" ", "\n"} and code[-1:] in {" ", "\n"} and code.strip(" \n"):
            code = code[1:-1]
        element = Element("code")
        element.text = _shielded(code)
        _note_breaks(element, source.count("\n") - code.count("\n"))
        self._nodes.append(element)
        return end

    def entity(self, start: int, _end: int) -> int:
        match = _ENTITY.match(self._text, start)
        if match is None or (said := _character(match)) == match[0]:
            return self._text_up_to(start, start + 1)
        self._nodes.append(_aside(said))
        return match.end()

    def address(self, start: int, end: int) -> int:
        """Read a bare address; GitHub reads none within brackets."""
        address = None if self._brackets else bare_address(self._text, start)
        if address is None:
            return self._text_up_to(start, end)
        self._nodes.append(bare_link(address))
        return start + len(address)

    def pointed(self, start: int, _end: int) -> int:
        """Read an address or a raw tag, which start with `<`."""
        text = self._text
        if found := _AUTOLINK.match(text, start) or _AUTOMAIL.match(text, start):
            element = Element("a")
            address = decode(found[1])
            element.set("href", address if ":" in found[1] else f"mailto:{address}")
            element.text = _aside(address)
            self._nodes.append(element)
            return found.end()
        end = self._tag_end(start)
        if end is None:
            return self._text_up_to(start, start + 1)
        element = Element("raw")
        element.set("source", _shielded(text[start:end]))
        self._nodes.append(element)
        return end

    def _tag_end(self, start: int) -> int | None:
        text = self._text
        if text.startswith("<!--", start):
            for short in ("<!-->", "<!--->"):
                if text.startswith(short, start):
                    return start + len(short)
            return self._behind("-->", start + 4)
        for begin, closing in (("<?", "?>"), ("<![CDATA[", "]]>")):
            if text.startswith(begin, start):
                return self._behind(closing, start + len(begin))
        if text.startswith("<!", start):
            return self._behind(">", start) if text[start + 2 : start + 3].isalpha() else None
        if self._behind(">", start) is None:
            return None
        found = _TAG.match(text, start)
        return found.end() if found else None

    def _behind(self, needle: str, start: int) -> int | None:
        """Return the position after the next `needle`; a missing one is searched for only once."""
        last = self._last.setdefault(needle, self._text.rfind(needle))
        return None if start > last else self._text.index(needle, start) + len(needle)

    # Links and pictures

    def closing_bracket(self, position: int, end: int) -> int:
        """Read the end of a link or picture, or text."""
        bracket = self._brackets.pop() if self._brackets else None
        inactive = len(self._brackets) < self._inactive
        self._inactive = min(self._inactive, len(self._brackets))
        if bracket is None or (inactive and not bracket.image):
            return self._text_up_to(position, end)
        target = self._inline_target(end) or self._reference(bracket, position)
        if target is None:
            return self._text_up_to(position, end)
        href, title, end = target
        inside = self._nodes[bracket.index + 1 :]
        del self._nodes[bracket.index :]
        element = _element("a", inside)
        breaks = self._text.count("\n", bracket.start, end)
        if bracket.image:
            element = _picture(element, href)
        else:
            element.set("href", href)
            breaks -= self._text.count("\n", bracket.start, position)
            self._inactive = len(self._brackets)
        if title:
            element.set("title", title)
        _note_breaks(element, breaks)
        self._nodes.append(element)
        return end

    def _inline_target(self, position: int) -> tuple[str, str, int] | None:
        """Return address, title and end of the link target in parentheses at `position`, None without one."""
        text = self._text
        if not text.startswith("(", position):
            return None
        found = self._destination(_behind_blank(text, position + 1))
        if found is None:
            return None
        href, end = found
        behind = _behind_blank(text, end)
        title = ""
        if behind > end and (found := self._title(behind)):
            title, end = found
            behind = _behind_blank(text, end)
        return (_said(href), _said(title), behind + 1) if text.startswith(")", behind) else None

    def _destination(self, position: int) -> tuple[str, int] | None:
        text = self._text
        if text.startswith("<", position):
            found = _POINTED.match(text, position) if self._behind(">", position) else None
            return (found[1], found.end()) if found else None
        depth, end = 0, position
        while part := _DESTINATION_PART.match(text, end):
            if part[0] == "(":
                depth += 1
                if depth > _DEEPEST_PARENTHESES:
                    return None
            elif part[0] == ")":
                if not depth:
                    break
                depth -= 1
            end = part.end()
        return None if depth else (text[position:end], end)

    def _title(self, position: int) -> tuple[str, int] | None:
        opening = self._text[position : position + 1]
        closing = _QUOTES.get(opening)
        end = self._behind(closing, position + 1) if closing else None
        while end is not None and _is_escaped(self._text, end - 1):
            end = self._behind(closing or "", end)
        if end is None:
            return None
        title = self._text[position + 1 : end - 1]
        return None if opening == "(" and re.search(r"(?<!\\)\(", title) else (title, end)

    def _reference(self, bracket: _Bracket, position: int) -> tuple[str, str, int] | None:
        """Return address, title and end of the reference whose text ends at `position`."""
        end = position + 1
        label = _LABEL.match(self._text, end)
        if label is not None and label[1].strip():
            name, end = label[1], label.end()
        elif bracket.has_brackets:
            return None
        else:
            name = self._text[bracket.start : position]
            end += 2 * self._text.startswith("[]", end)
        if not self._references or len(name) > _LONGEST_LABEL:
            return None
        found = self._references.get(reference_name(name))
        if found is None:
            return None
        href = DefinedHref(_said(found.href))
        href.line = found.line
        return href, _said(found.title), end


_READERS = {
    **dict.fromkeys("*_~", _Reader.emphasis),
    **dict.fromkeys("[!", _Reader.opening_bracket),
    "\\": _Reader.backslash,
    "`": _Reader.code,
    "]": _Reader.closing_bracket,
    "<": _Reader.pointed,
    "&": _Reader.entity,
    " ": _Reader.hard_break,
    "\x02": _Reader.control,
}
"""What reads a mark by its first character; a letter begins an address."""


def _behind_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _is_escaped(text: str, position: int) -> bool:
    slashes = 0
    while text[position - slashes - 1 : position - slashes] == "\\":
        slashes += 1
    return slashes % 2 == 1


def _note_breaks(element: Element, breaks: int) -> None:
    if breaks:
        element.set("breaks", str(breaks))


_DESCRIBED: Mapping[str, Callable[[Element], str]] = {
    "img": lambda element: element.get("alt") or "",
    "raw": lambda element: unescape(element.get("source") or ""),
    "br": lambda _: "\n",
}
"""What elements without text add to the description of a picture."""


def _picture(element: Element, source: str) -> Element:
    """Return the picture with the element's text as its description."""
    for each in element.iter():
        if each.tag in _DESCRIBED:
            each.text = _aside(_DESCRIBED[each.tag](each))
    alt = unescape("".join(element.itertext()))
    picture = Element("img")
    picture.set("src", source)
    picture.set("alt", alt)
    return picture


# Emphasis

_TAGS = {"*": ("em", "strong"), "_": ("em", "strong"), "~": ("del", "del")}


def _element(tag: str, nodes: Sequence[_Node]) -> Element:
    """Return an element with these nodes, with their emphasis paired."""
    read: list[_Node] = []
    openers: list[int] = []
    # For each kind of closer, how many openers are known not to match, so that none is looked at twice.
    below: dict[tuple[str, bool, int], int] = {}
    for node in nodes:
        if isinstance(node, Delimiter):
            if node.closes:
                _close(node, read, openers, below)
            if node.count and node.opens:
                openers.append(len(read))
            if not node.count:
                continue
        read.append(node)
    return _filled(tag, read)


def _close(closer: Delimiter, read: list[_Node], openers: list[int], below: dict[tuple[str, bool, int], int]) -> None:
    key = (closer.char, closer.opens, closer.length % 3)
    while closer.count:
        place = len(openers) - 1
        while place >= below.get(key, 0) and not closer.matches(read[openers[place]]):
            place -= 1
        if place < below.get(key, 0):
            below[key] = len(openers)
            return
        index = openers[place]
        opener = read[index]
        assert isinstance(opener, Delimiter)  # noqa: S101 - only delimiters are openers
        if closer.char == "~" and opener.length != closer.length:
            # As on GitHub, tildes of different length neither open nor close anything from here on.
            del openers[place:]
            closer.opens = False
            _lower(below, len(openers))
            return
        width = closer.length if closer.char == "~" else min(2, opener.count, closer.count)
        inside = read[index + 1 :]
        element = _filled(_TAGS[closer.char][width > 1], inside)
        if element.tag == "em" and len(inside) == 1 and isinstance(inside[0], Element) and inside[0].tag == "strong":
            # Both at once (`***`) are bold that is italic, as Intercom's editor stores them.
            element.tag, inside[0].tag = "strong", "em"
        if closer.char == "~":
            element.set("mark", "~" * width)
        opener.count -= width
        closer.count -= width
        del openers[place + 1 :]
        del read[index + (1 if opener.count else 0) :]
        if not opener.count:
            openers.pop()
        read.append(element)
        _lower(below, len(openers))


def _lower(below: dict[tuple[str, bool, int], int], count: int) -> None:
    for key, known in below.items():
        below[key] = min(known, count)


def _filled(tag: str, nodes: Sequence[_Node]) -> Element:
    """Return an element with these nodes; unpaired marks are text."""
    element = Element(tag)
    texts: list[str] = []
    last: Element | None = None

    def put() -> None:
        if texts and last is None:
            element.text = "".join(texts)
        elif texts and last is not None:
            last.tail = "".join(texts)
        texts.clear()

    for node in nodes:
        if isinstance(node, Element):
            put()
            element.append(node)
            last = node
        elif isinstance(node, Delimiter):
            texts.append(node.char * node.count)
        elif isinstance(node, _Bracket):
            texts.append("![" if node.image else "[")
        else:
            texts.append(node)
    put()
    return element


def _depth(element: Element) -> int:
    """Return the depth of nested markup in the element."""
    deepest, level = 0, list(element)
    while level and deepest <= MAX_DEPTH:
        deepest += 1
        level = [child for each in level for child in each]
    return deepest
