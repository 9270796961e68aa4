"""The sandbox as the command line sets it up: one store, whether it is served or answers in-process."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from helpsync.sandbox.settings import (
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
