"""`helpsync adopt`: link existing articles to files, without a write to Intercom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helpsync.cli.console import result, stdout_style, talk
from helpsync.cli.options import option, require_answer, target_options, yes_option
from helpsync.errors import Exit

if TYPE_CHECKING:
    from helpsync.cli.options import Target
    from helpsync.plan import By
    from helpsync.sync.adopt import Adopted


@click.command("adopt", short_help="Link existing articles to files, without a write to Intercom.")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS[=ID|=URL]]...")
@option("--by", type=click.Choice(["id", "title"]), help="Link by `id:` only, or by title only; by default by both.")
@option("--dry-run", is_flag=True, help="Show what would be linked, and link nothing.")
@yes_option
@target_options
def command(*, addresses: tuple[str, ...], by: By | None, dry_run: bool, yes: bool, target: Target) -> int:
    """Link existing articles, collections and sections to the files of the same address.

    Use it when the baseline is lost, or helpsync never made one. Nothing is written to Intercom. What equals its file
    is in sync from then on; what differs is a conflict in the next diff, and you decide.

    helpsync looks for ADDRESS by its `id:`, else by kind, parent and title. Without ADDRESS it looks for every file
    that is not linked yet.
    """
    if not yes and not dry_run:
        require_answer("adopt asks before it links", "--yes or --dry-run")
    from helpsync.report.text import adoption_lines, adoption_summary
    from helpsync.sync.adopt import AdoptOptions, adopt

    session = target.open()

    def confirm(adopted: Adopted) -> bool:
        for line in adoption_lines(adopted.found, adopted.after, stdout_style()):
            result(line)
        count = len(adopted.found.linked)
        question = f"Link {count} item{'s' * (count != 1)} of {session.remote.name} to these files?"
        return yes or dry_run or not count or click.confirm(question, err=True)

    adopted = adopt(session, AdoptOptions(addresses, by, dry_run), confirm)
    if adopted is None:
        talk("nothing was linked")
        return Exit.FAILED
    result(adoption_summary(adopted.found, dry_run=dry_run))
    return Exit.CONFLICT if adopted.found.unlinked else Exit.OK
