"""Where the sandbox's pages are: at the port that serves its store, otherwise at the default one."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from helpsync.sandbox.forms import article_path
from helpsync.sandbox.settings import DEFAULT_ORIGIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_SERVED = "served"
"""The file beside the store with the address at which it is served."""

_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class SandboxPages:
    """The address of the pages, and whether they are served there now."""

    origin: str
    served: bool

    def draft(self, number: str, locale: str) -> str:
        """Return the page that shows a draft: the form in which teammates edit it."""
        return f"{self.origin}{article_path(int(number), locale)}"


def pages_of(folder: Path) -> SandboxPages:
    """Return where the pages of the sandbox whose store lies in this folder are."""
    try:
        origin = (folder / _SERVED).read_text(encoding="ascii").strip()
        with socket.create_connection(("127.0.0.1", urlsplit(origin).port or 0), _SECONDS):
            return SandboxPages(origin, served=True)
    except (OSError, ValueError):  # not there, or left by a server that was killed
        return SandboxPages(DEFAULT_ORIGIN, served=False)


@contextmanager
def noting(folder: Path) -> Iterator[Callable[[str], None]]:
    """Yield a function that records the address at which the store is served; the record ends with the block."""
    file = folder / _SERVED

    def note(origin: str) -> None:
        file.write_text(f"{origin}\n", encoding="ascii")

    try:
        yield note
    finally:
        file.unlink(missing_ok=True)
