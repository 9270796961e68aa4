"""The journal: what a push was about to do and what came of it, on disk before and after each write."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helpsync.baseline.file import record_from_json, record_to_json
from helpsync.baseline.records import Baseline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self, TextIO

    from helpsync.baseline.records import HeadingIds, Record
    from helpsync.model import Address


class Journal:
    """An append-only file of one push; each line is on disk before the call returns.

    The baseline is folded from it when the push ends, or by the next run when the push died.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def begin(self, baseline: Baseline) -> None:
        """Note whose journal this is."""
        self._write({"workspace": baseline.workspace_id, "base_url": baseline.base_url, "dialect": baseline.dialect})

    def intent(self, address: Address, action: str) -> None:
        """Note that a write is about to go out."""
        self._write({"intent": address, "action": action})

    def outcome(self, changed: Mapping[Address, Record | None], heading_ids: HeadingIds | None) -> None:
        """Note what a write made true."""
        records = {address: record and record_to_json(record) for address, record in changed.items()}
        self._write({"records": records, "heading_ids": heading_ids})

    def _write(self, value: object) -> None:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8", newline="\n")
            if self._file.tell():
                self._file.write("\n")  # what a push that died left may end in the middle of a line
        self._file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def remove(self) -> None:
        """Remove the journal, whose outcomes are in the baseline by now."""
        if self._file:
            self._file.close()
            self._file = None
        self._path.unlink(missing_ok=True)


def fold(path: Path, baseline: Baseline | None) -> Baseline | None:
    """Return the baseline with the outcomes of a push that died folded in; the same where no journal was left.

    A line that was cut off by the death of its writer is passed over, as is what a push to another workspace left.
    """
    try:
        # Not splitlines(): JSON leaves U+2028 and its like as they are, and they end no line of ours.
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return baseline
    records: dict[Address, Record | None] = {**baseline.records} if baseline else {}
    heading_ids = baseline.heading_ids if baseline else None
    ours = baseline is not None
    for line in lines:
        try:
            entry: Any = json.loads(line)
            if "workspace" in entry:
                head = Baseline(str(entry["workspace"]), str(entry["base_url"]), str(entry["dialect"]))
                baseline = baseline or head
                ours = (baseline.workspace_id, baseline.base_url) == (head.workspace_id, head.base_url)
            elif "records" in entry and ours:
                records |= {key: value and record_from_json(value) for key, value in entry["records"].items()}
                if entry.get("heading_ids") in ("keep", "renew"):
                    heading_ids = entry["heading_ids"]
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    if baseline is None:
        return None
    kept = {address: record for address, record in records.items() if record is not None}
    return replace(baseline, heading_ids=heading_ids, records=kept)
