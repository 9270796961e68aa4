"""Why a file or an address in an image link is not a picture."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit, urlunsplit

from helpsync.picture_types import NoPicture, ending_of

_LFS = b"version https://git-lfs.github.com/spec/"
_SVG = re.compile(rb"<svg\b")
_PROLOGUE = 10_000
"""The bytes in which the `<svg>` tag must begin, after comments and declarations."""

_KINDS = "PNG, JPEG, GIF, WebP, AVIF, BMP or SVG"
_EXPORT = f"export it again as {_KINDS}"
_GITHUB = re.compile(r"(/[^/]+/[^/]+)/blob/(.+)")
_GITLAB = re.compile(r"(.+/-)/blob/(.+)")
_BITBUCKET = re.compile(r"(/[^/]+/[^/]+)/src/(.+)")
_GITEA = re.compile(r"(/[^/]+/[^/]+)/src/((?:branch|commit|tag)/.+)")


def no_picture(data: bytes) -> tuple[str, str] | None:
    """Return what a file is instead of a picture, to follow "the picture `a.png` is", and a hint; None for a picture.

    An SVG that helpsync would not take from elsewhere is one: whoever may change the tree may also write scripts.
    """
    if not data:
        return "an empty file", _EXPORT
    if data.startswith(_LFS):
        return "a pointer of Git LFS, not the picture itself", "fetch the pictures with `git lfs pull`"
    try:
        ending_of(data)
    except NoPicture:
        if not _SVG.search(data[:_PROLOGUE]):
            return f"not a {_KINDS} file", _EXPORT
    return None


def page_instead(url: str) -> str | None:
    """Return a hint where the address is that of a web page about a picture, None for all others."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    query = parse_qs(parts.query)
    raw = None
    if match := _GITLAB.fullmatch(parts.path):
        raw = parts._replace(path=f"{match[1]}/raw/{match[2]}")
    elif host.startswith("github.") and "raw" not in query and (match := _GITHUB.fullmatch(parts.path)):
        raw = parts._replace(path=f"{match[1]}/raw/{match[2]}")
        if host == "github.com":
            raw = parts._replace(netloc="raw.githubusercontent.com", path=f"{match[1]}/{match[2]}")
    elif (match := _GITEA.fullmatch(parts.path)) or (host == "bitbucket.org" and _BITBUCKET.fullmatch(parts.path)):
        raw = parts._replace(path=parts.path.replace("/src/", "/raw/", 1))
    elif host == "dropbox.com" and not {"1"} & {*query.get("raw", ()), *query.get("dl", ())}:
        return "write `raw=1` in the place of `dl=0`"
    elif host in ("drive.google.com", "docs.google.com") and "/d/" in parts.path:
        return "put the picture into the content folder, or on a public server"
    return None if raw is None else f"did you mean `{urlunsplit(raw._replace(query='', fragment=''))}`?"
