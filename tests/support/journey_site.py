"""A content tree and a sandbox without fixtures, on a clock of its own: for properties and for faults."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import re
import shutil
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import patch
from urllib.parse import unquote

import httpx

from helpsync.cli.program import run
from helpsync.intercom import Endpoint, open_reader, open_writer
from helpsync.sandbox import SandboxSettings, create_app
from helpsync.sync import applying, connection
from virtual_time import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from helpsync.apply import Applied
    from helpsync.intercom import Reader

CONFIG = """\
default_locale: en
locales: [en, fr]
author: docs@example.com
state: published
on_remove: {on_remove}
assets: {{url: "https://pictures.example/{{commit}}/{{path}}"}}
"""

_LINK = re.compile(r'href="[^"]*/(?P<locale>[a-z]{2})/articles/(?P<id>\d+)[^"#]*(?:#(?P<anchor>[^"]*))?"')
_HEADING = re.compile(r'<h\d[^>]* id="([^"]+)"[^>]*>(.*?)</h\d>')
_PICTURE = re.compile(r"/i/o/[^/]+/\d+/([^/]+/[^\"?]*)[^\"]*")


@dataclass
class Ran:
    """What one call of the command line did; `code` is None when the process died, `taken` were not refused."""

    code: int | None
    out: str
    err: str
    calls: list[tuple[str, str]] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [call for call in self.calls if call[0] != "GET"]

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Died(SystemExit):
    """The process ends here and now."""

    dead: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        Died.dead = True


@contextlib.contextmanager
def mortal() -> Iterator[None]:
    """Let a process that dies in this block do nothing any more: what would tidy up after it does not come to that."""
    tidy = applying._broken_off

    async def alive_tidies(*given: Any, **more: Any) -> Applied:
        if Died.dead:
            raise Died
        return await tidy(*given, **more)

    Died.dead = False
    with contextlib.suppress(Died), patch.object(applying, "_broken_off", alive_tidies):
        yield


# Tasks whose process died are not to be mourned by asyncio.
logging.getLogger("asyncio").addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], Died)))


class Deadly(httpx.AsyncBaseTransport):
    """Ends the process at the write with this number, before Intercom gets it or after it was done."""

    def __init__(self, inner: httpx.AsyncBaseTransport, number: int, *, done: bool) -> None:
        self.inner = inner
        self.left = number
        self.done = done

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return await self.inner.handle_async_request(request)
        self.left -= 1
        if self.left < 0 and not self.done:
            raise Died
        response = await self.inner.handle_async_request(request)
        if self.left < 0:
            raise Died
        return response


class Site:
    """A repository with a content tree, tied to a sandbox of its own; `transport` stands between the two."""

    def __init__(self, root: Path, *, on_remove: str = "unpublish", **switches: Any) -> None:
        self.root = root
        self.clock = Clock()
        self.app = create_app(SandboxSettings(clock=self.clock.read, **switches))
        self.sandbox = self.app.state.sandbox
        self.transport: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = lambda inner: inner
        self.write("helpsync.yaml", CONFIG.format(on_remove=on_remove))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sandbox.close()

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def content(self, files: Mapping[str, str]) -> None:
        """Make the content folder hold these files and no others."""
        shutil.rmtree(self.root / "content", ignore_errors=True)
        for path, text in files.items():
            self.write(f"content/{path}", text)

    def beside(self, root: Path) -> Site:
        """Return another checkout of the repository, tied to the same sandbox."""
        other = copy.copy(self)
        other.root = root
        other.write("helpsync.yaml", (self.root / "helpsync.yaml").read_text(encoding="utf-8"))
        return other

    def killed(self, number: int, *, done: bool) -> Ran:
        """Push, and die at the write of this number: before Intercom gets it, or after it was done."""
        before = self.transport
        self.transport = lambda inner: Deadly(inner, number, done=done)
        try:
            return self.push()
        finally:
            self.transport = before

    @property
    def heading_ids(self) -> str | None:
        """Return what the baseline knows of the ids of headings that are sent."""
        path = self.root / ".helpsync/sandbox/baseline.json"
        known: str | None = json.loads(path.read_text(encoding="utf-8")).get("heading_ids") if path.exists() else None
        return known

    @property
    def remembers(self) -> bool:
        """Return whether a push that died left its journal."""
        return (self.root / ".helpsync/journal/sandbox.jsonl").exists()

    def lose_disk(self) -> None:
        shutil.rmtree(self.root / ".helpsync", ignore_errors=True)

    def __call__(self, *arguments: str) -> Ran:
        """Run the command line; `calls` are the requests that went out meanwhile."""
        out, err = io.StringIO(), io.StringIO()
        log = _Log(self.transport(httpx.ASGITransport(self.app)))
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            patch("helpsync.sandbox.create_app", lambda _: self.app),
            patch("helpsync.sandbox.close_app", lambda _: None),
            patch.object(connection, "open_reader", partial(open_reader, timing=self.clock.timing, transport=log)),
            patch.object(connection, "open_writer", partial(open_writer, timing=self.clock.timing, transport=log)),
        ):
            code: int | None = None
            with mortal():
                code = run([*arguments, "--config", str(self.root / "helpsync.yaml"), "--remote", "sandbox"])
        return Ran(code, out.getvalue(), err.getvalue(), log.calls, log.taken)

    def reader(self) -> AbstractAsyncContextManager[Reader]:
        """Give a client of the sandbox that cannot write."""
        endpoint = Endpoint("http://localhost", "t")
        return open_reader(endpoint, timing=self.clock.timing, transport=httpx.ASGITransport(self.app))

    def push(self, *arguments: str) -> Ran:
        return self("push", "--yes", *arguments)

    def plan(self) -> Any:
        return self("diff", "--format", "json").json

    def push_as_listed(self, *arguments: str) -> Ran:
        """Push, and hold that no more articles are written, and no others, than the plan listed before."""
        plan = self.plan()
        before = {item["id"] for item in self.sandbox.articles()}
        ran = self.push(*arguments)
        listed = [(each["address"], each["id"]) for each in plan["changes"] if each["kind"] == "article"]
        known = dict(listed) | {each["address"]: None for each in plan["relinks"]}
        calls = [(method, path) for method, path in ran.taken if method != "GET" and path.startswith("/articles")]
        written = [path.split("/")[2:3] for _, path in calls]
        assert len(written) <= len(listed) + sum(len(each["locales"]) for each in plan["relinks"]), (plan, ran.out)
        with contextlib.suppress(OSError):
            records = json.loads((self.root / ".helpsync/sandbox/baseline.json").read_text(encoding="utf-8"))
            ids = {records["addresses"][each]["id"] for each in known if each in records["addresses"]}
            assert {one for each in written for one in each} & before <= ids | set(known.values()), (plan, ran.out)
        return ran

    def shown(self) -> dict[str, Any]:
        """Return what readers see, with names in the place of ids: equal for equal help centers."""
        articles = {item["id"]: item for item in self.sandbox.articles()}
        groups = [item for kind in ("collection", "section") for item in self.sandbox.groups(kind)]
        names = {(item["type"], item["id"]): item["name"] for item in groups}

        def address(match: re.Match[str]) -> str:
            target = articles[match["id"]]
            block = target["translated_content"][match["locale"]]
            anchors = dict(_HEADING.findall(block["body"]))
            anchor = anchors.get(unquote(match["anchor"]), "dead anchor") if match["anchor"] else ""
            return f'href="{match["locale"]} {target["title"]}#{anchor}"'

        def body(html: str) -> str:
            own = dict(_HEADING.findall(html))
            html = re.sub(
                r'href="#([^"]*)"', lambda match: f'href="#{own.get(unquote(match[1]), "dead anchor")}"', html
            )
            return _PICTURE.sub(r"\1", re.sub(r'(<h\d[^>]*) id="[^"]*"', r"\1", _LINK.sub(address, html)))

        return {
            "groups": sorted(
                (item["type"], item["name"], names.get(("collection", str(item.get("parent_id"))), ""), *labels)
                for item in groups
                if (labels := [str(_labels(item))])
            ),
            "articles": sorted(
                (
                    item["title"],
                    names.get((item["parent_type"], str(item["parent_id"])), ""),
                    *(
                        f"{locale}: {block['state']} {block['title']} | {block['description']} | {body(block['body'])}"
                        for locale, block in sorted(item["translated_content"].items())
                        if locale != "type" and block
                    ),
                )
                for item in articles.values()
            ),
        }


def _labels(group: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    blocks = group.get("group_translated_content") or group.get("translated_content") or {}
    return sorted(
        (locale, block["name"], block.get("description") or "")
        for locale, block in blocks.items()
        if locale != "type" and block
    )


class _Log(httpx.AsyncBaseTransport):
    """Notes what goes out."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.calls: list[tuple[str, str]] = []
        self.taken: list[tuple[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append((request.method, request.url.path))
        response = await self.inner.handle_async_request(request)
        if not response.is_error:
            self.taken.append(self.calls[-1])
        return response


def is_relink(change: Any) -> bool:
    """Return whether a change of a plan in JSON sends nothing but links, which lead elsewhere by now."""
    texts = change["locales"].values()
    return change["action"] == "update" and all(set(text) == {"body"} and text["body"].get("relink") for text in texts)


def page(body: str = "", **fields: str) -> str:
    """Return a file's text: its frontmatter and its body."""
    lines = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())
    return f"---\n{lines}---\n{body}"


def identifier(site: Site, title: str) -> str:
    """Return the id of the article with this title."""
    return str(next(item["id"] for item in site.sandbox.articles() if item["title"] == title))


def group(site: Site, name: str) -> str:
    """Return the id of the collection with this name."""
    return str(next(item["id"] for item in site.sandbox.groups("collection") if item["name"] == name))


def adopt_as_hinted(run: Callable[..., Ran]) -> None:
    """Tie to their files the articles that pushes that died had created and that were edited since, as hints say."""
    diff = run("diff", "--format", "json")
    attention = diff.json["attention"] if diff.code == 0 else []
    hints = "\n".join(item["hint"] for item in attention if item["message"].startswith("likely duplicate"))
    if twins := re.findall(r"`helpsync adopt (\S+=\d+)`", hints):
        ran = run("adopt", "--yes", *twins)
        assert ran.code == 0, (ran.out, ran.err)
