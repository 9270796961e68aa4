"""Which pictures of stored bodies have a file already, which are to be fetched, and where their files go."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from helpsync.baseline import LOCAL_PICTURE
from helpsync.content import is_device, nfc, slug_of
from helpsync.markdown import signed_picture_addresses
from helpsync.model import Translation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from helpsync.intercom import Picture
    from helpsync.model import Address, LocaleCode
    from helpsync.pull.values import ItemPull, TextPull

_FOLDER = "images"


@dataclass
class Pictures:
    """The pictures of one pull: `keys` by their stored paths, `paths` by their keys, `new` the sizes of those to write.

    Paths of files are relative to helpsync.yaml. `known` are the tree's pictures by their keys. `failed` says by its
    stored path why a picture was not fetched: it stays a link to where Intercom has it. What was fetched lies in
    `spool` until it is written: all pictures of a help center are more than a memory need hold.
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

    def keep(self, text: TextPull, held: Collection[str]) -> None:
        """Let a picture whose bytes a writer replaced stand for what Intercom shows of it, until a push sends it.

        Fetched again it would get a file of its own, to which the text then led. `held` are the keys of all pictures
        that Intercom is known to hold.
        """
        wanted, stored, record = text.wanted, text.stored, text.record
        if not (isinstance(wanted, Translation) and isinstance(stored, Translation) and wanted.body and record):
            return
        if not any(self._is_lost(key) for key in record.images.values()):
            return
        now = wanted.body.images
        was = [record.images.get(url.partition("?")[0], "") for url in signed_picture_addresses(stored.html or "")]
        for kind, begin, end, first, last in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
            if kind == "replace" and end - begin == last - first:
                for old, new in zip(was[begin:end], now[first:last], strict=True):
                    if self._is_lost(old) and new in self.known and new not in held:
                        self.paths[old] = self.known[new]

    def _is_lost(self, key: str) -> bool:
        return key.startswith(LOCAL_PICTURE) and key not in self.paths

    def learn(self, images: Mapping[str, str]) -> None:
        """Take in what the baseline knows of stored pictures, as far as there is a file, or it was a public one.

        One that is known by its stored address alone could not be fetched, and is wanted again.
        """
        for path, key in images.items():
            if key in self.paths if key.startswith(LOCAL_PICTURE) else key != path:
                self.keys[path] = key

    def want(self, html: str, folder: str) -> None:
        """Note the pictures of a stored body that have no file; those that are new go below `folder`."""
        for url in signed_picture_addresses(html):
            path = url.partition("?")[0]
            if path not in self.keys and path not in self._wanted and url.startswith(("https://", "http://")):
                self._wanted[path] = (url, self._folder_in(folder))

    @property
    def urls(self) -> tuple[str, ...]:
        """Return the addresses to fetch, each picture once."""
        return tuple(url for url, _ in self._wanted.values())

    def take(self, fetched: Mapping[str, Picture | str]) -> None:
        """Give each picture that was fetched its key and its file, in the order in which they were wanted."""
        for path, (url, folder) in self._wanted.items():
            found = fetched.get(url)
            if found is None:
                continue
            if isinstance(found, str):
                self.failed[path] = found
                continue
            key = LOCAL_PICTURE + hashlib.sha256(found.data).hexdigest()
            self.keys[path] = key
            if key not in self.paths:
                self.paths[key] = self._place(path, folder, key, found)

    def data(self, path: str) -> bytes:
        """Return the bytes of a picture to write."""
        return (self.spool / self._keys_of_new[path][len(LOCAL_PICTURE) :]).read_bytes()

    def path(self, key: str) -> str | None:
        """Return the path of a local picture's file by its key."""
        return self.paths.get(key)

    def images(self, html: str) -> dict[str, str]:
        """Return stored path → key of a body's pictures; one that has no file is known by its address."""
        paths = (url.partition("?")[0] for url in signed_picture_addresses(html))
        return {path: self.keys.get(path, path) for path in paths}

    def _place(self, address: str, folder: str, key: str, picture: Picture) -> str:
        name = unquote(urlsplit(address).path.rpartition("/")[2])
        stem = slug_of(posixpath.splitext(name)[0]) or "picture"
        if is_device(stem):
            stem = f"picture-{stem}"
        for candidate in (stem, f"{stem}-{key[len(LOCAL_PICTURE) :][:8]}", f"{stem}-{key[len(LOCAL_PICTURE) :]}"):
            path = f"{folder}/{candidate}{picture.ending}"
            there = self._listing(folder).get(f"{candidate}{picture.ending}".casefold())
            if there is None:
                (self.spool / key[len(LOCAL_PICTURE) :]).write_bytes(picture.data)
                self.new[path] = len(picture.data)
                self._keys_of_new[path] = key
                self._listing(folder)[f"{candidate}{picture.ending}".casefold()] = path
                return path
            if self._key(there) == key:
                return there
        raise FileExistsError(17, "a picture of this name is there with other bytes", path)

    def _folder_in(self, folder: str) -> str:
        """Return where pictures of this folder go: a folder of that name in other letters is the same on many disks."""
        return self._listing(folder).get(_FOLDER, posixpath.join(folder, _FOLDER))

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


def bodies_of(items: Iterable[ItemPull]) -> Iterable[tuple[Address, LocaleCode, TextPull, str]]:
    """Yield the stored bodies that are brought home, with address and locale."""
    for item in items:
        for locale, text in item.texts.items():
            html = getattr(text.stored, "html", None)
            if text.body and html:
                yield item.address, locale, text, html
