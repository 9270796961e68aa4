"""What git knows of this repository: the commit at hand, and files as they once were, by blob id."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from threading import Event

_SECONDS = 30
_LOOK_SECONDS = 0.1


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


def uncommitted_files(root: Path, folder: str, paths: Iterable[str]) -> list[str]:
    """Return those of these files in `folder`, and removed ones, that the commit has differently or not at all."""
    committed = {normalize("NFC", name) for name in committed_blobs(root, folder) or {}}
    changed = {normalize("NFC", name) for name in changed_files(root, folder) or ()}
    found = {path for path in paths if not _is_as_committed(root, path, committed - changed)}
    return sorted(found | {name for name in changed if name.endswith(".md") and not (root / name).exists()})


def _is_as_committed(root: Path, path: str, committed: set[str]) -> bool:
    if normalize("NFC", path) in committed:
        return True
    # A symbolic link to a file or folder of the tree: git has its target.
    real = os.path.relpath((root / path).resolve(), root.resolve()).replace(os.sep, "/")
    return normalize("NFC", real) in committed


_OF_SOMEONE_ELSE = re.compile(
    r"(?:dubious ownership in repository at|unsafe repository) \(?'(?P<path>.+?)'(?: is owned|;|$)"
)


def mistrusted(root: Path) -> str | None:
    """Return a hint for a repository that git refuses to read because another user owns it; otherwise None.

    So it is in a container that a checkout is mounted into, and for most of what git is asked that is no repository.
    """
    try:
        return trust_hint(call(root, "rev-parse", "--git-dir").message)
    except (OSError, subprocess.SubprocessError):
        return None


def trust_hint(message: str) -> str | None:
    """Return a hint if git says that another user owns the repository, otherwise None."""
    found = _OF_SOMEONE_ELSE.search(message)
    if found is None:
        return None
    return (
        f"another user owns it; if you trust it: git config --global --add safe.directory {shlex.quote(found['path'])}"
    )


def has_shared_remote(root: Path) -> bool:
    """Return whether there is a git remote that a baseline can be kept in: origin, or the only one."""
    names = (_git(root, "remote") or b"").split()
    return b"origin" in names or len(names) == 1


def user_email(root: Path) -> str | None:
    """Return the e-mail address that commits are made with, or None."""
    return (_git(root, "config", "user.email") or b"").decode(errors="replace").strip() or None


def ignored_paths(root: Path, *paths: str) -> tuple[str, ...]:
    """Return those of these paths below `root` that git passes over, whether they are there or not."""
    named = b"\0".join(map(os.fsencode, paths))
    listed = _git(root, "check-ignore", "-z", "--stdin", given=named) or b""
    return tuple(os.fsdecode(path) for path in listed.split(b"\0") if path)


def _git(root: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    try:
        done = call(root, *arguments, given=given)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.out if done.code == 0 else None


@dataclass(frozen=True, slots=True)
class Done:
    """What a call of git came to; `message` is what it last said on stderr, without credentials."""

    code: int
    out: bytes
    message: str


class GitInterrupted(Exception):
    """Git was ended, or not begun, because nobody wants its answer any more."""


def call(
    root: Path,
    *arguments: str,
    given: bytes = b"",
    seconds: float = _SECONDS,
    over: Event | None = None,
    **environ: str,
) -> Done:
    """Return what git said; it can ask nobody anything, and ^C at the terminal does not reach it.

    The repository is that of `root`, whatever a hook's environment says. Raises FileNotFoundError where there is no
    git, subprocess.TimeoutExpired after so many `seconds`, GitInterrupted once `over` is set.
    """
    if over is not None and over.is_set():
        raise GitInterrupted
    # Without a terminal of its own, ssh can't ask for a passphrase there either.
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    with subprocess.Popen(  # noqa: S603  # git, with arguments of our own making
        ["git", "-C", str(root), *arguments],  # noqa: S607  # whichever git is on the path
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**_surroundings(), "GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "LC_ALL": "C", **environ},
        **apart,
    ) as process:
        try:
            out, err = _answer(process, given, seconds, over)
        except BaseException:
            _end(process)
            raise
    return Done(process.returncode, out, _last_messages(err))


_OF_ANOTHER = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
"""What git tells its hooks of their repository (git rev-parse --local-env-vars), but for configuration."""


def _surroundings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER}


def _answer(process: subprocess.Popen[bytes], given: bytes, seconds: float, over: Event | None) -> tuple[bytes, bytes]:
    if over is None:
        return process.communicate(given or None, timeout=seconds)
    until = time.monotonic() + seconds
    unsaid = given or None
    while True:
        try:
            return process.communicate(unsaid, timeout=_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            unsaid = None  # the rest of it is remembered
            if over.is_set():
                raise GitInterrupted from None
            if time.monotonic() > until:
                raise


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git and what it started: a transport would else keep the pipes open."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


# A password may hold what an address may not: everything up to the last @ goes.
_CREDENTIALS = re.compile(r"""(?<=://)[^\s'"]*@""")
_SECRETS = re.compile(r"""([?&;][\w.-]*(?:token|key|secret|password)[\w.-]*=)[^&;\s'"]+""", re.IGNORECASE)
_ADVICE = re.compile(
    r"(hint:|Please make sure|and the repository exists|To |From |error: failed to push some refs|git config )"
)
_MARKS = re.compile(r"^((fatal|error|remote): *)+")
_LAST = 3


def _last_messages(err: bytes) -> str:
    """Return what git and the server said went wrong, without advice: their last lines."""
    lines = (line.strip() for line in err.decode(errors="replace").splitlines())
    said = [_MARKS.sub("", line).rstrip(".") for line in lines if line and not _ADVICE.match(line)]
    plain = _SECRETS.sub(r"\1…", _CREDENTIALS.sub("", "; ".join([line for line in said if line][-_LAST:])))
    return plain or "git failed"
