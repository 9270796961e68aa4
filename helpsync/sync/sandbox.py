"""The local Intercom of a project: one store, whether it is served or answers in-process, and where its pages are."""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from helpsync.baseline import HelpsyncFolder
from helpsync.sandbox import DEFAULT_ORIGIN, SWITCHES, SandboxSettings, article_path
from helpsync.settings import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from helpsync.content import Tree
    from helpsync.settings import Config

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


@dataclass(frozen=True)
class SandboxFolder:
    """The folder with the store of a project's sandbox."""

    config: Config
    path: Path

    def settings(self, **given: Any) -> SandboxSettings:  # noqa: ANN401  # SandboxSettings checks them
        """Return the settings of this sandbox; None keeps the default."""
        settings = SandboxSettings(
            store=self.path / "store.db",
            admins=tuple(sorted({self.config.author} if self.config.author else ())),
            default_locale=self.config.default_locale,
        )
        admins = (*settings.admins, *given.pop("admins", ()))
        return replace(settings, admins=admins, **{name: value for name, value in given.items() if value is not None})

    def in_process(self, tree: Tree | None) -> SandboxSettings:
        """Return the settings of the sandbox that answers in-process: all authors of the tree are teammates there."""
        authors = {
            text.author
            for article in (tree.help_center.articles if tree else ())
            for text in article.translations.values()
            if text.author
        }
        switches = {name: os.environ.get(f"HELPSYNC_{name.upper()}") for name in SWITCHES}
        return self.settings(admins=sorted(authors), origin=self.pages.origin, **switches)

    @cached_property
    def pages(self) -> SandboxPages:
        """Where the pages are: at the port that serves the store, otherwise at the default one."""
        try:
            origin = (self.path / _SERVED).read_text(encoding="ascii").strip()
            with socket.create_connection(("127.0.0.1", urlsplit(origin).port or 0), _SECONDS):
                return SandboxPages(origin, served=True)
        except (OSError, ValueError):  # not there, or left by a server that was killed
            return SandboxPages(DEFAULT_ORIGIN, served=False)

    @contextmanager
    def serving(self) -> Iterator[Callable[[str], None]]:
        """Yield a function that records the address at which the store is served; the record ends with the block."""
        file = self.path / _SERVED

        def record(origin: str) -> None:
            file.write_text(f"{origin}\n", encoding="ascii")

        try:
            yield record
        finally:
            file.unlink(missing_ok=True)

    def reset(self) -> None:
        """Remove the store, with its baseline, journal and snapshots."""
        journal = HelpsyncFolder(self.config.root).journal(SANDBOX)
        for path in (*self.path.glob("store.db*"), self.path / "baseline.json", journal):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.path / "kept", ignore_errors=True)
