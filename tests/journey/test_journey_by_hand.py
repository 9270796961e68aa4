"""Each thing that a teammate does by hand in Intercom is named, with what to do about it, and nothing of it is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from virtual_time import Clock

if TYPE_CHECKING:
    from desk import Desk, MakeDesk

NOW = 1_795_269_780  # 2026-11-21 14:03 UTC
SAID = "edited 2026-11-21 14:03 UTC"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(make_desk: MakeDesk, clock: Clock) -> Desk:
    """Give a desk with two articles in two locales, two collections and a section, all pushed; then time passes."""
    desk = make_desk(clock=clock.read, admins=("ann@example.com",))
    desk.collection("a/_collection.md", "A", description="All of A")
    desk.collection("b/_collection.md", "B")
    desk.collection("a/s/_collection.md", "S")
    for name in ("one", "two"):
        desk.article(f"a/{name}.md", name.title(), f"The text of {name}.\n\nMore.\n")
        desk.article(f"a/{name}.fr.md", f"{name} (fr)", f"Le texte de {name}.\n")
    desk.article("a/s/three.md", "Three", "Within.\n")
    assert desk.push().code == 0
    clock.now = NOW
    return desk


def number(desk: Desk, title: str) -> str:
    return str(next(item["id"] for item in desk.sandbox.articles() if item["title"] == title))


def group(desk: Desk, name: str) -> str:
    kinds = ("collection", "section")
    return str(next(item["id"] for kind in kinds for item in desk.sandbox.groups(kind) if item["name"] == name))


def noticed(desk: Desk) -> Any:
    (attention,) = desk.plan()["attention"]
    return attention


def test_an_edit_is_dated_in_every_form(desk: Desk) -> None:
    desk.sandbox.edit_article(number(desk, "One"), "fr", title="Premier")
    assert noticed(desk)["edited_at"] == NOW
    assert SAID in desk.diff().out
    assert SAID in desk.diff("--format", "markdown").out
    assert SAID in desk.push().out


def test_the_date_is_that_of_the_locales_concerned(desk: Desk, clock: Clock) -> None:
    one = number(desk, "One")
    desk.sandbox.edit_article(one, "fr", title="Premier")
    clock.now += 900
    desk.edit("a/one.md", "The text", "A text")
    desk.push()
    assert noticed(desk)["edited_at"] == NOW


def test_an_article_moved_by_hand_shows_from_where_to_where(desk: Desk) -> None:
    desk.sandbox.move_article(number(desk, "One"), group(desk, "B"))
    drift = noticed(desk)
    assert (drift["kind"], drift["address"], drift["locales"], drift["edited_at"]) == ("drift", "a/one", [], NOW)
    assert (drift["fields"], drift["edits"]) == ({"parent": {"from": "a/", "to": "b/"}}, {})
    assert "    parent: a/ → b/\n" in desk.diff().out
    assert "- parent: a/ → b/" in desk.diff("--format", "markdown").out


def test_files_that_follow_an_article_moved_by_hand_agree_with_it(desk: Desk) -> None:
    desk.sandbox.move_article(number(desk, "One"), group(desk, "B"))
    assert noticed(desk)["hint"].startswith("bring it home with `helpsync pull a/one`")
    desk.move("a/one.md", "b/one.md")
    desk.move("a/one.fr.md", "b/one.fr.md")
    ran = desk.push()
    assert (ran.code, ran.writes) == (0, [])
    assert desk.plan()["attention"] == []


def test_an_article_moved_by_hand_is_put_back_by_an_overwrite(desk: Desk) -> None:
    one = number(desk, "One")
    desk.sandbox.move_article(one, group(desk, "B"))
    assert len(desk.push("--overwrite-remote", "a/one").writes) == 1
    assert str(desk.sandbox.article(one)["parent_id"]) == group(desk, "A")
    assert desk.plan()["attention"] == []


def test_an_article_moved_by_hand_and_back_again_goes_where_its_file_goes(desk: Desk) -> None:
    one = number(desk, "One")
    for name in ("B", "A"):
        desk.sandbox.move_article(one, group(desk, name))
    desk.move("a/one.md", "b/one.md")
    desk.move("a/one.fr.md", "b/one.fr.md")
    assert desk.push().code == 0
    assert str(desk.sandbox.article(one)["parent_id"]) == group(desk, "B")
    assert desk.plan()["attention"] == []


def test_a_collection_that_is_not_in_the_tree_goes_by_its_name(desk: Desk) -> None:
    theirs = desk.api("POST", "/help_center/collections", {"name": "Their own"})["id"]
    desk.sandbox.move_article(number(desk, "One"), theirs)
    assert f"    parent: a/ → {theirs} (Their own)\n" in desk.diff().out
    drift = next(item for item in desk.plan()["attention"] if item["kind"] == "drift")
    assert (
        drift["hint"] == "bring it home with `helpsync pull a/one`, or let the file win with --overwrite-remote a/one"
    )


def test_a_move_by_hand_holds_no_text_back(desk: Desk) -> None:
    one = number(desk, "One")
    desk.sandbox.move_article(one, group(desk, "B"))
    desk.edit("a/one.md", "The text", "A new text")
    assert desk.push().code == 0
    assert "A new text" in desk.sandbox.article(one)["body"]
    assert str(desk.sandbox.article(one)["parent_id"]) == group(desk, "B")
    assert noticed(desk)["kind"] == "drift"


def test_an_article_of_the_root_that_was_moved_can_only_be_followed(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.collection("a/_collection.md", "A")
    desk.article("a/one.md", "One")
    desk.article("root.md", "Root")
    desk.push()
    desk.sandbox.move_article(number(desk, "Root"), group(desk, "A"))
    hint = "bring it home with `helpsync pull root`: Intercom has no way to take an article out of a collection"
    assert noticed(desk)["hint"] == hint
    ran = desk.push("--overwrite-remote", "root")
    assert (ran.code, ran.writes) == (0, [])


def test_a_section_moved_by_hand_is_drift(desk: Desk) -> None:
    desk.sandbox.move_section(group(desk, "S"), group(desk, "B"))
    drift = noticed(desk)
    assert (drift["address"], drift["fields"]) == ("a/s/", {"parent": {"from": "a/", "to": "b/"}})
    desk.push("--overwrite-remote", "a/s/")
    assert desk.plan()["attention"] == []


def test_moved_on_both_sides_alike_is_agreement_and_otherwise_a_conflict(desk: Desk) -> None:
    desk.collection("c/_collection.md", "C")
    desk.push()
    for name, place in (("one", "b"), ("two", "c")):
        desk.sandbox.move_article(number(desk, name.title()), group(desk, "B"))
        desk.move(f"a/{name}.md", f"{place}/{name}.md")
        desk.move(f"a/{name}.fr.md", f"{place}/{name}.fr.md")
    conflict = noticed(desk)
    assert (conflict["kind"], conflict["address"]) == ("conflict", "c/two")
    assert conflict["fields"] == {"parent": {"from": "a/", "to": "b/"}}
    ran = desk.push()
    assert (ran.code, ran.writes) == (13, [])


@pytest.mark.parametrize(("edit", "kind"), [("", "drift"), ("New title", "conflict")])
def test_an_article_deleted_by_hand_waits_for_a_decision(desk: Desk, edit: str, kind: str) -> None:
    desk.sandbox.delete_article(number(desk, "One"))
    if edit:
        desk.edit("a/one.md", '"One"', f'"{edit}"')
    deleted = noticed(desk)
    assert (deleted["kind"], deleted["address"]) == (kind, "a/one")
    assert "is no longer in Intercom" in deleted["message"]
    assert deleted["hint"].endswith("its files, or create it anew with --overwrite-remote a/one")
    assert desk.push().writes == []
    assert len(desk.push("--overwrite-remote", "a/one").writes) == 1
    assert desk.plan()["attention"] == []


def test_links_to_an_article_deleted_by_hand_go_with_it_and_come_back_with_it(desk: Desk) -> None:
    desk.article("a/two.md", "Two", "See [one](one.md), please.\n")
    desk.push()
    desk.sandbox.delete_article(number(desk, "One"))
    assert desk.push().code == 0
    assert "See one, please" in desk.sandbox.article(number(desk, "Two"))["body"]
    assert desk.push("--overwrite-remote", "a/one").code == 0
    assert f"/articles/{number(desk, 'One')}-one" in desk.sandbox.article(number(desk, "Two"))["body"]


def test_the_file_of_an_article_deleted_by_hand_goes_without_a_write(desk: Desk) -> None:
    desk.sandbox.delete_article(number(desk, "One"))
    desk.remove("a/one.md")
    desk.remove("a/one.fr.md")
    ran = desk.push()
    assert (ran.code, ran.writes, desk.plan()["attention"]) == (0, [], [])


def test_a_collection_deleted_by_hand_says_what_stands_alone_and_takes_it_back(desk: Desk) -> None:
    desk.sandbox.delete_group("collection", group(desk, "A"))
    deleted = noticed(desk)
    assert (deleted["kind"], deleted["address"]) == ("drift", "a/")
    assert "3 items that were in it stand alone there" in deleted["message"]
    assert "create it anew with --overwrite-remote a/: they go back into it" in deleted["hint"]
    assert desk.push().writes == []
    assert desk.push("--overwrite-remote", "a/").code == 0
    assert {str(item["parent_id"]) for item in desk.sandbox.articles()} == {group(desk, "A"), group(desk, "S")}
    assert (desk.plan()["attention"], desk.plan()["changes"]) == ([], [])


def test_what_is_new_in_a_collection_deleted_by_hand_waits_and_the_rest_goes_on(desk: Desk) -> None:
    desk.sandbox.delete_group("collection", group(desk, "A"))
    desk.article("a/new.md", "New")
    desk.edit("a/one.md", "The text", "A new text")
    ran = desk.push()
    assert (ran.code, len(ran.writes)) == (13, 1)
    assert "a/new: held back, because a/ is" in ran.out
    assert "A new text" in desk.sandbox.article(number(desk, "One"))["body"]


def test_a_translation_added_by_hand_is_named_and_left_alone(desk: Desk) -> None:
    one = number(desk, "One")
    desk.sandbox.add_translation(one, "de", title="Eins", body="<p>Von Hand.</p>")
    added = noticed(desk)
    assert (added["kind"], added["address"], added["id"], added["locales"]) == ("unmanaged", "a/one", one, ["de"])
    assert (added["edited_at"], "no file has: de" in added["message"]) == (NOW, True)
    assert "`helpsync pull a/one` makes its file" in added["hint"]
    desk.edit("a/one.md", "The text", "A new text")
    desk.push()
    assert "Von Hand" in desk.sandbox.article(one)["translated_content"]["de"]["body"]


def test_a_file_with_the_text_of_a_translation_added_by_hand_agrees_with_it(desk: Desk) -> None:
    desk.sandbox.add_translation(number(desk, "One"), "de", title="Eins", body="<p>Von Hand.</p>")
    desk.article("a/one.de.md", "Eins", "Von Hand.\n")
    ran = desk.push()
    assert (ran.code, ran.writes, desk.plan()["attention"]) == (0, [], [])


def test_a_file_against_a_translation_added_by_hand_is_a_conflict(desk: Desk) -> None:
    desk.sandbox.add_translation(number(desk, "One"), "de", title="Eins", body="<p>Von Hand.</p>")
    desk.article("a/one.de.md", "Eins", "Aus der Datei.\n")
    conflict = noticed(desk)
    assert (conflict["kind"], conflict["locales"]) == ("conflict", ["de"])
    assert "Von Hand" in conflict["edits"]["de"]["body"]["diff"]


def test_a_translation_removed_by_hand_is_drift_that_an_overwrite_brings_back(desk: Desk) -> None:
    one = number(desk, "One")
    desk.sandbox.remove_translation(one, "fr")
    gone = noticed(desk)
    assert (gone["kind"], gone["locales"], gone["edits"]) == ("drift", ["fr"], {"fr": {"removed": True}})
    assert gone["message"] == "edited in Intercom, left alone: fr is gone"
    assert gone["hint"].startswith("bring it home with `helpsync pull a/one`, or let the file win")
    assert desk.push().writes == []
    assert len(desk.push("--overwrite-remote", "a/one").writes) == 1
    assert "Le texte" in desk.sandbox.article(one)["translated_content"]["fr"]["body"]


def test_a_translation_unpublished_by_hand_is_told_once_where_no_file_says_its_state(desk: Desk) -> None:
    one = number(desk, "One")
    desk.sandbox.edit_article(one, "fr", state="draft")
    told = noticed(desk)
    assert (told["kind"], told["address"], told["locales"]) == ("warning", "a/one", ["fr"])
    assert "unpublished in Intercom: fr" in told["message"]
    assert "state:" in told["hint"]
    ran = desk.push()
    assert (ran.code, ran.writes, "unpublished in Intercom" in ran.out) == (0, [], True)
    assert desk.plan()["attention"] == []
    desk.sandbox.edit_article(one, "fr", state="published")
    assert "published in Intercom: fr" in noticed(desk)["message"]


def test_a_state_changed_by_hand_is_drift_where_the_file_says_it(desk: Desk) -> None:
    desk.article("a/one.fr.md", "one (fr)", "Le texte de one.\n", state="published")
    desk.push()
    desk.sandbox.edit_article(number(desk, "One"), "fr", state="draft")
    drift = noticed(desk)
    assert (drift["kind"], drift["edits"]) == ("drift", {"fr": {"state": {"from": "published", "to": "draft"}}})


def test_an_author_changed_by_hand_is_drift_where_the_file_says_it(desk: Desk) -> None:
    desk.article("a/one.md", "One", "The text of one.\n\nMore.\n", author="docs@example.com")
    desk.push()
    desk.sandbox.edit_article(number(desk, "One"), author="ann@example.com")
    assert noticed(desk)["edits"]["en"].keys() == {"author"}
    assert "(docs@example.com) → " in desk.diff().out
    assert "(ann@example.com)\n" in desk.diff().out


def test_an_author_that_no_file_says_is_the_teammates(desk: Desk) -> None:
    desk.sandbox.edit_article(number(desk, "One"), author="ann@example.com")
    assert desk.plan()["attention"] == []


def test_a_translation_published_again_after_its_file_went_is_named(desk: Desk) -> None:
    one = number(desk, "One")
    desk.remove("a/one.fr.md")
    assert desk.push("--allow-remove", "1").code == 0
    assert desk.plan()["attention"] == []
    desk.sandbox.edit_article(one, "fr", state="published")
    again = noticed(desk)
    assert (again["kind"], again["address"], again["locales"]) == ("unmanaged", "a/one", ["fr"])
    assert "published again in Intercom" in again["message"]


def test_an_article_published_again_after_its_files_went_is_named(desk: Desk) -> None:
    one = number(desk, "One")
    desk.remove("a/one.md")
    desk.remove("a/one.fr.md")
    assert desk.push("--allow-remove", "1").code == 0
    assert desk.plan()["attention"] == []
    desk.sandbox.edit_article(one, state="published")
    again = noticed(desk)
    assert (again["kind"], again["address"], again["id"], again["locales"]) == ("unmanaged", "a/one", one, ["en"])


def test_a_collection_named_by_hand_in_one_more_locale_is_unmanaged(desk: Desk) -> None:
    desk.sandbox.edit_group(group(desk, "B"), "fr", name="Le B")
    added = noticed(desk)
    assert (added["kind"], added["address"], added["locales"]) == ("unmanaged", "b/", ["fr"])


def test_unmanaged_items_say_how_they_are_taken_into_the_tree(desk: Desk) -> None:
    theirs = desk.api("POST", "/help_center/collections", {"name": "Their own"})["id"]
    unmanaged = noticed(desk)
    assert (unmanaged["kind"], unmanaged["id"], unmanaged["address"]) == ("unmanaged", theirs, None)
    assert "`helpsync pull --new`" in unmanaged["hint"]


@pytest.mark.parametrize("decided", ["publish", "discard"])
def test_a_pending_draft_holds_until_it_is_decided(desk: Desk, decided: str) -> None:
    one = number(desk, "One")
    baseline = (desk.root / ".helpsync/sandbox/baseline.json").read_bytes()
    desk.sandbox.start_draft(one)
    desk.edit("a/one.md", "The text", "A new text")
    for _ in range(2):
        ran = desk.push("--format", "json")
        assert ran.code == 13
        (change,) = ran.json["changes"]
        assert (change["status"], "publish or discard it" in change["error"]) == ("held", True)
        assert (desk.root / ".helpsync/sandbox/baseline.json").read_bytes() == baseline
    if decided == "publish":
        desk.sandbox.publish_draft(one)
    else:
        desk.sandbox.discard_draft(one)
    ran = desk.push()
    assert (ran.code, len(ran.writes)) == (0, 0 if decided == "publish" else 1)
    assert "A new text" in desk.sandbox.article(one)["body"]
    assert desk.plan()["attention"] == []
    assert desk.push().writes == []


def test_what_an_overwrite_takes_back_is_said_in_every_form(desk: Desk) -> None:
    desk.sandbox.edit_article(number(desk, "One"), "fr", title="Premier")
    desk.sandbox.move_article(number(desk, "One"), group(desk, "B"))
    said = f"overwrites what was edited in Intercom: parent, fr title ({SAID})"
    shown = desk.push("--dry-run", "--overwrite-remote", "a/one").out
    assert f"    {said}\n" in shown
    assert "    parent: b/ → a/\n" in shown
    assert '    fr title: "Premier" → "one (fr)"\n' in shown


def test_an_overwrite_of_a_collection_is_not_one_of_what_is_in_it(desk: Desk) -> None:
    desk.sandbox.edit_group(group(desk, "A"), name="Theirs")
    desk.sandbox.edit_article(number(desk, "One"), title="Theirs too")
    assert len(desk.push("--overwrite-remote", "a/").writes) == 1
    assert noticed(desk)["address"] == "a/one"
    assert number(desk, "Theirs too")


@pytest.mark.parametrize("given", ["a/on", "a/*", "a", "content/a/one.md", ""])
def test_an_overwrite_takes_one_address_as_it_is(desk: Desk, given: str) -> None:
    desk.sandbox.edit_article(number(desk, "One"), title="Theirs")
    ran = desk.push("--overwrite-remote", given)
    assert (ran.code, ran.calls) == (2, [])
    assert "hint:" in ran.err


def test_an_address_given_without_need_is_said(desk: Desk) -> None:
    desk.write("content/a/free.md", "---\ntitle: Free\nsync: false\n---\nText.\n")
    desk.article("a/new.md", "New")
    for address in ("a/one", "a/new", "a/free"):
        shown = desk.push("--dry-run", "--overwrite-remote", address, "--format", "json").json["attention"]
        assert [(item["kind"], item["address"]) for item in shown] == [("warning", address)]
        assert "nothing to overwrite" in shown[0]["message"]


def test_what_a_teammate_wrote_in_a_draft_that_was_published_is_drift(desk: Desk) -> None:
    one = number(desk, "One")
    desk.sandbox.start_draft(one, title="Their title")
    desk.edit("a/one.md", "The text", "A new text")
    desk.push()
    desk.sandbox.publish_draft(one)
    drift = noticed(desk)
    assert (drift["kind"], drift["edits"]) == ("drift", {"en": {"title": {"from": "One", "to": "Their title"}}})
