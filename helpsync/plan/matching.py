"""Which remote item belongs to which address: by baseline, pin, moved content, tombstone or equal content."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from helpsync.baseline import Record, digest
from helpsync.model import Article
from helpsync.plan.bodies import no_past
from helpsync.plan.matches import Match, MatchContext, Matching, by_depth, rekey, trade, whole_trades
from helpsync.plan.plan import Attention
from helpsync.plan.similarity import others_now, same_articles, same_groups
from helpsync.plan.unclaimed import adopt_equal, refuse_twins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.baseline import Baseline
    from helpsync.model import Address, HelpCenter, Item, LocaleCode, Translation
    from helpsync.plan.bodies import Past
    from helpsync.plan.matches import ById


def find_moves(fresh: list[Item], matching: Matching, context: MatchContext) -> list[Item]:
    """Give new addresses the records of their content, the certain ones first; return the items that stay new.

    An address with its own file keeps its record, unless files have traded places. An ambiguous address is refused:
    nothing is created or removed.
    """
    rest = _same_content(fresh, matching, context)
    rest = _traded(rest, matching, context)
    rest = _back(rest, matching, context)
    rest = _alike(rest, matching, context)
    return same_groups(rest, matching, context)


def _same_content(fresh: list[Item], matching: Matching, context: MatchContext) -> list[Item]:
    found = _by_marks(fresh, matching.gone, context)
    rest: list[Item] = []
    for item in fresh:
        address = item.address or ""
        previous = found.get(address)
        if previous is None:
            rest.append(item)
        elif matching.gone[previous].kind != item.kind:
            matching.replaced[previous] = address
            rest.append(item)
        else:
            matching.matches[address] = context.tied(item, matching.gone.pop(previous), previous)
    return rest


def _by_marks(
    items: Iterable[Item], records: Mapping[Address, Record], context: MatchContext
) -> dict[Address, Address]:
    """Return which address has the content of which record, where each has exactly one."""
    by_mark: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for address, record in records.items():
        for mark in record_marks(record, context.default_locale):
            by_mark[mark].append(address)
    wanted: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for item in items:
        for mark in item_marks(item, context.default_locale, context.body_digest):
            wanted[mark].append(item.address or "")
    candidates: dict[Address, set[Address]] = defaultdict(set)
    for mark, addresses in wanted.items():
        if len(addresses) == 1 and len(by_mark[mark]) == 1:
            candidates[addresses[0]].add(by_mark[mark][0])
    found = {address: places.pop() for address, places in candidates.items() if len(places) == 1}
    taken: dict[Address, list[Address]] = defaultdict(list)
    for address, place in found.items():
        taken[place].append(address)
    return {address: place for address, place in found.items() if len(taken[place]) == 1}


def record_marks(record: Record, default_locale: LocaleCode) -> list[tuple[str, str]]:
    """Return what identifies a record's content: the file as it was, or its title and text."""
    text = record.locales.get(default_locale)
    if text is None:
        return []
    group = "article" if record.kind == "article" else "collection"
    marks = [(group, f"blob {text.blob}")]
    if "body" in text.pushed:
        marks.append((group, f"text {text.pushed.get('title')} {text.pushed['body']}"))
    return marks


def item_marks(
    item: Item, default_locale: LocaleCode, body_digest: Callable[[Translation], str]
) -> list[tuple[str, str]]:
    """Return what identifies a desired item's content, as `record_marks`."""
    if isinstance(item, Article):
        translation = item.translations.get(default_locale)
        if translation is None or translation.source is None:
            return []
        marks = [("article", f"blob {translation.source.blob}")]
        if translation.body:
            marks.append(("article", f"text {digest(translation.title)} {body_digest(translation)}"))
        return marks
    label = item.labels.get(default_locale)
    return [("collection", f"blob {label.source.blob}")] if label and label.source else []


def _changed(matching: Matching, default_locale: LocaleCode) -> dict[Address, Match]:
    """Return the matches whose address kept its record but not its file: the content may have moved."""
    changed = {}
    for address, match in matching.matches.items():
        if match.record is None or match.record.removed or match.previous or match.remote is None or match.desired.pin:
            continue
        if isinstance(match.desired, Article) and not match.desired.managed:
            continue
        text, record = match.desired.texts.get(default_locale), match.record.locales.get(default_locale)
        if text and text.source and record and record.blob and record.blob != text.source.blob:
            changed[address] = match
    return changed


def _traded(fresh: list[Item], matching: Matching, context: MatchContext) -> list[Item]:
    """Give files that traded addresses, or moved on in a row, the records of their content."""
    changed = _changed(matching, context.default_locale)
    if not changed or not (matching.gone or len(changed) > 1 or fresh):
        return fresh
    owned = {address: match.record for address, match in changed.items() if match.record}
    for address, record in owned.items():
        own = item_marks(changed[address].desired, context.default_locale, context.body_digest)
        if set(own) & set(record_marks(record, context.default_locale)):
            del changed[address]
    records = {**matching.gone, **{address: owned[address] for address in changed}}
    managed = [item for item in fresh if not isinstance(item, Article) or item.managed]
    items = {item.address or "": item for item in [*managed, *(match.desired for match in changed.values())]}
    found = _by_marks(items.values(), records, context)
    found = {new: old for new, old in found.items() if items[new].kind == records[old].kind}
    leaving = others_now({old: changed[old] for old in found.values() if old in changed}, matching, context)
    whole = whole_trades(found, set(changed), leaving)
    _point_out({new: old for new, old in found.items() if new not in whole}, changed, matching)
    left = trade(whole, items, records, matching, context)
    return [item for item in fresh if item.address not in matching.matches] + left


def _point_out(dropped: Mapping[Address, Address], changed: Mapping[Address, Match], matching: Matching) -> None:
    """Explain how a file keeps its article when it was moved over another one, whose article stays at the address."""
    for new, old in sorted(dropped.items()):
        if new in changed and old in matching.gone:
            record = matching.gone[old]
            message = f"has the content of {old}, which goes, and keeps the {record.kind} that its address had"
            hint = f"if it was moved here, keep its id and URL with `id: {record.id}` in the frontmatter"
            matching.attention.append(Attention("warning", new, record.id, message, hint=hint))


def _back(fresh: list[Item], matching: Matching, context: MatchContext) -> list[Item]:
    """Give a removed file that came back its tombstone: at its own address, or at another with the same content."""
    taken = matching.taken()
    tombstones = {
        address: record
        for address, record in context.baseline.records.items()
        if record.removed and (record.kind, record.id) in context.by_id and (record.kind, record.id) not in taken
    }
    managed = [item for item in fresh if not isinstance(item, Article) or item.managed]
    if not tombstones or not managed:
        return fresh
    found: dict[Address, Address] = {}
    for item in managed:
        address = item.address or ""
        own = tombstones.get(address)
        marks = item_marks(item, context.default_locale, context.body_digest)
        if own and own.kind == item.kind and set(marks) & set(record_marks(own, context.default_locale)):
            found[address] = address
    others = {address: record for address, record in tombstones.items() if address not in found}
    elsewhere = _by_marks([item for item in managed if item.address not in found], others, context)
    for item in managed:
        address = item.address or ""
        place = found.get(address) or elsewhere.get(address)
        if place is not None and tombstones[place].kind == item.kind:
            match = context.tied(item, tombstones[place], place if place != address else None)
            matching.matches[address] = match
    return [item for item in fresh if item.address not in matching.matches]


def _alike(fresh: list[Item], matching: Matching, context: MatchContext) -> list[Item]:
    live = {a: c for a, c in _changed(matching, context.default_locale).items() if isinstance(c.desired, Article)}
    articles = [item for item in fresh if isinstance(item, Article)]
    gone = {address: record for address, record in matching.gone.items() if record.kind == "article"}
    left: list[Item] = []
    if (articles and gone) or len(live) > 1:
        left = same_articles(articles, live, gone, matching, context)
    return [item for item in fresh if item.address not in matching.matches] + left


def match_items(
    desired: HelpCenter,
    remote: HelpCenter,
    baseline: Baseline,
    body_digest: Callable[[Translation], str],
    filled: Callable[[Address, Translation], str],
    past: Past = no_past,
) -> Matching:
    """Return which item belongs to which address; `body_digest`, `filled` and `past` are those of `MatchContext`."""
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
    # An address of the tree keeps its record; the others were removed, or moved to the address with their content.
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
    """Match the items with a pin in their frontmatter; return the items without one.

    A pin to an item of another file is refused: that file would lose its article.
    """
    # The item of a tombstone may belong to another address by now.
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
            message = f"pinned to {item.kind} {item.pin}, which belongs to {previous}"
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
    """Give an address that comes back the item of its tombstone, if it exists; return the items that stay new."""
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
