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
class Overwritten:
    """A write that was about to go out at `at` (Unix seconds): `form` names what Intercom held before it.

    `fields` are those that it overwrote, per locale; `parent` says that it moved the item, `previous` from which
    address. `position` orders all that the index holds.
    """

    position: int
    at: float
    address: Address
    kind: Kind
    id: str
    action: str
    form: str
    fields: Mapping[LocaleCode, frozenset[str]] = field(default_factory=lambda: _NONE)
    parent: bool = False
    previous: Address | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What a write left in Intercom; `form` is None after a delete, and where it is not known (a create)."""

    position: int
    at: float
    address: Address
    kind: Kind
    id: str
    form: str | None = None
    created: bool = False


Note: TypeAlias = Overwritten | Left


@dataclass(frozen=True, slots=True)
class Goal:
    """What a restore goes back to: before a run, or to a moment (Unix seconds); all addresses, or only these."""

    run: str | None = None
    at: float | None = None
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptRun:
    """One run and its notes, in order. `goal` is that of a restore, which is `finished` once all of it is done."""

    id: str
    at: float
    command: str
    goal: Goal | None = None
    notes: tuple[Note, ...] = ()
    finished: bool = False

    @property
    def overwritten(self) -> tuple[Overwritten, ...]:
        """Return the writes that overwrote or removed something."""
        return tuple(note for note in self.notes if isinstance(note, Overwritten))
