"""The lock that one push holds in one checkout, so that two at once do not create everything twice."""

from __future__ import annotations

import contextlib
import sys
import time
from contextlib import contextmanager
from datetime import datetime
from os import getpid
from typing import TYPE_CHECKING

from helpsync.errors import Locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

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
def held(path: Path, *, what: str, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock on a file while the block runs; the system releases it when the process dies.

    The file names its holder and stays, empty, when the lock is released: removing it would let two hold it at once.
    Raises Locked, naming `what` is under way, when another process or another call in this one holds it, and does so
    for `patience` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8", newline="\n") as file:
        end = time.monotonic() + patience
        while not _take(file):
            if time.monotonic() >= end:
                raise _locked(file, what)
            time.sleep(_PAUSE_SECONDS)
        try:
            _note(file, f"process {getpid()}, since {datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}")
            yield
        finally:
            with contextlib.suppress(OSError):
                _note(file, "")
            _release(file)


def holder(path: Path) -> str | None:
    """Return who holds the lock on a file, None where nobody does."""
    try:
        with path.open("r+", encoding="utf-8") as file:
            if not _take(file):
                file.seek(0)  # taking it leads elsewhere on Windows
                return file.read().strip() or "a process that did not say which"
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
