"""What must be on the disk is there whole, even if the writer is killed or the power is cut."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from helpsync.baseline import Baseline
from helpsync.baseline.folder import HelpsyncFolder, flush, write_whole
from helpsync.baseline.journal import Journal
from helpsync.baseline.snapshots import Snapshot, SnapshotStore
from helpsync.baseline.store import FileStore, SourceCopies, write_baseline
from helpsync.model import Article, Translation

if TYPE_CHECKING:
    from pathlib import Path

    from runners import Office

BASELINE = Baseline("w", "u", "1")
SNAPSHOT = Snapshot(Article({"en": Translation("en", "Title", html="<p>Text</p>")}, id="1"))
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no way to flush a folder")

WRITER = """
import os, signal, sys
from pathlib import Path
from helpsync.baseline.store import FileStore
from helpsync.baseline.folder import HelpsyncFolder
from helpsync.baseline import Baseline

own = HelpsyncFolder(Path(sys.argv[1]))
calls = []
real = os.fsync


def fsync(opened):
    calls.append(opened)
    if len(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    real(opened)


os.fsync = fsync
store = FileStore(own, "production", path=own.baseline("production"), message=print)
store.write(Baseline("w", "u", "1"), lambda _: None)
print("done")
"""


class Flushed:
    """The files and folders that the system was told to bring to the disk: nothing else shows it."""

    def __init__(self) -> None:
        self.order: list[tuple[int, int]] = []
        self._real = os.fsync

    def __call__(self, opened: int) -> None:
        found = os.fstat(opened)
        self.order.append((found.st_dev, found.st_ino))
        self._real(opened)

    def __contains__(self, path: Path) -> bool:
        found = path.stat()
        return (found.st_dev, found.st_ino) in self.order


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> Flushed:
    found = Flushed()
    monkeypatch.setattr(os, "fsync", found)
    return found


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "kept", label="kept", now=lambda: 1e9)


def snapshot_file(store: SnapshotStore, name: str) -> Path:
    return store.folder / "objects" / name[:2] / name[2:]


@posix
def test_a_file_that_is_replaced_is_on_the_disk_with_its_name_and_its_folders(tmp_path: Path, flushed: Flushed) -> None:
    path = tmp_path / "new" / "folder" / "b.json"
    write_whole(path, "text")
    for each in (path, path.parent, path.parent.parent, tmp_path):
        assert each in flushed
    flushed.order.clear()
    write_whole(path, b"bytes", flushed=False)
    assert path.read_bytes() == b"bytes"
    assert path not in flushed


def test_an_error_names_the_file_that_cannot_be_replaced_and_leaves_nothing_unfinished(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.mkdir()
    with pytest.raises(OSError, match=r"b\.json") as caught:
        write_whole(path, "text")
    assert caught.value.filename == str(path)
    assert [each.name for each in tmp_path.iterdir()] == ["b.json"]


def test_an_error_for_a_folder_names_the_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file", encoding="utf-8")
    with pytest.raises(OSError, match=r"b\.json") as caught:
        write_whole(tmp_path / "folder" / "b.json", "text")
    assert caught.value.filename == str(tmp_path / "folder" / "b.json")


@posix
def test_a_file_system_that_cannot_flush_a_folder_is_not_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def refuse(opened: int) -> None:
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            raise OSError(22, "Invalid argument")
        real(opened)

    monkeypatch.setattr(os, "fsync", refuse)
    write_whole(tmp_path / "b.json", "text")
    assert (tmp_path / "b.json").read_text(encoding="utf-8") == "text"


@posix
def test_a_disk_error_is_raised_even_if_only_a_name_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def fail(opened: int) -> None:
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            raise OSError(5, "Input/output error")
        real(opened)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=r"Input/output error: .*b\.json"):
        write_whole(tmp_path / "b.json", "text")


def test_a_file_that_may_not_be_written_can_be_flushed(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text("text", encoding="utf-8")
    path.chmod(0o644 if sys.platform == "win32" else 0o444)
    flush(path)


def test_what_is_overwritten_is_on_the_disk_before_the_write_goes_out(store: SnapshotStore, flushed: Flushed) -> None:
    name = store.save(SNAPSHOT)
    assert snapshot_file(store, name) in flushed
    store.start_run({"command": "push"}).add({"form": name})
    assert store.folder / "index.jsonl" in flushed


@posix
def test_the_folder_of_a_snapshot_is_on_the_disk_too(store: SnapshotStore, flushed: Flushed) -> None:
    path = snapshot_file(store, store.save(SNAPSHOT))
    for folder in (path.parent, path.parent.parent, store.folder, store.folder.parent):
        assert folder in flushed
    flushed.order.clear()
    store.start_run({"command": "push"}).add({"form": "x"})
    assert store.folder in flushed


def test_the_result_of_a_push_is_on_the_disk_before_the_next_one_overwrites_it(
    store: SnapshotStore, flushed: Flushed
) -> None:
    name = store.save(SNAPSHOT, flushed=False)
    assert snapshot_file(store, name) not in flushed
    assert store.save(SNAPSHOT) == name
    assert snapshot_file(store, name) in flushed


@pytest.mark.parametrize("left", [b"", b"\0" * 40, b"x\x9c", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_snapshot_torn_by_a_power_cut_is_written_again(store: SnapshotStore, left: bytes) -> None:
    name = store.save(SNAPSHOT, flushed=False)
    snapshot_file(store, name).write_bytes(left)
    assert store.load(name) is None
    assert store.save(SNAPSHOT) == name
    assert store.load(name) == SNAPSHOT


@pytest.mark.parametrize("left", [b"", b"\0" * 12, b"x\x9c"])
def test_a_copy_of_a_source_torn_by_a_kill_is_written_again(tmp_path: Path, left: bytes) -> None:
    blob = "0" * 40
    sources = SourceCopies(tmp_path / "sources", tmp_path)
    sources.replace([blob], lambda _: b"text")
    (tmp_path / "sources" / blob).write_bytes(left)
    assert sources.text(blob) is None
    sources.replace([blob], lambda _: b"text")
    assert sources.text(blob) == "text"


def test_an_intact_copy_of_a_source_is_not_written_again(tmp_path: Path) -> None:
    blob = "0" * 40
    sources = SourceCopies(tmp_path / "sources", tmp_path)
    sources.replace([blob], lambda _: b"text")
    before = (tmp_path / "sources" / blob).stat()
    sources.replace([blob], lambda _: b"text")
    after = (tmp_path / "sources" / blob).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("left", [b"", b"\0\0"])
def test_a_gitignore_that_a_kill_left_empty_is_written_again(tmp_path: Path, left: bytes) -> None:
    own = HelpsyncFolder(tmp_path)
    ignored = tmp_path / ".helpsync" / "journal" / ".gitignore"
    ignored.parent.mkdir(parents=True)
    ignored.write_bytes(left)
    own.make(own.journal("production").parent)
    assert ignored.read_bytes() == b"*\n"


def test_a_gitignore_that_somebody_changed_stays(tmp_path: Path, flushed: Flushed) -> None:
    own = HelpsyncFolder(tmp_path)
    own.make(own.snapshots("production"))
    ignored = tmp_path / ".helpsync" / "kept" / ".gitignore"
    assert ignored in flushed
    ignored.write_text("!*\n", encoding="utf-8")
    own.make(own.snapshots("production"))
    assert ignored.read_text(encoding="utf-8") == "!*\n"


def test_the_note_of_a_lease_is_on_the_disk(office: Office, flushed: Flushed) -> None:
    one = office.first(1)
    assert one.push().code == 0
    assert one.root / ".helpsync" / "journal" / "production.lease" in flushed


@posix
def test_the_journal_can_be_found_on_the_disk_before_anything_is_sent(tmp_path: Path, flushed: Flushed) -> None:
    path = tmp_path / "journal" / "production.jsonl"
    with Journal(path) as journal:
        journal.begin(BASELINE)
        for each in (path, path.parent, tmp_path):
            assert each in flushed


@posix
@pytest.mark.parametrize("again", [False, True])
def test_the_baseline_is_on_the_disk_with_its_name_before_the_journal_is_removed(
    tmp_path: Path, flushed: Flushed, *, again: bool
) -> None:
    path = tmp_path / "baseline" / "production.json"
    if again:  # a push that died between the new file and its flush left it so
        write_baseline(path, BASELINE)
        flushed.order.clear()
    write_baseline(path, BASELINE)
    assert path in flushed
    assert path.parent in flushed


@posix
@pytest.mark.parametrize("nth", range(1, 8))
def test_a_killed_write_leaves_only_baselines_for_git(tmp_path: Path, nth: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path), str(nth)], capture_output=True, text=True, check=False
    )
    for arguments in (("init", "-q"), ("add", ".helpsync")):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)
    listed = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files"], check=True, capture_output=True, text=True
    ).stdout.split()
    assert set(listed) <= {".helpsync/baseline/production.json"}
    own = HelpsyncFolder(tmp_path)
    home = FileStore(own, "production", path=own.baseline("production"), message=print)
    if listed:
        assert home.read() == BASELINE
    home.write(BASELINE, lambda _: None)
    assert home.read() == BASELINE
    assert ran.returncode in (-9, 0)
