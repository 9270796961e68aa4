"""The address of an Intercom server, and the token for it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from helpsync.errors import ConfigError

_Message: TypeAlias = MutableMapping[str, Any]
ASGIApp: TypeAlias = Callable[
    [_Message, Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]], Coroutine[None, None, None]
]

API_VERSION = "2.9"
REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "us": "https://api.intercom.io",
        "eu": "https://api.eu.intercom.io",
        "au": "https://api.au.intercom.io",
    }
)
"""The server of each region."""

_SHORT_TOKEN = 8
"""A shorter token may be part of words, so it is redacted only where it is a whole word."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, a token and an API version; an `app`, the sandbox, answers in-process instead of the server."""

    base_url: str
    token: str = field(repr=False)
    api_version: str = API_VERSION
    app: ASGIApp | None = field(default=None, repr=False, compare=False)

    @property
    def host(self) -> str:
        """The host, with the port if one is given, without scheme and credentials: safe for messages."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2] or self.base_url

    @property
    def region(self) -> str | None:
        """The region whose server this is, None for another server."""
        return next((name for name, url in REGIONS.items() if url == self.base_url.rstrip("/")), None)

    @property
    def loopback(self) -> bool:
        """Whether the server is this machine."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def check(self) -> None:
        """Raise ConfigError unless the token can be sent safely: by https, or by plain http to this machine."""
        try:
            parts = urlsplit(self.base_url)
            _ = parts.port  # raises for a port that isn't a number
        except ValueError:
            raise ConfigError("base_url is not a URL") from None  # the cause would repeat the URL's credentials
        odd = any(char.isspace() or not char.isprintable() for char in self.base_url) or parts.query or parts.fragment
        if parts.scheme not in {"http", "https"} or not parts.hostname or odd:
            raise ConfigError(
                "base_url is not an http(s) address", hint=f"a region's server looks like {REGIONS['eu']}"
            )
        if parts.username is not None or parts.password is not None:
            raise ConfigError("base_url contains credentials", hint="the token comes from the environment only")
        if parts.scheme == "http" and self.app is None and not self.loopback:
            raise ConfigError(
                f"the token is not sent over plain http to {self.host}",
                hint="use https; plain http is for this machine (localhost) only",
            )
        token = self.token.strip()
        if not token:
            raise ConfigError("the Intercom access token is empty", hint="put it in the remote's `token_env` variable")
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise ConfigError(
                "the Intercom access token contains characters that no token has",
                hint="copy it again: no quotes, spaces or line breaks",
            )

    def redact(self, text: str) -> str:
        """Return the text without the token, even if a server returned it escaped for a URL, JSON or a web page."""
        token = self.token.strip()
        if not token:
            return text
        pattern = "".join(map(_escaped, token))
        if len(token) < _SHORT_TOKEN:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        return re.sub(pattern, "[token]", text, flags=re.IGNORECASE)


def _escaped(char: str) -> str:
    """Return a pattern for a character of a token, plain or escaped."""
    number = ord(char)
    if char.isalnum():
        return char
    return rf"(?:\\?{re.escape(char)}|%{number:02x}|\\u{number:04x}|&#(?:{number}|x{number:x});)"
