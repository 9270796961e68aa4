"""Files that move because a teammate moved what they stand for; links follow them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpsync.baseline import FileWrite, LocaleRecord, Record
from helpsync.content import Moving, blob_id, discover, moved_files, place_of
from helpsync.pull.compose import FileChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from helpsync.content import Place as FilePlace
    from helpsync.model import Address
    from helpsync.plan.build import Planned
    from helpsync.plan.links import Place
    from helpsync.pull.values import ItemPull
    from helpsync.settings import Config


@dataclass(frozen=True, slots=True)
class Moves:
    """The files that move, and those whose links lead there, with the records that they have then.

    `written` is how the note of a pull has the files, `sources` those that the baseline names, by git's id.
    """

    files: tuple[FileChange, ...]
    written: tuple[FileWrite, ...]
    records: Mapping[Address, Record | None]
    sources: Mapping[str, bytes]

    @property
    def relinked(self) -> list[str]:
        """Return the paths of the files that stay where they are, with other links."""
        return sorted(file.path for file in self.files if file.before is not None and file.after is not None)


def written(file: FileChange, *, text: bool = False) -> FileWrite:
    """Return how the note of a pull has a file; with `text` also what it is to hold."""
    before, after = (None if data is None else blob_id(data) for data in (file.before, file.after))
    held = file.after.decode() if text and file.after is not None else None
    return FileWrite(file.path, file.place[1], before, after, held, has_conflict=file.conflicts > 0)


def moves_of(config: Config, items: Iterable[ItemPull], planned: Planned) -> Moves:
    """Return what moving these items to their addresses does to files and records; nothing is written."""
    moving = {item.previous: item for item in items if item.previous}
    moved = moved_files(config, {previous: item.address for previous, item in moving.items()})
    originals: dict[Place, bytes] = {}
    shown = {old: new.relative_to(config.root).as_posix() for old, new in moved.renames.items()}
    changed: dict[Place, FileChange] = {}
    gone: list[FileChange] = []
    for old, new in moved.renames.items():
        path = old.relative_to(config.root).as_posix()
        place = _place(config, old)
        data = originals[place] = old.read_bytes()
        text = moved.texts.get(new)
        changed[place] = FileChange(shown[old], None, data if text is None else text.encode(), place)
        gone.append(FileChange(path, data, None, place))
    targets = set(moved.renames.values())
    for new, text in moved.texts.items():
        if new not in targets:
            place = _place(config, new)
            originals[place] = new.read_bytes()
            changed[place] = FileChange(new.relative_to(config.root).as_posix(), originals[place], text.encode(), place)
    blobs = {
        place: (blob_id(originals[place]), blob_id(file.after))
        for place, file in changed.items()
        if file.after is not None
    }
    records = _records(planned, moving, blobs)
    files = (*changed.values(), *gone)
    sources = {blob_id(file.after): file.after for file in changed.values() if file.after is not None}
    return Moves(files, tuple(written(file, text=True) for file in files), records, sources)


def text_there(config: Config, paths: Mapping[str, str], old: str) -> str:
    """Return what a file is to say once these paths, relative to helpsync.yaml, have moved, old to new."""
    places = {path: _stands_for(config, config.root / path) for pair in paths.items() for path in pair}
    moves = {places[before].address: places[after].address for before, after in paths.items()}
    moving = Moving(config, discover(config).places, moves)
    return moving.text((config.root / old).read_bytes().decode(), places[old])


def _place(config: Config, path: Path) -> Place:
    place = _stands_for(config, path)
    return place.address, place.locale


def _stands_for(config: Config, path: Path) -> FilePlace:
    """Return what a file of the content tree stands for, also where it can't be read, as with conflict markers."""
    inside = path.relative_to(config.root / config.content).as_posix()
    return place_of(inside, config)


def _records(
    planned: Planned, moving: Mapping[Address, ItemPull], blobs: Mapping[Place, tuple[str, str]]
) -> dict[Address, Record | None]:
    old: dict[Address, Record | None] = {}
    new: dict[Address, Record | None] = {}
    for address, record in planned.baseline.records.items():
        if record.removed:
            continue
        locales = {locale: _renamed(text, blobs.get((address, locale))) for locale, text in record.locales.items()}
        item = moving.get(address)
        target = _address(address, moving)
        kept = replace(record, locales=locales)
        if item is not None and item.item is not None:
            kept = replace(kept, parent=item.item.parent_id)
        if target != address:
            old[address] = None
        if kept != record or target != address:
            new[target] = kept
    return {**old, **new}


def _renamed(record: LocaleRecord, blobs: tuple[str, str] | None) -> LocaleRecord:
    """Return the record with the file as it is now, where the one before was what both sides agreed on."""
    return replace(record, blob=blobs[1]) if blobs and blobs[0] == record.blob else record


def _address(address: Address, moving: Mapping[Address, ItemPull]) -> Address:
    if address in moving:
        return moving[address].address
    folders = [old for old in moving if old.endswith("/") and address.startswith(old)]
    if not folders:
        return address
    nearest = max(folders, key=len)
    return moving[nearest].address + address[len(nearest) :]
