"""The way back on other ground: with a git baseline, from another disk, under a teammate's draft, for links alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from helpsync.baseline import SnapshotStore
from helpsync.errors import Locked
from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runners import Office, Runner

pytestmark = pytest.mark.slow


def bodies(site: Office | Site) -> list[str]:
    return sorted(item["body"] for item in site.sandbox.articles())


def overwritten(office: Office) -> Runner:
    """Return a checkout that pushed well, and then wrote over everything."""
    one = office.first(articles=2)
    assert one.push().code == 0
    for number in range(2):
        one.article(number, f"Bad {number}.")
    one.commit("Break it")
    one.git("push", "-q", "origin", "HEAD:main")
    office.clock.now += 60
    assert one.push().code == 0
    return one


def test_with_a_git_baseline_the_next_runner_sees_the_restored_text_as_drift(office: Office) -> None:
    good = ['<p class="no-margin">Text 0.</p>', '<p class="no-margin">Text 1.</p>']
    one = overwritten(office)
    ran = one("restore", "--yes")
    assert ran.code == 0, (ran.out, ran.err)
    assert bodies(office) == good
    two = office.clone("two")
    plan = two.plan()
    assert (plan["changes"], plan["summary"]["drift"]) == ([], 2)
    one.git("revert", "--no-edit", "HEAD")
    one.git("push", "-q", "origin", "HEAD:main")
    two.git("pull", "-q", "origin", "main")
    plan = two.plan()
    assert (plan["changes"], plan["summary"]["drift"]) == ([], 0)
    assert two.push().writes == []
    assert bodies(office) == good


def test_another_checkout_restores_from_a_folder_that_both_keep_in(office: Office) -> None:
    office.environ["HELPSYNC_KEPT"] = str(office.root / "shared")
    overwritten(office)
    two = office.clone("two")
    assert two("restore", "--yes").code == 0
    assert bodies(office) == ['<p class="no-margin">Text 0.</p>', '<p class="no-margin">Text 1.</p>']


def test_projects_of_other_workspaces_that_keep_in_the_same_folder_are_not_mixed_up(office: Office) -> None:
    shared = office.root / "shared"
    office.environ["HELPSYNC_KEPT"] = str(shared)
    one = overwritten(office)
    (folder,) = shared.iterdir()
    assert folder.name.startswith("production@")
    other = shared / "production@another"
    other.mkdir()
    (other / "index.jsonl").write_bytes((folder / "index.jsonl").read_bytes())
    assert "a/n0, a/n1" in one("restore", "--list").out
    assert one("restore", "--yes").code == 0
    assert [path.name for path in other.iterdir()] == ["index.jsonl"]


def test_where_no_baseline_says_which_of_several_workspaces_is_meant_nothing_is_guessed(office: Office) -> None:
    shared = office.root / "shared"
    office.environ["HELPSYNC_KEPT"] = str(shared)
    one = office.first(articles=1)
    for workspace in ("w1", "w2"):
        assert one("restore", "--list").code == 0
        (shared / f"production@{workspace}").mkdir(parents=True)
        (shared / f"production@{workspace}" / "index.jsonl").touch()
    ran = one("restore", "--list")
    assert ran.code == 2
    assert "HELPSYNC_KEPT has snapshots of 2 workspaces, each a remote production" in ran.err
    assert "`helpsync adopt` makes a baseline" in ran.err


def test_another_disk_has_nothing_kept_and_says_so(office: Office) -> None:
    overwritten(office)
    ran = office.clone("two")("restore", "--yes")
    assert (ran.code, ran.writes) == (0, [])
    assert "no snapshots: no push from here has overwritten or removed anything (.helpsync/kept/production)" in ran.err


def test_a_tree_that_cannot_be_read_does_not_stand_in_the_way(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        for word in ("Good", "Bad"):
            site.content({"one.md": page(f"{word}.\n", title="One")})
            site.push()
        site.content({"one.md": "---\ntitel: [broken\n"})
        assert site("restore", "--yes").code == 0
        assert bodies(site) == ['<p class="no-margin">Good.</p>']


def test_under_a_teammates_pending_draft_it_is_held_and_gone_on_with(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        for word in ("Good", "Bad"):
            site.content({"one.md": page(f"{word}.\n", title="One")})
            site.push()
        (number,) = [item["id"] for item in site.sandbox.articles()]
        site.sandbox.start_draft(number)
        ran = site("restore", "--yes")
        assert ran.code == 13
        assert "held" in ran.out
        assert bodies(site) == ['<p class="no-margin">Bad.</p>']
        site.sandbox.discard_draft(number)
        assert site("restore", "--yes").code == 0
        assert bodies(site) == ['<p class="no-margin">Good.</p>']


def test_links_that_alone_come_back_are_shown_as_that(tmp_path: Path) -> None:
    config = "rules: {broken-link: warn}\n"
    with Site(tmp_path, on_remove="delete", heading_ids="keep") as site:
        site.write("helpsync.yaml", (tmp_path / "helpsync.yaml").read_text(encoding="utf-8") + config)
        files = {
            "one.md": page("See [that](two.md).\n", title="One"),
            "two.md": page("Two.\n", title="Two"),
            "three.md": page("Three.\n", title="Three"),
        }
        site.content(files)
        site.push()
        site.content({**files, "one.md": page("See [that](three.md).\n", title="One")})
        site.push()
        shown = site("restore", "--dry-run").out
        assert "en body: the same text, its links lead to other articles or headings" in shown
        assert site("restore", "--yes").code == 0
        (one,) = [item for item in site.sandbox.articles() if item["title"] == "One"]
        assert '-two"' in one["body"]


def test_an_inbound_link_follows_an_article_that_comes_back_with_a_new_id(tmp_path: Path) -> None:
    config = "rules: {broken-link: warn}\n"
    with Site(tmp_path, on_remove="delete") as site:
        site.write("helpsync.yaml", (tmp_path / "helpsync.yaml").read_text(encoding="utf-8") + config)
        files = {"one.md": page("See [that](two.md).\n", title="One"), "two.md": page("[One](one.md).\n", title="Two")}
        site.content(files)
        site.push()
        ids = {item["title"]: item["id"] for item in site.sandbox.articles()}
        site.content({"one.md": files["one.md"]})
        assert site.push("--allow-remove", "1").code == 0
        assert site("restore", "--yes").code == 0
        found = {item["title"]: item for item in site.sandbox.articles()}
        assert found["Two"]["id"] != ids["Two"]
        assert f"/en/articles/{found['Two']['id']}-two" in found["One"]["body"]
        assert f"/en/articles/{ids['One']}-one" in found["Two"]["body"]
        site.content(files)
        assert site.push().writes == []


def test_what_is_old_goes_while_the_lease_still_keeps_other_runs_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = overwritten(office)
    held_by: list[bool] = []
    monkeypatch.setattr(SnapshotStore, "prune", lambda _: held_by.append("lease.json" in office.names()))
    one.article(0, "Good again.")
    one.commit("Mend it")
    assert one.push().code == 0
    assert held_by == [True]
    assert "lease.json" not in office.names()


def test_what_cannot_be_cleared_away_is_a_warning(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    one = overwritten(office)

    def prune(_: SnapshotStore) -> None:
        raise Locked("another run has been writing there for 30 s")

    monkeypatch.setattr(SnapshotStore, "prune", prune)
    one.article(0, "Good again.")
    one.commit("Mend it")
    ran = one.push()
    assert ran.code == 0
    assert "could not be removed: .helpsync/kept/production: another run has been writing there" in ran.err


@pytest.fixture
def moved(tmp_path: Path) -> Iterator[Site]:
    """Give a site with an article that a push rewrote and moved from A to B, and a third collection C."""
    groups = {f"{name}/_collection.md": page(name=name.upper()) for name in "abc"}
    text = "Write to us within thirty days of the purchase and name the order that you want to give back.\n"
    with Site(tmp_path) as site:
        site.content({**groups, "a/one.md": page(f"Good. {text}", title="One")})
        site.push()
        site.content({**groups, "b/one.md": page(f"Bad. {text}", title="Bad")})
        site.push()
        yield site


def test_a_restore_lists_an_overwritten_move_before_other_fields(moved: Site) -> None:
    (article,) = moved.sandbox.articles()
    groups = {item["name"]: item["id"] for item in moved.sandbox.groups("collection")}
    assert str(article["parent_id"]) == groups["B"]
    moved.sandbox.move_article(article["id"], groups["C"])
    moved.sandbox.edit_article(article["id"], title="By hand")
    assert moved("restore", "--yes").code == 13
    over = ("--overwrite-remote", "b/one")
    (change,) = moved("restore", "--dry-run", "--format", "json", *over).json["changes"]
    assert [each["field"] for each in change["overwrites"]["fields"]] == ["parent", "title"]
    assert moved("restore", "--yes", *over).code == 0
    (article,) = moved.sandbox.articles()
    assert (str(article["parent_id"]), article["title"]) == (groups["A"], "One")


def test_a_restore_cannot_take_an_article_out_of_a_collection(tmp_path: Path) -> None:
    group = {"a/_collection.md": page(name="A")}
    with Site(tmp_path) as site:
        site.content({**group, "one.md": page("One.\n", title="One")})
        site.push()
        site.content({**group, "a/one.md": page("One.\n", title="One")})
        site.push()
        (before,) = site.sandbox.articles()
        ran = site("restore", "--yes")
        (after,) = site.sandbox.articles()
        assert before["parent_id"] == after["parent_id"]
        assert "it was in no collection, but Intercom has no way to take it out of one: its place stays" in ran.out
