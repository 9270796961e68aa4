"""The note of a pull: what it is about to write, so that nothing is pulled by half, and what it replaces.

`PullNote` lives while a pull runs. Of an interrupted pull, what is in a file counts as agreed; what is not stays as it
was. `RevertedPulls` outlives it, until the next push: `git checkout`, `git restore` and `git stash` bring a file back
as it was before the pull, while the baseline stays: it may be in another file, or in one that git does not know yet.
The push must then not undo in Intercom what the pull had brought.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from helpsync.baseline.codec import (
    DataError,
    JsonObject,
    dump_json,
    parse_object,
    record_digest,
    record_from_json,
    record_to_json,
)
from helpsync.baseline.folder import write_whole
from helpsync.baseline.record import Baseline, Record
from helpsync.errors import ConfigError, Location, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from helpsync.model import Address, LocaleCode

NOTE_FORMAT = "helpsync.pulling/1"
REPLACED_FORMAT = "helpsync.before-pulls/1"

_PULLS_KNOWN = 3
"""How many pulls of one address are known: the last, one that was interrupted over it, and the one before."""


@dataclass(frozen=True, slots=True)
class FileWrite:
    """A file that a pull writes: git's ids of its content before and after, None for no file.

    `text` is the new content, where it must be known to finish an interrupted pull. A file that `has_conflict` markers
    is edited by the writer, so what it has later is the writer's decision.
    """

    path: str
    locale: LocaleCode
    before: str | None
    after: str | None
    text: str | None = None
    has_conflict: bool = False


@dataclass(frozen=True, slots=True)
class PulledItem:
    """What a pull does with one item: its files, and the records of its addresses once they are written.

    `all_or_nothing`: its files move, so the records count only if all of them were written.
    """

    records: Mapping[Address, Record | None]
    files: tuple[FileWrite, ...]
    all_or_nothing: bool = False


@dataclass(frozen=True, slots=True)
class _Replaced:
    """What an address had before a pull, and git's ids of its files; `after` is the digest of the record it got."""

    address: Address
    after: str | None
    record: Record
    files: Mapping[LocaleCode, str]


class RevertedPulls:
    """A file of what pulls since the last push replaced; if it is missing or damaged, nothing is known.

    `blob_of` gives git's id of the file that a text has on disk now, None for no file; `all_blobs` those of all files
    of the content tree.
    """

    def __init__(
        self,
        path: Path,
        blob_of: Callable[[Address, LocaleCode], str | None],
        all_blobs: Callable[[], Collection[str]],
    ) -> None:
        self._path = path
        self._blob_of = blob_of
        self._all_blobs = cache(all_blobs)

    def note(self, baseline: Baseline, pulled: Iterable[PulledItem]) -> None:
        """Note what is about to be replaced; raises OSError."""
        known: dict[Address, list[_Replaced]] = {}
        for each in (*self._read(baseline), *_replaced_by(baseline, pulled)):
            known.setdefault(each.address, []).append(each)
        self._write(baseline, [each for some in known.values() for each in some[-_PULLS_KNOWN:]])

    def undo(self, baseline: Baseline) -> Baseline:
        """Return the baseline as it was before a pull, for texts whose files are again as they were before it."""
        records = dict(baseline.records)
        for each in self._read(baseline):
            now = records.get(each.address)
            if record_digest(now) != each.after:
                continue
            reverted = self._reverted(each, may_have_moved=now is not None)
            if now is None and reverted:
                records[each.address] = each.record
            elif now is not None and reverted:
                locales = {locale: text for locale, text in now.locales.items() if locale not in reverted}
                locales |= {locale: each.record.locales[locale] for locale in reverted if locale in each.record.locales}
                records[each.address] = replace(now, locales=locales)
        return replace(baseline, records=records)

    def after_push(self, baseline: Baseline) -> None:
        """Forget all but what is reverted now: the push showed what it sends, so later changes are meant."""
        reverted = [each for each in self._read(baseline) if self._reverted(each)]
        if reverted:
            self._write(baseline, reverted)
        else:
            self._path.unlink(missing_ok=True)

    def _reverted(self, each: _Replaced, *, may_have_moved: bool = False) -> list[LocaleCode]:
        """Return the locales whose files are as they were before the pull, perhaps at another path."""
        now = {locale: self._blob_of(each.address, locale) for locale in each.files}
        return [
            locale
            for locale, blob in each.files.items()
            if now[locale] == blob or (may_have_moved and now[locale] is None and blob in self._all_blobs())
        ]

    def _write(self, baseline: Baseline, items: Iterable[_Replaced]) -> None:
        head = {"format": REPLACED_FORMAT, "workspace": baseline.workspace_id, "base_url": baseline.base_url}
        write_whole(self._path, dump_json({**head, "items": [_replaced_to_json(each) for each in items]}))

    def _read(self, baseline: Baseline) -> list[_Replaced]:
        with suppress(OSError, ValueError):
            value = parse_object(self._path.read_text(encoding="utf-8"))
            whose = (value.text("format"), value.text("workspace"), value.text("base_url"))
            if whose == (REPLACED_FORMAT, baseline.workspace_id, baseline.base_url):
                return value.items("items", _replaced_from_json)
        return []


def _replaced_by(baseline: Baseline, pulled: Iterable[PulledItem]) -> Iterable[_Replaced]:
    for each in pulled:
        if each.all_or_nothing:
            continue
        files = {file.locale: file.before for file in each.files if file.before is not None and not file.has_conflict}
        olds = {address: baseline.records.get(address) for address in each.records}
        for address, record in each.records.items():
            old = olds[address]
            if old is None and record is not None:
                old = _same_item(olds, record)
            if files and old is not None:
                yield _Replaced(address, record_digest(record), old, files)


def _same_item(olds: Mapping[Address, Record | None], record: Record) -> Record | None:
    return next((old for old in olds.values() if old and old.id == record.id), None)


def _replaced_to_json(each: _Replaced) -> dict[str, Any]:
    record = record_to_json(each.record)
    return {"address": each.address, "after": each.after, "record": record, "files": dict(each.files)}


def _replaced_from_json(value: JsonObject) -> _Replaced:
    record = value.nested("record", record_from_json)
    return _Replaced(value.text("address"), value.optional_text("after"), record, value.text_map("files"))


@dataclass(frozen=True, slots=True)
class _Noted:
    """An item of an interrupted pull; `replaced` has the digests of the records that it replaces."""

    item: PulledItem
    replaced: Mapping[Address, str | None]


@dataclass(frozen=True, slots=True)
class _Pull:
    """An interrupted pull; `head` is an empty baseline that says whose it is."""

    head: Baseline
    first: bool
    items: list[_Noted]


class PullNote:
    """The note of one pull, in a file; `blob_at` gives git's id of a file's bytes as they are now, None for no file.

    What the pull replaces goes to `reverted` too.
    """

    def __init__(
        self, path: Path, reverted: RevertedPulls, *, label: str, blob_at: Callable[[str], str | None]
    ) -> None:
        self.path = path
        self.label = label
        self._reverted = reverted
        self._blob_at = blob_at

    def write(self, baseline: Baseline, pulled: Iterable[PulledItem], *, first: bool) -> None:
        """Note what the `first` pull, or a later one, is about to write; on the disk when the call returns.

        Raises OSError.
        """
        pulled = list(pulled)
        self._reverted.note(baseline, pulled)
        value = {
            "format": NOTE_FORMAT,
            "first": first,
            "workspace": baseline.workspace_id,
            "base_url": baseline.base_url,
            "dialect": baseline.dialect,
            "items": [_item_to_json(baseline, each) for each in pulled],
        }
        write_whole(self.path, dump_json(value))

    @property
    def exists(self) -> bool:
        """Return whether a pull was interrupted, so that the baseline may lack what it wrote."""
        return self.path.exists()

    @property
    def first(self) -> bool:
        """Return whether the interrupted pull was the first one: the next one then pulls everything too."""
        pull = self._read()
        return pull is not None and pull.first

    def remove(self, pushed: Baseline | None = None) -> None:
        """Remove the note: the baseline has all of it; `pushed` is that of a push that ended."""
        self.path.unlink(missing_ok=True)
        if pushed:
            self._reverted.after_push(pushed)

    def fold(self, baseline: Baseline | None) -> Baseline | None:
        """Return the baseline with what an interrupted pull has in its files, and without what was reverted since.

        Raises Stale if files were about to move, so that they may exist twice: the next pull finishes that.
        """
        baseline = self._reverted.undo(baseline) if baseline else None
        pull = self._read()
        if pull is None:
            return baseline
        head = pull.head
        if baseline is not None and (baseline.workspace_id, baseline.base_url) != (head.workspace_id, head.base_url):
            return baseline
        records = dict(baseline.records) if baseline else {}
        for noted in pull.items:
            item = noted.item
            if any(record_digest(records.get(address)) != noted.replaced.get(address) for address in item.records):
                continue
            if item.all_or_nothing and not self._has_moved(item):
                if self._has_begun(item):
                    raise Stale(
                        "an interrupted pull was about to move files, and some may exist twice now",
                        location=Location(self.label),
                        hint="run `helpsync pull`: it finishes that first",
                    )
                continue
            _take_over(records, item, {file.locale for file in item.files if self._blob_at(file.path) == file.after})
        return replace(baseline or head, records=records)

    def begun_moves(self) -> tuple[tuple[FileWrite, ...], ...]:
        """Return the files of each move that a pull had begun when it was interrupted."""
        pull = self._read()
        moves = [noted.item for noted in pull.items if noted.item.all_or_nothing] if pull else []
        return tuple(item.files for item in moves if self._has_begun(item) and not self._has_moved(item))

    def _has_begun(self, item: PulledItem) -> bool:
        return any(self._blob_at(file.path) == file.after for file in item.files if file.before is None)

    def _has_moved(self, item: PulledItem) -> bool:
        """Return whether files are at their new paths only; their content may have changed since."""
        new = [self._blob_at(file.path) for file in item.files if file.before is None]
        old = [self._blob_at(file.path) for file in item.files if file.after is None]
        return None not in new and set(old) <= {None}

    def _read(self) -> _Pull | None:
        try:
            value = parse_object(self.path.read_text(encoding="utf-8"))
            if value.text("format") != NOTE_FORMAT:
                raise DataError("is of another version", "format")
            head = Baseline(value.text("workspace"), value.text("base_url"), value.text("dialect"))
            return _Pull(head, value.flag("first"), value.items("items", _item_from_json))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise ConfigError(
                "the note of an interrupted pull can't be read",
                location=Location(self.label),
                hint="remove the file and pull again: helpsync finds out by comparing what that pull wrote",
            ) from None


def _take_over(records: dict[Address, Record], item: PulledItem, written: set[LocaleCode]) -> None:
    """Put the records of a pulled item in place; a text whose file was not `written` stays as it was."""
    complete = item.all_or_nothing or written >= {file.locale for file in item.files}
    olds = {address: records.pop(address, None) for address in item.records}
    ids = {record.id for record in item.records.values() if record}
    for address, record in item.records.items():
        old = olds[address]
        if complete:
            new = record
        elif record is None:
            # What a writer moved is under its new address, as far as it is written.
            new = None if old and old.id in ids else old
        else:
            old = old or _same_item(olds, record)
            locales = {**(old.locales if old else {})}
            for locale in written:
                if locale in record.locales:
                    locales[locale] = record.locales[locale]
                else:
                    locales.pop(locale, None)
            new = replace(old or record, locales=locales) if locales or old else None
        if new is not None:
            records[address] = new


def _item_to_json(baseline: Baseline, item: PulledItem) -> dict[str, Any]:
    return {
        "records": {address: record and record_to_json(record) for address, record in item.records.items()},
        "replaced": {address: record_digest(baseline.records.get(address)) for address in item.records},
        "files": [[file.path, file.locale, file.before, file.after, file.text] for file in item.files],
        "whole": item.all_or_nothing,
    }


def _item_from_json(value: JsonObject) -> _Noted:
    files = tuple(
        FileWrite(str(path), str(locale), before, after, text)
        for path, locale, before, after, text in value.rows("files", 5)
    )
    item = PulledItem(value.each_or_none("records", record_from_json), files, value.flag("whole"))
    return _Noted(item, value.optional_text_map("replaced"))
