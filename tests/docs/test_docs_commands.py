"""docs/commands.md shows what the commands really print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desk import LIMITED
from docs_console import Terminal, lines
from virtual_time import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk import Desk, MakeDesk

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
def desk(make_desk: MakeDesk) -> Desk:
    """Make a help center with three articles, two of them in French, as last pushed."""
    desk = make_desk(LIMITED, clock=Clock(1_772_436_871).read)
    desk.collection("billing/_collection.md", "Billing")
    desk.collection("billing/_collection.fr.md", "Facturation")
    desk.article("billing/invoices.md", "Invoices", "\nEach invoice has a number.\n")
    desk.article("billing/receipts.md", "Receipts", "\nWe send receipts by email.\n")
    desk.article("billing/receipts.fr.md", "Reçus", "\nNous envoyons les reçus par e-mail.\n")
    desk.article("billing/refunds.md", "Refunds", "\nRefunds take **five working days**.\n")
    desk.article("billing/refunds.fr.md", "Remboursements", "\nLes remboursements arrivent sous dix jours.\n")
    assert desk.push().code == 0
    return desk


@pytest.fixture
def terminal(desk: Desk) -> Terminal:
    return Terminal(desk.root)


def lint(desk: Desk, terminal: Terminal) -> str:
    desk.article("billing/refunds.md", "Refunds", "\nSee [receipts](receipt.md).\n")
    return terminal("helpsync lint")


def diff(desk: Desk, terminal: Terminal) -> str:
    desk.edit("billing/refunds.fr.md", "dix", "cinq")
    return terminal("helpsync diff" + SANDBOX)


def push(desk: Desk, terminal: Terminal) -> str:
    desk.article("billing/cards.md", "Cards", "\nSee [VAT](vat.md).\n")
    desk.article("billing/vat.md", "VAT", "\nSee [cards](cards.md).\n")
    return terminal(SEND)


def push_a_stale_plan(desk: Desk, terminal: Terminal) -> str:
    desk.edit("billing/refunds.fr.md", "dix", "cinq")
    desk.edit("billing/receipts.fr.md", "envoyons", "enverrons")
    terminal("helpsync diff --out plan.json" + SANDBOX)
    desk.edit("billing/refunds.fr.md", "cinq", "six")
    desk.sandbox.edit_article(_number(desk, "Receipts"), body="<p>We send receipts by post.</p>")
    desk.article("billing/vat.md", "VAT", "\nAll prices include VAT.\n")
    return terminal(SEND + " --plan plan.json")


def pull(desk: Desk, terminal: Terminal) -> str:
    desk.collection("team/_collection.md", "Working in a team")
    terminal(SEND)
    team = next(item["id"] for item in desk.sandbox.groups("collection") if item["name"] == "Working in a team")
    desk.sandbox.move_article(_number(desk, "Invoices"), team)
    desk.sandbox.edit_article(_number(desk, "Refunds"), body="<p>Refunds take three days.</p>")
    return terminal("helpsync pull" + SANDBOX)


def adopt(desk: Desk, terminal: Terminal) -> str:
    desk.sandbox.edit_article(_number(desk, "Refunds"), body="<p>Refunds take three days.</p>")
    twin = {"title": "Receipts", "author_id": _author(desk), "parent_id": _billing(desk), "parent_type": "collection"}
    desk.sandbox.edit_article(_number(desk, "Receipts"), body="<p>We send receipts by post.</p>")
    desk.api("POST", "/articles", twin)
    desk.article("billing/vat.md", "VAT", "\nAll prices include VAT.\n")
    for file in (desk.root / ".helpsync").rglob("baseline*.json"):
        file.unlink()
    return terminal("helpsync adopt --yes" + SANDBOX)


def restore(desk: Desk, terminal: Terminal) -> str:
    desk.article("billing/refunds.md", "Refunds", "\nTODO\n")
    desk.remove("billing/invoices.md")
    terminal(SEND)
    return terminal("helpsync restore --dry-run" + SANDBOX)


def _number(desk: Desk, title: str) -> str:
    return str(next(item["id"] for item in desk.sandbox.articles() if item["title"] == title))


def _author(desk: Desk) -> int:
    return int(desk.sandbox.articles()[0]["author_id"])


def _billing(desk: Desk) -> int:
    return int(next(item["id"] for item in desk.sandbox.groups("collection") if item["name"] == "Billing"))


MADE: dict[str, Callable[[Desk, Terminal], str]] = {
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
def test_a_command_prints_what_the_page_shows(name: str, desk: Desk, terminal: Terminal) -> None:
    assert comparable(MADE[name](desk, terminal)) == comparable(SHOWN[name])


def test_every_output_on_the_page_is_made_or_has_its_reason() -> None:
    assert MADE.keys() | ELSEWHERE.keys() == SHOWN.keys() - {"Commands 1"}


def test_the_guide_shows_the_same_plan() -> None:
    assert SHOWN["diff 1"] in (DOCS / "how-it-works.md").read_text(encoding="utf-8")
