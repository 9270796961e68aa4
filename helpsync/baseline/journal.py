"""The journal of a push: what it was about to do and what happened, on disk before and after each write.

The baseline is folded from it when the push ends, or by the next run if the push was interrupted.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import time
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from helpsync.baseline.codec import (
    HEADING_IDS,
    DataError,
    JsonObject,
    dump_lines,
    parse_object,
    record_digest,
    record_from_json,
    record_to_json,
)
from helpsync.baseline.folder import flush_folder, make_folder, write_whole
from helpsync.baseline.record import Baseline
from helpsync.errors import ConfigError, Location, WrongWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from helpsync.baseline.record import HeadingIds, Record
    from helpsync.model import Address

FORMAT = "helpsync.journal/1"

RENEWED_AFTER = 2.0
"""Seconds after which an intent is noted again before its create goes out: waits for the rate limit make it older."""

_MERGE_MARKERS = re.compile(r"(?:<{7}|\|{7}|>{7})(?: .*)?|={7}")


class JournalKind(Enum):
    """Who wrote a journal: what messages call it, and what a comparison finds out if the file is removed."""

    PUSH = ("the journal of an interrupted push", "what that push did")
    PULLS = ("the list of pulled items", "what was pulled")

    @property
    def label(self) -> str:
        """Return what messages call it."""
        return self.value[0]

    @property
    def way_out(self) -> str:
        """Return the way out that always works."""
        return f"remove the file: helpsync then finds out {self.value[1]} by comparing the tree with Intercom"


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A write that went out and whose outcome is unknown.

    `at` is when it was last sent, in Unix seconds, `times` how often it was; `title` is what a create was sent with,
    None if an older version did not note it.
    """

    action: str
    at: float
    times: int
    title: str | None


class Journal:
    """An append-only file of one push; each line is on disk before the call returns, whole or not at all.

    `clock` gives Unix seconds. Every method that writes raises OSError if the file can't be written.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._file: int | None = None
        self._head: dict[str, object] = {}
        self._records: dict[Address, Record] = {}
        self._pending: dict[Address, PendingWrite] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def begin(self, baseline: Baseline) -> None:
        """Note whose journal this is; outcomes are recorded as changes to this baseline.

        If the baseline is empty, the head says so: what follows is then all that is known.
        """
        self._records = dict(baseline.records)
        self._head = {
            "format": FORMAT,
            "workspace": baseline.workspace_id,
            "base_url": baseline.base_url,
            "dialect": baseline.dialect,
        }
        if not baseline.records:
            self._head["first"] = True
        self._append(self._head)

    def carry_over(self, pending: Mapping[Address, PendingWrite]) -> None:
        """Keep pending writes of an earlier push until an outcome settles them; they are in the file already."""
        self._pending |= pending

    def intent(self, address: Address, action: str, *, title: str | None = None) -> None:
        """Note that a write is about to go out; `title` is what a create may be found by later."""
        before = self._pending.get(address)
        times = before.times + 1 if before else 1
        write = PendingWrite(action, self._clock(), times, title if action == "create" else None)
        self._pending[address] = write
        self._append(_intent_line(address, write))

    def renew(self, address: Address) -> None:
        """Note a create's intent again if it is some seconds old: the create may be under way from here on."""
        last = self._pending.get(address)
        if last and last.action == "create" and not 0 <= self._clock() - last.at <= RENEWED_AFTER:
            self.intent(address, "create", title=last.title)

    def outcome(self, changed: Mapping[Address, Record | None], heading_ids: HeadingIds | None) -> None:
        """Note the records that a write led to: one line an item, with all its addresses, so that a move is read whole.

        Items that swap addresses are in one line.
        """
        lines: list[dict[str, object]] = []
        for item in self._by_item(changed):
            lines.append(
                {
                    "records": {address: record and record_to_json(record) for address, record in item.items()},
                    "replaced": {address: record_digest(self._records.get(address)) for address in item},
                    "heading_ids": heading_ids,
                }
            )
            for address, record in item.items():
                if record is None:
                    self._records.pop(address, None)
                else:
                    self._records[address] = record
        self._append(*lines)
        for address in changed:
            self._pending.pop(address, None)

    def _by_item(self, changed: Mapping[Address, Record | None]) -> list[dict[Address, Record | None]]:
        groups: dict[tuple[str, str], dict[Address, Record | None]] = {}
        for address, record in changed.items():
            items = {(each.kind, each.id) for each in (record, self._records.get(address)) if each is not None}
            own: dict[Address, Record | None] = {address: record}
            for other in [groups[item] for item in items if item in groups]:
                own = {**other, **own}
            # What shared an item with any of them before shares one group with all of them now.
            for each in own:
                items |= {(old.kind, old.id) for old in (changed[each], self._records.get(each)) if old is not None}
            groups |= dict.fromkeys(items, own)
        return list({id(group): group for group in groups.values()}.values())

    def settled(self, address: Address) -> None:
        """Note that the outcome of a write is known, so that nobody waits for it; nothing if it is noted already."""
        if self._pending.pop(address, None):
            self._append({"settled": address})

    def finish(self) -> None:
        """Remove the journal: its outcomes are in the baseline.

        Writes whose outcome is still unknown stay in it, for the next push to settle.
        """
        self._close()
        if not self._pending:
            self._path.unlink(missing_ok=True)
            return
        intents = [_intent_line(address, write) for address, write in self._pending.items() for _ in range(write.times)]
        write_whole(self._path, dump_lines([self._head, *intents]))

    def _append(self, *lines: Mapping[str, object]) -> None:
        if not lines:
            return
        if self._file is None:
            make_folder(self._path.parent)
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
            if os.fstat(self._file).st_size:
                # The file of an interrupted push may end in the middle of a line.
                os.write(self._file, b"\n")
            # Also if the file exists: the run that made it may have been killed before this.
            flush_folder(self._path.parent)
        before = os.fstat(self._file).st_size
        try:
            rest = memoryview(dump_lines(lines).encode())
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, before)
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _intent_line(address: Address, write: PendingWrite) -> dict[str, object]:
    title = {} if write.title is None else {"title": write.title}
    return {"intent": address, "action": write.action, "at": round(write.at, 3), **title}


# Reading a journal that an interrupted run left -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a write made true; `replaced` are the digests of the records before, None if an older version wrote it."""

    records: Mapping[Address, Record | None]
    replaced: Mapping[Address, str | None] | None
    heading_ids: Any


@dataclass(slots=True)
class _Push:
    """What one push noted; `head` is an empty baseline that says whose it is."""

    head: Baseline
    outcomes: list[_Outcome] = field(default_factory=list)
    pending: dict[Address, PendingWrite] = field(default_factory=dict)
    settled: set[Address] = field(default_factory=set)
    """Creates whose outcome it found out, those of earlier pushes too."""


def fold_journal(
    path: Path, baseline: Baseline | None, kind: JournalKind = JournalKind.PUSH, *, label: str | None = None
) -> Baseline | None:
    """Return the baseline with the outcomes that a journal has; the same if there is no journal.

    An outcome counts only if the baseline still has the record that it replaced: another runner, or a pull, may have
    changed it since. A line that was cut off when its writer was killed is skipped. If git merged two lists of pulled
    items with a conflict, both sides count. `label` is the path for messages. Raises ConfigError with the way out if
    something could be lost: for a journal that is damaged, unreadable or of a later version, and WrongWorkspace for one
    with outcomes of another workspace.
    """
    label = label or path.name
    merge = _Merge({**baseline.records} if baseline else {})
    heading_ids = baseline.heading_ids if baseline else None
    for push in _read_pushes(path, label, kind):
        baseline = baseline or push.head
        if _is_same_workspace(push, baseline, label, kind):
            for outcome in push.outcomes:
                merge.add(outcome)
                heading_ids = outcome.heading_ids if outcome.heading_ids in HEADING_IDS else heading_ids
    return replace(baseline, heading_ids=heading_ids, records=merge.records) if baseline else None


def pending_writes(path: Path, baseline: Baseline, *, label: str | None = None) -> dict[Address, PendingWrite]:
    """Return the writes to this workspace whose outcome a push did not note; raises as `fold_journal`."""
    found: dict[Address, PendingWrite] = {}
    label = label or path.name
    for push in _read_pushes(path, label, JournalKind.PUSH):
        if _is_same_workspace(push, baseline, label, JournalKind.PUSH):
            known = {address for outcome in push.outcomes for address in outcome.records} | push.settled
            found = {address: write for address, write in found.items() if address not in known} | push.pending
    return found


def starts_from_nothing(path: Path) -> bool:
    """Return whether the list of pulled items is all that is known: there was no baseline before it."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return False
    heads = [line for text in lines if '"format"' in text and (line := _parse_line(text)) and "format" in line]
    return bool(heads) and all(head.flag("first") for head in heads)


class _Merge:
    """Records that outcomes are added to; two addresses never get the same item by that."""

    def __init__(self, records: dict[Address, Record]) -> None:
        self.records = records
        self._owners = {(record.kind, record.id): key for key, record in records.items() if not record.removed}

    def add(self, outcome: _Outcome) -> None:
        """Add all records of an outcome or, if another run has changed one of them since, none."""
        if outcome.replaced is not None and not self._fits(outcome.records, outcome.replaced):
            return
        for address in outcome.records:
            old = self.records.pop(address, None)
            if old is not None and self._owners.get((old.kind, old.id)) == address:
                del self._owners[old.kind, old.id]
        for address, record in outcome.records.items():
            if record is not None:
                self.records[address] = record
                if not record.removed:
                    self._owners[record.kind, record.id] = address

    def _fits(self, records: Mapping[Address, Record | None], replaced: Mapping[Address, str | None]) -> bool:
        for address, record in records.items():
            old = self.records.get(address)
            if old != record and record_digest(old) != replaced.get(address):
                return False
            if record is not None and not record.removed:
                owner = self._owners.get((record.kind, record.id))
                if owner is not None and owner not in records:
                    return False
        return True


def _is_same_workspace(push: _Push, baseline: Baseline, label: str, kind: JournalKind) -> bool:
    """Return whether a push was to the baseline's workspace; raises WrongWorkspace if it was not and that matters."""
    if (baseline.workspace_id, baseline.base_url) == (push.head.workspace_id, push.head.base_url):
        return True
    if push.outcomes or any(write.action == "create" for write in push.pending.values()):
        raise WrongWorkspace(
            f"{kind.label} belongs to workspace {push.head.workspace_id} at {push.head.base_url}, but the baseline "
            f"belongs to {baseline.workspace_id} at {baseline.base_url}",
            location=Location(label),
            hint=f"push once with the settings and the baseline of that workspace, or {kind.way_out}",
        )
    return False


def _read_pushes(path: Path, label: str, kind: JournalKind) -> list[_Push]:
    try:
        # Not splitlines(): JSON leaves U+2028 and similar characters as they are, and they end no line of ours.
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        written_at = path.stat().st_mtime
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(
            f"{kind.label} can't be read: {error.strerror}",
            location=Location(label),
            hint=f"make it readable, or {kind.way_out}",
        ) from None
    pushes: list[_Push] = []
    torn: int | None = None
    for number, text in enumerate(lines, start=1):
        if not text.strip("\0\r ") or (kind is JournalKind.PULLS and _MERGE_MARKERS.fullmatch(text)):
            continue
        line = _parse_line(text)
        if line is None and _may_be_cut_off(text) and torn is None:
            torn = number
            continue
        is_head = line is not None and ("format" in line or "workspace" in line)
        if line is None or (torn is not None and not is_head):
            raise _damaged(label, torn or number, kind)
        torn = None
        try:
            if is_head:
                pushes.append(_Push(_read_head(line, label, kind)))
            else:
                _read_note(line, pushes[-1], written_at)
        except (DataError, IndexError, OverflowError) as error:
            raise _damaged(label, number, kind) from error
    return pushes


def _parse_line(text: str) -> JsonObject | None:
    try:
        return parse_object(text, strict=True)
    except DataError:
        return None


def _may_be_cut_off(text: str) -> bool:
    """Return whether a line that is not JSON may be the beginning of one of ours, whose writer was killed."""
    return text.startswith('{"') or text == "{"


def _damaged(label: str, number: int, kind: JournalKind) -> ConfigError:
    hint = f"bring the file back as it was, or {kind.way_out}"
    return ConfigError(f"{kind.label} is damaged", location=Location(label, number), hint=hint)


def _read_head(line: JsonObject, label: str, kind: JournalKind) -> Baseline:
    found = line.values.get("format", FORMAT)
    if found != FORMAT:
        raise ConfigError(
            f"the format of {kind.label} is {found!r}; this version of helpsync reads {FORMAT}",
            location=Location(label),
            hint=f"push once with the version of helpsync that wrote it, or {kind.way_out}",
        )
    return Baseline(line.text("workspace"), line.text("base_url"), line.text("dialect"))


def _read_note(line: JsonObject, push: _Push, written_at: float) -> None:
    """Add a line that is not a head to its push; raises DataError or OverflowError if it is damaged."""
    if "records" in line:
        records = line.each_or_none("records", record_from_json)
        replaced = line.optional_text_map("replaced") if "replaced" in line else None
        push.outcomes.append(_Outcome(records, replaced, line.values.get("heading_ids")))
        for changed in records:
            push.pending.pop(changed, None)
    elif (address := _text_or_none(line, "intent")) is not None:
        before = push.pending.get(address)
        at = line.values.get("at")
        push.pending[address] = PendingWrite(
            action=str(line.values.get("action")),
            # Older versions noted no time: no line is younger than the file.
            at=float(at) if isinstance(at, int | float) and math.isfinite(at) else written_at,
            times=before.times + 1 if before else 1,
            title=_text_or_none(line, "title"),
        )
    elif (settled := _text_or_none(line, "settled")) is not None:
        push.pending.pop(settled, None)
        push.settled.add(settled)


def _text_or_none(line: JsonObject, key: str) -> str | None:
    value = line.values.get(key)
    return value if isinstance(value, str) else None
