"""Which remote item belongs to which address: by baseline, pin, content, similarity or tombstone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from helpsync.baseline import Record, digest
from helpsync.markdown import canonical_ignoring_targets, flatten_lists
from helpsync.model import Article, Label, Translation
from helpsync.plan.matches import (
    Match,
    Matcher,
    Matching,
    by_depth,
    rekey,
    title_of,
    url_or_title,
    whole_swaps,
)
from helpsync.plan.plan import Attention
from helpsync.plan.similarity import (
    ENOUGH,
    held_texts,
    match_similar_articles,
    match_similar_groups,
    others_now,
    percent,
    similarities,
    stored_pairs,
    wanted_pairs,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from helpsync.baseline import Baseline
    from helpsync.model import Address, HelpCenter, Item
    from helpsync.plan.bodies import Bodies
    from helpsync.plan.similarity import Similarity

_LINKED = re.compile(r"/articles/(\d+)")

_STRONG = 0.8
"""How similar an unclaimed article must be to a new file to be its duplicate: far more than a moved file needs."""


def match_items(desired: HelpCenter, remote: HelpCenter, baseline: Baseline, bodies: Bodies) -> Matching:
    """Return which remote item belongs to which address of the tree, the certain ones first.

    An address with its own file keeps its record, unless files have traded places. An ambiguous address is refused:
    nothing is created or removed.
    """
    matching = Matching(group_ids=frozenset(item.id for item in remote.collections))
    matcher = Matcher(
        {item.address or "": item for item in (*by_depth(desired.collections), *desired.articles)},
        {(item.kind, item.id): item for item in remote.items},
        baseline,
        desired.default_locale,
        bodies,
        matching,
    )
    _match_pins(matcher)
    _match_addresses(matcher, desired.unread)
    _match_equal_content(matcher)
    _match_swaps(matcher)
    _match_tombstones_by_content(matcher)
    match_similar_articles(matcher)
    match_similar_groups(matcher)
    _match_tombstones_by_address(matcher)
    rekey(matching, baseline, set(matcher.tree))
    known = {(record.kind, record.id) for record in baseline.records.values()} | matching.taken()
    unclaimed = [item for item in remote.items if (item.kind, item.id) not in known]
    new = matcher.fresh(unmanaged=False)
    _adopt_equal(matcher, new, unclaimed)
    _refuse_near_duplicates(matcher, new, unclaimed)
    taken = matching.taken()
    matching.unclaimed = [item for item in unclaimed if (item.kind, item.id) not in taken]
    return matching


# By id and address ----------------------------------------------------------------------------------------------------


def _match_pins(matcher: Matcher) -> None:
    """Match the items with a pin in their frontmatter.

    A pin to an item of another file is refused: that file would lose its article.
    """
    tree, records = matcher.tree, matcher.baseline.records
    # The item of a tombstone may belong to another address by now.
    live_last = sorted(records.items(), key=lambda pair: not pair[1].removed)
    owners = {(record.kind, record.id): address for address, record in live_last}
    unpinned = {address for address, item in tree.items() if not item.pin}
    for address, item in tree.items():
        if not item.pin:
            continue
        owner, own = owners.get((item.kind, item.pin)), records.get(address)
        record = records[owner] if owner else None
        if owner and owner != address and owner in unpinned and not records[owner].removed:
            message = f"pinned to {item.kind} {item.pin}, which belongs to {owner}"
            matcher.refuse(address, message, f"remove the pin, or the file of {owner}", item.pin)
            continue
        if own is not None and not own.removed and own.id != item.pin:
            message = (
                f"was linked to {own.kind} {own.id} and is pinned to {item.pin} now: {own.id} stays in Intercom as it "
                "is"
            )
            hint = "remove it there by hand"
            matcher.result.attention.append(Attention("warning", address, own.id, message, hint=hint))
        found = matcher.by_id.get((item.kind, item.pin))
        previous = owner if owner != address else None
        missing = None if found else item.pin
        matcher.result.matches[address] = Match(item, found, record, previous=previous, missing=missing)


def _match_addresses(matcher: Matcher, unread: Iterable[Address]) -> None:
    """Give each address its own record. The files of the other records were removed, or moved with their content."""
    matching = matcher.result
    pinned = {
        (item.kind, item.pin) for address, item in matcher.tree.items() if item.pin and address not in matching.refused
    }
    live = {
        address: record
        for address, record in matcher.baseline.records.items()
        if not record.removed and (record.kind, record.id) not in pinned
    }
    for address, item in matcher.fresh().items():
        if address in live and live[address].kind == item.kind:
            matching.matches[address] = matcher.recorded(address, live[address])
    here = matching.matches.keys() | set(unread)
    matching.without_file = {address: record for address, record in live.items() if address not in here}


# By equal content -----------------------------------------------------------------------------------------------------


def _match_equal_content(matcher: Matcher) -> None:
    """Give new addresses the records of their content; one of another kind replaces what it was."""
    fresh, gone = matcher.fresh(), matcher.result.without_file
    for address, previous in _by_marks(fresh, gone, matcher).items():
        if gone[previous].kind == fresh[address].kind:
            matcher.result.matches[address] = matcher.recorded(address, gone.pop(previous), previous)
        else:
            matcher.result.replaced[previous] = address


def _by_marks(
    items: Mapping[Address, Item], records: Mapping[Address, Record], matcher: Matcher
) -> dict[Address, Address]:
    """Return which address has the content of which record, where each has exactly one."""
    olds: dict[str, list[Address]] = defaultdict(list)
    for address, record in records.items():
        for mark in _marks_of_record(record, matcher):
            olds[mark].append(address)
    news: dict[str, list[Address]] = defaultdict(list)
    for address, item in items.items():
        for mark in _marks_of_item(item, matcher):
            news[mark].append(address)
    pairs = {(news[mark][0], olds[mark][0]) for mark in news if len(news[mark]) == 1 == len(olds.get(mark, ()))}
    places = Counter(new for new, _ in pairs)
    found = {new: old for new, old in pairs if places[new] == 1}
    taken = Counter(found.values())
    return {new: old for new, old in sorted(found.items()) if taken[old] == 1}


def _marks_of_record(record: Record, matcher: Matcher) -> set[str]:
    """Return what identifies a record's content: the file as it was, or its title and text."""
    text = record.locales.get(matcher.default_locale)
    if text is None:
        return set()
    group = "article" if record.kind == "article" else "collection"
    marks = {f"{group} blob {text.blob}"}
    if "body" in text.pushed:
        marks.add(f"{group} text {text.pushed.get('title')} {text.pushed['body']}")
    return marks


def _marks_of_item(item: Item, matcher: Matcher) -> set[str]:
    """Return what identifies a desired item's content, as `_marks_of_record`."""
    text = item.texts.get(matcher.default_locale)
    if text is None or text.source is None:
        return set()
    if not isinstance(text, Translation):
        return {f"collection blob {text.source.blob}"}
    marks = {f"article blob {text.source.blob}"}
    if text.body:
        marks.add(f"article text {digest(text.title)} {matcher.bodies.template_digest(text)}")
    return marks


def _match_swaps(matcher: Matcher) -> None:
    """Give files that traded addresses, or moved on in a row, the records of their content."""
    changed = matcher.changed()
    records = {address: match.record for address, match in changed.items() if match.record}
    for address, record in list(records.items()):
        if _marks_of_item(changed[address].desired, matcher) & _marks_of_record(record, matcher):
            del changed[address], records[address]
    if not changed:
        return
    gone = matcher.result.without_file
    records |= gone
    items = matcher.fresh(unmanaged=False) | {address: match.desired for address, match in changed.items()}
    found = _by_marks(items, records, matcher)
    found = {new: old for new, old in found.items() if items[new].kind == records[old].kind}
    leaving = others_now({old: changed[old] for old in found.values() if old in changed}, matcher)
    whole = whole_swaps(found, set(changed), leaving)
    for new, old in sorted(found.items()):
        if new not in whole and new in changed and old in gone:
            record = gone[old]
            message = f"has the content of {old}, which is removed, but keeps the {record.kind} that its address had"
            hint = f"if it was moved here, keep its id and URL with `id: {record.id}` in the frontmatter"
            matcher.result.attention.append(Attention("warning", new, record.id, message, hint=hint))
    matcher.move(whole, records)


def _match_tombstones_by_content(matcher: Matcher) -> None:
    """Give a removed file that came back its tombstone: at its own address, or at another with the same content."""
    fresh, taken = matcher.fresh(unmanaged=False), matcher.result.taken()
    tombstones = {
        address: record
        for address, record in matcher.baseline.records.items()
        if record.removed and (record.kind, record.id) in matcher.by_id and (record.kind, record.id) not in taken
    }
    found = {
        address: address
        for address in fresh.keys() & tombstones.keys()
        if fresh[address].kind == tombstones[address].kind
        and _marks_of_item(fresh[address], matcher) & _marks_of_record(tombstones[address], matcher)
    }
    items = {address: item for address, item in fresh.items() if address not in found}
    found |= _by_marks(items, {each: record for each, record in tombstones.items() if each not in found}, matcher)
    for address, place in found.items():
        if tombstones[place].kind == fresh[address].kind:
            previous = place if place != address else None
            matcher.result.matches[address] = matcher.recorded(address, tombstones[place], previous)


def _match_tombstones_by_address(matcher: Matcher) -> None:
    """Give an address that comes back the item of its tombstone, if it still exists, whatever its content."""
    taken = matcher.result.taken()
    for address, item in matcher.fresh(unmanaged=False).items():
        record = matcher.baseline.records.get(address)
        if record is None or not record.removed or record.removed_from is not None or record.kind != item.kind:
            continue
        if (record.kind, record.id) in matcher.by_id and (record.kind, record.id) not in taken:
            matcher.result.matches[address] = matcher.recorded(address, record)


# New files and unclaimed items ----------------------------------------------------------------------------------------


def _adopt_equal(matcher: Matcher, new: Mapping[Address, Item], unclaimed: Iterable[Item]) -> None:
    """Give each new item the only unclaimed remote item that equals it; refuse likely duplicates and ambiguity."""
    matching, locale = matcher.result, matcher.default_locale
    shelves: dict[tuple[str, str | None, str], list[Item]] = defaultdict(list)
    for item in unclaimed:
        shelves[item.kind, item.parent_id, title_of(item, locale)].append(item)
    doubled: dict[Address, list[Item]] = {}
    for address, item in new.items():
        parent_id = matching.id_of(item.parent)
        is_in_new_folder = item.parent is not None and parent_id is None
        shelf = [] if is_in_new_folder else shelves.get((item.kind, parent_id, title_of(item, locale)), [])
        equal = [other for other in shelf if _is_equal(item, other, matcher)]
        if len(equal) == 1:
            shelf.remove(equal[0])
            matching.matches[address] = Match(item, equal[0], adopted=True)
        elif shelf:
            doubled[address] = others = equal or shelf
            named = ", ".join(f"#{other.id} {url_or_title(other, locale)}" for other in others)
            several = "several" if len(others) > 1 else "one"
            message = f"likely duplicate: Intercom already has {several} of this kind, title and parent: {named}"
            hint = f"{_adopt_hint(address, others[0])}, or choose another title than “{title_of(others[0], locale)}”"
            matcher.refuse(address, message, hint)
            matching.suspected |= {(other.kind, other.id) for other in others}
        else:
            matching.matches[address] = Match(item)
    linked = _linked(matcher) if doubled else set()
    for address, others in doubled.items():
        leads = [other for other in others if isinstance(other, Article) and other.id in linked]
        matching.likely |= {address: leads[0]} if leads else {}


def _adopt_hint(address: Address, item: Item) -> str:
    return f"link it to this file with `helpsync adopt {address}={item.id}`, which writes nothing to Intercom"


def _linked(matcher: Matcher) -> set[str]:
    """Return the ids that stored articles link to: these links should stay valid."""
    return {
        identifier
        for item in matcher.by_id.values()
        if isinstance(item, Article)
        for text in item.translations.values()
        for identifier in _LINKED.findall(text.html or "")
    }


def _is_equal(item: Item, other: Item, matcher: Matcher) -> bool:
    """Return whether an unclaimed item has the same text in every locale that both have, with the default one."""
    if matcher.default_locale not in item.texts.keys() & other.texts.keys():
        return False
    for locale in item.texts.keys() & other.texts.keys():
        ours, theirs = item.texts[locale], other.texts[locale]
        if isinstance(ours, Translation) and isinstance(theirs, Translation):
            html, stored = (
                matcher.bodies.wanted(item.address or "", ours),
                canonical_ignoring_targets(theirs.html or ""),
            )
            # A workspace that refuses nested lists stores them as paragraphs.
            forms = (canonical_ignoring_targets(form) for form in dict.fromkeys((html, flatten_lists(html))))
            if ours.title != theirs.title or stored not in forms:
                return False
        elif isinstance(ours, Label) and isinstance(theirs, Label):
            is_described = item.kind == "section" or ours.description in (None, theirs.description or "")
            if ours.name != theirs.name or not is_described:
                return False
    return True


def _refuse_near_duplicates(matcher: Matcher, new: Mapping[Address, Item], unclaimed: Sequence[Item]) -> None:
    """Refuse to create a text that an article without a file has already, word for word except a few."""
    matching, locale = matcher.result, matcher.default_locale
    taken = matching.taken()
    ours = {
        address: wanted_pairs(item, locale)
        for address, item in new.items()
        if isinstance(item, Article) and not matching.matches[address].remote and address not in matching.refused
    }
    old = {
        item.id: item
        for item in unclaimed
        if isinstance(item, Article) and item.id and (item.kind, item.id) not in taken
    }
    if not ours or not old:
        return
    theirs = {identifier: stored_pairs(item, locale) for identifier, item in old.items()}
    likely: defaultdict[Address, list[tuple[Similarity, str]]] = defaultdict(list)
    for (address, identifier), similarity in similarities(ours, theirs, held_texts(matcher, ours)).items():
        if similarity.share >= _STRONG and similarity.pairs >= ENOUGH:
            likely[address].append((similarity, identifier))
    for address, candidates in sorted(likely.items()):
        candidates.sort(key=lambda each: (-each[0].share, each[1]))
        best = old[candidates[0][1]]
        named = ", ".join(
            f"#{identifier} {url_or_title(old[identifier], locale)} ({percent(similarity.share)} the same)"
            for similarity, identifier in candidates
        )
        message = f"likely duplicate: Intercom already has an article with this text and without a file: {named}"
        hint = (
            f"{_adopt_hint(address, best)}; if both are meant to be there, give #{best.id} a file of its own, with "
            f"`id: {best.id}` and `sync: false`"
        )
        matcher.refuse(address, message, hint)
        matching.likely[address] = best
        matching.suspected |= {(old[identifier].kind, identifier) for _, identifier in candidates}
