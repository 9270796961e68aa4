"""What a writer gets to read: before a push, while it runs, and when it does not end as it should."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click
import pytest

from helpsync.apply import Composer
from helpsync.cli import console
from helpsync.cli.program import run
from helpsync.sandbox import SandboxSettings, running
from workspace import LIMITED as CONFIG
from workspace import crowd

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace import MakeWorkspace, Ran, Workspace


def edit_in_intercom(workspace: Workspace, title: str, body: str) -> None:
    (article,) = [item for item in workspace.sandbox.articles() if item["title"] == title]
    workspace.api("PUT", f"/articles/{article['id']}", {"body": body})


def thinned(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace from which the limits refuse the next push."""
    workspace = make_workspace(CONFIG)
    crowd(workspace, 6)
    workspace.push()
    for number in range(2):
        workspace.remove(f"a/n{number}.md")
    return workspace


def test_a_dry_run_shows_what_an_overwrite_would_do(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    workspace.push()
    edit_in_intercom(workspace, "Number 0", "<p>Theirs</p>")
    ran = workspace.push("--dry-run", "--overwrite-remote", "a/n0", "--format", "json")
    assert (ran.code, ran.writes) == (0, [])
    assert ran.json["summary"]["update"] == 1
    assert ran.json["summary"]["drift"] == 0


def test_a_dry_run_checks_the_addresses_of_an_overwrite(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    ran = workspace.push("--dry-run", "--overwrite-remote", "a/nowhere")
    assert ran.code == 2
    assert "a/nowhere" in ran.err


def test_a_dry_run_as_jsonl_is_one_line(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    ran = workspace.push("--dry-run", "--format", "jsonl")
    assert len(ran.out.splitlines()) == 1
    assert (ran.json["event"], ran.json["schema"], ran.writes) == ("plan", "helpsync.plan/1", [])


@pytest.mark.parametrize(
    ("form", "said"), [("text", "! refused"), ("markdown", "> [!CAUTION]"), ("json", '"refusal": "readers would lose')]
)
def test_the_diff_says_that_a_limit_would_refuse_the_push(make_workspace: MakeWorkspace, form: str, said: str) -> None:
    ran = thinned(make_workspace).diff("--format", form)
    assert ran.code == 0
    assert said in ran.out
    assert "2 of 6 published articles" in ran.out


def test_a_dry_run_knows_the_removals_that_are_allowed(make_workspace: MakeWorkspace) -> None:
    ran = thinned(make_workspace).push("--dry-run", "--allow-remove", "2", "--format", "json")
    assert ran.json["refusal"] is None
    assert ran.json["summary"]["unpublish"] == 2


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_an_edit_in_intercom_is_shown_so_that_it_can_be_brought_home(make_workspace: MakeWorkspace, form: str) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    workspace.push()
    edit_in_intercom(workspace, "Number 0", "<p>A better text.</p>")
    out = workspace.diff("--format", form).out
    assert "Text 0." in out
    assert "A better text." in out


def test_a_conflict_shows_what_the_teammate_wrote(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    workspace.push()
    edit_in_intercom(workspace, "Number 0", "<p>A better text.</p>")
    workspace.edit("a/n0.md", "Text 0", "Text zero")
    (attention,) = workspace.plan()["attention"]
    assert attention["kind"] == "conflict"
    assert "A better text." in attention["edits"]["en"]["body"]["diff"]


def test_an_author_is_shown_with_the_address_of_the_teammate(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    assert "(docs@example.com)" in workspace.diff().out


class _Full:
    """A stdout that takes so many lines and then fails."""

    def __init__(self, lines: int, error: OSError) -> None:
        self.left = lines
        self._error = error
        self._echo = click.echo

    def echo(self, message: Any = None, **settings: Any) -> None:
        if not settings.get("err"):
            if self.left == 0:
                raise self._error
            self.left -= 1
        self._echo(message, **settings)


@pytest.mark.parametrize(
    "error", [BrokenPipeError(32, "Broken pipe"), OSError(28, "No space left on device")], ids=["pipe", "disk"]
)
@pytest.mark.parametrize("form", ["text", "jsonl", "json"])
def test_no_output_ends_a_push(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, error: OSError, form: str
) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 9)
    full = _Full(0 if form == "json" else 2, error)
    with monkeypatch.context() as patch:
        patch.setattr(click, "echo", full.echo)
        patch.setattr(console, "drop_stdout", lambda: None)
        ran = workspace.push("--format", form)
    assert ran.code == 1
    assert ran.err.count(f"the output was cut off: {error.strerror}") == 1
    assert len(workspace.sandbox.articles()) == 9
    assert not (workspace.root / ".helpsync/journal/sandbox.jsonl").exists()
    assert workspace.push().writes == []


def test_no_talk_ends_a_push(make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 3)
    echo = click.echo

    def deaf(message: Any = None, **settings: Any) -> None:
        if settings.get("err"):
            raise BrokenPipeError(32, "Broken pipe")
        echo(message, **settings)

    monkeypatch.setattr(click, "echo", deaf)
    monkeypatch.setattr(console, "_drop", lambda _: None)
    assert workspace.push("--format", "json").code == 0
    assert len(workspace.sandbox.articles()) == 3


def test_a_closed_pipe_ends_a_diff_without_a_word(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 3)
    with monkeypatch.context() as patch:
        patch.setattr(click, "echo", _Full(1, BrokenPipeError(32, "Broken pipe")).echo)
        patch.setattr(console, "drop_stdout", lambda: None)
        ran = workspace.diff()
    assert ran.code == 1
    assert "cut off" not in ran.err


def test_a_bug_in_the_midst_of_a_push_loses_nothing_of_what_was_done(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 9)
    composed: list[Any] = []
    compose = Composer.article

    def fail(composer: Composer, step: Any, *more: Any) -> Any:
        composed.append(step)
        if len(composed) == 9:
            raise RuntimeError("unforeseen")
        return compose(composer, step, *more)

    with monkeypatch.context() as patch:
        patch.setattr(Composer, "article", fail)
        ran = workspace.push()
    assert ran.code == 1
    assert "this is a bug" in ran.err
    assert "applied" in ran.out.splitlines()[-1]
    assert (workspace.root / ".helpsync/sandbox/baseline.json").read_text().count('"kind":"article"') >= 3
    monkeypatch.setattr("helpsync.sync.in_flight.GRACE", 0.0)  # what was in the bug's hands may have been on its way
    assert workspace.push().code == 0
    assert len(workspace.sandbox.articles()) == 9


def test_a_baseline_that_cannot_be_written_is_made_by_the_next_push(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("helpsync.baseline.store.write_baseline", full)
        ran = workspace.push()
    assert ran.code == 1
    assert ran.out.splitlines()[-1].startswith("3 applied")
    assert "the next push makes it from the journal" in ran.err
    assert ran.err.endswith("error: No space left on device\n")
    assert workspace.push().writes == []
    assert (workspace.root / ".helpsync/sandbox/baseline.json").exists()


def interrupt(workspace: Workspace, at: int, times: int) -> None:
    creates: list[str] = []

    def press(method: str, path: str, phase: str) -> None:
        if (method, path, phase) == ("POST", "/articles", "before"):
            creates.append(path)
            if len(creates) == at:
                for _ in range(times):
                    os.kill(os.getpid(), signal.SIGINT)

    workspace.sandbox.on_request = press


def test_an_interrupted_push_says_how_much_is_left(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 20)
    interrupt(workspace, 3, 1)
    ran = workspace.push("--format", "json")
    left = sum(change["status"] == "skipped" for change in ran.json["changes"])
    assert ran.json["interrupted"] is True
    assert left > 0
    assert "not begun" not in ran.err
    assert f"interrupted: {left} changes left; the next push goes on from here" in ran.err


def test_an_interrupted_push_names_the_articles_that_wait_for_their_links(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "See [two](two.md).\n")
    workspace.article("a/two.md", "Two", "See [one](one.md).\n")
    interrupt(workspace, 2, 1)
    ran = workspace.push("--format", "json")
    assert ran.code == 130
    assert ran.json["relinks_left"] == [{"address": "a/one", "locales": ["en"]}]
    assert "not sent again for their links yet: a/one (en)" in ran.err
    workspace.sandbox.on_request = None
    assert workspace.push().code == 0
    assert workspace.push().writes == []


def test_a_second_interrupt_still_says_what_was_done_and_the_next_push_finishes(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 20)
    interrupt(workspace, 5, 2)
    ran = workspace.push("--format", "json")
    assert ran.code == 130
    statuses = [change["status"] for change in ran.json["changes"]]
    assert set(statuses) == {"applied", "skipped"}
    assert "changes left; the next push goes on from here" in ran.err
    assert not (workspace.root / ".helpsync/journal/sandbox.jsonl").exists()
    workspace.sandbox.on_request = None
    assert workspace.push().code == 0
    assert len(workspace.sandbox.articles()) == 20
    assert workspace.push().writes == []


def asked(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], str]) -> Ran:
    """Push as on a terminal, where the question is answered so."""
    with monkeypatch.context() as patch:
        patch.setattr("helpsync.cli.options.is_terminal", lambda _: True)
        patch.setattr("click.termui.visible_prompt_func", answer)
        return workspace("push", "--remote", "sandbox")


def test_on_a_terminal_a_push_shows_the_plan_and_asks(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    ran = asked(workspace, monkeypatch, lambda _: "n")
    assert (ran.code, ran.writes) == (1, [])
    assert "+ create    a/n0" in ran.err
    assert ran.err.endswith("nothing was sent\n")


def test_an_interrupt_at_the_question_ends_the_push(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)

    def press(_: str) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "y"

    ran = asked(workspace, monkeypatch, press)
    assert (ran.code, ran.writes) == (130, [])
    assert ran.err.endswith("interrupted\n")


def test_articles_sent_again_for_their_links_are_named(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "See [two](two.md).\n")
    workspace.article("a/two.md", "Two", "See [one](one.md).\n")
    assert "~ relink    a/one (en)\n" in workspace.push().out


def test_a_push_as_json_says_each_finished_change_on_stderr(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    assert workspace.push("--format", "json").err.splitlines() == [
        "[1/3] create a/",
        "[2/3] create a/n0",
        "[3/3] create a/n1",
    ]


def test_a_push_as_text_begins_with_how_much_there_is(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    assert workspace.push().err.splitlines()[0] == "3 changes to push"


def test_what_is_being_read_is_said_with_verbose_only_off_a_terminal(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 1)
    assert "reading" not in workspace.diff().err
    assert "reading the content tree\nreading sandbox\n" in workspace.diff("-v").err


def test_a_folder_that_cannot_be_written_stops_a_push_before_its_first_write(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    workspace.write(".helpsync/sandbox", "in the way")
    ran = workspace.push()
    assert (ran.code, ran.writes) == (1, [])
    assert ".helpsync/sandbox can't be written" in ran.err
    assert "bug" not in ran.err


def test_sources_that_cannot_be_kept_do_not_fail_a_push(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    workspace.write(".helpsync/sources", "in the way")
    ran = workspace.push()
    assert ran.code == 0
    assert "could not be stored for the next diff" in ran.err


def test_the_sandbox_has_one_baseline_served_or_not(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    monkeypatch.undo()
    monkeypatch.chdir(workspace.root)
    assert run(["push", "--remote", "sandbox", "--yes"]) == 0
    with (
        nullcontext(workspace.root / ".helpsync/sandbox/store.db") as store,
        running(SandboxSettings(store=store)) as (_, url),
    ):
        monkeypatch.setenv("HELPSYNC_BASE_URL", url)
        capsys.readouterr()
        assert run(["diff", "--remote", "sandbox"]) == 0
    assert capsys.readouterr().out == "nothing to do; 3 unchanged\n"
