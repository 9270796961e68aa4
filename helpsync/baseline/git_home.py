"""The git home: baseline, sources and the lock between runners in one ref of the git remote."""

from __future__ import annotations

import platform
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.baseline.committed import uncommitted
from helpsync.baseline.durable import write_whole
from helpsync.baseline.file import read_baseline
from helpsync.baseline.home import source_blobs, with_records
from helpsync.baseline.journal import Journal
from helpsync.baseline.lease import Timing, moment, new_lease
from helpsync.baseline.lease_keeper import IN_JOURNAL, LeaseKeeper, LeaseTerms
from helpsync.baseline.lock import held, holder
from helpsync.baseline.recovery import JournalKind, begins_anew, fold_journal
from helpsync.baseline.ref import Moved, Ref
from helpsync.baseline.ref_tree import Pushed, RefTree
from helpsync.baseline.sources import Sources
from helpsync.errors import ConfigError, Locked, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from helpsync.baseline.folder import HelpsyncFolder
    from helpsync.baseline.lease import Lease
    from helpsync.baseline.records import Baseline, Record
    from helpsync.errors import HelpsyncError
    from helpsync.model import Address, Source

_TRIES = 3
_MANY = 10


class GitStore:
    """The baseline in `refs/helpsync/<remote>`, moved by compare-and-swap (design: The baseline, two homes)."""

    lock_ends_with_process = False

    def __init__(
        self,
        own: HelpsyncFolder,
        remote: str,
        *,
        content: str,
        tell: Callable[[str], None],
        timing: Timing | None = None,
    ) -> None:
        self._own = own
        self._remote = remote
        self._content = content
        self._tell = tell
        self._timing = timing or Timing()
        self._ref = Ref(own.root, remote)
        self._contents: RefTree | None = None
        self._before: RefTree | None = None
        self._holding: LeaseKeeper | None = None
        self._head: str | None = None
        self._pushed: Baseline | None = None
        self._sources = Sources(own.sources(remote), own.root)

    @property
    def shown(self) -> str:
        """Return the ref's name, and where it is."""
        return self._ref.shown

    @property
    def lock_lost(self) -> HelpsyncError | None:
        """Return why nothing more may be sent to Intercom: see `LeaseKeeper.lost`."""
        return self._holding.lost if self._holding else None

    def check(self, sources: tuple[Source, ...] | None) -> None:
        """Raise Stale where the content is not committed as it is on disk: others could never get what was pushed.

        Without sources nothing on disk has a part in it, and only a commit is asked for.
        """
        self._head = self._ref.head()
        if self._head is None:
            raise Stale("nothing is committed yet, so no other runner could know what was pushed", hint=_COMMIT)
        if sources is None:
            return
        names = uncommitted(self._own.root, self._content, [source.path for source in sources])
        if names:
            shown = ", ".join(names[:_MANY]) + (f" and {len(names) - _MANY} more" if len(names) > _MANY else "")
            raise Stale(f"not committed as on disk: {shown}", hint=_COMMIT)

    @contextmanager
    def lock(self, *, for_push: bool = False) -> Iterator[None]:
        """Hold the lock of this checkout and the lease, renewed in the background, while the block runs.

        Raises Locked where another holds it, Stale where the commit at hand lacks what was last pushed.
        """
        path = self._own.lock(self._remote)
        self._own.made(path.parent)
        with held(path, what=f"a push to {self._remote}"):
            holding = self._take(for_push=for_push)
            holding.begin()
            try:
                yield
            finally:
                self._give_back()

    def _take(self, *, for_push: bool = False) -> LeaseKeeper:
        self._head = self._head or self._ref.head()
        for _ in range(_TRIES):
            contents = self._fetched()
            self._refuse(contents, for_push=for_push)
            lease = new_lease(self._timing.clock())
            # Before it is taken: a lease in the ref that this names is this checkout's own.
            write_whole(self._own.lease(self._remote), self._note(lease.id))
            with suppress(Moved):
                tip = self._move(
                    contents, contents.with_lease(lease, self._ref.project), f"{lease.holder} begins to push"
                )
                pushed = Pushed(self._head, lease.holder, self._ref.project)
                terms = LeaseTerms(self._remote, pushed, self._timing, self._tell)
                self._holding = LeaseKeeper(terms, self._ref, tip, lease)
                return self._holding
        raise Locked(
            f"other runs move {self.shown} all the time, so none of them could be waited for", hint="run it again later"
        )

    def _give_back(self) -> None:
        holding, self._holding = self._holding, None
        if holding is not None:
            holding.give_back()

    def _refuse(self, contents: RefTree, *, for_push: bool) -> None:
        """Raise what stands in the way of a lease; say so where a dead run's is taken over."""
        pushed, lease = self._ours(contents), contents.lease()
        if lease is not None:
            mine = self._taken_here(lease)
            if not mine and not lease.is_over(self._timing.clock()):
                raise self._under_way(lease)
        if pushed is not None and pushed.commit is not None and not self._ref.head_contains(pushed.commit):
            raise self._stale(pushed, pushed.commit, for_push=for_push)
        if lease is not None:
            ended = f"its lease ended at {moment(lease.until)}"
            if lease.ended:
                ended = f"its lease was ended by {lease.ended.by} at {moment(lease.ended.at)}"
            if mine:
                ended = "it was this checkout's own"
            since = f"process {lease.process}, since {moment(lease.since)}"
            self._tell(f"taking over from a push that died: {lease.holder}, {since}; {ended}")

    def _stale(self, pushed: Pushed, commit: str, *, for_push: bool) -> Stale:
        here, last = (self._head or "")[:12], commit[:12]
        so = "a push would undo what that brought" if for_push else "the files here are older than what that brought"
        return Stale(
            f"commit {here} does not contain {last}, which {pushed.by} last pushed to {self._remote} from: {so}",
            hint=f"git pull, and run it again; if that does not bring it, {pushed.by} has not pushed it to git",
        )

    def behind(self, *, for_push: bool = False) -> Stale | None:
        """Return why `lock` would refuse what is checked out, None where it would not.

        None in a shallow clone too: a command that only reads does not deepen it, and so can't know.
        """
        self._head = self._head or self._ref.head()
        if self._head is None:
            return None
        pushed = self._ours(self._contents or self._fetched())
        if pushed is None or pushed.commit is None or not self._ref.head_surely_lacks(pushed.commit):
            return None
        return self._stale(pushed, pushed.commit, for_push=for_push)

    def _under_way(self, lease: Lease) -> Locked:
        unlock = f"`helpsync unlock --remote {self._remote}"
        if lease.ended:
            return Locked(
                f"a push to {self._remote} was ended, and what it had in flight may still arrive: {lease.shown}",
                hint=f"run it again then; if that run is known to be dead, {unlock} --now` ends the wait",
            )
        return Locked(
            f"a push to {self._remote} is under way: {lease.shown}",
            hint=f"wait until it is done; if that run is dead, {unlock}` ends its lease",
        )

    def _ours(self, contents: RefTree) -> Pushed | None:
        """Return what was last pushed from; raises ConfigError where another project of the repository did that.

        The other project's addresses would be taken for files that are gone.
        """
        pushed, here = contents.pushed(), self._ref.project
        if pushed is not None and pushed.project != here:
            raise ConfigError(
                f"{self.shown} is the baseline of {pushed.project}helpsync.yaml, not of {here}helpsync.yaml",
                hint="give the remote another name in one of the two; where the project was moved, "
                "take the baseline along through `baseline: file`",
            )
        return pushed

    def _taken_here(self, lease: Lease) -> bool:
        """Return whether an earlier run in this checkout took the lease: it is dead, or it would hold the lock."""
        try:
            return self._own.lease(self._remote).read_text(encoding="utf-8") == self._note(lease.original)
        except (OSError, UnicodeDecodeError):
            return False

    def _note(self, identifier: str) -> str:
        # With the lock, as a file on a machine: a copy of the checkout, or another container that has it at the same
        # path, has a lock of its own, and the lease may well be held elsewhere.
        lock = self._own.lock(self._remote)
        status = lock.stat()
        return f"{identifier}\n{platform.node()}\n{lock.resolve()}\n{status.st_dev}:{status.st_ino}\n"

    def renew(self) -> None:
        """Renew the lease that this run holds: see `LeaseKeeper.renew`."""
        if self._holding is not None:
            self._holding.renew()

    def checkpoint(self, so_far: Callable[[], Baseline | None], read: Callable[[str], bytes | None]) -> None:
        """From now on, save what `so_far` gives with each renewal: the runner's disk may be lost with it."""
        if self._holding is not None:
            self._holding.so_far, self._holding.read = so_far, read

    def read(self) -> Baseline | None:
        """Return the baseline; where the ref has none yet, the one of a file home that was there before."""
        contents = RefTree(self._ref, self._holding.tip) if self._holding else self._fetched()
        self._ours(contents)
        baseline = contents.baseline()
        self._before = self._before or contents
        baseline = baseline if contents.has_baseline else self._from_file()
        self._pushed = baseline
        return self._with_pulls(baseline)

    def cached(self) -> Baseline | None:
        """Return the baseline of the ref as last fetched, or of a file home, with what pulls took since."""
        contents = RefTree(self._ref, self._ref.fetched())
        path = self._own.committed(self._remote)
        at_hand = contents.baseline() if contents.has_baseline else read_baseline(path, shown=self._own.shown(path))
        return self._with_pulls(at_hand)

    @property
    def is_cached(self) -> bool:
        """Return whether the ref was fetched, or a file says all: the one of a file home, or pulls before any push."""
        if self._own.committed(self._remote).exists() or begins_anew(self._own.pulled(self._remote)):
            return True
        return self._ref.fetched() is not None

    def _with_pulls(self, baseline: Baseline | None) -> Baseline | None:
        path = self._own.pulled(self._remote)
        return fold_journal(path, baseline, JournalKind.BY_PULLS, shown=self._own.shown(path))

    def _from_file(self) -> Baseline | None:
        path = self._own.committed(self._remote)
        shown = self._own.shown(path)
        baseline = read_baseline(path, shown=shown)
        if baseline is not None:
            self._tell(f"{self.shown} has no baseline yet: beginning from {shown}")
            self._tell(f"    hint: once a push has moved it there, remove the file: git rm {shown}")
        return baseline

    def add_sources(self, sources: Mapping[str, bytes]) -> None:
        """Keep sources that the baseline is about to name, by git's id; raises OSError."""
        self._own.made(self._own.sources(self._remote))
        self._sources.add(sources)

    def source_text(self, blob: str) -> str | None:
        """Return a source as last pushed, as the ref had it when this run began."""
        found = self._before.source(blob) if self._before else None
        return self._sources.text(blob) if found is None else found

    def write(self, baseline: Baseline, read: Callable[[str], bytes | None]) -> None:
        """Write the baseline and its sources, and end the lease, in one step: see `LeaseKeeper.save`.

        Raises HelpsyncError where another run has the lease, or git can't be reached; outside `lock` too.
        """
        if self._holding is None:
            raise Locked(f"no lease on {self._remote} is held, so the baseline can't be saved", hint=IN_JOURNAL)
        self._holding.save(baseline, read)
        self._holding = None

    def record_pull(
        self, baseline: Baseline, changed: Mapping[Address, Record | None], read: Callable[[str], bytes | None]
    ) -> None:
        """Note them in a file that is committed with those of the content.

        In the ref they would count for runners that do not have those files yet, and for them Intercom would look as
        if it had never been edited. What the ref has moved on from since counts no more.
        """
        path = self._own.pulled(self._remote)
        self._own.made(path.parent)
        pushed = self._pushed or replace(baseline, records={})
        taken = with_records(baseline, changed).records
        moved_on = {
            address: taken.get(address)
            for address in sorted(taken.keys() | pushed.records.keys())
            if taken.get(address) != pushed.records.get(address)
        }
        unfinished = path.with_name(f".{path.name}")
        unfinished.unlink(missing_ok=True)
        with Journal(unfinished) as journal:
            journal.begin(pushed)
            journal.outcome(moved_on, baseline.heading_ids)
        unfinished.replace(path)
        self._own.made(self._own.sources(self._remote))
        self._sources.keep(source_blobs(replace(baseline, records=taken)), read)

    def _fetched(self) -> RefTree:
        self._contents = RefTree(self._ref, self._ref.fetch())
        return self._contents

    def _move(self, contents: RefTree, files: dict[str, str], message: str) -> str:
        commit = contents.commit(files, f"{self._remote}: {message}\n")
        self._ref.move(contents.tip, commit)
        return commit

    def locked_by(self) -> str | None:
        """Return who holds the lease, over or not, None where nobody does."""
        contents = self._fetched()
        try:
            lease = contents.lease()
        except ConfigError as error:
            return error.message
        if lease is None:
            return None
        here = holder(self._own.lock(self._remote)) if self._taken_here(lease) else None
        return lease.shown + ("; it is still running, in this checkout" if here else "")

    def unlock(self, *, now: bool) -> str | None:
        """End the lease that `locked_by` named; return until when others wait, None where they need not.

        Its holder may live: it stops at its next renewal, and others wait for that, unless `now` says that it is dead,
        or this checkout, whose own it was, knows. Raises Locked where the lease was renewed or taken since.
        """
        contents = self._contents or self._fetched()
        try:
            lease = contents.lease()
        except ConfigError:
            lease = None  # nobody can renew what can't be read
        at = self._timing.clock()
        after = None if lease is None or now or lease.is_over(at) or self._died_here(lease) else lease
        if after and not after.ended:
            after = after.end(at)
        if after is None or after != lease:
            self._replace(contents, after)
        return moment(after.until) if after else None

    def _replace(self, contents: RefTree, lease: Lease | None) -> None:
        by = new_lease(self._timing.clock()).holder
        try:
            self._move(contents, contents.with_lease(lease, self._ref.project), f"unlocked by {by}")
        except Moved:
            message = f"the lease on {self._remote} was renewed or taken right now, so its holder is alive"
            raise Locked(message, hint="end that run first, or wait for it") from None

    def _died_here(self, lease: Lease) -> bool:
        return self._taken_here(lease) and holder(self._own.lock(self._remote)) is None


_COMMIT = "commit the content, and run it again: the next runner starts from what git has"
