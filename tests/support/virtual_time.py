"""Time that passes only when somebody waits: for retries and rate limits in tests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from helpsync.intercom import Timing


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    now: float = 1_700_000_000.0

    def read(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)

    @property
    def timing(self) -> Timing:
        return Timing(self.read, self.sleep, lambda: 0.5)
