"""Fetches pictures that stored bodies show: whoever wrote a body, nothing but pictures comes in, from the web alone.

No token, cookie or password goes out. Each name is resolved once, its addresses are judged, and the connection is made
to the very address that was judged, so that a name can't lead elsewhere meanwhile.
"""

from __future__ import annotations

import asyncio
import urllib.request
import zlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from helpsync import __version__
from helpsync.intercom.addresses import IN_WORDS, kind_of, resolve
from helpsync.intercom.connection import certificates_for, set_up, trouble_of
from helpsync.intercom.failures import plain
from helpsync.intercom.gather import gather
from helpsync.intercom.pace import REAL_TIME
from helpsync.picture_types import NoPicture, ending_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from helpsync.intercom.addresses import Kind, Resolve
    from helpsync.intercom.endpoint import Endpoint
    from helpsync.intercom.pace import Timing

CDN = "downloads.intercomcdn.com"
"""Where Intercom keeps pictures (facts: Bodies)."""

SIDE_BY_SIDE = 8
REDIRECTS = 5
ATTEMPTS = 3
SILENT = SIDE_BY_SIDE * ATTEMPTS
"""Attempts in a row without an answer after which a host is given up; all side by side may share one bad moment."""

_REDIRECTING = frozenset({301, 302, 303, 307, 308})
_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_FORMAT = 16 + zlib.MAX_WBITS
_PART = 65_536
_LOOPBACK: frozenset[Kind] = frozenset({"loopback"})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes, and the file ending, with its dot, that its type goes by: `.png`, `.jpg`, `.svg` …."""

    data: bytes
    ending: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds for one picture with all its attempts, and for all of them; seconds of silence of a host."""

    size: int = 20_000_000
    seconds: float = 60.0
    silence: float = 10.0
    all_size: int = 2_000_000_000
    all_seconds: float = 1800.0


class _Unfetched(Exception):
    """Why a picture is not fetched; with `again` another attempt may help."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again


@dataclass(frozen=True, slots=True)
class _Way:
    """Where a request goes: over which transport, and to which address in the place of the name."""

    transport: httpx.AsyncBaseTransport
    url: httpx.URL


class _Unpacking:
    """Unpacks what a server packed unasked, a bounded part at a time: a little can unpack to a lot."""

    def __init__(self, response: httpx.Response, host: str) -> None:
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in {*_GZIP, "", "identity"}:
            raise _Unfetched(f"{host} packed it in a way that was not asked for ({encoding})")
        self._inflated = zlib.decompressobj(_GZIP_FORMAT) if encoding in _GZIP else None
        self._broken = _Unfetched(f"what {host} packed can't be unpacked")

    def parts(self, piece: bytes) -> Iterator[bytes]:
        """Yield what a piece of the answer unpacks to; raises _Unfetched."""
        if self._inflated is None:
            yield piece
            return
        while piece and not self._inflated.eof:
            try:
                part = self._inflated.decompress(piece, _PART)
            except zlib.error:
                raise self._broken from None
            piece = self._inflated.unconsumed_tail
            yield part

    def check_end(self) -> None:
        """Raise _Unfetched where the answer ended too early."""
        if self._inflated is not None and not self._inflated.eof:
            raise self._broken


class PictureReader:
    """Fetches pictures; made by `open_pictures`."""

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits,
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
        self._found: dict[tuple[str, int], list[str]] = {}
        self._silent: dict[str, int] = {}
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)
        self._room = limits.all_size
        self._until: float | None = None
        self._allowed: frozenset[Kind] = frozenset()

    async def fetch(self, urls: Iterable[str]) -> dict[str, Picture | str]:
        """Return for each address the picture, or why there is none, as a part of a sentence.

        Never raises for what an address is or what a server does. What Intercom keeps is fetched once, however often
        its address was signed. The limits for all hold for all calls together; time runs from the first one. Raises
        ConfigError where a proxy that the environment names is not usable.
        """
        wanted = list(dict.fromkeys(urls))
        firsts: dict[str, str] = {}
        for url in wanted:
            firsts.setdefault(_unsigned(url), url)
        if self._until is None:
            self._allowed = frozenset({"public", await self._own_kind()})
            self._until = asyncio.get_running_loop().time() + self._limits.all_seconds
        until = self._until
        came = await gather([self._one(url, until) for url in firsts.values()])
        results = dict(zip(firsts, came, strict=True))
        return {url: results[_unsigned(url)] for url in wanted}

    async def close(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            await transport.aclose()

    async def _own_kind(self) -> Kind:
        """Return the kind of address that the remote itself is at: there, and only there, it is no intruder."""
        host = self._base.raw_host.decode("ascii")
        try:
            return kind_of(host)
        except ValueError:
            pass
        if self._local:
            return "loopback"
        kinds = {kind_of(address) for address in await self._addresses(host, self._base.port or 443)}
        return kinds.pop() if len(kinds) == 1 else "public"

    async def _one(self, url: str, until: float) -> Picture | str:
        async with self._turns:
            left = until - asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(min(self._limits.seconds, left)):
                    return await self._tried(url)
            except TimeoutError:
                if left < self._limits.seconds:
                    return f"all pictures together took longer than {self._limits.all_seconds:g} seconds"
                return f"it took longer than {self._limits.seconds:g} seconds"
            except (_Unfetched, NoPicture) as error:
                return plain(error)

    async def _tried(self, url: str) -> Picture:
        failures = 0
        while True:
            try:
                return await self._followed(url)
            except _Unfetched as error:
                failures += 1
                if not error.again or failures == ATTEMPTS:
                    raise
            await self._timing.sleep(self._timing.backoff(failures))

    async def _followed(self, text: str) -> Picture:
        url = _parsed(text)
        for _ in range(REDIRECTS + 1):
            there = self._at_the_remote(url)
            response = await self._asked(there)
            try:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTING or location is None:
                    return await self._read(response, _host(there))
            finally:
                await response.aclose()
            url = _joined(url, location)
        raise _Unfetched(f"it redirects more than {REDIRECTS} times")

    # Where to ------------------------------------------------------------------------------------------------------

    async def _asked(self, url: httpx.URL) -> httpx.Response:
        """Return a server's answer, of which only the head was read; raises _Unfetched."""
        host = _host(url)
        if self._silent.get(host, 0) >= SILENT:
            raise _Unfetched(f"{host} did not answer {SILENT} times in a row")
        trouble = ""
        for way in await self._ways(url):
            try:
                response = await way.transport.handle_async_request(self._request(url, way))
            except httpx.ConnectTimeout:
                trouble = f"no connection to {host} within {self._limits.silence:g} seconds"
            except httpx.TimeoutException:
                trouble = f"{host} said nothing for {self._limits.silence:g} seconds"
                break
            except (httpx.HTTPError, OSError, ValueError) as error:
                why = trouble_of(error, str(url)).reason if isinstance(error, httpx.HTTPError) else plain(error)
                trouble = f"no answer from {host}: {why}"
            else:
                self._silent[host] = 0
                return response
        self._silent[host] = self._silent.get(host, 0) + 1
        raise _Unfetched(trouble, again=True)

    def _at_the_remote(self, url: httpx.URL) -> httpx.URL:
        """Return where Intercom's pictures are when the remote is this machine's: with the remote (design: sandbox)."""
        if not self._local or url.host != CDN:
            return url
        return self._base.copy_with(raw_path=url.raw_path)

    async def _ways(self, url: httpx.URL) -> list[_Way]:
        """Return the ways to a server, best first; raises _Unfetched where none may be gone."""
        if self._app is not None and (url.scheme, url.netloc) == (self._base.scheme, self._base.netloc):
            return [_Way(self._app, url)]
        host = _host(url)
        plainly = url.scheme == "http"
        if plainly and "loopback" not in self._allowed:
            raise _Unfetched(f"{host} is not asked over plain http")
        proxy = None if self._local else _proxy_for(url)
        addresses = await self._addresses(host, url.port or (80 if plainly else 443))
        # Behind a proxy, names are often known to the proxy alone.
        if not addresses and proxy is None:
            raise _Unfetched(f"the name {host} does not resolve", again=True)
        kinds = {address: kind_of(address) for address in addresses}
        ways = [address for address in addresses if kinds[address] in (_LOOPBACK if plainly else self._allowed)]
        if (proxy and len(ways) < len(addresses)) or (addresses and not ways):
            refused = next(address for address in addresses if address not in ways)
            if plainly:
                raise _Unfetched(f"{host} is not asked over plain http")
            raise _Unfetched(f"{host} is at {refused}, {IN_WORDS[kinds[refused]]}, which is not asked")
        if proxy is not None:
            return [_Way(self._transport(proxy, proxy), url)]
        return [_Way(self._transport(host, None), url.copy_with(host=address)) for address in ways]

    async def _addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, none where it has none; what was found once stays as it was judged."""
        if (host, port) not in self._found:
            try:
                self._found[host, port] = await self._resolve(host, port)
            except (OSError, ValueError):
                return []
        return self._found[host, port]

    def _transport(self, name: str, proxy: str | None) -> httpx.AsyncBaseTransport:
        # One for each name: two names at one address must not share a connection that was certified for one of them.
        if self._given is not None:
            return self._given
        if name not in self._transports:
            self._transports[name] = set_up(lambda: httpx.AsyncHTTPTransport(verify=self._certificates, proxy=proxy))
        return self._transports[name]

    def _request(self, url: httpx.URL, way: _Way) -> httpx.Request:
        silence = self._limits.silence
        timeout = {"connect": silence, "read": silence, "write": silence, "pool": None}
        return httpx.Request(
            "GET",
            way.url,
            headers={
                "Host": url.netloc.decode("ascii"),
                "Accept": "image/*",
                "Accept-Encoding": "identity",
                "User-Agent": f"helpsync/{__version__}",
            },
            extensions={"timeout": timeout, "sni_hostname": _host(url)},
        )

    # What comes ----------------------------------------------------------------------------------------------------

    async def _read(self, response: httpx.Response, host: str) -> Picture:
        status = response.status_code
        if status != 200:
            raise _Unfetched(f"{host} answered {status}", again=status == 429 or status >= 500)
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._limits.size:
            raise self._too_large
        try:
            data = await self._whole(response, _Unpacking(response, host))
        except httpx.TimeoutException:
            raise _Unfetched(f"{host} said nothing for {self._limits.silence:g} seconds", again=True) from None
        except (httpx.HTTPError, OSError):
            raise _Unfetched(f"the connection to {host} broke off", again=True) from None
        return Picture(data, ending_of(data))

    async def _whole(self, response: httpx.Response, unpacking: _Unpacking) -> bytes:
        data = bytearray()
        taken = 0
        async for piece in response.aiter_raw():
            taken += len(piece)
            for part in unpacking.parts(piece):
                data += part
                self._room -= len(part)
                if len(data) > self._limits.size:
                    raise self._too_large
                if self._room < 0:
                    raise _Unfetched(f"all pictures together are larger than {_megabytes(self._limits.all_size)}")
            if taken > self._limits.size:
                raise self._too_large
        unpacking.check_end()
        return bytes(data)

    @property
    def _too_large(self) -> _Unfetched:
        return _Unfetched(f"it is larger than {_megabytes(self._limits.size)}")


@asynccontextmanager
async def open_pictures(
    endpoint: Endpoint,
    *,
    limits: Limits = Limits(),
    timing: Timing = REAL_TIME,
    resolve: Resolve = resolve,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[PictureReader]:
    """Give what fetches the pictures of a help center's bodies.

    Only https is spoken, plain http to this machine where the remote itself is there. Addresses of this machine, of
    private and link-local networks and reserved ones are refused unless the remote itself is at such a one. With a
    remote on this machine (the sandbox), Intercom's pictures are asked of that remote, never of the internet. Raises
    ConfigError where the environment's certificates can't be read.
    """
    reader = PictureReader(endpoint, limits, timing, resolve, transport)
    try:
        yield reader
    finally:
        await reader.close()


def _unsigned(url: str) -> str:
    """Return what tells pictures apart: Intercom signs its addresses anew at every reading (facts: Articles)."""
    return url.partition("?")[0] if url.startswith(f"https://{CDN}/") else url


def _parsed(text: str) -> httpx.URL:
    try:
        return _checked(httpx.URL(text))
    except (httpx.InvalidURL, ValueError, TypeError):
        raise _Unfetched("its address can't be read") from None


def _joined(url: httpx.URL, location: str) -> httpx.URL:
    try:
        return _checked(url.join(location))
    except (httpx.InvalidURL, ValueError, TypeError):
        raise _Unfetched("it redirects to an address that can't be read") from None


def _checked(url: httpx.URL) -> httpx.URL:
    if url.scheme not in {"http", "https"}:
        raise _Unfetched(
            f"{url.scheme}: addresses are not asked" if url.scheme else "its address is not one of the web"
        )
    if not url.raw_host:
        raise _Unfetched("its address names no host")
    if url.userinfo:
        raise _Unfetched("its address holds credentials")
    return url


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _proxy_for(url: httpx.URL) -> str | None:
    """Return the proxy that the environment wants between, None where it wants none."""
    proxies = urllib.request.getproxies()
    if urllib.request.proxy_bypass(_host(url)):
        return None
    proxy = proxies.get(url.scheme) or proxies.get("all")
    # Often named by host and port alone, which the API's client takes for plain http, too.
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:g} MB"
