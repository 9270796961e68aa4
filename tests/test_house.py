"""The packages keep to their rules (design: The code)."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import helpsync

ROOT = Path(helpsync.__file__).parent
LAYERS = (
    {"errors"},
    {"model", "visible", "picture_types"},
    {"locales"},
    {"findings"},
    {"settings", "git"},
    {"baseline", "markdown", "intercom"},
    {"content"},
    {"plan"},
    {"restore"},
    {"apply"},
    {"pull"},
    {"report"},
    {"sync"},
    {"cli"},
    {"__main__"},
)
"""From the lowest to the highest: a package imports only packages of lower layers, and `sandbox` stands beside."""

DOORS = (
    "apply",
    "baseline",
    "content",
    "findings",
    "intercom",
    "markdown",
    "plan",
    "pull",
    "restore",
    "sandbox",
    "settings",
)
PURE = ("model.py", "markdown", "plan", "restore", "findings")
FORBIDDEN_IN_PURE = {"httpx", "click", "rich", "time", "datetime", "random", "subprocess", "socket"}
LONGEST = 600
"""Lines of a file, at most."""

SAME_NAMES = 5
"""So many names may belong to classes of several packages."""


def files(package: str) -> list[Path]:
    place = ROOT / package
    found = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert found, package
    return found


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in ROOT.rglob("*.py")}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@cache
def modules_of(path: Path) -> set[str]:
    """Return the modules of helpsync that a file imports, for types too: a name that is a module is that module."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in MODULES else node.module)
    return (found & MODULES.keys()) - {module_of(path)}


def package_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def cycle(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_file_imports_itself_by_others() -> None:
    assert cycle({module: modules_of(path) for module, path in MODULES.items()}) == []


def test_no_package_imports_itself_by_others() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for module, path in MODULES.items():
        graph[package_of(module)] |= {package_of(each) for each in modules_of(path)} - {package_of(module), ""}
    assert cycle(graph) == []


def test_data_goes_one_way() -> None:
    layer = {package: number for number, packages in enumerate(LAYERS) for package in packages}
    for module, path in MODULES.items():
        package = package_of(module)
        for other in {package_of(each) for each in modules_of(path)} - {package, "", "sandbox"}:
            if package != "sandbox":
                assert layer[other] < layer[package], (path, other)


@pytest.mark.parametrize("package", DOORS)
def test_others_import_what_a_package_shows_in_its_init(package: str) -> None:
    door = importlib.import_module(f"helpsync.{package}")
    for path in ROOT.rglob("*.py"):
        if not path.is_relative_to(ROOT / package):
            inside = {name for name in imported(path) if name.startswith(f"helpsync.{package}.")}
            assert {name.removeprefix(f"helpsync.{package}.") for name in inside} <= set(door.__all__), path


@pytest.mark.parametrize("package", PURE)
def test_pure_packages_know_no_network_terminal_environment_or_clock(package: str) -> None:
    for path in files(package):
        names = imported(path)
        assert not {name.split(".")[0] for name in names} & FORBIDDEN_IN_PURE, path
        assert not {"os", "os.environ"} & names, path


STORES = ("Store", "Journal", "Note", "Folder", "RunLog", "RevertedPulls", "write_whole")


@pytest.mark.parametrize("package", ["plan", "restore"])
def test_the_plan_knows_the_values_of_the_baseline_and_not_where_they_are_stored(package: str) -> None:
    for path in files(package):
        names = {name for name in imported(path) if name.startswith("helpsync.baseline")}
        assert not [name for name in names if name.endswith(STORES)], path


def test_content_knows_neither_git_nor_the_baseline() -> None:
    for path in files("content"):
        assert not {package_of(module) for module in modules_of(path)} & {"git", "baseline", "intercom"}, path


def test_pull_knows_neither_git_nor_apply() -> None:
    for path in files("pull"):
        assert not {package_of(module) for module in modules_of(path)} & {"git", "apply", "restore"}, path


def test_the_sandbox_is_an_independent_reading() -> None:
    for path in files("sandbox"):
        packages = {package_of(module) for module in modules_of(path)}
        assert packages <= {"errors", "locales", "model", "sandbox"}, path


def test_only_sync_and_the_command_line_use_the_sandbox() -> None:
    for module, path in MODULES.items():
        if package_of(module) not in ("sandbox", "sync", "cli"):
            assert "sandbox" not in {package_of(each) for each in modules_of(path)}, path


def test_only_the_client_speaks_http() -> None:
    for path in ROOT.rglob("*.py"):
        if not path.is_relative_to(ROOT / "intercom"):
            assert not any(name.split(".")[0] in ("httpx", "requests", "urllib3") for name in imported(path)), path


def test_only_the_command_line_uses_click() -> None:
    for path in ROOT.rglob("*.py"):
        if not path.is_relative_to(ROOT / "cli"):
            assert "click" not in {name.split(".")[0] for name in imported(path)}, path


def test_no_file_is_too_long_to_read_at_once() -> None:
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.rglob("*.py")}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_classes_of_different_packages_have_different_names() -> None:
    packages: dict[str, set[str]] = defaultdict(set)
    for module, path in MODULES.items():
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef):
                packages[node.name].add(package_of(module))
    assert len([name for name, owners in packages.items() if len(owners) > 1]) <= SAME_NAMES


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
