"""Fenced code: where it begins and ends, and which tabs are its own."""

from __future__ import annotations

import re

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})[ \t]*(.*)$")
_FENCE_ANYWHERE = re.compile(r"((?: |[-*+>] |\d+\. ){0,100})(`{3,}|~{3,})(?![^`]*`)")
_SPACES = re.compile(r"[ \t]*(?:(?:[-*+>]|\d+\.)[ \t]+)*")


def opening_fence(line: str) -> re.Match[str] | None:
    """Return the fence that opens code here: its indent, its marks, and the text behind it."""
    fence = _FENCE.match(line)
    return None if fence is None or (fence[2][0] == "`" and "`" in fence[3]) else fence


def closes_fence(fence: re.Match[str], line: str) -> bool:
    """Tell whether the line ends the code that the fence opened."""
    stripped = line.strip()
    return len(stripped) >= len(fence[2]) and not stripped.strip(fence[2][0]) and len(line) - len(line.lstrip(" ")) < 4


def fence_after(fence: re.Match[str] | None, line: str) -> re.Match[str] | None:
    """Return the fence that is open behind the line; `fence` is the one that was open before it."""
    if fence is None:
        return opening_fence(line)
    return None if closes_fence(fence, line) else fence


def expand_tabs(lines: list[str]) -> list[str]:
    """Return the lines with their indents in spaces; in fenced code, tabs beyond the fence's indent are text."""
    expanded: list[str] = []
    fence: re.Match[str] | None = None
    for line in lines:
        indent = _SPACES.match(line)
        if "\t" not in line or indent is None:
            whole = line
        elif fence is None:
            whole = indent[0].expandtabs(4) + line[indent.end() :]
        else:
            end = 0
            while end < indent.end() and len(line[:end].expandtabs(4)) < len(fence[1]):
                end += 1
            whole = line[:end].expandtabs(4) + line[end:]
        expanded.append(whole)
        if fence is None:
            fence = _FENCE_ANYWHERE.match(whole)
        elif closes_fence(fence, whole.strip()) or closes_fence(fence, whole[len(fence[1]) :].strip()):
            fence = None
    return expanded
