"""The official SDK, an independent client, with a served sandbox; and how the sandbox is served."""

from __future__ import annotations

import itertools
import threading
import urllib.request
from typing import TYPE_CHECKING, TypeAlias

import httpx
import pytest
import uvicorn
from intercom import Intercom
from intercom.errors import BadRequestError, NotFoundError, UnauthorizedError

from helpsync.errors import ConfigError
from helpsync.sandbox import Sandbox, SandboxSettings, running, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


Served: TypeAlias = tuple[Sandbox, Intercom]


@pytest.fixture
def served() -> Iterator[Served]:
    with running(SandboxSettings(record=True)) as (sandbox, url), httpx.Client() as http:
        yield sandbox, Intercom(token="t", base_url=url, httpx_client=http)


def test_the_sdk_creates_gets_updates_and_deletes_an_article(served: Served) -> None:
    sandbox, client = served
    admin = int(client.admins.identify().id)
    made = client.articles.create(
        request={
            "title": "Thanks",
            "author_id": admin,
            "body": "<p>Body</p>",
            "state": "published",
            "translated_content": {"fr": {"title": "Merci", "body": "<p>Corps</p>", "author_id": admin}},
        }
    )
    assert made.translated_content.fr.title == "Merci"
    assert made.statistics.views == 0
    found = client.articles.find(int(made.id))
    assert (found.title, found.body) == ("Thanks", '<p class="no-margin">Body</p>')
    changed = client.articles.update(int(made.id), title="Christmas is here!", author_id=admin)
    assert changed.url.endswith(f"/en/articles/{made.id}-christmas-is-here")
    assert client.articles.delete(int(made.id)).deleted
    with pytest.raises(NotFoundError):
        client.articles.find(int(made.id))
    assert sandbox.count("PUT") == 1


def test_the_sdk_lists_articles_page_by_page_until_one_is_empty(served: Served) -> None:
    sandbox, client = served
    admin = int(client.admins.list().admins[0].id)
    made = [client.articles.create(request={"title": f"T{n}", "author_id": admin}).id for n in range(7)]
    assert [item.id for item in client.articles.list(per_page=3)] == made[::-1]
    assert sandbox.requests["GET", "/articles"] == 4


def test_the_sdk_creates_lists_and_updates_collections(served: Served) -> None:
    _, client = served
    made = client.help_centers.collections.create(
        name="Billing", description="d", translated_content={"fr": {"name": "Facturation"}}
    )
    changed = client.help_centers.collections.update(int(made.id), name="Money")
    assert (changed.name, changed.description) == ("Money", "d")
    (item,) = client.help_centers.collections.list()
    assert item.name == "Money"
    assert client.help_centers.collections.find(int(made.id)).id == made.id
    (center,) = client.help_centers.list()
    assert client.help_centers.find(int(center.id)).identifier == "help-center"


def test_the_sdk_understands_the_errors(served: Served) -> None:
    _, client = served
    with pytest.raises(BadRequestError) as caught:
        client.help_centers.collections.create(name="")
    assert caught.value.body["errors"][0]["code"] == "parameter_invalid"
    with running(SandboxSettings(token="other")) as (_, url), httpx.Client() as http, pytest.raises(UnauthorizedError):
        Intercom(token="t", base_url=url, httpx_client=http).articles.list()


def test_served_pages_are_at_the_port_that_is_used(served: Served) -> None:
    sandbox, client = served
    url = client._client_wrapper.get_base_url()
    assert sandbox.settings.origin == url.replace("127.0.0.1", "localhost")
    with urllib.request.urlopen(f"{url}/en/") as reply:
        assert b"Help Center" in reply.read()


def test_a_port_in_use_is_an_error_with_a_message(served: Served) -> None:
    _, client = served
    port = int(client._client_wrapper.get_base_url().rpartition(":")[2])
    with pytest.raises(ConfigError, match=f"can't listen on port {port}"):
        serve(SandboxSettings(), port=port)


def test_the_port_file_exists_once_connections_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    servers: list[uvicorn.Server] = []
    make = uvicorn.Server

    def keep(config: uvicorn.Config) -> uvicorn.Server:
        servers.append(make(config))
        return servers[-1]

    monkeypatch.setattr(uvicorn, "Server", keep)
    port_file = tmp_path / "new" / "port"
    thread = threading.Thread(target=serve, args=(SandboxSettings(),), kwargs={"port": 0, "port_file": port_file})
    thread.start()
    try:
        for _ in itertools.takewhile(lambda _: not port_file.exists(), itertools.count()):
            assert thread.is_alive()
        with urllib.request.urlopen(f"http://127.0.0.1:{int(port_file.read_text())}/en/") as reply:
            assert reply.status == 200
    finally:
        while not servers:
            assert thread.is_alive()
        servers[0].should_exit = True
        thread.join(10)
    assert [path.name for path in port_file.parent.iterdir()] == ["port"]
