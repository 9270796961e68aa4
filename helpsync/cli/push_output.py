"""Prints the plan of a push or a restore, asks whether to carry it out, and prints what happens."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import click

from helpsync.cli.console import lost, result, say_lost, stderr_style, stdout_style, talk
from helpsync.errors import Exit, first_that_applies
from helpsync.report.json_output import dump, outcome_json, plan_json, result_json
from helpsync.report.text import (
    altered_lines,
    attention_lines,
    error_lines,
    finished,
    loss_lines,
    note_lines,
    outcome_line,
    place,
    plan_lines,
    relinked_lines,
    result_line,
)
from helpsync.sync.applying import PushEvents

if TYPE_CHECKING:
    from collections.abc import Sized

    from helpsync.apply import Outcome
    from helpsync.sync.applying import PushResult
    from helpsync.sync.session import Preview, Session


def print_plan(preview: Preview, output: str, *, verbose: bool) -> None:
    """Print a plan that is not carried out; `output` is a choice of ``--format``."""
    if output == "text":
        for line in plan_lines(preview.plan, preview.details, stdout_style(), verbose=verbose):
            result(line)
        if preview.plan.changes or preview.plan.command == "restore":
            talk("nothing was sent")
    elif output == "markdown":
        from helpsync.report.markdown import plan_markdown

        findings = (*preview.tree.findings, *preview.plan.findings)
        result(plan_markdown(preview.plan, findings, preview.details).rstrip("\n"))
    else:
        _print_json(output, "plan", plan_json(preview.plan, preview.details))


def _print_json(output: str, event: str, values: dict[str, Any]) -> None:
    result(dump({"event": event, **values}) if output == "jsonl" else dump(values, indent=2))


class PushPrinter(PushEvents):
    """Asks on the terminal, and prints each outcome as it comes; `output` is a choice of ``--format``."""

    def __init__(self, session: Session, output: str, *, ask: bool, verbose: bool) -> None:
        self._session = session
        self._output = output
        self._ask = ask
        self._verbose = verbose
        self._done = 0
        self._preview: Preview | None = None

    def refused(self, preview: Preview) -> None:
        """Print what readers would lose."""
        for line in loss_lines(preview.plan, stderr_style(), verbose=self._verbose):
            talk(line)

    def confirm(self, preview: Preview) -> bool:
        """Show the plan and return whether the user wants it to be carried out; don't ask where nothing changes."""
        plan = preview.plan
        if self._ask and (plan.changes or plan.relinks) and not self._confirmed(preview):
            talk("nothing was sent")
            return False
        self._preview = preview
        if self._output == "text" and plan.changes:
            talk(f"{_changes(plan.changes)} to {plan.command}")
        return True

    def _confirmed(self, preview: Preview) -> bool:
        plan = preview.plan
        for line in plan_lines(plan, preview.details, stderr_style(), verbose=self._verbose):
            talk(line)
        to = "to" if plan.command == "push" else "in"
        question = f"{plan.command.capitalize()} {_changes(plan.changes)} {to} {self._session.remote.name}?"
        # The event loop would keep ^C to itself until the question is answered.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return click.confirm(question, err=True)
        finally:
            signal.signal(signal.SIGINT, before)

    def outcome(self, outcome: Outcome) -> None:
        """Print one outcome."""
        assert self._preview is not None  # noqa: S101  # for mypy: nothing has an outcome before it is confirmed
        self._done += 1
        if self._output == "text":
            result(outcome_line(outcome, stdout_style(), page=self._page(outcome, self._preview)))
            for line in (*note_lines(outcome), *altered_lines(outcome, verbose=self._verbose)):
                result(line)
        elif self._output == "jsonl":
            _print_json("jsonl", "change", outcome_json(outcome, self._preview.details))
        elif outcome.status != "skipped":
            talk(f"[{self._done}/{len(self._preview.plan.changes)}] {finished(outcome)}")

    def _page(self, outcome: Outcome, preview: Preview) -> str | None:
        """Return where to look at what was written."""
        pages = self._session.connection.sandbox_pages
        if not outcome.draft or outcome.id is None or pages is None:
            return outcome.url
        return pages.draft(outcome.id, preview.planned.desired.default_locale)

    def crashed(self, result: PushResult) -> None:
        """Print what was done until then."""
        self.result(result)

    def result(self, pushed: PushResult) -> int:
        """Print what the push did; return the documented exit code."""
        plan, applied, left = pushed.preview.plan, pushed.applied, pushed.relinks_left
        if self._output == "text":
            for line in relinked_lines(applied, stdout_style()):
                result(line)
            for line in attention_lines(plan.attention, stdout_style()):
                result(line)
            result(result_line(plan, applied, pushed.requests))
            pages = self._session.connection.sandbox_pages
            first = not pushed.preview.planned.baseline.records
            if pages is not None and not pages.served and applied.outcomes and first:
                talk("`helpsync sandbox` serves these pages")
        else:
            values = result_json(plan, applied, pushed.requests, pushed.preview.details, relinks_left=left)
            _print_json(self._output, "result", values)
        for message in (*applied.relink_errors, *applied.relinks_held):
            talk(message)
        if applied.fatal:
            for line in error_lines(applied.fatal, stderr_style()):
                talk(line)
        if applied.interrupted:
            undone = [outcome for outcome in applied.outcomes if outcome.status == "skipped"]
            talk(f"interrupted: {_changes(undone)} left; the next {plan.command} goes on from here")
        if left:
            names = ", ".join(place(address, locales) for address, locales in left)
            talk(f"not sent again for their links yet: {names}; the next {plan.command} does that")
        say_lost()
        return first_that_applies([pushed.exit_code, Exit.FAILED if lost() else Exit.OK])


def _changes(changes: Sized) -> str:
    return f"{len(changes)} change{'s' * (len(changes) != 1)}"
