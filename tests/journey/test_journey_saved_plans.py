"""A plan that was reviewed is what a push does, or the push does nothing and says why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import helpsync
from churn import pass_a_day
from helpsync.plan import seal
from workspace import LIMITED as CONFIG
from workspace import crowd

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Ran, Workspace

pytestmark = pytest.mark.slow


def numbered(workspace: Workspace, number: int) -> str:
    """Return the id of the article that `crowd` gave this number."""
    return next(str(item["id"]) for item in workspace.sandbox.articles() if item["title"] == f"Number {number}")


def edit_in_intercom(workspace: Workspace, number: int, body: str = "<p>Theirs.</p>") -> None:
    workspace.sandbox.edit_article(numbered(workspace, number), body=body)


def saved(workspace: Workspace, *arguments: str) -> Any:
    """Save the plan to plan.json and return what it holds."""
    assert workspace.diff("--out", "plan.json", *arguments).code == 0
    return json.loads((workspace.root / "plan.json").read_text(encoding="utf-8"))


def pushed(workspace: Workspace, *arguments: str) -> Ran:
    return workspace.push("--plan", "plan.json", *arguments)


@pytest.fixture
def reviewed(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with four articles pushed, and a saved plan that updates the first two."""
    workspace = make_workspace(CONFIG)
    crowd(workspace, 4)
    workspace.article("a/n0.fr.md", "Numéro 0", "Texte 0.\n")
    workspace.push()
    workspace.edit("a/n0.md", "Text 0", "Text zero")
    workspace.edit("a/n1.md", "Text 1", "Text one")
    saved(workspace)
    return workspace


def test_a_saved_plan_is_pushed_as_it_was_reviewed(reviewed: Workspace) -> None:
    ran = pushed(reviewed)
    assert ran.code == 0
    assert [call.method for call in ran.writes] == ["PUT", "PUT"]
    assert reviewed.push().writes == []


def test_a_first_push_can_be_reviewed_too(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    saved(workspace)
    assert pushed(workspace).code == 0
    assert len(workspace.sandbox.articles()) == 2


def test_an_empty_plan_pushes_nothing_and_refuses_what_came_since(reviewed: Workspace) -> None:
    reviewed.push()
    saved(reviewed)
    assert (pushed(reviewed).code, pushed(reviewed).writes) == (0, [])
    reviewed.edit("a/n2.md", "Text 2", "Text two")
    assert (pushed(reviewed).code, pushed(reviewed).writes) == (13, [])


def refused(workspace: Workspace, *said: str) -> None:
    ran = pushed(workspace)
    assert (ran.code, ran.writes, ran.out) == (13, [], "")
    assert "nothing was sent" in ran.err
    for words in said:
        assert words in ran.err


def test_a_file_of_the_plan_that_changed_since_is_named(reviewed: Workspace) -> None:
    reviewed.edit("a/n0.md", "zero", "nought")
    refused(reviewed, "a/n0: content/a/n0.md changed\n")


def test_a_file_that_only_looks_the_same_is_named_too(reviewed: Workspace) -> None:
    reviewed.edit("a/n0.md", "title:", "# checked by nobody\ntitle:")
    refused(reviewed, "a/n0: content/a/n0.md changed\n")


def test_a_new_translation_of_an_item_of_the_plan_is_named(reviewed: Workspace) -> None:
    reviewed.article("a/n1.fr.md", "Numéro 1", "Texte 1.\n")
    refused(reviewed, "a/n1: content/a/n1.fr.md is new")


def test_a_translation_that_went_since_is_named(reviewed: Workspace) -> None:
    reviewed.remove("a/n0.fr.md")
    refused(reviewed, "a/n0: the fr file was removed")


def test_an_edit_in_intercom_of_an_item_of_the_plan_is_named_with_its_field(reviewed: Workspace) -> None:
    reviewed.sandbox.edit_article(numbered(reviewed, 1), title="Number 1")
    reviewed.sandbox.edit_article(numbered(reviewed, 0), "fr", title="Nombre 0")
    refused(reviewed, "a/n0: edited in Intercom since: fr title\n")


def test_an_edit_that_makes_a_conflict_is_told_in_full(reviewed: Workspace) -> None:
    edit_in_intercom(reviewed, 0)
    refused(reviewed, "a/n0: update is no longer planned: changed in the tree and in Intercom, differently: en body")


def test_an_article_that_was_moved_by_hand_is_named(reviewed: Workspace) -> None:
    other = reviewed.api("POST", "/help_center/collections", {"name": "Elsewhere"})
    move = {"parent_id": int(other["id"]), "parent_type": "collection"}
    reviewed.api("PUT", f"/articles/{numbered(reviewed, 1)}", move)
    refused(reviewed, "a/n1: edited in Intercom since: parent")


def test_an_article_that_is_in_intercom_by_now_is_named(reviewed: Workspace) -> None:
    reviewed.article("a/new.md", "New", "New text.\n", description="About it")
    saved(reviewed)
    (collection,) = reviewed.sandbox.groups("collection")
    by_hand = {"title": "New", "parent_id": int(collection["id"]), "parent_type": "collection"}
    author = int(reviewed.api("GET", "/me")["id"])
    reviewed.api("POST", "/articles", {**by_hand, "body": "<p>New text.</p>", "author_id": author})
    refused(reviewed, "a/new: it is in Intercom now")


def test_an_article_that_went_since_is_named(reviewed: Workspace) -> None:
    edit_in_intercom(reviewed, 0)
    saved(reviewed, "--overwrite-remote", "a/n0")
    reviewed.sandbox.delete_article(numbered(reviewed, 0))
    refused(reviewed, "a/n0: it is no longer in Intercom")


def test_a_change_that_came_since_is_named(reviewed: Workspace) -> None:
    reviewed.edit("a/n2.md", "Text 2", "Text two")
    reviewed.article("a/n9.md", "Number 9")
    refused(reviewed, "a/n2: new since the plan was made: update\n", "a/n9: new since the plan was made: create\n")


def test_a_change_that_was_taken_back_is_named(reviewed: Workspace) -> None:
    reviewed.edit("a/n0.md", "Text zero", "Text 0")
    refused(reviewed, "a/n0: update is no longer planned: content/a/n0.md changed")


def test_every_difference_is_named_at_once(reviewed: Workspace) -> None:
    reviewed.edit("a/n0.md", "zero", "nought")
    reviewed.sandbox.edit_article(numbered(reviewed, 1), description="By hand")
    reviewed.edit("a/n2.md", "Text 2", "Text two")
    refused(reviewed, "a/n0: content/", "a/n1: edited in Intercom", "a/n2: new since")


def test_another_parent_makes_the_plan_stale(reviewed: Workspace) -> None:
    reviewed.collection("b/_collection.md", "B")
    reviewed.move("a/n2.md", "b/n2.md")
    saved(reviewed)
    assert "b/n2" in (reviewed.root / "plan.json").read_text()
    reviewed.collection("c/_collection.md", "C")
    reviewed.move("b/n2.md", "c/n2.md")
    refused(reviewed, "b/n2: move is no longer planned: the en file was removed", "c/n2: new since")


def test_an_edit_elsewhere_in_intercom_is_no_reason_to_refuse(reviewed: Workspace) -> None:
    edit_in_intercom(reviewed, 3)
    reviewed.api("POST", "/help_center/collections", {"name": "Unmanaged"})
    ran = pushed(reviewed)
    assert ran.code == 0
    assert len(ran.writes) == 2


def test_a_file_that_needs_no_push_is_no_reason_to_refuse(reviewed: Workspace) -> None:
    reviewed.article("a/n3.md", "Number 3", "Text 3.\n\n")
    reviewed.write("content/a/_notes.md", "for us only")
    assert pushed(reviewed).code == 0


def test_what_intercom_changes_by_itself_is_no_reason_to_refuse(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG, heading_ids="keep")
    crowd(workspace, 1)
    workspace.article("a/n0.md", "Number 0", "# One\n\n![Screen](https://x.example/one.png)\n\nText 0.\n")
    workspace.push()
    workspace.edit("a/n0.md", "Text 0", "Text zero")
    saved(workspace)
    (before,) = workspace.sandbox.articles()
    with workspace.sandbox.writing() as store:
        moved = before["body"].replace(' id="', ' id="h_new').replace("?", "?expires=9&", 1)
        store.db.execute("UPDATE contents SET body = ?", (moved,))
    pass_a_day(workspace.sandbox, 7)
    (after,) = workspace.sandbox.articles()
    assert before["body"] != after["body"]
    assert pushed(workspace).code == 0


@pytest.mark.parametrize("heading_ids", ["keep", "renew"])
def test_what_intercom_changes_by_itself_does_not_decide_what_a_renamed_heading_is(
    make_workspace: MakeWorkspace, heading_ids: str
) -> None:
    workspace = make_workspace(CONFIG, heading_ids=heading_ids)
    crowd(workspace, 3)
    picture = "![Screen](https://x.example/one.png)\n"
    workspace.article("a/n0.md", "Number 0", f"# Old name\n\n{picture}")
    workspace.article("a/n1.md", "Number 1", "See [zero](n0.md#old-name).\n")
    workspace.push()
    workspace.article("a/n0.md", "Number 0", f"# New name\n\n{picture}")
    workspace.article("a/n1.md", "Number 1", "See [zero](n0.md#new-name).\n")
    before = saved(workspace)
    bodies = [article["body"] for article in workspace.sandbox.articles()]
    for seed in range(4):
        pass_a_day(workspace.sandbox, seed)
    assert bodies != [article["body"] for article in workspace.sandbox.articles()]
    after = saved(workspace)
    assert before["checksum"] == after["checksum"]
    assert before["items"] == after["items"]


def test_a_plan_that_was_carried_out_says_so(reviewed: Workspace) -> None:
    assert pushed(reviewed).code == 0
    refused(reviewed, "the plan was carried out already")
    reviewed.edit("a/n2.md", "Text 2", "Text two")
    refused(reviewed, "the plan was carried out already")


def test_a_plan_of_removals_that_was_carried_out_says_so(reviewed: Workspace) -> None:
    reviewed.push()
    reviewed.remove("a/n3.md")
    saved(reviewed)
    assert pushed(reviewed).code == 0
    refused(reviewed, "the plan was carried out already")


def test_a_plan_whose_removal_was_taken_back_was_not_carried_out(reviewed: Workspace) -> None:
    reviewed.push()
    reviewed.remove("a/n3.md")
    saved(reviewed)
    reviewed.article("a/n3.md", "Number 3", "Text 3.\n")
    refused(reviewed, "a/n3: unpublish is no longer planned: content/a/n3.md is new")


def test_a_plan_that_a_setting_emptied_was_not_carried_out(reviewed: Workspace) -> None:
    reviewed.push()
    reviewed.remove("a/n3.md")
    saved(reviewed)
    reviewed.write("helpsync.yaml", CONFIG + "on_remove: keep\n")
    refused(
        reviewed,
        "a/n3: unpublish is no longer planned: nothing is left to do there",
        "helpsync.yaml: `on_remove` was unpublish, is keep now",
    )


def test_a_plan_that_was_half_carried_out_names_what_is_done(reviewed: Workspace) -> None:
    text = (reviewed.root / "content/a/n1.md").read_text()
    reviewed.edit("a/n1.md", "Text one", "Text 1")
    reviewed.push()
    reviewed.write("content/a/n1.md", text)
    refused(reviewed, "a/n0: update is no longer planned: nothing is left to do there")


def test_a_move_into_a_collection_that_went_is_not_taken_for_carried_out(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    workspace.collection("b/_collection.md", "B")
    workspace.push()
    workspace.move("a/n0.md", "b/n0.md")
    saved(workspace)
    (old,) = [group for group in workspace.sandbox.groups("collection") if group["name"] == "B"]
    workspace.api("DELETE", f"/help_center/collections/{old['id']}")
    refused(workspace, "b/n0: move is no longer planned")


def test_a_link_that_leads_nowhere_now_makes_the_plan_stale(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    workspace.article("a/n0.md", "Number 0", "Text 0, see [one](n1.md).\n")
    workspace.push()
    workspace.edit("a/n0.md", "Text 0", "Text zero")
    saved(workspace)
    workspace.api("DELETE", f"/articles/{numbered(workspace, 1)}")
    refused(workspace, "a/n0: links lead elsewhere, or nowhere any more: en")


def test_a_link_that_is_rendered_otherwise_makes_the_plan_stale(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG + "rules: {broken-anchor: warn}\n")
    crowd(workspace, 2)
    workspace.article("a/n0.md", "Number 0", "Text 0, see [one](n1.md#there).\n")
    workspace.article("a/n1.md", "Number 1", "# There\n\nText 1.\n")
    workspace.push()
    edit_in_intercom(workspace, 1, "<h2>There</h2><p>Theirs.</p>")
    workspace.edit("a/n0.md", "Text 0", "Text zero")
    saved(workspace)
    workspace.edit("a/n1.md", "# There", "# Elsewhere")
    refused(workspace, "a/n0: links lead elsewhere, or nowhere any more: en")


def test_an_article_that_is_sent_again_for_its_links_is_part_of_the_plan(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG, heading_ids="renew")
    crowd(workspace, 3)
    workspace.article("a/n0.md", "Number 0", "# There\n\nText 0.\n")
    workspace.article("a/n1.md", "Number 1", "See [zero](n0.md#there).\n")
    workspace.push()
    workspace.edit("a/n0.md", "Text 0", "Text zero")
    assert saved(workspace)["items"]["a/n1"]["action"] == "relink"
    edit_in_intercom(workspace, 1)
    refused(workspace, "a/n1: relink is no longer planned")


def test_an_article_that_waited_for_one_that_comes_now_is_part_of_the_plan(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    workspace.push()
    (group,) = workspace.sandbox.groups("collection")
    theirs = {"title": "Two", "author_id": 901, "parent_id": int(group["id"]), "parent_type": "collection"}
    twin = workspace.api("POST", "/articles", {**theirs, "body": "<p>By hand.</p>"})
    workspace.article("a/one.md", "One", "See [two](two.md).\n")
    workspace.article("a/two.md", "Two", "Mine.\n")
    assert workspace.push().code == 13
    workspace.api("DELETE", f"/articles/{twin['id']}")
    form = saved(workspace)
    assert form["relinks"] == [{"address": "a/one", "locales": ["en"]}]
    ran = pushed(workspace)
    assert (ran.code, sorted(form["items"])) == (0, ["a/one", "a/two"])
    assert sorted(call.method for call in ran.writes) == ["POST", "PUT"]
    assert workspace.push().writes == []


def test_decisions_are_part_of_the_plan(reviewed: Workspace) -> None:
    edit_in_intercom(reviewed, 0)
    form = saved(reviewed, "--overwrite-remote", "a/n0")
    assert (form["overwrite"], form["summary"]["conflict"]) == (["a/n0"], 0)
    assert pushed(reviewed).code == 0
    assert "Text zero" in reviewed.sandbox.article(numbered(reviewed, 0))["body"]


def test_an_edit_after_the_one_that_is_to_be_overwritten_makes_the_plan_stale(reviewed: Workspace) -> None:
    edit_in_intercom(reviewed, 0)
    saved(reviewed, "--overwrite-remote", "a/n0")
    edit_in_intercom(reviewed, 0, "<p>Better still.</p>")
    refused(reviewed, "a/n0: edited in Intercom since: en body")


def test_removals_that_were_reviewed_go_through(reviewed: Workspace) -> None:
    reviewed.push()
    for number in range(2):
        reviewed.remove(f"a/n{number}.md")
    reviewed.remove("a/n0.fr.md")
    assert saved(reviewed)["refusal"] is not None
    ran = pushed(reviewed)
    assert (ran.code, ran.writes) == (12, [])
    assert "helpsync diff --allow-remove 2 --out" in ran.err
    assert saved(reviewed, "--allow-remove", "2")["refusal"] is None
    assert pushed(reviewed).code == 0


def test_a_limit_and_a_stale_plan_are_both_told(reviewed: Workspace) -> None:
    for number in (2, 3):
        reviewed.remove(f"a/n{number}.md")
    ran = pushed(reviewed)
    assert (ran.code, ran.writes) == (12, [])
    assert "readers would lose 2 of 4 published articles" in ran.err
    assert "a/n3: new since the plan was made: unpublish" in ran.err


def test_variables_for_all_commands_do_not_contradict_a_plan(
    reviewed: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELPSYNC_ALLOW_REMOVE", "9")
    monkeypatch.setenv("HELPSYNC_OUT", "other.json")
    assert pushed(reviewed).code == 0
    assert not (reviewed.root / "other.json").exists()


def test_a_dry_run_tells_whether_the_plan_holds(reviewed: Workspace) -> None:
    assert (pushed(reviewed, "--dry-run").code, pushed(reviewed, "--dry-run").writes) == (0, [])
    reviewed.edit("a/n0.md", "zero", "nought")
    ran = pushed(reviewed, "--dry-run")
    assert (ran.code, ran.writes) == (13, [])
    assert "a/n0: content/a/n0.md changed" in ran.err


def test_a_dry_run_saves_the_plan_too(reviewed: Workspace) -> None:
    by_diff = saved(reviewed)
    assert reviewed.push("--dry-run", "--out", "plan.json").code == 0
    assert json.loads((reviewed.root / "plan.json").read_text()) == by_diff


def test_a_plan_is_asked_about_on_a_terminal(reviewed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpsync.cli.options.is_terminal", lambda _: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    ran = reviewed("push", "--remote", "sandbox", "--plan", "plan.json")
    assert (ran.code, ran.writes) == (1, [])
    assert "~ update    a/n0" in ran.err


def test_a_plan_of_another_workspace_is_refused(reviewed: Workspace) -> None:
    reviewed.sandbox.reset()
    (reviewed.root / ".helpsync/sandbox/baseline.json").unlink()
    refused(reviewed, "the plan was made for workspace ", ", this is ")


def test_a_plan_of_another_remote_is_refused_with_the_option_to_give(
    reviewed: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed.write("helpsync.yaml", CONFIG.replace("  sandbox: {}", "  production: {region: eu}\n  sandbox: {}"))
    monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "t0ken")
    ran = reviewed("push", "--yes", "--plan", "plan.json")
    assert (ran.code, ran.writes) == (13, [])
    assert "the plan was made for remote sandbox, this is production; nothing was sent" in ran.err
    assert "hint: give --remote sandbox" in ran.err


def test_a_plan_of_another_server_is_refused(reviewed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed.write("helpsync.yaml", CONFIG.replace("  sandbox: {}", "  production: {region: eu}\n  sandbox: {}"))
    monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "t0ken")
    form = json.loads((reviewed.root / "plan.json").read_text())
    form["made_for"] |= {"remote": "production", "base_url": "https://api.intercom.io"}
    _rewritten(reviewed, form)
    ran = reviewed("push", "--yes", "--plan", "plan.json")
    assert (ran.code, ran.writes) == (13, [])
    assert "the plan was made for the server https://api.intercom.io, this is https://api.eu.intercom.io" in ran.err


def _rewritten(workspace: Workspace, form: Any) -> None:
    workspace.write("plan.json", json.dumps({**form, "digest": seal(form)}))


def test_a_plan_by_other_rules_of_rendering_is_refused(reviewed: Workspace) -> None:
    form = json.loads((reviewed.root / "plan.json").read_text())
    form["helpsync"] = {"version": "0.0.9", "dialect": "older"}
    _rewritten(reviewed, form)
    refused(reviewed, "made by helpsync 0.0.9, which renders differently")


def test_a_plan_with_an_error_is_not_saved(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace("default_locale: en\n")
    crowd(workspace, 1)
    assert workspace.diff("--out", "plan.json").code == 11
    assert not (workspace.root / "plan.json").exists()


def test_a_plan_names_the_commit_and_a_push_from_another_one_does_the_same(reviewed: Workspace) -> None:
    assert saved(reviewed)["commit"] is None
    git = ["git", "-C", str(reviewed.root), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for arguments in (["init", "-q"], ["add", "content"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], check=True)
    one = saved(reviewed)["commit"]
    assert len(one) == 40
    subprocess.run([*git, "commit", "-qm", "two", "--allow-empty"], check=True)
    assert pushed(reviewed).code == 0
    refused(reviewed, "carried out already")


def test_a_stale_plan_names_its_commit(reviewed: Workspace) -> None:
    form = json.loads((reviewed.root / "plan.json").read_text())
    _rewritten(reviewed, {**form, "commit": "0f3c2a91b7de5a4e8f6d1c2b3a4958677685940a"})
    reviewed.edit("a/n0.md", "zero", "nought")
    refused(reviewed, "the plan, made at commit 0f3c2a91b7de, is not what a push would do now")


def test_a_plan_holds_no_token(reviewed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "dG9rOnNlY3JldA==")
    monkeypatch.setenv("HELPSYNC_TOKEN", "dG9rOnNlY3JldA==")
    saved(reviewed)
    assert "dG9rOnNlY3JldA==" not in (reviewed.root / "plan.json").read_text()


def test_the_plan_has_one_checksum_without_sources_in_another_folder_and_under_another_seed(
    reviewed: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(seed: str, cwd: Path) -> Any:
        arguments = [
            "diff",
            "--remote",
            "sandbox",
            "--format",
            "json",
            "--config",
            str(reviewed.root / "helpsync.yaml"),
        ]
        done = subprocess.run(
            [sys.executable, "-m", "helpsync", *arguments],
            capture_output=True,
            check=True,
            cwd=cwd,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(helpsync.__file__).parents[1])},
        )
        return json.loads(done.stdout)

    monkeypatch.undo()
    (reviewed.root / ".helpsync/sandbox").rename(reviewed.root / "of-the-workspace")
    reviewed.article("a/n5.md", "Number 5", "![One](https://x.example/1.png) ![Two](https://x.example/2.png)\n")
    first = asked("1", reviewed.root)
    elsewhere = reviewed.root / "elsewhere"
    elsewhere.mkdir()
    for seed in ("2", "3"):
        assert asked(seed, elsewhere)["checksum"] == first["checksum"]


def test_the_plan_has_one_checksum_whatever_old_sources_are_at_hand(reviewed: Workspace) -> None:
    first = saved(reviewed)
    for path in (reviewed.root / ".helpsync/sources/sandbox").iterdir():
        path.unlink()
    reviewed.edit("a/n0.md", "\n", "\n")
    second = saved(reviewed)
    assert first["checksum"] == second["checksum"]
    assert first["items"] == second["items"]
