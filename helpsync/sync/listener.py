"""What a use case reports to its caller while it runs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from helpsync.intercom import RequestEvent
    from helpsync.model import Finding


@dataclass(frozen=True, slots=True)
class Listener:
    """Receives what happens during a use case; by default it ignores everything.

    `message` gets lines for people (warnings, and reasons to wait), `progress` each stage as it begins, `findings`
    the warnings about the content tree with the command that shows them all, and `request` each request to Intercom.
    `interrupts` returns a context in which ^C calls the given function.
    """

    message: Callable[[str], None] = lambda _line: None
    progress: Callable[[str], None] = lambda _line: None
    findings: Callable[[Iterable[Finding], str], None] = lambda _findings, _where: None
    request: Callable[[RequestEvent], None] | None = None
    interrupts: Callable[[Callable[[], None]], AbstractContextManager[None]] = lambda _act: nullcontext()


SILENT = Listener()
