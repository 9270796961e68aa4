"""Which kept forms a restore goes back to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from helpsync.baseline import Overwrite, RecordedRun, RestoreGoal, RunEntry, WriteResult
from helpsync.restore.write_history import Told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from helpsync.model import Address, Kind, LocaleCode
    from helpsync.restore.write_history import Chosen, Owners

    _Going: TypeAlias = tuple[RestoreGoal, Chosen]


@dataclass(frozen=True, slots=True)
class Target:
    """One item that is to have a kept form again: `form` is its name, `fields` are those that were overwritten.

    `ids` are those that the item has had. `left` names what the last write that is known left in Intercom, None where
    that is not known; `removed` says that this write deleted the item. `noted` is the last write where nothing was
    noted of what it left; where its run died over it, it can have come to Intercom until `landed`, in Unix seconds.
    `dead` are the ids of the articles that pushes had deleted by then: links to them led nowhere.
    """

    address: Address
    kind: Kind
    ids: tuple[str, ...]
    form: str
    fields: Mapping[LocaleCode, frozenset[str]]
    parent: bool
    left: str | None = None
    removed: bool = False
    noted: Overwrite | None = None
    landed: float | None = None
    dead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Created:
    """An item that did not exist then; `undone` says that it came with a run that is undone, or since the moment."""

    address: Address
    kind: Kind
    id: str
    undone: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be brought back, and why.

    `runs` are the runs that are undone, none with a moment; `continued` is the unfinished restore that this one goes on
    with, and `partly` says that some of the runs is left out: it is back already, or was not asked for. `back` are the
    addresses that were asked for and of which nothing is left to bring back. `spare` has the last kept form of every
    item, for collections that must come back because something was in them, `brought` what restores left last, for
    links that must follow what comes back; `subjects` says whose item an id is.
    """

    goal: RestoreGoal
    runs: tuple[RecordedRun, ...]
    continued: RecordedRun | None
    targets: Mapping[Address, Target]
    created: tuple[Created, ...] = ()
    partly: bool = False
    back: tuple[Address, ...] = ()
    spare: Mapping[Address, Target] = field(default_factory=lambda: MappingProxyType({}))
    brought: Mapping[Address, Target] = field(default_factory=lambda: MappingProxyType({}))
    subjects: Owners = field(default_factory=lambda: MappingProxyType({}))


def choose(
    runs: Sequence[RecordedRun],
    owners: Owners,
    *,
    at: float | None = None,
    addresses: Iterable[Address] = (),
    begun: Mapping[Address, float] = MappingProxyType({}),
) -> Choice:
    """Return what a restore brings back; no targets where nothing is kept, or nothing was overwritten since then.

    Without a moment and addresses that is what the last run overwrote, where that was a push or a whole restore. An
    unfinished restore is gone on with, and after one of some addresses it is the last push of which something is not
    back yet: a restore never puts back by itself what another one brought readers for an address. `owners` says which
    address of the baseline stands for an id, `begun` what runs that died were writing, each until when that can have
    come to Intercom. Raises ConfigError for an address of which nothing is kept.
    """
    told = Told(runs, owners)
    asked = tuple(dict.fromkeys(told.known(address) for address in addresses))
    if at is not None:
        goal, continued, chosen = RestoreGoal(at=at, addresses=asked), None, _only(told.since(at, None), asked)
    else:
        goal, continued, chosen = _last(told, asked)
    undone = {told.run_of(of[0]).id for of in chosen.values()} if goal.at is None else set()
    targets = {address: target for address, of in chosen.items() if (target := _target(told, address, of, begun))}
    spare = {
        address: target
        for address in told.by_subject
        if (target := _target(told, address, told.last(address), begun)) is not None
    }
    return Choice(
        goal,
        tuple(run for run in runs if run.id in undone),
        continued,
        targets,
        tuple(_created(told, chosen, asked)),
        partly=any(told.of(run).keys() - chosen.keys() for run in runs if run.id in undone),
        back=tuple(address for address in asked if address not in chosen and address in spare),
        spare=spare,
        brought=_brought(told),
        subjects=told.subjects,
    )


def _last(told: Told, asked: tuple[Address, ...]) -> tuple[RestoreGoal, RecordedRun | None, Chosen]:
    """Return the goal without a moment, the unfinished restore that is gone on with, and the notes to go back to."""
    runs = [run for run in told.runs if run.overwrites or (run.goal is not None and run.notes)]
    last = runs[-1] if runs else None
    back: set[Address] = set()
    while runs and runs[-1].goal is not None and runs[-1].goal.addresses and runs[-1].finished:
        back |= told.asked(runs.pop())
    first = runs[-1] if runs else None
    if first is not None and first.goal is not None and not first.finished:
        going_on = _going_on(told, first, asked, back)
        if going_on is not None:
            goal, chosen = going_on
            return goal, first if first is last and goal.addresses == first.goal.addresses else None, chosen
    # Where a restore of a whole run is the last thing that happened, doing it again undoes it.
    again = told.of(first) if first is not None and first is last and first.goal is not None else {}
    if asked:
        goal, chosen = _asked(told, {address: again.get(address) or told.stood(address) for address in asked})
    elif first is not None and again:
        goal, chosen = RestoreGoal(run=first.id), again
    else:
        goal, chosen = _standing(told)
    return goal, None, chosen


def _going_on(told: Told, restore: RecordedRun, asked: tuple[Address, ...], back: Collection[Address]) -> _Going | None:
    """Return what is left of a restore that did not come to its end, for these addresses or but for what is back.

    None where the run that it undid is no longer kept.
    """
    goal = restore.goal or RestoreGoal()
    addresses = asked or tuple(dict.fromkeys(told.known(address) for address in goal.addresses))
    if goal.at is not None:
        chosen = _only(told.since(goal.at, restore), addresses)
        goal = replace(goal, addresses=asked or goal.addresses)
        return goal, {address: of for address, of in chosen.items() if asked or address not in back}
    base = next((told.of(run) for run in told.runs if run.id == goal.run), {})
    if not addresses:
        return (goal, {address: of for address, of in base.items() if address not in back}) if base else None
    chosen = {address: base.get(address) or told.stood(address, restore) for address in addresses}
    chosen |= {address: told.stood(address) for address in addresses if address in back}
    if asked:
        return _asked(told, chosen)
    return goal, {address: of for address, of in chosen.items() if of and address not in back}


def _asked(told: Told, chosen: Chosen) -> _Going:
    runs = {told.run_of(of[0]).id for of in chosen.values() if of}
    goal = RestoreGoal(run=runs.pop() if len(runs) == 1 else None, addresses=tuple(chosen))
    return goal, {address: of for address, of in chosen.items() if of}


def _standing(told: Told) -> _Going:
    """Return the last push of which something is not back yet, and that."""
    standing = {ids[-1] for ids in told.standing.values() if ids}
    run = next((run for run in reversed(told.runs) if run.id in standing), None)
    if run is None:
        return RestoreGoal(), {}
    notes = told.of(run).items()
    return RestoreGoal(run=run.id), {
        address: of for address, of in notes if run.id in told.standing[address] or isinstance(of[0], WriteResult)
    }


def _only(chosen: Chosen, addresses: Collection[Address]) -> Chosen:
    return {address: of for address, of in chosen.items() if not addresses or address in addresses}


def _created(told: Told, chosen: Chosen, asked: Iterable[Address]) -> Iterator[Created]:
    """Yield what the chosen notes say was created, and what was asked for and never overwritten."""
    for address, notes in chosen.items():
        if isinstance(notes[0], WriteResult):
            yield Created(address, notes[0].kind, told.by_subject[address][-1].id, undone=True)
    for address in asked:
        known = told.by_subject.get(address, [])
        if address not in chosen and known and not any(isinstance(note, Overwrite) for note in known):
            yield Created(address, known[0].kind, known[-1].id, undone=False)


def _target(told: Told, address: Address, notes: Sequence[RunEntry], begun: Mapping[Address, float]) -> Target | None:
    """Return the item as it was before the first of these notes, None where there was none."""
    first = notes[0]
    if not isinstance(first, Overwrite):
        return None
    writes = [note for note in notes if isinstance(note, Overwrite)]
    fields: dict[LocaleCode, frozenset[str]] = {}
    for note in writes:
        for locale, names in note.fields.items():
            fields[locale] = fields.get(locale, frozenset()) | names
    latest = told.by_subject[address][-1]
    noted = latest if isinstance(latest, Overwrite) else None
    return Target(
        address,
        first.kind,
        _ids(told, address, first.kind),
        first.snapshot,
        fields,
        parent=any(note.parent for note in writes),
        left=latest.snapshot if isinstance(latest, WriteResult) else None,
        removed=_removed(latest),
        noted=noted,
        landed=begun.get(noted.address) if noted else None,
        dead=told.deleted_before(first),
    )


def _ids(told: Told, address: Address, kind: Kind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note.id for note in reversed(told.by_subject[address]) if note.kind == kind))


def _brought(told: Told) -> dict[Address, Target]:
    """Return what restores wrote last, as they left it."""
    found = {}
    for address, notes in told.by_subject.items():
        latest = notes[-1]
        if isinstance(latest, WriteResult) and latest.snapshot is not None and told.run_of(latest).goal is not None:
            ids = _ids(told, address, latest.kind)
            found[address] = Target(address, latest.kind, ids, latest.snapshot, {}, parent=False, left=latest.snapshot)
    return found


def _removed(latest: RunEntry) -> bool:
    if isinstance(latest, WriteResult):
        return latest.snapshot is None and not latest.created
    return latest.action == "delete"
