"""Which remote item belongs to which address: by baseline, pin, moved content or likeness to an unclaimed one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpsync.baseline.records import Record, digest
from helpsync.markup.canonical import loose
from helpsync.model import Article, Collection, Label, Translation
from helpsync.plan.changes import Attention

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.baseline.records import Baseline
    from helpsync.model import Address, HelpCenter, Item, LocaleCode


@dataclass(frozen=True, slots=True)
class Claim:
    """A desired item and the remote one that it is tied to, if any.

    `record` is None for a new item; `adopted` says that an unclaimed remote item with the same content was taken;
    `previous` is the address it moved from; `missing` is the id of a remote item that is no longer there.
    """

    desired: Item
    remote: Item | None = None
    record: Record | None = None
    adopted: bool = False
    previous: Address | None = None
    missing: str | None = None


@dataclass(slots=True)
class Matching:
    """The outcome: claims by address, records whose files are gone, remote items nobody claims, and what was refused.

    `group_ids` are those of all collections and sections there are. `refused` are addresses that are left alone.
    `replaced` maps the address of a gone collection to the section, or the other way round, that takes its place.
    """

    claims: dict[Address, Claim] = field(default_factory=dict)
    gone: dict[Address, Record] = field(default_factory=dict)
    replaced: dict[Address, Address] = field(default_factory=dict)
    refused: set[Address] = field(default_factory=set)
    attention: list[Attention] = field(default_factory=list)
    unclaimed: list[Item] = field(default_factory=list)
    group_ids: frozenset[str | None] = frozenset()

    def id_of(self, address: Address | None) -> str | None:
        """Return the remote id that an address is tied to, None while it has none."""
        claim = self.claims.get(address) if address is not None else None
        return claim.remote.id if claim and claim.remote else None


def title_of(item: Item, default_locale: LocaleCode) -> str:
    """Return the item's title or name in the default locale, or the first there is; empty without any."""
    text = item.texts.get(default_locale) or next(iter(item.texts.values()), None)
    return text.title if isinstance(text, Translation) else text.name if isinstance(text, Label) else ""


def match(
    desired: HelpCenter,
    remote: HelpCenter,
    baseline: Baseline,
    body_digest: Callable[[Translation], str],
    filled: Callable[[Address, Translation], str],
) -> Matching:
    """Return who belongs to whom. Pure; `body_digest` and `filled` give a desired body's digest and HTML."""
    items: list[Item] = [*sorted(desired.collections, key=_depth), *desired.articles]
    # Whether collections, sections and articles share one space of ids is unknown, so the kind is part of the key.
    by_id: dict[tuple[str, str | None], Item] = {(item.kind, item.id): item for item in remote.items}
    matching = Matching(group_ids=frozenset(item.id for item in remote.collections))
    desired_addresses = {item.address for item in items}
    pinned = {(item.kind, item.pin): item.address for item in items if item.pin}
    owner = {(record.kind, record.id): address for address, record in baseline.records.items()}
    fresh: list[Item] = []
    for item in items:
        address = item.address or ""
        record = baseline.records.get(address)
        if isinstance(item, Article) and not item.managed:
            if record:
                matching.claims[address] = Claim(item, by_id.get((record.kind, record.id)), record)
        elif item.pin:
            previous = owner.get((item.kind, item.pin))
            record = baseline.records[previous] if previous is not None else None
            found = by_id.get((item.kind, item.pin))
            moved = previous if previous != address and previous not in desired_addresses else None
            missing = None if found else item.pin
            matching.claims[address] = Claim(item, found, record, previous=moved, missing=missing)
        elif record and record.kind == item.kind and (record.kind, record.id) not in pinned:
            found = by_id.get((record.kind, record.id))
            if found is None and record.gone:
                fresh.append(item)
            else:
                missing = None if found else record.id
                matching.claims[address] = Claim(item, found, record, missing=missing)
        else:
            fresh.append(item)
    taken = {(claim.desired.kind, claim.remote.id) for claim in matching.claims.values() if claim.remote}
    matching.gone = {
        address: record
        for address, record in baseline.records.items()
        if not record.gone
        and (record.kind, record.id) not in taken
        and (address not in desired_addresses or address not in matching.claims)
    }
    fresh = _moves(fresh, matching, by_id, desired.default_locale, body_digest)
    taken |= {(claim.desired.kind, claim.remote.id) for claim in matching.claims.values() if claim.remote}
    known = taken | {(record.kind, record.id) for record in baseline.records.values()}
    free = [item for item in by_id.values() if (item.kind, item.id) not in known]
    _adopt(fresh, matching, free, desired.default_locale, filled)
    taken |= {(claim.desired.kind, claim.remote.id) for claim in matching.claims.values() if claim.remote}
    matching.unclaimed = [item for item in free if (item.kind, item.id) not in taken]
    return matching


def _depth(collection: Collection) -> tuple[int, str]:
    address = collection.address or ""
    return address.count("/"), address


def _moves(
    fresh: list[Item],
    matching: Matching,
    by_id: Mapping[tuple[str, str | None], Item],
    default_locale: LocaleCode,
    body_digest: Callable[[Translation], str],
) -> list[Item]:
    """Tie new addresses to gone records with the same content; return the items that stay new."""
    by_mark: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for address, record in matching.gone.items():
        for mark in _record_marks(record, default_locale):
            by_mark[mark].append(address)
    wanted: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in fresh:
        for mark in _item_marks(item, default_locale, body_digest):
            wanted[mark].append(item)
    rest: list[Item] = []
    for item in fresh:
        candidates = {
            address
            for mark in _item_marks(item, default_locale, body_digest)
            if len(wanted[mark]) == 1 and len(by_mark[mark]) == 1
            for address in by_mark[mark]
            if address in matching.gone
        }
        previous = candidates.pop() if len(candidates) == 1 else None
        if previous is None:
            rest.append(item)
        elif matching.gone[previous].kind != item.kind:
            matching.replaced[previous] = item.address or ""
            rest.append(item)
        else:
            record = matching.gone.pop(previous)
            found = by_id.get((record.kind, record.id))
            matching.claims[item.address or ""] = Claim(
                item, found, record, previous=previous, missing=None if found else record.id
            )
    return rest


def _record_marks(record: Record, default_locale: LocaleCode) -> list[tuple[str, str]]:
    text = record.locales.get(default_locale)
    if text is None:
        return []
    group = "article" if record.kind == "article" else "collection"
    marks = [(group, f"blob {text.blob}")]
    if "body" in text.sent:
        marks.append((group, f"text {text.sent.get('title')} {text.sent['body']}"))
    return marks


def _item_marks(
    item: Item, default_locale: LocaleCode, body_digest: Callable[[Translation], str]
) -> list[tuple[str, str]]:
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


def _adopt(
    fresh: Iterable[Item],
    matching: Matching,
    free: Iterable[Item],
    default_locale: LocaleCode,
    filled: Callable[[Address, Translation], str],
) -> None:
    """Tie each new item to the one unclaimed remote item that equals it; refuse likely duplicates and ambiguity."""
    shelves: dict[tuple[str, str | None, str], list[Item]] = defaultdict(list)
    for item in free:
        shelves[item.kind, item.parent_id, title_of(item, default_locale)].append(item)
    for item in fresh:
        address = item.address or ""
        parent_id = matching.id_of(item.parent)
        if item.parent is not None and parent_id is None:
            matching.claims[address] = Claim(item)
            continue
        shelf = shelves.get((item.kind, parent_id, title_of(item, default_locale)), [])
        equal = [other for other in shelf if _alike(item, other, default_locale, filled)]
        if len(equal) == 1:
            shelf.remove(equal[0])
            matching.claims[address] = Claim(item, equal[0], adopted=True)
        elif not shelf:
            matching.claims[address] = Claim(item)
        else:
            matching.claims[address] = Claim(item)
            matching.refused.add(address)
            ids = ", ".join(str(other.id) for other in (equal or shelf))
            matching.attention.append(
                Attention(
                    "conflict",
                    address,
                    None,
                    f"likely duplicate: Intercom already has {'several' if len(shelf) > 1 else 'one'} of this kind, "
                    f"title and parent ({ids})",
                    hint="pin the one that is meant with `id:` in the frontmatter, or choose another title",
                )
            )


def _alike(item: Item, other: Item, default_locale: LocaleCode, filled: Callable[[Address, Translation], str]) -> bool:
    if isinstance(item, Collection) and isinstance(other, Collection):
        mine, theirs = item.labels.get(default_locale), other.labels.get(default_locale)
        if mine is None or theirs is None:
            return False
        return item.kind == "section" or mine.description in (None, theirs.description or "")
    if isinstance(item, Article) and isinstance(other, Article):
        wanted, stored = item.translations.get(default_locale), other.translations.get(default_locale)
        if wanted is None or stored is None:
            return False
        return loose(filled(item.address or "", wanted)) == loose(stored.html or "")
    return False
