"""`helpsync unlock`: remove the lock left by an interrupted push."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helpsync.cli.console import result, talk
from helpsync.cli.options import option, require_answer, target_options, yes_option
from helpsync.errors import Exit

if TYPE_CHECKING:
    from helpsync.cli.options import Target


@click.command("unlock", short_help="Remove the lock left by an interrupted push.")
@yes_option
@option("--now", is_flag=True, help="The push no longer runs: let the next one start at once.")
@target_options
def command(*, yes: bool, now: bool, target: Target) -> int:
    """Show which push has the lock on a remote, and remove it: for a push that was interrupted and left it.

    A push that still runs learns of it half a minute later, where git is slow up to two and a half, and stops before
    its next write. The next push waits three minutes for that, or not at all with --now.
    """
    session = target.open()
    name, home = session.remote.name, session.checkout.store
    session.listener.progress(f"reading {home.label}")
    holder = home.locked_by()
    if holder is None:
        result(f"no push to {name} has a lock")
        return Exit.OK
    if not home.lock_ends_with_process:
        talk(f"a push to {name} has the lock: {holder}")
        if not yes:
            require_answer("unlock asks before it removes a lock")
            if not click.confirm("Remove it? A push that still runs stops then.", err=True):
                return Exit.FAILED
    until = home.unlock(now=now)
    result(f"unlocked {name}" + (f": the next push may begin at {until}" if until else ""))
    return Exit.OK
