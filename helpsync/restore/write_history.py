"""What the notes of all runs tell, item by item: who wrote over what, and which of that a restore brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from helpsync.baseline import Overwrite, RecordedRun, RunEntry, WriteResult
from helpsync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from helpsync.model import Address, Kind

    Owners: TypeAlias = Mapping[tuple[Kind, str], Address]
    Chosen: TypeAlias = dict[Address, list[RunEntry]]

_LIST = "helpsync restore --list shows what is kept"


class Told:
    """All notes by whose they are: an item may have changed its address, and an address its item.

    `standing` has for each item the pushes whose overwriting readers still have, the last one last: a restore that did
    what it was to do takes those away that it undid, and brings those again that the restore had undone which it undid.
    """

    def __init__(self, runs: Sequence[RecordedRun], owners: Owners) -> None:
        self.runs = runs
        self.notes = sorted((note for run in runs for note in run.notes), key=lambda note: note.position)
        deleted = (note for note in self.notes if isinstance(note, Overwrite) and note.action == "delete")
        self._deleted = {note.id: note.position for note in deleted if note.kind == "article"}
        self.subjects: dict[tuple[Kind, str], Address] = {(note.kind, note.id): note.address for note in self.notes}
        self.subjects |= owners
        self.by_subject = self.grouped(self.notes)
        self._run_of = {note.position: run for run in runs for note in run.notes}
        self._by_run = {run.id: self.grouped(run.notes) for run in runs}
        self._names: dict[Address, Address] = {}
        for note in self.notes:
            for name in (note.address, getattr(note, "previous", None)):
                if name is not None:
                    self._names[name] = self._subject(note)
        self._names |= {address: address for address in self.by_subject}
        self.standing: dict[Address, tuple[str, ...]] = {}
        self._before: dict[tuple[str, Address], tuple[str, ...]] = {}
        for run in runs:
            self._fold(run)

    def _subject(self, note: RunEntry) -> Address:
        return self.subjects.get((note.kind, note.id), note.address)

    def _fold(self, run: RecordedRun) -> None:
        known = {self._subject(note) for note in run.notes if isinstance(note, WriteResult)}
        for address, notes in self._by_run[run.id].items():
            had = self.standing.get(address, ())
            self._before[run.id, address] = had
            if run.goal is None:
                over = any(isinstance(note, Overwrite) for note in notes)
                self.standing[address] = (*had, run.id) if over else had
            elif run.finished or address in known:
                self.standing[address] = self._undone(run, address, had)

    def _undone(self, run: RecordedRun, address: Address, had: tuple[str, ...]) -> tuple[str, ...]:
        """Return what stands of an item after a restore."""
        goal, asked = run.goal, self.asked(run)
        if goal is None or (asked and address not in asked):
            created = any(isinstance(note, WriteResult) and note.created for note in self._by_run[run.id][address])
            # What is only written again for its links has been given back nothing.
            return had[:-1] if created else had
        since = [each for each in self.runs if address in self._by_run[each.id] and each is not run]
        if goal.at is not None:
            since = [each for each in since if self._by_run[each.id][address][0].at >= goal.at]
        elif goal.run is not None:
            since = [each for each in since if each.id == goal.run]
        else:
            since = [each for each in since if each.id in had[-1:]]
        before = (self._before[key] for each in since if (key := (each.id, address)) in self._before)
        return next(before, had[:-1] if asked else had)

    def grouped(self, notes: Iterable[RunEntry]) -> Chosen:
        """Return the notes by the address that their item has now, in order; what was only left tells nothing then."""
        groups: Chosen = {}
        for note in notes:
            address = self._subject(note)
            if address in groups or isinstance(note, Overwrite) or note.created:
                groups.setdefault(address, []).append(note)
        return groups

    def known(self, address: Address) -> Address:
        """Return the present address of what the user names; raises ConfigError where nothing of it is kept."""
        if address not in self._names:
            raise ConfigError(f"nothing that a push overwrote is kept of {address}", hint=_LIST)
        return self._names[address]

    def asked(self, run: RecordedRun) -> set[Address]:
        """Return the present addresses that a restore was asked for, none for one of all."""
        return {self._names.get(name, name) for name in run.goal.addresses} if run.goal else set()

    def of(self, run: RecordedRun | None) -> Chosen:
        """Return the notes of a run by item."""
        return self._by_run[run.id] if run else {}

    def since(self, moment: float, but: RecordedRun | None) -> Chosen:
        """Return the notes from a moment on, in Unix seconds, by item; without those of one run."""
        return self.grouped(note for note in self.notes if note.at >= moment and self._run_of[note.position] is not but)

    def stood(self, address: Address, before: RecordedRun | None = None) -> list[RunEntry]:
        """Return the notes of the last push whose overwriting of an item stands, or stood before a restore."""
        now = self.standing.get(address, ())
        had = self._before.get((before.id, address), now) if before else now
        return self._by_run[had[-1]][address] if had else []

    def last(self, address: Address) -> list[RunEntry]:
        """Return the notes of the last run that overwrote something of this address, or all where none did."""
        notes = self.by_subject[address]
        touched = [self._run_of[note.position].id for note in notes if isinstance(note, Overwrite)]
        return [note for note in notes if not touched or self._run_of[note.position].id == touched[-1]]

    def deleted_before(self, moment: RunEntry) -> frozenset[str]:
        """Return the ids of the articles that were already deleted when this note was written."""
        return frozenset(one for one, position in self._deleted.items() if position < moment.position)

    def run_of(self, note: RunEntry) -> RecordedRun:
        """Return the run that a note belongs to."""
        return self._run_of[note.position]
