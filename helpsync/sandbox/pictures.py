"""Pictures: stored by their public URL without opening a connection, and signed again at each read."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import itertools
import re
import struct
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from helpsync.sandbox.body_writer import BodyRefused
from helpsync.sandbox.html import escape
from helpsync.sandbox.settings import PICTURE_HOST

if TYPE_CHECKING:
    import sqlite3

    from helpsync.sandbox.workspace import Workspace

_STORED = re.compile(rf'<img src="({re.escape(PICTURE_HOST)}i/o/[^"?]*)"')
_PATH = re.compile(r"/i/o/([^/]+)/([0-9]{1,18})/([0-9a-f]+)/([^/]*)")
_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_SIGNED_FOR = 24 * 3600
_CELL = 16
_CELLS = 5
_readings = itertools.count(1)


def store_picture(workspace: Workspace, source: str) -> str:
    """Return the stored URL of a picture, without a signature; raises BodyRefused for one that can't be fetched.

    The same source always gives the same picture: Intercom doesn't notice new bytes at an old URL. The URL of a picture
    in another workspace of Intercom is public only with its signature.
    """
    try:
        parts = urlsplit(source)
        host = parts.hostname or ""
    except ValueError:
        raise BodyRefused(f"the image {source[:100]} has no address that can be read") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise BodyRefused(f"the image {source[:100] or 'without src'} has no public address")
    if source.startswith(PICTURE_HOST):
        if _find(workspace, parts.path):
            return f"{PICTURE_HOST}{parts.path[1:]}"
        if "signature=" not in parts.query:
            raise BodyRefused(f"the image {source[:100]} could not be fetched")
    if not _public(host):
        raise BodyRefused(f"the image {source[:100]} could not be fetched")
    digest = hashlib.sha256(source.encode()).hexdigest()[:32]
    name = _NAME.sub("_", unquote(parts.path).rpartition("/")[2])[-80:] or "image"
    row = workspace.row("SELECT id FROM pictures WHERE source = ?", source)
    number = row["id"] if row else workspace.insert("pictures", source=source, digest=digest, name=name)
    return f"{PICTURE_HOST}i/o/{workspace.id}/{number}/{digest}/{name}"


def _public(host: str) -> bool:
    """Return whether Intercom's servers could reach the host; tests name an unreachable one under `.invalid`."""
    if host == "localhost" or host.endswith((".invalid", ".localhost", ".local")) or host == "invalid":
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


def signed(body: str, now: float) -> str:
    """Return a stored body with every picture's URL signed; each read has other signatures."""
    if PICTURE_HOST not in body:
        return body
    reading = next(_readings)
    expires = int(now) + _SIGNED_FOR

    def sign(match: re.Match[str]) -> str:
        digest = hashlib.sha256(f"{match[1]}|{expires}|{reading}".encode()).digest()
        req = quote(base64.b64encode(digest[:24]).decode(), safe="")
        return f'<img src="{match[1]}?expires={expires}&amp;signature={digest.hex()}&amp;req={req}"'

    return _STORED.sub(sign, body)


def stored_picture(workspace: Workspace, path: str) -> bytes | None:
    """Return the bytes of the picture at a path of `PICTURE_HOST`; None for a picture that isn't stored.

    No picture is ever fetched, so it is a placeholder: a small PNG, a different one for each source.
    """
    row = _find(workspace, path)
    return _png(row["digest"]) if row else None


def _find(workspace: Workspace, path: str) -> sqlite3.Row | None:
    """Return the picture of this workspace that is stored at a path, None without one."""
    found = _PATH.fullmatch(path)
    if found is None or found[1] != workspace.id:
        return None
    return workspace.row("SELECT * FROM pictures WHERE id = ? AND digest = ? AND name = ?", *found.groups()[1:])


def _png(digest: str) -> bytes:
    """Return a placeholder as PNG: a pattern in a colour, both from the hex digest."""
    rows = [
        [int(digest[(row * 4 + min(column, 7 - column)) % len(digest)], 16) & 1 for column in range(8)]
        for row in range(_CELLS)
    ]
    lines = (
        b"\0" + bytes(0xFF * cell for cell in row for _ in range(_CELL // 8)) for row in rows for _ in range(_CELL)
    )
    colour = bytes(int(digest[place : place + 2], 16) // 2 for place in (0, 2, 4))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", 8 * _CELL, _CELLS * _CELL, 1, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"\xff\xff\xff" + colour),
            _chunk(b"tEXt", b"Comment\0" + digest.encode()),
            # Not compressed: the same bytes with every build of zlib.
            _chunk(b"IDAT", zlib.compress(b"".join(lines), 0)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def placeholder(workspace: Workspace, file: str) -> str | None:
    """Return the picture `ID.svg` for the pages: its name on a colour of its own; None for one that isn't stored."""
    found = re.fullmatch(r"([0-9]{1,18})(?:\.svg)?", file)
    row = workspace.row("SELECT * FROM pictures WHERE id = ?", int(found[1])) if found else None
    if row is None:
        return None
    hue = int(row["digest"][:4], 16) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320" viewBox="0 0 640 320" role="img">'
        f'<rect width="640" height="320" fill="hsl({hue} 45% 88%)"/>'
        f'<text x="320" y="168" text-anchor="middle" font-family="sans-serif" font-size="20" fill="hsl({hue} 45% 25%)">'
        f"{escape(row['name'])} ({row['id']})</text></svg>"
    )
