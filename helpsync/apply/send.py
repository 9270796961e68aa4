"""Sends one write, and returns the URL of the item for readers."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from helpsync.apply.precondition import may_resend
from helpsync.apply.state import Sent
from helpsync.errors import RemoteError
from helpsync.model import Article, Collection

if TYPE_CHECKING:
    from helpsync.apply.state import Run
    from helpsync.model import Item, LocaleCode
    from helpsync.plan import Step


_ADDRESS = re.compile(r"https?://\S+")
# A refusal without a reason may be about a picture that was unreachable for a moment.
_TRIES_AS_IT_IS = 2


async def send(run: Run, step: Step) -> Sent:
    """Send a step's write, again without nested lists if Intercom refuses those; raises what the client raises.

    Intercom's docs say that nested lists are refused with 400, but they are seen stored: so the first refusal decides
    for the rest of the run. The wording of the refusal is unknown, so one that does not name lists counts only the
    second time. A teammate's text that is sent back is never rewritten.
    """
    if step.kind == "article":
        return await _send_nested(run, step, run.env.composer.nested(step))
    identifier = step.remote.id if step.remote else None
    group = run.env.composer.collection(step)
    if identifier is None:
        begun = partial(run.creating, step.address)
        return Sent(await run.env.writer.create(group, seen=run.seen[step.kind], on_send=begun))
    again = partial(may_resend, run, step, {})
    return Sent(await run.env.writer.update(step.kind, identifier, group, on_send=run.begun, may_resend=again))


async def _send_nested(run: Run, step: Step, unnested: frozenset[LocaleCode]) -> Sent:
    if not unnested:
        return await _send_article(run, step)
    tries = 0
    while tries < _TRIES_AS_IT_IS and not run.refuses_nested:
        try:
            return await _send_article(run, step)
        except RemoteError as error:
            if error.status != 400:
                raise
            tries += _TRIES_AS_IT_IS if _names_a_list(error) else 1
        if step.remote is not None and step.remote.id is not None:
            await may_resend(run, step, {}, await run.env.writer.item(step.kind, step.remote.id))
    sent = await _send_article(run, step, unnested)
    run.refuses_nested = True
    return sent


def _names_a_list(error: RemoteError) -> bool:
    # Not the address of a picture that could not be fetched.
    return "list" in _ADDRESS.sub("", error.message).lower()


async def _send_article(run: Run, step: Step, unnested: frozenset[LocaleCode] = frozenset()) -> Sent:
    write = run.env.composer.article(step, unnested)
    bodies = {locale: block["body"] for locale, block in write.translations.items() if "body" in block}
    if write.body is not None:
        bodies[run.env.composer.default_locale] = write.body
    if step.remote is None or step.remote.id is None:
        begun = partial(run.creating, step.address)
        shown = await run.env.writer.create(write, seen=run.seen[step.kind], on_send=begun)
    else:
        again = partial(may_resend, run, step, bodies)
        shown = await run.env.writer.update(step.kind, step.remote.id, write, on_send=run.begun, may_resend=again)
    return Sent(shown, unnested, bodies)


def link_names(run: Run, step: Step) -> dict[LocaleCode, tuple[str, ...]]:
    """Return the current targets of the own links of each body that is sent."""
    if not isinstance(step.desired, Article):
        return {}
    directory = run.planned.directory
    return {
        locale: directory.names((step.address, locale), body)
        for locale, names in step.sends.items()
        if "body" in names and (body := step.desired.translations[locale].body)
    }


def url_of(shown: Item) -> str | None:
    """Return the URL of the item for readers, None for a draft."""
    if isinstance(shown, Collection):
        return shown.url
    return next((text.url for text in shown.translations.values() if text.url), None)
