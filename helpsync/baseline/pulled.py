"""What a pull that is under way takes: noted before its first file is written, so that none is half taken.

What is in a file by then counts as agreed; what is not stays as it was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from helpsync.baseline.durable import write_whole
from helpsync.baseline.file import record_from_json, record_to_json
from helpsync.baseline.journal import record_digest
from helpsync.baseline.records import Baseline, Record
from helpsync.errors import ConfigError, Location, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from helpsync.baseline.discarded import RevertedPulls
    from helpsync.model import Address, LocaleCode

FORMAT = "helpsync.pulling/1"


@dataclass(frozen=True, slots=True)
class FileWrite:
    """A file that a pull writes: git's ids of what it holds before and after, None where it is not there.

    `text` is what it is to hold, where that must be known to end what was begun. With `has_conflict` it gets conflict
    markers, so that what it holds later is what the writer decided.
    """

    path: str
    locale: LocaleCode
    before: str | None
    after: str | None
    text: str | None = None
    has_conflict: bool = False


@dataclass(frozen=True, slots=True)
class PulledItem:
    """What a pull makes of one item: its files, and the records that its addresses have once they are written.

    With `all_or_nothing` all of them count, or none: files that move.
    """

    records: Mapping[Address, Record | None]
    files: tuple[FileWrite, ...]
    all_or_nothing: bool = False


class _Noted(NamedTuple):
    head: Baseline
    items: list[tuple[PulledItem, Mapping[str, Any]]]
    first: bool


class PullNote:
    """The note of one pull, in a file; `blob` gives git's id of a file's bytes as they are now, None without a file.

    What the pull replaces is noted in `discards`, too, which outlives it.
    """

    def __init__(self, path: Path, discards: RevertedPulls, *, shown: str, blob: Callable[[str], str | None]) -> None:
        self.path = path
        self._discards = discards
        self.shown = shown
        self._blob = blob

    def write(self, baseline: Baseline, taken: Iterable[PulledItem], *, first: bool) -> None:
        """Note what is about to be taken, by the `first` pull or a later one; on the disk when the call returns.

        Raises OSError.
        """
        head = {
            "format": FORMAT,
            "first": first,
            "workspace": baseline.workspace_id,
            "base_url": baseline.base_url,
            "dialect": baseline.dialect,
        }
        taken = list(taken)
        self._discards.note(baseline, taken)
        items = [
            {
                "records": {address: record and record_to_json(record) for address, record in each.records.items()},
                "replaced": {address: record_digest(baseline.records.get(address)) for address in each.records},
                "files": [[file.path, file.locale, file.before, file.after, file.text] for file in each.files],
                "whole": each.all_or_nothing,
            }
            for each in taken
        ]
        write_whole(self.path, json.dumps({**head, "items": items}, ensure_ascii=False, separators=(",", ":")))

    @property
    def exists(self) -> bool:
        """Return whether a pull died, and the baseline may not have what it took."""
        return self.path.exists()

    @property
    def first(self) -> bool:
        """Return whether the pull that died was the first one: the next one takes all that there is, as it would."""
        noted = self._read()
        return noted is not None and noted.first

    def remove(self, pushed: Baseline | None = None) -> None:
        """Remove the note: the baseline has all of it. Once it was `pushed`, it has what files say from then on."""
        self.path.unlink(missing_ok=True)
        if pushed:
            self._discards.accept(pushed)

    def fold(self, baseline: Baseline | None) -> Baseline | None:
        """Return the baseline with what a pull that died had in its files by then, and without what was thrown away.

        Raises Stale where files were about to move, so that they may be there twice: the next pull sees to it.
        """
        baseline, noted = self._discards.fold(baseline), self._read()
        if noted is None:
            return baseline
        head = noted.head
        if baseline is not None and (baseline.workspace_id, baseline.base_url) != (head.workspace_id, head.base_url):
            return baseline
        records = dict(baseline.records) if baseline else {}
        for each, replaced in noted.items:
            if any(record_digest(records.get(address)) != replaced.get(address) for address in each.records):
                continue
            if each.all_or_nothing and not self._has_moved(each):
                if self._has_begun(each):
                    raise Stale(
                        "a pull that died was about to move files, and some may be there twice by now",
                        location=Location(self.shown),
                        hint="run `helpsync pull`: it ends that first",
                    )
                continue
            self._take(records, each, {file.locale for file in each.files if self._blob(file.path) == file.after})
        return replace(baseline or head, records=records)

    @staticmethod
    def _take(records: dict[Address, Record], each: PulledItem, landed: set[LocaleCode]) -> None:
        """Bring in what is in files; a text whose file was not written yet stays as it was."""
        whole = each.all_or_nothing or landed >= {file.locale for file in each.files}
        olds = {address: records.pop(address, None) for address in each.records}
        known = {record.id for record in each.records.values() if record}
        for address, record in each.records.items():
            old = olds[address]
            if whole:
                new = record
            elif record is None:
                # What a writer moved is under its new address, as far as that goes.
                new = None if old and old.id in known else old
            else:
                old = old or next((other for other in olds.values() if other and other.id == record.id), None)
                locales = {**(old.locales if old else {})}
                for locale in landed:
                    if locale in record.locales:
                        locales[locale] = record.locales[locale]
                    else:
                        locales.pop(locale, None)
                new = replace(old or record, locales=locales) if locales or old else None
            if new is not None:
                records[address] = new

    def begun_moves(self) -> tuple[tuple[FileWrite, ...], ...]:
        """Return the files of each move that a pull had begun when it died."""
        noted = self._read()
        moves = [each for each, _ in noted.items if each.all_or_nothing] if noted else []
        return tuple(each.files for each in moves if self._has_begun(each) and not self._has_moved(each))

    def _has_begun(self, each: PulledItem) -> bool:
        return any(self._blob(file.path) == file.after for file in each.files if file.before is None)

    def _has_moved(self, each: PulledItem) -> bool:
        """Return whether files are where they are to be, and nowhere else; what is in them may have changed since."""
        come = (self._blob(file.path) for file in each.files if file.before is None)
        gone = (self._blob(file.path) for file in each.files if file.after is None)
        return all(blob is not None for blob in come) and not any(blob is not None for blob in gone)

    def _read(self) -> _Noted | None:
        try:
            value = json.loads(self.path.read_text(encoding="utf-8"))
            head = (
                None
                if value["format"] != FORMAT
                else Baseline(str(value["workspace"]), str(value["base_url"]), str(value["dialect"]))
            )
            items = [_taken(item) for item in value["items"]]
            first = value["first"] is True
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            head, items, first = None, [], False
        if head is None:
            raise ConfigError(
                "the note of a pull that died can't be read",
                location=Location(self.shown),
                hint="remove the file, and pull again: what that pull wrote is found out by comparing",
            )
        return _Noted(head, items, first)


def _taken(item: Mapping[str, Any]) -> tuple[PulledItem, Mapping[str, Any]]:
    records = {
        address: None if value is None else record_from_json(value) for address, value in item["records"].items()
    }
    files = tuple(FileWrite(*file) for file in item["files"])
    return PulledItem(records, files, bool(item["whole"])), dict(item["replaced"])
