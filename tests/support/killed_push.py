"""A push as a process of its own against a served Intercom, killed over its n-th write."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import uvicorn

import helpsync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from journey_site import Site

Moment: TypeAlias = Literal["before", "after"]
MOMENTS: tuple[Moment, ...] = ("before", "after")
PATIENCE = 60.0


class _Killer:
    """Stands before Intercom and kills a process over its n-th write (from 0).

    That is before the write is carried out, or after it was and before a word of the reply has gone out. Whatever else
    is on its way is carried out and finds nobody to answer to.
    """

    def __init__(self, app: ASGIApp, at: int, moment: Moment) -> None:
        self._app = app
        self._at = at
        self._moment = moment
        self._writes = 0
        self.pid: int | None = None
        self.struck = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        self._writes += 1
        if self._writes != self._at + 1:
            await self._app(scope, receive, send)
            return
        if self._moment == "after":
            await self._app(scope, receive, _nowhere)
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            self.struck = True
        # A reply to nobody: without one, the server would complain.
        await send({"type": "http.response.start", "status": 502, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def _nowhere(_: Message) -> None:
    pass


def killed_push(site: Site, at: int, moment: Moment) -> bool:
    """Push in a process of its own and kill it over its n-th write; return whether there was such a write.

    When this returns the process is dead, and what it had sent by then is carried out.
    """
    killer = _Killer(site.app, at, moment)
    with _served(killer) as origin:
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HELPSYNC_")},
            "HELPSYNC_BASE_URL": origin,
            "PYTHONPATH": str(Path(helpsync.__file__).parent.parent),
        }
        command = [sys.executable, "-m", "helpsync", "push", "--yes", "--remote", "sandbox"]
        with subprocess.Popen(
            command, cwd=site.root, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            killer.pid = process.pid
            _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == (-signal.SIGKILL if killer.struck else 0), err.decode()
    return killer.struck


@contextmanager
def _served(app: ASGIApp) -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            # It stops when all that is under way is done.
            server.should_exit = True
            thread.join(PATIENCE)
    assert not thread.is_alive()
