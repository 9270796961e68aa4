from __future__ import annotations

import pytest

from helpsync.errors import ConfigError
from helpsync.intercom import REGIONS, Endpoint


async def app(scope: object, receive: object, send: object) -> None:
    raise NotImplementedError


def test_each_region_has_its_https_server() -> None:
    assert dict(REGIONS) == {
        "us": "https://api.intercom.io",
        "eu": "https://api.eu.intercom.io",
        "au": "https://api.au.intercom.io",
    }


@pytest.mark.parametrize("region", REGIONS)
def test_an_endpoint_knows_its_region(region: str) -> None:
    assert Endpoint(REGIONS[region] + "/", "t").region == region


def test_another_server_has_no_region() -> None:
    assert Endpoint("https://intercom.example.com", "t").region is None


def test_the_token_is_in_no_repr() -> None:
    assert "s3cret" not in repr(Endpoint("https://api.intercom.io", "s3cret"))


@pytest.mark.parametrize("url", ["http://localhost:8321", "http://127.0.0.1:80", "http://127.9.9.9", "http://[::1]:1"])
def test_plain_http_to_this_machine_is_fine(url: str) -> None:
    Endpoint(url, "t").check()


@pytest.mark.parametrize(
    "url", ["http://api.intercom.io", "http://10.0.0.1", "http://localhost.example.com", "HTTP://192.168.0.1"]
)
def test_plain_http_off_this_machine_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="not sent over plain http"):
        Endpoint(url, "t").check()


def test_plain_http_in_process_is_fine() -> None:
    Endpoint("http://sandbox", "t", app=app).check()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.intercom.io",
        "ftp://api.intercom.io",
        "https://",
        "https://h:port",
        "http://[::1",
        "https://a b.example",
        "https://h/?a=1",
        "https://h#x",
    ],
)
def test_anything_but_an_http_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        Endpoint(url, "t").check()


def test_credentials_in_the_address_are_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match="credentials") as caught:
        Endpoint("https://user:pa55@api.intercom.io", "t").check()
    assert "pa55" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "  ", "to ken", "tok\nen", "tök", "tok\x00en"])
def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Endpoint("https://api.intercom.io", token).check()
    assert "token" in caught.value.message
    assert not token.strip() or token not in str(caught.value)


def test_a_line_break_after_the_token_is_ignored() -> None:
    Endpoint("https://api.intercom.io", "token\n").check()


@pytest.mark.parametrize(
    ("url", "host"), [("https://api.intercom.io", "api.intercom.io"), ("http://u:p@localhost:1/x", "localhost:1")]
)
def test_the_host_is_named_without_credentials(url: str, host: str) -> None:
    assert Endpoint(url, "t").host == host
