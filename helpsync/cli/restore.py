"""`helpsync restore`: what a push overwrote or removed comes back to readers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from helpsync.cli.console import result, talk
from helpsync.cli.options import (
    decision_options,
    format_option,
    on_command_line,
    option,
    require_answer,
    target_options,
    yes_option,
)
from helpsync.errors import ConfigError, Exit, HelpsyncError, Location, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpsync.apply import Applied
    from helpsync.baseline import Baseline, RecordedRun, RunLog, SnapshotStore
    from helpsync.cli.options import Target
    from helpsync.content import Tree
    from helpsync.model import Remote
    from helpsync.plan import Plan, Planned
    from helpsync.restore import Selection
    from helpsync.sync.session import Session

_NOTHING = "nothing can be read any more"


@click.command("restore", short_help="Bring back what a push overwrote or removed.")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@option("--at", metavar="WHEN", help="Bring back what readers had then: 2026-03-01T14:30, or how long ago: 2h, 3d.")
@option("--run", metavar="RUN", help="Undo this run, a push or a restore: an id that --list shows.")
@option("--list", "listing", is_flag=True, help="Show what is kept, run by run, and send nothing.")
@yes_option
@option("--dry-run", is_flag=True, help="Show the plan and send nothing.")
@decision_options
@format_option("text", "json", "jsonl")
@target_options
def command(  # noqa: PLR0913  # one an option
    *,
    addresses: tuple[str, ...],
    at: str | None,
    run: str | None,
    listing: bool,
    yes: bool,
    dry_run: bool,
    overwrite: tuple[str, ...],
    allow_remove: int,
    output: str,
    target: Target,
) -> int:
    """Bring back what the last push overwrote or removed; with ADDRESS only that, with --at what readers had then.

    Only Intercom is written, never a file. What a teammate edited since is left alone.
    """
    from helpsync.cli.moment import read_moment

    moment = None if at is None else read_moment(at, time.time(), option="--at")
    if listing and (addresses or on_command_line("at") or on_command_line("run")):
        raise click.UsageError("--list shows all that is kept: it takes no ADDRESS, --at or --run")
    if run is not None and moment is not None:
        raise click.UsageError("--run and --at exclude each other")
    if not (yes or dry_run or listing):
        require_answer("restore asks before it writes")
    session = target.open()
    if listing:
        return _list(session, output)
    ask = _Restore(session, addresses, moment, run, overwrite, allow_remove, output, yes=yes, verbose=target.verbose)
    if dry_run:
        code = asyncio.run(_show(ask))
        session.warn_if_behind("restore")
        return code
    session.checkout.check_recordable(None)
    try:
        with session.checkout.store.lock():
            return asyncio.run(_restore(ask))
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


@dataclass(frozen=True, slots=True)
class _Restore:
    session: Session
    addresses: tuple[str, ...]
    at: float | None
    run: str | None
    overwrite: tuple[str, ...]
    allow_remove: int
    output: str
    yes: bool
    verbose: bool

    @property
    def tree(self) -> Tree:
        """Return an empty tree: what the files say now has no part in this, whether they can be read or not."""
        from helpsync.content import Tree
        from helpsync.model import HelpCenter

        return Tree(HelpCenter(self.session.config.default_locale), (), {}, 0)


def _list(session: Session, output: str) -> int:
    from helpsync.cli.moment import shown_moment
    from helpsync.report.json_output import dump
    from helpsync.report.runs import runs_json, runs_lines

    baseline = session.checkout.read_baseline()
    store = _store(session, time.time, baseline)
    runs, damage = _runs(session, store, baseline), store.damage()
    if output != "text":
        result(dump(runs_json(runs, damage=damage), indent=2 if output == "json" else None))
    else:
        for line in runs_lines(runs, shown_moment, damage=damage):
            result(line)
    if damage is None:
        return Exit.OK
    raise _damaged(store, damage, "above is what can still be read" if runs else _NOTHING)


def _damaged(store: SnapshotStore, damage: str, what: str) -> HelpsyncError:
    from helpsync.baseline import INDEX

    return HelpsyncError(
        f"the index of what pushes overwrote is damaged: {damage}; {what}",
        location=Location(f"{store.label}/{INDEX}"),
        hint="bring the file back as it was, from a backup or the run's artifact; Intercom has versions of its own",
    )


def _store(session: Session, clock: Callable[[], float], baseline: Baseline | None) -> SnapshotStore:
    return session.checkout.snapshots(clock, baseline.workspace_id if baseline else None)


def _runs(session: Session, store: SnapshotStore, baseline: Baseline | None) -> tuple[RecordedRun, ...]:
    return store.runs(baseline.workspace_id if baseline else None, session.connection.base_url)


def _choose(ask: _Restore, store: SnapshotStore, baseline: Baseline | None) -> Selection:
    """Return what is to be brought back; raises ConfigError for an address or a moment of which nothing is kept.

    Raises HelpsyncError where the index is damaged and it would have to tell which run was the last.
    """
    from helpsync.cli.console import stderr_style
    from helpsync.cli.moment import shown_moment
    from helpsync.report.text import error_lines
    from helpsync.restore import select
    from helpsync.sync.in_flight import landed

    runs = _runs(ask.session, store, baseline)
    if damage := store.damage():
        unsure = "which run was the last is unknown: name addresses, a run with --run, or a moment with --at"
        error = _damaged(store, damage, unsure if runs else _NOTHING)
        if not runs or not (ask.addresses or ask.run or ask.at is not None):
            raise error
        for line in error_lines(error, stderr_style()):
            talk(line)
    first = runs[0].at if runs else None
    # Moments are shown in whole seconds, and what is shown can be given back.
    if ask.at is not None and first is not None and ask.at < int(first):
        raise ConfigError(
            f"--at {shown_moment(ask.at)}: what pushes from here overwrote is kept since {shown_moment(first)}",
            hint="what readers had before that is in Intercom's own version history",
        )
    records = baseline.records if baseline else {}
    # An item may have a tombstone beside the address that it lives on at.
    owners = {(record.kind, record.id): address for address, record in records.items() if record.removed}
    owners |= {(record.kind, record.id): address for address, record in records.items() if not record.removed}
    begun = {} if baseline is None else ask.session.checkout.pending_writes(baseline)
    choice = select(runs, owners, run=ask.run, at=ask.at, addresses=ask.addresses, in_flight=landed(begun))
    for line in _said(choice, runs, store):
        talk(line)
    return choice


def _said(choice: Selection, runs: tuple[RecordedRun, ...], store: SnapshotStore) -> Iterator[str]:
    """Yield which runs are undone, or why there is nothing to do."""
    from helpsync.cli.moment import shown_moment

    if choice.runs:
        yield f"undoing {' and '.join(f'the {run.command} of {shown_moment(run.at)}' for run in choice.runs)}"
    elif choice.goal.at is not None and choice.targets:
        yield f"going back to what readers had at {shown_moment(choice.goal.at)}"
    elif choice.goal.at is not None:
        yield "no push from here has overwritten or removed anything since then"
    elif not any(run.overwrites for run in runs):
        yield f"nothing is kept: no push from here has overwritten or removed anything ({store.label})"
    if choice.back:
        yield f"back already: {', '.join(choice.back)}"
        yield "    hint: `helpsync restore --list` shows all runs, and --run undoes any of them"


def _planned(
    ask: _Restore, store: SnapshotStore, choice: Selection, remote: Remote, baseline: Baseline | None
) -> Planned:
    from helpsync.restore import make_restore

    unknown = [address for address in ask.overwrite if address not in choice.targets]
    if unknown:
        raise ConfigError(
            f"--overwrite-remote {unknown[0]}: that is nothing that this restore brings back",
            hint="helpsync restore --dry-run shows what it does",
        )
    return make_restore(choice, store.load, remote, baseline, ask.session.policy(ask.overwrite))


async def _show(ask: _Restore) -> int:
    from helpsync.cli.push_output import print_plan

    session = ask.session
    baseline = session.checkout.read_baseline()
    store = _store(session, time.time, baseline)
    choice = _choose(ask, store, baseline)
    async with session.connection.reader(ask.tree) as reader:
        session.listener.progress(f"reading {session.remote.name}")
        remote = await reader.read(default_locale=session.config.default_locale)
        planned = _planned(ask, store, choice, remote, baseline)
    preview = session.preview(ask.tree, planned, remote, allow_remove=ask.allow_remove)
    print_plan(preview, ask.output, verbose=ask.verbose)
    return Exit.OK


async def _restore(ask: _Restore) -> int:
    from helpsync.baseline import goal_to_json
    from helpsync.cli.push_output import PushPrinter
    from helpsync.sync.applying import Job, carry_out
    from helpsync.sync.in_flight import settle

    session = ask.session
    baseline = session.checkout.read_baseline()
    async with session.connection.writer(ask.tree) as writer:
        store = _store(session, writer.now, baseline)
        choice = _choose(ask, store, baseline)
        session.listener.progress(f"reading {session.remote.name}")

        def plan_for(_tree: Tree, remote: Remote) -> Planned:
            return _planned(ask, store, choice, remote, baseline)

        settled = await settle(writer, ask.tree, plan_for, session.checkout.pending_writes, session.listener.message)
        remote, planned = settled.remote, settled.planned
        plan = planned.plan
        preview = session.preview(ask.tree, planned, remote, allow_remove=ask.allow_remove)
        printer = PushPrinter(session, ask.output, ask=not ask.yes, verbose=ask.verbose)
        if preview.refusal:
            printer.refused(preview)
            raise Refused(preview.refusal, hint=plan.allow_hint)
        if not printer.confirm(preview):
            return Exit.FAILED
        head = {
            "command": "restore",
            "workspace": planned.baseline.workspace_id,
            "base_url": planned.baseline.base_url,
            "goal": goal_to_json(choice.goal),
        }
        notes = store.start_run(head)
        _record_done(notes, choice, planned)
        # The next push finds out whether a push's other writes happened.
        begun = session.checkout.pending_writes(planned.baseline)
        begun = {address: one for address, one in begun.items() if address not in planned.steps}
        restored = await carry_out(Job(session, preview, writer, printer, begun, notes))
        if _all_done(plan, restored.applied):
            notes.finish()
        code = printer.result(restored)
    _say_what_now(restored.applied)
    return code


def _record_done(notes: RunLog, choice: Selection, planned: Planned) -> None:
    """Record what an interrupted restore had done already: later it would look like a teammate's edit."""
    from helpsync.apply import SnapshotRecorder

    recorder = SnapshotRecorder(notes, planned.plan)
    changed = {change.address for change in planned.plan.changes}
    for address, target in choice.targets.items():
        if target.uncertain is not None and address not in changed and (step := planned.steps.get(address)):
            recorder.after(step, step.remote)


def _all_done(plan: Plan, applied: Applied) -> bool:
    """Return whether nothing of what was to come back is left to do."""
    return (
        not plan.count("conflict")
        and all(outcome.status == "applied" for outcome in applied.outcomes)
        and not (applied.interrupted or applied.fatal or applied.relink_errors or applied.relinks_held)
    )


def _say_what_now(applied: Applied) -> None:
    if not any(outcome.status == "applied" for outcome in applied.outcomes):
        return
    talk("the files still say what was pushed: diff now shows this as drift, and push leaves it alone")
    talk("    hint: bring the files back too (`git revert COMMIT`), and both sides agree again")
