"""`helpsync diff`: the plan, touching nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from helpsync.cli.options import config_option, format_option, option, remote_option, talk_options
from helpsync.errors import Exit, first_that_applies

if TYPE_CHECKING:
    from pathlib import Path

    from helpsync.cli.session import Session
    from helpsync.content.tree import Tree
    from helpsync.model import Remote
    from helpsync.plan.build import Planned
    from helpsync.plan.changes import Plan


@dataclass(frozen=True, slots=True)
class Show:
    """What to show, and of which push: `overwrite` and `allow_remove` are those of `push --dry-run`."""

    config: Path | None
    remote: str | None
    form: str
    verbose: bool
    exit_code: bool = False
    overwrite: tuple[str, ...] = ()
    allow_remove: int = 0


@click.command("diff", short_help="Show what a push would change.")
@option("--exit-code", is_flag=True, help="Exit with 10 when there are changes, 13 on drift or conflict.")
@format_option("text", "json", "markdown")
@config_option
@remote_option
@talk_options
def command(*, exit_code: bool, form: str, config: Path | None, remote: str | None, verbose: bool) -> int:
    """Show what a push would change, touching nothing: the client that reads Intercom cannot write."""
    return show_plan(Show(config, remote, form, verbose, exit_code=exit_code))


def show_plan(show: Show) -> int:
    """Print the plan; return the documented code."""
    from helpsync.cli.console import progress
    from helpsync.cli.session import check_overwrite, open_session, show_findings

    session = open_session(show.config, show.remote, verbose=show.verbose)
    progress("reading the content tree", verbose=show.verbose)
    tree = session.read_tree()
    if show_findings(tree.findings) is not Exit.OK:
        return Exit.FINDINGS
    baseline = session.read_baseline()

    # Not returned: when a loop ends, Python prints its result for an error that it then drops, at 400 MB a large plan.
    read_so_far: list[tuple[Remote, Planned]] = []

    async def read() -> None:
        async with session.reader(tree) as reader:
            progress(f"reading {session.remote.name}", verbose=show.verbose)
            remote = await reader.read(default_locale=session.config.default_locale)
            read_so_far.append((remote, session.plan(tree, remote, baseline, show.overwrite)))

    asyncio.run(read())
    remote, planned = read_so_far[0]
    check_overwrite(planned, show.overwrite)
    plan = planned.plan
    found = show_findings(plan.findings, where="helpsync diff --format json")
    _print(show, session, tree, remote, plan)
    codes = [found]
    if show.exit_code:
        codes += [Exit.CHANGES] if plan.changes or plan.relinks else []
        codes += [Exit.CONFLICT] if plan.count("conflict") or plan.count("drift") else []
    return first_that_applies(codes)


def _print(show: Show, session: Session, tree: Tree, remote: Remote, plan: Plan) -> None:
    from helpsync.cli.console import result, stdout_style, talk

    details = session.details(tree, remote.admins)
    refusal = session.refusal(plan, show.allow_remove)
    if show.form in ("json", "jsonl"):
        from helpsync.report.json_form import dump, plan_form

        form = plan_form(plan, details, refusal=refusal)
        result(dump(form, indent=2) if show.form == "json" else dump({"event": "plan", **form}))
    elif show.form == "markdown":
        from helpsync.report.markdown import plan_markdown

        findings = (*tree.findings, *plan.findings)
        result(plan_markdown(plan, findings, details, refusal=refusal).rstrip("\n"))
    else:
        from helpsync.report.text import plan_lines

        for line in plan_lines(plan, details, stdout_style(), refusal=refusal, verbose=show.verbose):
            result(line)
        if plan.changes:
            talk("nothing was sent")
