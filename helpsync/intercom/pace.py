"""Keeps to the rate limit: slows down before it is reached, waits where it was (facts: Servers, versions, limits)."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

MAX_WAIT = 60.0
"""Seconds; a window is 10 long, so a longer wait comes from a wrong clock, not from the limit."""

RESERVE = 0.2
"""The share of a window's requests that is spread over the rest of its time."""

LONG_WAIT = 3.0
"""Seconds; the user is told of a longer wait."""

SHORTEST_WAIT = 0.001
"""Seconds; less is rounding."""

JITTER = 0.5
"""Seconds; up to this is added after a window's end, so that several machines don't return at once."""

OnWait: TypeAlias = "Callable[[float, str], None]"
"""Called for a long wait, with the most seconds that it takes, and its reason."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock (Unix seconds), the way to sleep and the source of jitter (0 ≤ x < 1); tests bring their own."""

    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random

    def backoff(self, failures: int, *, base: float = 0.5, cap: float = 20.0) -> float:
        """Return the seconds to wait after this many failures (from 1): doubling, half of it random."""
        ceiling: float = min(cap, base * 2 ** (failures - 1))
        return ceiling * (1 + self.random()) / 2


REAL_TIME = Timing()


class Pace:
    """The rate limit, shared by all requests of a client; requests in flight count as spent.

    A wait longer than `LONG_WAIT` calls `on_wait`, once for all requests that wait at the same time.
    """

    def __init__(self, timing: Timing, on_wait: OnWait = lambda _seconds, _reason: None) -> None:
        self._timing = timing
        self._on_wait = on_wait
        self._announced_until = 0.0
        self._in_flight = 0
        self._limit = 0
        self._remaining = 0
        self._window: float | None = None  # X-RateLimit-Reset as sent: it names the window
        self._ends = 0.0  # the window's end by our clock
        self._held_until = 0.0
        self._last = 0.0

    async def turn(self) -> None:
        """Return when a request may go out; `done()` must follow, whatever happens to the request."""
        while (delay := self._delay()) > SHORTEST_WAIT:
            self._announce(delay)
            await self._timing.sleep(delay)
        self._last = self._timing.clock()
        self._in_flight += 1

    def done(self) -> None:
        """Note that a request is no longer in flight; until a reply says otherwise it counts as spent."""
        self._in_flight -= 1
        self._remaining = max(0, self._remaining - 1)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Note a reply's rate-limit headers; without them nothing changes."""
        limit, remaining, reset = (
            _number(headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset")
        )
        if remaining is None or reset is None:
            return
        if self._window is not None and reset < self._window:
            return  # a late reply of an older window
        if reset == self._window:
            # Replies overtake each other: the lowest figure is the newest.
            self._remaining = min(self._remaining + 1, int(remaining))
        else:
            self._window, self._remaining, self._limit = reset, int(remaining), 0
            self._ends = self._timing.clock() + _until(reset, headers, self._timing)
        self._limit = max(self._limit, int(limit or 0), self._remaining)

    def hold_back(self, headers: Mapping[str, str], failures: int) -> None:
        """Hold all requests until the time that a 429 (or 503) names, or else for a back-off."""
        asked = requested_wait(headers, self._timing)
        least = self._timing.backoff(failures, base=1.0)
        wait = least if asked is None else min(max(asked, least / 4), MAX_WAIT)
        self._held_until = max(self._held_until, self._timing.clock() + wait)

    def _delay(self) -> float:
        now = self._timing.clock()
        if now < self._held_until:
            return self._held_until - now + self._jitter()
        if self._window is None or now >= self._ends:
            self._remaining = self._limit
            return 0.0
        left = self._remaining - self._in_flight
        if left <= 0:
            return self._ends - now + self._jitter()
        if left > self._limit * RESERVE:
            return 0.0
        return self._last + (self._ends - now) / (left + 1) - now

    def _announce(self, delay: float) -> None:
        now = self._timing.clock()
        if delay > LONG_WAIT and now >= self._announced_until:
            self._announced_until = now + delay
            self._on_wait(delay, "Intercom's rate limit")

    def _jitter(self) -> float:
        return 0.01 + JITTER * self._timing.random()


def requested_wait(headers: Mapping[str, str], timing: Timing) -> float | None:
    """Return the seconds that Retry-After or X-RateLimit-Reset ask for (0 or more), None without either."""
    after = headers.get("retry-after")
    seconds = _number(after)
    if seconds is not None:
        return seconds
    ends = _date(after)
    if ends is None:
        ends = _number(headers.get("x-ratelimit-reset"))
    return None if ends is None else _until(ends, headers, timing)


def _until(moment: float, headers: Mapping[str, str], timing: Timing) -> float:
    # The server's own Date makes a wrong clock on this machine harmless.
    server_now = _date(headers.get("date"))
    return min(max(0.0, moment - (timing.clock() if server_now is None else server_now)), MAX_WAIT)


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.strip().isascii() and text.strip().isdecimal() else None


def _date(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text or "").timestamp()
    except ValueError:
        return None
