"""What changes within one block, word by word, so that people can read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from helpsync.markdown.diff.alignment import align
from helpsync.markdown.diff.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpsync.markdown.diff.alignment import Effort

Sign: TypeAlias = Literal["=", "-", "+"]
Word: TypeAlias = tuple[Sign, str]

_STILL = 0.2
"""Where less than this part of a block stays, all of it is replaced: single words that stay would only disturb."""

_BARRIER = re.compile(r"[|\n]|\]\(")
"""Between two of these, changes are told apart: the cells of a row, lines, a link's text and its address."""


def changed_words(before: str, after: str, effort: Effort) -> tuple[Word, ...]:
    """Return what stays, goes and comes; what stays and goes makes up `before`, what stays and comes `after`."""
    mine, theirs = tokenize(before), tokenize(after)
    spans: list[_Span] = []
    span = _Span()
    x = y = 0
    for here, there in [*align(mine, theirs, effort), (len(mine), len(theirs))]:
        if here > x or there > y:
            span.change(mine[x:here], theirs[y:there])
            spans.append(span)
            span = _Span()
        if here < len(mine):
            span.stay(mine[here])
        x, y = here + 1, there + 1
    readable: list[_Span] = []
    for following in spans:
        readable.append(following)
        while len(readable) > 1 and readable[-1].disturbs(readable[-2]):
            readable[-2].join(readable.pop())
    still = sum(each.still for each in readable) + span.still
    if still < _STILL * max(_letters(mine), _letters(theirs)):
        return (("-", before), ("+", after))
    words = [word for each in readable for word in each.words()]
    return (*words, *span.words())


def _letters(parts: list[str]) -> int:
    """Return how much there is to read; spaces count for nothing."""
    return sum(len(part) for part in parts if not part.isspace())


class _Span:
    """What stays, and the change after it, in parts and with the number of letters."""

    def __init__(self) -> None:
        self._stays: list[str] = []
        self._goes: list[str] = []
        self._comes: list[str] = []
        self.still = self._gone = self._new = 0

    def stay(self, part: str) -> None:
        self._stays.append(part)
        self.still += 0 if part.isspace() else len(part)

    def change(self, goes: list[str], comes: list[str]) -> None:
        self._goes, self._comes = goes, comes
        self._gone, self._new = _letters(goes), _letters(comes)

    def disturbs(self, before: _Span) -> bool:
        """Tell whether what stays between two changes is so little that both read better as one."""
        if not ((self._goes or before._goes) and (self._comes or before._comes)):
            return False
        if self.still * 2 > min(max(self._gone, self._new), max(before._gone, before._new)):
            return False
        return not _BARRIER.search("".join(self._stays))

    def join(self, following: _Span) -> None:
        """Take the change that follows into this one, with what stays between them."""
        self._goes += following._stays + following._goes
        self._comes += following._stays + following._comes
        self._gone += following.still + following._gone
        self._new += following.still + following._new

    def words(self) -> Iterator[Word]:
        for sign, parts in (("=", self._stays), ("-", self._goes), ("+", self._comes)):
            if parts:
                yield sign, "".join(parts)  # type: ignore[misc]  # the three signs
