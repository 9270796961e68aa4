"""What git knows of this repository: the commit at hand, and files as they once were, by blob id."""

from __future__ import annotations

import os
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


def committed_blobs(root: Path, folder: str) -> dict[str, str] | None:
    """Return the blob id of each file below `folder` in the commit that is checked out, by its path below `root`.

    None outside a repository and before the first commit. A symbolic link is a file, and what it leads to is not there.
    """
    listed = _git(root, "--literal-pathspecs", "ls-tree", "-r", "-z", "HEAD", "--", folder)
    if listed is None:
        return None
    entries = (entry.partition(b"\t") for entry in listed.split(b"\0") if entry)
    return {os.fsdecode(path): head.split()[2].decode() for head, _, path in entries}


def changed_files(root: Path, folder: str) -> frozenset[str] | None:
    """Return the paths below `root` of files in `folder` that git has otherwise in the commit that is checked out.

    Files that git does not know are not among them. None where git can't tell.
    """
    options = ("--name-only", "-z", "--relative", "--no-ext-diff", "--ignore-submodules")
    listed = _git(root, "--no-optional-locks", "--literal-pathspecs", "diff", *options, "HEAD", "--", folder)
    return None if listed is None else frozenset(os.fsdecode(path) for path in listed.split(b"\0") if path)


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
