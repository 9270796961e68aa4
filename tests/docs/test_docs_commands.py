"""docs/commands.md shows what the commands really print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs_console import Terminal, lines
from virtual_time import Clock
from workspace import LIMITED

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace import MakeWorkspace, Workspace

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "commands.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^#{2,3} ([\w ]+)\n(.*?)(?=^#{2,3} |\Z)", re.MULTILINE | re.DOTALL)
OUTPUT = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}")

SHOWN = {
    f"{name} {number}": text
    for name, section in SECTION.findall(PAGE)
    for number, text in enumerate(OUTPUT.findall(section), start=1)
}
ELSEWHERE = {
    "init 1": "a workspace on Intercom's own servers; the tutorial has one in the sandbox",
    "push 2": "an Intercom that drops a table, as in the tests of what a reply shows",
    "unlock 1": "a lease of another machine, as in the tests of leases",
}
"""The outputs that are not made here, each with the reason."""

SEND, SANDBOX = "helpsync push --remote sandbox --yes", " --remote sandbox"


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    """Make a help center with three articles, two of them in French, as last pushed."""
    workspace = make_workspace(LIMITED, clock=Clock(1_772_436_871).read)
    workspace.collection("billing/_collection.md", "Billing")
    workspace.collection("billing/_collection.fr.md", "Facturation")
    workspace.article("billing/invoices.md", "Invoices", "\nEach invoice has a number.\n")
    workspace.article("billing/receipts.md", "Receipts", "\nWe send receipts by email.\n")
    workspace.article("billing/receipts.fr.md", "Reçus", "\nNous envoyons les reçus par e-mail.\n")
    workspace.article("billing/refunds.md", "Refunds", "\nRefunds take **five working days**.\n")
    workspace.article("billing/refunds.fr.md", "Remboursements", "\nLes remboursements arrivent sous dix jours.\n")
    assert workspace.push().code == 0
    return workspace


@pytest.fixture
def terminal(workspace: Workspace) -> Terminal:
    return Terminal(workspace.root)


def lint(workspace: Workspace, terminal: Terminal) -> str:
    workspace.article("billing/refunds.md", "Refunds", "\nSee [receipts](receipt.md).\n")
    return terminal("helpsync lint")


def diff(workspace: Workspace, terminal: Terminal) -> str:
    workspace.edit("billing/refunds.fr.md", "dix", "cinq")
    return terminal("helpsync diff" + SANDBOX)


def push(workspace: Workspace, terminal: Terminal) -> str:
    workspace.article("billing/cards.md", "Cards", "\nSee [VAT](vat.md).\n")
    workspace.article("billing/vat.md", "VAT", "\nSee [cards](cards.md).\n")
    return terminal(SEND)


def push_a_stale_plan(workspace: Workspace, terminal: Terminal) -> str:
    workspace.edit("billing/refunds.fr.md", "dix", "cinq")
    workspace.edit("billing/receipts.fr.md", "envoyons", "enverrons")
    terminal("helpsync diff --out plan.json" + SANDBOX)
    workspace.edit("billing/refunds.fr.md", "cinq", "six")
    workspace.sandbox.edit_article(_number(workspace, "Receipts"), body="<p>We send receipts by post.</p>")
    workspace.article("billing/vat.md", "VAT", "\nAll prices include VAT.\n")
    return terminal(SEND + " --plan plan.json")


def pull(workspace: Workspace, terminal: Terminal) -> str:
    workspace.collection("team/_collection.md", "Working in a team")
    terminal(SEND)
    team = next(item["id"] for item in workspace.sandbox.groups("collection") if item["name"] == "Working in a team")
    workspace.sandbox.move_article(_number(workspace, "Invoices"), team)
    workspace.sandbox.edit_article(_number(workspace, "Refunds"), body="<p>Refunds take three days.</p>")
    return terminal("helpsync pull" + SANDBOX)


def adopt(workspace: Workspace, terminal: Terminal) -> str:
    workspace.sandbox.edit_article(_number(workspace, "Refunds"), body="<p>Refunds take three days.</p>")
    twin = {
        "title": "Receipts",
        "author_id": _author(workspace),
        "parent_id": _billing(workspace),
        "parent_type": "collection",
    }
    workspace.sandbox.edit_article(_number(workspace, "Receipts"), body="<p>We send receipts by post.</p>")
    workspace.api("POST", "/articles", twin)
    workspace.article("billing/vat.md", "VAT", "\nAll prices include VAT.\n")
    for file in (workspace.root / ".helpsync").rglob("baseline*.json"):
        file.unlink()
    return terminal("helpsync adopt --yes" + SANDBOX)


def restore(workspace: Workspace, terminal: Terminal) -> str:
    workspace.article("billing/refunds.md", "Refunds", "\nTODO\n")
    workspace.remove("billing/invoices.md")
    terminal(SEND)
    return terminal("helpsync restore --dry-run" + SANDBOX)


def _number(workspace: Workspace, title: str) -> str:
    return str(next(item["id"] for item in workspace.sandbox.articles() if item["title"] == title))


def _author(workspace: Workspace) -> int:
    return int(workspace.sandbox.articles()[0]["author_id"])


def _billing(workspace: Workspace) -> int:
    return int(next(item["id"] for item in workspace.sandbox.groups("collection") if item["name"] == "Billing"))


MADE: dict[str, Callable[[Workspace, Terminal], str]] = {
    "lint 1": lint,
    "diff 1": diff,
    "push 1": push,
    "Saved plans 1": push_a_stale_plan,
    "pull 1": pull,
    "adopt 1": adopt,
    "restore 1": restore,
}


def comparable(text: str) -> list[str]:
    """Return the lines, with one mark for every moment."""
    return lines(MOMENT.sub("…", text))


@pytest.mark.parametrize("name", MADE)
def test_a_command_prints_what_the_page_shows(name: str, workspace: Workspace, terminal: Terminal) -> None:
    assert comparable(MADE[name](workspace, terminal)) == comparable(SHOWN[name])


def test_every_output_on_the_page_is_made_or_has_its_reason() -> None:
    assert MADE.keys() | ELSEWHERE.keys() == SHOWN.keys() - {"Commands 1"}


def test_the_guide_shows_the_same_plan() -> None:
    assert SHOWN["diff 1"] in (DOCS / "how-it-works.md").read_text(encoding="utf-8")
