"""`helpsync push`: read, plan, guard, confirm, apply, write the baseline, report."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helpsync.cli.console import is_terminal, listener, talk
from helpsync.cli.options import (
    config_option,
    decision_options,
    format_option,
    on_command_line,
    option,
    out_option,
    remote_option,
    talk_options,
)
from helpsync.errors import Exit, HelpsyncError, Problems, Refused

if TYPE_CHECKING:
    from helpsync.content import Tree
    from helpsync.model import Remote
    from helpsync.plan import Planned
    from helpsync.sync.plan_file import Decisions
    from helpsync.sync.session import Session


@click.command("push", short_help="Bring Intercom to what the content tree asks for.")
@option("--yes", "-y", is_flag=True, help="Do not ask; needed where there is no terminal.")
@option("--dry-run", is_flag=True, help="Show the plan, as `helpsync diff` does, and send nothing.")
@option(
    "--plan",
    type=click.Path(path_type=Path),
    metavar="PLAN.json",
    help="Do what this plan says, which `helpsync diff --out` saved, or nothing.",
)
@out_option
@decision_options
@format_option("text", "json", "jsonl")
@config_option
@remote_option
@talk_options
def command(  # noqa: PLR0913  # one an option
    *,
    yes: bool,
    dry_run: bool,
    plan: Path | None,
    out: Path | None,
    overwrite: tuple[str, ...],
    allow_remove: int,
    form: str,
    config: Path | None,
    remote: str | None,
    verbose: bool,
) -> int:
    """Bring Intercom to what the content tree asks for: the plan that `helpsync diff` shows.

    Articles whose links lead to what it creates or renews are sent once more, and named.
    """
    _check_usage(dry_run=dry_run, plan=plan)
    if dry_run:
        from helpsync.cli.diff import Show, show_plan

        return show_plan(
            Show(config, remote, form, verbose, overwrite=overwrite, allow_remove=allow_remove, out=out, plan=plan)
        )
    if not yes and not is_terminal(sys.stdin):
        raise click.UsageError("push asks before it writes, and there is no terminal to ask on: give --yes")
    from helpsync.cli.findings import show_findings
    from helpsync.sync.plan_file import decide
    from helpsync.sync.session import open_session

    session = open_session(config, remote, listener(verbose=verbose))
    decisions = decide(plan, overwrite, allow_remove)
    session.listener.progress("reading the content tree")
    tree = session.checkout.read_tree()
    if show_findings(tree.findings) is not Exit.OK:
        return Exit.FINDINGS
    decisions.check_made_for(session)
    decisions.check_addresses(tree)
    session.checkout.check_recordable(tree)
    try:
        with session.checkout.store.lock(for_push=True):
            return asyncio.run(_push(_Push(session, tree, yes, decisions, form, verbose)))
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


def _check_usage(*, dry_run: bool, plan: Path | None) -> None:
    """Raise click's UsageError for options that contradict each other.

    What a variable sets for all commands does not contradict a plan: with a plan, the plan counts.
    """
    if not dry_run and on_command_line("out"):
        raise click.UsageError("--out saves a plan without pushing it: give --dry-run, or use helpsync diff")
    if plan is None:
        return
    for name, shown in (("overwrite", "--overwrite-remote"), ("allow_remove", "--allow-remove"), ("out", "--out")):
        if on_command_line(name):
            raise click.UsageError(f"{shown} is decided when the plan is made: give it to helpsync diff --out")


@dataclass(frozen=True, slots=True)
class _Push:
    session: Session
    tree: Tree
    yes: bool
    decisions: Decisions
    form: str
    verbose: bool


async def _push(push: _Push) -> int:
    from helpsync.cli.confirm import confirmed
    from helpsync.cli.console import stderr_style
    from helpsync.cli.findings import show_findings
    from helpsync.cli.outcomes import OutcomePrinter, print_result
    from helpsync.report.text import loss_lines
    from helpsync.sync.applying import Crashed, Job, carry_out
    from helpsync.sync.in_flight import settle

    session, decisions = push.session, push.decisions
    baseline = session.checkout.read_baseline()
    async with session.connection.writer(push.tree) as writer:
        session.listener.progress(f"reading {session.remote.name}")

        def plan_for(tree: Tree, remote: Remote) -> Planned:
            return session.plan(tree, remote, baseline, decisions.overwrite)

        settled = await settle(writer, push.tree, plan_for, session.checkout.pending_writes, session.listener.message)
        remote, planned = settled.remote, settled.planned
        plan = planned.plan
        if show_findings(plan.findings, where="helpsync diff --format json") is not Exit.OK:
            return Exit.FINDINGS
        refused: list[HelpsyncError] = [*decisions.stale(session, planned, remote)]
        if refusal := session.refusal(plan, decisions.allow_remove):
            for line in loss_lines(plan, stderr_style(), verbose=push.verbose):
                talk(line)
            refused.insert(0, Refused(refusal, hint=decisions.limit_hint(plan)))
        if refused:
            raise Problems(refused)
        details = session.details(push.tree, planned, remote)
        if (
            (plan.changes or plan.relinks)
            and not push.yes
            and not confirmed(session, plan, details, verbose=push.verbose)
        ):
            return Exit.FAILED
        known = frozenset((item.kind, item.id) for item in remote.help_center.items if item.id)
        printer = OutcomePrinter(session, planned, details, push.form, verbose=push.verbose)
        job = Job(session, push.tree, planned, details, writer, printer, settled.begun)
        try:
            return print_result(session, await carry_out(job, known), push.form)
        except Crashed as crash:
            print_result(session, crash.result, push.form)
            raise crash.__cause__ or crash from None
