"""Levels and ids of headings: settled when a whole body is known (facts: what is sent, headings)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.sandbox.pieces import attribute

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.sandbox.settings import HeadingMode


@dataclass(frozen=True, slots=True)
class HeadingRules:
    """How headings are stored.

    `mode` is `compact` (the levels of a body become consecutive, the shallowest h1), `docs` (h2 below h1) or `keep`.
    `keep_ids` keeps each id that is sent, of any form. `new_id` returns an id of the documented form for the n-th
    heading of this write. `keep_marks` keeps bold, italic and code.
    """

    mode: HeadingMode
    keep_ids: bool
    new_id: Callable[[int], str]
    keep_marks: bool = False


def settle_headings(out: list[str], headings: list[tuple[int, int, str | None, str]], rules: HeadingRules) -> None:
    """Fill in the tags of the headings: each is (place of its opening in `out`, level, id sent, other attributes)."""
    ranks = {level: rank for rank, level in enumerate(sorted({level for _, level, _, _ in headings}), 1)}
    for number, (place, level, sent, attributes) in enumerate(headings):
        stored = {"compact": ranks[level], "docs": min(level, 2), "keep": level}[rules.mode]
        identity = sent if rules.keep_ids and sent else rules.new_id(number)
        out[place] = f"<h{stored}{attribute('id', identity)}{attributes}>"
        out[place + 2] = f"</h{stored}>"
