"""The sources as last pushed: from git by blob id, or from a local copy where they were never committed."""

from __future__ import annotations

import contextlib
import zlib
from typing import TYPE_CHECKING

from helpsync.baseline.durable import write_whole
from helpsync.git import blob_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path


class Sources:
    """A folder of files by their git blob id: a working tree may run ahead of what git has."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root

    def text(self, blob: str) -> str | None:
        """Return the file's text, or None where neither the folder nor git has it."""
        found = self._copy(blob)
        if found is None:
            found = blob_bytes(self._root, blob)
        return None if found is None else found.decode("utf-8", errors="replace")

    def _copy(self, blob: str) -> bytes | None:
        """Return the copy, None where there is none or it is torn."""
        with contextlib.suppress(OSError, zlib.error):
            return zlib.decompress((self._folder / blob).read_bytes())
        return None

    def add(self, sources: Mapping[str, bytes]) -> None:
        """Keep these too, by their git blob id, until what is needed is told the next time."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, data in sources.items():
            if self._copy(name) is None:
                write_whole(self._folder / name, zlib.compress(data, 1), flushed=False)

    def keep(self, needed: Iterable[str], read: Callable[[str], bytes | None], *, spare: Iterable[str] = ()) -> None:
        """Keep these blobs and drop all others but those to `spare`; `read` gives the bytes of one that is missing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        wanted = set(needed)
        for name in {path.name for path in self._folder.iterdir()} - wanted - set(spare):
            (self._folder / name).unlink(missing_ok=True)
        for name in wanted:
            if self._copy(name) is None and (data := read(name)) is not None:
                # The next push makes it anew where it is lost: not worth a flush each.
                write_whole(self._folder / name, zlib.compress(data, 1), flushed=False)
