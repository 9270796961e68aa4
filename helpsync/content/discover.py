"""The files of the content folder: which are content, and what they hold on disk."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from helpsync.content.paths import COLLECTION, ENDING, Misplaced, Place, nfc, path_of, place_of, possible_places
from helpsync.errors import ConfigError, Location
from helpsync.findings import RULES, Issue, catalogue
from helpsync.locales import LOCALES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpsync.model import Address, Finding, LocaleCode
    from helpsync.settings import Config


_LOOKALIKES = (".markdown", ".mdown", ".mkd", ".mdx")


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the tree: its place, its path on disk and the one to show, relative to helpsync.yaml."""

    place: Place
    disk: Path
    shown: str
    size: int


@dataclass(frozen=True, slots=True)
class Discovered:
    """The files of the content folder in the order of their paths, and what is wrong with others.

    `unread` are the places that the files not read because of their locale may have been meant for.
    """

    files: tuple[Found, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: frozenset[Place] = frozenset()

    @property
    def places(self) -> tuple[Place, ...]:
        """Return the places of the files."""
        return tuple(found.place for found in self.files)


def discover(config: Config, *, may_be_empty: bool = False) -> Discovered:
    """Return the files of the content folder.

    Raises ConfigError if the folder is missing or has no content, because an empty tree would remove every article;
    with `may_be_empty` there are no files instead.
    """
    root = config.root / config.content
    if not root.is_dir():
        if may_be_empty and not os.path.lexists(root):
            return Discovered()
        hint = "make the folder, or name another with `content:` in helpsync.yaml"
        raise ConfigError(f"the content folder {config.content} does not exist", hint=hint)
    found = _Walk(config).discovered()
    if not may_be_empty or found.files:
        _refuse_nothing(config, found)
    return found


def shown(config: Config, path: str) -> str:
    """Return a path of the content folder as messages show it: relative to helpsync.yaml, printable."""
    return _printable(path if config.content == "." else f"{config.content}/{path}")


def is_ignored(config: Config, path: str) -> bool:
    """Return whether `ignore:` matches a path, relative to the content folder, or a folder above it."""
    parents = path.split("/")[:-1]
    folders = ("/".join(parents[: end + 1]) + "/" for end in range(len(parents)))
    return _matches_ignore(config, path) or any(_matches_ignore(config, folder) for folder in folders)


def _matches_ignore(config: Config, path: str) -> bool:
    if not config.ignore:
        return False
    # In the folder layout a pattern may leave the locale out, so that one list works in both layouts.
    candidates = [nfc(path)]
    if config.layout == "folder":
        candidates.append(nfc(path).partition("/")[2])
    return any(_pattern(glob).match(candidate) for glob in config.ignore for candidate in candidates)


def _refuse_nothing(config: Config, discovered: Discovered) -> None:
    if any(place.locale == config.default_locale for place in discovered.places):
        return
    if any(RULES[each.code].fixed for each in discovered.findings):
        return  # these findings stop a push, and say more than the error would
    message = f"the content folder {config.content} has no {ENDING} files"
    hint = "an empty tree would remove every article, so nothing was done"
    if discovered.files:
        message = f"no file in {config.content} is in the default locale {config.default_locale}"
        hint = f"check `default_locale` and `layout` ({config.layout}) in helpsync.yaml"
    if discovered.findings:
        hint = f"{discovered.findings[0].location}: {discovered.findings[0].message}"
    raise ConfigError(message, hint=hint)


class _Walk:
    """One walk through the content folder."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.findings: list[Finding] = []
        self.files: list[Found] = []
        self.unread: set[Place] = set()
        self._seen: dict[tuple[str, str], Found] = {}
        self._foreign: defaultdict[str, list[str]] = defaultdict(list)
        self._real_root = os.path.realpath(config.root / config.content)

    def discovered(self) -> Discovered:
        for path, disk, size in self._walk("", self.config.root / self.config.content, (self._real_root,)):
            self._take(path, disk, size)
        self._report_foreign()
        return Discovered(tuple(self.files), tuple(self.findings), frozenset(self.unread))

    def _walk(self, path: str, folder: Path | str, above: tuple[str, ...]) -> Iterator[tuple[str, str, int]]:
        try:
            with os.scandir(folder) as entries:
                ordered = sorted(entries, key=lambda entry: (nfc(entry.name), entry.name))
        except OSError as error:
            self._add(path or ".", catalogue.FOLDER_NOT_READ(error=error.strerror))
            return
        for entry in ordered:
            below = path + entry.name
            try:
                is_folder = entry.is_dir()
            except OSError:
                is_folder = False
            if is_folder:
                if entry.name.startswith((".", "_")) or _matches_ignore(self.config, f"{below}/"):
                    continue
                real = above if not entry.is_symlink() else self._followed(below, entry, above)
                if real is not None:
                    yield from self._walk(f"{below}/", entry.path, (*above, os.path.realpath(entry.path)))
            elif self._is_content(entry.name, below):
                size = self._size(below, entry)
                if size is not None:
                    yield below, entry.path, size

    def _followed(self, path: str, entry: os.DirEntry[str], above: tuple[str, ...]) -> tuple[str, ...] | None:
        real = os.path.realpath(entry.path)
        if real in above:
            self._add(path, catalogue.LINK_IN_CIRCLE())
            return None
        return above if self._is_inside(real, path) else None

    def _is_inside(self, real: str, path: str) -> bool:
        if real.startswith(self._real_root + os.sep):
            return True
        self._add(path, catalogue.LINK_OUT_OF_CONTENT())
        return False

    def _size(self, path: str, entry: os.DirEntry[str]) -> int | None:
        try:
            if entry.is_symlink():
                real = os.path.realpath(entry.path, strict=True)
                if not self._is_inside(real, path):
                    return None
            if not entry.is_file():
                self._add(path, catalogue.NOT_A_REGULAR_FILE())
                return None
            return entry.stat().st_size
        except OSError as error:
            text = catalogue.LINK_NOT_OPENED if entry.is_symlink() else catalogue.FILE_NOT_OPENED
            self._add(path, text(error=error.strerror))
            return None

    def _is_content(self, name: str, path: str) -> bool:
        if name.startswith("."):
            return False
        if name.startswith("_") and not name.startswith(COLLECTION):
            return False
        if not name.endswith(ENDING):
            lower = name.lower()
            if lower.endswith((ENDING, *_LOOKALIKES)) and not _matches_ignore(self.config, path):
                self._add(path, catalogue.OTHER_ENDING(name=_printable(Path(name).stem) + ENDING))
            return False
        return not _matches_ignore(self.config, path)

    def _take(self, path: str, disk: str, size: int) -> None:
        config = self.config
        if not _is_printable(path):
            self._add(path, catalogue.NAME_NOT_TEXT())
            return
        try:
            place = place_of(path, config)
        except Misplaced as error:
            if error.issue.code == "unknown-locale":
                self.unread.update(possible_places(path, config))
            # A folder with a wrong name is one mistake, however many files are in it.
            if not (error.folder and any(each.message == error.issue.message for each in self.findings)):
                self._add(path, error.issue)
            return
        if not place.address:
            self._add(path, catalogue.COLLECTION_AT_ROOT())
            return
        if place.locale not in config.locales:
            self._foreign[place.locale].append(path)
            self.unread.add(place)
            return
        found = Found(place, Path(disk), shown(self.config, path), size)
        key = (place.address.casefold(), place.locale)
        other = self._seen.setdefault(key, found)
        if other is not found:
            same = other.place.address == place.address
            text = catalogue.SAME_ADDRESS if same else catalogue.SAME_BUT_FOR_CASE
            self._add(path, text(file=found.shown, other=other.shown))
            return
        self.files.append(found)

    def _report_foreign(self) -> None:
        for locale, paths in self._foreign.items():
            files = "the file is" if len(paths) == 1 else f"{len(paths)} files, this the first, are"
            language = LOCALES[locale].name
            self._add(paths[0], catalogue.LOCALE_NOT_LISTED(files=files, language=language, locale=locale))

    def _add(self, path: str, issue: Issue) -> None:
        self.findings.append(issue.at(Location(shown(self.config, path))))


def _is_printable(path: str) -> bool:
    return path.isprintable() or all(unicodedata.category(each) not in ("Cc", "Cs", "Zl", "Zp") for each in path)


def _printable(path: str) -> str:
    return path if _is_printable(path) else "".join(e if _is_printable(e) else ascii(e)[1:-1] for e in path)


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """Return the pattern's expression: `*` and `?` stay in one folder, `**` does not; a folder covers what is in it."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", nfc(glob.removeprefix("./").strip("/")))
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(signs.get(part, re.escape(part)) for part in parts) + r"(?:/.*)?\Z", re.DOTALL)


def blob_id(data: bytes) -> str:
    """Return git's blob id of these bytes (SHA-1, as git has it; nothing relies on its strength)."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def blob_at(path: Path) -> str | None:
    """Return the blob id of a file as it is on disk now, None without a file."""
    try:
        return blob_id(path.read_bytes())
    except OSError:
        return None


def blobs_below(folder: Path) -> frozenset[str]:
    """Return the blob ids of all Markdown files below a folder, as they are on disk now."""
    found = (blob_at(path) for path in folder.rglob(f"*{ENDING}"))
    return frozenset(blob for blob in found if blob is not None)


def blob_of(config: Config, address: Address, locale: LocaleCode) -> str | None:
    """Return the blob id of the file that a text of the content tree has on disk now, None if it has none."""
    return blob_at(config.root / path_of(config, Place(address, locale)))


def write_conflicts(config: Config, paths: Iterable[str]) -> tuple[Finding, ...]:
    """Return a finding for each thing that keeps files from being written at these paths, relative to helpsync.yaml.

    That is a symbolic link in the path whose target is missing or outside the content folder, even in a folder that
    `ignore:` matches, and a file where a folder is needed.
    """
    folders = dict.fromkeys(folder for path in paths for folder in _folders(config, path))
    return tuple(found for folder in folders if (found := _wrong(config, folder)))


def _folders(config: Config, path: str) -> Iterator[str]:
    """Yield the folders of a file from the content folder down, as far as they exist."""
    below = PurePosixPath(path).relative_to(config.content).parts[:-1]
    for end in range(len(below) + 1):
        folder = PurePosixPath(config.content, *below[:end]).as_posix()
        if not os.path.lexists(config.root / folder):
            return
        yield folder
        if _wrong(config, folder):
            return


def _wrong(config: Config, folder: str) -> Finding | None:
    disk, content = config.root / folder, os.path.realpath(config.root / config.content)
    if not disk.exists():
        return catalogue.WRITE_TO_DEAD_LINK().at(Location(folder))
    if not Path(os.path.realpath(disk)).is_relative_to(content):
        return catalogue.WRITE_OUT_OF_CONTENT().at(Location(folder))
    if not disk.is_dir():
        return catalogue.NOT_A_FOLDER().at(Location(folder))
    return None
