"""What a push takes from readers: counted, listed with what leads there, and refused beyond the limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from desk import LIMITED, crowd

if TYPE_CHECKING:
    from desk import Desk, MakeDesk


def stored(desk: Desk, title: str) -> Any:
    (found,) = [item for item in desk.sandbox.articles() if item["title"] == title]
    return found


def bilingual(desk: Desk, count: int) -> Desk:
    crowd(desk, count)
    for number in range(count):
        desk.article(f"a/n{number}.fr.md", f"Nombre {number}", f"Texte {number}.\n")
    assert desk.push().code == 0
    return desk


def test_translations_that_leave_articles_that_stay_are_a_share_of_their_locale(make_desk: MakeDesk) -> None:
    desk = bilingual(make_desk(LIMITED), 5)
    desk.remove("a/n0.fr.md")
    assert desk.diff("--format", "json").json["refusal"] is None
    desk.remove("a/n1.fr.md")
    ran = desk.push()
    assert (ran.code, ran.writes) == (12, [])
    assert "2 of 5 published fr translations (40%, limit 30%)" in ran.err


def test_an_article_with_translations_counts_once(make_desk: MakeDesk) -> None:
    desk = bilingual(make_desk(LIMITED), 4)
    desk.remove("a/n0.md")
    desk.remove("a/n0.fr.md")
    losses = desk.plan()["losses"]
    assert [(loss["address"], loss["locale"], len(loss["urls"])) for loss in losses] == [("a/n0", None, 2)]
    assert desk.push().code == 0


def test_moved_and_renamed_articles_are_no_loss(make_desk: MakeDesk) -> None:
    desk = make_desk(LIMITED + "on_remove: delete\n")
    crowd(desk, 4)
    desk.push()
    desk.collection("b/_collection.md", "B")
    for number in range(4):
        desk.move(f"a/n{number}.md", f"b/m{number}.md")
    desk.remove("a/_collection.md")
    assert desk.plan()["losses"] == []
    assert desk.push().code == 0


def test_files_that_are_kept_in_intercom_are_no_loss(make_desk: MakeDesk) -> None:
    desk = make_desk(LIMITED + "on_remove: keep\n")
    crowd(desk, 4)
    desk.push()
    for number in range(3):
        desk.remove(f"a/n{number}.md")
    assert desk.plan()["losses"] == []
    assert desk.push().code == 0


def test_deletions_count_as_well(make_desk: MakeDesk) -> None:
    desk = make_desk(LIMITED + "on_remove: delete\n")
    crowd(desk, 4)
    desk.push()
    for number in range(2):
        desk.remove(f"a/n{number}.md")
    ran = desk.push()
    assert (ran.code, ran.writes) == (12, [])


def test_drafts_that_go_are_no_loss_and_no_share(make_desk: MakeDesk) -> None:
    desk = make_desk(LIMITED)
    crowd(desk, 5)
    for number in range(5, 9):
        desk.article(f"a/n{number}.md", f"Number {number}", "Text.\n", state="draft")
    desk.push()
    for number in range(5, 8):
        desk.remove(f"a/n{number}.md")
    desk.remove("a/n0.md")
    assert desk.diff("--format", "json").json["refusal"] is None
    desk.remove("a/n1.md")
    assert "2 of 5 published articles" in desk.push().err


def test_an_article_that_is_left_alone_is_neither_lost_nor_part_of_the_share(make_desk: MakeDesk) -> None:
    desk = make_desk(LIMITED)
    crowd(desk, 6)
    desk.push()
    desk.write("content/a/n5.md", "---\ntitle: Number 5\nsync: false\nstate: draft\n---\nText 5.\n")
    desk.remove("a/n0.md")
    desk.remove("a/n1.md")
    ran = desk.push()
    assert ran.code == 12
    assert "2 of 5 published articles" in ran.err


def test_what_a_conflict_holds_back_is_no_loss(make_desk: MakeDesk) -> None:
    desk = make_desk(LIMITED)
    crowd(desk, 4)
    desk.push()
    for number in range(2):
        desk.article(f"a/n{number}.md", f"Number {number}", f"Anew {number}.\n", state="draft")
        desk.sandbox.edit_article(stored(desk, f"Number {number}")["id"], "en", body="<p>By hand.</p>")
    assert desk.plan()["losses"] == []
    assert desk.push().code == 13


def test_only_the_named_help_center_counts(make_desk: MakeDesk) -> None:
    desk = make_desk(LIMITED, help_centers=("first-brand", "second-brand"))
    brands = desk.api("GET", "/help_center/help_centers")["data"]
    first, second = (brand["id"] for brand in brands)
    theirs = desk.api("POST", "/help_center/collections", {"name": "Theirs", "help_center_id": int(second)})
    author = int(desk.api("GET", "/me")["id"])
    for number in range(20):
        parent = {"parent_id": int(theirs["id"]), "parent_type": "collection"}
        article = {"title": f"Theirs {number}", "author_id": author, "state": "published", **parent}
        desk.api("POST", "/articles", article)
    desk.write("helpsync.yaml", LIMITED.replace("{}", f"{{help_center: {first}}}"))
    crowd(desk, 4)
    assert desk.push().code == 0
    desk.remove("a/n0.md")
    desk.remove("a/n1.md")
    ran = desk.push()
    assert ran.code == 12
    assert "2 of 4 published articles" in ran.err


def test_all_losses_have_to_be_allowed_together(make_desk: MakeDesk) -> None:
    desk = bilingual(make_desk(LIMITED), 5)
    for number in range(2):
        desk.remove(f"a/n{number}.md")
        desk.remove(f"a/n{number}.fr.md")
    desk.remove("a/n4.fr.md")
    ran = desk.push("--allow-remove", "2")
    assert (ran.code, ran.writes) == (12, [])
    assert "--allow-remove 3" in ran.err
    assert desk.push("--allow-remove", "3").code == 0


def test_more_may_be_allowed_than_goes(make_desk: MakeDesk) -> None:
    desk = make_desk(LIMITED)
    crowd(desk, 4)
    desk.push()
    desk.remove("a/n0.md")
    desk.remove("a/n1.md")
    assert desk.push("--allow-remove", "99").code == 0


EMPTY = "<!-- later -->\n"


def test_a_text_that_shows_nothing_any_more_is_a_loss(make_desk: MakeDesk) -> None:
    desk = bilingual(make_desk(LIMITED + "rules: {missing-body: warn}\n"), 5)
    desk.article("a/n0.fr.md", "Nombre 0", EMPTY)
    assert [(each["address"], each["locale"]) for each in desk.plan()["losses"]] == [("a/n0", "fr")]
    desk.article("a/n1.fr.md", "Nombre 1", EMPTY)
    ran = desk.push()
    assert (ran.code, ran.writes) == (12, [])
    assert "2 of 5 published fr translations (40%, limit 30%)" in ran.err


def test_what_a_teammate_published_is_not_emptied_by_files_that_are_drafts(make_desk: MakeDesk) -> None:
    desk = make_desk(LIMITED.replace("state: published", "state: draft"))
    crowd(desk, 1)
    desk.push()
    desk.sandbox.edit_article(stored(desk, "Number 0")["id"], state="published")
    assert desk.push().code == 0
    desk.article("a/n0.md", "Number 0", EMPTY)
    ran = desk.push()
    assert (ran.code, ran.writes) == (11, [])
    assert "content/a/n0.md:1: error: the text shows nothing, but readers of en can open it" in ran.err


@pytest.fixture
def linked(make_desk: MakeDesk) -> Desk:
    """Give a desk with a page that is about to go, and pages of all kinds that link to it."""
    desk = make_desk(LIMITED)
    desk.collection("a/_collection.md", "A")
    desk.article("a/target.md", "Target", "# How\n\nText.\n")
    desk.article("a/target.fr.md", "Cible", "Texte.\n")
    desk.article("a/stays.md", "Stays", "See [it](target.md#how), and [again](target.md).\n")
    desk.article("a/stays.fr.md", "Reste", "Voir [ici](target.fr.md).\n")
    desk.article("a/rewritten.md", "Rewritten", "See [it](target.md).\n")
    desk.article("a/hidden.md", "Hidden", "See [it](target.md).\n", state="draft")
    for number in range(8):
        desk.article(f"a/other-{number}.md", f"Other {number}")
    assert desk.push().code == 0
    url = stored(desk, "Target")["url"]
    by_hand = {"title": "Old FAQ", "author_id": int(desk.api("GET", "/me")["id"]), "state": "published"}
    desk.api("POST", "/articles", {**by_hand, "body": f'<p><a href="{url}">there</a></p>'})
    hidden = {"title": "Not out yet", "state": "draft", "body": f'<p><a href="{url}">there</a></p>'}
    desk.api("POST", "/articles", {**by_hand, **hidden})
    desk.api("POST", "/articles", {**by_hand, "title": "Elsewhere", "body": f"<p>{url} is no link</p>"})
    return desk


def leave(desk: Desk) -> None:
    """Remove the page, and the link to it from one of the files; the others keep theirs by a full address."""
    url = stored(desk, "Target")["url"]
    desk.remove("a/target.md")
    desk.remove("a/target.fr.md")
    desk.edit("a/rewritten.md", "See [it](target.md).", "Nothing to see.")
    desk.edit("a/hidden.md", "See [it](target.md).", "Nothing to see.")
    desk.edit("a/stays.md", "See [it](target.md#how), and [again](target.md).", f"See [it]({url}).")
    desk.edit("a/stays.fr.md", "(target.fr.md)", f"({url.replace('/en/', '/fr/')})")


def test_links_that_would_lead_nowhere_are_named_once_each(linked: Desk) -> None:
    leave(linked)
    (loss,) = linked.plan()["losses"]
    faq = stored(linked, "Old FAQ")["id"]
    assert (loss["address"], loss["locale"]) == ("a/target", None)
    assert len(loss["urls"]) == 2
    assert loss["inbound"] == [f"Old FAQ #{faq} (en)", "a/stays (en)", "a/stays (fr)"]


def test_links_of_a_page_that_becomes_a_draft_in_the_same_push_lead_no_reader_astray(linked: Desk) -> None:
    leave(linked)
    linked.edit("a/stays.md", "title:", "state: draft\ntitle:")
    inbound = {loss["address"]: loss["inbound"] for loss in linked.plan()["losses"]}
    faq = stored(linked, "Old FAQ")["id"]
    assert inbound["a/target"] == [f"Old FAQ #{faq} (en)", "a/stays (fr)"]


def test_links_to_a_translation_that_goes_are_those_to_that_locale(linked: Desk) -> None:
    linked.remove("a/target.fr.md")
    linked.edit("a/stays.fr.md", "[ici](target.fr.md)", "ici")
    linked.edit("a/rewritten.md", "(target.md)", f"({stored(linked, 'Target')['url'].replace('/en/', '/fr/')})")
    (loss,) = linked.plan()["losses"]
    assert (loss["address"], loss["locale"], loss["inbound"]) == ("a/target", "fr", ["a/rewritten (en)"])


def test_the_refusal_lists_what_readers_would_lose(linked: Desk) -> None:
    url = stored(linked, "Target")["url"]
    linked.write("helpsync.yaml", LIMITED.replace("30%", "0%"))
    leave(linked)
    ran = linked.push()
    assert (ran.code, ran.writes) == (12, [])
    assert "readers lose 1 published page" in ran.err
    assert url in ran.err
    assert "linked from Old FAQ" in ran.err


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_plan_lists_what_readers_would_lose(linked: Desk, form: str) -> None:
    url = stored(linked, "Target")["url"]
    leave(linked)
    out = linked.diff("--format", form).out
    assert "eaders lose 1 published page" in out
    assert url in out
    assert "linked from Old FAQ" in out


def test_a_plan_without_losses_says_nothing_of_them(linked: Desk) -> None:
    linked.edit("a/other-0.md", "Some", "Any")
    assert linked.plan()["losses"] == []
    assert "lose" not in linked.diff().out
    assert "lose" not in linked.diff("--format", "markdown").out


def test_links_from_a_file_that_an_edit_by_hand_holds_back_count_as_readers_have_them(linked: Desk) -> None:
    url = stored(linked, "Target")["url"]
    leave(linked)
    body = f'<p>By hand: <a href="{url}">x</a></p>'
    linked.sandbox.edit_article(stored(linked, "Rewritten")["id"], "en", body=body)
    assert "a/rewritten (en)" in linked.plan()["losses"][0]["inbound"]


def test_a_dry_run_of_a_push_lists_them_too(linked: Desk) -> None:
    leave(linked)
    event = json.loads(linked.push("--dry-run", "--format", "jsonl").out)
    assert len(event["losses"]) == 1
