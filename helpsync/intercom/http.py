"""Sending requests: one connection pool, the rate limit, retries, and errors as the project's own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from helpsync import __version__
from helpsync.errors import OutcomeUnknown, RemoteError, Unreachable
from helpsync.intercom.connection import certificates_for, hint_for, set_up, trouble_of
from helpsync.intercom.failures import Reply, failure, plain, redact, redirected, unreadable
from helpsync.intercom.pace import REAL_TIME, Pace, Timing
from helpsync.model import Requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from helpsync.errors import HelpsyncError
    from helpsync.intercom.endpoint import Endpoint
    from helpsync.intercom.pace import OnWait

Method: TypeAlias = Literal["GET", "POST", "PUT", "DELETE"]
Json: TypeAlias = dict[str, object]
T = TypeVar("T")

CONNECTIONS = 16
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
"""Seconds between two pieces of an answer: a write may wait for Intercom to fetch its pictures."""

ANSWER_TIMEOUT = 600.0
"""Seconds for a whole answer."""

MAX_ANSWER = 512_000_000
"""Bytes of an answer, unpacked: a page of 250 articles, each of 2 MB in all its locales together."""

ATTEMPTS = 5
FIRST_CONTACT_ATTEMPTS = 3
"""A server that has never answered is more likely misnamed than busy."""

RATE_LIMITED_ATTEMPTS = 12
REDIRECTS = 3


class WriteRefusedError(RuntimeError):
    """A read-only client was asked to write: a mistake in the program, never the user's."""


class LostReplyError(Exception):
    """A POST went out and no clear answer came back; `error` is what to tell when that stays so."""

    def __init__(self, error: RemoteError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One request as it went: status None where no answer came, `attempt` from 1; never headers or bodies."""

    method: Method
    path: str
    status: int | None
    seconds: float
    attempt: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client is given from outside: the timing, hooks for requests and waits, another transport."""

    timing: Timing = REAL_TIME
    on_request: Callable[[RequestEvent], None] | None = None
    transport: httpx.AsyncBaseTransport | None = None
    on_wait: OnWait | None = None


@dataclass(frozen=True, slots=True)
class _NoReply:
    """Nothing of use came back: why, whether the request may have arrived, whether trying again can help.

    `reached` is whether a server did answer, but not so that it can be read; `hint` is what to do, where that is known.
    """

    reason: str
    sent: bool
    hopeless: bool = False
    reached: bool = False
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What a look before a repeat found instead of a reply; an empty answer is one too."""

    answer: Json


class Http:
    """Requests to one endpoint with one token; `read_only` refuses everything but GET by WriteRefusedError."""

    def __init__(self, endpoint: Endpoint, settings: Settings, *, read_only: bool) -> None:
        endpoint.check()
        self.endpoint = endpoint
        self.timing = settings.timing
        self._read_only = read_only
        self._on_request = settings.on_request
        self._on_wait = settings.on_wait
        self._pace = Pace(settings.timing, settings.on_wait)
        self._counts: dict[str, int] = dict.fromkeys(("GET", "POST", "PUT", "DELETE", "retried"), 0)
        self._answered = False
        self._client = set_up(lambda: _client(endpoint, settings.transport))

    @property
    def requests(self) -> Requests:
        """Return how many requests have gone out so far."""
        return Requests(**{name.lower(): count for name, count in self._counts.items()})

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def note_repeat(self) -> None:
        """Count the next request as a repeat (a create that is sent again after looking)."""
        self._counts["retried"] += 1

    def tell_wait(self, seconds: float, what: str) -> None:
        """Announce a wait: at most this long, and for what."""
        if self._on_wait is not None:
            self._on_wait(seconds, what)

    async def send(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Json | None = None,
        begun: Callable[[], None] = lambda: None,
        again: Callable[[], Awaitable[Json | None]] | None = None,
    ) -> Json:
        """Return the answer's JSON object; a DELETE may return an empty one.

        `begun` is called right before each attempt goes out, when all waiting for the rate limit is over; what it
        raises keeps the attempt back. `again` is awaited before each repeat: what it returns is taken for the answer,
        None lets the request go out once more.
        GET, PUT and DELETE are repeated on 5xx, lost connections and time-outs, all methods on 429 and where nothing
        went out. Raises Unauthorized, NotFound, RemoteError, Unreachable; OutcomeUnknown for a PUT or DELETE that
        may have arrived and was never answered, or could not be looked up; LostReplyError for a POST whose fate is
        unclear; and what `begun` and `again` raise.
        """
        if self._read_only and method != "GET":
            raise WriteRefusedError(f"{method} {path} was asked of a client that only reads")
        attempt = failures = limited = 0
        unsure = False  # an earlier attempt may have done it
        while True:
            attempt += 1
            if attempt > 1:
                if again is not None and (known := await _looked_up(again, f"{method} {path}", unsure=unsure)):
                    return known.answer
                self.note_repeat()
            outcome = await self._attempt(method, path, params, json, attempt, begun)
            if isinstance(outcome, Reply):
                if outcome.status == 429 and limited < RATE_LIMITED_ATTEMPTS:
                    limited += 1
                    self._pace.close(outcome.headers, limited)
                    continue
                settled = _settle(outcome, method, unsure=unsure)
                if settled is not None:
                    return settled
            error = self._error(outcome, method, path, attempt, unsure=unsure)
            failures += 1
            happened = _may_have_happened(outcome)
            if method == "POST" and happened and isinstance(error, RemoteError):
                raise LostReplyError(error)
            if not self._worth_repeating(outcome, failures):
                raise error
            unsure = unsure or happened
            await self._back_off(outcome, failures)

    async def _attempt(
        self,
        method: Method,
        path: str,
        params: Mapping[str, str] | None,
        json: Json | None,
        attempt: int,
        begun: Callable[[], None],
    ) -> Reply | _NoReply:
        await self._pace.turn()
        began = self.timing.clock()
        outcome: Reply | _NoReply | None = None
        went = False
        try:
            begun()
            went = True
            self._counts[method] += 1
            outcome = await self._exchange(method, path, params, json)
        finally:
            self._pace.done()
            if went and self._on_request is not None:
                status = outcome.status if isinstance(outcome, Reply) else None
                seconds = max(0.0, self.timing.clock() - began)
                self._on_request(RequestEvent(method, path, status, seconds, attempt))
        if isinstance(outcome, Reply):
            self._answered = True
            self._pace.learn(outcome.headers)
        return outcome

    async def _exchange(
        self, method: Method, path: str, params: Mapping[str, str] | None, json: Json | None
    ) -> Reply | _NoReply:
        url, query, via = path, params, None
        for _ in range(REDIRECTS + 1):
            request = self._client.build_request(method, url, params=query, json=json)
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT):
                    reply = await self._answer(request)
            except httpx.HTTPError as error:
                return _no_reply(error, self.endpoint)
            except TimeoutError:
                return _NoReply(
                    f"it took longer than {ANSWER_TIMEOUT:g} seconds", sent=True, hopeless=True, reached=True
                )
            if isinstance(reply, _NoReply):
                return reply
            target = _redirect(str(request.url), reply)
            # The token goes to no other server, and a write nowhere but where it was meant to.
            if target is None or method != "GET":
                break
            url, query, via = target, None, urlsplit(target).path
            self._counts["GET"] += 1
        return replace(reply, via=via) if isinstance(reply, Reply) else reply

    async def _answer(self, request: httpx.Request) -> Reply | _NoReply:
        """Return the whole answer unless it is too large: a little can unpack to a lot."""
        response = await self._client.send(request, stream=True)
        try:
            content = bytearray()
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > MAX_ANSWER:
                    return _NoReply(
                        f"it was larger than {MAX_ANSWER / 1e6:g} MB", sent=True, hopeless=True, reached=True
                    )
        finally:
            await response.aclose()
        return Reply(response.status_code, response.headers, bytes(content))

    async def _back_off(self, outcome: Reply | _NoReply, failures: int) -> None:
        if isinstance(outcome, Reply) and "retry-after" in outcome.headers:
            self._pace.close(outcome.headers, failures)
        else:
            await self.timing.sleep(self.timing.backoff(failures))

    def _worth_repeating(self, outcome: Reply | _NoReply, failures: int) -> bool:
        if isinstance(outcome, Reply):
            transient = outcome.status in {408, 425} or (outcome.status >= 500 and outcome.status not in {501, 505})
            return failures < ATTEMPTS and (transient or (outcome.status < 300 and outcome.truncated))
        bound = ATTEMPTS if self._answered else FIRST_CONTACT_ATTEMPTS
        return failures < bound and not outcome.hopeless

    def _error(
        self, outcome: Reply | _NoReply, method: Method, path: str, attempts: int, *, unsure: bool
    ) -> HelpsyncError:
        if isinstance(outcome, Reply):
            if outcome.status < 300 and not outcome.refused:
                return unreadable(outcome, method, path, self.endpoint)
            if 300 <= outcome.status < 400:
                return redirected(outcome, method, path, self.endpoint)
            return failure(outcome, method, path, self.endpoint, attempts=attempts)
        tries = f", after {attempts} attempts" if attempts > 1 else ""
        reason = redact(outcome.reason, self.endpoint)
        if method != "GET" and (outcome.sent or unsure):
            return OutcomeUnknown(
                f"no answer from {self.endpoint.host} to {method} {path}: {reason}{tries}; it may have happened",
                hint="run again: what is there is looked at first",
            )
        if outcome.reached:
            return RemoteError(
                f"{self.endpoint.host} gave {method} {path} no answer that could be read whole: {reason}",
                hint="something between here and Intercom may have answered: a proxy, or a wrong base_url",
            )
        what = f" for {method} {path}" if outcome.sent else ""
        return Unreachable(
            f"{self.endpoint.host} can't be reached{what}: {reason}{tries}",
            hint=outcome.hint or hint_for(self.endpoint.base_url),
        )


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
        # Plain http to this machine must not take a detour over a proxy, which would see the token.
        trust_env=not here,
        verify=True if transport is not None else certificates_for(endpoint),
        transport=transport,
    )


async def _looked_up(again: Callable[[], Awaitable[Json | None]], what: str, *, unsure: bool) -> _Known | None:
    """Return what is known before a repeat; raises OutcomeUnknown where an earlier attempt may have done it unseen."""
    trouble: RemoteError | None = None
    answer: Json | None = None
    try:
        answer = await again()
    except RemoteError as error:
        if not unsure:
            raise
        trouble = error
    if trouble is not None:
        raise OutcomeUnknown(
            f"no clear answer to {what}; whether it happened could not be looked up: {trouble.message}",
            request_id=trouble.request_id,
            hint="run again: what is there is looked at first",
        )
    return None if answer is None else _Known(answer)


def _settle(reply: Reply, method: Method, *, unsure: bool) -> Json | None:
    """Return what a success says, None for everything else."""
    if method == "DELETE" and ((unsure and reply.status == 404) or (reply.status < 300 and not reply.content.strip())):
        return {}
    return reply.data if 200 <= reply.status < 300 and not reply.refused else None


def _may_have_happened(outcome: Reply | _NoReply) -> bool:
    if isinstance(outcome, Reply):
        return outcome.status >= 500 or outcome.status == 408 or (outcome.status < 300 and not outcome.refused)
    return outcome.sent


def _no_reply(error: httpx.HTTPError, endpoint: Endpoint) -> _NoReply:
    # A value, not an exception with a cause: the library's holds the request, and with it the token.
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return _NoReply(f"no connection within {CONNECT_TIMEOUT:g} seconds", sent=False)
    if isinstance(error, httpx.TimeoutException):
        return _NoReply(f"no answer within {READ_TIMEOUT:g} seconds", sent=True)
    if isinstance(error, httpx.DecodingError):
        return _NoReply("its compression is broken", sent=True, reached=True)
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        trouble = trouble_of(error, endpoint.base_url)
        return _NoReply(trouble.reason, sent=False, hopeless=trouble.hopeless, hint=trouble.hint)
    reason = plain(redact(str(error), endpoint)) or type(error).__name__
    hopeless = isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError)
    return _NoReply(reason, sent=not hopeless, hopeless=hopeless)


def _redirect(url: str, reply: Reply) -> str | None:
    """Return the address that a reply redirects to, None when it does not, or to another server."""
    location = reply.headers.get("location")
    if location is None or reply.status not in {301, 302, 303, 307, 308}:
        return None
    try:
        target = urljoin(url, location)
        return target if _origin(target) == _origin(url) else None
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
