"""Both sides of a body that report tests show as they are, without HTML between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.model import Body, Translation
from helpsync.plan import BodySides

if TYPE_CHECKING:
    from collections.abc import Callable


def sides(before: str, after: str) -> BodySides:
    return BodySides(("a", "en"), Translation("en", "A", body=Body(after)), before, {})


def as_given(given: BodySides, _picture: Callable[[str], str | None]) -> tuple[str, str]:
    return given.stored, given.wanted.body.html if given.wanted and given.wanted.body else ""
