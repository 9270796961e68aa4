"""What stands in an item, a quote or a callout: its lines without what stands before them, and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.markdown.parse import fences
from helpsync.markdown.patch.lines import SourceLine

if TYPE_CHECKING:
    from collections.abc import Sequence

_ITEM = re.compile(r"( {0,3})([-*+]|\d{1,9}[.)])(?:( +)(?=\S)| *$)")
_QUOTE = re.compile(r" {0,3}> ?")
_NOTE = re.compile(r" {0,3}\[\^[^\[\]\s]+\]:[ \t]*")
_ALERT = re.compile(r" {0,3}\[![A-Za-z]+\][+-]?[ \t]*")


@dataclass(frozen=True, slots=True)
class ContainerLines:
    """The lines within a container, what stands before each, and what stands before its first and before new ones."""

    lines: list[str]
    raw: list[str]
    first: str
    rest: str

    def wrapped(self, rows: Sequence[SourceLine]) -> list[SourceLine]:
        """Return lines within as lines of the container; what stays where it was is as it was."""
        return [self._wrapped(number, row) for number, row in enumerate(rows)]

    def _wrapped(self, number: int, row: SourceLine) -> SourceLine:
        origin = row.origin
        if origin is not None and (number == 0) == (origin == 0):
            line, raw = self.lines[origin], self.raw[origin]
            if row.text == line:
                return SourceLine(raw, origin)
            if line and raw.endswith(line) and number:
                return SourceLine((raw.removesuffix(line) + row.text).rstrip(), origin)
        before = self.rest if number else self.first
        return SourceLine(before + row.text if row.text else before.rstrip(), origin)


def item(lines: list[str], rest: str | None = None) -> ContainerLines | None:
    """Return what stands in an item, None where that can't be told; `rest` is the indent of its fellows."""
    shown = fences.expand_tabs(lines)
    expanded = shown[0]
    match = _ITEM.match(expanded)
    if match is None:
        return None
    base, gap = len(match[1]), len(match[3] or "")
    marker = match.end() - gap if gap else len(expanded.rstrip())
    offset = marker + (gap if 1 <= gap <= 4 else 1)
    least = min(offset, base + 4)
    inner = [expanded[offset:]]
    strip = 0
    fence = fences.opening_fence(inner[0])
    for line in shown[1:]:
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip():
            inner.append(line[min(strip or least, indent) :])
        elif indent >= least:
            strip = strip or (base + 4 if indent >= base + 4 and fence is None else least)
            inner.append(line[min(strip, indent) :])
            fence = fences.fence_after(fence, inner[-1])
        else:
            inner.append(line.lstrip(" "))
    first = expanded[:offset].ljust(offset)
    return ContainerLines(inner, lines, first, " " * strip if strip else rest or " " * least)


def quote(lines: list[str], *, callout: bool) -> ContainerLines:
    """Return what stands in a quote or callout, whose kind stands before its first line."""
    inner = []
    for line in lines:
        match = _QUOTE.match(line)
        inner.append(line[match.end() :] if match else line)
    match = _QUOTE.match(lines[0])
    first = match[0] if match else "> "
    rest = next((found[0] for line in lines[1:] if (found := _QUOTE.match(line)) and line[found.end() :].strip()), "> ")
    if callout and (alert := _ALERT.match(inner[0])):
        first += alert[0]
        inner[0] = inner[0][alert.end() :]
    return ContainerLines(inner, lines, first, rest)


def marker(line: str) -> re.Match[str] | None:
    """Return the marker of the item that begins here: indent, mark, and the space behind it."""
    return _ITEM.match(line.expandtabs(4))


def note(lines: list[str]) -> ContainerLines:
    """Return what stands in the definition of a footnote."""
    match = _NOTE.match(lines[0])
    first = match[0] if match else ""
    inner = [lines[0][len(first) :]]
    inner += [line[min(4, len(line) - len(line.lstrip(" "))) :] for line in lines[1:]]
    return ContainerLines(inner, lines, first, " " * 4)
