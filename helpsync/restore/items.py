"""A snapshot in the form in which it is sent again, and its comparison with Intercom."""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from helpsync.baseline import LocaleRecord, Record, Snapshot
from helpsync.errors import Location
from helpsync.markdown import as_sent, canonical, placeholder, stored_headings, unused_mark
from helpsync.model import Article, Body, Heading, Label, Link, Reference, Translation
from helpsync.plan import (
    BodyChange,
    BodySides,
    FieldChange,
    LocaleChange,
    anchors_of,
    edited_at,
    edited_fields,
    managed_fields,
    remote_fields,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from helpsync.model import Address, Item, Kind, LocaleCode, Text
    from helpsync.plan import Bodies, Place
    from helpsync.restore.select import Owners, RestoreTarget

_OWN = re.compile(r'<a href="([^"]*)"')
_ARTICLE = re.compile(r"article:(?P<locale>[^/]+)/(?P<id>\d+)(?:#(?P<slug>.+))?", re.DOTALL)


@dataclass(slots=True)
class RestoreItem:
    """One item to restore.

    `remote` is the item in Intercom, None where it does not exist; `record` is its record in the baseline; `left` is
    the item as our last known write left it. `free`: no edit is in the way, because a push removed the item or the user
    said so (`overwritten` are the locales and fields of edits that are then overwritten). `took_interrupted_write`: a
    difference counts as the write of an interrupted run.
    """

    target: RestoreTarget
    snapshot: Snapshot
    record: Record
    remote: Item | None = None
    left: Item | None = None
    free: bool = False
    texts: dict[LocaleCode, Text] = field(default_factory=dict)
    overwritten: list[tuple[LocaleCode | None, str]] = field(default_factory=list)
    took_interrupted_write: bool = False

    @property
    def address(self) -> Address:
        """Return the address of the item."""
        return self.target.address

    def may_be_interrupted_write(self, locale: LocaleCode | None, name: str) -> bool:
        """Return whether an interrupted run may have written this field; the parent has no locale.

        What Intercom says was written after that write can have arrived is somebody's edit.
        """
        uncertain, in_flight_until = self.target.uncertain, self.target.in_flight_until
        if uncertain is None or in_flight_until is None:
            return False
        written = edited_at(self.remote, [locale] if locale else [], whole=locale is None)
        names = uncertain.fields.get(locale, ()) if locale else ("parent",) * uncertain.parent
        return name in names and (written is None or written <= in_flight_until)


class RestoreRenderer:
    """Prepares the texts of snapshots to be sent, with links to new ids and new headings."""

    def __init__(
        self,
        bodies: Bodies,
        items: Mapping[Address, RestoreItem],
        owners: Owners,
        present: Callable[[Address, str], Article | None],
    ) -> None:
        self._bodies = bodies
        self._items = items
        self._owners = owners
        self._present = present

    def know(self, item: RestoreItem) -> None:
        """Add the item's id, its URLs and its heading ids to the directory."""
        directory = self._bodies.directory
        if item.remote is not None and item.remote.id is not None:
            directory.ids[item.address] = item.remote.id
        former = item.snapshot.item
        if not isinstance(former, Article):
            return
        shown = item.remote.translations if isinstance(item.remote, Article) else {}
        for locale, text in former.translations.items():
            place = (item.address, locale)
            ours = _headings(text.html or "")
            ids = {heading.slug: heading.slug for heading in ours}
            directory.anchors[place] = ids
            if locale not in shown:
                continue
            now = shown[locale]
            if now.url:
                directory.urls[place] = now.url
            # A text that is not sent may have other heading ids by now; if ids are renewed, its link targets may too.
            alike = self._linkless if directory.heading_ids == "renew" else self._canonical
            if alike(text.html or "") == alike(now.html or ""):
                directory.anchors[place] = ids | anchors_of(ours, stored_headings(now.html or ""), ids)

    def text(self, place: Place, former: Text) -> Text:
        """Return the text of a snapshot as it is sent, with all its fields."""
        if isinstance(former, Label):
            return Label(former.locale, former.name, former.description or "")
        return Translation(
            former.locale,
            former.title,
            description=former.description or "",
            state=former.state,
            author=former.author,
            body=self._body(place, former.html or "", self._dead(place[0], former)),
        )

    def _dead(self, address: Address, former: Translation) -> frozenset[str]:
        """Return the ids of the articles to which links stay dead: readers don't see the links of a draft."""
        return self._items[address].target.dead if former.state == "draft" else frozenset()

    def _body(self, place: Place, stored: str, dead: frozenset[str]) -> Body:
        html = as_sent(stored)
        mark = unused_mark(html)
        links: list[Link] = []

        def lead(match: re.Match[str]) -> str:
            target = self._lead(self._bodies.own_link(entities.unescape(match[1])), dead)
            if target is None:
                return match[0]
            links.append(Link(target, Location(place[0])))
            return f'<a href="{placeholder(target, mark)}"'

        html = _OWN.sub(lead, html)
        return Body(html, tuple(links), _headings(stored), mark=mark)

    def _lead(self, name: str | None, dead: frozenset[str]) -> Reference | None:
        """Return the target of a link to an article that is restored or has a new id; None: the link stays as it is."""
        match = _ARTICLE.fullmatch(name or "")
        if match is None or match["id"] in dead:
            return None
        address = self._owners.get(("article", match["id"]))
        if address is None:
            return None
        item = self._items.get(address)
        moved = item.remote is None or item.remote.id != match["id"] if item else self._lives_on(address, match["id"])
        slug = match["slug"]
        known = slug if slug in self._bodies.directory.anchors.get((address, match["locale"]), {}) else None
        if not moved and (item is None or known is None):
            return None
        return Reference(match["locale"], address, known)

    def _lives_on(self, address: Address, identifier: str) -> bool:
        """Return whether an article that is not restored has another id now; the directory then knows it."""
        article = self._present(address, identifier)
        if article is None or article.id is None:
            return False
        directory = self._bodies.directory
        directory.ids[address] = article.id
        for locale, text in article.translations.items():
            if text.url:
                directory.urls[address, locale] = text.url
            ids = (name for name, _, _ in stored_headings(text.html or "") if name)
            directory.anchors.setdefault((address, locale), {name: name for name in ids})
        return True

    def lost_anchors(self, item: RestoreItem, locale: LocaleCode) -> list[str]:
        """Return the anchors of a restored body, and those that it links to, that can't be restored.

        They are ``#id`` or ``address#id``. Where Intercom renews heading ids, these are all of its own; anywhere, the
        missing ones of other articles.
        """
        former = item.snapshot.item.texts[locale]
        if not isinstance(former, Translation):
            return []
        html, dead = as_sent(former.html or ""), self._dead(item.address, former)
        renewed = stored_headings(html) if self._bodies.directory.heading_ids == "renew" else ()
        lost = [f"#{name}" for name, _, _ in renewed if name]
        for href in _OWN.findall(html):
            name = self._bodies.own_link(entities.unescape(href)) or ""
            if (match := _ARTICLE.fullmatch(name)) and self._lead(name, dead) is None and self._bodies.dead(name):
                address = self._owners.get(("article", match["id"]), match["id"])
                lost.append(f"{address}#{match['slug']}")
        return list(dict.fromkeys(lost))

    def linking(self, item: Item, ids: Collection[str]) -> tuple[LocaleCode, ...]:
        """Return the locales in which an item links to an article that had one of these ids."""
        found = []
        for locale, text in item.texts.items():
            html = text.html or "" if isinstance(text, Translation) else ""
            names = (self._bodies.own_link(entities.unescape(href)) for href in _OWN.findall(as_sent(html)))
            matches = (_ARTICLE.fullmatch(name or "") for name in names)
            if any(match is not None and match["id"] in ids for match in matches):
                found.append(locale)
        return tuple(found)

    def says(self, stored: Item, left: Item, locale: LocaleCode) -> bool:
        """Return whether an item still shows the body that was left there."""
        shown = stored.texts.get(locale)
        return shown is not None and self.same(
            "body", remote_fields(shown).get("body", ""), remote_fields(left.texts[locale]).get("body", "")
        )

    def sent(self, place: Place, text: Text) -> dict[str, str]:
        """Return all fields as they would be sent now; the body with its current link targets."""
        if isinstance(text, Translation) and text.body is not None:
            html = self._bodies.directory.filled(place, text.body, lambda key: key)
            return {**remote_fields(text), "body": html}
        return remote_fields(text)

    def same(self, name: str, one: str, other: str) -> bool:
        """Return whether two values of a field look the same to a reader."""
        if one == other or name != "body":
            return one == other
        return self._canonical(one) == self._canonical(other)

    def _canonical(self, html: str) -> str:
        return self._bodies.stored_canonical(html, {})

    def untouched(self, item: RestoreItem, locale: LocaleCode, name: str) -> bool:
        """Return whether Intercom shows a field as our last write left it."""
        shown = item.remote.texts.get(locale) if item.remote else None
        left = item.left.texts.get(locale) if item.left else item.record.locales.get(locale)
        if shown is None or left is None:
            return False
        recorded = not isinstance(left, LocaleRecord) or name in left.remote
        return recorded and name not in edited_fields(shown, left, self._bodies)

    def change(self, item: RestoreItem, locale: LocaleCode, names: frozenset[str]) -> LocaleChange:
        """Return what changes for the readers of a locale."""
        text = item.texts[locale]
        shown = item.remote.texts.get(locale) if item.remote else None
        before = remote_fields(shown) if shown else {}
        after = remote_fields(text)
        fields = {name: FieldChange(before.get(name), after[name]) for name in after if name in names - {"body"}}
        if "body" not in names or not isinstance(text, Translation) or text.body is None:
            return LocaleChange(fields)
        if "body" not in before:
            from helpsync.markdown import html_to_markdown  # noqa: PLC0415 - few restores create anything

            return LocaleChange(fields, BodyChange(after=html_to_markdown(text.body.html)))
        sides = BodySides((item.address, locale), text, before["body"], {})
        relink = self._linkless(self.sent((item.address, locale), text)["body"]) == self._linkless(before["body"])
        return LocaleChange(fields, BodyChange(after=text.body.html, sides=sides, relink=relink))

    def _linkless(self, html: str) -> str:
        """Return the canonical form in which all own links are alike."""
        return canonical(html, own_link=lambda href: "own" if self._bodies.own_link(href) else None)

    def edit(self, item: RestoreItem, locale: LocaleCode, names: frozenset[str]) -> LocaleChange:
        """Return what was edited in Intercom since our last write, or since the snapshot if that is unknown."""
        base = (item.left or item.snapshot.item).texts.get(locale) or item.snapshot.item.texts[locale]
        shown = item.remote.texts[locale] if item.remote else base
        before, after = remote_fields(base), remote_fields(shown)
        fields = {name: FieldChange(before[name], after[name]) for name in after if name in names - {"body"}}
        if "body" not in names or not isinstance(base, Translation):
            return LocaleChange(fields)
        html = as_sent(base.html or "")
        wanted = Translation(locale, base.title, body=Body(html, mark=unused_mark(html)))
        sides = BodySides((item.address, locale), wanted, after["body"], {}, edited=True)
        return LocaleChange(fields, BodyChange(sides=sides, edited=True))


def _headings(stored: str) -> tuple[Heading, ...]:
    """Return the headings of a stored body with their former ids."""
    return tuple(Heading(name or f"-{number}", said) for number, (name, said, _) in enumerate(stored_headings(stored)))


def filled_fields(text: Text, kind: Kind) -> Iterable[str]:
    """Return the fields of a text that are not empty: an item that is created again is sent no others."""
    said = managed_fields(text, kind)
    return [*(name for name, value in said.items() if value), *(["body"] if isinstance(text, Translation) else [])]


def with_pictures(record: Record, snapshot: Snapshot) -> Record:
    """Return the record with the pictures that are restored, so that their files are recognised later."""
    locales = {
        locale: replace(text, images={**snapshot.images[locale], **text.images})
        if snapshot.images.get(locale, {}).keys() - text.images.keys()
        else text
        for locale, text in record.locales.items()
    }
    return replace(record, locales=locales)
