"""What only a real connection shows: refused ports, silence, incomplete replies, kept-alive connections, logs."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest

from fake_intercom import TOKEN
from helpsync.errors import ConfigError, Unreachable
from helpsync.intercom import Endpoint, open_pictures, open_reader
from helpsync.intercom.http import CERTIFICATES, certificates_for
from virtual_time import Clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from helpsync.model import Item

    Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

ARTICLE = json.dumps({"id": "12", "title": "T"}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(ARTICLE), ARTICLE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def read_article(port: int) -> Item:
    endpoint = Endpoint(f"http://127.0.0.1:{port}", TOKEN)
    async with open_reader(endpoint, timing=Clock().timing) as reader:
        return await reader.item("article", "12")


def served_by(handler: Handler, times: int = 1) -> list[Item]:
    async def main() -> list[Item]:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            endpoint = Endpoint(f"http://127.0.0.1:{port}", TOKEN)
            async with open_reader(endpoint, timing=Clock().timing) as reader:
                return [await reader.item("article", "12") for _ in range(times)]

    return asyncio.run(main())


def test_a_dead_port_is_unreachable_in_plain_words() -> None:
    port = free_port()
    with pytest.raises(Unreachable) as caught:
        asyncio.run(read_article(port))
    assert caught.value.message == f"127.0.0.1:{port} can't be reached: connection refused, after 3 attempts"


def test_a_connection_is_kept_for_the_next_request() -> None:
    connections = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(True)
        for _ in range(3):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
        writer.close()

    served_by(handle, times=3)
    assert len(connections) == 1


def test_an_incomplete_reply_is_requested_again() -> None:
    connections = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(True)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER[:-5] if len(connections) == 1 else ANSWER)
        writer.close()

    assert served_by(handle)[0].id == "12"
    assert len(connections) == 2


def test_a_server_that_closes_the_connection_without_a_reply_is_unreachable() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    with pytest.raises(Unreachable, match="for GET /articles/12"):
        served_by(handle)


def test_the_token_is_in_no_log_of_any_library(caplog: pytest.LogCaptureFixture) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        writer.close()

    caplog.set_level(logging.DEBUG)
    served_by(handle)
    assert caplog.records
    assert TOKEN not in caplog.text


def test_a_proxy_of_the_environment_does_not_see_the_token_on_its_way_to_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port()}")

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        writer.close()

    assert served_by(handle)[0].id == "12"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://user:pa55@127.0.0.1:1"),
        ("HTTPS_PROXY", "ftp://user:pa55@127.0.0.1:1"),
        ("HTTPS_PROXY", "http://user:pa55@127.0.0.1:port"),
        ("SSL_CERT_FILE", "/no/such/file.pem"),
        ("REQUESTS_CA_BUNDLE", "/no/such/file.pem"),
        pytest.param("REQUESTS_CA_BUNDLE", __file__, id="REQUESTS_CA_BUNDLE-not a certificate"),
    ],
)
def test_unusable_proxy_and_certificate_settings_are_one_clear_message(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in CERTIFICATES:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)

    async def main() -> None:
        async with open_reader(Endpoint("https://api.intercom.io", TOKEN)) as reader:
            await reader.item("article", "12")

    with pytest.raises(ConfigError, match="proxy and certificate settings") as caught:
        asyncio.run(main())
    assert "pa55" not in "".join(traceback.format_exception(caught.value))
    assert name in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_the_certificates_that_the_environment_names_are_trusted_and_no_others(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in CERTIFICATES:
        monkeypatch.delenv(other, raising=False)
    end = "-----END CERTIFICATE-----\n"
    first = Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0]
    (tmp_path / "company.pem").write_text(first + end, encoding="utf-8")
    monkeypatch.setenv(name, str(tmp_path / "company.pem"))
    trusted = certificates_for(Endpoint("https://api.intercom.io", TOKEN))
    assert isinstance(trusted, ssl.SSLContext)
    assert trusted.cert_store_stats()["x509_ca"] == 1


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("open_one", [open_reader, open_pictures])
def test_a_secure_server_on_this_machine_is_checked_by_the_certificates_of_the_environment_too(
    name: str, open_one: Callable[[Endpoint], AbstractAsyncContextManager[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in CERTIFICATES:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "/no/such/file.pem")

    async def opened(url: str) -> None:
        async with open_one(Endpoint(url, TOKEN)):
            pass

    asyncio.run(opened("http://127.0.0.1"))
    with pytest.raises(ConfigError, match=f"{name}: the certificates can't be read"):
        asyncio.run(opened("https://127.0.0.1"))


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_is_not_there_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, f"http://user:pa55@127.0.0.1:{free_port()}")

    async def main() -> None:
        async with open_reader(Endpoint("https://api.intercom.io", TOKEN), timing=Clock().timing) as reader:
            await reader.item("article", "12")

    with pytest.raises(Unreachable, match=rf"connection refused \(over the proxy of {name.upper()}\)") as caught:
        asyncio.run(main())
    assert name.upper() in (caught.value.hint or "")
    assert "pa55" not in f"{caught.value.message} {caught.value.hint}"
