"""A create that a push began and died over: looked for, waited for, looked for again, and never made twice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from faults import (
    Line,
    died_after,
    died_and_landed_late,
    died_before,
    lost_with_the_server,
    never_arrived,
    reply_dropped,
)
from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from faults import Misfortune

TREE = {
    "guide/_collection.md": page(name="Guide"),
    "guide/one.md": page("See [two](two.md).\n", title="One"),
    "guide/two.md": page("See [one](one.md).\n", title="Two"),
}
CREATES = len(TREE)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as site:
        site.content(TREE)
        yield site


def died(site: Site, *, lands_after: float | None, at: int = 1) -> Line:
    """Die over the n-th write (from 0), which lands so many seconds later, or never."""
    misfortune = died_before if lands_after is None else partial(died_and_landed_late, seconds=lands_after)
    line = Line(site, misfortune, at, writes_only=True)
    assert site.push().code is None
    line.straighten()
    return line


def titles(site: Site) -> list[str]:
    return sorted(item["title"] for item in site.sandbox.articles())


@pytest.mark.parametrize("lands_after", [0.5, 9, 29])
def test_a_create_that_lands_after_its_push_died_is_waited_for(site: Site, lands_after: float) -> None:
    died(site, lands_after=lands_after)
    began = site.clock.now
    ran = site.push()
    assert ran.code == 0
    assert "an interrupted push had started to write guide/one, and Intercom may still be working on it" in ran.err
    assert "looking again for up to 30 s" in ran.err
    assert site.clock.now - began <= 31
    assert titles(site) == ["One", "Two"]
    assert site.push().writes == []


def test_a_create_that_never_lands_is_made_after_half_a_minute(site: Site) -> None:
    died(site, lands_after=None)
    began = site.clock.now
    assert site.push().code == 0
    assert 30 <= site.clock.now - began < 32
    assert titles(site) == ["One", "Two"]


@pytest.mark.parametrize("collection", [True, False])
def test_a_create_that_is_there_is_not_waited_for(site: Site, *, collection: bool) -> None:
    line = Line(site, died_after, 0 if collection else 1, writes_only=True)
    assert site.push().code is None
    line.straighten()
    began = site.clock.now
    ran = site.push()
    assert (ran.code, site.clock.now - began) == (0, 0)
    assert "died" not in ran.err
    assert len(site.sandbox.groups("collection")) == 1
    assert titles(site) == ["One", "Two"]


def test_a_create_of_long_ago_is_not_waited_for(site: Site) -> None:
    died(site, lands_after=None)
    site.clock.now += 60
    began = site.clock.now
    assert site.push().code == 0
    assert site.clock.now == began


def test_a_clock_that_was_set_back_makes_nobody_wait_for_longer(site: Site) -> None:
    died(site, lands_after=None)
    site.clock.now -= 86_400
    began = site.clock.now
    assert site.push().code == 0
    assert 30 <= site.clock.now - began < 32


def test_a_push_that_was_done_leaves_nothing_to_wait_for(site: Site) -> None:
    assert site.push().code == 0
    site.content({**TREE, "guide/three.md": page("Text.\n", title="Three")})
    began = site.clock.now
    assert site.push().code == 0
    assert site.clock.now == began


def test_an_update_that_lands_late_is_waited_for_and_not_sent_again(site: Site) -> None:
    assert site.push().code == 0
    site.content({**TREE, "guide/one.md": page("See [two](two.md). Anew.\n", title="One")})
    died(site, lands_after=20, at=0)
    for _ in range(2):
        ran = site.push("--format", "json")
        assert (ran.code, ran.writes, ran.json["summary"]["drift"]) == (0, [], 0)
        site.clock.now += 60
    (article,) = [item for item in site.sandbox.articles() if item["title"] == "One"]
    assert "Anew." in article["body"]


def test_two_that_could_be_it_stop_that_address_and_nothing_else(site: Site) -> None:
    line = died(site, lands_after=5)
    line.late *= 2
    ran = site.push("--format", "json")
    assert ran.code == 13
    (conflict,) = [each for each in ran.json["attention"] if each["kind"] == "conflict"]
    twins = sorted(item["id"] for item in site.sandbox.articles() if item["title"] == "One")
    assert conflict["address"] == "guide/one"
    assert all(twin in conflict["message"] for twin in twins)
    assert titles(site) == ["One", "One", "Two"]
    assert site.push().writes == []


def test_a_file_that_was_renamed_after_its_create_went_out_waits_for_it_too(site: Site) -> None:
    died(site, lands_after=5)
    site.content(
        {path.replace("one.md", "first.md"): text.replace("one.md", "first.md") for path, text in TREE.items()}
    )
    assert site.push().code == 0
    assert titles(site) == ["One", "Two"]
    assert site.push().writes == []


@pytest.mark.parametrize("lands_after", [0, 12])
def test_a_file_that_was_retitled_after_its_create_went_out_is_not_created_again(
    site: Site, lands_after: float
) -> None:
    died(site, lands_after=lands_after)
    site.content({**TREE, "guide/one.md": page("See [two](two.md).\n", title="First")})
    for _ in range(2):
        ran = site.push("--format", "json")
        assert ran.code == 13
        (conflict,) = [each for each in ran.json["attention"] if each["kind"] == "conflict"]
        (article,) = [item for item in site.sandbox.articles() if item["title"] == "One"]
        assert (conflict["address"], conflict["id"]) == ("guide/one", article["id"])
        assert titles(site) == ["One", "Two"]
    assert site.push("--overwrite-remote", "guide/one").code == 0
    assert titles(site) == ["First", "Two"]
    assert site.sandbox.article(article["id"])["title"] == "First"
    assert site.push().writes == []


def test_a_create_that_intercom_refused_is_not_waited_for(site: Site) -> None:
    site.content({**TREE, "guide/bad.md": page("![Picture](https://gone.invalid/p.png)\n", title="Bad")})
    line = Line(site, died_after, CREATES + 1, writes_only=True)  # over the links that go round in a circle
    assert site.push().code is None
    line.straighten()
    assert titles(site) == ["One", "Two"]
    began = site.clock.now
    ran = site.push()
    assert ran.code == 1
    assert "Bad" not in titles(site)
    assert site.clock.now == began


@pytest.mark.parametrize("lands_after", [13, 20, 29])
def test_a_create_of_unknown_outcome_is_waited_for_by_the_next_push(site: Site, lands_after: float) -> None:
    sent = site.clock.now
    line = Line(site, lost_with_the_server, 1, writes_only=True)
    ran = site.push()
    assert ran.code == 1
    assert "could not be looked up" in ran.out
    line.straighten()
    line.late = [(sent + lands_after, request) for _, request in line.late]
    assert line.late[0][0] > site.clock.now
    assert site.push().code == 0
    site.clock.now += 60  # by now it has landed, whether it was waited for or not
    assert site.push().writes == []
    assert titles(site) == ["One", "Two"]


def found_and_died(site: Site) -> None:
    """Let a push find what a dead one had created, and die before it sends the translation that came since."""
    assert site.killed(1, done=True).code is None
    site.write("content/guide/one.fr.md", page("Voir [two](two.md).\n", title="Un"))
    ran = site.killed(1, done=False)
    assert (ran.code, [method for method, _ in ran.writes]) == (None, ["POST", "PUT"])


def test_an_article_that_an_interrupted_push_had_adopted_stays_linked_whatever_the_writer_does_next(site: Site) -> None:
    found_and_died(site)
    site.write("content/guide/one.md", page("Another text, about [two](two.md).\n", title="One"))
    ran = site.push()
    assert ran.code == 0, ran.out
    assert titles(site) == ["One", "Two"]
    assert site.push().writes == []


def test_what_it_was_about_to_send_is_sent_by_the_next_push(site: Site) -> None:
    found_and_died(site)
    assert site.push().code == 0
    one, two = sorted(site.sandbox.articles(), key=lambda item: str(item["title"]))
    for locale in ("en", "fr"):
        assert f"/articles/{two['id']}" in one["translated_content"][locale]["body"]
    assert site.push().writes == []


def test_what_a_dead_push_had_created_and_a_teammate_moved_is_tied_as_the_hint_says(site: Site) -> None:
    site.write("content/other/_collection.md", page(name="Other"))
    words = " ".join(f"word{number}" for number in range(30))
    site.write("content/guide/two.md", page(f"{words}\n", title="Two"))
    site.write("content/guide/one.md", page("See [two](two.md).\n", title="One"))
    assert site.killed(2, done=True).code is None
    (two,) = site.sandbox.articles()
    other = next(item for item in site.sandbox.groups("collection") if item["name"] == "Other")
    site.sandbox.move_article(two["id"], other["id"])
    ran = site.push()
    assert ran.code == 13
    assert f"`helpsync adopt guide/two={two['id']}`" in ran.out
    assert site("adopt", "--yes", f"guide/two={two['id']}").code == 0
    # Where it is to be is one decision more.
    assert "--overwrite-remote guide/two" in site.push().out
    assert site.push("--overwrite-remote=guide/two").code == 0
    assert titles(site) == ["One", "Two"]
    assert site.push().writes == []


@pytest.mark.parametrize("misfortune", [never_arrived, reply_dropped])
def test_a_create_without_a_reply_is_not_mistaken_for_an_older_article_with_its_title(
    site: Site, misfortune: Misfortune
) -> None:
    files = {"guide/_collection.md": page(name="Guide"), "guide/one.md": page("First.\n", title="One")}
    site.content(files)
    site.push()
    site.content(files | {"guide/other.md": page("Something else.\n", title="One")})
    Line(site, misfortune, writes_only=True)
    assert site.push().code == 0
    bodies = sorted(item["body"] for item in site.sandbox.articles())
    assert bodies == ['<p class="no-margin">First.</p>', '<p class="no-margin">Something else.</p>']
