"""What came back otherwise than it was sent, with its place in the file: a report, for the write itself was taken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.apply.record_after import images_of
from helpsync.apply.state import Altered
from helpsync.errors import Location
from helpsync.markdown import (
    canonical,
    canonical_ignoring_levels,
    diff_texts,
    line_locator,
    one_line,
    picture_addresses,
    stable_html,
)
from helpsync.model import Translation
from helpsync.plan.bodies import LinkNames
from helpsync.plan.compare import managed_fields, remote_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from helpsync.apply.sending import Sent
    from helpsync.apply.state import Run
    from helpsync.markdown import ChangedBlock
    from helpsync.model import LocaleCode, Text
    from helpsync.plan.plan import Step

_HEADING_ID = re.compile(r'(<h[1-6]\b[^>]*?) id="[^"]*"')
_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=)"[^"]*"')
_LEVEL = re.compile(r"^[> ]*#{1,6}(?=\s)", re.MULTILINE)
_BODY = "Intercom shows the body otherwise, in a way that Markdown cannot show"


def altered(
    run: Run, step: Step, sent: Sent, links: Mapping[LocaleCode, tuple[str, ...]]
) -> tuple[tuple[Altered, ...], tuple[str, ...]]:
    """Return what Intercom dropped or changed of a write that it took, and notes of what is only its own way.

    To be called before anything is learnt from the reply: headings are named as they were sent. `links` names what the
    own links of each body led to; one that lacks some of its links is looked at when it is sent again with them. What
    a reader could not tell apart is no difference; other heading levels alone are a note (facts: what is sent). Texts
    that came back as they went cost next to nothing.
    """
    if step.desired is None:
        return (), ()
    found: list[Altered] = []
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


def _fields(step: Step, wanted: Text, shown: Text, names: frozenset[str]) -> Iterator[Altered]:
    is_shown = remote_fields(shown)
    for name, meant in managed_fields(wanted, step.kind).items():
        if name not in names or meant.split() == is_shown[name].split():
            continue
        if isinstance(shown, Translation) and name in ("state", "author") and getattr(shown, name) is None:
            continue  # the reply does not say
        place = wanted.source.at(name) if wanted.source else None
        yield Altered(place, wanted.locale, name, f"Intercom shows another {name}", meant, is_shown[name])


def _parent(run: Run, step: Step, sent: Sent) -> Iterator[Altered]:
    parent = step.desired.parent if step.desired and step.parent else None
    wanted = run.planned.directory.ids.get(parent) if parent is not None else None
    shown = sent.shown.parent_id
    if parent is None or step.desired is None or wanted == shown:
        return
    ids = {identifier: address for address, identifier in run.planned.directory.ids.items() if address.endswith("/")}
    locale = run.planned.desired.default_locale
    source = step.desired.texts[locale].source if locale in step.desired.texts else None
    place = Location(source.path, 1) if source else None
    yield Altered(place, locale, "parent", "Intercom shows another parent", parent, ids.get(shown or "", shown))


def is_as_sent(run: Run, step: Step, wanted: Translation, sent: str, shown: str) -> bool:
    """Return whether a stored body is what was sent, but for what readers can't tell apart, and heading levels."""
    return _Body(run, step, wanted, sent, shown).is_as_sent()


class _Body:
    """One body as it was sent and as it came back; `relevelled` says that headings have other levels."""

    def __init__(self, run: Run, step: Step, wanted: Translation, sent: str, shown: str) -> None:
        self.relevelled = False
        self._wanted, self._sent, self._shown = wanted, sent, shown
        self._step = step
        self._bodies = run.planned.bodies
        # By their order: an address says nothing of the picture that Intercom fetched from it.
        went, came = picture_addresses(sent), picture_addresses(shown)
        told = bool(images_of(wanted, shown)) and len(went) == len(came)
        self._pictures = dict(zip(came, went, strict=True)) if told else {}

    def differences(self) -> list[Altered]:
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
        return [Altered(place, self._wanted.locale, "body", _BODY, None, None)]

    def is_as_sent(self) -> bool:
        """Return whether it came back as it went, but perhaps with other heading levels."""
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

    def _altered(self, block: ChangedBlock, line: int | None) -> Altered:
        source = self._wanted.source
        place = Location(source.path, source.first_line + line - 1) if source and line else None
        what = "dropped" if block.after is None else "added" if block.before is None else "changed"
        return Altered(place, self._wanted.locale, "body", f"Intercom {what} this", block.before, block.after)


def _plain(html: str) -> str:
    """Return a body without what differs after every write; only equal forms say anything.

    Pictures have other addresses each time, and which is which is told by their order.
    """
    return _SOURCE.sub(r"\1", _HEADING_ID.sub(r"\1", one_line(stable_html(html))))


def _level(block: str) -> str:
    return _LEVEL.sub("", block)
