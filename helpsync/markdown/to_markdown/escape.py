"""Escapes literal text in Markdown: a backslash or an entity only where the text would be misread.

Text that can't be misread stays as a person would type it (`2 * 3`, `snake_case`, `a [b] c`, `AT&T`).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

from helpsync.markdown.html.read import attribute, read_html
from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.parse.document import (
    NO_ATTRIBUTES,
    Attributes,
    attributes_alone,
    leading_attributes,
    split_row,
    trailing_attributes,
)
from helpsync.markdown.parse.inline import ENTITY, parse_inline, unescape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from helpsync.markdown.html.read import TextRun


PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
"""What a backslash can stand before on GitHub."""

_ENTITY = re.compile(ENTITY)
_MARKS = re.compile(
    r"(?P<slash>\\+)|(?P<ticks>`+)|(?P<stars>\*+)|(?P<lines>_+)|(?P<waves>~+)|(?P<open>\[)|(?P<close>\])"
    rf"|(?P<tag><(?=[A-Za-z/!?]|[^\s<>]*@))|(?P<entity>&(?={ENTITY[1:]}))|(?P<bang>!)|(?P<brace>\{{)"
    r"|(?P<url>(?i:https?|(?<![A-Za-z])ftp):(?=//[^\s<>]))"
    r"|(?P<www>(?<![^\s*_~(])www\.(?=[^\s<]))|(?P<mail>(?<=[A-Za-z0-9.+_-])@(?=[A-Za-z0-9]))"
)
_ALL = re.compile(r"[\\`*_{}\[\]<>~!#]|&(?=[#\w])|(?i:https?|ftp):(?=//)|www\.|@")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_RUNS = {"*": re.compile(r"\*+"), "_": re.compile("_+"), "~": re.compile("~+")}
_TICKS = re.compile("`+")
_BRACKETS = re.compile(r"[\[\]]")
RISKY = re.compile(r"[\\`*_~\[\]<&!{@]|(?i:https?|ftp):|www\.")
"""A text without any of these is read as it is, apart from how its lines begin."""


class Care(IntEnum):
    """How much is escaped: what is risky, every sign of Markdown, or all punctuation, as entities."""

    RISKY = 0
    ALL = 1
    ENTITIES = 2


@dataclass(frozen=True, slots=True)
class Risks:
    """What could pair up in one leaf; `brackets` are the positions of those that could make a link."""

    ticks: bool = True
    stars: bool = True
    lines: bool = True
    waves: bool = True
    brackets: frozenset[int] = frozenset()


def find_risks(plain: str, *, code: bool, emphasis: bool, struck: bool) -> Risks:
    """Return what could pair up in a leaf's literal text; anything else is one U+0000 in `plain`, or `[` for a link.

    `code`, `emphasis` and `struck`: the leaf has such formats, which a lone mark could pair up with.
    """
    return Risks(
        ticks="`" in plain and (code or len(_TICKS.findall(plain)) > 1),
        stars="*" in plain and (emphasis or _pairs(plain, "*")),
        lines="_" in plain and _pairs(plain, "_"),
        waves="~" in plain and (struck or _pairs(plain, "~")),
        brackets=_linking(plain) if "](" in plain or "][" in plain else frozenset(),
    )


def _pairs(plain: str, mark: str) -> bool:
    """Return whether a run of the mark could open what a later one could close; any two tildes could."""
    opened = False
    for match in _RUNS[mark].finditer(plain):
        if not _is_inert(plain, match, within_words=mark == "_"):
            if opened and (mark == "~" or (match.start() and not plain[match.start() - 1].isspace())):
                return True
            opened = opened or mark == "~" or not plain[match.end() : match.end() + 1].isspace()
    return False


def _is_inert(text: str, match: re.Match[str], *, within_words: bool, before: str = "", after: str = "") -> bool:
    """Return whether the mark stands between spaces, or for an underscore within a word."""
    previous = text[match.start() - 1] if match.start() else before
    following = text[match.end()] if match.end() < len(text) else after
    if (not previous or previous.isspace()) and (not following or following.isspace()):
        return True
    return within_words and previous.isalnum() and following.isalnum()


def _linking(plain: str) -> frozenset[int]:
    """Return the brackets to escape so that none is followed by an address or a name.

    An opening one if no other could take its place, else the closing one.
    """
    found: list[int] = []
    opened: list[int] = []
    for match in _BRACKETS.finditer(plain):
        if match[0] == "[":
            opened.append(match.start())
        elif opened:
            linking = plain[match.end() : match.end() + 1] in {"(", "["}
            if not linking or len(opened) == 1:
                found.extend(opened[-1:] * linking)
                opened.pop()
            else:
                found.append(match.start())
    return frozenset(found)


def escape_literal(
    text: str, risky: Risks, care: Care, *, at: int = 0, before: str = "", after: str = "", in_link: bool = False
) -> str:
    """Return the text as Markdown that is read as this text; it is `at` a position of the leaf's `plain` text.

    `before` and `after` are the characters around it, "}" for anything that could take an attribute list, as a line
    break could.
    """
    if care is Care.ENTITIES:
        return _PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", text)
    if care is Care.ALL:
        return _ALL.sub(_escaped, text)

    def written(match: re.Match[str]) -> str:
        found = match[0]
        following = text[match.end()] if match.end() < len(text) else after
        if match.lastgroup in {"open", "close"}:
            return _bracket(found, following, in_link=in_link, linking=at + match.start() in risky.brackets)
        if match.lastgroup in {"stars", "lines", "waves"}:
            within_words = match.lastgroup == "lines"
            inert = _is_inert(text, match, within_words=within_words, before=before, after=after)
            return found if inert or not getattr(risky, match.lastgroup) else f"\\{found[0]}" * len(found)
        if match.lastgroup == "brace":
            takes = before in {"}", "\n"} and not match.start() and leading_attributes(text)[1] is not NO_ATTRIBUTES
            return "\\{" if takes else found
        if match.lastgroup == "bang":
            return "\\!" if following == "[" and match.end() == len(text) else found
        if in_link and match.lastgroup in {"url", "www", "mail"}:
            return found
        return _minimal(match.lastgroup or "", found, following, risky)

    return _MARKS.sub(written, text)


def _bracket(found: str, following: str, *, in_link: bool, linking: bool) -> str:
    if in_link and found + following == "]:":
        return "&#93;"  # At the beginning of a paragraph, `[a\]:` would define a reference.
    return f"\\{found}" if in_link or linking or found + following == "[^" else found


def _minimal(kind: str, found: str, following: str, risky: Risks) -> str:
    if kind == "slash":
        # Before a letter it stays one to both dialects, and people write C:\Users with one.
        doubled = len(found) > 1 or not following or following in PUNCTUATION
        return found * 2 if doubled else found
    if kind == "ticks":
        return "\\`" * len(found) if risky.ticks else found
    if kind == "entity":
        return "&amp;"
    return f"{found[:-1]}\\{found[-1]}"  # The last, for an address that must stay text has other characters first.


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    if found == "&":
        return "&amp;"
    return f"{found[:-1]}\\{found[-1]}"


_BALANCED = {"(": ")", "[": "]"}
_ADDRESS = re.compile(r"[\\`\"'<>\s\x00-\x20]")


def link_address(url: str) -> str:
    """Return the address as written in the parentheses of a link."""
    url = _ENTITY.sub(lambda match: f"&amp;{match[0][1:]}", url)
    spaced = " " in url
    url = _ADDRESS.sub(lambda match: " " if match[0] == " " else f"&#{ord(match[0])};", url)
    for opening, closing in _BALANCED.items():
        if not spaced and not _is_balanced(url, opening, closing):
            url = url.replace(opening, f"&#{ord(opening)};").replace(closing, f"&#{ord(closing)};")
    return f"<{url}>" if spaced or not url else url


def _is_balanced(text: str, opening: str, closing: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == opening) - (char == closing)
        if depth < 0:
            return False
    return depth == 0


InlineKind: TypeAlias = Literal["paragraph", "heading", "attributed", "cell"]
"""What a leaf is: a paragraph has lines, the others are one; an attributed heading has an attribute list behind it."""

_SAFE = re.compile(r"[^\W\d_]")
_NUMBER = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))")
# What a backslash before it keeps as text.
_BACKSLASH = re.compile(
    r"""\#{1,6}(?:\s|$)              # heading
    |[-+*](?:\s|$)                  # item
    |>                              # quote
    |([-*_])(?:[ ]*\1){2,}[ ]*$    # rule
    |-+[ ]*$                        # heading above
    |-[-|: \t]*$|\|[-|: \t]*-[-|: \t]*$ # line below a table's header
    |\{[*%]                         # include
    |!!!\+?\s                       # admonition
    |-+8<-+                         # include
    |\*\[[^\]]+\]:                  # abbreviation
    |\[(?:[^\[\]]+\]:|[ xX]\](?:\s|$)|![A-Za-z]+\](?!\()|TOC\]\s*$) # definition, box, callout, contents
    """,
    re.VERBOSE,
)
# What only an entity keeps as text, for it stands before no backslash.
_ENTITY_START = re.compile(
    r"""=+[ ]*$|={3,}\+?\s*"        # heading above, tab
    |:(?:\s+\S|[-|: \t]*$)          # definition, line below a table's header
    |\?{3}\+?\s|/{3,}(?:\s|$)       # admonitions
    """,
    re.VERBOSE,
)
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_CLOSING_HASHES = re.compile(r"(?:^|(?<=[ \t]))#(?=#*$)")


def guard_lines(text: str, kind: InlineKind) -> str:
    """Return Markdown in which no line starts or ends as anything but text."""
    if kind == "paragraph":
        return "\n".join(_spelt_out(line if _SAFE.match(line) else _escaped_start(line)) for line in text.split("\n"))
    if kind != "cell" and text.endswith("#"):
        text = _CLOSING_HASHES.sub(r"\\#", text)
    if kind == "heading" and trailing_attributes(text)[1] is not NO_ATTRIBUTES:
        start = text.rindex("{")
        text = f"{text[:start]}\\{text[start:]}"
    return _spelt_out(text)


def begins_plainly(text: str) -> bool:
    """Return whether every line starts with a letter, so that only a paragraph is possible."""
    return all(_SAFE.match(line) for line in text.split("\n"))


def _escaped_start(line: str) -> str:
    if match := _NUMBER.match(line):
        return f"{match[1]}\\{line[match.end() :]}"
    if match := _FENCE.match(line):
        return f"\\{line[0]}" * len(match[0]) + line[match.end() :]
    if _BACKSLASH.match(line) or attributes_alone(line) is not None:
        return f"\\{line}"
    return f"&#{ord(line[0])};{line[1:]}" if _ENTITY_START.match(line) else line


def _spelt_out(line: str) -> str:
    """Return the line with white space at its edges as entities: editors and readers strip it."""
    start, end = 0, len(line)
    while start < end and _is_edge(line[start]):
        start += 1
    while end > start and _is_edge(line[end - 1]):
        end -= 1
    if end - start == len(line):
        return line
    return "".join((*map(_as_entity, line[:start]), line[start:end], *map(_as_entity, line[end:])))


def _is_edge(char: str) -> bool:
    return char.isspace() or char == "\ufeff"


def _as_entity(char: str) -> str:
    return "&nbsp;" if char == "\u00a0" else f"&#{ord(char)};"


_ATTRIBUTED = Attributes(classes=("x",))
_WHOLE = {"paragraph": "{}", "heading": "## {}", "attributed": "## {} {{.x}}"}
_TAGS = {"strong": "b", "em": "i", "del": "s"}


def reads_back(text: str, kind: InlineKind, runs: Sequence[TextRun]) -> bool:
    """Return whether the Markdown of a leaf is read as this leaf, with these runs as its content."""
    content = _inline_content(text, kind)
    if content is None:
        return False
    element = parse_inline(content, {})
    if element.get("deep"):
        return False
    parts: list[str] = []
    if not _write_html(element, parts):
        return False
    pieces = read_html(f"<p>{''.join(parts)}</p>", image=str)
    return len(pieces) == 1 and pieces[0][:3] == ("leaf", "p", "") and list(pieces[0].runs) == list(runs)


def _inline_content(text: str, kind: InlineKind) -> str | None:
    """Return the input of the inline patterns, None where the block is another one."""
    if kind == "cell":
        cells = split_row(f"| {text} |")
        return cells[0] if len(cells) == 1 else None
    if kind == "paragraph" and begins_plainly(text):
        return text
    found = parse_blocks(_WHOLE[kind].format(text)).blocks
    if len(found) != 1 or found[0].kind != ("paragraph" if kind == "paragraph" else "heading"):
        return None
    expected = _ATTRIBUTED if kind == "attributed" else NO_ATTRIBUTES
    return text if found[0].text == text and found[0].attributes == expected else None


def _write_html(element: Element, parts: list[str]) -> bool:
    """Write the content of the element as HTML, and return whether it has no attribute list."""
    parts.append(_escaped_html(element.text))
    for child in element:
        if not _write_child(child, parts):
            return False
        tail = child.tail or ""
        if tail.startswith("{") and child.tag != "raw" and leading_attributes(tail)[1] is not NO_ATTRIBUTES:
            return False
        parts.append(_escaped_html(tail))
    return True


def _write_child(child: Element, parts: list[str]) -> bool:
    tag = child.tag
    if tag == "raw":
        parts.append(unescape(child.get("source") or ""))
    elif tag == "br":
        parts.append("<br>")
    elif tag == "img":
        source, alt = child.get("src") or "", child.get("alt") or ""
        parts.append(f"<img{attribute('src', source)}{attribute('alt', alt)}>")
    else:
        href = attribute("href", child.get("href") or "") if tag == "a" else ""
        name = _TAGS.get(tag, tag)
        parts.append(f"<{name}{href}>")
        complete = _write_html(child, parts)
        parts.append(f"</{name}>")
        return complete and not child.get("title")
    return True


def _escaped_html(text: str | None) -> str:
    return html.escape(unescape(text), quote=False) if text else ""
