"""The canonical form of a body: what a reader sees, without what Intercom adds or changes by itself.

`read` decides what stays; here headings get ranks and lose their marks.
"""

from __future__ import annotations

import html as entities
import re
import unicodedata
from typing import TYPE_CHECKING

from helpsync.markdown.html.read import HEADINGS, Piece, collapsed_text, read_html, runs_html, unresolved, without_marks

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence


def canonical(
    html: str,
    *,
    own_link: Callable[[str], str | None] = unresolved,
    image: Callable[[str], str | None] = unresolved,
) -> str:
    """Return the canonical form: two bodies look equal to a reader when their canonical forms are equal.

    `own_link` names the own article that an address leads to, `image` the key of a stored picture; an address stays
    where they return None, a picture's without its query. Safe and linear on any input.
    """
    return "".join(_written(read_html(html, own_link=own_link, image=image)))


def canonical_ignoring_levels(
    html: str,
    *,
    own_link: Callable[[str], str | None] = unresolved,
    image: Callable[[str], str | None] = unresolved,
) -> str:
    """Return the canonical form without heading levels, which Intercom may change."""
    return "".join(_written(read_html(html, own_link=own_link, image=image), levels=False))


def canonical_ignoring_targets(html: str) -> str:
    """Return the canonical form without links, picture addresses and heading levels.

    It recognises an article whose links and pictures were not known when it was created.
    """
    return "".join(_written(read_html(html, bare=True), levels=False))


def _written(pieces: Sequence[Piece], *, levels: bool = True) -> list[str]:
    used = sorted({piece.tag for piece in pieces if piece.tag in HEADINGS})
    # Intercom stores consecutive levels, the shallowest as h1.
    names = {tag: f"h{rank}" if levels else "h" for rank, tag in enumerate(used, 1)}
    written = []
    for kind, tag, attributes, runs in pieces:
        if kind == "close":
            written.append(f"</{tag}>")
        elif kind == "open" or tag == "hr":
            written.append(f"<{tag}{attributes}>")
        elif tag == "pre":
            written.append(f"<pre{attributes}><code>{runs_html(runs)}</code></pre>")
        elif (name := names.get(tag)) is not None:
            written.append(f"<{name}{attributes}>{runs_html(without_marks(runs))}</{name}>")
        else:
            written.append(f"<{tag}{attributes}>{runs_html(runs)}</{tag}>")
    return written


# A textual pass that must never make two bodies alike that a reader could tell apart. It works on HTML of the plain
# kind that Intercom stores; anything else is returned as it is.
_PLAIN = re.compile(
    r"(?:[^<]++|</?(?!(?:script|style|textarea|title|xmp|noembed|noframes|noscript|plaintext|template|select|svg|math)\b)"
    r"[a-z][a-z0-9-]*+(?:[ \t\n\r\f]++[a-z-]++(?:=\"[^\"<>]*+\")?+)*+[ \t\n\r\f]*+/?>)*+",
)
_FRAME = re.compile(r"<iframe\b[^>]*>(?!</iframe>)")
_SPLIT = re.compile("&[#\\w]*\u200b|<pre[^>]*>\u200b|<code[^>]*>\u200b")
_IMAGE = re.compile(r"<img\s[^>]*>")
_ATTRIBUTE = re.compile(r"\s++([a-z-]++)(?:=\"[^\"]*+\")?+")
_SIZES = frozenset({"width", "height", "style"})


def stable_html(html: str) -> str:
    """Return the HTML without automatic changes of Intercom: queries and sizes of pictures, U+200B.

    Nothing is parsed. Bodies that are equal in this form have equal canonical forms, so most need no parsing.
    """
    if not _PLAIN.fullmatch(html) or _SPLIT.search(html) or _FRAME.search(html):
        return html
    html = html.replace("\u200b", "")
    return _IMAGE.sub(lambda match: _ATTRIBUTE.sub(_steady, match[0]), html)


def _steady(match: re.Match[str]) -> str:
    """Return the stable part of a picture's attribute."""
    if match[1] in _SIZES:
        return ""
    if match[1] == "src" and "?" in match[0]:
        return f'{match[0].partition("?")[0]}"'
    return match[0]


_HEADING = re.compile(r"<(/?)(?:h([1-6])|summary)\b([^>]*)>", re.IGNORECASE)
_ID = re.compile(r"\bid=\"([^\"]*)\"")
_TAG = re.compile(r"<[^>]*>")


def stored_headings(html: str) -> tuple[tuple[str | None, str, int], ...]:
    """Return id, text and level of each heading of a stored body, in order.

    Blank headings and titles of collapsibles are left out: no link can lead into a closed collapsible.
    """
    found = []
    opened: re.Match[str] | None = None
    titles = False
    for match in _HEADING.finditer(html):
        if match[2] is None:
            titles = not match[1]
        elif not match[1]:
            opened = match
            continue
        elif opened is not None and not titles:
            text = collapsed_text(entities.unescape(_TAG.sub("", html[opened.end() : match.start()])))
            if text:
                name = _ID.search(opened[3])
                found.append((entities.unescape(name[1]) if name else None, text, int(opened[2])))
        opened = None
    return tuple(found)


_SPACE = re.compile(r"\s")


def slugify(text: str) -> str:
    """Return GitHub's slug of a heading: lower case, letters, digits, `-` and `_` of any script, `-` for a space."""
    kept = [char for char in text.strip().lower() if char in "-_" or char.isspace() or _is_word(char)]
    return _SPACE.sub("-", "".join(kept))


def _is_word(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LNM" or category == "Pc"


class Slugger:
    """Gives each heading of a body its slug; a repeated slug gets `-1`, `-2` and so on."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._counts: dict[str, int] = {}

    def slug(self, text: str, explicit: str | None = None) -> str:
        """Return the slug of a heading with this text; an explicit one (`{#id}`) wins."""
        wanted = explicit or slugify(text) or "section"
        given = unused_slug(wanted, self._given, self._counts)
        self._given.add(given)
        return given


def unused_slug(wanted: str, given: Container[str], counts: dict[str, int]) -> str:
    """Return `wanted`, or the first free one of `wanted-1`, `-2`, …; `counts` remembers the numbers."""
    slug = wanted
    while slug in given:
        counts[wanted] = counts.get(wanted, 0) + 1
        slug = f"{wanted}-{counts[wanted]}"
    return slug
