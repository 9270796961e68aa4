"""The inline content of a paragraph, heading or cell as Markdown: as plain as can be, and read back to be sure.

What is read differently is written again with more escapes, then with tags instead of marks, then with entities.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from helpsync.markdown.addresses import encode_address, video_on_line
from helpsync.markdown.html.read import attribute, tag_attributes
from helpsync.markdown.parse.inline import ENTITY
from helpsync.markdown.to_markdown.escape import (
    PUNCTUATION,
    RISKY,
    Care,
    InlineKind,
    Risks,
    begins_plainly,
    escape_literal,
    find_risks,
    guard_lines,
    link_address,
    reads_back,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from helpsync.markdown.html.read import Formats, Run


_SHORT = {"strong": "b", "em": "i"}
# Within a tag, Markdown still sees these before it sees the tag.
_MARKDOWN = re.compile(r"[\\`\[\]!]")


def opening_tag(name: str, tag: str) -> str:
    """Return the start tag of a format."""
    return f"<{_SHORT[name]}>" if name in _SHORT else tag


def closing_tag(name: str) -> str:
    """Return the end tag of a format."""
    return f"</{_SHORT.get(name, name)}>"


def shielded_tag(tag: str) -> str:
    """Return a tag so that Markdown around it finds nothing in its attributes."""
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", tag)


def start_tag(name: str, attributes: Mapping[str, str]) -> str:
    """Return a start tag with these attributes."""
    return f"<{name}{''.join(attribute(key, value) for key, value in attributes.items())}>"


def image_tag(run: Run) -> str:
    """Return a picture as a tag."""
    source = "" if run.source is None else attribute("src", run.source)
    return f"<img{source}{attribute('alt', run.text) if run.text else ''}>"


def raw_inline(runs: Iterable[Run]) -> str:
    """Return the runs as HTML on one line; a format that goes on stays open."""
    parts: list[str] = []
    opened: Formats = ()
    breaks = ""
    for run in runs:
        if run.kind == "break":
            breaks += "<br>"
            continue
        kept = 0
        while kept < min(len(opened), len(run.formats)) and opened[kept] == run.formats[kept]:
            kept += 1
        parts.extend(closing_tag(name) for name, _ in reversed(opened[kept:]))
        parts.append(breaks)
        parts.extend(opening_tag(name, tag) for name, tag in run.formats[kept:])
        opened, breaks = run.formats, ""
        parts.append(html.escape(run.text, quote=False) if run.kind == "text" else image_tag(run))
    parts.extend(closing_tag(name) for name, _ in reversed(opened))
    return "".join(parts)


EMPHASIS = frozenset({"strong", "em"})
_ORDER = {"a": 0, "strong": 1, "em": 2}


@dataclass(slots=True, eq=False)
class OpenFormat:
    """A format that is open over some tokens; `end` is the last piece it reaches, `start` the token that opens it.

    `raw` says that it is written as a tag. `nested` and `holds` tell of other emphasis around it and in it.
    """

    name: str
    tag: str
    end: int
    start: int = 0
    raw: bool = False
    nested: bool = False
    holds: bool = False


class Token(NamedTuple):
    """A part of a leaf: literal text, code, a hard break, a picture, or where a span opens or closes."""

    kind: Literal["text", "code", "break", "image", "open", "close"]
    text: str = ""
    span: OpenFormat | None = None
    run: Run | None = None


class _Piece(NamedTuple):
    token: Token
    formats: tuple[tuple[str, str], ...]
    floating: bool = False
    """Whether it is a space or break, which no format needs to begin or end with."""


def inline_tokens(runs: Sequence[Run]) -> list[Token]:
    """Return the leaf's tokens; a space or break stands outside of the formats that begin or end beside it."""
    pieces = _pieces(runs)
    ends = _ends(pieces)
    written: list[Token] = []
    stack: list[OpenFormat] = []
    for number, piece in enumerate(pieces):
        kept = _kept(stack, piece, ends[number])
        _close(written, stack, kept)
        if not piece.floating:
            present = {(span.name, span.tag) for span in stack}
            opening = [entry for entry in piece.formats if entry not in present]
            for entry in sorted(opening, key=lambda entry: (-ends[number][entry], _ORDER.get(entry[0], 3))):
                _open(written, stack, OpenFormat(*entry, ends[number][entry]))
        written.append(piece.token)
    _close(written, stack, 0)
    return _joined(written)


def _pieces(runs: Sequence[Run]) -> list[_Piece]:
    pieces: list[_Piece] = []
    before: tuple[tuple[str, str], ...] = ()
    following = _following(runs)
    for number, run in enumerate(runs):
        if run.kind == "break":
            pieces.append(_Piece(Token("break"), _common(before, following[number]), floating=True))
            continue
        formats = tuple(entry for entry in run.formats if entry[0] != "code")
        if run.kind == "image":
            pieces.append(_Piece(Token("image", run=run), formats))
            before = formats
            continue
        text = run.text.strip(" ")
        if run.text.startswith(" "):
            pieces.append(_Piece(Token("text", " "), _common(before, formats), floating=True))
        if text:
            kind: Literal["code", "text"] = "code" if len(formats) < len(run.formats) else "text"
            pieces.append(_Piece(Token(kind, text), formats))
            before = formats
            if run.text.endswith(" "):
                pieces.append(_Piece(Token("text", " "), _common(formats, following[number]), floating=True))
    return pieces


def _following(runs: Sequence[Run]) -> list[tuple[tuple[str, str], ...]]:
    """Return for each run the formats of the next one that is no break."""
    found: list[tuple[tuple[str, str], ...]] = []
    following: tuple[tuple[str, str], ...] = ()
    for run in reversed(runs):
        found.append(following)
        if run.kind != "break":
            following = run.formats
    return found[::-1]


def _common(before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(entry for entry in before if entry in after)


def _ends(pieces: Sequence[_Piece]) -> list[dict[tuple[str, str], int]]:
    """Return for each piece how far each of its formats reaches without a gap."""
    found: list[dict[tuple[str, str], int]] = []
    following: dict[tuple[str, str], int] = {}
    for number in range(len(pieces) - 1, -1, -1):
        following = {entry: following.get(entry, number) for entry in pieces[number].formats}
        found.append(following)
    return found[::-1]


def _kept(stack: Sequence[OpenFormat], piece: _Piece, ends: dict[tuple[str, str], int]) -> int:
    """Return how many of the open spans stay open: those that end within a link that begins here do not."""
    present = {(span.name, span.tag) for span in stack}
    link = next((entry for entry in piece.formats if entry[0] == "a" and entry not in present), None)
    until = ends[link] if link is not None and not piece.floating else -1
    kept = 0
    while kept < len(stack) and (stack[kept].name, stack[kept].tag) in piece.formats and stack[kept].end >= until:
        kept += 1
    return kept


def _open(written: list[Token], stack: list[OpenFormat], span: OpenFormat) -> None:
    if span.name in EMPHASIS:
        for outer in stack:
            if outer.name in EMPHASIS:
                span.nested = outer.holds = True
    stack.append(span)
    written.append(Token("open", span=span))


def _close(written: list[Token], stack: list[OpenFormat], kept: int) -> None:
    if len(stack) == kept:
        return
    floating: list[Token] = []
    while written and (written[-1].kind == "break" or written[-1].text == " "):
        floating.append(written.pop())
    while len(stack) > kept:
        written.append(Token("close", span=stack.pop()))
    written.extend(reversed(floating))


def _joined(written: Sequence[Token]) -> list[Token]:
    """Return the tokens with neighbouring texts as one."""
    joined: list[Token] = []
    texts: list[str] = []
    for token in written:
        if token.kind == "text":
            texts.append(token.text)
            continue
        if texts:
            joined.append(Token("text", "".join(texts)))
            texts = []
        joined.append(token)
    if texts:
        joined.append(Token("text", "".join(texts)))
    return joined


MARKS = {"strong": "**", "em": "*", "s": "~~"}
_ROUNDS = 4


def first_char(token: Token) -> str:
    """Return the character that the token begins with."""
    if token.kind == "text":
        return token.text[0]
    if token.span is None:
        return {"code": "`", "break": "\\", "image": "!"}[token.kind]
    if token.span.raw or token.span.name not in MARKS:
        return "<" if token.span.raw or token.span.name != "a" else "[" if token.kind == "open" else "]"
    return MARKS[token.span.name][0]


def last_char(token: Token) -> str:
    """Return the character that the token ends with."""
    if token.kind == "text":
        return token.text[-1]
    if token.span is None:
        return {"code": "`", "break": "\n", "image": ")"}[token.kind]
    if token.span.raw or token.span.name not in MARKS:
        return ">" if token.span.raw or token.span.name != "a" else "[" if token.kind == "open" else ")"
    return MARKS[token.span.name][0]


def choose_tags(tokens: Sequence[Token], *, escaped: bool) -> None:
    """Make those spans `raw` whose marks GitHub would not read; that can take from others what their marks need.

    `escaped` tells whether literal tildes are going to be.
    """
    for _ in range(_ROUNDS):
        if not _settle(tokens, escaped=escaped):
            return
    for token in tokens:
        if token.span is not None and token.span.name in MARKS:
            token.span.raw = True


def _settle(tokens: Sequence[Token], *, escaped: bool) -> bool:
    changed = False
    position = 0
    for mark, group in groupby(tokens, key=_mark):
        run = list(group)
        if mark:
            before = _seen(tokens[position - 1], -1, escaped=escaped) if position else " "
            position += len(run)
            after = _seen(tokens[position], 0, escaped=escaped) if position < len(tokens) else " "
            for span in _unread(run, before, after):
                span.raw = changed = True
        else:
            position += len(run)
    return changed


def _seen(token: Token, edge: int, *, escaped: bool) -> str:
    """Return the character that GitHub sees beside a mark: it looks past tildes, which mark something of its own.

    Escaped ones are characters like others.
    """
    if token.kind == "text" and not escaped:
        return (token.text.strip("~") or " ")[edge]
    return first_char(token) if edge == 0 else last_char(token)


def _mark(token: Token) -> str:
    span = token.span
    return "" if span is None or span.raw or span.name not in MARKS else MARKS[span.name][0]


def _unread(run: Sequence[Token], before: str, after: str) -> list[OpenFormat]:
    """Return the spans whose marks, in this unbroken run of marks, would not be read as they are meant."""
    opening = [token.span for token in run if token.kind == "open" and token.span is not None]
    closing = [token.span for token in run if token.kind == "close" and token.span is not None]
    if opening and closing:
        return opening
    left = not after.isspace() and (not _is_any_punctuation(after) or before.isspace() or _is_punctuation(before))
    right = not before.isspace() and (not _is_any_punctuation(before) or after.isspace() or _is_punctuation(after))
    if (opening and not left) or (closing and not right):
        return opening or closing
    if left and right:
        # A mark that could open as well as close pairs up with others in ways that nobody foresees.
        return [span for span in opening or closing if span.nested or span.holds]
    return []


def _is_punctuation(char: str) -> bool:
    return char in PUNCTUATION or unicodedata.category(char)[0] == "P"


def _is_any_punctuation(char: str) -> bool:
    """Tell whether some version of CommonMark counts the character as punctuation."""
    return char in PUNCTUATION or unicodedata.category(char)[0] in "PS"


_AUTOLINK = re.compile(r"(?:https?|ftp)://[^\s<>\\`\"|]+")
_MAIL = re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_REFERENCE = re.compile(ENTITY)
_BRACKET = re.compile(r"[\[\]]")
_TICKS = re.compile("`+")
_LONGEST_ADDRESS = 4000
"""Longer ones are not looked for in parentheses (`inline`), so such a link is a tag."""


class _Style(NamedTuple):
    """How a leaf is tried: what is escaped, and whether formats and links are tags."""

    care: Care
    tags: bool = False
    links: bool = False


_STYLES = (
    _Style(Care.RISKY),
    _Style(Care.ALL),
    _Style(Care.RISKY, tags=True),
    _Style(Care.ALL, tags=True),
    _Style(Care.ENTITIES, tags=True, links=True),
)
_UNREAD = _Style(Care.ALL, tags=True, links=True)
_LONGEST_TEXT, _MOST_PARTS = 20_000, 2_000
"""Reading a leaf back takes the square of its length; a larger one is escaped with care instead."""


def write_inline(runs: Sequence[Run], kind: InlineKind, *, autolinks: bool = True) -> str:
    """Return the runs as Markdown that renders to them; without `autolinks`, each link has text and address."""
    if len(runs) == 1 and runs[0].kind == "text" and not runs[0].formats and not RISKY.search(runs[0].text):
        text = guard_lines(runs[0].text, kind)
        if kind == "cell":
            text = text.replace("|", "\\|")
        if begins_plainly(text) or len(text) > _LONGEST_TEXT or reads_back(text, kind, runs):
            return text
    parts = inline_tokens(runs)
    choose_tags(parts, escaped=_escapes_tildes(parts))
    if len(parts) > _MOST_PARTS or sum(len(part.text) for part in parts) > _LONGEST_TEXT:
        return _Leaf(parts, kind, _UNREAD, autolinks=autolinks).text()
    text = ""
    for style in _STYLES:
        if style.care is Care.ALL:
            choose_tags(parts, escaped=True)
        text = _Leaf(parts, kind, style, autolinks=autolinks).text()
        if reads_back(text, kind, runs):
            break
    return text


def _escapes_tildes(parts: Sequence[Token]) -> bool:
    """Tell whether literal tildes need escapes, as long as all that is struck through has marks."""
    plain = "".join(part.text if part.kind == "text" else "\0" for part in parts)
    struck = any(part.span is not None and part.span.name == "s" for part in parts)
    return "~" in plain and find_risks(plain, code=False, emphasis=False, struck=struck).waves


class _Leaf:
    def __init__(self, parts: Sequence[Token], kind: InlineKind, style: _Style, *, autolinks: bool) -> None:
        self._parts = parts
        self._kind = kind
        self._style = style
        self._autolinks = autolinks
        self._links = 0
        if style.tags:
            for part in parts:
                if part.span is not None and part.span.name != "a":
                    part.span.raw = True
        self._risks = self._found()

    def text(self) -> str:
        """Return the leaf's Markdown."""
        written: list[str] = []
        position = 0
        while position < len(self._parts):
            if (link := self._autolink(position)) is not None:
                written.append(link)
                position += 3
                continue
            written.append(self._one(position))
            position += 1
        text = guard_lines("".join(written), self._kind)
        return text.replace("|", "\\|") if self._kind == "cell" else text

    def _found(self) -> Risks:
        spans = [part.span for part in self._parts if part.span is not None and not part.span.raw]
        names = {span.name for span in spans}
        plain, self._at = self._plain()
        return find_risks(
            plain,
            code=any(part.kind == "code" for part in self._parts),
            emphasis=not names.isdisjoint({"strong", "em"}),
            struck="s" in names,
        )

    def _plain(self) -> tuple[str, list[int]]:
        """Return the literal text, with one character for each other part, and where each part begins in it."""
        parts: list[str] = []
        starts: list[int] = []
        length = links = 0
        for part in self._parts:
            if part.span is not None and part.span.name == "a":
                links += 1 if part.kind == "open" else -1
                parts.append("[" if part.kind == "open" else "\0")
            elif part.kind == "text":
                # In a link's text all brackets are escaped anyway.
                parts.append(_BRACKET.sub("\0", part.text) if links else part.text)
            else:
                parts.append("\0")
            starts.append(length)
            length += len(parts[-1])
        return "".join(parts), starts

    def _one(self, position: int) -> str:
        part = self._parts[position]
        if part.span is not None:
            return self._opening(part.span) if part.kind == "open" else self._closing(part.span)
        if part.run is not None:
            return self._image(part.run)
        if part.kind == "text":
            return self._literal(position)
        if part.kind == "code":
            return self._code(part.text)
        return "\\\n" if self._kind == "paragraph" else "<br>"

    def _literal(self, position: int) -> str:
        before = after = ""
        if position:
            previous = self._parts[position - 1]
            before = "}" if _takes_attributes(previous) else last_char(previous)
        if position + 1 < len(self._parts):
            after = first_char(self._parts[position + 1])
        text = self._parts[position].text
        at, in_link = self._at[position], self._links > 0
        return escape_literal(text, self._risks, self._style.care, at=at, before=before, after=after, in_link=in_link)

    def _code(self, text: str) -> str:
        if self._style.tags:
            return f"<code>{escape_literal(text, Risks(), max(self._style.care, Care.ALL))}</code>"
        longest = {len(run) for run in _TICKS.findall(text)}
        fence = "`"
        while len(fence) in longest:
            fence += "`"
        spaced = text.startswith(" ") and text.endswith(" ") and not text.isspace()
        pad = " " if spaced or text.startswith("`") or text.endswith("`") else ""
        return f"{fence}{pad}{text}{pad}{fence}"

    def _image(self, run: Run) -> str:
        source = run.source or ""
        if self._style.links or not source or len(source) > _LONGEST_ADDRESS:
            return shielded_tag(image_tag(run))
        alt = escape_literal(run.text, _RISKY_ALT, self._style.care, in_link=True)
        return f"![{alt}]({link_address(source)})"

    def _is_tag(self, span: OpenFormat) -> bool:
        if span.name != "a":
            return span.raw or span.name not in MARKS
        found = tag_attributes(span.tag[len("<a") : -1])
        href = found.get("href", "")
        return self._style.links or not href or len(found) > 1 or len(href) > _LONGEST_ADDRESS

    def _opening(self, span: OpenFormat) -> str:
        if self._is_tag(span):
            return shielded_tag(opening_tag(span.name, span.tag))
        if span.name != "a":
            return MARKS[span.name]
        self._links += 1
        return "["

    def _closing(self, span: OpenFormat) -> str:
        if self._is_tag(span):
            return closing_tag(span.name)
        if span.name != "a":
            return MARKS[span.name]
        self._links -= 1
        return f"]({link_address(_href(span))})"

    def _autolink(self, position: int) -> str | None:
        """Return the link that begins here in its short form when its text is its address."""
        span = self._parts[position].span
        if not self._autolinks or self._style.care is not Care.RISKY or span is None or span.name != "a":
            return None
        parts = self._parts[position : position + 3]
        if [part.kind for part in parts] != ["open", "text", "close"] or self._is_tag(span):
            return None
        href, text = _href(span), parts[1].text
        if href == f"mailto:{text}" and _MAIL.fullmatch(text):
            return f"<{text}>"
        if href != encode_address(text) or not _AUTOLINK.fullmatch(text) or _REFERENCE.search(text):
            return None
        alone = self._ends_line(position - 1) and self._ends_line(position + 3)
        return None if alone and video_on_line(text) is not None else f"<{text}>"

    def _ends_line(self, position: int) -> bool:
        return not 0 <= position < len(self._parts) or self._parts[position].kind == "break"


_RISKY_ALT = Risks()


def _href(span: OpenFormat) -> str:
    return tag_attributes(span.tag[len("<a") : -1]).get("href", "")


def _takes_attributes(token: Token) -> bool:
    """Tell whether braces right behind the token would be read as its attributes."""
    if token.span is not None:
        return token.kind == "close" and not token.span.raw
    return token.kind in {"code", "image"}
