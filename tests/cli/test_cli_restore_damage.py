"""`helpsync restore` where the index of what is kept is damaged: it says so, and takes no loss for nothing kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace import MakeWorkspace, Workspace

KEPT = ".helpsync/sandbox/kept"


def restore(workspace: Workspace, *arguments: str) -> Any:
    return workspace("restore", "--remote", "sandbox", *arguments)


@pytest.fixture
def site(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace after a good push and two that wrote over its articles."""
    workspace = make_workspace()
    for name in ("one", "two", "three"):
        workspace.article(f"{name}.md", name.title(), f"Good {name}.\n")
    workspace.push()
    for old, new in (("Good", "Bad"), ("Bad", "Worse")):
        for name in ("one", "two", "three"):
            workspace.edit(f"{name}.md", old, new)
        workspace.push()
    return workspace


@pytest.fixture
def index(site: Workspace) -> Path:
    (path,) = (site.root / KEPT).rglob("index.jsonl")
    return path


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut off in the first line": lambda data: data[:40],
    "no text": lambda _: bytes(range(128, 200)),
    "another file": lambda _: b"[]\n",
    "no heads": lambda data: b"\n".join(line for line in data.split(b"\n") if b"command" not in line),
}


@pytest.mark.parametrize("how", SPOILT)
def test_an_index_of_which_nothing_is_left_is_not_called_empty(site: Workspace, index: Path, how: str) -> None:
    index.write_bytes(SPOILT[how](index.read_bytes()))
    for arguments in (["--yes"], ["--dry-run"], ["--list"], ["--yes", "one"], ["--yes", "--at", "1m"]):
        ran = restore(site, *arguments)
        assert (ran.code, ran.out, ran.writes) == (1, "", []), arguments
        assert f"{KEPT}/" in ran.err
        assert "the index of what pushes overwrote is damaged" in ran.err
        assert "hint: " in ran.err
        assert "nothing can be read any more" in ran.err
        assert "no snapshots: " not in ran.err


def test_one_text_without_an_index_is_not_called_nothing_kept(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace("default_locale: en\nlocales: [en]\nauthor: docs@example.com\non_remove: delete\n")
    workspace.article("one.md", "One")
    workspace.article("two.md", "Two")
    workspace.push()
    workspace.remove("one.md")
    workspace.push("--allow-remove", "1")
    (index,) = (workspace.root / KEPT).rglob("index.jsonl")
    index.unlink()
    ran = restore(workspace, "--yes")
    assert ran.code == 1
    assert "it ends too early: 1 text kept beside it" in ran.err


@pytest.mark.parametrize("how", ["a line spoilt", "cut off"])
def test_of_a_damaged_index_the_rest_is_listed_and_no_run_is_undone_unasked(
    site: Workspace, index: Path, how: str
) -> None:
    lines = index.read_bytes().split(b"\n")
    last = next(number for number, line in reversed([*enumerate(lines)]) if b"command" in line)
    if how == "cut off":
        index.write_bytes(b"\n".join(lines[:last]) + b"\n" + lines[last][:30])
    else:
        index.write_bytes(b"\n".join([*lines[:last], b"\x00\xff what", *lines[last + 1 :]]))
    ran = restore(site, "--list")
    assert (ran.code, ran.out.count("push: 3 updated")) == (1, 1)
    assert "above is what can still be read" in ran.err
    form = restore(site, "--list", "--format", "json")
    assert form.code == 1
    assert "can't be read" in form.json["damage"] or "ends too early" in form.json["damage"]
    assert len(form.json["runs"]) == 1
    for arguments in (["--yes"], ["--dry-run"]):
        ran = restore(site, *arguments)
        assert (ran.code, ran.writes) == (1, [])
        assert "which run was the last is unknown" in ran.err
    ran = restore(site, "--dry-run", "one")
    assert "is damaged" in ran.err
    assert "one" in ran.out


def test_a_whole_index_has_no_damage(site: Workspace) -> None:
    form = restore(site, "--list", "--format", "json")
    assert (form.code, form.json["damage"]) == (0, None)


def test_the_line_that_a_run_died_over_is_no_damage(site: Workspace, index: Path) -> None:
    (store,) = {path.parents[2] for path in index.parent.glob("objects/*/*")}
    (store / "objects/ab").mkdir(exist_ok=True)
    (store / "objects/ab" / ("c" * 62)).write_bytes(b"a text that no line names yet")
    index.write_bytes(index.read_bytes() + json.dumps({"run": "x", "at": "2026"}).encode()[:-4])
    assert restore(site, "--list").code == 0
    assert restore(site, "--yes").code == 0


@pytest.mark.parametrize("arguments", [["--yes"], ["--list"], ["--dry-run"]])
def test_a_file_in_the_folders_place_is_told_with_its_path(site: Workspace, arguments: list[str]) -> None:
    (site.root / KEPT).rename(site.root / "elsewhere")
    (site.root / KEPT).write_text("x", encoding="utf-8")
    ran = restore(site, *arguments)
    assert (ran.code, ran.out, ran.writes) == (1, "", [])
    assert KEPT in ran.err
    assert "hint: " in ran.err


def test_a_folder_in_the_indexs_place_is_told_with_its_path(site: Workspace, index: Path) -> None:
    index.rename(index.with_suffix(".old"))
    index.mkdir()
    for arguments in (["--yes"], ["--list"]):
        ran = restore(site, *arguments)
        assert (ran.code, ran.writes) == (1, [])
        assert f"what pushes overwrote can't be read: {KEPT}" in ran.err
