"""Reads and prepares bodies as Intercom stores them, without parsing; rendered bodies have that form too."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.markdown.dialect import PARAGRAPH
from helpsync.markdown.diff.alignment import UNSPACED_SCRIPTS
from helpsync.visible import is_visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_PRE = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL | re.IGNORECASE)
_BETWEEN = re.compile(r"\s*\n\s*")
# A parser of HTML skips a line break right behind the tag.
_PRE_START = re.compile(r"(<pre\b[^>]*>)(?:\r\n?|\n)?", re.IGNORECASE)
_TAG_OR_LINE_END = re.compile(r"(<[^>]*>)|\r\n?|\n")
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SIZE = re.compile(r'\s(width|height|style)="([^"]*)"', re.IGNORECASE)
_SIGNED = re.compile(r'(src="https://downloads\.intercomcdn\.com/[^"?]*)\?[^"]*"')
_PICTURE = re.compile(r'<img\b[^>]*?\ssrc="([^"]*)"', re.IGNORECASE)
_LINK = re.compile(r'<a\b[^>]*?\shref="([^"]*)"', re.IGNORECASE)
_MEDIA = re.compile(r"<(?:img|iframe)\b", re.IGNORECASE)
_INLINE_TAG = re.compile(r"</?(?:a|b|i|u|s|em|strong|code|span|sub|sup|mark)(?:\s[^>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_SIGNS = "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSPACED_SCRIPTS)
_WORD = re.compile(rf"[{_SIGNS}]|[^\W{_SIGNS}]+")


def one_line(body: str) -> str:
    """Return a stored body on one line, as Intercom wants it.

    A newline between blocks could become a visible space; one in code would be lost, so it becomes a `<br>`.
    """
    parts = _PRE.split(body)
    return "".join(_code(part) if position % 2 else _BETWEEN.sub("", part) for position, part in enumerate(parts))


def _code(block: str) -> str:
    """Return a block of code whose lines end in `<br>`."""
    block = _PRE_START.sub(r"\1", block, count=1)
    return _TAG_OR_LINE_END.sub(lambda match: match[1] or "<br>", block)


def as_sent(body: str) -> str:
    """Return a stored body in the form in which it is sent back: on one line, pictures without signatures."""
    return _SIGNED.sub(r'\1"', one_line(body))


def body_words(body: str) -> list[str]:
    """Return the words that readers see, in order and folded; in scripts without spaces, each sign.

    It measures how similar two bodies are, not whether they are equal: punctuation and pictures are left out.
    """
    return _WORD.findall(html.unescape(_TAG.sub(" ", _INLINE_TAG.sub("", body))).casefold())


def shows_nothing(body: str) -> bool:
    """Return whether readers see neither text nor a picture or video; a rule does not count."""
    return not _MEDIA.search(body) and not is_visible(html.unescape(_TAG.sub("", body)))


def signed_picture_addresses(body: str) -> list[str]:
    """Return the addresses of the body's pictures in order, with the queries that sign them."""
    return [html.unescape(match) for match in _PICTURE.findall(body)]


def link_addresses(body: str) -> list[str]:
    """Return the addresses of the body's links, in order."""
    return [html.unescape(match) for match in _LINK.findall(body)]


def picture_addresses(body: str) -> list[str]:
    """Return the addresses of the body's pictures in order, without their queries, which are changing signatures."""
    return [address.partition("?")[0] for address in signed_picture_addresses(body)]


def picture_sizes(body: str) -> list[dict[str, str]]:
    """Return the size attributes of the body's pictures, in order."""
    return [dict(_SIZE.findall(match[0])) for match in _IMAGE.finditer(body)]


def with_stored_sizes(body: str, keys: Sequence[str], stored: str, known: Mapping[str, str]) -> str:
    """Return a body to send in which pictures without a size get the one that readers see now.

    Intercom and teammates set sizes that the file leaves open. `keys` are those of the body's pictures, `known` the
    keys by the paths of the stored ones.
    """
    shown: dict[str, list[dict[str, str]]] = {}
    for path, size in zip(picture_addresses(stored), picture_sizes(stored), strict=False):
        if path in known:
            shown.setdefault(known[path], []).append(size)
    left = iter(keys)

    def write(match: re.Match[str]) -> str:
        sizes_now = shown.get(next(left, ""))
        size = sizes_now.pop(0) if sizes_now else {}
        if _SIZE.search(match[0]):
            return match[0]
        return match[0][:-1] + "".join(f' {name}="{value}"' for name, value in size.items()) + ">"

    return _IMAGE.sub(write, body) if shown else body


def has_sizes(body: str, stored: str) -> bool:
    """Return whether the stored pictures have the sizes that the body sets; sizes that it leaves open don't count."""
    wanted, shown = picture_sizes(body), picture_sizes(stored)
    return len(wanted) != len(shown) or all(
        mine.items() <= theirs.items() for mine, theirs in zip(wanted, shown, strict=True)
    )


# A rendered body is regular: tags in small letters, `<` and `>` escaped in text and in values, each item closed.
_LIST_TAG = re.compile(r"<(?P<end>/?)(?P<tag>ul|ol|li)\b[^<>]*>")
_PARAGRAPH = re.compile(r"<p\b[^<>]*>")
_DASH = "–"  # noqa: RUF001 - a dash, as people type one for a list
_INDENT = "\u00a0" * 4
_DEEPEST = 8
"""Lists nested deeper than this are indented no further: nobody could read it, and the length stays linear."""


@dataclass(slots=True)
class _List:
    """An open list; `level` is 0 where it stays a list, else the number of flattened lists around it and itself."""

    level: int
    ordered: bool
    items: int = 0

    def mark(self) -> str:
        """Return the start of the item's text."""
        return _INDENT * min(self.level - 1, _DEEPEST) + (f"{self.items}." if self.ordered else _DASH)


def flatten_lists(html: str) -> str:
    """Return a rendered body with each list inside an item written as paragraphs of that item.

    An inner item's text starts with its number or a dash, after four no-break spaces for each level but the first; its
    other content follows as it is. A body without nested lists is returned unchanged.
    """
    return "".join(_parts(html)) if _is_nested(html) else html


def _is_nested(html: str) -> bool:
    items = 0
    for match in _LIST_TAG.finditer(html):
        if match["tag"] == "li":
            items = max(0, items + (-1 if match["end"] else 1))
        elif items and not match["end"]:
            return True
    return False


def _parts(html: str) -> Iterator[str]:
    lists: list[_List] = []
    items = done = 0  # how many items of lists that are kept are open; how much of the text is written
    for match in _LIST_TAG.finditer(html):
        yield html[done : match.start()]
        done = match.end()
        inner = bool(lists) and lists[-1].level > 0
        if match["tag"] != "li":
            if not match["end"]:
                level = lists[-1].level + 1 if inner else int(items > 0)
                lists.append(_List(level, match["tag"] == "ol"))
                inner = level > 0
            elif lists:
                lists.pop()
        elif not inner:
            items = max(0, items + (-1 if match["end"] else 1))
        elif not match["end"]:
            lists[-1].items += 1
            mark = lists[-1].mark()
            paragraph = _PARAGRAPH.match(html, done)
            if paragraph is None:
                yield f"{PARAGRAPH}{mark}</p>"
            else:
                done = paragraph.end()
                yield f"{paragraph[0]}{mark}" + ("" if html.startswith("</p>", done) else " ")
        if not inner:
            yield match[0]
    yield html[done:]
