"""Which remote item is matched to which address, and files that take over each other's addresses."""

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
    """A desired item and the remote one that it is tied to, if any.

    `record` is None for a new item; `adopted` says that an unclaimed remote item with the same content was taken;
    `previous` is the address it moved from, `similarity` (0 to 1) how much of its text it kept, where that decided;
    `traded` says that another file has the address it moved from by now. `missing` is the id of a remote item that is
    no longer there.
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
    """The outcome: matches by address, records whose files are gone, remote items nobody matches, and what was refused.

    `group_ids` are those of all collections and sections there are. `refused` are addresses that are left alone.
    `replaced` maps the address of a gone collection to the section, or the other way round, that takes its place.
    `rekeyed` are records under the addresses that files have traded, and None for an address that is left without one:
    all at once, or a record is lost where only some are written. `likely` are the best candidates of files that are
    refused because they could be several articles: links to them lead there meanwhile, as they did before.
    `suspected` are kind and id of all that a refused file may stand for: none of these is to get a second file.
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
        """Return the remote id that an address is tied to, None while it has none."""
        match = self.matches.get(address) if address is not None else None
        return match.remote.id if match and match.remote else None

    def taken(self) -> set[tuple[str, str | None]]:
        """Return kind and id of each remote item that an address is tied to."""
        return {(match.desired.kind, match.remote.id) for match in self.matches.values() if match.remote}


@dataclass(frozen=True, slots=True)
class MatchContext:
    """What matching decides by; `body_digest` and `filled` give a desired body's digest and its HTML.

    `past` gives a file as it was when last pushed, by its place and git's id, None where it is not at hand.
    """

    by_id: ById
    baseline: Baseline
    default_locale: LocaleCode
    body_digest: Callable[[Translation], str]
    filled: Callable[[Address, Translation], str]
    past: Past = no_past

    def tied(self, item: Item, record: Record, previous: Address | None = None) -> Match:
        """Return the match of an item to a record's remote one, which may be missing."""
        found = self.by_id.get((record.kind, record.id))
        return Match(item, found, record, previous=previous, missing=None if found else record.id)


def title_of(item: Item, default_locale: LocaleCode) -> str:
    """Return the item's title or name in the default locale, or the first there is; empty without any."""
    text = item.texts.get(default_locale) or next(iter(item.texts.values()), None)
    return text.title if isinstance(text, Translation) else text.name if isinstance(text, Label) else ""


def folded(title: str) -> str:
    """Return a title as people compare it: by its letters, not by case or spaces."""
    return " ".join(normalize("NFC", title).casefold().split())


def last_segment(address: Address) -> str:
    """Return the name of the file or folder that an address ends with, folded."""
    return folded(address.rstrip("/").rpartition("/")[2])


def by_depth(items: Iterable[Item]) -> list[Item]:
    """Return the items, parents before what is in them."""
    return sorted(items, key=lambda item: ((item.address or "").rstrip("/").count("/"), item.address or ""))


def whole_trades(
    found: Mapping[Address, Address], live: set[Address], leaving: frozenset[Address] = frozenset()
) -> dict[Address, Address]:
    """Return which of these moves leave no file without a record and no record without a file among the live ones.

    Only files of `leaving` may be left without one: they are new, where another file has their record's content.
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
    """Tie each address to the record that it takes over; return the files that are left without a record by that."""
    for new, old in found.items():
        match = context.tied(items[new], records[old], old)
        # Whole per cents, rounded down: what is not all is never said to be.
        share = int(shares[new, old] * 100) / 100 if shares else None
        matching.matches[new] = replace(match, similarity=share)
        matching.gone.pop(old, None)
    left = [old for old in found.values() if old not in found and old in matching.matches]
    return [matching.matches.pop(old).desired for old in sorted(left)]


def rekey(matching: Matching, baseline: Baseline, tree: set[Address | None]) -> None:
    """Give records that other files' records would take the keys of their new keys, all at once.

    Written one by one, a record would be lost where a push ends in between. A tombstone whose address a file moves to
    takes the address that this file had, if no file of the `tree` has it now: without it, the file that was removed
    could never come back as what it was.
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
    """Return the address that nothing has any more since a match's file, and those that moved up behind it, left.

    None where there is no such address, as where files traded places by their pins.
    """
    previous = match.previous
    for _ in matching.matches:
        if previous is None or previous not in matching.matches:
            break
        previous = matching.matches[previous].previous
    return None if previous in matching.gone else previous
