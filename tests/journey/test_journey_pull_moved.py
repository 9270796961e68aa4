"""What a pull does with files that a writer moved and no push has followed yet, and with what is gone in Intercom."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "billing/_collection.md": page(name="Billing"),
    "team/_collection.md": page(name="Team"),
    "billing/refunds.md": page("Refunds reach your card within ten days.\n\nWrite to us.\n", title="Refunds"),
    "billing/refunds.fr.md": page("Les remboursements arrivent.\n", title="Remboursements"),
    "billing/see.md": page("See [refunds](refunds.md).\n", title="See"),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A help center that was taken in from Intercom: no file says a state or an author, and no push has sent any."""
    with Site(tmp_path) as site:
        site.content(FILES)
        assert site.push().code == 0
        shutil.rmtree(tmp_path / "content")
        site.lose_disk()
        assert site("pull").code == 0
        assert site("diff", "--exit-code").code == 0
        yield site


def find(site: Site, title: str) -> str:
    return str(next(item["id"] for item in site.sandbox.articles() if item["title"] == title))


def rename(site: Site, to: str) -> None:
    """Move the article on refunds, as a writer does with git."""
    for ending in (".md", ".fr.md"):
        (site.root / "content/billing" / f"refunds{ending}").rename(site.root / "content" / f"{to}{ending}")
    see = site.root / "content/billing/see.md"
    see.write_text(see.read_text().replace("(refunds.md)", f"(../{to}.md)"))


@pytest.mark.parametrize("to", ["team/refunds", "billing/money-back"])
def test_an_edit_of_what_a_writer_moved_comes_home_and_the_move_is_still_the_writers_to_push(
    site: Site, to: str
) -> None:
    rename(site, to)
    number = find(site, "Refunds")
    site.sandbox.edit_article(number, "en", title="Money back")
    ran = site("pull")
    assert (ran.code, ran.err) == (0, "")
    assert "title: Money back" in (site.root / f"content/{to}.md").read_text()
    assert site("pull").code == 0
    pushed = site.push()
    assert (pushed.code, len(pushed.writes)) == (0, 1 if to.startswith("team") else 0)
    assert site("diff", "--exit-code").code == 0
    assert len(site.sandbox.articles()) == 2


def test_a_conflict_in_what_a_writer_moved_is_decided_as_any_other(site: Site) -> None:
    rename(site, "team/refunds")
    number, path = find(site, "Refunds"), site.root / "content/team/refunds.md"
    path.write_text(path.read_text().replace("ten", "six"))
    body = site.sandbox.article(number)["translated_content"]["en"]["body"]
    site.sandbox.edit_article(number, "en", body=body.replace("ten", "five"))
    assert site("pull").code == 13
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "five" not in line and line[:7] not in _MARKERS))
    assert site.push().code == 0
    assert "six" in site.sandbox.article(number)["translated_content"]["en"]["body"]
    assert site("diff", "--exit-code").code == 0


_MARKERS = {sign * 7 for sign in "<=>"}


def test_what_a_writer_moved_and_a_teammate_deleted_leaves_nothing_behind(site: Site) -> None:
    rename(site, "team/refunds")
    site.sandbox.delete_article(find(site, "Refunds"))
    assert site("pull").code == 0
    assert sorted(path.name for path in (site.root / "content/team").iterdir()) == ["_collection.md"]
    assert "refunds" not in (site.root / ".helpsync/sandbox/baseline.json").read_text()


def test_a_translation_that_a_teammate_removed_is_drift_where_its_file_says_nothing_new(site: Site) -> None:
    site.sandbox.remove_translation(find(site, "Refunds"), "fr")
    pushed = site.push()
    assert (pushed.code, pushed.writes) == (0, [])
    assert "! drift     billing/refunds: edited in Intercom, left alone: fr is gone" in pushed.out
    assert "`helpsync pull billing/refunds`" in pushed.out


def test_an_article_that_a_teammate_deleted_is_drift_where_its_files_say_nothing_new(site: Site) -> None:
    site.sandbox.delete_article(find(site, "Refunds"))
    pushed = site.push()
    assert pushed.code == 0
    assert "! drift     billing/refunds: the article" in pushed.out
    assert "hint: `helpsync pull billing/refunds` removes its files" in pushed.out


def test_a_translation_that_a_teammate_removed_is_sent_anew_with_its_state_where_the_file_is_to_win(site: Site) -> None:
    number = find(site, "Refunds")
    site.sandbox.remove_translation(number, "fr")
    assert site.push("--overwrite-remote", "billing/refunds").code == 0
    assert site.sandbox.article(number)["translated_content"]["fr"]["state"] == "published"
    assert site("diff", "--exit-code").code == 0


def test_files_whose_links_follow_a_move_are_named_also_by_a_dry_run(site: Site) -> None:
    group = next(item["id"] for item in site.sandbox.groups("collection") if item["name"] == "Team")
    site.sandbox.move_article(find(site, "Refunds"), group)
    named = "~ update    content/billing/see.md: its links follow\n"
    dry = site("pull", "--dry-run")
    assert named in dry.out
    assert site("pull", "--dry-run", "--format", "json").json["relinked"] == ["content/billing/see.md"]
    assert "refunds.md)" in (site.root / "content/billing/see.md").read_text()
    ran = site("pull")
    assert (ran.code, ran.out) == (0, dry.out.replace("; nothing was written", ""))
    assert "1 moved, 1 with links that follow" in ran.out


def test_without_a_baseline_no_second_file_is_made_of_what_may_have_one(site: Site) -> None:
    # Nothing leads to this one, so that it is told by its title alone.
    path = site.root / "content/billing/see.md"
    path.write_text(path.read_text().replace("See [", "Please look at ["))
    before = sorted((site.root / "content").rglob("*.md"))
    site.lose_disk()
    ran = site("pull")
    assert ran.code == 13
    assert "likely duplicate" in ran.out
    assert sorted((site.root / "content").rglob("*.md")) == before


def test_a_file_that_cannot_be_read_says_once_that_nothing_was_pulled(site: Site) -> None:
    site.write("content/billing/bad.md", "---\ntitle: [x\n---\n")
    ran = site("pull")
    assert ran.code == 11
    assert "content/billing/bad.md:3:1: error: " in ran.err
    assert ran.err.splitlines()[-1] == "1 error in the content tree: nothing was pulled"
    assert "nothing was sent" not in ran.err
