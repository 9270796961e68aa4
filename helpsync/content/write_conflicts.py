"""What stands where a file is to be written: nothing is ever written outside the content folder."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from helpsync.errors import Location
from helpsync.findings.catalogue import finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpsync.model import Finding
    from helpsync.settings.config import Config


def in_the_way(config: Config, paths: Iterable[str]) -> tuple[Finding, ...]:
    """Return what keeps files from being written at these paths, relative to helpsync.yaml; each thing once.

    That is a symbolic link on the way that leads out of the content folder or nowhere, also in a folder that `ignore:`
    passes over, and anything else but a folder where one is needed.
    """
    folders = dict.fromkeys(folder for path in paths for folder in _folders(config, path))
    return tuple(found for folder in folders if (found := _wrong(config, folder)))


def _folders(config: Config, path: str) -> Iterator[str]:
    """Yield the folders of a file from the content folder down, up to the first that is not there yet."""
    below = PurePosixPath(path).relative_to(config.content).parts[:-1]
    for end in range(len(below) + 1):
        folder = PurePosixPath(config.content, *below[:end]).as_posix()
        if not os.path.lexists(config.root / folder):
            return
        yield folder
        if _wrong(config, folder):
            return


def _wrong(config: Config, folder: str) -> Finding | None:
    disk, content = config.root / folder, os.path.realpath(config.root / config.content)
    if not disk.exists():
        message, hint = "the symbolic link leads nowhere, and files are to be written here", "remove the link"
        return finding("bad-symlink", message, Location(folder), hint)
    if not Path(os.path.realpath(disk)).is_relative_to(content):
        message = "the symbolic link leads out of the content folder, and files are to be written here"
        return finding("bad-symlink", message, Location(folder), "put a folder in its place")
    if not disk.is_dir():
        message = "this is no folder, and files are to be written into one of this name"
        return finding("unreadable-file", message, Location(folder), "rename it")
    return None
