"""The examples of docs/findings.md: read from the page, and written to a workspace.

A `### code` or, below it, `#### kind` begins a section, `**Reported**` and `**Instead**` begin an example, and fences
hold its files. A path in backticks on a line of its own names the file of the fence below it; a fence without a name is
the article CARDS. A `text` fence lists paths that are added. `hl_lines` counts the lines that are to be reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from workspace import Workspace

CARDS = "content/billing/cards.md"
CONFIG = "helpsync.yaml"
REPORTED, INSTEAD, NOT_REPORTED = "Reported", "Instead", "Not reported"

_HEADING = re.compile(r"(#{2,4}) (.+)")
_LABEL = re.compile(rf"\*\*({REPORTED}|{INSTEAD}|{NOT_REPORTED})\*\*")
_CAPTION = re.compile(r"`([^`]+)`")
_FENCE = re.compile(r"(`{3,})(\w+)(?: hl_lines=\"([\d ]+)\")?")
_DEFAULT = re.compile(r"(Default|Fixed): (error|warn)\. ")
_SETTING = "The examples"


@dataclass(frozen=True, slots=True)
class Fence:
    """A fence: the file that it names, its text, and which of its lines are to be reported, counted from 1."""

    language: str
    path: str | None
    text: str
    lines: frozenset[int]


@dataclass(slots=True)
class Section:
    """What the page says of a code, or of one kind of what it reports."""

    code: str
    kind: str = ""
    severity: str = ""
    fixed: bool = False
    examples: dict[str, list[Fence]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.code}: {self.kind}" if self.kind else self.code


@dataclass(frozen=True, slots=True)
class Page:
    """The page: the help center that the examples stand in, and its sections in their order."""

    setting: list[Fence]
    sections: list[Section]

    def codes(self) -> dict[str, Section]:
        """Return the section of each code."""
        return {section.code: section for section in self.sections if not section.kind}

    def judged(self) -> list[Section]:
        """Return the sections that must have examples: the kinds of a code that has any, else the code itself."""
        parted = {section.code for section in self.sections if section.kind}
        return [section for section in self.sections if section.kind or section.code not in parted]


def read_page(path: Path) -> Page:
    """Return the page; raises ValueError where a fence stands in a section outside of an example."""
    page = Page([], [])
    chapter = ""
    into: list[Fence] | None = None
    caption: str | None = None
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if fence := _FENCE.fullmatch(line):
            text = "".join(f"{each}\n" for each in _until(lines, fence[1]))
            numbers = frozenset(map(int, (fence[3] or "").split()))
            if into is not None:
                into.append(Fence(fence[2], caption, text, numbers))
            elif page.sections:
                raise ValueError(f"{page.sections[-1].name}: a fence belongs to no example:\n{text}")
        elif heading := _HEADING.fullmatch(line):
            if len(heading[1]) == 2:
                chapter = heading[2]
                into = page.setting if chapter == _SETTING else None
            else:
                page.sections.append(_section(heading[2], page.sections, kind=len(heading[1]) == 4))
                into = None
        elif label := _LABEL.fullmatch(line):
            into = page.sections[-1].examples.setdefault(label[1], [])
        elif page.sections and (default := _DEFAULT.match(line)):
            page.sections[-1].fixed = default[1] == "Fixed"
            page.sections[-1].severity = default[2]
        if line:
            named = _CAPTION.fullmatch(line)
            caption = named[1] if named else None
    return page


def _until(lines: Iterator[str], end: str) -> Iterator[str]:
    for line in lines:
        if line == end:
            return
        yield line
    raise ValueError("a fence has no end")


def _section(title: str, before: list[Section], *, kind: bool) -> Section:
    if not kind:
        return Section(title)
    above = next(section for section in reversed(before) if not section.kind)
    return Section(above.code, title, above.severity, above.fixed)


def place(workspace: Workspace, fences: Iterable[Fence]) -> set[tuple[str, int]]:
    """Write the files of an example; return path and line of all that is to be reported.

    What is to be reported of a listed path stands at line 1.
    """
    spots: set[tuple[str, int]] = set()
    for fence in fences:
        if fence.language == "text":
            paths = [_listed(workspace, line) for line in fence.text.splitlines()]
            spots |= {(paths[number - 1], 1) for number in fence.lines}
            continue
        path, text = fence.path or CARDS, fence.text
        if path == CONFIG:
            text = _merged(workspace, text)
        elif fence.path is None and not text.startswith("---\n"):
            text = page_of(path, text)
        workspace.write(path, text)
        above = text.count("\n") - fence.text.count("\n")
        spots |= {(path, above + number) for number in fence.lines}
    return spots


def page_of(path: str, body: str = "Some text.\n") -> str:
    """Return an article, or a collection, as the examples that show only a body have it."""
    name = path.rpartition("/")[2].partition(".")[0]
    if name == "_collection":
        return f"---\nname: {path.split('/')[-2].capitalize()}\n---\n"
    return f"---\ntitle: {name.capitalize()}\n---\n\n{body}"


def without(workspace: Workspace, key: str) -> None:
    """Take a key out of helpsync.yaml."""
    kept = _keys((workspace.root / CONFIG).read_text(encoding="utf-8"))
    del kept[key]
    workspace.write(CONFIG, "".join(kept.values()))


def _merged(workspace: Workspace, text: str) -> str:
    there = workspace.root / CONFIG
    keys = _keys(there.read_text(encoding="utf-8")) if there.exists() else {}
    return "".join({**keys, **_keys(text)}.values())


def _keys(text: str) -> dict[str, str]:
    return {part.partition(":")[0]: part for part in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if part}


def _listed(workspace: Workspace, line: str) -> str:
    path, _, target = line.partition(" -> ")
    if target:
        file = workspace.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.symlink_to(target)
    elif path.endswith(".png"):
        workspace.write(path, "GIF89a, the bytes of a picture")
    elif not (workspace.root / path).exists():
        workspace.write(path, page_of(path))
    return path
