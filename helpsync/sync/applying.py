"""Carrying a plan out and saying so: ^C, progress, and a baseline that knows all that was done, whatever happens."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpsync.apply import Applied, Keeping, Outcome, apply
from helpsync.apply.snapshot_recorder import Keeper
from helpsync.apply.writes import Composer
from helpsync.baseline import Journal, PendingWrite, RunLog, held_pictures
from helpsync.cli.console import lost, result, say_lost, stderr_style, stdout_style, talk
from helpsync.cli.signals import on_interrupt
from helpsync.errors import Exit, HelpsyncError, Locked, first_that_applies
from helpsync.model import Article
from helpsync.report.json_form import dump, outcome_form, result_form
from helpsync.report.text import (
    altered_lines,
    attention_lines,
    error_lines,
    finished,
    note_lines,
    outcome_line,
    place,
    relinked_lines,
    result_line,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from helpsync.content.tree import Tree
    from helpsync.intercom import Writer
    from helpsync.model import Address, Kind, LocaleCode
    from helpsync.plan.build import Planned
    from helpsync.report.details import Details
    from helpsync.sync.session import Session


@dataclass(frozen=True, slots=True)
class Job:
    """A plan that is to be carried out, and how to speak of it.

    `begun` are writes of a push that died whose addresses the plan holds back. `notes` are a restore's own; a push's
    are made for it.
    """

    session: Session
    tree: Tree
    planned: Planned
    details: Details
    form: str
    writer: Writer
    begun: Mapping[Address, PendingWrite] = field(default_factory=lambda: MappingProxyType({}))
    notes: RunLog | None = None


class _Reporter:
    """Says what came of each change as it comes, and remembers it."""

    def __init__(self, job: Job) -> None:
        self.outcomes: dict[Address, Outcome] = {}
        self._job = job
        self._total = len(job.planned.plan.changes)
        if job.form == "text" and self._total:
            talk(f"{self._total} change{'s' * (self._total != 1)} to {job.planned.plan.command}")

    def __call__(self, outcome: Outcome) -> None:
        self.outcomes[outcome.change.address] = outcome
        if self._job.form == "text":
            result(outcome_line(outcome, stdout_style(), page=self._page(outcome)))
            for line in (*note_lines(outcome), *altered_lines(outcome, verbose=self._job.session.verbose)):
                result(line)
        elif self._job.form == "jsonl":
            result(dump({"event": "change", **outcome_form(outcome, self._job.details)}))
        elif outcome.status != "skipped":
            talk(f"[{len(self.outcomes)}/{self._total}] {finished(outcome)}")

    def _page(self, outcome: Outcome) -> str | None:
        """Return where to look at what was written."""
        pages = self._job.session.sandbox_pages
        if not outcome.draft or outcome.id is None or pages is None:
            return outcome.url
        return pages.draft(outcome.id, self._job.planned.desired.default_locale)


async def carry_out(job: Job, known: set[tuple[Kind, str]]) -> Applied:
    """Return what came of the plan; the baseline is written by then, also when the push breaks off.

    The first ^C, or signal to end, lets what is in flight finish, a second one drops it, a third leaves at once.
    Whatever else ends the push is raised after what was done has been reported.
    """
    session = job.session
    pressed: list[bool] = []
    ended: list[HelpsyncError] = []
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stopped() -> bool:
        if (error := session.home.lock_lost) is not None:
            ended.append(error)
        return bool(pressed or ended)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        pressed.append(True)
        if len(pressed) == 1:
            talk("stopping: what is in flight is finished; press ^C again to drop it")
        elif len(pressed) == 2 and task is not None:
            loop.call_soon_threadsafe(task.cancel)
        else:
            raise KeyboardInterrupt

    composer = Composer(
        job.planned.directory,
        job.planned.desired.default_locale,
        session.picture(job.tree),
        session.remote.help_center,
        held_pictures(job.planned.baseline.records.values()),
    )
    reporter = _Reporter(job)
    keeper = Keeper(job.notes or _notes(job), job.planned.plan)
    session.save_along(job.planned.baseline, job.tree)
    with on_interrupt(interrupt), session.journal(job.writer.now) as journal:
        try:
            journal.carry(job.begun)
            applied = await apply(
                job.planned,
                job.writer,
                composer,
                journal,
                known_ids=known,
                keeping=Keeping(keeper.before, keeper.after),
                fence=lambda: session.home.lock_lost,
                stop=stopped,
                report=reporter,
            )
            applied = replace(applied, fatal=applied.fatal or (ended[0] if ended else None))
            # The lease ends with the baseline: from then on another run may keep in the same folder.
            _prune(keeper)
            applied = _saved(job, journal, replace(applied, interrupted=applied.interrupted and bool(pressed)))
        except asyncio.CancelledError:
            return await _broken_off(job, journal, reporter, interrupted=True)
        except Exception:  # whatever it is, what was done is told first
            report(job, await _broken_off(job, journal, reporter, interrupted=False))
            raise
    return applied


def _notes(job: Job) -> RunLog:
    baseline = job.planned.baseline
    head = {"command": "push", "workspace": baseline.workspace_id, "base_url": baseline.base_url}
    return job.session.kept(job.writer.now, baseline.workspace_id).start_run(head)


def _prune(keeper: Keeper) -> None:
    store = keeper.notes.store
    try:
        store.prune()
    except (OSError, Locked) as error:
        why = error.strerror if isinstance(error, OSError) else error.message
        talk(f"warning: what old pushes overwrote could not be cleared away: {store.shown}: {why}")


def _saved(job: Job, journal: Journal, applied: Applied) -> Applied:
    """Write the baseline and return what came of the push; where its home refuses, the journal stays for the next."""
    try:
        job.session.write_baseline(applied.baseline, job.tree)
    except HelpsyncError as error:
        return replace(applied, fatal=applied.fatal or error)
    journal.finish()
    return applied


async def _broken_off(job: Job, journal: Journal, reporter: _Reporter, *, interrupted: bool) -> Applied:
    """Drop what is in flight and return what was done by then, which the baseline knows."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    baseline = job.planned.baseline
    try:
        baseline = job.session.read_baseline() or baseline
        job.session.write_baseline(baseline, job.tree)
        journal.finish()
    except (OSError, HelpsyncError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        talk(f"warning: the baseline could not be written ({why}); the next push makes it from the journal")
    for change in job.planned.plan.changes:
        if change.address not in reporter.outcomes:
            message = f"not begun, or dropped on its way; the next {job.planned.plan.command} settles it"
            reporter(Outcome(change, "skipped", change.id, error=message))
    outcomes = tuple(reporter.outcomes[change.address] for change in job.planned.plan.changes)
    return Applied(outcomes, (), baseline, interrupted=interrupted)


def relinks_left(planned: Planned, applied: Applied) -> tuple[tuple[Address, tuple[LocaleCode, ...]], ...]:
    """Return the articles whose links still lead to where articles or headings were, and that were not sent again.

    A push that broke off did not come to them, and what the plan does not list is left to the next one.
    """
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


def report(job: Job, applied: Applied) -> int:
    """Print what came of the push; return the documented code."""
    plan, requests = job.planned.plan, job.writer.requests
    left = relinks_left(job.planned, applied)
    if job.form == "text":
        for line in relinked_lines(applied, stdout_style()):
            result(line)
        for line in attention_lines(plan.attention, stdout_style()):
            result(line)
        result(result_line(plan, applied, requests))
        pages = job.session.sandbox_pages
        if pages is not None and not pages.served and applied.outcomes and not job.planned.baseline.records:
            talk("`helpsync sandbox` serves these pages")  # said once, at the first push
    else:
        form = result_form(plan, applied, requests, job.details, relinks_left=left)
        result(dump({"event": "result", **form}) if job.form == "jsonl" else dump(form, indent=2))
    for message in (*applied.relink_errors, *applied.relinks_held):
        talk(message)
    if applied.fatal:
        for line in error_lines(applied.fatal, stderr_style()):
            talk(line)
    if applied.interrupted:
        undone = sum(outcome.status == "skipped" for outcome in applied.outcomes)
        talk(f"interrupted: {undone} change{'s' * (undone != 1)} left; the next {plan.command} goes on from here")
    if left:
        names = ", ".join(place(address, locales) for address, locales in left)
        talk(f"not sent again for their links yet: {names}; the next {plan.command} does that")
    say_lost()
    return first_that_applies(_codes(applied, plan.count("conflict")))


def _codes(applied: Applied, conflicts: int) -> list[Exit]:
    statuses = {outcome.status for outcome in applied.outcomes}
    codes = [Exit.INTERRUPTED] if applied.interrupted else []
    if applied.fatal:
        codes.append(applied.fatal.exit_code)
    if lost() or applied.relink_errors or "failed" in statuses:
        codes.append(Exit.FAILED)
    if "skipped" in statuses and not applied.interrupted:
        codes.append(Exit.FAILED)
    if conflicts or applied.relinks_held or "held" in statuses:
        codes.append(Exit.CONFLICT)
    return codes
