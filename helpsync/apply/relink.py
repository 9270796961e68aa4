"""Sending once more what links to articles and headings that a run created or renewed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.apply.altered import altered
from helpsync.apply.fold import record_of
from helpsync.apply.fresh import looked_at
from helpsync.apply.order import SIDE_BY_SIDE
from helpsync.apply.readback import learn, unmet
from helpsync.apply.sending import links_now, send
from helpsync.errors import ConfigError, HelpsyncError, Locked, OutcomeUnknown, Overtaken, Unreachable
from helpsync.model import Article

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.apply.state import Altered, Run
    from helpsync.model import Address, LocaleCode
    from helpsync.plan.changes import Step

# A circle of renewed headings is cut beforehand; this only bounds what an unforeseen server could do.
_RELINKS_PER_PLACE = 3


async def relink(run: Run) -> None:
    """Send once more what links to articles and headings that this run created or renewed."""
    sent: dict[tuple[Address, LocaleCode], int] = defaultdict(int)
    while not run.halted():
        stale = {address: locales for address in run.current if (locales := _stale(run, address, sent))}
        if not stale:
            return
        places = {(address, locale) for address, locales in stale.items() for locale in locales}
        free = [address for address, locales in stale.items() if not _leads_into(run, address, locales, places)]
        batch = free or sorted(stale)[:1]
        for address in batch:
            for locale in stale[address]:
                sent[address, locale] += 1
        gate = asyncio.Semaphore(SIDE_BY_SIDE)
        await asyncio.gather(*(_relink_one(run, address, stale[address], gate) for address in batch))


def _stale(run: Run, address: Address, sent: Mapping[tuple[Address, LocaleCode], int]) -> set[LocaleCode]:
    step = run.current[address]
    outcome = run.outcomes.get(address)
    if not isinstance(step.desired, Article) or step.record is None or (outcome and outcome.status != "applied"):
        return set()
    names = run.planned.directory.names
    led = step.links if step.restores else _recorded(step)
    return {
        locale
        for locale, text in step.desired.translations.items()
        if text.body
        and text.body.links
        and locale in led
        and (run.sendable is None or (address, locale) in run.sendable)
        and "body" not in step.drifted.get(locale, ())
        and sent[address, locale] < _RELINKS_PER_PLACE
        and names((address, locale), text.body) != led[locale]
    }


def _leads_into(run: Run, address: Address, locales: set[LocaleCode], places: set[tuple[Address, LocaleCode]]) -> bool:
    desired = run.current[address].desired
    if not isinstance(desired, Article):
        return False
    directory = run.planned.directory
    return any(
        link.target.slug
        and (link.target.address, link.target.locale) in places
        and directory.holds((address, locale), link.target)
        for locale in locales
        if (body := desired.translations[locale].body)
        for link in body.links
    )


async def _relink_one(run: Run, address: Address, locales: set[LocaleCode], gate: asyncio.Semaphore) -> None:
    async with gate:
        if run.halted():
            return
        step = replace(run.current[address], sends={locale: frozenset({"body"}) for locale in locales})
        sent = links_now(run, step)
        run.journal.intent(address, "relink")
        try:
            step, edited = await looked_at(run, step)
            if edited:
                run.relinks_held.append(f"{address}: {edited}")
                run.current.pop(address)
                return
            answer = await send(run, step)
        except Overtaken as error:
            run.journal.settled(address)
            run.relinks_held.append(f"{address}: {error}")
            run.current.pop(address)
            return
        except HelpsyncError as error:
            if isinstance(error, ConfigError | Unreachable | Locked):
                run.fatal = run.fatal or error
            if not isinstance(error, OutcomeUnknown | Locked):
                run.journal.settled(address)
            run.relink_errors.append(f"{address}: links to articles of this run could not be sent: {error}")
            run.current.pop(address)
            return
        shown = answer.shown
        run.keeping.after(step, shown)
        reason = unmet(run, step, answer)
        differences, remarks = altered(run, step, answer, sent) if reason is None else ((), ())
        learn(run, step, shown, met=reason is None)
        if reason is not None:
            run.journal.settled(address)
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


def _note(run: Run, address: Address, notes: Iterable[str], differences: Iterable[Altered]) -> None:
    """Note of a text that was sent once more what was not said of it before."""
    outcome = run.outcomes.get(address)
    told = {note.partition(" (")[0] for note in outcome.notes} if outcome else set()
    run.relink_notes += [
        said
        for note in notes
        if note.partition(" (")[0] not in told and (said := f"{address}: {note}") not in run.relink_notes
    ]
    earlier = [
        *(outcome.altered if outcome else ()),
        *(item for where, item in run.relinks_altered if where == address),
    ]
    known = {_place(item) for item in earlier}
    run.relinks_altered += [(address, item) for item in differences if _place(item) not in known]


def _place(item: Altered) -> tuple[object, ...]:
    # Where a link leads to is no news, and by now it may have another name.
    return item.location, item.locale, item.field, item.message


def _recorded(step: Step) -> dict[LocaleCode, tuple[str, ...]]:
    return {locale: text.links for locale, text in step.record.locales.items()} if step.record else {}
