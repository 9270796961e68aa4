"""Measures how similar texts are, and decides which of many belong together, to recognise files that moved and changed.

Texts are compared by pairs of neighbouring words. Single words would make any two articles of one help center similar,
and longer runs would lose too much to each edit. Pairs that also appear in other articles, such as a template, are
ignored.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from math import lcm
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

HALF = 1 / 2
"""A file is the same one when at least half of the longer text stays: git's own measure of a renamed file."""

THIRD = 1 / 3
"""What is enough where two other things say so too, such as the title and the file's name."""

ENOUGH = 8
"""So many pairs of words, about a sentence, must stay where nothing else says that it is the same article."""

FEW = 3
"""So many must stay at least, whatever else says so: two words tell nothing."""

CLEAR = 0.1
"""By so much the best candidate must be ahead of the next one."""

_MOST = 20
"""A pair of words that more texts have on either side tells nothing, and the time that it takes stays linear."""

_UNIT = lcm(*range(1, _MOST + 1))
"""Weights are whole numbers, so that sums are the same in whatever order they are made."""

Pairs: TypeAlias = "frozenset[tuple[str, ...]]"
New = TypeVar("New", bound="Hashable")
Old = TypeVar("Old", bound="Hashable")


class Likeness(NamedTuple):
    """How much of the longer of two texts is in both (0 to 1), and how many pairs of words that is."""

    share: float
    pairs: float


def pairs_of(words: Sequence[str]) -> Pairs:
    """Return the pairs of neighbouring words; a text of one word gives that word."""
    return frozenset(pairwise(words)) or frozenset((word,) for word in words)


def alike(one: Pairs, other: Pairs) -> float:
    """Return how much of the longer text is in both, counting every pair; 1 for equal texts."""
    longer = max(len(one), len(other))
    return len(one & other) / longer if longer else 1.0


def likenesses(
    new: Mapping[New, Pairs], old: Mapping[Old, Pairs], others: Iterable[Pairs] = ()
) -> dict[tuple[New, Old], Likeness]:
    """Return how similar each new text is to each old one, where they share pairs that none of the `others` has.

    A pair in several new texts, or in several old ones, counts in part for each.
    """
    known = frozenset().union(*new.values(), *old.values())
    common: set[tuple[str, ...]] = set()
    for other in others:
        common |= known & other
    news, olds = _holders(new, common), _holders(old, common)
    weights = {}
    for pair in {*news, *olds}:
        most = max(len(news.get(pair, ())), len(olds.get(pair, ())))
        weights[pair] = _UNIT // most if most <= _MOST else 0
    shared: dict[tuple[New, Old], int] = defaultdict(int)
    for pair, weight in weights.items():
        if weight and pair in news and pair in olds:
            for name in news[pair]:
                for place in olds[pair]:
                    shared[name, place] += weight
    whole_new = {name: sum(weights.get(pair, 0) for pair in pairs) for name, pairs in new.items()}
    whole_old = {name: sum(weights.get(pair, 0) for pair in pairs) for name, pairs in old.items()}
    return {
        (name, place): Likeness(weight / max(whole_new[name], whole_old[place]), weight / _UNIT)
        for (name, place), weight in shared.items()
    }


_Name = TypeVar("_Name", bound="Hashable")


def _holders(texts: Mapping[_Name, Pairs], common: set[tuple[str, ...]]) -> dict[tuple[str, ...], list[_Name]]:
    holders: dict[tuple[str, ...], list[_Name]] = defaultdict(list)
    for name, pairs in texts.items():
        for pair in pairs - common:
            holders[pair].append(name)
    return holders


def decided(scores: Mapping[tuple[New, Old], float]) -> tuple[dict[New, Old], set[tuple[New, Old]]]:
    """Return which new text is which old one where each is clearly the other's best, and the undecided pairs.

    No new and no old text appears twice. Decided pairs no longer compete with the others.
    """
    left = dict(scores)
    found: dict[New, Old] = {}
    while True:
        clear_old, clear_new = _clear(left), _clear({(old, new): score for (new, old), score in left.items()})
        agreed = {new: old for new, old in clear_old.items() if clear_new.get(old) == new}
        if not agreed:
            return found, set(left)
        found |= agreed
        taken = set(agreed.values())
        left = {(new, old): score for (new, old), score in left.items() if new not in agreed and old not in taken}


def _clear(scores: Mapping[tuple[New, Old], float]) -> dict[New, Old]:
    best: dict[New, tuple[float, Old]] = {}
    second: dict[New, float] = {}
    for (new, old), score in scores.items():
        if new not in best or score > best[new][0]:
            if new in best:
                second[new] = best[new][0]
            best[new] = (score, old)
        else:
            second[new] = max(second.get(new, 0.0), score)
    # Sums of tenths are not exact.
    return {new: old for new, (score, old) in best.items() if score - second.get(new, -1.0) > CLEAR - 1e-9}


def percent(share: float) -> str:
    """Return a share for people, rounded down: ``87%``."""
    return f"{int(share * 100 + 1e-9)}%"
