"""The sandbox as one ASGI application: the API under its own paths, edit forms, readers' pages under all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from helpsync.sandbox.api import PREFIXES, Api
from helpsync.sandbox.control import Sandbox
from helpsync.sandbox.editing import PREFIX, Editing
from helpsync.sandbox.pages import Pages

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from helpsync.sandbox.settings import Settings


def create_app(settings: Settings) -> Starlette:
    """Return the embedded Intercom, with its `Sandbox` at `.state.sandbox`; raises ConfigError for a bad store."""
    sandbox = Sandbox(settings)
    app = Starlette(routes=[Route("/{path:path}", endpoint=_Front(sandbox))])
    app.state.sandbox = sandbox
    return app


class _Front:
    """Sends a request to the API, to the edit forms or to the readers' pages, by the first segment of its path."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._api = Api(sandbox)
        self._editing = Editing(sandbox)
        self._pages = Pages(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        first = scope["path"].split("/")[1]
        app = self._api if first in PREFIXES else self._editing if first == PREFIX else self._pages
        await app(scope, receive, send)
