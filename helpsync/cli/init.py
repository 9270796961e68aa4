"""`helpsync init`: a helpsync.yaml to start with, alone or from an existing help center."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helpsync.cli.console import is_terminal, listener, result, talk
from helpsync.cli.options import option, talk_options
from helpsync.errors import Exit

if TYPE_CHECKING:
    from helpsync.model import Remote
    from helpsync.sync.init import InitOptions, NewProject
    from helpsync.sync.session import Session

_TOKEN = "INTERCOM_ACCESS_TOKEN"  # noqa: S105  # the variable's name


@click.command("init", short_help="Write a helpsync.yaml to start with.")
@option("--from-remote", is_flag=True, help="Start from your existing help center.")
@option("--region", type=click.Choice(["us", "eu", "au"]), help="Where Intercom hosts the workspace.")
@option(
    "--remote", metavar="NAME", default="production", show_default=True, help="What to call the remote, or `sandbox`."
)
@option("--help-center", type=click.IntRange(min=1), metavar="ID", help="Take one of the workspace's help centers.")
@option(
    "--token-env", metavar="NAME", default=_TOKEN, show_default=True, help="The environment variable with the token."
)
@option("--default-locale", metavar="LOCALE", help="The locale of every article; `en` where nothing says another.")
@option("--layout", type=click.Choice(["suffix", "folder"]), default="suffix", help="refunds.fr.md or fr/refunds.md.")
@option("--yes", "-y", is_flag=True, help="Do not ask, take all help centers.")
@option("--config", type=click.Path(path_type=Path), help="The file to write; by default helpsync.yaml, here.")
@talk_options
def command(
    *,
    from_remote: bool,
    help_center: int | None,
    config: Path | None,
    yes: bool,
    verbose: bool,
    **given: Any,  # noqa: ANN401  # remote, region, token_env, default_locale and layout, passed on as they are
) -> int:
    """Write a commented helpsync.yaml, and a sample article where there are none.

    With --from-remote it looks at Intercom first, in which region the token's workspace is and which locales, authors
    and help centers it has, and pulls what is there. An existing helpsync.yaml is never overwritten.
    """
    from helpsync.settings import FILE_NAME
    from helpsync.sync.init import InitOptions, check_options

    path = Path.cwd() / (config or FILE_NAME)
    options = InitOptions(path, help_center=None if help_center is None else str(help_center), **given)
    check_options(options, inside=config is not None)
    if from_remote:
        return _from_remote(options, ask=not yes and is_terminal(sys.stdin), verbose=verbose)
    return _alone(options, verbose=verbose)


def _alone(options: InitOptions, *, verbose: bool) -> int:
    from helpsync.settings import SANDBOX
    from helpsync.sync.init import init

    project = init(options, listener(verbose=verbose))
    _print_written(project)
    if project.existing:
        config = options.config
        talk(f"{project.existing.relative_to(config.root)} and what else is in {config.content} stays as it is")
    where = "" if options.remote == SANDBOX else f" --remote {SANDBOX}"
    talk(f"next: `helpsync push{where}` sends it to an Intercom on this machine, `helpsync {SANDBOX}` shows it")
    return Exit.OK


def _from_remote(options: InitOptions, *, ask: bool, verbose: bool) -> int:
    from helpsync.cli.pull import pull_and_print
    from helpsync.plan import survey
    from helpsync.report.text import survey_lines
    from helpsync.sync.init import init_from_remote, read_workspace
    from helpsync.sync.pull import PullOptions
    from helpsync.sync.session import open_session

    session, remote = read_workspace(options, listener(verbose=verbose))
    chosen = _help_center(options.help_center, remote, ask=ask)
    found = survey(remote, chosen, default_locale=options.default_locale)
    for line in survey_lines(found, remote, chosen, where=_where(session)):
        result(line)
    _print_written(init_from_remote(session, found, chosen))
    session = open_session(options.path, None, session.listener)
    return pull_and_print(session, PullOptions(), brief=not verbose)


def _print_written(project: NewProject) -> None:
    for path in project.written:
        result(f"wrote {path}")


def _help_center(named: str | None, remote: Remote, *, ask: bool) -> str | None:
    """Return the id of the help center that was named or is chosen, None for all that there are."""
    from helpsync.plan import articles_of
    from helpsync.report.text import brand_line

    if named or len(remote.brands) < 2:
        return named
    talk(f"the workspace has {len(remote.brands)} help centers:")
    counts = articles_of(remote)
    for brand in remote.brands:
        talk(f"    {brand_line(brand)}: {counts[brand.id]} article{'s' * (counts[brand.id] != 1)}")
    if not ask:
        talk("all are taken; --help-center ID takes one of them")
        return None
    # No settings can be made of an id that isn't a number.
    ids = [brand.id for brand in remote.brands if brand.id.isascii() and brand.id.isdigit()]
    choices = click.Choice([*ids, "all"])
    chosen: str = click.prompt("Which one?", type=choices, default="all", err=True)
    return None if chosen == "all" else chosen


def _where(session: Session) -> str:
    from helpsync.settings import SANDBOX

    if session.remote.name == SANDBOX:
        return "in the sandbox"
    region = "" if session.connection.base_url_override else f" (region {session.remote.region})"
    return f"at {session.connection.base_url}{region}"
