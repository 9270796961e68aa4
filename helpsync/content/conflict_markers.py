"""The rule about merges that nobody finished: conflict markers left in a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.errors import Location
from helpsync.findings.catalogue import finding
from helpsync.markdown import fence_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpsync.model import Finding

INTERCOM = "Intercom"
"""What the markers that helpsync writes call the side of Intercom, where git writes a branch."""

_BOUNDARY = re.compile(r"---[ \t]*")
_BEGIN = re.compile(r"<{7}(?: .*)?")
_BASE = re.compile(r"\|{7}(?: .*)?")
_END = re.compile(r">{7}(?: (.*))?")
RESOLVE = "keep what is right of both versions, and remove the lines <<<<<<<, ======= and >>>>>>>"
"""What to do about a conflict, for hints."""


def conflict_markers(text: str, path: str) -> Iterator[Finding]:
    r"""Yield a finding for each conflict in a file's text, whose lines end in \n, at its first marker.

    Fenced code may show conflicts, so there only those count that helpsync wrote.
    """
    for begin, _, _ in _conflicts(text):
        yield finding("conflict-markers", "a merge left a conflict here", Location(path, begin, 1), RESOLVE)


def first_versions(text: str) -> str:
    r"""Return the text, whose lines end in \n, with the first version of each conflict; blank lines stand for the rest.

    So every line keeps its number.
    """
    lines = text.split("\n")
    for begin, second, end in _conflicts(text):
        for number in (begin, *range(second, end + 1)):
            lines[number - 1] = ""
    return "\n".join(lines)


def _conflicts(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield the lines of each conflict: where it begins, where its first version ends, where it ends; all markers."""
    if "<<<<<<<" not in text:
        return
    begin = second = 0
    fence = outer = mine = None
    parted = has_two = False
    in_head = bool(_BOUNDARY.fullmatch(text.partition("\n")[0]))
    for number, line in enumerate(text.split("\n"), 1):
        if _BEGIN.fullmatch(line):
            begin, outer, parted, has_two = number, fence, False, False
        elif begin and not has_two and (line == "=======" or _BASE.fullmatch(line)):
            mine, second = (mine, second) if parted else (fence, number)
            parted, has_two = True, line == "======="
        elif has_two and (end := _END.fullmatch(line)):
            if outer is None or (end[1] or "").startswith(INTERCOM):
                yield begin, second, number
            # Both versions may open the same code: only the first of them is followed.
            begin, fence, has_two = 0, mine, False
        elif in_head:
            in_head = number == 1 or not _BOUNDARY.fullmatch(line)
        else:
            fence = fence_after(fence, line)
