"""The local Intercom of a project: one store, whether it is served or answers in-process, and where its pages are."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlsplit

from helpsync.sandbox.forms import article_path
from helpsync.sandbox.settings import (
    DEFAULT_ORIGIN,
    BlockMode,
    BraceMode,
    HeadingMode,
    IdMode,
    MarkMode,
    NestingMode,
    NewlineMode,
    Settings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from helpsync.content.tree import Tree
    from helpsync.settings.config import Config

STORE = "store.db"
SWITCHES: dict[str, tuple[str, ...]] = {
    "headings": get_args(HeadingMode),
    "heading_ids": get_args(IdMode),
    "heading_marks": get_args(MarkMode),
    "code_newlines": get_args(NewlineMode),
    "braces": get_args(BraceMode),
    "locale_block": get_args(BlockMode),
    "nested_lists": get_args(NestingMode),
}
"""Where the facts conflict: what Intercom is said to do, the first being the default (design: The house)."""


def sandbox_settings(config: Config, folder: Path, **given: Any) -> Settings:  # noqa: ANN401  # Settings checks them
    """Return the settings of the sandbox whose store lies in this folder; what is None keeps its default."""
    settings = Settings(
        store=folder / STORE,
        admins=tuple(sorted({config.author} if config.author else ())),
        default_locale=config.default_locale,
    )
    admins = (*settings.admins, *given.pop("admins", ()))
    return replace(settings, admins=admins, **{name: value for name, value in given.items() if value is not None})


def in_process(config: Config, folder: Path, tree: Tree | None, *, origin: str) -> Settings:
    """Return the settings of the sandbox that answers in-process: all authors of the tree are teammates there."""
    authors = {
        text.author
        for article in (tree.help_center.articles if tree else ())
        for text in article.translations.values()
        if text.author
    }
    switches = {name: os.environ.get(f"HELPSYNC_{name.upper()}") for name in SWITCHES}
    return sandbox_settings(config, folder, admins=sorted(authors), origin=origin, **switches)


_SERVED = "served"
"""The file beside the store with the address at which it is served."""

_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class SandboxPages:
    """The address of the pages, and whether they are served there now."""

    origin: str
    served: bool

    def draft(self, number: str, locale: str) -> str:
        """Return the page that shows a draft: the form in which teammates edit it."""
        return f"{self.origin}{article_path(int(number), locale)}"


def pages_of(folder: Path) -> SandboxPages:
    """Return where the pages of the sandbox whose store lies in this folder are."""
    try:
        origin = (folder / _SERVED).read_text(encoding="ascii").strip()
        with socket.create_connection(("127.0.0.1", urlsplit(origin).port or 0), _SECONDS):
            return SandboxPages(origin, served=True)
    except (OSError, ValueError):  # not there, or left by a server that was killed
        return SandboxPages(DEFAULT_ORIGIN, served=False)


@contextmanager
def noting(folder: Path) -> Iterator[Callable[[str], None]]:
    """Yield a function that records the address at which the store is served; the record ends with the block."""
    file = folder / _SERVED

    def note(origin: str) -> None:
        file.write_text(f"{origin}\n", encoding="ascii")

    try:
        yield note
    finally:
        file.unlink(missing_ok=True)
