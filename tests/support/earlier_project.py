"""A project as an earlier version of helpsync left it: its files, its Intercom, and the command line over both."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from archive import packed, read_archive, unpack
from helpsync.cli.program import run
from helpsync.sandbox import SandboxSettings, create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias

    OpenProject: TypeAlias = Callable[..., "EarlierProject"]

FIXTURES = Path(__file__).parent.parent / "compatibility" / "fixtures"
REF = "refs/helpsync/production"
GIT = {
    **{f"GIT_{role}_{key}": "writer" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


# The writes of the push that was killed, in its order, and what readers have after it.
TEAM = ("POST", "/help_center/collections")
PRICES, VAT, REFUNDS, TWO_STEPS = (
    ("PUT", title) for title in ("Prices", "VAT", "Refunds", "Signing in with two steps")
)
ARTICLE = ("POST", "/articles")
ALL = [TEAM, PRICES, VAT, REFUNDS, ARTICLE, ARTICLE, TWO_STEPS]
PUBLISHED = [
    "Discounts",
    "Inviting people",
    "Paying",
    "Prices",
    "Refunds",
    "Resetting your password",
    "Signing in",
    "VAT",
]


@dataclass(frozen=True)
class Ran:
    """What one call of the command line did.

    `writes` are the requests that write: the method, and the title of an article that is there or the path.
    """

    code: int
    out: str
    err: str
    writes: list[tuple[str, str]]

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def changes(self) -> dict[str, str]:
        """Return the action at each address, of a plan in JSON."""
        return {change["address"]: change["action"] for change in self.json["changes"]}

    def attention(self, kind: str) -> list[str]:
        """Return the addresses of a plan in JSON that have drifted or are in conflict."""
        return [item["address"] for item in self.json["attention"] if item["kind"] == kind]


@dataclass
class EarlierProject:
    """A checkout and the embedded Intercom that answers in the place of Intercom's own server."""

    root: Path
    app: Any
    capsys: pytest.CaptureFixture[str]
    requests: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sandbox(self) -> Any:
        return self.app.state.sandbox

    def __call__(self, *arguments: str) -> Ran:
        self.requests.clear()
        code = run([*arguments, "--config", str(self.root / "helpsync.yaml")])
        out, err = self.capsys.readouterr()
        assert "Traceback" not in err, err
        titles = {f"/articles/{item['id']}": item["title"] for item in self.sandbox.articles()}
        writes = [(method, titles.get(path, path)) for method, path in self.requests if method != "GET"]
        return Ran(code, out, err, writes)

    def plan(self) -> Ran:
        """Return the plan in JSON, with the exit code that says what is in it."""
        return self("diff", "--format", "json", "--exit-code")

    def is_in_step(self) -> bool:
        """Return whether there is nothing to do: no change, no drift, no write."""
        push = self("push", "--yes")
        return (self("diff", "--exit-code").code, push.code, push.writes) == (0, 0, [])

    async def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "api.eu.intercom.io", request.url
        self.requests.append((request.method, request.url.path))
        return await httpx.ASGITransport(self.app).handle_async_request(request)

    def path(self, name: str) -> Path:
        return self.root / name

    def text(self, name: str) -> str:
        return self.path(name).read_text(encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.text(name)
        assert old in text
        self.path(name).write_bytes(text.replace(old, new).encode())

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Return bytes and time of each file of the project but git's own."""
        return {
            name: (data, self.path(name).stat().st_mtime_ns)
            for name, data in packed(self.root).items()
            if not name.startswith(".git/")
        }

    def git(self, *arguments: str, given: bytes = b"", at: Path | None = None) -> str:
        return git(at or self.root, *arguments, given=given)

    # Intercom ---------------------------------------------------------------------------------------------------------

    def article(self, title: str) -> Mapping[str, Any]:
        """Return the one article with this title, as the API would."""
        (found,) = [item for item in self.sandbox.articles() if item["title"] == title]
        article: Mapping[str, Any] = found
        return article

    def titles(self) -> list[str]:
        """Return the titles of the published articles."""
        return sorted(item["title"] for item in self.sandbox.articles() if item["state"] == "published")

    def edit_in_intercom(self, title: str, old: str, new: str, locale: str = "en") -> None:
        """Replace a piece of a body as a teammate."""
        article = self.article(title)
        body = article["translated_content"][locale]["body"]
        assert old in body, body
        self.sandbox.edit_article(article["id"], locale=locale, body=body.replace(old, new))


def file_of(fixture: str, name: str) -> str:
    """Return the text of one file of a fixture's project."""
    return read_archive(FIXTURES / f"{fixture}.json")[f"project/{name}"].decode()


def git(root: Path, *arguments: str, given: bytes = b"") -> str:
    """Return what git says; raises where it fails."""
    done = subprocess.run(["git", "-C", str(root), *arguments], input=given, capture_output=True, check=True)
    return done.stdout.decode().strip()


def _restored_store(sql: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(sql.decode())
    connection.close()


@pytest.fixture
def open_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenProject]:
    """Give what opens a fixture; options are those of `git clone`, where git keeps the baseline."""
    opened: list[EarlierProject] = []
    for name, value in (GIT | {"INTERCOM_ACCESS_TOKEN": "t"}).items():
        monkeypatch.setenv(name, value)
    for name in ("GITHUB_ACTIONS", "CI_JOB_URL", "BUILD_URL", "CIRCLE_BUILD_URL"):
        monkeypatch.delenv(name, raising=False)

    def answered(_: httpx.AsyncHTTPTransport, request: httpx.Request) -> Any:
        return opened[-1].answer(request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", answered)

    def open_one(name: str, *options: str) -> EarlierProject:
        files = read_archive(FIXTURES / f"{name}.json")
        root, store = tmp_path / "project", tmp_path / "intercom.db"
        if sql := files.pop("intercom.sql", None):
            _restored_store(sql, store)
        if export := files.pop("origin.fast-export", None):
            git(tmp_path, "init", "-q", "--bare", "-b", "main", "origin.git")
            git(tmp_path / "origin.git", "fast-import", "--quiet", given=export)
            git(tmp_path, "clone", "-q", *options, f"file://{tmp_path / 'origin.git'}", "project")
        if sql := files.pop("sandbox.sql", None):
            _restored_store(sql, root / ".helpsync" / "sandbox" / "store.db")
        unpack(files, tmp_path)
        opened.append(EarlierProject(root, create_app(SandboxSettings(store=store)), capsys))
        return opened[-1]

    yield open_one
    for project in opened:
        project.sandbox.close()
