"""helpsync's own folder in a project, and what lies where in it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # dataclass fields

from helpsync.errors import HelpsyncError


@dataclass(frozen=True, slots=True)
class OwnFolder:
    """The folder `.helpsync` beside helpsync.yaml: all but the baselines that are committed keeps itself out of git."""

    root: Path

    @property
    def path(self) -> Path:
        """Return the folder itself."""
        return self.root / ".helpsync"

    def committed(self, remote: str) -> Path:
        """Return where a baseline lies that belongs into the repository."""
        return self.path / "baseline" / f"{remote}.json"

    def journal(self, remote: str) -> Path:
        """Return where a push notes what it does."""
        return self.path / "journal" / f"{remote}.jsonl"

    def lock(self, remote: str) -> Path:
        """Return the file that one push at a time locks in this checkout."""
        return self.path / "journal" / f"{remote}.lock"

    def lease(self, remote: str) -> Path:
        """Return the file with the id of the lease that a push of this checkout took last."""
        return self.path / "journal" / f"{remote}.lease"

    def sources(self, remote: str) -> Path:
        """Return the folder of the sources as last pushed."""
        return self.path / "sources" / remote

    def kept(self, remote: str) -> Path:
        """Return the folder of what pushes overwrote."""
        return self.path / "kept" / remote

    def shown(self, path: Path) -> str:
        """Return the path as messages show it: relative to helpsync.yaml where it lies below that."""
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()

    def made(self, folder: Path) -> Path:
        """Make a folder that is kept out of git, if it is in this one; return it."""
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.is_relative_to(self.path):
            return folder
        ignored = self.path / folder.relative_to(self.path).parts[0] / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")
        return folder

    def check_writable(self, folder: Path) -> None:
        """Raise HelpsyncError where nothing can be written into a folder, which is made where it is missing."""
        try:
            if folder != self.path / "baseline":
                self.made(folder)
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise HelpsyncError(
                f"{self.shown(folder)} can't be written: {error.strerror}; nothing was sent",
                hint="a push keeps there what it did, so that the next one knows",
            ) from error
