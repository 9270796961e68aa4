"""Restore: plan a way back to what pushes overwrote, refuse what is unsafe, ask, apply the plan, note what is done."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from helpsync.apply import SnapshotRecorder
from helpsync.baseline import INDEX, goal_to_json
from helpsync.content import Tree
from helpsync.errors import ConfigError, HelpsyncError, Location, Refused
from helpsync.model import HelpCenter
from helpsync.report.text import shown_moment
from helpsync.restore import make_restore, select
from helpsync.sync.applying import Job, PushEvents, PushResult, carry_out
from helpsync.sync.connection import run_until_done
from helpsync.sync.in_flight import landed, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpsync.apply import Applied
    from helpsync.baseline import Baseline, RecordedRun, RunLog, SnapshotStore
    from helpsync.model import Address, Remote
    from helpsync.plan import Plan, Planned
    from helpsync.restore import Selection
    from helpsync.sync.session import Preview, Session

_NOTHING_READABLE = "nothing can be read any more"


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """What to restore: a run by its id, or what readers had at a moment in Unix seconds; the last push by default.

    `addresses` limit that. `overwrite` are addresses whose snapshot wins over a later edit in Intercom, `allow_remove`
    is how many articles or translations readers may lose.
    """

    addresses: tuple[Address, ...] = ()
    run: str | None = None
    at: float | None = None
    overwrite: tuple[Address, ...] = ()
    allow_remove: int = 0


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The runs with snapshots on this disk, the oldest first; `damage` says why there may have been others."""

    store: SnapshotStore
    runs: tuple[RecordedRun, ...]
    damage: str | None

    def damage_error(self, what: str) -> HelpsyncError:
        """Return the error for a damaged index; `what` ends its message."""
        return HelpsyncError(
            f"the index of what pushes overwrote is damaged: {self.damage}; {what if self.runs else _NOTHING_READABLE}",
            location=Location(f"{self.store.label}/{INDEX}"),
            hint="bring the file back as it was, from a backup or the run's artifact; Intercom has versions of its own",
        )


def read_snapshots(session: Session, baseline: Baseline | None, clock: Callable[[], float] = time.time) -> Snapshots:
    """Return what pushes to the remote overwrote; raises ConfigError as `Checkout.snapshots` does."""
    workspace = baseline.workspace_id if baseline else None
    store = session.checkout.snapshots(clock, workspace)
    return Snapshots(store, store.runs(workspace, session.connection.base_url), store.damage())


_LAST_PUSH = RestoreOptions()
_AGREE = PushEvents()


def preview_restore(session: Session, options: RestoreOptions = _LAST_PUSH) -> Preview:
    """Return what a restore would do, with a client that can't write; raises HelpsyncError."""
    baseline = session.checkout.read_baseline()
    restore = _Restore(session, options, read_snapshots(session, baseline), baseline)
    remote = session.connection.read(restore.tree).remote
    return restore.preview(restore.plan(restore.tree, remote), remote)


def restore(session: Session, options: RestoreOptions = _LAST_PUSH, events: PushEvents = _AGREE) -> PushResult | None:
    """Bring back what pushes overwrote or removed; None where the events did not confirm it.

    Only Intercom is written, and the baseline. Raises HelpsyncError for what keeps a restore from beginning.
    """
    session.checkout.check_recordable(None)
    with session.checkout.store.lock():
        return run_until_done(_restore(session, options, events))


async def _restore(session: Session, options: RestoreOptions, events: PushEvents) -> PushResult | None:
    baseline = session.checkout.read_baseline()
    tree = _empty_tree(session)
    async with session.connection.writer(tree) as writer:
        restore = _Restore(session, options, read_snapshots(session, baseline, writer.now), baseline)
        session.listener.progress(f"reading {session.remote.name}")
        pending_of = session.checkout.pending_writes
        settled = await settle(writer, tree, restore.plan, pending_of, session.listener.message)
        planned = settled.planned
        preview = restore.preview(planned, settled.remote)
        try:
            preview.plan.raise_if_unsafe()
        except Refused:
            events.refused(preview)
            raise
        if not events.confirm(preview):
            return None
        log = restore.start_run(planned)
        # The next push finds out whether a push's other writes happened.
        pending = pending_of(planned.baseline).items()
        elsewhere = {address: one for address, one in pending if address not in planned.steps}
        restored = await carry_out(Job(session, preview, writer, events, elsewhere, log))
    if _all_done(preview.plan, restored.applied):
        log.finish()
    return restored


def _empty_tree(session: Session) -> Tree:
    """Return a tree without files: what they say now has no part in a restore, whether they can be read or not."""
    return Tree(HelpCenter(session.config.default_locale), (), {}, 0)


class _Restore:
    """One restore: what it brings back, which is decided before Intercom is read."""

    def __init__(
        self, session: Session, options: RestoreOptions, snapshots: Snapshots, baseline: Baseline | None
    ) -> None:
        self.session = session
        self.options = options
        self.snapshots = snapshots
        self.baseline = baseline
        self.tree = _empty_tree(session)
        self.selection = self._select()
        for line in _explained(self.selection, snapshots):
            session.listener.message(line)

    def plan(self, _tree: Tree, remote: Remote) -> Planned:
        """Return the plan that brings back the selection; raises ConfigError for an address that is not in it."""
        overwrite = self.options.overwrite
        unknown = [address for address in overwrite if address not in self.selection.targets]
        if unknown:
            raise ConfigError(
                f"--overwrite-remote {unknown[0]}: this restore does not bring that back",
                hint="helpsync restore --dry-run shows what it does",
            )
        policy = self.session.policy(overwrite)
        return make_restore(self.selection, self.snapshots.store.load, remote, self.baseline, policy)

    def preview(self, planned: Planned, remote: Remote) -> Preview:
        """Return the plan with what a caller shows of it."""
        return self.session.preview(self.tree, planned, remote, allow_remove=self.options.allow_remove)

    def start_run(self, planned: Planned) -> RunLog:
        """Start this restore's own log, with what an interrupted one had done: later that would look like an edit."""
        head = {
            "command": "restore",
            "workspace": planned.baseline.workspace_id,
            "base_url": planned.baseline.base_url,
            "goal": goal_to_json(self.selection.goal),
        }
        log = self.snapshots.store.start_run(head)
        recorder = SnapshotRecorder(log, planned.plan)
        changed = {change.address for change in planned.plan.changes}
        for address, target in self.selection.targets.items():
            if target.uncertain is not None and address not in changed and (step := planned.steps.get(address)):
                recorder.after(step, step.remote)
        return log

    def _select(self) -> Selection:
        """Return what to bring back; raises ConfigError for an address or a moment that has no snapshot.

        Raises HelpsyncError where a damaged index would have to say which run was the last.
        """
        options, snapshots, runs = self.options, self.snapshots, self.snapshots.runs
        if snapshots.damage:
            error = snapshots.damage_error(
                "which run was the last is unknown: name addresses, a run with --run, or a moment with --at"
            )
            if not runs or not (options.addresses or options.run or options.at is not None):
                raise error
            self.session.listener.message(f"error: {error}")
            self.session.listener.message(f"    hint: {error.hint}")
        first = runs[0].at if runs else None
        # Users copy moments from the output, which shows whole seconds.
        if options.at is not None and first is not None and options.at < int(first):
            raise ConfigError(
                f"--at {shown_moment(options.at)}: snapshots from here start at {shown_moment(first)}",
                hint="what readers had before that is in Intercom's own version history",
            )
        records = self.baseline.records if self.baseline else {}
        # An item may have a tombstone beside the address that it lives on at.
        owners = {(record.kind, record.id): address for address, record in records.items() if record.removed}
        owners |= {(record.kind, record.id): address for address, record in records.items() if not record.removed}
        pending = {} if self.baseline is None else self.session.checkout.pending_writes(self.baseline)
        choose = partial(select, runs, owners, in_flight=landed(pending))
        return choose(run=options.run, at=options.at, addresses=options.addresses)


def _explained(selection: Selection, snapshots: Snapshots) -> Iterator[str]:
    """Yield which runs are undone, or why there is nothing to do."""
    if selection.runs:
        yield f"undoing {' and '.join(f'the {run.command} of {shown_moment(run.at)}' for run in selection.runs)}"
    elif selection.goal.at is not None and selection.targets:
        yield f"going back to what readers had at {shown_moment(selection.goal.at)}"
    elif selection.goal.at is not None:
        yield "no push from here has overwritten or removed anything since then"
    elif not any(run.overwrites for run in snapshots.runs):
        yield f"no snapshots: no push from here has overwritten or removed anything ({snapshots.store.label})"
    if selection.back:
        yield f"back already: {', '.join(selection.back)}"
        yield "    hint: `helpsync restore --list` shows all runs, and --run undoes any of them"


def _all_done(plan: Plan, applied: Applied) -> bool:
    """Return whether nothing of what was to come back is left to do."""
    return (
        not plan.count("conflict")
        and all(outcome.status == "applied" for outcome in applied.outcomes)
        and not (applied.interrupted or applied.fatal or applied.relink_errors or applied.relinks_held)
    )
