"""What stands between a push and harm: limits, prompts, the wrong workspace, brands kept apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from starlette.responses import JSONResponse

from workspace import LIMITED as CONFIG
from workspace import crowd

if TYPE_CHECKING:
    from workspace import MakeWorkspace


def test_a_push_that_takes_too_much_from_readers_is_refused_with_its_numbers(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 6)
    workspace.push()
    for number in range(2):
        workspace.remove(f"a/n{number}.md")
    ran = workspace.push()
    assert (ran.code, ran.writes) == (12, [])
    assert "2 of 6 published articles (33%, limit 30%)" in ran.err
    assert "--allow-remove 2" in ran.err


def test_allowed_removals_go_through(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 6)
    workspace.push()
    for number in range(2):
        workspace.remove(f"a/n{number}.md")
    assert workspace.push("--allow-remove", "2").code == 0


def test_a_state_that_takes_articles_from_readers_counts_too(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 6)
    workspace.push()
    for number in range(2):
        workspace.article(f"a/n{number}.md", f"Number {number}", f"Text {number}.\n", state="draft")
    assert workspace.push().code == 12


def test_an_emptied_content_folder_is_an_error_and_no_mass_removal(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    workspace.push()
    for path in (workspace.root / "content/a").iterdir():
        path.unlink()
    ran = workspace.push()
    assert (ran.code, ran.writes) == (2, [])


def test_a_baseline_of_another_workspace_is_refused(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    workspace.push()
    path = workspace.root / ".helpsync/sandbox/baseline.json"
    path.write_text(path.read_text().replace(workspace.sandbox.workspace_id, "another"))
    ran = workspace.push()
    assert (ran.code, ran.writes) == (2, [])
    assert "another" in ran.err


def test_translations_for_a_help_center_that_is_not_multilingual_are_refused(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG, monolingual=True)
    crowd(workspace, 1)
    workspace.article("a/n0.fr.md", "Numéro 0")
    workspace.api("POST", "/help_center/collections", {"name": "Already there"})
    ran = workspace.push()
    assert (ran.code, ran.writes) == (2, [])
    assert "Languages" in ran.err


def test_an_empty_help_center_that_is_not_multilingual_stops_at_its_first_reply(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG, monolingual=True)
    crowd(workspace, 3)
    workspace.collection("a/_collection.fr.md", "A (fr)")
    workspace.article("a/n0.fr.md", "Numéro 0")
    ran = workspace.push()
    assert ran.code == 2
    assert len(ran.writes) == 1
    assert "the content tree has 2 locales" in ran.err


def test_one_locale_goes_to_a_help_center_that_is_not_multilingual(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace("default_locale: en\nauthor: docs@example.com\n", monolingual=True)
    crowd(workspace, 2)
    assert workspace.push().code == 0
    assert workspace.push().writes == []


def test_brands_are_kept_apart(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG.replace("{}", '{help_center: "2"}'), help_centers=("first-brand", "second-brand"))
    brands = workspace.api("GET", "/help_center/help_centers")["data"]
    second = next(brand["id"] for brand in brands if brand["identifier"] == "second-brand")
    workspace.write("helpsync.yaml", CONFIG.replace("{}", f"{{help_center: {second}}}"))
    other = workspace.api("POST", "/help_center/collections", {"name": "A"})
    admin = int(workspace.api("GET", "/me")["id"])
    article = {"title": "Number 0", "author_id": admin, "parent_id": int(other["id"]), "parent_type": "collection"}
    workspace.api("POST", "/articles", article)
    crowd(workspace, 1)
    assert workspace.push().code == 0
    ours = [item for item in workspace.sandbox.groups("collection") if str(item["help_center_id"]) == str(second)]
    assert [item["name"] for item in ours] == ["A"]
    assert len(workspace.sandbox.articles()) == 2
    assert workspace.plan()["attention"] == []
    assert workspace.push().writes == []


def test_several_help_centers_and_none_named_is_a_warning(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG, help_centers=("first-brand", "second-brand"))
    crowd(workspace, 1)
    assert any("2 help centers" in item["message"] for item in workspace.plan()["attention"])


def test_an_unknown_author_is_a_finding_at_its_line(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    workspace.write("content/a/two.md", "---\ntitle: Two\nauthor: nobody@example.com\n---\nText.\n")
    ran = workspace.push()
    assert (ran.code, ran.writes) == (11, [])
    assert "content/a/two.md:3" in ran.err
    assert "unknown-author" in ran.err


def test_without_any_author_a_new_article_is_a_finding(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace("default_locale: en\n")
    crowd(workspace, 1)
    ran = workspace.push()
    assert (ran.code, ran.writes) == (11, [])
    assert "missing-author" in ran.err


def test_one_failure_stops_what_depends_on_it_and_nothing_else(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    workspace.collection("b/_collection.md", "B")
    workspace.article("b/two.md", "Two")

    def refuse(method: str, path: str, phase: str) -> JSONResponse | None:
        if (method, path, phase) == ("POST", "/help_center/collections", "before") and not refused:
            refused.append(path)
            return JSONResponse({"type": "error.list", "errors": [{"code": "server_error", "message": "No"}]}, 400)
        return None

    refused: list[str] = []
    workspace.sandbox.on_request = refuse
    ran = workspace.push("--format", "json")
    assert ran.code == 1
    statuses = {change["address"]: change["status"] for change in ran.json["changes"]}
    assert sorted(statuses.values()) == ["applied", "applied", "failed", "skipped"]
    workspace.sandbox.on_request = None
    assert workspace.push().code == 0
    assert workspace.push().writes == []


def test_jsonl_says_each_change_and_the_result_last(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    lines = [json.loads(line) for line in workspace.push("--format", "jsonl").out.splitlines()]
    assert [line["event"] for line in lines] == ["change", "change", "change", "result"]
    assert lines[-1]["schema"] == "helpsync.result/1"
    assert lines[-1]["requests"]["POST"] == 3


def test_the_result_shows_the_change_as_the_plan_did(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    workspace.push()
    workspace.edit("a/n1.md", "Text 1", "Text one")
    planned = workspace.plan()["changes"][0]["locales"]
    assert workspace.push("--format", "json").json["changes"][0]["locales"] == planned


@pytest.mark.parametrize("form", ["json", "markdown", "text"])
def test_every_form_of_the_diff_names_the_change(make_workspace: MakeWorkspace, form: str) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    workspace.push()
    workspace.edit("a/n1.md", "Text 1", "Text one")
    out = workspace.diff("--format", form).out
    assert "a/n1" in out
    assert ("+Text {+one+}." if form == "text" else "+Text one.") in out


def test_another_default_locale_in_intercom_is_refused(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG, default_locale="fr")
    crowd(workspace, 1)
    workspace.api("POST", "/help_center/collections", {"name": "Déjà là"})
    ran = workspace.push()
    assert (ran.code, ran.writes) == (2, [])
    assert "`default_locale` is en, but the help center's default locale is fr" in ran.err


def test_another_default_locale_in_an_empty_intercom_stops_at_its_first_reply(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG, default_locale="fr")
    crowd(workspace, 3)
    ran = workspace.push()
    assert ran.code == 2
    assert len(ran.writes) == 1


def test_a_help_center_that_is_not_there_is_refused(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG.replace("{}", "{help_center: 999}"))
    crowd(workspace, 1)
    ran = workspace.push()
    assert (ran.code, ran.writes) == (2, [])
    assert "no help center 999" in ran.err


def test_a_new_dialect_alone_writes_nothing_and_is_settled_at_once(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    workspace.push()
    path = workspace.root / ".helpsync/sandbox/baseline.json"
    record = json.loads(path.read_text())
    for entry in record["addresses"].values():
        if entry["kind"] == "article":
            entry["locales"]["en"]["sent"]["body"] = "as another dialect rendered it"
            entry["locales"]["en"]["dialect"] = "older"
    path.write_text(json.dumps(record))
    assert workspace.push().writes == []
    assert "older" not in path.read_text()
    assert workspace.push().writes == []


def test_a_collection_deleted_in_intercom_can_be_brought_back_with_its_articles(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    workspace.push()
    (collection,) = workspace.sandbox.groups("collection")
    workspace.api("DELETE", f"/help_center/collections/{collection['id']}")
    assert workspace.push().writes == []
    assert workspace.push("--overwrite-remote", "a/").code == 0
    (anew,) = workspace.sandbox.groups("collection")
    assert {str(item["parent_id"]) for item in workspace.sandbox.articles()} == {anew["id"]}
    assert workspace.push().writes == []
