"""The API, version 2.9: who may use it, what each path does, and how lists are paged."""

from __future__ import annotations

import hmac
import inspect
import re
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from helpsync.sandbox.control import Call, Phase
from helpsync.sandbox.items import ARTICLES, COLLECTIONS, SECTIONS, Items
from helpsync.sandbox.payload import ApiError, Payload, invalid, not_found

if TYPE_CHECKING:
    import sqlite3

    from starlette.types import Receive, Scope, Send

    from helpsync.sandbox.control import Sandbox
    from helpsync.sandbox.workspace import Workspace

API_PREFIXES = ("me", "admins", "articles", "help_center")
"""The first segments of the API's paths."""

VERSION = "2.9"
MAX_PER_PAGE = 250
_LARGEST_ID = 2**63 - 1
_WINDOW_SECONDS = 10
_UNLIMITED = 1666  # the headers show this many, all of them left, if there is no limit


class Api:
    """The API as an ASGI application."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._rate_limit = _RateLimit(sandbox.settings.rate_limit, sandbox.settings.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raises only what `on_request` raises."""
        request = Request(scope, receive)
        method, path = request.method, request.scope["path"]
        self.sandbox.requests[method, path] += 1
        within, headers = self._rate_limit.count()
        response = await self._hook(method, path, "before")
        if response is None:
            data = await request.body()
            response = self._answer(request, data, within=within)
            response = await self._hook(method, path, "after") or response
        response.headers.update(headers)
        await response(scope, receive, send)

    async def _hook(self, method: str, path: str, phase: Phase) -> Response | None:
        if self.sandbox.on_request is None:
            return None
        reply = self.sandbox.on_request(method, path, phase)
        return await reply if inspect.isawaitable(reply) else reply

    def _answer(self, request: Request, data: bytes, *, within: bool) -> Response:
        payload: Payload | None = None
        try:
            self._admit(request, within=within)
            handler, arguments = _route(request.method, request.scope["path"])
            if request.method in {"POST", "PUT"}:
                payload = Payload.parse(data, request.headers.get("content-type", ""))
            response = handler(_ApiRequest(self.sandbox, request, payload), *arguments)
        except ApiError as error:
            response = _error(error)
        if self.sandbox.settings.record:
            values = payload.values if payload is not None else None
            self.sandbox.calls.append(Call(request.method, request.scope["path"], values, response.status_code))
        return response

    def _admit(self, request: Request, *, within: bool) -> None:
        """Raise ApiError for a request without a valid token, past the rate limit, or of another API version."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        expected = self.sandbox.settings.token
        valid = scheme.lower() == "bearer" and token.strip() != ""
        if not valid or (expected is not None and not hmac.compare_digest(token.strip().encode(), expected.encode())):
            raise ApiError(401, "unauthorized", "Access Token Invalid")
        if not within:
            limit = self.sandbox.settings.rate_limit
            raise ApiError(429, "rate_limit_exceeded", f"Exceeded rate limit of {limit} in 10_seconds window")
        if request.headers.get("intercom-version", VERSION) != VERSION:
            raise ApiError(400, "intercom_version_invalid", "The requested version could not be found")


class _RateLimit:
    """Counts requests in windows of 10 seconds; a limit of None lets every request through."""

    def __init__(self, limit: int | None, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._window = -1
        self._used = 0

    def count(self) -> tuple[bool, dict[str, str]]:
        """Count a request; return whether it is within the limit, and the headers of its reply."""
        window = int(self._clock()) // _WINDOW_SECONDS
        if window != self._window:
            self._window, self._used = window, 0
        self._used += 1
        limit = self._limit or _UNLIMITED
        left = limit if self._limit is None else max(0, limit - self._used)
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str((window + 1) * _WINDOW_SECONDS),
        }
        return self._limit is None or self._used <= limit, headers


class _ApiRequest:
    """An admitted request and its payload, for a handler."""

    def __init__(self, sandbox: Sandbox, request: Request, payload: Payload | None) -> None:
        self.sandbox = sandbox
        self.request = request
        self.payload = payload if payload is not None else Payload({})

    def page(self, items: Items) -> Response:
        """Return a page of a list; past the end it is empty. `next` is a URL, and missing on the last page."""
        page = self.natural("page", 1, None)
        per_page = self.natural("per_page", items.per_page, MAX_PER_PAGE)
        with self.sandbox.reading() as workspace:
            total, data = items.page(workspace, per_page, min((page - 1) * per_page, _LARGEST_ID))
        last = -(-total // per_page)
        pages: dict[str, Any] = {"type": "pages", "page": page, "per_page": per_page, "total_pages": last}
        if page < last:
            url = self.request.url.replace(query=urlencode({"page": page + 1, "per_page": per_page}))
            pages["next"] = str(url)
        return JSONResponse({"type": "list", "pages": pages, "total_count": total, "data": data})

    def natural(self, name: str, default: int, largest: int | None) -> int:
        """Return a number of the query; raises ApiError for 0, a larger one, or anything else."""
        text = self.request.query_params.get(name)
        if text is None or text == "":
            return default
        if not re.fullmatch(r"0*[1-9][0-9]{0,8}", text) or (largest is not None and int(text) > largest):
            up_to = f" to {largest}" if largest is not None else " up"
            raise invalid(f"{name} must be a number from 1{up_to}", name)
        return int(text)


def _error(error: ApiError) -> JSONResponse:
    """Return the documented reply: type, request_id, and one error with code, message and, if known, field."""
    described = {"code": error.code, "message": error.message}
    if error.field is not None:
        described["field"] = error.field
    content = {"type": "error.list", "request_id": str(uuid.uuid4()), "errors": [described]}
    return JSONResponse(content, status_code=error.status)


def _me(request: _ApiRequest) -> Response:
    with request.sandbox.reading() as workspace:
        [row] = workspace.rows("SELECT * FROM admins WHERE id = ?", workspace.own_admin)
    app = {
        "type": "app",
        "id_code": workspace.id,
        "name": "helpsync sandbox",
        "created_at": workspace.created_at,
        "secure": False,
        "identity_verification": False,
        "timezone": "Etc/UTC",
        "region": "US",
    }
    rest = {"email_verified": True, "app": app, "avatar": {"type": "avatar", "image_url": None}}
    return JSONResponse(_admin_fields(row) | rest)


def _admins(request: _ApiRequest) -> Response:
    with request.sandbox.reading() as workspace:
        rows = workspace.rows("SELECT * FROM admins ORDER BY id")
    return JSONResponse({"type": "admin.list", "admins": [_admin_item(row) for row in rows]})


def _admin(request: _ApiRequest, number: int) -> Response:
    with request.sandbox.reading() as workspace:
        row = workspace.row("SELECT * FROM admins WHERE id = ?", number)
    if row is None:
        raise ApiError(404, "admin_not_found", "Admin not found")
    return JSONResponse(_admin_item(row))


def _admin_fields(row: sqlite3.Row) -> dict[str, Any]:
    return {"type": "admin", "id": str(row["id"]), "email": row["email"], "name": row["name"], "has_inbox_seat": True}


def _admin_item(row: sqlite3.Row) -> dict[str, Any]:
    return _admin_fields(row) | {"away_mode_enabled": False, "away_mode_reassign": False, "team_ids": []}


def _help_centers(request: _ApiRequest) -> Response:
    # The API's description has no pages here, but the official SDKs ask for pages until one is empty.
    shown = request.natural("page", 1, None) == 1
    return JSONResponse({"type": "list", "data": _help_center_items(request) if shown else []})


def _help_center(request: _ApiRequest, number: int) -> Response:
    found = next((center for center in _help_center_items(request) if center["id"] == str(number)), None)
    if found is None:
        raise not_found()
    return JSONResponse(found)


def _help_center_items(request: _ApiRequest) -> list[dict[str, Any]]:
    with request.sandbox.reading() as workspace:
        paths = workspace.center_paths()
        rows = workspace.rows("SELECT * FROM help_centers ORDER BY id")
    return [
        {
            "id": str(row["id"]),
            "workspace_id": workspace.id,
            "identifier": row["identifier"],
            "created_at": row["created_at"],
            "updated_at": row["created_at"],
            "website_turned_on": True,
            "display_name": row["identifier"].replace("-", " ").title(),
            "url": f"{workspace.settings.origin}{paths[row['id']]}",
            "custom_domain": None,
        }
        for row in rows
    ]


_Handler = Callable[..., Response]


def _handlers(items: Items) -> dict[str, _Handler]:
    """Return the handlers of articles, collections or sections, by method; `GET id` is for one item."""

    def written(workspace: Workspace, number: int) -> Response:
        item = items.get(workspace, number)
        if items is SECTIONS and item["parent_id"] is not None:
            # A section's parent is text in the reply to a write, and a number elsewhere (examples of 2.9).
            item["parent_id"] = str(item["parent_id"])
        return JSONResponse(item)

    def get_list(request: _ApiRequest) -> Response:
        return request.page(items)

    def get(request: _ApiRequest, number: int) -> Response:
        with request.sandbox.reading() as workspace:
            return JSONResponse(items.get(workspace, number))

    def post(request: _ApiRequest) -> Response:
        with request.sandbox.writing() as workspace:
            return written(workspace, items.create(workspace, request.payload))

    def put(request: _ApiRequest, number: int) -> Response:
        with request.sandbox.writing() as workspace:
            items.update(workspace, number, request.payload)
            return written(workspace, number)

    def delete(request: _ApiRequest, number: int) -> Response:
        with request.sandbox.writing() as workspace:
            items.delete(workspace, number)
        return JSONResponse({"id": str(number), "object": items.kind, "deleted": True})

    return {"GET": get_list, "POST": post, "GET id": get, "PUT id": put, "DELETE id": delete}


_ROUTES: dict[str, dict[str, _Handler]] = {
    "/me": {"GET": _me},
    "/admins": {"GET": _admins, "GET id": _admin},
    "/help_center/help_centers": {"GET": _help_centers, "GET id": _help_center},
    "/help_center/collections": _handlers(COLLECTIONS),
    "/help_center/sections": _handlers(SECTIONS),
    "/articles": _handlers(ARTICLES),
}


def _route(method: str, path: str) -> tuple[_Handler, tuple[int, ...]]:
    """Return the handler of a path, and the id in the path; raises ApiError 404 or 405."""
    arguments: tuple[int, ...] = ()
    handlers = _ROUTES.get(path)
    if handlers is None:
        parent, _, last = path.rpartition("/")
        handlers = _ROUTES.get(parent)
        if handlers is None or not last.isascii() or not last.isdecimal() or len(last) > 18:
            raise not_found()
        arguments = (int(last),)
    suffix = " id" if arguments else ""
    if not any(name.endswith(" id") == bool(suffix) for name in handlers):
        raise not_found()
    handler = handlers.get(f"{method}{suffix}")
    if handler is None:
        raise ApiError(405, "method_not_allowed", f"{method} is not allowed here")
    return handler, arguments
