"""What the index of kept forms says, as frozen values: the runs, and what each overwrote and left."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.model import Address, Kind, LocaleCode

_NONE: Mapping[str, frozenset[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Overwrite:
    """A write that was about to go out at `at` (Unix seconds): `snapshot` names what Intercom held before it.

    `fields` are those that it overwrote, per locale; `parent` says that it moved the item, `previous` from which
    address. `position` orders all that the index holds.
    """

    position: int
    at: float
    address: Address
    kind: Kind
    id: str
    action: str
    snapshot: str
    fields: Mapping[LocaleCode, frozenset[str]] = field(default_factory=lambda: _NONE)
    parent: bool = False
    previous: Address | None = None


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What a write left in Intercom; `snapshot` is None after a delete, and where it is not known (a create)."""

    position: int
    at: float
    address: Address
    kind: Kind
    id: str
    snapshot: str | None = None
    created: bool = False


RunEntry: TypeAlias = Overwrite | WriteResult


@dataclass(frozen=True, slots=True)
class RestoreGoal:
    """What a restore goes back to: before a run, or to a moment (Unix seconds); all addresses, or only these."""

    run: str | None = None
    at: float | None = None
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One run and its notes, in order. `goal` is that of a restore, which is `finished` once all of it is done."""

    id: str
    at: float
    command: str
    goal: RestoreGoal | None = None
    notes: tuple[RunEntry, ...] = ()
    finished: bool = False

    @property
    def overwrites(self) -> tuple[Overwrite, ...]:
        """Return the writes that overwrote or removed something."""
        return tuple(note for note in self.notes if isinstance(note, Overwrite))
