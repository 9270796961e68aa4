"""The signals that ask a run to end: ^C, and what a system, a CI or a closed terminal sends instead."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

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
