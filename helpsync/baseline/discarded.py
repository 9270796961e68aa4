"""What a pull brought and a writer threw away since, so that the next push does not undo it in Intercom.

`git checkout`, `git restore` and `git stash` bring a file back as it was. The baseline stays behind: it may lie in
another file, or in one that git does not know yet.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from helpsync.baseline.durable import write_whole
from helpsync.baseline.file import record_from_json, record_to_json
from helpsync.baseline.journal import record_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from helpsync.baseline.pulled import PulledItem
    from helpsync.baseline.records import Baseline, Record
    from helpsync.model import Address, LocaleCode

FORMAT = "helpsync.before-pulls/1"

_KEPT = 3
"""So many pulls of one address are known: the last, one that died over it, and the one before."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What an address had before a pull: its record, and git's ids of its files; `after` marks the record it got."""

    address: Address
    after: str | None
    record: Record
    files: Mapping[LocaleCode, str]


class RevertedPulls:
    """A file of what pulls since the last push have replaced; without it, or where it is damaged, nothing is known.

    `standing` gives git's id of the file that a text has on disk now, None where it has none, `everywhere` the ids of
    all files of the content tree.
    """

    def __init__(
        self,
        path: Path,
        standing: Callable[[Address, LocaleCode], str | None],
        everywhere: Callable[[], Collection[str]],
    ) -> None:
        self._path = path
        self._standing = standing
        self._everywhere = cache(everywhere)

    def note(self, baseline: Baseline, taken: Iterable[PulledItem]) -> None:
        """Note what is about to be replaced; raises OSError."""
        known: dict[Address, list[_Before]] = {}
        for each in (*self._read(baseline), *_befores(baseline, taken)):
            known.setdefault(each.address, []).append(each)
        self._write(baseline, [each for some in known.values() for each in some[-_KEPT:]])

    def _write(self, baseline: Baseline, items: Iterable[_Before]) -> None:
        head = {"format": FORMAT, "workspace": baseline.workspace_id, "base_url": baseline.base_url}
        value = {**head, "items": [_to_json(each) for each in items]}
        write_whole(self._path, json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def fold(self, baseline: Baseline | None) -> Baseline | None:
        """Return the baseline as it was before a pull, for texts whose files are as they were before it."""
        if baseline is None:
            return None
        records = dict(baseline.records)
        for each in self._read(baseline):
            now = records.get(each.address)
            if record_digest(now) != each.after:
                continue
            back = self._back(each, moved=now is not None)
            if now is None and back:
                records[each.address] = each.record
            elif now is not None and back:
                locales = {locale: text for locale, text in now.locales.items() if locale not in back}
                locales |= {locale: each.record.locales[locale] for locale in back if locale in each.record.locales}
                records[each.address] = replace(now, locales=locales)
        return replace(baseline, records=records)

    def accept(self, baseline: Baseline) -> None:
        """From a push on, which showed what it sends, only what is thrown away by then counts as that."""
        kept = [each for each in self._read(baseline) if self._back(each)]
        if kept:
            self._write(baseline, kept)
        else:
            self._path.unlink(missing_ok=True)

    def _back(self, each: _Before, *, moved: bool = False) -> list[LocaleCode]:
        """Return the locales whose files are as they were before, also where they were `moved` since."""
        there = {locale: self._standing(each.address, locale) for locale in each.files}
        return [
            locale
            for locale, blob in each.files.items()
            if there[locale] == blob or (moved and there[locale] is None and blob in self._everywhere())
        ]

    def _read(self, baseline: Baseline) -> list[_Before]:
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            value = json.loads(self._path.read_text(encoding="utf-8"))
            whose = (value["format"], value["workspace"], value["base_url"])
            if whose == (FORMAT, baseline.workspace_id, baseline.base_url):
                return [_from_json(item) for item in value["items"]]
        return []


def _befores(baseline: Baseline, taken: Iterable[PulledItem]) -> Iterable[_Before]:
    for each in taken:
        if each.all_or_nothing:
            continue
        files = {file.locale: file.before for file in each.files if file.before is not None and not file.has_conflict}
        olds = {address: baseline.records.get(address) for address in each.records}
        for address, record in each.records.items():
            old = olds[address]
            if old is None and record is not None:
                old = next((other for other in olds.values() if other and other.id == record.id), None)
            if files and old is not None:
                yield _Before(address, record_digest(record), old, files)


def _to_json(each: _Before) -> dict[str, Any]:
    return {
        "address": each.address,
        "after": each.after,
        "record": record_to_json(each.record),
        "files": dict(each.files),
    }


def _from_json(item: Mapping[str, Any]) -> _Before:
    return _Before(str(item["address"]), item["after"], record_from_json(item["record"]), dict(item["files"]))
