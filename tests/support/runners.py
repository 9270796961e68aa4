"""Several checkouts of one repository over a bare git remote, all of which push to one Intercom."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx

from helpsync.baseline import GitStore, Timing
from helpsync.cli.program import run
from helpsync.intercom import open_pictures, open_reader, open_writer
from helpsync.sandbox import SandboxSettings, create_app
from helpsync.sync import checkout, connection
from journey_site import Deadly, Died, Ran, mortal, page
from virtual_time import Clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFIG = """\
default_locale: en
locales: [en, fr]
author: docs@example.com
state: published
baseline: git
remotes:
  production: {token_env: INTERCOM_ACCESS_TOKEN, base_url: "http://127.0.0.1:9"}
"""
REF = "refs/helpsync/production"
_AUTHOR = {f"GIT_{role}_{key}": "writer" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
NEUTRAL = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "INTERCOM_ACCESS_TOKEN": "t"}
_ELSEWHERE = ("GITHUB_ACTIONS", "CI_JOB_URL", "BUILD_URL", "CIRCLE_BUILD_URL")


def git(root: Path, *arguments: str, given: str | None = None) -> str:
    """Return what git says; raises where it fails."""
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        env={**os.environ, **NEUTRAL, **_AUTHOR},
        capture_output=True,
        check=True,
        input=given,
        text=True,
    )
    return done.stdout.strip()


@dataclass
class Office:
    """A bare git remote, an Intercom, and a clock for the leases; `on_write` is called before each write."""

    root: Path
    now: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    homes: list[GitStore] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    on_write: Callable[[str, str], None] = lambda _method, _path: None
    environ: dict[str, str] = field(default_factory=dict)
    config: str = CONFIG
    switches: dict[str, Any] = field(default_factory=dict)
    transport: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = lambda inner: inner

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.app = create_app(SandboxSettings(clock=self.clock.read, **self.switches))
        self.sandbox = self.app.state.sandbox
        self.origin = self.root / "origin.git"
        git(self.root, "init", "-q", "--bare", "-b", "main", str(self.origin))

    def first(self, articles: int = 3) -> Runner:
        """Return a checkout with a small help center, committed and pushed to the git remote."""
        one = self.clone("one")
        one.write("helpsync.yaml", self.config)
        one.write("content/a/_collection.md", page(name="A"))
        for number in range(articles):
            one.article(number, f"Text {number}.")
        one.commit("Begin")
        one.git("push", "-q", "origin", "HEAD:main")
        return one

    def clone(self, name: str, *options: str) -> Runner:
        """Return one more checkout."""
        git(self.root, "clone", "-q", *options, f"file://{self.origin}", name)
        return Runner(self, self.root / name)

    def home(self, *arguments: Any, **settings: Any) -> GitStore:
        timing = Timing(lambda: self.now, timedelta(days=1), self.pauses.append)
        self.homes.append(GitStore(*arguments, timing=timing, **settings))
        return self.homes[-1]

    def later(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)

    def held(self, name: str) -> str:
        """Return a file that the ref holds."""
        return git(self.origin, "show", f"{REF}:{name}")

    def names(self) -> list[str]:
        return git(self.origin, "ls-tree", "-r", "--name-only", REF).splitlines()

    def titles(self) -> list[str]:
        return sorted(article["title"] for article in self.sandbox.articles())


@dataclass
class Runner:
    """One checkout, on whatever machine."""

    office: Office
    root: Path

    def git(self, *arguments: str) -> str:
        return git(self.root, *arguments)

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def article(self, number: int, body: str) -> None:
        self.write(f"content/a/n{number}.md", page(f"{body}\n", title=f"Number {number}"))

    def commit(self, message: str) -> str:
        self.git("add", "helpsync.yaml", "content")
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD")

    def __call__(self, *arguments: str) -> Ran:
        """Run the command line here; `calls` are the requests that went out meanwhile."""
        out, err, log = io.StringIO(), io.StringIO(), _Log(self.office)
        timing = self.office.clock.timing
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            patch.dict(os.environ, {**NEUTRAL, **self.office.environ}),
            patch.object(checkout, "GitStore", self.office.home),
            patch.object(connection, "open_reader", partial(open_reader, timing=timing, transport=log)),
            patch.object(connection, "open_writer", partial(open_writer, timing=timing, transport=log)),
            patch.object(connection, "open_pictures", partial(open_pictures, timing=timing, transport=log)),
        ):
            for name in _ELSEWHERE:
                if name not in self.office.environ:
                    os.environ.pop(name, None)
            code: int | None = None
            with mortal():
                code = run([*arguments, "--config", str(self.root / "helpsync.yaml")])
        return Ran(code, out.getvalue(), err.getvalue(), log.calls)

    def push(self, *arguments: str) -> Ran:
        return self("push", "--yes", *arguments)

    def plan(self) -> Any:
        return self("diff", "--format", "json").json

    def killed(self, number: int, *, done: bool = False) -> Ran:
        """Push, and die at the write of this number: before Intercom gets it, or after it was done.

        A dead run leaves everything as it is, its lease too.
        """
        give_back = GitStore._give_back

        def alive_gives_back(home: GitStore) -> None:
            if not Died.dead:
                give_back(home)

        before = self.office.transport
        self.office.transport = lambda inner: Deadly(inner, number, done=done)
        try:
            with patch.object(GitStore, "_give_back", alive_gives_back):
                return self.push()
        finally:
            self.office.transport = before


def at_write(office: Office, number: int, act: Callable[[], object]) -> None:
    """Let something happen right before a push's write of this number, once, aside from that push's event loop."""
    left = iter(range(number - 1))

    def note(_method: str, _path: str) -> None:
        if next(left, None) is None:
            office.on_write = lambda _method, _path: None
            with ThreadPoolExecutor(1) as aside:
                aside.submit(act).result()

    office.on_write = note


class _Log(httpx.AsyncBaseTransport):
    """Notes what goes out to the office's Intercom."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.inner = office.transport(httpx.ASGITransport(office.app))
        self.calls: list[tuple[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            self.office.on_write(request.method, request.url.path)
        self.calls.append((request.method, request.url.path))
        return await self.inner.handle_async_request(request)
