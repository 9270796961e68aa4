"""Where output goes and in which colours."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from helpsync.report.text import Style

_choice = "auto"


def choose_colour(choice: str) -> None:
    """Set whether output is coloured: ``auto``, ``always`` or ``never``."""
    global _choice  # noqa: PLW0603  # one terminal, one choice  # one terminal, one choice
    _choice = choice


def _coloured(stream: TextIO) -> bool:
    if _choice != "auto":
        return _choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def _style(stream: TextIO) -> Style:
    on = _coloured(stream)

    def style(text: str, colour: str | None = None, *, bold: bool = False) -> str:
        return click.style(text, fg=colour, bold=bold or None) if on and (colour or bold) else text

    return style


def stdout_style() -> Style:
    """Return the style for results."""
    return _style(sys.stdout)


def stderr_style() -> Style:
    """Return the style for talk."""
    return _style(sys.stderr)


def result(line: str) -> None:
    """Print a line of the result."""
    click.echo(line, color=True)


def talk(line: str) -> None:
    """Print a line of talk."""
    click.echo(line, err=True, color=True)
