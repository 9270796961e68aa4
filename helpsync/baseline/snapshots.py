"""Snapshots: what pushes overwrite or remove, stored on this disk so that it can be restored.

An index to which lines are added, and beside it the snapshots, each under the digest of its content. A snapshot is
written whole and flushed before the line that names it, and that line before the write to Intercom. Readers skip what
is damaged.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from helpsync.baseline.codec import KINDS, DataError, JsonObject, parse_object
from helpsync.baseline.folder import file_lock, flush, flush_folder, make_folder, write_whole
from helpsync.errors import HelpsyncError, Locked
from helpsync.model import Article, Collection, GroupKind, Label, State, Translation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from helpsync.model import Address, Item, Kind, LocaleCode

FORMAT = "helpsync.kept/1"
INDEX = "index.jsonl"
# A bad push is noticed within days, at the latest when a quarter's articles are reviewed; 200 runs are ten merges on
# each working day of a month; 200 MB hold eight rewritings of 5,000 articles in five locales.
KEPT_DAYS = 90
KEPT_RUNS = 200
KEPT_BYTES = 200_000_000
_UNNAMED_SECONDS = 86400.0
"""How long a snapshot stays that no line names: it is written before its line is."""
_PATIENCE_SECONDS = 30.0
"""How long to wait for another run that writes there: each takes a moment, pruning at the most some seconds."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An item as Intercom had it; `images` maps, per locale, its pictures' stored paths to the keys that were sent."""

    item: Item
    images: Mapping[LocaleCode, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Overwrite:
    """A write that was about to go out at `at` (Unix seconds); `snapshot` names what Intercom had before it.

    `fields` are those that it overwrote, per locale; `parent` says that it moved the item, `previous` from which
    address. `position` orders all entries of the index.
    """

    position: int
    at: float
    address: Address
    kind: Kind
    id: str
    action: str
    snapshot: str
    fields: Mapping[LocaleCode, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    parent: bool = False
    previous: Address | None = None


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What Intercom had after a write; `snapshot` is None after a delete, and where it is not known (a create)."""

    position: int
    at: float
    address: Address
    kind: Kind
    id: str
    snapshot: str | None = None
    created: bool = False


RunEntry: TypeAlias = Overwrite | WriteResult


@dataclass(frozen=True, slots=True)
class RestoreGoal:
    """What a restore goes back to: before a run, or to a moment (Unix seconds); all addresses, or only these."""

    run: str | None = None
    at: float | None = None
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One run and its entries, in order; `goal` is that of a restore, which is `finished` once all of it is done."""

    id: str
    at: float
    command: str
    goal: RestoreGoal | None = None
    notes: tuple[RunEntry, ...] = ()
    finished: bool = False

    @property
    def overwrites(self) -> tuple[Overwrite, ...]:
        """Return the writes that overwrote or removed something."""
        return tuple(note for note in self.notes if isinstance(note, Overwrite))


class SnapshotStore:
    """The folder of one remote's snapshots; `label` is its name in messages, `now` gives Unix seconds."""

    def __init__(self, folder: Path, *, label: str, now: Callable[[], float]) -> None:
        self.folder = folder
        self.now = now
        self.label = label

    @property
    def _index(self) -> Path:
        return self.folder / INDEX

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"

    def _object(self, name: str) -> Path:
        return self.folder / "objects" / name[:2] / name[2:]

    def _objects(self) -> Iterator[tuple[str, Path]]:
        return ((path.parent.name + path.name, path) for path in self.folder.glob("objects/*/*"))

    def save(self, snapshot: Snapshot, *, flushed: bool = True) -> str:
        """Write a snapshot, unless it is there whole, and return its name; raises HelpsyncError if that fails.

        With `flushed` it is on the disk when the call returns, whoever wrote it.
        """
        text = json.dumps(snapshot_to_json(snapshot), sort_keys=True, separators=(",", ":")).encode()
        name = sha256(text).hexdigest()
        path = self._object(name)
        with self._exclusive():
            if self._text(name) is None:
                write_whole(path, zlib.compress(text, 6), flushed=flushed)
                return name
            os.utime(path)  # it counts as new until the line that names it is there
            if flushed:
                flush(path)
        return name

    def load(self, name: str) -> Snapshot | None:
        """Return a snapshot by its name, None if it is missing or damaged."""
        text = self._text(name)
        try:
            return None if text is None else snapshot_from_json(parse_object(text))
        except DataError:
            return None

    def _text(self, name: str) -> bytes | None:
        """Return the text of a snapshot, None if it is missing or damaged: a power cut leaves names without bytes."""
        with contextlib.suppress(OSError, zlib.error):
            text = zlib.decompress(self._object(name).read_bytes())
            return text if sha256(text).hexdigest() == name else None
        return None

    def append(self, *lines: Mapping[str, Any], flushed: bool = True) -> None:
        """Add lines to the index; raises HelpsyncError if that fails."""
        with self._exclusive(), self._index.open("a+b") as file:
            text = b"".join(_dump(line) for line in lines)
            if not file.tell():
                flush_folder(self.folder)
            else:
                file.seek(-1, os.SEEK_END)
                # The file of an interrupted run may end in the middle of a line.
                text = text if file.read(1) == b"\n" else b"\n" + text
            file.write(text)
            file.flush()
            if flushed:
                os.fsync(file.fileno())

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Keep other runs out while the block runs: several runners may share the folder."""
        message = f"what this overwrites can't be stored, so it was not sent: {self.label}"
        try:
            with self._locked():
                yield
        except Locked as error:
            hint = "wait for that run or end it, or let HELPSYNC_KEPT name another folder"
            raise HelpsyncError(f"{message}: {error.message}", hint=hint) from error
        except OSError as error:
            hint = "make room there, or let HELPSYNC_KEPT name another folder"
            raise HelpsyncError(f"{message}: {error.strerror}", hint=hint) from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        make_folder(self.folder)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(file_lock(self._lock, what="a push", patience=_PATIENCE_SECONDS))
            except Locked as error:
                raise Locked(f"another run has been writing there for {_PATIENCE_SECONDS:.0f} s") from error
            yield

    def start_run(self, head: Mapping[str, Any]) -> RunLog:
        """Return the log of a new run; nothing is written before the first entry."""
        moment = moment_text(self.now())
        name = f"{moment[:19].replace(':', '').replace('-', '')}-{secrets.token_hex(3)}"
        return RunLog(self, name, {"format": FORMAT, "run": name, "at": moment, **head})

    def runs(self, workspace: str | None, base_url: str) -> tuple[RecordedRun, ...]:
        """Return the runs against this workspace (None: any), in order, with all that can still be read of them.

        Raises HelpsyncError if the index can't be read at all.
        """
        runs: dict[str, RecordedRun] = {}
        notes: dict[str, list[RunEntry]] = {}
        with self._readable():
            lines = list(self._parsed_lines())
        for position, line in enumerate(lines):
            with contextlib.suppress(DataError):
                name = line.text("run")
                if "command" in line:
                    if workspace in (None, line.values.get("workspace")) and line.text("base_url") == base_url:
                        runs[name] = _run_from_json(line)
                elif line.values.get("finished") and name in runs:
                    runs[name] = replace(runs[name], finished=True)
                elif name in runs:
                    notes.setdefault(name, []).append(_entry_from_json(line, position))
        return tuple(replace(run, notes=tuple(notes.get(run.id, ()))) for run in runs.values())

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise HelpsyncError(
                f"what pushes overwrote can't be read: {self.label}: {error.strerror}",
                hint="bring that folder back as it was, or let HELPSYNC_KEPT name the one that has it",
            ) from error

    def damage(self) -> str | None:
        """Return what is wrong with the index, None if it is whole; raises HelpsyncError if it can't be read.

        A line that was cut off when its writer was killed is not damage: nothing was sent after it.
        """
        heads: set[str] = set()
        named: set[str] = set()
        unread = 0
        with self._readable():
            lines = [line for line in self._lines() if line.strip("\0\r ")]
            parsed = [_parse_line(line) for line in lines]
            for text, line in zip(lines, parsed, strict=True):
                if line is None:
                    unread += not text.startswith('{"')
                    continue
                named |= _named_snapshots(line)
                unread += not _is_sound(line, heads)
            if unread:
                return f"{unread} of its {len(lines)} lines can't be read"
            whole = bool(heads) and parsed[-1] is not None
            # A killed run leaves one text that no line names yet, and one line that is cut off.
            lost = 0 if whole else sum(name not in named for name, _ in self._objects())
        if lost <= bool(lines):
            return None
        return f"it ends too early: {lost} text{'s' * (lost != 1)} kept beside it that it does not name"

    def _parsed_lines(self) -> Iterator[JsonObject]:
        return (line for text in self._lines() if (line := _parse_line(text)) is not None)

    def _lines(self) -> list[str]:
        try:
            # Not splitlines(): JSON leaves U+2028 and similar characters as they are, and they end no line of ours.
            return self._index.read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return []

    def prune(self) -> None:
        """Remove runs by age, number and size, never the last one, and the snapshots that no run names any more.

        Raises OSError, and Locked if another run does not stop writing there.
        """
        if self._index.exists():
            with self._locked():
                self._prune()

    def _prune(self) -> None:
        lines = list(self._parsed_lines())
        last: dict[str, float] = {}
        snapshots: dict[str, set[str]] = {}
        for line in lines:
            with contextlib.suppress(DataError):
                name, last_at = line.text("run"), line.moment("at").timestamp()
                last[name] = last_at
                snapshots.setdefault(name, set()).update(_named_snapshots(line))
        newest_first = sorted(last, key=lambda name: last[name], reverse=True)
        kept = self._within_limits(newest_first, last, snapshots)
        if len(kept) < len(last):
            write_whole(self._index, b"".join(_dump(line.values) for line in lines if line.values.get("run") in kept))
        needed = {name for run in kept for name in snapshots[run]}
        os.utime(self._lock)  # the disk's own clock: it may be another machine's
        young = self._lock.stat().st_mtime - _UNNAMED_SECONDS
        for name, path in self._objects():
            if name not in needed and path.stat().st_mtime < young:
                path.unlink(missing_ok=True)

    def _within_limits(
        self, newest_first: Iterable[str], last: Mapping[str, float], snapshots: Mapping[str, set[str]]
    ) -> set[str]:
        kept: set[str] = set()
        counted: set[str] = set()
        size = 0
        oldest = self.now() - KEPT_DAYS * 86400
        for run in newest_first:
            new = snapshots[run] - counted
            size += sum(_size(self._object(name)) for name in new)
            if kept and (last[run] < oldest or len(kept) >= KEPT_RUNS or size > KEPT_BYTES):
                break
            kept.add(run)
            counted |= new
        return kept


class RunLog:
    """The entries of one run in the index; its head is written with the first of them."""

    def __init__(self, store: SnapshotStore, name: str, head: Mapping[str, Any] | None) -> None:
        self.store = store
        self.name = name
        self._head = head

    def add(self, values: Mapping[str, Any], *, flushed: bool = True) -> None:
        """Add an entry; with `flushed` it is on the disk when the call returns; raises HelpsyncError if that fails."""
        line = {"run": self.name, "at": moment_text(self.store.now()), **values}
        self.store.append(*([self._head] if self._head else []), line, flushed=flushed)
        self._head = None

    def finish(self) -> None:
        """Note that all of the run is done; nothing if the run has no entry."""
        if self._head is None:
            self.add({"finished": True})


def moment_text(seconds: float) -> str:
    """Return a moment in UTC, as the index has it: ``2026-03-01T12:00:00.123456Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def goal_to_json(goal: RestoreGoal) -> dict[str, Any]:
    """Return a restore's goal as the index has it."""
    value: dict[str, Any] = {"run": goal.run} if goal.run else {}
    if goal.at is not None:
        value["at"] = moment_text(goal.at)
    return {**value, "addresses": list(goal.addresses)} if goal.addresses else value


def _dump(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, separators=(",", ":")) + "\n").encode()


def _parse_line(text: str) -> JsonObject | None:
    try:
        return parse_object(text)
    except DataError:
        return None


def _named_snapshots(line: JsonObject) -> set[str]:
    return {str(line.values[key]) for key in ("form", "left") if line.values.get(key)}


def _is_sound(line: JsonObject, heads: set[str]) -> bool:
    """Return whether a line reads as one of ours; the heads of runs are added to those known so far."""
    try:
        name = line.text("run")
        if "command" in line:
            _run_from_json(line)
            heads.add(name)
        elif not line.values.get("finished"):
            _entry_from_json(line, 0)
    except DataError:
        return False
    return name in heads


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _run_from_json(line: JsonObject) -> RecordedRun:
    goal = line.nested("goal", _goal_from_json) if line.values.get("goal") is not None else None
    return RecordedRun(line.text("run"), line.moment("at").timestamp(), line.text("command"), goal)


def _goal_from_json(value: JsonObject) -> RestoreGoal:
    at = value.moment("at").timestamp() if value.values.get("at") is not None else None
    return RestoreGoal(value.optional_text("run"), at, value.texts("addresses", optional=True))


def _entry_from_json(line: JsonObject, position: int) -> RunEntry:
    at, kind = line.moment("at").timestamp(), line.choice("kind", KINDS)
    place = (position, at, line.text("address"), kind, line.text("id"))
    if "form" not in line:
        if "left" not in line:
            raise DataError("is missing", "left")
        return WriteResult(*place, snapshot=line.optional_text("left"), created=line.flag("created"))
    return Overwrite(
        *place,
        action=line.text("action"),
        snapshot=line.text("form"),
        fields={locale: frozenset(names) for locale, names in line.members("fields", JsonObject.texts).items()},
        parent=line.flag("parent"),
        previous=line.optional_text("previous"),
    )


# Snapshots as JSON ----------------------------------------------------------------------------------------------------

_ARTICLE = ("id", "parent_id", "parent_kind", "updated_at")
_TRANSLATION = ("title", "description", "state", "author", "html", "url", "updated_at")
_COLLECTION = ("id", "parent_id", "help_center_id", "url", "updated_at")
_LABEL = ("name", "description")
_READERS: Mapping[str, Callable[[JsonObject, str], Any]] = {
    "title": JsonObject.text,
    "name": JsonObject.text,
    "state": lambda value, key: value.optional_choice(key, get_args(State)),
    "parent_kind": lambda value, key: value.optional_choice(key, get_args(GroupKind)),
    "updated_at": JsonObject.optional_integer,
}
"""How a field is read that is not a text or null."""


def snapshot_to_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return the snapshot as JSON values, without what is empty."""
    item = snapshot.item
    names, fields = (_ARTICLE, _TRANSLATION) if isinstance(item, Article) else (_COLLECTION, _LABEL)
    texts = {locale: _present(text, fields) for locale, text in sorted(item.texts.items())}
    images = {locale: dict(sorted(paths.items())) for locale, paths in sorted(snapshot.images.items()) if paths}
    return {"kind": item.kind, **_present(item, names), "locales": texts, **({"images": images} if images else {})}


def _present(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: found for name in names if (found := getattr(value, name)) is not None}


def snapshot_from_json(value: JsonObject) -> Snapshot:
    """Return the snapshot; raises DataError."""
    kind = value.choice("kind", KINDS)
    fields = _TRANSLATION if kind == "article" else _LABEL
    texts = value.each("locales", lambda text: _read(text, fields))
    if not texts:
        raise DataError("has no locale", "locales")
    item: Item
    if kind == "article":
        translations = {locale: Translation(locale, **text) for locale, text in texts.items()}
        item = Article(translations, **_read(value, _ARTICLE))
    else:
        labels = {locale: Label(locale, **text) for locale, text in texts.items()}
        item = Collection(labels, kind=kind, **_read(value, _COLLECTION))
    return Snapshot(item, value.members("images", JsonObject.text_map, optional=True))


def _read(value: JsonObject, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _READERS.get(name, JsonObject.optional_text)(value, name) for name in names}
