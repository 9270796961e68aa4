"""Merges two edited texts by lines, with the text that both began from as base, as `git merge-file` does."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from helpsync.markdown import Effort, align

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_GAP = 3
"""So few lines between two conflicts are shown in both, as git does: markers around single lines are hard to read."""

MARKER = 7
"""How many signs a marker has: git's default, which editors and forges know."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged text, and how many places in it stand between conflict markers."""

    text: str
    conflicts: int


class Names(NamedTuple):
    """What the markers call the two sides."""

    ours: str
    theirs: str

    def around(self, ours: str, theirs: str, newline: str) -> str:
        """Return two versions of some lines between conflict markers; each version is empty or ends its last line."""
        above, between, below = ("<" * MARKER, "=" * MARKER, ">" * MARKER)
        return f"{above} {self.ours}{newline}{ours}{between}{newline}{theirs}{below} {self.theirs}{newline}"


class _Edit(NamedTuple):
    """Lines `start` to `end` of the base became lines `low` to `high` of a side."""

    start: int
    end: int
    low: int
    high: int

    @property
    def inserts(self) -> bool:
        return self.start == self.end

    @property
    def grows(self) -> bool:
        return self.high - self.low > self.end - self.start


class _Change(NamedTuple):
    """Lines `low` to `high` of ours stand against lines `theirs_low` to `theirs_high` of theirs; `kind` tells why."""

    kind: Literal["ours", "theirs", "same", "conflict"]
    low: int
    high: int
    theirs_low: int
    theirs_high: int


def merge_texts(base: str | None, ours: str, theirs: str, *, ours_name: str, theirs_name: str) -> Merged:
    """Return `ours` with what `theirs` changed since `base`; what both changed stands between conflict markers.

    Changes of different lines merge, also of neighbours; the same change on both sides is one. Lines that differ only
    in how they end are equal, and all that is returned ends as ours does. Whether the last line ends is merged too.
    Lines that take too long to align count as changed, so that time grows with the length alone. Without a base, all
    lines that differ are in conflict.
    """
    names = Names(ours_name, theirs_name)
    return merge_lines(base, ours, theirs, names, newline_of(ours, base or "", theirs))


def merge_lines(base: str | None, ours: str, theirs: str, names: Names, newline: str) -> Merged:
    """Return what `merge_texts` does, with `newline` at the end of lines that are not ours."""
    mine = split_lines(ours)
    bare, other = _bare(ours), _bare(theirs)
    effort = Effort()
    if base is None:
        whole = _Change("conflict", 0, len(bare), 0, len(other))
        changes = _joined(_refined(whole, bare, other, effort), bare)
    else:
        changes = _joined(_changes(_bare(base), bare, other, effort), bare)
    parts: list[str] = []
    at, marked = 0, ""
    for change in changes:
        if change.kind == "ours":
            continue
        parts += _ended(mine[at : change.low], newline)
        at = change.high
        block = "".join(line + newline for line in other[change.theirs_low : change.theirs_high])
        if change.kind == "conflict":
            block = marked = names.around("".join(_ended(mine[change.low : at], newline)), block, newline)
        if block:
            parts.append(block)
    parts += _ended(mine[at:], newline)
    if parts and parts[-1] is not marked and _last_is_open(ours if base is None else base, ours, theirs):
        parts[-1] = parts[-1].removesuffix(_end_of(parts[-1]))
    return Merged("".join(parts), sum(change.kind == "conflict" for change in changes))


def split_lines(text: str) -> list[str]:
    r"""Return the lines of a text with their ends: \n, \r\n or \r, as files of the content tree are read."""
    return _LINE.findall(text)


def _bare(text: str) -> list[str]:
    return [line.rstrip("\r\n") for line in split_lines(text)]


def newline_of(*texts: str) -> str:
    r"""Return how most lines end in the first of the texts that has a line end, \n where none has."""
    for text in texts:
        if ends := Counter(end for line in split_lines(text) if (end := _end_of(line))):
            return ends.most_common(1)[0][0]
    return "\n"


def _end_of(text: str) -> str:
    return "\r\n" if text.endswith("\r\n") else text[-1:] if text.endswith(("\n", "\r")) else ""


def _ended(lines: Sequence[str], newline: str) -> Iterator[str]:
    for line in lines:
        yield line if _end_of(line) else line + newline


def _last_is_open(base: str, ours: str, theirs: str) -> bool:
    was, mine, other = (bool(text) and not _end_of(text) for text in (base, ours, theirs))
    return other if mine == was else mine


def _edits(before: Sequence[str], after: Sequence[str], effort: Effort) -> list[_Edit]:
    """Return what changed; lines that could be inserted or removed at several places are so at the last, as in git."""
    edits: list[_Edit] = []
    start = low = 0
    for x, y in [*align(before, after, effort), (len(before), len(after))]:
        if (start, low) != (x, y):
            edits.append(_Edit(start, x, low, y))
        start, low = x + 1, y + 1
    following = len(before)
    for number in reversed(range(len(edits))):
        edits[number] = _slid(edits[number], following, before, after)
        following = edits[number].start
    return edits


def _slid(edit: _Edit, following: int, before: Sequence[str], after: Sequence[str]) -> _Edit:
    start, end, low, high = edit
    if start == end:
        while end < following and after[low] == after[high]:
            start, end, low, high = start + 1, end + 1, low + 1, high + 1
    elif low == high:
        while end < following and before[start] == before[end]:
            start, end, low, high = start + 1, end + 1, low + 1, high + 1
    return _Edit(start, end, low, high)


def _changes(base: list[str], ours: list[str], theirs: list[str], effort: Effort) -> Iterator[_Change]:
    mine, other = _edits(base, ours, effort), _edits(base, theirs, effort)
    shift = theirs_shift = 0
    for group in _groups(mine, other):
        start = min(edit.start for edits in group for edit in edits)
        end = max(edit.end for edits in group for edit in edits)
        here, there = group
        low, theirs_low = start + shift, start + theirs_shift
        shift += sum(edit.high - edit.low - edit.end + edit.start for edit in here)
        theirs_shift += sum(edit.high - edit.low - edit.end + edit.start for edit in there)
        change = _Change("conflict", low, end + shift, theirs_low, end + theirs_shift)
        if not here or not there:
            yield change._replace(kind="ours" if here else "theirs")
        else:
            yield from _refined(change, ours, theirs, effort)


def _groups(mine: list[_Edit], other: list[_Edit]) -> Iterator[tuple[list[_Edit], list[_Edit]]]:
    """Yield edits in order, those of the two sides together that can't both be made."""
    group: tuple[list[_Edit], list[_Edit]] = ([], [])
    for edit, side in sorted([(edit, 0) for edit in mine] + [(edit, 1) for edit in other]):
        against = group[1 - side]
        if any(group) and not (against and _meet(against[-1], edit)):
            yield group
            group = ([], [])
        group[side].append(edit)
    if any(group):
        yield group


def _meet(first: _Edit, second: _Edit) -> bool:
    """Tell whether two edits of different sides, in order, change the same lines or insert at the same place."""
    if first.end > second.start:
        return True
    # Which of two insertions comes first can't be known; one that stands beside a change of the other side's can.
    insertion = first.inserts or second.inserts
    return first.end == second.start and insertion and first.grows and second.grows


def _refined(change: _Change, ours: list[str], theirs: list[str], effort: Effort) -> Iterator[_Change]:
    """Yield the parts of a conflict in which the two sides differ."""
    here, there = ours[change.low : change.high], theirs[change.theirs_low : change.theirs_high]
    if here == there:
        yield change._replace(kind="same")
    else:
        for edit in _edits(here, there, effort):
            low, theirs_low = change.low, change.theirs_low
            yield _Change("conflict", edit.start + low, edit.end + low, edit.low + theirs_low, edit.high + theirs_low)


def _joined(changes: Iterator[_Change], ours: list[str]) -> list[_Change]:
    joined: list[_Change] = []
    for change in changes:
        if change.kind == "same":
            continue
        before = joined[-1] if joined else change
        if joined and before.kind == change.kind == "conflict" and _is_small(ours[before.high : change.low]):
            joined[-1] = before._replace(high=change.high, theirs_high=change.theirs_high)
        else:
            joined.append(change)
    return joined


def _is_small(gap: Sequence[str]) -> bool:
    return len(gap) <= _GAP or not any(char.isalnum() for line in gap for char in line)
