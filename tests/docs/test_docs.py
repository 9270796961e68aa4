"""The docs, the README and ``--help`` say the same as the program."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import click
import pytest

from helpsync import __version__
from helpsync.cli.program import COMMANDS, run
from helpsync.errors import PRECEDENCE, Exit
from helpsync.plan import SUMMARY

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
README = ROOT / "README.md"
FENCED = re.compile(r"^(`{3,}|~{3,})(?!`).*?^\1$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
LINKING = [*PAGES, README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "benchmarks" / "README.md"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def options(name: str) -> list[click.Option]:
    command: click.Command = importlib.import_module(f"helpsync.cli.{name}").command
    return [parameter for parameter in command.params if isinstance(parameter, click.Option)]


def prose(page: Path) -> str:
    """Return the page without its code, in which other pages are quoted."""
    outside = FENCED.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"^    .*$|`[^`\n]+`(?!\])", "", outside, flags=re.MULTILINE)


def slugs(page: Path) -> set[str]:
    outside = FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", outside, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert f"\n## {name}\n" in text("docs/commands.md")


def test_no_command_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"^## ([a-z]+)$", text("docs/commands.md"), re.MULTILINE))
    assert documented == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_with_its_variable(name: str) -> None:
    pages = text("docs/commands.md") + text("docs/sandbox.md")
    for option in options(name):
        assert max(option.opts, key=len) in pages, option.opts
        assert option.envvar is not None
        assert str(option.envvar) in pages, option.opts


def test_every_documented_variable_exists() -> None:
    known = {str(option.envvar) for name in COMMANDS for option in options(name)} | {
        "HELPSYNC_BASE_URL",
        "HELPSYNC_KEPT",
    }
    for page in [*PAGES, README]:
        assert set(re.findall(r"HELPSYNC_[A-Z_]+", page.read_text(encoding="utf-8"))) <= known, page


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_the_command_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert "Usage: helpsync " + name in capsys.readouterr().out


def test_the_exit_codes_are_documented_with_their_order() -> None:
    page = text("docs/exit-codes.md")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == {int(code) for code in Exit}
    assert f"**{', '.join(str(int(code)) for code in PRECEDENCE)}**" in page


def test_the_json_page_names_every_count() -> None:
    page = text("docs/json.md")
    assert all(f'"{name}"' in page for name in (*SUMMARY, "failed", "skipped", "held"))


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_the_docs_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, fragment = target.partition("#")
        found = (page.parent / path) if path else page
        assert found.exists(), target
        if fragment:
            assert fragment in slugs(found), target


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_picture_of_the_docs_exists(page: Path) -> None:
    for target in PICTURE.findall(prose(page)):
        assert "://" in target or (page.parent / target).exists(), target


def test_the_readme_has_the_two_commands() -> None:
    page = text("README.md")
    start = "python3 -m venv .venv && .venv/bin/pip install -q "
    assert f"{start}. && .venv/bin/helpsync push --remote sandbox --yes\n" in page
    assert f"{start}-e '.[dev]' && .venv/bin/pytest\n" in page


def test_the_changelog_knows_the_version() -> None:
    assert f"## [{__version__}]" in text("CHANGELOG.md")
