"""What the rules of articles and groups need to know about the workspace in one transaction."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from helpsync.sandbox.failures import invalid
from helpsync.sandbox.settings import DEFAULT_ORIGIN

if TYPE_CHECKING:
    import sqlite3

    from helpsync.sandbox.settings import Settings

_NO_WORD = re.compile(r"[^\w]+|_+")


@dataclass(slots=True)
class Workspace:
    """One transaction on the store, and the time at which it happens (Unix seconds)."""

    db: sqlite3.Connection
    settings: Settings
    id: str
    now: int
    own_admin: int
    created_at: int

    def admin(self, number: int, field: str) -> int:
        """Return the id of an admin; raises ApiError for one that the workspace does not have."""
        if self.db.execute("SELECT 1 FROM admins WHERE id = ?", (number,)).fetchone() is None:
            raise invalid(f"{field} must be a teammate on the help center's workspace", field)
        return number

    def centers(self) -> dict[int, str]:
        """Return the part of a URL that names each help center by its id: nothing for the default one."""
        rows = self.db.execute("SELECT id, identifier FROM help_centers ORDER BY id").fetchall()
        return {row["id"]: f"/{row['identifier']}" if place else "" for place, row in enumerate(rows)}

    def group_centers(self) -> dict[int, int]:
        """Return the help center's id of every collection and section by its id."""
        return {row["id"]: row["help_center_id"] for row in self.db.execute("SELECT id, help_center_id FROM groups")}


def slug(title: str) -> str:
    """Return the slug of a title in URLs: small letters, Latin ones without accents, hyphens, percent-encoded."""
    folded = unicodedata.normalize("NFKD", title.lower())
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter) or ord(letter) > 0x36F)
    words = _NO_WORD.sub("-", unicodedata.normalize("NFC", plain)).strip("-")
    return quote(words[:80].strip("-"))


def kept_links(body: str, origin: str) -> str:
    """Return a body for the store: links to the sandbox's own pages have one origin, wherever it is served."""
    return _with_origin(body, origin, DEFAULT_ORIGIN)


def shown_links(body: str, origin: str) -> str:
    """Return a stored body with links to the sandbox's own pages as they are served now."""
    return _with_origin(body, DEFAULT_ORIGIN, origin)


def _with_origin(body: str, old: str, new: str) -> str:
    if old == new or old not in body:
        return body
    return re.sub(rf"""(<a [^>]*?href="){re.escape(old)}(?=[/"#?])""", lambda match: match[1] + new, body)


def page_path(center: str, locale: str, kind: str, number: int, title: str) -> str:
    """Return the path of a reader's page: `/{locale}/articles/{id}-{slug}`, after its help center's if not default."""
    words = slug(title)
    return f"{center}/{locale}/{kind}/{number}{'-' if words else ''}{words}"
