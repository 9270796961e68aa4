"""The pieces of a stored body while it is being made, and how text and attributes are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from helpsync.sandbox.tags import ALIGNMENTS

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


@dataclass(slots=True)
class Frame:
    """An element of the stored body that holds blocks: what was put into it, and what was going on outside of it."""

    kind: str
    close: str = ""
    filled: bool = False
    ends_in_list: bool = False
    blanks: int | None = None  # where the empty paragraphs begin that it ends with
    start: int = 0
    outer: TextBlock | None = None


@dataclass(slots=True)
class TextBlock:
    """A paragraph, heading or button under way; after a block inside it, what follows is another of its kind."""

    open: str
    close: str
    heading: tuple[int, str | None] | None = None
    parts: list[str] = field(default_factory=list)
    opened: list[Inline] = field(default_factory=list)
    last_text: int = -1
    spaced: bool = True
    broken: bool = False
    used: bool = False
    single: bool = False


@dataclass(slots=True, eq=False)
class Inline:
    """An inline element around what is being read; `href` is a link's."""

    tag: str
    open: str
    href: str | None = None


class ExplicitBlock(TextBlock):
    """A text block that was sent as an element, not made around loose text."""

    __slots__ = ()


def escape(text: str) -> str:
    """Return text with the only three entities that stored bodies have (facts: entities)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(name: str, value: str | None) -> str:
    """Return an attribute with a space before it; the quotes around a value force one entity more."""
    return f' {name}="{escape(value or "").replace(chr(34), "&quot;")}"'


def encoded(href: str) -> str:
    """Return an address with letters beyond ASCII percent-encoded; what is encoded already stays."""
    return _BEYOND_ASCII.sub(lambda letters: quote(letters[0]), href)


def classes_of(attributes: dict[str, str | None]) -> list[str]:
    """Return the classes of an element in order."""
    return (attributes.get("class") or "").split()


def alignment_of(attributes: dict[str, str | None]) -> str | None:
    """Return the class that aligns an element, if it has one."""
    classes = classes_of(attributes)
    return next((name for name in ALIGNMENTS if name in classes), None)


def scheme_of(url: str) -> str:
    """Return the scheme of a URL in small letters, or nothing for one that can't be read."""
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """Return the host of a URL in small letters, or nothing for one that has none or can't be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
