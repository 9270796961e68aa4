"""One write and what its reply teaches: ids, URLs, heading ids, and whether readers see what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.apply.fold import images_of
from helpsync.markup.canonical import headings
from helpsync.model import Article, Collection
from helpsync.plan.build import multilingual_off, other_default_locale
from helpsync.plan.links import anchors_of, circles
from helpsync.plan.threeway import remote_fields

if TYPE_CHECKING:
    from helpsync.apply.state import Run
    from helpsync.model import Item, LocaleCode
    from helpsync.plan.changes import Step


async def send(run: Run, step: Step) -> Item:
    """Send a step's write; return the item as Intercom shows it now. Raises what the client raises."""
    identifier = step.remote.id if step.remote else None
    if step.kind == "article":
        write = run.composer.article(step)
        if identifier is None:
            return await run.writer.create_article(write, seen=run.seen[step.kind])
        return await run.writer.update_article(identifier, write)
    group = run.composer.collection(step)
    if identifier is None:
        return await run.writer.create_collection(group, seen=run.seen[step.kind])
    return await run.writer.update_collection(step.kind, identifier, group)


def check_locales(run: Run, step: Step, shown: Item) -> None:
    """Stop at the first reply that shows a help center with another default locale, or with only one locale."""
    default = run.planned.desired.default_locale
    if default not in shown.texts:
        raise other_default_locale(default, next(iter(shown.texts)))
    if step.desired is None or not (step.sends.keys() - {next(iter(shown.texts))}):
        return
    if len(shown.texts) == 1 and len(step.desired.texts) > 1:
        raise multilingual_off(len(step.desired.texts))


def links_now(run: Run, step: Step) -> dict[LocaleCode, tuple[str, ...]]:
    """Return what the own links of each body that is sent lead to at this moment."""
    if not isinstance(step.desired, Article):
        return {}
    directory = run.planned.directory
    return {
        locale: directory.names((step.address, locale), body)
        for locale, names in step.sends.items()
        if "body" in names and (body := step.desired.translations[locale].body)
    }


def learn(run: Run, step: Step, shown: Item) -> None:
    """Take ids, URLs and heading ids from a reply, and whether Intercom kept the heading ids that were sent."""
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
        if locale not in step.sends or wanted is None or wanted.body is None:
            continue
        stored = headings(text.html or "")
        anchors = anchors_of(wanted.body.headings, stored)
        if "body" in step.sends[locale]:
            own = {link.target.slug for link in wanted.body.links if (link.target.address, link.target.locale) == place}
            sent = {
                slug: directory.heading_id(place, slug) for slug in {*own, *directory.anchors.get(place, {})} if slug
            }
            compared = [(sent[slug], anchors[slug]) for slug in sent if slug in anchors and sent[slug]]
            if compared:
                kept = all(mine == theirs for mine, theirs in compared)
                if not kept and directory.heading_ids != "renew":
                    directory.cycles = circles(run.planned.desired.articles)
                directory.heading_ids = "keep" if kept else "renew"
        directory.anchors[place] = anchors


def is_held(run: Run, step: Step, shown: Item) -> bool:
    """Return whether readers keep the old text although a new one was sent (facts: Articles, pending draft)."""
    if not isinstance(shown, Article) or not isinstance(step.remote, Article) or not isinstance(step.desired, Article):
        return False
    bodies = run.planned.bodies
    for locale, names in step.sends.items():
        before, after = step.remote.translations.get(locale), shown.translations.get(locale)
        if before is None or after is None:
            continue
        old, new = remote_fields(before), remote_fields(after)
        wanted = step.desired.translations[locale]
        if "title" in names and old["title"] == new["title"] != wanted.title:
            return True
        if "body" in names:
            # Intercom may answer a picture that it has already with the path that it had before.
            record = step.record.locales.get(locale) if step.record else None
            images = {**images_of(wanted, new["body"]), **(record.images if record else {})}
            was, shows = (bodies.stored_canonical(html, images) for html in (old["body"], new["body"]))
            if was == shows != bodies.wanted_canonical(step.address, wanted):
                return True
    return False


def url_of(shown: Item) -> str | None:
    """Return where readers find the item, None while it is a draft."""
    if isinstance(shown, Collection):
        return shown.url
    return next((text.url for text in shown.translations.values() if text.url), None)
