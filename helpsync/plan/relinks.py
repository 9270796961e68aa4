"""Relinks: texts that a push sends again because they link to articles that it creates or headings that it renews."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpsync.model import Article

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from helpsync.model import Address, LocaleCode, Reference
    from helpsync.plan.links import Directory, Place
    from helpsync.plan.plan import Change, Step


def relinks_of(
    steps: Mapping[Address, Step], changes: Iterable[Change], directory: Directory
) -> tuple[tuple[Address, tuple[LocaleCode, ...]], ...]:
    """Return the articles and locales that are sent again after all changes, when the targets of their links are known.

    A target is an article that is created or, where Intercom renews ids, a heading of an article that is written.
    """
    written = _written(changes)
    news = _News.of(written, directory)
    first = _first_in_circles(_waits(written, news))
    again = {
        place
        for address, step in steps.items()
        for place, target in _links(step)
        if news.has(place, target)
        and ("body" not in step.sends.get(place[1], ()) or address in first or address == target.address)
    }
    if directory.heading_ids == "renew":
        followers = defaultdict(set)
        for step in steps.values():
            for place, target in _links(step):
                if target.slug and directory.lasts(place, target):
                    followers[target.address, target.locale].add(place)
        renewed = list(again)
        while renewed:
            more = followers[renewed.pop()] - again
            again |= more
            renewed += more
    locales = defaultdict(set)
    for address, locale in again:
        locales[address].add(locale)
    return tuple((address, tuple(sorted(locales[address]))) for address in sorted(locales))


def link_order(changes: Iterable[Change], directory: Directory) -> dict[Address, set[Address]]:
    """Return, for each article, those that are written before it because it links to them; circles are broken."""
    written = _written(changes)
    waits = _waits(written, _News.of(written, directory))
    return waits | {address: set() for address in _first_in_circles(waits)}


@dataclass(frozen=True, slots=True)
class _News:
    """Link targets that are known only once they are written: created articles, and headings with renewed ids."""

    created: AbstractSet[Address]
    renewed: AbstractSet[Place]
    directory: Directory

    @classmethod
    def of(cls, changes: Iterable[Change], directory: Directory) -> _News:
        created, renewed = set(), set()
        for change in changes:
            if change.action == "create":
                created.add(change.address)
            if directory.heading_ids == "renew":
                # A translation's block is always sent with its body, so its headings are renewed whatever changes.
                renewed |= {
                    (change.address, locale)
                    for locale, names in change.step.sends.items()
                    if "body" in names or locale != directory.default_locale
                }
        return cls(created, renewed, directory)

    def has(self, source: Place, target: Reference) -> bool:
        """Return whether a link leads to such a target."""
        place = (target.address, target.locale)
        if target.address in self.created:
            return source != place or not target.slug
        return bool(target.slug) and place in self.renewed and self.directory.lasts(source, target)


def _written(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.kind == "article" and change.action not in ("unpublish", "delete")]


def _links(step: Step) -> Iterator[tuple[Place, Reference]]:
    """Yield all links of the bodies that could be sent, each with the place that it stands in."""
    if isinstance(step.desired, Article):
        for locale, text in step.desired.translations.items():
            if text.body and "body" not in step.drifted.get(locale, ()):
                for link in text.body.links:
                    yield (step.address, locale), link.target


def _waits(changes: Iterable[Change], news: _News) -> dict[Address, set[Address]]:
    return {
        change.address: {
            target.address
            for (_, locale), target in _links(change.step)
            if "body" in change.step.sends.get(locale, ()) and news.has((change.address, locale), target)
        }
        - {change.address}
        for change in changes
    }


def _first_in_circles(waits: Mapping[Address, AbstractSet[Address]]) -> set[Address]:
    """Return which articles go first where they wait for each other: as few as possible, since these are sent twice."""
    left = {address: set(targets) for address, targets in waits.items()}
    waiters: defaultdict[Address, set[Address]] = defaultdict(set)
    for address, targets in left.items():
        for target in targets:
            waiters[target].add(address)
    first: set[Address] = set()
    loose = set(left)
    while left:
        if loose:
            address = loose.pop()
        else:
            # All that is left is in circles or between them: the one that most of them lead through.
            address = min(left, key=lambda each: (-len(left[each]) * len(waiters[each]), each))
            first.add(address)
        if address in first or (address in left and not (left[address] and waiters[address])):
            targets, behind = left.pop(address), waiters.pop(address, set())
            for target in targets:
                waiters[target].discard(address)
            for waiter in behind:
                left[waiter].discard(address)
            loose |= (targets | behind) & left.keys()
    return first


def with_lost_links(changes: Iterable[Change], directory: Directory) -> list[Change]:
    """Return the changes, each body that is sent with the articles whose links it loses: they are not in Intercom."""
    known = list(changes)
    created = {change.address for change in known if change.action == "create"}
    return [_without_links(change, created, directory) for change in known]


def _without_links(change: Change, created: AbstractSet[Address], directory: Directory) -> Change:
    desired = change.step.desired
    if not isinstance(desired, Article):
        return change
    locales = dict(change.locales)
    for locale, text in change.locales.items():
        wanted = desired.translations.get(locale)
        if text.body is None or wanted is None or wanted.body is None:
            continue
        lost = {
            link.target.address
            for link in wanted.body.links
            if link.target.address not in created and directory.href((change.address, locale), link.target) is None
        }
        if lost:
            locales[locale] = replace(text, body=replace(text.body, lost=tuple(sorted(lost))))
    return replace(change, locales=locales)
