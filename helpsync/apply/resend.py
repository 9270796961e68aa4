"""Before a write goes out again: a teammate may have written while its reply, or the rate limit, was waited for.

After a lost reply three things can stand there: what the first attempt found, what it meant, or something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.apply.altered import is_as_sent
from helpsync.apply.precondition import PARENT, edits, touched
from helpsync.apply.remaining_children import still_in
from helpsync.errors import Overtaken
from helpsync.model import Translation
from helpsync.plan.compare import managed_fields, remote_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.apply.state import Run
    from helpsync.model import Item, LocaleCode
    from helpsync.plan.plan import Step


async def may_repeat(
    run: Run, step: Step, bodies: Mapping[LocaleCode, str], now: Item | None, *, removing: bool = False
) -> bool:
    """Return whether an update is to be sent again: not when `now` shows some of it, for then Intercom has taken it.

    `step` holds the item as the first attempt found it, `bodies` are those that were sent. Raises Overtaken when the
    item shows what is neither of the two, or is gone.
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
    """Return whether a delete is to be sent again: not when the item is gone; raises Overtaken when it was edited."""
    if now is None:
        return False
    await may_repeat(run, step, {}, now, removing=True)
    if step.kind != "article" and (reason := await still_in(run, step, anew=True)):
        raise Overtaken(reason)
    return True


def _overtaken(edited: list[str]) -> Overtaken:
    return Overtaken(f"edited in Intercom while it was being sent: {', '.join(edited)}; not sent again")


def _new(now: Item, locale: LocaleCode) -> list[str]:
    return list(remote_fields(now.texts[locale]))


def _is_meant(run: Run, step: Step, bodies: Mapping[LocaleCode, str], now: Item, locale: LocaleCode, name: str) -> bool:
    """Return whether a field of the item, which is not what it was, is what was sent."""
    shown = now.texts.get(locale)
    if shown is None:
        return False
    shows = remote_fields(shown).get(name, "")
    if locale in step.drafts and name == "state":
        return shows == "draft"
    wanted = step.desired.texts.get(locale) if step.desired else None
    if wanted is None or name not in step.sends.get(locale, ()):
        # Of a locale that is new, what was not sent is Intercom's own doing.
        return step.remote is not None and locale not in step.remote.texts
    if name == "body" and isinstance(wanted, Translation):
        return locale in bodies and is_as_sent(run, step, wanted, bodies[locale], shows)
    return managed_fields(wanted, step.kind).get(name, "").split() == shows.split()
