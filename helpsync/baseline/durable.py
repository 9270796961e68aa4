"""Files that are whole, and on the disk, whatever kills their writer or cuts the power."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NOT_FOR_FOLDERS = (errno.EACCES, errno.EBADF, errno.EINVAL, errno.ENOTSUP, errno.EPERM)
"""What file systems say that flush folders on their own, or that nobody may read a folder of."""


def write_whole(path: Path, data: bytes | str, *, flushed: bool = True) -> None:
    """Replace a file in one step, its folder made where it is missing; raises OSError with the file's name.

    Readers meet the old file or the new one. With `flushed` it is on the disk when the call returns; without, a power
    cut may leave an empty or torn one. A kill leaves a file beside it whose name begins with a dot.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        make_folder(path.parent)
        with unfinished.open("wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            if flushed:
                os.fsync(file.fileno())
        unfinished.replace(path)
        if flushed:
            flush_folder(path.parent)
    except OSError as error:
        # The system names the unfinished file, or none at all.
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Return when a file that is there, and its name, are on the disk; raises OSError."""
    # Windows flushes only what may be written, and what a push keeps need not be.
    with path.open("r+b" if sys.platform == "win32" else "rb") as file:
        os.fsync(file.fileno())
    flush_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are missing, with their names on the disk; raises OSError."""
    missing = tuple(takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        flush_folder(each.parent)


def flush_folder(folder: Path) -> None:
    """Return when the names in a folder are on the disk, where the system can tell; raises OSError."""
    if sys.platform != "win32":  # which has no way to flush one, and orders such changes itself
        try:
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
        except OSError as error:
            if error.errno not in _NOT_FOR_FOLDERS:
                raise
