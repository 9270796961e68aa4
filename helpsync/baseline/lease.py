"""The lease: who pushes to a remote now, since when, and until when others wait."""

from __future__ import annotations

import getpass
import json
import os
import platform
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from helpsync.baseline.codec import JsonObject, parse_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORMAT = "helpsync.lease/1"
LASTS = timedelta(minutes=10)
"""How long a lease holds after it was taken or renewed."""
FADES = timedelta(minutes=3)
"""How long others wait after a lease was ended. A holder that still runs notices at its next renewal, half a minute
later, for which git has two minutes at most; what it then has in flight has arrived another half a minute later."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock, how long after it was taken a lease is renewed, and how to wait before git is asked again."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    renew_after: timedelta = timedelta(seconds=30)
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Ended:
    """Which lease was ended by another process, by whom, and when."""

    id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """One run's right to push; `id` differs from that of every other lease, `holder` says whose it is.

    After it was `ended` nobody may push with it, and others still wait until it is over.
    """

    id: str
    holder: str
    process: int
    since: datetime
    until: datetime
    ended: Ended | None = None

    def is_over(self, now: datetime) -> bool:
        """Return whether others need not wait any more."""
        return now >= self.until

    def renewed(self, now: datetime) -> Lease:
        """Return the lease as renewed now."""
        return replace(self, until=now + LASTS)

    def end(self, now: datetime) -> Lease:
        """Return the lease as ended by this process: its holder can't renew it any more."""
        return replace(self, id=uuid4().hex, until=now + FADES, ended=Ended(self.id, whoami(os.environ), now))

    @property
    def original(self) -> str:
        """Return the id that it had when its holder took it."""
        return self.ended.id if self.ended else self.id

    @property
    def label(self) -> str:
        """Return who has it since when and until when, or who ended it, in local time and safe for a terminal."""
        who = f"{self.holder}, process {self.process}, since {moment(self.since)}"
        if self.ended:
            by, at = self.ended.by, moment(self.ended.at)
            return plain(f"{who}, ended by {by} at {at}; others wait until {moment(self.until)}")
        return plain(f"{who}, until {moment(self.until)} unless it is renewed")


def plain(text: str) -> str:
    """Return a text from elsewhere without characters that control a terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def moment(when: datetime) -> str:
    """Return a moment as messages show it: in local time with its offset."""
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S %z}"


def new_lease(now: datetime) -> Lease:
    """Return a lease of this process that begins now."""
    return Lease(uuid4().hex, whoami(os.environ), os.getpid(), now, now + LASTS)


def whoami(environ: Mapping[str, str]) -> str:
    """Return who runs this: the address of the CI run, otherwise user@host."""
    if environ.get("GITHUB_ACTIONS") and environ.get("GITHUB_RUN_ID"):
        server = environ.get("GITHUB_SERVER_URL", "https://github.com")
        attempt = environ.get("GITHUB_RUN_ATTEMPT", "1")
        again = f"/attempts/{attempt}" if attempt != "1" else ""
        return f"{server}/{environ.get('GITHUB_REPOSITORY', '')}/actions/runs/{environ['GITHUB_RUN_ID']}{again}"
    for variable in ("CI_JOB_URL", "BUILD_URL", "CIRCLE_BUILD_URL"):  # GitLab, Jenkins, CircleCI
        if environ.get(variable):
            return environ[variable]
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = "someone"
    return f"{user}@{platform.node() or 'somewhere'}"


def dump_lease(lease: Lease) -> str:
    """Return the lease as JSON, its times in UTC."""
    value: dict[str, object] = {
        "format": FORMAT,
        "id": lease.id,
        "holder": lease.holder,
        "process": lease.process,
        "since": lease.since.astimezone(UTC).isoformat(timespec="seconds"),
        "until": lease.until.astimezone(UTC).isoformat(timespec="seconds"),
    }
    if lease.ended:
        at = lease.ended.at.astimezone(UTC).isoformat(timespec="seconds")
        value["ended"] = {"id": lease.ended.id, "by": lease.ended.by, "at": at}
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def parse_lease(text: str) -> Lease:
    """Return the lease that a text has; raises DataError."""
    value = parse_object(text)
    value.choice("format", (FORMAT,))
    ended = None
    if value.values.get("ended") is not None:
        ended = value.nested("ended", _ended_from_json)
    return Lease(
        value.text("id"),
        plain(value.text("holder")),
        value.count("process"),
        value.moment("since"),
        value.moment("until"),
        ended,
    )


def _ended_from_json(value: JsonObject) -> Ended:
    return Ended(value.text("id"), plain(value.text("by")), value.moment("at"))
