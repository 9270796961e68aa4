"""Body diffs: unified diffs of Markdown, or of stored blocks where the old Markdown is not at hand."""

from __future__ import annotations

from difflib import unified_diff
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.plan.changes import BodyChange

CONTEXT_LINES = 3


class BodyDiffs:
    """Makes the diff of a body change; `source` gives the Markdown body of a file by its git blob id, or None."""

    def __init__(self, source: Callable[[str], str | None]) -> None:
        self._source = cache(source)

    def lines(self, change: BodyChange) -> list[str]:
        """Return the unified diff's lines, without file names; empty where no line changed.

        Where the old source is unknown, or is not what readers have, both sides are shown as Intercom's blocks.
        """
        before = None if change.by_blocks or change.blob is None else self._source(change.blob)
        if before is None and change.blocks is not None:
            return _diff(*change.blocks())
        return _diff((before or "").splitlines(), (change.after or "").splitlines())


def _diff(before: list[str], after: list[str]) -> list[str]:
    return list(unified_diff(before, after, lineterm="", n=CONTEXT_LINES))[2:]
