"""The packages keep to their rules (design: The code)."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import helpsync
from helpsync import baseline, content, findings, pull, settings

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(helpsync.__file__).parent
PURE = ("model.py", "markdown", "plan", "restore", "findings")
FORBIDDEN_IN_PURE = {"httpx", "click", "rich", "time", "datetime", "random", "subprocess", "socket"}


def files(room: str) -> list[Path]:
    place = ROOT / room
    found = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert found, room
    return found


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_know_no_network_terminal_environment_or_clock(room: str) -> None:
    for path in files(room):
        names = imported(path)
        assert not {name.split(".")[0] for name in names} & FORBIDDEN_IN_PURE, path
        assert not {"os", "os.environ"} & names, path
        assert not any(name.startswith(("helpsync.cli", "helpsync.apply")) for name in names), path


STORES = ("Store", "Journal", "Note", "Folder", "RunLog", "RevertedPulls", "write_whole")


@pytest.mark.parametrize("room", ["plan", "restore"])
def test_the_plan_knows_the_values_of_the_baseline_and_not_where_they_are_stored(room: str) -> None:
    for path in files(room):
        names = {name for name in imported(path) if name.startswith("helpsync.baseline")}
        assert not [name for name in names if name.endswith(STORES)], path


def test_other_packages_use_the_door_of_the_baseline() -> None:
    for path in ROOT.rglob("*.py"):
        if path.parent.name != "baseline":
            names = {name for name in imported(path) if name.startswith("helpsync.baseline.")}
            assert all(name.count(".") == 2 and hasattr(baseline, name.rpartition(".")[2]) for name in names), path


@pytest.mark.parametrize(
    "package", [content, findings, pull, settings], ids=["content", "findings", "pull", "settings"]
)
def test_other_packages_use_the_door(package: ModuleType) -> None:
    for path in ROOT.rglob("*.py"):
        if path.parent != Path(str(package.__file__)).parent:
            names = {name for name in imported(path) if name.startswith(f"{package.__name__}.")}
            assert all(name.count(".") == 2 and hasattr(package, name.rpartition(".")[2]) for name in names), path


def test_content_knows_neither_git_nor_the_baseline_nor_the_plan() -> None:
    below = ("errors", "locales", "model", "findings", "settings", "markdown", "content", "visible", "picture_types")
    for path in files("content"):
        names = {name.split(".")[1] for name in imported(path) if name.startswith("helpsync.")}
        assert names <= set(below), path


def test_pull_knows_neither_git_nor_apply() -> None:
    for path in files("pull"):
        names = {name.split(".")[1] for name in imported(path) if name.startswith("helpsync.")}
        assert not names & {"git", "apply", "restore", "report", "sync", "cli"}, path


def test_the_sandbox_is_an_independent_reading() -> None:
    for path in files("sandbox"):
        for name in imported(path):
            assert not name.startswith(
                tuple(f"helpsync.{room}" for room in ("intercom", "markdown", "content", "plan", "apply", "baseline"))
            ), (path, name)


def test_only_sync_and_the_command_line_use_the_sandbox() -> None:
    for path in ROOT.rglob("*.py"):
        if path.is_relative_to(ROOT / "sandbox") or any(path.is_relative_to(ROOT / room) for room in ("cli", "sync")):
            continue
        assert not any(name.startswith("helpsync.sandbox") for name in imported(path)), path


def test_only_the_client_speaks_http() -> None:
    for path in ROOT.rglob("*.py"):
        if not path.is_relative_to(ROOT / "intercom"):
            assert not any(name.split(".")[0] in ("httpx", "requests", "urllib3") for name in imported(path)), path


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(option: str) -> None:
    program = (
        "import sys; from helpsync.cli.program import run; run([sys.argv[1]]); "
        "print([name for name in ('httpx', 'markdown', 'rich', 'pydantic', 'yaml', 'asyncio', 'starlette', "
        "'selectolax') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, option], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "helpsync" in done.stdout
