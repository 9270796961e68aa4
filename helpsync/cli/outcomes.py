"""Prints what a push or a restore does: each change as it is done, then the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.cli.console import lost, result, say_lost, stderr_style, stdout_style, talk
from helpsync.errors import Exit, first_that_applies
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
    from helpsync.apply import Outcome
    from helpsync.plan import Planned
    from helpsync.report.details import Details
    from helpsync.sync.applying import PushResult
    from helpsync.sync.session import Session


class OutcomePrinter:
    """Prints each outcome as it comes, in the format that was asked for."""

    def __init__(self, session: Session, planned: Planned, details: Details, form: str, *, verbose: bool) -> None:
        self._session = session
        self._planned = planned
        self._details = details
        self._form = form
        self._verbose = verbose
        self._done = 0
        self._total = len(planned.plan.changes)
        if form == "text" and self._total:
            talk(f"{self._total} change{'s' * (self._total != 1)} to {planned.plan.command}")

    def __call__(self, outcome: Outcome) -> None:
        """Print one outcome."""
        self._done += 1
        if self._form == "text":
            result(outcome_line(outcome, stdout_style(), page=self._page(outcome)))
            for line in (*note_lines(outcome), *altered_lines(outcome, verbose=self._verbose)):
                result(line)
        elif self._form == "jsonl":
            result(dump({"event": "change", **outcome_form(outcome, self._details)}))
        elif outcome.status != "skipped":
            talk(f"[{self._done}/{self._total}] {finished(outcome)}")

    def _page(self, outcome: Outcome) -> str | None:
        """Return where to look at what was written."""
        pages = self._session.connection.sandbox_pages
        if not outcome.draft or outcome.id is None or pages is None:
            return outcome.url
        return pages.draft(outcome.id, self._planned.desired.default_locale)


def print_result(session: Session, pushed: PushResult, form: str) -> int:
    """Print what the push did; return the documented exit code."""
    plan, applied, left = pushed.planned.plan, pushed.applied, pushed.relinks_left
    if form == "text":
        for line in relinked_lines(applied, stdout_style()):
            result(line)
        for line in attention_lines(plan.attention, stdout_style()):
            result(line)
        result(result_line(plan, applied, pushed.requests))
        pages = session.connection.sandbox_pages
        if pages is not None and not pages.served and applied.outcomes and not pushed.planned.baseline.records:
            talk("`helpsync sandbox` serves these pages")  # said once, at the first push
    else:
        values = result_form(plan, applied, pushed.requests, pushed.details, relinks_left=left)
        result(dump({"event": "result", **values}) if form == "jsonl" else dump(values, indent=2))
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
    return first_that_applies([pushed.exit_code, Exit.FAILED if lost() else Exit.OK])
