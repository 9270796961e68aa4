"""Slugs of headings as GitHub makes them, so that anchors work there too."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

_SPACE = re.compile(r"\s")


def slugify(text: str) -> str:
    """Return GitHub's slug of a heading: lower case, letters, digits, `-` and `_` of any script, `-` for a space."""
    kept = [char for char in text.strip().lower() if char in "-_" or char.isspace() or _is_word(char)]
    return _SPACE.sub("-", "".join(kept))


def _is_word(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LNM" or category == "Pc"


class Slugger:
    """Gives each heading of a body its slug; a slug that was given before gets `-1`, `-2` and so on."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._counts: dict[str, int] = {}

    def slug(self, text: str, explicit: str | None = None) -> str:
        """Return the slug of a heading with this text; an explicit one (`{#id}`) wins."""
        wanted = explicit or slugify(text) or "section"
        given = unused_slug(wanted, self._given, self._counts)
        self._given.add(given)
        return given


def unused_slug(wanted: str, given: Container[str], counts: dict[str, int]) -> str:
    """Return `wanted`, or with the first number appended that makes it new; `counts` keeps the numbers."""
    slug = wanted
    while slug in given:
        counts[wanted] = counts.get(wanted, 0) + 1
        slug = f"{wanted}-{counts[wanted]}"
    return slug
