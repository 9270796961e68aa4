"""Attribute lists (`{#id .class key=value}`, also `{: …}`); braces with anything else in them are text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VALUE = r"\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'{}=<>`]+"
_KEYS = (
    "id|class|width|height|target|rel|title|style|align|alt|lang|dir|hidden|loading|decoding|download|role|tabindex"
    "|markdown|data-[a-z-]+|aria-[a-z-]+"
)
"""The attributes of HTML that people write in such lists; `{name=value}` is more likely a placeholder."""

_ITEM = rf"\.-?[^\W\d][\w-]*|\#[^\s\"'{{}}=<>`#.][^\s\"'{{}}=<>`#]*|(?:{_KEYS})=(?:{_VALUE})"
_ONE = rf"\{{:?[ ]*(?:{_ITEM})(?:[ ]+(?:{_ITEM}))*[ ]*\}}"
_ITEMS = re.compile(rf"(?P<class>\.[\w-]+)|(?P<id>\#[^\s}}]+)|(?P<key>[a-z-]+)=(?P<value>{_VALUE})")
# Several side by side say what one would.
_LIST = rf"{_ONE}(?:[ ]*{_ONE})*"
_LEADING = re.compile(_ONE)
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
    name: str | None = None
    classes: list[str] = []
    others: list[tuple[str, str]] = []
    for item in _ITEMS.finditer(source):
        key = item["key"]
        value = (item["value"] or "").strip("\"'")
        if item["class"]:
            classes.append(item["class"][1:])
        elif item["id"] or key == "id":
            name = item["id"][1:] if item["id"] else value
        elif key == "class":
            classes.extend(value.split())
        else:
            others.append((key, value))
    return Attributes(name, tuple(classes), tuple(others))


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
    match = _LEADING.match(text)
    return (text[match.end() :], _read(match[0])) if match else (text, NONE)
