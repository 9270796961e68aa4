"""A writer reverts the files of a pull: the teammate's edit is drift again, and no push undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG = "All that stands between the two is the same on both sides, and long enough to be known again."
BASE = page(f"First here.\n\n{LONG}\n\nLast here.\n", title="Refunds")
MINE = BASE.replace("Last", "Mine")
BOTH = MINE.replace("First", "Theirs")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as made:
        made.content({"billing/_collection.md": page(name="Billing"), "billing/refunds.md": BASE})
        assert made.push().code == 0
        yield made


def write(site: Site, text: str) -> None:
    site.write("content/billing/refunds.md", text)


def read(site: Site) -> str:
    return (site.root / "content/billing/refunds.md").read_text(encoding="utf-8")


def body(site: Site) -> str:
    return str(site.sandbox.articles()[0]["body"])


def edited(site: Site, old: str, new: str) -> None:
    assert old in body(site)
    site.sandbox.edit_article(site.sandbox.articles()[0]["id"], body=body(site).replace(old, new))


def test_push_does_not_undo_an_edit_whose_pulled_file_was_reverted(site: Site) -> None:
    edited(site, "First", "Theirs")
    assert site("pull").code == 0
    write(site, BASE)
    for _ in range(2):
        ran = site.push()
        assert (ran.code, ran.writes) == (0, [])
        assert "edited in Intercom" in ran.out
    assert site("pull").code == 0
    assert read(site) == BASE.replace("First", "Theirs")
    assert site("diff", "--exit-code").code == 0


def test_push_does_not_undo_an_edit_whose_pulled_file_was_reverted_and_moved(site: Site) -> None:
    edited(site, "First", "Theirs")
    assert site("pull").code == 0
    (site.root / "content/billing/refunds.md").unlink()
    site.write("content/billing/money.md", BASE)
    ran = site.push()
    assert (ran.code, ran.writes) == (0, [])
    assert "Theirs here." in body(site)


def test_a_merged_file_can_be_moved_before_the_push(site: Site) -> None:
    write(site, MINE)
    edited(site, "First", "Theirs")
    assert site("pull").code == 0
    (site.root / "content/billing/refunds.md").rename(site.root / "content/billing/money.md")
    ran = site.push()
    assert (ran.code, len(ran.writes)) == (0, 1)
    assert "Theirs here." in body(site)
    assert "Mine here." in body(site)


def test_pull_repeats_a_merge_that_was_reverted(site: Site) -> None:
    write(site, MINE)
    edited(site, "First", "Theirs")
    assert site("pull").code == 0
    assert read(site) == BOTH
    write(site, MINE)
    ran = site.push()
    assert (ran.code, ran.writes) == (13, [])
    assert site("pull").code == 0
    assert read(site) == BOTH


def test_restoring_the_text_before_a_conflict_keeps_the_writers_version(site: Site) -> None:
    write(site, MINE)
    edited(site, "Last", "Theirs")
    assert site("pull").code == 13
    write(site, MINE)
    assert len(site.push().writes) == 1
    assert "Mine here." in body(site)


def test_a_restored_file_of_a_removed_article_creates_nothing(site: Site) -> None:
    site.sandbox.delete_article(site.sandbox.articles()[0]["id"])
    assert site("pull").code == 0
    write(site, BASE)
    assert site.push().writes == []
    assert "no longer in Intercom" in site("diff").out


def test_a_writer_can_undo_a_teammates_edit_after_a_push_reported_it(site: Site) -> None:
    edited(site, "First", "Theirs")
    assert site("pull").code == 0
    assert site.push().writes == []
    write(site, BASE)
    assert len(site.push().writes) == 1
    assert "First here." in body(site)


def test_the_notes_of_a_pull_can_be_lost_or_damaged(site: Site) -> None:
    edited(site, "First", "Theirs")
    assert site("pull").code == 0
    path = site.root / ".helpsync/journal/sandbox.before-pulls.json"
    assert path.exists()
    for damaged in ("", "{}", "[1]", '{"format":"helpsync.before-pulls/1"}'):
        path.write_text(damaged, encoding="utf-8")
        assert site("diff", "--exit-code").code == 0
    assert site.push().code == 0
    assert not path.exists()
