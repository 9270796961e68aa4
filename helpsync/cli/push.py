"""`helpsync push`: bring Intercom to what the content tree asks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from helpsync.cli.options import (
    decision_options,
    format_option,
    on_command_line,
    option,
    out_option,
    require_answer,
    target_options,
    yes_option,
)
from helpsync.errors import Exit

if TYPE_CHECKING:
    from helpsync.cli.options import Target


@click.command("push", short_help="Bring Intercom to what the content tree asks for.")
@yes_option
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
@target_options
def command(
    *,
    yes: bool,
    dry_run: bool,
    plan: Path | None,
    out: Path | None,
    overwrite: tuple[str, ...],
    allow_remove: int,
    output: str,
    target: Target,
) -> int:
    """Bring Intercom to what the content tree asks for: the plan that `helpsync diff` shows.

    Articles with links to what it creates or renews are sent again, and listed.
    """
    _check_usage(dry_run=dry_run, plan=plan)
    if dry_run:
        from helpsync.cli.diff import Show, show_plan

        return show_plan(Show(target, output, overwrite=overwrite, allow_remove=allow_remove, out=out, plan=plan))
    if not yes:
        require_answer("push asks before it writes")
    from helpsync.cli.push_output import PushPrinter
    from helpsync.sync.plan_file import load_decisions
    from helpsync.sync.push import push

    session = target.open()
    printer = PushPrinter(session, output, ask=not yes, verbose=target.verbose)
    result = push(session, load_decisions(plan, overwrite, allow_remove), printer)
    return Exit.FAILED if result is None else printer.result(result)


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
