"""What readers would lose by a plan, and which remaining pages link to it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.markdown import read_html, shows_nothing
from helpsync.model import Translation
from helpsync.plan.matches import title_of
from helpsync.plan.plan import Loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from helpsync.model import Address, Article, LocaleCode
    from helpsync.plan.bodies import Bodies
    from helpsync.plan.matches import Matching
    from helpsync.plan.plan import Change

# Only a filter: parsing finds the links.
_MENTIONED = re.compile(r"/articles/(\d+)")


def with_inbound(
    losses: Sequence[Loss],
    changes: Iterable[Change],
    articles: Iterable[Article],
    addresses: Mapping[str | None, Address],
    bodies: Bodies,
    default_locale: LocaleCode,
) -> tuple[Loss, ...]:
    """Return the losses, each with the published texts that link to it and stay: ``address (locale)``.

    `articles` are all of the workspace; those without one of the `addresses` (by id) are named by title and id. Where
    the run sends a text again, its new links count. Without losses this costs nothing.
    """
    if not losses:
        return ()
    by_address = {change.address: change for change in changes}
    lost = {(by_address[loss.address].id, loss.locale) for loss in losses}
    identifiers = {identifier for identifier, _ in lost}
    found: defaultdict[tuple[str | None, LocaleCode | None], list[str]] = defaultdict(list)
    for article in articles:
        address = addresses.get(article.id)
        name = address or f"{title_of(article, default_locale)} #{article.id}"
        for locale, html in staying(by_address.get(address or ""), article, bodies):
            if identifiers.isdisjoint(_MENTIONED.findall(html)):
                continue
            targets = _targets(html, bodies.own_link)
            for key in {*targets, *((identifier, None) for identifier, _ in targets)} & lost:
                found[key].append(f"{name} ({locale})")
    return tuple(
        replace(loss, inbound=tuple(sorted(found[by_address[loss.address].id, loss.locale]))) for loss in losses
    )


def addresses_of(matching: Matching) -> dict[str | None, Address]:
    """Return the addresses of a push's articles by id, with those whose files were removed."""
    known: dict[str | None, Address] = {
        record.id: address for address, record in matching.without_file.items() if record.kind == "article"
    }
    known.update(
        (match.remote.id, address)
        for address, match in matching.matches.items()
        if match.remote and match.remote.kind == "article"
    )
    return known


def staying(change: Change | None, article: Article, bodies: Bodies) -> Iterator[tuple[LocaleCode, str]]:
    """Yield each text of an article that readers see before and after its change, as it is after it."""
    if change is not None and change.action == "delete":
        return
    sends = change.step.sends if change else {}
    drafts = change.step.drafts if change else frozenset()
    desired = change.step.desired.texts if change and change.step.desired else {}
    for locale in published_locales(article) - drafts:
        text = desired.get(locale)
        wanted = text if isinstance(text, Translation) else None
        names = sends.get(locale, frozenset())
        if wanted is not None and "state" in names and wanted.state == "draft":
            continue
        if wanted is not None and change is not None and "body" in names:
            yield locale, bodies.wanted(change.address, wanted)
        else:
            yield locale, article.translations[locale].html or ""


def named_targets(html: str, own_link: Callable[[str], str | None]) -> list[str]:
    """Return the names of the targets of a body's own links: ``article:fr/12#à``."""
    named: list[str] = []

    def note(href: str) -> str | None:
        name = own_link(href)
        if name is not None:
            named.append(name)
        return name

    read_html(html, own_link=note)
    return named


def _targets(html: str, own_link: Callable[[str], str | None]) -> set[tuple[str, LocaleCode | None]]:
    """Return id and locale of each own article that a body links to."""
    named = named_targets(html, own_link)
    places = (name.removeprefix("article:").partition("#")[0].partition("/") for name in named)
    return {(identifier, locale) for locale, _, identifier in places}


def published_locales(article: Article) -> frozenset[LocaleCode]:
    """Return the locales in which readers see the article now."""
    return frozenset(locale for locale, text in article.translations.items() if text.state == "published")


def losses_of(address: Address, article: Article, leaving: frozenset[LocaleCode]) -> list[Loss]:
    """Return what readers lose when these locales of a stored article are removed: the article, or translations."""
    before = published_locales(article)
    lost = before & leaving
    urls = {locale: article.translations[locale].url for locale in lost}
    if not lost:
        return []
    if lost == before:
        return [Loss(address, None, tuple(sorted(url for url in urls.values() if url)))]
    return [Loss(address, locale, (url,) if (url := urls[locale]) else ()) for locale in sorted(lost)]


def blanked(article: Article, desired: Article, sends: Mapping[LocaleCode, frozenset[str]]) -> frozenset[LocaleCode]:
    """Return the locales of a stored article that show something now but nothing after these bodies are sent."""
    return frozenset(
        locale
        for locale, names in sends.items()
        if "body" in names
        and shows_nothing(_body(desired.translations[locale]))
        and locale in article.translations
        and not shows_nothing(_body(article.translations[locale]))
    )


def _body(text: Translation) -> str:
    return (text.body.html if text.body else text.html) or ""


def published_counts(articles: Iterable[Article]) -> dict[LocaleCode | None, int]:
    """Return how many managed articles readers see in all (key None) and in each locale."""
    counts: Counter[LocaleCode | None] = Counter()
    for article in articles:
        locales = published_locales(article)
        counts.update(locales)
        if locales:
            counts[None] += 1
    return dict(counts)
