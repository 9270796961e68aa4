"""Pictures in bodies: stored, signed at every read, and served."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox_client import Api, MakeApi


IMAGE = '<img src="https://pics.example.com/a/b%20c.png?v=2" alt="A">'


def source(body: str) -> str:
    return str(re.findall(r'src="([^"]*)"', body)[0]).replace("&amp;", "&")


def test_a_public_picture_is_stored_wrapped_and_signed(api: Api) -> None:
    body = api.body(IMAGE)
    assert re.fullmatch(
        r'<div class="intercom-container"><img src="https://downloads\.intercomcdn\.com/i/o/sandbox_[0-9a-f]{8}/1/'
        r'[0-9a-f]{32}/b_c\.png\?expires=\d+&amp;signature=[0-9a-f]{64}&amp;req=[A-Za-z0-9%]+" alt="A"></div>',
        body,
    )


def test_the_signature_differs_at_every_reading_and_the_path_does_not(api: Api) -> None:
    number = api.article(body=IMAGE)["id"]
    one, two = (source(api.get(f"/articles/{number}")["body"]) for _ in range(2))
    assert one != two
    assert one.partition("?")[0] == two.partition("?")[0]


def test_an_address_in_text_is_not_signed(api: Api) -> None:
    text = '<pre>&lt;img src="https://downloads.intercomcdn.com/i/o/w/1/ab/a.png"&gt;</pre>'
    assert "?expires=" not in api.body(text)


def test_the_same_address_is_the_same_picture(api: Api) -> None:
    body = api.body(IMAGE + IMAGE)
    assert len({match.partition("?")[0] for match in re.findall(r'src="([^"]*)"', body)}) == 1


@pytest.mark.parametrize("query", [True, False])
def test_a_stored_picture_is_accepted_with_or_without_its_signature(api: Api, *, query: bool) -> None:
    sent = source(api.body(IMAGE))
    again = source(api.body(f'<img src="{(sent if query else sent.partition("?")[0]).replace("&", "&amp;")}">'))
    assert again.partition("?")[0] == sent.partition("?")[0]
    assert "signature=" in again


@pytest.mark.parametrize(
    "address",
    [
        "https://pics.invalid/a.png",
        "/a.png",
        "a.png",
        "data:image/png;base64,AA",
        "file:///a.png",
        "ftp://pics.example.com/a.png",
        "",
        "http://localhost/a.png",
        "http://127.0.0.1/a.png",
        "http://[::1",
        "https://downloads.intercomcdn.com/i/o/other/1/ab/a.png",
        "sha256:abc",
    ],
)
def test_a_picture_that_cannot_be_fetched_is_refused(api: Api, address: str) -> None:
    request = {"title": "x", "author_id": api.ann, "body": f'<img src="{address}">'}
    assert api.refused("POST", "/articles", json=request)[:2] == (400, "parameter_invalid")


def test_a_signed_picture_of_another_workspace_is_a_public_one(api: Api) -> None:
    body = api.body('<img src="https://downloads.intercomcdn.com/i/o/other/1/ab/a.png?expires=1&signature=2&req=3">')
    assert api.sandbox.workspace_id in body


def test_readers_get_a_placeholder(api: Api) -> None:
    number = api.article(body=IMAGE)["id"]
    page = api.request("GET", f"/en/articles/{number}").text
    assert 'src="/pictures/1.svg"' in page
    picture = api.request("GET", "/pictures/1.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert "b_c.png" in picture.text
    for missing in ("2.svg", "x", "99999999999999999999"):
        assert api.request("GET", f"/pictures/{missing}").status_code == 404


def stored_at(api: Api, body: str = IMAGE) -> str:
    return source(api.body(body)).removeprefix("https://downloads.intercomcdn.com")


@pytest.mark.parametrize("signed", [True, False])
def test_a_stored_picture_is_served_with_or_without_its_signature(api: Api, *, signed: bool) -> None:
    path = stored_at(api)
    reply = api.request("GET", path if signed else path.partition("?")[0])
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
    assert reply.content.startswith(b"\x89PNG\r\n\x1a\n")


def test_pictures_differ_and_each_stays_as_it_is_in_any_workspace(api: Api, make: MakeApi) -> None:
    one, other = (f'<img src="https://pics.example.com/{name}.png">' for name in "ab")
    first, second, elsewhere = (
        each.request("GET", stored_at(each, body)).content for each, body in ((api, one), (api, other), (make(), one))
    )
    assert first == elsewhere
    assert first != second


@pytest.mark.parametrize(
    ("old", "new"),
    [("sandbox_", "sandbox_0"), ("/1/", "/2/"), ("/1/", f"/{10**30}/"), ("b_c.png", "c.png"), ("/i/o/", "/i/o/x/")],
)
def test_a_picture_that_is_not_stored_is_not_found(api: Api, old: str, new: str) -> None:
    path = stored_at(api)
    assert old in path
    assert api.request("GET", path.replace(old, new)).status_code == 404
