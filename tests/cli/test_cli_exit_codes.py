"""Which exit code wins where several apply: real situations, in pairs, held against the documented order."""

from __future__ import annotations

import os
import re
import signal
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from starlette.responses import JSONResponse

from helpsync.cli import console
from workspace import LIMITED as CONFIG
from workspace import crowd

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace import MakeWorkspace, Ran, Workspace

PAGE = (Path(__file__).parents[2] / "docs/exit-codes.md").read_text(encoding="utf-8")
ORDER = [int(code) for code in re.findall(r"\*\*([\d, ]+)\*\*", PAGE)[0].split(", ")]


def numbered(workspace: Workspace, number: int) -> str:
    return next(str(item["id"]) for item in workspace.sandbox.articles() if item["title"] == f"Number {number}")


@dataclass
class Scene:
    """A workspace with nine articles pushed; what happens in it decides how the next command is called and met."""

    workspace: Workspace
    patch: pytest.MonkeyPatch
    arguments: list[str] = field(default_factory=list)
    replies: dict[str, JSONResponse] = field(default_factory=dict)
    presses: bool = False

    def article(self, number: int) -> str:
        return f"/articles/{numbered(self.workspace, number)}"

    def answer(self, method: str, path: str, phase: str) -> JSONResponse | None:
        """Answer an article's write; with `presses` ^C comes while the first one is under way."""
        if phase != "before" or method != "PUT":
            return None
        if self.presses:
            self.presses = False
            os.kill(os.getpid(), signal.SIGINT)
        return self.replies.get(path)


def refusal(status: int, code: str) -> JSONResponse:
    return JSONResponse({"type": "error.list", "errors": [{"code": code, "message": "No"}]}, status)


def a_change(scene: Scene) -> None:
    scene.workspace.edit("a/n1.md", "Text 1", "Text one")


def a_drift(scene: Scene) -> None:
    scene.workspace.sandbox.edit_article(numbered(scene.workspace, 2), body="<p>Theirs.</p>")


def a_conflict(scene: Scene) -> None:
    scene.workspace.sandbox.edit_article(numbered(scene.workspace, 3), body="<p>Theirs.</p>")
    scene.workspace.edit("a/n3.md", "Text 3", "Text three")


def a_pending_draft(scene: Scene) -> None:
    scene.workspace.sandbox.start_draft(numbered(scene.workspace, 4))
    scene.workspace.edit("a/n4.md", "Text 4", "Text four")


def a_failure(scene: Scene) -> None:
    scene.workspace.edit("a/n5.md", "Text 5", "Text five")
    scene.replies[scene.article(5)] = refusal(400, "parameter_invalid")


def a_revoked_token(scene: Scene) -> None:
    scene.workspace.edit("a/n6.md", "Text 6", "Text six")
    scene.replies[scene.article(6)] = refusal(401, "unauthorized")


def an_interrupt(scene: Scene) -> None:
    scene.workspace.edit("a/n7.md", "Text 7", "Text seven")
    scene.workspace.edit("a/n8.md", "Text 8", "Text eight")
    scene.presses = True


def a_finding(scene: Scene) -> None:
    scene.workspace.article("a/broken.md", "Broken", "See [nothing](nowhere.md).\n")


def an_unknown_author(scene: Scene) -> None:
    scene.workspace.article("a/anonymous.md", "Anonymous", author="nobody@example.com")


def too_many_removals(scene: Scene) -> None:
    for number in (0, 1, 2):
        scene.workspace.remove(f"a/n{number}.md")


def a_stale_plan(scene: Scene) -> None:
    assert scene.workspace.diff("--out", "plan.json").code == 0
    scene.workspace.edit("a/n8.md", "Text 8", "Text eight")
    scene.arguments += ["--plan", "plan.json"]


def an_edited_plan(scene: Scene) -> None:
    assert scene.workspace.diff("--out", "plan.json").code == 0
    path = scene.workspace.root / "plan.json"
    path.write_text(path.read_text().replace('"allow_remove": 0', '"allow_remove": 9'))
    scene.arguments += ["--plan", "plan.json"]


def no_plan(scene: Scene) -> None:
    scene.arguments += ["--plan", "helpsync.yaml"]


def an_unknown_address(scene: Scene) -> None:
    scene.arguments += ["--overwrite-remote", "a/nowhere"]


def another_workspace(scene: Scene) -> None:
    path = scene.workspace.root / ".helpsync/sandbox/baseline.json"
    path.write_text(path.read_text().replace(scene.workspace.sandbox.workspace_id, "another"))


def an_output_cut_off(scene: Scene) -> None:
    echo = click.echo

    def full(message: Any = None, **more: Any) -> None:
        if not more.get("err"):
            raise OSError(28, "No space left on device")
        echo(message, **more)

    scene.patch.setattr(click, "echo", full)
    scene.patch.setattr(console, "drop_stdout", lambda: None)


CODES: dict[Callable[[Scene], None], int] = {
    an_interrupt: 130,
    no_plan: 2,
    an_unknown_address: 2,
    another_workspace: 2,
    a_revoked_token: 2,
    a_finding: 11,
    an_unknown_author: 11,
    too_many_removals: 12,
    a_failure: 1,
    an_output_cut_off: 1,
    a_conflict: 13,
    a_pending_draft: 13,
    a_stale_plan: 13,
    an_edited_plan: 13,
}

SAID: dict[Callable[[Scene], None], str] = {
    an_interrupt: "stopping: ",
    no_plan: "this isn't a saved plan",
    an_unknown_address: "a/nowhere",
    another_workspace: "belongs to workspace another",
    a_revoked_token: "401",
    a_finding: "[broken-link]",
    an_unknown_author: "[unknown-author]",
    too_many_removals: "readers would lose",
    a_failure: "failed",
    an_output_cut_off: "the output was cut off",
    a_conflict: "! conflict",
    a_pending_draft: "held",
    a_stale_plan: "a/n8: new since the plan was made",
    an_edited_plan: "changed after it was saved",
}
"""What a push says of each that it meets."""

PUSHES = [
    (an_interrupt,),
    (an_interrupt, a_revoked_token),
    (an_interrupt, a_failure),
    (an_interrupt, an_output_cut_off),
    (an_interrupt, a_conflict),
    (an_interrupt, a_pending_draft),
    (no_plan,),
    (no_plan, a_finding),
    (no_plan, too_many_removals),
    (no_plan, a_conflict),
    (an_unknown_address, an_unknown_author),
    (an_unknown_address, too_many_removals),
    (an_unknown_address, a_conflict),
    (another_workspace, an_unknown_author),
    (another_workspace, too_many_removals),
    (another_workspace, a_conflict),
    (a_revoked_token,),
    (a_revoked_token, a_failure),
    (a_revoked_token, an_output_cut_off),
    (a_revoked_token, a_conflict),
    (a_revoked_token, a_pending_draft),
    (a_finding,),
    (a_finding, too_many_removals),
    (a_finding, an_edited_plan),
    (a_finding, a_stale_plan),
    (a_finding, a_conflict),
    (an_unknown_author,),
    (an_unknown_author, too_many_removals),
    (an_unknown_author, a_stale_plan),
    (an_unknown_author, a_conflict),
    (too_many_removals,),
    (too_many_removals, a_conflict),
    (too_many_removals, a_stale_plan),
    (a_failure,),
    (a_failure, a_conflict),
    (a_failure, a_pending_draft),
    (an_output_cut_off,),
    (an_output_cut_off, a_conflict),
    (an_output_cut_off, a_pending_draft),
    (a_conflict,),
    (a_conflict, a_pending_draft),
    (a_pending_draft,),
    (a_stale_plan,),
    (an_edited_plan,),
]

IN_A_DIFF: dict[Callable[[Scene], None], int] = {
    **CODES,
    a_change: 10,
    a_drift: 13,
    a_conflict: 13,
    too_many_removals: 10,
}

DIFFS = [
    (a_change,),
    (a_drift,),
    (a_conflict,),
    (a_change, a_drift),
    (a_change, a_conflict),
    (too_many_removals, a_conflict),
    (too_many_removals,),
    (a_change, an_output_cut_off),
    (a_drift, an_output_cut_off),
    (a_finding, a_change),
    (a_finding, a_drift),
    (an_unknown_author, a_change),
    (an_unknown_author, a_drift),
    (an_unknown_author, an_output_cut_off),
    (an_unknown_address, a_conflict),
    (another_workspace, an_unknown_author),
    (another_workspace, a_drift),
]


def names(happens: tuple[Callable[[Scene], None], ...]) -> str:
    return " and ".join(one.__name__.replace("_", " ") for one in happens)


def winner(codes: list[int]) -> int:
    return min(codes, key=ORDER.index)


def played(workspace: Workspace, happens: tuple[Callable[[Scene], None], ...], *command: str) -> Ran:
    """Push nine articles, let these things happen, and return what the command then does."""
    crowd(workspace, 9)
    assert workspace.push().code == 0
    with ExitStack() as stack:
        scene = Scene(workspace, stack.enter_context(pytest.MonkeyPatch.context()))
        # A saved plan is made before anything else happens.
        for one in sorted(happens, key=lambda one: one not in (a_stale_plan, an_edited_plan)):
            one(scene)
        workspace.sandbox.on_request = scene.answer
        return workspace(*command, "--remote", "sandbox", *scene.arguments)


@pytest.mark.parametrize("happens", PUSHES, ids=names)
def test_a_push_ends_with_the_first_code_that_applies(
    make_workspace: MakeWorkspace, happens: tuple[Callable[[Scene], None], ...]
) -> None:
    ran = played(make_workspace(CONFIG), happens, "push", "--yes")
    assert ran.code == winner([CODES[one] for one in happens]), ran.err
    wrote = bool(ran.writes)
    for one in happens:
        # What stops a push at an earlier step hides what it would have met, and a full disk what it would have said.
        if CODES[one] == ran.code or (wrote and an_output_cut_off not in happens):
            assert SAID[one] in ran.out + ran.err
    if ran.code in (11, 12) or {a_stale_plan, an_edited_plan} & {*happens}:
        assert not wrote


@pytest.mark.parametrize("happens", DIFFS, ids=names)
def test_a_diff_that_is_asked_ends_with_the_first_code_that_applies(
    make_workspace: MakeWorkspace, happens: tuple[Callable[[Scene], None], ...]
) -> None:
    ran = played(make_workspace(CONFIG), happens, "diff", "--exit-code")
    assert ran.code == winner([IN_A_DIFF[one] for one in happens]), ran.err
    assert ran.writes == []


@pytest.mark.parametrize(
    "happens", [(), (a_change,), (a_drift,), (a_conflict,), (too_many_removals,), (a_change, a_conflict)], ids=names
)
def test_a_diff_that_is_not_asked_ends_with_0(
    make_workspace: MakeWorkspace, happens: tuple[Callable[[Scene], None], ...]
) -> None:
    assert played(make_workspace(CONFIG), happens, "diff").code == 0


@pytest.mark.parametrize("happens", [(), (a_change,), (a_drift,), (a_change, a_drift)], ids=names)
def test_a_push_that_meets_only_drift_ends_with_0(
    make_workspace: MakeWorkspace, happens: tuple[Callable[[Scene], None], ...]
) -> None:
    assert played(make_workspace(CONFIG), happens, "push", "--yes").code == 0


def test_the_table_has_every_code_against_every_other_that_can_come_with_it() -> None:
    met = {frozenset({CODES[one] for one in happens}) for happens in PUSHES}
    met |= {frozenset({IN_A_DIFF[one] for one in happens}) for happens in DIFFS}
    pairs = {(first, second) for first in ORDER for second in ORDER if frozenset({first, second}) in met}
    expected = {(130, 2), (130, 1), (130, 13), (2, 11), (2, 12), (2, 1), (2, 13), (11, 12), (11, 1), (11, 13)}
    expected |= {(11, 10), (12, 13), (1, 13), (1, 10), (13, 10)}
    assert {pair for pair in pairs if ORDER.index(pair[0]) < ORDER.index(pair[1])} == expected
