"""Fetches the pictures of stored bodies. Anyone may have written a body, so it accepts only pictures from the web.

It sends no token, cookie or password. It resolves each name once, checks its addresses, and connects to a checked
address, so that a name can't lead elsewhere meanwhile.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import zlib
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import httpx

from helpsync import __version__
from helpsync.intercom.failures import no_connection, one_line, proxy_for
from helpsync.intercom.http import REAL_TIME, certificates_for, gather, set_up
from helpsync.picture_types import NotAPicture, ending_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractAsyncContextManager

    from helpsync.intercom.endpoint import Endpoint
    from helpsync.intercom.http import Timing

CDN = "downloads.intercomcdn.com"
"""The host of Intercom's pictures."""

PARALLEL = 8
REDIRECTS = 5
ATTEMPTS = 3
SILENT = PARALLEL * ATTEMPTS
"""Attempts in a row without an answer before a host is given up; parallel ones may all fail at the same moment."""

_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_FORMAT = 16 + zlib.MAX_WBITS
_PART = 65_536

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressKind: TypeAlias = Literal["public", "loopback", "private", "link-local", "reserved"]
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]
"""Returns the addresses of a host and port, best first; raises OSError if there are none."""

_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SITE_LOCAL = ipaddress.IPv6Network("fec0::/10")
_KIND_TESTS: tuple[tuple[AddressKind, Callable[[IPAddress], bool]], ...] = (
    ("reserved", lambda address: address.is_unspecified or address.is_multicast),
    ("loopback", lambda address: address.is_loopback),
    ("link-local", lambda address: address.is_link_local),
    ("private", lambda address: address in _SITE_LOCAL),
    # `ipaddress` counts these two as private.
    ("reserved", lambda address: address.is_reserved or address in _THIS_NETWORK),
    ("private", lambda address: address.is_private),
    ("reserved", lambda address: not address.is_global),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes, and the file ending of its type, with the dot: `.png`, `.jpg`, `.svg` …."""

    data: bytes
    ending: str


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """Bytes and seconds for one picture with all its attempts, and for all; seconds that a host may be silent."""

    size: int = 20_000_000
    seconds: float = 60.0
    silence: float = 10.0
    all_size: int = 2_000_000_000
    all_seconds: float = 1800.0


def kind_of(text: str) -> AddressKind:
    """Return the kind of an IP address; one that wraps an IPv4 address has that address's kind.

    Raises ValueError for a text that isn't an address.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(address.packed[-4:])
        address = inner or address
    return next((kind for kind, is_one in _KIND_TESTS if is_one(address)), "public")


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host from the system's resolver, best first; raises OSError if there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def open_pictures(
    endpoint: Endpoint,
    *,
    limits: PictureLimits = PictureLimits(),
    timing: Timing = REAL_TIME,
    resolve: Resolve = resolve,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AbstractAsyncContextManager[PictureReader]:
    """Yield a reader of the pictures in a help center's bodies.

    It uses https; plain http only if the remote itself is on this machine. It refuses addresses of this machine, of
    private and link-local networks, and reserved ones, unless the remote itself has an address of that kind. A remote
    on this machine (the sandbox) serves Intercom's pictures itself. Raises ConfigError if the environment's
    certificates can't be read.
    """
    return aclosing(PictureReader(endpoint, limits, timing, resolve, transport))


class _Unfetched(Exception):
    """The reason why a picture is not fetched; with `retry` another attempt may help."""

    def __init__(self, reason: str, *, retry: bool = False) -> None:
        super().__init__(reason)
        self.retry = retry


class PictureReader:
    """Fetches pictures; made by `open_pictures`."""

    def __init__(
        self,
        endpoint: Endpoint,
        limits: PictureLimits,
        timing: Timing,
        resolve: Resolve,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self._base = httpx.URL(endpoint.base_url)
        self._app = httpx.ASGITransport(endpoint.app, raise_app_exceptions=False) if endpoint.app else None
        self._local = endpoint.app is not None or endpoint.loopback
        self._limits = limits
        self._timing = timing
        self._resolve = resolve
        self._given = transport
        self._certificates = certificates_for(endpoint)
        self._transports: dict[str, httpx.AsyncBaseTransport] = {}
        self._resolved: dict[tuple[str, int], list[str]] = {}
        self._silent: dict[str, int] = {}
        self._turns = asyncio.Semaphore(PARALLEL)
        self._room = limits.all_size
        self._until = 0.0
        self._allowed: frozenset[AddressKind] = frozenset()

    async def fetch(self, urls: Iterable[str]) -> dict[str, Picture | str]:
        """Return the picture at each URL, or the reason why there is none, as a part of a sentence.

        Never raises because of a URL or a server. URLs of one Intercom picture with different signatures cost one
        request. The limits for all pictures include earlier calls, and time counts from the first call. Raises
        ConfigError if a proxy that the environment names is not usable.
        """
        wanted = list(dict.fromkeys(urls))
        firsts: dict[str, str] = {}
        for url in wanted:
            firsts.setdefault(_unsigned(url), url)
        if not self._allowed:
            self._allowed = frozenset({"public", await self._kind_of_remote()})
            self._until = asyncio.get_running_loop().time() + self._limits.all_seconds
        fetched = await gather([self._fetch(url) for url in firsts.values()])
        results = dict(zip(firsts, fetched, strict=True))
        return {url: results[_unsigned(url)] for url in wanted}

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            await transport.aclose()

    async def _kind_of_remote(self) -> AddressKind:
        """Return the kind of address that the remote has: pictures may have such addresses too."""
        host = _host(self._base)
        try:
            return kind_of(host)
        except ValueError:
            pass
        if self._local:
            return "loopback"
        kinds = {kind_of(address) for address in await self._addresses(host, self._base.port or 443)}
        return kinds.pop() if len(kinds) == 1 else "public"

    async def _fetch(self, url: str) -> Picture | str:
        async with self._turns:
            left = self._until - asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(min(self._limits.seconds, left)):
                    return await self._with_retries(url)
            except TimeoutError:
                if left < self._limits.seconds:
                    return f"all pictures together took longer than {self._limits.all_seconds:g} seconds"
                return f"it took longer than {self._limits.seconds:g} seconds"
            except (_Unfetched, NotAPicture) as error:
                return one_line(error)

    async def _with_retries(self, url: str) -> Picture:
        failures = 0
        while True:
            try:
                return await self._with_redirects(url)
            except _Unfetched as error:
                failures += 1
                if not error.retry or failures == ATTEMPTS:
                    raise
            await self._timing.sleep(self._timing.backoff(failures))

    async def _with_redirects(self, text: str) -> Picture:
        url = _web_url(text)
        for _ in range(REDIRECTS + 1):
            # A remote on this machine serves Intercom's pictures itself.
            source = self._base.copy_with(raw_path=url.raw_path) if self._local and url.host == CDN else url
            response = await self._request(source)
            try:
                if not response.has_redirect_location:
                    return await self._read(response, _host(source))
            finally:
                await response.aclose()
            url = _web_url(response.headers["location"], url)
        raise _Unfetched(f"it redirects more than {REDIRECTS} times")

    async def _request(self, url: httpx.URL) -> httpx.Response:
        """Return a server's reply after reading its head; raises _Unfetched."""
        host = _host(url)
        if self._silent.get(host, 0) >= SILENT:
            raise _Unfetched(f"{host} did not answer {SILENT} times in a row")
        silence = self._limits.silence
        trouble = ""
        for transport, target in await self._routes(url):
            request = httpx.Request(
                "GET",
                target,
                headers={
                    "Host": url.netloc.decode("ascii"),
                    "Accept": "image/*",
                    "Accept-Encoding": "identity",
                    "User-Agent": f"helpsync/{__version__}",
                },
                extensions={
                    "timeout": {"connect": silence, "read": silence, "write": silence, "pool": None},
                    "sni_hostname": host,
                },
            )
            try:
                response = await transport.handle_async_request(request)
            except httpx.ConnectTimeout:
                trouble = f"no connection to {host} within {silence:g} seconds"
            except httpx.TimeoutException:
                trouble = f"{host} said nothing for {silence:g} seconds"
                break
            except (httpx.HTTPError, OSError, ValueError) as error:
                trouble = f"no answer from {host}: {no_connection(error, str(url)).reason}"
            else:
                self._silent[host] = 0
                return response
        self._silent[host] = self._silent.get(host, 0) + 1
        raise _Unfetched(trouble, retry=True)

    async def _routes(self, url: httpx.URL) -> list[tuple[httpx.AsyncBaseTransport, httpx.URL]]:
        """Return the routes to a server, best first: a transport, and a URL with a checked address instead of the name.

        Raises _Unfetched if no route is allowed.
        """
        if self._app is not None and (url.scheme, url.netloc) == (self._base.scheme, self._base.netloc):
            return [(self._app, url)]
        host = _host(url)
        plain = url.scheme == "http"
        if plain and "loopback" not in self._allowed:
            raise _Unfetched(f"{host} is not asked over plain http")
        proxy = None if self._local else proxy_for(str(url))
        addresses = await self._addresses(host, url.port or (80 if plain else 443))
        # Behind a proxy, often only the proxy can resolve names.
        if not addresses and proxy is None:
            raise _Unfetched(f"the name {host} does not resolve", retry=True)
        allowed: frozenset[AddressKind] = frozenset({"loopback"}) if plain else self._allowed
        kinds = {address: kind_of(address) for address in addresses}
        refused = [address for address, kind in kinds.items() if kind not in allowed]
        if refused and (proxy is not None or len(refused) == len(addresses)):
            if plain:
                raise _Unfetched(f"{host} is not asked over plain http")
            raise _Unfetched(f"{host} is at {refused[0]}, a {kinds[refused[0]]} address, which is not asked")
        if proxy is not None:
            _, address = proxy
            # A proxy without a scheme means plain http, as for the API's client.
            return [(self._transport(address, address if "://" in address else f"http://{address}"), url)]
        transport = self._transport(host, None)
        return [(transport, url.copy_with(host=address)) for address in addresses if address not in refused]

    async def _addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, if it has any; it is resolved once, so a checked address doesn't change."""
        if (host, port) not in self._resolved:
            try:
                self._resolved[host, port] = await self._resolve(host, port)
            except (OSError, ValueError):
                return []
        return self._resolved[host, port]

    def _transport(self, name: str, proxy: str | None) -> httpx.AsyncBaseTransport:
        # One for each name: two names at one address must not share a connection with the certificate of one of them.
        if self._given is not None:
            return self._given
        if name not in self._transports:
            self._transports[name] = set_up(lambda: httpx.AsyncHTTPTransport(verify=self._certificates, proxy=proxy))
        return self._transports[name]

    async def _read(self, response: httpx.Response, host: str) -> Picture:
        status = response.status_code
        if status != 200:
            raise _Unfetched(f"{host} answered {status}", retry=status == 429 or status >= 500)
        length = response.headers.get("content-length", "")
        self._check_size(int(length) if length.isdecimal() else 0)
        try:
            data = await self._content(response, host)
        except httpx.TimeoutException:
            raise _Unfetched(f"{host} said nothing for {self._limits.silence:g} seconds", retry=True) from None
        except (httpx.HTTPError, OSError):
            raise _Unfetched(f"the connection to {host} broke off", retry=True) from None
        return Picture(data, ending_of(data))

    async def _content(self, response: httpx.Response, host: str) -> bytes:
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in {*_GZIP, "", "identity"}:
            raise _Unfetched(f"{host} packed it in a way that was not asked for ({encoding})")
        inflater = zlib.decompressobj(_GZIP_FORMAT) if encoding in _GZIP else None
        data = bytearray()
        try:
            async for piece in response.aiter_raw():
                for part in _unpacked(piece, inflater):
                    data += part
                    self._room -= len(part)
                    self._check_size(len(data))
                    if self._room < 0:
                        raise _Unfetched(f"all pictures together are larger than {_megabytes(self._limits.all_size)}")
                self._check_size(response.num_bytes_downloaded)
        except zlib.error:
            raise _Unfetched(f"what {host} packed can't be unpacked") from None
        if inflater is not None and not inflater.eof:
            raise _Unfetched(f"what {host} packed can't be unpacked")
        return bytes(data)

    def _check_size(self, size: int) -> None:
        if size > self._limits.size:
            raise _Unfetched(f"it is larger than {_megabytes(self._limits.size)}")


def _unpacked(piece: bytes, inflater: zlib._Decompress | None) -> Iterator[bytes]:
    """Yield the unpacked piece in parts of bounded size: a small piece can unpack to a very large one."""
    if inflater is None:
        yield piece
        return
    while piece and not inflater.eof:
        yield inflater.decompress(piece, _PART)
        piece = inflater.unconsumed_tail


def _unsigned(url: str) -> str:
    """Return the URL without the signature of Intercom, which differs in each reply."""
    return url.partition("?")[0] if url.startswith(f"https://{CDN}/") else url


def _web_url(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return the URL of a picture, or of a redirect from `base`; raises _Unfetched."""
    try:
        url = base.join(text) if base else httpx.URL(text)
    except (httpx.InvalidURL, ValueError, TypeError):
        reason = "it redirects to an address that can't be read" if base else "its address can't be read"
        raise _Unfetched(reason) from None
    if url.scheme not in {"http", "https", ""}:
        raise _Unfetched(f"{url.scheme}: addresses are not asked")
    if not url.scheme or not url.raw_host:
        raise _Unfetched("its address is not a web address")
    if url.userinfo:
        raise _Unfetched("its address contains credentials")
    return url


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:g} MB"
