"""How long helpsync takes for a content tree, beside what the same work must take at least.

usage: run.py [--tree PATH] [--articles N] [--locales L] [--rounds R]

Every round measures each step and its floor one after the other, so that a noisy machine slows both; ratios are made
round by round. Pushes and the bare loop over the same requests run in processes of their own, against the embedded
Intercom that this one serves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

import markdown
from selectolax.lexbor import LexborHTMLParser

from figures import Figures
from helpsync.content import read_tree
from helpsync.markdown import Rendered, canonical, html_to_markdown, render, stable_html
from helpsync.model import Body
from helpsync.sandbox import SandboxSettings, running
from helpsync.settings import load_config
from helpsync.sync.session import Session
from synthetic import write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from helpsync.content import Tree
    from helpsync.markdown import RenderContext
    from helpsync.model import Remote
    from helpsync.sandbox import Call, Sandbox

HERE = Path(__file__).parent
EXTENSIONS = ("tables", "fenced_code", "sane_lists", "attr_list")
"""The standard extensions whose Markdown helpsync reads too."""

READS, WRITES = 6, 8
"""How many requests helpsync sends side by side."""

STARTS = 15


@dataclass(frozen=True)
class Push:
    """What one run of `helpsync push` did: seconds by the wall, requests by method, peak memory of its process."""

    seconds: float
    requests: dict[str, int]
    megabytes: float


class Round(NamedTuple):
    """What one round met: both pushes, the number of texts, the bytes of their stored bodies.

    `decided` is how many bodies the scrub knows to be the same when they are read again, without parsing.
    """

    first: Push
    second: Push
    texts: int
    size: int
    decided: int


@dataclass
class Bench:
    """One content tree, one served sandbox, and the figures so far."""

    root: Path
    sandbox: Sandbox
    base_url: str
    figures: Figures

    def session(self) -> Session:
        """Return the settings as a run of the command line has them."""
        config = load_config(self.root / "helpsync.yaml", cwd=self.root, environ=os.environ)
        return Session(config, config.remotes["sandbox"])

    def timed(self, name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever the work returns
        """Return what the work returns, and note how long it took."""
        begun = time.perf_counter()
        result = work()
        self.figures.add(name, time.perf_counter() - begun)
        return result

    def texts(self) -> list[tuple[str, RenderContext]]:
        """Return every text of the tree as it is given to the renderer."""
        found: list[tuple[str, RenderContext]] = []

        def note(text: str, context: RenderContext) -> Rendered:
            found.append((text, context))
            return Rendered(Body(""))

        with patch("helpsync.content.page.render", note):
            self.timed("read", lambda: read_tree(self.session().config, pins_for="sandbox"))
        return found

    def push(self) -> Push:
        """Return what a push in a process of its own took."""
        command = [sys.executable, str(HERE / "child.py"), sys.executable, "-m", "helpsync"]
        command += ["push", "--remote", "sandbox", "--yes", "--format", "json"]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True)
        told = json.loads(done.stdout)
        if told["code"]:
            raise SystemExit(f"helpsync push ended with {told['code']}:\n{told['err'][-4000:]}")
        return Push(told["seconds"], json.loads(told["out"])["requests"], told["megabytes"])

    def bare(self, name: str, stages: list[list[list[Any]]], side_by_side: int) -> None:
        """Note how long a bare loop takes for the same requests."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(stages, file)
            file.flush()
            command = [sys.executable, str(HERE / "bare.py"), self.base_url, file.name, str(side_by_side)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"the bare loop failed:\n{done.stderr[-4000:]}")
        self.figures.add(name, float(done.stdout))

    def remote(self) -> Remote:
        """Return the help center as helpsync reads it."""

        async def read() -> Remote:
            session = self.session()
            async with session.connection.reader(_EMPTY) as reader:
                return await reader.read(default_locale=session.config.default_locale)

        return asyncio.run(read())

    def start_over(self) -> None:
        """Make a first push possible again."""
        self.sandbox.reset()
        shutil.rmtree(self.root / ".helpsync", ignore_errors=True)

    def round(self) -> Round:
        """Measure everything once."""
        figures = self.figures
        self.start_over()
        self.timed("files read", lambda: _read_files(self.root / self.session().config.content))
        texts = self.texts()
        self.timed("render", lambda: [render(text, context) for text, context in texts])
        self.timed("bare Markdown", lambda: _bare_markdown(text for text, _ in texts))
        tree: Tree = self.timed("read and render", lambda: read_tree(self.session().config, pins_for="sandbox"))
        empty = self.remote()
        self.timed("plan, nothing there", lambda: self.session().plan(tree, empty, None))
        self.sandbox.forget()
        first = self.push()
        figures.add("first push", first.seconds)
        calls = list(self.sandbox.calls)
        stored = self.remote()
        baseline = self.session().checkout.read_baseline()
        self.timed("plan, nothing to do", lambda: self.session().plan(tree, stored, baseline))
        bodies = _bodies(stored)
        self.timed("canonical", lambda: [canonical(body) for body in bodies])
        self.timed("bare parser", lambda: [LexborHTMLParser(body).body for body in bodies])
        self.timed("reverse", lambda: [html_to_markdown(body) for body in bodies])
        scrubs = self.timed("scrub", lambda: [stable_html(body) for body in bodies])
        # Read again, every picture is signed anew.
        decided = sum(stable_html(body) == before for body, before in zip(_bodies(self.remote()), scrubs, strict=True))
        second = self.push()
        if sum(count for method, count in second.requests.items() if method != "GET"):
            raise SystemExit(f"the second push wrote: {second.requests}")
        figures.add("second push", second.seconds)
        stages = _stages(calls)
        self.bare("bare reads", stages[:1], READS)
        self.start_over()
        self.bare("bare requests", stages, WRITES)
        return Round(first, second, len(texts), sum(len(body.encode()) for body in bodies), decided)


def _bodies(remote: Remote) -> list[str]:
    return [text.html or "" for article in remote.help_center.articles for text in article.translations.values()]


def _stages(calls: Sequence[Call]) -> list[list[list[Any]]]:
    """Return the requests of a push for the bare loop: all reads, then writes by kind, parents before children."""
    stages: dict[tuple[str, str], list[list[Any]]] = {}
    pages: dict[str, int] = {}
    for call in calls:
        address, kind = call.path, ("GET", "")
        if call.method == "GET":
            pages[call.path] = pages.get(call.path, 0) + 1
            address += f"?page={pages[call.path]}&per_page=250"
        else:
            kind = (call.method, call.path.rstrip("0123456789"))
        stages.setdefault(kind, []).append([call.method, address, call.payload])
    return list(stages.values())


def _read_files(folder: Path) -> int:
    return sum(len((Path(where) / name).read_bytes()) for where, _, names in os.walk(folder) for name in names)


def _bare_markdown(texts: Iterable[str]) -> None:
    converter = markdown.Markdown(extensions=list(EXTENSIONS))
    for text in texts:
        converter.reset()
        converter.convert(text)


def _starts(figures: Figures) -> None:
    """Measure how long the command line takes to say what it is, beside an interpreter that does nothing."""
    commands = {
        "python -c pass": ["-c", "pass"],
        "helpsync --version": ["-m", "helpsync", "--version"],
        "helpsync --help": ["-m", "helpsync", "--help"],
    }
    for _ in range(STARTS):
        for name, arguments in commands.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            figures.add(name, time.perf_counter() - begun)


def _requests(push: Push) -> str:
    said = ", ".join(f"{count} {method}" for method, count in push.requests.items() if count)
    return f"{said}; peak memory {push.megabytes:.0f} MB"


def _report(figures: Figures, met: Round) -> None:
    megabytes = met.size / 1e6
    print(f"{met.texts} texts; {megabytes:.1f} MB of stored bodies; median (least-most) of the rounds")
    rows: tuple[tuple[str, tuple[str, ...], str], ...] = (
        ("files read", (), ""),
        ("read", ("files read",), "walk, frontmatter, links"),
        ("bare Markdown", (), ""),
        ("render", ("bare Markdown",), ""),
        ("read and render", ("files read", "bare Markdown"), ""),
        ("plan, nothing there", (), ""),
        ("plan, nothing to do", (), ""),
        ("bare requests", (), ""),
        ("first push", ("bare requests",), _requests(met.first)),
        ("first push", ("bare requests", "bare Markdown", "files read"), ""),
        ("bare reads", (), ""),
        ("second push", ("bare reads",), _requests(met.second)),
        ("second push", ("bare reads", "bare Markdown", "files read"), ""),
        ("bare parser", (), ""),
        ("canonical", ("bare parser",), f"{figures.median('canonical') / megabytes:.3f} s/MB"),
        ("scrub", ("bare parser",), f"decides {met.decided} of {met.texts} without parsing when all are signed anew"),
        ("reverse", ("bare parser",), f"{megabytes / figures.median('reverse'):.2f} MB/s"),
        ("python -c pass", (), ""),
        ("helpsync --version", ("python -c pass",), ""),
        ("helpsync --help", ("python -c pass",), ""),
    )
    for name, floor, note in rows:
        print(figures.line(name, floor, note))


_EMPTY: Any = None  # a served sandbox needs no tree to know its teammates from


def _authors(root: Path) -> tuple[str, ...]:
    config = load_config(root / "helpsync.yaml", cwd=root, environ={})
    tree = read_tree(config, pins_for="sandbox")
    named = {text.author for article in tree.help_center.articles for text in article.translations.values()}
    return tuple(sorted(author for author in {*named, config.author} if author))


def main() -> None:
    """Measure, and print what came of it."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--tree", type=Path, help="a folder with a helpsync.yaml; without it a tree is made")
    options.add_argument("--articles", type=int, default=150, help="of the tree that is made (default 150)")
    options.add_argument("--locales", type=int, default=6, help="of the tree that is made (default 6)")
    options.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default 3)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="helpsync-benchmark-") as folder:
        root = Path(folder) / "tree"
        if chosen.tree is None:
            write_tree(root, articles=chosen.articles, locales=chosen.locales)
        else:
            shutil.copytree(chosen.tree, root, ignore=shutil.ignore_patterns(".helpsync", ".git"))
        config = load_config(root / "helpsync.yaml", cwd=root, environ={})
        settings = SandboxSettings(record=True, admins=_authors(root), default_locale=config.default_locale)
        figures = Figures()
        with running(settings) as (sandbox, base_url):
            os.environ["HELPSYNC_BASE_URL"] = base_url
            bench = Bench(root, sandbox, base_url, figures)
            for number in range(max(1, chosen.rounds)):
                print(f"round {number + 1} of {chosen.rounds}", file=sys.stderr)
                met = bench.round()
        _starts(figures)
        _report(figures, met)


if __name__ == "__main__":
    main()
