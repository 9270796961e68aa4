"""What a reply says of the write that it answers: whether readers have what was sent, and what it teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.apply.record_after import images_of
from helpsync.errors import MultilingualOff, OtherDefaultLocale
from helpsync.markdown import stored_headings
from helpsync.model import Article, Translation
from helpsync.plan.compare import edited_fields, managed_fields, remote_fields
from helpsync.plan.links import anchors_of, ids_to_send

if TYPE_CHECKING:
    from helpsync.apply.sending import Sent
    from helpsync.apply.state import Run
    from helpsync.errors import ConfigError
    from helpsync.model import Item, LocaleCode
    from helpsync.plan.plan import Step


def wrong_settings(run: Run, step: Step, shown: Item) -> ConfigError | None:
    """Return the error when a reply shows another default locale than the tree's, or a help center with only one."""
    default = run.planned.desired.default_locale
    if default not in shown.texts:
        return OtherDefaultLocale(default, next(iter(shown.texts)))
    if step.desired is None or len(shown.texts) > 1 or not step.sends.keys() - shown.texts.keys():
        return None
    return MultilingualOff(len(step.desired.texts))


def unmet(run: Run, step: Step, sent: Sent) -> str | None:
    """Return why readers do not have what was sent, None when they do.

    Where a teammate's draft is pending, the reply and readers keep the old text (facts: Articles). What Intercom made
    of the text in its own way (spaces, heading levels) is not held against it.
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
    # Intercom may answer a picture that it has already with the path that it had before.
    record = step.record.locales.get(locale) if step.record else None
    images = {**images_of(wanted, shows), **(record.images if record else {})}
    bodies = run.planned.bodies
    if "body" in edited_fields(after, before, bodies, images):
        return False
    meant = bodies.levelless_wanted(step.address, wanted, unnested=locale in sent.unnested)
    return bodies.levelless_stored(shows, images) != meant


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
