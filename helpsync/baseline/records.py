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

    `pushed` has a fingerprint of each managed field that was sent, `remote` one of each field that Intercom then showed
    (body: of its canonical form). `stored_digest` is the digest of the stored body without what Intercom changes by
    itself. `links` names the target of each own link, in order. `anchors` maps a heading's slug to Intercom's id,
    `images` a stored picture's path to its key. `removed` says that the file left the tree, `prior_state` is the state
    before that. `dialect` is the version that rendered the body in `pushed`: digests of two versions can't be compared.
    """

    blob: str | None = None
    pushed: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    remote: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    stored_digest: str | None = None
    url: str | None = None
    links: tuple[str, ...] = ()
    anchors: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    images: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    removed: bool = False
    prior_state: str | None = None
    dialect: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One address of the baseline; if `removed`, a tombstone: the id stays, so that the address can be revived.

    `parent` is the remote parent id that both sides agreed on. `removed_from` is the former address of a tombstone
    whose address another file has by now: only a file with the same content revives it.
    """

    kind: Kind
    id: str
    parent: str | None = None
    locales: Mapping[LocaleCode, LocaleRecord] = field(default_factory=lambda: MappingProxyType({}))
    removed: bool = False
    removed_from: Address | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """All records of one remote; `heading_ids` is what its replies taught about ids that we send, None if nothing."""

    workspace_id: str
    base_url: str
    dialect: str
    heading_ids: HeadingIds | None = None
    records: Mapping[Address, Record] = field(default_factory=lambda: MappingProxyType({}))
