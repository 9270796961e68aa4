"""Kinds of network addresses, however they are written."""

from __future__ import annotations

import asyncio

import pytest

from helpsync.intercom.pictures import kind_of, resolve


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("93.184.216.34", "public"),
        ("2606:2800:220:1::1", "public"),
        ("::ffff:93.184.216.34", "public"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("2002:7f00:1::", "loopback"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.0.1", "private"),
        ("fd00::1", "private"),
        ("fec0::1", "private"),
        ("::ffff:10.0.0.1", "private"),
        ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("::ffff:169.254.169.254", "link-local"),
        ("0.0.0.0", "reserved"),
        ("0.1.2.3", "reserved"),
        ("::", "reserved"),
        ("100.64.0.1", "reserved"),
        ("224.0.0.1", "reserved"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("ff02::1", "reserved"),
    ],
)
def test_an_address_is_of_the_kind_of_what_it_leads_to(address: str, kind: str) -> None:
    assert kind_of(address) == kind


@pytest.mark.parametrize("text", ["localhost", "127.1", "0x7f000001", "", "1.2.3.4.5"])
def test_a_name_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear"):
        kind_of(text)


@pytest.mark.parametrize("name", ["localhost", "127.1", "0x7f000001", "2130706433"])
def test_odd_spellings_of_this_machine_resolve_to_what_is_told_as_it(name: str) -> None:
    found = asyncio.run(resolve(name, 443))
    assert {kind_of(address) for address in found} == {"loopback"}
