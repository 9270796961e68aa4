"""The lease: who pushes to a remote now, since when, and until when the others wait for it."""

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

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORMAT = "helpsync.lease/1"
LASTS = timedelta(minutes=10)
"""How long a lease holds after it was taken or renewed."""
FADES = timedelta(minutes=3)
"""How long others wait once a lease was ended: a holder that lives meets that at its next renewal, half a minute later
and at most two minutes of git's, and what it has in flight by then is through half a minute after that."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock, how long a lease is held before it is renewed, and how to wait before git is asked again."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    renew_after: timedelta = timedelta(seconds=30)
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Ended:
    """That a lease was ended from outside: which one, by whom, and when."""

    id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """One run's right to push; `id` tells it from every other, `holder` says whose it is.

    One that was `ended` is nobody's right any more, and others wait until it is over all the same.
    """

    id: str
    holder: str
    process: int
    since: datetime
    until: datetime
    ended: Ended | None = None

    def is_over(self, now: datetime) -> bool:
        """Return whether others need not wait for it any more."""
        return now >= self.until

    def renewed(self, now: datetime) -> Lease:
        """Return the lease as it is when it is renewed now."""
        return replace(self, until=now + LASTS)

    def end(self, now: datetime) -> Lease:
        """Return what stands in its place once this process has ended it: its holder can't renew it any more."""
        return replace(self, id=uuid4().hex, until=now + FADES, ended=Ended(self.id, whoami(os.environ), now))

    @property
    def original(self) -> str:
        """Return the id that its holder took it under."""
        return self.ended.id if self.ended else self.id

    @property
    def shown(self) -> str:
        """Return who holds it since when and until when, in local time, or who ended it when; fit for a terminal."""
        who = f"{self.holder}, process {self.process}, since {moment(self.since)}"
        if self.ended:
            by, at = self.ended.by, moment(self.ended.at)
            return plain(f"{who}, ended by {by} at {at}; others wait until {moment(self.until)}")
        return plain(f"{who}, until {moment(self.until)} unless it is renewed")


def plain(text: str) -> str:
    """Return text of others without what could steer a terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def moment(when: datetime) -> str:
    """Return a moment as messages show it: in local time, with the offset."""
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S %z}"


def new_lease(now: datetime) -> Lease:
    """Return a lease for this process that begins now."""
    return Lease(uuid4().hex, whoami(os.environ), os.getpid(), now, now + LASTS)


def whoami(environ: Mapping[str, str]) -> str:
    """Return who runs this: the address of the CI run where it is one, else user@host."""
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
    """Return the lease that a text holds; raises ValueError saying what is wrong with it."""
    value = json.loads(text)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ValueError(f"it is not of the format {FORMAT}")
    if not isinstance(value.get("process"), int) or not all(
        isinstance(value.get(key), str) for key in ("id", "holder", "since", "until")
    ):
        raise ValueError("a part of it is missing")
    since, until = _moment(value["since"]), _moment(value["until"])
    return Lease(value["id"], plain(value["holder"]), value["process"], since, until, _parse_ended(value.get("ended")))


def _parse_ended(value: object) -> Ended | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in ("id", "by", "at")):
        raise ValueError("it does not say who ended it, and when")
    return Ended(value["id"], plain(value["by"]), _moment(value["at"]))


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time is without its offset")
    return found
