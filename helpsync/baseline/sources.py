"""The sources as last pushed: from git by blob id, or from a local copy where they were never committed."""

from __future__ import annotations

import contextlib
import zlib
from typing import TYPE_CHECKING

from helpsync.baseline.git import blob_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


class Sources:
    """A folder of files by their git blob id: a working tree may run ahead of what git has."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root

    def text(self, blob: str) -> str | None:
        """Return the file's text, or None where neither the folder nor git has it."""
        with contextlib.suppress(OSError, zlib.error):
            return zlib.decompress((self._folder / blob).read_bytes()).decode("utf-8", errors="replace")
        found = blob_bytes(self._root, blob)
        return None if found is None else found.decode("utf-8", errors="replace")

    def keep(self, needed: Iterable[str], read: Callable[[str], bytes | None], *, spare: Iterable[str] = ()) -> None:
        """Keep these blobs and drop all others but those to `spare`; `read` gives the bytes of one that is missing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        wanted = set(needed)
        present = {path.name for path in self._folder.iterdir()}
        for name in present - wanted - set(spare):
            (self._folder / name).unlink(missing_ok=True)
        for name in wanted - present:
            data = read(name)
            if data is not None:
                (self._folder / name).write_bytes(zlib.compress(data, 1))
