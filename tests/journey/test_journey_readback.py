"""A write counts only when its reply shows it: what readers do not have is never recorded as sent."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Workspace

CONFIG = """\
default_locale: en
locales: [en, fr]
author: docs@example.com
state: published
"""


@pytest.fixture
def one(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with one article in two locales, already pushed."""
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "First.\n", description="Old")
    workspace.article("a/one.fr.md", "Un", "Premier.\n")
    workspace.push()
    return workspace


def article(workspace: Workspace) -> Any:
    (found,) = [item for item in workspace.sandbox.articles() if item["title"] in ("One", "Eins")]
    return found


def answer_unchanged(workspace: Workspace) -> None:
    """Let Intercom answer each PUT of an article with what it was, and change nothing."""

    def unchanged(method: str, path: str, phase: str) -> JSONResponse | None:
        if method == "PUT" and path.startswith("/articles/") and phase == "before":
            return JSONResponse(workspace.sandbox.article(path.rpartition("/")[2]))
        return None

    workspace.sandbox.on_request = unchanged


def settle_later(workspace: Workspace) -> None:
    """The first push is held, the next one, when nothing stands in the way, does it, the last has nothing to do."""
    ran = workspace.push()
    assert ran.code == 13
    assert "held" in ran.out
    workspace.sandbox.on_request = None
    assert workspace.push().code == 0
    assert workspace.push().writes == []


def test_a_description_that_a_pending_draft_holds_is_sent_again(one: Workspace) -> None:
    one.sandbox.start_draft(article(one)["id"])
    one.edit("a/one.md", "Old", "New")
    assert one.push().code == 13
    one.sandbox.discard_draft(article(one)["id"])
    assert one.push().code == 0
    assert article(one)["description"] == "New"


def test_a_state_that_did_not_change_is_sent_again(one: Workspace) -> None:
    one.article("a/one.md", "One", "First.\n", description="Old", state="draft")
    answer_unchanged(one)
    settle_later(one)
    assert article(one)["state"] == "draft"


def test_an_article_that_stayed_published_is_unpublished_again(one: Workspace) -> None:
    one.article("a/two.md", "Two")
    one.push()
    one.remove("a/one.md")
    one.remove("a/one.fr.md")
    answer_unchanged(one)
    settle_later(one)
    assert article(one)["state"] == "draft"


def test_a_translation_that_stayed_published_is_unpublished_again(one: Workspace) -> None:
    one.remove("a/one.fr.md")
    answer_unchanged(one)
    settle_later(one)
    assert article(one)["translated_content"]["fr"]["state"] == "draft"


def test_links_that_a_pending_draft_holds_are_sent_again(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG, heading_ids="renew")
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/target.md", "Target", "# How\n\nText.\n")
    workspace.article("a/one.md", "One", "See [it](target.md#how).\n")
    workspace.push()
    workspace.sandbox.start_draft(article(workspace)["id"])
    workspace.edit("a/target.md", "Text", "Other text")
    assert workspace.push().code == 13
    workspace.sandbox.discard_draft(article(workspace)["id"])
    assert workspace.push().code == 0
    (target,) = [item for item in workspace.sandbox.articles() if item["title"] == "Target"]
    (identifier,) = re.findall(r'id="(h_[0-9a-f]{10})"', target["body"])
    assert f"#{identifier}" in article(workspace)["body"]
    assert workspace.push().writes == []


def test_a_held_reply_teaches_nothing_about_heading_ids(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    for name in ("One", "Two", "Three"):
        workspace.article(f"a/{name.lower()}.md", name, "[Down](#how)\n\n# How\n\nText.\n")
    workspace.push()
    workspace.sandbox.start_draft(article(workspace)["id"])
    workspace.edit("a/one.md", "Text", "Other text")
    for _ in range(2):
        ran = workspace.push()
        assert (ran.code, len(ran.writes)) == (13, 1)


@pytest.mark.parametrize("headings", ["compact", "docs", "keep"])
def test_a_rank_that_intercom_does_not_tell_apart_is_not_sent_for_ever(
    make_workspace: MakeWorkspace, headings: str
) -> None:
    workspace = make_workspace(CONFIG, headings=headings)
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "# a\n\nx\n\n## b\n\ny\n\n## c\n\nz\n")
    workspace.push()
    workspace.edit("a/one.md", "## c", "### c")
    assert workspace.push().code == 0
    assert workspace.push().writes == []


def test_drift_stays_drift_when_the_links_in_it_would_be_renewed(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/target.md", "Target", "# How\n\nText.\n")
    workspace.article("a/one.md", "One", "See [it](target.md#how).\n")
    workspace.push()
    workspace.sandbox.edit_article(article(workspace)["id"], "en", body="<p>By hand.</p>")
    workspace.edit("a/target.md", "Text", "Other text")
    for _ in range(2):
        assert workspace.push().code == 0
    assert "By hand" in article(workspace)["body"]


def test_a_failed_write_under_a_new_dialect_sends_only_what_changed(one: Workspace) -> None:
    path = one.root / ".helpsync/sandbox/baseline.json"
    record = json.loads(path.read_text())
    for entry in record["addresses"].values():
        for text in entry["locales"].values():
            text["dialect"] = "older"
            text["sent"] = {name: value if name != "body" else "another's" for name, value in text["sent"].items()}
    path.write_text(json.dumps(record))
    one.edit("a/one.md", '"One"', '"Eins"')

    def refuse(method: str, _path: str, phase: str) -> JSONResponse | None:
        if (method, phase) == ("PUT", "before"):
            return JSONResponse({"type": "error.list", "errors": [{"code": "no", "message": "No"}]}, 400)
        return None

    one.sandbox.on_request = refuse
    assert one.push().code == 1
    one.sandbox.on_request = None
    (call,) = one.push().writes
    assert set(call.payload) == {"title", "author_id"}
    assert one.push().writes == []


def test_what_was_created_before_a_setting_was_found_wrong_is_remembered(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG, monolingual=True)
    workspace.collection("a/_collection.md", "A")
    workspace.collection("a/_collection.fr.md", "A (fr)")
    workspace.article("a/one.md", "One")
    assert workspace.push().code == 2
    workspace.remove("a/_collection.fr.md")
    workspace.edit("a/_collection.md", '"A"', '"B"')
    assert workspace.push().code == 0
    assert [item["name"] for item in workspace.sandbox.groups("collection")] == ["B"]


def test_translated_collections_alone_are_too_much_for_a_help_center_with_one_language(
    make_workspace: MakeWorkspace,
) -> None:
    workspace = make_workspace(CONFIG, monolingual=True)
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One")
    workspace.push()
    workspace.collection("a/_collection.fr.md", "A (fr)")
    ran = workspace.push()
    assert (ran.code, ran.writes) == (2, [])


def test_a_deleted_collection_holds_back_only_what_needs_it(one: Workspace) -> None:
    (collection,) = one.sandbox.groups("collection")
    one.api("DELETE", f"/help_center/collections/{collection['id']}")
    one.edit("a/one.md", "First", "Second")
    ran = one.push()
    assert ran.code == 0
    assert "Second" in article(one)["body"]


def test_a_lost_baseline_makes_no_second_root_article_in_a_named_help_center(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    (brand,) = workspace.api("GET", "/help_center/help_centers")["data"]
    workspace.write("helpsync.yaml", CONFIG + f"remotes: {{sandbox: {{help_center: {brand['id']}}}}}\n")
    workspace.article("one.md", "One")
    workspace.push()
    (workspace.root / ".helpsync/sandbox/baseline.json").unlink()
    assert workspace.push().writes == []
    assert len(workspace.sandbox.articles()) == 1


def test_the_plan_names_what_is_sent_again_for_its_links(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG, heading_ids="renew")
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/target.md", "Target", "# How\n\nText.\n")
    workspace.article("a/one.md", "One", "See [it](target.md#how).\n")
    workspace.push()
    workspace.edit("a/target.md", "Text", "Other text")
    assert workspace.plan()["relinks"] == [{"address": "a/one", "locales": ["en"]}]
    assert workspace.push("--format", "json").json["relinked"] == [{"address": "a/one", "locales": ["en"]}]
