"""Pictures: taken in from public addresses without dialling out, signed anew at every reading."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import itertools
import random
import re
import struct
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from helpsync.sandbox.bodies import BodyRefused
from helpsync.sandbox.pieces import escape
from helpsync.sandbox.tags import CDN

if TYPE_CHECKING:
    import sqlite3

_STORED = re.compile(rf'<img src="({re.escape(CDN)}i/o/[^"?]*)"')
_IMAGE = re.compile(rf'<img src="({re.escape(CDN)}i/o/[^"]*)"([^>]*)>')
_PATH = re.compile(r"/i/o/([^/]+)/(\d+)/([0-9a-f]+)/([^/]*)")
_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_SIGNED_FOR = 24 * 3600
_CELL = 16
_CELLS = 5
_readings = itertools.count(1)


def take_in(db: sqlite3.Connection, workspace: str, source: str) -> str:
    """Return the stored address, without signature, of a picture that was sent; raises BodyRefused as Intercom does.

    The same address gives the same picture (facts: the same URL with new bytes keeps the old picture). An address of
    Intercom's that this workspace does not know is a public one only with its signature.
    """
    try:
        parts = urlsplit(source)
        host = parts.hostname or ""
    except ValueError:
        raise BodyRefused(f"the image {source[:100]} has no address that can be read") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise BodyRefused(f"the image {source[:100] or 'without src'} has no public address")
    if source.startswith(CDN):
        found = _PATH.fullmatch(parts.path)
        if found and found[1] == workspace:
            row = db.execute("SELECT digest, name FROM pictures WHERE id = ?", (int(found[2]),)).fetchone()
            if row and (row["digest"], row["name"]) == (found[3], found[4]):
                return f"{CDN}i/o/{workspace}/{found[2]}/{found[3]}/{found[4]}"
        if "signature=" not in parts.query:
            raise BodyRefused(f"the image {source[:100]} could not be fetched")
    if not _public(host):
        raise BodyRefused(f"the image {source[:100]} could not be fetched")
    row = db.execute("SELECT id, digest, name FROM pictures WHERE source = ?", (source,)).fetchone()
    if row is None:
        digest = hashlib.sha256(source.encode()).hexdigest()[:32]
        name = _NAME.sub("_", unquote(parts.path).rpartition("/")[2])[-80:] or "image"
        row = db.execute(
            "INSERT INTO pictures (source, digest, name) VALUES (?, ?, ?) RETURNING id, digest, name",
            (source, digest, name),
        ).fetchone()
    return f"{CDN}i/o/{workspace}/{row['id']}/{row['digest']}/{row['name']}"


def _public(host: str) -> bool:
    """Return whether Intercom's servers could reach the host; names under `.invalid` stand for those it can't."""
    if host == "localhost" or host.endswith((".invalid", ".localhost", ".local")) or host == "invalid":
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


def signed(body: str, now: float) -> str:
    """Return a stored body with every picture's address signed; no two readings sign alike (facts: bodies move)."""
    if CDN not in body:
        return body
    reading = next(_readings)
    expires = int(now) + _SIGNED_FOR

    def sign(match: re.Match[str]) -> str:
        digest = hashlib.sha256(f"{match[1]}|{expires}|{reading}".encode()).digest()
        req = quote(base64.b64encode(digest[:24]).decode(), safe="")
        return f'<img src="{match[1]}?expires={expires}&amp;signature={digest.hex()}&amp;req={req}"'

    return _STORED.sub(sign, body)


def resized(body: str, seed: int) -> str:
    """Return a stored body in which some pictures gained sizes, as Intercom does by itself; the seed chooses which."""
    chance = random.Random(f"{seed}|{body}")  # noqa: S311  # repeatable choices, no secrets

    def resize(match: re.Match[str]) -> str:
        if "width=" in match[2] or chance.random() < 0.3:
            return match[0]
        width, height = chance.randrange(200, 1600), chance.randrange(100, 1200)
        styled = f' style="width: {width // 2}px;"' if chance.random() < 0.5 and "style=" not in match[2] else ""
        return f'<img src="{match[1]}"{match[2]} width="{width}" height="{height}"{styled}>'

    return _IMAGE.sub(resize, body)


def stored_bytes(db: sqlite3.Connection, workspace: str, path: str) -> bytes | None:
    """Return the picture at a path of Intercom's, None where none is stored; signed or not, since none is secret here.

    Nothing was fetched, so it is a placeholder: a small PNG, always the same for the same address that was sent, and
    another one for each.
    """
    found = _PATH.fullmatch(path)
    if found is None or found[1] != workspace or len(found[2]) > 18:
        return None
    row = db.execute("SELECT digest, name FROM pictures WHERE id = ?", (int(found[2]),)).fetchone()
    return drawn(row["digest"]) if row and (row["digest"], row["name"]) == (found[3], found[4]) else None


def drawn(digest: str) -> bytes:
    """Return a PNG that stands for a picture: a pattern in a colour, both from the hex digest."""
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


def placeholder(number: int, name: str, digest: str) -> str:
    """Return an SVG that stands for a picture: its name on a colour of its own."""
    hue = int(digest[:4], 16) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320" viewBox="0 0 640 320" role="img">'
        f'<rect width="640" height="320" fill="hsl({hue} 45% 88%)"/>'
        f'<text x="320" y="168" text-anchor="middle" font-family="sans-serif" font-size="20" fill="hsl({hue} 45% 25%)">'
        f"{escape(name)} ({number})</text></svg>"
    )
