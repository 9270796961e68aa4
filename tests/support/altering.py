"""A network on which Intercom keeps something else than it was sent: what it shows and what it stores are altered."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Altering(httpx.AsyncBaseTransport):
    """Lets `alter` change each write of an article or collection before it gets to Intercom."""

    def __init__(self, inner: httpx.AsyncBaseTransport, alter: Callable[[dict[str, Any]], None]) -> None:
        self.inner = inner
        self.alter = alter

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method not in ("POST", "PUT"):
            return await self.inner.handle_async_request(request)
        payload = json.loads(await request.aread())
        self.alter(payload)
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
        altered = httpx.Request(request.method, request.url, headers=headers, content=json.dumps(payload))
        return await self.inner.handle_async_request(altered)


def blocks(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the texts of a write: the default locale's at the top level, and one for each other locale."""
    return [payload, *payload.get("translated_content", {}).values()]


def replacing(pattern: str, by: str = "", *, field: str = "body") -> Callable[[dict[str, Any]], None]:
    """Return what replaces a pattern in a field of every text that is sent."""
    expression = re.compile(pattern, re.DOTALL)

    def alter(payload: dict[str, Any]) -> None:
        for block in blocks(payload):
            if block.get(field):
                block[field] = expression.sub(by, block[field])

    return alter


def setting(**fields: Any) -> Callable[[dict[str, Any]], None]:
    """Return what puts other values in the place of those that are sent, where they are sent; None drops one."""

    def alter(payload: dict[str, Any]) -> None:
        for block in blocks(payload):
            _set(block, fields)

    return alter


def _set(block: dict[str, Any], fields: Mapping[str, Any]) -> None:
    for name in block.keys() & fields.keys():
        if fields[name] is None:
            del block[name]
        else:
            block[name] = fields[name]
