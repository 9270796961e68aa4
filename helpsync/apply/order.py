"""In which order changes are written: side by side, articles after those that they link to."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from helpsync.plan.relinks import link_order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from helpsync.apply.state import Run
    from helpsync.model import Address
    from helpsync.plan.plan import Change

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
        for task in done:
            address = running.pop(task)
            task.result()
            for waiter in waiters[address]:
                waits[waiter].discard(address)
                if not waits[waiter]:
                    ready.append(waiter)
    await asyncio.gather(*running)
