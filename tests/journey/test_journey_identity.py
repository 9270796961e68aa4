"""A file keeps its article, whatever happens around it; and no file takes another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Workspace

CONFIG = """\
default_locale: en
author: docs@example.com
state: published
remotes:
  sandbox: {}
"""


@pytest.fixture
def pair(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with two articles of one collection, already pushed."""
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "The first text.\n")
    workspace.article("a/two.md", "Two", "The second text.\n")
    workspace.push()
    return workspace


def ids(workspace: Workspace) -> dict[str, str]:
    return {item["title"]: item["id"] for item in workspace.sandbox.articles()}


def pin(workspace: Workspace, path: str, title: str, identifier: str, body: str) -> None:
    workspace.write(f"content/{path}", f"---\ntitle: {title}\nid: {identifier}\n---\n{body}")


def warnings(workspace: Workspace) -> list[dict[str, Any]]:
    return [item for item in workspace.plan()["attention"] if item["kind"] in ("warning", "conflict")]


@pytest.fixture
def pinned(pair: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Give the same workspace with a sandbox that heeds pins, as every other remote does."""
    monkeypatch.setattr("helpsync.content.tree.SANDBOX", "no remote of this name")
    return pair


def test_a_pin_to_the_article_of_another_file_is_refused(pinned: Workspace) -> None:
    before = ids(pinned)
    pin(pinned, "a/one.md", "One", before["Two"], "The first text.\n")
    ran = pinned.push()
    assert (ran.code, ran.writes) == (13, [])
    assert ids(pinned) == before
    assert "which belongs to a/two" in ran.out


def test_a_pin_to_the_article_that_a_file_has_already_changes_nothing(pinned: Workspace) -> None:
    pin(pinned, "a/one.md", "One", ids(pinned)["One"], "The first text.\n")
    assert pinned.push().writes == []
    assert pinned.plan()["attention"] == []


def test_a_pin_to_another_article_says_what_it_leaves_behind(pinned: Workspace) -> None:
    admin = int(pinned.api("GET", "/me")["id"])
    parent = int(pinned.sandbox.groups("collection")[0]["id"])
    article = {"title": "One", "author_id": admin, "body": "<p>The first text.</p>", "parent_id": parent}
    other = pinned.api("POST", "/articles", article)
    pin(pinned, "a/one.md", "One", other["id"], "The first text.\n")
    (warning,) = warnings(pinned)
    assert "stays in Intercom as it is" in warning["message"]


def test_a_pin_keeps_the_article_of_a_file_that_moved_and_changed(pinned: Workspace) -> None:
    before = ids(pinned)["One"]
    pinned.remove("a/one.md")
    pin(pinned, "a/uno.md", "Uno", before, "Another text.\n")
    (change,) = pinned.plan()["changes"]
    assert (change["action"], change["id"]) == ("update", before)
    pinned.push()
    assert ids(pinned)["Uno"] == before
    assert pinned.push().writes == []


def test_a_file_that_takes_a_removed_ones_name_keeps_its_own_article(pair: Workspace) -> None:
    before = ids(pair)["Two"]
    pair.remove("a/one.md")
    pair.push()
    pair.move("a/two.md", "a/one.md")
    assert pair.push().writes == []
    assert ids(pair)["Two"] == before


def test_articles_of_one_text_that_trade_places_keep_their_articles(pair: Workspace) -> None:
    pair.edit("a/two.md", "second", "first")
    pair.push()
    before = ids(pair)
    pair.move("a/one.md", "a/tmp.md")
    pair.move("a/two.md", "a/one.md")
    pair.move("a/tmp.md", "a/two.md")
    assert pair.push().writes == []
    assert ids(pair) == before


def test_an_article_with_sync_false_may_be_renamed(pair: Workspace) -> None:
    pair.write("content/a/one.md", "---\ntitle: One\nsync: false\n---\nThe first text.\n")
    pair.push()
    pair.move("a/one.md", "a/uno.md")
    assert pair.push().writes == []
    pair.write("content/a/uno.md", "---\ntitle: One\n---\nThe first text.\n")
    assert pair.push().writes == []


def test_a_lost_baseline_overwrites_no_translation_of_a_teammates(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "Text.\n")
    workspace.article("a/one.fr.md", "Un", "Texte.\n")
    workspace.push()
    (article,) = workspace.sandbox.articles()
    workspace.sandbox.edit_article(article["id"], "fr", body="<p>D'un collègue.</p>")
    (workspace.root / ".helpsync/sandbox/baseline.json").unlink()
    ran = workspace.push()
    assert (ran.code, ran.writes) == (13, [])
    assert "likely duplicate" in ran.out


def test_a_file_that_moved_and_changed_is_told_how_to_keep_its_article(pair: Workspace) -> None:
    before = ids(pair)["One"]
    pair.remove("a/one.md")
    pair.collection("b/_collection.md", "B")
    pair.article("b/one.md", "One", "Another text.\n")
    (warning,) = warnings(pair)
    assert warning["address"] == "b/one"
    assert f"`id: {before}`" in warning["hint"]


def test_a_new_file_unlike_any_that_went_is_not_pointed_out(pair: Workspace) -> None:
    pair.remove("a/one.md")
    pair.article("a/three.md", "Three", "Another text.\n")
    assert warnings(pair) == []


def test_a_removed_files_article_can_be_pinned_by_another(pinned: Workspace) -> None:
    before = ids(pinned)["Two"]
    pinned.remove("a/two.md")
    pinned.push()
    pin(pinned, "a/three.md", "Three", before, "A third text.\n")
    assert pinned.push().code == 0
    assert (ids(pinned)["Three"], pinned.sandbox.article(before)["state"]) == (before, "published")
    assert pinned.push().writes == []
    pinned.article("a/two.md", "Two", "The second text.\n")
    (change,) = pinned.plan()["changes"]
    assert change["action"] == "create"


STAGED = CONFIG.replace("remotes:", "remotes:\n  production: {}\n  staging: {}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("123", "123"),
        ("123", "{production: 123}"),
        ("{staging: 123}", "{staging: 123}"),
        ("{production: 1, staging: 123}", "{production: 2, staging: 123}"),
    ],
)
@pytest.mark.parametrize("kind", ["article", "collection"])
def test_two_files_with_one_id_stop_everything(make_workspace: MakeWorkspace, kind: str, one: str, other: str) -> None:
    workspace = make_workspace(STAGED)
    workspace.collection("a/_collection.md", "A")
    paths = ("a/one.md", "a/two.md") if kind == "article" else ("b/_collection.md", "c/_collection.md")
    for path, pins in zip(paths, (one, other), strict=True):
        workspace.write(f"content/{path}", f"---\n{'title' if kind == 'article' else 'name'}: X\nid: {pins}\n---\n")
    for ran in (
        workspace("lint"),
        workspace.diff(),
        workspace.push(),
        workspace("adopt", "--remote", "sandbox", "--yes"),
    ):
        assert (ran.code, ran.writes) == (11, [])
        assert "[duplicate-id]" in ran.out + ran.err
        assert f"content/{paths[0]}" in ran.out + ran.err


@pytest.mark.parametrize(
    ("one", "other"), [("123", "{staging: 123}"), ("{production: 123}", "{staging: 123}"), ("123", "124")]
)
def test_ids_of_two_remotes_are_not_the_same(make_workspace: MakeWorkspace, one: str, other: str) -> None:
    workspace = make_workspace(STAGED)
    workspace.collection("a/_collection.md", "A")
    workspace.write("content/a/one.md", f"---\ntitle: One\nid: {one}\n---\nText one.\n")
    workspace.write("content/a/two.md", f"---\ntitle: Two\nid: {other}\n---\nText two.\n")
    assert workspace("lint").code == 0


@pytest.fixture
def unknown(pinned: Workspace) -> Workspace:
    """Give the same workspace without a baseline: only pins link its files to articles."""
    (pinned.root / ".helpsync/sandbox/baseline.json").unlink()
    return pinned


def test_a_conflict_over_text_has_no_hint_about_folders(unknown: Workspace) -> None:
    pin(unknown, "a/one.md", "One", ids(unknown)["One"], "A text of its own.\n")
    (conflict,) = [item for item in unknown.plan()["attention"] if item["kind"] == "conflict"]
    assert conflict["address"] == "a/one"
    assert conflict["hint"] == (
        "bring the edit into the file (both sides then agree), or let the file win with --overwrite-remote a/one"
    )


def test_a_pin_to_a_missing_article_has_a_hint(unknown: Workspace) -> None:
    before = ids(unknown)["One"]
    unknown.sandbox.delete_article(before)
    pin(unknown, "a/one.md", "One", before, "The first text.\n")
    (conflict,) = [item for item in unknown.plan()["attention"] if item["kind"] == "conflict"]
    assert conflict["message"] == f"Intercom has no article with the pinned id {before}"
    assert conflict["hint"] == "correct or remove `id:` in the frontmatter"
