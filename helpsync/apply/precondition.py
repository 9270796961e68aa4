"""Checks before a write, and before it is sent a second time, that it overwrites nothing that the plan did not see.

Intercom has no conditional write, so the item is read again right before each one. After a lost reply, Intercom can
have the earlier state, the state that was sent, or somebody's edit.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.apply.readback import is_as_sent
from helpsync.errors import NotFound, Overtaken
from helpsync.model import Collection, Translation
from helpsync.plan import edited_fields, managed_fields, remote_fields, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.apply.state import Run
    from helpsync.model import Item, LocaleCode
    from helpsync.plan import Step


PARENT = "parent"


async def refetch(run: Run, step: Step, *, removing: bool = False) -> tuple[Step, str | None]:
    """Return the step with the item as it is now, and why it must be left alone: None when it is what the plan saw.

    Costs one request, none for a new item. What is about to be overwritten or removed is saved first. Only what the
    write touches counts: its locales, each of which is sent as a whole block, and the parent if it is sent; with
    `removing` all of it. Raises what the client raises.
    """
    if step.remote is None or step.remote.id is None:
        return step, None
    try:
        now = await run.env.writer.item(step.kind, step.remote.id)
    except NotFound:
        return step, f"the {step.kind} {step.remote.id} is no longer in Intercom"
    edited = [
        f"{locale} {name}" for locale in touched(step, now, removing=removing) for name in edits(run, step, now, locale)
    ]
    if (step.parent or removing) and now.parent_id != step.remote.parent_id:
        edited.insert(0, PARENT)
    if edited:
        return step, f"edited in Intercom since the plan was made: {', '.join(edited)}; left alone"
    run.save_before(step, now)
    return replace(step, remote=now), None


def touched(step: Step, now: Item, *, removing: bool) -> list[LocaleCode]:
    """Return the locales that a write overwrites; with `removing` all of them."""
    known = now.texts.keys() | (step.remote.texts.keys() if step.remote else set())
    return sorted(known if removing else (step.sends.keys() | step.drafts) & known)


def edits(run: Run, step: Step, now: Item, locale: LocaleCode) -> Iterable[str]:
    """Return the fields of one locale that look different from those of the step's item."""
    before = step.remote.texts.get(locale) if step.remote else None
    after = now.texts.get(locale)
    if before is None or after is None:
        return ["text"]
    record = step.record.locales.get(locale) if step.record else None
    edited = edited_fields(after, before, run.planned.bodies, record.images if record else {})
    return [name for name in remote_fields(after) if name in edited]


SECONDS_FRESH = 5.0
"""How many seconds a reading of a collection's contents counts: a teammate moves an article in less."""

_MANY = 5


async def remaining_children(run: Run, step: Step, *, again: bool = False) -> str | None:
    """Return why a collection can't be deleted: items that somebody put into it since the plan; None when it is empty.

    Intercom is read again for the collections of each depth, which are deleted in parallel, again when the last reading
    is more than `SECONDS_FRESH` seconds old, and with `again` in any case. Raises what reading raises.
    """
    stale = run.read_at is not None and run.env.writer.now() - run.read_at > SECONDS_FRESH
    if run.now is None or stale or again:
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
    return f"it has {', '.join(held[:_MANY])}{more}: never deleted while something is in it; move that, then push again"


async def _read(run: Run) -> tuple[Item, ...]:
    items = await run.env.writer.items()
    run.read_at = run.env.writer.now()
    return items


def _named(item: Item, default_locale: str) -> str:
    return f'{item.kind} #{item.id} "{title_of(item, default_locale)}"'


async def may_resend(
    run: Run, step: Step, bodies: Mapping[LocaleCode, str], now: Item | None, *, removing: bool = False
) -> bool:
    """Return whether to send an update again: not when `now` shows some of it, because Intercom then has it.

    `step` has the item as the first attempt found it, `bodies` are those that were sent. Raises Overtaken when the item
    shows neither of the two, or no longer exists.
    """
    if now is None or step.remote is None:
        raise Overtaken(f"the {step.kind} {step.remote.id if step.remote else ''} is no longer in Intercom")
    changed: list[str] = []
    strange: list[str] = []
    if (step.parent or removing) and now.parent_id != step.remote.parent_id:
        parent = step.desired.parent if step.desired else None
        meant = parent is not None and run.planned.directory.ids.get(parent) == now.parent_id
        (changed if meant else strange).append(PARENT)
    for locale in touched(step, now, removing=removing):
        for name in _new(now, locale) if locale not in step.remote.texts else edits(run, step, now, locale):
            meant = _is_meant(run, step, bodies, now, locale, name)
            (changed if meant else strange).append(f"{locale} {name}")
    if strange:
        raise _overtaken(strange)
    return not changed


async def may_delete(run: Run, step: Step, now: Item | None) -> bool:
    """Return whether to send a delete again: not when the item is missing; raises Overtaken when it was edited."""
    if now is None:
        return False
    await may_resend(run, step, {}, now, removing=True)
    if step.kind != "article" and (reason := await remaining_children(run, step, again=True)):
        raise Overtaken(reason)
    return True


def _overtaken(edited: list[str]) -> Overtaken:
    return Overtaken(f"edited in Intercom while it was being sent: {', '.join(edited)}; not sent again")


def _new(now: Item, locale: LocaleCode) -> list[str]:
    return list(remote_fields(now.texts[locale]))


def _is_meant(run: Run, step: Step, bodies: Mapping[LocaleCode, str], now: Item, locale: LocaleCode, name: str) -> bool:
    """Return whether a changed field of the item has the value that was sent."""
    shown = now.texts.get(locale)
    if shown is None:
        return False
    shows = remote_fields(shown).get(name, "")
    if locale in step.drafts and name == "state":
        return shows == "draft"
    wanted = step.desired.texts.get(locale) if step.desired else None
    if wanted is None or name not in step.sends.get(locale, ()):
        # In a new locale, Intercom itself sets the fields that were not sent.
        return step.remote is not None and locale not in step.remote.texts
    if name == "body" and isinstance(wanted, Translation):
        return locale in bodies and is_as_sent(run, step, wanted, bodies[locale], shows)
    return managed_fields(wanted, step.kind).get(name, "").split() == shows.split()
