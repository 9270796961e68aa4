"""`helpsync unlock`: end the lock that a push which died left behind."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from helpsync.cli.console import is_terminal, listener, result, talk
from helpsync.cli.options import config_option, option, remote_option, talk_options
from helpsync.errors import Exit

if TYPE_CHECKING:
    from pathlib import Path


@click.command("unlock", short_help="End the lock that a push which died left behind.")
@option("--yes", "-y", is_flag=True, help="Do not ask; needed where there is no terminal.")
@option("--now", is_flag=True, help="The push is known to be dead: let the next one begin at once.")
@config_option
@remote_option
@talk_options
def command(*, yes: bool, now: bool, config: Path | None, remote: str | None, verbose: bool) -> int:
    """Show which push holds the lock on a remote, and end it: for one that died and can't end it itself.

    A push that still runs learns of it half a minute later, where git is slow up to two and a half, and stops before
    its next write. The next push waits three minutes for that, or not at all with --now.
    """
    from helpsync.sync.session import open_session

    session = open_session(config, remote, listener(verbose=verbose))
    name, home = session.remote.name, session.checkout.store
    session.listener.progress(f"reading {home.label}")
    holder = home.locked_by()
    if holder is None:
        result(f"no push to {name} holds a lock")
        return Exit.OK
    if not home.lock_ends_with_process:
        talk(f"a push to {name} holds the lock: {holder}")
        if not yes and not is_terminal(sys.stdin):
            raise click.UsageError("unlock asks before it ends a lock, and there is no terminal to ask on: give --yes")
        if not yes and not click.confirm("End it? A push that still runs is stopped by that.", err=True):
            return Exit.FAILED
    until = home.unlock(now=now)
    result(f"unlocked {name}" + (f": the next push may begin at {until}" if until else ""))
    return Exit.OK
