"""Teammates edit in Intercom's own editor at the same time: nothing of theirs is lost, nothing of ours is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from churn import pass_a_day

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Workspace


@pytest.fixture
def one(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with one article in two locales, already pushed."""
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "First.\n\nSecond.\n")
    workspace.article("a/one.fr.md", "Un", "Premier.\n")
    workspace.push()
    return workspace


def stored(workspace: Workspace, locale: str = "en") -> Any:
    (article,) = workspace.sandbox.articles()
    return article["translated_content"][locale]


def edit(workspace: Workspace, locale: str = "en", **fields: str) -> None:
    (article,) = workspace.sandbox.articles()
    workspace.sandbox.edit_article(article["id"], locale, **fields)


def test_an_edit_in_intercom_is_drift_reported_and_left_alone(one: Workspace) -> None:
    edit(one, body="<p>By hand.</p>")
    ran = one.push()
    assert (ran.code, ran.writes) == (0, [])
    assert "drift" in ran.out
    assert "By hand" in stored(one)["body"]
    assert one.diff("--exit-code").code == 13


def test_drift_in_one_locale_does_not_hold_back_another(one: Workspace) -> None:
    edit(one, "fr", body="<p>À la main.</p>")
    one.edit("a/one.md", "Second", "Third")
    assert one.push().code == 0
    assert "Third" in stored(one)["body"]
    assert "À la main" in stored(one, "fr")["body"]


def test_drift_in_a_body_survives_a_new_title_in_the_tree(one: Workspace) -> None:
    edit(one, "fr", body="<p>À la main.</p><p>Deux.</p>")
    one.edit("a/one.fr.md", '"Un"', '"Le premier"')
    assert one.push().code == 0
    assert stored(one, "fr")["title"] == "Le premier"
    assert "À la main" in stored(one, "fr")["body"]
    (drift,) = one.plan()["attention"]
    assert (drift["kind"], drift["locales"]) == ("drift", ["fr"])


def test_both_sides_changed_is_a_conflict_that_holds_back_its_address_alone(one: Workspace) -> None:
    one.article("a/two.md", "Two")
    edit(one, body="<p>By hand.</p>")
    one.edit("a/one.md", "Second", "Third")
    ran = one.push()
    assert ran.code == 13
    assert {item["title"] for item in one.sandbox.articles()} == {"One", "Two"}
    assert "By hand" in next(a for a in one.sandbox.articles() if a["title"] == "One")["body"]


def test_both_sides_changed_alike_is_agreement(one: Workspace) -> None:
    edit(one, title="Renamed")
    one.edit("a/one.md", '"One"', '"Renamed"')
    ran = one.push()
    assert (ran.code, ran.writes) == (0, [])
    assert one.plan()["attention"] == []


def test_overwriting_names_the_address_that_the_file_wins_for(one: Workspace) -> None:
    edit(one, body="<p>By hand.</p>")
    ran = one.push("--overwrite-remote", "a/one")
    assert ran.code == 0
    assert "Second" in stored(one)["body"]
    assert one.plan()["attention"] == []


def test_overwriting_an_unknown_address_is_a_usage_error(one: Workspace) -> None:
    ran = one.push("--overwrite-remote", "a/none")
    assert (ran.code, ran.writes) == (2, [])


def test_a_state_that_no_file_manages_is_the_teammates(one: Workspace) -> None:
    edit(one, state="draft")
    assert one.diff("--exit-code").code == 0


def test_a_state_in_the_frontmatter_is_managed(one: Workspace) -> None:
    one.article("a/one.md", "One", "First.\n\nSecond.\n", state="draft")
    (change,) = one.plan()["changes"]
    assert change["locales"] == {"en": {"state": {"from": "published", "to": "draft"}}}
    one.push()
    assert stored(one)["state"] == "draft"
    assert stored(one, "fr")["state"] == "published"


def test_what_intercom_changes_by_itself_is_no_change(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "Look:\n\n![A picture](https://example.com/p.png)\n\nThere.\n")
    workspace.push()
    for seed in range(20):
        pass_a_day(workspace.sandbox, seed)
        assert workspace.diff("--exit-code").code == 0


def test_an_article_removed_in_intercom_is_not_created_again_unasked(one: Workspace) -> None:
    (article,) = one.sandbox.articles()
    one.api("DELETE", f"/articles/{article['id']}")
    ran = one.push()
    assert (ran.code, ran.writes) == (0, [])
    assert "no longer in Intercom" in ran.out
    ran = one.push("--overwrite-remote", "a/one")
    assert ran.code == 0
    assert [item["title"] for item in one.sandbox.articles()] == ["One"]
    assert one.push().writes == []


def test_an_article_moved_in_intercom_is_drift(one: Workspace) -> None:
    collection = one.api("POST", "/help_center/collections", {"name": "B"})
    (article,) = one.sandbox.articles()
    one.api("PUT", f"/articles/{article['id']}", {"parent_id": collection["id"], "parent_type": "collection"})
    ran = one.push()
    assert (ran.code, ran.writes) == (0, [])
    assert any("parent" in item["message"] for item in one.plan()["attention"])


def test_a_pending_draft_holds_the_text_and_the_baseline(one: Workspace) -> None:
    (article,) = one.sandbox.articles()
    one.sandbox.start_draft(article["id"])
    one.edit("a/one.md", "Second", "Third")
    ran = one.push()
    assert ran.code == 13
    assert "held" in ran.out
    one.sandbox.discard_draft(article["id"])
    assert one.push().code == 0
    assert "Third" in stored(one)["body"]


def test_a_pending_draft_holds_a_new_picture_too(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "![A](https://example.com/a.png)\n")
    workspace.push()
    (article,) = workspace.sandbox.articles()
    workspace.sandbox.start_draft(article["id"])
    workspace.edit("a/one.md", "a.png", "b.png")
    assert workspace.push().code == 13
    workspace.sandbox.discard_draft(article["id"])
    assert workspace.push().code == 0
    assert "b.png" in stored(workspace)["body"]


def test_an_article_that_stands_there_already_is_adopted_without_a_write(one: Workspace) -> None:
    (one.root / ".helpsync/sandbox/baseline.json").unlink()
    ran = one.push()
    assert (ran.code, ran.writes) == (0, [])
    assert one.plan()["changes"] == []


def test_an_adopted_article_with_pictures_converges(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "Look:\n\n![A picture](https://example.com/p.png)\n\nThere.\n")
    workspace.push()
    (workspace.root / ".helpsync/sandbox/baseline.json").unlink()
    assert workspace.push().code == 0
    assert workspace.push().writes == []
    assert len(workspace.sandbox.articles()) == 1


def test_the_same_title_with_another_text_is_refused_as_a_likely_duplicate(one: Workspace) -> None:
    (one.root / ".helpsync/sandbox/baseline.json").unlink()
    one.edit("a/one.md", "Second", "Something else")
    ran = one.push()
    assert ran.code == 13
    assert "likely duplicate" in ran.out
    assert len(one.sandbox.articles()) == 1


def test_unmanaged_articles_are_named_and_left_alone(one: Workspace) -> None:
    admin = int(one.api("GET", "/me")["id"])
    one.api("POST", "/articles", {"title": "Theirs", "author_id": admin})
    assert one.push().writes == []
    (item,) = one.plan()["attention"]
    assert (item["kind"], "Theirs" in item["message"]) == ("unmanaged", True)


def test_an_article_with_sync_false_is_left_alone(one: Workspace) -> None:
    one.write("content/a/one.md", "---\ntitle: Changed\nsync: false\n---\nChanged.\n")
    assert one.push().writes == []
    assert one.plan()["changes"] == []


def test_a_published_article_keeps_a_picture_that_its_file_lost(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(
        "default_locale: en\nauthor: docs@example.com\nstate: published\nrules: {missing-image: warn}\n"
        "assets: {url: 'https://example.com/{path}'}\n"
    )
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "![A](p.png)\n\nText.\n")
    workspace.write("content/a/p.png", "GIF89a")
    workspace.push()
    workspace.remove("a/p.png")
    assert workspace.push().writes == []
    workspace.edit("a/one.md", '"One"', '"Eins"')
    workspace.edit("a/one.md", "Text", "Other text")
    assert workspace.push().code == 0
    (article,) = workspace.sandbox.articles()
    assert article["title"] == "Eins"
    assert "<img" in article["body"]
    workspace.write("content/a/p.png", "GIF89a")
    assert workspace.push().code == 0
    (article,) = workspace.sandbox.articles()
    assert "Other text" in article["body"]
    assert workspace.push().writes == []


def test_a_picture_that_never_was_there_does_not_hold_back_the_text(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(
        "default_locale: en\nauthor: docs@example.com\nstate: published\nrules: {missing-image: warn}\n"
    )
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "![A](none.png)\n\n![B](https://example.com/b.png)\n\nText.\n")
    workspace.push()
    workspace.edit("a/one.md", "Text", "Other text")
    assert workspace.push().code == 0
    (article,) = workspace.sandbox.articles()
    assert "Other text" in article["body"]


def age_the_baseline(workspace: Workspace) -> None:
    """Make the baseline one that another version wrote, whose rendering and canonical form were others."""
    path = workspace.root / ".helpsync/sandbox/baseline.json"
    record = json.loads(path.read_text())
    for entry in record["addresses"].values():
        for text in entry["locales"].values():
            text["dialect"] = "older"
            for side in ("sent", "seen"):
                text[side].update({"body": "as it was then"} if "body" in text[side] else {})
    path.write_text(json.dumps(record))


def dialects(workspace: Workspace) -> set[str]:
    record = json.loads((workspace.root / ".helpsync/sandbox/baseline.json").read_text())
    return {text["dialect"] for entry in record["addresses"].values() for text in entry["locales"].values()}


def store_anew(workspace: Workspace) -> None:
    """Let Intercom store the same text in other HTML."""
    edit(workspace, body=stored(workspace)["body"].replace("</p>", "</p>\n"))


def test_what_intercom_only_stored_anew_is_at_rest_under_a_new_dialect(one: Workspace) -> None:
    age_the_baseline(one)
    store_anew(one)
    assert one.plan()["attention"] == []


def test_a_baseline_of_an_older_dialect_heals_without_a_write(one: Workspace) -> None:
    age_the_baseline(one)
    store_anew(one)
    assert one.push().writes == []
    assert "older" not in dialects(one)


def test_an_edit_in_intercom_stays_drift_that_may_be_none_until_both_sides_agree(one: Workspace) -> None:
    age_the_baseline(one)
    edit(one, body="<p>First.</p><p>By hand.</p>")
    for _ in range(2):
        (drift,) = one.plan()["attention"]
        assert (drift["kind"], drift["locales"]) == ("drift", ["en"])
        assert "another version of helpsync" in drift["message"]
        assert one.push().writes == []
    one.edit("a/one.md", "Second", "By hand")
    assert one.push().writes == []
    assert (one.plan()["attention"], "older" in dialects(one)) == ([], False)


def test_an_edit_on_both_sides_is_a_conflict_under_a_new_dialect(one: Workspace) -> None:
    age_the_baseline(one)
    edit(one, body="<p>By hand.</p>")
    one.edit("a/one.md", "Second", "Third")
    (conflict,) = one.plan()["attention"]
    assert conflict["kind"] == "conflict"
    assert "another version of helpsync" in conflict["message"]
    assert one.push().writes == []


def test_drift_under_a_new_dialect_survives_a_change_of_another_locale(one: Workspace) -> None:
    age_the_baseline(one)
    edit(one, body="<p>By hand.</p>")
    one.edit("a/one.fr.md", "Premier", "Le premier")
    one.push()
    assert "Le premier" in stored(one, "fr")["body"]
    assert "By hand" in stored(one)["body"]
    (drift,) = one.plan()["attention"]
    assert drift["kind"] == "drift"


PICTURE = "![Screen](https://pictures.example/s.png)"


@pytest.fixture
def illustrated(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with one article that shows a picture, already pushed."""
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", f"First.\n\n{PICTURE}\n")
    workspace.push()
    return workspace


def resize(workspace: Workspace, width: int) -> None:
    edit(workspace, body=stored(workspace)["body"].replace(' alt="Screen"', f' alt="Screen" width="{width}"'))


def test_a_size_that_a_file_gives_its_picture_is_sent(illustrated: Workspace) -> None:
    illustrated.edit("a/one.md", PICTURE, PICTURE + "{width=300}")
    assert len(illustrated.push().writes) == 1
    assert 'width="300"' in stored(illustrated)["body"]
    illustrated.edit("a/one.md", "300", "200")
    assert len(illustrated.push().writes) == 1
    assert 'width="200"' in stored(illustrated)["body"]
    assert illustrated.diff("--exit-code").code == 0


def test_a_size_that_a_teammate_sets_stays_when_the_text_changes(illustrated: Workspace) -> None:
    resize(illustrated, 400)
    assert illustrated.diff("--exit-code").code == 0
    illustrated.edit("a/one.md", "First", "Second")
    illustrated.push()
    assert "Second" in stored(illustrated)["body"]
    assert 'width="400"' in stored(illustrated)["body"]


def test_a_size_in_the_file_wins_over_one_that_intercom_set(illustrated: Workspace) -> None:
    resize(illustrated, 400)
    illustrated.edit("a/one.md", PICTURE, PICTURE + "{width=300}")
    illustrated.push()
    assert 'width="300"' in stored(illustrated)["body"]
    assert illustrated.diff("--exit-code").code == 0


def test_the_hint_of_a_conflicting_move_names_the_folder_to_move_to(one: Workspace) -> None:
    for name in ("b", "c"):
        one.collection(f"{name}/_collection.md", name.upper())
    one.push()
    (article,) = one.sandbox.articles()
    (group,) = [item["id"] for item in one.sandbox.groups("collection") if item["name"] == "C"]
    one.sandbox.move_article(article["id"], group)
    one.move("a/one.md", "b/one.md")
    one.move("a/one.fr.md", "b/one.fr.md")
    (conflict,) = one.plan()["attention"]
    win = "let the file win with --overwrite-remote b/one"
    assert conflict["hint"] == f"move its files into c/ (both sides then agree), or {win}"


def test_a_new_translation_takes_the_state_of_its_article_not_of_the_settings(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", state="draft")
    workspace.article("a/one.fr.md", "Un")
    assert workspace.push().code == 0
    assert stored(workspace, "fr")["state"] == "draft"
