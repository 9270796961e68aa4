"""The last look before a write: nothing is overwritten that the plan did not see (design: promise 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.errors import NotFound
from helpsync.plan.compare import edited_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.apply.state import Run
    from helpsync.model import Item, LocaleCode
    from helpsync.plan.plan import Step

PARENT = "parent"


async def looked_at(run: Run, step: Step, *, removing: bool = False) -> tuple[Step, str | None]:
    """Return the step with the item as it is now, and why it must be left alone: None when it is what the plan saw.

    Costs one request; none where the item is new. What is about to be overwritten or removed is kept by then. Only
    what the write touches counts: its locales, each of which is sent as a whole block, and the parent where that is
    sent; with `removing` all of it. Raises what the client does.
    """
    if step.remote is None or step.remote.id is None:
        return step, None
    try:
        now = await run.writer.item(step.kind, step.remote.id)
    except NotFound:
        return step, f"the {step.kind} {step.remote.id} is no longer in Intercom"
    edited = [
        f"{locale} {name}" for locale in touched(step, now, removing=removing) for name in edits(run, step, now, locale)
    ]
    if (step.parent or removing) and now.parent_id != step.remote.parent_id:
        edited.insert(0, PARENT)
    if edited:
        return step, f"edited in Intercom since the plan was made: {', '.join(edited)}; left alone"
    run.keeping.before(step, now)
    return replace(step, remote=now), None


def touched(step: Step, now: Item, *, removing: bool) -> list[LocaleCode]:
    """Return the locales that a write overwrites; all that there are with `removing`."""
    known = now.texts.keys() | (step.remote.texts.keys() if step.remote else set())
    return sorted(known if removing else (step.sends.keys() | step.drafts) & known)


def edits(run: Run, step: Step, now: Item, locale: LocaleCode) -> Iterable[str]:
    """Return the fields of one locale that a reader could tell apart from what the step's item was."""
    before = step.remote.texts.get(locale) if step.remote else None
    after = now.texts.get(locale)
    if before is None or after is None:
        return ["text"]
    record = step.record.locales.get(locale) if step.record else None
    return sorted(edited_fields(after, before, run.planned.bodies, record.images if record else {}))
