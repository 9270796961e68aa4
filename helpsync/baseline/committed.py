"""Whether the content is committed as it is on disk: only then can other runners have what was pushed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from unicodedata import normalize

from helpsync.git import changed_files, committed_blobs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def uncommitted(root: Path, content: str, paths: Iterable[str]) -> list[str]:
    """Return the content files, and removed ones, that the commit at hand has otherwise or not at all."""
    committed = {normalize("NFC", name) for name in committed_blobs(root, content) or {}}
    changed = {normalize("NFC", name) for name in changed_files(root, content) or ()}
    found = {path for path in paths if not _is_as_committed(root, path, committed - changed)}
    return sorted(found | {name for name in changed if name.endswith(".md") and not (root / name).exists()})


def _is_as_committed(root: Path, path: str, committed: set[str]) -> bool:
    if normalize("NFC", path) in committed:
        return True
    # A symbolic link to a file or folder of the tree: git has what it leads to.
    real = os.path.relpath((root / path).resolve(), root.resolve()).replace(os.sep, "/")
    return normalize("NFC", real) in committed
