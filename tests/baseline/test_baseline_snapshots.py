"""What pushes overwrite is stored whole, found again, and pruned in time."""

from __future__ import annotations

import json
import os
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.baseline import DataError, JsonObject, parse_object
from helpsync.baseline import snapshots as kept
from helpsync.baseline.folder import file_lock, lock_holder, write_whole
from helpsync.baseline.snapshots import Snapshot, SnapshotStore, snapshot_from_json, snapshot_to_json
from helpsync.errors import HelpsyncError, Locked
from helpsync.model import Article, Collection, Label, Translation

if TYPE_CHECKING:
    from pathlib import Path

HEAD = {"command": "push", "workspace": "w", "base_url": "b"}
DAY = 86400.0

said = st.none() | st.text(max_size=20)
translations = st.builds(
    Translation,
    locale=st.just("en"),
    title=st.text(),
    description=said,
    state=st.sampled_from([None, "draft", "published"]),
    author=said,
    html=said,
    url=said,
    updated_at=st.none() | st.integers(),
)
items = st.one_of(
    st.builds(
        Article,
        st.fixed_dictionaries({"en": translations}, optional={"fr": translations}).map(
            lambda texts: {
                locale: Translation(
                    locale, text.title, text.description, text.state, text.author, None, text.html, None, text.url
                )
                for locale, text in texts.items()
            }
        ),
        id=said,
        parent_id=said,
        parent_kind=st.sampled_from([None, "collection", "section"]),
    ),
    st.builds(
        Collection,
        st.just({"en": Label("en", "Name", "Said")}),
        kind=st.sampled_from(["collection", "section"]),
        id=said,
        parent_id=said,
        help_center_id=said,
        url=said,
        updated_at=st.none() | st.integers(),
    ),
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> SnapshotStore:
    return SnapshotStore(tmp_path / "kept", label="kept", now=clock)


def article(text: str) -> Snapshot:
    return Snapshot(Article({"en": Translation("en", "Title", html=text)}, id="1"))


def push(store: SnapshotStore, text: str) -> str:
    """Note a run that overwrote an article with this text; return the name of the snapshot."""
    notes = store.start_run(HEAD)
    name = store.save(article(text))
    notes.add(note(form=name))
    return name


def note(**more: Any) -> dict[str, Any]:
    fields = {"action": "update", "fields": {"en": ["body"]}}
    return {"address": "a/one", "kind": "article", "id": "1", **fields, **more}


def texts(store: SnapshotStore) -> list[str | None]:
    snapshots = [store.load(each.snapshot) for run in store.runs("w", "b") for each in run.overwrites]
    return [snapshot.item.texts["en"].html if snapshot else None for snapshot in snapshots]  # type: ignore[union-attr]  # all articles


def aged(store: SnapshotStore) -> None:
    """Let all that is kept be two days older on the disk."""
    for path in store.folder.glob("objects/*/*"):
        age = path.stat().st_mtime - 2 * DAY
        os.utime(path, (age, age))


@given(items)
def test_an_item_comes_back_as_it_was(item: Article | Collection) -> None:
    snapshot = Snapshot(item, {"en": {"/path": "sha256:1"}})
    assert snapshot_from_json(parse_object(json.dumps(snapshot_to_json(snapshot)))) == snapshot


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "page"},
        {"locales": {}},
        {"locales": {"en": {"html": "x"}}},
        {"locales": {"en": {"title": 1}}},
        {"locales": {"en": {"title": "x", "state": "gone"}}},
        {"locales": []},
        {"parent_id": 7},
    ],
)
def test_a_damaged_snapshot_is_not_read(store: SnapshotStore, change: dict[str, Any]) -> None:
    value = JsonObject({**snapshot_to_json(article("text")), **change})
    with pytest.raises(DataError):
        snapshot_from_json(value)


def test_the_same_text_is_stored_once(store: SnapshotStore) -> None:
    names = {push(store, "same") for _ in range(3)}
    assert len(names) == 1
    assert len(list(store.folder.glob("objects/*/*"))) == 1
    assert texts(store) == ["same"] * 3


def test_lone_surrogates_and_line_separators_are_stored(store: SnapshotStore) -> None:
    push(store, "a\u2028b\ud800c")
    assert texts(store) == ["a\u2028b\ud800c"]


def test_a_run_without_a_note_leaves_nothing(store: SnapshotStore) -> None:
    store.start_run(HEAD).finish()
    assert not store.folder.exists()
    assert store.runs("w", "b") == ()


def test_runs_against_another_workspace_or_server_are_not_listed(store: SnapshotStore) -> None:
    push(store, "text")
    assert store.runs("other", "b") == ()
    assert store.runs("w", "other") == ()
    assert len(store.runs(None, "b")) == 1


def test_a_line_cut_off_by_an_interrupted_run_does_not_damage_the_next(store: SnapshotStore) -> None:
    push(store, "one")
    index = store.folder / "index.jsonl"
    index.write_bytes(index.read_bytes()[:-9])
    push(store, "two")
    assert texts(store) == ["two"]
    assert len(store.runs("w", "b")) == 2


@pytest.mark.parametrize(
    "line",
    ["[]", "{}", '{"run":"x"}', '{"run":["x"],"command":"push"}', "\x00", '{"run":"x","at":"no","command":"push"}'],
)
def test_a_damaged_line_is_skipped(store: SnapshotStore, line: str) -> None:
    push(store, "one")
    index = store.folder / "index.jsonl"
    index.write_text(line + "\n" + index.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    assert texts(store) == ["one"]
    store.prune()
    assert texts(store) == ["one"]


def test_a_snapshot_that_was_changed_on_disk_is_not_read(store: SnapshotStore) -> None:
    name, other = push(store, "one"), push(store, "two")
    path = store.folder / "objects" / name[:2] / name[2:]
    path.write_bytes((store.folder / "objects" / other[:2] / other[2:]).read_bytes())
    assert store.load(name) is None
    assert store.load("0" * 64) is None


def test_a_restore_is_finished_when_it_says_so(store: SnapshotStore) -> None:
    head = {**HEAD, "command": "restore", "goal": {"at": "2026-01-01T00:00:00.000000Z", "addresses": ["a/one"]}}
    first = store.start_run(head)
    first.add(note(form=store.save(article("one"))))
    (run,) = store.runs("w", "b")
    assert (run.finished, run.goal and run.goal.addresses) == (False, ("a/one",))
    first.finish()
    (run,) = store.runs("w", "b")
    assert run.finished


def test_runs_older_than_ninety_days_are_removed_with_their_snapshots(store: SnapshotStore, clock: Clock) -> None:
    push(store, "old")
    clock.now += 90 * DAY
    push(store, "new")
    aged(store)
    store.prune()
    assert texts(store) == ["old", "new"]
    clock.now += 1
    aged(store)
    store.prune()
    assert texts(store) == ["new"]
    assert len(list(store.folder.glob("objects/*/*"))) == 1


def test_the_last_run_stays_even_if_it_is_old_and_large(
    store: SnapshotStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "KEPT_BYTES", 1)
    monkeypatch.setattr(kept, "KEPT_RUNS", 0)
    push(store, "only")
    clock.now += 10 * kept.KEPT_DAYS * DAY
    store.prune()
    assert texts(store) == ["only"]


@pytest.mark.parametrize("name", ["KEPT_RUNS", "KEPT_BYTES"])
def test_the_oldest_run_is_removed_first_if_there_are_too_many_or_they_are_too_large(
    store: SnapshotStore, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for text in ("one", "two", "three"):
        push(store, text)
        clock.now += 1
    size = sum(path.stat().st_size for path in store.folder.glob("objects/*/*"))
    monkeypatch.setattr(kept, name, 2 if name == "KEPT_RUNS" else size - 1)
    store.prune()
    assert texts(store) == ["two", "three"]


def test_a_text_that_a_later_run_stored_too_stays(store: SnapshotStore, clock: Clock) -> None:
    push(store, "same")
    clock.now += (kept.KEPT_DAYS + 1) * DAY
    push(store, "same")
    store.prune()
    assert texts(store) == ["same"]


def test_pruning_an_empty_store_does_nothing(store: SnapshotStore) -> None:
    store.prune()
    assert not store.folder.exists()


def test_a_write_that_fails_says_where_and_what_to_do(store: SnapshotStore) -> None:
    store.folder.parent.mkdir(exist_ok=True)
    store.folder.write_text("in the way", encoding="utf-8")
    with pytest.raises(HelpsyncError, match="can't be stored, so it was not sent: kept: ") as failure:
        store.save(article("text"))
    assert "HELPSYNC_KEPT" in str(failure.value.hint)
    with pytest.raises(HelpsyncError, match="can't be stored"):
        store.start_run(HEAD).add(note(form="x"))


def test_a_new_snapshot_without_its_line_survives_another_runs_pruning(store: SnapshotStore) -> None:
    push(store, "one")
    name = store.save(article("two"))
    store.prune()
    assert store.load(name) is not None
    aged(store)
    store.prune()
    assert store.load(name) is None


def test_an_old_snapshot_that_is_stored_again_survives_another_runs_pruning(store: SnapshotStore) -> None:
    push(store, "one")
    name = store.save(article("two"))
    aged(store)
    assert store.save(article("two")) == name
    store.prune()
    assert store.load(name) is not None


def test_entries_of_another_run_during_pruning_are_not_lost(
    store: SnapshotStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(store, "old")
    clock.now += (kept.KEPT_DAYS + 1) * DAY
    push(store, "new")
    other = SnapshotStore(store.folder, label="kept", now=clock)
    thread = Thread(target=push, args=(other, "theirs"))

    def slowly(path: Path, data: bytes | str, *, flushed: bool = True) -> None:
        if path.name == "index.jsonl":
            thread.start()
            assert lock_holder(store.folder / "lock")
        write_whole(path, data, flushed=flushed)

    monkeypatch.setattr("helpsync.baseline.snapshots.write_whole", slowly)
    store.prune()
    thread.join()
    assert texts(store) == ["new", "theirs"]


@pytest.mark.parametrize("keep", [True, False])
def test_a_run_waits_only_until_another_has_written(
    store: SnapshotStore, monkeypatch: pytest.MonkeyPatch, *, keep: bool
) -> None:
    store.folder.mkdir()
    other = file_lock(store.folder / "lock", what="another run")
    other.__enter__()
    waited: list[float] = []

    def ends_meanwhile(seconds: float) -> None:
        waited.append(seconds)
        other.__exit__(None, None, None)

    monkeypatch.setattr("helpsync.baseline.folder.time.sleep", ends_meanwhile)
    if keep:
        assert store.load(store.save(article("text"))) is not None
    else:
        store.start_run(HEAD).add(note(form="x"))
        assert len(store.runs("w", "b")) == 1
    assert sum(waited) < 0.2


def test_nothing_is_sent_if_another_run_does_not_stop_writing(
    store: SnapshotStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(store, "one")
    monkeypatch.setattr(kept, "_PATIENCE_SECONDS", 0)
    with file_lock(store.folder / "lock", what="another run"):
        with pytest.raises(HelpsyncError, match="it was not sent: kept: another run has been writing there") as failure:
            store.save(article("two"))
        with pytest.raises(Locked, match="another run has been writing there"):
            store.prune()
    assert "HELPSYNC_KEPT" in str(failure.value.hint)
    assert texts(store) == ["one"]
