"""Where pictures of stored bodies come from: the web, or the remote if that is this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from helpsync.intercom import Endpoint, Picture, open_pictures
from helpsync.intercom.pictures import kind_of, resolve
from helpsync.sandbox import SandboxSettings, running
from hostile_web import PNG, Web, answer
from sandbox_client import ANN, Api
from virtual_time import Clock

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
    with running(SandboxSettings(admins=(ANN,))) as (sandbox, base_url):
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


class Internet(httpx.AsyncBaseTransport):
    """Servers that all return a picture. Each name has a list of addresses for each time that it is resolved."""

    def __init__(self, **names: list[list[str]]) -> None:
        self.names = {name.replace("_", "."): lists for name, lists in names.items()}
        self.requests: list[httpx.Request] = []
        self.dead: set[str] = set()

    async def resolve(self, host: str, _port: int) -> list[str]:
        try:
            lists = self.names[host]
        except KeyError:
            kind_of(host)
            return [host]
        return lists.pop(0) if len(lists) > 1 else lists[0]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host in self.dead:
            raise httpx.ConnectError("refused")
        location = request.url.params.get("to")
        headers = {"Location": location} if location else {}
        return httpx.Response(302 if location else 200, headers=headers, stream=httpx.ByteStream(PNG))

    def fetch(self, *urls: str, base_url: str = "https://api.intercom.io") -> list[Picture | str]:
        async def main() -> list[Picture | str]:
            endpoint = Endpoint(base_url, "t")
            timing = Clock().timing
            async with open_pictures(endpoint, timing=timing, resolve=self.resolve, transport=self) as pictures:
                return [(await pictures.fetch([url]))[url] for url in urls]

        return asyncio.run(main())


PICTURE = Picture(PNG, ".png")
SCREEN = "https://pics.example/a.png"


def test_the_connection_goes_to_the_address_that_was_checked_under_the_name_in_the_url() -> None:
    web = Internet(pics_example=[["93.184.216.34"]])
    assert web.fetch("https://pics.example:8443/a.png?x=%20y#z") == [PICTURE]
    (request,) = web.requests
    assert str(request.url) == "https://93.184.216.34:8443/a.png?x=%20y#z"
    assert request.headers["Host"] == "pics.example:8443"
    assert request.extensions["sni_hostname"] == "pics.example"


def test_a_name_that_changes_its_address_is_still_asked_at_the_first_one() -> None:
    web = Internet(pics_example=[["93.184.216.34"], ["127.0.0.1"]])
    assert web.fetch(SCREEN, SCREEN + "?again") == [PICTURE, PICTURE]
    assert {request.url.host for request in web.requests} == {"93.184.216.34"}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1", "a loopback address"),
        ("::ffff:127.0.0.1", "a loopback address"),
        ("192.168.1.1", "a private address"),
        ("169.254.169.254", "a link-local address"),
        ("0.0.0.0", "a reserved address"),
    ],
)
def test_a_name_with_an_internal_address_is_not_asked_even_after_a_redirect(address: str, words: str) -> None:
    web = Internet(within_example=[[address]], pics_example=[["93.184.216.34"]])
    refused = f"within.example is at {address}, {words}, which is not asked"
    redirected = f"{SCREEN}?to=https://within.example/"
    assert web.fetch("https://within.example/a.png", redirected) == [refused, refused]
    assert [request.url.host for request in web.requests] == ["93.184.216.34"]


def test_of_several_addresses_only_public_ones_are_asked_in_turn() -> None:
    web = Internet(pics_example=[["10.0.0.1", "93.184.216.1", "127.0.0.1", "93.184.216.2"]])
    web.dead = {"93.184.216.1"}
    assert web.fetch(SCREEN) == [PICTURE]
    assert [request.url.host for request in web.requests] == ["93.184.216.1", "93.184.216.2"]


@pytest.mark.parametrize("url", ["http://pics.example/a.png", f"{SCREEN}?to=http://pics.example/"])
def test_nothing_is_asked_over_plain_http(url: str) -> None:
    web = Internet(pics_example=[["93.184.216.34"]])
    assert web.fetch(url) == ["pics.example is not asked over plain http"]


@pytest.mark.parametrize("base_url", ["https://10.9.8.7", "https://intercom.corp"])
def test_a_remote_in_a_private_network_opens_that_network_alone(base_url: str) -> None:
    web = Internet(intercom_corp=[["10.9.8.7"]], pics_corp=[["10.0.0.1"]], here_corp=[["127.0.0.1"]])
    found = web.fetch("https://pics.corp/a.png", "https://here.corp/a.png", base_url=base_url)
    assert found == [PICTURE, "here.corp is at 127.0.0.1, a loopback address, which is not asked"]


def test_a_remote_on_the_internet_has_its_pictures_on_the_internet() -> None:
    web = Internet(downloads_intercomcdn_com=[["93.184.216.34"]])
    assert web.fetch("https://downloads.intercomcdn.com/i/o/a.png") == [PICTURE]
    assert web.requests[0].headers["Host"] == "downloads.intercomcdn.com"


@pytest.mark.parametrize("named", ["http://{}", "{}"])
@pytest.mark.parametrize(
    ("url", "asked", "said"),
    [
        (
            SCREEN,
            ["CONNECT pics.example:443 HTTP/1.1"] * 3,
            "no answer from pics.example: 403 No (over the proxy of HTTPS_PROXY)",
        ),
        ("https://10.0.0.1/a.png", [], "10.0.0.1 is at 10.0.0.1, a private address, which is not asked"),
        ("https://in.example/", [], "in.example is at 10.0.0.1, a private address, which is not asked"),
    ],
)
def test_a_proxy_is_asked_unless_the_address_is_known_to_be_internal(
    monkeypatch: pytest.MonkeyPatch, url: str, asked: list[str], said: str, named: str
) -> None:
    for name in ("https_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    proxy = Web({"pics.example:443": answer(b"", status="403 No")})
    # Behind the proxy, public names do not resolve.
    names = Internet(in_example=[["93.184.216.34", "10.0.0.1"]])

    async def main() -> Picture | str:
        async with proxy:
            monkeypatch.setenv("HTTPS_PROXY", named.format(proxy.at))
            endpoint = Endpoint("https://api.intercom.io", "t")
            async with open_pictures(endpoint, timing=Clock().timing, resolve=names.resolve) as pictures:
                return (await pictures.fetch([url]))[url]

    assert asyncio.run(main()) == said
    assert [head.partition("\r\n")[0] for head in proxy.requests] == asked


# Kinds of addresses ---------------------------------------------------------------------------------------------------

KINDS = {
    "public": ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"],
    "private": ["10.1.2.3", "172.16.0.1", "192.168.0.1", "fd00::1", "fec0::1", "::ffff:10.0.0.1"],
    "link-local": ["169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254"],
    "reserved": ["0.0.0.0", "0.1.2.3", "::", "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "ff02::1"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_has_the_kind_of_the_address_that_it_wraps(kind: str) -> None:
    assert {address: kind_of(address) for address in KINDS[kind]} == dict.fromkeys(KINDS[kind], kind)


def test_a_name_is_not_an_address() -> None:
    for text in ("localhost", "127.1", "0x7f000001", "", "1.2.3.4.5"):
        with pytest.raises(ValueError, match="does not appear"):
            kind_of(text)


def test_odd_spellings_of_this_machine_resolve_to_loopback() -> None:
    for name in ("localhost", "127.1", "0x7f000001", "2130706433"):
        assert {kind_of(address) for address in asyncio.run(resolve(name, 443))} == {"loopback"}, name
