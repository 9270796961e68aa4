"""What a rendering shows besides the plan's own values: diffs of bodies, names of pictures and teammates."""

from __future__ import annotations

from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from helpsync.markdown import TextDiff, diff_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.plan import BodyChange, BodySides

_LOCAL = "sha256:"
_NONE: Mapping[str, str] = MappingProxyType({})


class Details:
    """Looks up what the plan names only by a key.

    `source` gives the Markdown body of a file by its git blob id, or None; `markdown` reads both sides of a body
    back from HTML (`plan.bodies.markdown_of`); `pictures` the path of a local picture by
    its key (`Tree.pictures`); `teammates` an e-mail address or a name by its admin id, `collections` the name of one
    that is not in the tree by its id.
    """

    def __init__(
        self,
        source: Callable[[str], str | None],
        *,
        markdown: Callable[[BodySides, Callable[[str], str | None]], tuple[str, str]] | None = None,
        pictures: Mapping[str, str] = _NONE,
        teammates: Mapping[str, str] = _NONE,
        collections: Mapping[str, str] = _NONE,
    ) -> None:
        self._source = cache(source)
        self._markdown = markdown
        self._pictures = pictures
        self._known = {"author": teammates, "parent": collections}
        self._compared: dict[int, tuple[BodyChange, TextDiff]] = {}

    def compared(self, change: BodyChange) -> TextDiff:
        """Return what changes in a body: nothing where no line changed, no blocks where the whole text comes or goes.

        Where the old source is unknown, or is not what readers have, both sides are read back from HTML.
        """
        if change.sides is None and change.blob is None:
            return _compared("", change.after or "")
        # The change is stored too, so that its id stays its own: no body is read back twice.
        if id(change) not in self._compared:
            self._compared[id(change)] = (change, _compared(*self._texts(change)))
        return self._compared[id(change)][1]

    def _texts(self, change: BodyChange) -> tuple[str, str]:
        before = None if change.edited or change.blob is None else self._source(change.blob)
        if before is None and change.sides is not None and self._markdown is not None:
            return self._markdown(change.sides, partial(self._path, change))
        return before or "", change.after or ""

    def lines(self, change: BodyChange) -> list[str]:
        """Return the unified diff's lines, without file names; empty where no line changed."""
        return [line.plain for line in self.compared(change).lines]

    def pictures(self, change: BodyChange) -> list[str]:
        """Return a phrase per picture that comes, goes or changes: ``picture refund.png changed``."""
        gone, new = ({self._picture(change, key) for key in keys} for keys in change.pictures)
        changed = gone & new
        said = [(name, "removed") for name in gone - changed]
        said += [(name, "changed") for name in changed]
        said += [(name, "added") for name in new - changed]
        return [f"picture {name} {what}" for name, what in sorted(said)]

    def _path(self, change: BodyChange, key: str) -> str | None:
        """Return the path of a local picture, None where it is not known any more."""
        return self._pictures.get(self._now(change, key))

    def _picture(self, change: BodyChange, key: str) -> str:
        key = self._now(change, key)
        if key.startswith(_LOCAL):
            return self._pictures.get(key) or key[: len(_LOCAL) + 12]
        return unquote(urlsplit(key).path.rstrip("/").rpartition("/")[2]) or key

    def _now(self, change: BodyChange, key: str) -> str:
        """Return the key that names a picture: old bytes of a local one have no name any more.

        If one picture is removed and one added, it is a new version of the same picture.
        """
        gone, new = change.pictures
        if key in gone and len(gone) == len(new) == 1 and key.startswith(_LOCAL) and key not in self._pictures:
            return next(iter(new))
        return key

    def value(self, name: str, value: str | None) -> str | None:
        """Return a field's value as people know it: an id with the address or name that belongs to it."""
        known = self._known[name].get(value) if name in self._known and value else None
        return f"{value} ({known})" if known else value


def _compared(before: str, after: str) -> TextDiff:
    comparison = diff_texts(before, after)
    return comparison if before.strip() and after.strip() else TextDiff(comparison.lines)
