"""Several things at once: the first failure ends the others and is raised as itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from helpsync.errors import Unauthorized

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

T = TypeVar("T")


async def gather(work: Sequence[Coroutine[object, object, T]]) -> list[T]:
    """Return the results in order; of several failures Unauthorized is raised first, else the earliest.

    Whoever cancels this cancels all of it, and no request is left running.
    """
    failures: BaseExceptionGroup[BaseException]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as error:
        failures = error
    else:
        return [task.result() for task in tasks]
    # Outside the except block: the group would hang on to what is raised as its context.
    found = failures.exceptions
    raise next((error for error in found if isinstance(error, Unauthorized)), found[0])
