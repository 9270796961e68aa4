"""The file home: a baseline in the checkout, a lock for this checkout, copies of the sources beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.baseline.file import read_baseline, write_baseline
from helpsync.baseline.home import source_blobs, with_records
from helpsync.baseline.lock import held, holder
from helpsync.baseline.sources import Sources
from helpsync.errors import Locked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from helpsync.baseline.folder import HelpsyncFolder
    from helpsync.baseline.records import Baseline, Record
    from helpsync.model import Address, Source


class FileStore:
    """The baseline as a file: committed with the content, or beside the sandbox's store and kept out of git.

    It is this checkout's alone until it is committed, so nothing can take it away from a run.
    """

    lock_ends_with_process = True
    is_cached = True
    lock_lost = None

    def __init__(self, own: HelpsyncFolder, remote: str, *, path: Path, tell: Callable[[str], None]) -> None:
        self.path = path
        self._own = own
        self._remote = remote
        self._tell = tell
        self._sources = Sources(own.sources(remote), own.root)
        self._before: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        """Return the file's path, relative to helpsync.yaml."""
        return self._own.shown(self.path)

    def check(self, sources: tuple[Source, ...] | None) -> None:  # noqa: ARG002  # the git home's concern
        """Raise HelpsyncError where the baseline could not be written."""
        self._own.check_writable(self.path.parent)

    def lock(self, *, for_push: bool = False) -> AbstractContextManager[None]:  # noqa: ARG002  # the git home's concern
        """Keep every other push to this remote out of this checkout; raises Locked on entering."""
        path = self._own.lock(self._remote)
        self._own.made(path.parent)
        return held(path, what=f"a push to {self._remote}")

    def behind(self, *, for_push: bool = False) -> None:
        """Return None: the baseline is as old as the files that it lies beside."""

    def read(self) -> Baseline | None:
        """Return the baseline, or None before the first push; raises ConfigError where it is damaged."""
        baseline = read_baseline(self.path, shown=self.shown)
        self._before |= source_blobs(baseline)
        return baseline

    def cached(self) -> Baseline | None:
        """Return the baseline as it lies there; raises ConfigError where it is damaged."""
        return read_baseline(self.path, shown=self.shown)

    def checkpoint(self, so_far: Callable[[], Baseline | None], read: Callable[[str], bytes | None]) -> None:
        """Do nothing: the journal is on the same disk."""

    def write(self, baseline: Baseline, read: Callable[[str], bytes | None]) -> None:
        """Write the baseline if it says anything new, then the sources; raises OSError where the first fails.

        Without its sources the next diff shows Markdown that is read back from Intercom: no reason to fail.
        """
        self._own.made(self.path.parent)
        write_baseline(self.path, baseline)
        try:
            self._own.made(self._own.sources(self._remote))
            self._sources.keep(source_blobs(baseline), read, spare=self._before)
        except OSError as error:
            self._tell(f"warning: the sources of this push could not be kept for the next diff: {error.strerror}")

    def record_pull(
        self, baseline: Baseline, changed: Mapping[Address, Record | None], read: Callable[[str], bytes | None]
    ) -> None:
        """Write them into the baseline, which is committed with the files."""
        self.write(with_records(baseline, changed), read)

    def locked_by(self) -> str | None:
        """Return which process pushes to this remote in this checkout, None where none does."""
        return holder(self._own.lock(self._remote))

    def unlock(self, *, now: bool) -> None:  # noqa: ARG002  # only the end of its process frees this lock
        """Raise Locked where a process holds the lock: only its end frees it."""
        if by := self.locked_by():
            hint = "the system frees this lock when that process ends, however it ends: wait for it, or end it"
            raise Locked(f"a push to {self._remote} is under way in this checkout: {by}", hint=hint)

    def add_sources(self, sources: Mapping[str, bytes]) -> None:
        """Keep sources that the baseline is about to name, by git's id; raises OSError."""
        self._own.made(self._own.sources(self._remote))
        self._sources.add(sources)

    def source_text(self, blob: str) -> str | None:
        """Return a source as last pushed: the copy, or what git has."""
        return self._sources.text(blob)
