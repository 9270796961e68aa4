"""In which order changes are written: side by side, articles after those that they link to."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from helpsync.model import Article

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from helpsync.apply.state import Run
    from helpsync.model import Address
    from helpsync.plan.changes import Change

SIDE_BY_SIDE = 8
"""How many writes are in flight at a time (design: Push)."""


async def side_by_side(changes: list[Change], write: Callable[[Change], Awaitable[None]]) -> None:
    """Write changes that do not depend on each other, eight at a time."""
    gate = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(change: Change) -> None:
        async with gate:
            await write(change)

    # Until a reply has shown that the help center is multilingual, only one write risks finding out.
    first = changes[:1]
    for change in first:
        await one(change)
    await asyncio.gather(*(one(change) for change in changes[1:]))


async def in_link_order(run: Run, changes: list[Change], write: Callable[[Change], Awaitable[None]]) -> None:  # noqa: C901  # one loop, one state
    """Write each article after those that it links to, where that is possible; eight at a time."""
    pending = {change.address: change for change in changes}
    waits = {address: _targets(change) & pending.keys() - {address} for address, change in pending.items()}
    waiters: dict[Address, list[Address]] = defaultdict(list)
    for address, targets in waits.items():
        for target in sorted(targets):
            waiters[target].append(address)
    ready = sorted((address for address, targets in waits.items() if not targets), reverse=True)
    running: dict[asyncio.Task[None], Address] = {}
    while pending or running:
        if run.halted():
            break
        while pending and len(running) < SIDE_BY_SIDE:
            if not ready:
                if running:
                    break
                ready = _out_of_circles(pending, waits)
            address = ready.pop()
            if address in pending:
                running[asyncio.ensure_future(write(pending.pop(address)))] = address
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            address = running.pop(task)
            task.result()
            for waiter in waiters[address]:
                waits[waiter].discard(address)
                if waiter in pending and not waits[waiter]:
                    ready.append(waiter)
    await asyncio.gather(*running)


def _out_of_circles(pending: Iterable[Address], waits: Mapping[Address, set[Address]]) -> list[Address]:
    """Return who goes first where all wait for each other: those that miss fewest targets, none of them each other's.

    What they miss is sent once more when all are there.
    """
    chosen: list[Address] = []
    for address in sorted(pending, key=lambda address: (len(waits[address]), address)):
        if not any(other in waits[address] or address in waits[other] for other in chosen):
            chosen.append(address)
        if len(chosen) == SIDE_BY_SIDE:
            break
    return chosen[::-1]


def _targets(change: Change) -> set[Address]:
    desired = change.step.desired
    if not isinstance(desired, Article):
        return set()
    return {
        link.target.address
        for locale in change.step.sends
        if (body := desired.translations[locale].body)
        for link in body.links
    }
