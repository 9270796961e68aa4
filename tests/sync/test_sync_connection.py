"""Work that runs in an event loop of its own."""

from __future__ import annotations

import asyncio

import pytest

from helpsync.sync.connection import run_until_done


class Large:
    """A result that counts how often it was formatted: for a help center, each time takes as long as a push."""

    formatted = 0

    def __repr__(self) -> str:
        self.formatted += 1
        return "large"


def test_the_event_loop_does_not_format_the_result() -> None:
    result = Large()

    async def work() -> Large:
        return result

    assert run_until_done(work()) is result
    assert result.formatted == 0


def test_work_that_is_cancelled_is_an_interrupt() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(KeyboardInterrupt):
        run_until_done(work())
