"""The folder `.helpsync` of a project, and files that survive a crash: written whole, flushed, locked by one run."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path  # noqa: TC003  # a dataclass field
from typing import TYPE_CHECKING

from helpsync.errors import HelpsyncError, Locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


@dataclass(frozen=True, slots=True)
class HelpsyncFolder:
    """The folder `.helpsync` beside helpsync.yaml; all but the baselines that are committed keeps itself out of git."""

    root: Path

    @property
    def path(self) -> Path:
        """Return the folder itself."""
        return self.root / ".helpsync"

    def baseline(self, remote: str) -> Path:
        """Return the baseline of `baseline: file`, which is committed."""
        return self.path / "baseline" / f"{remote}.json"

    def pulled(self, remote: str) -> Path:
        """Return the list of pulled items since the last push of `baseline: git`, which is committed."""
        return self.path / "baseline" / f"{remote}.pulled.jsonl"

    def pull_note(self, remote: str) -> Path:
        """Return the note of what a pull is about to write."""
        return self.path / "journal" / f"{remote}.pull.json"

    def reverted_pulls(self, remote: str) -> Path:
        """Return the file of what pulls since the last push replaced."""
        return self.path / "journal" / f"{remote}.before-pulls.json"

    def journal(self, remote: str) -> Path:
        """Return the journal of a push."""
        return self.path / "journal" / f"{remote}.jsonl"

    def lock(self, remote: str) -> Path:
        """Return the file that one push at a time locks in this checkout."""
        return self.path / "journal" / f"{remote}.lock"

    def lease(self, remote: str) -> Path:
        """Return the file that names the lease that a push of this checkout took last."""
        return self.path / "journal" / f"{remote}.lease"

    def sources(self, remote: str) -> Path:
        """Return the folder of the sources as last pushed."""
        return self.path / "sources" / remote

    def snapshots(self, remote: str) -> Path:
        """Return the folder of snapshots of what pushes overwrote."""
        return self.path / "kept" / remote

    def label(self, path: Path) -> str:
        """Return the path as messages show it: relative to helpsync.yaml if it is below that."""
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()

    def make(self, folder: Path) -> Path:
        """Make a folder, kept out of git if it is in this one, and return it.

        In the folder of committed baselines git ignores only the unfinished files of an interrupted run.
        """
        make_folder(folder)
        if folder.is_relative_to(self.path):
            top = self.path / folder.relative_to(self.path).parts[0]
            _ignore(top, ".*" if top == self.path / "baseline" else "*")
        return folder

    def check_writable(self, folder: Path) -> None:
        """Raise HelpsyncError if nothing can be written into a folder, which is made if it is missing."""
        try:
            self.make(folder)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise HelpsyncError(
                f"{self.label(folder)} can't be written: {error.strerror}; nothing was sent",
                hint="a push records there what it did, so that the next one knows",
            ) from error


def _ignore(folder: Path, pattern: str) -> None:
    """Let git ignore the files of a folder, including `.gitignore`; an empty one was left by a killed run."""
    path = folder / ".gitignore"
    if path.exists() and path.read_bytes().strip(b"\0\n"):
        return
    # In place: nothing would keep an unfinished file beside it out of git.
    path.write_text(f"{pattern}\n", encoding="utf-8", newline="\n")
    flush(path)


_NOT_FOR_FOLDERS = (errno.EACCES, errno.EBADF, errno.EINVAL, errno.ENOTSUP, errno.EPERM)
"""Errors of file systems that flush folders on their own, or whose folders nobody may read."""


def write_whole(path: Path, data: bytes | str, *, flushed: bool = True) -> None:
    """Replace a file in one step, in a folder that is made if it is missing; raises OSError with the file's name.

    Readers see the old file or the new one. With `flushed` it is on the disk when the call returns; without, a power
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
    """Return when an existing file, and its name, are on the disk; raises OSError."""
    # Windows flushes only files that may be written, and snapshots need not be.
    with path.open("r+b" if sys.platform == "win32" else "rb") as file:
        os.fsync(file.fileno())
    flush_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, with their names on the disk; raises OSError."""
    missing = tuple(takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        flush_folder(each.parent)


def flush_folder(folder: Path) -> None:
    """Return when the names in a folder are on the disk, if the system can tell; raises OSError."""
    if sys.platform != "win32":  # which can't flush a folder, and orders such changes itself
        try:
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
        except OSError as error:
            if error.errno not in _NOT_FOR_FOLDERS:
                raise


# The lock that one push has in one checkout, so that two at once do not create everything twice -----------------------

if sys.platform == "win32":
    import msvcrt

    # Windows keeps others from reading what is locked, so the byte lies beyond all that is written.
    _FAR = 1 << 30

    def _take(file: TextIO) -> bool:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(file: TextIO) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(file: TextIO) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(file: TextIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)


_PAUSE_SECONDS = 0.02


@contextmanager
def file_lock(path: Path, *, what: str, patience: float = 0.0) -> Iterator[None]:
    """Lock a file while the block runs; the system releases the lock when the process ends.

    The file names the process with the lock and stays, empty, when the lock is released: without it, two could have the
    lock at once. Raises Locked, which says that `what` is under way, if another process or another call in this one
    still has it after `patience` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8", newline="\n") as file:
        end = time.monotonic() + patience
        while not _take(file):
            if time.monotonic() >= end:
                raise _locked(file, what)
            time.sleep(_PAUSE_SECONDS)
        try:
            _note(file, f"process {os.getpid()}, since {datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}")
            yield
        finally:
            with contextlib.suppress(OSError):
                _note(file, "")
            _release(file)


def lock_holder(path: Path) -> str | None:
    """Return who has the lock on a file, None if nobody has."""
    try:
        with path.open("r+", encoding="utf-8") as file:
            if not _take(file):
                file.seek(0)  # taking the lock moves the position on Windows
                return file.read().strip() or "an unknown process"
            _release(file)
    except FileNotFoundError:
        pass
    return None


def _note(file: TextIO, holder: str) -> None:
    file.truncate(0)
    file.write(holder)
    file.flush()


def _locked(file: TextIO, what: str) -> Locked:
    file.seek(0)
    holder = file.read().strip()
    return Locked(
        f"{what} is under way in this checkout" + (f": {holder}" if holder else ""),
        hint="wait until it is done, or end that process; then run again",
    )
