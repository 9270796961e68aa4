"""What a collection still holds right before it is deleted: what DELETE does to children is documented nowhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from helpsync.model import Collection
from helpsync.plan.matching.matches import title_of

if TYPE_CHECKING:
    from helpsync.apply.state import Run
    from helpsync.model import Item
    from helpsync.plan.plan import Step

FRESH = 5.0
"""Seconds after which a reading no longer tells what lies in a collection: a teammate moves an article in less."""

_MANY = 5


async def still_in(run: Run, step: Step, *, anew: bool = False) -> str | None:
    """Return why a collection can't be deleted: what someone put into it since the plan was made; None when empty.

    Intercom is read anew for the collections of each depth, which are deleted side by side, again where the last
    reading ended more than `FRESH` seconds ago, and with `anew` in any case. Raises what reading raises.
    """
    stale = run.read_at is not None and run.writer.now() - run.read_at > FRESH
    if run.now is None or stale or anew:
        run.read_at = None
        run.now = asyncio.ensure_future(_read(run))
    items = await run.now
    if not isinstance(step.remote, Collection):
        return None
    deleted = {
        (outcome.change.kind, outcome.change.id)
        for outcome in run.outcomes.values()
        if outcome.change.action == "delete" and outcome.status == "applied"
    }
    default_locale = run.planned.desired.default_locale
    held = [
        _named(item, default_locale)
        for item in items
        if step.remote.holds(item) and (item.kind, item.id) not in deleted
    ]
    if not held:
        return None
    more = f" and {len(held) - _MANY} more" if len(held) > _MANY else ""
    return (
        f"it holds {', '.join(held[:_MANY])}{more}: never deleted while something is in it; move that, then push again"
    )


async def _read(run: Run) -> tuple[Item, ...]:
    items = await run.writer.items()
    run.read_at = run.writer.now()
    return items


def _named(item: Item, default_locale: str) -> str:
    return f'{item.kind} #{item.id} "{title_of(item, default_locale)}"'
