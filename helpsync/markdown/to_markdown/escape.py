"""Literal text as Markdown: a backslash or an entity only where the text would be read as something else.

What could not be misread is left as a person would type it (`2 * 3`, `snake_case`, `a [b] c`, `AT&T`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from helpsync.markdown.parse import attributes
from helpsync.markdown.parse.inline import ENTITY

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
    """How much is escaped: what is risky, all that Markdown knows, or all punctuation, as entities."""

    RISKY = 0
    ALL = 1
    ENTITIES = 2


@dataclass(frozen=True, slots=True)
class Risks:
    """What, in one leaf, could pair up to something; `brackets` are the positions of those that could make a link."""

    ticks: bool = True
    stars: bool = True
    lines: bool = True
    waves: bool = True
    brackets: frozenset[int] = frozenset()


def risks(plain: str, *, code: bool, emphasis: bool, struck: bool) -> Risks:
    """Return what could pair up in a leaf's literal text; anything else is one U+0000 in `plain`, or `[` for a link.

    `code`, `emphasis` and `struck` tell whether the leaf has such formats, which a lone mark could pair up with.
    """
    return Risks(
        ticks="`" in plain and (code or len(_TICKS.findall(plain)) > 1),
        stars="*" in plain and (emphasis or _pairs(plain, "*")),
        lines="_" in plain and _pairs(plain, "_"),
        waves="~" in plain and (struck or _pairs(plain, "~")),
        brackets=_linking(plain) if "](" in plain or "][" in plain else frozenset(),
    )


def _pairs(plain: str, mark: str) -> bool:
    """Tell whether a run of the mark could open what a later one could close; of tildes any two could."""
    opened = False
    for match in _RUNS[mark].finditer(plain):
        if not _is_inert(plain, match, within_words=mark == "_"):
            if opened and (mark == "~" or (match.start() and not plain[match.start() - 1].isspace())):
                return True
            opened = opened or mark == "~" or not plain[match.end() : match.end() + 1].isspace()
    return False


def _is_inert(text: str, match: re.Match[str], *, within_words: bool, before: str = "", after: str = "") -> bool:
    """Tell whether the mark stands between spaces, or for an underscore within a word."""
    previous = text[match.start() - 1] if match.start() else before
    following = text[match.end()] if match.end() < len(text) else after
    if (not previous or previous.isspace()) and (not following or following.isspace()):
        return True
    return within_words and previous.isalnum() and following.isalnum()


def _linking(plain: str) -> frozenset[int]:
    """Return the brackets to escape so that none is followed by an address or a name.

    An opening one is, where no other could take its place; else the closing one.
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


def literal(
    text: str, risky: Risks, care: Care, *, at: int = 0, before: str = "", after: str = "", in_link: bool = False
) -> str:
    """Return the text as Markdown that is read as this text; it stands `at` a position of the leaf's `plain` text.

    `before` and `after` are the characters around it, "}" for what could take an attribute list as a line break could.
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
            takes = before in {"}", "\n"} and not match.start() and attributes.leading(text)[1] is not attributes.NONE
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


def address(url: str) -> str:
    """Return the address as it stands in the parentheses of a link."""
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
