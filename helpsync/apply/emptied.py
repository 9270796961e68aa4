"""What a collection still holds right before it is deleted: what DELETE does to children is documented nowhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from helpsync.model import Collection
from helpsync.plan.claims import title_of

if TYPE_CHECKING:
    from helpsync.apply.state import Run
    from helpsync.model import Item
    from helpsync.plan.changes import Step

_MANY = 5


async def still_in(run: Run, step: Step) -> str | None:
    """Return why a collection can't be deleted: what someone put into it since the plan was made; None when empty.

    Intercom is read anew, once for all collections of the run: by then everything else is done. Raises what reading
    raises.
    """
    if run.now is None:
        run.now = asyncio.ensure_future(run.writer.items())
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


def _named(item: Item, default_locale: str) -> str:
    return f'{item.kind} #{item.id} "{title_of(item, default_locale)}"'
