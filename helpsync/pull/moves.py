"""Files that move because a teammate moved their items in Intercom; links follow them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpsync.baseline import PulledItem, Record
from helpsync.content import Moving, blob_id, discover, moved_files, place_of
from helpsync.pull.compose import FileChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from helpsync.content import Place as FilePlace
    from helpsync.model import Address
    from helpsync.plan import Place, Planned
    from helpsync.pull.decide import ItemPull
    from helpsync.settings import Config


@dataclass(frozen=True, slots=True)
class Moves:
    """The files that move and those that link to them, with their new records; `sources` are their texts by blob id."""

    files: tuple[FileChange, ...]
    records: Mapping[Address, Record | None]
    sources: Mapping[str, bytes]

    @property
    def relinked(self) -> list[str]:
        """The paths of files that stay, with new links."""
        return sorted(file.path for file in self.files if file.before is not None and file.after is not None)

    def noted(self) -> PulledItem:
        """Return the moves as the note of a pull has them: with their texts, so that all of them can be finished."""
        return PulledItem(self.records, tuple(file.noted(with_text=True) for file in self.files), all_or_nothing=True)


def moves_of(config: Config, items: Iterable[ItemPull], planned: Planned) -> Moves:
    """Return what moving these items to their addresses does to files and records; writes nothing."""
    moving = {item.previous: item for item in items if item.previous}
    moved = moved_files(config, {previous: item.address for previous, item in moving.items()})
    changed: dict[Place, FileChange] = {}
    removed: list[FileChange] = []
    blobs: dict[Place, tuple[str, str]] = {}
    targets = set(moved.renames.values())
    paths = {**moved.renames, **{path: path for path in moved.texts if path not in targets}}
    for old, new in paths.items():
        place, before = _place(config, old), old.read_bytes()
        text = moved.texts.get(new)
        after = before if text is None else text.encode()
        path = new.relative_to(config.root).as_posix()
        changed[place] = FileChange(path, before if old == new else None, after, place)
        blobs[place] = (blob_id(before), blob_id(after))
        if old != new:
            removed.append(FileChange(old.relative_to(config.root).as_posix(), before, None, place))
    sources = {blob_id(file.after): file.after for file in changed.values() if file.after is not None}
    return Moves((*changed.values(), *removed), _records(planned, moving, blobs), sources)


def moved_text(config: Config, paths: Mapping[str, str], old: str) -> str:
    """Return the text of a file once these paths, relative to helpsync.yaml, have moved, old to new."""
    places = {path: _file_place(config, config.root / path) for pair in paths.items() for path in pair}
    moves = {places[before].address: places[after].address for before, after in paths.items()}
    moving = Moving(config, discover(config).places, moves)
    return moving.text((config.root / old).read_bytes().decode(), places[old])


def _place(config: Config, path: Path) -> Place:
    place = _file_place(config, path)
    return place.address, place.locale


def _file_place(config: Config, path: Path) -> FilePlace:
    """Return the place of a file in the content tree, also if it can't be read, as with conflict markers."""
    return place_of(path.relative_to(config.root / config.content).as_posix(), config)


def _records(
    planned: Planned, moving: Mapping[Address, ItemPull], blobs: Mapping[Place, tuple[str, str]]
) -> dict[Address, Record | None]:
    """Return the records that change; `blobs` are the ids of files before and after, by their old places.

    A record names the new blob only if it named the old one: a writer's edit is still not agreed.
    """
    removed: dict[Address, Record | None] = {}
    new: dict[Address, Record | None] = {}
    for address, record in planned.baseline.records.items():
        if record.removed:
            continue
        locales = dict(record.locales)
        for locale, text in record.locales.items():
            before, after = blobs.get((address, locale), (None, None))
            if before is not None and before == text.blob:
                locales[locale] = replace(text, blob=after)
        item, target = moving.get(address), _target(address, moving)
        parent = item.remote.parent_id if item and item.remote else record.parent
        moved = replace(record, locales=locales, parent=parent)
        if target != address:
            removed[address] = None
        if moved != record or target != address:
            new[target] = moved
    return {**removed, **new}


def _target(address: Address, moving: Mapping[Address, ItemPull]) -> Address:
    """Return the address after the moves; an address in a folder follows the nearest one that moves."""
    folders = [old for old in moving if old == address or (old.endswith("/") and address.startswith(old))]
    if not folders:
        return address
    nearest = max(folders, key=len)
    return moving[nearest].address + address[len(nearest) :]
