"""Certificates and proxies as the environment sets them, and why a connection fails."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from helpsync.errors import ConfigError
from helpsync.intercom.failures import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpsync.intercom.endpoint import Endpoint

T = TypeVar("T")

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""Variables that name trusted certificates, OpenSSL's and those of requests; the first that is set counts."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no connection, as a part of a sentence; `hopeless` where trying again can't help."""

    reason: str
    hint: str
    hopeless: bool = False


def certificates_for(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """Return what httpx verifies an endpoint by, on this machine too; raises what `certificates` does.

    Those of the environment are not read where no secure connection is made to it.
    """
    is_plain = endpoint.app is not None or urlsplit(endpoint.base_url).scheme == "http"
    return True if is_plain else certificates()


def certificates() -> ssl.SSLContext:
    """Return the trusted certificates; raises ConfigError if the environment names unusable ones."""
    for name in CERTIFICATES:
        if path := os.environ.get(name):
            return set_up(lambda: _trusting(path), f"{name}: ")
    return set_up(httpx.create_ssl_context)


def _trusting(path: str) -> ssl.SSLContext:
    if Path(path).is_dir():
        return ssl.create_default_context(capath=path)
    return ssl.create_default_context(cafile=path)


def set_up(make: Callable[[], T], where: str = "") -> T:
    """Return the client that `make` sets up from the environment; raises ConfigError if its settings are unusable."""
    try:
        return make()
    except ImportError:
        trouble = "a SOCKS proxy is not supported"
    except (ValueError, httpx.InvalidURL):
        trouble = "a proxy's address is not usable"  # which is not shown: it may contain a password
    except OSError as error:
        said = "it contains no certificate" if isinstance(error, ssl.SSLError) else plain(error.strerror or error)
        trouble = f"the certificates can't be read: {said}"
    raise ConfigError(
        f"no connection can be set up with the environment's proxy and certificate settings: {where}{trouble}",
        hint=f"check HTTPS_PROXY, ALL_PROXY, {', '.join(CERTIFICATES[:-1])} and {CERTIFICATES[-1]}",
    )


def trouble_of(error: httpx.HTTPError, url: str) -> Trouble:
    """Return why there is no connection to a URL, and over which proxy it was tried."""
    # The library's own words ("All connection attempts failed") hide what the system said.
    causes = list(_causes(error))
    untrusted = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if untrusted is not None:
        said = plain(getattr(untrusted, "verify_message", "") or untrusted.args[-1])
        return Trouble(
            f"its certificate is not trusted ({said})",
            "if the server, or a proxy or firewall of your network, signs connections itself, set SSL_CERT_FILE to a "
            "file with its certificate (PEM)",
            hopeless=True,
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        reason = "its name does not resolve"
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        reason = "connection refused"
    elif (broken := next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)) is not None:
        reason = f"no secure connection ({plain(broken.reason or broken)})"
    else:
        reason = plain(error) or type(error).__name__
    proxy = proxy_for(url)
    return Trouble(f"{reason} (over the proxy of {proxy})" if proxy else reason, hint_for(url))


def hint_for(url: str) -> str:
    """Return what to check where a URL can't be reached."""
    proxy = proxy_for(url)
    return f"check the network, {f'the proxy of {proxy}' if proxy else 'a proxy'}, and the remote's region or base_url"


def proxy_for(url: str) -> str | None:
    """Return the environment variable that names the proxy for a URL; None where there is none, or NO_PROXY says so."""
    parts = urlsplit(url)
    if parts.hostname in {"localhost", "127.0.0.1", "::1"} or proxy_bypass(parts.netloc):
        return None
    for kind in (parts.scheme, "all"):
        if kind in getproxies():
            return f"{kind.upper()}_PROXY"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _causes(one)
        error = error.__cause__ or error.__context__
