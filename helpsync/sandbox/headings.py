"""Levels and ids of headings: settled when a whole body is known (facts: what is sent, headings)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.sandbox.settings import HeadingMode

_OWN_ID = re.compile(r"h_[0-9a-f]{10}")


@dataclass(frozen=True, slots=True)
class HeadingRules:
    """`shift`: the shallowest becomes h1; `docs`: h2 below h1; `keep`: as sent. `keep_ids` keeps ids that were ours.

    `new_id` returns an id of the documented form for the n-th heading of this write.
    """

    mode: HeadingMode
    keep_ids: bool
    new_id: Callable[[int], str]


def settle_headings(out: list[str], headings: list[tuple[int, int, str | None, str]], rules: HeadingRules) -> None:
    """Fill in the tags of the headings: each is (place of its opening in `out`, level, id sent, other attributes)."""
    if not headings:
        return
    up = min(level for _, level, _, _ in headings) - 1 if rules.mode == "shift" else 0
    taken: set[str] = set()
    for number, (place, level, sent, attributes) in enumerate(headings):
        stored = min(level, 2) if rules.mode == "docs" else level - up
        if rules.keep_ids and sent is not None and _OWN_ID.fullmatch(sent) and sent not in taken:
            identity = sent
        else:
            identity = rules.new_id(number)
        taken.add(identity)
        out[place] = f'<h{stored} id="{identity}"{attributes}>'
        out[place + 2] = f"</h{stored}>"
