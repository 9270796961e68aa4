"""The sandbox on a loopback port: for good, or for the time of a `with` block."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import uvicorn

from helpsync.errors import ConfigError
from helpsync.sandbox.app import create_app
from helpsync.sandbox.settings import DEFAULT_ORIGIN, DEFAULT_PORT, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from helpsync.sandbox.control import Sandbox

HOST = "127.0.0.1"
_JOIN_SECONDS = 10


def serve(
    settings: Settings,
    *,
    port: int = DEFAULT_PORT,
    port_file: Path | None = None,
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the sandbox until it is interrupted; port 0 takes a free one, `port_file` gets its number and a newline.

    The file is written, and `started` is called with the origin, when connections are already taken. Raises
    ConfigError for a port that is in use.
    """
    listener, settings = _listen(settings, port)
    with listener:
        server, sandbox = _server(settings)
        try:
            if port_file is not None:
                port_file.parent.mkdir(parents=True, exist_ok=True)
                unfinished = port_file.with_name(f"{port_file.name}.{os.getpid()}")
                unfinished.write_text(f"{listener.getsockname()[1]}\n", encoding="ascii")
                unfinished.replace(port_file)
            started(f"http://localhost:{listener.getsockname()[1]}")
            server.run(sockets=[listener])
        finally:
            sandbox.close()


@contextmanager
def running(settings: Settings) -> Iterator[tuple[Sandbox, str]]:
    """Serve a sandbox on a free port in a thread; give it and its base URL."""
    listener, settings = _listen(settings, 0)
    with listener:
        server, sandbox = _server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield sandbox, f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_JOIN_SECONDS)
            sandbox.close()


def _listen(settings: Settings, port: int) -> tuple[socket.socket, Settings]:
    """Return a socket that takes connections, and the settings with the origin that follows from its port."""
    # asyncio sends small pieces at once only where it can see that a socket is TCP; otherwise each reply waits 40 ms.
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
    taken = listener.getsockname()[1]
    if settings.origin == DEFAULT_ORIGIN and taken != DEFAULT_PORT:
        settings = replace(settings, origin=f"http://localhost:{taken}")
    return listener, settings


def _server(settings: Settings) -> tuple[uvicorn.Server, Sandbox]:
    app = create_app(settings)
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none")
    sandbox: Sandbox = app.state.sandbox
    return uvicorn.Server(config), sandbox
