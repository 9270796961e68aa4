"""Pages of docs that are run as written: commands with what they print, files, and what teammates do meanwhile.

A ```` ```console ```` fence holds lines `$ helpsync …`, each with what it prints below it. A path in backticks on a
line of its own names the file of the fence below it, which is written. A paragraph that begins with `**In Intercom:**`
is what a teammate does, known by its words. `## ` begins an example of its own, `### ` one that goes on from what
stands before the first of its kind.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from helpsync.cli.program import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_FENCE = re.compile(r"(`{3,})(\w+)")
_CAPTION = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"(##|###) (.+)")
BY_HAND = "**In Intercom:** "
PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens: a command and what it prints, a file that is written, or words for what is done."""

    kind: Literal["command", "file", "by hand", "shell"]
    what: str
    text: str = ""


@dataclass(slots=True)
class Example:
    """What happens under one heading of the page, in its order."""

    title: str
    acts: list[Act] = field(default_factory=list)


def read_examples(path: Path) -> list[Example]:
    """Return the examples of a page; what stands before its first heading belongs to the one without a title."""
    examples = [Example("")]
    trunk = examples[0]
    caption: str | None = None
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        acts = examples[-1].acts
        if fence := _FENCE.fullmatch(line):
            text = [f"{each}\n" for each in _until(lines, fence[1])]
            acts.extend(_console(text) if fence[2] == "console" else [])
            if caption:
                acts.append(Act("file", caption, "".join(text)))
        elif heading := _HEADING.fullmatch(line):
            if heading[1] == "##":
                trunk = Example(heading[2])
                examples.append(trunk)
            else:
                examples.append(Example(f"{trunk.title}: {heading[2]}", list(trunk.acts)))
        elif line.startswith(BY_HAND):
            words = [line.removeprefix(BY_HAND), *_paragraph(lines)]
            acts.append(Act("by hand", " ".join(words)))
        if line:
            named = _CAPTION.fullmatch(line)
            caption = named[1] if named else None
    return examples


def _until(lines: Iterator[str], end: str) -> Iterator[str]:
    for line in lines:
        if line == end:
            return
        yield line
    raise ValueError("a fence has no end")


def _paragraph(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if not line:
            return
        yield line


def _console(lines: list[str]) -> Iterator[Act]:
    """Yield each command with the lines below it."""
    command: str | None = None
    shown: list[str] = []
    for line in [*lines, PROMPT]:
        if not line.startswith(PROMPT):
            shown.append(line)
            continue
        if command is not None:
            yield Act("command" if command.startswith("helpsync ") else "shell", command, "".join(shown))
        command, shown = line.removeprefix(PROMPT).rstrip("\n"), []


class Terminal:
    """A terminal in a folder, the one that tests run in: it knows the commands that pages of docs use."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.code = 0

    def __call__(self, line: str) -> str:
        """Return what a command prints, on whichever stream."""
        name, *arguments = shlex.split(line)
        commands: dict[str, Callable[..., str]] = {"helpsync": self.helpsync, "echo": self.echo}
        commands |= {"rm": self.rm, "cat": self.cat}
        return commands[name](*arguments)

    def helpsync(self, *arguments: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            self.code = run(list(arguments))
        return printed.getvalue()

    def echo(self, what: str) -> str:
        assert what == "$?"
        return f"{self.code}\n"

    def rm(self, path: str) -> str:
        (self.root / path).unlink()
        return ""

    def cat(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")


def lines(text: str) -> list[str]:
    """Return the lines without the spaces at their ends, which no page keeps."""
    return [line.rstrip() for line in text.splitlines()]
