"""What a push takes from readers: counted, listed with what leads there, and refused beyond the limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from workspace import LIMITED, crowd

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Workspace


def stored(workspace: Workspace, title: str) -> Any:
    (found,) = [item for item in workspace.sandbox.articles() if item["title"] == title]
    return found


def bilingual(workspace: Workspace, count: int) -> Workspace:
    crowd(workspace, count)
    for number in range(count):
        workspace.article(f"a/n{number}.fr.md", f"Nombre {number}", f"Texte {number}.\n")
    assert workspace.push().code == 0
    return workspace


def test_translations_that_leave_articles_that_stay_are_a_share_of_their_locale(make_workspace: MakeWorkspace) -> None:
    workspace = bilingual(make_workspace(LIMITED), 5)
    workspace.remove("a/n0.fr.md")
    assert workspace.diff("--format", "json").json["refusal"] is None
    workspace.remove("a/n1.fr.md")
    ran = workspace.push()
    assert (ran.code, ran.writes) == (12, [])
    assert "2 of 5 published fr translations (40%, limit 30%)" in ran.err


def test_an_article_with_translations_counts_once(make_workspace: MakeWorkspace) -> None:
    workspace = bilingual(make_workspace(LIMITED), 4)
    workspace.remove("a/n0.md")
    workspace.remove("a/n0.fr.md")
    losses = workspace.plan()["losses"]
    assert [(loss["address"], loss["locale"], len(loss["urls"])) for loss in losses] == [("a/n0", None, 2)]
    assert workspace.push().code == 0


def test_moved_and_renamed_articles_are_no_loss(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED + "on_remove: delete\n")
    crowd(workspace, 4)
    workspace.push()
    workspace.collection("b/_collection.md", "B")
    for number in range(4):
        workspace.move(f"a/n{number}.md", f"b/m{number}.md")
    workspace.remove("a/_collection.md")
    assert workspace.plan()["losses"] == []
    assert workspace.push().code == 0


def test_files_that_are_kept_in_intercom_are_no_loss(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED + "on_remove: keep\n")
    crowd(workspace, 4)
    workspace.push()
    for number in range(3):
        workspace.remove(f"a/n{number}.md")
    assert workspace.plan()["losses"] == []
    assert workspace.push().code == 0


def test_deletions_count_as_well(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED + "on_remove: delete\n")
    crowd(workspace, 4)
    workspace.push()
    for number in range(2):
        workspace.remove(f"a/n{number}.md")
    ran = workspace.push()
    assert (ran.code, ran.writes) == (12, [])


def test_drafts_that_go_are_no_loss_and_no_share(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED)
    crowd(workspace, 5)
    for number in range(5, 9):
        workspace.article(f"a/n{number}.md", f"Number {number}", "Text.\n", state="draft")
    workspace.push()
    for number in range(5, 8):
        workspace.remove(f"a/n{number}.md")
    workspace.remove("a/n0.md")
    assert workspace.diff("--format", "json").json["refusal"] is None
    workspace.remove("a/n1.md")
    assert "2 of 5 published articles" in workspace.push().err


def test_an_article_that_is_left_alone_is_neither_lost_nor_part_of_the_share(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED)
    crowd(workspace, 6)
    workspace.push()
    workspace.write("content/a/n5.md", "---\ntitle: Number 5\nsync: false\nstate: draft\n---\nText 5.\n")
    workspace.remove("a/n0.md")
    workspace.remove("a/n1.md")
    ran = workspace.push()
    assert ran.code == 12
    assert "2 of 5 published articles" in ran.err


def test_what_a_conflict_holds_back_is_no_loss(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED)
    crowd(workspace, 4)
    workspace.push()
    for number in range(2):
        workspace.article(f"a/n{number}.md", f"Number {number}", f"Anew {number}.\n", state="draft")
        workspace.sandbox.edit_article(stored(workspace, f"Number {number}")["id"], "en", body="<p>By hand.</p>")
    assert workspace.plan()["losses"] == []
    assert workspace.push().code == 13


def test_only_the_named_help_center_counts(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED, help_centers=("first-brand", "second-brand"))
    brands = workspace.api("GET", "/help_center/help_centers")["data"]
    first, second = (brand["id"] for brand in brands)
    theirs = workspace.api("POST", "/help_center/collections", {"name": "Theirs", "help_center_id": int(second)})
    author = int(workspace.api("GET", "/me")["id"])
    for number in range(20):
        parent = {"parent_id": int(theirs["id"]), "parent_type": "collection"}
        article = {"title": f"Theirs {number}", "author_id": author, "state": "published", **parent}
        workspace.api("POST", "/articles", article)
    workspace.write("helpsync.yaml", LIMITED.replace("{}", f"{{help_center: {first}}}"))
    crowd(workspace, 4)
    assert workspace.push().code == 0
    workspace.remove("a/n0.md")
    workspace.remove("a/n1.md")
    ran = workspace.push()
    assert ran.code == 12
    assert "2 of 4 published articles" in ran.err


def test_all_losses_have_to_be_allowed_together(make_workspace: MakeWorkspace) -> None:
    workspace = bilingual(make_workspace(LIMITED), 5)
    for number in range(2):
        workspace.remove(f"a/n{number}.md")
        workspace.remove(f"a/n{number}.fr.md")
    workspace.remove("a/n4.fr.md")
    ran = workspace.push("--allow-remove", "2")
    assert (ran.code, ran.writes) == (12, [])
    assert "--allow-remove 3" in ran.err
    assert workspace.push("--allow-remove", "3").code == 0


def test_more_may_be_allowed_than_goes(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED)
    crowd(workspace, 4)
    workspace.push()
    workspace.remove("a/n0.md")
    workspace.remove("a/n1.md")
    assert workspace.push("--allow-remove", "99").code == 0


EMPTY = "<!-- later -->\n"


def test_a_text_that_shows_nothing_any_more_is_a_loss(make_workspace: MakeWorkspace) -> None:
    workspace = bilingual(make_workspace(LIMITED + "rules: {missing-body: warn}\n"), 5)
    workspace.article("a/n0.fr.md", "Nombre 0", EMPTY)
    assert [(each["address"], each["locale"]) for each in workspace.plan()["losses"]] == [("a/n0", "fr")]
    workspace.article("a/n1.fr.md", "Nombre 1", EMPTY)
    ran = workspace.push()
    assert (ran.code, ran.writes) == (12, [])
    assert "2 of 5 published fr translations (40%, limit 30%)" in ran.err


def test_what_a_teammate_published_is_not_emptied_by_files_that_are_drafts(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED.replace("state: published", "state: draft"))
    crowd(workspace, 1)
    workspace.push()
    workspace.sandbox.edit_article(stored(workspace, "Number 0")["id"], state="published")
    assert workspace.push().code == 0
    workspace.article("a/n0.md", "Number 0", EMPTY)
    ran = workspace.push()
    assert (ran.code, ran.writes) == (11, [])
    assert "content/a/n0.md:1: error: the text shows nothing, but readers of en can open it" in ran.err


@pytest.fixture
def linked(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with a page that is about to go, and pages of all kinds that link to it."""
    workspace = make_workspace(LIMITED)
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/target.md", "Target", "# How\n\nText.\n")
    workspace.article("a/target.fr.md", "Cible", "Texte.\n")
    workspace.article("a/stays.md", "Stays", "See [it](target.md#how), and [again](target.md).\n")
    workspace.article("a/stays.fr.md", "Reste", "Voir [ici](target.fr.md).\n")
    workspace.article("a/rewritten.md", "Rewritten", "See [it](target.md).\n")
    workspace.article("a/hidden.md", "Hidden", "See [it](target.md).\n", state="draft")
    for number in range(8):
        workspace.article(f"a/other-{number}.md", f"Other {number}")
    assert workspace.push().code == 0
    url = stored(workspace, "Target")["url"]
    by_hand = {"title": "Old FAQ", "author_id": int(workspace.api("GET", "/me")["id"]), "state": "published"}
    workspace.api("POST", "/articles", {**by_hand, "body": f'<p><a href="{url}">there</a></p>'})
    hidden = {"title": "Not out yet", "state": "draft", "body": f'<p><a href="{url}">there</a></p>'}
    workspace.api("POST", "/articles", {**by_hand, **hidden})
    workspace.api("POST", "/articles", {**by_hand, "title": "Elsewhere", "body": f"<p>{url} is no link</p>"})
    return workspace


def leave(workspace: Workspace) -> None:
    """Remove the page, and the link to it from one of the files; the others keep theirs by a full address."""
    url = stored(workspace, "Target")["url"]
    workspace.remove("a/target.md")
    workspace.remove("a/target.fr.md")
    workspace.edit("a/rewritten.md", "See [it](target.md).", "Nothing to see.")
    workspace.edit("a/hidden.md", "See [it](target.md).", "Nothing to see.")
    workspace.edit("a/stays.md", "See [it](target.md#how), and [again](target.md).", f"See [it]({url}).")
    workspace.edit("a/stays.fr.md", "(target.fr.md)", f"({url.replace('/en/', '/fr/')})")


def test_links_that_would_lead_nowhere_are_named_once_each(linked: Workspace) -> None:
    leave(linked)
    (loss,) = linked.plan()["losses"]
    faq = stored(linked, "Old FAQ")["id"]
    assert (loss["address"], loss["locale"]) == ("a/target", None)
    assert len(loss["urls"]) == 2
    assert loss["inbound"] == [f"Old FAQ #{faq} (en)", "a/stays (en)", "a/stays (fr)"]


def test_links_of_a_page_that_becomes_a_draft_in_the_same_push_lead_no_reader_astray(linked: Workspace) -> None:
    leave(linked)
    linked.edit("a/stays.md", "title:", "state: draft\ntitle:")
    inbound = {loss["address"]: loss["inbound"] for loss in linked.plan()["losses"]}
    faq = stored(linked, "Old FAQ")["id"]
    assert inbound["a/target"] == [f"Old FAQ #{faq} (en)", "a/stays (fr)"]


def test_links_to_a_translation_that_goes_are_those_to_that_locale(linked: Workspace) -> None:
    linked.remove("a/target.fr.md")
    linked.edit("a/stays.fr.md", "[ici](target.fr.md)", "ici")
    linked.edit("a/rewritten.md", "(target.md)", f"({stored(linked, 'Target')['url'].replace('/en/', '/fr/')})")
    (loss,) = linked.plan()["losses"]
    assert (loss["address"], loss["locale"], loss["inbound"]) == ("a/target", "fr", ["a/rewritten (en)"])


def test_the_refusal_lists_what_readers_would_lose(linked: Workspace) -> None:
    url = stored(linked, "Target")["url"]
    linked.write("helpsync.yaml", LIMITED.replace("30%", "0%"))
    leave(linked)
    ran = linked.push()
    assert (ran.code, ran.writes) == (12, [])
    assert "readers lose 1 published page" in ran.err
    assert url in ran.err
    assert "linked from Old FAQ" in ran.err


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_plan_lists_what_readers_would_lose(linked: Workspace, form: str) -> None:
    url = stored(linked, "Target")["url"]
    leave(linked)
    out = linked.diff("--format", form).out
    assert "eaders lose 1 published page" in out
    assert url in out
    assert "linked from Old FAQ" in out


def test_a_plan_without_losses_says_nothing_of_them(linked: Workspace) -> None:
    linked.edit("a/other-0.md", "Some", "Any")
    assert linked.plan()["losses"] == []
    assert "lose" not in linked.diff().out
    assert "lose" not in linked.diff("--format", "markdown").out


def test_links_from_a_file_that_an_edit_by_hand_holds_back_count_as_readers_have_them(linked: Workspace) -> None:
    url = stored(linked, "Target")["url"]
    leave(linked)
    body = f'<p>By hand: <a href="{url}">x</a></p>'
    linked.sandbox.edit_article(stored(linked, "Rewritten")["id"], "en", body=body)
    assert "a/rewritten (en)" in linked.plan()["losses"][0]["inbound"]


def test_a_dry_run_of_a_push_lists_them_too(linked: Workspace) -> None:
    leave(linked)
    event = json.loads(linked.push("--dry-run", "--format", "jsonl").out)
    assert len(event["losses"]) == 1
