"""What a sandbox is like: its store, its workspace, and how it reads the facts that conflict."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from helpsync.errors import ConfigError
from helpsync.sandbox.locales import LOCALES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEFAULT_PORT = 8321
DEFAULT_ORIGIN = f"http://localhost:{DEFAULT_PORT}"
OWN_ADMIN = "docs@example.com"
"""The teammate that every token belongs to; always among the admins."""

HeadingMode = Literal["compact", "docs", "keep"]
IdMode = Literal["keep", "renew"]
MarkMode = Literal["drop", "keep"]
NewlineMode = Literal["drop", "keep"]
BraceMode = Literal["mark", "keep"]
BlockMode = Literal["merge", "replace"]
NestingMode = Literal["keep", "refuse"]

_IDENTIFIER = re.compile(r"[a-z][a-z0-9-]{2,}")
_TAKEN = frozenset({"admins", "articles", "edit", "pictures"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a sandbox; raises ConfigError for those that make none.

    `store` is a SQLite file, None keeps all in memory. `token` is the only one accepted, None accepts any. `admins` are
    e-mail addresses, names or ids of teammates, beside `docs@example.com`, to whom the tokens belong. `rate_limit`
    counts requests in 10 seconds, None is no limit. `origin` is the public address of the reader's pages.
    `help_centers` are identifiers, the first is the default one. `record` keeps every call with its JSON body for
    tests. `clock` gives Unix seconds.
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
        for name, value, known in (
            ("headings", self.headings, get_args(HeadingMode)),
            ("heading-ids", self.heading_ids, get_args(IdMode)),
            ("heading-marks", self.heading_marks, get_args(MarkMode)),
            ("code-newlines", self.code_newlines, get_args(NewlineMode)),
            ("braces", self.braces, get_args(BraceMode)),
            ("locale-block", self.locale_block, get_args(BlockMode)),
            ("nested-lists", self.nested_lists, get_args(NestingMode)),
        ):
            if value not in known:
                raise ConfigError(f"the sandbox's {name} can't be {value}", hint=f"use one of {', '.join(known)}")
        if self.rate_limit is not None and self.rate_limit < 1:
            raise ConfigError("the sandbox's rate limit must be at least 1 request in 10 seconds")
        if self.token == "":
            raise ConfigError("the sandbox's token is empty")
        if not self.origin.startswith(("http://", "https://")) or self.origin.endswith("/"):
            raise ConfigError(
                f"the sandbox's origin can't be {self.origin}", hint="use http://HOST:PORT, without a slash at its end"
            )
        for identifier in self.help_centers:
            if not _IDENTIFIER.fullmatch(identifier) or identifier in _TAKEN:
                raise ConfigError(
                    f"a help center of the sandbox can't be called {identifier}",
                    hint="use three or more small letters, digits and hyphens",
                )
        if not self.help_centers or len(set(self.help_centers)) != len(self.help_centers):
            raise ConfigError("the sandbox needs help centers with different names")
