"""Own links: where each leads when it is sent, and which texts are sent again because of that."""

from __future__ import annotations

import html as entities
import re
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, unquote

from helpsync.locales import LOCALES
from helpsync.markdown import fill, stored_headings, unused_slug
from helpsync.model import Article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from helpsync.baseline import HeadingIds
    from helpsync.model import Address, Body, Heading, LocaleCode, Reference
    from helpsync.plan.plan import Change, Step


Place: TypeAlias = "tuple[Address, LocaleCode]"

_OWN_URL = re.compile(
    r"(?P<base>https?://[^#?]+?)/(?P<locale>[A-Za-z]{2}(?:-[A-Za-z]{2})?)/articles/(?P<id>\d+)(?:-[^/#?]*)?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)
_WITHIN = re.compile(r'<a\b[^>]*?\shref="#([^"]+)"')
_UNSAFE = re.compile(r"[\s%]")


def base_of(url: str) -> str | None:
    """Return the part of an article's URL before its locale, or None for any other URL."""
    match = _OWN_URL.fullmatch(url)
    return match["base"] if match else None


def own_link_namer(bases: Iterable[str]) -> Callable[[str], str | None]:
    """Return a function that names the target of an own link, so that a new slug is not a change.

    ``https://help.acme.com/fr/articles/12-refunds#%C3%A0`` → ``article:fr/12#à``; None for any other link.
    """
    known = frozenset(base.rstrip("/") for base in bases)

    def name(href: str) -> str | None:
        match = _OWN_URL.fullmatch(href)
        if match is None or match["base"] not in known or match["locale"] not in LOCALES:
            return None
        fragment = f"#{unquote(match['fragment'])}" if match["fragment"] else ""
        return f"article:{match['locale']}/{match['id']}{fragment}"

    return name


def anchors_of(
    headings: Iterable[Heading],
    stored: Iterable[tuple[str | None, str, int]],
    known: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Return slug → Intercom's id of the headings of a stored body.

    A heading is the one with the id that was `known` for its slug, else the one with its text. If equally many remain
    on both sides, they were renamed and match in their order.
    """
    ours = {heading.slug: heading.text.strip() for heading in headings}
    theirs = {position: (identifier, text.strip()) for position, (identifier, text, _) in enumerate(stored)}
    found: dict[str, str | None] = {}
    by_id = {slug: known[slug] for slug in ours if slug in known}
    for part, names in ((0, by_id), (1, dict(ours))):
        places: defaultdict[str | None, deque[int]] = defaultdict(deque)
        for position, other in theirs.items():
            places[other[part]].append(position)
        for slug, name in names.items():
            if slug in ours and (waiting := places[name]):
                found[slug], _ = theirs.pop(waiting.popleft())
                del ours[slug]
    if len(ours) == len(theirs):
        found.update(zip(ours, (identifier for identifier, _ in theirs.values()), strict=True))
    return {slug: identifier for slug, identifier in found.items() if identifier}


def ids_to_send(headings: Iterable[Heading], known: Mapping[str, str]) -> dict[str, str]:
    """Return slug → id of all headings of a body: the known id, else the slug if it is free."""
    wanted = tuple(headings)
    given, counts = {known[heading.slug] for heading in wanted if heading.slug in known}, dict[str, int]()
    ids: dict[str, str] = {}
    for heading in wanted:
        ids[heading.slug] = known.get(heading.slug) or unused_slug(heading.slug, given, counts)
        given.add(ids[heading.slug])
    return ids


def leads_within(html: str) -> bool:
    """Return whether a stored body has a working link to one of its own headings."""
    ids = {identifier for identifier, _, _ in stored_headings(html)} if 'href="#' in html else set()
    return any(unquote(entities.unescape(fragment)) in ids for fragment in _WITHIN.findall(html))


def pinned(articles: Iterable[Article], within: Iterable[Place]) -> frozenset[Place]:
    """Return the places that are never sent again for their links, because Intercom renews heading ids."""
    leads: dict[Place, set[Place]] = {}
    for article in articles:
        for locale, text in article.translations.items():
            if text.body and article.address:
                targets = {(link.target.address, link.target.locale) for link in text.body.links if link.target.slug}
                leads[article.address, locale] = targets
    return pinned_places(leads, within)


def pinned_places(leads: Mapping[Place, AbstractSet[Place]], within: Iterable[Place]) -> frozenset[Place]:
    """Return which places are pinned; each is given with the places to whose headings it links.

    Writing a pinned place would break links for good: those `within` the text itself, or those of a place that can't be
    sent again because it is pinned or in a circle with it.
    """
    followers = Counter(target for place, targets in leads.items() for target in targets - {place})
    kept = frozenset(within)
    free = [place for place in leads if not followers[place] and place not in kept]
    for place in free:
        for target in leads[place] - {place}:
            followers[target] -= 1
            if not followers[target] and target in leads and target not in kept:
                free.append(target)
    return frozenset(leads).difference(free)


@dataclass(slots=True)
class Directory:
    """The ids, URLs and heading ids of every managed article; `apply` keeps them current while it writes.

    `anchors` are the ids of headings by their slugs, as they are or will be sent; an article that is not in Intercom
    yet has its slugs. `pinned` are the places that are not sent again where Intercom renews ids. `files` has the path
    of each text's file, relative to helpsync.yaml. A path to a file of `default_locale` means the article in the locale
    of the linking text, if it has that.
    """

    base: str | None = None
    heading_ids: HeadingIds | None = None
    ids: dict[Address, str] = field(default_factory=dict)
    urls: dict[Place, str] = field(default_factory=dict)
    anchors: dict[Place, Mapping[str, str]] = field(default_factory=dict)
    pinned: AbstractSet[Place] = frozenset()
    files: dict[Place, str] = field(default_factory=dict)
    default_locale: LocaleCode | None = None
    _articles: tuple[int, Mapping[str, Address]] = (0, MappingProxyType({}))

    def article(self, identifier: str) -> Address | None:
        """Return the address of the article with this id, None where the tree has no such article."""
        count, addresses = self._articles
        if count != len(self.ids):
            # A collection may have the same id.
            addresses = {known: address for address, known in self.ids.items() if not address.endswith("/")}
            self._articles = (len(self.ids), addresses)
        return addresses.get(identifier)

    def lasts(self, source: Place, target: Reference) -> bool:
        """Return whether a link stays valid, or is sent again when it no longer is.

        Where Intercom renews heading ids at every write, a link within an article can't last.
        """
        if self.heading_ids != "renew" or not target.slug:
            return True
        return source not in self.pinned and source != (target.address, target.locale)

    def heading_id(self, place: Place, slug: str) -> str:
        """Return the id that is sent with a heading and with links to it: Intercom's own where known, else ours."""
        return self.anchors.get(place, {}).get(slug, slug)

    def name(self, source: Place, target: Reference) -> str:
        """Return the name of a link's target in the baseline: ``fr/12#h_1``, or ``fr/@address`` without an id."""
        place = (target.address, target.locale)
        anchor = f"#{self.heading_id(place, target.slug)}" if target.slug else ""
        if anchor and place == source:
            return anchor
        identifier = self.ids.get(target.address)
        if identifier is None or (self.base is None and place not in self.urls):
            return f"{target.locale}/@{target.address}"
        return f"{target.locale}/{identifier}{anchor}"

    def href(self, source: Place, target: Reference) -> str | None:
        """Return the link's URL, or None while its article has none."""
        path, sign, anchor = self.name(source, target).partition("#")
        fragment = sign + _UNSAFE.sub(lambda match: quote(match[0]), anchor)
        if not path:
            return fragment
        locale, _, identifier = path.partition("/")
        if identifier.startswith("@"):
            return None
        url = self.urls.get((target.address, target.locale)) or self.url(locale, identifier)
        return url + fragment if url else None

    def leads_elsewhere(self, source: Place, body: Body, names: Sequence[str], *, edited: bool = False) -> bool:
        """Return whether a link of a body, sent now, would have another target than these names.

        For a link that can't last only the article counts, unless the file was edited and is sent anyway.
        """
        if len(body.links) != len(names):
            return True
        for link, name in zip(body.links, names, strict=True):
            now = self.name(source, link.target)
            if edited or self.lasts(source, link.target):
                if now != name:
                    return True
            elif now.partition("#")[0] not in ("", name.partition("#")[0]):
                return True
        return False

    def url(self, locale: LocaleCode, identifier: str) -> str | None:
        """Return the URL of an article without its slug, None while the help center's address is unknown."""
        return f"{self.base}/{locale}/articles/{identifier}" if self.base else None

    def names(self, source: Place, body: Body) -> tuple[str, ...]:
        """Return the names of all own links of a body, in order."""
        return tuple(self.name(source, link.target) for link in body.links)

    def filled(self, source: Place, body: Body, image: Callable[[str], str]) -> str:
        """Return the body as it would be sent now; `image` returns a picture's URL by its key."""
        return fill(
            body,
            link=lambda target: self.href(source, target),
            heading=lambda slug: self.heading_id(source, slug),
            image=image,
        )


def relinks_of(
    steps: Mapping[Address, Step], changes: Iterable[Change], directory: Directory
) -> tuple[tuple[Address, tuple[LocaleCode, ...]], ...]:
    """Return the articles and locales that are sent again after all changes, when their link targets are known.

    A target is an article that is created or, where Intercom renews ids, a heading of an article that is written.
    """
    written = _written(changes)
    is_new = _is_new(written, directory)
    first = _first_in_circles(_waits(written, is_new))
    again = {
        place
        for address, step in steps.items()
        for place, target in _links(step)
        if is_new(place, target)
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
    """Return, for each article, those written before it because it links to them, without circles."""
    written = _written(changes)
    waits = _waits(written, _is_new(written, directory))
    return waits | {address: set() for address in _first_in_circles(waits)}


def _is_new(changes: Sequence[Change], directory: Directory) -> Callable[[Place, Reference], bool]:
    """Return a function that says whether the target of a link is known only after these changes.

    Such targets are created articles, and headings with renewed ids.
    """
    created = {change.address for change in changes if change.action == "create"}
    # A translation is always sent with its body, so its headings are renewed whatever changes.
    renewed = {
        (change.address, locale)
        for change in changes
        for locale, names in change.step.sends.items()
        if directory.heading_ids == "renew" and ("body" in names or locale != directory.default_locale)
    }

    def is_new(source: Place, target: Reference) -> bool:
        place = (target.address, target.locale)
        if target.address in created:
            return source != place or not target.slug
        return bool(target.slug) and place in renewed and directory.lasts(source, target)

    return is_new


def _written(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.kind == "article" and change.action not in ("unpublish", "delete")]


def _links(step: Step) -> Iterator[tuple[Place, Reference]]:
    """Yield all links of the bodies that could be sent, each with its place."""
    if isinstance(step.desired, Article):
        for locale, text in step.desired.translations.items():
            if text.body and "body" not in step.drifted.get(locale, ()):
                for link in text.body.links:
                    yield (step.address, locale), link.target


def _waits(changes: Iterable[Change], is_new: Callable[[Place, Reference], bool]) -> dict[Address, set[Address]]:
    return {
        change.address: {
            target.address
            for (_, locale), target in _links(change.step)
            if "body" in change.step.sends.get(locale, ()) and is_new((change.address, locale), target)
        }
        - {change.address}
        for change in changes
    }


def _first_in_circles(waits: Mapping[Address, AbstractSet[Address]]) -> set[Address]:
    """Return the articles that go first where articles wait for each other: few, because they are sent twice."""
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
            # The rest is in circles or between them: take the one that most of them lead through.
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
    """Return the changes, each with the linked articles that are not in Intercom, so that the links are lost."""
    known = list(changes)
    created = {change.address for change in known if change.action == "create"}
    found = []
    for change in known:
        lost: defaultdict[LocaleCode, set[Address]] = defaultdict(set)
        for (address, locale), target in _links(change.step):
            if target.address not in created and directory.href((address, locale), target) is None:
                lost[locale].add(target.address)
        locales = {
            locale: replace(text, body=replace(text.body, lost=tuple(sorted(lost[locale])))) if text.body else text
            for locale, text in change.locales.items()
        }
        found.append(replace(change, locales=locales))
    return found
