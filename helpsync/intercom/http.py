"""Sends requests: one pool of connections, the rate limit, retries; every failure becomes a HelpsyncError."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import time
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict, TypeVar, Unpack
from urllib.parse import urlsplit

import httpx

from helpsync import __version__
from helpsync.errors import ConfigError, OutcomeUnknown, RemoteError, Unauthorized
from helpsync.intercom.failures import RUN_AGAIN, NoReply, Reply, error_of, no_connection, one_line
from helpsync.model import Requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from helpsync.intercom.endpoint import Endpoint

Method: TypeAlias = Literal["GET", "POST", "PUT", "DELETE"]
Json: TypeAlias = dict[str, object]
OnWait: TypeAlias = "Callable[[float, str], None]"
"""Called for a long wait, with the most seconds that it takes, and its reason."""

T = TypeVar("T")

CONNECTIONS = 16
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
"""Seconds between two pieces of a reply: a write may wait for Intercom to fetch its pictures."""

REPLY_TIMEOUT = 600.0
"""Seconds for a whole reply."""

MAX_REPLY = 512_000_000
"""Bytes of a reply, unpacked: a page of 250 articles of 2 MB each, in all locales."""

ATTEMPTS = 5
FIRST_CONTACT_ATTEMPTS = 3
"""A server that has never replied is more likely misnamed than busy."""

RATE_LIMITED_ATTEMPTS = 12
REDIRECTS = 3
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""Variables that name trusted certificates, OpenSSL's and those of requests; the first that is set counts."""

MAX_WAIT = 60.0
"""Seconds; a window is 10 long, so a longer wait comes from a wrong clock, not from the limit."""

RESERVE = 0.2
"""The share of a window's requests that is spread over the rest of its time."""

LONG_WAIT = 3.0
"""Seconds; helpsync announces a longer wait."""

SHORTEST_WAIT = 0.001
"""Seconds; less is rounding."""

JITTER = 0.5
"""Seconds; up to this is added after a window's end, so that several machines don't return at once."""


class WriteRefusedError(RuntimeError):
    """A read-only client was asked to write: a mistake in the program, not of the user."""


class LostReplyError(Exception):
    """A POST that may have happened got no clear reply; `error` is for the user, if no look shows what happened."""

    def __init__(self, error: RemoteError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock (Unix seconds), the function that sleeps, and the random numbers (0 ≤ x < 1); tests replace them."""

    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random

    def backoff(self, failures: int, *, base: float = 0.5, cap: float = 20.0) -> float:
        """Return the seconds to wait after this many failures (from 1): doubling, half of it random."""
        ceiling: float = min(cap, base * 2 ** (failures - 1))
        return ceiling * (1 + self.random()) / 2


REAL_TIME = Timing()


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One request: `status` is None without a reply, `attempt` counts from 1; without headers and bodies."""

    method: str
    path: str
    status: int | None
    seconds: float
    attempt: int


class Options(TypedDict, total=False):
    """Functions to call for each request and each long wait, and replacements for the clock and the network."""

    on_request: Callable[[RequestEvent], None] | None
    on_wait: OnWait | None
    timing: Timing
    transport: httpx.AsyncBaseTransport | None


class Http:
    """Sends requests to one endpoint; with `read_only`, raises WriteRefusedError for all methods but GET."""

    def __init__(self, endpoint: Endpoint, *, read_only: bool, **options: Unpack[Options]) -> None:
        endpoint.check()
        self.endpoint = endpoint
        self.timing = options.get("timing", REAL_TIME)
        self._read_only = read_only
        self._on_request = options.get("on_request")
        self.on_wait = options.get("on_wait") or (lambda _seconds, _reason: None)
        self._pace = Pace(self.timing, self.on_wait)
        self._counts: dict[str, int] = dict.fromkeys(("GET", "POST", "PUT", "DELETE", "retried"), 0)
        self._reached = False
        self._client = set_up(lambda: _client(endpoint, options.get("transport")))

    @property
    def requests(self) -> Requests:
        """The number of requests sent so far."""
        return Requests(**{name.lower(): count for name, count in self._counts.items()})

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def count_retry(self) -> None:
        """Count the next request as a retry."""
        self._counts["retried"] += 1

    async def send(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Json | None = None,
        on_send: Callable[[], None] = lambda: None,
        again: Callable[[], Awaitable[Json | None]] | None = None,
    ) -> Json:
        """Return the JSON object of the reply; a DELETE may return an empty one.

        `on_send` is called right before each attempt, after any wait for the rate limit; an exception from it stops the
        attempt. `again` is awaited before each retry: a result other than None counts as the reply.

        GET, PUT and DELETE are retried after 5xx, lost connections and time-outs; all methods after 429, and if nothing
        was sent. Raises Unauthorized, NotFound, RemoteError, Unreachable; OutcomeUnknown for a PUT or DELETE that may
        have arrived, but got no reply or could not be looked up; LostReplyError for a POST that may have happened; and
        what `on_send` and `again` raise.
        """
        if self._read_only and method != "GET":
            raise WriteRefusedError(f"{method} {path} was asked of a client that only reads")
        what = f"{method} {path}"
        request = self._client.build_request(method, path, params=params, json=json)
        attempt = failures = limited = 0
        unsure = False  # an earlier attempt may have succeeded
        while True:
            attempt += 1
            if attempt > 1:
                if again is not None and (found := await _looked_up(again, what, unsure=unsure)) is not None:
                    return found
                self.count_retry()
            outcome = await self._attempt(request, path, attempt, on_send)
            if isinstance(outcome, Reply):
                if outcome.status == 429 and limited < RATE_LIMITED_ATTEMPTS:
                    limited += 1
                    self._pace.hold_back(outcome.headers, limited)
                    continue
                answer = _answer(outcome, method, unsure=unsure)
                if answer is not None:
                    return answer
            failures += 1
            happened = _may_have_happened(outcome)
            in_doubt = method != "GET" and (happened or unsure)
            error = error_of(outcome, what, self.endpoint, attempts=attempt, in_doubt=in_doubt)
            if method == "POST" and happened and isinstance(error, RemoteError):
                raise LostReplyError(error)
            if not self._worth_retrying(outcome, failures):
                raise error
            unsure = unsure or happened
            await self._back_off(outcome, failures)

    async def _attempt(
        self, request: httpx.Request, path: str, attempt: int, on_send: Callable[[], None]
    ) -> Reply | NoReply:
        await self._pace.turn()
        start = self.timing.clock()
        outcome: Reply | NoReply | None = None
        went = False
        try:
            on_send()
            went = True
            self._counts[request.method] += 1
            outcome = await self._exchange(request)
        finally:
            self._pace.done()
            if went and self._on_request is not None:
                status = outcome.status if isinstance(outcome, Reply) else None
                seconds = max(0.0, self.timing.clock() - start)
                self._on_request(RequestEvent(request.method, path, status, seconds, attempt))
        if isinstance(outcome, Reply):
            self._reached = True
            self._pace.learn(outcome.headers)
        return outcome

    async def _exchange(self, request: httpx.Request) -> Reply | NoReply:
        via, redirects = None, 0
        while True:
            try:
                async with asyncio.timeout(REPLY_TIMEOUT):
                    reply = await self._receive(request)
            except httpx.HTTPError as error:
                return _no_reply(error, self.endpoint)
            except TimeoutError:
                return NoReply(f"it took longer than {REPLY_TIMEOUT:g} seconds", sent=True, hopeless=True, reached=True)
            if isinstance(reply, NoReply):
                return reply
            target = _redirect(request.url, reply)
            # Only a GET is redirected, and only within the server, so the token never goes to another one.
            if target is None or request.method != "GET" or redirects == REDIRECTS:
                return replace(reply, via=via)
            request, via = self._client.build_request("GET", target), target.path
            redirects += 1
            self._counts["GET"] += 1

    async def _receive(self, request: httpx.Request) -> Reply | NoReply:
        """Return the whole reply unless it is too large: a small one can unpack to a very large one."""
        response = await self._client.send(request, stream=True)
        try:
            content = bytearray()
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > MAX_REPLY:
                    return NoReply(f"it was larger than {MAX_REPLY / 1e6:g} MB", sent=True, hopeless=True, reached=True)
        finally:
            await response.aclose()
        return Reply(response.status_code, response.headers, bytes(content))

    async def _back_off(self, outcome: Reply | NoReply, failures: int) -> None:
        if isinstance(outcome, Reply) and "retry-after" in outcome.headers:
            self._pace.hold_back(outcome.headers, failures)
        else:
            await self.timing.sleep(self.timing.backoff(failures))

    def _worth_retrying(self, outcome: Reply | NoReply, failures: int) -> bool:
        if isinstance(outcome, Reply):
            passing = outcome.status in {408, 425} or (outcome.status >= 500 and outcome.status not in {501, 505})
            return failures < ATTEMPTS and (passing or (outcome.status < 300 and outcome.truncated))
        most = ATTEMPTS if self._reached else FIRST_CONTACT_ATTEMPTS
        return failures < most and not outcome.hopeless


async def gather(work: Sequence[Coroutine[object, object, T]]) -> list[T]:
    """Return the results of several requests, in order; the first failure cancels the others.

    Raises that failure, or Unauthorized if it is among several.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as failures:
        found = failures.exceptions
        raise next((error for error in found if isinstance(error, Unauthorized)), found[0]) from None
    return [task.result() for task in tasks]


async def _looked_up(again: Callable[[], Awaitable[Json | None]], what: str, *, unsure: bool) -> Json | None:
    """Return the result of `again`; if it fails and an earlier attempt may have succeeded, raise OutcomeUnknown."""
    try:
        return await again()
    except RemoteError as error:
        if not unsure:
            raise
        raise OutcomeUnknown(
            f"no clear answer to {what}; whether it happened could not be looked up: {error.message}", hint=RUN_AGAIN
        ) from error


def _answer(reply: Reply, method: Method, *, unsure: bool) -> Json | None:
    """Return the JSON of a successful reply, None for any other."""
    if method == "DELETE" and ((unsure and reply.status == 404) or (reply.status < 300 and not reply.content.strip())):
        return {}
    return reply.data if reply.succeeded else None


def _may_have_happened(outcome: Reply | NoReply) -> bool:
    if isinstance(outcome, NoReply):
        return outcome.sent
    return outcome.status >= 500 or outcome.status == 408 or outcome.succeeded


def _no_reply(error: httpx.HTTPError, endpoint: Endpoint) -> NoReply:
    # A value, not an exception with a cause: httpx's exception has the request, and so the token.
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return NoReply(f"no connection within {CONNECT_TIMEOUT:g} seconds", sent=False)
    if isinstance(error, httpx.TimeoutException):
        return NoReply(f"no answer within {READ_TIMEOUT:g} seconds", sent=True)
    if isinstance(error, httpx.DecodingError):
        return NoReply("its compression is broken", sent=True, reached=True)
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return no_connection(error, endpoint.base_url)
    reason = one_line(endpoint.redact(str(error))) or type(error).__name__
    hopeless = isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError)
    return NoReply(reason, sent=not hopeless, hopeless=hopeless)


def _redirect(url: httpx.URL, reply: Reply) -> httpx.URL | None:
    """Return the URL that a reply redirects to; None if it doesn't, or if it leads to another server."""
    location = reply.headers.get("location")
    if location is None or reply.status not in {301, 302, 303, 307, 308}:
        return None
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError):
        return None
    return target if (target.scheme, target.host, target.port) == (url.scheme, url.host, url.port) else None


# The rate limit -------------------------------------------------------------------------------------------------------


class Pace:
    """The rate limit for all requests of a client: slows down before it is reached; requests in flight count as used.

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
        """Wait until a request may be sent; call `done()` after it, whether it succeeds or fails."""
        while (delay := self._delay()) > SHORTEST_WAIT:
            self._announce(delay)
            await self._timing.sleep(delay)
        self._last = self._timing.clock()
        self._in_flight += 1

    def done(self) -> None:
        """Note that a request is no longer in flight; until a reply says otherwise it counts as used."""
        self._in_flight -= 1
        self._remaining = max(0, self._remaining - 1)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Note a reply's rate-limit headers, if it has any."""
        limit, remaining, reset = (
            _number(headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset")
        )
        if remaining is None or reset is None:
            return
        if self._window is not None and reset < self._window:
            return  # a late reply of an older window
        if reset == self._window:
            # Replies can arrive out of order: the lowest number is the newest.
            self._remaining = min(self._remaining + 1, int(remaining))
        else:
            self._window, self._remaining, self._limit = reset, int(remaining), 0
            self._ends = self._timing.clock() + _until(reset, headers, self._timing)
        self._limit = max(self._limit, int(limit or 0), self._remaining)

    def hold_back(self, headers: Mapping[str, str], failures: int) -> None:
        """Hold all requests until the time that a 429 or 503 asks for, or for a back-off if it names no time."""
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
    # The server's Date header corrects for a wrong clock on this machine.
    server_now = _date(headers.get("date"))
    return min(max(0.0, moment - (timing.clock() if server_now is None else server_now)), MAX_WAIT)


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.strip().isascii() and text.strip().isdecimal() else None


def _date(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text or "").timestamp()
    except ValueError:
        return None


# Setting up -----------------------------------------------------------------------------------------------------------


def _client(endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    if transport is None and endpoint.app is not None:
        transport = httpx.ASGITransport(app=endpoint.app, raise_app_exceptions=False)
    here = endpoint.loopback or endpoint.app is not None
    return httpx.AsyncClient(
        base_url=endpoint.base_url.rstrip("/"),
        headers={
            "Authorization": f"Bearer {endpoint.token.strip()}",
            "Intercom-Version": endpoint.api_version,
            "Accept": "application/json",
            "User-Agent": f"helpsync/{__version__}",
        },
        timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT, pool=None),
        limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=30),
        follow_redirects=False,
        # Plain http to this machine must not go through a proxy, which would see the token.
        trust_env=not here,
        verify=True if transport is not None else certificates_for(endpoint),
        transport=transport,
    )


def certificates_for(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """Return the value of httpx's `verify` for an endpoint.

    Raises ConfigError if the environment names unusable certificates and the connection would use them.
    """
    if endpoint.app is not None or urlsplit(endpoint.base_url).scheme == "http":
        return True
    for name in CERTIFICATES:
        if path := os.environ.get(name):
            file, folder = (None, path) if Path(path).is_dir() else (path, None)
            return set_up(partial(ssl.create_default_context, cafile=file, capath=folder), f"{name}: ")
    return set_up(httpx.create_ssl_context)


def set_up(make: Callable[[], T], where: str = "") -> T:
    """Return the result of `make`; raises ConfigError if it fails because of the environment's settings."""
    try:
        return make()
    except ImportError:
        trouble = "a SOCKS proxy is not supported"
    except (ValueError, httpx.InvalidURL):
        trouble = "a proxy's address is not usable"  # not quoted: it may contain a password
    except OSError as error:
        said = "it contains no certificate" if isinstance(error, ssl.SSLError) else one_line(error.strerror or error)
        trouble = f"the certificates can't be read: {said}"
    raise ConfigError(
        f"no connection can be set up with the environment's proxy and certificate settings: {where}{trouble}",
        hint=f"check HTTPS_PROXY, ALL_PROXY, {', '.join(CERTIFICATES[:-1])} and {CERTIFICATES[-1]}",
    )
