"""How the lines of a leaf may begin and end: what would start a block there is escaped, white space is spelt out."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from helpsync.markdown.parse import attributes

Kind: TypeAlias = Literal["paragraph", "heading", "attributed", "cell"]
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
_ENTITY = re.compile(
    r"""=+[ ]*$|={3,}\+?\s*"        # heading above, tab
    |:(?:\s+\S|[-|: \t]*$)          # definition, line below a table's header
    |\?{3}\+?\s|/{3,}(?:\s|$)       # admonitions
    """,
    re.VERBOSE,
)
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_CLOSING_HASHES = re.compile(r"(?:^|(?<=[ \t]))#(?=#*$)")


def guarded(text: str, kind: Kind) -> str:
    """Return Markdown in which no line begins or ends as something else than text."""
    if kind == "paragraph":
        return "\n".join(_spelt(line if _SAFE.match(line) else _escaped(line)) for line in text.split("\n"))
    if kind != "cell" and text.endswith("#"):
        text = _CLOSING_HASHES.sub(r"\\#", text)
    if kind == "heading" and attributes.trailing(text)[1] is not attributes.NONE:
        start = text.rindex("{")
        text = f"{text[:start]}\\{text[start:]}"
    return _spelt(text)


def is_plain(text: str) -> bool:
    """Tell whether every line begins with a letter, as no block but a paragraph does."""
    return all(_SAFE.match(line) for line in text.split("\n"))


def _escaped(line: str) -> str:
    if match := _NUMBER.match(line):
        return f"{match[1]}\\{line[match.end() :]}"
    if match := _FENCE.match(line):
        return f"\\{line[0]}" * len(match[0]) + line[match.end() :]
    if _BACKSLASH.match(line) or attributes.alone(line) is not None:
        return f"\\{line}"
    return f"&#{ord(line[0])};{line[1:]}" if _ENTITY.match(line) else line


def _spelt(line: str) -> str:
    """Return the line with white space at its edges as entities: editors and readers strip it."""
    start, end = 0, len(line)
    while start < end and _is_edge(line[start]):
        start += 1
    while end > start and _is_edge(line[end - 1]):
        end -= 1
    if end - start == len(line):
        return line
    return "".join((*map(_entity, line[:start]), line[start:end], *map(_entity, line[end:])))


def _is_edge(char: str) -> bool:
    return char.isspace() or char == "\ufeff"


def _entity(char: str) -> str:
    return "&nbsp;" if char == "\u00a0" else f"&#{ord(char)};"
