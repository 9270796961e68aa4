"""The inline content of a paragraph, heading or cell as Markdown: as plain as possible, and read back to verify it.

If it is read differently, it is written again with more escapes, then with tags instead of marks, then with entities.
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
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from helpsync.markdown.html.read import Formats, TextRun

# Runs as raw HTML, for places where Markdown does not reach: summaries, table cells, formats it lacks

_SHORT = {"strong": "b", "em": "i"}
# Within a tag, Markdown still sees these before it sees the tag.
_MARKDOWN = re.compile(r"[\\`\[\]!]")


def start_tag(name: str, attributes: Mapping[str, str]) -> str:
    """Return a start tag with these attributes."""
    return f"<{name}{''.join(attribute(key, value) for key, value in attributes.items())}>"


def raw_inline(runs: Iterable[TextRun]) -> str:
    """Return the runs as HTML on one line; a format that continues stays open."""
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
        parts += [_closing_tag(name) for name, _ in reversed(opened[kept:])]
        parts.append(breaks)
        parts += [_opening_tag(name, tag) for name, tag in run.formats[kept:]]
        opened, breaks = run.formats, ""
        parts.append(html.escape(run.text, quote=False) if run.kind == "text" else _image_tag(run))
    parts += [_closing_tag(name) for name, _ in reversed(opened)]
    return "".join(parts)


def _opening_tag(name: str, tag: str) -> str:
    return f"<{_SHORT[name]}>" if name in _SHORT else tag


def _closing_tag(name: str) -> str:
    return f"</{_SHORT.get(name, name)}>"


def _image_tag(run: TextRun) -> str:
    source = "" if run.source is None else attribute("src", run.source)
    return f"<img{source}{attribute('alt', run.text) if run.text else ''}>"


def _shielded(tag: str) -> str:
    """Return a tag so that Markdown finds nothing in its attributes."""
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", tag)


# Runs as tokens: formats open and close around text so that the longest is outermost and no link is cut

_EMPHASIS = frozenset({"strong", "em"})
_ORDER = {"a": 0, "strong": 1, "em": 2}


@dataclass(slots=True, eq=False)
class _OpenFormat:
    """A format that is open over some tokens; `end` is the last piece it reaches.

    `raw`: it is written as a tag. `nested`: other emphasis is around it. `holds`: other emphasis is in it.
    """

    name: str
    tag: str
    end: int
    raw: bool = False
    nested: bool = False
    holds: bool = False

    @property
    def mark(self) -> str:
        """The mark it is written with, empty for a tag and for a link."""
        return "" if self.raw else _MARKS.get(self.name, "")


class _Token(NamedTuple):
    """A part of a leaf: literal text, code, a hard break, a picture, or the start or end of a format."""

    kind: Literal["text", "code", "break", "image", "open", "close"]
    text: str = ""
    format: _OpenFormat | None = None
    run: TextRun | None = None

    def edge(self, *, last: bool) -> str:
        """Return the first or last character of the token in Markdown."""
        if self.kind == "text":
            return self.text[-1 if last else 0]
        if self.format is None:
            return {"code": "``", "break": "\\\n", "image": "!)"}[self.kind][last]
        if self.format.mark:
            return self.format.mark[0]
        if self.format.raw or self.format.name != "a":
            return ">" if last else "<"
        if self.kind == "open":
            return "["
        return ")" if last else "]"


class _Piece(NamedTuple):
    token: _Token
    formats: Formats
    floating: bool = False
    """Whether it is a space or break, which no format needs to begin or end with."""


def _tokens(runs: Sequence[TextRun]) -> list[_Token]:
    """Return the leaf's tokens; a space or break is outside the formats that start or end beside it."""
    pieces = list(_pieces(runs))
    ends = _ends(pieces)
    written: list[_Token] = []
    stack: list[_OpenFormat] = []
    for number, piece in enumerate(pieces):
        _close(written, stack, _kept(stack, piece, ends[number]))
        if not piece.floating:
            present = {(each.name, each.tag) for each in stack}
            opening = [entry for entry in piece.formats if entry not in present]
            for entry in sorted(opening, key=lambda entry: (-ends[number][entry], _ORDER.get(entry[0], 3))):
                opened = _OpenFormat(*entry, ends[number][entry])
                for outer in stack if opened.name in _EMPHASIS else ():
                    if outer.name in _EMPHASIS:
                        opened.nested = outer.holds = True
                stack.append(opened)
                written.append(_Token("open", format=opened))
        written.append(piece.token)
    _close(written, stack, 0)
    return _joined(written)


def _pieces(runs: Sequence[TextRun]) -> Iterator[_Piece]:
    before: Formats = ()
    for run, after in zip(runs, _following(runs), strict=True):
        if run.kind == "break":
            yield _Piece(_Token("break"), _common(before, after), floating=True)
            continue
        formats = tuple(entry for entry in run.formats if entry[0] != "code")
        if run.kind == "image":
            yield _Piece(_Token("image", run=run), formats)
            before = formats
            continue
        text = run.text.strip(" ")
        if run.text.startswith(" "):
            yield _Piece(_Token("text", " "), _common(before, formats), floating=True)
        if text:
            yield _Piece(_Token("code" if len(formats) < len(run.formats) else "text", text), formats)
            before = formats
            if run.text.endswith(" "):
                yield _Piece(_Token("text", " "), _common(formats, after), floating=True)


def _following(runs: Sequence[TextRun]) -> list[Formats]:
    """Return, for each run, the formats of the next one that is not a break."""
    found: list[Formats] = []
    following: Formats = ()
    for run in reversed(runs):
        found.append(following)
        if run.kind != "break":
            following = run.formats
    return found[::-1]


def _common(before: Formats, after: Formats) -> Formats:
    return tuple(entry for entry in before if entry in after)


def _ends(pieces: Sequence[_Piece]) -> list[dict[tuple[str, str], int]]:
    """Return, for each piece, how far each of its formats reaches without a gap."""
    found: list[dict[tuple[str, str], int]] = []
    following: dict[tuple[str, str], int] = {}
    for number in range(len(pieces) - 1, -1, -1):
        following = {entry: following.get(entry, number) for entry in pieces[number].formats}
        found.append(following)
    return found[::-1]


def _kept(stack: Sequence[_OpenFormat], piece: _Piece, ends: dict[tuple[str, str], int]) -> int:
    """Return how many of the open formats stay open: those that end within a link that starts here do not."""
    present = {(each.name, each.tag) for each in stack}
    link = next((entry for entry in piece.formats if entry[0] == "a" and entry not in present), None)
    until = ends[link] if link is not None and not piece.floating else -1
    kept = 0
    while kept < len(stack) and (stack[kept].name, stack[kept].tag) in piece.formats and stack[kept].end >= until:
        kept += 1
    return kept


def _close(written: list[_Token], stack: list[_OpenFormat], kept: int) -> None:
    """Close all open formats but the first `kept`, before the spaces and breaks that were written last."""
    if len(stack) == kept:
        return
    floating: list[_Token] = []
    while written and (written[-1].kind == "break" or written[-1].text == " "):
        floating.append(written.pop())
    while len(stack) > kept:
        written.append(_Token("close", format=stack.pop()))
    written.extend(reversed(floating))


def _joined(written: Sequence[_Token]) -> list[_Token]:
    """Return the tokens with neighbouring texts as one."""
    joined: list[_Token] = []
    for is_text, group in groupby(written, key=lambda token: token.kind == "text"):
        tokens = list(group)
        joined += [_Token("text", "".join(token.text for token in tokens))] if is_text else tokens
    return joined


# Which formats are marks (`**`, `*`, `~~`) and which must be tags, for GitHub reads fewer marks than we do.
#
# CommonMark: a mark opens where text follows, and closes where text precedes; beside punctuation only when a space or
# more punctuation stands on its other side. So `**「重要」**です` is no bold text there, and `<b>「重要」</b>です` is.

_MARKS = {"strong": "**", "em": "*", "s": "~~"}
_ROUNDS = 4


def _choose_tags(tokens: Sequence[_Token], *, escaped: bool) -> None:
    """Make the formats `raw` whose marks GitHub would not read, which can affect the marks of others.

    `escaped`: literal tildes will be escaped.
    """
    for _ in range(_ROUNDS):
        if not _choose_more_tags(tokens, escaped=escaped):
            return
    for token in tokens:
        if token.format is not None and token.format.mark:
            token.format.raw = True


def _choose_more_tags(tokens: Sequence[_Token], *, escaped: bool) -> bool:
    changed = False
    position = 0
    for mark, group in groupby(tokens, key=lambda token: token.format.mark[:1] if token.format else ""):
        run = list(group)
        start, position = position, position + len(run)
        if not mark:
            continue
        before = _seen(tokens[start - 1], escaped=escaped, last=True) if start else " "
        after = _seen(tokens[position], escaped=escaped, last=False) if position < len(tokens) else " "
        for each in _unread(run, before, after):
            each.raw = changed = True
    return changed


def _seen(token: _Token, *, escaped: bool, last: bool) -> str:
    """Return the character that GitHub sees beside a mark: it looks past tildes, unless they are escaped."""
    if token.kind == "text" and not escaped:
        return (token.text.strip("~") or " ")[-1 if last else 0]
    return token.edge(last=last)


def _unread(run: Sequence[_Token], before: str, after: str) -> list[_OpenFormat]:
    """Return the formats whose marks, in this unbroken run of marks, would be misread."""
    opening = [token.format for token in run if token.kind == "open" and token.format is not None]
    closing = [token.format for token in run if token.kind == "close" and token.format is not None]
    if opening and closing:
        return opening
    left = not after.isspace() and (not _is_any_punctuation(after) or before.isspace() or _is_punctuation(before))
    right = not before.isspace() and (not _is_any_punctuation(before) or after.isspace() or _is_punctuation(after))
    if (opening and not left) or (closing and not right):
        return opening or closing
    if left and right:
        # A mark that could open as well as close pairs up with others in ways that nobody foresees.
        return [each for each in opening or closing if each.nested or each.holds]
    return []


def _is_punctuation(char: str) -> bool:
    return char in PUNCTUATION or unicodedata.category(char)[0] == "P"


def _is_any_punctuation(char: str) -> bool:
    """Return whether some version of CommonMark counts the character as punctuation."""
    return char in PUNCTUATION or unicodedata.category(char)[0] in "PS"


# Tokens as Markdown

_AUTOLINK = re.compile(r"(?:https?|ftp)://[^\s<>\\`\"|]+")
_MAIL = re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_REFERENCE = re.compile(ENTITY)
_BRACKET = re.compile(r"[\[\]]")
_TICKS = re.compile("`+")
_LONGEST_ADDRESS = 4000
"""Longer ones are not looked for in parentheses (`inline`), so such a link is a tag."""


class _Style(NamedTuple):
    """One attempt at writing a leaf: what is escaped, and whether formats and links are tags."""

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


def write_inline(runs: Sequence[TextRun], kind: InlineKind, *, autolinks: bool = True) -> str:
    """Return the runs as Markdown that renders to them; without `autolinks`, each link has text and address."""
    if len(runs) == 1 and runs[0].kind == "text" and not runs[0].formats and not RISKY.search(runs[0].text):
        text = guard_lines(runs[0].text, kind)
        if kind == "cell":
            text = text.replace("|", "\\|")
        if begins_plainly(text) or len(text) > _LONGEST_TEXT or reads_back(text, kind, runs):
            return text
    parts = _tokens(runs)
    plain = "".join(part.text if part.kind == "text" else "\0" for part in parts)
    struck = any(part.format is not None and part.format.name == "s" for part in parts)
    tildes = "~" in plain and find_risks(plain, code=False, emphasis=False, struck=struck).waves
    _choose_tags(parts, escaped=tildes)
    if len(parts) > _MOST_PARTS or sum(len(part.text) for part in parts) > _LONGEST_TEXT:
        return _Leaf(parts, kind, _UNREAD, autolinks=autolinks).text()
    text = ""
    for style in _STYLES:
        if style.care is Care.ALL:
            _choose_tags(parts, escaped=True)
        text = _Leaf(parts, kind, style, autolinks=autolinks).text()
        if reads_back(text, kind, runs):
            break
    return text


class _Leaf:
    def __init__(self, parts: Sequence[_Token], kind: InlineKind, style: _Style, *, autolinks: bool) -> None:
        self._parts = parts
        self._kind = kind
        self._style = style
        self._autolinks = autolinks
        self._links = 0
        if style.tags:
            for part in parts:
                if part.format is not None and part.format.name != "a":
                    part.format.raw = True
        names = {part.format.name for part in parts if part.format is not None and not part.format.raw}
        plain, self._at = self._plain()
        self._risks = find_risks(
            plain,
            code=any(part.kind == "code" for part in parts),
            emphasis=not names.isdisjoint(_EMPHASIS),
            struck="s" in names,
        )

    def text(self) -> str:
        written: list[str] = []
        position = 0
        while position < len(self._parts):
            link = self._autolink(position)
            written.append(self._one(position) if link is None else link)
            position += 1 if link is None else 3
        text = guard_lines("".join(written), self._kind)
        return text.replace("|", "\\|") if self._kind == "cell" else text

    def _plain(self) -> tuple[str, list[int]]:
        """Return the literal text, with one character for each other part, and the start of each part in it."""
        parts: list[str] = []
        starts: list[int] = []
        length = links = 0
        for part in self._parts:
            if part.format is not None and part.format.name == "a":
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
        if part.format is not None:
            return self._opening(part.format) if part.kind == "open" else self._closing(part.format)
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
            before = "}" if _takes_attributes(previous) else previous.edge(last=True)
        if position + 1 < len(self._parts):
            after = self._parts[position + 1].edge(last=False)
        text = self._parts[position].text
        at, in_link = self._at[position], self._links > 0
        return escape_literal(text, self._risks, self._style.care, at=at, before=before, after=after, in_link=in_link)

    def _code(self, text: str) -> str:
        if self._style.tags:
            return f"<code>{escape_literal(text, Risks(), max(self._style.care, Care.ALL))}</code>"
        taken = {len(run) for run in _TICKS.findall(text)}
        fence = "`" * next(length for length in range(1, len(taken) + 2) if length not in taken)
        spaced = text.startswith(" ") and text.endswith(" ") and not text.isspace()
        pad = " " if spaced or text.startswith("`") or text.endswith("`") else ""
        return f"{fence}{pad}{text}{pad}{fence}"

    def _image(self, run: TextRun) -> str:
        source = run.source or ""
        if self._style.links or not source or len(source) > _LONGEST_ADDRESS:
            return _shielded(_image_tag(run))
        return f"![{escape_literal(run.text, Risks(), self._style.care, in_link=True)}]({link_address(source)})"

    def _is_tag(self, opened: _OpenFormat) -> bool:
        if opened.name != "a":
            return opened.raw or opened.name not in _MARKS
        found = tag_attributes(opened.tag[len("<a") : -1])
        href = found.get("href", "")
        return self._style.links or not href or len(found) > 1 or len(href) > _LONGEST_ADDRESS

    def _opening(self, opened: _OpenFormat) -> str:
        if self._is_tag(opened):
            return _shielded(_opening_tag(opened.name, opened.tag))
        if opened.name != "a":
            return _MARKS[opened.name]
        self._links += 1
        return "["

    def _closing(self, opened: _OpenFormat) -> str:
        if self._is_tag(opened):
            return _closing_tag(opened.name)
        if opened.name != "a":
            return _MARKS[opened.name]
        self._links -= 1
        return f"]({link_address(_href(opened))})"

    def _autolink(self, position: int) -> str | None:
        """Return the link that starts here in its short form when its text is its address."""
        opened = self._parts[position].format
        if not self._autolinks or self._style.care is not Care.RISKY or opened is None or opened.name != "a":
            return None
        parts = self._parts[position : position + 3]
        if [part.kind for part in parts] != ["open", "text", "close"] or self._is_tag(opened):
            return None
        href, text = _href(opened), parts[1].text
        if href == f"mailto:{text}" and _MAIL.fullmatch(text):
            return f"<{text}>"
        if href != encode_address(text) or not _AUTOLINK.fullmatch(text) or _REFERENCE.search(text):
            return None
        alone = self._ends_line(position - 1) and self._ends_line(position + 3)
        return None if alone and video_on_line(text) is not None else f"<{text}>"

    def _ends_line(self, position: int) -> bool:
        return not 0 <= position < len(self._parts) or self._parts[position].kind == "break"


def _href(opened: _OpenFormat) -> str:
    return tag_attributes(opened.tag[len("<a") : -1]).get("href", "")


def _takes_attributes(token: _Token) -> bool:
    """Return whether braces right after the token would be read as its attributes."""
    if token.format is not None:
        return token.kind == "close" and not token.format.raw
    return token.kind in {"code", "image"}
