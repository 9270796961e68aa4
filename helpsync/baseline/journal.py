"""The journal: what a push was about to do and what came of it, on disk before and after each write."""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import TYPE_CHECKING

from helpsync.baseline.durable import flush_folder, make_folder, write_whole
from helpsync.baseline.file import record_to_json
from helpsync.baseline.records import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from helpsync.baseline.records import Baseline, HeadingIds, Record
    from helpsync.baseline.recovery import PendingWrite
    from helpsync.model import Address

FORMAT = "helpsync.journal/1"

RENEWED_AFTER = 2.0
"""Seconds after which an intent is noted anew before its create goes out: waits for the rate limit make it older."""


class Journal:
    """An append-only file of one push; each line is on disk before the call returns, whole or not at all.

    The baseline is folded from it when the push ends, or by the next run when the push died. `clock` gives Unix
    seconds. Every method that writes raises OSError where the file can't be written.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._file: int | None = None
        self._head: dict[str, object] = {}
        self._records: dict[Address, Record] = {}
        self._begun: dict[Address, list[dict[str, object]]] = {}
        self._begun_at: dict[Address, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def begin(self, baseline: Baseline) -> None:
        """Note whose journal this is; outcomes are recorded as changes to this baseline.

        The head says where that was empty: what follows is then all that is known.
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
        self._write(self._head)

    def carry(self, begun: Mapping[Address, PendingWrite]) -> None:
        """Keep writes that an earlier push began, until an outcome settles them; they are in the file already."""
        for address, one in begun.items():
            line: dict[str, object] = {"intent": address, "action": one.action, "at": one.at}
            line |= {} if one.title is None else {"title": one.title}
            self._begun[address] = [line] * one.times
            self._begun_at[address] = one.at

    def intent(self, address: Address, action: str, *, title: str | None = None) -> None:
        """Note that a write is about to go out; `title` is what a create may be found by later."""
        now = self._clock()
        line: dict[str, object] = {"intent": address, "action": action, "at": round(now, 3)}
        if action == "create" and title is not None:
            line["title"] = title
        self._begun.setdefault(address, []).append(line)
        self._begun_at[address] = now
        self._write(line)

    def renew(self, address: Address) -> None:
        """Note a create's intent anew, if that is some seconds old by now: from here on it may be under way."""
        last = self._begun.get(address, [{}])[-1]
        if last.get("action") == "create" and not 0 <= self._clock() - self._begun_at[address] <= RENEWED_AFTER:
            title = last.get("title")
            self.intent(address, "create", title=None if title is None else str(title))

    def outcome(self, changed: Mapping[Address, Record | None], heading_ids: HeadingIds | None) -> None:
        """Note what a write made true: one line an item, with all its addresses, so that a move is read whole.

        Items that trade addresses are in one line.
        """
        lines: list[dict[str, object]] = []
        for item in self._items(changed):
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
        self._write(*lines)
        for address in changed:
            self._begun.pop(address, None)

    def _items(self, changed: Mapping[Address, Record | None]) -> list[dict[Address, Record | None]]:
        holders: dict[tuple[str, str], dict[Address, Record | None]] = {}
        for address, record in changed.items():
            items = {(each.kind, each.id) for each in (record, self._records.get(address)) if each is not None}
            own: dict[Address, Record | None] = {address: record}
            for other in [holders[item] for item in items if item in holders]:
                own = {**other, **own}
            # What shared an item with any of them before shares one group with all of them now.
            for each in own:
                items |= {(old.kind, old.id) for old in (changed[each], self._records.get(each)) if old is not None}
            holders |= dict.fromkeys(items, own)
        return list({id(group): group for group in holders.values()}.values())

    def settled(self, address: Address) -> None:
        """Note that what became of a write is known, so that nobody waits for it; nothing where an outcome said so."""
        if self._begun.pop(address, None):
            self._write({"settled": address})

    def _write(self, *lines: Mapping[str, object]) -> None:
        if not lines:
            return
        if self._file is None:
            make_folder(self._path.parent)
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
            if os.fstat(self._file).st_size:
                # What a push that died left may end in the middle of a line.
                os.write(self._file, b"\n")
            # Also where it is there: who made it may have died before that.
            flush_folder(self._path.parent)
        data = _text(lines)
        before = os.fstat(self._file).st_size
        try:
            rest = memoryview(data.encode())
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

    def finish(self) -> None:
        """Remove the journal, whose outcomes are in the baseline by now.

        Writes of which nobody knows yet whether they happened stay in it, for the next push to settle.
        """
        self._close()
        if not self._begun:
            self._path.unlink(missing_ok=True)
            return
        write_whole(self._path, _text([self._head, *(line for lines in self._begun.values() for line in lines)]))


def _text(lines: Iterable[Mapping[str, object]]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)


def record_digest(record: Record | None) -> str | None:
    """Return what tells a record from its earlier and later forms: a short digest, None for no record."""
    if record is None:
        return None
    return digest(json.dumps(record_to_json(record), ensure_ascii=False, separators=(",", ":")))
