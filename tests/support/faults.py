"""What goes wrong between a push and Intercom: a transport that lets misfortune befall one request, or its reply."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

from journey_site import Died

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from journey_site import Site

Misfortune: TypeAlias = "Callable[[httpx.AsyncBaseTransport, httpx.Request, Line], Any]"

WINDOW = 10
PAGE = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"


@dataclass
class Line(httpx.AsyncBaseTransport):
    """The line between a site and its Intercom; misfortune may befall the n-th request (from 0), the rest goes through.

    With `lasting` it befalls all from then on. Writes whose connection died may land later: they do so before the next
    request that comes after their moment, be it another process's.
    """

    site: Site
    misfortune: Misfortune | None = None
    at: int = 0
    writes_only: bool = False
    lasting: bool = False
    count: int = field(default=0, init=False)
    late: list[tuple[float, httpx.Request]] = field(default_factory=list, init=False)
    inner: httpx.AsyncBaseTransport = field(init=False)

    def __post_init__(self) -> None:
        self.inner = httpx.ASGITransport(self.site.app)
        self.site.transport = lambda _: self

    @property
    def struck(self) -> bool:
        return self.count > self.at

    def straighten(self) -> None:
        """Let all requests through from now on; what is late still lands."""
        self.misfortune = None

    async def land(self) -> None:
        """Let land what is due."""
        due = [request for moment, request in self.late if moment <= self.site.clock.now]
        self.late = [(moment, request) for moment, request in self.late if moment > self.site.clock.now]
        for request in due:
            await self.inner.handle_async_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.land()
        await asyncio.sleep(0)  # requests side by side overtake each other, as on a network
        if self.misfortune is not None and not (self.writes_only and request.method == "GET"):
            self.count += 1
            if self.count == self.at + 1 or (self.lasting and self.struck):
                reply: httpx.Response = await self.misfortune(self.inner, request, self)
                return reply
        reply = await self.inner.handle_async_request(request)
        await asyncio.sleep(0)
        return reply


async def refused(_inner: httpx.AsyncBaseTransport, request: httpx.Request, _line: Line) -> httpx.Response:
    raise httpx.ConnectError("connection refused", request=request)


async def never_arrived(_inner: httpx.AsyncBaseTransport, request: httpx.Request, _line: Line) -> httpx.Response:
    raise httpx.WriteError("connection reset by peer", request=request)


async def reply_dropped(inner: httpx.AsyncBaseTransport, request: httpx.Request, _line: Line) -> httpx.Response:
    await inner.handle_async_request(request)
    raise httpx.RemoteProtocolError("server disconnected without a reply", request=request)


async def reset_after(inner: httpx.AsyncBaseTransport, request: httpx.Request, _line: Line) -> httpx.Response:
    await inner.handle_async_request(request)
    raise httpx.ReadError("connection reset by peer", request=request)


async def timed_out(inner: httpx.AsyncBaseTransport, request: httpx.Request, _line: Line) -> httpx.Response:
    await inner.handle_async_request(request)
    raise httpx.ReadTimeout("timed out", request=request)


async def late_commit(
    _inner: httpx.AsyncBaseTransport, request: httpx.Request, line: Line, *, seconds: float
) -> httpx.Response:
    line.late.append((line.site.clock.now + seconds, request))
    raise httpx.ReadError("connection reset by peer", request=request)


async def server_error(_inner: httpx.AsyncBaseTransport, request: httpx.Request, _line: Line) -> httpx.Response:
    error = {"type": "error.list", "request_id": "r1", "errors": [{"code": "server_error", "message": "Server error"}]}
    return httpx.Response(500, json=error, request=request)


async def gateway_before(_inner: httpx.AsyncBaseTransport, request: httpx.Request, _line: Line) -> httpx.Response:
    return httpx.Response(502, html=PAGE, request=request)


async def gateway_after(inner: httpx.AsyncBaseTransport, request: httpx.Request, _line: Line) -> httpx.Response:
    await inner.handle_async_request(request)
    return httpx.Response(502, html=PAGE, request=request)


async def cut_off(inner: httpx.AsyncBaseTransport, request: httpx.Request, _line: Line) -> httpx.Response:
    reply = await inner.handle_async_request(request)
    whole = await reply.aread()
    return httpx.Response(
        reply.status_code,
        headers={"content-type": "application/json"},
        content=whole[: len(whole) // 2],
        request=request,
    )


async def limited(
    inner: httpx.AsyncBaseTransport, request: httpx.Request, line: Line, *, windows: int = 1
) -> httpx.Response:
    """Answer this request and all others with 429, until so many windows of the rate limit have passed."""
    now = line.site.clock.now
    end = (now // WINDOW + windows) * WINDOW

    async def storm(inner: httpx.AsyncBaseTransport, request: httpx.Request, line: Line) -> httpx.Response:
        now = line.site.clock.now
        if now >= end:
            return await inner.handle_async_request(request)
        headers = {
            "X-RateLimit-Limit": "166",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(int((now // WINDOW + 1) * WINDOW)),
        }
        error = {"type": "error.list", "errors": [{"code": "rate_limit_exceeded", "message": "Exceeded rate limit"}]}
        return httpx.Response(429, json=error, headers=headers, request=request)

    line.misfortune, line.lasting = storm, True
    return await storm(inner, request, line)


async def lost_with_the_server(_inner: httpx.AsyncBaseTransport, request: httpx.Request, line: Line) -> httpx.Response:
    """Lose the connection over a write, which will land, and answer nobody from then on."""
    line.late.append((float("inf"), request))
    line.misfortune, line.lasting, line.writes_only = refused, True, False
    raise httpx.ReadError("connection reset by peer", request=request)


async def died_before(_inner: httpx.AsyncBaseTransport, _request: httpx.Request, _line: Line) -> httpx.Response:
    raise Died


async def died_after(inner: httpx.AsyncBaseTransport, request: httpx.Request, _line: Line) -> httpx.Response:
    await inner.handle_async_request(request)
    raise Died


async def died_and_landed_late(
    _inner: httpx.AsyncBaseTransport, request: httpx.Request, line: Line, *, seconds: float
) -> httpx.Response:
    line.late.append((line.site.clock.now + seconds, request))
    raise Died


FAULTS: Mapping[str, Misfortune] = {
    "refused": refused,
    "never arrived": never_arrived,
    "reply dropped": reply_dropped,
    "timed out": timed_out,
    "500": server_error,
    "502 page": gateway_after,
    "JSON cut off": cut_off,
    "429": limited,
}
MORE_FAULTS: Mapping[str, Misfortune] = {
    "reset after": reset_after,
    "502 page, not done": gateway_before,
    "lands 3 s later": partial(late_commit, seconds=3),
    "lands 20 s later": partial(late_commit, seconds=20),
    "lands 34 s later": partial(late_commit, seconds=34),
    "429 storm": partial(limited, windows=4),
}
DEATHS: Mapping[str, Misfortune] = {"before": died_before, "after": died_after}
LATE_DEATHS: Mapping[str, Misfortune] = {
    f"lands {seconds} s later": partial(died_and_landed_late, seconds=seconds) for seconds in (1, 8, 25)
}
