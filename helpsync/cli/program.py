"""The program: the commands by name, and the one door through which every failure leaves."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from helpsync import __version__
from helpsync.cli import console
from helpsync.cli.console import end_like_interrupt
from helpsync.errors import Exit, HelpsyncError, Problems, first_that_applies

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "init": "Write a helpsync.yaml to start with, also from an existing help center.",
    "diff": "Show what a push would change, touching nothing.",
    "push": "Bring Intercom to what the content tree asks for.",
    "pull": "Bring home what changed in Intercom.",
    "adopt": "Link existing articles to files, without a write to Intercom.",
    "restore": "Bring back what a push overwrote or removed.",
    "lint": "Check the content tree without asking Intercom.",
    "unlock": "Remove the lock left by an interrupted push.",
    "sandbox": "Serve the embedded local Intercom, with the pages a reader would see.",
    "schema": "Print the JSON Schema of helpsync.yaml.",
}


class _Commands(click.Group):
    """Knows each command's name and summary without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"helpsync.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, n=1)
            ctx.fail(f"no command {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="helpsync", message="%(prog)s %(version)s")
def program() -> None:
    """Keep an Intercom Help Center as Markdown in git: see every change first, lose nothing.

    Exit codes: 0 done or nothing to do, 1 failed, 2 usage or configuration, 10 changes pending, 11 findings,
    12 refused by a limit, 13 conflict, 130 interrupted.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit with a documented code."""
    for number in range(3):
        # A file that got the number of a closed stream would receive that stream's output.
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    end_like_interrupt()
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code of the command; every failure is printed as one clear message, never as a traceback."""
    console.begin()
    for stream in (sys.stdout, sys.stderr):
        # A pipe on Windows otherwise has a code page that can't show most of the 37 locales.
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8")
    code = _guarded(arguments)
    if (error := console.lost()) is not None:
        # Whoever closes a pipe early (`| head`) knows; nobody knows of a full disk.
        if not isinstance(error, BrokenPipeError):
            console.say_lost()
        console.drop_stdout()
        code = first_that_applies([Exit(code), Exit.FAILED])
    return int(code)


def _guarded(arguments: Sequence[str] | None) -> int:  # noqa: PLR0911  # one return a kind of end
    try:
        code = program.main(args=arguments, prog_name="helpsync", standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
    except HelpsyncError as error:
        _say(error)
        return int(error.exit_code)
    except click.ClickException as error:
        with contextlib.suppress(OSError, AttributeError):
            error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort):
        console.talk("interrupted")
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        console.drop_stdout()
        return int(Exit.FAILED)
    except OSError as error:
        return _environment(error)
    except Exception as error:  # noqa: BLE001  # the one door: nothing leaves as a traceback
        return _unforeseen(error)
    return int(code or 0)


def _say(error: HelpsyncError) -> None:
    from helpsync.cli.console import stderr_style
    from helpsync.findings import Unusable
    from helpsync.report.text import error_lines

    if isinstance(error, Unusable):
        console.show_findings(error.findings, error.where, error.end)
        return
    for problem in error.problems if isinstance(error, Problems) else (error,):
        for line in error_lines(problem, stderr_style()):
            console.talk(line)


def _environment(error: OSError) -> int:
    """Print a fault of the machine, not of the program: a full disk, a folder that can't be written."""
    where = f"{os.path.relpath(error.filename)}: " if isinstance(error.filename, str) else ""
    _say(HelpsyncError(f"{where}{error.strerror or error}"))
    console.drop_stdout()
    return int(Exit.FAILED)


def _unforeseen(error: Exception) -> int:
    """Print what a bug report needs; the traceback goes to a file, so that the message stays readable."""
    import platform
    import tempfile
    import traceback

    _say(HelpsyncError(f"helpsync met something it was not made for: {type(error).__name__}: {error}"))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="helpsync-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(f"helpsync {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n")
            traceback.print_exception(error, file=file)
    except OSError:
        console.talk("    hint: this is a bug; please report it")
    else:
        console.talk(f"    hint: this is a bug; please report it with {file.name}")
    return int(Exit.FAILED)
