"""Sends texts again whose links lead to articles or headings that this run created or renewed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.apply.precondition import refetch
from helpsync.apply.readback import find_differences, learn, unmet
from helpsync.apply.send import link_names, send
from helpsync.apply.state import SIDE_BY_SIDE
from helpsync.errors import ConfigError, HelpsyncError, Locked, OutcomeUnknown, Overtaken, Unreachable
from helpsync.model import Article
from helpsync.plan import record_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from helpsync.apply.state import Difference, Run
    from helpsync.model import Address, LocaleCode
    from helpsync.plan import Place, Step


async def relink(run: Run) -> None:
    """Send each text that the plan lists for its links again, once, after the texts that it links to."""
    left = {(address, locale) for address, locales in run.planned.plan.relinks for locale in locales}
    gate = asyncio.Semaphore(SIDE_BY_SIDE)
    while left and not run.halted():
        waiting = {place for place in left if _leads_into(run, place, left - {place})}
        held = {address for address, _ in waiting}
        # All locales of an article at once, unless they wait for each other's articles.
        batch = {place for place in left if place[0] not in held} or left - waiting or left
        left = left - batch
        stale: dict[Address, set[LocaleCode]] = defaultdict(set)
        for address, locale in batch:
            if _is_stale(run, address, locale):
                stale[address].add(locale)
        await asyncio.gather(*(_relink_one(run, address, locales, gate) for address, locales in sorted(stale.items())))


def _is_stale(run: Run, address: Address, locale: LocaleCode) -> bool:
    step, outcome = run.current.get(address), run.outcomes.get(address)
    if step is None or step.record is None or (outcome and outcome.status != "applied"):
        return False
    text = step.desired.translations.get(locale) if isinstance(step.desired, Article) else None
    led = (step.links if step.restores else _recorded(step)).get(locale)
    return (
        text is not None
        and text.body is not None
        and led is not None
        and run.planned.directory.leads_elsewhere((address, locale), text.body, led)
    )


def _leads_into(run: Run, place: Place, others: AbstractSet[Place]) -> bool:
    """Return whether a text links to a heading of one of the others, which get new ids when they are sent."""
    directory = run.planned.directory
    step = run.current.get(place[0])
    text = step.desired.translations.get(place[1]) if step and isinstance(step.desired, Article) else None
    return (
        directory.heading_ids == "renew"
        and text is not None
        and text.body is not None
        and any(
            link.target.slug
            and (link.target.address, link.target.locale) in others
            and directory.lasts(place, link.target)
            for link in text.body.links
        )
    )


async def _relink_one(run: Run, address: Address, locales: set[LocaleCode], gate: asyncio.Semaphore) -> None:
    async with gate:
        if run.halted():
            return
        step = replace(run.current[address], sends={locale: frozenset({"body"}) for locale in locales})
        sent = link_names(run, step)
        run.env.journal.intent(address, "relink")
        try:
            step, edited = await refetch(run, step)
            if edited:
                run.relinks_held.append(f"{address}: {edited}")
                run.current.pop(address)
                return
            answer = await send(run, step)
        except Overtaken as error:
            run.env.journal.settled(address)
            run.relinks_held.append(f"{address}: {error}")
            run.current.pop(address)
            return
        except HelpsyncError as error:
            if isinstance(error, ConfigError | Unreachable | Locked):
                run.fatal = run.fatal or error
            if not isinstance(error, OutcomeUnknown | Locked):
                run.env.journal.settled(address)
            run.relink_errors.append(f"{address}: links to articles of this run could not be sent: {error}")
            run.current.pop(address)
            return
        shown = answer.shown
        run.save_after(step, shown)
        reason = unmet(run, step, answer)
        differences, remarks = find_differences(run, step, answer, sent) if reason is None else ((), ())
        learn(run, step, shown, met=reason is None)
        if reason is not None:
            run.env.journal.settled(address)
            run.relinks_held.append(f"{address}: {reason}")
            run.current.pop(address)
            return
        record = step.record
        if not step.restores:
            record = record_of(step, shown, run.planned.bodies, {**_recorded(step), **sent})
            run.keep({address: record})
        run.relinked[address] |= locales
        _note(run, address, (*answer.notes, *remarks), differences)
        run.current[address] = replace(step, remote=shown, record=record, sends={}, links={**step.links, **sent})


def _note(run: Run, address: Address, notes: Iterable[str], differences: Iterable[Difference]) -> None:
    """Add what is new about a text that was sent again."""
    outcome = run.outcomes.get(address)
    known_notes = {note.partition(" (")[0] for note in outcome.notes} if outcome else set()
    run.relink_notes += [
        said
        for note in notes
        if note.partition(" (")[0] not in known_notes and (said := f"{address}: {note}") not in run.relink_notes
    ]
    earlier = [
        *(outcome.differences if outcome else ()),
        *(item for where, item in run.relink_differences if where == address),
    ]
    known = {_place(item) for item in earlier}
    run.relink_differences += [(address, item) for item in differences if _place(item) not in known]


def _place(item: Difference) -> tuple[object, ...]:
    # Link targets don't count: they may have other names by now.
    return item.location, item.locale, item.field, item.message


def _recorded(step: Step) -> dict[LocaleCode, tuple[str, ...]]:
    return {locale: text.links for locale, text in step.record.locales.items()} if step.record else {}
