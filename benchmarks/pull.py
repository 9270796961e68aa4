"""How long it takes to bring a help center home, beside merely fetching the same pages and pictures.

usage: pull.py [--articles N] [--rounds R]

The help center is made on the spot, as people write in Intercom's editor, in five languages, and served by the embedded
Intercom. Each pull, and the bare loop over the same requests, is a process of its own, one after the other; ratios are
made round by round. Ends with 1 when a pull leaves anything to do.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figures import Figures
from helpsync.sandbox import SandboxSettings, running

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from established_help_center import AUTHORS, LOCALES, fill, mark  # found there from here on

if TYPE_CHECKING:
    from helpsync.sandbox import Sandbox

HERE = Path(__file__).parent
SIDE_BY_SIDE = 8
CONFIG = f"default_locale: en\nlocales: [{', '.join(LOCALES)}]\nauthor: docs@example.com\nstate: published\n"
_PICTURE = re.compile(r'<img src="https://[^/]*(/i/o/[^"?]*)')
_STEPS = ("first pull", "second pull", "diff", "pull of a word in each text")


@dataclass
class Bench:
    """One repository, one served sandbox, and the figures so far; `told` has requests and memory by step."""

    root: Path
    sandbox: Sandbox
    base_url: str
    figures: Figures
    told: dict[str, str] = field(default_factory=dict)

    def run(self, name: str, *arguments: str) -> Any:  # noqa: ANN401  # JSON, whatever it is
        """Return what a run of the command line printed as JSON, and note what it took."""
        command = [sys.executable, str(HERE / "child.py"), sys.executable, "-m", "helpsync", *arguments]
        command += ["--remote", "sandbox", "--format", "json"]
        self.sandbox.forget()
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True)
        told = json.loads(done.stdout)
        if told["code"]:
            raise SystemExit(f"helpsync {arguments[0]} ended with {told['code']}:\n{told['err'][-4000:]}")
        self.figures.add(name, told["seconds"])
        self.told[name] = f"{self.sandbox.count()} requests; peak memory {told['megabytes']:.0f} MB"
        return json.loads(told["out"])

    def bare(self, name: str, stages: list[list[list[Any]]]) -> None:
        """Note how long a bare loop takes for the same requests."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(stages, file)
            file.flush()
            command = [sys.executable, str(HERE / "bare.py"), self.base_url, file.name, str(SIDE_BY_SIDE)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"the bare loop failed:\n{done.stderr[-4000:]}")
        self.figures.add(name, float(done.stdout))

    def reads(self) -> list[list[list[Any]]]:
        """Return the requests of the last run for the bare loop."""
        pages: dict[str, int] = {}
        found: list[list[Any]] = []
        for call in self.sandbox.calls:
            pages[call.path] = pages.get(call.path, 0) + 1
            found.append([call.method, f"{call.path}?page={pages[call.path]}&per_page=250", None])
        return [found]

    def bodies(self) -> dict[tuple[str, str], str]:
        """Return every stored body by article and locale."""
        return {
            (item["id"], locale): block["body"]
            for item in self.sandbox.articles()
            for locale, block in item["translated_content"].items()
            if locale != "type" and block
        }

    def round(self) -> None:
        """Measure everything once, in an empty folder."""
        self.run("first pull", "pull")
        reads = self.reads()
        pictures = sorted({path for body in self.bodies().values() for path in _PICTURE.findall(body)})
        self.bare("bare reads", reads)
        self.bare("bare pictures", [[["GET", path, None] for path in pictures]])
        if (files := self.run("second pull", "pull")["files"]) or (changes := self.run("diff", "diff")["changes"]):
            raise SystemExit(f"something was left to do: {files or changes}")
        for (number, locale), body in self.bodies().items():
            self.sandbox.edit_article(number, locale, body=body.replace(mark(int(number), locale), "changed"))
        self.run("pull of a word in each text", "pull")


def measured(articles: int, rounds: int) -> None:
    """Measure round by round, and print what came of it."""
    figures, told, size, texts = Figures(), {}, 0, 0
    for number in range(max(1, rounds)):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        with (
            tempfile.TemporaryDirectory(prefix="helpsync-benchmark-") as folder,
            running(SandboxSettings(record=True, admins=AUTHORS[1:])) as (sandbox, base_url),
        ):
            root = Path(folder)
            (root / "helpsync.yaml").write_text(CONFIG, encoding="utf-8")
            os.environ["HELPSYNC_BASE_URL"] = base_url
            fill(sandbox, articles=articles)
            bench = Bench(root, sandbox, base_url, figures)
            bodies = bench.bodies().values()
            texts, size = len(bodies), sum(len(body.encode()) for body in bodies)
            bench.round()
            told = bench.told
    print(
        f"{articles} articles, {texts} texts, {size / 1e6:.1f} MB of stored bodies; median (least-most) of the rounds"
    )
    print(figures.line("bare reads"))
    print(figures.line("bare pictures"))
    for name in _STEPS:
        floor = ("bare reads", "bare pictures") if name == "first pull" else ("bare reads",)
        print(figures.line(name, floor, told[name]))


def main() -> None:
    """Measure, and print what came of it."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--articles", type=int, default=300, help="of the help center that is made (default 300)")
    options.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default 3)")
    chosen = options.parse_args()
    measured(chosen.articles, chosen.rounds)


if __name__ == "__main__":
    main()
