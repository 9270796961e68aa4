"""Which remote item belongs to which address: by baseline, pin, content that moved, tombstone or equal content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.model import Article
from helpsync.plan.bodies import no_past
from helpsync.plan.matching.matches import Match, MatchContext, Matching, by_depth
from helpsync.plan.matching.moves import find_moves
from helpsync.plan.matching.near_duplicates import refuse_twins
from helpsync.plan.matching.swaps import rekey
from helpsync.plan.matching.unclaimed import adopt_equal
from helpsync.plan.plan import Attention

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from helpsync.baseline import Baseline
    from helpsync.model import Address, HelpCenter, Item, Translation
    from helpsync.plan.bodies import Past
    from helpsync.plan.matching.matches import ById


def match_items(
    desired: HelpCenter,
    remote: HelpCenter,
    baseline: Baseline,
    body_digest: Callable[[Translation], str],
    filled: Callable[[Address, Translation], str],
    past: Past = no_past,
) -> Matching:
    """Return who belongs to whom. Pure; `body_digest`, `filled` and `past` are those of `MatchContext`."""
    items: list[Item] = [*by_depth(desired.collections), *desired.articles]
    by_id: ById = {(item.kind, item.id): item for item in remote.items}
    context = MatchContext(by_id, baseline, desired.default_locale, body_digest, filled, past)
    matching = Matching(group_ids=frozenset(item.id for item in remote.collections))
    rest = _pins(items, matching, by_id, baseline)
    pinned = {(item.kind, item.pin) for item in items if item.pin and item.address not in matching.refused}
    live = {
        address: record
        for address, record in baseline.records.items()
        if not record.removed and (record.kind, record.id) not in pinned
    }
    fresh: list[Item] = []
    for item in rest:
        address = item.address or ""
        if address in live and live[address].kind == item.kind:
            matching.matches[address] = context.tied(item, live.pop(address))
        else:
            fresh.append(item)
    # An address of the tree keeps its record; what is left of them went, or moved to where the same content is now.
    left = matching.matches.keys() | desired.unread
    matching.gone = {address: record for address, record in live.items() if address not in left}
    fresh = find_moves(fresh, matching, context)
    fresh = _revived([item for item in fresh if not isinstance(item, Article) or item.managed], matching, context)
    rekey(matching, baseline, {item.address for item in items})
    known = {(record.kind, record.id) for record in baseline.records.values()} | matching.taken()
    free = [item for item in by_id.values() if (item.kind, item.id) not in known]
    adopt_equal(fresh, matching, free, context)
    refuse_twins(fresh, matching, free, context)
    taken = matching.taken()
    matching.unclaimed = [item for item in free if (item.kind, item.id) not in taken]
    return matching


def _pins(items: Iterable[Item], matching: Matching, by_id: ById, baseline: Baseline) -> list[Item]:
    """Tie what the frontmatter pins; return the items without a pin.

    A pin to an item that another file of the tree stands for is refused: that file would lose its article.
    """
    # A tombstone's item may live on at another address: that one owns it.
    records = sorted(baseline.records.items(), key=lambda pair: not pair[1].removed)
    owner = {(record.kind, record.id): address for address, record in records}
    unpinned = {item.address for item in items if not item.pin}
    rest: list[Item] = []
    for item in items:
        address = item.address or ""
        if not item.pin:
            rest.append(item)
            continue
        previous = owner.get((item.kind, item.pin))
        found = by_id.get((item.kind, item.pin))
        matching.matches[address] = Match(
            item,
            found,
            baseline.records[previous] if previous is not None else None,
            previous=previous if previous != address else None,
            missing=None if found else item.pin,
        )
        own = baseline.records.get(address)
        if (
            previous is not None
            and previous != address
            and previous in unpinned
            and not baseline.records[previous].removed
        ):
            matching.refused.add(address)
            message = f"pinned to {item.kind} {item.pin}, which {previous} stands for"
            hint = f"remove the pin, or the file of {previous}"
            matching.attention.append(Attention("conflict", address, item.pin, message, hint=hint))
            matching.matches[address] = Match(item)
        elif own is not None and not own.removed and own.id != item.pin:
            message = (
                f"was tied to {own.kind} {own.id} and is pinned to {item.pin} now: {own.id} stays in Intercom as it is"
            )
            matching.attention.append(Attention("warning", address, own.id, message, hint="remove it there by hand"))
    return rest


def _revived(fresh: Iterable[Item], matching: Matching, context: MatchContext) -> list[Item]:
    """Tie an address that comes back to its tombstone's item, if that is there; return the items that stay new."""
    rest: list[Item] = []
    taken = matching.taken()
    for item in fresh:
        record = context.baseline.records.get(item.address or "")
        key = (record.kind, record.id) if record and record.removed and record.removed_from is None else None
        if record and key and record.kind == item.kind and key in context.by_id and key not in taken:
            matching.matches[item.address or ""] = context.tied(item, record)
        else:
            rest.append(item)
    return rest
