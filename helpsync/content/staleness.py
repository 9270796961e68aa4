"""The rule about translations whose source text has changed since."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from helpsync.findings.catalogue import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpsync.errors import Location
    from helpsync.model import Finding

LENGTH = 12


def source_digest(title: str, text: str) -> str:
    """Return what `source:` in a translation holds: 12 hex digits of the SHA-256 of the default locale's text.

    The text is the title, a newline, and the Markdown body without white space around it; lines end in a newline.
    """
    return hashlib.sha256(f"{title}\n{text.strip()}".encode()).hexdigest()[:LENGTH]


def stale(digest: str, title: str, text: str, location: Location) -> Iterator[Finding]:
    """Yield a finding when `digest`, at `location`, is not that of the source's title and text."""
    now = source_digest(title, text)
    if digest != now:
        message = f"the source text changed since this was translated (source: {digest}, now {now})"
        yield finding("stale-translation", message, location, f"bring it up to date, then write `source: {now}`")
