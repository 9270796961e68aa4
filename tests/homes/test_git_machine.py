"""The machine of writers, teammates, runners and kills once more, with the baseline in a ref of the git remote."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from machine import HelpCenter
from runners import CONFIG, Office, Runner
from wanted_tree import POSITIONS, Wanted, pieces, unambiguous

if TYPE_CHECKING:
    from collections.abc import Mapping


# GIT_MACHINE_EXAMPLES=300 MACHINE_STEPS=30 makes a long run of it.
EXAMPLES = int(os.environ.get("GIT_MACHINE_EXAMPLES", "4"))
STEPS = int(os.environ.get("MACHINE_STEPS", "10"))


@dataclass
class Clone(Runner):
    """A checkout as the machine knows it: its content comes from the git remote, and goes there."""

    @property
    def sandbox(self) -> Any:
        return self.office.sandbox

    @property
    def remembers(self) -> bool:
        return (self.root / ".helpsync/journal/production.jsonl").exists()

    def content(self, files: Mapping[str, str]) -> None:
        self.git("fetch", "-q", "origin", "main")
        self.git("reset", "-q", "--hard", "FETCH_HEAD")
        shutil.rmtree(self.root / "content", ignore_errors=True)
        for path, text in files.items():
            self.write(f"content/{path}", text)
        self.git("add", "-A", "content")
        if self.git("status", "--porcelain", "content"):
            self.git("commit", "-qm", "Write")
            self.git("push", "-q", "origin", "HEAD:main")

    def lose_disk(self) -> None:
        shutil.rmtree(self.root)
        self.office.clone(self.root.name)


class HelpCenterInGit(HelpCenter):
    """One git remote, two clones of it, one Intercom, and everyone who works on it."""

    runners: list[Clone]  # type: ignore[assignment]  # what the machine does with a checkout, a clone does too

    @initialize(
        switches=st.sampled_from(POSITIONS),
        on_remove=st.sampled_from(["unpublish", "delete"]),
        articles=st.dictionaries(st.integers(0, 5), pieces(), min_size=1, max_size=4),
    )
    def begin(self, switches: dict[str, Any], on_remove: str, articles: dict[int, Any]) -> None:
        note(f"{switches} {on_remove}")
        config = f'{CONFIG}on_remove: {on_remove}\nassets: {{url: "https://pictures.example/{{commit}}/{{path}}"}}\n'
        office = Office(Path(self.folder.name), config=config, switches=switches)
        first = office.first(0)
        self.runners = [Clone(office, first.root), Clone(office, office.clone("two").root)]
        wanted = Wanted(articles)
        self.wanted = wanted if unambiguous(wanted) else Wanted({0: next(iter(articles.values()))})

    def _checked_out(self) -> None:
        self.by_hand.forget(self.wanted)
        self.site.content(self.wanted.files())
        if self.fragile:
            self.site("unlock", "--yes")

    def _note_committed(self) -> None:
        pass


HelpCenterInGit.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    report_multiple_bugs=False,  # one story at a time is read
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestHelpCenterInGit = HelpCenterInGit.TestCase
