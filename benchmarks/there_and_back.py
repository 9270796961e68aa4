"""Whether whole content trees stay the same on the way to Intercom and back, by command, under opposite switches.

usage: there_and_back.py [--tree PATH ...]

A tree is pushed to a served sandbox and diffed, pulled into an empty folder and diffed there, pushed from that folder
to an empty sandbox and diffed again, and pulled once more: each diff must be empty, and the second pull must write the
files of the first. Each command is a process. The sandbox has its defaults first, then every switch the other way;
where that gives headings new ids at every write, two pushes come before a diff. Without --tree, it is the own help
center, and a tree that is made. Ends with 1 when anything differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpsync.sandbox import SWITCHES, SandboxSettings, running
from synthetic import write_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = Path(__file__).resolve().parents[1]
OPPOSITE: dict[str, Any] = {name: values[-1] for name, values in SWITCHES.items()}


class Different(Exception):
    """A step did not leave the tree as it was."""


def helpsync(root: Path, base_url: str, *arguments: str) -> str:
    """Return what a command prints; raises Different when it does not end with 0."""
    command = [sys.executable, "-m", "helpsync", *arguments, "--remote", "sandbox"]
    environment = {**os.environ, "HELPSYNC_BASE_URL": base_url}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Different(f"helpsync {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def push(root: Path, base_url: str, settings: SandboxSettings) -> str:
    """Push a tree, and return what was done."""
    helpsync(root, base_url, "push", "--yes")
    if settings.heading_ids == "keep":
        return "pushed"
    # That headings get new ids, only the replies tell: links into what the first push sent twice are left for the next.
    helpsync(root, base_url, "push", "--yes")
    return "pushed twice"


def configured(tree: Path, root: Path) -> None:
    """Give a folder the configuration of the tree, with public addresses for its pictures."""
    root.mkdir(exist_ok=True)
    config = (tree / "helpsync.yaml").read_text(encoding="utf-8")
    if "assets:" not in config:
        config += 'assets: {url: "https://pictures.example/{commit}/{path}"}\n'
    (root / "helpsync.yaml").write_text(config, encoding="utf-8")


def texts(root: Path) -> dict[str, bytes]:
    """Return the Markdown of a folder, by path; the placeholders that the sandbox has for pictures are no content."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.md")}


def steps(tree: Path, folder: Path, settings: SandboxSettings) -> Iterator[str]:
    """Take the tree the whole way, and yield what was done."""
    pushed, pulled, again = folder / "pushed", folder / "pulled", folder / "again"
    shutil.copytree(tree, pushed, ignore=shutil.ignore_patterns(".git", ".venv", ".helpsync", "tests"))
    configured(tree, pushed)
    with running(settings) as (_, base_url):
        yield push(pushed, base_url, settings)
        helpsync(pushed, base_url, "diff", "--exit-code")
        yield "diffed"
        configured(tree, pulled)
        helpsync(pulled, base_url, "pull")
        yield "pulled"
        helpsync(pulled, base_url, "diff", "--exit-code")
        yield "diffed"
    shutil.rmtree(pulled / ".helpsync", ignore_errors=True)
    with running(settings) as (_, base_url):
        yield push(pulled, base_url, settings) + " to an empty sandbox"
        helpsync(pulled, base_url, "diff", "--exit-code")
        yield "diffed"
        configured(tree, again)
        helpsync(again, base_url, "pull")
        before, after = texts(pulled), texts(again)
        if before != after:
            changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
            raise Different(f"the second pull wrote {len(changed)} other files, such as {changed[0]}")
        yield "pulled alike"


def main() -> None:
    """Take each tree the whole way, and end with 1 when one is not what it was."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--tree", type=Path, nargs="+", help="folders with a helpsync.yaml")
    chosen = options.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="helpsync-benchmark-") as made:
        trees = chosen.tree
        if trees is None:
            write_tree(Path(made), articles=20, locales=6)
            trees = [OWN, Path(made)]
        for tree in trees:
            for name, settings in (("default", SandboxSettings()), ("opposite", SandboxSettings(**OPPOSITE))):
                begun = time.monotonic()
                with tempfile.TemporaryDirectory(prefix="helpsync-benchmark-") as folder:
                    done: list[str] = []
                    try:
                        done.extend(steps(tree.resolve(), Path(folder), settings))
                    except Different as different:
                        failed = True
                        print(different)
                print(
                    f"{tree.resolve().name}, {name} switches: {', '.join(done)}; {time.monotonic() - begun:.0f} s",
                    flush=True,
                )
    sys.exit(failed)


if __name__ == "__main__":
    main()
