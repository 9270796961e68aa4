"""Which kept forms a restore goes back to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from helpsync.baseline.notes import Goal, KeptRun, Left, Overwritten
from helpsync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from helpsync.baseline.notes import Note
    from helpsync.model import Address, Kind, LocaleCode

    Owners: TypeAlias = Mapping[tuple[Kind, str], Address]

_LIST = "helpsync restore --list shows what is kept"


@dataclass(frozen=True, slots=True)
class Target:
    """One item that is to have a kept form again: `form` is its name, `fields` are those that were overwritten.

    `ids` are those that the item has had. `left` names what the last write that is known left in Intercom, None where
    that is not known; `removed` says that this write deleted the item.
    """

    address: Address
    kind: Kind
    ids: tuple[str, ...]
    form: str
    fields: Mapping[LocaleCode, frozenset[str]]
    parent: bool
    left: str | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be brought back, and why.

    `run` is the run that is undone, None with a moment; `continued` is the unfinished restore that this one goes on
    with. `created` are the addresses that did not exist then, with kind and id. `spare` has the last kept form of every
    item, for collections that must come back because something was in them; `subjects` whose item an id is.
    """

    goal: Goal
    run: KeptRun | None
    continued: KeptRun | None
    targets: Mapping[Address, Target]
    created: tuple[tuple[Address, Kind, str], ...] = ()
    spare: Mapping[Address, Target] = field(default_factory=lambda: MappingProxyType({}))
    subjects: Owners = field(default_factory=lambda: MappingProxyType({}))


def choose(
    runs: Sequence[KeptRun], owners: Owners, *, at: float | None = None, addresses: Iterable[Address] = ()
) -> Choice:
    """Return what a restore brings back; no targets where nothing is kept, or nothing was overwritten since then.

    `owners` says which address of the baseline stands for an id. Raises ConfigError for an address of which nothing is
    kept.
    """
    told = _Told(runs, owners)
    asked = tuple(addresses)
    goal, base, continued = _goal(runs, at, asked)
    if goal.at is not None:
        notes = [note for note in told.notes if note.at >= goal.at]
        run = None
    else:
        notes = list(base.notes) if base else []
        run = base
    chosen = told.grouped(notes)
    if goal.addresses:
        wanted = {told.known(address) for address in goal.addresses}
        chosen = {address: chosen[address] if address in chosen else told.last(address) for address in wanted}
        chosen = {address: of for address, of in chosen.items() if goal.at is None or of[0].at >= goal.at}
    targets = {address: target for address, of in chosen.items() if (target := told.target(address, of))}
    created = [(address, of[0].kind, told.latest(address).id) for address, of in chosen.items() if _is_created(of[0])]
    spare = {address: target for address in told.by_subject if (target := told.target(address, told.last(address)))}
    return Choice(goal, run, continued, targets, tuple(created), spare, told.subjects)


def _goal(
    runs: Sequence[KeptRun], at: float | None, asked: tuple[Address, ...]
) -> tuple[Goal, KeptRun | None, KeptRun | None]:
    """Return the goal, the run that is undone, and the unfinished restore that is gone on with."""
    if at is not None:
        return Goal(at=at, addresses=asked), None, None
    last = next((run for run in reversed(runs) if run.overwritten), None)
    if last is None:
        return Goal(addresses=asked), None, None
    if last.goal is None or last.finished:
        return Goal(run=last.id, addresses=asked), last, None
    # A restore that did not come to its end is no run to undo: what it went back to is still what is wanted.
    base = next((run for run in runs if run.id == last.goal.run), None)
    if base is None and last.goal.at is None:
        return Goal(run=last.id, addresses=asked), last, None
    return replace(last.goal, addresses=asked or last.goal.addresses), base, last


def _is_created(note: Note) -> bool:
    return isinstance(note, Left) and note.created


class _Told:
    """All notes by whose they are: an item may have changed its address, and an address its item."""

    def __init__(self, runs: Sequence[KeptRun], owners: Owners) -> None:
        self.notes = sorted((note for run in runs for note in run.notes), key=lambda note: note.position)
        self.subjects: dict[tuple[Kind, str], Address] = {(note.kind, note.id): note.address for note in self.notes}
        self.subjects |= owners
        self.by_subject = self.grouped(self.notes)
        self._run_of = {note.position: run for run in runs for note in run.notes}
        self._names: dict[Address, Address] = {}
        for note in self.notes:
            for name in (note.address, getattr(note, "previous", None)):
                if name is not None:
                    self._names[name] = self._subject(note)
        self._names |= {address: address for address in self.by_subject}

    def _subject(self, note: Note) -> Address:
        return self.subjects.get((note.kind, note.id), note.address)

    def grouped(self, notes: Iterable[Note]) -> dict[Address, list[Note]]:
        """Return the notes by the address that their item has now, in order; what was only left tells nothing then."""
        groups: dict[Address, list[Note]] = {}
        for note in notes:
            address = self._subject(note)
            if address in groups or isinstance(note, Overwritten) or note.created:
                groups.setdefault(address, []).append(note)
        return groups

    def known(self, address: Address) -> Address:
        """Return the present address of what the user names; raises ConfigError where nothing of it is kept."""
        if address not in self._names:
            raise ConfigError(f"nothing that a push overwrote is kept of {address}", hint=_LIST)
        return self._names[address]

    def last(self, address: Address) -> list[Note]:
        """Return the notes of the last run that overwrote something of this address, or all where none did."""
        notes = self.by_subject[address]
        touched = [self._run_of[note.position].id for note in notes if isinstance(note, Overwritten)]
        return [note for note in notes if not touched or self._run_of[note.position].id == touched[-1]]

    def latest(self, address: Address) -> Note:
        return self.by_subject[address][-1]

    def target(self, address: Address, notes: Sequence[Note]) -> Target | None:
        """Return the item as it was before the first of these notes, None where there was none."""
        first = notes[0]
        if not isinstance(first, Overwritten):
            return None
        writes = [note for note in notes if isinstance(note, Overwritten)]
        fields: dict[LocaleCode, frozenset[str]] = {}
        for note in writes:
            for locale, names in note.fields.items():
                fields[locale] = fields.get(locale, frozenset()) | names
        everything = self.by_subject[address]
        latest = everything[-1]
        return Target(
            address,
            first.kind,
            tuple(dict.fromkeys(note.id for note in reversed(everything) if note.kind == first.kind)),
            first.form,
            fields,
            parent=any(note.parent for note in writes),
            left=latest.form if isinstance(latest, Left) else None,
            removed=_removed(latest),
        )


def _removed(latest: Note) -> bool:
    if isinstance(latest, Left):
        return latest.form is None and not latest.created
    return latest.action == "delete"
