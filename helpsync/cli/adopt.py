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
@option("--by", type=click.Choice(["id", "title"]), help="Tie by `id:` only, or by title only; by default by both.")
@option("--dry-run", is_flag=True, help="Say what would be tied, and tie nothing.")
@yes_option
@target_options
def command(*, addresses: tuple[str, ...], by: By | None, dry_run: bool, yes: bool, target: Target) -> int:
    """Tie articles, collections and sections that Intercom holds to the files of the same address.

    For a help center whose baseline is lost, or was never made by helpsync. Nothing is written to Intercom: what equals
    its file is in step from then on, and what does not is a conflict of the next diff, which you decide.

    ADDRESS alone is looked for by its `id:`, else by kind, parent and title; without any, all that are not tied are.
    """
    if not yes and not dry_run:
        require_answer("adopt asks before it ties", "--yes or --dry-run")
    from helpsync.report.text import adoption_lines, adoption_summary
    from helpsync.sync.adopt import AdoptOptions, adopt

    session = target.open()

    def confirm(adopted: Adopted) -> bool:
        for line in adoption_lines(adopted.found, adopted.after, stdout_style()):
            result(line)
        count = len(adopted.found.ties)
        question = f"Tie {count} item{'s' * (count != 1)} of {session.remote.name} to these files?"
        return yes or dry_run or not count or click.confirm(question, err=True)

    adopted = adopt(session, AdoptOptions(addresses, by, dry_run), confirm)
    if adopted is None:
        talk("nothing was tied")
        return Exit.FAILED
    result(adoption_summary(adopted.found, dry_run=dry_run))
    return Exit.CONFLICT if adopted.found.untied else Exit.OK
