"""Time that passes only when somebody waits: for retries and rate limits in tests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpsync.intercom import Timing

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Clock:
    """A clock that only sleeping moves; `sleeps` are all sleeps, `on_sleep` is called after each."""

    now: float = 1_700_000_000.0
    sleeps: list[float] = field(default_factory=list)
    on_sleep: Callable[[], None] | None = None

    def read(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)
        if self.on_sleep is not None:
            self.on_sleep()

    @property
    def timing(self) -> Timing:
        return Timing(self.read, self.sleep, lambda: 0.5)
