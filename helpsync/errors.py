"""Every failure a user can meet: one tree, each with a code, a message, a place, a hint and an exit code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Exit(IntEnum):
    """The documented exit codes (docs/commands.md)."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CHANGES = 10
    FINDINGS = 11
    LIMIT = 12
    CONFLICT = 13
    INTERRUPTED = 130


PRECEDENCE = (
    Exit.INTERRUPTED,
    Exit.USAGE,
    Exit.FINDINGS,
    Exit.LIMIT,
    Exit.FAILED,
    Exit.CONFLICT,
    Exit.CHANGES,
    Exit.OK,
)


def first_that_applies(codes: Iterable[Exit]) -> Exit:
    """Return the code that wins when several apply, OK for none: the documented order decides."""
    met = set(codes)
    return next((code for code in PRECEDENCE if code in met), Exit.OK)


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: path relative to the project, 1-based line and column where they are known."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


class HelpsyncError(Exception):
    """A failure with a message for the user; `code` names its kind, `exit_code` is what the program ends with."""

    code = "failed"
    exit_code = Exit.FAILED

    def __init__(self, message: str, *, location: Location | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" if self.location else self.message


class ConfigError(HelpsyncError):
    """helpsync.yaml, an option or the environment can't be used; nothing was read or sent."""

    code = "config"
    exit_code = Exit.USAGE


class Problems(HelpsyncError):
    """Several failures at once, so that none hides another; `exit_code` is the first that applies."""

    code = "problems"

    def __init__(self, problems: Iterable[HelpsyncError]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @property
    def exit_code(self) -> Exit:  # type: ignore[override]  # a class attribute elsewhere, derived here
        """Return the code that wins among the problems."""
        return first_that_applies(problem.exit_code for problem in self.problems)


class WrongWorkspace(ConfigError):
    """The baseline belongs to another workspace or server than the one that answered."""

    code = "wrong-workspace"


class MultilingualOff(ConfigError):
    """The tree has several locales, but the help center is not multilingual: Intercom would ignore translations."""

    code = "multilingual-off"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"the content tree has {count} locales, but this help center is not multilingual: "
            "Intercom would accept translations and never show them",
            hint="in Intercom: Settings > Help Center > Languages, add the locales, then run this again",
        )


class OtherDefaultLocale(ConfigError):
    """The help center's default locale differs from the tree's: texts would land in the wrong one."""

    code = "other-default-locale"

    def __init__(self, ours: str, theirs: str) -> None:
        super().__init__(
            f"`default_locale` is {ours}, but the help center's default locale is {theirs}",
            hint=f"set `default_locale: {theirs}` in helpsync.yaml, or change it in Intercom's settings",
        )


class Unauthorized(ConfigError):
    """Intercom refused the token: a token of another region is refused too."""

    code = "unauthorized"


class RemoteError(HelpsyncError):
    """Intercom, or something on the way to it, answered with an error; `status` is None where nothing answered."""

    code = "remote"

    def __init__(self, message: str, *, status: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class NotFound(RemoteError):
    """Intercom has no such item."""

    code = "not-found"


class Unreachable(RemoteError):
    """No answer: the server is down, the name does not resolve, or time ran out."""

    code = "unreachable"


class OutcomeUnknown(RemoteError):
    """A write went out and no answer came back: it may have happened."""

    code = "outcome-unknown"


class Overtaken(HelpsyncError):
    """Someone else edited an item in Intercom before a write could be sent again; it was left alone."""

    code = "overtaken"
    exit_code = Exit.CONFLICT


class Locked(HelpsyncError):
    """Another run against the same remote has the lock, or took it over; nothing more is sent."""

    code = "locked"


class GitFailed(HelpsyncError):
    """git, or the git remote with the baseline, refused or failed."""

    code = "git"


class Stale(HelpsyncError):
    """A saved plan is out of date, or the current commit lacks what was last pushed."""

    code = "stale"
    exit_code = Exit.CONFLICT


class Refused(HelpsyncError):
    """A safety limit was exceeded; nothing was sent."""

    code = "limit"
    exit_code = Exit.LIMIT
