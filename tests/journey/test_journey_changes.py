"""What a writer changes shows in the plan as what it is, and arrives as such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpsync.locales import LOCALES

if TYPE_CHECKING:
    from desk import Desk, MakeDesk


def only(plan: Any) -> Any:
    (change,) = plan["changes"]
    return change


def by_title(desk: Desk) -> dict[str, Any]:
    return {item["title"]: item for item in desk.sandbox.articles()}


def test_one_french_sentence_is_one_change_of_one_locale(desk: Desk) -> None:
    desk.push()
    desk.edit("billing/refunds.fr.md", "Trois jours", "Quatre jours")
    change = only(desk.plan())
    assert (change["action"], change["address"], list(change["locales"])) == ("update", "billing/refunds", ["fr"])
    diff = change["locales"]["fr"]["body"]["diff"].splitlines()
    assert [line for line in diff if line.startswith(("-", "+"))] == ["-Trois jours.", "+Quatre jours."]
    assert desk.diff("--exit-code").code == 10


def test_one_french_sentence_is_one_put_that_names_french_alone(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.collection("a/_collection.md", "A")
    desk.article("a/one.md", "One", "Text.\n")
    desk.article("a/one.fr.md", "Un", "Texte.\n")
    desk.article("a/one.de.md", "Eins", "Text.\n")
    desk.push()
    desk.edit("a/one.fr.md", "Texte", "Autre texte")
    (call,) = desk.push().writes
    assert call.method == "PUT"
    assert set(call.payload) == {"author_id", "translated_content"}
    assert set(call.payload["translated_content"]) == {"fr"}
    assert set(call.payload["translated_content"]["fr"]) >= {"title", "description", "body", "state", "author_id"}
    assert desk.push().writes == []


def test_several_locales_of_an_article_are_one_put(desk: Desk) -> None:
    desk.push()
    desk.edit("billing/refunds.fr.md", "Trois", "Quatre")
    desk.edit("billing/refunds.de.md", "Drei", "Vier")
    desk.edit("billing/refunds.md", "Three", "Four")
    identifier = by_title(desk)["Refunds"]["id"]
    ran = desk.push()
    (call,) = [call for call in ran.writes if call.path == f"/articles/{identifier}"]
    assert set(call.payload["translated_content"]) == {"fr", "de"}
    assert "Four" in call.payload["body"]
    assert desk.push().writes == []


def test_a_retitle_changes_only_the_title(desk: Desk) -> None:
    desk.push()
    desk.edit("billing/refunds.de.md", "Rückerstattungen", "Erstattungen")
    change = only(desk.plan())
    assert change["locales"] == {"de": {"title": {"from": "Rückerstattungen", "to": "Erstattungen"}}}
    desk.push()
    assert by_title(desk)["Refunds"]["translated_content"]["de"]["title"] == "Erstattungen"
    assert desk.push().writes == []


def test_a_move_into_a_section_keeps_the_article_and_its_links(desk: Desk) -> None:
    desk.push()
    before = by_title(desk)["Refunds"]["id"]
    for name in ("refunds.md", "refunds.fr.md", "refunds.de.md"):
        desk.move(f"billing/{name}", f"billing/invoices/{name}")
    desk.edit("billing/invoices/refunds.md", "invoices/paying.md", "paying.md")
    desk.edit("billing/invoices/paying.md", "../refunds.md", "refunds.md")
    desk.edit("billing/invoices/paying.fr.md", "../refunds.md", "refunds.md")
    change = only(desk.plan())
    assert change["action"] == "move"
    assert change["fields"] == {
        "parent": {"from": "billing/", "to": "billing/invoices/"},
        "address": {"from": "billing/refunds", "to": "billing/invoices/refunds"},
    }
    assert change["locales"] == {}
    (call,) = desk.push().writes
    assert set(call.payload) == {"author_id", "parent_id", "parent_type"}
    assert by_title(desk)["Refunds"]["id"] == before
    assert by_title(desk)["Refunds"]["parent_type"] == "section"
    assert desk.push().writes == []


def test_a_renamed_folder_writes_nothing(desk: Desk) -> None:
    desk.push()
    (desk.root / "content/billing").rename(desk.root / "content/money")
    assert desk.plan()["changes"] == []
    assert desk.push().writes == []
    assert desk.plan()["changes"] == []


def test_a_removed_translation_becomes_a_draft(desk: Desk) -> None:
    desk.push()
    desk.remove("billing/refunds.de.md")
    change = only(desk.plan())
    assert (change["action"], list(change["locales"])) == ("update", ["de"])
    assert change["locales"]["de"]["removed"] is True
    desk.push()
    blocks = by_title(desk)["Refunds"]["translated_content"]
    assert (blocks["de"]["state"], blocks["fr"]["state"]) == ("draft", "published")
    assert desk.push().writes == []


def test_a_removed_translation_that_comes_back_is_published_again(desk: Desk) -> None:
    desk.push()
    text = (desk.root / "content/billing/refunds.de.md").read_text(encoding="utf-8")
    desk.remove("billing/refunds.de.md")
    desk.push()
    desk.write("content/billing/refunds.de.md", text)
    desk.push()
    assert by_title(desk)["Refunds"]["translated_content"]["de"]["state"] == "published"
    assert desk.push().writes == []


def remove_paying(desk: Desk) -> None:
    desk.edit("billing/refunds.md", "See [paying](invoices/paying.md).\n", "")
    desk.push()
    desk.remove("billing/invoices/paying.md")
    desk.remove("billing/invoices/paying.fr.md")


def test_a_removed_article_is_unpublished_in_every_locale(desk: Desk) -> None:
    desk.push()
    remove_paying(desk)
    assert only(desk.plan())["action"] == "unpublish"
    desk.push()
    article = by_title(desk)["Paying"]
    assert (article["state"], article["translated_content"]["fr"]["state"]) == ("draft", "draft")
    assert desk.push().writes == []


def test_a_removed_article_that_comes_back_is_the_same_article(desk: Desk) -> None:
    desk.push()
    before = by_title(desk)["Paying"]["id"]
    english = (desk.root / "content/billing/invoices/paying.md").read_text(encoding="utf-8")
    remove_paying(desk)
    desk.push()
    desk.write("content/billing/invoices/paying.md", english)
    desk.push()
    assert by_title(desk)["Paying"]["id"] == before
    assert by_title(desk)["Paying"]["state"] == "published"
    assert desk.push().writes == []


def test_with_on_remove_delete_a_removed_article_is_deleted(make_desk: MakeDesk) -> None:
    desk = make_desk(config="default_locale: en\nauthor: docs@example.com\nstate: published\non_remove: delete\n")
    desk.collection("a/_collection.md", "A")
    desk.article("a/one.md", "One")
    desk.article("a/two.md", "Two")
    desk.push()
    desk.remove("a/two.md")
    assert only(desk.plan())["action"] == "delete"
    desk.push()
    assert set(by_title(desk)) == {"One"}
    assert desk.push().writes == []


def test_with_on_remove_keep_a_removed_article_stays_as_it_is(make_desk: MakeDesk) -> None:
    desk = make_desk(config="default_locale: en\nauthor: docs@example.com\nstate: published\non_remove: keep\n")
    desk.collection("a/_collection.md", "A")
    desk.article("a/one.md", "One")
    desk.article("a/two.md", "Two")
    desk.push()
    desk.remove("a/two.md")
    assert desk.push().writes == []
    assert by_title(desk)["Two"]["state"] == "published"


def test_an_emptied_collection_is_deleted_after_its_article(make_desk: MakeDesk) -> None:
    desk = make_desk(config="default_locale: en\nauthor: docs@example.com\non_remove: delete\n")
    desk.collection("a/_collection.md", "A")
    desk.collection("b/_collection.md", "B")
    desk.article("a/one.md", "One")
    desk.article("b/two.md", "Two")
    desk.push()
    desk.remove("b/two.md")
    desk.remove("b/_collection.md")
    ran = desk.push()
    assert [call.method for call in ran.writes] == ["DELETE", "DELETE"]
    assert [item["name"] for item in desk.sandbox.groups("collection")] == ["A"]


def test_a_collection_that_holds_unmanaged_articles_is_never_deleted(make_desk: MakeDesk) -> None:
    desk = make_desk(config="default_locale: en\nauthor: docs@example.com\non_remove: delete\n")
    desk.collection("a/_collection.md", "A")
    desk.collection("b/_collection.md", "B")
    desk.article("a/one.md", "One")
    desk.article("b/two.md", "Two")
    desk.push()
    parent = int(next(item["id"] for item in desk.sandbox.groups("collection") if item["name"] == "B"))
    admin = int(desk.api("GET", "/me")["id"])
    article = {"title": "By hand", "author_id": admin, "parent_id": parent, "parent_type": "collection"}
    desk.api("POST", "/articles", article)
    desk.remove("b/two.md")
    desk.remove("b/_collection.md")
    ran = desk.push()
    assert {item["name"] for item in desk.sandbox.groups("collection")} == {"A", "B"}
    assert "still holds 1" in ran.out


def test_a_collection_that_becomes_a_section_is_created_filled_and_deleted(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.collection("a/_collection.md", "A")
    desk.article("a/one.md", "One")
    desk.collection("b/_collection.md", "B")
    desk.article("b/two.md", "Two")
    desk.push()
    before = by_title(desk)["Two"]["id"]
    (desk.root / "content/b").rename(desk.root / "content/a/b")
    actions = {(change["action"], change["kind"], change["address"]) for change in desk.plan()["changes"]}
    assert actions == {("create", "section", "a/b/"), ("move", "article", "a/b/two"), ("delete", "collection", "b/")}
    assert desk.push().code == 0
    assert by_title(desk)["Two"]["id"] == before
    assert [item["name"] for item in desk.sandbox.groups("collection")] == ["A"]
    assert desk.push().writes == []


def test_an_article_that_leaves_its_collection_for_the_root_is_refused(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.collection("a/_collection.md", "A")
    desk.article("a/one.md", "One")
    desk.article("a/two.md", "Two")
    desk.push()
    desk.move("a/two.md", "two.md")
    ran = desk.push()
    assert ran.code == 11
    assert "cannot-unparent" in ran.err
    assert ran.writes == []


def test_what_the_file_does_not_say_is_not_changed(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.collection("a/_collection.md", "A")
    desk.article("a/one.md", "One", description="First")
    desk.article("a/one.fr.md", "Un")
    desk.push()
    (article,) = desk.sandbox.articles()
    desk.sandbox.edit_article(article["id"], "fr", description="Par un collègue")
    desk.edit("a/one.fr.md", "Some text", "Du texte")
    assert desk.push().code == 0
    french = by_title(desk)["One"]["translated_content"]["fr"]
    assert french["description"] == "Par un collègue"
    assert "Du texte" in french["body"]


def in_all_locales(make_desk: MakeDesk) -> Desk:
    codes = ", ".join(LOCALES)
    desk = make_desk(config=f"default_locale: en\nlocales: [{codes}]\nauthor: docs@example.com\nstate: published\n")
    for locale in LOCALES:
        end = "" if locale == "en" else f".{locale}"
        desk.collection(f"a/_collection{end}.md", f"A {locale}")
        desk.collection(f"a/b/_collection{end}.md", f"B {locale}")
        desk.article(f"a/b/one{end}.md", f"One {locale}", f"Text {locale}.\n")
    return desk


def test_an_article_in_all_37_locales_arrives(make_desk: MakeDesk) -> None:
    desk = in_all_locales(make_desk)
    actions = [(change["action"], change["kind"], len(change["locales"])) for change in desk.plan()["changes"]]
    assert actions == [("create", "collection", 37), ("create", "section", 37), ("create", "article", 37)]
    assert desk.push().code == 0
    blocks = by_title(desk)["One en"]["translated_content"]
    assert {locale for locale, block in blocks.items() if locale != "type" and block} == set(LOCALES)
    assert all(blocks[locale]["title"] == f"One {locale}" for locale in LOCALES)
    for kind, name in (("collection", "A"), ("section", "B")):
        (group,) = desk.sandbox.groups(kind)
        assert {group["translated_content"][locale]["name"] for locale in LOCALES} == {f"{name} {x}" for x in LOCALES}
    assert desk.push().writes == []


def test_an_article_in_all_37_locales_goes_through_every_change(make_desk: MakeDesk) -> None:
    desk = in_all_locales(make_desk)
    desk.push()
    (before,) = desk.sandbox.articles()

    def step(action: str, locales: set[str]) -> None:
        change = only(desk.plan())
        assert (change["action"], change["address"].rpartition("/")[2]) == (action, "one")
        assert set(change["locales"]) == locales
        ran = desk.push()
        assert (ran.code, len(ran.writes)) == (0, 1), ran.err
        assert desk.push().writes == []

    files = {locale: f"one{'' if locale == 'en' else f'.{locale}'}.md" for locale in LOCALES}
    for locale, name in files.items():
        desk.edit(f"a/b/{name}", f"Text {locale}", f"Changed {locale}")
    step("update", set(LOCALES))
    for locale, name in files.items():
        desk.edit(f"a/b/{name}", f"One {locale}", f"Renamed {locale}")
    step("update", set(LOCALES))
    for name in files.values():
        desk.move(f"a/b/{name}", f"a/{name}")
    step("move", set())
    for name in files.values():
        desk.move(f"a/{name}", f"a/b/{name}")
    step("move", set())
    desk.remove("a/b/one.zh-TW.md")
    step("update", {"zh-TW"})
    for locale, name in files.items():
        if locale != "zh-TW":
            desk.remove(f"a/b/{name}")
    step("unpublish", set(LOCALES) - {"zh-TW"})
    (after,) = desk.sandbox.articles()
    assert after["id"] == before["id"]
    assert {after["translated_content"][locale]["state"] for locale in LOCALES} == {"draft"}
    assert after["translated_content"]["ja"]["title"] == "Renamed ja"
    assert "Changed ja" in after["translated_content"]["ja"]["body"]


def test_a_collection_and_a_section_in_all_37_locales_go_through_every_change(make_desk: MakeDesk) -> None:
    desk = in_all_locales(make_desk)
    desk.push()
    before = {kind: desk.sandbox.groups(kind)[0]["id"] for kind in ("collection", "section")}
    ends = {locale: "" if locale == "en" else f".{locale}" for locale in LOCALES}
    for locale, end in ends.items():
        desk.edit(f"a/_collection{end}.md", f"A {locale}", f"Renamed A {locale}")
        desk.edit(f"a/b/_collection{end}.md", f"B {locale}", f"Renamed B {locale}")
    changes = desk.plan()["changes"]
    assert [(c["action"], c["kind"], len(c["locales"])) for c in changes] == [
        ("update", "collection", 37),
        ("update", "section", 37),
    ]
    assert len(desk.push().writes) == 2
    for kind, name in (("collection", "A"), ("section", "B")):
        (group,) = desk.sandbox.groups(kind)
        assert group["id"] == before[kind]
        names = {group["translated_content"][locale]["name"] for locale in LOCALES}
        assert names == {f"Renamed {name} {locale}" for locale in LOCALES}
    desk.remove("a/_collection.ja.md")
    assert desk.plan()["attention"][0]["locales"] == ["ja"]
    assert desk.push().writes == []
    assert desk.plan()["attention"] == []
