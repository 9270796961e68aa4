"""Moments as people write them: a date, a time, or how long ago."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from helpsync.errors import ConfigError

_AGO = re.compile(r"(\d{1,6})\s*(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_moment(text: str, now: float, *, option: str) -> float:
    """Return Unix seconds of ``2026-03-01``, ``2026-03-01T14:30``, ``2h`` or ``3d``; local time where no zone is given.

    Raises ConfigError, naming the option, where the text isn't a date or time, or is in the future.
    """
    try:
        seconds = _seconds(text.strip(), now)
        shown_moment(seconds)
    except (ValueError, OverflowError, OSError):
        raise ConfigError(
            f"{option}: {text!r} isn't a date or time that helpsync understands",
            hint="write 2026-03-01, 2026-03-01T14:30 (local time), 2026-03-01T14:30Z, or how long ago: 30m, 2h, 3d, 1w",
        ) from None
    if seconds > now:
        raise ConfigError(f"{option}: {shown_moment(seconds)} is still to come")
    return seconds


def _seconds(text: str, now: float) -> float:
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}).total_seconds()
    if not _DATED.match(text):
        raise ValueError(text)
    return datetime.fromisoformat(text).astimezone().timestamp()


def shown_moment(seconds: float) -> str:
    """Return a moment in local time, in whole seconds: one that can be given back."""
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S%z}"
