"""Applies the plan of a push or a restore, and writes the baseline whatever happens: ^C, a failure, a crash."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpsync.apply import Applied, ApplyEnvironment, Composer, Outcome, SnapshotRecorder, apply
from helpsync.baseline import Journal, PendingWrite, RunLog, uploaded_pictures
from helpsync.errors import Exit, HelpsyncError, Locked, first_that_applies
from helpsync.model import Article

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.content import Tree
    from helpsync.intercom import Writer
    from helpsync.model import Address, LocaleCode, Requests
    from helpsync.plan import Planned
    from helpsync.sync.session import Preview, Session


class PushEvents:
    """What a push or a restore asks and reports; a caller overrides what it needs.

    This one agrees to every plan and shows nothing.
    """

    def refused(self, preview: Preview) -> None:
        """Receive a plan that the limits refuse; Refused is raised next."""

    def confirm(self, preview: Preview) -> bool:  # noqa: ARG002  # for those who override it
        """Return whether to carry out the plan; nothing has been sent yet."""
        return True

    def outcome(self, outcome: Outcome) -> None:
        """Receive what happened to one change."""

    def crashed(self, result: PushResult) -> None:
        """Receive what was done until an unexpected error, which is raised next."""


@dataclass(frozen=True, slots=True)
class Job:
    """A plan to apply, and what it is applied with.

    `pending` are writes of an interrupted push whose addresses the plan leaves alone. `notes` are a restore's own; a
    push's are made for it.
    """

    session: Session
    preview: Preview
    writer: Writer
    events: PushEvents
    pending: Mapping[Address, PendingWrite] = field(default_factory=lambda: MappingProxyType({}))
    notes: RunLog | None = None

    @property
    def planned(self) -> Planned:
        """The plan with both sides."""
        return self.preview.planned

    @property
    def tree(self) -> Tree:
        """The content tree, empty for a restore."""
        return self.preview.tree


@dataclass(frozen=True, slots=True)
class PushResult:
    """What a push or a restore did."""

    preview: Preview
    applied: Applied
    requests: Requests

    @property
    def relinks_left(self) -> tuple[tuple[Address, tuple[LocaleCode, ...]], ...]:
        """Return the articles with links to where an article or heading was before, which were not sent again.

        An interrupted push did not reach them, and what the plan does not list is left to the next one.
        """
        return _relinks_left(self.preview.planned, self.applied)

    @property
    def exit_code(self) -> Exit:
        """Return the documented exit code."""
        applied, statuses = self.applied, {outcome.status for outcome in self.applied.outcomes}
        codes = [Exit.INTERRUPTED] if applied.interrupted else []
        if applied.fatal:
            codes.append(applied.fatal.exit_code)
        if applied.relink_errors or "failed" in statuses:
            codes.append(Exit.FAILED)
        if "skipped" in statuses and not applied.interrupted:
            codes.append(Exit.FAILED)
        if self.preview.plan.count("conflict") or applied.relinks_held or "held" in statuses:
            codes.append(Exit.CONFLICT)
        return first_that_applies(codes)


async def carry_out(job: Job) -> PushResult:
    """Apply the plan and return what happened; by then the baseline is written, also after an interrupt.

    The first interrupt lets the requests in flight finish, the second drops them, the third raises KeyboardInterrupt.
    Raises what an unexpected error raises, once the events have what was done until then.
    """
    session = job.session
    pressed: list[bool] = []
    ended: list[HelpsyncError] = []
    outcomes: dict[Address, Outcome] = {}
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stopped() -> bool:
        if (error := session.checkout.store.lock_lost) is not None:
            ended.append(error)
        return bool(pressed or ended)

    def interrupt() -> None:
        pressed.append(True)
        if len(pressed) == 1:
            session.listener.message("stopping: requests in flight finish first; press ^C again to drop them")
        elif len(pressed) == 2 and task is not None:
            loop.call_soon_threadsafe(task.cancel)
        else:
            raise KeyboardInterrupt

    def report(outcome: Outcome) -> None:
        outcomes[outcome.change.address] = outcome
        job.events.outcome(outcome)

    composer = Composer(
        job.planned.directory,
        job.planned.desired.default_locale,
        session.picture(job.tree),
        session.remote.help_center,
        uploaded_pictures(job.planned.baseline.records.values()),
    )
    known = frozenset((item.kind, item.id) for item in job.preview.remote.help_center.items if item.id)
    keeper = SnapshotRecorder(job.notes or _notes(job), job.planned.plan)
    session.checkout.checkpoint(job.planned.baseline, job.tree)
    with session.listener.interrupts(interrupt), session.checkout.journal(job.writer.now) as journal:
        try:
            journal.carry_over(job.pending)
            environment = ApplyEnvironment(
                job.writer,
                composer,
                journal,
                known,
                keeper,
                fence=lambda: session.checkout.store.lock_lost,
                stop=stopped,
                report=report,
            )
            applied = await apply(job.planned, environment)
            applied = replace(applied, fatal=applied.fatal or (ended[0] if ended else None))
            # The lease ends with the baseline: from then on another run may keep in the same folder.
            _prune(keeper, session)
            applied = _saved(job, journal, replace(applied, interrupted=applied.interrupted and bool(pressed)))
        except asyncio.CancelledError:
            applied = await _broken_off(job, journal, outcomes, interrupted=True)
        except Exception:
            applied = await _broken_off(job, journal, outcomes, interrupted=False)
            job.events.crashed(PushResult(job.preview, applied, job.writer.requests))
            raise
    return PushResult(job.preview, applied, job.writer.requests)


def _notes(job: Job) -> RunLog:
    baseline = job.planned.baseline
    head = {"command": "push", "workspace": baseline.workspace_id, "base_url": baseline.base_url}
    return job.session.checkout.snapshots(job.writer.now, baseline.workspace_id).start_run(head)


def _prune(keeper: SnapshotRecorder, session: Session) -> None:
    store = keeper.notes.store
    try:
        store.prune()
    except (OSError, Locked) as error:
        why = error.strerror if isinstance(error, OSError) else error.message
        session.listener.message(f"warning: old snapshots could not be removed: {store.label}: {why}")


def _saved(job: Job, journal: Journal, applied: Applied) -> Applied:
    """Write the baseline and return what happened; where that fails, the journal stays for the next push."""
    try:
        job.session.checkout.write_baseline(applied.baseline, job.tree)
    except HelpsyncError as error:
        return replace(applied, fatal=applied.fatal or error)
    journal.finish()
    return applied


async def _broken_off(job: Job, journal: Journal, done: Mapping[Address, Outcome], *, interrupted: bool) -> Applied:
    """Drop the requests in flight and return what was done, which is in the baseline by then."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    baseline = job.planned.baseline
    try:
        baseline = job.session.checkout.read_baseline() or baseline
        job.session.checkout.write_baseline(baseline, job.tree)
        journal.finish()
    except (OSError, HelpsyncError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        job.session.listener.message(
            f"warning: the baseline could not be written ({why}); the next push makes it from the journal"
        )
    outcomes: list[Outcome] = []
    for change in job.planned.plan.changes:
        outcome = done.get(change.address)
        if outcome is None:
            message = f"not started, or dropped in flight; the next {job.planned.plan.command} settles it"
            outcome = Outcome(change, "skipped", change.id, error=message)
            job.events.outcome(outcome)
        outcomes.append(outcome)
    return Applied(tuple(outcomes), (), baseline, interrupted=interrupted)


def _relinks_left(planned: Planned, applied: Applied) -> tuple[tuple[Address, tuple[LocaleCode, ...]], ...]:
    undone = {outcome.change.address for outcome in applied.outcomes if outcome.status != "applied"}
    left: dict[Address, tuple[LocaleCode, ...]] = {}
    for address, step in planned.steps.items():
        record = applied.baseline.records.get(address)
        if record is None or not isinstance(step.desired, Article) or address in undone or step.restores:
            continue
        stale = tuple(
            sorted(
                locale
                for locale, text in step.desired.translations.items()
                if text.body
                and text.body.links
                and locale in record.locales
                and "body" not in step.drifted.get(locale, ())
                and planned.directory.leads_elsewhere((address, locale), text.body, record.locales[locale].links)
            )
        )
        if stale:
            left[address] = stale
    return tuple(sorted(left.items()))
