"""The journal: what an interrupted push had done comes into the baseline, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from helpsync.baseline import Baseline, LocaleRecord, Record
from helpsync.baseline.journal import Journal, fold_journal, pending_writes

if TYPE_CHECKING:
    from pathlib import Path

RECORD = Record("article", "12", "3", {"fr": LocaleRecord(blob="b" * 40, pushed={"title": "t"})})
OTHER = Record("article", "13")


def test_a_journal_left_behind_is_folded_into_the_baseline(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    start = Baseline("w", "u", "1")
    with Journal(path) as journal:
        journal.begin(replace(start, records={"old": RECORD}))
        journal.intent("a", "move")
        journal.outcome({"a": RECORD, "old": None}, "renew")
    found = fold_journal(path, Baseline("w", "u", "1", records={"old": RECORD}))
    assert found == Baseline("w", "u", "1", "renew", {"a": RECORD})


def test_swapped_addresses_are_folded_together(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    start = Baseline("w", "u", "1", records={"a": RECORD, "b": OTHER})
    with Journal(path) as journal:
        journal.begin(start)
        journal.outcome({"a": OTHER, "b": RECORD}, None)
    found = fold_journal(path, start)
    assert found is not None
    assert found.records == {"a": OTHER, "b": RECORD}


def test_a_journal_becomes_a_baseline_if_there_is_none_yet(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.begin(Baseline("w", "u", "1"))
        journal.outcome({"a": RECORD}, None)
    assert fold_journal(path, None) == Baseline("w", "u", "1", None, {"a": RECORD})


def test_a_line_cut_off_by_a_crash_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.begin(Baseline("w", "u", "1"))
        journal.outcome({"a": RECORD}, None)
    with path.open("a") as file:
        file.write('{"records":{"b":{"ki')
    assert fold_journal(path, None) == Baseline("w", "u", "1", None, {"a": RECORD})


def test_a_push_without_outcomes_to_another_workspace_hides_nothing_after_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    start = Baseline("w", "u", "1")
    with Journal(path) as journal:
        journal.begin(Baseline("other", "u", "1"))
        journal.intent("theirs", "update")
        journal.begin(start)
        journal.outcome({"ours": RECORD}, None)
    assert fold_journal(path, start) == Baseline("w", "u", "1", None, {"ours": RECORD})


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c", "\r"])
def test_a_character_that_only_looks_like_the_end_of_a_line_loses_no_outcome(tmp_path: Path, character: str) -> None:
    path = tmp_path / "journal.jsonl"
    record = Record("article", "12", None, {"fr": LocaleRecord(pushed={"author": f"A{character}B"})})
    with Journal(path) as journal:
        journal.begin(Baseline("w", "u", "1"))
        journal.outcome({"a": record}, None)
    assert fold_journal(path, None) == Baseline("w", "u", "1", None, {"a": record})


def test_lines_after_one_that_was_cut_off_are_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    start = Baseline("w", "u", "1")
    path.write_text('{"workspace":"w","base_url":"u","dialect":"1"}\n{"intent":"a","act', encoding="utf-8")
    with Journal(path) as journal:
        journal.begin(start)
        journal.outcome({"a": RECORD}, None)
    assert fold_journal(path, start) == Baseline("w", "u", "1", None, {"a": RECORD})


def test_a_later_outcome_of_an_address_replaces_the_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    later = Record("article", "12", "4")
    with Journal(path) as journal:
        journal.begin(Baseline("w", "u", "1"))
        journal.outcome({"a": RECORD, "b": OTHER}, None)
        journal.outcome({"a": later, "b": None}, None)
        journal.outcome({"b": OTHER}, None)
    assert fold_journal(path, None) == Baseline("w", "u", "1", None, {"a": later, "b": OTHER})


@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_pending_writes_carried_over_keep_their_values(tmp_path: Path, action: str) -> None:
    path = tmp_path / "journal.jsonl"
    start = Baseline("w", "u", "1")
    with Journal(path, lambda: 1e9) as journal:
        journal.begin(start)
        journal.intent("a", action, title="T")
        journal.intent("a", action, title="T")
    begun = pending_writes(path, start)
    with Journal(path, lambda: 2e9) as journal:
        journal.begin(start)
        journal.carry_over(begun)
        journal.finish()
    assert pending_writes(path, start) == begun
    assert begun["a"].action == action
