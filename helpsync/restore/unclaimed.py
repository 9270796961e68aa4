"""What a restore that died made anew: nobody's yet, and known by what it says."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from helpsync.markdown import canonical_ignoring_targets
from helpsync.plan.compare import remote_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from helpsync.model import Item, Kind, LocaleCode, Text

    Titles: TypeAlias = tuple[Kind, frozenset[tuple[LocaleCode, str]]]


class Orphans:
    """The stored items that no record names, found by their titles: their bodies are read only where these agree."""

    def __init__(self, stored: Iterable[Item], claimed: Collection[tuple[Kind, str | None]]) -> None:
        self._by_titles: defaultdict[Titles, list[Item]] = defaultdict(list)
        for item in stored:
            if (item.kind, item.id) not in claimed:
                self._by_titles[_titles(item)].append(item)

    def like(self, kept: Item) -> Item | None:
        """Return the one item that says what the kept one said, in every locale; None where there are several."""
        texts = kept.texts
        alike = [
            item
            for item in self._by_titles.get(_titles(kept), ())
            if all(_alike(texts[locale], text) for locale, text in item.texts.items())
        ]
        return alike[0] if len(alike) == 1 else None


def _titles(item: Item) -> Titles:
    said = {locale: remote_fields(text) for locale, text in item.texts.items()}
    return item.kind, frozenset((locale, text.get("title", text.get("name", ""))) for locale, text in said.items())


def _alike(kept: Text, other: Text) -> bool:
    ours, theirs = remote_fields(kept), remote_fields(other)
    return "body" not in ours or canonical_ignoring_targets(ours["body"]) == canonical_ignoring_targets(theirs["body"])
