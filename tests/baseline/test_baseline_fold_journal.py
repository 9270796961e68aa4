"""The journal of an interrupted push: what of it counts, and the way out if it cannot be read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from helpsync.baseline import Baseline, LocaleRecord, Record
from helpsync.baseline.journal import Journal, PendingWrite, fold_journal, pending_writes
from helpsync.errors import ConfigError, Exit, WrongWorkspace

if TYPE_CHECKING:
    from pathlib import Path

START = Baseline("w", "u", "1")
RECORD = Record("article", "12", "3", {"fr": LocaleRecord(blob="b" * 40, pushed={"title": "t"})})
LATER = Record("article", "12", "4")
NEXT = Record("article", "12", "5")
HEAD = '{"format":"helpsync.journal/1","workspace":"w","base_url":"u","dialect":"1"}\n'
OUTCOME = '{"records":{"a":{"kind":"article","id":"12"}},"replaced":{"a":null},"heading_ids":null}\n'


def held(**records: Record) -> Baseline:
    return Baseline("w", "u", "1", records=records)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_an_outcome_counts_if_the_record_is_still_the_one_that_it_replaced(path: Path) -> None:
    with Journal(path) as journal:
        journal.begin(held(a=RECORD))
        journal.outcome({"a": LATER}, None)
        journal.outcome({"a": NEXT}, None)
    assert fold_journal(path, held(a=RECORD)) == held(a=NEXT)
    assert fold_journal(path, held(a=LATER)) == held(a=NEXT)
    assert fold_journal(path, held(a=NEXT)) == held(a=NEXT)


@pytest.mark.parametrize("moved_on", [Record("article", "12", "9"), Record("article", "77"), None])
def test_an_outcome_does_not_undo_what_another_runner_recorded_since(path: Path, moved_on: Record | None) -> None:
    with Journal(path) as journal:
        journal.begin(held(a=RECORD, b=RECORD))
        journal.outcome({"a": LATER}, None)
    baseline = Baseline("w", "u", "1", records={"a": moved_on} if moved_on else {})
    assert fold_journal(path, baseline) == baseline


def test_a_move_is_folded_whole_or_not_at_all(path: Path) -> None:
    with Journal(path) as journal:
        journal.begin(held(old=RECORD))
        journal.outcome({"new": LATER, "old": None}, None)
    assert fold_journal(path, held(old=RECORD)) == held(new=LATER)
    assert fold_journal(path, held(old=NEXT)) == held(old=NEXT)


def test_an_outdated_item_does_not_hide_others_of_the_same_write(path: Path) -> None:
    other = Record("article", "13")
    with Journal(path) as journal:
        journal.begin(START)
        journal.outcome({"a": RECORD, "b": other}, None)
    assert fold_journal(path, held(a=NEXT)) == held(a=NEXT, b=other)


def test_an_item_that_another_runner_recorded_elsewhere_is_not_recorded_twice(path: Path) -> None:
    with Journal(path) as journal:
        journal.begin(START)
        journal.outcome({"a": RECORD}, None)
    assert fold_journal(path, held(renamed=RECORD)) == held(renamed=RECORD)


def test_a_journal_of_an_older_version_is_read(path: Path) -> None:
    path.write_text(
        '{"workspace":"w","base_url":"u","dialect":"1"}\n{"intent":"a","action":"create"}\n'
        '{"records":{"a":{"kind":"article","id":"12"}},"heading_ids":"keep"}\n{"intent":"b","action":"create"}\n'
    )
    os.utime(path, (50, 1_000))
    assert fold_journal(path, None) == Baseline("w", "u", "1", "keep", {"a": Record("article", "12")})
    assert pending_writes(path, START) == {"b": PendingWrite("create", 1_000.0, 1, None)}


def test_a_write_without_an_outcome_is_pending(path: Path) -> None:
    now = [100.0]
    with Journal(path, lambda: now[0]) as journal:
        journal.begin(START)
        for address in ("a", "b", "c", "d"):
            journal.intent(address, "create", title=address.upper())
        journal.intent("e", "update")
        now[0] += 1
        journal.renew("b")  # within the time that a request takes
        now[0] += 9
        journal.renew("b")
        journal.outcome({"a": RECORD}, None)
        journal.settled("d")
        journal.settled("a")
    assert pending_writes(path, START) == {
        "b": PendingWrite("create", 110.0, 2, "B"),
        "c": PendingWrite("create", 100.0, 1, "C"),
        "e": PendingWrite("update", 100.0, 1, None),
    }


def test_a_create_that_a_later_push_settled_is_no_longer_pending(path: Path) -> None:
    for action in ("create", "update"):
        with Journal(path) as journal:
            journal.begin(START)
            journal.intent("a", action)
            if action == "update":
                journal.outcome({"a": RECORD}, None)
    assert pending_writes(path, START) == {}


def test_a_create_that_an_interrupted_later_push_settled_is_no_longer_pending(path: Path) -> None:
    with Journal(path) as journal:
        journal.begin(START)
        journal.intent("a", "create", title="A")
    with Journal(path) as journal:
        journal.begin(START)
        journal.carry_over(pending_writes(path, START))
        journal.settled("a")
        journal.outcome({"b": RECORD}, None)
    assert fold_journal(path, START) == held(b=RECORD)
    assert pending_writes(path, START) == {}


def test_a_finished_journal_keeps_only_writes_with_an_unknown_outcome(path: Path) -> None:
    with Journal(path, lambda: 100.0) as journal:
        journal.begin(START)
        journal.intent("a", "create", title="A")
        journal.intent("b", "create", title="B")
        journal.outcome({"a": RECORD}, None)
        journal.finish()
    assert pending_writes(path, START) == {"b": PendingWrite("create", 100.0, 1, "B")}
    assert fold_journal(path, START) == START
    with Journal(path) as journal:
        journal.begin(START)
        journal.intent("b", "create")
        journal.outcome({"b": RECORD}, None)
        journal.finish()
    assert not path.exists()


def test_a_line_that_cannot_be_written_leaves_no_half(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(path) as journal:
        journal.begin(START)
        whole = path.read_text()

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OSError, match=r"No space left on device.*journal\.jsonl"):
                journal.outcome({"a": RECORD}, None)
        assert path.read_text() == whole


@pytest.mark.parametrize("cut", range(1, len(OUTCOME)))
def test_a_journal_that_ends_in_the_middle_of_a_line_is_read_up_to_that_line(path: Path, cut: int) -> None:
    path.write_text(HEAD + OUTCOME + OUTCOME.replace('"a"', '"b"').replace("12", "13")[:-cut])
    found = fold_journal(path, START)
    assert found is not None
    assert set(found.records) == ({"a"} if cut > 1 else {"a", "b"})


@pytest.mark.parametrize("left", ["", '{"form', HEAD[:-4], "\0\0\0", HEAD])
def test_a_journal_from_which_nothing_can_be_lost_is_not_an_error(path: Path, left: str) -> None:
    path.write_text(left)
    assert fold_journal(path, START) == START
    assert pending_writes(path, START) == {}


@pytest.mark.parametrize(
    "text",
    [
        "not a journal\n",
        "[]\n",
        OUTCOME,
        HEAD + '{"records":{"a":{"ki\n' + OUTCOME,
        HEAD + "<<<<<<< HEAD\n" + OUTCOME,
        HEAD + "[" * 100_000 + "\n" + OUTCOME,
        HEAD + '{"records":[]}\n',
        HEAD + '{"records":{"a":0}}\n',
        HEAD + '{"records":{"a":{"kind":"poem","id":"1"}}}\n',
        HEAD + '{"records":{},"replaced":null}\n',
        HEAD + '{"records":{"a":{"kind":"article","id":"\\ud800"}}}\n' + OUTCOME,
        HEAD + '{"intent":"a","action":"create","at":1' + "0" * 400 + "}\n",
        '{"format":"helpsync.journal/1"}\n',
        '{"workspace":"w"}\n',
    ],
)
def test_a_damaged_journal_has_a_way_out(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(ConfigError, match="damaged") as caught:
        fold_journal(path, START, label="its name")
    assert caught.value.exit_code is Exit.USAGE
    assert "remove the file" in str(caught.value.hint)
    assert str(caught.value.location).startswith("its name:")


@pytest.mark.parametrize("form", ["helpsync.journal/2", "", 1, None, [], {}])
def test_a_journal_of_a_later_format_is_refused(path: Path, form: object) -> None:
    path.write_text(
        HEAD.replace('"helpsync.journal/1"', repr(form).replace("'", '"').replace("None", "null")) + OUTCOME
    )
    with pytest.raises(ConfigError, match="the format of the journal of an interrupted push is") as caught:
        fold_journal(path, START)
    assert "the version of helpsync that wrote it" in str(caught.value.hint)


def test_a_journal_of_another_workspace_has_a_way_out(path: Path) -> None:
    path.write_text(HEAD + OUTCOME)
    with pytest.raises(
        WrongWorkspace, match="belongs to workspace w at u, but the baseline belongs to other at u"
    ) as caught:
        fold_journal(path, Baseline("other", "u", "1"))
    assert caught.value.exit_code is Exit.USAGE
    path.write_text(HEAD + '{"intent":"a","action":"create"}\n')
    with pytest.raises(WrongWorkspace):
        pending_writes(path, Baseline("w", "elsewhere", "1"))


def test_a_journal_that_cannot_be_read_has_a_way_out(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ConfigError, match="the journal of an interrupted push can't be read: Is a directory") as caught:
        fold_journal(path, START)
    assert "remove" in str(caught.value.hint)
