"""The matches: which remote item an address has, and how files take over each other's addresses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import normalize

from helpsync.model import Article, Label, Translation
from helpsync.plan.plan import Attention

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.baseline import Baseline, LocaleRecord, Record
    from helpsync.model import Address, Item, LocaleCode, Text
    from helpsync.plan.bodies import Bodies

    ById: TypeAlias = Mapping[tuple[str, str | None], Item]


@dataclass(frozen=True, slots=True)
class Match:
    """A desired item and its remote item, if any.

    `record` is None for a new item. `adopted`: an unclaimed remote item with the same content was taken. `previous` is
    the address it moved from, `similarity` (0 to 1) how much of its text it kept, where that decided; `traded`: another
    file has the former address by now. `missing` is the id of a remote item that no longer exists.
    """

    desired: Item
    remote: Item | None = None
    record: Record | None = None
    adopted: bool = False
    previous: Address | None = None
    missing: str | None = None
    similarity: float | None = None
    traded: bool = False

    def record_of(self, locale: LocaleCode) -> LocaleRecord | None:
        """Return what both sides last agreed on in one locale."""
        return self.record.locales.get(locale) if self.record else None

    def remote_text(self, locale: LocaleCode) -> Text | None:
        """Return what Intercom has in one locale."""
        return self.remote.texts.get(locale) if self.remote else None


@dataclass(slots=True)
class Matching:
    """The result: `matches` by address, and the rest.

    `without_file` are the records whose files were removed, `unclaimed` the remote items that no record and no file
    has. `group_ids` are those of all collections and sections. `refused` addresses are left alone. `replaced` maps the
    address of a removed collection to the section that replaces it, or the other way round. `rekeyed` are the records
    under the addresses that files have traded, and None for an address that lost its record: all are written at once,
    or one is lost. `likely` are the best candidates of files that are refused as ambiguous: links to them keep leading
    there. `suspected` are kind and id of all candidates of a refused file: none of these gets a second file.
    """

    matches: dict[Address, Match] = field(default_factory=dict)
    without_file: dict[Address, Record] = field(default_factory=dict)
    replaced: dict[Address, Address] = field(default_factory=dict)
    refused: set[Address] = field(default_factory=set)
    attention: list[Attention] = field(default_factory=list)
    unclaimed: list[Item] = field(default_factory=list)
    group_ids: frozenset[str | None] = frozenset()
    rekeyed: dict[Address, Record | None] = field(default_factory=dict)
    likely: dict[Address, Article] = field(default_factory=dict)
    suspected: set[tuple[str, str | None]] = field(default_factory=set)

    def id_of(self, address: Address | None) -> str | None:
        """Return the remote id of an address, None while it has none."""
        match = self.matches.get(address) if address is not None else None
        return match.remote.id if match and match.remote else None

    def taken(self) -> set[tuple[str, str | None]]:
        """Return kind and id of each remote item that has an address."""
        return {(match.desired.kind, match.remote.id) for match in self.matches.values() if match.remote}


@dataclass(frozen=True, slots=True)
class Matcher:
    """What matching starts from, and the `result` so far; each step matches some of the items that are `fresh`.

    `tree` has every item of the content tree by its address, parents first.
    """

    tree: Mapping[Address, Item]
    by_id: ById
    baseline: Baseline
    default_locale: LocaleCode
    bodies: Bodies
    result: Matching

    def fresh(self, *, unmanaged: bool = True) -> dict[Address, Item]:
        """Return the items that have no match yet; without `unmanaged` those that helpsync sends."""
        return {
            address: item
            for address, item in self.tree.items()
            if address not in self.result.matches and (unmanaged or is_managed(item))
        }

    def recorded(self, address: Address, record: Record, previous: Address | None = None) -> Match:
        """Return the match of an address with a record's remote item, which may be missing."""
        found = self.by_id.get((record.kind, record.id))
        return Match(self.tree[address], found, record, previous=previous, missing=None if found else record.id)

    def changed(self) -> dict[Address, Match]:
        """Return the matches whose address kept its record but not its file: the content may have moved."""
        found = {}
        for address, match in self.result.matches.items():
            if match.record is None or match.record.removed or match.previous or match.remote is None:
                continue
            if match.desired.pin or not is_managed(match.desired):
                continue
            text, known = match.desired.texts.get(self.default_locale), match.record.locales.get(self.default_locale)
            if text and text.source and known and known.blob not in (None, "", text.source.blob):
                found[address] = match
        return found

    def move(
        self,
        moves: Mapping[Address, Address],
        records: Mapping[Address, Record],
        shares: Mapping[tuple[Address, Address], float] | None = None,
    ) -> None:
        """Move each record from its old to its new address; a file that loses its record by that is fresh again."""
        matches = self.result.matches
        for new, old in moves.items():
            # Whole percents, rounded down, so that 99.9% is not shown as all.
            share = int(shares[new, old] * 100) / 100 if shares else None
            matches[new] = replace(self.recorded(new, records[old], old), similarity=share)
            self.result.without_file.pop(old, None)
        for old in moves.values():
            # By now the address may have got the record of another one.
            if old in matches and matches[old].record is records[old]:
                del matches[old]

    def refuse(self, address: Address, message: str, hint: str, identifier: str | None = None) -> None:
        """Leave the address alone, and say why; the `identifier` is that of the item it is about, if one."""
        self.result.refused.add(address)
        self.result.matches[address] = Match(self.tree[address])
        self.result.attention.append(Attention("conflict", address, identifier, message, hint=hint))


def is_managed(item: Item) -> bool:
    """Return whether helpsync sends the item: only an article can say that it does not, with `sync: false`."""
    return not isinstance(item, Article) or item.managed


def url_or_title(item: Item, default_locale: LocaleCode) -> str:
    """Return the URL of an item, or its title in quotes while it has none."""
    if isinstance(item, Article):
        texts = item.translations
        url = next((text.url for text in (texts.get(default_locale), *texts.values()) if text and text.url), None)
    else:
        url = item.url
    return url or f"“{title_of(item, default_locale)}”, a draft"


def title_of(item: Item, default_locale: LocaleCode) -> str:
    """Return the item's title or name in the default locale, else in the first locale; empty without any."""
    text = item.texts.get(default_locale) or next(iter(item.texts.values()), None)
    return text.title if isinstance(text, Translation) else text.name if isinstance(text, Label) else ""


def folded(title: str) -> str:
    """Return a title without the differences that people ignore: case and spaces."""
    return " ".join(normalize("NFC", title).casefold().split())


def last_segment(address: Address) -> str:
    """Return the name of the file or folder at the end of an address, folded."""
    return folded(address.rstrip("/").rpartition("/")[2])


def by_depth(items: Iterable[Item]) -> list[Item]:
    """Return the items, parents before their contents."""
    return sorted(items, key=lambda item: ((item.address or "").rstrip("/").count("/"), item.address or ""))


def whole_swaps(
    found: Mapping[Address, Address], live: set[Address], leaving: frozenset[Address] = frozenset()
) -> dict[Address, Address]:
    """Return the moves that leave no live file without a record and no record without a file.

    Only files of `leaving` may stay without one: they are new, and another file has their record's content.
    """
    whole = {new: old for new, old in found.items() if new != old}
    while True:
        kept = {
            new: old
            for new, old in whole.items()
            if (old not in live or old in whole or old in leaving) and (new not in live or new in whole.values())
        }
        if kept == whole:
            return whole
        whole = kept


def rekey(matching: Matching, baseline: Baseline, tree: set[Address | None]) -> None:
    """Give records the new addresses of their files, all at once.

    Written one by one, a record would be lost where a push ends in between. A tombstone whose address a file moves to
    takes the former address of this file, if no file of the `tree` has it now: otherwise the removed file could never
    come back.
    """
    matches = matching.matches
    outrun = {address for address, match in matches.items() if match.record and match.previous in matches}
    followers = {
        previous for address in outrun if (previous := matches[address].previous) and matches[previous].previous
    }
    taken = {(match.record.kind, match.record.id) for match in matches.values() if match.record}
    for address, match in matches.items():
        left = baseline.records.get(address)
        if left is None or not left.removed or (left.kind, left.id) in taken:
            continue
        previous = _vacated(match, matching)
        if previous is not None and previous not in tree:
            followers.add(address)
            matching.rekeyed[previous] = replace(left, removed_from=left.removed_from or address)
    for address in outrun | followers:
        match = matches[address]
        matching.rekeyed[address] = match.record
        matches[address] = replace(match, traded=True)
    for address in outrun | followers:
        matching.rekeyed.setdefault(matches[address].previous or address, None)


def _vacated(match: Match, matching: Matching) -> Address | None:
    """Return the address that became free when a match's file, and those that moved up behind it, left.

    None where no address is free, as where files traded places by their pins.
    """
    previous = match.previous
    for _ in matching.matches:
        if previous is None or previous not in matching.matches:
            break
        previous = matching.matches[previous].previous
    return None if previous in matching.without_file else previous
