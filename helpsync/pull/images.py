"""The pictures of pulled bodies: which ones have a file already, which to fetch, and where the new files go."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from helpsync.baseline import LOCAL_PICTURE
from helpsync.content import Place, is_device, nfc, path_of, slug_of
from helpsync.markdown import signed_picture_addresses
from helpsync.model import Translation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from helpsync.baseline import Baseline
    from helpsync.intercom import Picture
    from helpsync.model import Address
    from helpsync.pull.decide import ItemPull, TextPull
    from helpsync.settings import Config

_FOLDER = "images"


@dataclass
class PulledPictures:
    """The pictures of one pull; paths of files are relative to `root`, the folder of helpsync.yaml.

    `known` are the paths of the tree's pictures by their keys. `keys` are the keys by stored address, `paths` the paths
    by key, `new` the sizes of the files to write by path. `failed` says, by stored address, why a picture was not
    fetched: the text keeps its link to Intercom. Fetched bytes wait in the folder `spool`, because all pictures of a
    help center may not fit into memory.
    """

    root: Path
    known: Mapping[str, str]
    spool: Path
    keys: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    _wanted: dict[str, tuple[str, str]] = field(default_factory=dict)
    _keys_of_new: dict[str, str] = field(default_factory=dict)
    _listings: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.paths.update(self.known)

    def want_all(self, config: Config, items: Iterable[ItemPull], baseline: Baseline) -> None:
        """Find out which pictures of the pulled bodies have a file, and note the others to be fetched."""
        bodies = [*_bodies(items)]
        recorded = [text.images for record in baseline.records.values() for text in record.locales.values()]
        in_intercom = {key for images in recorded for key in images.values()}
        for _, text, html in bodies:
            self._keep_replaced(text, html, in_intercom)
        for images in recorded:
            for path, key in images.items():
                # A picture recorded by its stored address could not be fetched, and is wanted again.
                if key in self.paths if key.startswith(LOCAL_PICTURE) else key != path:
                    self.keys[path] = key
        for address, _, html in bodies:
            folder = posixpath.dirname(path_of(config, Place(address, config.default_locale)))
            for url in signed_picture_addresses(html):
                path = url.partition("?")[0]
                if path not in self.keys and path not in self._wanted and url.startswith(("https://", "http://")):
                    # On many disks, a folder of that name in other letters is the same one.
                    there = self._listing(folder).get(_FOLDER, posixpath.join(folder, _FOLDER))
                    self._wanted[path] = (url, there)

    def _keep_replaced(self, text: TextPull, html: str, in_intercom: AbstractSet[str]) -> None:
        """Keep using the file of a picture whose bytes a writer replaced, until a push sends the new ones.

        If it were fetched, the old picture would get a file of its own, and the text would show that one.
        """
        wanted, record = text.wanted, text.record
        if not (isinstance(wanted, Translation) and wanted.body and record):
            return
        if not any(self._has_no_file(key) for key in record.images.values()):
            return
        now = wanted.body.images
        before = [record.images.get(url.partition("?")[0], "") for url in signed_picture_addresses(html)]
        for kind, begin, end, first, last in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
            if kind == "replace" and end - begin == last - first:
                for old, new in zip(before[begin:end], now[first:last], strict=True):
                    if self._has_no_file(old) and new in self.known and new not in in_intercom:
                        self.paths[old] = self.known[new]

    def _has_no_file(self, key: str) -> bool:
        return key.startswith(LOCAL_PICTURE) and key not in self.paths

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses to fetch, each picture once."""
        return tuple(url for url, _ in self._wanted.values())

    def add(self, fetched: Mapping[str, Picture | str]) -> None:
        """Give each fetched picture its key and its file; a text says why one was not fetched."""
        for path, (url, folder) in self._wanted.items():
            found = fetched.get(url)
            if isinstance(found, str):
                self.failed[path] = found
            elif found is not None:
                key = self.keys[path] = LOCAL_PICTURE + hashlib.sha256(found.data).hexdigest()
                if key not in self.paths:
                    self.paths[key] = self._place(path, folder, key, found)

    def data(self, path: str) -> bytes:
        """Return the bytes of a new picture."""
        return self._spooled(self._keys_of_new[path]).read_bytes()

    def images(self, html: str) -> dict[str, str]:
        """Return stored address → key of a body's pictures; one without a file has its address as key."""
        paths = (url.partition("?")[0] for url in signed_picture_addresses(html))
        return {path: self.keys.get(path, path) for path in paths}

    def _spooled(self, key: str) -> Path:
        return self.spool / key[len(LOCAL_PICTURE) :]

    def _place(self, address: str, folder: str, key: str, picture: Picture) -> str:
        """Return the path of a fetched picture's file, which is a new one unless the same bytes are there."""
        stem = slug_of(posixpath.splitext(unquote(urlsplit(address).path.rpartition("/")[2]))[0]) or "picture"
        if is_device(stem):
            stem = f"picture-{stem}"
        path, digest, listing = "", key[len(LOCAL_PICTURE) :], self._listing(folder)
        for candidate in (stem, f"{stem}-{digest[:8]}", f"{stem}-{digest}"):
            name = f"{candidate}{picture.ending}"
            path = f"{folder}/{name}"
            there = listing.get(name.casefold())
            if there is None:
                self._spooled(key).write_bytes(picture.data)
                self.new[path] = len(picture.data)
                self._keys_of_new[path] = key
                listing[name.casefold()] = path
                return path
            if self._key(there) == key:
                return there
        raise FileExistsError(17, "a picture of this name is there with other bytes", path)

    def _key(self, path: str) -> str | None:
        if path in self._keys_of_new:
            return self._keys_of_new[path]
        try:
            return LOCAL_PICTURE + hashlib.sha256((self.root / path).read_bytes()).hexdigest()
        except OSError:
            return None

    def _listing(self, folder: str) -> dict[str, str]:
        if folder not in self._listings:
            try:
                # Of names that differ in case alone, the one in small letters counts.
                names = sorted(each.name for each in (self.root / folder).iterdir())
            except OSError:
                names = []
            self._listings[folder] = {nfc(name).casefold(): posixpath.join(folder, name) for name in names}
        return self._listings[folder]


def _bodies(items: Iterable[ItemPull]) -> Iterator[tuple[Address, TextPull, str]]:
    """Yield the stored bodies to bring home, each with its item's address."""
    for item in items:
        for text in item.texts.values():
            if text.body and isinstance(text.remote, Translation) and text.remote.html:
                yield item.address, text, text.remote.html
