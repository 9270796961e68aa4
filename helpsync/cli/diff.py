"""`helpsync diff`: the plan, touching nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from helpsync.cli.options import config_option, format_option, option, remote_option, talk_options
from helpsync.errors import Exit, first_that_applies

if TYPE_CHECKING:
    from pathlib import Path

    from helpsync.plan.changes import Plan


@click.command("diff", short_help="Show what a push would change.")
@option("--exit-code", is_flag=True, help="Exit with 10 when there are changes, 13 on drift or conflict.")
@format_option("text", "json", "markdown")
@config_option
@remote_option
@talk_options
def command(*, exit_code: bool, form: str, config: Path | None, remote: str | None, verbose: bool) -> int:
    """Show what a push would change, touching nothing: the client that reads Intercom cannot write."""
    return show_plan(config, remote, form, exit_code=exit_code, verbose=verbose)


def show_plan(config: Path | None, remote: str | None, form: str, *, exit_code: bool, verbose: bool) -> int:
    """Print the plan; return the documented code."""
    from helpsync.cli.console import result, stdout_style, talk
    from helpsync.cli.session import open_session, show_findings

    session = open_session(config, remote, verbose=verbose)
    tree = session.read_tree()
    if show_findings(tree.findings) is not Exit.OK:
        return Exit.FINDINGS

    baseline = session.read_baseline()

    async def read() -> Plan:
        async with session.reader(tree) as reader:
            remote_side = await reader.read(default_locale=session.config.default_locale)
            return session.plan(tree, remote_side, baseline).plan

    plan = asyncio.run(read())
    found = show_findings(plan.findings, where="helpsync diff --format json")
    diffs = session.diffs()
    if form == "json":
        from helpsync.report.json_form import dump, plan_form

        result(dump(plan_form(plan, diffs), indent=2))
    elif form == "markdown":
        from helpsync.report.markdown import plan_markdown

        result(plan_markdown(plan, (*tree.findings, *plan.findings), diffs).rstrip("\n"))
    else:
        from helpsync.report.text import plan_lines

        for line in plan_lines(plan, diffs, stdout_style(), verbose=verbose):
            result(line)
        if plan.changes:
            talk("nothing was sent")
    codes = [found]
    if exit_code:
        codes += [Exit.CHANGES] if plan.changes else []
        codes += [Exit.CONFLICT] if plan.count("conflict") or plan.count("drift") else []
    return first_that_applies(codes)
