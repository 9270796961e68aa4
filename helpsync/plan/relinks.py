"""What a push sends again, though no file changed it: links to articles that it creates, to headings that it renews."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.model import Article

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from helpsync.model import Address, LocaleCode
    from helpsync.plan.changes import Change, Step
    from helpsync.plan.links import Directory, Place


def relinks_of(
    steps: Mapping[Address, Step], changes: Iterable[Change], directory: Directory, default_locale: LocaleCode
) -> tuple[tuple[Address, tuple[LocaleCode, ...]], ...]:
    """Return the articles and locales that are sent again because what they link to is new or its headings are.

    Where Intercom keeps the ids of headings that are sent, or where that is not known yet, no heading counts as new.
    """
    articles = [change for change in changes if change.kind == "article"]
    waiting = _waiting(steps, {change.address for change in articles if change.action == "create"})
    again: dict[Address, set[LocaleCode]] = defaultdict(set)
    for address, locale in waiting:
        again[address].add(locale)
    if directory.heading_ids == "renew":
        inbound = _inbound(steps, directory)
        # A translation's block is always sent with its body, so its headings are renewed whatever changes in it.
        written: list[Place] = waiting + [
            (change.address, locale)
            for change in articles
            for locale, names in change.step.sends.items()
            if "body" in names or locale != default_locale
        ]
        renewed = set(written)
        while written:
            for place in inbound[written.pop()]:
                if place not in renewed:
                    renewed.add(place)
                    written.append(place)
                    again[place[0]].add(place[1])
    return tuple((address, tuple(sorted(locales))) for address, locales in sorted(again.items()))


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


def _waiting(steps: Mapping[Address, Step], created: AbstractSet[Address]) -> list[Place]:
    """Return the places that link to articles which come only now, and whose text is not sent otherwise."""
    return [
        (address, locale)
        for address, step in steps.items()
        if isinstance(step.desired, Article) and step.remote is not None
        for locale, text in step.desired.translations.items()
        if text.body
        and "body" not in step.sends.get(locale, frozenset()) | step.drifted.get(locale, frozenset())
        and any(link.target.address in created for link in text.body.links)
    ]


def _inbound(steps: Mapping[Address, Step], directory: Directory) -> dict[Place, list[Place]]:
    """Return, for each place, those that link to a heading of it and could be sent again."""
    inbound: dict[Place, list[Place]] = defaultdict(list)
    for address, step in steps.items():
        if not isinstance(step.desired, Article) or step.remote is None:
            continue
        for locale, text in step.desired.translations.items():
            if text.body is None or "body" in step.drifted.get(locale, ()):
                continue
            for link in text.body.links:
                if link.target.slug and directory.holds((address, locale), link.target):
                    inbound[link.target.address, link.target.locale].append((address, locale))
    return inbound
