"""Which blocks of two texts belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.diff.alignment import Effort, align
from helpsync.markdown.diff.compare import pair_similar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helpsync.markdown.patch.texts import Span


class Pairing(NamedTuple):
    """Parts of the source, and the parts of the text before that say the same; either may be none."""

    ours: range
    theirs: range


def pairings(ours: Sequence[Span], theirs: Sequence[Span]) -> list[Pairing]:
    """Return units that hold each part once, in their order, each as small as can be."""
    same = align([part.key for part in ours], [part.key for part in theirs], Effort())
    found: list[Pairing] = []
    x = y = 0
    for mine, other in [*same, (len(ours), len(theirs))]:
        found += _between(ours, theirs, range(x, mine), range(y, other))
        if mine < len(ours):
            found.append(Pairing(range(mine, mine + 1), range(other, other + 1)))
        x, y = mine + 1, other + 1
    return found


def _between(ours: Sequence[Span], theirs: Sequence[Span], mine: range, other: range) -> Iterator[Pairing]:
    """Yield the units of what is not alike one by one: first what is cut otherwise, then what is most alike."""
    x, y = mine.start, other.start
    while x < mine.stop and y < other.stop:
        end = _cut_otherwise(ours, theirs, range(x, mine.stop), range(y, other.stop))
        if end is None:
            break
        yield Pairing(range(x, end[0]), range(y, end[1]))
        x, y = end
    pairs = pair_similar(
        [part.text for part in ours[x : mine.stop]], [part.text for part in theirs[y : other.stop]], Effort()
    )
    left, right = x, y
    for first, second in [*((left + one, right + two) for one, two in pairs), (mine.stop, other.stop)]:
        yield from _odd(range(x, first), range(y, second))
        if first < mine.stop:
            yield Pairing(range(first, first + 1), range(second, second + 1))
        x, y = first + 1, second + 1


def _odd(mine: range, other: range) -> Iterator[Pairing]:
    if mine and other:
        yield Pairing(mine, other)
        return
    for number in mine:
        yield Pairing(range(number, number + 1), range(other.start, other.start))
    for number in other:
        yield Pairing(range(mine.start, mine.start), range(number, number + 1))


def _cut_otherwise(ours: Sequence[Span], theirs: Sequence[Span], mine: range, other: range) -> tuple[int, int] | None:
    """Return where the shortest equal beginnings of both end, None where there are none."""
    x, y = mine.start + 1, other.start + 1
    one, two = ours[mine.start].key, theirs[other.start].key
    while one != two:
        if len(one) <= len(two):
            if x == mine.stop or not two.startswith(one):
                return None
            one, two, x = ours[x].key, two[len(one) :], x + 1
        else:
            if y == other.stop or not one.startswith(two):
                return None
            one, two, y = one[len(two) :], theirs[y].key, y + 1
    return x, y


class BlockChange(NamedTuple):
    """What became of a part: its place in the text after, and whether it is the same there."""

    place: int
    same: bool


def block_changes(before: Sequence[Span], after: Sequence[Span]) -> dict[int, BlockChange]:
    """Return what became of each part that did not go, by its place."""
    effort = Effort()
    same = align([part.text for part in before], [part.text for part in after], effort)
    found: dict[int, BlockChange] = {}
    x = y = 0
    for mine, other in [*same, (len(before), len(after))]:
        gone, come = ([part.text for part in parts] for parts in (before[x:mine], after[y:other]))
        found |= {x + one: BlockChange(y + two, same=False) for one, two in pair_similar(gone, come, effort)}
        if mine < len(before):
            found[mine] = BlockChange(other, same=True)
        x, y = mine + 1, other + 1
    return found
