"""`helpsync pull`: bring home what teammates changed in Intercom, and take in a help center that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helpsync.cli.console import listener, result, stdout_style
from helpsync.cli.options import config_option, format_option, option, remote_option, talk_options
from helpsync.errors import Exit

if TYPE_CHECKING:
    from pathlib import Path

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
@config_option
@remote_option
@talk_options
def command(  # noqa: PLR0913  # one parameter an option
    *,
    addresses: tuple[str, ...],
    new: bool,
    dry_run: bool,
    pin: bool,
    allow_remove: int,
    form: str,
    config: Path | None,
    remote: str | None,
    verbose: bool,
) -> int:
    """Write what teammates changed in Intercom into the content tree; nothing is written to Intercom.

    Edits of both sides are merged, text by text and field by field; where both changed the same lines, the file gets
    conflict markers and the exit code is 13. A first pull, or --new, makes files for what has none.

    ADDRESS limits the pull to one article or, with a slash at its end, to a folder and all that is in it.
    """
    from helpsync.sync.pull import PullOptions
    from helpsync.sync.session import open_session

    session = open_session(config, remote, listener(verbose=verbose))
    return pull_and_tell(session, PullOptions(addresses, new, pin, dry_run, allow_remove), form)


def pull_and_tell(session: Session, options: PullOptions, form: str = "text", *, brief: bool = False) -> int:
    """Pull, print the result, and return the documented exit code; `brief` counts new files by their folders."""
    from helpsync.cli.findings import show_findings
    from helpsync.report.pulled import pulled_form, pulled_lines
    from helpsync.sync.pull import Unusable, pull

    try:
        pulled = pull(session, options)
    except Unusable as error:
        show_findings(error.findings, end="nothing was pulled")
        return Exit.FINDINGS
    if form == "json":
        from helpsync.report.json_form import dump

        result(dump(pulled_form(pulled, session.remote.name, dry_run=options.dry_run), indent=2))
    else:
        for line in pulled_lines(pulled, stdout_style(), dry_run=options.dry_run, brief=brief):
            result(line)
    return pulled.code
