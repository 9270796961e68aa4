"""Which addresses of links and pictures may pass at all."""

from __future__ import annotations

import re
from urllib.parse import quote

from helpsync.markdown.dialect import LINK_SCHEMES

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+|%[89a-fA-F][0-9a-fA-F]")
_IGNORED = re.compile(r"[\x00-\x20\x7f-\x9f\u200b\ufeff]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\ufeff]+")


def unsafe_scheme(href: str) -> str | None:
    """Return the scheme of a link that must not pass; browsers skip control characters in it, and so does this."""
    match = _SCHEME.match(_IGNORED.sub("", href))
    if match is None or match[1].lower() in LINK_SCHEMES:
        return None
    return match[1].lower()


def is_script(address: str) -> bool:
    """Tell whether a browser would run the address, or show what is in it, instead of going there."""
    return unsafe_scheme(address) in {"javascript", "vbscript", "data"}


def clean_address(href: str) -> str:
    """Return the address without control characters and line breaks, which no address holds."""
    return _CONTROL.sub("", href).strip()


def encode_address(href: str) -> str:
    """Return the address with letters beyond ASCII as Intercom stores them (facts: what is sent)."""
    return _BEYOND_ASCII.sub(lambda match: quote(match[0]) if match[0][0] != "%" else match[0].upper(), href)


def is_public_address(url: str) -> bool:
    """Tell whether Intercom could fetch a picture from there (facts: relative and `data:` are refused)."""
    return url.lower().startswith(("https://", "http://"))


def refused_scheme(source: str) -> str | None:
    """Return the scheme of a picture's address that Intercom refuses; a letter alone is a disk of Windows'."""
    match = _SCHEME.match(source)
    if match is None or len(match[1]) == 1 or match[1].lower() in {"http", "https"}:
        return None
    return match[1].lower()
