"""A writer's workspace: a folder with a content tree, the real command line, and a sandbox that can be looked into."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

from helpsync.cli.program import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONFIG = """\
default_locale: en
locales: [en, fr, de]
author: docs@example.com
state: published
remotes:
  production: {token_env: INTERCOM_ACCESS_TOKEN}
"""


@dataclass
class Ran:
    """What one call of the command line did."""

    code: int
    out: str
    err: str
    calls: list[Any] = field(default_factory=list)

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def writes(self) -> list[Any]:
        return [call for call in self.calls if call.method != "GET"]


class Workspace:
    """A repository with a content tree, tied to a sandbox of its own."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str], app: Any) -> None:
        self.root = root
        self._capsys = capsys
        self._app = app
        self.sandbox = app.state.sandbox

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def collection(self, path: str, name: str, **more: str) -> None:
        self.write(f"content/{path}", _page({"name": name, **more}, ""))

    def article(self, path: str, title: str, body: str = "Some text.\n", **more: str) -> None:
        self.write(f"content/{path}", _page({"title": title, **more}, body))

    def edit(self, path: str, old: str, new: str) -> None:
        target = self.root / "content" / path
        text = target.read_text(encoding="utf-8")
        assert old in text
        target.write_text(text.replace(old, new), encoding="utf-8")

    def move(self, old: str, new: str) -> None:
        target = self.root / "content" / new
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.root / "content" / old).rename(target)

    def remove(self, path: str) -> None:
        (self.root / "content" / path).unlink()

    def __call__(self, *arguments: str) -> Ran:
        """Run the command line; `calls` are the requests that the sandbox got meanwhile."""
        before = len(self.sandbox.calls)
        code = run(list(arguments))
        out, err = self._capsys.readouterr()
        return Ran(code, out, err, self.sandbox.calls[before:])

    def push(self, *arguments: str) -> Ran:
        return self("push", "--remote", "sandbox", "--yes", *arguments)

    def diff(self, *arguments: str) -> Ran:
        return self("diff", "--remote", "sandbox", *arguments)

    def api(self, method: str, path: str, payload: Any = None) -> Any:
        """Call the sandbox's API as some other client would."""
        return asyncio.run(self.ask(method, path, payload))

    async def ask(self, method: str, path: str, payload: Any = None) -> Any:
        """Call the sandbox's API while a command runs."""
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app),
            base_url="http://localhost",
            headers={"Authorization": "Bearer other"},
        ) as client:
            reply = await client.request(method, path, json=payload)
            reply.raise_for_status()
            return reply.json()

    def plan(self) -> Any:
        return self.diff("--format", "json").json


def _page(fields: dict[str, str], body: str) -> str:
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    return "---\n" + "\n".join(lines) + "\n---\n" + body


LIMITED = """\
default_locale: en
locales: [en, fr]
author: docs@example.com
state: published
limits: {remove: 30%, floor: 4}
remotes:
  sandbox: {}
"""


def crowd(workspace: Workspace, count: int) -> None:
    """Write a collection with this many articles."""
    workspace.collection("a/_collection.md", "A")
    for number in range(count):
        workspace.article(f"a/n{number}.md", f"Number {number}", f"Text {number}.\n")


MakeWorkspace: TypeAlias = Callable[..., Workspace]
"""Makes a workspace: ``make_workspace(config, heading_ids="keep")`` sets a switch of the sandbox."""
