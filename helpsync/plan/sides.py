"""Both sides of a body as Markdown, for people who compare them: links and pictures named as in the tree's files."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from helpsync.markdown import flatten_lists
from helpsync.model import Translation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.baseline.records import LocaleRecord
    from helpsync.plan.links import Place
    from helpsync.plan.threeway import Bodies

_LOCAL = "sha256:"


@dataclass(frozen=True, slots=True)
class Sides:
    """What readers have and what the tree asks for, of one body; called, it gives both as Markdown, the old one first.

    Both are read back from HTML, so that only what readers could see differs, not how a writer put it. `stored` is
    what readers have, `images` maps its pictures' paths to the keys that were sent; `wanted` is None when the text
    goes. With `edited` the tree's text is the old one and what readers have the new one; where the file as last
    pushed, which the record `base` names, is at hand, that file's text is the old one.
    """

    bodies: Bodies
    place: Place
    wanted: Translation | None
    stored: str
    images: Mapping[str, str]
    edited: bool = False
    base: LocaleRecord | None = None

    def __call__(self, picture: Callable[[str], str | None]) -> tuple[str, str]:
        """Return both sides; `picture` gives the path of a local picture by its key."""
        from helpsync.markdown import html_to_markdown  # noqa: PLC0415 - few runs show such a body

        past = self.bodies.past_of(self.place, self.base, self.stored) if self.base else None
        wanted = past if isinstance(past, Translation) and past.body else self.wanted
        names = Names(self.bodies, self.place, wanted, picture)
        theirs = html_to_markdown(
            self.stored, own_link=names.link, image=lambda src: names.picture(self.images.get(src.partition("?")[0]))
        )
        ours = ""
        if wanted:
            html = self.bodies.wanted(self.place[0], wanted)
            ours = html_to_markdown(html, own_link=names.link, image=names.picture)
            if (flat := flatten_lists(html)) != html:
                # What a workspace that refuses lists in lists got of this text, where that is nearer.
                flat = html_to_markdown(flat, own_link=names.link, image=names.picture)
                lines = set(theirs.splitlines())
                ours = max(ours, flat, key=lambda text: len(lines.intersection(text.splitlines())))
        return (ours, theirs) if self.edited else (theirs, ours)


class Names:
    """Names own links and pictures of one body as a writer would, by what is known of the help center."""

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
        """Return how a writer would lead there, None for what is no article of the tree.

        With `alive` a heading that is not there is left out: the article's top is what a reader gets then.
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
        """Return whether a path leads there: one to a file of the default locale means the article in the reader's."""
        here = self._place[1]
        return (
            place[1] == here
            or place[1] != self._directory.default_locale
            or (place[0], here) not in self._directory.files
        )

    def picture(self, key: str | None) -> str | None:
        """Return how a writer would name a picture, None for one that helpsync did not send."""
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
