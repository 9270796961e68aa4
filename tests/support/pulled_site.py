"""A repository into which a help center is pulled: its files, and kills at any write."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING, Any

from established_help_center import AUTHORS, LOCALES, fill
from journey_site import Died, Site, mortal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from journey_site import Ran

CONFIG = """\
default_locale: {default}
locales: [{locales}]
author: docs@example.com
state: published
layout: {layout}
"""

WRITES = ("fsync", "replace", "unlink", "mkdir", "rmdir")
"""The calls that change what others can see on the disk."""


class PulledSite(Site):
    """A repository without content files, with a sandbox of its own."""

    def __init__(
        self, root: Path, *, layout: str = "suffix", locales: tuple[str, ...] = LOCALES, **switches: Any
    ) -> None:
        super().__init__(root, admins=AUTHORS[1:], **switches)
        self.write("helpsync.yaml", CONFIG.format(default=locales[0], locales=", ".join(locales), layout=layout))
        self.locales = locales

    def filled(self, articles: int) -> PulledSite:
        """Fill Intercom with a help center of so many articles."""
        fill(self.sandbox, articles=articles, locales=self.locales)
        return self

    def pull(self, *arguments: str) -> Ran:
        """Pull; whatever happens, there is no traceback and nothing is written to Intercom."""
        ran = self("pull", *arguments)
        assert "Traceback" not in ran.err, ran.err
        assert ran.writes == []
        return ran

    def files(self) -> dict[str, bytes]:
        """Return all files of the content folder, by their paths in it; not what a kill left beside one."""
        content = self.root / "content"
        return {
            path.relative_to(content).as_posix(): path.read_bytes()
            for path in sorted(content.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }

    def everything(self) -> set[str]:
        """Return the paths of all files of the repository but those below `.helpsync`."""
        paths = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return {path.as_posix() for path in paths if path.parts[0] != ".helpsync"}

    def nothing_to_do(self) -> bool:
        """Return whether diff finds nothing, push writes nothing, and another pull changes no file."""
        before = self.files()
        diff, push, pull = self("diff", "--exit-code"), self.push(), self.pull()
        return (diff.code, push.code, push.writes, pull.code, self.files()) == (0, 0, [], 0, before)


@contextlib.contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, at: int, *, done: bool) -> Iterator[list[int]]:
    """Kill a process at its n-th write (from 0), before or after it; the yielded list counts the writes.

    A killed process writes nothing more: its clean-up does not run.
    """
    counted = [0]

    def mortal_one(really: Callable[..., Any]) -> Callable[..., Any]:
        def writing(*given: Any, **more: Any) -> Any:
            if Died.dead:
                raise Died
            counted[0] += 1
            if counted[0] == at + 1 and not done:
                raise Died
            try:
                return really(*given, **more)
            finally:
                if counted[0] == at + 1:
                    raise Died

        return writing

    # Nobody removes the temporary files of a killed process.
    with tempfile.TemporaryDirectory() as left, mortal(), monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", left)
        for name in WRITES:
            patch.setattr(os, name, mortal_one(getattr(os, name)))
        yield counted
