"""The text of one file: Intercom's text as a page, or its edit carried into the page that both sides last agreed on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from helpsync.baseline import LocaleRecord, digest
from helpsync.content import (
    FormerTexts,
    Links,
    PictureResolver,
    Place,
    TextReader,
    followed,
    new_page,
    nfc,
    path_of,
    readable,
    split_page,
    with_body,
    with_fields,
)
from helpsync.markdown import PublicImage, flatten_lists, html_to_markdown, patch_source
from helpsync.model import Article, Label, Translation
from helpsync.plan import LinkNames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from helpsync.content import Value
    from helpsync.markdown import ImageTarget
    from helpsync.model import Address, Admin, FormerBody, Item, LocaleCode, Text
    from helpsync.plan import Bodies
    from helpsync.plan import Place as PlaceKey
    from helpsync.pull.decide import ItemPull, TextPull
    from helpsync.pull.images import PulledPictures
    from helpsync.settings import Config

_UNTITLED = "Untitled"
_ABSOLUTE = re.compile(r"//|[A-Za-z][A-Za-z0-9+.-]*:")


class PulledTree:
    """The content tree as it will be once a pull has written its files; it reads texts that are not on disk yet.

    `places` are those that will have a file, `keys` the keys of pictures by their paths, relative to helpsync.yaml.
    """

    def __init__(self, config: Config, places: Iterable[PlaceKey], keys: Mapping[str, str]) -> None:
        self._config = config
        self._links = Links(config, (Place(*place) for place in places))
        self._pictures = PictureResolver(config)
        self._keys = keys
        self._reader = TextReader(config, self._links, self._picture)
        # A merge asks for the same few texts more than once.
        self.text = lru_cache(maxsize=8)(self._text)

    def _text(self, place: PlaceKey, raw: str) -> Text | None:
        """Return what a file with this text asks for; None if its frontmatter can't be used."""
        return self._reader.read(Place(*place), raw)

    def pins(self, place: PlaceKey, raw: str) -> dict[str, str]:
        """Return the ids that a file with this text pins by remote, the default one without a name."""
        page = self._reader.page(Place(*place), raw)
        return dict(page.fields["id"] or {}) if page else {}

    def path(self, place: PlaceKey) -> str:
        """Return the path of a place's file, relative to helpsync.yaml."""
        return path_of(self._config, Place(*place))

    def readdressed(self, raw: str, place: PlaceKey, former: FormerBody, picture: Callable[[str], str | None]) -> str:
        """Return a former text with links and pictures as they are named now; `picture` gives a path by its key."""
        return FormerTexts(self._reader, picture).text(raw, place, former)

    def _picture(self, src: str, here: Place) -> ImageTarget:
        folder = path_of(self._config, here).split("/")[:-1]
        path = followed(folder, nfc(src.replace("%20", " ")))
        key = self._keys.get(path) if path else None
        return PublicImage(key) if key else self._pictures.resolve(src, here)


@dataclass(frozen=True)
class Frontmatter:
    """Says in frontmatter what Intercom shows; `remote` is the name of the remote whose ids a file pins."""

    config: Config
    admins: Sequence[Admin]
    remote: str

    def of(self, item: Item, locale: LocaleCode, *, pin: bool) -> dict[str, Value]:
        """Return the keys of a new file, in the documented order, without those that say what holds anyway."""
        text = item.texts[locale]
        if isinstance(text, Label):
            fields: dict[str, Value | None] = {"name": readable(text.name) or _UNTITLED}
            fields["description"] = text.description if item.kind == "collection" else None
        else:
            main = item.translations.get(self.config.default_locale) if isinstance(item, Article) else None
            if main is None or main is text:
                default_state: str | None = self.config.state
                is_default = self._is_default_author(text.author)
            else:
                default_state, is_default = main.state, text.author == main.author
            fields = {
                "title": readable(text.title) or _UNTITLED,
                "description": text.description,
                "author": None if is_default else self.author(text.author),
                "state": None if text.state == default_state else text.state,
            }
        if pin and locale == self.config.default_locale and item.id:
            fields["id"] = self.pin(item.id)
        return {name: value for name, value in fields.items() if value}

    def changes(
        self, item: Item, locale: LocaleCode, edited: Iterable[str], present: Iterable[str]
    ) -> dict[str, Value | None]:
        """Return the lines for fields that were edited in Intercom; None removes one. `present` are the file's keys."""
        text, keys = item.texts[locale], set(present)
        new: Mapping[str, Value | None] = self.of(item, locale, pin=False)
        changes: dict[str, Value | None] = {}
        for name in edited:
            value = new.get(name)
            if name in ("author", "state") and name in keys and isinstance(text, Translation):
                # Somebody wrote this line, so it stays even if it says what would be so without it.
                value = self.author(text.author) if name == "author" else text.state
            if value is not None or name in keys:
                changes[name] = value
        return changes

    def pin(self, identifier: str, others: Mapping[str, str] = MappingProxyType({})) -> Value:
        """Return what pins an id, beside `others` by their remotes: the default remote alone needs no name."""
        default = self.config.default_remote.name
        pins = {(remote or default): number for remote, number in others.items()} | {self.remote: identifier}
        return identifier if set(pins) == {default} else pins

    def author(self, identifier: str | None) -> str | None:
        """Return how a file names a teammate: by email, by a name that nobody else has, or by id."""
        found = self._admin(identifier)
        if found is None:
            return identifier
        names = [admin.name for admin in self.admins]
        return found.email or (found.name if found.name and names.count(found.name) == 1 else found.id)

    def _admin(self, identifier: str | None) -> Admin | None:
        return next((admin for admin in self.admins if admin.id == identifier), None)

    def _is_default_author(self, identifier: str | None) -> bool:
        default, found = (self.config.author or "").casefold(), self._admin(identifier)
        names = {found.id, found.name.casefold(), (found.email or "").casefold()} if found else set()
        return bool(default) and default in names


@dataclass(frozen=True)
class PageWriter:
    """Writes pages from what Intercom shows, with links and pictures as they are named in the tree after the pull."""

    tree: PulledTree
    bodies: Bodies
    pictures: PulledPictures
    frontmatter: Frontmatter

    def new(self, item: Item, place: PlaceKey, *, pin: bool) -> str:
        """Return the text of a new file."""
        text = item.texts[place[1]]
        html = (text.html or "") if isinstance(text, Translation) else ""
        body = self._markdown(place, None, html, _key_in(self.pictures.images(html)))
        return new_page(self.frontmatter.of(item, place[1], pin=pin), body)

    def edited(self, base: str, pull: ItemPull, text: TextPull) -> str:
        """Return `base`, the page that both sides last agreed on, with the edits made in Intercom.

        Unchanged blocks stay as the writer wrote them, as far as the patched page says what Intercom shows.
        """
        raw, place = base, (pull.address, text.locale)
        if text.fields and pull.remote is not None and text.wanted is not None:
            present = text.wanted.source.positions.keys() if text.wanted.source else ()
            raw = with_fields(raw, self.frontmatter.changes(pull.remote, place[1], text.fields, present))
        if not text.body or not isinstance(text.remote, Translation):
            return raw
        html = text.remote.html or ""
        images = self.pictures.images(html)
        agreed = self.tree.text(place, base)
        after = self._markdown(place, agreed, html, _key_in(images))
        rewritten = with_body(raw, ("\n" if split_page(raw)[1].startswith("\n") else "") + after)
        if not isinstance(agreed, Translation) or agreed.source is None:
            return rewritten
        before = self._markdown(place, agreed, self._as_stored(place[0], agreed, text.record), str)
        patched = with_body(raw, patch_source(agreed.source.text, before, after))
        stored, form = self.bodies.stored_canonical(html, images), partial(self._form, place)
        said = form(patched)
        if said is not None and (
            said == stored
            # What Markdown can't say, such as a dead link, the rewritten page does not say either.
            or said == form(rewritten)
            # Intercom may have refused the lists in lists of the agreed text.
            or (not _was_shown(text.record, form(base)) and form(patched, unnested=True) == stored)
        ):
            return patched
        return rewritten

    def _form(self, place: PlaceKey, raw: str, *, unnested: bool = False) -> str | None:
        """Return the canonical form of what a page with this text says; None if it can't be read."""
        text = self.tree.text(place, raw)
        if not isinstance(text, Translation):
            return None
        return self.bodies.wanted_canonical(place[0], text, unnested=unnested)

    def _as_stored(self, address: Address, agreed: Translation, record: LocaleRecord | None) -> str:
        """Return the HTML that Intercom stored for the agreed text: without lists in lists if it refused those."""
        html = self.bodies.wanted(address, agreed)
        flat = flatten_lists(html)
        if flat != html and _was_shown(record, self.bodies.wanted_canonical(address, agreed, unnested=True)):
            return flat
        return html

    def _markdown(self, place: PlaceKey, text: Text | None, html: str, key_of: Callable[[str], str | None]) -> str:
        """Return a body as Markdown; `key_of` gives a picture's key by its address."""
        wanted = text if isinstance(text, Translation) else None
        names = LinkNames(self.bodies, place, wanted, self.pictures.paths.get)
        directory, (address, locale) = self.bodies.directory, place
        slugs = {identifier: slug for slug, identifier in directory.anchors.get(place, {}).items()}
        url = directory.urls.get(place) or f"{directory.base}/{locale}/articles/{directory.ids.get(address, '')}"

        def link(href: str) -> str | None:
            named = names.link(href, alive=True)
            if named is not None or _ABSOLUTE.match(href):
                return named
            # A path within the help center, or a slip: as it stands, it would lead elsewhere in the tree.
            absolute = urljoin(url, href)
            return names.link(absolute, alive=True) or absolute

        return html_to_markdown(html, own_link=link, image=lambda src: names.picture(key_of(src)), anchor=slugs.get)


def _key_in(images: Mapping[str, str]) -> Callable[[str], str | None]:
    """Return what gives a picture's key by its signed address."""
    return lambda src: images.get(src.partition("?")[0])


def _was_shown(record: LocaleRecord | None, form: str | None) -> bool:
    """Return whether Intercom showed this canonical form when both sides last agreed."""
    return record is not None and form is not None and record.remote.get("body") == digest(form)
