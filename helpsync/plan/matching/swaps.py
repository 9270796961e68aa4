"""Files that take over each other's addresses: all of a trade happens, or none of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.baseline import Baseline, Record
    from helpsync.model import Address, Item
    from helpsync.plan.matching.matches import Match, MatchContext, Matching


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
