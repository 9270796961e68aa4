"""The lease: one runner at a time, and an interrupted one blocks nobody for long."""

from __future__ import annotations

import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING
from unittest.mock import patch

import httpx
import pytest

from helpsync.baseline.folder import HelpsyncFolder
from helpsync.baseline.git_store import GitStore
from helpsync.baseline.lease import LASTS, Timing, whoami
from helpsync.baseline.lease_keeper import LeaseKeeper
from helpsync.errors import Exit
from runners import CONFIG, NEUTRAL, REF, at_write, git

if TYPE_CHECKING:
    from runners import Office, Runner

pytestmark = pytest.mark.slow


def test_a_second_runner_sees_who_pushes_since_when_and_what_to_do(office: Office) -> None:
    one, two = office.first(), office.clone("two")
    seen = []
    at_write(office, 2, lambda: seen.append(two.push()))
    assert one.push().code == Exit.OK
    second = seen[0]
    assert (second.code, second.calls) == (Exit.FAILED, [])
    told = r"a push to production is under way: \S+@\S+, process \d+, since 2026-03-01 \S+ \S+, until 2026-03-01 "
    assert re.search(told, second.err)
    assert "`helpsync unlock --remote production` ends its lease" in second.err
    assert len(office.sandbox.articles()) == 3
    after = two.push()
    assert (after.code, after.writes) == (Exit.OK, [])


def test_a_diff_works_while_another_runner_pushes(office: Office) -> None:
    one, two = office.first(), office.clone("two")
    seen = []
    at_write(office, 2, lambda: seen.append(two("diff")))
    assert one.push().code == Exit.OK
    assert seen[0].code == Exit.OK


def test_in_ci_the_holder_is_the_run() -> None:
    run = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/help", "GITHUB_RUN_ID": "7"}
    assert whoami(run) == "https://github.com/acme/help/actions/runs/7"
    again = {**run, "GITHUB_SERVER_URL": "https://git.acme.example", "GITHUB_RUN_ATTEMPT": "2"}
    assert whoami(again) == "https://git.acme.example/acme/help/actions/runs/7/attempts/2"
    assert whoami({"CI_JOB_URL": "https://gitlab.example/job/1"}) == "https://gitlab.example/job/1"
    assert "@" in whoami({})


def test_a_fresh_clone_finishes_what_a_killed_runner_began_once_its_lease_is_over(office: Office) -> None:
    one = office.first(6)
    assert one.killed(3).code is None
    assert len(office.sandbox.articles()) == 2
    two = office.clone("two")
    waiting = two.push()
    assert (waiting.code, waiting.calls) == (Exit.FAILED, [])
    office.later(10)
    ran = two.push()
    assert ran.code == Exit.OK
    assert re.search(
        r"taking over from an interrupted push: \S+@\S+, process \d+, since .*; its lease ended at ", ran.err
    )
    assert office.titles() == [f"Number {number}" for number in range(6)]
    assert len(ran.writes) == 4
    assert "lease.json" not in office.names()
    assert two.push().writes == []


def test_the_checkout_of_a_killed_runner_does_not_wait(office: Office) -> None:
    one = office.first(6)
    one.killed(3)
    ran = one.push()
    assert (ran.code, len(ran.writes)) == (Exit.OK, 4)
    assert "it was this checkout's own" in ran.err
    assert len(office.sandbox.articles()) == 6


def test_a_copy_of_a_checkout_does_not_take_the_lease_for_its_own(office: Office) -> None:
    one = office.first(6)
    one.killed(3)
    copy = replace(one, root=one.root.with_name("copy"))
    shutil.copytree(one.root, copy.root)
    ran = copy.push()
    assert (ran.code, ran.calls) == (Exit.FAILED, [])
    assert "a push to production is under way" in ran.err
    # As in another container, which has its copy at the same path.
    shutil.rmtree(one.root)
    copy.root.rename(one.root)
    ran = one.push()
    assert (ran.code, ran.calls) == (Exit.FAILED, [])


def test_each_renewal_saves_what_was_done_so_far(office: Office) -> None:
    one = office.first(6)
    at = []

    def renew() -> None:
        office.later(2)
        office.homes[-1].renew()
        at.append(json.loads(office.held("baseline.json"))["addresses"])
        at.append(json.loads(office.held("lease.json"))["until"])

    at_write(office, 7, renew)
    assert one.push().code == Exit.OK
    assert len(at[0]) == 6
    assert at[1] == "2026-03-01T12:12:00+00:00"
    assert len(json.loads(office.held("baseline.json"))["addresses"]) == 7


def test_the_background_renews_four_times_before_a_lease_is_over(office: Office) -> None:
    timing = Timing()
    assert timing.renew_after * 5 <= LASTS
    one = office.first(1)
    (one.root / ".helpsync/journal").mkdir(parents=True)
    renewed = Event()
    with patch.dict(os.environ, NEUTRAL):
        often = replace(timing, renew_after=timedelta(milliseconds=1))
        home = GitStore(HelpsyncFolder(one.root), "production", content="content", message=print, timing=often)
        with home.lock(), patch.object(LeaseKeeper, "renew", lambda _: renewed.set()):
            assert renewed.wait(60)
        assert home.lock_lost is None
    assert "lease.json" not in office.names()


def test_a_push_whose_lease_another_took_stops_before_its_next_write(office: Office) -> None:
    one, two = office.first(6), office.clone("two")

    def lose() -> None:
        mine = office.homes[-1]
        assert two("unlock", "--yes").code == Exit.OK
        mine.renew()

    at_write(office, 2, lose)
    ran = one.push("--format", "json")
    assert ran.code == Exit.FAILED
    assert re.search(r"the lease on production was ended by \S+@\S+, so nothing more is sent", ran.err)
    assert "run push here again" in ran.err
    statuses = [change["status"] for change in ran.json["changes"]]
    assert statuses.count("applied") == len(ran.writes) < 7
    assert "skipped" in statuses
    again = one.push()
    assert (again.code, len(again.writes)) == (Exit.OK, 7 - len(ran.writes))
    assert len(office.sandbox.articles()) == 6


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_is_not_sent_again_once_the_lease_is_lost(office: Office, method: str) -> None:
    office.config = f"{CONFIG}on_remove: delete\n"
    one, two = office.first(2), office.clone("two")
    if method != "POST":
        assert one.push().code == Exit.OK
        one.article(0, "Revised.") if method == "PUT" else one.git("rm", "-q", "content/a/n0.md")
        one.commit("Revise")
    sent: list[str] = []

    class Lossy(httpx.AsyncBaseTransport):
        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self.inner = inner

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method != method or not request.url.path.startswith("/articles"):
                return await self.inner.handle_async_request(request)
            sent.append(request.url.path)
            with ThreadPoolExecutor(1) as aside:
                aside.submit(lose).result()
            raise httpx.ReadTimeout("timed out", request=request)

    def lose() -> None:
        mine = office.homes[-1]
        assert two("unlock", "--yes").code == Exit.OK
        mine.renew()

    office.transport = Lossy
    ran = one.push("--allow-remove", "1")
    assert (ran.code, len(sent)) == (Exit.FAILED, 1)
    assert "so nothing more is sent" in ran.err


def test_a_lost_lease_names_its_new_holder(office: Office) -> None:
    one, two = office.first(6), office.clone("two")
    two.write(".helpsync/journal/production.lock", "")
    said: list[str] = []

    def lose() -> None:
        mine = office.homes[-1]
        office.later(11)
        office.home(HelpsyncFolder(two.root), "production", content="content", message=said.append)._take_lease(
            for_push=True
        )
        mine.renew()

    at_write(office, 2, lose)
    ran = one.push()
    assert ran.code == Exit.FAILED
    assert said[0].startswith("taking over from an interrupted push")
    assert re.search(r"the lease on production was taken over by \S+, process \d+, since 2026-03-01 ", ran.err)


@pytest.mark.parametrize("minutes", [9.5, 10, 600])
def test_a_push_that_cannot_renew_in_time_stops_by_itself(office: Office, minutes: float) -> None:
    one = office.first(6)
    at_write(office, 2, lambda: office.later(minutes))
    ran = one.push()
    assert ran.code == Exit.FAILED
    assert re.search(r"the lease on production ends at \S+ \S+ \S+ and could not be renewed, so nothing more", ran.err)
    assert len(ran.writes) < 7
    assert one.push().code == Exit.OK
    assert len(office.sandbox.articles()) == 6


def test_a_renewal_that_cannot_reach_git_is_tried_again(office: Office) -> None:
    one = office.first()
    away = office.origin.with_name("away.git")
    seen: list[object] = []

    def renew() -> None:
        mine = office.homes[-1]
        office.later(2)
        office.origin.rename(away)
        mine.renew()
        seen.append(mine.lock_lost)
        away.rename(office.origin)
        office.later(2)
        mine.renew()
        seen.append(json.loads(office.held("lease.json"))["until"])

    at_write(office, 3, renew)
    assert one.push().code == Exit.OK
    assert seen == [None, "2026-03-01T12:14:00+00:00"]


def test_the_journal_stays_if_the_ref_was_moved_at_the_end(office: Office) -> None:
    one, two = office.first(), office.clone("two")
    at_write(office, 4, lambda: two("unlock", "--yes"))
    ran = one.push()
    assert ran.code == Exit.FAILED
    assert "4 applied" in ran.out
    assert "what was done is in the journal of this checkout" in ran.err
    journal = one.root / ".helpsync/journal/production.jsonl"
    assert journal.exists()
    assert "baseline.json" not in office.names()
    again = one.push()
    assert (again.code, again.writes) == (Exit.OK, [])
    assert len(json.loads(office.held("baseline.json"))["addresses"]) == 4
    assert not journal.exists()


def test_another_runner_may_have_pushed_before_the_journal_is_folded(office: Office) -> None:
    one = office.first()
    one.push()
    one.article(0, "From the first one.")
    one.commit("Edit")
    one.git("push", "-q", "origin", "HEAD:main")
    two = office.clone("two")
    at_write(office, 1, lambda: two("unlock", "--yes"))
    assert one.push().code == Exit.FAILED
    office.later(3)
    two.article(0, "From the other one.")
    two.article(1, "From the other one.")
    two.commit("Edit")
    two.git("push", "-q", "origin", "HEAD:main")
    assert two("push", "--yes", "--overwrite-remote", "a/n0").code == Exit.OK
    one.git("pull", "-q", "origin", "main")
    again = one.push()
    assert (again.code, again.writes) == (Exit.OK, [])
    assert sum("From the other one" in article["body"] for article in office.sandbox.articles()) == 2


@pytest.mark.parametrize("arguments", [(), ("--allow-remove", "x")])
def test_a_push_that_ends_early_gives_the_lease_back(office: Office, arguments: tuple[str, ...]) -> None:
    one = office.first()
    one.push()
    office.environ["INTERCOM_ACCESS_TOKEN"] = ""
    ran = one.push(*arguments)
    assert ran.code == Exit.USAGE
    assert "lease.json" not in office.names()


def test_two_pushes_in_one_checkout_are_kept_apart_without_git(office: Office) -> None:
    one = office.first()
    seen = []
    at_write(office, 1, lambda: seen.append(one.push()))
    assert one.push().code == Exit.OK
    assert "a push to production is under way in this checkout: process " in seen[0].err


def test_unlock_shows_the_holder_and_ends_the_lease(office: Office) -> None:
    one, two = office.first(6), office.clone("two")
    one.killed(2)
    asked = two("unlock")
    assert asked.code == Exit.USAGE
    assert "give --yes" in asked.err
    ran = two("unlock", "--yes", "--now")
    assert (ran.code, ran.out) == (Exit.OK, "unlocked production\n")
    assert re.search(r"a push to production has the lock: \S+@\S+, process \d+, since ", ran.err)
    assert git(office.origin, "log", "-1", "--format=%s", REF).startswith("production: unlocked by ")
    assert two.push().code == Exit.OK
    assert len(office.sandbox.articles()) == 6


def test_unlock_says_when_nothing_is_locked(office: Office) -> None:
    one = office.first()
    assert one("unlock").out == "no push to production has a lock\n"
    one.push()
    ran = one("unlock")
    assert (ran.code, ran.out) == (Exit.OK, "no push to production has a lock\n")


def test_after_an_unlock_others_wait_for_what_the_holder_may_have_in_flight(office: Office) -> None:
    one, two = office.first(6), office.clone("two")
    seen = []

    def end() -> None:
        unlocked = two("unlock", "--yes")
        until = "2026-03-01 12:03:00 +0000"
        assert (unlocked.code, unlocked.out) == (Exit.OK, f"unlocked production: the next push may begin at {until}\n")
        office.later(1)
        assert two("unlock", "--yes").out == unlocked.out
        seen.append(two.push())
        office.homes[0].renew()

    at_write(office, 3, end)
    assert one.push().code == Exit.FAILED
    waiting = seen[0]
    assert (waiting.code, waiting.calls) == (Exit.FAILED, [])
    assert re.search(
        r"was ended, and what it had in flight may still arrive: \S+, process .*, ended by \S+@", waiting.err
    )
    assert "others wait until 2026-03-01 12:03:00" in waiting.err
    assert "`helpsync unlock --remote production --now` ends the wait" in waiting.err
    office.later(2)
    ran = two.push()
    assert ran.code == Exit.OK
    assert re.search(
        r"taking over from an interrupted push: .*; its lease was ended by \S+ at 2026-03-01 12:00:00", ran.err
    )
    assert office.titles() == [f"Number {number}" for number in range(6)]


def test_unlock_now_ends_that_wait(office: Office) -> None:
    one, two = office.first(), office.clone("two")
    one.killed(2)
    two("unlock", "--yes")
    office.environ["HELPSYNC_NOW"] = "1"
    assert two("unlock", "--yes").out == "unlocked production\n"
    del office.environ["HELPSYNC_NOW"]
    assert two.push().code == Exit.OK


def test_nobody_waits_if_the_push_was_interrupted_in_this_checkout(office: Office) -> None:
    one, two = office.first(), office.clone("two")
    one.killed(2)
    assert one("unlock", "--yes").out == "unlocked production\n"
    one.killed(2)
    two("unlock", "--yes")
    assert one.push().code == Exit.OK


def test_an_unreadable_end_of_a_lease_is_damage(office: Office) -> None:
    one = office.first()
    one.killed(2)
    lease = json.loads(office.held("lease.json"))
    for ended in ({}, 1, {"id": "x", "by": "me", "at": "2026-03-01T12:00:00"}):
        break_file(office, "lease.json", json.dumps({**lease, "ended": ended}))
        assert "the lease is damaged" in one.push().err


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"format": "helpsync.lease/9"}, "format is 'helpsync.lease/9', not one of helpsync.lease/1"),
        ({"id": None}, "id is missing"),
        ({"holder": 1}, "holder is not text"),
        ({"process": "7"}, "process is not a count"),
        ({"since": None}, "since is missing"),
        ({"until": 1}, "until is not text"),
        ({"until": "2026-03-01T12:00:00"}, "until is a time without its offset"),
        ({"ended": {"id": "x", "by": 1, "at": "now"}}, "ended.by is not text"),
    ],
)
def test_a_lease_with_a_missing_or_wrong_part_is_damaged(
    office: Office, wrong: dict[str, object], message: str
) -> None:
    one = office.first(1)
    one.killed(1)
    lease = {**json.loads(office.held("lease.json")), **wrong}
    break_file(office, "lease.json", json.dumps({key: part for key, part in lease.items() if part is not None}))
    ran = one.push()
    assert (ran.code, ran.calls) == (Exit.USAGE, [])
    assert f"the lease is damaged: {message}\n" in ran.err
    assert "hint: `helpsync unlock` removes it" in ran.err


def test_the_name_of_a_holder_cannot_control_a_terminal(office: Office) -> None:
    one, two = office.first(), office.clone("two")
    office.environ["CI_JOB_URL"] = "https://ci\x1b]0;owned\x07\x1b[2J\u202e"
    one.killed(1)
    ran = two("unlock", "--yes"), two.push()
    for err in (ran[0].err, ran[1].err):
        assert "https://ci\N{REPLACEMENT CHARACTER}]0;owned" in err
        assert "owned\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}, process " in err
        assert not {"\x1b", "\x07", "\u202e"} & set(err)


def test_unlock_does_not_end_a_lease_renewed_since_it_was_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = office.first(), office.clone("two")
    seen = []

    def renewed(runner: Runner) -> None:
        mine = office.homes[-1]
        held_by = GitStore.locked_by

        def shown(home: GitStore) -> str | None:
            holder = held_by(home)
            mine.renew()
            return holder

        monkeypatch.setattr(GitStore, "locked_by", shown)
        seen.append(runner("unlock", "--yes"))

    at_write(office, 1, lambda: renewed(two))
    assert one.push().code == Exit.OK
    assert seen[0].code == Exit.FAILED
    assert "was renewed or taken right now, so its holder still runs" in seen[0].err


def test_unlock_removes_a_lease_that_cannot_be_read(office: Office) -> None:
    one = office.first()
    one.push()
    break_file(office, "lease.json", "{")
    locked = one.push()
    assert (locked.code, locked.calls) == (Exit.USAGE, [])
    assert "refs/helpsync/production:lease.json: error: the lease is damaged" in locked.err
    assert one("unlock", "--yes").code == Exit.OK
    assert one.push().code == Exit.OK


def break_file(office: Office, name: str, text: str) -> None:
    """Commit another text of a file of the ref."""
    blob = git(office.origin, "hash-object", "-w", "--stdin", given=text)
    kept = [line for line in git(office.origin, "ls-tree", REF).splitlines() if not line.endswith(f"\t{name}")]
    tree = git(office.origin, "mktree", given="\n".join([*kept, f"100644 blob {blob}\t{name}"]) + "\n")
    git(office.origin, "update-ref", REF, git(office.origin, "commit-tree", tree, "-p", REF, "-m", "broken"))
