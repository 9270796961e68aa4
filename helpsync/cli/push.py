"""`helpsync push`: read, plan, guard, confirm, apply, write the baseline, report."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from helpsync.cli.options import config_option, format_option, option, remote_option, talk_options
from helpsync.errors import ConfigError, Exit, HelpsyncError, Refused, first_that_applies

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from helpsync.apply import Applied, Outcome
    from helpsync.cli.session import Session
    from helpsync.content.tree import Tree
    from helpsync.intercom.client import Writer
    from helpsync.model import Kind, Requests
    from helpsync.plan.build import Planned


@click.command("push", short_help="Bring Intercom to what the content tree asks for.")
@option("--yes", "-y", is_flag=True, help="Do not ask; needed where there is no terminal.")
@option("--dry-run", is_flag=True, help="The same as `helpsync diff`.")
@option(
    "--overwrite-remote",
    "overwrite",
    multiple=True,
    metavar="ADDRESS",
    help="Let the file win over an edit made in Intercom, for this address only; may be given more than once.",
)
@option(
    "--allow-remove",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Let readers lose up to N articles or translations, whatever `limits` says.",
)
@format_option("text", "json", "jsonl")
@config_option
@remote_option
@talk_options
def command(
    *,
    yes: bool,
    dry_run: bool,
    overwrite: tuple[str, ...],
    allow_remove: int,
    form: str,
    config: Path | None,
    remote: str | None,
    verbose: bool,
) -> int:
    """Bring Intercom to what the content tree asks for: the plan that `helpsync diff` shows, and nothing else."""
    if dry_run:
        from helpsync.cli.diff import show_plan

        return show_plan(config, remote, "text" if form == "text" else "json", exit_code=False, verbose=verbose)
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("push asks before it writes, and there is no terminal to ask on: give --yes")
    from helpsync.cli.session import open_session, show_findings

    session = open_session(config, remote, verbose=verbose)
    tree = session.read_tree()
    if show_findings(tree.findings) is not Exit.OK:
        return Exit.FINDINGS
    with session.lock():
        return asyncio.run(_push(_Push(session, tree, yes, overwrite, allow_remove, form)))


@dataclass(frozen=True, slots=True)
class _Push:
    session: Session
    tree: Tree
    yes: bool
    overwrite: tuple[str, ...]
    allow_remove: int
    form: str


async def _push(push: _Push) -> int:
    from helpsync.cli.session import show_findings
    from helpsync.plan.safety import beyond_limits

    session = push.session
    baseline = session.read_baseline()
    async with session.writer(push.tree) as writer:
        remote = await writer.read(default_locale=session.config.default_locale)
        planned = session.plan(push.tree, remote, baseline, push.overwrite)
        plan = planned.plan
        _check_overwrite(push, planned)
        if show_findings(plan.findings, where="helpsync diff --format json") is not Exit.OK:
            return Exit.FINDINGS
        limits = session.config.limits
        refusal = beyond_limits(plan, share=limits.remove, floor=limits.floor, allowed=push.allow_remove)
        if refusal:
            raise Refused(refusal, hint=f"if that is meant: --allow-remove {len(plan.losses)}")
        if plan.changes and not push.yes and not _confirmed(push, planned):
            return Exit.FAILED
        known = {(item.kind, item.id) for item in remote.help_center.items if item.id}
        applied = await _apply(push, planned, writer, known)
        try:
            return _report(push, planned, applied, writer.requests)
        finally:
            # Only now: the report shows the sources as they were before this push.
            session.keep_sources(applied.baseline, push.tree)


def _check_overwrite(push: _Push, planned: Planned) -> None:
    known = {item.address for item in planned.desired.items}
    for address in push.overwrite:
        if address not in known:
            raise ConfigError(
                f"--overwrite-remote {address}: no such address in the content tree",
                hint="an address is a path below the content folder, without locale and ending",
            )


def _confirmed(push: _Push, planned: Planned) -> bool:
    from helpsync.cli.console import stderr_style, talk
    from helpsync.report.text import plan_lines

    for line in plan_lines(planned.plan, push.session.diffs(), stderr_style()):
        talk(line)
    count = len(planned.plan.changes)
    question = f"Push {count} change{'s' * (count != 1)} to {push.session.remote.name}?"
    if click.confirm(question, err=True):
        return True
    talk("nothing was sent")
    return False


async def _apply(push: _Push, planned: Planned, writer: Writer, known: set[tuple[Kind, str]]) -> Applied:
    from helpsync.apply import apply
    from helpsync.apply.writes import Composer
    from helpsync.cli.console import talk

    session = push.session
    stopping: list[bool] = []

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if stopping:
            raise KeyboardInterrupt
        stopping.append(True)
        talk("stopping: what is in flight is finished; press ^C again to drop it")

    composer = Composer(
        planned.directory,
        planned.desired.default_locale,
        session.picture(push.tree),
        session.remote.help_center,
    )
    # Not the loop's own handlers: Windows has none.
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with session.journal() as journal:
            applied = await apply(
                planned,
                writer,
                composer,
                journal,
                known_ids=known,
                stop=lambda: bool(stopping),
                report=_reporter(push),
            )
            session.write_baseline(applied.baseline)
            journal.remove()
    finally:
        signal.signal(signal.SIGINT, before)
    return applied


def _reporter(push: _Push) -> Callable[[Outcome], None]:
    from helpsync.cli.console import result, stdout_style

    if push.form == "text":
        from helpsync.report.text import outcome_line

        style = stdout_style()
        return lambda outcome: result(outcome_line(outcome, style))
    if push.form == "jsonl":
        from helpsync.report.json_form import dump, outcome_form

        diffs = push.session.diffs()
        return lambda outcome: result(dump({"event": "change", **outcome_form(outcome, diffs)}))
    return lambda _: None


def _report(push: _Push, planned: Planned, applied: Applied, requests: Requests) -> int:
    from helpsync.cli.console import result, stderr_style, stdout_style, talk
    from helpsync.report.json_form import dump, result_form
    from helpsync.report.text import attention_lines, error_lines, result_line

    plan = planned.plan
    if push.form == "text":
        for line in attention_lines(plan.attention, stdout_style()):
            result(line)
        result(result_line(plan, applied, requests))
    else:
        form = result_form(plan, applied, requests, push.session.diffs())
        result(dump({"event": "result", **form}) if push.form == "jsonl" else dump(form, indent=2))
    for message in applied.relink_errors:
        talk(message)
    if applied.fatal:
        for line in error_lines(applied.fatal, stderr_style()):
            talk(line)
    return first_that_applies(_codes(applied, plan.count("conflict")))


def _codes(applied: Applied, conflicts: int) -> list[Exit]:
    statuses = {outcome.status for outcome in applied.outcomes}
    codes = [Exit.INTERRUPTED] if applied.interrupted else []
    if isinstance(applied.fatal, HelpsyncError):
        codes.append(applied.fatal.exit_code)
    if applied.relink_errors or "failed" in statuses or ("skipped" in statuses and not applied.interrupted):
        codes.append(Exit.FAILED)
    if conflicts or "held" in statuses:
        codes.append(Exit.CONFLICT)
    return codes
