"""Files about to be created that Intercom has under another title or elsewhere, as after a lost baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.model import Article
from helpsync.plan.matching.similar_items import held_texts, stored_pairs, wanted_pairs
from helpsync.plan.matching.similarity import ENOUGH, likenesses, percent
from helpsync.plan.matching.unclaimed import shown
from helpsync.plan.plan import Attention

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.model import Address, Item
    from helpsync.plan.matching.matches import MatchContext, Matching
    from helpsync.plan.matching.similarity import Likeness

_STRONG = 0.8
"""Far more than a move needs: there a file has gone, here an article of its own is about to come."""


def refuse_twins(fresh: Iterable[Item], matching: Matching, free: Iterable[Item], context: MatchContext) -> None:
    """Refuse to create what an article that no file stands for says already, word by word but for a few."""
    locale = context.default_locale
    new = {
        item.address or "": item
        for item in fresh
        if isinstance(item, Article)
        and matching.matches[item.address or ""].remote is None
        and item.address not in matching.refused
    }
    taken = matching.taken()
    old = {
        item.id: item for item in free if isinstance(item, Article) and item.id and (item.kind, item.id) not in taken
    }
    if not new or not old:
        return
    found = likenesses(
        {address: wanted_pairs(item, locale) for address, item in new.items()},
        {identifier: stored_pairs(item, locale) for identifier, item in old.items()},
        held_texts(matching, set(new), locale),
    )
    twins: dict[Address, list[tuple[Likeness, str]]] = {}
    for (address, identifier), likeness in found.items():
        if likeness.share >= _STRONG and likeness.pairs >= ENOUGH:
            twins.setdefault(address, []).append((likeness, identifier))
    for address, likely in sorted(twins.items()):
        likely.sort(key=lambda twin: (-twin[0].share, twin[1]))
        best = old[likely[0][1]]
        named = ", ".join(
            f"#{identifier} {shown(old[identifier], locale)} ({percent(likeness.share)} the same)"
            for likeness, identifier in likely
        )
        message = f"likely duplicate: Intercom already has an article with this text that no file stands for: {named}"
        hint = (
            f"tie it to this file with `helpsync adopt {address}={best.id}`, which writes nothing to Intercom; if both "
            f"are meant to be there, give #{best.id} a file of its own, with `id: {best.id}` and `sync: false`"
        )
        matching.attention.append(Attention("conflict", address, None, message, hint=hint))
        matching.refused.add(address)
        matching.likely[address] = best
        matching.suspected |= {(old[identifier].kind, identifier) for _, identifier in likely}
