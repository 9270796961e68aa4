"""The lease that a run has: renewed in the background, ended together with the baseline or given back."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from helpsync.baseline.git_ref import Moved, RefTree
from helpsync.baseline.lease import moment
from helpsync.errors import GitFailed, HelpsyncError, Locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from helpsync.baseline.git_ref import PushOrigin, Ref
    from helpsync.baseline.lease import Lease, Timing
    from helpsync.baseline.record import Baseline
    from helpsync.baseline.store import ReadBlob

    SoFar: TypeAlias = Callable[[], Baseline | None]
    Files: TypeAlias = Callable[[RefTree], dict[str, str]]

_TRIES = 3
_MARGIN = timedelta(seconds=30)
"""How long before the end of its lease a run stops: a write takes its time, and clocks differ."""
_PAUSE_SECONDS = 2.0
_LEAVING_SECONDS = 1.0
"""How long the end of a run waits for a renewal; git is ended by then, and compare-and-swap needs no wait."""
IN_JOURNAL = "what was done is in the journal of this checkout: run push here again, and it goes on from there"


@dataclass(slots=True)
class LeaseKeeper:
    """Keeps a lease on `remote` that this run took at `tip`, to push from `origin`.

    `so_far` and `read` give the baseline of a checkpoint. `taken` says why the lease is another run's now.

    Each move of the ref is compare-and-swap, so a lease that another run took is never overwritten. If the answer to a
    move was lost, its commit shows that it was this run's own.
    """

    remote: str
    ref: Ref
    tip: str
    lease: Lease
    origin: PushOrigin
    timing: Timing
    message: Callable[[str], None]
    so_far: SoFar = lambda: None
    read: ReadBlob = lambda _: None
    taken: Locked | None = None
    over: threading.Event = field(default_factory=threading.Event)
    _tried: set[str] = field(default_factory=set)
    _moving: threading.Lock = field(default_factory=threading.Lock)

    @property
    def lost(self) -> Locked | None:
        """Return why nothing more may be sent to Intercom, or None: another ended or took the lease, or it ends soon.

        A lease that could not be renewed in time is fine again once a renewal succeeds.
        """
        if self.taken is None and self.lease.is_over(self.timing.clock() + _MARGIN):
            message = f"the lease on {self.remote} ends at {moment(self.lease.until)} and could not be renewed"
            return Locked(f"{message}, so nothing more is sent", hint="run it again: it goes on from what was done")
        return self.taken

    def begin(self) -> None:
        """Renew the lease every now and then in a thread, until the run ends."""
        threading.Thread(target=self._keep_renewing, daemon=True).start()

    def _keep_renewing(self) -> None:
        while not self.over.wait(self.timing.renew_after.total_seconds()):
            # Whatever fails now, the next renewal may succeed; `lost` says when it is too late.
            with contextlib.suppress(Exception):
                self.renew()

    def renew(self) -> None:
        """Renew the lease, with the baseline so far; if another run has the lease now, `taken` says so.

        If git fails, the next renewal tries again.
        """
        with self._moving:
            if self.taken or self.over.is_set():
                return
            lease = self.lease.renewed(self.timing.clock())
            try:
                # Git calls of a renewal are ended when the run ends.
                ref = self.ref.until(self.over)
                self._move(ref, lambda tree: self._files(tree, lease), "is pushing", lease)
                self.lease = lease
            except Moved:
                self.taken = self._taken_by()
            except (HelpsyncError, OSError):
                pass  # tried again; `lost` says when it is too late

    def _files(self, tree: RefTree, lease: Lease) -> dict[str, str]:
        with contextlib.suppress(HelpsyncError, OSError):  # the lease matters more; the end of the push reports these
            baseline = self.so_far()
            if baseline:
                return tree.with_baseline(baseline, self.read, self.origin, lease)
        return tree.with_lease(lease, self.origin.project)

    def save(self, baseline: Baseline, read: ReadBlob) -> None:
        """Save the baseline and end the lease in one step, late or not, if nobody moved the ref meanwhile.

        Raises Locked if somebody did, GitFailed if git can't be reached; nothing is renewed afterwards.
        """
        with self._without_renewals():
            if self.taken:
                raise self.taken
            try:
                self._move_with_retries(lambda tree: tree.with_baseline(baseline, read, self.origin, None), "pushed")
            except Moved:
                self.taken = self._taken_by()
                raise self.taken from None
            except GitFailed as error:
                raise GitFailed(f"the baseline could not be saved: {error.message}", hint=IN_JOURNAL) from error

    def _move_with_retries(self, files: Files, what: str) -> None:
        for attempt in range(_TRIES):
            try:
                return self._move(self.ref, files, what, self.lease)
            except GitFailed:
                if attempt == _TRIES - 1:
                    raise
                self.timing.pause(_PAUSE_SECONDS * (attempt + 1))
        return None

    def give_back(self) -> None:
        """End a lease that no baseline was saved with; warn if that fails."""
        with self._without_renewals():
            if self.taken:
                return
            project = self.origin.project
            try:
                self._move(self.ref, lambda tree: tree.with_lease(None, project), "stopped pushing", self.lease)
            except Moved:
                pass  # it is another run's lease now
            except (HelpsyncError, OSError) as error:
                self.message(f"warning: the lease could not be ended ({error})")
                self.message(f"    hint: others wait until {moment(self.lease.until)}, or for `helpsync unlock`")

    @contextlib.contextmanager
    def _without_renewals(self) -> Iterator[None]:
        """Stop the renewals, without waiting for one that does not end: its move would be refused."""
        self.over.set()
        free = self._moving.acquire(timeout=_LEAVING_SECONDS)
        try:
            yield
        finally:
            if free:
                self._moving.release()

    def _move(self, ref: Ref, files: Files, what: str, lease: Lease) -> None:
        """Move the ref from where this run left it; raises Moved if another moved it, GitFailed."""
        tip = self.tip
        for _ in range(_TRIES):
            tree = RefTree(ref, tip)
            commit = tree.commit(files(tree), f"{self.remote}: {lease.holder} {what}\n")
            self._tried.add(commit)
            try:
                ref.move(tip, commit)
            except Moved as moved:
                if moved.at is None or moved.at not in self._tried:
                    raise
                tip = moved.at  # this run's own move, whose answer was lost
            else:
                self.tip = commit
                return
        raise GitFailed(f"{ref.label} keeps moving")

    def _taken_by(self) -> Locked:
        """Return the error for a ref that another run moved during the lease."""
        try:
            lease = RefTree(self.ref, self.ref.fetch()).lease()
        except HelpsyncError:
            lease = None
        by = "ended by `helpsync unlock`, or by another run"
        if lease:
            by = f"ended by {lease.ended.by}" if lease.ended else f"taken over by {lease.label}"
        return Locked(f"the lease on {self.remote} was {by}, so nothing more is sent", hint=IN_JOURNAL)
