"""Own links: recognising them in stored bodies, and what each leads to when it is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from helpsync.locales import LOCALES
from helpsync.markup.fill import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from helpsync.baseline.records import HeadingIds
    from helpsync.model import Address, Article, Body, Heading, LocaleCode, Reference

Place: TypeAlias = "tuple[Address, LocaleCode]"

_OWN_URL = re.compile(
    r"(?P<base>https?://[^#?]+?)/(?P<locale>[A-Za-z]{2}(?:-[A-Za-z]{2})?)/articles/(?P<id>\d+)(?:-[^/#?]*)?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)


def base_of(url: str) -> str | None:
    """Return the part of an article's URL that stands before its locale, or None for any other URL."""
    match = _OWN_URL.fullmatch(url)
    return match["base"] if match else None


def own_link_namer(bases: Iterable[str]) -> Callable[[str], str | None]:
    """Return a function that names what an own link leads to, so that a new slug is no change (design: Push).

    ``https://help.acme.com/fr/articles/12-refunds#h_1`` → ``article:fr/12#h_1``; None for a link that is not own.
    """
    known = frozenset(base.rstrip("/") for base in bases)

    def name(href: str) -> str | None:
        match = _OWN_URL.fullmatch(href)
        if match is None or match["base"] not in known or match["locale"] not in LOCALES:
            return None
        fragment = f"#{match['fragment']}" if match["fragment"] else ""
        return f"article:{match['locale']}/{match['id']}{fragment}"

    return name


def anchors_of(
    headings: Iterable[Heading],
    stored: Iterable[tuple[str | None, str, int]],
    known: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Return slug → Intercom's id, by the headings' order where their number agrees, else by their texts.

    Where the ids that were `known` are still there, their slugs keep them.
    """
    ours, theirs = tuple(headings), tuple(stored)
    ids = {identifier for identifier, _, _ in theirs if identifier}
    kept = {mine.slug: known[mine.slug] for mine in ours if known.get(mine.slug) in ids}
    found = {slug: identifier for slug, identifier in _placed(ours, theirs).items() if identifier not in kept.values()}
    return {**found, **kept}


def _placed(ours: Sequence[Heading], theirs: Sequence[tuple[str | None, str, int]]) -> dict[str, str]:
    if len(ours) == len(theirs):
        return {mine.slug: theirs_[0] for mine, theirs_ in zip(ours, theirs, strict=True) if theirs_[0]}
    anchors: dict[str, str] = {}
    rest = list(theirs)
    for heading in ours:
        for position, (identifier, text, _) in enumerate(rest):
            if text.strip() == heading.text.strip():
                if identifier:
                    anchors[heading.slug] = identifier
                del rest[: position + 1]
                break
    return anchors


@dataclass(slots=True)
class Directory:
    """What is known of every managed article's id, URL and heading ids; `apply` keeps it current while it writes.

    `files` has the path of each text's file, relative to helpsync.yaml. A path to one of `default_locale` means the
    article in the locale of the text that it stands in, where there is one.
    """

    base: str | None = None
    heading_ids: HeadingIds | None = None
    ids: dict[Address, str] = field(default_factory=dict)
    urls: dict[Place, str] = field(default_factory=dict)
    anchors: dict[Place, Mapping[str, str]] = field(default_factory=dict)
    cycles: Mapping[Place, int] = field(default_factory=dict)
    files: dict[Place, str] = field(default_factory=dict)
    default_locale: LocaleCode | None = None
    _articles: tuple[int, Mapping[str, Address]] = (0, MappingProxyType({}))

    def article(self, identifier: str) -> Address | None:
        """Return the address of the article with this id, None where the tree has none."""
        count, addresses = self._articles
        if count != len(self.ids):
            # A collection may have the same id.
            addresses = {known: address for address, known in self.ids.items() if not address.endswith("/")}
            self._articles = (len(self.ids), addresses)
        return addresses.get(identifier)

    def holds(self, source: Place, target: Reference) -> bool:
        """Return whether a heading's id, once sent in a link, will still be there when all is written.

        Where Intercom renews heading ids at every write, links within an article or in a circle can't hold.
        """
        if self.heading_ids != "renew":
            return True
        place = (target.address, target.locale)
        return source != place and (
            source not in self.cycles or place not in self.cycles or self.cycles[source] != self.cycles[place]
        )

    def heading_id(self, place: Place, slug: str) -> str | None:
        """Return the id to send with a heading: Intercom's own where known, else ours while ids may be kept."""
        known = self.anchors.get(place, {}).get(slug)
        if known or self.heading_ids == "renew":
            return known
        return "h_" + sha256(f"{place[0]}\0{place[1]}\0{slug}".encode()).hexdigest()[:10]

    def name(self, source: Place, target: Reference) -> str:
        """Return what the link leads to as the baseline records it: ``fr/12#h_1``, or ``fr/@address`` without an id."""
        place = (target.address, target.locale)
        slug = target.slug if target.slug and self.holds(source, target) else None
        if slug and place == source:
            return f"#{self.heading_id(place, slug)}"
        identifier = self.ids.get(target.address)
        if identifier is None or (self.base is None and place not in self.urls):
            return f"{target.locale}/@{target.address}"
        anchor = self.anchors.get(place, {}).get(slug) if slug else None
        return f"{target.locale}/{identifier}" + (f"#{anchor}" if anchor else "")

    def href(self, source: Place, target: Reference) -> str | None:
        """Return the link's URL, or None while its article has none."""
        name = self.name(source, target)
        if name.startswith("#"):
            return name
        path, _, anchor = name.partition("#")
        locale, _, identifier = path.partition("/")
        if identifier.startswith("@"):
            return None
        url = self.urls.get((target.address, target.locale)) or self.url(locale, identifier)
        return f"{url}#{anchor}" if anchor else url

    def url(self, locale: LocaleCode, identifier: str) -> str | None:
        """Return where readers find an article without its slug, None while nothing says where the help center is."""
        return f"{self.base}/{locale}/articles/{identifier}" if self.base else None

    def names(self, source: Place, body: Body) -> tuple[str, ...]:
        """Return the names of all own links of a body, in order."""
        return tuple(self.name(source, link.target) for link in body.links)

    def filled(self, source: Place, body: Body, image: Callable[[str], str]) -> str:
        """Return the body as it would be sent now; `image` gives a picture's URL by its key."""
        return fill(
            body,
            link=lambda target: self.href(source, target),
            heading=lambda slug: self.heading_id(source, slug),
            image=image,
        )


def circles(articles: Iterable[Article]) -> dict[Place, int]:  # noqa: C901, PLR0912  # the textbook algorithm, iterative
    """Return, for each place with links to headings, the number of its strongly connected component (Tarjan, 1972)."""
    graph: dict[Place, list[Place]] = {}
    for article in articles:
        for locale, translation in article.translations.items():
            if translation.body and article.address:
                graph[article.address, locale] = [
                    (link.target.address, link.target.locale) for link in translation.body.links if link.target.slug
                ]
    index: dict[Place, int] = {}
    low: dict[Place, int] = {}
    component: dict[Place, int] = {}
    stack: list[Place] = []
    for root, first in graph.items():
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        work = [(root, iter(first))]
        while work:
            node, edges = work[-1]
            for target in edges:
                if target not in graph:
                    continue
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    work.append((target, iter(graph[target])))
                    break
                if target not in component:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    while True:
                        member = stack.pop()
                        component[member] = index[node]
                        if member == node:
                            break
    return component
