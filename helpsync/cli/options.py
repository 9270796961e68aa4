"""Options that several commands share; each has its HELPSYNC_… variable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from helpsync.cli.console import choose_colour

if TYPE_CHECKING:
    from collections.abc import Callable

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


def remote_option(function: _Function) -> _Function:
    """Add ``--remote``."""
    return option("--remote", help="A remote of helpsync.yaml, or `sandbox`; by default the first one.")(function)


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
    return option("--format", "form", type=click.Choice(formats), default=formats[0], help="How to print the result.")


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
