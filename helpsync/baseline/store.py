"""Where a remote's baseline and its sources are stored: what every store promises, and the one in a file."""

from __future__ import annotations

import contextlib
import zlib
from typing import TYPE_CHECKING, Protocol

from helpsync.baseline.codec import dump_baseline, parse_baseline
from helpsync.baseline.folder import file_lock, flush, lock_holder, write_whole
from helpsync.baseline.record import source_blobs, with_records
from helpsync.errors import ConfigError, Location, Locked
from helpsync.git import blob_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import TypeAlias

    from helpsync.baseline.folder import HelpsyncFolder
    from helpsync.baseline.record import Baseline, Record
    from helpsync.errors import HelpsyncError
    from helpsync.model import Address, Source

    ReadBlob: TypeAlias = Callable[[str], bytes | None]
    """Returns the bytes of a source by its blob id, None if it is not in the tree."""


class BaselineStore(Protocol):
    """One remote's baseline and the sources as last pushed."""

    @property
    def label(self) -> str:
        """Return what messages call it."""

    @property
    def lock_ends_with_process(self) -> bool:
        """Return whether the system frees the lock when its process ends, so that nothing else can free it."""

    @property
    def lock_lost(self) -> HelpsyncError | None:
        """Return why nothing more may be sent to Intercom, or None; asked before each write.

        A lock that another ended is noticed within half a minute, or within two and a half if git is slow.
        """

    def check(self, sources: tuple[Source, ...] | None) -> None:
        """Raise HelpsyncError if a push of these sources could not be recorded here, before anything is sent.

        None for a command that writes what is in no file on disk.
        """

    def lock(self, *, for_push: bool = False) -> AbstractContextManager[None]:
        """Keep every other push to this remote out while the block runs; raises Locked if one is under way.

        Raises what `behind` returns; `for_push` only words it.
        """

    def behind(self, *, for_push: bool = False) -> HelpsyncError | None:
        """Return why `lock` would refuse the files on disk: they are older than what was last pushed. None if not.

        For commands that write nothing and so need no lock.
        """

    def read(self) -> Baseline | None:
        """Return the baseline, None before the first push; raises HelpsyncError if it can't be read."""

    def cached(self) -> Baseline | None:
        """Return the baseline that is on this disk, without any request; None if there is none.

        It may be older than what `read` returns. Raises HelpsyncError if it is damaged.
        """

    @property
    def is_cached(self) -> bool:
        """Return whether `cached` has a baseline or knows that there is none."""

    def checkpoint(self, so_far: Callable[[], Baseline | None], read: ReadBlob) -> None:
        """From now on, if a disk can be lost with its runner, save what `so_far` returns every now and then."""

    def write(self, baseline: Baseline, read: ReadBlob) -> None:
        """Write the baseline and the sources that it names.

        The sources that were there before stay readable until this run ends. Raises HelpsyncError or OSError.
        """

    def record_pull(self, baseline: Baseline, changed: Mapping[Address, Record | None], read: ReadBlob) -> None:
        """Record the items of a pull, by address (None: removed), beside the files that it wrote.

        `baseline` is the one that they change. They count for a runner as soon as it has those files, not before.
        Raises HelpsyncError or OSError.
        """

    def add_sources(self, sources: Mapping[str, bytes]) -> None:
        """Store sources that the baseline is about to name, by their blob ids; raises OSError."""

    def source_text(self, blob: str) -> str | None:
        """Return a source as last pushed by its blob id, None if it can't be found."""

    def locked_by(self) -> str | None:
        """Return who pushes to this remote now, None if nobody does."""

    def unlock(self, *, now: bool) -> str | None:
        """End the lock of a push; return until when others wait for what it has in flight, None if they need not.

        `now` says that the push is known to have ended. Raises Locked if its process still runs.
        """


class FileStore:
    """The baseline as a file: committed with the content, or beside the sandbox's store and kept out of git.

    It belongs to this checkout alone until it is committed, so nothing can take it away from a run.
    """

    lock_ends_with_process = True
    is_cached = True
    lock_lost = None

    def __init__(self, folder: HelpsyncFolder, remote: str, *, path: Path, message: Callable[[str], None]) -> None:
        self.path = path
        self._folder = folder
        self._remote = remote
        self._tell = message
        self._sources = SourceCopies(folder.sources(remote), folder.root)
        self._before: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """Return the file's path, relative to helpsync.yaml."""
        return self._folder.label(self.path)

    def check(self, sources: tuple[Source, ...] | None) -> None:  # noqa: ARG002  # part of the protocol
        """Raise HelpsyncError if the baseline could not be written."""
        self._folder.check_writable(self.path.parent)

    def lock(self, *, for_push: bool = False) -> AbstractContextManager[None]:  # noqa: ARG002  # part of the protocol
        """Keep every other push to this remote out of this checkout; raises Locked on entering."""
        path = self._folder.lock(self._remote)
        self._folder.make(path.parent)
        return file_lock(path, what=f"a push to {self._remote}")

    def behind(self, *, for_push: bool = False) -> None:
        """Return None: the baseline is as old as the files that are beside it."""

    def read(self) -> Baseline | None:
        """Return the baseline, None before the first push; raises ConfigError if it is damaged."""
        baseline = self.cached()
        self._before |= source_blobs(baseline)
        return baseline

    def cached(self) -> Baseline | None:
        """Return the baseline, None before the first push; raises ConfigError if it is damaged."""
        return read_baseline(self.path, label=self.label)

    def checkpoint(self, so_far: Callable[[], Baseline | None], read: ReadBlob) -> None:
        """Do nothing: the journal is on the same disk."""

    def write(self, baseline: Baseline, read: ReadBlob) -> None:
        """Write the baseline if it changed, then the sources; raises OSError if the first fails.

        Without its sources the next diff shows Markdown that is read back from Intercom: not a reason to fail.
        """
        self._folder.make(self.path.parent)
        write_baseline(self.path, baseline)
        try:
            self._folder.make(self._folder.sources(self._remote))
            self._sources.replace(source_blobs(baseline), read, spare=self._before)
        except OSError as error:
            self._tell(f"warning: the sources of this push could not be stored for the next diff: {error.strerror}")

    def record_pull(self, baseline: Baseline, changed: Mapping[Address, Record | None], read: ReadBlob) -> None:
        """Write the items into the baseline, which is committed with the files."""
        self.write(with_records(baseline, changed), read)

    def locked_by(self) -> str | None:
        """Return which process pushes to this remote in this checkout, None if none does."""
        return lock_holder(self._folder.lock(self._remote))

    def unlock(self, *, now: bool) -> None:  # noqa: ARG002  # part of the protocol
        """Raise Locked if a process holds the lock: only its end frees it."""
        if by := self.locked_by():
            hint = "the system frees this lock when that process ends, however it ends: wait for it, or end it"
            raise Locked(f"a push to {self._remote} is under way in this checkout: {by}", hint=hint)

    def add_sources(self, sources: Mapping[str, bytes]) -> None:
        """Store sources that the baseline is about to name, by their blob ids; raises OSError."""
        self._folder.make(self._folder.sources(self._remote))
        self._sources.add(sources)

    def source_text(self, blob: str) -> str | None:
        """Return a source as last pushed: the copy, or what git has."""
        return self._sources.text(blob)


def read_baseline(path: Path, *, label: str) -> Baseline | None:
    """Return the baseline in a file, None if there is none yet; `label` is the path for messages.

    Raises ConfigError with the way out if the file is damaged, half merged or of a later version.
    """
    way_out = "bring the last good one back: git checkout -- " + label
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"the baseline can't be read: {why}", location=Location(label), hint=way_out) from None
    return parse_baseline(text, label=label, way_out=way_out)


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write the baseline, if it changed; a reader or a crash meets the old file or the new one whole.

    It is on the disk when the call returns, so that the journal may be removed. The same value gives the same bytes.
    Raises OSError with the file's name if it can't be written.
    """
    text = dump_baseline(baseline)
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text:
            flush(path)  # the run that wrote it may have been killed before that
            return
    write_whole(path, text)


class SourceCopies:
    """Copies of sources as last pushed, by git's blob id: the working tree may have what git does not have yet."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root

    def text(self, blob: str) -> str | None:
        """Return the file's text, None if neither the folder nor git has it."""
        found = self._copy(blob)
        if found is None:
            found = blob_bytes(self._root, blob)
        return None if found is None else found.decode("utf-8", errors="replace")

    def _copy(self, blob: str) -> bytes | None:
        """Return the copy, None if there is none or it is torn."""
        with contextlib.suppress(OSError, zlib.error):
            return zlib.decompress((self._folder / blob).read_bytes())
        return None

    def add(self, sources: Mapping[str, bytes]) -> None:
        """Store these too, by their blob ids, until the next `replace`."""
        for blob, data in sources.items():
            if self._copy(blob) is None:
                self._write(blob, data)

    def replace(self, needed: Iterable[str], read: ReadBlob, *, spare: Iterable[str] = ()) -> None:
        """Keep the `needed` blobs and those to `spare`, remove all others; `read` gives those that are missing."""
        wanted = set(needed)
        with contextlib.suppress(FileNotFoundError):
            for name in {path.name for path in self._folder.iterdir()} - wanted - set(spare):
                (self._folder / name).unlink(missing_ok=True)
        for blob in wanted:
            if self._copy(blob) is None and (data := read(blob)) is not None:
                self._write(blob, data)

    def _write(self, blob: str, data: bytes) -> None:
        # The next push makes it again if it is lost: not worth a flush each.
        write_whole(self._folder / blob, zlib.compress(data, 1), flushed=False)
