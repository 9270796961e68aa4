"""`helpsync restore` on the command line: what it chooses, says, refuses, and ends with."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from helpsync.content import Tree
from helpsync.model import HelpCenter
from helpsync.sync.session import open_session
from journey_site import Site, page

if TYPE_CHECKING:
    from pathlib import Path

    from workspace import MakeWorkspace, Workspace

KEPT = ".helpsync/sandbox/kept"
OVER = "--overwrite-remote"


def restore(workspace: Workspace, *arguments: str) -> Any:
    return workspace("restore", "--remote", "sandbox", *arguments)


def moment() -> str:
    return datetime.now(UTC).isoformat()


def bodies(workspace: Workspace) -> dict[str, str]:
    """Return the English bodies by title, without tags."""
    return {item["title"]: re.sub(r"<[^>]*>", "", item["body"]) for item in workspace.sandbox.articles()}


def edit_by_hand(workspace: Workspace, title: str, **fields: Any) -> None:
    (number,) = [item["id"] for item in workspace.sandbox.articles() if item["title"] == title]
    workspace.api("PUT", f"/articles/{number}", fields)


@pytest.fixture
def site(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace after a good push and one that wrote over both articles."""
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    for name in ("one", "two"):
        workspace.article(f"a/{name}.md", name.title(), f"Good {name}.\n")
    assert workspace.push().code == 0
    for name in ("one", "two"):
        workspace.edit(f"a/{name}.md", "Good", "Bad")
    assert workspace.push().code == 0
    return workspace


def last_run(site: Workspace) -> str:
    return str(json.loads(restore(site, "--list", "--format", "json").out)["runs"][0]["id"])


def test_without_arguments_the_last_push_is_undone(site: Workspace) -> None:
    ran = restore(site, "--yes")
    assert ran.code == 0
    assert re.search(r"undoing the push of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}\n", ran.err)
    assert "git revert" in ran.err
    assert bodies(site) == {"One": "Good one.", "Two": "Good two."}


def test_the_files_stay_as_they_are(site: Workspace) -> None:
    before = {path: path.read_bytes() for path in (site.root / "content").rglob("*.md")}
    restore(site, "--yes")
    assert {path: path.read_bytes() for path in (site.root / "content").rglob("*.md")} == before


def test_an_address_brings_back_that_one_only(site: Workspace) -> None:
    assert restore(site, "--yes", "a/one").code == 0
    assert bodies(site) == {"One": "Good one.", "Two": "Bad two."}


def test_an_address_that_the_last_push_did_not_touch_is_as_before_the_one_that_did(site: Workspace) -> None:
    site.edit("a/two.md", "Bad", "Worse")
    site.push()
    assert restore(site, "--yes", "a/one").code == 0
    assert bodies(site) == {"One": "Good one.", "Two": "Worse two."}


def test_a_moment_brings_back_what_readers_had_then_over_several_pushes(site: Workspace) -> None:
    then = moment()
    for word, other in (("Bad", "Worse"), ("Worse", "Worst")):
        site.edit("a/one.md", word, other)
        site.push()
    assert restore(site, "--yes", "--at", then).code == 0
    assert bodies(site) == {"One": "Bad one.", "Two": "Bad two."}


def test_the_time_that_the_list_shows_undoes_that_run(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        for word in ("Good", "Bad", "Worse"):
            site.clock.now += 60
            site.content({"one.md": page(f"{word} one.\n", title="One")})
            site.push()
        shown = [line.partition("  ") for line in site("restore", "--list").out.splitlines()[::2]]
        assert [rest.partition("  (")[0] for _, _, rest in shown] == ["push: 1 updated", "push: 1 updated"]
        for (at, _, _), word in zip(shown, ("Bad", "Good"), strict=True):
            assert site("restore", "--yes", "--at", at).code == 0
            assert site.sandbox.articles()[0]["body"] == f'<p class="no-margin">{word} one.</p>'


def test_a_dry_run_shows_the_plan_and_sends_nothing(site: Workspace) -> None:
    ran = restore(site, "--dry-run")
    assert (ran.code, ran.writes) == (0, [])
    assert "      -[-Bad-] one.\n      +{+Good+} one.\n" in ran.out
    assert "2 to update; 0 unchanged" in ran.out
    assert "nothing was sent" in ran.err


def test_json_is_a_plan_and_a_result_like_those_of_a_push(site: Workspace) -> None:
    plan = restore(site, "--dry-run", "--format", "json").json
    assert plan["schema"] == "helpsync.plan/1"
    assert [change["address"] for change in plan["changes"]] == ["a/one", "a/two"]
    done = restore(site, "--yes", "--format", "json").json
    assert done["schema"] == "helpsync.result/1"
    assert [change["status"] for change in done["changes"]] == ["applied", "applied"]
    assert done["requests"]["PUT"] == 2


def test_a_run_named_by_the_list_is_undone_whether_push_or_restore(site: Workspace) -> None:
    bad = last_run(site)
    assert restore(site, "--yes", "--run", bad).code == 0
    assert bodies(site) == {"One": "Good one.", "Two": "Good two."}
    assert restore(site, "--yes", "--run", last_run(site)).code == 0
    assert bodies(site) == {"One": "Bad one.", "Two": "Bad two."}
    assert restore(site, "--yes", "--run", bad, "a/one").code == 0
    assert bodies(site) == {"One": "Good one.", "Two": "Bad two."}


def test_a_run_that_is_not_kept_and_a_run_with_a_moment_are_refused(site: Workspace) -> None:
    ran = restore(site, "--yes", "--run", "2020")
    assert ran.code == 2
    assert "--run 2020: no such run" in ran.err
    assert restore(site, "--yes", "--run", "2020", "--at", "1h").code == 2


def test_the_list_as_json_names_runs_counts_and_addresses(site: Workspace) -> None:
    site.article("a/three.md", "Three")
    site.remove("a/one.md")
    site.push()
    form = restore(site, "--list", "--format", "json").json
    assert form["schema"] == "helpsync.kept/1"
    last, before = form["runs"]
    assert (last["command"], last["counts"], last["addresses"]) == ("push", {"unpublish": 1}, ["a/one"])
    assert last["created"] == ["a/three"]
    assert before["counts"] == {"update": 2}


def test_off_a_terminal_it_needs_to_be_told_yes(site: Workspace) -> None:
    ran = restore(site)
    assert (ran.code, ran.writes) == (2, [])
    assert "give --yes" in ran.err


def test_where_nothing_is_kept_there_is_nothing_to_do(workspace: Workspace) -> None:
    assert restore(workspace, "--yes").code == 0
    workspace.push()
    ran = restore(workspace, "--yes")
    assert (ran.code, ran.writes) == (0, [])
    assert "no snapshots: " in ran.err
    assert restore(workspace, "--list").out == "no snapshots: no push from here has overwritten or removed anything\n"


def test_since_a_moment_after_the_last_push_there_is_nothing_to_do(site: Workspace) -> None:
    ran = restore(site, "--yes", "--at", moment())
    assert (ran.code, ran.writes) == (0, [])
    assert "no push from here has overwritten or removed anything since then" in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a/nowhere"], "there is no snapshot of a/nowhere"),
        (["--at", "tomorrow"], "--at: 'tomorrow' isn't a date or time"),
        (["--at", "2026-13-01"], "isn't a date or time"),
        (["--at", "999999w"], "isn't a date or time"),
        (["--at", "2999-01-01"], "is still to come"),
        (["--at", "2020-01-01"], "snapshots from here start at"),
        ([OVER, "a/nowhere"], "--overwrite-remote a/nowhere: this restore does not bring that back"),
    ],
)
def test_what_cannot_be_meant_is_told_and_ends_with_2(site: Workspace, arguments: list[str], message: str) -> None:
    ran = restore(site, "--yes", *arguments)
    assert (ran.code, ran.writes) == (2, [])
    assert message in ran.err


def test_a_teammates_edit_since_is_a_conflict_that_is_shown_and_can_be_decided(site: Workspace) -> None:
    edit_by_hand(site, "One", body="<p>Mended one.</p>")
    ran = restore(site, "--yes")
    assert ran.code == 13
    assert bodies(site) == {"One": "Mended one.", "Two": "Good two."}
    shown = restore(site, "--dry-run").out
    assert "! conflict  a/one: edited in Intercom since the push that is undone: en body; left alone" in shown
    assert "      -[-Bad-] one.\n      +{+Mended+} one.\n" in shown
    assert re.search(r"\n    edited \d{4}-\d\d-\d\d \d\d:\d\d UTC\n", shown)
    (change,) = restore(site, "--dry-run", "--format", "json", OVER, "a/one").json["changes"]
    assert change["overwrites"]
    # It is gone on with, not undone.
    assert restore(site, "--yes", OVER, "a/one").code == 0
    assert bodies(site) == {"One": "Good one.", "Two": "Good two."}


def test_an_edit_of_a_field_that_the_push_did_not_write_stays(site: Workspace) -> None:
    edit_by_hand(site, "One", description="By hand")
    assert restore(site, "--yes").code == 0
    (one,) = [item for item in site.sandbox.articles() if item["title"] == "One"]
    assert one["description"] == "By hand"


def test_what_a_teammate_deleted_since_is_a_conflict(site: Workspace) -> None:
    (number,) = [item["id"] for item in site.sandbox.articles() if item["title"] == "One"]
    site.api("DELETE", f"/articles/{number}")
    ran = restore(site, "--yes")
    assert ran.code == 13
    assert "is no longer in Intercom, and no push removed it" in ran.out
    assert restore(site, "--yes", OVER, "a/one").code == 0
    assert bodies(site) == {"One": "Good one.", "Two": "Good two."}


def test_what_a_push_from_another_disk_wrote_since_is_a_conflict(site: Workspace) -> None:
    kept = site.root / KEPT
    kept.rename(site.root / "elsewhere")
    site.edit("a/one.md", "Bad", "Newer")
    site.push()
    for path in sorted(kept.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    kept.rmdir()
    (site.root / "elsewhere").rename(kept)
    assert restore(site, "--yes").code == 13
    assert bodies(site) == {"One": "Newer one.", "Two": "Good two."}


def test_what_the_push_created_is_named_and_stays(site: Workspace) -> None:
    site.edit("a/one.md", "Bad", "Worse")
    site.article("a/new.md", "New", "New.\n")
    site.article("a/one.fr.md", "Un", "Bien.\n")
    site.push()
    ran = restore(site, "--yes")
    assert ran.code == 0
    assert "a/new: created by the run that is undone: left as it is" in ran.out
    assert "a/one: fr was added by that push: left alone" in ran.out
    assert "to take a translation away, remove its file and push" in ran.out
    assert bodies(site)["New"] == "New."


def test_what_becomes_a_draft_again_counts_against_the_limits(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(
        "default_locale: en\nlocales: [en]\nauthor: docs@example.com\nlimits: {remove: 10%, floor: 2}\n"
    )
    workspace.collection("a/_collection.md", "A")
    for number in range(5):
        workspace.article(f"a/n{number}.md", f"N{number}", state="draft" if number < 2 else "published")
    workspace.push()
    for number in range(2):
        workspace.edit(f"a/n{number}.md", '"draft"', '"published"')
    workspace.push()
    ran = restore(workspace, "--yes")
    assert (ran.code, ran.writes) == (12, [])
    assert "restore --allow-remove 2" in ran.err
    assert restore(workspace, "--yes", "--allow-remove", "2").code == 0
    assert [item["state"] for item in workspace.sandbox.articles()].count("draft") == 2


def test_deleted_collections_come_back_with_what_was_in_them(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(
        "default_locale: en\nlocales: [en]\nauthor: docs@example.com\non_remove: delete\nstate: published\n"
    )
    workspace.collection("a/_collection.md", "A", description="All of it")
    workspace.collection("a/b/_collection.md", "B")
    workspace.article("a/b/deep.md", "Deep", "Deep.\n")
    workspace.collection("c/_collection.md", "C")
    workspace.article("c/other.md", "Other")
    workspace.push()
    for path in ("a/b/deep.md", "a/b/_collection.md", "a/_collection.md"):
        workspace.remove(path)
    assert workspace.push("--allow-remove", "9").code == 0
    assert len(workspace.sandbox.groups("collection")) == 1
    assert restore(workspace, "--yes", "a/b/deep").code == 0
    (deep,) = [item for item in workspace.sandbox.articles() if item["title"] == "Deep"]
    (section,) = workspace.sandbox.groups("section")
    (top,) = [item for item in workspace.sandbox.groups("collection") if item["name"] == "A"]
    assert (deep["parent_type"], str(deep["parent_id"])) == ("section", section["id"])
    assert (section["name"], str(section["parent_id"]), top["description"]) == ("B", top["id"], "All of it")
    # The files that come back find what was made anew.
    workspace.collection("a/_collection.md", "A", description="All of it")
    workspace.collection("a/b/_collection.md", "B")
    workspace.article("a/b/deep.md", "Deep", "Deep.\n")
    assert workspace.push().writes == []


def test_a_text_that_looks_like_a_placeholder_goes_out_as_it_is(site: Workspace) -> None:
    stored = (
        '<p class="no-margin">See <a href="helpsync:en/a/two#x" target="_blank" class="intercom-content-link">that</a>'
        " helpsync-1: no</p>"
    )
    edit_by_hand(site, "One", body=stored)
    assert site.push(OVER, "a/one").code == 0
    assert restore(site, "--yes").code == 0
    (one,) = [item for item in site.sandbox.articles() if item["title"] == "One"]
    assert one["body"] == stored


def test_an_author_who_is_no_longer_a_teammate_is_named_and_the_rest_comes_back(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(admins=("ann@example.com",))
    workspace.article("one.md", "One", "Good one.\n", author="ann@example.com")
    workspace.push()
    workspace.article("one.md", "One", "Bad one.\n", author="docs@example.com")
    workspace.push()
    with workspace.sandbox.writing() as written:
        written.db.execute("DELETE FROM admins WHERE email = 'ann@example.com'")
    ran = restore(workspace, "--yes")
    assert ran.code == 0
    assert re.search(r"one: its author \d+ is no longer a teammate", ran.out)
    assert bodies(workspace) == {"One": "Good one."}


def test_a_kept_form_that_is_damaged_is_told_and_the_others_come_back(site: Workspace) -> None:
    run = json.loads(next(iter((site.root / KEPT / "index.jsonl").read_text(encoding="utf-8").splitlines())))
    assert run["format"] == "helpsync.kept/1"
    for line in (site.root / KEPT / "index.jsonl").read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        if note.get("address") == "a/one" and "form" in note:
            (site.root / KEPT / "objects" / note["form"][:2] / note["form"][2:]).write_bytes(b"broken")
    ran = restore(site, "--yes")
    assert ran.code == 13
    assert "a/one: its snapshot is damaged or missing: left alone" in ran.out
    assert bodies(site) == {"One": "Bad one.", "Two": "Good two."}


def test_a_half_written_last_line_is_passed_over(site: Workspace) -> None:
    index = site.root / KEPT / "index.jsonl"
    index.write_bytes(index.read_bytes() + b'{"run":"x","addr')
    assert restore(site, "--yes").code == 0
    assert bodies(site) == {"One": "Good one.", "Two": "Good two."}
    assert restore(site, "--yes", "--run", last_run(site)).code == 0
    assert bodies(site) == {"One": "Bad one.", "Two": "Bad two."}


def test_what_cannot_be_kept_is_not_sent(site: Workspace) -> None:
    index = site.root / KEPT / "index.jsonl"
    index.rename(index.with_suffix(".old"))
    index.mkdir()
    site.edit("a/one.md", "Bad", "Worse")
    site.article("a/new.md", "New", "New.\n")
    ran = site.push()
    assert ran.code == 1
    assert "a/one: failed: what this overwrites can't be stored, so it was not sent: .helpsync/sandbox/kept" in ran.out
    # A create overwrites nothing.
    assert bodies(site) == {"One": "Bad one.", "Two": "Bad two.", "New": "New."}


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_sent(site: Workspace) -> None:
    kept = site.root / KEPT
    kept.rename(kept.with_name("old"))
    kept.write_text("in the way", encoding="utf-8")
    site.edit("a/one.md", "Bad", "Worse")
    ran = site.push()
    assert (ran.code, ran.writes) == (1, [])
    assert f"{KEPT} can't be written" in ran.err


def test_what_the_sandbox_held_stays_beside_its_store_whatever_other_folder_is_named(
    site: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELPSYNC_KEPT", str(tmp_path / "elsewhere"))
    site.edit("a/one.md", "Bad", "Worse")
    site.push()
    assert not (tmp_path / "elsewhere").exists()
    assert restore(site, "--yes").code == 0
    assert bodies(site)["One"] == "Bad one."


def test_git_ignores_what_is_kept(make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace()
    workspace.article("one.md", "One")
    workspace.push()
    assert (workspace.root / ".helpsync" / "sandbox" / ".gitignore").read_text(encoding="utf-8") == "*\n"
    monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "t")
    open_session(None, "production").checkout.check_recordable(Tree(HelpCenter("en"), (), {}, 0))
    assert (workspace.root / ".helpsync" / "kept" / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_a_sandbox_that_begins_anew_has_nothing_kept(site: Workspace) -> None:
    open_session(None, "sandbox").connection.sandbox.reset()
    assert not (site.root / KEPT).exists()
