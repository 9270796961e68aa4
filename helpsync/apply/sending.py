"""One write: what goes out, and where readers find what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.model import Article, Collection

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


def url_of(shown: Item) -> str | None:
    """Return where readers find the item, None while it is a draft."""
    if isinstance(shown, Collection):
        return shown.url
    return next((text.url for text in shown.translations.values() if text.url), None)
