"""Pictures of stored bodies are fetched: from the web, or from the remote where that is this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from helpsync.intercom.endpoint import Endpoint
from helpsync.intercom.pictures import Picture, open_pictures
from helpsync.sandbox import Settings, running
from sandbox_client import ANN, Api

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = '<img src="https://pics.example.com/a.png"><img src="https://pics.example.com/b.png">'


def addresses(body: str) -> list[str]:
    return [part.partition('"')[0].replace("&amp;", "&") for part in body.split('src="')[1:]]


def fetched(endpoint: Endpoint, urls: list[str]) -> list[Picture | str]:
    async def main() -> list[Picture | str]:
        async with open_pictures(endpoint) as pictures:
            return list((await pictures.fetch(urls)).values())

    return asyncio.run(main())


def test_the_sandbox_in_process_gives_the_pictures_that_it_stored(api: Api) -> None:
    urls = addresses(api.body(BODY))
    one, other = fetched(Endpoint("http://localhost", "t", app=api.app), urls)
    assert isinstance(one, Picture)
    assert isinstance(other, Picture)
    assert (one.data[:4], one.ending) == (b"\x89PNG", ".png")
    assert one.data != other.data


@pytest.fixture
def served() -> Iterator[tuple[str, list[str]]]:
    with running(Settings(admins=(ANN,))) as (sandbox, base_url):
        client = httpx.Client(base_url=base_url, headers={"Authorization": "Bearer t"})
        with client:
            author = int(client.get("/me").json()["id"])
            article = {"title": "T", "author_id": author, "body": BODY}
            body = client.post("/articles", json=article).json()["body"]
        assert sandbox.articles()
        yield base_url, addresses(body)


def test_the_served_sandbox_gives_the_pictures_that_it_stored(served: tuple[str, list[str]]) -> None:
    base_url, urls = served
    found = fetched(Endpoint(base_url, "t"), urls)
    assert [each.ending for each in found if isinstance(each, Picture)] == [".png", ".png"]
