"""`helpsync diff`: the plan, touching nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from helpsync.cli.options import decision_options, format_option, option, out_option, target_options
from helpsync.errors import Exit, Problems, first_that_applies

if TYPE_CHECKING:
    from pathlib import Path

    from helpsync.cli.options import Target


@dataclass(frozen=True, slots=True)
class Show:
    """What to show: `overwrite`, `allow_remove` and `plan` are options of the push, `out` is where to save the plan."""

    target: Target
    output: str
    exit_code: bool = False
    overwrite: tuple[str, ...] = ()
    allow_remove: int = 0
    out: Path | None = None
    plan: Path | None = None


@click.command("diff", short_help="Show what a push would change.")
@option("--exit-code", is_flag=True, help="Exit with 10 when there are changes, 13 on drift or conflict.")
@out_option
@decision_options
@format_option("text", "json", "markdown")
@target_options
def command(
    *,
    exit_code: bool,
    out: Path | None,
    overwrite: tuple[str, ...],
    allow_remove: int,
    output: str,
    target: Target,
) -> int:
    """Show what a push would change, touching nothing: the client that reads Intercom cannot write."""
    return show_plan(Show(target, output, exit_code, overwrite, allow_remove, out))


def show_plan(show: Show) -> int:
    """Print the plan, save it if `out` says where, and return the documented exit code.

    Raises Problems where a reviewed plan is stale.
    """
    from helpsync.cli.console import show_findings
    from helpsync.cli.push_output import print_plan
    from helpsync.sync.plan_file import check_target, load_decisions, save_plan
    from helpsync.sync.push import preview_push

    session = show.target.open()
    if show.out:
        check_target(show.out)
    decisions = load_decisions(show.plan, show.overwrite, show.allow_remove)
    preview = preview_push(session, decisions)
    plan = preview.plan
    show_findings(plan.findings, "helpsync diff --format json", "nothing was sent")
    print_plan(preview, show.output, verbose=show.target.verbose)
    session.warn_if_behind("push")
    failed = any(finding.severity == "error" for finding in plan.findings)
    codes = [Exit.FINDINGS] if failed else []
    if not failed:
        if show.out:
            save_plan(show.out, session, preview, decisions)
        if stale := decisions.stale(session, preview.planned, preview.remote):
            raise Problems(stale)
    if show.exit_code:
        codes += [Exit.CHANGES] if plan.changes or plan.relinks else []
        codes += [Exit.CONFLICT] if plan.count("conflict") or plan.count("drift") else []
    return first_that_applies(codes)
