"""Whether so much is gone in Intercom that it is no teammate's decision but an accident, which no pull repeats here."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from helpsync.model import Article

if TYPE_CHECKING:
    from helpsync.model import LocaleCode
    from helpsync.plan.build import Planned
    from helpsync.pull.values import Pulls


def beyond_limits(planned: Planned, pulls: Pulls, *, share: float, floor: int, allowed: int) -> tuple[str, int] | None:
    """Return in words what would leave the tree beyond the limits, and how many that are in all; None where it may.

    An article that is gone counts once, with all its translations; a translation that leaves one that stays counts
    once, as a share of that locale's. Of fewer than `floor` the share does not apply. `allowed` may go whatever it is.
    """
    lost: Counter[LocaleCode | None] = Counter()
    for item in pulls.items:
        if isinstance(item.desired, Article):
            lost.update([None] if item.item is None else (at for at, text in item.texts.items() if text.stored is None))
    if lost.total() <= allowed:
        return None
    there: Counter[LocaleCode | None] = Counter()
    for match in planned.matching.matches.values():
        if isinstance(match.desired, Article) and match.record is not None:
            there.update([None, *(locale for locale in match.desired.texts if locale in match.record.locales)])
    # As it is written: 29% of 100 are 29, which floating point misses.
    limit = Fraction(share).limit_denominator(1_000_000)
    over = [
        f"{count} of {there[scope]} {'articles' if scope is None else f'{scope} translations'}"
        for scope, count in sorted(lost.items(), key=lambda pair: pair[0] or "")
        if there[scope] >= floor and count > limit * there[scope]
    ]
    return (" and ".join(over), lost.total()) if over else None
