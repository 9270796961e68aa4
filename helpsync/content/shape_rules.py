"""Rules about the shape of the tree: collections, depth, translations and ids that belong together."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.errors import Location
from helpsync.findings.catalogue import finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from helpsync.content.places import Place
    from helpsync.model import Address, Finding, LocaleCode

MAX_DEPTH = 2
"""Folders above an article in API 2.9: a collection and a section (facts: Collections and sections)."""


def missing_collections(
    files: Sequence[tuple[Place, str]], default_locale: LocaleCode, file_of: Callable[[Place], str]
) -> Iterator[Finding]:
    """Yield a finding for each folder that holds Markdown, or folders that do, and is not described by a file.

    `files` are places and the paths that messages show; `file_of` gives the path that a place should have.
    """
    described = {place.address for place, _ in files if place.is_collection and place.locale == default_locale}
    seen: set[Address] = set()
    for place, path in files:
        for folder in _folders(place.address)[:MAX_DEPTH]:
            if folder in described or folder in seen:
                continue
            seen.add(folder)
            missing = file_of(replace(place, address=folder, locale=default_locale))
            message = f"the folder {folder} is no collection: it has no {missing}"
            yield finding("missing-collection", message, Location(path), f"add {missing} with a `name`")


def too_deep(files: Sequence[tuple[Place, str]]) -> Iterator[Finding]:
    """Yield a finding for each folder that lies deeper than collection and section."""
    seen: set[Address] = set()
    for place, path in files:
        folders = _folders(place.address)
        if len(folders) > MAX_DEPTH and folders[MAX_DEPTH] not in seen:
            seen.add(folders[MAX_DEPTH])
            message = f"the folder {folders[MAX_DEPTH]} is too deep: API 2.9 has collections and sections, no more"
            yield finding("too-deep", message, Location(path), f"move its files to {folders[MAX_DEPTH - 1]}")


def rootless(files: Sequence[tuple[Place, str]], default_locale: LocaleCode) -> Iterator[Finding]:
    """Yield a finding for each article in no collection, which readers can't find (facts: Articles)."""
    for place, path in files:
        if place.parent is None and not place.is_collection and place.locale == default_locale:
            message = "the article is in no collection, so readers can't find it in the Help Center"
            yield finding("no-collection", message, Location(path), "move it into a folder with a _collection.md")


def unnamed(places: Sequence[Place], default_locale: LocaleCode, file_of: Callable[[Place], str]) -> Iterator[Finding]:
    """Yield a finding for each collection that has no name in a locale that articles in it have."""
    named = {(place.address, place.locale): place for place in places if place.is_collection}
    lacking: defaultdict[Address, Counter[LocaleCode]] = defaultdict(Counter)
    for place in places:
        for folder in () if place.is_collection else _folders(place.address)[:MAX_DEPTH]:
            if (folder, default_locale) in named and (folder, place.locale) not in named:
                lacking[folder][place.locale] += 1
    for folder, locales in lacking.items():
        described = named[folder, default_locale]
        counted = [f"{locale} ({count} article{'s' * (count != 1)})" for locale, count in sorted(locales.items())]
        message = f"{folder} has no name in {', '.join(counted)}"
        more = f", and add those of {len(locales) - 1} more locales" if len(locales) > 1 else ""
        hint = f"add {file_of(replace(described, locale=min(locales)))} with a `name`{more}"
        yield finding("unnamed-collection", message, Location(file_of(described)), hint)


def sourceless(
    files: Sequence[tuple[Place, str]],
    default_locale: LocaleCode,
    file_of: Callable[[Place], str],
    renamed: Callable[[Place], Address | None],
) -> Iterator[Finding]:
    """Yield a finding for each translation of an article that the default locale does not have.

    `renamed` gives the address that the article probably has now.
    """
    known = {place.address for place, _ in files if place.locale == default_locale}
    folded = {address.casefold(): address for address in known}
    for place, path in files:
        if place.address in known or place.is_collection:
            continue
        near = folded.get(place.address.casefold())
        missing = file_of(replace(place, locale=default_locale))
        hint = f"add {missing}, or remove the translation"
        if (now := renamed(place)) is not None:
            moved, source = (
                file_of(replace(place, address=now, locale=each)) for each in (place.locale, default_locale)
            )
            hint = f"{source} may be its new name: rename this to {moved}; or {hint}"
        if near:
            hint = f"write the name as {near} is written: upper and lower case count"
        yield finding("missing-source", f"this translates {missing}, which does not exist", Location(path), hint)


def same_ids(pins: Iterable[tuple[str, Mapping[str, str], Location]]) -> Iterator[Finding]:
    """Yield a finding for each file that pins an id that another one pins for the same remote.

    `pins` are, for each file: the kind of item, ids by remote, and where the key stands.
    """
    first: dict[tuple[str, str, str], Location] = {}
    for kind, ids, location in pins:
        for remote, number in ids.items():
            other = first.setdefault((kind, remote, number), location)
            if other is not location:
                message = f"the id {number} is pinned here and in {other}"
                yield finding("duplicate-id", message, location, "one item has one file: remove one of the two ids")
                break


def _folders(address: Address) -> list[Address]:
    parts = address.split("/")[:-1]
    return ["".join(f"{part}/" for part in parts[: end + 1]) for end in range(len(parts))]
