"""The lease during a run: a failure of git is not taken for another run that took the lease."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from helpsync.baseline.folder import HelpsyncFolder
from helpsync.baseline.git_ref import Ref
from helpsync.baseline.git_store import GitStore
from helpsync.baseline.lease import Timing
from helpsync.errors import Exit, GitFailed
from helpsync.git import GitInterrupted, call
from runners import NEUTRAL, REF, at_write, git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runners import Office

pytestmark = pytest.mark.slow

_AWAY = "the git remote origin can't be read: no route to host"
OFTEN = Timing(renew_after=timedelta(milliseconds=1))


@pytest.fixture
def home(office: Office) -> Iterator[GitStore]:
    """Give the home of a checkout that renews all the time, in the real time."""
    one = office.first(1)
    (one.root / ".helpsync/journal").mkdir(parents=True)
    with patch.dict(os.environ, NEUTRAL):
        yield GitStore(HelpsyncFolder(one.root), "production", content="content", message=print, timing=OFTEN)


@pytest.mark.parametrize("error", [GitFailed("fork failed"), OSError("no space left"), ValueError("a bug")])
def test_after_a_failed_renewal_the_next_one_is_tried(
    home: GitStore, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, again = Ref.file, threading.Event()
    asked: list[bytes] = []
    died: list[object] = []

    def once(self: Ref, data: bytes) -> str:
        asked.append(data)
        if len(asked) == 1:
            raise error
        again.set()
        return real(self, data)

    monkeypatch.setattr(threading, "excepthook", died.append)
    with home.lock(), patch.object(Ref, "file", once):
        assert again.wait(60)
    assert (died, home.lock_lost) == ([], None)


def test_the_lease_is_renewed_even_if_the_baseline_cannot_be_built(office: Office) -> None:
    one = office.first()
    until = []

    def renew() -> None:
        office.later(2)
        office.homes[-1].checkpoint(_raising, lambda _: None)
        office.homes[-1].renew()
        until.append('"until": "2026-03-01T12:12:00' in office.held("lease.json"))

    at_write(office, 2, renew)
    assert one.push().code == Exit.OK
    assert until == [True]


def _raising() -> None:
    raise OSError("the journal can't be read")


def _cut_off(office: Office, act: Callable[[], object]) -> None:
    """Let git's next push arrive, but the answer of nothing."""
    real = Ref._ask

    def cut(self: Ref, *arguments: str) -> object:
        if arguments[0] == "push":
            real(self, *arguments)
        raise GitFailed(_AWAY)

    with patch.object(Ref, "_ask", cut):
        act()
    assert git(office.origin, "rev-parse", REF)


def test_a_renewal_whose_answer_was_lost_is_this_runs_own(office: Office) -> None:
    one = office.first(6)
    lost = []

    def renew() -> None:
        mine = office.homes[-1]
        office.later(2)
        before = git(office.origin, "rev-parse", REF)
        _cut_off(office, mine.renew)
        assert git(office.origin, "rev-parse", REF) != before
        office.later(2)
        mine.renew()
        lost.append(mine.lock_lost)

    at_write(office, 2, renew)
    assert one.push().code == Exit.OK
    assert lost == [None]
    assert "lease.json" not in office.names()


def test_a_saved_baseline_whose_answer_was_lost_is_this_runs_own(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = office.first()
    real = Ref.move
    cut: list[str] = []

    def move(self: Ref, old: str | None, new: str) -> None:
        real(self, old, new)
        if not cut and "baseline.json" in office.names():
            cut.append(new)
            monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-03-01T12:00:00Z")  # another second, so another commit
            raise GitFailed(_AWAY)

    with patch.object(Ref, "move", move):
        ran = one.push()
    assert (ran.code, len(cut)) == (Exit.OK, 1), ran.err
    assert not (one.root / ".helpsync/journal/production.jsonl").exists()


@pytest.mark.parametrize("number", [2, 3])
def test_a_late_lease_that_nobody_took_still_saves_the_baseline(office: Office, number: int) -> None:
    one = office.first(2)
    for here, there in ((0, 1), (1, 0)):  # so that one of both has to be sent again
        one.article(here, f"See [the other](n{there}.md).")
    one.commit("Link both")
    at_write(office, number, lambda: office.later(10))
    ran = one.push()
    assert ran.code == Exit.FAILED
    assert "could not be renewed, so nothing more is sent" in ran.err
    assert {"baseline.json"} == {name for name in office.names() if name in ("baseline.json", "lease.json")}
    assert not (one.root / ".helpsync/journal/production.jsonl").exists()
    assert one.push().code == Exit.OK
    assert office.titles() == ["Number 0", "Number 1"]


def test_a_late_renewal_that_succeeds_lets_the_push_go_on(office: Office) -> None:
    one = office.first()
    seen = []

    def late() -> None:
        mine = office.homes[-1]
        office.later(9.8)
        seen.append(mine.lock_lost is not None)
        mine.renew()
        seen.append(mine.lock_lost is not None)

    at_write(office, 2, late)
    assert one.push().code == Exit.OK
    assert seen == [True, False]


def test_the_end_of_a_push_does_not_wait_for_a_stuck_renewal(home: GitStore, office: Office) -> None:
    stuck, left, real = threading.Event(), threading.Event(), Ref.move

    def move(self: Ref, old: str | None, new: str) -> None:
        if threading.current_thread() is not threading.main_thread():
            stuck.set()
            assert left.wait(60)
        real(self, old, new)

    with patch.object(Ref, "move", move), patch("helpsync.baseline.lease_keeper._LEAVING_SECONDS", 0.01):
        with home.lock():
            assert stuck.wait(60)
        assert "lease.json" not in office.names()
        left.set()
    assert "lease.json" not in office.names()


def test_git_is_ended_when_its_run_ends(tmp_path: Path) -> None:
    over = threading.Event()
    ending = threading.Timer(0.05, over.set)
    ending.start()
    with pytest.raises(GitInterrupted):
        call(tmp_path, "-c", "alias.wait=!sleep 600", "wait", over=over)
    with pytest.raises(GitInterrupted):
        call(tmp_path, "version", over=over)
    ending.join()


def test_a_fetch_fails_once_its_run_ends(office: Office) -> None:
    one = office.first(1)
    over = threading.Event()
    ref = Ref(one.root, "production").until(over)
    assert ref.remote == "origin"
    over.set()
    with pytest.raises(GitFailed, match="git ls-remote was ended, because the run that called it ends"):
        ref.fetch()
