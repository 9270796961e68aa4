"""The baseline as frozen values, and the digests that it compares by."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.model import Address, Kind, LocaleCode

HeadingIds: TypeAlias = Literal["keep", "renew"]

_EMPTY: Mapping[str, str] = MappingProxyType({})
_PLAIN = frozenset({"state", "author"})


def digest(text: str) -> str:
    """Return a short digest of a text: 80 bits of its SHA-256 in hex."""
    return sha256(text.encode()).hexdigest()[:20]


def fingerprint(field_name: str, value: str) -> str:
    """Return what the baseline keeps of a field: short plain values as they are, texts as their digest."""
    return value if field_name in _PLAIN else digest(value)


@dataclass(frozen=True, slots=True)
class LocaleRecord:
    """One locale of an item when both sides last agreed.

    `sent` holds a fingerprint per managed field, `seen` one per field that Intercom showed (body: canonical form).
    `scrub` is the digest of the stored body as it stood, less what moves on its own. `links` names what each own link
    led to, in order. `anchors` maps a heading's slug to Intercom's id, `images` a stored picture's path to its key.
    `was` is the state before the locale was unpublished. `dialect` is the version that `sent`'s body was rendered by:
    digests of two versions can't be compared.
    """

    blob: str | None = None
    sent: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    seen: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    scrub: str | None = None
    url: str | None = None
    links: tuple[str, ...] = ()
    anchors: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    images: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    gone: bool = False
    was: str | None = None
    dialect: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One address of the baseline; `gone` makes it a tombstone: the id stays, so that the address can be revived.

    `parent` is the remote parent id that both sides agreed on. `removed_from` is the address that a tombstone's file
    had, where another file has that by now: only its content revives it.
    """

    kind: Kind
    id: str
    parent: str | None = None
    locales: Mapping[LocaleCode, LocaleRecord] = field(default_factory=lambda: MappingProxyType({}))
    gone: bool = False
    removed_from: Address | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """All records of one remote; `heading_ids` is what its replies taught about ids that we send, None if nothing."""

    workspace_id: str
    base_url: str
    dialect: str
    heading_ids: HeadingIds | None = None
    records: Mapping[Address, Record] = field(default_factory=lambda: MappingProxyType({}))
