"""Who may use the API, what a request must look like, and how lists are paged."""

from __future__ import annotations

import json
import re
import sqlite3
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from helpsync.errors import ConfigError
from helpsync.sandbox import SandboxSettings, create_app

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox_client import Api, MakeApi


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic abc", "t"])
def test_a_request_without_a_bearer_token_is_refused(api: Api, header: str) -> None:
    assert api.refused("GET", "/me", headers={"Authorization": header}) == (401, "unauthorized", "Access Token Invalid")


def test_any_token_is_accepted_unless_the_settings_name_one(make: MakeApi) -> None:
    assert make().request("GET", "/me", headers={"Authorization": "Bearer anything"}).status_code == 200
    strict = make(token="secret")
    assert strict.refused("GET", "/me", headers={"Authorization": "Bearer anything"})[0] == 401
    assert strict.request("GET", "/me", headers={"Authorization": "bearer secret"}).status_code == 200


def test_the_token_is_in_no_repr() -> None:
    assert "secret" not in repr(SandboxSettings(token="secret"))


@pytest.mark.parametrize(("version", "status"), [("2.9", 200), ("2.11", 400), ("Unstable", 400), ("", 400)])
def test_only_version_2_9_is_accepted(api: Api, version: str, status: int) -> None:
    assert api.request("GET", "/me", headers={"Intercom-Version": version}).status_code == status


def test_every_error_has_a_request_id_of_its_own(api: Api) -> None:
    ids = {api.request("GET", "/articles/1").json()["request_id"] for _ in range(2)}
    assert len({uuid.UUID(value) for value in ids}) == 2


def test_a_token_belongs_to_an_admin_of_the_workspace(api: Api) -> None:
    me = api.get("/me")
    admins = api.get("/admins")["admins"]
    assert me["email"] == "docs@example.com"
    assert me["app"]["id_code"] == api.sandbox.workspace_id
    assert {admin["email"] for admin in admins} == {"docs@example.com", "ann@example.com"}
    assert api.get(f"/admins/{admins[0]['id']}") == admins[0]
    assert api.refused("GET", "/admins/1")[:2] == (404, "admin_not_found")


def test_teammates_are_named_by_address_name_or_id(make: MakeApi) -> None:
    api = make(admins=("ann@example.com", "Ada Lovelace", "4711"))
    admins = {(admin["id"], admin["name"], admin["email"]) for admin in api.get("/admins")["admins"]}
    assert ("4711", "Admin 4711", "admin-4711@example.com") in admins
    assert any(entry[1:] == ("Ada Lovelace", "ada.lovelace@example.com") for entry in admins)


@pytest.mark.parametrize("path", ["/me/x", "/articles/x", "/articles/1/draft", "/help_center", "/articles/", "/me/1"])
def test_an_unknown_path_of_the_api_is_not_found(api: Api, path: str) -> None:
    assert api.refused("GET", path)[:2] == (404, "not_found")


def test_an_unknown_method_is_not_allowed(api: Api) -> None:
    assert api.refused("DELETE", "/articles")[0] == 405
    assert api.refused("POST", "/me", json={})[0] == 405


def test_a_write_must_be_json(api: Api) -> None:
    assert api.refused("POST", "/articles", content=b"{}", headers={"Content-Type": "text/plain"})[0] == 415
    for content in (b"", b"{", b"[1]", b"\xff", b'"x"', b'{"title": "\\ud800"}', b"[" * 100_000):
        status, code, _ = api.refused(
            "POST", "/articles", content=content, headers={"Content-Type": "application/json"}
        )
        assert (status, code) == (400, "bad_request")


def test_a_page_past_the_end_is_empty(api: Api) -> None:
    api.article()
    reply = api.get("/articles?page=7")
    assert reply["data"] == []
    assert reply["total_count"] == 1
    assert reply["pages"] == {"type": "pages", "page": 7, "per_page": 25, "total_pages": 1}


@pytest.mark.parametrize(
    ("path", "default"),
    [("/articles", 25), ("/help_center/collections", 20), ("/help_center/sections", 20)],
)
def test_each_list_has_its_own_default_page_size(api: Api, path: str, default: int) -> None:
    assert api.get(path)["pages"]["per_page"] == default


@pytest.mark.parametrize("query", ["per_page=251", "per_page=0", "page=0", "page=-1", "page=x", "per_page=1.5"])
def test_an_invalid_page_number_is_refused(api: Api, query: str) -> None:
    assert api.refused("GET", f"/articles?{query}")[:2] == (400, "parameter_invalid")


def test_pages_have_every_article_once_and_name_the_next(api: Api) -> None:
    ids = [api.article()["id"] for _ in range(7)]
    first = api.get("/articles?page=1&per_page=3")
    pages = [first, api.get(first["pages"]["next"]), api.get("/articles?page=3&per_page=3")]
    assert [item["id"] for page in pages for item in page["data"]] == ids[::-1]
    assert "next" not in pages[2]["pages"]


def test_the_headers_show_the_remaining_requests_and_beyond_them_the_reply_is_429(make: MakeApi) -> None:
    api = make(rate_limit=3)
    replies = [api.request("GET", "/me") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["2", "1", "0", "0"]
    assert replies[3].json()["errors"][0]["code"] == "rate_limit_exceeded"
    reset_at = int(replies[3].headers["X-RateLimit-Reset"])
    api.clock.now = float(reset_at)
    assert api.request("GET", "/me").headers["X-RateLimit-Remaining"] == "2"


def test_the_reset_is_the_end_of_a_window_of_ten_seconds(api: Api) -> None:
    api.clock.now = 1_700_000_003.5
    assert api.request("GET", "/me").headers["X-RateLimit-Reset"] == "1700000010"


def test_requests_are_counted_and_recorded(api: Api) -> None:
    api.article()
    api.get("/articles")
    assert api.sandbox.requests == {("POST", "/articles"): 1, ("GET", "/articles"): 1}
    assert (api.sandbox.count("POST"), api.sandbox.count()) == (1, 2)
    payload = api.sandbox.calls[0].payload
    assert payload is not None
    assert payload["title"] == "Refunds"
    api.sandbox.forget()
    assert api.sandbox.count() == 0


def test_a_hook_before_can_answer_instead(api: Api) -> None:
    api.sandbox.on_request = lambda *asked: JSONResponse({}, 503) if asked[2] == "before" else None
    assert api.request("POST", "/articles", json={"title": "x", "author_id": api.ann}).status_code == 503
    api.sandbox.on_request = None
    assert api.get("/articles")["total_count"] == 0


def test_a_hook_after_can_lose_the_answer_of_a_write_that_happened(api: Api) -> None:
    def lose(method: str, path: str, phase: str) -> None:
        if phase == "after":
            raise httpx.ReadError("lost")

    api.sandbox.on_request = lose
    with pytest.raises(httpx.ReadError):
        api.request("POST", "/articles", json={"title": "x", "author_id": api.ann})
    api.sandbox.on_request = None
    assert api.get("/articles")["total_count"] == 1


def test_a_hook_may_be_asynchronous(api: Api) -> None:
    async def answer(method: str, path: str, phase: str) -> Response:
        return JSONResponse({}, 502)

    api.sandbox.on_request = answer
    assert api.request("GET", "/me").status_code == 502


def test_a_store_on_disk_keeps_everything_and_reset_empties_it(make: MakeApi, tmp_path: Path) -> None:
    store = tmp_path / "deep" / "store.db"
    first = make(store=store)
    number = first.article()["id"]
    workspace = first.sandbox.workspace_id
    again = make(store=store)
    assert again.get(f"/articles/{number}")["workspace_id"] == workspace
    make(store=store).sandbox.reset()
    assert again.get("/me")["app"]["id_code"] != workspace
    emptied = make(store=store)
    assert emptied.get("/articles")["total_count"] == 0
    assert emptied.sandbox.workspace_id != workspace


def test_two_connections_write_to_one_store(make: MakeApi, tmp_path: Path) -> None:
    one, two = make(store=tmp_path / "s.db"), make(store=tmp_path / "s.db")
    ids = [api.article()["id"] for api in (one, two, one, two)]
    assert len(set(ids)) == 4
    assert one.get("/articles") == two.get("/articles")


def test_a_file_that_is_not_a_store_is_refused_with_a_hint(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be taken for one" * 100)
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE x (y)")
    connection.close()
    for path in (text, other):
        with pytest.raises(ConfigError) as caught:
            create_app(SandboxSettings(store=path))
        assert str(path) in caught.value.message
        assert caught.value.hint


@pytest.mark.parametrize(
    "settings",
    [
        {"headings": "up"},
        {"locale_block": "x"},
        {"headings": "shift"},
        {"heading_ids": "x"},
        {"heading_marks": "x"},
        {"code_newlines": "x"},
        {"braces": "x"},
        {"nested_lists": "x"},
        {"default_locale": "xx"},
        {"rate_limit": 0},
        {"token": ""},
        {"origin": "localhost"},
        {"origin": "http://x/"},
        {"help_centers": ()},
        {"help_centers": ("fr",)},
        {"help_centers": ("one", "one")},
    ],
)
def test_invalid_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        SandboxSettings(**settings)


def test_the_locales_are_those_of_the_api(api: Api) -> None:
    shown = api.article()["translated_content"]
    assert len(shown) - 1 == 37
    assert {"pt-BR", "zh-CN", "zh-TW", "mn", "sr"} <= set(shown)


def test_json_text_is_raw_unicode(api: Api) -> None:
    response = api.request("POST", "/articles", json={"title": "日本語 ü", "author_id": api.ann})
    assert "日本語 ü" in response.text
    assert json.loads(response.text)["title"] == "日本語 ü"
    assert not re.search(r"\\u", response.text)
