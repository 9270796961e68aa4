"""A restore of some addresses, and that no later one undoes it unasked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from helpsync.baseline import moment_text
from helpsync.report.text import shown_moment
from journey_site import Died, Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

GOOD = {"refund": "Good.", "vat": "Good."}


class Pushed(Site):
    """A site after a good push, one (`first`) that wrote over refund and one (`second`) that wrote over vat."""

    first: float
    second: float

    @property
    def texts(self) -> dict[str, str]:
        return {item["title"]: re.sub("<[^>]*>", "", item["body"]) for item in self.sandbox.articles()}

    def wrote(self, **texts: str) -> float:
        """Push these texts, and return when."""
        self.clock.now += 60
        self.content({f"{name}.md": page(f"{text}\n", title=name) for name, text in texts.items()})
        assert self.push().code == 0
        return self.clock.now

    def restored(self, *arguments: str) -> str:
        """Run a restore that does all it should, a minute later; return the first line that it said."""
        self.clock.now += 60
        ran = self("restore", "--yes", *arguments)
        assert ran.code == 0, (ran.out, ran.err)
        return ran.err.splitlines()[0]

    def undoing(self, *runs: tuple[str, float]) -> str:
        return "undoing " + " and ".join(f"the {command} of {shown_moment(at)}" for command, at in runs)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Pushed]:
    with Pushed(tmp_path) as site:
        site.wrote(refund="Good.", vat="Good.")
        site.first = site.wrote(refund="Bad.", vat="Good.")
        site.second = site.wrote(refund="Bad.", vat="Worse.")
        yield site


def test_after_a_restore_of_an_address_the_last_push_is_undone_and_its_bad_text_stays_away(site: Pushed) -> None:
    assert site.restored("refund") == site.undoing(("push", site.first))
    assert site.texts == {"refund": "Good.", "vat": "Worse."}
    assert site.restored() == site.undoing(("push", site.second))
    assert site.texts == GOOD


def test_of_a_push_that_is_back_in_part_only_the_rest_is_undone(site: Pushed) -> None:
    at = site.wrote(refund="Worst.", vat="Worst.")
    # Further back than the last push: that one would bring another bad text.
    site.restored("--at", moment_text(site.first - 30), "refund")
    assert site.texts == {"refund": "Good.", "vat": "Worst."}
    assert site.restored() == site.undoing(("push", at))
    assert site.texts == {"refund": "Good.", "vat": "Worse."}


def test_a_restore_of_addresses_names_each_push_that_it_undoes(site: Pushed) -> None:
    assert site.restored("vat", "refund") == site.undoing(("push", site.first), ("push", site.second))
    assert site.texts == GOOD


def test_a_restore_of_addresses_that_did_all_it_was_asked_is_finished(site: Pushed) -> None:
    site.restored("refund")
    shown = site("restore", "--list").out.splitlines()
    assert "  restore: 1 updated  (" in shown[0]
    assert site("restore", "--list", "--format", "json").json["runs"][0]["finished"] is True


def test_where_all_is_back_piece_by_piece_a_restore_has_nothing_to_do(site: Pushed) -> None:
    site.restored("refund")
    site.restored("vat")
    assert site.restored() == "back already: vat"
    assert site.restored("refund") == "back already: refund"
    assert site.texts == GOOD


def test_a_restore_of_an_address_is_undone_by_naming_the_moment_before(site: Pushed) -> None:
    site.restored("refund")
    site.restored("--at", moment_text(site.clock.now - 30), "refund")
    assert site.texts == {"refund": "Bad.", "vat": "Worse."}


def test_an_interrupted_restore_of_an_address_is_completed_by_the_same_command(site: Pushed) -> None:
    def die(method: str, _path: str, phase: str) -> None:
        if method == "PUT" and phase == "after":
            raise Died

    site.sandbox.on_request = die
    assert site("restore", "--yes", "refund").code is None
    site.sandbox.on_request = None
    site.restored("refund")
    assert site.texts == {"refund": "Good.", "vat": "Worse."}
    assert site.restored() == site.undoing(("push", site.second))
    assert site.texts == GOOD


def test_the_address_of_an_unfinished_restore_that_was_done_since_is_left_alone(site: Pushed) -> None:
    site.wrote(refund="Worst.", vat="Worst.")
    (vat,) = [item["id"] for item in site.sandbox.articles() if item["title"] == "vat"]
    site.sandbox.edit_article(vat, body="<p>By hand.</p>")
    site.clock.now += 60
    assert site("restore", "--yes").code == 13
    site.restored("--at", moment_text(site.first - 30), "refund")
    site.clock.now += 60
    assert site("restore", "--yes").code == 13
    assert site.texts == {"refund": "Good.", "vat": "By hand."}


def test_of_a_restore_one_address_can_be_undone(site: Pushed) -> None:
    site.wrote(refund="Worst.", vat="Worst.")
    site.restored()
    whole = site("restore", "--list", "--format", "json").json["runs"][0]["id"]
    site.restored("--run", whole, "vat")
    assert site.texts == {"refund": "Bad.", "vat": "Worst."}


def test_of_an_article_that_a_push_created_it_is_not_said_that_another_run_did(site: Pushed) -> None:
    ran = site("restore", "--dry-run", "refund")
    assert "created" not in ran.out
    site.wrote(refund="Bad.", vat="Worse.", new="New.")
    site.wrote(refund="Bad.", vat="Worst.", new="New.")
    ran = site("restore", "--dry-run", "new")
    assert "new: it was not overwritten since it was created: left as it is" in ran.out
    assert "undone" not in ran.out
    assert site("restore", "--dry-run").out.count("created") == 0


@pytest.mark.parametrize("more", [["refund"], ["--at", "1h"]])
def test_what_the_list_would_pass_over_is_refused(site: Pushed, more: list[str]) -> None:
    ran = site("restore", "--list", *more)
    assert (ran.code, ran.out) == (2, "")
    assert "--list shows every run" in ran.err


def test_after_a_restore_that_only_created_the_same_push_is_back_already(tmp_path: Path) -> None:
    with Pushed(tmp_path, on_remove="delete") as site:
        site.wrote(refund="Good.", vat="Good.")
        site.wrote(refund="Bad.", vat="Good.")
        site.clock.now += 60
        (tmp_path / "content/vat.md").unlink()
        assert site.push("--allow-remove", "1").code == 0
        site.restored()
        assert site.texts == {"refund": "Bad.", "vat": "Good."}
        assert site.restored() == "back already: vat"
        assert site.texts == {"refund": "Bad.", "vat": "Good."}
