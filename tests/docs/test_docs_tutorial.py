"""docs/tutorial.md is followed as it is written: two terminals and a browser, from an empty folder to the end."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from docs_console import Terminal, lines, read_examples
from helpsync.sandbox import SandboxSettings, running
from virtual_time import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from docs_console import Act

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
ACTS = [act for example in read_examples(PAGE) for act in example.acts]
EDITED = 1_795_269_780  # 2026-11-21 14:03 UTC
HERE = "http://localhost:8321"


class Player:
    """Somebody who follows the tutorial, and plays the teammate too."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.terminal = Terminal(root)
        self.served = ""
        self.clock = Clock(EDITED)
        self.stack = ExitStack()

    def serve(self, settings: SandboxSettings, *, port: int, started: Callable[[str], None], **_: Any) -> None:
        """Serve on a free port, in the background, until the tutorial ends; say what the page's port would be."""
        self.served = self.stack.enter_context(running(settings))[1]
        started(f"http://localhost:{port}")

    def follow(self, act: Act) -> str:
        """Do what the page says; return what it prints."""
        if act.kind == "file":
            file = self.root / act.what
            assert file.exists()
            file.write_text(act.text, encoding="utf-8")
            return ""
        if act.kind == "by hand":
            BY_HAND[act.what](self)
            return ""
        return self.terminal(act.what)

    def save(self, page: str, field: str, change: Callable[[str], str]) -> None:
        """Open a form, change one of its fields, and press *Save*."""
        url = page.replace(HERE, self.served)
        with httpx.Client(trust_env=False) as browser:
            form = LexborHTMLParser(browser.get(url).raise_for_status().text)
            there = form.css_first(f"form [name={field}]")
            assert there is not None
            saved = browser.post(url, data={field: change(there.text())}, headers={"Origin": self.served})
        assert saved.status_code == 303


def words(old: str, new: str) -> Callable[[str], str]:
    """Return a function that replaces words that a text has exactly once."""

    def change(text: str) -> str:
        assert text.count(old) == 1
        return text.replace(old, new)

    return change


def both_sentences(text: str) -> str:
    return words("has an hour", "has two hours")(words("€500", "€1,000")(text))


REFUND, SPRING = f"{HERE}/edit/articles/1009/en", f"{HERE}/edit/articles/1014/en"
BY_HAND: dict[str, Callable[[Player], None]] = {
    f"Maya opens [Refund a payment]({REFUND}), changes *5 to 10 days* to *3 to 5 days*, and saves.": lambda player: (
        player.save(REFUND, "body", words("5 to 10 days", "3 to 5 days"))
    ),
    f"Then she opens [What’s new this spring]({SPRING}), puts it into *Getting started*, and saves.": lambda player: (
        player.save(SPRING, "collection", lambda _: "1001")
    ),
    f"Maya opens [What’s new this spring]({SPRING}) again, changes *an hour* to *two hours* and *€500* to *€1,000*, "
    "and saves.": lambda player: player.save(SPRING, "body", both_sentences),
}


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Player]:
    monkeypatch.chdir(tmp_path)
    player = Player(tmp_path)
    monkeypatch.setattr("helpsync.sandbox.serve", player.serve)
    monkeypatch.setattr("helpsync.sync.sandbox.SandboxSettings", partial(SandboxSettings, clock=player.clock.read))
    monkeypatch.setattr("helpsync.sandbox.workspace.secrets.token_hex", lambda _: "9d41c07a")
    with player.stack:
        yield player


@pytest.mark.slow
def test_the_tutorial_happens_as_the_page_says(player: Player) -> None:
    for act in ACTS:
        printed = player.follow(act)
        if act.kind in ("command", "shell"):
            assert (act.what, lines(printed)) == (act.what, lines(act.text))


def test_every_edit_by_hand_is_in_the_tutorial() -> None:
    assert {act.what for act in ACTS if act.kind == "by hand"} == BY_HAND.keys()
