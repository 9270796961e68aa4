"""Pages whose links must change: files that move, and texts as last pushed, read in the tree of today."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

from helpsync.content.assets import PictureResolver
from helpsync.content.discover import discover
from helpsync.content.links import Links
from helpsync.content.page import MAX_BYTES, TextReader, body_of
from helpsync.content.paths import ENDING, Misplaced, Place, file_of, followed, nfc, place_of
from helpsync.locales import LOCALES
from helpsync.markdown import (
    External,
    LinkChanges,
    Own,
    PublicImage,
    RenderContext,
    Replacement,
    apply_replacements,
    is_public_address,
    link_replacements,
    render,
)
from helpsync.model import FormerBody, Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from helpsync.markdown import LinkKind, LinkTarget
    from helpsync.model import Address, FormerLink, LocaleCode, Text
    from helpsync.settings import Config

    Then = TypeVar("Then")

_CRLF = re.compile("\r\n")
_SCHEME = re.compile(r"//|[A-Za-z][A-Za-z0-9+.-]*:")
# Characters that have to be encoded in some kind of link; letters of any script stay readable.
_ENCODED = re.compile(r"[\x00-\x20\x7f-\x9f\s\u200b\ufeff\"'<>()\[\]{}\\`*|&%#?^:;]")


@dataclass(frozen=True, slots=True)
class MovedFiles:
    """What moving addresses does to the files, before anything is written.

    `renames` maps a file on disk to its new path. `texts` has the new text of each file that must change, by its new
    path, with the BOM and the line ends of the file.
    """

    renames: Mapping[Path, Path]
    texts: Mapping[Path, str]


def moved_files(config: Config, moves: Mapping[Address, Address]) -> MovedFiles:
    """Return the files to rename and to rewrite when these addresses move.

    Everything below a collection (`a/`) moves with it, except for what has a move of its own; pictures stay. Raises
    ValueError if two files would get the same path, and ConfigError without content.
    """
    discovered = discover(config)
    moving = Moving(config, discovered.places, moves)
    renames: dict[Path, Path] = {}
    texts: dict[Path, str] = {}
    taken: dict[str, Path] = {}
    for found in discovered.files:
        new = moving.place(found.place)
        path = found.disk
        if new != found.place:
            path = config.root / config.content / moving.file(new)
            renames[found.disk] = path
        if (other := taken.setdefault(str(path).casefold(), found.disk)) is not found.disk:
            message = f"{found.disk} and {other} would both be {path}"
            raise ValueError(message)
        raw = _text(found.disk, found.size)
        if raw is not None and (text := moving.text(raw, found.place)) != raw:
            texts[path] = text
    return MovedFiles(renames, texts)


class Moving:
    """The new places and texts of the files of a tree, of which `places` are all, after moves of addresses."""

    def __init__(self, config: Config, places: Iterable[Place], moves: Mapping[Address, Address]) -> None:
        self._config = config
        self._links = Links(config, places)
        self._moves = {old: new for old, new in moves.items() if old != new}
        self._folders = sorted((old for old in self._moves if old.endswith("/")), key=len, reverse=True)
        self.address = cache(self._address)

    def _address(self, address: Address) -> Address:
        """Return the new address: by its own move, or by that of the nearest folder above it."""
        if address in self._moves:
            return self._moves[address]
        for folder in self._folders:
            if address.startswith(folder):
                return self._moves[folder] + address[len(folder) :]
        return address

    def place(self, place: Place) -> Place:
        """Return the new place; the locale stays."""
        return Place(self.address(place.address), place.locale)

    def file(self, place: Place) -> str:
        """Return the path of the file of a place, relative to the content folder."""
        return file_of(place, self._config)

    def text(self, raw: str, here: Place) -> str:
        """Return the text of the file of `here`, with its BOM and line ends, as it must be after the moves.

        Every link and picture has the same target as before, and only addresses that must change do. `raw` may also be
        an earlier text of the file.
        """
        if not self._moves:
            return raw
        return readdressed(raw, LinkChanges(partial(self._changed, here=here), partial(self._links.resolve, here=here)))

    def _changed(self, kind: LinkKind, href: str, here: Place) -> str | None:
        """Return the address that replaces `href`, None if it stays."""
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
        """Return the target of a path as a path from the content folder; it begins with `..` outside of it."""
        if kind == "link" and (target := self._links.path(path, here)) is not None:
            return target
        folder = "" if path.startswith("/") else posixpath.dirname(self.file(here))
        target = followed(folder.split("/") if folder else [], path)
        outside = target is None and not path.startswith("/")
        return posixpath.normpath(posixpath.join(folder, path)) if outside else target

    def _new(self, target: str) -> str:
        """Return the new path of a file or folder of the content folder; other files stay."""
        links, config = self._links, self._config
        if not target.endswith(ENDING):
            locale, folder = "", target
            if config.layout == "folder":
                locale, _, folder = target.partition("/")
                locale += "/"
            return locale + self.address(f"{folder}/").rstrip("/") if f"{folder}/" in links.folders else target
        try:
            place = place_of(target, config)
        except Misplaced:
            return target
        known = place.address in (links.folders if place.is_collection else links.locales)
        return self.file(self.place(place)) if known else target


def readdressed(raw: str, addresses: LinkChanges) -> str:
    """Return the text of a file, with its BOM and line ends, after these changes of addresses."""
    plain = raw.replace("\r\n", "\n").replace("\r", "\n") if "\r" in raw else raw
    body = body_of(plain.removeprefix("\ufeff"))
    begin = len(plain) - len(body)
    # Positions of CRLF in the file, counted in the text as read, in which it is one character.
    pairs = [match.start() - number for number, match in enumerate(_CRLF.finditer(raw))]

    def at(position: int) -> int:
        return begin + position + bisect_left(pairs, begin + position)

    found = link_replacements(body, addresses)
    return apply_replacements(raw, (Replacement(at(each.start), at(each.end), each.text) for each in found))


def written(config: Config, before: str, target: str, here: Place) -> str:
    """Return the link from the file of `here` to a path of the content folder, in the form of the link `before`."""
    folder = "/" if before.endswith("/") else ""
    if before.startswith("/"):
        rooted = target
        locale, _, rest = target.partition("/")
        left_out = before.lstrip("/").partition("/")[0] not in LOCALES
        if config.layout == "folder" and left_out and locale == here.locale:
            rooted = target if rest.partition("/")[0] in LOCALES else rest
        return _encoded(f"/{rooted}{folder}")
    # Below as many folders as `..` goes up, so that the folders of this machine don't matter.
    above = "/_" * (target.count("..") + 1)
    start = posixpath.dirname(file_of(here, config))
    relative = posixpath.relpath(f"{above}/{target}", f"{above}/{start}")
    if before.startswith("./") and not relative.startswith("."):
        relative = f"./{relative}"
    return _encoded(relative + folder)


def cut(href: str) -> tuple[str, str]:
    """Return the path of an address, and its query and fragment."""
    end = min((at for at in (href.find("#"), href.find("?")) if at >= 0), default=len(href))
    return href[:end], href[end:]


def _encoded(path: str) -> str:
    return _ENCODED.sub(lambda each: "".join(f"%{byte:02X}" for byte in each[0].encode()), path)


def _text(path: Path, size: int) -> str | None:
    """Return the text of the file, None if it can't be read, which is a finding elsewhere."""
    if size > MAX_BYTES:
        return None
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


class FormerTexts:
    """Updates the links and pictures of a text as last pushed, whose targets may have moved or left the tree since.

    Otherwise they would be broken today, and the links that Intercom still shows would look like a teammate's edit.
    `texts` reads pages in the tree of today; `picture_file` gives the path of the picture with a key, relative to
    helpsync.yaml.
    """

    def __init__(self, texts: TextReader, picture_file: Callable[[str], str | None]) -> None:
        self._config = texts.config
        self._links = texts.links
        self._picture = texts.resolve_picture
        self._picture_file = picture_file

    def text(self, raw: str, place: tuple[Address, LocaleCode], former: FormerBody) -> str:
        """Return the text with new addresses for the links and pictures of `former` whose targets have moved since."""
        here = Place(*place)
        if here.is_collection or not (former.links or former.pictures):
            return raw
        resolve = partial(self._any_article, here=here)
        hrefs, sources = _addresses(raw, resolve)
        now = [_name(cut(href)[0]) for href in hrefs]
        then = [_name(link.target.address) if link.target else "" for link in former.links]
        links = _paired(hrefs, now, then, former.links)
        keys = [self._key(source, here) for source in sources]
        pictures = _paired(sources, keys, former.pictures, former.pictures)

        def changed(kind: LinkKind, href: str) -> str | None:
            if kind == "picture":
                return self._picture_now(href, pictures.get(href), here)
            link = links.get(href)
            return self._link_now(href, link, here) if link else None

        return readdressed(raw, LinkChanges(changed, resolve))

    def _any_article(self, href: str, here: Place) -> LinkTarget:
        """Read every path as that of an article, because it may have been one."""
        found = self._links.resolve(href, here)
        return found if isinstance(found, External) else Own(Reference(here.locale, href))

    def _target(self, href: str, here: Place) -> Reference | None:
        """Return the text that a link goes to today; None also for a link within the file."""
        target = None if href.startswith("#") else self._links.resolve(href, here)
        return _same_text(target.target) if isinstance(target, Own) else None

    def _key(self, source: str, here: Place) -> str | None:
        found = self._picture(source, here)
        return found.key if isinstance(found, PublicImage) else None

    def _link_now(self, href: str, link: FormerLink, here: Place) -> str | None:
        """Return the new address of a link, None if the old one still works."""
        path, suffix = cut(href)
        target = link.target
        if not path or (target is None and link.url is None):
            return None
        if target is None:
            return link.url
        query, mark, slug = suffix.partition("#")
        if mark and target.slug and unquote(slug) != target.slug:
            suffix = f"{query}#{quote(target.slug)}"
        said = nfc(unquote(path))
        for new in (path, *(self._path(said, target.address, locale, here) for locale in self._locales(said, target))):
            if self._target(new, here) == _same_text(target):
                return None if new + suffix == href else new + suffix
        return link.url

    def _locales(self, path: str, target: Reference) -> tuple[LocaleCode, LocaleCode]:
        """Return the locales of the files that may be linked: that of the old path, and that of the target."""
        config = self._config
        inside = path.lstrip("./")
        if config.layout == "folder":
            inside = next((path[at:] for at in _starts(path) if path[at:].partition("/")[0] in LOCALES), target.locale)
            return inside.partition("/")[0], target.locale
        try:
            return place_of(inside, config).locale, target.locale
        except Misplaced:
            return target.locale, target.locale

    def _path(self, before: str, address: Address, locale: LocaleCode, here: Place) -> str:
        config = self._config
        file = file_of(Place(address, locale), config)
        return written(config, before, file, here)

    def _picture_now(self, source: str, key: str | None, here: Place) -> str | None:
        """Return the new address of a picture, None if the old one still works."""
        if key is None or is_public_address(source) or self._key(source, here) == key:
            return None
        folder = "" if self._config.content == "." else f"{self._config.content}/"
        file = self._picture_file(key)
        if file is None or not file.startswith(folder):
            return None
        path, suffix = cut(source)
        return written(self._config, nfc(unquote(path)), nfc(file.removeprefix(folder)), here) + suffix


def _addresses(raw: str, resolve: Callable[[str], LinkTarget]) -> tuple[list[str], list[str]]:
    """Return the paths of links and the addresses of pictures, in the order of a push."""
    body = body_of(raw.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    # With this prefix anything is the key of a local picture.
    key = "sha256:"
    read = render(body, RenderContext("", 1, resolve, lambda source: PublicImage(key + source))).body
    return [link.target.address for link in read.links], [image.removeprefix(key) for image in read.images]


def _same_text(reference: Reference | None) -> Reference | None:
    return None if reference is None else Reference(reference.locale, reference.address)


def _name(path: str) -> str:
    """Return the name of a file without its folder, locale and ending."""
    return nfc(unquote(path)).rpartition("/")[2].partition(".")[0]


def _starts(path: str) -> list[int]:
    return [0, *(at + 1 for at, char in enumerate(path) if char == "/")]


def _paired(
    addresses: Sequence[str], now: Sequence[object], then: Sequence[object], former: Sequence[Then]
) -> Mapping[str, Then]:
    """Return the former target of each address; if some had none, pair the addresses by similarity."""
    if len(addresses) == len(former):
        return dict(zip(addresses, former, strict=True))
    found: dict[str, Then] = {}
    for _, begin, end, first, last in SequenceMatcher(None, now, then, autojunk=False).get_opcodes():
        if end - begin == last - first:
            found.update(zip(addresses[begin:end], former[first:last], strict=True))
    return found


_NOTHING_KNOWN = FormerBody()


class LastPushed:
    """Reads files as last pushed in the tree of today: the base of a conflict.

    `source` gives the text of a blob id, None if it is not at hand. `pictures` has the paths of the pictures of today
    by key. PictureResolver need no public URL: Intercom fetched them at that push.
    """

    def __init__(
        self, config: Config, source: Callable[[str], str | None], pictures: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._config = config
        self._source = source
        self._pictures = pictures

    def __call__(
        self, place: tuple[Address, LocaleCode], blob: str, former: FormerBody = _NOTHING_KNOWN
    ) -> Text | None:
        """Return what the file with this blob id asks for, None if it is not at hand or can't be used.

        `former` has the targets of its links and pictures at that push; others have those of today.
        """
        raw = self._source(blob)
        if raw is None:
            return None
        raw = FormerTexts(self._texts, self._pictures.get).text(raw, place, former)
        return self._texts.read(Place(*place), raw)

    @cached_property
    def _texts(self) -> TextReader:
        links = Links(self._config, discover(self._config).places)
        return TextReader(self._config, links, PictureResolver(self._config, lambda _: True).resolve)
