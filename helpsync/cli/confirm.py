"""The question before anything is sent."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import click

from helpsync.cli.console import stderr_style, talk
from helpsync.report.text import plan_lines

if TYPE_CHECKING:
    from helpsync.plan import Plan
    from helpsync.report.details import Details
    from helpsync.sync.session import Session


def confirmed(session: Session, plan: Plan, details: Details, *, verbose: bool) -> bool:
    """Show the plan and return whether the user wants it to be carried out."""
    for line in plan_lines(plan, details, stderr_style(), verbose=verbose):
        talk(line)
    count = len(plan.changes)
    to = "to" if plan.command == "push" else "in"
    question = f"{plan.command.capitalize()} {count} change{'s' * (count != 1)} {to} {session.remote.name}?"
    # The event loop would keep ^C to itself until the question is answered.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if click.confirm(question, err=True):
            return True
    finally:
        signal.signal(signal.SIGINT, before)
    talk("nothing was sent")
    return False
