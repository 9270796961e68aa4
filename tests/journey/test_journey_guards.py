"""What stands between a push and harm: limits, prompts, the wrong workspace, brands kept apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from starlette.responses import JSONResponse

from desk import LIMITED as CONFIG
from desk import crowd

if TYPE_CHECKING:
    from desk import MakeDesk


def test_a_push_that_takes_too_much_from_readers_is_refused_with_its_numbers(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 6)
    desk.push()
    for number in range(2):
        desk.remove(f"a/n{number}.md")
    ran = desk.push()
    assert (ran.code, ran.writes) == (12, [])
    assert "2 of 6 published articles (33%, limit 30%)" in ran.err
    assert "--allow-remove 2" in ran.err


def test_allowed_removals_go_through(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 6)
    desk.push()
    for number in range(2):
        desk.remove(f"a/n{number}.md")
    assert desk.push("--allow-remove", "2").code == 0


def test_a_state_that_takes_articles_from_readers_counts_too(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 6)
    desk.push()
    for number in range(2):
        desk.article(f"a/n{number}.md", f"Number {number}", f"Text {number}.\n", state="draft")
    assert desk.push().code == 12


def test_an_emptied_content_folder_is_an_error_and_no_mass_removal(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 2)
    desk.push()
    for path in (desk.root / "content/a").iterdir():
        path.unlink()
    ran = desk.push()
    assert (ran.code, ran.writes) == (2, [])


def test_a_baseline_of_another_workspace_is_refused(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 1)
    desk.push()
    path = desk.root / ".helpsync/sandbox/baseline.json"
    path.write_text(path.read_text().replace(desk.sandbox.workspace_id, "another"))
    ran = desk.push()
    assert (ran.code, ran.writes) == (2, [])
    assert "another" in ran.err


def test_translations_for_a_help_center_that_is_not_multilingual_are_refused(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG, monolingual=True)
    crowd(desk, 1)
    desk.article("a/n0.fr.md", "Numéro 0")
    desk.api("POST", "/help_center/collections", {"name": "Already there"})
    ran = desk.push()
    assert (ran.code, ran.writes) == (2, [])
    assert "Languages" in ran.err


def test_an_empty_help_center_that_is_not_multilingual_stops_at_its_first_reply(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG, monolingual=True)
    crowd(desk, 3)
    desk.collection("a/_collection.fr.md", "A (fr)")
    desk.article("a/n0.fr.md", "Numéro 0")
    ran = desk.push()
    assert ran.code == 2
    assert len(ran.writes) == 1
    assert "the content tree has 2 locales" in ran.err


def test_one_locale_goes_to_a_help_center_that_is_not_multilingual(make_desk: MakeDesk) -> None:
    desk = make_desk("default_locale: en\nauthor: docs@example.com\n", monolingual=True)
    crowd(desk, 2)
    assert desk.push().code == 0
    assert desk.push().writes == []


def test_brands_are_kept_apart(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG.replace("{}", '{help_center: "2"}'), help_centers=("first-brand", "second-brand"))
    brands = desk.api("GET", "/help_center/help_centers")["data"]
    second = next(brand["id"] for brand in brands if brand["identifier"] == "second-brand")
    desk.write("helpsync.yaml", CONFIG.replace("{}", f"{{help_center: {second}}}"))
    other = desk.api("POST", "/help_center/collections", {"name": "A"})
    admin = int(desk.api("GET", "/me")["id"])
    article = {"title": "Number 0", "author_id": admin, "parent_id": int(other["id"]), "parent_type": "collection"}
    desk.api("POST", "/articles", article)
    crowd(desk, 1)
    assert desk.push().code == 0
    ours = [item for item in desk.sandbox.groups("collection") if str(item["help_center_id"]) == str(second)]
    assert [item["name"] for item in ours] == ["A"]
    assert len(desk.sandbox.articles()) == 2
    assert desk.plan()["attention"] == []
    assert desk.push().writes == []


def test_several_help_centers_and_none_named_is_a_warning(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG, help_centers=("first-brand", "second-brand"))
    crowd(desk, 1)
    assert any("2 help centers" in item["message"] for item in desk.plan()["attention"])


def test_an_unknown_author_is_a_finding_at_its_line(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 1)
    desk.write("content/a/two.md", "---\ntitle: Two\nauthor: nobody@example.com\n---\nText.\n")
    ran = desk.push()
    assert (ran.code, ran.writes) == (11, [])
    assert "content/a/two.md:3" in ran.err
    assert "unknown-author" in ran.err


def test_without_any_author_a_new_article_is_a_finding(make_desk: MakeDesk) -> None:
    desk = make_desk("default_locale: en\n")
    crowd(desk, 1)
    ran = desk.push()
    assert (ran.code, ran.writes) == (11, [])
    assert "missing-author" in ran.err


def test_one_failure_stops_what_depends_on_it_and_nothing_else(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 1)
    desk.collection("b/_collection.md", "B")
    desk.article("b/two.md", "Two")

    def refuse(method: str, path: str, phase: str) -> JSONResponse | None:
        if (method, path, phase) == ("POST", "/help_center/collections", "before") and not refused:
            refused.append(path)
            return JSONResponse({"type": "error.list", "errors": [{"code": "server_error", "message": "No"}]}, 400)
        return None

    refused: list[str] = []
    desk.sandbox.on_request = refuse
    ran = desk.push("--format", "json")
    assert ran.code == 1
    statuses = {change["address"]: change["status"] for change in ran.json["changes"]}
    assert sorted(statuses.values()) == ["applied", "applied", "failed", "skipped"]
    desk.sandbox.on_request = None
    assert desk.push().code == 0
    assert desk.push().writes == []


def test_jsonl_says_each_change_and_the_result_last(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 2)
    lines = [json.loads(line) for line in desk.push("--format", "jsonl").out.splitlines()]
    assert [line["event"] for line in lines] == ["change", "change", "change", "result"]
    assert lines[-1]["schema"] == "helpsync.result/1"
    assert lines[-1]["requests"]["POST"] == 3


def test_the_result_shows_the_change_as_the_plan_did(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 2)
    desk.push()
    desk.edit("a/n1.md", "Text 1", "Text one")
    planned = desk.plan()["changes"][0]["locales"]
    assert desk.push("--format", "json").json["changes"][0]["locales"] == planned


@pytest.mark.parametrize("form", ["json", "markdown", "text"])
def test_every_form_of_the_diff_names_the_change(make_desk: MakeDesk, form: str) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 2)
    desk.push()
    desk.edit("a/n1.md", "Text 1", "Text one")
    out = desk.diff("--format", form).out
    assert "a/n1" in out
    assert ("+Text {+one+}." if form == "text" else "+Text one.") in out


def test_another_default_locale_in_intercom_is_refused(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG, default_locale="fr")
    crowd(desk, 1)
    desk.api("POST", "/help_center/collections", {"name": "Déjà là"})
    ran = desk.push()
    assert (ran.code, ran.writes) == (2, [])
    assert "`default_locale` is en, but the help center's default locale is fr" in ran.err


def test_another_default_locale_in_an_empty_intercom_stops_at_its_first_reply(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG, default_locale="fr")
    crowd(desk, 3)
    ran = desk.push()
    assert ran.code == 2
    assert len(ran.writes) == 1


def test_a_help_center_that_is_not_there_is_refused(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG.replace("{}", "{help_center: 999}"))
    crowd(desk, 1)
    ran = desk.push()
    assert (ran.code, ran.writes) == (2, [])
    assert "no help center 999" in ran.err


def test_a_new_dialect_alone_writes_nothing_and_is_settled_at_once(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 2)
    desk.push()
    path = desk.root / ".helpsync/sandbox/baseline.json"
    record = json.loads(path.read_text())
    for entry in record["addresses"].values():
        if entry["kind"] == "article":
            entry["locales"]["en"]["sent"]["body"] = "as another dialect rendered it"
            entry["locales"]["en"]["dialect"] = "older"
    path.write_text(json.dumps(record))
    assert desk.push().writes == []
    assert "older" not in path.read_text()
    assert desk.push().writes == []


def test_a_collection_deleted_in_intercom_can_be_brought_back_with_its_articles(make_desk: MakeDesk) -> None:
    desk = make_desk(CONFIG)
    crowd(desk, 2)
    desk.push()
    (collection,) = desk.sandbox.groups("collection")
    desk.api("DELETE", f"/help_center/collections/{collection['id']}")
    assert desk.push().writes == []
    assert desk.push("--overwrite-remote", "a/").code == 0
    (anew,) = desk.sandbox.groups("collection")
    assert {str(item["parent_id"]) for item in desk.sandbox.articles()} == {anew["id"]}
    assert desk.push().writes == []
