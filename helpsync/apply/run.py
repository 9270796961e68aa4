"""Applies a plan: parents first, removals last, writes in parallel, each outcome on disk at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from helpsync.apply.precondition import may_delete, may_resend, refetch, remaining_children
from helpsync.apply.readback import find_differences, learn, unmet, wrong_settings
from helpsync.apply.relink import relink
from helpsync.apply.send import link_names, send, url_of
from helpsync.apply.state import SIDE_BY_SIDE, Applied, ApplyEnvironment, Outcome, Run, Sent
from helpsync.errors import ConfigError, HelpsyncError, Locked, OutcomeUnknown, Overtaken, Unreachable
from helpsync.markdown import DIALECT_VERSION
from helpsync.plan import adopted_record, link_order, record_of, tombstone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from helpsync.apply.state import Status
    from helpsync.baseline import Record
    from helpsync.model import Address, Item, LocaleCode
    from helpsync.plan import Change, Planned, Step


async def side_by_side(changes: list[Change], write: Callable[[Change], Awaitable[None]]) -> None:
    """Write changes that do not depend on each other, eight at a time."""
    gate = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(change: Change) -> None:
        async with gate:
            await write(change)

    # Only one write goes out until a reply has shown that the help center is multilingual.
    first = changes[:1]
    for change in first:
        await one(change)
    await asyncio.gather(*(one(change) for change in changes[1:]))


async def in_link_order(run: Run, changes: list[Change], write: Callable[[Change], Awaitable[None]]) -> None:
    """Write each article after those that it links to, where that is possible; eight at a time."""
    pending = {change.address: change for change in changes}
    waits = link_order(changes, run.planned.directory)
    waiters: dict[Address, list[Address]] = defaultdict(list)
    for address, targets in waits.items():
        for target in sorted(targets):
            waiters[target].append(address)
    ready = sorted((address for address, targets in waits.items() if not targets), reverse=True)
    running: dict[asyncio.Task[None], Address] = {}
    while (ready or running) and not run.halted():
        while ready and len(running) < SIDE_BY_SIDE:
            address = ready.pop()
            running[asyncio.ensure_future(write(pending[address]))] = address
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        # In the order of their start: `done` is a set, and the ids of creates must not depend on its order.
        for task in [each for each in running if each in done]:
            address = running.pop(task)
            task.result()
            for waiter in waiters[address]:
                waits[waiter].discard(address)
                if not waits[waiter]:
                    ready.append(waiter)
    await asyncio.gather(*running)


async def apply(planned: Planned, environment: ApplyEnvironment) -> Applied:
    """Return the result of each change; a failure stops only the changes that depend on it."""
    baseline = replace(planned.baseline, dialect=DIALECT_VERSION)
    run = Run(planned, environment, dict(baseline.records))
    # It is unknown whether an article and a collection can share an id: one must not hide the other.
    for kind, identifier in environment.known_ids:
        run.seen[kind].add(identifier)
    run.current = dict(planned.steps)
    run.env.journal.begin(baseline)
    if planned.matching.rekeyed:
        run.keep(planned.matching.rekeyed)
    _settle(run)
    changes = planned.plan.changes

    async def write(change: Change) -> None:
        await _one(run, change)

    groups = [change for change in changes if change.kind != "article" and change.action != "delete"]
    for depth in sorted({change.address.count("/") for change in groups}):
        await side_by_side([change for change in groups if change.address.count("/") == depth], write)
    articles = [
        change for change in changes if change.kind == "article" and change.action not in ("unpublish", "delete")
    ]
    await in_link_order(run, articles, write)
    await relink(run)
    for action in ("unpublish", "delete"):
        await side_by_side([c for c in changes if c.kind == "article" and c.action == action], write)
    emptied = [change for change in changes if change.kind != "article" and change.action == "delete"]
    for depth in sorted({change.address.count("/") for change in emptied}, reverse=True):
        run.now = None  # the deeper ones were deleted meanwhile, and a teammate may have changed something
        await side_by_side([change for change in emptied if change.address.count("/") == depth], write)
    rest = [change for change in changes if change.address not in run.outcomes]
    for change in rest:
        run.conclude(Outcome(change, "skipped", change.id, error="not begun"))
    return Applied(
        outcomes=tuple(run.outcomes[change.address] for change in changes),
        relinked=tuple((address, tuple(sorted(locales))) for address, locales in sorted(run.relinked.items())),
        baseline=replace(baseline, heading_ids=planned.directory.heading_ids, records=run.records),
        fatal=run.fatal,
        interrupted=run.interrupted,
        relink_errors=tuple(run.relink_errors),
        relinks_held=tuple(run.relinks_held),
        relink_notes=tuple(run.relink_notes),
        relink_differences=tuple(run.relink_differences),
    )


def _settle(run: Run) -> None:
    """Record what both sides agree on already."""
    changed: dict[Address, Record | None] = {}
    for step in run.planned.plan.settled:
        if step.restores and step.record is not None and step.remote is not None:
            changed[step.address] = replace(step.record, id=step.remote.id or step.record.id)
        elif step.desired is not None and step.remote is not None:
            changed[step.address] = record_of(step, step.remote, run.planned.bodies, step.links)
            if step.previous:
                changed.setdefault(step.previous, None)
        elif step.record is not None and step.previous:
            changed[step.address] = step.record
            changed.setdefault(step.previous, None)
        elif step.record is not None and step.remote is not None:
            changed[step.address] = tombstone(step.record, step.remote)
        else:
            changed.setdefault(step.address, None)
    if changed:
        run.keep(changed)
        for address, record in changed.items():
            if address in run.current and record is not None:
                run.current[address] = replace(run.current[address], record=record, previous=None)


async def _one(run: Run, change: Change) -> None:
    if run.halted():
        return
    parent = change.step.desired.parent if change.step.desired and change.step.parent else None
    if parent is not None and parent not in run.planned.directory.ids:
        run.conclude(Outcome(change, "skipped", change.id, error=f"needs {parent}, which is not there"))
        return
    run.env.journal.intent(change.address, change.action, title=change.title)
    try:
        if change.action == "delete":
            await _delete(run, change)
        elif change.action == "unpublish":
            await _unpublish(run, change)
        else:
            await _write(run, change)
    except Overtaken as error:
        run.conclude(Outcome(change, "held", change.id, error=str(error)))
    except HelpsyncError as error:
        if isinstance(error, ConfigError | Unreachable | Locked):
            # Every further write would fail in the same way.
            run.fatal = run.fatal or error
        run.conclude(Outcome(change, "failed", change.id, error=str(error)))
        if isinstance(error, OutcomeUnknown | Locked):  # an earlier attempt may have done it
            return
    run.env.journal.settled(change.address)


async def _write(run: Run, change: Change) -> None:
    step, edited = await refetch(run, change.step)
    if edited:
        run.conclude(Outcome(change, "held", change.id, error=edited))
        return
    match = run.planned.matching.matches.get(step.address)
    if match is not None and match.adopted:
        run.keep({step.address: adopted_record(step, run.planned.bodies)})
    sent = link_names(run, step)
    answer = await send(run, step)
    shown = answer.shown
    run.save_after(step, shown)
    reason = unmet(run, step, answer)
    wrong = wrong_settings(run, step, shown)
    differences, remarks = find_differences(run, step, answer, sent) if reason is None else ((), ())
    learn(run, step, shown, met=reason is None)
    if reason is None or step.remote is None:
        _record(run, step, shown, sent)
    if wrong is not None:
        raise wrong
    status: Status = "held" if reason else "applied"
    notes = (*answer.notes, *remarks)
    run.conclude(
        Outcome(change, status, shown.id, url=url_of(shown), error=reason, notes=notes, differences=differences)
    )


def _record(run: Run, step: Step, shown: Item, sent: Mapping[LocaleCode, tuple[str, ...]]) -> None:
    if step.restores and step.record is not None:
        record = replace(step.record, id=shown.id or step.record.id)
        step = replace(step, links={**step.links, **sent})
    else:
        record = record_of(step, shown, run.planned.bodies, {**step.links, **sent})
    changed: dict[Address, Record | None] = {step.address: record}
    if step.previous and (
        run.records.get(step.previous, record).id == record.id
        # A new item replaces the one that a teammate deleted.
        or step.previous not in run.planned.matching.matches
    ):
        changed[step.previous] = None
    run.keep(changed)
    run.current[step.address] = replace(
        step, remote=shown, record=record, sends={}, drafts=frozenset(), parent=False, previous=None
    )


async def _unpublish(run: Run, change: Change) -> None:
    step, edited = await refetch(run, change.step, removing=True)
    if step.remote is None or step.remote.id is None or step.record is None:
        return
    if edited:
        run.conclude(Outcome(change, "held", change.id, error=edited))
        return
    again = partial(may_resend, run, step, {}, removing=True)
    write = run.env.composer.article(step)
    shown = await run.env.writer.update(step.kind, step.remote.id, write, on_send=run.begun, may_resend=again)
    run.save_after(step, shown)
    reason = unmet(run, step, Sent(shown))
    if reason is None:
        run.keep({step.address: tombstone(step.record, shown)})
    run.conclude(Outcome(change, "held" if reason else "applied", change.id, error=reason))


async def _delete(run: Run, change: Change) -> None:
    step = change.step
    if step.kind != "article" and await _is_in_use(run, change):
        return
    step, edited = await refetch(run, step, removing=True)
    if step.remote is None or step.remote.id is None or step.record is None:
        return
    if edited:
        run.conclude(Outcome(change, "held", change.id, error=edited))
        return
    again = partial(may_delete, run, step)
    await run.env.writer.delete(step.kind, step.remote.id, on_send=run.begun, may_resend=again)
    run.save_after(step, None)
    run.keep({step.address: None if step.replaced_by else replace(step.record, removed=True)})
    run.conclude(Outcome(change, "applied", change.id))


async def _is_in_use(run: Run, change: Change) -> bool:
    """Return whether a collection must not be deleted because something is in it; the outcome is then concluded."""
    step = change.step
    waiting = [o for o in run.outcomes.values() if o.status != "applied" and _was_in(o.change, step)]
    if waiting:
        status: Status = "held" if all(outcome.status == "held" for outcome in waiting) else "skipped"
        run.conclude(Outcome(change, status, change.id, error=f"{waiting[0].change.address} is still in it"))
        return True
    reason = await remaining_children(run, step)
    if reason:
        run.conclude(Outcome(change, "held", change.id, error=reason))
    return reason is not None


def _was_in(change: Change, step: Step) -> bool:
    remote = change.step.remote
    return remote is not None and step.remote is not None and remote.parent_id == step.remote.id
