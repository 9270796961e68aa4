"""The rules about the tree as a whole: its shape, stale translations, and links between articles."""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter, defaultdict
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from helpsync.content.links import NearAddresses
from helpsync.content.paths import Place
from helpsync.errors import Location
from helpsync.findings import catalogue
from helpsync.markdown import slugify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from helpsync.content.page import Page
    from helpsync.model import Address, Body, Finding, Link, LocaleCode, State

    Bodies = Mapping[tuple[Address, LocaleCode], Body]

MAX_DEPTH = 2
"""Folders above an article in API 2.9: a collection and a section."""


def missing_collections(
    files: Sequence[tuple[Place, str]], default_locale: LocaleCode, file_of: Callable[[Place], str]
) -> Iterator[Finding]:
    """Yield a finding for each folder with Markdown somewhere below it that has no `_collection.md`.

    `files` are places with the paths that messages show; `file_of` gives the path that a place should have.
    """
    described = {place.address for place, _ in files if place.is_collection and place.locale == default_locale}
    seen: set[Address] = set()
    for place, path in files:
        for folder in _folders(place.address)[:MAX_DEPTH]:
            if folder in described or folder in seen:
                continue
            seen.add(folder)
            missing = file_of(replace(place, address=folder, locale=default_locale))
            yield catalogue.FOLDER_WITHOUT_COLLECTION(folder=folder, file=missing).at(Location(path))


def too_deep(files: Sequence[tuple[Place, str]]) -> Iterator[Finding]:
    """Yield a finding for each folder that is deeper than a section."""
    seen: set[Address] = set()
    for place, path in files:
        folders = _folders(place.address)
        if len(folders) > MAX_DEPTH and folders[MAX_DEPTH] not in seen:
            seen.add(folders[MAX_DEPTH])
            issue = catalogue.FOLDER_TOO_DEEP(folder=folders[MAX_DEPTH], above=folders[MAX_DEPTH - 1])
            yield issue.at(Location(path))


def rootless(files: Sequence[tuple[Place, str]], default_locale: LocaleCode) -> Iterator[Finding]:
    """Yield a finding for each article without a collection, which readers can't find."""
    for place, path in files:
        if place.parent is None and not place.is_collection and place.locale == default_locale:
            yield catalogue.ARTICLE_AT_ROOT().at(Location(path))


def unnamed(places: Sequence[Place], default_locale: LocaleCode, file_of: Callable[[Place], str]) -> Iterator[Finding]:
    """Yield a finding for each collection without a name in a locale that its articles have."""
    named = {(place.address, place.locale): place for place in places if place.is_collection}
    lacking: defaultdict[Address, Counter[LocaleCode]] = defaultdict(Counter)
    for place in places:
        for folder in () if place.is_collection else _folders(place.address)[:MAX_DEPTH]:
            if (folder, default_locale) in named and (folder, place.locale) not in named:
                lacking[folder][place.locale] += 1
    for folder, locales in lacking.items():
        described = named[folder, default_locale]
        counted = [f"{locale} ({count} article{'s' * (count != 1)})" for locale, count in sorted(locales.items())]
        more = f", and add those of {len(locales) - 1} more locales" if len(locales) > 1 else ""
        file = file_of(replace(described, locale=min(locales)))
        issue = catalogue.NO_NAME_IN_LOCALES(folder=folder, locales=", ".join(counted), file=file, more=more)
        yield issue.at(Location(file_of(described)))


def sourceless(
    files: Sequence[tuple[Place, str]],
    default_locale: LocaleCode,
    file_of: Callable[[Place], str],
    renamed: Callable[[Place], Address | None],
) -> Iterator[Finding]:
    """Yield a finding for each translation of an article without a file in the default locale.

    `renamed` guesses the address that the article has now.
    """
    known = {place.address for place, _ in files if place.locale == default_locale}
    folded = {address.casefold(): address for address in known}
    for place, path in files:
        if place.address in known or place.is_collection:
            continue
        near = folded.get(place.address.casefold())
        missing = file_of(replace(place, locale=default_locale))
        if near:
            issue = catalogue.SOURCE_IN_OTHER_CASE(source=missing, near=near)
        elif (now := renamed(place)) is not None:
            new, path_now = (
                file_of(replace(place, address=now, locale=each)) for each in (default_locale, place.locale)
            )
            issue = catalogue.SOURCE_RENAMED(source=missing, new=new, path=path_now)
        else:
            issue = catalogue.NO_SOURCE(source=missing)
        yield issue.at(Location(path))


def same_ids(pins: Iterable[tuple[str, Mapping[str, str], Location]]) -> Iterator[Finding]:
    """Yield a finding for each file that pins the same id for the same remote as an earlier one.

    `pins` are, for each file: the kind of item, ids by remote, and the location of the key.
    """
    first: dict[tuple[str, str, str], Location] = {}
    for kind, ids, location in pins:
        for remote, number in ids.items():
            other = first.setdefault((kind, remote, number), location)
            if other is not location:
                yield catalogue.SAME_ID(id=number, other=other).at(location)
                break


def _folders(address: Address) -> list[Address]:
    parts = address.split("/")[:-1]
    return ["".join(f"{part}/" for part in parts[: end + 1]) for end in range(len(parts))]


LENGTH = 12


def source_digest(title: str, text: str) -> str:
    """Return the value of `source:` in a translation: 12 hex digits of the SHA-256 of the text in the default locale.

    That is the title, a newline, and the Markdown body without white space around it.
    """
    return hashlib.sha256(f"{title}\n{text.strip()}".encode()).hexdigest()[:LENGTH]


def stale(digest: str, title: str, text: str, location: Location) -> Iterator[Finding]:
    """Yield a finding if `digest`, at `location`, is not the digest of the source's title and text."""
    now = source_digest(title, text)
    if digest != now:
        yield catalogue.SOURCE_CHANGED(digest=digest, now=now).at(location)


MOST = 100
"""How many translations are looked up: if more lack their source, nobody renamed files one by one."""


def renamed(
    pages: Mapping[tuple[Address, LocaleCode], Page], default_locale: LocaleCode
) -> Callable[[Place], Address | None]:
    """Return a function that guesses the article that a translation without a source belongs to, or None.

    It is the article whose text `source:` names, or one that lacks the locale: with a similar name, or the only such
    one in the folder.
    """
    articles = {address for address, locale in pages if locale == default_locale and not address.endswith("/")}
    looked_up: set[Place] = set()

    @cache
    def by_digest() -> dict[str, Address]:
        sources = ((address, pages[address, default_locale]) for address in sorted(articles))
        return {source_digest(page.title, page.source.text): address for address, page in sources}

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


SHOWN = 5
_TITLE = re.compile(r"<summary>(.*?)</summary>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def broken_anchors(body: Body, bodies: Bodies) -> Iterator[tuple[Link, Finding]]:
    """Yield each link of `body` to a heading that its target lacks; targets without a body are skipped."""
    for link in body.links:
        target = link.target
        goal = bodies.get((target.address, target.locale))
        if goal is None or target.slug is None:
            continue
        slugs = [heading.slug for heading in goal.headings]
        if target.slug in slugs:
            continue
        where = "this article" if goal is body else f"{target.address} ({target.locale})"
        near = next(iter(get_close_matches(target.slug, slugs, n=1)), None)
        hint = None if near else _other_headings(slugs)
        if target.slug in map(slugify, _titles(goal)):
            hint = catalogue.NOT_A_HEADING
        issue = catalogue.NO_SUCH_HEADING(hint=hint, article=where, slug=target.slug, near=near)
        yield link, issue.at(link.location)


def _other_headings(slugs: Sequence[str]) -> str:
    if not slugs:
        return catalogue.NO_HEADINGS
    rest = ", …" if len(slugs) > SHOWN else ""
    return catalogue.OTHER_HEADINGS.format(headings=", ".join(f"#{slug}" for slug in slugs[:SHOWN]) + rest)


def _titles(body: Body) -> Iterator[str]:
    """Yield the titles of the body's collapsibles, which get no ids."""
    for title in _TITLE.findall(body.html):
        yield html.unescape(_TAG.sub("", title))


def links_to_drafts(
    body: Body,
    written: Callable[[Address, LocaleCode], State | None],
    begins: Callable[[Address, LocaleCode], State | None],
) -> Iterator[Finding]:
    """Yield a finding for each link of a published article's `body` to one that is a draft.

    `written` gives the state in the files; `begins` adds the one that new articles get without it.
    """
    for link in body.links:
        place = (link.target.address, link.target.locale)
        if begins(*place) != "draft":
            continue
        text = catalogue.TARGET_BEGINS_AS_DRAFT if written(*place) is None else catalogue.TARGET_IS_DRAFT
        yield text(address=link.target.address).at(link.location)
