"""The folder `.helpsync` in a project, and which file is where in it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # dataclass fields

from helpsync.baseline.durable import flush, make_folder
from helpsync.errors import HelpsyncError


@dataclass(frozen=True, slots=True)
class HelpsyncFolder:
    """The folder `.helpsync` beside helpsync.yaml; all but the baselines that are committed keeps itself out of git."""

    root: Path

    @property
    def path(self) -> Path:
        """Return the folder itself."""
        return self.root / ".helpsync"

    def baseline(self, remote: str) -> Path:
        """Return the baseline of `baseline: file`, which is committed."""
        return self.path / "baseline" / f"{remote}.json"

    def pulled(self, remote: str) -> Path:
        """Return the list of pulled items since the last push of `baseline: git`, which is committed."""
        return self.path / "baseline" / f"{remote}.pulled.jsonl"

    def pull_note(self, remote: str) -> Path:
        """Return the note of what a pull is about to write."""
        return self.path / "journal" / f"{remote}.pull.json"

    def reverted_pulls(self, remote: str) -> Path:
        """Return the file of what pulls since the last push replaced."""
        return self.path / "journal" / f"{remote}.before-pulls.json"

    def journal(self, remote: str) -> Path:
        """Return the journal of a push."""
        return self.path / "journal" / f"{remote}.jsonl"

    def lock(self, remote: str) -> Path:
        """Return the file that one push at a time locks in this checkout."""
        return self.path / "journal" / f"{remote}.lock"

    def lease(self, remote: str) -> Path:
        """Return the file that names the lease that a push of this checkout took last."""
        return self.path / "journal" / f"{remote}.lease"

    def sources(self, remote: str) -> Path:
        """Return the folder of the sources as last pushed."""
        return self.path / "sources" / remote

    def snapshots(self, remote: str) -> Path:
        """Return the folder of snapshots of what pushes overwrote."""
        return self.path / "kept" / remote

    def label(self, path: Path) -> str:
        """Return the path as messages show it: relative to helpsync.yaml if it is below that."""
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()

    def make(self, folder: Path) -> Path:
        """Make a folder, kept out of git if it is in this one, and return it.

        In the folder of committed baselines git ignores only the unfinished files of an interrupted run.
        """
        make_folder(folder)
        if folder.is_relative_to(self.path):
            top = self.path / folder.relative_to(self.path).parts[0]
            _ignore(top, ".*" if top == self.path / "baseline" else "*")
        return folder

    def check_writable(self, folder: Path) -> None:
        """Raise HelpsyncError if nothing can be written into a folder, which is made if it is missing."""
        try:
            self.make(folder)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise HelpsyncError(
                f"{self.label(folder)} can't be written: {error.strerror}; nothing was sent",
                hint="a push records there what it did, so that the next one knows",
            ) from error


def _ignore(folder: Path, pattern: str) -> None:
    """Let git ignore the files of a folder, `.gitignore` too; an empty one is of a run that was killed over it."""
    path = folder / ".gitignore"
    if path.exists() and path.read_bytes().strip(b"\0\n"):
        return
    # In place: nothing would keep an unfinished file beside it out of git.
    path.write_text(f"{pattern}\n", encoding="utf-8", newline="\n")
    flush(path)
