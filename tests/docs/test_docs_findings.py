"""Every example of docs/findings.md does what the page says, on the real command line."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from docs_examples import CARDS, INSTEAD, NOT_REPORTED, REPORTED, Section, page_of, place, read_page, without
from helpsync.findings import RULES
from helpsync.sync.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from _pytest.mark import ParameterSet

    from workspace import MakeWorkspace, Workspace

ROOT = Path(__file__).parents[2]
PAGE = read_page(ROOT / "docs" / "findings.md")
FINDING = re.compile(
    r"^(?P<path>[^:\n]+?)(?::(?P<line>\d+)(?::\d+)?)?: (?P<severity>error|warning): "
    r"(?P<message>.*) \[(?P<code>[a-z-]+)\]$(?:\n    hint: (?P<hint>.*)$)?",
    re.MULTILINE,
)
FIRST_OUTPUT = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)

PLANNED = {"missing-author", "unknown-author", "cannot-unparent", "unstable-anchor", "uncommitted-image"}
"""What only `diff` reports, because it needs Intercom or git."""

BESIDES = {"cannot-unparent": {"no-collection"}}
"""Other findings that the example of a code causes."""


def _with(label: str) -> list[ParameterSet]:
    return [pytest.param(each, id=each.name) for each in PAGE.judged() if label in each.examples]


def _pipe(workspace: Workspace) -> None:
    (workspace.root / CARDS).unlink()
    os.mkfifo(workspace.root / CARDS)


def _line_break_in_name(workspace: Workspace) -> None:
    (workspace.root / r"content/billing/lost\ncards.md").rename(workspace.root / "content/billing/lost\ncards.md")


def _huge_file(workspace: Workspace) -> None:
    workspace.write("content/billing/terms.md", page_of("terms.md", "All terms.\n" * 2_000_000))


def _in_latin_1(workspace: Workspace) -> None:
    file = workspace.root / CARDS
    file.write_bytes(file.read_text(encoding="utf-8").encode("latin-1"))


def _pushed(workspace: Workspace) -> None:
    assert workspace.push().code == 0


def _pushed_without_author_since(workspace: Workspace) -> None:
    new = (workspace.root / CARDS).read_text(encoding="utf-8")
    (workspace.root / CARDS).unlink()
    _pushed(workspace)
    workspace.write(CARDS, new)
    without(workspace, "author")


def _pushed_before_it_moved(workspace: Workspace) -> None:
    moved = next(file for file in workspace.root.glob("content/**/cards.md"))
    before = workspace.root / CARDS
    moved.rename(before)
    _pushed(workspace)
    before.rename(moved)


def _lfs_pointer(workspace: Workspace) -> None:
    workspace.write("content/billing/images/card.png", "version https://git-lfs.github.com/spec/v1\nsize 12345\n")


def _git(workspace: Workspace, *arguments: str) -> None:
    who = ("-c", "user.name=Docs", "-c", "user.email=docs@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *arguments], cwd=workspace.root, check=True, capture_output=True)


def _committed_but_the_picture(workspace: Workspace) -> None:
    _git(workspace, "init")
    _git(workspace, "add", ".")
    _git(workspace, "rm", "--cached", "content/billing/images/card.png")
    _git(workspace, "commit", "--message", "All but the new picture")


def _committed(workspace: Workspace) -> None:
    _git(workspace, "init")
    _git(workspace, "add", ".")
    _git(workspace, "commit", "--message", "All")


PREPARED: dict[tuple[str, str], Callable[[Workspace], None]] = {
    ("bad-encoding", REPORTED): _in_latin_1,
    ("bad-image", REPORTED): _lfs_pointer,
    ("bad-name", REPORTED): _line_break_in_name,
    ("cannot-unparent", REPORTED): _pushed_before_it_moved,
    ("cannot-unparent", INSTEAD): _pushed_before_it_moved,
    ("huge-file", REPORTED): _huge_file,
    ("missing-author", REPORTED): _pushed_without_author_since,
    ("no-public-url", REPORTED): lambda workspace: without(workspace, "assets"),
    ("uncommitted-image", REPORTED): _committed_but_the_picture,
    ("uncommitted-image", INSTEAD): _committed,
    ("unreadable-file", REPORTED): _pipe,
    ("unstable-anchor", REPORTED): _pushed,
    ("unstable-anchor", INSTEAD): _pushed,
}
"""What the page describes in words, done after the files of an example are written."""


@dataclass(frozen=True)
class Found:
    """A finding as the terminal, or JSON, shows it."""

    code: str
    severity: str
    path: str
    line: int | None
    message: str
    hint: str | None


Run: TypeAlias = "Callable[[Section, str], tuple[list[Found], set[tuple[str, int]]]]"


@pytest.fixture
def run(make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs an example and returns its findings, and the places that the page marks."""

    def run(section: Section, label: str) -> tuple[list[Found], set[tuple[str, int]]]:
        workspace = make_workspace("", heading_ids="renew" if section.code == "unstable-anchor" else "keep")
        place(workspace, PAGE.setting)
        spots = place(workspace, section.examples[label])
        if prepare := PREPARED.get((section.code, label)):
            prepare(workspace)
        found = _planned(workspace, section.code, monkeypatch) if section.code in PLANNED else _linted(workspace)
        return found, spots

    return run


def _linted(workspace: Workspace) -> list[Found]:
    ran = workspace("lint", "--format", "json")
    found = [
        Found(each["code"], each["severity"], each["path"], each["line"], each["message"], each["hint"])
        for each in ran.json["findings"]
    ]
    assert ran.code == (11 if any(each.severity == "error" for each in found) else 0)
    return found


def _planned(workspace: Workspace, code: str, monkeypatch: pytest.MonkeyPatch) -> list[Found]:
    if code == "uncommitted-image":  # of no account for the sandbox, so this one answers as another remote
        monkeypatch.setattr(Connection, "in_process", property(lambda _: True))
        ran = workspace("diff")
    else:
        ran = workspace.diff()
    found = [
        Found(
            each["code"],
            "warn" if each["severity"] == "warning" else "error",
            each["path"],
            int(each["line"]) if each["line"] else None,
            each["message"],
            each["hint"],
        )
        for each in FINDING.finditer(ran.err)
    ]
    assert ran.code == (11 if any(each.severity == "error" for each in found) else 0)
    return found


def test_the_page_begins_with_what_lint_prints(make_workspace: MakeWorkspace) -> None:
    quotations = next(section for section in PAGE.sections if section.kind == "Quotations")
    workspace = make_workspace("")
    place(workspace, PAGE.setting)
    place(workspace, quotations.examples[REPORTED])
    shown = FIRST_OUTPUT.search((ROOT / "docs" / "findings.md").read_text(encoding="utf-8"))
    assert shown is not None
    assert workspace("lint").out.startswith(shown[1])


def test_every_finding_has_a_section_of_its_name_with_its_severity() -> None:
    sections = [section for section in PAGE.sections if not section.kind]
    assert {each.code: (each.fixed, each.severity) for each in sections} == {
        code: (rule.fixed, rule.severity) for code, rule in RULES.items()
    }
    assert len(sections) == len(RULES)


def test_the_tables_on_the_page_link_every_section() -> None:
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    names = [section.kind or section.code for section in PAGE.sections]
    assert [name for name in names if f"](#{name.lower().replace(' ', '-')})" not in page] == []


def test_every_section_has_both_examples() -> None:
    lacking = [
        section.name for section in PAGE.judged() if set(section.examples) not in ({REPORTED, INSTEAD}, {NOT_REPORTED})
    ]
    assert lacking == []
    assert {section.code for section in PAGE.judged() if REPORTED in section.examples} == set(RULES)


@pytest.mark.parametrize("section", _with(REPORTED))
def test_a_reported_example_is_reported_on_its_line(section: Section, run: Run) -> None:
    found, spots = run(section, REPORTED)
    assert spots
    besides = BESIDES.get(section.code, set())
    there = {(each.path, each.line or 1) for each in found if each.code == section.code}
    assert there == spots
    assert {each.code for each in found} - besides == {section.code}
    assert {each.severity for each in found if each.code == section.code} == {section.severity}


@pytest.mark.parametrize("section", _with(REPORTED))
def test_each_finding_has_a_short_hint(section: Section, run: Run) -> None:
    for each in run(section, REPORTED)[0]:
        assert each.hint or "must be" in each.message, each
        for text in (each.message, each.hint or ""):
            assert not text.endswith("."), each
            assert "\n" not in text


@pytest.mark.parametrize("section", _with(INSTEAD))
def test_the_better_example_is_not_reported(section: Section, run: Run) -> None:
    assert run(section, INSTEAD)[0] == []


@pytest.mark.parametrize("section", _with(NOT_REPORTED))
def test_a_not_reported_example_is_not_reported(section: Section, run: Run) -> None:
    assert run(section, NOT_REPORTED)[0] == []
