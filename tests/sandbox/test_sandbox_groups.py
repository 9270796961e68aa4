"""Collections, sections and help centers over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox_client import Api, MakeApi


def test_a_collection_is_answered_as_documented(api: Api) -> None:
    made = api.post("/help_center/collections", name="Billing & more", description="d")
    center = api.get("/help_center/help_centers")["data"][0]
    assert (made["type"], made["name"], made["description"]) == ("collection", "Billing & more", "d")
    assert made["url"] == f"{center['url']}/en/collections/{made['id']}-billing-more"
    assert str(made["help_center_id"]) == center["id"]
    assert api.get(f"/help_center/collections/{made['id']}") == made
    assert api.get("/help_center/collections")["data"] == [made]


def test_a_section_has_a_parent_and_no_description(api: Api) -> None:
    parent = api.collection()
    made = api.post(
        "/help_center/sections",
        name="Invoices",
        parent_id=parent,
        translated_content={"fr": {"name": "Factures", "description": "lost"}},
    )
    assert made["parent_id"] == str(parent)
    assert "description" not in made
    assert made["translated_content"]["fr"] == {"type": "group_content", "name": "Factures"}
    assert api.get(f"/help_center/sections/{made['id']}")["parent_id"] == parent


def test_collections_and_sections_are_not_each_other(api: Api) -> None:
    parent = api.collection()
    section = api.section(parent)
    assert api.refused("GET", f"/help_center/sections/{parent}")[0] == 404
    assert api.refused("PUT", f"/help_center/collections/{section}", json={"name": "x"})[0] == 404
    assert api.refused("DELETE", f"/help_center/collections/{section}")[0] == 404
    request = {"name": "x", "parent_id": section}
    assert api.refused("POST", "/help_center/sections", json=request)[:2] == (400, "parameter_invalid")


def test_a_name_is_required(api: Api) -> None:
    missing = (400, "parameter_not_found", "Name is a required parameter.")
    assert api.refused("POST", "/help_center/collections", json={"description": "x"}) == missing
    request = {"parent_id": api.collection()}
    assert api.refused("POST", "/help_center/sections", json=request) == missing
    assert api.refused("POST", "/help_center/sections", json={"name": "x"})[1] == "parameter_not_found"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": 1},
        {"name": ""},
        {"description": 1},
        {"help_center_id": 3},
        {"help_center_id": "x"},
        {"translated_content": {"pt-br": {"name": "x"}}},
        {"translated_content": {"fr": {"name": 3}}},
    ],
)
def test_a_value_that_does_not_fit_is_refused(api: Api, fields: dict[str, Any]) -> None:
    request = {"name": "x"} | fields
    assert api.refused("POST", "/help_center/collections", json=request)[:2] == (400, "parameter_invalid")
    assert api.get("/help_center/collections")["total_count"] == 0


def test_an_update_changes_only_what_it_names(api: Api) -> None:
    number = api.collection(description="d", translated_content={"fr": {"name": "F", "description": "e"}})
    changed = api.put(f"/help_center/collections/{number}", translated_content={"fr": {"name": "G"}})
    assert (changed["name"], changed["description"]) == ("Billing", "d")
    assert changed["translated_content"]["fr"] == {"type": "group_content", "name": "G", "description": "e"}
    assert changed["translated_content"]["de"] is None


def test_only_the_default_locale_changes_the_time(api: Api) -> None:
    number = api.collection()
    made = api.get(f"/help_center/collections/{number}")
    api.clock.now += 9
    api.put(f"/help_center/collections/{number}", translated_content={"fr": {"name": "G"}})
    assert api.get(f"/help_center/collections/{number}")["updated_at"] == made["updated_at"]
    assert api.put(f"/help_center/collections/{number}", name="H")["updated_at"] == made["updated_at"] + 9


def test_a_section_moves_to_another_collection(api: Api) -> None:
    one, two = api.collection(), api.collection(name="Other")
    section = api.section(one)
    moved = api.put(f"/help_center/sections/{section}", parent_id=two)
    assert moved["parent_id"] == str(two)
    assert api.refused("PUT", f"/help_center/sections/{section}", json={"parent_id": 5})[0] == 400


def test_a_deleted_collection_orphans_its_children(api: Api) -> None:
    parent = api.collection()
    section = api.section(parent)
    article = api.article(parent_id=parent, parent_type="collection")["id"]
    assert api.delete(f"/help_center/collections/{parent}")["object"] == "collection"
    orphan = api.get(f"/articles/{article}")
    assert (orphan["parent_id"], orphan["parent_type"], orphan["parent_ids"]) == (None, None, [])
    assert api.get(f"/help_center/sections/{section}")["parent_id"] is None
    assert api.delete(f"/help_center/sections/{section}") == {"id": str(section), "object": "section", "deleted": True}


def test_a_collection_can_be_made_in_a_named_help_center(make: MakeApi) -> None:
    api = make(help_centers=("main-brand", "other-brand"))
    main, other = api.get("/help_center/help_centers")["data"]
    assert (main["identifier"], other["identifier"]) == ("main-brand", "other-brand")
    assert other["url"] == "http://localhost:8321/other-brand"
    assert api.get(f"/help_center/help_centers/{other['id']}") == other
    assert api.refused("GET", "/help_center/help_centers/1")[0] == 404
    number = api.collection(help_center_id=int(other["id"]))
    section = api.section(number)
    article = api.article(parent_id=section, parent_type="section")
    assert article["url"].startswith("http://localhost:8321/other-brand/en/articles/")
    assert api.put(f"/help_center/collections/{number}", help_center_id=int(main["id"]))["help_center_id"] == int(
        other["id"]
    )


def test_a_monolingual_collection_shows_no_translations(make: MakeApi) -> None:
    api = make(monolingual=True)
    made = api.post("/help_center/collections", name="x", translated_content={"fr": {"name": "y"}})
    assert not {"translated_content", "default_locale"} & set(made)


def test_an_article_and_a_collection_may_have_the_same_number(api: Api) -> None:
    assert str(api.collection()) == api.article()["id"]


def test_a_teammate_can_rename_a_collection(api: Api) -> None:
    number = api.collection()
    api.sandbox.edit_group(number, name="Theirs")
    assert api.sandbox.groups("collection")[0]["name"] == "Theirs"
