"""What pushes overwrite or remove, kept on this disk so that there is a way back.

An index to which lines are added, and beside it the forms, each under the digest of its content: a form is written
whole and flushed before the line that names it, and that line before the write to Intercom. Readers pass over what is
damaged.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, get_args

from helpsync.baseline.durable import flush, flush_folder, make_folder, write_whole
from helpsync.baseline.lock import held
from helpsync.baseline.notes import Overwrite, RecordedRun, RestoreGoal, RunEntry, WriteResult
from helpsync.baseline.snapshot import Snapshot, snapshot_from_json, snapshot_to_json
from helpsync.errors import HelpsyncError, Locked
from helpsync.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

FORMAT = "helpsync.kept/1"
INDEX = "index.jsonl"
# A bad push is noticed within days, at the latest when a quarter's articles are reviewed; 200 runs are ten merges on
# each working day of a month; 200 MB hold eight rewritings of 5,000 articles in five locales.
KEPT_DAYS = 90
KEPT_RUNS = 200
KEPT_BYTES = 200_000_000
_YOUNG = 86400.0
"""Seconds for which a form stays that no line names: it is written before its line is."""
_PATIENCE = 30.0
"""Seconds to wait for another run that writes there: each takes a moment, clearing away at the most some seconds."""


class SnapshotStore:
    """The folder of one remote's kept forms; `shown` is its name in messages, `now` gives Unix seconds."""

    def __init__(self, folder: Path, *, shown: str, now: Callable[[], float]) -> None:
        self.folder = folder
        self.now = now
        self.shown = shown

    @property
    def _index(self) -> Path:
        return self.folder / INDEX

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"

    def _object(self, name: str) -> Path:
        return self.folder / "objects" / name[:2] / name[2:]

    def save(self, form: Snapshot, *, flushed: bool = True) -> str:
        """Write a form, unless it is there whole, and return its name; raises HelpsyncError where it can't be written.

        With `flushed` it is on the disk when the call returns, whoever wrote it.
        """
        text = json.dumps(snapshot_to_json(form), sort_keys=True, separators=(",", ":")).encode()
        name = sha256(text).hexdigest()
        path = self._object(name)
        with self._alone():
            if self._text(name) is None:
                write_whole(path, zlib.compress(text, 6), flushed=flushed)
                return name
            os.utime(path)  # young again, until the line that names it is there
            if flushed:
                flush(path)
        return name

    def _text(self, name: str) -> bytes | None:
        """Return what an object holds, None where it is missing or damaged: a power cut leaves names without bytes."""
        with contextlib.suppress(OSError, zlib.error):
            text = zlib.decompress(self._object(name).read_bytes())
            return text if sha256(text).hexdigest() == name else None
        return None

    def load(self, name: str) -> Snapshot | None:
        """Return a form by its name, None where it is missing or damaged."""
        text = self._text(name)
        try:
            return None if text is None else snapshot_from_json(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def append(self, *lines: Mapping[str, Any], flushed: bool = True) -> None:
        """Add lines to the index; raises HelpsyncError where that fails."""
        with self._alone(), self._index.open("a+b") as file:
            text = b"".join(_dump(line) for line in lines)
            if not file.tell():
                flush_folder(self.folder)
            else:
                file.seek(-1, os.SEEK_END)
                # What a run that died left may end in the middle of a line.
                text = text if file.read(1) == b"\n" else b"\n" + text
            file.write(text)
            file.flush()
            if flushed:
                os.fsync(file.fileno())

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep every other run out while the block runs: the folder may be shared by runners."""
        message = f"what this overwrites can't be kept, so it was not sent: {self.shown}"
        try:
            with self._held():
                yield
        except Locked as error:
            hint = "wait for that run or end it, or let HELPSYNC_KEPT name another folder"
            raise HelpsyncError(f"{message}: {error.message}", hint=hint) from error
        except OSError as error:
            hint = "make room there, or let HELPSYNC_KEPT name another folder"
            raise HelpsyncError(f"{message}: {error.strerror}", hint=hint) from error

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        make_folder(self.folder)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(held(self._lock, what="a push", patience=_PATIENCE))
            except Locked as error:
                raise Locked(f"another run has been writing there for {_PATIENCE:.0f} s") from error
            yield

    def start_run(self, head: Mapping[str, Any], run: str | None = None) -> RunLog:
        """Return what notes one run; with `run` it goes on with that one. Nothing is written before the first note."""
        moment = moment_text(self.now())
        known = run is not None
        name = run or f"{moment[:19].replace(':', '').replace('-', '')}-{secrets.token_hex(3)}"
        return RunLog(self, name, None if known else {"format": FORMAT, "run": name, "at": moment, **head})

    def runs(self, workspace: str | None, base_url: str) -> tuple[RecordedRun, ...]:
        """Return the runs against this workspace (None: any), in order, with all that can still be read of them.

        Raises HelpsyncError where the index can't be read at all.
        """
        runs: dict[str, RecordedRun] = {}
        notes: dict[str, list[RunEntry]] = {}
        with self._readable():
            entries = list(self._entries())
        for position, entry in enumerate(entries):
            try:
                name = entry["run"]
                if "command" in entry:
                    if workspace in (None, entry["workspace"]) and entry["base_url"] == base_url:
                        runs[name] = RecordedRun(name, _moment(entry["at"]), str(entry["command"]), _goal(entry))
                elif entry.get("finished") and name in runs:
                    runs[name] = replace(runs[name], finished=True)
                elif name in runs:
                    notes.setdefault(name, []).append(_note(entry, position))
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
        return tuple(replace(run, notes=tuple(notes.get(run.id, ()))) for run in runs.values())

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise HelpsyncError(
                f"what pushes overwrote can't be read: {self.shown}: {error.strerror}",
                hint="bring that folder back as it was, or let HELPSYNC_KEPT name the one that has it",
            ) from error

    def damage(self) -> str | None:
        """Return what is wrong with the index, None where it is whole; raises HelpsyncError where it can't be read.

        A line that was cut off by the death of its writer is nothing wrong: nothing was sent after it.
        """
        heads: set[str] = set()
        named: set[str] = set()
        unread = 0
        with self._readable():
            lines = [line for line in self._lines() if line.strip("\0\r ")]
            for line in lines:
                entry = _entry(line)
                if entry is None:
                    unread += not line.startswith('{"')
                    continue
                named |= {str(entry[key]) for key in ("form", "left") if entry.get(key)}
                unread += not _is_sound(entry, heads)
            if unread:
                return f"{unread} of its {len(lines)} lines can't be read"
            whole = bool(heads) and _entry(lines[-1]) is not None
            # A run that dies leaves one text that no line names yet, and one line that is cut off.
            lost = 0 if whole else sum(path.parent.name + path.name not in named for path in self._objects())
        if lost <= bool(lines):
            return None
        return f"it ends too early: {lost} text{'s' * (lost != 1)} kept beside it that it does not name"

    def _objects(self) -> Iterator[Path]:
        return self.folder.glob("objects/*/*")

    def _entries(self) -> Iterator[dict[str, Any]]:
        return (entry for line in self._lines() if (entry := _entry(line)) is not None)

    def _lines(self) -> list[str]:
        try:
            # Not splitlines(): JSON leaves U+2028 and its like as they are, and they end no line of ours.
            return self._index.read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return []

    def prune(self) -> None:
        """Drop runs by age, number and size, never the last one, and the forms that no run names any more.

        Raises OSError, and Locked where another run keeps on writing there.
        """
        if self._index.exists():
            with self._held():
                self._prune()

    def _prune(self) -> None:
        entries = list(self._entries())
        last: dict[str, float] = {}
        forms: dict[str, set[str]] = {}
        for entry in entries:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                name = entry["run"]
                last[name] = _moment(entry["at"])
                forms.setdefault(name, set()).update(str(entry[key]) for key in ("form", "left") if entry.get(key))
        order = sorted(last, key=lambda name: last[name], reverse=True)
        kept = self._within(order, last, forms)
        if len(kept) < len(order):
            lines = [_dump(entry).decode() for entry in entries if entry.get("run") in kept]
            write_whole(self._index, "".join(lines))
        needed = {form for name in kept for form in forms[name]}
        os.utime(self._lock)  # the disk's own clock: it may be another machine's
        young = self._lock.stat().st_mtime - _YOUNG
        for path in self._objects():
            if path.parent.name + path.name not in needed and path.stat().st_mtime < young:
                path.unlink(missing_ok=True)

    def _within(self, order: Iterable[str], last: Mapping[str, float], forms: Mapping[str, set[str]]) -> set[str]:
        kept: set[str] = set()
        counted: set[str] = set()
        size = 0
        oldest = self.now() - KEPT_DAYS * 86400
        for name in order:
            new = forms[name] - counted
            size += sum(_size(self._object(form)) for form in new)
            if kept and (last[name] < oldest or len(kept) >= KEPT_RUNS or size > KEPT_BYTES):
                break
            kept.add(name)
            counted |= new
        return kept


class RunLog:
    """The notes of one run; its head is written with the first of them."""

    def __init__(self, store: SnapshotStore, name: str, head: Mapping[str, Any] | None) -> None:
        self.store = store
        self.name = name
        self._head = head

    def add(self, values: Mapping[str, Any], *, flushed: bool = True) -> None:
        """Add a note, flushed to disk before the call returns; raises HelpsyncError where it can't be written."""
        line = {"run": self.name, "at": moment_text(self.store.now()), **values}
        self.store.append(*([self._head] if self._head else []), line, flushed=flushed)
        self._head = None

    def finish(self) -> None:
        """Note that all of the run is done; nothing where nothing was noted."""
        if self._head is None:
            self.add({"finished": True})


def _entry(line: str) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError, RecursionError):
        entry = json.loads(line)
        return entry if isinstance(entry, dict) else None
    return None


def _is_sound(entry: Mapping[str, Any], heads: set[str]) -> bool:
    """Return whether a line says what one of ours does; the heads of runs are added to those known so far."""
    try:
        name = str(entry["run"])
        if "command" in entry:
            _moment(entry["at"])
            _goal(entry)
            heads.add(name)
        elif not entry.get("finished"):
            _note(entry, 0)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return name in heads


def moment_text(seconds: float) -> str:
    """Return a moment in UTC, as the index has it: ``2026-03-01T12:00:00.123456Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _dump(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, separators=(",", ":")) + "\n").encode()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _goal(entry: Mapping[str, Any]) -> RestoreGoal | None:
    goal = entry.get("goal")
    if goal is None:
        return None
    at = goal.get("at")
    return RestoreGoal(goal.get("run"), None if at is None else _moment(at), tuple(map(str, goal.get("addresses", ()))))


def goal_to_json(goal: RestoreGoal) -> dict[str, Any]:
    """Return a restore's goal as the index has it."""
    value: dict[str, Any] = {"run": goal.run} if goal.run else {}
    if goal.at is not None:
        value["at"] = moment_text(goal.at)
    return {**value, "addresses": list(goal.addresses)} if goal.addresses else value


def _note(entry: Mapping[str, Any], position: int) -> RunEntry:
    if entry["kind"] not in get_args(Kind):
        raise ValueError(f"kind is {entry['kind']!r}")
    place = (position, _moment(entry["at"]), str(entry["address"]), entry["kind"], str(entry["id"]))
    if "form" not in entry:
        return WriteResult(*place, snapshot=entry["left"], created=entry.get("created") is True)
    return Overwrite(
        *place,
        action=str(entry["action"]),
        snapshot=str(entry["form"]),
        fields={str(locale): frozenset(map(str, names)) for locale, names in entry["fields"].items()},
        parent=entry.get("parent") is True,
        previous=entry.get("previous"),
    )
