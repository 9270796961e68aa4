"""The store in git: the baseline, its sources and the lock between runners are in one ref of the git remote."""

from __future__ import annotations

import platform
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.baseline.folder import file_lock, lock_holder, write_whole
from helpsync.baseline.git_ref import Moved, PushOrigin, Ref, RefTree
from helpsync.baseline.journal import Journal, JournalKind, fold_journal, starts_from_nothing
from helpsync.baseline.lease import Timing, moment, new_lease
from helpsync.baseline.lease_keeper import IN_JOURNAL, LeaseKeeper
from helpsync.baseline.record import source_blobs, with_records
from helpsync.baseline.store import SourceCopies, read_baseline
from helpsync.errors import ConfigError, Locked, Stale
from helpsync.git import uncommitted_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from helpsync.baseline.folder import HelpsyncFolder
    from helpsync.baseline.lease import Lease
    from helpsync.baseline.record import Baseline, Record
    from helpsync.baseline.store import ReadBlob
    from helpsync.errors import HelpsyncError
    from helpsync.model import Address, Source

_TRIES = 3
_NAMED_FILES = 10
_COMMIT = "commit the content, and run it again: the next runner starts from what git has"


class GitStore:
    """The baseline in `refs/helpsync/<remote>`, moved by compare-and-swap."""

    lock_ends_with_process = False

    def __init__(
        self,
        folder: HelpsyncFolder,
        remote: str,
        *,
        content: str,
        message: Callable[[str], None],
        timing: Timing | None = None,
    ) -> None:
        self._folder = folder
        self._remote = remote
        self._content = content
        self._tell = message
        self._timing = timing or Timing()
        self._ref = Ref(folder.root, remote)
        self._tree: RefTree | None = None
        self._before: RefTree | None = None
        self._keeper: LeaseKeeper | None = None
        self._head: str | None = None
        self._pushed: Baseline | None = None
        self._sources = SourceCopies(folder.sources(remote), folder.root)

    @property
    def label(self) -> str:
        """Return the ref's name, and where it is."""
        return self._ref.label

    @property
    def lock_lost(self) -> HelpsyncError | None:
        """Return why nothing more may be sent to Intercom: see `LeaseKeeper.lost`."""
        return self._keeper.lost if self._keeper else None

    def check(self, sources: tuple[Source, ...] | None) -> None:
        """Raise Stale if the content is not committed as it is on disk: others could never get what was pushed.

        Without sources no file on disk matters, and one commit is enough.
        """
        self._head = self._ref.head()
        if self._head is None:
            raise Stale("nothing is committed yet, so no other runner could know what was pushed", hint=_COMMIT)
        if sources is None:
            return
        names = uncommitted_files(self._folder.root, self._content, [source.path for source in sources])
        if names:
            more = f" and {len(names) - _NAMED_FILES} more" if len(names) > _NAMED_FILES else ""
            raise Stale(f"not committed as on disk: {', '.join(names[:_NAMED_FILES])}{more}", hint=_COMMIT)

    # The lock ---------------------------------------------------------------------------------------------------------

    @contextmanager
    def lock(self, *, for_push: bool = False) -> Iterator[None]:
        """Hold the lock of this checkout and the lease, renewed in the background, while the block runs.

        Raises Locked if another run has it, Stale if the commit that is checked out lacks what was last pushed.
        """
        path = self._folder.lock(self._remote)
        self._folder.make(path.parent)
        with file_lock(path, what=f"a push to {self._remote}"):
            self._take_lease(for_push=for_push).begin()
            try:
                yield
            finally:
                self._give_back()

    def _take_lease(self, *, for_push: bool) -> LeaseKeeper:
        self._head = self._head or self._ref.head()
        for _ in range(_TRIES):
            tree = self._fetch()
            self._refuse(tree, for_push=for_push)
            lease = new_lease(self._timing.clock())
            # Before it is taken: a lease in the ref that this file names is this checkout's own.
            write_whole(self._folder.lease(self._remote), self._lease_note(lease.id))
            with suppress(Moved):
                files = tree.with_lease(lease, self._ref.project)
                tip = self._move(tree, files, f"{lease.holder} begins to push")
                origin = PushOrigin(self._head, lease.holder, self._ref.project)
                self._keeper = LeaseKeeper(self._remote, self._ref, tip, lease, origin, self._timing, self._tell)
                return self._keeper
        raise Locked(
            f"other runs keep moving {self.label}, so this one did not get its turn", hint="run it again later"
        )

    def _give_back(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.give_back()

    def _refuse(self, tree: RefTree, *, for_push: bool) -> None:
        """Raise what prevents a lease; say so if the lease of an interrupted run is taken over."""
        origin, lease = self._own_origin(tree), tree.lease()
        is_ours = lease is not None and self._is_from_here(lease)
        if lease is not None and not is_ours and not lease.is_over(self._timing.clock()):
            raise self._under_way(lease)
        if origin is not None and origin.commit is not None and not self._ref.head_contains(origin.commit):
            raise self._stale(origin, origin.commit, for_push=for_push)
        if lease is not None:
            ended = f"its lease ended at {moment(lease.until)}"
            if lease.ended:
                ended = f"its lease was ended by {lease.ended.by} at {moment(lease.ended.at)}"
            if is_ours:
                ended = "it was this checkout's own"
            since = f"process {lease.process}, since {moment(lease.since)}"
            self._tell(f"taking over from an interrupted push: {lease.holder}, {since}; {ended}")

    def _stale(self, origin: PushOrigin, commit: str, *, for_push: bool) -> Stale:
        here, last = (self._head or "")[:12], commit[:12]
        so = "a push would undo what that brought" if for_push else "the files here are older than what that brought"
        return Stale(
            f"commit {here} does not contain {last}, which {origin.by} last pushed to {self._remote} from: {so}",
            hint=f"git pull, and run it again; if that does not bring it, {origin.by} has not pushed it to git",
        )

    def behind(self, *, for_push: bool = False) -> Stale | None:
        """Return why `lock` would refuse what is checked out, None if it would not.

        None in a shallow clone too: a command that only reads does not deepen it, and so can't know.
        """
        self._head = self._head or self._ref.head()
        if self._head is None:
            return None
        origin = self._own_origin(self._tree or self._fetch())
        if origin is None or origin.commit is None or not self._ref.head_surely_lacks(origin.commit):
            return None
        return self._stale(origin, origin.commit, for_push=for_push)

    def _under_way(self, lease: Lease) -> Locked:
        unlock = f"`helpsync unlock --remote {self._remote}"
        if lease.ended:
            return Locked(
                f"a push to {self._remote} was ended, and what it had in flight may still arrive: {lease.label}",
                hint=f"run it again then; if that run has certainly ended, {unlock} --now` ends the wait",
            )
        return Locked(
            f"a push to {self._remote} is under way: {lease.label}",
            hint=f"wait until it is done; if that run was interrupted, {unlock}` ends its lease",
        )

    def _own_origin(self, tree: RefTree) -> PushOrigin | None:
        """Return where the last push came from; raises ConfigError if that was another project of the repository.

        The other project's addresses would be taken for files that were removed.
        """
        origin, here = tree.origin(), self._ref.project
        if origin is not None and origin.project != here:
            raise ConfigError(
                f"{self.label} is the baseline of {origin.project}helpsync.yaml, not of {here}helpsync.yaml",
                hint="give the remote another name in one of the two; if the project was moved, "
                "take the baseline along through `baseline: file`",
            )
        return origin

    def _is_from_here(self, lease: Lease) -> bool:
        """Return whether an earlier run in this checkout took the lease: it has ended, or it would hold the lock."""
        try:
            return self._folder.lease(self._remote).read_text(encoding="utf-8") == self._lease_note(lease.original)
        except (OSError, UnicodeDecodeError):
            return False

    def _lease_note(self, identifier: str) -> str:
        # With the lock, as a file on a machine: a copy of the checkout, or another container that has it at the same
        # path, has a lock of its own, and the lease may well be held elsewhere.
        lock = self._folder.lock(self._remote)
        status = lock.stat()
        return f"{identifier}\n{platform.node()}\n{lock.resolve()}\n{status.st_dev}:{status.st_ino}\n"

    def renew(self) -> None:
        """Renew the lease of this run: see `LeaseKeeper.renew`."""
        if self._keeper is not None:
            self._keeper.renew()

    def locked_by(self) -> str | None:
        """Return who has the lease, over or not, None if nobody has it."""
        tree = self._fetch()
        try:
            lease = tree.lease()
        except ConfigError as error:
            return error.message
        if lease is None:
            return None
        here = lock_holder(self._folder.lock(self._remote)) if self._is_from_here(lease) else None
        return lease.label + ("; it is still running, in this checkout" if here else "")

    def unlock(self, *, now: bool) -> str | None:
        """End the lease that `locked_by` named; return until when others wait, None if they need not.

        Its holder may still run: it stops at its next renewal, and others wait for that, unless `now` says that it has
        ended, or this checkout, which took the lease, knows. Raises Locked if the lease was renewed or taken since.
        """
        tree = self._tree or self._fetch()
        try:
            lease = tree.lease()
        except ConfigError:
            lease = None  # nobody can renew what can't be read
        at = self._timing.clock()
        after = None if lease is None or now or lease.is_over(at) or self._ended_here(lease) else lease
        if after and not after.ended:
            after = after.end(at)
        if after is None or after != lease:
            by = new_lease(at).holder
            try:
                self._move(tree, tree.with_lease(after, self._ref.project), f"unlocked by {by}")
            except Moved:
                message = f"the lease on {self._remote} was renewed or taken right now, so its holder still runs"
                raise Locked(message, hint="end that run first, or wait for it") from None
        return moment(after.until) if after else None

    def _ended_here(self, lease: Lease) -> bool:
        return self._is_from_here(lease) and lock_holder(self._folder.lock(self._remote)) is None

    # The baseline -----------------------------------------------------------------------------------------------------

    def read(self) -> Baseline | None:
        """Return the baseline; if the ref has none yet, the one of a file store that was used before."""
        tree = RefTree(self._ref, self._keeper.tip) if self._keeper else self._fetch()
        self._own_origin(tree)
        baseline = tree.baseline()
        self._before = self._before or tree
        baseline = baseline if tree.has_baseline else self._from_file()
        self._pushed = baseline
        return self._with_pulls(baseline)

    def cached(self) -> Baseline | None:
        """Return the baseline of the ref as last fetched, or of a file store, with what was pulled since."""
        tree = RefTree(self._ref, self._ref.fetched())
        path = self._folder.baseline(self._remote)
        found = tree.baseline() if tree.has_baseline else read_baseline(path, label=self._folder.label(path))
        return self._with_pulls(found)

    @property
    def is_cached(self) -> bool:
        """Return whether the ref was fetched, or a file has it all: that of a file store, or pulls before any push."""
        if self._folder.baseline(self._remote).exists() or starts_from_nothing(self._folder.pulled(self._remote)):
            return True
        return self._ref.fetched() is not None

    def _with_pulls(self, baseline: Baseline | None) -> Baseline | None:
        path = self._folder.pulled(self._remote)
        return fold_journal(path, baseline, JournalKind.PULLS, label=self._folder.label(path))

    def _from_file(self) -> Baseline | None:
        path = self._folder.baseline(self._remote)
        label = self._folder.label(path)
        baseline = read_baseline(path, label=label)
        if baseline is not None:
            self._tell(f"{self.label} has no baseline yet: beginning from {label}")
            self._tell(f"    hint: once a push has moved it there, remove the file: git rm {label}")
        return baseline

    def checkpoint(self, so_far: Callable[[], Baseline | None], read: ReadBlob) -> None:
        """From now on, save what `so_far` returns with each renewal: the runner's disk may be lost with it."""
        if self._keeper is not None:
            self._keeper.so_far, self._keeper.read = so_far, read

    def write(self, baseline: Baseline, read: ReadBlob) -> None:
        """Write the baseline and its sources, and end the lease, in one step: see `LeaseKeeper.save`.

        Raises HelpsyncError if another run has the lease, or git can't be reached; outside `lock` too.
        """
        if self._keeper is None:
            raise Locked(f"no lease on {self._remote} is held, so the baseline can't be saved", hint=IN_JOURNAL)
        self._keeper.save(baseline, read)
        self._keeper = None

    def record_pull(self, baseline: Baseline, changed: Mapping[Address, Record | None], read: ReadBlob) -> None:
        """Record the items in a file that is committed with those of the content.

        In the ref they would count for runners that do not have those files yet: to them Intercom would look as if
        nobody had edited it. A record that the ref has changed since does not count any more.
        """
        path = self._folder.pulled(self._remote)
        self._folder.make(path.parent)
        pushed = self._pushed or replace(baseline, records={})
        now = with_records(baseline, changed)
        differing = {
            address: now.records.get(address)
            for address in sorted(now.records.keys() | pushed.records.keys())
            if now.records.get(address) != pushed.records.get(address)
        }
        unfinished = path.with_name(f".{path.name}")
        unfinished.unlink(missing_ok=True)
        with Journal(unfinished) as journal:
            journal.begin(pushed)
            journal.outcome(differing, baseline.heading_ids)
        unfinished.replace(path)
        self._folder.make(self._folder.sources(self._remote))
        self._sources.replace(source_blobs(now), read)

    def add_sources(self, sources: Mapping[str, bytes]) -> None:
        """Store sources that the baseline is about to name, by their blob ids; raises OSError."""
        self._folder.make(self._folder.sources(self._remote))
        self._sources.add(sources)

    def source_text(self, blob: str) -> str | None:
        """Return a source as last pushed, as the ref had it when this run began."""
        found = self._before.source(blob) if self._before else None
        return self._sources.text(blob) if found is None else found

    def _fetch(self) -> RefTree:
        self._tree = RefTree(self._ref, self._ref.fetch())
        return self._tree

    def _move(self, tree: RefTree, files: dict[str, str], message: str) -> str:
        commit = tree.commit(files, f"{self._remote}: {message}\n")
        self._ref.move(tree.tip, commit)
        return commit
