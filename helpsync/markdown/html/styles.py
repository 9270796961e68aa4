"""Which styles of tables, cells and callouts pass: colours and lengths, nothing that shows or loads anything else."""

from __future__ import annotations

import re

PROPERTIES = frozenset({"background-color", "border-color", "border", "color", "width", "min-width", "max-width"})
PROPERTIES |= {"height", "min-height", "max-height", "vertical-align", "padding", "margin", "border-collapse"}
PROPERTIES |= {"border-left", "border-right", "border-top", "border-bottom", "border-style", "border-width"}
PROPERTIES |= {"border-radius", "border-spacing"}
"""What a cell, table or callout of Intercom's may set."""

_RESTYLED = ("border", "padding")


def is_restyled(name: str) -> bool:
    """Tell whether Intercom sets this property of tables and their cells by itself (facts: Bodies)."""
    return name.startswith(_RESTYLED)


_PART = r"(?:#[0-9a-f]{3,8}|[a-z][a-z-]*|-?[0-9]*\.?[0-9]+(?:px|em|rem|pt|%)?|(?:rgb|hsl)a?\([0-9., %/]*\))"
_VALUE = re.compile(rf"{_PART}(?: {_PART})*")
_COLOUR = re.compile(r"#[0-9a-f]{3,8}|[a-z]+|(?:rgb|hsl)a?\([0-9., %/]*\)")


def passed(style: str, *, table: bool) -> tuple[str, list[str]]:
    """Return what is kept of a style, in one spelling, and the names of what is not.

    `table` tells that it is the style of a table or a cell, of which Intercom sets some properties by itself.
    `text-align` is neither: it aligns what stands in the cell, and is read as that.
    """
    kept: dict[str, str] = {}
    dropped: list[str] = []
    for declaration in style.lower().split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip(), " ".join(value.split())
        if name == "background" and _COLOUR.fullmatch(value):
            name = "background-color"
        if name in PROPERTIES and _VALUE.fullmatch(value) and not (table and is_restyled(name)):
            kept[name] = value
        elif name and name != "text-align":
            dropped.append(name)
    return " ".join(f"{name}: {value};" for name, value in kept.items()), dropped
