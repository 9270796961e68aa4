"""The record of an item after a write: what was sent, and what Intercom showed then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.baseline import LocaleRecord, Record, digest, fingerprint
from helpsync.markdown import DIALECT_VERSION, picture_addresses, stable_html, stored_headings
from helpsync.model import Article, Translation
from helpsync.plan.compare import TextComparison, managed_fields, shown_fingerprints
from helpsync.plan.links import anchors_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.model import Address, Item, LocaleCode, Text
    from helpsync.plan.bodies import Bodies
    from helpsync.plan.build import Planned
    from helpsync.plan.plan import Step


def record_of(step: Step, shown: Item, bodies: Bodies, sent_links: Mapping[LocaleCode, tuple[str, ...]]) -> Record:
    """Return the record of a desired item; `shown` is the item in Intercom, `sent_links` the targets of its links."""
    old = step.record
    stored = shown.texts
    known = old.locales if old else {}
    desired = step.desired.texts if step.desired else {}
    unread = step.desired.unread if isinstance(step.desired, Article) else ()
    locales = {
        locale: _locale_of(step, stored[locale], known.get(locale, LocaleRecord()), bodies, sent_links.get(locale))
        for locale in desired
        if locale in stored
    }
    for locale, before in known.items():
        if locale not in locales:
            stays = locale in desired or locale in unread
            locales[locale] = before if stays else _left(before, stored.get(locale))
    parent = (
        old.parent if old and (step.parent_drifted or _moved_meanwhile(step, old, shown, bodies)) else shown.parent_id
    )
    return Record(kind=step.kind, id=shown.id or "", parent=parent, locales=locales)


def adopted_record(step: Step, bodies: Bodies) -> Record:
    """Return the record of an adopted item, written before its differences are sent.

    An interrupted push then leaves the item linked to its file, whatever a writer changes next.
    """
    known = record_of(step, step.remote, bodies, {}) if step.remote else Record(step.kind, "")
    locales = {
        locale: replace(
            text, pushed={name: mark for name, mark in text.pushed.items() if name not in step.sends.get(locale, ())}
        )
        for locale, text in known.locales.items()
    }
    return replace(known, locales=locales)


def _locale_of(
    step: Step, shown: Text, before: LocaleRecord, bodies: Bodies, links: tuple[str, ...] | None
) -> LocaleRecord:
    wanted = step.desired.texts[shown.locale] if step.desired else shown
    drifted = step.drifted.get(shown.locale, frozenset()) | _edited_meanwhile(step, shown, before, bodies)
    sent = {name: fingerprint(name, value) for name, value in managed_fields(wanted, step.kind).items()}
    record = replace(
        before,
        blob=wanted.source.blob if wanted.source else None,
        removed=False,
        prior_state=None,
        dialect=DIALECT_VERSION,
    )
    if isinstance(wanted, Translation) and isinstance(shown, Translation):
        sent["body"] = bodies.template_digest(wanted)
        if "body" not in drifted:
            record = _with_body(step, record, wanted, shown, bodies)
            record = replace(record, links=record.links if links is None else links)
        record = replace(record, url=shown.url or before.url)
    seen = shown_fingerprints(shown, bodies, record.images)
    # A drifted field keeps its agreed value, so that the next run sees the drift again.
    for name in drifted:
        if name in before.remote:
            seen[name] = before.remote[name]
        if name in before.pushed:
            sent[name] = before.pushed[name]
    if "description" not in sent:
        # No file says it, so nothing is compared; a pull brings home what a teammate wrote there, before the first
        # agreement too.
        seen["description"] = before.remote.get("description", fingerprint("description", ""))
    if "body" in drifted and before.dialect != DIALECT_VERSION:
        # Its digests are of the older dialect, so only the blob id says whether the text changed.
        record = replace(record, dialect=before.dialect, blob=before.blob)
    return replace(record, pushed=sent, remote=seen)


def _edited_meanwhile(step: Step, shown: Text, before: LocaleRecord, bodies: Bodies) -> frozenset[str]:
    """Return the managed fields that were not sent and are neither as agreed nor as in the tree.

    A teammate changed them after the plan was made. If they counted as agreed, a later push would overwrite the edit
    unseen.
    """
    wanted = step.desired.texts[shown.locale] if step.desired else shown
    compared = TextComparison(step.address, step.kind, wanted, shown, before, bodies)
    kept = before.pushed.keys() & before.remote.keys() - step.sends.get(shown.locale, frozenset())
    edited = {name for name in kept & compared.fields.keys() if compared.fields[name].is_edited}
    body = compared.body if "body" in kept else None
    edited |= {"body"} if body is not None and body.remote_changed and not (body.uncertain or body.same_text) else set()
    return frozenset(edited)


def _moved_meanwhile(step: Step, old: Record, shown: Item, bodies: Bodies) -> bool:
    """Return whether the item has another parent than the agreed one and that of the tree."""
    if step.parent or step.restores or old.removed or shown.parent_id == old.parent or step.desired is None:
        return False
    wanted = step.desired.parent
    # An item of a deleted collection has no parent, which is not what the tree asks for while that has no id.
    orphaned = wanted is not None and shown.parent_id is None
    return orphaned or shown.parent_id != bodies.directory.ids.get(wanted or "")


def _with_body(
    step: Step, record: LocaleRecord, wanted: Translation, shown: Translation, bodies: Bodies
) -> LocaleRecord:
    html = shown.html or ""
    known = bodies.directory.anchors.get((step.address, shown.locale), {})
    is_new = shown.locale in step.sends or record.stored_digest is None
    return replace(
        record,
        stored_digest=digest(stable_html(html)),
        anchors=anchors_of(wanted.body.headings, stored_headings(html), known) if wanted.body else {},
        images=(images_of(wanted, html) if is_new else {}) or record.images,
    )


def images_of(wanted: Translation, html: str) -> dict[str, str]:
    """Return stored path → key of a body's pictures; empty where their numbers differ."""
    keys, paths = wanted.body.images if wanted.body else (), picture_addresses(html)
    return dict(zip(paths, keys, strict=True)) if len(keys) == len(paths) else {}


def _left(before: LocaleRecord, shown: Text | None) -> LocaleRecord:
    """Return the tombstone of a locale whose file was removed.

    It keeps the agreed values: otherwise a teammate's edit would count as agreed, and be overwritten unseen once the
    file is back.
    """
    if before.removed:
        return before
    state = {"state": shown.state or "draft"} if isinstance(shown, Translation) else {}
    return replace(before, removed=True, prior_state=before.remote.get("state"), remote={**before.remote, **state})


def tombstone(record: Record, shown: Item | None) -> Record:
    """Return the record of an address that left the tree: its id, so that the same address can revive it."""
    stored = shown.texts if shown else {}
    locales = {locale: _left(text, stored.get(locale)) for locale, text in record.locales.items()}
    return replace(record, removed=True, locales=locales)


def full_records(planned: Planned, changed: Mapping[Address, Record | None]) -> dict[Address, Record | None]:
    """Return the changed records, complete where the plan that was made with them finds both sides equal."""
    full = dict(changed)
    for step in planned.plan.settled:
        if changed.get(step.address) is not None and step.desired is not None and step.remote is not None:
            full[step.address] = record_of(step, step.remote, planned.bodies, step.links)
    return full
