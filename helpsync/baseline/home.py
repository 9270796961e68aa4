"""Where a remote's baseline is kept between runs and between runners: what both homes promise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from helpsync.baseline.records import Baseline, Record
    from helpsync.errors import HelpsyncError
    from helpsync.model import Address, Source


class BaselineStore(Protocol):
    """One remote's home of the baseline, and of the sources as last pushed (design: The baseline, two homes)."""

    @property
    def shown(self) -> str:
        """Return what messages call it."""

    @property
    def lock_ends_with_process(self) -> bool:
        """Return whether the lock ends with the process that holds it, so that nothing else can end it."""

    @property
    def lock_lost(self) -> HelpsyncError | None:
        """Return why nothing more may be sent to Intercom, or None; asked before each write.

        It may be known half a minute, where git is slow up to two and a half, after another ended the lock.
        """

    def check(self, sources: tuple[Source, ...] | None) -> None:
        """Raise HelpsyncError where a push of these sources could not be recorded here, before anything is sent.

        None for a command that writes what no file on disk says.
        """

    def lock(self, *, for_push: bool = False) -> AbstractContextManager[None]:
        """Keep every other push to this remote out while the block runs; raises Locked where one is under way.

        Raises what `behind` gives; `for_push` only words it.
        """

    def behind(self, *, for_push: bool = False) -> HelpsyncError | None:
        """Return why `lock` would refuse the files on disk as older than what was last pushed, None where it would not.

        For commands that hold nothing since they write nothing.
        """

    def read(self) -> Baseline | None:
        """Return the baseline, or None where there is none yet; raises HelpsyncError where it can't be read."""

    def cached(self) -> Baseline | None:
        """Return the baseline as this disk knows it, without asking anybody; None where it knows none.

        It may be older than what `read` gives. Raises HelpsyncError where it is damaged.
        """

    @property
    def is_cached(self) -> bool:
        """Return whether `cached` can give a baseline or knows that there is none, without any request."""

    def checkpoint(self, so_far: Callable[[], Baseline | None], read: Callable[[str], bytes | None]) -> None:
        """From now on, where a disk can be lost with its runner, save what `so_far` gives every now and then."""

    def write(self, baseline: Baseline, read: Callable[[str], bytes | None]) -> None:
        """Write the baseline and the sources that it names; `read` gives a source's bytes by its blob id.

        The sources that were there before can be read until this run ends. Raises HelpsyncError or OSError.
        """

    def record_pull(
        self, baseline: Baseline, changed: Mapping[Address, Record | None], read: Callable[[str], bytes | None]
    ) -> None:
        """Keep what a pull took: records by address (None: no more), beside the files that it wrote.

        `baseline` is the one that they change. They count for a runner as soon as it has those files, not before.
        Raises HelpsyncError or OSError.
        """

    def add_sources(self, sources: Mapping[str, bytes]) -> None:
        """Keep sources that the baseline is about to name, by their blob ids; raises OSError."""

    def source_text(self, blob: str) -> str | None:
        """Return a source as last pushed by its blob id, or None where it is not to be had."""

    def locked_by(self) -> str | None:
        """Return who pushes to this remote now, None where nobody does."""

    def unlock(self, *, now: bool) -> str | None:
        """End the lock of a push; return until when others wait for what it has in flight, None where they need not.

        `now` says that the push is known to be dead. Raises Locked where the lock can't be ended: its holder lives.
        """


def with_records(baseline: Baseline, changed: Mapping[Address, Record | None]) -> Baseline:
    """Return the baseline with these records; None takes an address out."""
    records = {**baseline.records, **changed}
    return replace(baseline, records={address: record for address, record in records.items() if record is not None})


def source_blobs(baseline: Baseline | None) -> frozenset[str]:
    """Return the blob ids of the sources that a baseline names."""
    records = baseline.records.values() if baseline else ()
    return frozenset(text.blob for record in records for text in record.locales.values() if text.blob)
