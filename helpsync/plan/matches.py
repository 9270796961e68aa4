"""The matches: which remote item an address has, and how files take over each other's addresses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import normalize

from helpsync.model import Label, Translation
from helpsync.plan.bodies import no_past

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.baseline import Baseline, Record
    from helpsync.model import Address, Article, Item, LocaleCode
    from helpsync.plan.bodies import Past
    from helpsync.plan.plan import Attention

    ById: TypeAlias = Mapping[tuple[str, str | None], Item]
    from collections.abc import Mapping

    from helpsync.model import Item


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


@dataclass(slots=True)
class Matching:
    """The result: matches by address, records without files, remote items without matches, and refused addresses.

    `group_ids` are those of all collections and sections. `refused` addresses are left alone. `replaced` maps the
    address of a removed collection to the section that replaces it, or the other way round. `rekeyed` are the records
    under the addresses that files have traded, and None for an address that lost its record: all are written at once,
    or one is lost. `likely` are the best candidates of files that are refused as ambiguous: links to them keep leading
    there. `suspected` are kind and id of all candidates of a refused file: none of these gets a second file.
    """

    matches: dict[Address, Match] = field(default_factory=dict)
    gone: dict[Address, Record] = field(default_factory=dict)
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
class MatchContext:
    """The inputs of matching; `body_digest` and `filled` return a desired body's digest and its HTML.

    `past` returns a file as it was last pushed, by its place and blob id, None where it is not available.
    """

    by_id: ById
    baseline: Baseline
    default_locale: LocaleCode
    body_digest: Callable[[Translation], str]
    filled: Callable[[Address, Translation], str]
    past: Past = no_past

    def tied(self, item: Item, record: Record, previous: Address | None = None) -> Match:
        """Return the match of an item with a record's remote item, which may be missing."""
        found = self.by_id.get((record.kind, record.id))
        return Match(item, found, record, previous=previous, missing=None if found else record.id)


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


def whole_trades(
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


def trade(
    found: Mapping[Address, Address],
    items: Mapping[Address, Item],
    records: Mapping[Address, Record],
    matching: Matching,
    context: MatchContext,
    shares: Mapping[tuple[Address, Address], float] | None = None,
) -> list[Item]:
    """Move each record to the address that takes it over; return the files that lose their record by that."""
    for new, old in found.items():
        match = context.tied(items[new], records[old], old)
        # Whole percents, rounded down, so that 99.9% is not shown as all.
        share = int(shares[new, old] * 100) / 100 if shares else None
        matching.matches[new] = replace(match, similarity=share)
        matching.gone.pop(old, None)
    left = [old for old in found.values() if old not in found and old in matching.matches]
    return [matching.matches.pop(old).desired for old in sorted(left)]


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
    return None if previous in matching.gone else previous
