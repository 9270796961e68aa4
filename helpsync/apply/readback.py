"""Compares a reply with the write: whether readers have it, what differs, and which ids it teaches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.apply.state import Difference
from helpsync.errors import Location, MultilingualOff, OtherDefaultLocale
from helpsync.markdown import (
    canonical,
    canonical_ignoring_levels,
    diff_texts,
    line_locator,
    one_line,
    picture_addresses,
    stable_html,
    stored_headings,
)
from helpsync.model import Article, Translation
from helpsync.plan import LinkNames, anchors_of, edited_fields, ids_to_send, images_of, managed_fields, remote_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from helpsync.apply.state import Run, Sent
    from helpsync.errors import ConfigError
    from helpsync.markdown import ChangedBlock
    from helpsync.model import Item, LocaleCode, Text
    from helpsync.plan import Step


def wrong_settings(run: Run, step: Step, shown: Item) -> ConfigError | None:
    """Return the error when a reply shows another default locale, or a help center with only one locale."""
    default = run.planned.desired.default_locale
    if default not in shown.texts:
        return OtherDefaultLocale(default, next(iter(shown.texts)))
    if step.desired is None or len(shown.texts) > 1 or not step.sends.keys() - shown.texts.keys():
        return None
    return MultilingualOff(len(step.desired.texts))


def unmet(run: Run, step: Step, sent: Sent) -> str | None:
    """Return why readers do not have what was sent, None when they do.

    While a teammate's draft is pending, the reply and readers keep the old text. Intercom's own changes of the text
    (spaces, heading levels) don't count.
    """
    shown = sent.shown
    old = [
        f"{locale} {name}"
        for locale, names in sorted(step.sends.items())
        if step.desired is not None and locale in shown.texts and step.remote and locale in step.remote.texts
        for name in sorted(names)
        if _kept_old(run, step, sent, locale, name)
    ]
    for locale in sorted(step.drafts):
        text = shown.texts.get(locale)
        old += [f"{locale} state"] if isinstance(text, Translation) and text.state == "published" else []
    parent = step.desired.parent if step.desired and step.parent else None
    if parent is not None and step.remote and shown.parent_id == step.remote.parent_id:
        wanted = run.planned.directory.ids.get(parent)
        old += ["parent"] if wanted != shown.parent_id else []
    if old:
        return (
            f"Intercom still shows the old {', '.join(old)}: most likely a teammate's draft is pending there; "
            "publish or discard it, then push again"
        )
    unseen = sorted(step.sends.keys() - shown.texts.keys())
    if unseen:
        return f"Intercom does not show {', '.join(unseen)}: is the locale switched on in the help center's settings?"
    return None


def _kept_old(run: Run, step: Step, sent: Sent, locale: LocaleCode, name: str) -> bool:
    after = sent.shown.texts[locale]
    before = step.remote.texts[locale] if step.remote else after
    wanted = step.desired.texts[locale] if step.desired else after
    shows = remote_fields(after).get(name, "")
    if name != "body" or not isinstance(wanted, Translation):
        meant = managed_fields(wanted, step.kind).get(name, "")
        return name not in edited_fields(after, before, run.planned.bodies) and meant.split() != shows.split()
    # For a picture that it has already, Intercom may reply with the earlier path.
    record = step.record.locales.get(locale) if step.record else None
    images = {**images_of(wanted, shows), **(record.images if record else {})}
    bodies = run.planned.bodies
    if "body" in edited_fields(after, before, bodies, images):
        return False
    meant = bodies.wanted_canonical(step.address, wanted, unnested=locale in sent.unnested, levels=False)
    return bodies.stored_canonical(shows, images, levels=False) != meant


def learn(run: Run, step: Step, shown: Item, *, met: bool) -> None:
    """Take ids and URLs from a reply and, where it shows what was sent, heading ids and whether Intercom keeps ours."""
    directory = run.planned.directory
    if shown.id is None:
        return
    run.seen[step.kind].add(shown.id)
    directory.ids[step.address] = shown.id
    if not isinstance(shown, Article) or not isinstance(step.desired, Article):
        return
    for locale, text in shown.translations.items():
        place = (step.address, locale)
        if text.url:
            directory.urls[place] = text.url
        wanted = step.desired.translations.get(locale)
        if not met or locale not in step.sends or wanted is None or wanted.body is None:
            continue
        sent = {heading.slug: directory.heading_id(place, heading.slug) for heading in wanted.body.headings}
        shows = anchors_of(wanted.body.headings, stored_headings(text.html or ""), sent)
        if "body" in step.sends[locale] and shows:
            run.kept_ids = run.kept_ids or any(sent[slug] == identifier for slug, identifier in shows.items())
            directory.heading_ids = "keep" if run.kept_ids else "renew"
        directory.anchors[place] = ids_to_send(wanted.body.headings, shows)


_HEADING_ID = re.compile(r'(<h[1-6]\b[^>]*?) id="[^"]*"')
_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=)"[^"]*"')
_LEVEL = re.compile(r"^[> ]*#{1,6}(?=\s)", re.MULTILINE)
_BODY = "Intercom shows the body otherwise, in a way that Markdown cannot show"


def find_differences(
    run: Run, step: Step, sent: Sent, links: Mapping[LocaleCode, tuple[str, ...]]
) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """Return what Intercom dropped or changed of a write, and notes of changes that are usual for it.

    Call it before `learn`: headings are named as they were sent. `links` names the targets of the own links of each
    body; a body that lacks some of its links is compared when it is sent again with them. Invisible differences don't
    count; other heading levels alone are a note. Unchanged texts cost next to nothing.
    """
    if step.desired is None:
        return (), ()
    found: list[Difference] = []
    relevelled: list[LocaleCode] = []
    for locale, names in sorted(step.sends.items()):
        wanted, shown = step.desired.texts[locale], sent.shown.texts.get(locale)
        if shown is None:
            continue
        found += _fields(step, wanted, shown, names)
        if any("/@" in name for name in links.get(locale, ())) or locale not in sent.bodies:
            continue
        if isinstance(wanted, Translation) and isinstance(shown, Translation) and "body" in names:
            body = _Body(run, step, wanted, sent.bodies[locale], shown.html or "")
            found += body.differences()
            relevelled += [locale] if body.relevelled else []
    found += _parent(run, step, sent)
    notes = f"Intercom shows headings at other levels ({', '.join(relevelled)})"
    return tuple(found), (notes,) if relevelled else ()


def _fields(step: Step, wanted: Text, shown: Text, names: frozenset[str]) -> Iterator[Difference]:
    is_shown = remote_fields(shown)
    for name, meant in managed_fields(wanted, step.kind).items():
        if name not in names or meant.split() == is_shown[name].split():
            continue
        if isinstance(shown, Translation) and name in ("state", "author") and getattr(shown, name) is None:
            continue  # the reply does not say
        place = wanted.source.at(name) if wanted.source else None
        yield Difference(place, wanted.locale, name, f"Intercom shows another {name}", meant, is_shown[name])


def _parent(run: Run, step: Step, sent: Sent) -> Iterator[Difference]:
    parent = step.desired.parent if step.desired and step.parent else None
    wanted = run.planned.directory.ids.get(parent) if parent is not None else None
    shown = sent.shown.parent_id
    if parent is None or step.desired is None or wanted == shown:
        return
    ids = {identifier: address for address, identifier in run.planned.directory.ids.items() if address.endswith("/")}
    locale = run.planned.desired.default_locale
    source = step.desired.texts[locale].source if locale in step.desired.texts else None
    place = Location(source.path, 1) if source else None
    yield Difference(place, locale, "parent", "Intercom shows another parent", parent, ids.get(shown or "", shown))


def is_as_sent(run: Run, step: Step, wanted: Translation, sent: str, shown: str) -> bool:
    """Return whether a stored body is what was sent, apart from invisible differences and heading levels."""
    return _Body(run, step, wanted, sent, shown).is_as_sent()


class _Body:
    """One body as sent and as returned; `relevelled`: headings have other levels."""

    def __init__(self, run: Run, step: Step, wanted: Translation, sent: str, shown: str) -> None:
        self.relevelled = False
        self._wanted, self._sent, self._shown = wanted, sent, shown
        self._step = step
        self._bodies = run.planned.bodies
        # By their order: the new address of a picture does not show where it came from.
        went, came = picture_addresses(sent), picture_addresses(shown)
        paired = bool(images_of(wanted, shown)) and len(went) == len(came)
        self._pictures = dict(zip(came, went, strict=True)) if paired else {}

    def differences(self) -> list[Difference]:
        if self._is_alike():
            return []
        if self._form(canonical_ignoring_levels):
            self.relevelled = True
            return []
        meant, shown = self._markdown(self._sent), self._markdown(self._shown)
        source = self._wanted.source
        line_of = line_locator(source.text, meant) if source else None
        found = []
        comparison = diff_texts(meant, shown)
        for block, line in zip(comparison.blocks, comparison.places, strict=True):
            if block.before and block.after and _level(block.before) == _level(block.after):
                self.relevelled = True
            else:
                found.append(self._altered(block, line_of(line) if line_of else None))
        if found or self.relevelled:
            return found
        place = Location(source.path, source.first_line) if source else None
        return [Difference(place, self._wanted.locale, "body", _BODY, None, None)]

    def is_as_sent(self) -> bool:
        """Return whether the body was returned as sent, perhaps with other heading levels."""
        return self._is_alike() or self._form(canonical_ignoring_levels)

    def _is_alike(self) -> bool:
        return _plain(self._sent) == _plain(self._shown) or self._form(canonical)

    def _form(self, form: Callable[..., str]) -> bool:
        """Return whether both have the same form."""
        own_link = self._bodies.own_link
        return form(self._sent, own_link=own_link) == form(self._shown, own_link=own_link, image=self._stored_picture)

    def _stored_picture(self, src: str) -> str | None:
        return self._pictures.get(src.partition("?")[0])

    def _markdown(self, html: str) -> str:
        from helpsync.markdown import html_to_markdown  # noqa: PLC0415 - few runs meet such a body

        place = (self._step.address, self._wanted.locale)
        names = LinkNames(self._bodies, place, self._wanted, lambda _: None)
        image = self._stored_picture if self._pictures else lambda _: "picture"
        return html_to_markdown(html, own_link=names.link, image=image)

    def _altered(self, block: ChangedBlock, line: int | None) -> Difference:
        source = self._wanted.source
        place = Location(source.path, source.first_line + line - 1) if source and line else None
        what = "dropped" if block.after is None else "added" if block.before is None else "changed"
        return Difference(place, self._wanted.locale, "body", f"Intercom {what} this", block.before, block.after)


def _plain(html: str) -> str:
    """Return a body without what differs after every write; only equal forms mean anything.

    Pictures have other addresses each time, so only their order pairs them.
    """
    return _SOURCE.sub(r"\1", _HEADING_ID.sub(r"\1", one_line(stable_html(html))))


def _level(block: str) -> str:
    return _LEVEL.sub("", block)
