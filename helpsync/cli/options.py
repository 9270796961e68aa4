"""Options that several commands share; each has its HELPSYNC_… variable."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from helpsync.cli.console import choose_colour, is_terminal, listener

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.sync.session import Session

_Function = TypeVar("_Function", bound="Callable[..., Any]")


def option(name: str, *more: str, **settings: Any) -> Callable[[_Function], _Function]:  # noqa: ANN401  # click's own
    """Return click's option of this name, with its variable: ``--allow-remove`` is ``HELPSYNC_ALLOW_REMOVE``."""
    variable = "HELPSYNC_" + name.strip("-").replace("-", "_").upper()
    return click.option(name, *more, envvar=variable, show_envvar=True, **settings)


def config_option(function: _Function) -> _Function:
    """Add ``--config``."""
    return option(
        "--config",
        type=click.Path(path_type=Path),
        help="The helpsync.yaml to use; by default the one here or in a folder above.",
    )(function)


@dataclass(frozen=True, slots=True)
class Target:
    """The project and the remote that a command works with, and whether it shows whole texts and each request."""

    config: Path | None
    remote: str | None
    verbose: bool

    def open(self) -> Session:
        """Return the session, which prints its messages; raises ConfigError where there is no such remote."""
        from helpsync.sync.session import open_session

        return open_session(self.config, self.remote, listener(verbose=self.verbose))


def target_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add ``--config``, ``--remote``, ``--color`` and ``-v``, and pass them as one `target`."""

    @wraps(function)
    def command(*, config: Path | None, remote: str | None, verbose: bool, **rest: Any) -> int:  # noqa: ANN401  # its options
        return function(target=Target(config, remote, verbose), **rest)

    remote_option = option("--remote", help="A remote of helpsync.yaml, or `sandbox`; by default the first one.")
    return config_option(remote_option(talk_options(command)))


yes_option = option("--yes", "-y", is_flag=True, help="Do not ask; needed where there is no terminal.")


def require_answer(asks: str, otherwise: str = "--yes") -> None:
    """Raise click's UsageError where nobody can answer the question that a command `asks`."""
    if not is_terminal(sys.stdin):
        raise click.UsageError(f"{asks}, and there is no terminal to ask on: give {otherwise}")


def talk_options(function: _Function) -> _Function:
    """Add ``--color`` and ``-v``."""
    coloured = option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        expose_value=False,
        callback=lambda _context, _option, value: choose_colour(value),
        help="Colour the output.",
    )(function)
    return option("--verbose", "-v", is_flag=True, help="Say more: whole texts, and each request.")(coloured)


def format_option(*formats: str) -> Callable[[_Function], _Function]:
    """Return the option ``--format`` with these choices; the first is the default."""
    return option("--format", "output", type=click.Choice(formats), default=formats[0], help="How to print the result.")


def decision_options(function: _Function) -> _Function:
    """Add what decides about edits in Intercom and about the limits: ``--overwrite-remote`` and ``--allow-remove``."""
    overwritten = option(
        "--overwrite-remote",
        "overwrite",
        multiple=True,
        metavar="ADDRESS",
        help="Let the file win over an edit made in Intercom, for this address only; may be given more than once.",
    )(function)
    return option(
        "--allow-remove",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Let readers lose up to N articles or translations, whatever `limits` says.",
    )(overwritten)


def out_option(function: _Function) -> _Function:
    """Add ``--out``."""
    return option(
        "--out",
        type=click.Path(path_type=Path),
        metavar="PLAN.json",
        help="Save the plan, for `helpsync push --plan` to do what was reviewed or nothing.",
    )(function)


def on_command_line(name: str) -> bool:
    """Return whether the running command's parameter was given on its command line, not by a variable."""
    return click.get_current_context().get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
