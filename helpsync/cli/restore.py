"""`helpsync restore`: bring back what a push overwrote or removed."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from helpsync.cli.console import result, talk
from helpsync.cli.options import (
    decision_options,
    format_option,
    on_command_line,
    option,
    require_answer,
    target_options,
    yes_option,
)
from helpsync.errors import ConfigError, Exit

if TYPE_CHECKING:
    from helpsync.cli.options import Target

_AGO = re.compile(r"(\d{1,6})\s*(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


@click.command("restore", short_help="Bring back what a push overwrote or removed.")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@option("--at", metavar="WHEN", help="Bring back what readers had then: 2026-03-01T14:30, or how long ago: 2h, 3d.")
@option("--run", metavar="RUN", help="Undo this run, a push or a restore: an id that --list shows.")
@option("--list", "listing", is_flag=True, help="Show the runs that can be restored, and send nothing.")
@yes_option
@option("--dry-run", is_flag=True, help="Show the plan and send nothing.")
@decision_options
@format_option("text", "json", "jsonl")
@target_options
def command(  # noqa: PLR0913  # one an option
    *,
    addresses: tuple[str, ...],
    at: str | None,
    run: str | None,
    listing: bool,
    yes: bool,
    dry_run: bool,
    overwrite: tuple[str, ...],
    allow_remove: int,
    output: str,
    target: Target,
) -> int:
    """Bring back what the last push overwrote or removed; with ADDRESS only that, with --at what readers had then.

    Only Intercom is written, never a file. What a teammate edited since is left alone.
    """
    moment = None if at is None else read_moment(at, time.time(), option="--at")
    if listing and (addresses or on_command_line("at") or on_command_line("run")):
        raise click.UsageError("--list shows every run: it takes no ADDRESS, --at or --run")
    if run is not None and moment is not None:
        raise click.UsageError("--run and --at exclude each other")
    if listing:
        return _list(target, output)
    if not yes and not dry_run:
        require_answer("restore asks before it writes")
    from helpsync.cli.push_output import PushPrinter, print_plan
    from helpsync.sync.restore import RestoreOptions, preview_restore, restore

    session = target.open()
    options = RestoreOptions(addresses, run, moment, overwrite, allow_remove)
    if dry_run:
        print_plan(preview_restore(session, options), output, verbose=target.verbose)
        session.warn_if_behind("restore")
        return Exit.OK
    printer = PushPrinter(session, output, ask=not yes, verbose=target.verbose)
    restored = restore(session, options, printer)
    if restored is None:
        return Exit.FAILED
    code = printer.result(restored)
    if any(outcome.status == "applied" for outcome in restored.applied.outcomes):
        talk("the files still say what was pushed: diff now shows this as drift, and push leaves it alone")
        talk("    hint: bring the files back too (`git revert COMMIT`), and both sides agree again")
    return code


def _list(target: Target, output: str) -> int:
    from helpsync.report.json_output import dump
    from helpsync.report.runs import runs_json, runs_lines
    from helpsync.sync.restore import read_snapshots

    session = target.open()
    snapshots = read_snapshots(session, session.checkout.read_baseline())
    if output == "text":
        for line in runs_lines(snapshots.runs, damage=snapshots.damage):
            result(line)
    else:
        values = runs_json(snapshots.runs, damage=snapshots.damage)
        result(dump(values, indent=2 if output == "json" else None))
    if snapshots.damage is not None:
        raise snapshots.damage_error("above is what can still be read")
    return Exit.OK


def read_moment(text: str, now: float, *, option: str) -> float:
    """Return Unix seconds of ``2026-03-01``, ``2026-03-01T14:30``, ``2h`` or ``3d``; local time where no zone is given.

    Raises ConfigError, naming the option, where the text isn't a date or time, or is in the future.
    """
    from helpsync.report.text import shown_moment

    try:
        seconds = _seconds(text.strip(), now)
        shown_moment(seconds)
    except (ValueError, OverflowError, OSError):
        raise ConfigError(
            f"{option}: {text!r} isn't a date or time that helpsync understands",
            hint="write 2026-03-01, 2026-03-01T14:30 (local time), 2026-03-01T14:30Z, or how long ago: 30m, 2h, 3d, 1w",
        ) from None
    if seconds > now:
        raise ConfigError(f"{option}: {shown_moment(seconds)} is still to come")
    return seconds


def _seconds(text: str, now: float) -> float:
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}).total_seconds()
    if not _DATED.match(text):
        raise ValueError(text)
    return datetime.fromisoformat(text).astimezone().timestamp()
