"""^C finishes what is in flight, saves, and says what was and was not done."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workspace import MakeWorkspace


def test_an_interrupted_push_says_what_it_left_and_the_next_one_finishes(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    for number in range(20):
        workspace.article(f"a/n{number}.md", f"Number {number}", f"Text {number}.\n")
    creates: list[str] = []

    def interrupt(method: str, path: str, phase: str) -> None:
        if (method, path, phase) == ("POST", "/articles", "before"):
            creates.append(path)
            if len(creates) == 3:
                os.kill(os.getpid(), signal.SIGINT)

    workspace.sandbox.on_request = interrupt
    ran = workspace.push("--format", "json")
    assert ran.code == 130
    statuses = [change["status"] for change in ran.json["changes"]]
    assert set(statuses) == {"applied", "skipped"}
    assert statuses.count("applied") == 1 + len(workspace.sandbox.articles())
    assert 3 <= len(workspace.sandbox.articles()) < 20
    workspace.sandbox.on_request = None
    assert workspace.push().code == 0
    assert len(workspace.sandbox.articles()) == 20
    assert workspace.push().writes == []
