"""docs/teammates.md is run as it is written: each command prints the lines below it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs_console import Act, Example, Terminal, lines, read_examples
from virtual_time import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace import MakeWorkspace, Workspace

PAGE = Path(__file__).parents[2] / "docs" / "teammates.md"
SETTING, *EXAMPLES = read_examples(PAGE)
PUSHED, EDITED = 1_795_165_200, 1_795_269_780  # 2026-11-20 09:00 and 2026-11-21 14:03 UTC

REFUND, INVOICE = "Ask for a refund", "Read an invoice"


def _number(workspace: Workspace, title: str) -> str:
    return str(next(item["id"] for item in workspace.sandbox.articles() if item["title"] == title))


def _five(workspace: Workspace) -> None:
    number = _number(workspace, REFUND)
    body = workspace.sandbox.article(number)["body"]
    workspace.sandbox.edit_article(number, body=body.replace("<b>ten</b>", "<b>five</b>"))


def _move(workspace: Workspace) -> None:
    group = next(item["id"] for item in workspace.sandbox.groups("collection") if item["name"] == "Working in a team")
    workspace.sandbox.move_article(_number(workspace, INVOICE), group)


def _translate(workspace: Workspace) -> None:
    text = "<p>Chaque facture a un numéro.</p>"
    workspace.sandbox.add_translation(_number(workspace, INVOICE), "fr", title="Lire une facture", body=text)


BY_HAND: dict[str, Callable[[Workspace], None]] = {
    f"Ann gives *{REFUND}* the title *How refunds work*.": lambda workspace: workspace.sandbox.edit_article(
        _number(workspace, REFUND), title="How refunds work"
    ),
    f"Ann changes *ten* to *five* in the English text of *{REFUND}*.": _five,
    f"Ann deletes *{INVOICE}*.": lambda workspace: workspace.sandbox.delete_article(_number(workspace, INVOICE)),
    f"Ann puts *{INVOICE}* into *Working in a team*.": _move,
    f"Ann translates *{INVOICE}* into French.": _translate,
    f"Ann makes the French text of *{REFUND}* a draft.": lambda workspace: workspace.sandbox.edit_article(
        _number(workspace, REFUND), "fr", state="draft"
    ),
    f"Ann begins a new version of *{REFUND}* and does not publish it yet.": lambda workspace: (
        workspace.sandbox.start_draft(_number(workspace, REFUND))
    ),
    "Ann publishes it.": lambda workspace: workspace.sandbox.publish_draft(_number(workspace, REFUND)),
}


class Reader:
    """Somebody who follows the page at a workspace of their own."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self.workspace = workspace
        self.clock = clock
        self.terminal = Terminal(workspace.root)

    def follow(self, act: Act) -> str:
        """Do what the page says; return what it prints."""
        if act.kind == "file":
            self.workspace.write(act.what, act.text)
            return ""
        if act.kind == "by hand":
            self.clock.now = EDITED
            BY_HAND[act.what](self.workspace)
            return ""
        return self.terminal(act.what)


@pytest.fixture
def begin(make_workspace: MakeWorkspace) -> Callable[[], Reader]:
    """Give what makes a reader with the files of the page's beginning, pushed."""

    def begin() -> Reader:
        clock = Clock(PUSHED)
        reader = Reader(make_workspace(clock=clock.read), clock)
        for act in SETTING.acts:
            reader.follow(act)
        assert reader.workspace.push().code == 0
        return reader

    return begin


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_an_example_prints_what_the_page_says(example: Example, begin: Callable[[], Reader]) -> None:
    reader = begin()
    for act in example.acts:
        printed = reader.follow(act)
        if act.kind in ("command", "shell"):
            assert (act.what, lines(printed)) == (act.what, lines(act.text))


def test_every_edit_by_hand_is_on_the_page() -> None:
    assert {act.what for example in EXAMPLES for act in example.acts if act.kind == "by hand"} == BY_HAND.keys()


def test_every_example_runs_a_command() -> None:
    for example in EXAMPLES:
        assert any(act.kind == "command" for act in example.acts), example.title
