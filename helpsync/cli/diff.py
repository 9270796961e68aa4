"""`helpsync diff`: the plan, touching nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from helpsync.cli.options import (
    config_option,
    decision_options,
    format_option,
    option,
    out_option,
    remote_option,
    talk_options,
)
from helpsync.errors import Exit, Problems, first_that_applies

if TYPE_CHECKING:
    from pathlib import Path

    from helpsync.content import Tree
    from helpsync.plan import Plan
    from helpsync.report.details import Details


@dataclass(frozen=True, slots=True)
class Show:
    """What to show, and of which push: `overwrite`, `allow_remove` and `plan` are its options; `out` keeps the plan."""

    config: Path | None
    remote: str | None
    form: str
    verbose: bool
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
@config_option
@remote_option
@talk_options
def command(
    *,
    exit_code: bool,
    out: Path | None,
    overwrite: tuple[str, ...],
    allow_remove: int,
    form: str,
    config: Path | None,
    remote: str | None,
    verbose: bool,
) -> int:
    """Show what a push would change, touching nothing: the client that reads Intercom cannot write."""
    return show_plan(Show(config, remote, form, verbose, exit_code, overwrite, allow_remove, out))


def show_plan(show: Show) -> int:
    """Print the plan, and keep it where that was asked for; return the documented code.

    Raises Problems with what is stale where the plan was to be one that was reviewed.
    """
    from helpsync.cli.console import listener
    from helpsync.cli.findings import show_findings
    from helpsync.sync.plan_file import check_target, decide
    from helpsync.sync.session import open_session

    session = open_session(show.config, show.remote, listener(verbose=show.verbose))
    if show.out:
        check_target(show.out)
    decisions = decide(show.plan, show.overwrite, show.allow_remove)
    session.listener.progress("reading the content tree")
    tree = session.checkout.read_tree()
    if show_findings(tree.findings) is not Exit.OK:
        return Exit.FINDINGS
    decisions.check_made_for(session)
    decisions.check_addresses(tree)
    baseline = session.checkout.read_baseline()
    remote = session.connection.read(tree).remote
    planned = session.plan(tree, remote, baseline, decisions.overwrite)
    plan = planned.plan
    found = show_findings(plan.findings, where="helpsync diff --format json")
    refusal = session.refusal(plan, decisions.allow_remove)
    shown = _Shown(show, tree, plan, session.details(tree, planned, remote), refusal)
    _print(shown)
    session.warn_if_behind("push")
    if show.out and found is Exit.OK:
        from helpsync.sync.plan_file import save_plan

        save_plan(show.out, shown.form, session, planned, decisions.terms(session, remote))
    if found is Exit.OK and (stale := decisions.stale(session, planned, remote)):
        raise Problems(stale)
    codes = [found]
    if show.exit_code:
        codes += [Exit.CHANGES] if plan.changes or plan.relinks else []
        codes += [Exit.CONFLICT] if plan.count("conflict") or plan.count("drift") else []
    return first_that_applies(codes)


@dataclass(frozen=True, slots=True)
class _Shown:
    show: Show
    tree: Tree
    plan: Plan
    details: Details
    refusal: str | None

    @property
    def form(self) -> dict[str, Any]:
        from helpsync.report.json_form import plan_form

        return plan_form(self.plan, self.details, refusal=self.refusal)


def _print(shown: _Shown) -> None:
    from helpsync.cli.console import result, stdout_style, talk

    show, plan, details, refusal = shown.show, shown.plan, shown.details, shown.refusal
    if show.form in ("json", "jsonl"):
        from helpsync.report.json_form import dump

        form = shown.form
        result(dump(form, indent=2) if show.form == "json" else dump({"event": "plan", **form}))
    elif show.form == "markdown":
        from helpsync.report.markdown import plan_markdown

        findings = (*shown.tree.findings, *plan.findings)
        result(plan_markdown(plan, findings, details, refusal=refusal).rstrip("\n"))
    else:
        from helpsync.report.text import plan_lines

        for line in plan_lines(plan, details, stdout_style(), refusal=refusal, verbose=show.verbose):
            result(line)
        if plan.changes:
            talk("nothing was sent")
