"""The connection to a remote: over HTTP, or to the sandbox in this process."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from helpsync.baseline import HelpsyncFolder
from helpsync.errors import ConfigError
from helpsync.intercom import REGIONS, Endpoint, PictureReader, Reader, Writer, open_pictures, open_reader, open_writer
from helpsync.settings import SANDBOX, base_url_problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from helpsync.content import Tree
    from helpsync.model import Remote, Requests
    from helpsync.settings import Config, RemoteConfig
    from helpsync.sync.listener import Listener
    from helpsync.sync.sandbox import SandboxFolder, SandboxPages


T = TypeVar("T")


def run_until_done(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns, from an event loop of its own; raises KeyboardInterrupt where ^C cancelled it.

    The loop itself gets no result: it would format one for an error message that it then drops, which for a large help
    center takes as long as a push and a gigabyte of memory.
    """
    results: list[T] = []

    async def keep() -> None:
        results.append(await work)

    try:
        asyncio.run(keep())
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error
    return results[0]


@dataclass(frozen=True, slots=True)
class RemoteRead:
    """What was read of a remote, with how many requests, and when that ended in Unix seconds."""

    remote: Remote
    requests: Requests
    at: float


@dataclass(frozen=True)
class Connection:
    """Opens clients for one remote; nothing is sent before that."""

    config: Config
    settings: RemoteConfig
    listener: Listener

    @property
    def in_process(self) -> bool:
        """Whether the sandbox answers without a server."""
        return self.settings.name == SANDBOX and not self.base_url_override

    @property
    def base_url_override(self) -> str | None:
        """The server that the environment or the remote's settings put in the region's place."""
        return os.environ.get("HELPSYNC_BASE_URL") or self.settings.base_url

    @property
    def base_url(self) -> str:
        """The server as the baseline and the plan name it: the sandbox is one, served or not."""
        return "sandbox:" if self.settings.name == SANDBOX else self._server

    @property
    def _server(self) -> str:
        return (self.base_url_override or REGIONS[self.settings.region]).rstrip("/")

    @cached_property
    def sandbox(self) -> SandboxFolder:
        """The folder of the project's sandbox, made if it was missing."""
        from helpsync.sync.sandbox import SandboxFolder

        folder = HelpsyncFolder(self.config.root)
        return SandboxFolder(self.config, folder.make(folder.path / SANDBOX))

    @property
    def sandbox_pages(self) -> SandboxPages | None:
        """Where the sandbox's pages are; None for other remotes."""
        if self.settings.name != SANDBOX:
            return None
        if self.in_process:
            return self.sandbox.pages
        from helpsync.sync.sandbox import SandboxPages

        return SandboxPages(self._server, served=True)

    def endpoint(self, tree: Tree | None = None) -> Endpoint:
        """Return the server and the token; raises ConfigError without a token."""
        if self.in_process:
            from helpsync.sandbox import create_app

            return Endpoint("http://localhost", SANDBOX, app=create_app(self.sandbox.in_process(tree)))
        if problem := base_url_problem(self._server):
            raise ConfigError(f"HELPSYNC_BASE_URL: {problem}")
        if self.settings.name == SANDBOX:
            return Endpoint(self._server, os.environ.get("HELPSYNC_TOKEN") or SANDBOX)
        variable = self.settings.token_env or "INTERCOM_ACCESS_TOKEN"
        token = os.environ.get(variable, "")
        if not token.strip():
            raise ConfigError(
                f"no token for remote {self.settings.name}: the environment variable {variable} is "
                f"{'empty' if variable in os.environ else 'not set'}",
                hint="an access token is made in Intercom's Developer Hub; to try helpsync without one, "
                "use --remote sandbox",
            )
        return Endpoint(self._server, token, api_version=self.settings.api_version)

    @asynccontextmanager
    async def reader(self, tree: Tree | None) -> AsyncIterator[Reader]:
        """Open a client that cannot write; authors of the tree are teammates in the sandbox that answers in-process."""
        async with self._opened(tree) as endpoint, open_reader(endpoint, **self._callbacks) as client:
            yield client

    @asynccontextmanager
    async def writer(self, tree: Tree) -> AsyncIterator[Writer]:
        """Open a client that can write."""
        async with self._opened(tree) as endpoint, open_writer(endpoint, **self._callbacks) as client:
            yield client

    @asynccontextmanager
    async def pictures(self, tree: Tree) -> AsyncIterator[PictureReader]:
        """Open a client that fetches the pictures of stored bodies."""
        async with self._opened(tree) as endpoint, open_pictures(endpoint) as reader:
            yield reader

    def read(self, tree: Tree | None, default_locale: str | None = None) -> RemoteRead:
        """Read the remote; `default_locale` is assumed where Intercom names none, by default that of the settings."""

        async def read() -> RemoteRead:
            async with self.reader(tree) as reader:
                self.listener.progress(f"reading {self.settings.name}")
                locale = self.config.default_locale if default_locale is None else default_locale
                remote = await reader.read(default_locale=locale)
                return RemoteRead(remote, reader.requests, reader.now())

        return run_until_done(read())

    @asynccontextmanager
    async def _opened(self, tree: Tree | None) -> AsyncIterator[Endpoint]:
        endpoint = self.endpoint(tree)
        try:
            yield endpoint
        finally:
            if endpoint.app is not None:
                from helpsync.sandbox import close_app

                close_app(endpoint.app)

    @property
    def _callbacks(self) -> dict[str, Any]:
        def wait(seconds: float, what: str) -> None:
            self.listener.message(f"waiting up to {seconds:.0f} s for {what}")

        return {"on_request": self.listener.request, "on_wait": wait}
