"""An API client for the sandbox that shares nothing with helpsync.intercom: requests straight into the application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

import httpx

from helpsync.sandbox import Sandbox, SandboxSettings, create_app

ANN = "ann@example.com"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Api:
    """A client with a token; each call returns the response."""

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self.app = create_app(settings)
        self.sandbox: Sandbox = self.app.state.sandbox
        self.clock = clock
        with self.sandbox.reading() as workspace:
            rows = workspace.db.execute("SELECT id, email FROM admins").fetchall()
        admins = {row["email"]: row["id"] for row in rows}
        self.own, self.ann = admins["docs@example.com"], admins[ANN]

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": "Bearer t"} | options.pop("headers", {})

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
                return await client.request(method, path, headers=headers, **options)

        return asyncio.run(ask())

    def get(self, path: str, **options: Any) -> Any:
        return self._good(self.request("GET", path, **options))

    def post(self, path: str, **payload: Any) -> Any:
        return self._good(self.request("POST", path, json=payload))

    def put(self, path: str, **payload: Any) -> Any:
        return self._good(self.request("PUT", path, json=payload))

    def delete(self, path: str) -> Any:
        return self._good(self.request("DELETE", path))

    def refused(self, method: str, path: str, **options: Any) -> tuple[int, str, str]:
        """Return status, code and message of a request that must fail in the documented shape."""
        response = self.request(method, path, **options)
        reply = response.json()
        assert reply["type"] == "error.list"
        assert reply["request_id"]
        (error,) = reply["errors"]
        return response.status_code, error["code"], error["message"]

    def article(self, **fields: Any) -> Any:
        """Create a published article of Ann's."""
        return self.post("/articles", **({"title": "Refunds", "author_id": self.ann, "state": "published"} | fields))

    def collection(self, **fields: Any) -> int:
        return int(self.post("/help_center/collections", **({"name": "Billing"} | fields))["id"])

    def section(self, parent: int, **fields: Any) -> int:
        return int(self.post("/help_center/sections", **({"name": "Invoices", "parent_id": parent} | fields))["id"])

    def body(self, html: str) -> str:
        """Return what becomes of a body."""
        stored: str = self.article(body=html)["body"]
        return stored

    @staticmethod
    def _good(response: httpx.Response) -> Any:
        assert response.status_code == 200, response.text
        return response.json()


MakeApi: TypeAlias = Callable[..., Api]
