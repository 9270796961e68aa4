"""The terminal: where output goes and in which colours, and the signals that end a run."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections import Counter
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NoReturn, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

    from helpsync.intercom import RequestEvent
    from helpsync.model import Finding
    from helpsync.report.text import Style
    from helpsync.sync.listener import Listener


_MANY_WARNINGS = 20

_choice = "auto"
_lost: OSError | None = None
_said_lost = False


def choose_colour(choice: str) -> None:
    """Set whether output is coloured: ``auto``, ``always`` or ``never``."""
    global _choice  # noqa: PLW0603  # one terminal, one choice
    _choice = choice


def begin() -> None:
    """Start a run: none of its output is lost yet."""
    global _lost, _said_lost
    _lost, _said_lost = None, False


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a person is at the other end; False for a stream that was closed when the program began."""
    return stream is not None and stream.isatty()


def _coloured(stream: TextIO | None) -> bool:
    if _choice != "auto":
        return _choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def _style(stream: TextIO | None) -> Style:
    on = _coloured(stream)

    def style(text: str, colour: str | None = None, *, bold: bool = False, mark: bool = False) -> str:
        if not on or not (colour or bold or mark):
            return text
        return click.style(text, fg=colour, bold=bold or None, reverse=mark or None)

    return style


def stdout_style() -> Style:
    """Return the style for results."""
    return _style(sys.stdout)


def stderr_style() -> Style:
    """Return the style for talk."""
    return _style(sys.stderr)


def result(line: str) -> None:
    """Print a line of the result; once that fails, all further lines are dropped, and `lost` says why."""
    global _lost  # noqa: PLW0603  # one output, one state
    if _lost is not None:
        return
    # Python sets a stream that was closed at the start to None, and click then prints nothing and reports no error.
    if getattr(sys, "stdout") is None:  # noqa: B009  # the type says that it is never None
        _lost = OSError(errno.EBADF, "stdout is closed")
        return
    try:
        click.echo(line, color=True)
    except OSError as error:
        _lost = error


def talk(line: str) -> None:
    """Print a line of talk; a closed stream does not stop the run."""
    try:
        click.echo(line, err=True, color=True)
    except OSError:
        _drop(sys.stderr)


def progress(line: str, *, verbose: bool) -> None:
    """Print progress, on a terminal or with -v."""
    if verbose or is_terminal(sys.stderr):
        talk(line)


def listener(*, verbose: bool) -> Listener:
    """Return the listener that prints messages; `verbose` also prints progress and each request."""
    from helpsync.cli.console import on_interrupt
    from helpsync.sync.listener import Listener

    return Listener(
        talk, partial(progress, verbose=verbose), show_findings, _print_request if verbose else None, on_interrupt
    )


def show_findings(findings: Iterable[Finding], where: str, end: str = "") -> None:
    """Print findings as talk: each error, and each warning. Many warnings are counted by their codes.

    `where` is the command that shows them all, `end` what was not done because of the errors.
    """
    from helpsync.report.text import finding_lines

    items = tuple(findings)
    errors = [finding for finding in items if finding.severity == "error"]
    many = len(items) - len(errors) > _MANY_WARNINGS
    for line in finding_lines(errors if many else items, stderr_style()):
        talk(line)
    if many:
        counts = Counter(finding.code for finding in items if finding.severity != "error")
        said = ", ".join(f"{count} {code}" for code, count in counts.most_common())
        talk(f"warnings: {said}")
        talk(f"    hint: `{where}` shows each with its place")
    if errors:
        talk(f"{len(errors)} error{'s' * (len(errors) != 1)} in the content tree: {end}")


def _print_request(event: RequestEvent) -> None:
    again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
    status = event.status if event.status is not None else "no answer"
    talk(f"  {event.method} {event.path} → {status}, {event.seconds * 1000:.0f} ms{again}")


def lost() -> OSError | None:
    """Return why lines of the result could not be printed, None when they all were."""
    return _lost


def say_lost() -> None:
    """Say once on stderr that lines of the result could not be printed."""
    global _said_lost  # noqa: PLW0603  # one output, one state
    if _lost is not None and not _said_lost:
        talk(f"error: the output was cut off: {_lost.strerror or _lost}")
        _said_lost = True


def drop_stdout() -> None:
    """Discard what is still to be printed, so that the interpreter does not fail on it again at exit."""
    _drop(sys.stdout)


def _drop(stream: TextIO | None) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]  # a closed stream is suppressed above
        os.close(nowhere)


# Windows has no SIGHUP.
_LIKE_INTERRUPT = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def end_like_interrupt() -> None:
    """Let SIGTERM and SIGHUP end this process as ^C does, so that it releases its lock.

    A signal that is ignored, as with `nohup`, stays ignored.
    """
    for number in _LIKE_INTERRUPT:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def on_interrupt(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` for ^C, and for the signals that end like it, while the block runs."""
    # Not the event loop's own handlers: Windows has none.
    numbers = (signal.SIGINT, *(each for each in _LIKE_INTERRUPT if signal.getsignal(each) is not signal.SIG_IGN))
    before = {number: signal.signal(number, lambda *_: act()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
