"""Each thing that a teammate does by hand in Intercom is named, with what to do about it, and nothing of it is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from virtual_time import Clock

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Workspace

NOW = 1_795_269_780  # 2026-11-21 14:03 UTC
SAID = "edited 2026-11-21 14:03 UTC"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(make_workspace: MakeWorkspace, clock: Clock) -> Workspace:
    """Give a pushed workspace: two articles in two locales, two collections and a section; then time passes."""
    workspace = make_workspace(clock=clock.read, admins=("ann@example.com",))
    workspace.collection("a/_collection.md", "A", description="All of A")
    workspace.collection("b/_collection.md", "B")
    workspace.collection("a/s/_collection.md", "S")
    for name in ("one", "two"):
        workspace.article(f"a/{name}.md", name.title(), f"The text of {name}.\n\nMore.\n")
        workspace.article(f"a/{name}.fr.md", f"{name} (fr)", f"Le texte de {name}.\n")
    workspace.article("a/s/three.md", "Three", "Within.\n")
    assert workspace.push().code == 0
    clock.now = NOW
    return workspace


def number(workspace: Workspace, title: str) -> str:
    return str(next(item["id"] for item in workspace.sandbox.articles() if item["title"] == title))


def group(workspace: Workspace, name: str) -> str:
    kinds = ("collection", "section")
    return str(next(item["id"] for kind in kinds for item in workspace.sandbox.groups(kind) if item["name"] == name))


def noticed(workspace: Workspace) -> Any:
    (attention,) = workspace.plan()["attention"]
    return attention


def test_an_edit_is_dated_in_every_form(workspace: Workspace) -> None:
    workspace.sandbox.edit_article(number(workspace, "One"), "fr", title="Premier")
    assert noticed(workspace)["edited_at"] == NOW
    assert SAID in workspace.diff().out
    assert SAID in workspace.diff("--format", "markdown").out
    assert SAID in workspace.push().out


def test_the_date_is_that_of_the_locales_concerned(workspace: Workspace, clock: Clock) -> None:
    one = number(workspace, "One")
    workspace.sandbox.edit_article(one, "fr", title="Premier")
    clock.now += 900
    workspace.edit("a/one.md", "The text", "A text")
    workspace.push()
    assert noticed(workspace)["edited_at"] == NOW


def test_an_article_moved_by_hand_shows_from_where_to_where(workspace: Workspace) -> None:
    workspace.sandbox.move_article(number(workspace, "One"), group(workspace, "B"))
    drift = noticed(workspace)
    assert (drift["kind"], drift["address"], drift["locales"], drift["edited_at"]) == ("drift", "a/one", [], NOW)
    assert (drift["fields"], drift["edits"]) == ({"parent": {"from": "a/", "to": "b/"}}, {})
    assert "    parent: a/ → b/\n" in workspace.diff().out
    assert "- parent: a/ → b/" in workspace.diff("--format", "markdown").out


def test_files_that_follow_an_article_moved_by_hand_agree_with_it(workspace: Workspace) -> None:
    workspace.sandbox.move_article(number(workspace, "One"), group(workspace, "B"))
    assert noticed(workspace)["hint"].startswith("bring it home with `helpsync pull a/one`")
    workspace.move("a/one.md", "b/one.md")
    workspace.move("a/one.fr.md", "b/one.fr.md")
    ran = workspace.push()
    assert (ran.code, ran.writes) == (0, [])
    assert workspace.plan()["attention"] == []


def test_an_article_moved_by_hand_is_put_back_by_an_overwrite(workspace: Workspace) -> None:
    one = number(workspace, "One")
    workspace.sandbox.move_article(one, group(workspace, "B"))
    assert len(workspace.push("--overwrite-remote", "a/one").writes) == 1
    assert str(workspace.sandbox.article(one)["parent_id"]) == group(workspace, "A")
    assert workspace.plan()["attention"] == []


def test_an_article_moved_by_hand_and_back_again_goes_where_its_file_goes(workspace: Workspace) -> None:
    one = number(workspace, "One")
    for name in ("B", "A"):
        workspace.sandbox.move_article(one, group(workspace, name))
    workspace.move("a/one.md", "b/one.md")
    workspace.move("a/one.fr.md", "b/one.fr.md")
    assert workspace.push().code == 0
    assert str(workspace.sandbox.article(one)["parent_id"]) == group(workspace, "B")
    assert workspace.plan()["attention"] == []


def test_a_collection_that_is_not_in_the_tree_goes_by_its_name(workspace: Workspace) -> None:
    theirs = workspace.api("POST", "/help_center/collections", {"name": "Their own"})["id"]
    workspace.sandbox.move_article(number(workspace, "One"), theirs)
    assert f"    parent: a/ → {theirs} (Their own)\n" in workspace.diff().out
    drift = next(item for item in workspace.plan()["attention"] if item["kind"] == "drift")
    assert (
        drift["hint"] == "bring it home with `helpsync pull a/one`, or let the file win with --overwrite-remote a/one"
    )


def test_a_move_by_hand_holds_no_text_back(workspace: Workspace) -> None:
    one = number(workspace, "One")
    workspace.sandbox.move_article(one, group(workspace, "B"))
    workspace.edit("a/one.md", "The text", "A new text")
    assert workspace.push().code == 0
    assert "A new text" in workspace.sandbox.article(one)["body"]
    assert str(workspace.sandbox.article(one)["parent_id"]) == group(workspace, "B")
    assert noticed(workspace)["kind"] == "drift"


def test_an_article_of_the_root_that_was_moved_can_only_be_followed(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One")
    workspace.article("root.md", "Root")
    workspace.push()
    workspace.sandbox.move_article(number(workspace, "Root"), group(workspace, "A"))
    hint = "bring it home with `helpsync pull root`: Intercom has no way to take an article out of a collection"
    assert noticed(workspace)["hint"] == hint
    ran = workspace.push("--overwrite-remote", "root")
    assert (ran.code, ran.writes) == (0, [])


def test_a_section_moved_by_hand_is_drift(workspace: Workspace) -> None:
    workspace.sandbox.move_section(group(workspace, "S"), group(workspace, "B"))
    drift = noticed(workspace)
    assert (drift["address"], drift["fields"]) == ("a/s/", {"parent": {"from": "a/", "to": "b/"}})
    workspace.push("--overwrite-remote", "a/s/")
    assert workspace.plan()["attention"] == []


def test_moved_on_both_sides_alike_is_agreement_and_otherwise_a_conflict(workspace: Workspace) -> None:
    workspace.collection("c/_collection.md", "C")
    workspace.push()
    for name, place in (("one", "b"), ("two", "c")):
        workspace.sandbox.move_article(number(workspace, name.title()), group(workspace, "B"))
        workspace.move(f"a/{name}.md", f"{place}/{name}.md")
        workspace.move(f"a/{name}.fr.md", f"{place}/{name}.fr.md")
    conflict = noticed(workspace)
    assert (conflict["kind"], conflict["address"]) == ("conflict", "c/two")
    assert conflict["fields"] == {"parent": {"from": "a/", "to": "b/"}}
    ran = workspace.push()
    assert (ran.code, ran.writes) == (13, [])


@pytest.mark.parametrize(("edit", "kind"), [("", "drift"), ("New title", "conflict")])
def test_an_article_deleted_by_hand_waits_for_a_decision(workspace: Workspace, edit: str, kind: str) -> None:
    workspace.sandbox.delete_article(number(workspace, "One"))
    if edit:
        workspace.edit("a/one.md", '"One"', f'"{edit}"')
    deleted = noticed(workspace)
    assert (deleted["kind"], deleted["address"]) == (kind, "a/one")
    assert "is no longer in Intercom" in deleted["message"]
    assert deleted["hint"].endswith("its files, or create it again with --overwrite-remote a/one")
    assert workspace.push().writes == []
    assert len(workspace.push("--overwrite-remote", "a/one").writes) == 1
    assert workspace.plan()["attention"] == []


def test_links_to_an_article_deleted_by_hand_go_with_it_and_come_back_with_it(workspace: Workspace) -> None:
    workspace.article("a/two.md", "Two", "See [one](one.md), please.\n")
    workspace.push()
    workspace.sandbox.delete_article(number(workspace, "One"))
    assert workspace.push().code == 0
    assert "See one, please" in workspace.sandbox.article(number(workspace, "Two"))["body"]
    assert workspace.push("--overwrite-remote", "a/one").code == 0
    assert f"/articles/{number(workspace, 'One')}-one" in workspace.sandbox.article(number(workspace, "Two"))["body"]


def test_the_file_of_an_article_deleted_by_hand_goes_without_a_write(workspace: Workspace) -> None:
    workspace.sandbox.delete_article(number(workspace, "One"))
    workspace.remove("a/one.md")
    workspace.remove("a/one.fr.md")
    ran = workspace.push()
    assert (ran.code, ran.writes, workspace.plan()["attention"]) == (0, [], [])


def test_a_collection_deleted_by_hand_says_what_stands_alone_and_takes_it_back(workspace: Workspace) -> None:
    workspace.sandbox.delete_group("collection", group(workspace, "A"))
    deleted = noticed(workspace)
    assert (deleted["kind"], deleted["address"]) == ("drift", "a/")
    assert "3 items that were in it are outside any collection now" in deleted["message"]
    assert "create it again with --overwrite-remote a/: they go back into it" in deleted["hint"]
    assert workspace.push().writes == []
    assert workspace.push("--overwrite-remote", "a/").code == 0
    assert {str(item["parent_id"]) for item in workspace.sandbox.articles()} == {
        group(workspace, "A"),
        group(workspace, "S"),
    }
    assert (workspace.plan()["attention"], workspace.plan()["changes"]) == ([], [])


def test_what_is_new_in_a_collection_deleted_by_hand_waits_and_the_rest_goes_on(workspace: Workspace) -> None:
    workspace.sandbox.delete_group("collection", group(workspace, "A"))
    workspace.article("a/new.md", "New")
    workspace.edit("a/one.md", "The text", "A new text")
    ran = workspace.push()
    assert (ran.code, len(ran.writes)) == (13, 1)
    assert "a/new: held back, because a/ is" in ran.out
    assert "A new text" in workspace.sandbox.article(number(workspace, "One"))["body"]


def test_a_translation_added_by_hand_is_named_and_left_alone(workspace: Workspace) -> None:
    one = number(workspace, "One")
    workspace.sandbox.add_translation(one, "de", title="Eins", body="<p>Von Hand.</p>")
    added = noticed(workspace)
    assert (added["kind"], added["address"], added["id"], added["locales"]) == ("unmanaged", "a/one", one, ["de"])
    assert (added["edited_at"], "no file has: de" in added["message"]) == (NOW, True)
    assert "`helpsync pull a/one` makes its file" in added["hint"]
    workspace.edit("a/one.md", "The text", "A new text")
    workspace.push()
    assert "Von Hand" in workspace.sandbox.article(one)["translated_content"]["de"]["body"]


def test_a_file_with_the_text_of_a_translation_added_by_hand_agrees_with_it(workspace: Workspace) -> None:
    workspace.sandbox.add_translation(number(workspace, "One"), "de", title="Eins", body="<p>Von Hand.</p>")
    workspace.article("a/one.de.md", "Eins", "Von Hand.\n")
    ran = workspace.push()
    assert (ran.code, ran.writes, workspace.plan()["attention"]) == (0, [], [])


def test_a_file_against_a_translation_added_by_hand_is_a_conflict(workspace: Workspace) -> None:
    workspace.sandbox.add_translation(number(workspace, "One"), "de", title="Eins", body="<p>Von Hand.</p>")
    workspace.article("a/one.de.md", "Eins", "Aus der Datei.\n")
    conflict = noticed(workspace)
    assert (conflict["kind"], conflict["locales"]) == ("conflict", ["de"])
    assert "Von Hand" in conflict["edits"]["de"]["body"]["diff"]


def test_a_translation_removed_by_hand_is_drift_that_an_overwrite_brings_back(workspace: Workspace) -> None:
    one = number(workspace, "One")
    workspace.sandbox.remove_translation(one, "fr")
    gone = noticed(workspace)
    assert (gone["kind"], gone["locales"], gone["edits"]) == ("drift", ["fr"], {"fr": {"removed": True}})
    assert gone["message"] == "edited in Intercom, left alone: fr was removed"
    assert gone["hint"].startswith("bring it home with `helpsync pull a/one`, or let the file win")
    assert workspace.push().writes == []
    assert len(workspace.push("--overwrite-remote", "a/one").writes) == 1
    assert "Le texte" in workspace.sandbox.article(one)["translated_content"]["fr"]["body"]


def test_a_translation_unpublished_by_hand_is_told_once_where_no_file_says_its_state(workspace: Workspace) -> None:
    one = number(workspace, "One")
    workspace.sandbox.edit_article(one, "fr", state="draft")
    told = noticed(workspace)
    assert (told["kind"], told["address"], told["locales"]) == ("warning", "a/one", ["fr"])
    assert "unpublished in Intercom: fr" in told["message"]
    assert "state:" in told["hint"]
    ran = workspace.push()
    assert (ran.code, ran.writes, "unpublished in Intercom" in ran.out) == (0, [], True)
    assert workspace.plan()["attention"] == []
    workspace.sandbox.edit_article(one, "fr", state="published")
    assert "published in Intercom: fr" in noticed(workspace)["message"]


def test_a_state_changed_by_hand_is_drift_where_the_file_says_it(workspace: Workspace) -> None:
    workspace.article("a/one.fr.md", "one (fr)", "Le texte de one.\n", state="published")
    workspace.push()
    workspace.sandbox.edit_article(number(workspace, "One"), "fr", state="draft")
    drift = noticed(workspace)
    assert (drift["kind"], drift["edits"]) == ("drift", {"fr": {"state": {"from": "published", "to": "draft"}}})


def test_an_author_changed_by_hand_is_drift_where_the_file_says_it(workspace: Workspace) -> None:
    workspace.article("a/one.md", "One", "The text of one.\n\nMore.\n", author="docs@example.com")
    workspace.push()
    workspace.sandbox.edit_article(number(workspace, "One"), author="ann@example.com")
    assert noticed(workspace)["edits"]["en"].keys() == {"author"}
    assert "(docs@example.com) → " in workspace.diff().out
    assert "(ann@example.com)\n" in workspace.diff().out


def test_an_author_that_no_file_says_is_the_teammates(workspace: Workspace) -> None:
    workspace.sandbox.edit_article(number(workspace, "One"), author="ann@example.com")
    assert workspace.plan()["attention"] == []


def test_a_translation_published_again_after_its_file_went_is_named(workspace: Workspace) -> None:
    one = number(workspace, "One")
    workspace.remove("a/one.fr.md")
    assert workspace.push("--allow-remove", "1").code == 0
    assert workspace.plan()["attention"] == []
    workspace.sandbox.edit_article(one, "fr", state="published")
    again = noticed(workspace)
    assert (again["kind"], again["address"], again["locales"]) == ("unmanaged", "a/one", ["fr"])
    assert "published again in Intercom" in again["message"]


def test_an_article_published_again_after_its_files_went_is_named(workspace: Workspace) -> None:
    one = number(workspace, "One")
    workspace.remove("a/one.md")
    workspace.remove("a/one.fr.md")
    assert workspace.push("--allow-remove", "1").code == 0
    assert workspace.plan()["attention"] == []
    workspace.sandbox.edit_article(one, state="published")
    again = noticed(workspace)
    assert (again["kind"], again["address"], again["id"], again["locales"]) == ("unmanaged", "a/one", one, ["en"])


def test_a_collection_named_by_hand_in_one_more_locale_is_unmanaged(workspace: Workspace) -> None:
    workspace.sandbox.edit_group(group(workspace, "B"), "fr", name="Le B")
    added = noticed(workspace)
    assert (added["kind"], added["address"], added["locales"]) == ("unmanaged", "b/", ["fr"])


def test_unmanaged_items_say_how_they_are_taken_into_the_tree(workspace: Workspace) -> None:
    theirs = workspace.api("POST", "/help_center/collections", {"name": "Their own"})["id"]
    unmanaged = noticed(workspace)
    assert (unmanaged["kind"], unmanaged["id"], unmanaged["address"]) == ("unmanaged", theirs, None)
    assert "`helpsync pull --new`" in unmanaged["hint"]


@pytest.mark.parametrize("decided", ["publish", "discard"])
def test_a_pending_draft_holds_until_it_is_decided(workspace: Workspace, decided: str) -> None:
    one = number(workspace, "One")
    baseline = (workspace.root / ".helpsync/sandbox/baseline.json").read_bytes()
    workspace.sandbox.start_draft(one)
    workspace.edit("a/one.md", "The text", "A new text")
    for _ in range(2):
        ran = workspace.push("--format", "json")
        assert ran.code == 13
        (change,) = ran.json["changes"]
        assert (change["status"], "publish or discard it" in change["error"]) == ("held", True)
        assert (workspace.root / ".helpsync/sandbox/baseline.json").read_bytes() == baseline
    if decided == "publish":
        workspace.sandbox.publish_draft(one)
    else:
        workspace.sandbox.discard_draft(one)
    ran = workspace.push()
    assert (ran.code, len(ran.writes)) == (0, 0 if decided == "publish" else 1)
    assert "A new text" in workspace.sandbox.article(one)["body"]
    assert workspace.plan()["attention"] == []
    assert workspace.push().writes == []


def test_what_an_overwrite_takes_back_is_said_in_every_form(workspace: Workspace) -> None:
    workspace.sandbox.edit_article(number(workspace, "One"), "fr", title="Premier")
    workspace.sandbox.move_article(number(workspace, "One"), group(workspace, "B"))
    said = f"overwrites what was edited in Intercom: parent, fr title ({SAID})"
    shown = workspace.push("--dry-run", "--overwrite-remote", "a/one").out
    assert f"    {said}\n" in shown
    assert "    parent: b/ → a/\n" in shown
    assert '    fr title: "Premier" → "one (fr)"\n' in shown


def test_an_overwrite_of_a_collection_is_not_one_of_what_is_in_it(workspace: Workspace) -> None:
    workspace.sandbox.edit_group(group(workspace, "A"), name="Theirs")
    workspace.sandbox.edit_article(number(workspace, "One"), title="Theirs too")
    assert len(workspace.push("--overwrite-remote", "a/").writes) == 1
    assert noticed(workspace)["address"] == "a/one"
    assert number(workspace, "Theirs too")


@pytest.mark.parametrize("given", ["a/on", "a/*", "a", "content/a/one.md", ""])
def test_an_overwrite_takes_one_address_as_it_is(workspace: Workspace, given: str) -> None:
    workspace.sandbox.edit_article(number(workspace, "One"), title="Theirs")
    ran = workspace.push("--overwrite-remote", given)
    assert (ran.code, ran.calls) == (2, [])
    assert "hint:" in ran.err


def test_an_address_given_without_need_is_said(workspace: Workspace) -> None:
    workspace.write("content/a/free.md", "---\ntitle: Free\nsync: false\n---\nText.\n")
    workspace.article("a/new.md", "New")
    for address in ("a/one", "a/new", "a/free"):
        shown = workspace.push("--dry-run", "--overwrite-remote", address, "--format", "json").json["attention"]
        assert [(item["kind"], item["address"]) for item in shown] == [("warning", address)]
        assert "nothing to overwrite" in shown[0]["message"]


def test_what_a_teammate_wrote_in_a_draft_that_was_published_is_drift(workspace: Workspace) -> None:
    one = number(workspace, "One")
    workspace.sandbox.start_draft(one, title="Their title")
    workspace.edit("a/one.md", "The text", "A new text")
    workspace.push()
    workspace.sandbox.publish_draft(one)
    drift = noticed(workspace)
    assert (drift["kind"], drift["edits"]) == ("drift", {"en": {"title": {"from": "One", "to": "Their title"}}})
