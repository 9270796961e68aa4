"""What a writer changes shows in the plan as what it is, and arrives as such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from helpsync.locales import LOCALES

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Workspace


def only(plan: Any) -> Any:
    (change,) = plan["changes"]
    return change


def by_title(workspace: Workspace) -> dict[str, Any]:
    return {item["title"]: item for item in workspace.sandbox.articles()}


def test_one_french_sentence_is_one_change_of_one_locale(workspace: Workspace) -> None:
    workspace.push()
    workspace.edit("billing/refunds.fr.md", "Trois jours", "Quatre jours")
    change = only(workspace.plan())
    assert (change["action"], change["address"], list(change["locales"])) == ("update", "billing/refunds", ["fr"])
    diff = change["locales"]["fr"]["body"]["diff"].splitlines()
    assert [line for line in diff if line.startswith(("-", "+"))] == ["-Trois jours.", "+Quatre jours."]
    assert workspace.diff("--exit-code").code == 10


def test_one_french_sentence_is_one_put_that_names_french_alone(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "Text.\n")
    workspace.article("a/one.fr.md", "Un", "Texte.\n")
    workspace.article("a/one.de.md", "Eins", "Text.\n")
    workspace.push()
    workspace.edit("a/one.fr.md", "Texte", "Autre texte")
    (call,) = workspace.push().writes
    assert call.method == "PUT"
    assert set(call.payload) == {"author_id", "translated_content"}
    assert set(call.payload["translated_content"]) == {"fr"}
    assert set(call.payload["translated_content"]["fr"]) >= {"title", "description", "body", "state", "author_id"}
    assert workspace.push().writes == []


def test_several_locales_of_an_article_are_one_put(workspace: Workspace) -> None:
    workspace.push()
    workspace.edit("billing/refunds.fr.md", "Trois", "Quatre")
    workspace.edit("billing/refunds.de.md", "Drei", "Vier")
    workspace.edit("billing/refunds.md", "Three", "Four")
    identifier = by_title(workspace)["Refunds"]["id"]
    ran = workspace.push()
    (call,) = [call for call in ran.writes if call.path == f"/articles/{identifier}"]
    assert set(call.payload["translated_content"]) == {"fr", "de"}
    assert "Four" in call.payload["body"]
    assert workspace.push().writes == []


def test_a_retitle_changes_only_the_title(workspace: Workspace) -> None:
    workspace.push()
    workspace.edit("billing/refunds.de.md", "Rückerstattungen", "Erstattungen")
    change = only(workspace.plan())
    assert change["locales"] == {"de": {"title": {"from": "Rückerstattungen", "to": "Erstattungen"}}}
    workspace.push()
    assert by_title(workspace)["Refunds"]["translated_content"]["de"]["title"] == "Erstattungen"
    assert workspace.push().writes == []


def test_a_move_into_a_section_keeps_the_article_and_its_links(workspace: Workspace) -> None:
    workspace.push()
    before = by_title(workspace)["Refunds"]["id"]
    for name in ("refunds.md", "refunds.fr.md", "refunds.de.md"):
        workspace.move(f"billing/{name}", f"billing/invoices/{name}")
    workspace.edit("billing/invoices/refunds.md", "invoices/paying.md", "paying.md")
    workspace.edit("billing/invoices/paying.md", "../refunds.md", "refunds.md")
    workspace.edit("billing/invoices/paying.fr.md", "../refunds.md", "refunds.md")
    change = only(workspace.plan())
    assert change["action"] == "move"
    assert change["fields"] == {
        "parent": {"from": "billing/", "to": "billing/invoices/"},
        "address": {"from": "billing/refunds", "to": "billing/invoices/refunds"},
    }
    assert change["locales"] == {}
    (call,) = workspace.push().writes
    assert set(call.payload) == {"author_id", "parent_id", "parent_type"}
    assert by_title(workspace)["Refunds"]["id"] == before
    assert by_title(workspace)["Refunds"]["parent_type"] == "section"
    assert workspace.push().writes == []


def test_a_renamed_folder_writes_nothing(workspace: Workspace) -> None:
    workspace.push()
    (workspace.root / "content/billing").rename(workspace.root / "content/money")
    assert workspace.plan()["changes"] == []
    assert workspace.push().writes == []
    assert workspace.plan()["changes"] == []


def test_a_removed_translation_becomes_a_draft(workspace: Workspace) -> None:
    workspace.push()
    workspace.remove("billing/refunds.de.md")
    change = only(workspace.plan())
    assert (change["action"], list(change["locales"])) == ("update", ["de"])
    assert change["locales"]["de"]["removed"] is True
    workspace.push()
    blocks = by_title(workspace)["Refunds"]["translated_content"]
    assert (blocks["de"]["state"], blocks["fr"]["state"]) == ("draft", "published")
    assert workspace.push().writes == []


def test_a_removed_translation_that_comes_back_is_published_again(workspace: Workspace) -> None:
    workspace.push()
    text = (workspace.root / "content/billing/refunds.de.md").read_text(encoding="utf-8")
    workspace.remove("billing/refunds.de.md")
    workspace.push()
    workspace.write("content/billing/refunds.de.md", text)
    workspace.push()
    assert by_title(workspace)["Refunds"]["translated_content"]["de"]["state"] == "published"
    assert workspace.push().writes == []


def remove_paying(workspace: Workspace) -> None:
    workspace.edit("billing/refunds.md", "See [paying](invoices/paying.md).\n", "")
    workspace.push()
    workspace.remove("billing/invoices/paying.md")
    workspace.remove("billing/invoices/paying.fr.md")


def test_a_removed_article_is_unpublished_in_every_locale(workspace: Workspace) -> None:
    workspace.push()
    remove_paying(workspace)
    assert only(workspace.plan())["action"] == "unpublish"
    workspace.push()
    article = by_title(workspace)["Paying"]
    assert (article["state"], article["translated_content"]["fr"]["state"]) == ("draft", "draft")
    assert workspace.push().writes == []


def test_a_removed_article_that_comes_back_is_the_same_article(workspace: Workspace) -> None:
    workspace.push()
    before = by_title(workspace)["Paying"]["id"]
    english = (workspace.root / "content/billing/invoices/paying.md").read_text(encoding="utf-8")
    remove_paying(workspace)
    workspace.push()
    workspace.write("content/billing/invoices/paying.md", english)
    workspace.push()
    assert by_title(workspace)["Paying"]["id"] == before
    assert by_title(workspace)["Paying"]["state"] == "published"
    assert workspace.push().writes == []


def test_with_on_remove_delete_a_removed_article_is_deleted(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(
        config="default_locale: en\nauthor: docs@example.com\nstate: published\non_remove: delete\n"
    )
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One")
    workspace.article("a/two.md", "Two")
    workspace.push()
    workspace.remove("a/two.md")
    assert only(workspace.plan())["action"] == "delete"
    workspace.push()
    assert set(by_title(workspace)) == {"One"}
    assert workspace.push().writes == []


def test_with_on_remove_keep_a_removed_article_stays_as_it_is(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(
        config="default_locale: en\nauthor: docs@example.com\nstate: published\non_remove: keep\n"
    )
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One")
    workspace.article("a/two.md", "Two")
    workspace.push()
    workspace.remove("a/two.md")
    assert workspace.push().writes == []
    assert by_title(workspace)["Two"]["state"] == "published"


def test_an_emptied_collection_is_deleted_after_its_article(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(config="default_locale: en\nauthor: docs@example.com\non_remove: delete\n")
    workspace.collection("a/_collection.md", "A")
    workspace.collection("b/_collection.md", "B")
    workspace.article("a/one.md", "One")
    workspace.article("b/two.md", "Two")
    workspace.push()
    workspace.remove("b/two.md")
    workspace.remove("b/_collection.md")
    ran = workspace.push()
    assert [call.method for call in ran.writes] == ["DELETE", "DELETE"]
    assert [item["name"] for item in workspace.sandbox.groups("collection")] == ["A"]


def test_a_collection_that_holds_unmanaged_articles_is_never_deleted(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(config="default_locale: en\nauthor: docs@example.com\non_remove: delete\n")
    workspace.collection("a/_collection.md", "A")
    workspace.collection("b/_collection.md", "B")
    workspace.article("a/one.md", "One")
    workspace.article("b/two.md", "Two")
    workspace.push()
    parent = int(next(item["id"] for item in workspace.sandbox.groups("collection") if item["name"] == "B"))
    admin = int(workspace.api("GET", "/me")["id"])
    article = {"title": "By hand", "author_id": admin, "parent_id": parent, "parent_type": "collection"}
    workspace.api("POST", "/articles", article)
    workspace.remove("b/two.md")
    workspace.remove("b/_collection.md")
    ran = workspace.push()
    assert {item["name"] for item in workspace.sandbox.groups("collection")} == {"A", "B"}
    assert "still has 1 item in Intercom" in ran.out


def test_a_collection_that_becomes_a_section_is_created_filled_and_deleted(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One")
    workspace.collection("b/_collection.md", "B")
    workspace.article("b/two.md", "Two")
    workspace.push()
    before = by_title(workspace)["Two"]["id"]
    (workspace.root / "content/b").rename(workspace.root / "content/a/b")
    actions = {(change["action"], change["kind"], change["address"]) for change in workspace.plan()["changes"]}
    assert actions == {("create", "section", "a/b/"), ("move", "article", "a/b/two"), ("delete", "collection", "b/")}
    assert workspace.push().code == 0
    assert by_title(workspace)["Two"]["id"] == before
    assert [item["name"] for item in workspace.sandbox.groups("collection")] == ["A"]
    assert workspace.push().writes == []


def test_an_article_that_leaves_its_collection_for_the_root_is_refused(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One")
    workspace.article("a/two.md", "Two")
    workspace.push()
    workspace.move("a/two.md", "two.md")
    ran = workspace.push()
    assert ran.code == 11
    assert "cannot-unparent" in ran.err
    assert ran.writes == []


def test_what_the_file_does_not_say_is_not_changed(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", description="First")
    workspace.article("a/one.fr.md", "Un")
    workspace.push()
    (article,) = workspace.sandbox.articles()
    workspace.sandbox.edit_article(article["id"], "fr", description="Par un collègue")
    workspace.edit("a/one.fr.md", "Some text", "Du texte")
    assert workspace.push().code == 0
    french = by_title(workspace)["One"]["translated_content"]["fr"]
    assert french["description"] == "Par un collègue"
    assert "Du texte" in french["body"]


def in_all_locales(make_workspace: MakeWorkspace) -> Workspace:
    codes = ", ".join(LOCALES)
    workspace = make_workspace(
        config=f"default_locale: en\nlocales: [{codes}]\nauthor: docs@example.com\nstate: published\n"
    )
    for locale in LOCALES:
        end = "" if locale == "en" else f".{locale}"
        workspace.collection(f"a/_collection{end}.md", f"A {locale}")
        workspace.collection(f"a/b/_collection{end}.md", f"B {locale}")
        workspace.article(f"a/b/one{end}.md", f"One {locale}", f"Text {locale}.\n")
    return workspace


def test_an_article_in_all_37_locales_arrives(make_workspace: MakeWorkspace) -> None:
    workspace = in_all_locales(make_workspace)
    actions = [(change["action"], change["kind"], len(change["locales"])) for change in workspace.plan()["changes"]]
    assert actions == [("create", "collection", 37), ("create", "section", 37), ("create", "article", 37)]
    assert workspace.push().code == 0
    blocks = by_title(workspace)["One en"]["translated_content"]
    assert {locale for locale, block in blocks.items() if locale != "type" and block} == set(LOCALES)
    assert all(blocks[locale]["title"] == f"One {locale}" for locale in LOCALES)
    for kind, name in (("collection", "A"), ("section", "B")):
        (group,) = workspace.sandbox.groups(kind)
        assert {group["translated_content"][locale]["name"] for locale in LOCALES} == {f"{name} {x}" for x in LOCALES}
    assert workspace.push().writes == []


@pytest.mark.slow
def test_an_article_in_all_37_locales_goes_through_every_change(make_workspace: MakeWorkspace) -> None:
    workspace = in_all_locales(make_workspace)
    workspace.push()
    (before,) = workspace.sandbox.articles()

    def step(action: str, locales: set[str]) -> None:
        change = only(workspace.plan())
        assert (change["action"], change["address"].rpartition("/")[2]) == (action, "one")
        assert set(change["locales"]) == locales
        ran = workspace.push()
        assert (ran.code, len(ran.writes)) == (0, 1), ran.err
        assert workspace.push().writes == []

    files = {locale: f"one{'' if locale == 'en' else f'.{locale}'}.md" for locale in LOCALES}
    for locale, name in files.items():
        workspace.edit(f"a/b/{name}", f"Text {locale}", f"Changed {locale}")
    step("update", set(LOCALES))
    for locale, name in files.items():
        workspace.edit(f"a/b/{name}", f"One {locale}", f"Renamed {locale}")
    step("update", set(LOCALES))
    for name in files.values():
        workspace.move(f"a/b/{name}", f"a/{name}")
    step("move", set())
    for name in files.values():
        workspace.move(f"a/{name}", f"a/b/{name}")
    step("move", set())
    workspace.remove("a/b/one.zh-TW.md")
    step("update", {"zh-TW"})
    for locale, name in files.items():
        if locale != "zh-TW":
            workspace.remove(f"a/b/{name}")
    step("unpublish", set(LOCALES) - {"zh-TW"})
    (after,) = workspace.sandbox.articles()
    assert after["id"] == before["id"]
    assert {after["translated_content"][locale]["state"] for locale in LOCALES} == {"draft"}
    assert after["translated_content"]["ja"]["title"] == "Renamed ja"
    assert "Changed ja" in after["translated_content"]["ja"]["body"]


def test_a_collection_and_a_section_in_all_37_locales_go_through_every_change(make_workspace: MakeWorkspace) -> None:
    workspace = in_all_locales(make_workspace)
    workspace.push()
    before = {kind: workspace.sandbox.groups(kind)[0]["id"] for kind in ("collection", "section")}
    ends = {locale: "" if locale == "en" else f".{locale}" for locale in LOCALES}
    for locale, end in ends.items():
        workspace.edit(f"a/_collection{end}.md", f"A {locale}", f"Renamed A {locale}")
        workspace.edit(f"a/b/_collection{end}.md", f"B {locale}", f"Renamed B {locale}")
    changes = workspace.plan()["changes"]
    assert [(c["action"], c["kind"], len(c["locales"])) for c in changes] == [
        ("update", "collection", 37),
        ("update", "section", 37),
    ]
    assert len(workspace.push().writes) == 2
    for kind, name in (("collection", "A"), ("section", "B")):
        (group,) = workspace.sandbox.groups(kind)
        assert group["id"] == before[kind]
        names = {group["translated_content"][locale]["name"] for locale in LOCALES}
        assert names == {f"Renamed {name} {locale}" for locale in LOCALES}
    workspace.remove("a/_collection.ja.md")
    assert workspace.plan()["attention"][0]["locales"] == ["ja"]
    assert workspace.push().writes == []
    assert workspace.plan()["attention"] == []
