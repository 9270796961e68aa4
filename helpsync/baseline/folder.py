"""helpsync's own folder in a project, and what lies where in it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # dataclass fields

from helpsync.baseline.durable import flush, make_folder
from helpsync.errors import HelpsyncError


@dataclass(frozen=True, slots=True)
class HelpsyncFolder:
    """The folder `.helpsync` beside helpsync.yaml: all but the baselines that are committed keeps itself out of git."""

    root: Path

    @property
    def path(self) -> Path:
        """Return the folder itself."""
        return self.root / ".helpsync"

    def committed(self, remote: str) -> Path:
        """Return where a baseline lies that belongs into the repository."""
        return self.path / "baseline" / f"{remote}.json"

    def pulled(self, remote: str) -> Path:
        """Return the file, which belongs into the repository, of what pulls took since the last push."""
        return self.path / "baseline" / f"{remote}.pulled.jsonl"

    def pull_note(self, remote: str) -> Path:
        """Return where a pull notes what it is about to write."""
        return self.path / "journal" / f"{remote}.pull.json"

    def before_pulls(self, remote: str) -> Path:
        """Return where it is noted what pulls since the last push have replaced."""
        return self.path / "journal" / f"{remote}.before-pulls.json"

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
        """Make a folder that is kept out of git, if it is in this one; return it.

        Of the folder of committed baselines git sees these, and not what a run that died was writing there.
        """
        make_folder(folder)
        if folder.is_relative_to(self.path):
            top = self.path / folder.relative_to(self.path).parts[0]
            _ignore(top, ".*" if top == self.path / "baseline" else "*")
        return folder

    def check_writable(self, folder: Path) -> None:
        """Raise HelpsyncError where nothing can be written into a folder, which is made where it is missing."""
        try:
            self.made(folder)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise HelpsyncError(
                f"{self.shown(folder)} can't be written: {error.strerror}; nothing was sent",
                hint="a push keeps there what it did, so that the next one knows",
            ) from error


def _ignore(folder: Path, pattern: str) -> None:
    """Let git pass over what a folder holds, this file among it; an empty one is of a run that died over it."""
    path = folder / ".gitignore"
    if path.exists() and path.read_bytes().strip(b"\0\n"):
        return
    # In place: nothing would keep an unfinished one beside it out of git.
    path.write_text(f"{pattern}\n", encoding="utf-8", newline="\n")
    flush(path)
