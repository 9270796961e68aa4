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


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock, how long a lease is held before it is renewed, and how to wait before git is asked again."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    renew_after: timedelta = timedelta(minutes=2)
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Lease:
    """One run's right to push; `id` tells it from every other, `holder` says whose it is."""

    id: str
    holder: str
    process: int
    since: datetime
    until: datetime

    def is_over(self, now: datetime) -> bool:
        """Return whether others need not wait for it any more."""
        return now >= self.until

    def renewed(self, now: datetime) -> Lease:
        """Return the lease as it is when it is renewed now."""
        return replace(self, until=now + LASTS)

    @property
    def shown(self) -> str:
        """Return who holds it since when and until when, in local time."""
        times = f"since {moment(self.since)}, until {moment(self.until)} unless it is renewed"
        return f"{self.holder}, process {self.process}, {times}"


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
    value = {
        "format": FORMAT,
        "id": lease.id,
        "holder": lease.holder,
        "process": lease.process,
        "since": lease.since.astimezone(UTC).isoformat(timespec="seconds"),
        "until": lease.until.astimezone(UTC).isoformat(timespec="seconds"),
    }
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
    since, until = (datetime.fromisoformat(value[key]) for key in ("since", "until"))
    if since.tzinfo is None or until.tzinfo is None:
        raise ValueError("a time is without its offset")
    return Lease(value["id"], value["holder"], value["process"], since, until)
