"""The bodies of both sides in the forms that are compared: as sent, in canonical form, and as Markdown for people."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

from helpsync.baseline import LocaleRecord, digest
from helpsync.markdown import (
    canonical,
    canonical_ignoring_levels,
    fill,
    flatten_lists,
    link_addresses,
    picture_addresses,
)
from helpsync.model import FormerBody, FormerLink, Reference, Translation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.model import Address, Text
    from helpsync.plan.links import Directory, Place
    from helpsync.plan.plan import BodySides

    Past: TypeAlias = Callable[[Place, str, FormerBody], Text | None]

_OWN_LINK = re.compile(r'<a href="(article:[^/"]*/(\d+))[^"]*">(.*?)</a>', re.DOTALL)
_LOCAL = "sha256:"


def no_past(_place: Place, _blob: str, _former: FormerBody) -> None:
    """Return None: no earlier version of any file is available."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """Reads the bodies of both sides so that they can be compared.

    `past` returns an earlier version of a file, by its place, git's blob id and the former targets of its links; None
    where it is not available. `recorded` are the ids of the articles in the baseline. `dead` returns whether an own
    link leads to a heading that its article does not have.
    """

    directory: Directory
    own_link: Callable[[str], str | None]
    past: Past = no_past
    recorded: frozenset[str] = frozenset()
    dead: Callable[[str], bool] = lambda _name: False

    def template_digest(self, translation: Translation) -> str:
        """Return the digest of the rendered body without link targets and heading ids; empty without a body."""
        if translation.body is None:
            return digest("")
        return digest(
            fill(translation.body, link=lambda _: "helpsync:own", heading=lambda _: "", image=lambda key: key)
        )

    def wanted(self, address: Address, translation: Translation, *, unnested: bool = False) -> str:
        """Return the desired body as it would be sent now, with pictures as their keys."""
        if translation.body is None:
            return ""
        html = self.directory.filled((address, translation.locale), translation.body, lambda key: key)
        return flatten_lists(html) if unnested else html

    def wanted_canonical(
        self, address: Address, translation: Translation, *, unnested: bool = False, levels: bool = True
    ) -> str:
        """Return the canonical form of the desired body, with or without heading levels."""
        html = self.wanted(address, translation, unnested=unnested)
        form = canonical if levels else canonical_ignoring_levels
        return form(html, own_link=self.own_link, image=lambda src: src)

    def stored_canonical(self, html: str, images: Mapping[str, str], *, levels: bool = True) -> str:
        """Return the canonical form of a stored body; `images` maps stored paths to the keys that were sent."""
        form = canonical if levels else canonical_ignoring_levels
        return form(html, own_link=self.own_link, image=lambda src: images.get(src.partition("?")[0]))

    def canonical_ignoring_links(self, form: str) -> str:
        """Return the canonical form without link details that an interrupted push may have left stale.

        These are the heading of a link, and links to articles that no baseline knows yet.
        """

        def link(match: re.Match[str]) -> str:
            return f'<a href="{match[1]}">{match[3]}</a>' if match[2] in self.recorded else match[3]

        return _OWN_LINK.sub(link, form)

    def past_of(self, place: Place, record: LocaleRecord, stored: str) -> Text | None:
        """Return the text of a file as both sides last agreed on it, None where it is not available."""
        return self.past(place, record.blob, self.former(record, stored)) if record.blob else None

    def former(self, record: LocaleRecord, stored: str) -> FormerBody:
        """Return the former targets of a text's links and pictures; `stored` is the body in Intercom.

        The baseline does not record the order of pictures, so that of the stored body counts.
        """
        urls: dict[str, str] = {}
        for href in link_addresses(stored):
            if name := self.own_link(href):
                urls.setdefault(name.removeprefix("article:"), href)
        return FormerBody(
            tuple(self._former_link(name, urls) for name in record.links),
            tuple(record.images[path] for path in picture_addresses(stored) if path in record.images),
        )

    def _former_link(self, name: str, urls: Mapping[str, str]) -> FormerLink:
        """Return the former target of a link from its name in the baseline (`Directory.name`)."""
        path, _, heading = name.partition("#")
        locale, _, identifier = path.partition("/")
        if not path:
            return FormerLink()
        address = identifier[1:] if identifier.startswith("@") else self.directory.article(identifier)
        url = urls.get(name) or urls.get(path) or self.directory.url(locale, identifier)
        if address is None or (address, locale) not in self.directory.files:
            return FormerLink(url=url)
        slugs = self.directory.anchors.get((address, locale), {})
        slug = next((slug for slug, identifier in slugs.items() if identifier == heading), None)
        return FormerLink(Reference(locale, address, slug), url)


def markdown_of(sides: BodySides, picture: Callable[[str], str | None], *, bodies: Bodies) -> tuple[str, str]:
    """Return both sides of a body as Markdown, the old one first; `picture` returns a local picture's path by its key.

    Both sides are converted from HTML, so they differ only in what readers see, not in how a writer wrote it.
    """
    from helpsync.markdown import html_to_markdown  # noqa: PLC0415 - few runs show such a body

    past = bodies.past_of(sides.place, sides.base, sides.stored) if sides.base else None
    wanted = past if isinstance(past, Translation) and past.body else sides.wanted
    names = LinkNames(bodies, sides.place, wanted, picture)

    def stored_picture(src: str) -> str | None:
        return names.picture(sides.images.get(src.partition("?")[0]))

    theirs = html_to_markdown(sides.stored, own_link=names.link, image=stored_picture)
    ours = ""
    if wanted:
        html = bodies.wanted(sides.place[0], wanted)
        ours = html_to_markdown(html, own_link=names.link, image=names.picture)
        if (flat := flatten_lists(html)) != html:
            # A workspace that refuses nested lists stores this form: compare with the nearer one.
            flat = html_to_markdown(flat, own_link=names.link, image=names.picture)
            lines = set(theirs.splitlines())
            ours = max(ours, flat, key=lambda text: len(lines.intersection(text.splitlines())))
    return (ours, theirs) if sides.edited else (theirs, ours)


class LinkNames:
    """Names the own links and pictures of one body as a writer would."""

    def __init__(
        self, bodies: Bodies, place: Place, wanted: Translation | None, picture: Callable[[str], str | None]
    ) -> None:
        self._directory = bodies.directory
        self._own_link = bodies.own_link
        self._picture = picture
        self._folder = posixpath.dirname(self._directory.files.get(place, ""))
        self._slugs: dict[Place, dict[str, str]] = {}
        self._place = place
        own = self._slugs_of(place)
        for heading in wanted.body.headings if wanted and wanted.body else ():
            own.setdefault(self._directory.heading_id(place, heading.slug), heading.slug)

    def link(self, href: str, *, alive: bool = False) -> str | None:
        """Return the path that a writer would write, None for a link that does not lead to an article of the tree.

        With `alive`, a link to a missing heading leads to the top of the article, as it does for readers.
        """
        if href.startswith("#"):
            slug = self._slugs_of(self._place).get(unquote(href[1:]))
            top = self._directory.files.get(self._place) if alive else None
            return f"#{slug}" if slug else self._relative(top) if top else None
        name = self._own_link(href)
        if name is None:
            return None
        path, _, fragment = name.removeprefix("article:").partition("#")
        locale, _, identifier = path.partition("/")
        place = (self._directory.article(identifier) or "", locale)
        file = self._directory.files.get(place)
        if file is None or not self._means(place):
            return None
        slug = self._slugs_of(place).get(fragment, "" if alive else fragment)
        return self._relative(file) + (f"#{slug}" if slug else "")

    def _means(self, place: Place) -> bool:
        """Return whether a path leads to a place; a path to a file of the default locale means any locale."""
        here = self._place[1]
        return (
            place[1] == here
            or place[1] != self._directory.default_locale
            or (place[0], here) not in self._directory.files
        )

    def picture(self, key: str | None) -> str | None:
        """Return the path or URL that a writer would write for a picture, None for one that helpsync did not send."""
        if key is None or not key.startswith(_LOCAL):
            return key
        path = self._picture(key)
        return self._relative(path) if path else key[: len(_LOCAL) + 12]

    def _relative(self, path: str) -> str:
        return posixpath.relpath(path, self._folder or ".").replace(" ", "%20")

    def _slugs_of(self, place: Place) -> dict[str, str]:
        if place not in self._slugs:
            anchors = self._directory.anchors.get(place, {})
            self._slugs[place] = {identifier: slug for slug, identifier in anchors.items()}
        return self._slugs[place]
