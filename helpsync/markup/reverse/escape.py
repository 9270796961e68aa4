"""Literal text as Markdown: a backslash or an entity only where the text would be read as something else.

Two dialects read the result: ours (Python-Markdown's inline patterns) and GitHub's. What neither could misread is left
as a person would type it (`2 * 3`, `snake_case`, `a [b] c`, `AT&T`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from helpsync.markup.inline import ENTITY

PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
"""What a backslash can stand before on GitHub."""

_ENTITY = re.compile(ENTITY)
_MARKS = re.compile(
    r"(?P<slash>\\+)|(?P<ticks>`+)|(?P<stars>\*+)|(?P<lines>_+)|(?P<waves>~+)|(?P<open>\[)|(?P<close>\])"
    rf"|(?P<tag><(?=[A-Za-z/!?]|[^\s<>]*@))|(?P<entity>&(?={ENTITY[1:]}))|(?P<bang>!)|(?P<brace>\{{)"
    r"|(?P<url>https?:(?=//[^\s<>]))"
)
_ALL = re.compile(r"[\\`*_{}\[\]<>~!|#]|&(?=[#\w])|https?:(?=//)")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_RUNS = {"stars": re.compile(r"\*+"), "lines": re.compile("_+"), "waves": re.compile("~+")}
RISKY = re.compile(r"[\\`*_~\[\]<&!{]|https?:")
"""A text without any of these is read as it is, apart from how its lines begin."""


class Care(IntEnum):
    """How much is escaped: what is risky, all that Markdown knows, or all punctuation, as entities."""

    RISKY = 0
    ALL = 1
    ENTITIES = 2


@dataclass(frozen=True, slots=True)
class Risks:
    """The characters that, in this leaf, could pair up to something."""

    ticks: bool = True
    stars: bool = True
    lines: bool = True
    waves: bool = True
    brackets: bool = True


def risks(plain: str, *, code: bool, emphasis: bool, struck: bool) -> Risks:
    """Return what could pair up in a leaf's literal text; what is no text stands in `plain` as U+0000 or `[`.

    `code`, `emphasis` and `struck` tell whether the leaf has such formats, which a lone mark could pair up with.
    """
    return Risks(
        ticks="`" in plain and (code or len(re.findall("`+", plain)) > 1),
        stars="*" in plain and (emphasis or _pairs(plain, "stars")),
        lines="_" in plain and _pairs(plain, "lines"),
        waves="~" in plain and (struck or _pairs(plain, "waves")),
        brackets="](" in plain or "][" in plain or "]:" in plain,
    )


def _pairs(plain: str, kind: str) -> bool:
    """Tell whether two runs of the mark stand where they could open or close something."""
    count = 0
    for match in _RUNS[kind].finditer(plain):
        if not _is_inert(plain, match, within_words=kind == "lines"):
            count += 1
            if count > 1:
                return True
    return False


def _is_inert(text: str, match: re.Match[str], *, within_words: bool, before: str = "", after: str = "") -> bool:
    """Tell whether the mark stands between spaces, or for an underscore within a word."""
    previous = text[match.start() - 1] if match.start() else before
    following = text[match.end()] if match.end() < len(text) else after
    if (not previous or previous.isspace()) and (not following or following.isspace()):
        return True
    return within_words and previous.isalnum() and following.isalnum()


def literal(text: str, risky: Risks, care: Care, *, before: str = "", after: str = "", in_link: bool = False) -> str:
    """Return the text as Markdown that is read as this text; `before` and `after` are the characters around it.

    `before` is "}" behind a mark that could take an attribute list, "" at the beginning of the leaf.
    """
    if care is Care.ENTITIES:
        return _PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", text)
    if care is Care.ALL:
        return _ALL.sub(_escaped, text)

    def written(match: re.Match[str]) -> str:
        return _minimal(match, text, risky, before, after, in_link=in_link)

    return _MARKS.sub(written, text)


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    if found == "&":
        return "&amp;"
    return f"{found[:-1]}&#58;" if found[-1] == ":" else f"\\{found}"


def _minimal(  # noqa: C901, PLR0911 - one dispatch over the kinds of mark
    match: re.Match[str], text: str, risky: Risks, before: str, after: str, *, in_link: bool
) -> str:
    kind, found = match.lastgroup, match[0]
    following = text[match.end()] if match.end() < len(text) else after
    if kind == "slash":
        doubled = len(found) > 1 or not following or following in PUNCTUATION or following == "\n"
        return found * 2 if doubled else found
    if kind == "ticks":
        return "\\`" * len(found) if risky.ticks else found
    if kind in {"stars", "lines", "waves"}:
        if not getattr(risky, kind) or _is_inert(text, match, within_words=kind == "lines", before=before, after=after):
            return found
        return f"\\{found[0]}" * len(found)
    if kind == "open":
        return "\\[" if in_link or risky.brackets or following == "^" else found
    if kind == "close":
        return "\\]" if in_link else found
    if kind == "entity":
        return "&amp;"
    if kind == "bang":
        return "\\!" if following == "[" and match.end() == len(text) else found
    if kind == "brace":
        return "\\{" if before == "}" and not match.start() else found
    if kind == "url":
        return found if in_link else f"{found[:-1]}&#58;"
    return f"\\{found}"


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
