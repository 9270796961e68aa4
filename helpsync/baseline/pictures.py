"""Which of the tree's pictures Intercom holds already, and where: those need no public address to be fetched from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.baseline.records import Record

LOCAL_PICTURE = "sha256:"
"""What the key of a local picture begins with; other keys are public addresses."""

PICTURE_SERVER = "https://downloads.intercomcdn.com/"
"""Where Intercom keeps pictures; such an address is taken without its query, and signed again (facts: Bodies)."""


def sendable_addresses(images: Mapping[str, str]) -> dict[str, str]:
    """Return the address to send for each local picture, by its key, of one text's `images`."""
    return {
        key: path for path, key in images.items() if key.startswith(LOCAL_PICTURE) and path.startswith(PICTURE_SERVER)
    }


def held_pictures(records: Iterable[Record]) -> dict[str, str]:
    """Return the address to send for each local picture that Intercom holds, by its key.

    What texts that are still there show comes first: of others, Intercom may have dropped the pictures.
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

    It may hold any other as well while baselines are `missing` here: `unsure` are the keys that were asked for then.
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
