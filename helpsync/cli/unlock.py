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
@option("--now", is_flag=True, help="The push is known to be dead: let the next one begin at once.")
@target_options
def command(*, yes: bool, now: bool, target: Target) -> int:
    """Show which push holds the lock on a remote, and end it: for one that died and can't end it itself.

    A push that still runs learns of it half a minute later, where git is slow up to two and a half, and stops before
    its next write. The next push waits three minutes for that, or not at all with --now.
    """
    session = target.open()
    name, home = session.remote.name, session.checkout.store
    session.listener.progress(f"reading {home.label}")
    holder = home.locked_by()
    if holder is None:
        result(f"no push to {name} holds a lock")
        return Exit.OK
    if not home.lock_ends_with_process:
        talk(f"a push to {name} holds the lock: {holder}")
        if not yes:
            require_answer("unlock asks before it ends a lock")
            if not click.confirm("End it? A push that still runs is stopped by that.", err=True):
                return Exit.FAILED
    until = home.unlock(now=now)
    result(f"unlocked {name}" + (f": the next push may begin at {until}" if until else ""))
    return Exit.OK
