"""Which remote item belongs to which address: by baseline, pin, moved content or likeness to an unclaimed one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from helpsync.baseline.records import Record, digest
from helpsync.markup.canonical import loose
from helpsync.markup.unnest import unnest
from helpsync.model import Article, Collection, Label, Translation
from helpsync.plan.changes import Attention

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.baseline.records import Baseline
    from helpsync.model import Address, HelpCenter, Item, LocaleCode

    ById: TypeAlias = Mapping[tuple[str, str | None], Item]


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
    by_id: ById = {(item.kind, item.id): item for item in remote.items}
    matching = Matching(group_ids=frozenset(item.id for item in remote.collections))
    rest = _pins(items, matching, by_id, baseline)
    pinned = {(item.kind, item.pin) for item in items if item.pin and item.address not in matching.refused}
    live = {
        address: record
        for address, record in baseline.records.items()
        if not record.gone and (record.kind, record.id) not in pinned
    }
    fresh: list[Item] = []
    for item in rest:
        address = item.address or ""
        if address in live and live[address].kind == item.kind:
            matching.claims[address] = _tied(item, live.pop(address), by_id)
        else:
            fresh.append(item)
    # An address of the tree keeps its record; what is left of them went, or moved to where the same content is now.
    matching.gone = {address: record for address, record in live.items() if address not in matching.claims}
    fresh = _moves(fresh, matching, by_id, desired.default_locale, body_digest)
    fresh = _revived(
        [item for item in fresh if not isinstance(item, Article) or item.managed], matching, by_id, baseline
    )
    known = {(record.kind, record.id) for record in baseline.records.values()} | _taken(matching)
    free = [item for item in by_id.values() if (item.kind, item.id) not in known]
    _adopt(fresh, matching, free, desired.default_locale, filled)
    taken = _taken(matching)
    matching.unclaimed = [item for item in free if (item.kind, item.id) not in taken]
    return matching


def _taken(matching: Matching) -> set[tuple[str, str | None]]:
    return {(claim.desired.kind, claim.remote.id) for claim in matching.claims.values() if claim.remote}


def _tied(item: Item, record: Record, by_id: ById, previous: Address | None = None) -> Claim:
    found = by_id.get((record.kind, record.id))
    return Claim(item, found, record, previous=previous, missing=None if found else record.id)


def _pins(items: Iterable[Item], matching: Matching, by_id: ById, baseline: Baseline) -> list[Item]:
    """Tie what the frontmatter pins; return the items without a pin.

    A pin to an item that another file of the tree stands for is refused: that file would lose its article.
    """
    owner = {(record.kind, record.id): address for address, record in baseline.records.items()}
    unpinned = {item.address for item in items if not item.pin}
    rest: list[Item] = []
    for item in items:
        address = item.address or ""
        if not item.pin:
            rest.append(item)
            continue
        previous = owner.get((item.kind, item.pin))
        found = by_id.get((item.kind, item.pin))
        matching.claims[address] = Claim(
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
            and not baseline.records[previous].gone
        ):
            matching.refused.add(address)
            message = f"pinned to {item.kind} {item.pin}, which {previous} stands for"
            hint = f"remove the pin, or the file of {previous}"
            matching.attention.append(Attention("conflict", address, item.pin, message, hint=hint))
            matching.claims[address] = Claim(item)
        elif own is not None and not own.gone and own.id != item.pin:
            message = (
                f"was tied to {own.kind} {own.id} and is pinned to {item.pin} now: {own.id} stays in Intercom as it is"
            )
            matching.attention.append(Attention("warning", address, own.id, message, hint="remove it there by hand"))
    return rest


def _revived(fresh: Iterable[Item], matching: Matching, by_id: ById, baseline: Baseline) -> list[Item]:
    """Tie an address that comes back to its tombstone's item, if that is there; return the items that stay new."""
    rest: list[Item] = []
    taken = _taken(matching)
    for item in fresh:
        record = baseline.records.get(item.address or "")
        key = (record.kind, record.id) if record and record.gone else None
        if record and key and record.kind == item.kind and key in by_id and key not in taken:
            matching.claims[item.address or ""] = _tied(item, record, by_id)
        else:
            rest.append(item)
    return rest


def _depth(collection: Collection) -> tuple[int, str]:
    address = collection.address or ""
    return address.count("/"), address


def _moves(
    fresh: list[Item],
    matching: Matching,
    by_id: ById,
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
            matching.claims[item.address or ""] = _tied(item, record, by_id, previous)
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
                    hint="pin the one that is meant with `id:` in the frontmatter and make the texts agree, or choose "
                    "another title",
                )
            )


def _alike(item: Item, other: Item, default_locale: LocaleCode, filled: Callable[[Address, Translation], str]) -> bool:
    """Return whether an unclaimed item says the same in every locale that both have, the default one among them."""
    if default_locale not in item.texts or default_locale not in other.texts:
        return False
    for locale in item.texts.keys() & other.texts.keys():
        ours, theirs = item.texts[locale], other.texts[locale]
        if isinstance(ours, Translation) and isinstance(theirs, Translation):
            if ours.title != theirs.title:
                return False
            html, shown = filled(item.address or "", ours), loose(theirs.html or "")
            # A workspace that refuses lists in lists has them as paragraphs.
            if loose(html) != shown and ((flat := unnest(html)) == html or loose(flat) != shown):
                return False
        elif isinstance(ours, Label) and isinstance(theirs, Label):
            described = item.kind == "section" or ours.description in (None, theirs.description or "")
            if ours.name != theirs.name or not described:
                return False
    return True
