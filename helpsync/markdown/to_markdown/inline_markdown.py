"""The inline content of a paragraph, heading or cell as Markdown: as plain as can be, and read back to be sure.

What is read differently is written again with more escapes, then with tags instead of marks, then with entities.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown import addresses, videos
from helpsync.markdown.html.tree import attributes_of
from helpsync.markdown.parse.inline import ENTITY
from helpsync.markdown.to_markdown import lines, marks, raw_tags
from helpsync.markdown.to_markdown.escape import RISKY, Care, Risks, address, literal, risks
from helpsync.markdown.to_markdown.nesting import Token, tokens
from helpsync.markdown.to_markdown.readback import reads_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markdown.html.runs import Run
    from helpsync.markdown.to_markdown.nesting import OpenFormat

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


def write_inline(runs: Sequence[Run], kind: lines.Kind, *, autolinks: bool = True) -> str:
    """Return the runs as Markdown that renders to them; without `autolinks`, each link has text and address."""
    if len(runs) == 1 and runs[0].kind == "text" and not runs[0].formats and not RISKY.search(runs[0].text):
        text = lines.guarded(runs[0].text, kind)
        if kind == "cell":
            text = text.replace("|", "\\|")
        if lines.is_plain(text) or len(text) > _LONGEST_TEXT or reads_back(text, kind, runs):
            return text
    parts = tokens(runs)
    marks.settle(parts, escaped=_escapes_tildes(parts))
    if len(parts) > _MOST_PARTS or sum(len(part.text) for part in parts) > _LONGEST_TEXT:
        return _Leaf(parts, kind, _UNREAD, autolinks=autolinks).text()
    text = ""
    for style in _STYLES:
        if style.care is Care.ALL:
            marks.settle(parts, escaped=True)
        text = _Leaf(parts, kind, style, autolinks=autolinks).text()
        if reads_back(text, kind, runs):
            break
    return text


def _escapes_tildes(parts: Sequence[Token]) -> bool:
    """Tell whether literal tildes need escapes, as long as all that is struck through has marks."""
    plain = "".join(part.text if part.kind == "text" else "\0" for part in parts)
    struck = any(part.span is not None and part.span.name == "s" for part in parts)
    return "~" in plain and risks(plain, code=False, emphasis=False, struck=struck).waves


class _Leaf:
    def __init__(self, parts: Sequence[Token], kind: lines.Kind, style: _Style, *, autolinks: bool) -> None:
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
        text = lines.guarded("".join(written), self._kind)
        return text.replace("|", "\\|") if self._kind == "cell" else text

    def _found(self) -> Risks:
        spans = [part.span for part in self._parts if part.span is not None and not part.span.raw]
        names = {span.name for span in spans}
        plain, self._at = self._plain()
        return risks(
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
            before = "}" if _takes_attributes(previous) else marks.last(previous)
        if position + 1 < len(self._parts):
            after = marks.first(self._parts[position + 1])
        text = self._parts[position].text
        at, in_link = self._at[position], self._links > 0
        return literal(text, self._risks, self._style.care, at=at, before=before, after=after, in_link=in_link)

    def _code(self, text: str) -> str:
        if self._style.tags:
            return f"<code>{literal(text, Risks(), max(self._style.care, Care.ALL))}</code>"
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
            return raw_tags.in_markdown(raw_tags.image(run))
        alt = literal(run.text, _RISKY_ALT, self._style.care, in_link=True)
        return f"![{alt}]({address(source)})"

    def _is_tag(self, span: OpenFormat) -> bool:
        if span.name != "a":
            return span.raw or span.name not in marks.MARKS
        found = attributes_of(span.tag[len("<a") : -1])
        href = found.get("href", "")
        return self._style.links or not href or len(found) > 1 or len(href) > _LONGEST_ADDRESS

    def _opening(self, span: OpenFormat) -> str:
        if self._is_tag(span):
            return raw_tags.in_markdown(raw_tags.opening(span.name, span.tag))
        if span.name != "a":
            return marks.MARKS[span.name]
        self._links += 1
        return "["

    def _closing(self, span: OpenFormat) -> str:
        if self._is_tag(span):
            return raw_tags.closing(span.name)
        if span.name != "a":
            return marks.MARKS[span.name]
        self._links -= 1
        return f"]({address(_href(span))})"

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
        if href != addresses.encode_address(text) or not _AUTOLINK.fullmatch(text) or _REFERENCE.search(text):
            return None
        alone = self._ends_line(position - 1) and self._ends_line(position + 3)
        return None if alone and videos.video_on_line(text) is not None else f"<{text}>"

    def _ends_line(self, position: int) -> bool:
        return not 0 <= position < len(self._parts) or self._parts[position].kind == "break"


_RISKY_ALT = Risks()


def _href(span: OpenFormat) -> str:
    return attributes_of(span.tag[len("<a") : -1]).get("href", "")


def _takes_attributes(token: Token) -> bool:
    """Tell whether braces right behind the token would be read as its attributes."""
    if token.span is not None:
        return token.kind == "close" and not token.span.raw
    return token.kind in {"code", "image"}
