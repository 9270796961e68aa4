"""Guesses which article a translation belongs to after its source was renamed without it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from helpsync.content.near import NearAddresses
from helpsync.content.places import Place
from helpsync.content.staleness import source_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.content.frontmatter import Page
    from helpsync.model import Address, LocaleCode

MOST = 100
"""How many translations are looked up: if more have no source, files were not renamed one by one."""


def renamed(
    pages: Mapping[tuple[Address, LocaleCode], Page], default_locale: LocaleCode
) -> Callable[[Place], Address | None]:
    """Return what gives the article that a translation without a source probably is of: one that lacks its locale.

    That is the one whose text `source:` names, one of a similar name, or the only one beside it that lacks the locale.
    """
    articles = {address for address, locale in pages if locale == default_locale and not address.endswith("/")}
    looked_up: set[Place] = set()

    @cache
    def by_digest() -> dict[str, Address]:
        sources = ((address, pages[address, default_locale]) for address in sorted(articles))
        return {source_digest(page.fields["title"] or "", page.source.text): address for address, page in sources}

    @cache
    def lacking(locale: LocaleCode) -> tuple[frozenset[Address], NearAddresses]:
        found = frozenset(address for address in articles if (address, locale) not in pages)
        return found, NearAddresses(found)

    def now(translation: Place) -> Address | None:
        looked_up.add(translation)
        if len(looked_up) > MOST:
            return None
        page = pages.get((translation.address, translation.locale))
        digest = page.fields["source"] if page is not None else None
        if digest and (source := by_digest().get(digest)):
            return source
        candidates, near = lacking(translation.locale)
        if found := near.nearest(translation.address):
            return found
        beside = [each for each in articles if Place(each, default_locale).parent == translation.parent]
        left = [each for each in beside if each in candidates]
        return left[0] if len(left) == 1 < len(beside) else None

    return now
