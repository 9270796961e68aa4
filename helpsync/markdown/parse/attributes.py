"""Attribute lists (`{#id .class key=value}`, also `{: …}`), as Python-Markdown's extension reads them.

Braces with anything else in them are text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown.extensions.attr_list import get_attrs_and_remainder

# A backslash in one takes the meaning from the brace behind it.
_VALUE = r"\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'{}=<>`\\]+"
_KEYS = (
    "id|class|width|height|target|rel|title|style|align|alt|lang|dir|hidden|loading|decoding|download|role|tabindex"
    "|markdown|data-[a-z-]+|aria-[a-z-]+"
)
"""HTML attributes that people write in such lists; `{name=value}` is more likely to be a placeholder."""

_ITEM = rf"\.-?[^\W\d][\w-]*|\#[^\s\"'{{}}=<>`#.\\][^\s\"'{{}}=<>`#\\]*|(?:{_KEYS})=(?:{_VALUE})"
_ONE = rf"\{{:?[ ]*(?:{_ITEM})(?:[ ]+(?:{_ITEM}))*[ ]*\}}"
# Several in a row read as one.
_LIST = rf"{_ONE}(?:[ ]*{_ONE})*"
_ONE_LIST = re.compile(_ONE)
_ALONE = re.compile(rf"[ ]*({_LIST})[ ]*$")
# Behind one of these, braces belong to another language: `${x}`, `{{x}}`, `\{x}`.
_TRAILING = re.compile(rf"(?<![{{$\\])({_LIST})$")
# A link, picture, code or format right before the braces takes them, but for an id, which only headings have.
_INLINE = re.compile(r"(?:[\]`*_~]|\]\([^()]*\))$")
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Attributes:
    """What an attribute list says; `others` are the keys that are neither a class nor an id."""

    id: str | None = None
    classes: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


NONE = Attributes()


def _read(source: str) -> Attributes:
    """Return what a list says; the last id counts."""
    pairs = [pair for one in _ONE_LIST.findall(source) for pair in get_attrs_and_remainder(one[1:-1].lstrip(":"))[0]]
    names = [value for key, value in pairs if key == "id"]
    classes = [value for key, value in pairs if key == "."]
    classes += [name for key, value in pairs if key == "class" for name in value.split()]
    others = tuple((key, value) for key, value in pairs if key not in {"id", ".", "class"})
    return Attributes(names[-1] if names else None, tuple(classes), others)


def alone(line: str) -> Attributes | None:
    """Return the attributes when the line is an attribute list and nothing else."""
    match = _ALONE.match(line)
    return _read(match[1]) if match else None


def trailing(text: str) -> tuple[str, Attributes]:
    """Return a heading's text without an attribute list at its end, and its attributes."""
    match = _TRAILING.search(text, max(0, len(text) - _LONGEST)) if text.endswith("}") else None
    before = text[: match.start()] if match else ""
    if match is None or not before.strip(" "):
        return text, NONE
    found = _read(match[1])
    return (text, NONE) if not found.id and _INLINE.search(before) else (before.rstrip(" "), found)


def leading(text: str) -> tuple[str, Attributes]:
    """Return the text without an attribute list at its very beginning, and its attributes."""
    match = _ONE_LIST.match(text)
    return (text[match.end() :], _read(match[0])) if match else (text, NONE)
