"""A small Intercom in memory with faults on demand, in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import httpx

from helpsync.intercom import Endpoint, open_reader, open_writer
from virtual_time import Clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from helpsync.intercom import Reader, RequestEvent, Writer

T = TypeVar("T")
Fault: TypeAlias = "Callable[[httpx.Request], Awaitable[httpx.Response] | httpx.Response]"
TOKEN = "dG9rOjEyMzQ1Njc4OTA="
ENDPOINT = Endpoint("https://api.intercom.io", TOKEN)
LISTS = {
    "/articles": "articles",
    "/help_center/collections": "collections",
    "/help_center/sections": "sections",
    "/help_center/help_centers": "brands",
}


class FakeIntercom:
    """Lists sorted by updated_at, newest first; `faults` are taken one a request, None lets it pass."""

    def __init__(self) -> None:
        self.time = Clock()
        self.articles: list[dict[str, object]] = []
        self.collections: list[dict[str, object]] = []
        self.sections: list[dict[str, object]] = []
        self.brands: list[dict[str, object]] = []
        self.me: dict[str, object] = {"type": "admin", "id": "7", "app": {"type": "app", "id_code": "ws1"}}
        self.admins: list[dict[str, object]] = [{"id": "7", "name": "Ada", "email": "ada@example.com"}]
        self.requests: list[httpx.Request] = []
        self.faults: deque[Fault | None] = deque()
        self.events: list[RequestEvent] = []
        self.next_id = 100
        self.cap = 250

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        fault = self.faults.popleft() if self.faults else None
        if fault is None:
            return self.answer(request)
        outcome = fault(request)
        return outcome if isinstance(outcome, httpx.Response) else await outcome

    def sent(self, number: int = -1) -> dict[str, object]:
        body = json.loads(self.requests[number].content)
        assert isinstance(body, dict)
        return body

    def methods(self) -> list[str]:
        return [request.method for request in self.requests]

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/me":
            return reply(self.me)
        if path == "/admins":
            return reply({"type": "admin.list", "admins": self.admins})
        if path in LISTS:
            items: list[dict[str, object]] = getattr(self, LISTS[path])
            return self.create(items, request) if request.method == "POST" else self.page(items, request)
        base, _, identifier = path.rpartition("/")
        items = getattr(self, LISTS[base])
        item = next((one for one in items if str(one["id"]) == identifier), None)
        if item is None:
            return error(404, "not_found", "Resource Not Found")
        if request.method == "PUT":
            item.update(json.loads(request.content))
        if request.method == "DELETE":
            items.remove(item)
            return reply({"id": identifier, "object": "article", "deleted": True})
        return reply(item)

    def page(self, items: list[dict[str, object]], request: httpx.Request) -> httpx.Response:
        size = min(int(request.url.params.get("per_page", 20)), self.cap)
        number = int(request.url.params.get("page", 1))
        newest = sorted(items, key=lambda item: -int(str(item.get("updated_at", 0))))
        pages = max(1, -(-len(items) // size))
        return reply(
            {
                "type": "list",
                "data": newest[(number - 1) * size : number * size],
                "total_count": len(items),
                "pages": {"type": "pages", "page": number, "per_page": size, "total_pages": pages},
            }
        )

    def create(self, items: list[dict[str, object]], request: httpx.Request) -> httpx.Response:
        self.next_id += 1
        item = {"id": str(self.next_id), "updated_at": self.next_id, **json.loads(request.content)}
        items.append(item)
        return reply(item)

    def dropped(self, request: httpx.Request) -> httpx.Response:
        """Do as asked, and lose the reply."""
        self.answer(request)
        raise httpx.ReadError("connection reset", request=request)

    def reader(self, endpoint: Endpoint = ENDPOINT) -> AbstractAsyncContextManager[Reader]:
        return open_reader(
            endpoint, timing=self.time.timing, transport=httpx.MockTransport(self), on_request=self.events.append
        )

    def writer(self, endpoint: Endpoint = ENDPOINT) -> AbstractAsyncContextManager[Writer]:
        return open_writer(
            endpoint, timing=self.time.timing, transport=httpx.MockTransport(self), on_request=self.events.append
        )

    def reading(self, work: Callable[[Reader], Coroutine[object, object, T]]) -> T:
        async def main() -> T:
            async with self.reader() as reader:
                return await work(reader)

        return asyncio.run(main())

    def writing(self, work: Callable[[Writer], Coroutine[object, object, T]]) -> T:
        async def main() -> T:
            async with self.writer() as writer:
                return await work(writer)

        return asyncio.run(main())


def reply(data: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=data, headers={name.replace("_", "-"): text for name, text in headers.items()})


def error(status: int, code: str, message: str, **headers: str) -> httpx.Response:
    body = {"type": "error.list", "request_id": "req-1", "errors": [{"code": code, "message": message}]}
    return reply(body, status, **headers)


def lost(request: httpx.Request) -> httpx.Response:
    """Lose the request: nothing happens."""
    raise httpx.ReadError("connection reset", request=request)


def refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("[Errno 111] Connection refused", request=request)


def timed_out(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("", request=request)
