"""What a rendering shows besides the plan's own values: diffs of bodies, names of pictures and of teammates."""

from __future__ import annotations

from difflib import unified_diff
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.plan.changes import BodyChange

CONTEXT_LINES = 3
_LOCAL = "sha256:"
_NONE: Mapping[str, str] = MappingProxyType({})


class Details:
    """Knows what the plan names only by a key.

    `source` gives the Markdown body of a file by its git blob id, or None; `pictures` the path of a local picture by
    its key (`Tree.pictures`); `teammates` an e-mail address or a name by its admin id.
    """

    def __init__(
        self,
        source: Callable[[str], str | None],
        *,
        pictures: Mapping[str, str] = _NONE,
        teammates: Mapping[str, str] = _NONE,
    ) -> None:
        self._source = cache(source)
        self._pictures = pictures
        self._teammates = teammates

    def lines(self, change: BodyChange) -> list[str]:
        """Return the unified diff's lines, without file names; empty where no line changed.

        Where the old source is unknown, or is not what readers have, both sides are shown as Intercom's blocks.
        """
        before = None if change.by_blocks or change.blob is None else self._source(change.blob)
        if before is None and change.blocks is not None:
            return _diff(*change.blocks())
        return _diff((before or "").splitlines(), (change.after or "").splitlines())

    def pictures(self, change: BodyChange) -> list[str]:
        """Return a phrase per picture that comes, goes or changes: ``picture refund.png changed``."""
        gone, new = ({self._picture(key) for key in keys} for keys in change.pictures)
        # The old bytes of a local picture have no name any more; where one goes and one comes, they are the same one.
        if len(change.pictures[0]) == len(change.pictures[1]) == 1 and next(iter(gone)).startswith(_LOCAL):
            gone = new
        changed = gone & new
        said = [(name, "removed") for name in gone - changed]
        said += [(name, "changed") for name in changed]
        said += [(name, "added") for name in new - changed]
        return [f"picture {name} {what}" for name, what in sorted(said)]

    def _picture(self, key: str) -> str:
        if key.startswith(_LOCAL):
            return self._pictures.get(key) or key[: len(_LOCAL) + 12]
        return unquote(urlsplit(key).path.rstrip("/").rpartition("/")[2]) or key

    def value(self, name: str, value: str | None) -> str | None:
        """Return a field's value as people know it: an author's admin id with the e-mail address or name beside it."""
        known = self._teammates.get(value) if name == "author" and value else None
        return f"{value} ({known})" if known else value


def _diff(before: list[str], after: list[str]) -> list[str]:
    return list(unified_diff(before, after, lineterm="", n=CONTEXT_LINES))[2:]
