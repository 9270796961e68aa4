"""Where a name leads: the kinds of network addresses, told before anything is connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Kind: TypeAlias = Literal["public", "loopback", "private", "link-local", "reserved"]
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]
"""Gives the addresses of a host and port, best first; raises OSError where there are none."""

IN_WORDS: dict[Kind, str] = {
    "public": "a public address",
    "loopback": "an address of the machine itself",
    "private": "an address of a private network",
    "link-local": "a link-local address",
    "reserved": "a reserved address",
}

_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SITE_LOCAL = ipaddress.IPv6Network("fec0::/10")

_TESTS: tuple[tuple[Kind, Callable[[Address], bool]], ...] = (
    ("reserved", lambda address: address.is_unspecified or address.is_multicast),
    ("loopback", lambda address: address.is_loopback),
    ("link-local", lambda address: address.is_link_local),
    ("private", lambda address: address in _SITE_LOCAL),
    # The library counts these two as private.
    ("reserved", lambda address: address.is_reserved or address in _THIS_NETWORK),
    ("private", lambda address: address.is_private),
    ("reserved", lambda address: not address.is_global),
)


def kind_of(text: str) -> Kind:
    """Return what kind of address this is; one that only wraps an IPv4 address is of that address's kind.

    Raises ValueError for a text that is no address.
    """
    address = _unwrapped(ipaddress.ip_address(text))
    return next((kind for kind, is_one in _TESTS if is_one(address)), "public")


def _unwrapped(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(address.packed[-4:])
    return address if inner is None else inner


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the system knows them, best first; raises OSError where there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
