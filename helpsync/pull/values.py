"""What a pull is to bring home: values that deciding makes, composing turns into files, and reports show."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.baseline import LocaleRecord, Record
    from helpsync.model import Address, Item, LocaleCode, Text
    from helpsync.plan.plan import Attention


@dataclass(frozen=True, slots=True)
class TextPull:
    """One locale of an item that changed in Intercom.

    `fields` are the short ones that changed, `body` whether the text did. Without `wanted` the locale has no file yet;
    without `stored` it is gone in Intercom, and its file is to go.
    """

    locale: LocaleCode
    stored: Text | None
    wanted: Text | None = None
    record: LocaleRecord | None = None
    fields: frozenset[str] = frozenset()
    body: bool = False


@dataclass(frozen=True, slots=True)
class ItemPull:
    """An article, collection or section of which something is brought home.

    `item` is what Intercom holds, None where it was removed there. `previous` is the address that its files move from.
    `record` is the baseline's, None for what is new. `pinned` says that its id is to be written into its file.
    """

    address: Address
    item: Item | None
    desired: Item | None = None
    record: Record | None = None
    texts: Mapping[LocaleCode, TextPull] = field(default_factory=lambda: MappingProxyType({}))
    previous: Address | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Pulls:
    """All that a pull brings home, parents before what is in them, and what it leaves alone, with the way out."""

    items: tuple[ItemPull, ...] = ()
    attention: tuple[Attention, ...] = ()
