"""The addresses that remotes have: a file at one of them is an article of its own, whatever its name looks like."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from helpsync.errors import HelpsyncError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpsync.baseline import Baseline
    from helpsync.sync.session import Session


class KnownAddresses:
    """Contains the addresses of all baselines of the project; each is read once an earlier one lacks an address.

    An `offline` command asks the disk first. Where git then can't be asked for what the disk lacks, the address may be
    known as well: `unsure` are those, `missing` the baselines.
    """

    def __init__(self, session: Session, *, offline: bool) -> None:
        every = [replace(session, remote=each) for each in session.config.remotes.values()]
        others = [each for each in every if offline or each.remote != session.remote]
        self.missing: list[str] = []
        self.unsure: set[str] = set()
        self._offline = offline
        self._read: list[frozenset[str]] = []
        self._left: list[Callable[[], Baseline | None]] = [] if offline else [session.read_baseline]
        self._left += [partial(self._at_hand, each) for each in others]
        self._left += [partial(self._asked, each) for each in others]

    def __contains__(self, address: object) -> bool:
        """Return whether a remote has something at the address, or may have."""
        if any(address in addresses for addresses in self._addresses()):
            return True
        if self.missing:
            self.unsure.add(str(address))
        return bool(self.missing)

    def _addresses(self) -> Iterator[frozenset[str]]:
        yield from self._read
        while self._left:
            baseline = self._left.pop(0)()
            records = baseline.records.items() if baseline else ()
            self._read.append(frozenset(address for address, record in records if not record.removed))
            yield self._read[-1]

    def _at_hand(self, other: Session) -> Baseline | None:
        # What is wrong with another remote's baseline is for the commands that need it to say.
        try:
            return other.baseline_at_hand()
        except (HelpsyncError, OSError):
            return None

    def _asked(self, other: Session) -> Baseline | None:
        try:
            return other.read_baseline()
        except (HelpsyncError, OSError):
            if self._offline:
                self.missing.append(_shown(other))
            return None


def _shown(other: Session) -> str:
    try:
        return other.home.shown
    except (HelpsyncError, OSError):  # without a git remote its ref has no other name
        return f"the baseline of {other.remote.name}"
