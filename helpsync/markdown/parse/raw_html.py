"""Raw HTML in Markdown, cut into tags and text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.markdown.parse.inline import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:>|\Z)|<![A-Za-z\[].*?(?:>|\Z)"
    r"|</?[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>",
    re.DOTALL,
)
_ANCHOR = re.compile(r"(<a\s[^<>]*>)(?:\s*</a>)?", re.IGNORECASE)
_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+)))?""")


@dataclass(frozen=True, slots=True)
class Tag:
    """A raw tag: its name in lower case, whether it closes, and its attributes (the first of each name)."""

    name: str
    closing: bool
    attributes: Mapping[str, str]


def name_of(source: str) -> tuple[str, bool]:
    """Return the tag's name in lower case, empty for a comment or the like, and whether it closes."""
    match = _NAME.match(source)
    return (match[1].lower(), source.startswith("</")) if match else ("", False)


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


def anchor_of(tag: Tag) -> str:
    """Return the id that a tag gives its place, empty if it gives none."""
    return tag.attributes.get("id") or tag.attributes.get("name") or ""


def anchor_alone(line: str) -> str:
    """Return the id of an `<a>` that is alone on its line, otherwise empty."""
    match = _ANCHOR.fullmatch(line.strip())
    tag = read_tag(match[1]) if match else None
    return anchor_of(tag) if tag and "href" not in tag.attributes else ""


def tokens(source: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in its order, each part with whether it is markup: a tag, a comment or the like."""
    position = 0
    for match in _TOKEN.finditer(source):
        if match.start() > position:
            yield source[position : match.start()], False
        yield match[0], True
        position = match.end()
    if position < len(source):
        yield source[position:], False
