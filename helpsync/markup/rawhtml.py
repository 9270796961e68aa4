"""Raw HTML in Markdown, cut into tags and text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from helpsync.markup.inline import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:>|\Z)|<![A-Za-z\[].*?(?:>|\Z)"
    r"|</?[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>",
    re.DOTALL,
)
_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+)))?""")


@dataclass(frozen=True, slots=True)
class Tag:
    """A raw tag: its name in lower case, whether it closes, and its attributes (the first of each name)."""

    name: str
    closing: bool
    attributes: Mapping[str, str]


def read_tag(source: str) -> Tag | None:
    """Return the tag, None for a comment, a declaration or the like."""
    match = _NAME.match(source)
    if match is None:
        return None
    attributes: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(source, match.end(), len(source) - 1):
        value = found[2] or found[3] or found[4] or ""
        attributes.setdefault(found[1].lower(), decode(value))
    return Tag(match[1].lower(), source.startswith("</"), attributes)


def read_block(source: str) -> Element:
    """Return a block of raw HTML in the shape that `inline.parse` gives: text, and raw tags as elements."""
    root = Element("p")
    last: Element | None = None
    position = 0
    for match in _TOKEN.finditer(source):
        _append(root, last, source[position : match.start()])
        last = SubElement(root, "raw", {"source": match[0]})
        position = match.end()
    _append(root, last, source[position:])
    return root


def _append(root: Element, last: Element | None, text: str) -> None:
    text = decode(text)
    if last is None:
        root.text = text
    else:
        last.tail = text
