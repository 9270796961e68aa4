"""The rate limit: requests counted in windows of 10 seconds (facts: Servers, versions, limits)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW = 10
UNLIMITED = 1666
"""What the headers say where no limit is set: a full window, always."""


class Pace:
    """Counts requests; `limit` None lets all through."""

    def __init__(self, limit: int | None, clock: Callable[[], float]) -> None:
        self.limit = limit
        self._clock = clock
        self._window = -1
        self._used = 0

    def count(self) -> tuple[bool, dict[str, str]]:
        """Count a request; return whether it is within the limit, and the headers that its reply has."""
        window = int(self._clock()) // WINDOW
        if window != self._window:
            self._window, self._used = window, 0
        self._used += 1
        limit = self.limit or UNLIMITED
        left = limit if self.limit is None else max(0, limit - self._used)
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str((window + 1) * WINDOW),
        }
        return self.limit is None or self._used <= limit, headers
