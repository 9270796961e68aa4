"""The settings of a sandbox, with a switch for each question on which reports about Intercom conflict."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from helpsync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEFAULT_PORT = 8321
DEFAULT_ORIGIN = f"http://localhost:{DEFAULT_PORT}"
OWN_ADMIN = "docs@example.com"
"""The address of the admin that every token belongs to; the workspace always has this admin."""

PICTURE_HOST = "https://downloads.intercomcdn.com/"
"""Where Intercom serves the pictures of bodies."""

LOCALES = (
    *("ar", "bg", "bs", "ca", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hr", "hu", "id", "it", "ja"),
    *("ko", "lt", "lv", "mn", "nb", "nl", "pl", "pt", "ro", "ru", "sl", "sr", "sv", "tr", "vi"),
    *("pt-BR", "zh-CN", "zh-TW"),
)
"""The locales of `translated_content` in the API's 2.9 description."""

HeadingMode = Literal["compact", "docs", "keep"]
IdMode = Literal["keep", "renew"]
MarkMode = Literal["drop", "keep"]
NewlineMode = Literal["drop", "keep"]
BraceMode = Literal["mark", "keep"]
BlockMode = Literal["merge", "replace"]
NestingMode = Literal["keep", "refuse"]

SWITCHES: dict[str, tuple[str, ...]] = {
    "headings": get_args(HeadingMode),
    "heading_ids": get_args(IdMode),
    "heading_marks": get_args(MarkMode),
    "code_newlines": get_args(NewlineMode),
    "braces": get_args(BraceMode),
    "locale_block": get_args(BlockMode),
    "nested_lists": get_args(NestingMode),
}
"""The positions of each switch, the default first; docs/sandbox.md describes them."""

_IDENTIFIER = re.compile(r"[a-z][a-z0-9-]{2,}")
_RESERVED = frozenset({"admins", "articles", "edit", "pictures"})


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """The settings of a sandbox; raises ConfigError for a value that isn't allowed.

    - `store`: the SQLite file; None keeps everything in memory.
    - `token`: the only accepted token; None accepts any.
    - `admins`: e-mail addresses, names or ids of teammates, in addition to `docs@example.com`, who owns every token.
    - `rate_limit`: requests in 10 seconds; None for no limit.
    - `origin`: the public address of the readers' pages.
    - `help_centers`: their identifiers; the first is the default help center.
    - `record`: record every call with its JSON body, for tests.
    - `clock`: returns Unix seconds.

    The others are the switches.
    """

    store: Path | None = None
    token: str | None = field(default=None, repr=False)
    admins: tuple[str, ...] = ()
    default_locale: str = "en"
    headings: HeadingMode = "compact"
    heading_ids: IdMode = "keep"
    heading_marks: MarkMode = "drop"
    code_newlines: NewlineMode = "drop"
    braces: BraceMode = "mark"
    locale_block: BlockMode = "merge"
    nested_lists: NestingMode = "keep"
    monolingual: bool = False
    rate_limit: int | None = None
    origin: str = DEFAULT_ORIGIN
    help_centers: tuple[str, ...] = ("help-center",)
    record: bool = False
    clock: Callable[[], float] = field(default=time.time, compare=False)

    def __post_init__(self) -> None:
        if self.default_locale not in LOCALES:
            raise ConfigError(f"the sandbox has no locale {self.default_locale}")
        for switch, positions in SWITCHES.items():
            position = getattr(self, switch)
            if position not in positions:
                raise ConfigError(
                    f"the sandbox's {switch.replace('_', '-')} can't be {position}",
                    hint=f"use one of {', '.join(positions)}",
                )
        if self.rate_limit is not None and self.rate_limit < 1:
            raise ConfigError("the sandbox's rate limit must be at least 1 request in 10 seconds")
        if self.token == "":
            raise ConfigError("the sandbox's token is empty")
        if not self.origin.startswith(("http://", "https://")) or self.origin.endswith("/"):
            raise ConfigError(
                f"the sandbox's origin can't be {self.origin}", hint="use http://HOST:PORT, without a slash at its end"
            )
        for identifier in self.help_centers:
            if not _IDENTIFIER.fullmatch(identifier) or identifier in _RESERVED:
                raise ConfigError(
                    f"a help center of the sandbox can't be called {identifier}",
                    hint="use three or more small letters, digits and hyphens",
                )
        if not self.help_centers or len(set(self.help_centers)) != len(self.help_centers):
            raise ConfigError("the sandbox needs help centers with different names")
