"""The machine of writers, teammates, runners and kills, with the baseline in a ref of the git remote."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from machine import HelpCenter
from runners import CONFIG, Office, Runner

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Repository(Office):
    """The git remote and the Intercom of the machine; `main` counts the commits that its clones pushed."""

    main: int = 0


@dataclass
class Clone(Runner):
    """A checkout as the machine knows it: its content comes from the git remote, and goes there."""

    office: Repository
    at: tuple[int, Mapping[str, str]] | None = None

    @property
    def sandbox(self) -> Any:
        return self.office.sandbox

    @property
    def remembers(self) -> bool:
        return (self.root / ".helpsync/journal/production.jsonl").exists()

    def content(self, files: Mapping[str, str]) -> None:
        if self.at is not None and self.at == (self.office.main, files):
            return
        self.git("fetch", "-q", "origin", "main")
        self.git("reset", "-q", "--hard", "FETCH_HEAD")
        shutil.rmtree(self.root / "content", ignore_errors=True)
        for path, text in files.items():
            self.write(f"content/{path}", text)
        self.git("add", "-A", "content")
        if self.git("status", "--porcelain", "content"):
            self.git("commit", "-qm", "Write")
            self.git("push", "-q", "origin", "HEAD:main")
            self.office.main += 1
        self.at = (self.office.main, dict(files))

    def lose_disk(self) -> None:
        self.at = None
        shutil.rmtree(self.root)
        self.office.clone(self.root.name)


class HelpCenterInGit(HelpCenter):
    """One git remote, two clones of it, one Intercom, and everyone who works on it."""

    runners: list[Clone]  # type: ignore[assignment]  # what the machine does with a checkout, a clone does too

    def _opened(self, on_remove: str, switches: dict[str, Any]) -> list[Any]:
        config = f'{CONFIG}on_remove: {on_remove}\nassets: {{url: "https://pictures.example/{{commit}}/{{path}}"}}\n'
        office = Repository(Path(self.folder.name), config=config, switches=switches)
        first = office.first(0)
        return [Clone(office, first.root), Clone(office, office.clone("two").root)]

    def _checked_out(self) -> None:
        self.by_hand.forget(self.wanted)
        self.site.content(self.wanted.files())
        if self.fragile:
            self.site("unlock", "--yes", "--now")

    def _note_committed(self) -> None:
        pass
