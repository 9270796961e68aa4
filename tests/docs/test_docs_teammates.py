"""docs/teammates.md is run as it is written: each command prints the lines below it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs_console import Act, Example, Terminal, lines, read_examples
from virtual_time import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk import Desk, MakeDesk

PAGE = Path(__file__).parents[2] / "docs" / "teammates.md"
SETTING, *EXAMPLES = read_examples(PAGE)
PUSHED, EDITED = 1_795_165_200, 1_795_269_780  # 2026-11-20 09:00 and 2026-11-21 14:03 UTC

REFUND, INVOICE = "Ask for a refund", "Read an invoice"


def _number(desk: Desk, title: str) -> str:
    return str(next(item["id"] for item in desk.sandbox.articles() if item["title"] == title))


def _five(desk: Desk) -> None:
    number = _number(desk, REFUND)
    body = desk.sandbox.article(number)["body"]
    desk.sandbox.edit_article(number, body=body.replace("<b>ten</b>", "<b>five</b>"))


def _move(desk: Desk) -> None:
    group = next(item["id"] for item in desk.sandbox.groups("collection") if item["name"] == "Working in a team")
    desk.sandbox.move_article(_number(desk, INVOICE), group)


def _translate(desk: Desk) -> None:
    text = "<p>Chaque facture a un numéro.</p>"
    desk.sandbox.add_translation(_number(desk, INVOICE), "fr", title="Lire une facture", body=text)


BY_HAND: dict[str, Callable[[Desk], None]] = {
    f"Ann gives *{REFUND}* the title *How refunds work*.": lambda desk: desk.sandbox.edit_article(
        _number(desk, REFUND), title="How refunds work"
    ),
    f"Ann changes *ten* to *five* in the English text of *{REFUND}*.": _five,
    f"Ann deletes *{INVOICE}*.": lambda desk: desk.sandbox.delete_article(_number(desk, INVOICE)),
    f"Ann puts *{INVOICE}* into *Working in a team*.": _move,
    f"Ann translates *{INVOICE}* into French.": _translate,
    f"Ann makes the French text of *{REFUND}* a draft.": lambda desk: desk.sandbox.edit_article(
        _number(desk, REFUND), "fr", state="draft"
    ),
    f"Ann begins a new version of *{REFUND}* and does not publish it yet.": lambda desk: desk.sandbox.start_draft(
        _number(desk, REFUND)
    ),
    "Ann publishes it.": lambda desk: desk.sandbox.publish_draft(_number(desk, REFUND)),
}


class Reader:
    """Somebody who follows the page at a desk of their own."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self.desk = desk
        self.clock = clock
        self.terminal = Terminal(desk.root)

    def follow(self, act: Act) -> str:
        """Do what the page says; return what it prints."""
        if act.kind == "file":
            self.desk.write(act.what, act.text)
            return ""
        if act.kind == "by hand":
            self.clock.now = EDITED
            BY_HAND[act.what](self.desk)
            return ""
        return self.terminal(act.what)


@pytest.fixture
def begin(make_desk: MakeDesk) -> Callable[[], Reader]:
    """Give what makes a reader with the files of the page's beginning, pushed."""

    def begin() -> Reader:
        clock = Clock(PUSHED)
        reader = Reader(make_desk(clock=clock.read), clock)
        for act in SETTING.acts:
            reader.follow(act)
        assert reader.desk.push().code == 0
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
