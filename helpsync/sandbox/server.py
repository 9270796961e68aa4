"""The sandbox as one ASGI application, which runs in-process or on a port of this machine."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from helpsync.errors import ConfigError
from helpsync.sandbox.api import API_PREFIXES, Api
from helpsync.sandbox.control import Sandbox
from helpsync.sandbox.editor_pages import EDITOR_PREFIX, EditorPages
from helpsync.sandbox.reader_pages import ReaderPages
from helpsync.sandbox.settings import DEFAULT_ORIGIN, DEFAULT_PORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import uvicorn
    from starlette.types import ASGIApp

    from helpsync.sandbox.settings import SandboxSettings

HOST = "127.0.0.1"
_JOIN_SECONDS = 10
_ANY = "/{path:path}"


def create_app(settings: SandboxSettings) -> Starlette:
    """Return the application, with its `Sandbox` at `.state.sandbox`; raises ConfigError for a bad store.

    The API and the edit forms answer the paths below their prefixes, the readers' pages all others.
    """
    sandbox = Sandbox(settings)
    parts: dict[str, ASGIApp] = {**dict.fromkeys(API_PREFIXES, Api(sandbox)), EDITOR_PREFIX: EditorPages(sandbox)}
    routes = [Route(f"/{prefix}{rest}", endpoint=part) for prefix, part in parts.items() for rest in ("", _ANY)]
    app = Starlette(routes=[*routes, Route(_ANY, endpoint=ReaderPages(sandbox))])
    app.state.sandbox = sandbox
    return app


def close_app(app: object) -> None:
    """Close the store of an application that `create_app` returned."""
    if isinstance(app, Starlette):
        app.state.sandbox.close()


def serve(
    settings: SandboxSettings,
    *,
    port: int = DEFAULT_PORT,
    port_file: Path | None = None,
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the sandbox until it is interrupted; port 0 takes a free one. Raises ConfigError for a port in use.

    When the sandbox accepts connections, its port is written to `port_file`, and `started` is called with its origin.
    """
    with _listening(settings, port) as (listener, server, _):
        taken = listener.getsockname()[1]
        if port_file is not None:
            port_file.parent.mkdir(parents=True, exist_ok=True)
            unfinished = port_file.with_name(f"{port_file.name}.{os.getpid()}")
            unfinished.write_text(f"{taken}\n", encoding="ascii")
            unfinished.replace(port_file)
        started(f"http://localhost:{taken}")
        server.run(sockets=[listener])


@contextmanager
def running(settings: SandboxSettings) -> Iterator[tuple[Sandbox, str]]:
    """Serve a sandbox on a free port in a thread until the block ends; yield it and its base URL."""
    with _listening(settings, 0) as (listener, server, sandbox):
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield sandbox, f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_JOIN_SECONDS)


@contextmanager
def _listening(settings: SandboxSettings, port: int) -> Iterator[tuple[socket.socket, uvicorn.Server, Sandbox]]:
    """Yield a socket that accepts connections, the server for it, and its sandbox; close all of them at the end."""
    import uvicorn  # noqa: PLC0415  # only what listens on a port needs it

    with _listener(port) as listener:
        taken = listener.getsockname()[1]
        if settings.origin == DEFAULT_ORIGIN and taken != DEFAULT_PORT:
            settings = replace(settings, origin=f"http://localhost:{taken}")
        app = create_app(settings)
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none")
        with closing(app.state.sandbox) as sandbox:
            yield listener, uvicorn.Server(config), sandbox


def _listener(port: int) -> socket.socket:
    # asyncio sends small pieces without delay only if it knows that a socket is TCP; otherwise each reply waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(
            f"the sandbox can't listen on port {port}: {reason}", hint="choose another with --port, or 0 for a free one"
        ) from error
    return listener
