"""The API's paths: who may ask, what is answered, and how lists are cut into pages (2.9; facts: Lists)."""

from __future__ import annotations

import hmac
import inspect
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from helpsync.sandbox import articles, groups
from helpsync.sandbox.control import Call, Phase
from helpsync.sandbox.failures import ApiError, invalid, not_found
from helpsync.sandbox.payload import Payload

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from helpsync.sandbox.control import Sandbox
    from helpsync.sandbox.groups import GroupKind
    from helpsync.sandbox.workspace import Workspace

PREFIXES = frozenset({"me", "admins", "articles", "help_center"})
"""The first segments of the API's paths; all other paths are readers'."""

VERSION = "2.9"
MAX_PER_PAGE = 250
_LARGEST_ID = 2**63 - 1


class Api:
    """The API as an ASGI application."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raises only what `on_request` raises."""
        request = Request(scope, receive)
        method, path = request.method, request.scope["path"]
        self.sandbox.requests[method, path] += 1
        within, headers = self.sandbox.pace.count()
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
        outcome = self.sandbox.on_request(method, path, phase)
        return await outcome if inspect.isawaitable(outcome) else outcome

    def _answer(self, request: Request, data: bytes, *, within: bool) -> Response:
        payload: Payload | None = None
        try:
            self._admit(request, within=within)
            handler, arguments = _route(request.method, request.scope["path"])
            if request.method in {"POST", "PUT"}:
                payload = Payload.parse(data, request.headers.get("content-type", ""))
            response = handler(_Asked(self.sandbox, request, payload), *arguments)
        except ApiError as error:
            response = error.response()
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


class _Asked:
    """A request that was let in: what the handlers need of it."""

    def __init__(self, sandbox: Sandbox, request: Request, payload: Payload | None) -> None:
        self.sandbox = sandbox
        self.request = request
        self.payload = payload if payload is not None else Payload({})

    def pages(self, per_page: int, read: Callable[[Workspace, int, int], tuple[int, list[dict[str, Any]]]]) -> Response:
        """Return a page of a list; past the end it is empty. `next` is a URL, and absent on the last page."""
        page = self.natural("page", 1, None)
        per_page = self.natural("per_page", per_page, MAX_PER_PAGE)
        with self.sandbox.reading() as workspace:
            total, data = read(workspace, per_page, min((page - 1) * per_page, _LARGEST_ID))
        last = -(-total // per_page)
        pages: dict[str, Any] = {"type": "pages", "page": page, "per_page": per_page, "total_pages": last}
        if page < last:
            url = self.request.url.replace(query=urlencode({"page": page + 1, "per_page": per_page}))
            pages["next"] = str(url)
        return JSONResponse({"type": "list", "pages": pages, "total_count": total, "data": data})

    def natural(self, name: str, default: int, largest: int | None) -> int:
        """Return a number from the query; raises ApiError for what is none, 0, or too large."""
        text = self.request.query_params.get(name)
        if text is None or text == "":
            return default
        if not re.fullmatch(r"0*[1-9][0-9]{0,8}", text) or (largest is not None and int(text) > largest):
            up_to = f" to {largest}" if largest is not None else " up"
            raise invalid(f"{name} must be a number from 1{up_to}", name)
        return int(text)


def _me(asked: _Asked) -> Response:
    with asked.sandbox.reading() as workspace:
        row = workspace.db.execute("SELECT * FROM admins WHERE id = ?", (workspace.own_admin,)).fetchone()
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
    return JSONResponse(
        {
            "type": "admin",
            "id": str(row["id"]),
            "email": row["email"],
            "name": row["name"],
            "email_verified": True,
            "app": app,
            "avatar": {"type": "avatar", "image_url": None},
            "has_inbox_seat": True,
        }
    )


def _admin(row: Any) -> dict[str, Any]:  # noqa: ANN401  # a row of sqlite3, whose values have no types
    return {
        "type": "admin",
        "email": row["email"],
        "id": str(row["id"]),
        "name": row["name"],
        "away_mode_enabled": False,
        "away_mode_reassign": False,
        "has_inbox_seat": True,
        "team_ids": [],
    }


def _admins(asked: _Asked) -> Response:
    with asked.sandbox.reading() as workspace:
        rows = workspace.db.execute("SELECT * FROM admins ORDER BY id").fetchall()
    return JSONResponse({"type": "admin.list", "admins": [_admin(row) for row in rows]})


def _one_admin(asked: _Asked, number: int) -> Response:
    with asked.sandbox.reading() as workspace:
        row = workspace.db.execute("SELECT * FROM admins WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise ApiError(404, "admin_not_found", "Admin not found")
    return JSONResponse(_admin(row))


def _help_centers(asked: _Asked, number: int | None = None) -> Response:
    origin = asked.sandbox.settings.origin
    with asked.sandbox.reading() as workspace:
        paths = workspace.centers()
        rows = workspace.db.execute("SELECT * FROM help_centers ORDER BY id").fetchall()
    data = [
        {
            "id": str(row["id"]),
            "workspace_id": workspace.id,
            "identifier": row["identifier"],
            "created_at": row["created_at"],
            "updated_at": row["created_at"],
            "website_turned_on": True,
            "display_name": row["identifier"].replace("-", " ").title(),
            "url": f"{origin}{paths[row['id']]}",
            "custom_domain": None,
        }
        for row in rows
    ]
    if number is None:
        # Not paged in the description; yet the official SDKs ask for pages until one is empty.
        return JSONResponse({"type": "list", "data": data if asked.natural("page", 1, None) == 1 else []})
    found = next((center for center in data if center["id"] == str(number)), None)
    if found is None:
        raise not_found()
    return JSONResponse(found)


def _articles(asked: _Asked) -> Response:
    return asked.pages(25, articles.page)


def _create_article(asked: _Asked) -> Response:
    with asked.sandbox.writing() as workspace:
        return JSONResponse(articles.reply(workspace, articles.create(workspace, asked.payload)))


def _article(asked: _Asked, number: int) -> Response:
    with asked.sandbox.reading() as workspace:
        return JSONResponse(articles.reply(workspace, number))


def _update_article(asked: _Asked, number: int) -> Response:
    with asked.sandbox.writing() as workspace:
        articles.update(workspace, number, asked.payload)
        return JSONResponse(articles.reply(workspace, number))


def _delete_article(asked: _Asked, number: int) -> Response:
    with asked.sandbox.writing() as workspace:
        articles.delete(workspace, number)
    return _deleted("article", number)


def _deleted(kind: str, number: int) -> Response:
    return JSONResponse({"id": str(number), "object": kind, "deleted": True})


def _group_handlers(kind: GroupKind) -> dict[str, _Handler]:
    def several(asked: _Asked) -> Response:
        return asked.pages(20, lambda workspace, limit, offset: groups.page(workspace, kind, limit, offset))

    def create(asked: _Asked) -> Response:
        with asked.sandbox.writing() as workspace:
            number = groups.create(workspace, kind, asked.payload)
            return JSONResponse(groups.reply(workspace, kind, number, after_write=True))

    def one(asked: _Asked, number: int) -> Response:
        with asked.sandbox.reading() as workspace:
            return JSONResponse(groups.reply(workspace, kind, number))

    def update(asked: _Asked, number: int) -> Response:
        with asked.sandbox.writing() as workspace:
            groups.update(workspace, kind, number, asked.payload)
            return JSONResponse(groups.reply(workspace, kind, number, after_write=True))

    def delete(asked: _Asked, number: int) -> Response:
        with asked.sandbox.writing() as workspace:
            groups.delete(workspace, kind, number)
        return _deleted(kind, number)

    return {"GET": several, "POST": create, "GET id": one, "PUT id": update, "DELETE id": delete}


_Handler = Callable[..., Response]
_ROUTES: dict[str, dict[str, _Handler]] = {
    "/me": {"GET": _me},
    "/admins": {"GET": _admins, "GET id": _one_admin},
    "/help_center/help_centers": {"GET": _help_centers, "GET id": _help_centers},
    "/help_center/collections": _group_handlers("collection"),
    "/help_center/sections": _group_handlers("section"),
    "/articles": {
        "GET": _articles,
        "POST": _create_article,
        "GET id": _article,
        "PUT id": _update_article,
        "DELETE id": _delete_article,
    },
}


def _route(method: str, path: str) -> tuple[_Handler, tuple[int, ...]]:
    """Return what answers a path, and the id in it; raises ApiError 404 or 405."""
    arguments: tuple[int, ...] = ()
    suffix = ""
    handlers = _ROUTES.get(path)
    if handlers is None:
        parent, _, last = path.rpartition("/")
        handlers = _ROUTES.get(parent)
        if handlers is None or not last.isascii() or not last.isdecimal() or len(last) > 18:
            raise not_found()
        arguments, suffix = (int(last),), " id"
    known = [name for name in handlers if name.endswith(" id") == bool(suffix)]
    if not known:
        raise not_found()
    handler = handlers.get(f"{method}{suffix}")
    if handler is None:
        raise ApiError(405, "method_not_allowed", f"{method} is not allowed here")
    return handler, arguments
