"""Articles over the API: required fields, locales, states, parents, and what a PUT does not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox_client import Api, MakeApi


AUTHOR_MISSING = "author_id must be in the main body or default locale translated_content object"


def test_an_article_is_answered_as_documented(api: Api) -> None:
    parent = api.collection()
    made = api.post(
        "/articles",
        title="Thanks for everything",
        description="Description",
        body="Body of the Article",
        author_id=api.ann,
        state="published",
        parent_id=parent,
        parent_type="collection",
    )
    assert made["body"] == '<p class="no-margin">Body of the Article</p>'
    assert made["url"] == f"http://localhost:8321/en/articles/{made['id']}-thanks-for-everything"
    assert (made["parent_id"], made["parent_ids"], made["parent_type"]) == (parent, [parent], "collection")
    assert made["workspace_id"] == api.sandbox.workspace_id
    assert made["statistics"]["type"] == "article_statistics"
    assert api.get(f"/articles/{made['id']}") == made


def test_a_list_item_is_the_whole_article_but_for_the_statistics(api: Api) -> None:
    made = api.article(body="<p>x</p>", translated_content={"fr": {"title": "F", "body": "<p>y</p>"}})
    (item,) = api.get("/articles")["data"]
    assert item == {key: value for key, value in made.items() if key != "statistics"}


def test_a_new_article_is_a_draft_without_url_and_parent(api: Api) -> None:
    made = api.post("/articles", title="x", author_id=api.ann)
    assert (made["state"], made["url"], made["parent_id"], made["parent_ids"]) == ("draft", None, None, [])


def test_an_article_needs_title_and_author(api: Api) -> None:
    assert api.refused("POST", "/articles", json={"title": "x"}) == (400, "parameter_not_found", AUTHOR_MISSING)
    assert api.refused("POST", "/articles", json={"author_id": api.ann})[:2] == (400, "parameter_not_found")


def test_title_and_author_may_be_in_the_default_locale_block(api: Api) -> None:
    made = api.post("/articles", translated_content={"en": {"title": "x", "author_id": api.ann, "body": "b"}})
    assert (made["title"], made["author_id"]) == ("x", api.ann)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": 1},
        {"title": None},
        {"title": " "},
        {"description": 5},
        {"body": None},
        {"body": ["x"]},
        {"author_id": "1"},
        {"author_id": True},
        {"author_id": 1},
        {"state": "live"},
        {"state": None},
        {"parent_id": "12"},
        {"parent_id": 12},
        {"parent_id": -1},
        {"parent_id": 2**70},
        {"parent_type": "folder", "parent_id": 1},
        {"translated_content": []},
        {"translated_content": {"pt_BR": {"title": "x"}}},
        {"translated_content": {"xx": None}},
        {"translated_content": {"fr": "x"}},
        {"translated_content": {"fr": {"state": "live"}}},
        {"translated_content": {"fr": {"author_id": 1}}},
        {"translated_content": {"fr": {"title": 1}}},
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_nothing_is_written(api: Api, fields: dict[str, Any]) -> None:
    request = {"title": "x", "author_id": api.ann} | fields
    assert api.refused("POST", "/articles", json=request)[:2] == (400, "parameter_invalid")
    assert api.get("/articles")["total_count"] == 0


def test_a_refused_update_changes_nothing_at_all(api: Api) -> None:
    made = api.article(body="<p>old</p>")
    wrong = {"title": "new", "translated_content": {"fr": {"title": "x", "body": "<dl></dl>"}}}
    status, _, message = api.refused("PUT", f"/articles/{made['id']}", json=wrong)
    assert status == 400
    assert "fr" in message
    assert api.get(f"/articles/{made['id']}") == made


def test_a_missing_article_is_not_found(api: Api) -> None:
    for method in ("GET", "PUT", "DELETE"):
        options: dict[str, Any] = {"json": {}} if method == "PUT" else {}
        assert api.refused(method, "/articles/77", **options)[:2] == (404, "not_found")


def test_delete_answers_as_documented(api: Api) -> None:
    number = api.article()["id"]
    assert api.delete(f"/articles/{number}") == {"id": number, "object": "article", "deleted": True}
    assert api.refused("GET", f"/articles/{number}")[0] == 404
    assert api.article()["id"] != number


def test_a_put_changes_only_what_it_names(api: Api) -> None:
    made = api.article(description="d", body="<p>b</p>")
    changed = api.put(f"/articles/{made['id']}", title="New", author_id=api.ann)
    assert changed == made | {
        "title": "New",
        "url": made["url"].replace("refunds", "new"),
        "translated_content": made["translated_content"] | {"en": changed["translated_content"]["en"]},
    }


def test_an_author_that_is_left_out_becomes_the_tokens_own(api: Api) -> None:
    made = api.article(translated_content={"fr": {"title": "F", "author_id": api.ann}})
    changed = api.put(f"/articles/{made['id']}", title="New")
    assert changed["author_id"] == api.own
    assert changed["translated_content"]["fr"]["author_id"] == api.ann
    changed = api.put(f"/articles/{made['id']}", author_id=api.ann, translated_content={"fr": {"title": "G"}})
    assert changed["author_id"] == api.ann
    assert changed["translated_content"]["fr"]["author_id"] == api.own


def test_naming_the_same_author_changes_nothing(api: Api) -> None:
    made = api.article()
    api.clock.now += 50
    changed = api.put(f"/articles/{made['id']}", author_id=api.ann)
    assert changed == made


def test_an_edit_of_a_translation_does_not_change_the_top_level_time(api: Api) -> None:
    made = api.article(translated_content={"fr": {"title": "F", "author_id": api.ann}})
    other = api.article()
    api.clock.now += 50
    changed = api.put(
        f"/articles/{made['id']}", author_id=api.ann, translated_content={"fr": {"title": "G", "author_id": api.ann}}
    )
    assert changed["updated_at"] == made["updated_at"]
    assert changed["translated_content"]["fr"]["updated_at"] == made["updated_at"] + 50
    assert changed["translated_content"]["fr"]["created_at"] == made["created_at"]
    assert [item["id"] for item in api.get("/articles")["data"]] == [other["id"], made["id"]]


def test_an_edit_of_the_default_locale_moves_the_article_to_the_top(api: Api) -> None:
    made = api.article()
    api.article()
    api.clock.now += 50
    changed = api.put(f"/articles/{made['id']}", title="New", author_id=api.ann)
    assert changed["updated_at"] == made["updated_at"] + 50
    assert api.get("/articles")["data"][0]["id"] == made["id"]


def test_the_top_level_is_the_default_locale(make: MakeApi) -> None:
    api = make(default_locale="fr")
    made = api.article(title="Remboursements", translated_content={"en": {"title": "Refunds", "state": "published"}})
    assert made["default_locale"] == "fr"
    assert "/fr/articles/" in made["url"]
    assert "/en/articles/" in made["translated_content"]["en"]["url"]
    assert made["translated_content"]["fr"]["title"] == made["title"]


def test_every_locale_has_a_state_and_url_of_its_own(api: Api) -> None:
    made = api.article(translated_content={"fr": {"title": "Été à l'île", "state": "published"}, "de": {"title": "D"}})
    shown = made["translated_content"]
    assert shown["fr"]["url"].endswith(f"/fr/articles/{made['id']}-ete-a-l-ile")
    assert (shown["de"]["state"], shown["de"]["url"]) == ("draft", None)
    assert shown["ja"] is None
    changed = api.put(f"/articles/{made['id']}", translated_content={"fr": {"state": "draft"}})
    assert changed["translated_content"]["fr"]["url"] is None
    assert changed["url"] == made["url"]


def test_null_does_not_remove_a_translation(api: Api) -> None:
    made = api.article(translated_content={"fr": {"title": "F"}})
    changed = api.put(f"/articles/{made['id']}", author_id=api.ann, translated_content={"fr": None})
    assert changed["translated_content"]["fr"]["title"] == "F"
    assert api.put(f"/articles/{made['id']}", author_id=api.ann, translated_content=None) == changed


def test_a_locale_block_is_merged_field_by_field(api: Api) -> None:
    made = api.article(translated_content={"fr": {"title": "F", "description": "d", "body": "b", "state": "published"}})
    changed = api.put(f"/articles/{made['id']}", translated_content={"fr": {"title": "G"}})["translated_content"]["fr"]
    assert (changed["title"], changed["description"], changed["state"]) == ("G", "d", "published")
    assert "b" in changed["body"]


def test_a_locale_block_is_replaced_whole_with_the_switch(make: MakeApi) -> None:
    api = make(locale_block="replace")
    made = api.article(translated_content={"fr": {"title": "F", "description": "d", "body": "b", "state": "published"}})
    changed = api.put(f"/articles/{made['id']}", translated_content={"fr": {"title": "G"}})["translated_content"]["fr"]
    assert (changed["title"], changed["description"], changed["body"], changed["state"]) == ("G", "", "", "draft")


def test_the_default_locale_is_never_replaced_whole(make: MakeApi) -> None:
    api = make(locale_block="replace")
    made = api.article(body="b")
    changed = api.put(f"/articles/{made['id']}", title="G", author_id=api.ann)
    assert changed["body"] == made["body"]


def test_a_monolingual_help_center_accepts_translations_and_never_shows_them(make: MakeApi) -> None:
    api = make(monolingual=True)
    made = api.article(translated_content={"fr": {"title": "F", "state": "published"}})
    assert not {"translated_content", "default_locale"} & set(made)
    assert api.request("GET", f"/fr/articles/{made['id']}").status_code == 404
    assert api.refused("POST", "/articles", json={"translated_content": {"xx": {}}})[0] == 400


def test_a_parent_is_a_number_on_create_and_may_be_text_on_update(api: Api) -> None:
    parent = api.collection()
    made = api.article(parent_id=parent, parent_type="collection")
    section = api.section(parent)
    moved = api.put(f"/articles/{made['id']}", author_id=api.ann, parent_id=str(section), parent_type="section")
    assert (moved["parent_id"], moved["parent_type"], moved["parent_ids"]) == (section, "section", [section])
    assert (moved["id"], moved["url"]) == (made["id"], made["url"])
    back = api.put(f"/articles/{made['id']}", author_id=api.ann, parent_id=parent, parent_type="collection")
    assert back["parent_id"] == parent


def test_a_parent_must_be_of_its_type(api: Api) -> None:
    parent = api.collection()
    section = api.section(parent)
    for number, kind in ((section, "collection"), (parent, "section")):
        request = {"title": "x", "author_id": api.ann, "parent_id": number, "parent_type": kind}
        assert api.refused("POST", "/articles", json=request)[:2] == (400, "parameter_invalid")


def test_null_does_not_take_an_article_out_of_its_collection(api: Api) -> None:
    made = api.article(parent_id=api.collection(), parent_type="collection")
    assert api.put(f"/articles/{made['id']}", author_id=api.ann, parent_id=None, parent_type=None) == made


def test_a_pending_draft_keeps_the_old_text_live(api: Api) -> None:
    made = api.article(body="<p>old</p>", translated_content={"fr": {"title": "F", "state": "published"}})
    number = made["id"]
    api.sandbox.start_draft(number)
    held = api.put(
        f"/articles/{number}",
        title="New",
        body="<p>new</p>",
        author_id=api.ann,
        translated_content={"fr": {"title": "G", "author_id": api.ann}},
    )
    assert (held["title"], held["body"]) == (made["title"], made["body"])
    assert held["translated_content"]["fr"]["title"] == "F"
    assert "old" in api.request("GET", f"/en/articles/{number}").text
    api.sandbox.publish_draft(number)
    live = api.get(f"/articles/{number}")
    assert (live["title"], live["body"]) == ("New", '<p class="no-margin">new</p>')
    assert live["translated_content"]["fr"]["title"] == "G"


def test_a_discarded_draft_has_no_effect(api: Api) -> None:
    number = api.article()["id"]
    api.sandbox.start_draft(number, title="Theirs")
    api.sandbox.discard_draft(number)
    assert api.put(f"/articles/{number}", title="New", author_id=api.ann)["title"] == "New"


def test_a_pending_draft_does_not_hold_back_an_unpublished_locale(api: Api) -> None:
    number = api.article(state="draft")["id"]
    api.sandbox.start_draft(number)
    assert api.put(f"/articles/{number}", title="New", author_id=api.ann)["title"] == "New"


def test_an_article_with_a_pending_draft_can_be_unpublished(api: Api) -> None:
    number = api.article()["id"]
    api.sandbox.start_draft(number)
    assert api.put(f"/articles/{number}", state="draft", author_id=api.ann)["state"] == "draft"


def test_a_teammates_edit_changes_the_time_and_keeps_author_and_heading_ids(api: Api) -> None:
    made = api.article(body="<h1>One</h1><p>x</p>")
    api.clock.now += 5
    api.sandbox.edit_article(made["id"], title="Theirs", body=made["body"].replace("x", "y"))
    edited = api.get(f"/articles/{made['id']}")
    assert edited["body"] == made["body"].replace("x", "y")
    assert (edited["title"], edited["author_id"], edited["updated_at"]) == ("Theirs", api.ann, made["updated_at"] + 5)


def test_a_teammates_edit_of_a_translation_changes_nothing_else(api: Api) -> None:
    made = api.article(translated_content={"fr": {"title": "F"}})
    api.sandbox.edit_article(made["id"], "fr", state="published", description="d")
    shown = api.sandbox.article(made["id"])
    assert shown["title"] == made["title"]
    assert (shown["translated_content"]["fr"]["state"], shown["translated_content"]["fr"]["description"]) == (
        "published",
        "d",
    )
    assert [item["id"] for item in api.sandbox.articles()] == [made["id"]]


def test_all_37_locales_fit_into_one_request(api: Api) -> None:
    locales = [key for key in api.article()["translated_content"] if key not in {"type", "en"}]
    blocks = {code: {"title": code, "body": f"<p>{code}</p>", "state": "published"} for code in locales}
    shown = api.article(translated_content=blocks)["translated_content"]
    assert {code: shown[code]["title"] for code in locales} == {code: code for code in locales}
