"""`helpsync pull`: bring home what teammates changed in Intercom, and take in a help center that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helpsync.cli.console import result, stdout_style
from helpsync.cli.options import format_option, option, target_options

if TYPE_CHECKING:
    from helpsync.cli.options import Target
    from helpsync.sync.pull import PullOptions
    from helpsync.sync.session import Session


@click.command("pull", short_help="Bring home what changed in Intercom.")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@option("--new", is_flag=True, help="Also take articles without a file; a first pull always does.")
@option("--dry-run", is_flag=True, help="Show as a diff what would be written, and write nothing.")
@option("--pin", is_flag=True, help="Write each item's id into the frontmatter of its file.")
@option(
    "--allow-remove",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Let up to N articles or translations that were removed in Intercom leave the tree, whatever `limits` says.",
)
@format_option("text", "json")
@target_options
def command(
    *,
    addresses: tuple[str, ...],
    new: bool,
    dry_run: bool,
    pin: bool,
    allow_remove: int,
    output: str,
    target: Target,
) -> int:
    """Write what teammates changed in Intercom into the content tree; nothing is written to Intercom.

    Edits of both sides are merged, text by text and field by field; where both changed the same lines, the file gets
    conflict markers and the exit code is 13. A first pull, or --new, makes files for what has none.

    ADDRESS limits the pull to one article or, with a slash at its end, to a folder and all that is in it.
    """
    from helpsync.sync.pull import PullOptions

    return pull_and_print(target.open(), PullOptions(addresses, new, pin, dry_run, allow_remove), output)


def pull_and_print(session: Session, options: PullOptions, output: str = "text", *, brief: bool = False) -> int:
    """Pull, print the result, and return the documented exit code; `brief` counts new files by their folders."""
    from helpsync.report.pull import pull_json, pull_lines
    from helpsync.sync.pull import pull

    pulled = pull(session, options)
    if output == "json":
        from helpsync.report.json_output import dump

        result(dump(pull_json(pulled, session.remote.name, dry_run=options.dry_run), indent=2))
    else:
        for line in pull_lines(pulled, stdout_style(), dry_run=options.dry_run, brief=brief):
            result(line)
    return pulled.code
