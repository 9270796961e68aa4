"""Selects the snapshots of a restore: those of one run, or the first ones since a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from helpsync.baseline import Overwrite, RestoreGoal, WriteResult
from helpsync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from helpsync.baseline import RecordedRun, RunEntry
    from helpsync.model import Address, Kind, LocaleCode

    Owners: TypeAlias = Mapping[tuple[Kind, str], Address]
    ByItem: TypeAlias = dict[Address, list[RunEntry]]

_LIST = "helpsync restore --list shows all runs with snapshots"


@dataclass(frozen=True, slots=True)
class RestoreTarget:
    """One item that gets a snapshot back: `snapshot` is its name, `fields` are those that were overwritten.

    `ids` are all ids of the item, the current one first. `left` names the snapshot that our last write left in
    Intercom, None if unknown; `removed`: this write deleted the item. `uncertain` is our last write if it was
    interrupted before its result was recorded; it can have arrived until `in_flight_until` (Unix seconds). `dead` are
    the ids of articles that pushes had deleted by then: links to them were dead.
    """

    address: Address
    kind: Kind
    ids: tuple[str, ...]
    snapshot: str
    fields: Mapping[LocaleCode, frozenset[str]]
    parent: bool
    left: str | None = None
    removed: bool = False
    uncertain: Overwrite | None = None
    in_flight_until: float | None = None
    dead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CreatedItem:
    """An item that did not exist then; `undone`: one of the selected runs created it."""

    address: Address
    kind: Kind
    id: str
    undone: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """What a restore brings back.

    `runs` are the runs that are undone, none with a moment. `spare` has the last snapshot of every item, for a
    collection that must come back because a target was in it; `back` are the addresses that a restore has brought back
    since; `restored` has what restores wrote last, for links that must lead to new ids; `owners` gives the address of
    the item that an id belongs to.
    """

    goal: RestoreGoal
    runs: tuple[RecordedRun, ...] = ()
    targets: Mapping[Address, RestoreTarget] = field(default_factory=dict)
    created: tuple[CreatedItem, ...] = ()
    spare: Mapping[Address, RestoreTarget] = field(default_factory=dict)
    back: tuple[Address, ...] = ()
    restored: Mapping[Address, RestoreTarget] = field(default_factory=dict)
    owners: Owners = field(default_factory=dict)


def select(
    runs: Sequence[RecordedRun],
    owners: Owners,
    *,
    run: str | None = None,
    at: float | None = None,
    addresses: Iterable[Address] = (),
    in_flight: Mapping[Address, float] | None = None,
) -> Selection:
    """Return what a restore brings back: what one run overwrote, or the state at a moment (Unix seconds).

    Without a run and a moment, that is the last push; for each named address, the last push that overwrote it. What a
    restore has brought back since is left out. A restore is undone only when its run is named. `owners` gives the
    baseline's address of an id, `in_flight` the addresses that interrupted runs were writing, each with the latest time
    at which the write can have arrived. Raises ConfigError for a run or an address without snapshots.
    """
    history = WriteHistory(runs, owners)
    asked = tuple(dict.fromkeys(history.known(address) for address in addresses))
    back: tuple[Address, ...] = ()
    if at is not None:
        chosen = history.since(at)
    elif run is not None:
        chosen = history.of(history.run_named(run))
    else:
        last = history.last_run()
        chosen = {address: history.last_push(address) for address in asked} if asked else history.of(last)
        back = tuple(address for address, entries in chosen.items() if history.is_restored_since(entries))
        chosen = {address: entries for address, entries in chosen.items() if entries and address not in back}
    if asked:
        chosen = {address: entries for address, entries in chosen.items() if address in asked}
    undone = {history.run_of(entries[0]).id for entries in chosen.values()} if at is None else set()
    only = next(iter(undone)) if len(undone) == 1 else None
    times = in_flight or {}

    def targets(items: Mapping[Address, Sequence[RunEntry]]) -> dict[Address, RestoreTarget]:
        found = {address: history.target(address, entries, times) for address, entries in items.items()}
        return {address: target for address, target in found.items() if target is not None}

    return Selection(
        RestoreGoal(None if at is not None else run or only, at, asked),
        tuple(each for each in runs if each.id in undone),
        targets(chosen),
        tuple(history.created(chosen, asked)),
        targets({address: history.last(address) for address in history.by_item}),
        back,
        history.restored(),
        history.owners,
    )


class WriteHistory:
    """All entries of all runs by their item, which may have changed its address, and an address its item.

    `owners` gives the current address of an id, `by_item` the entries of each item in order, `by_run` those of a run.
    """

    def __init__(self, runs: Sequence[RecordedRun], owners: Owners) -> None:
        self.runs = runs
        entries = sorted((entry for run in runs for entry in run.notes), key=lambda entry: entry.position)
        self._entries = entries
        self.owners: dict[tuple[Kind, str], Address] = {(entry.kind, entry.id): entry.address for entry in entries}
        self.owners |= owners
        self._run_of = {entry.position: run for run in runs for entry in run.notes}
        self.by_item = self._grouped(entries)
        self.by_run = {run.id: self._grouped(run.notes) for run in runs}
        self._names: dict[Address, Address] = {}
        for entry in entries:
            for name in (entry.address, getattr(entry, "previous", None)):
                if name is not None:
                    self._names[name] = self._owner(entry)
        self._names |= {address: address for address in self.by_item}

    def _owner(self, entry: RunEntry) -> Address:
        return self.owners.get((entry.kind, entry.id), entry.address)

    def _grouped(self, entries: Iterable[RunEntry]) -> ByItem:
        """Return the entries by their item; the result of a write alone does not show the earlier state."""
        groups: ByItem = {}
        for entry in entries:
            address = self._owner(entry)
            if address in groups or isinstance(entry, Overwrite) or entry.created:
                groups.setdefault(address, []).append(entry)
        return groups

    def known(self, address: Address) -> Address:
        """Return the current address of what the user names; raises ConfigError where it has no snapshots."""
        if address not in self._names:
            raise ConfigError(f"there is no snapshot of {address}", hint=_LIST)
        return self._names[address]

    def run_named(self, identifier: str) -> RecordedRun:
        """Return the run with this id, or the only one whose id starts with it; raises ConfigError without one."""
        found = [run for run in self.runs if run.id == identifier]
        found = found or [run for run in self.runs if run.id.startswith(identifier)]
        if len(found) != 1:
            raise ConfigError(
                f"--run {identifier}: {'several runs start with this' if found else 'no such run'}", hint=_LIST
            )
        return found[0]

    def run_of(self, entry: RunEntry) -> RecordedRun:
        """Return the run that an entry belongs to."""
        return self._run_of[entry.position]

    def of(self, run: RecordedRun | None) -> ByItem:
        """Return the entries of a run by item."""
        return self.by_run[run.id] if run else {}

    def is_restored_since(self, entries: Sequence[RunEntry]) -> bool:
        """Return whether a finished restore wrote the item last, after these entries."""
        latest = self.by_item[self._owner(entries[-1])][-1] if entries else None
        return latest is not None and self.run_of(latest).finished and latest.position > entries[-1].position

    def last_run(self) -> RecordedRun | None:
        """Return the last push that overwrote or removed something."""
        return next((run for run in reversed(self.runs) if run.goal is None and run.overwrites), None)

    def last_push(self, address: Address) -> list[RunEntry]:
        """Return the entries of the last push that overwrote an item; of its creation where none did."""
        pushes = [run for run in self.runs if run.goal is None and address in self.by_run[run.id]]
        over = [run for run in pushes if any(isinstance(each, Overwrite) for each in self.by_run[run.id][address])]
        return self.by_run[over[-1].id][address] if over else []

    def since(self, moment: float) -> ByItem:
        """Return the entries from a moment on (Unix seconds) by item."""
        return self._grouped(entry for entry in self._entries if entry.at >= moment)

    def last(self, address: Address) -> list[RunEntry]:
        """Return the entries of the last run that overwrote an item, all of them where none did."""
        entries = self.by_item[address]
        runs = [self.run_of(entry).id for entry in entries if isinstance(entry, Overwrite)]
        return [entry for entry in entries if not runs or self.run_of(entry).id == runs[-1]]

    def target(
        self, address: Address, entries: Sequence[RunEntry], in_flight: Mapping[Address, float]
    ) -> RestoreTarget | None:
        """Return the item as it was before the first of these entries, None where it did not exist."""
        first = entries[0]
        if not isinstance(first, Overwrite):
            return None
        writes = [entry for entry in entries if isinstance(entry, Overwrite)]
        fields: dict[LocaleCode, frozenset[str]] = {}
        for write in writes:
            for locale, names in write.fields.items():
                fields[locale] = fields.get(locale, frozenset()) | names
        latest = self.by_item[address][-1]
        uncertain = latest if isinstance(latest, Overwrite) else None
        return RestoreTarget(
            address,
            first.kind,
            self._ids(address, first.kind),
            first.snapshot,
            fields,
            parent=any(write.parent for write in writes),
            left=latest.snapshot if isinstance(latest, WriteResult) else None,
            removed=_is_removed(latest),
            uncertain=uncertain,
            in_flight_until=in_flight.get(uncertain.address) if uncertain else None,
            dead=self._deleted_before(first),
        )

    def _ids(self, address: Address, kind: Kind) -> tuple[str, ...]:
        return tuple(dict.fromkeys(entry.id for entry in reversed(self.by_item[address]) if entry.kind == kind))

    def _deleted_before(self, moment: RunEntry) -> frozenset[str]:
        return frozenset(
            entry.id
            for entry in self._entries
            if isinstance(entry, Overwrite)
            and (entry.kind, entry.action) == ("article", "delete")
            and entry.position < moment.position
        )

    def created(self, chosen: ByItem, asked: Iterable[Address]) -> Iterator[CreatedItem]:
        """Yield items that the selected entries created, and named items that were never overwritten."""
        for address, entries in chosen.items():
            if isinstance(entries[0], WriteResult):
                yield CreatedItem(address, entries[0].kind, self.by_item[address][-1].id, undone=True)
        for address in asked:
            known = self.by_item.get(address, [])
            if address not in chosen and known and not any(isinstance(entry, Overwrite) for entry in known):
                yield CreatedItem(address, known[0].kind, known[-1].id, undone=False)

    def restored(self) -> dict[Address, RestoreTarget]:
        """Return what restores wrote last, as they left it."""
        found = {}
        for address, entries in self.by_item.items():
            latest = entries[-1]
            if isinstance(latest, WriteResult) and latest.snapshot and self.run_of(latest).goal is not None:
                ids = self._ids(address, latest.kind)
                found[address] = RestoreTarget(
                    address, latest.kind, ids, latest.snapshot, {}, parent=False, left=latest.snapshot
                )
        return found


def _is_removed(latest: RunEntry) -> bool:
    if isinstance(latest, WriteResult):
        return latest.snapshot is None and not latest.created
    return latest.action == "delete"
