"""The baseline as frozen values: what both sides of each address looked like when they last agreed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.model import Address, Kind, LocaleCode

HeadingIds: TypeAlias = Literal["keep", "renew"]

_EMPTY: Mapping[str, str] = MappingProxyType({})
_PLAIN = frozenset({"state", "author"})

LOCAL_PICTURE = "sha256:"
"""What the key of a local picture begins with; other keys are public addresses."""

PICTURE_SERVER = "https://downloads.intercomcdn.com/"
"""Where Intercom stores pictures; it takes such an address without its query, and signs it again."""


def digest(text: str) -> str:
    """Return a short digest of a text: 80 bits of its SHA-256 in hex."""
    return sha256(text.encode()).hexdigest()[:20]


def fingerprint(field_name: str, value: str) -> str:
    """Return what the baseline stores of a field: a state or author as it is, a text as its digest."""
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
    """All records of one remote; `heading_ids` says what it does with the ids that we send, None if not yet known."""

    workspace_id: str
    base_url: str
    dialect: str
    heading_ids: HeadingIds | None = None
    records: Mapping[Address, Record] = field(default_factory=lambda: MappingProxyType({}))


def with_records(baseline: Baseline, changed: Mapping[Address, Record | None]) -> Baseline:
    """Return the baseline with these records; None removes an address."""
    records = {**baseline.records, **changed}
    return replace(baseline, records={address: record for address, record in records.items() if record is not None})


def source_blobs(baseline: Baseline | None) -> frozenset[str]:
    """Return the blob ids of the sources that a baseline names."""
    records = baseline.records.values() if baseline else ()
    return frozenset(text.blob for record in records for text in record.locales.values() if text.blob)


# Pictures that Intercom has already need no public address to be fetched from.


def sendable_addresses(images: Mapping[str, str]) -> dict[str, str]:
    """Return the address to send for each local picture, by its key, of one text's `images`."""
    local = {key: path for path, key in images.items() if path.startswith(PICTURE_SERVER)}
    return {key: path for key, path in local.items() if key.startswith(LOCAL_PICTURE)}


def uploaded_pictures(records: Iterable[Record]) -> dict[str, str]:
    """Return the address to send for each local picture that Intercom has, by its key.

    Pictures of texts that are still in the tree come first: Intercom may have dropped the others.
    """
    texts = [(record.removed or text.removed, text) for record in records for text in record.locales.values()]
    found: dict[str, str] = {}
    for _, text in sorted(texts, key=lambda entry: entry[0]):
        for key, address in sendable_addresses(text.images).items():
            found.setdefault(key, address)
    return found


@dataclass(slots=True)
class KnownPictures:
    """The pictures that Intercom is known to have, by their keys.

    While the baselines of some remotes are `missing` here, it may have any other picture too: `unsure` collects the
    keys that were asked for.
    """

    keys: frozenset[str]
    missing: tuple[str, ...] = ()
    unsure: set[str] = field(default_factory=set)

    def __contains__(self, key: object) -> bool:
        """Return whether Intercom has the picture, or may have it."""
        if key in self.keys:
            return True
        if self.missing:
            self.unsure.add(str(key))
        return bool(self.missing)
