"""What git knows of this repository: the commit at hand, and files as they once were, by blob id."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 30


def head_commit(root: Path) -> str | None:
    """Return the id of the commit that is checked out, or None outside a repository."""
    found = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    return found.decode().strip() if found else None


def blob_bytes(root: Path, blob: str) -> bytes | None:
    """Return a file's bytes by its blob id, or None where git does not have it (a shallow clone, say)."""
    return _git(root, "cat-file", "blob", blob)


def _git(root: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(  # noqa: S603  # git, with arguments of our own making
            ["git", "-C", str(root), *arguments],  # noqa: S607  # whichever git is on the path
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
