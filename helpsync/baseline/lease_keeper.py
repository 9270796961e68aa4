"""The lease that a run holds: renewed in the background, ended with the baseline or given back."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from helpsync.baseline.lease import moment
from helpsync.baseline.ref import Moved
from helpsync.baseline.ref_tree import RefTree
from helpsync.errors import GitFailed, HelpsyncError, Locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from helpsync.baseline.lease import Lease, Timing
    from helpsync.baseline.records import Baseline
    from helpsync.baseline.ref import Ref
    from helpsync.baseline.ref_tree import Pushed

    SoFar: TypeAlias = Callable[[], Baseline | None]
    Read: TypeAlias = Callable[[str], bytes | None]
    Files: TypeAlias = Callable[[RefTree], dict[str, str]]

_TRIES = 3
_MARGIN = timedelta(seconds=30)
"""How long before its lease is over a run stops: a write takes its time, and clocks differ."""
_PAUSE_SECONDS = 2.0
_LEAVING_SECONDS = 1.0
"""How long the end of a run waits for a renewal; git is ended by then, and compare-and-swap needs no waiting."""
IN_JOURNAL = "what was done is in the journal of this checkout: run push here again, and it goes on from there"


@dataclass(slots=True)
class LeaseTerms:
    """What a run holds its lease for: the remote, what it pushes from, and how it asks git for time and patience."""

    remote: str
    pushed: Pushed
    timing: Timing
    tell: Callable[[str], None]


@dataclass(slots=True)
class LeaseKeeper:
    """A lease that this run took at `tip`.

    All that it does to the ref is compare-and-swap, so a lease that another run took is never overwritten. A move whose
    answer was lost is known as this run's own by its commit.
    """

    terms: LeaseTerms
    ref: Ref
    tip: str
    lease: Lease
    so_far: SoFar = lambda: None
    read: Read = lambda _: None
    taken: Locked | None = None
    over: threading.Event = field(default_factory=threading.Event)
    _tried: set[str] = field(default_factory=set)
    _moving: threading.Lock = field(default_factory=threading.Lock)

    @property
    def lost(self) -> Locked | None:
        """Return why nothing more may be sent to Intercom: another ended or took the lease, or it is late.

        It is late where it could not be renewed in time, and no more once a renewal comes through.
        """
        if self.taken is None and self.lease.is_over(self.terms.timing.clock() + _MARGIN):
            message = f"the lease on {self.terms.remote} ends at {moment(self.lease.until)} and could not be renewed"
            return Locked(f"{message}, so nothing more is sent", hint="run it again: it goes on from what was done")
        return self.taken

    def begin(self) -> None:
        """Renew the lease every now and then from a thread of its own, until the run leaves."""
        threading.Thread(target=self._renew_along, daemon=True).start()

    def _renew_along(self) -> None:
        while not self.over.wait(self.terms.timing.renew_after.total_seconds()):
            # Whatever went wrong once, the next renewal may come through; `lost` tells once it is too late.
            with contextlib.suppress(Exception):
                self.renew()

    def renew(self) -> None:
        """Renew the lease, with the baseline as it is so far; `taken` says why where another run has the lease now.

        Where git can't be reached, or fails, the next renewal tries again.
        """
        with self._moving:
            if self.taken or self.over.is_set():
                return
            lease = self.lease.renewed(self.terms.timing.clock())
            try:
                # What git does for a renewal is ended when the run leaves.
                ref = self.ref.until(self.over)
                self._move(ref, lambda contents: self._files(contents, lease), "is pushing", lease)
                self.lease = lease
            except Moved:
                self.taken = self._taken_by()
            except (HelpsyncError, OSError):
                pass  # tried again; `lost` tells once it is too late

    def _files(self, contents: RefTree, lease: Lease) -> dict[str, str]:
        with contextlib.suppress(HelpsyncError, OSError):  # the lease matters more; the end of the push tells of these
            baseline = self.so_far()
            if baseline:
                return contents.with_baseline(baseline, self.read, self.terms.pushed, lease)
        return contents.with_lease(lease, self.terms.pushed.project)

    def save(self, baseline: Baseline, read: Read) -> None:
        """Save the baseline and end the lease in one step, late or not, if nobody has moved the ref meanwhile.

        Raises Locked where somebody has, GitFailed where git can't be reached; nothing is renewed afterwards.
        """
        with self._alone():
            if self.taken:
                raise self.taken
            try:
                self._surely(lambda contents: contents.with_baseline(baseline, read, self.terms.pushed, None), "pushed")
            except Moved:
                self.taken = self._taken_by()
                raise self.taken from None
            except GitFailed as error:
                raise GitFailed(f"the baseline could not be saved: {error.message}", hint=IN_JOURNAL) from error

    def _surely(self, files: Files, what: str) -> None:
        for attempt in range(_TRIES):
            try:
                return self._move(self.ref, files, what, self.lease)
            except GitFailed:
                if attempt == _TRIES - 1:
                    raise
                self.terms.timing.pause(_PAUSE_SECONDS * (attempt + 1))
        return None

    def give_back(self) -> None:
        """End a lease that no baseline was saved with; say so where that fails."""
        with self._alone():
            if self.taken:
                return
            project = self.terms.pushed.project
            try:
                self._move(self.ref, lambda contents: contents.with_lease(None, project), "stopped pushing", self.lease)
            except Moved:
                pass  # whose lease it is now is theirs to end
            except (HelpsyncError, OSError) as error:
                self.terms.tell(f"warning: the lease could not be ended ({error})")
                self.terms.tell(f"    hint: others wait until {moment(self.lease.until)}, or for `helpsync unlock`")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """End the renewals; go on without waiting for one that does not end: its move would be refused."""
        self.over.set()
        free = self._moving.acquire(timeout=_LEAVING_SECONDS)
        try:
            yield
        finally:
            if free:
                self._moving.release()

    def _move(self, ref: Ref, files: Files, what: str, lease: Lease) -> None:
        """Move the ref on from where this run left it; raises Moved where another moved it, GitFailed."""
        tip = self.tip
        for _ in range(_TRIES):
            contents = RefTree(ref, tip)
            commit = contents.commit(files(contents), f"{self.terms.remote}: {lease.holder} {what}\n")
            self._tried.add(commit)
            try:
                ref.move(tip, commit)
            except Moved as moved:
                if moved.at is None or moved.at not in self._tried:
                    raise
                tip = moved.at  # this run's own, whose answer was lost
            else:
                self.tip = commit
                return
        raise GitFailed(f"{ref.shown} does not stand still")

    def _taken_by(self) -> Locked:
        """Return what to say where the ref was moved by another while the lease was held."""
        try:
            lease = RefTree(self.ref, self.ref.fetch()).lease()
        except HelpsyncError:
            lease = None
        by = "ended by `helpsync unlock`, or by another run"
        if lease:
            by = f"ended by {lease.ended.by}" if lease.ended else f"taken over by {lease.shown}"
        return Locked(f"the lease on {self.terms.remote} was {by}, so nothing more is sent", hint=IN_JOURNAL)
