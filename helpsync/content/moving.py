"""Files that get new addresses: where each goes, and the links and pictures that lead where they led."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from helpsync.content.frontmatter import MAX_BYTES, body_of
from helpsync.content.links import Links
from helpsync.content.places import ENDING, Misplaced, Place, file_of, followed, nfc, place_of
from helpsync.content.walk import Walk
from helpsync.locales import LOCALES
from helpsync.markdown import LinkChanges, Replacement, apply_replacements, link_replacements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from helpsync.markdown import LinkKind
    from helpsync.model import Address
    from helpsync.settings.config import Config

_CRLF = re.compile("\r\n")
_SCHEME = re.compile(r"//|[A-Za-z][A-Za-z0-9+.-]*:")
# What an address could not hold as it is, or not everywhere that one may stand; letters of any script stay readable.
_ENCODED = re.compile(r"[\x00-\x20\x7f-\x9f\s\u200b\ufeff\"'<>()\[\]{}\\`*|&%#?^:;]")


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move of addresses makes of the tree, before anything is written.

    `renames` maps the file on disk to where it goes, `texts` a file (by where it goes) to its new text: only files
    that must change are in it. A text has the BOM and the line ends that the file has.
    """

    renames: Mapping[Path, Path]
    texts: Mapping[Path, str]


def moved_files(config: Config, moves: Mapping[Address, Address]) -> Moved:
    """Return what is to be renamed and rewritten when these addresses move.

    A collection (`a/`) takes everything below it along, but for what has a move of its own; pictures stay. The new
    addresses must be free once all have moved, else ValueError. Raises ConfigError when there is no content.
    """
    walk = Walk(config)
    moving = Moving(config, (found.place for found in walk.files), moves)
    renames: dict[Path, Path] = {}
    texts: dict[Path, str] = {}
    taken: dict[str, Path] = {}
    for found in walk.files:
        new = moving.place(found.place)
        path = found.disk
        if new != found.place:
            path = walk.root / moving.file(new)
            renames[found.disk] = path
        if (other := taken.setdefault(str(path).casefold(), found.disk)) is not found.disk:
            message = f"{found.disk} and {other} would both be {path}"
            raise ValueError(message)
        raw = _text(found.disk, found.size)
        if raw is not None and (text := moving.text(raw, found.place)) != raw:
            texts[path] = text
    return Moved(renames, texts)


class Moving:
    """Says where addresses and files of a tree go, and what a text says from there; `places` are the tree's files."""

    def __init__(self, config: Config, places: Iterable[Place], moves: Mapping[Address, Address]) -> None:
        self._config = config
        self._links = Links(config, places)
        self._moves = {old: new for old, new in moves.items() if old != new}
        self._folders = sorted((old for old in self._moves if old.endswith("/")), key=len, reverse=True)
        self.address = cache(self._address)

    def _address(self, address: Address) -> Address:
        """Return where the address goes: by its own move, or by that of the nearest folder that holds it."""
        if address in self._moves:
            return self._moves[address]
        for folder in self._folders:
            if address.startswith(folder):
                return self._moves[folder] + address[len(folder) :]
        return address

    def place(self, place: Place) -> Place:
        """Return where the place goes; the locale stays."""
        return Place(self.address(place.address), place.locale)

    def file(self, place: Place) -> str:
        """Return the path, relative to the content folder, of the file that stands for `place`."""
        return file_of(place, layout=self._config.layout, default_locale=self._config.default_locale)

    def text(self, raw: str, here: Place) -> str:
        """Return the text of the file of `here`, with its BOM and line ends, as it is to read once all has moved.

        Links lead to the same articles, pictures and links to what has not moved to the same files; `raw` may also be
        what the file was before. Only where they lead is written anew, and only where it must be.
        """
        if not self._moves:
            return raw
        return readdressed(raw, LinkChanges(partial(self._changed, here=here), partial(self._links.resolve, here=here)))

    def _changed(self, kind: LinkKind, href: str, here: Place) -> str | None:
        """Return the address to write for `href`, None where the one that stands there leads on."""
        path, suffix = cut(href)
        if not path or _SCHEME.match(href):
            return None
        said = nfc(unquote(path))
        target = self._target(kind, said, here)
        if target is None:
            return None
        new_here = self.place(here)
        new = self._new(target)
        if self._target(kind, said, new_here) == new:
            return None
        return written(self._config, said, new, new_here) + suffix

    def _target(self, kind: LinkKind, path: str, here: Place) -> str | None:
        """Return the path from the content root that a path leads to; it begins with `..` where it leads out."""
        if kind == "link" and (target := self._links.path(path, here)) is not None:
            return target
        folder = "" if path.startswith("/") else posixpath.dirname(self.file(here))
        target = followed(folder.split("/") if folder else [], path)
        outside = target is None and not path.startswith("/")
        return posixpath.normpath(posixpath.join(folder, path)) if outside else target

    def _new(self, target: str) -> str:
        """Return where the file or folder at a path from the content root goes; what is no content stays."""
        links, config = self._links, self._config
        if not target.endswith(ENDING):
            locale, folder = "", target
            if config.layout == "folder":
                locale, _, folder = target.partition("/")
                locale += "/"
            return locale + self.address(f"{folder}/").rstrip("/") if f"{folder}/" in links.folders else target
        try:
            place = place_of(target, layout=config.layout, default_locale=config.default_locale)
        except Misplaced:
            return target
        known = place.address in (links.folders if place.is_collection else links.locales)
        return self.file(self.place(place)) if known else target


def readdressed(raw: str, addresses: LinkChanges) -> str:
    """Return a file's text, with its BOM and line ends, where `addresses` says what each address of it becomes."""
    plain = raw.replace("\r\n", "\n").replace("\r", "\n") if "\r" in raw else raw
    body = body_of(plain.removeprefix("\ufeff"))
    begin = len(plain) - len(body)
    # Where a CRLF of the file is one character of what is read, counted as there.
    pairs = [match.start() - number for number, match in enumerate(_CRLF.finditer(raw))]

    def at(position: int) -> int:
        return begin + position + bisect_left(pairs, begin + position)

    found = link_replacements(body, addresses)
    return apply_replacements(raw, (Replacement(at(each.start), at(each.end), each.text) for each in found))


def written(config: Config, before: str, target: str, here: Place) -> str:
    """Return how the file of `here` names a path from the content root, in the way that `before` is written."""
    folder = "/" if before.endswith("/") else ""
    if before.startswith("/"):
        rooted = target
        locale, _, rest = target.partition("/")
        left_out = before.lstrip("/").partition("/")[0] not in LOCALES
        if config.layout == "folder" and left_out and locale == here.locale:
            rooted = target if rest.partition("/")[0] in LOCALES else rest
        return _encoded(f"/{rooted}{folder}")
    # Below as many folders as it leads out of, so that those of this machine don't count.
    above = "/_" * (target.count("..") + 1)
    start = posixpath.dirname(file_of(here, layout=config.layout, default_locale=config.default_locale))
    relative = posixpath.relpath(f"{above}/{target}", f"{above}/{start}")
    if before.startswith("./") and not relative.startswith("."):
        relative = f"./{relative}"
    return _encoded(relative + folder)


def cut(href: str) -> tuple[str, str]:
    """Return the path of an address, and what follows it."""
    end = min((at for at in (href.find("#"), href.find("?")) if at >= 0), default=len(href))
    return href[:end], href[end:]


def _encoded(path: str) -> str:
    return _ENCODED.sub(lambda each: "".join(f"%{byte:02X}" for byte in each[0].encode()), path)


def _text(path: Path, size: int) -> str | None:
    """Return the text of the file as it is, None where it can't be read: that is a finding elsewhere."""
    if size > MAX_BYTES:
        return None
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
