"""Attribute lists (`{#id .class key=value}`, also `{: …}`), as Python-Markdown's extension reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown.extensions.attr_list import get_attrs_and_remainder

_LIST = r"\{:?[ ]*([^}\n ][^\n]*)\}"
_ALONE = re.compile(rf"[ ]*{_LIST}[ ]*$")
_TRAILING = re.compile(rf"{_LIST}[ ]*")
_BEGINNING = re.compile(r"(?:^|(?<= ))\{")
_TRIES = 4
_LEADING = re.compile(r"\{:?[ ]*([^}\n ](?:[^}\n\"']|\"[^\"\n]*\"|'[^'\n]*')*)\}")


@dataclass(frozen=True, slots=True)
class Attributes:
    """What an attribute list says; `others` are the keys that are neither a class nor an id."""

    id: str | None = None
    classes: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


NONE = Attributes()


def read(source: str) -> Attributes | None:
    """Return what stands between the braces, None when that is no attribute list."""
    if source.startswith(("*", "%")):
        return None
    pairs, remainder = get_attrs_and_remainder(source)
    if remainder:
        return None
    found = [(key, value or "") for key, value in pairs]
    return Attributes(
        next((value for key, value in found if key == "id" and value), None),
        tuple(value for key, value in found if key == "."),
        tuple((key, value) for key, value in found if key not in {"id", "."}),
    )


def alone(line: str) -> Attributes | None:
    """Return the attributes when the line is an attribute list and nothing else."""
    match = _ALONE.match(line)
    return read(match[1]) if match else None


def trailing(text: str) -> tuple[str, Attributes]:
    """Return the text without an attribute list at its end, and its attributes."""
    if text.endswith("}"):
        for beginning in [match.start() for match in _BEGINNING.finditer(text)][: -_TRIES - 1 : -1]:
            if (match := _TRAILING.fullmatch(text, beginning)) and (found := read(match[1])) is not None:
                return text[:beginning].rstrip(" "), found
    return text, NONE


def leading(text: str) -> tuple[str, Attributes]:
    """Return the text without an attribute list at its very beginning, and its attributes."""
    if text.startswith("{") and (match := _LEADING.match(text)) and (found := read(match[1])) is not None:
        return text[match.end() :], found
    return text, NONE
