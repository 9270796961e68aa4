"""The baseline in a file: what is written comes back, and damage has a clear way out."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.baseline import Baseline, LocaleRecord, Record
from helpsync.baseline.codec import JsonObject, record_from_json, record_to_json
from helpsync.baseline.store import read_baseline, write_baseline
from helpsync.errors import ConfigError
from helpsync.locales import LOCALES

if TYPE_CHECKING:
    from pathlib import Path

WORDS = st.text(max_size=8)
MAPS = st.dictionaries(WORDS, WORDS, max_size=3)
LOCALE_RECORDS = st.builds(
    LocaleRecord,
    blob=st.none() | st.from_regex(r"[0-9a-f]{40}", fullmatch=True),
    pushed=MAPS,
    remote=MAPS,
    stored_digest=st.none() | WORDS.filter(bool),
    url=st.none() | WORDS.filter(bool),
    links=st.lists(WORDS, max_size=3).map(tuple),
    anchors=MAPS,
    images=MAPS,
    removed=st.booleans(),
    prior_state=st.none() | st.sampled_from(["draft", "published"]),
    dialect=st.none() | WORDS.filter(bool),
)
RECORDS = st.builds(
    Record,
    kind=st.sampled_from(["article", "collection", "section"]),
    id=WORDS,
    parent=st.none() | WORDS,
    locales=st.dictionaries(st.sampled_from(sorted(LOCALES)), LOCALE_RECORDS, max_size=3),
    removed=st.booleans(),
)
RECORD = Record("article", "12", "3", {"fr": LocaleRecord(blob="b" * 40, pushed={"title": "t"})})
OTHER = Record("article", "13")


@given(RECORDS)
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    assert record_from_json(JsonObject(record_to_json(record))) == record


def test_the_same_baseline_is_the_same_bytes_one_address_a_line(tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    write_baseline(one, Baseline("w", "u", "1", records={"b": OTHER, "a": RECORD}))
    write_baseline(two, Baseline("w", "u", "1", records={"a": RECORD, "b": OTHER}))
    assert one.read_bytes() == two.read_bytes()
    assert [line[:3] for line in one.read_text().splitlines() if line.startswith(('"a"', '"b"'))] == ['"a"', '"b"']
    assert read_baseline(one, label="one.json") == Baseline("w", "u", "1", records={"a": RECORD, "b": OTHER})


def test_a_missing_baseline_is_none(tmp_path: Path) -> None:
    assert read_baseline(tmp_path / "x.json", label="x.json") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "the baseline is not JSON"),
        ('<<<<<<< HEAD\n"a": 1\n=======\n>>>>>>> x\n', "the baseline has conflict markers of a merge"),
        ('{"format": "helpsync.baseline/9"}', "the baseline's format is 'helpsync.baseline/9'"),
        ("[]", "the baseline is damaged: it is not an object"),
        (
            '{"format":"helpsync.baseline/1","workspace":"w","base_url":"u","dialect":"1","addresses":{"a":{}}}',
            "the baseline is damaged: addresses.a.kind is missing",
        ),
        ('{"format":"helpsync.baseline/1","workspace":"w"}', "the baseline is damaged: base_url is missing"),
        ("null", "the baseline is damaged: it is not an object"),
        ("{}", "the baseline is damaged: format is missing"),
        ("[" * 100_000, "the baseline is not JSON"),
        ('{"format":"\\ud800"}', "the baseline is not JSON"),
        (
            '{"format":"helpsync.baseline/1","workspace":7,"addresses":{}}',
            "the baseline is damaged: workspace is not text",
        ),
        (
            '{"format":"helpsync.baseline/1","addresses":{"a/b":{"id":"1"},"a/b":{"id":"2"}}}',
            "the baseline is damaged: it has “a/b” twice",
        ),
    ],
)
def test_a_damaged_baseline_is_one_clear_message_with_a_way_out(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_baseline(path, label="b.json")
    assert message in caught.value.message
    assert caught.value.location is not None
    assert caught.value.hint


@pytest.mark.parametrize(("data", "why"), [(b"\xff\xfe", "it is not UTF-8"), (None, os.strerror(errno.EISDIR))])
def test_a_baseline_that_cannot_be_read_has_a_way_out(tmp_path: Path, data: bytes | None, why: str) -> None:
    path = tmp_path / "b.json"
    if data is None:
        path.mkdir()
    else:
        path.write_bytes(data)
    with pytest.raises(ConfigError, match=f"the baseline can't be read: {why}$") as caught:
        read_baseline(path, label="b.json")
    assert caught.value.hint == "bring the last good one back: git checkout -- b.json"


def test_two_addresses_of_one_item_are_named_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    write_baseline(path, Baseline("w", "u", "1", records={"new": RECORD, "old": RECORD}))
    with pytest.raises(ConfigError) as caught:
        read_baseline(path, label="b.json")
    assert caught.value.message == "the baseline is damaged: new and old both have article 12"
    assert caught.value.hint == "keep the line of the address that the content tree has, remove the other"


@pytest.mark.parametrize("other", [Record("section", "12"), Record("article", "12", removed=True)])
def test_a_tombstone_or_another_kind_may_have_the_same_id(tmp_path: Path, other: Record) -> None:
    path = tmp_path / "b.json"
    baseline = Baseline("w", "u", "1", records={"new": RECORD, "old": other})
    write_baseline(path, baseline)
    assert read_baseline(path, label="b.json") == baseline


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_an_unchanged_baseline_is_not_written_again(tmp_path: Path, line_end: str) -> None:
    path = tmp_path / "b.json"
    write_baseline(path, Baseline("w", "u", "1", records={"a": RECORD}))
    path.write_bytes(path.read_bytes().replace(b"\n", line_end.encode()))  # as git checks it out on Windows
    before = (path.stat().st_ino, path.read_bytes())
    write_baseline(path, Baseline("w", "u", "1", records={"a": RECORD}))
    assert (path.stat().st_ino, path.read_bytes()) == before
    write_baseline(path, Baseline("w", "u", "1"))
    assert path.read_bytes() != before[1]


@pytest.mark.parametrize("blob", ["", "b", "B" * 40, "../" * 13 + "x", "--batch", "b" * 40 + "\n", "b" * 41])
def test_a_blob_that_is_not_an_id_of_git_is_damage(tmp_path: Path, blob: str) -> None:
    path = tmp_path / "b.json"
    write_baseline(path, Baseline("w", "u", "1", records={"a": RECORD}))
    path.write_text(path.read_text().replace(json.dumps("b" * 40), json.dumps(blob)))
    with pytest.raises(ConfigError) as caught:
        read_baseline(path, label="b.json")
    place = "addresses.a.locales.fr.blob"
    assert caught.value.message == f"the baseline is damaged: {place} is {blob!r}, not git's id of a file"
    assert caught.value.hint == "bring the last good one back: git checkout -- b.json"
