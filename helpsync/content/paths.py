"""Paths of the content tree ⇄ addresses and locales, in both layouts, and the names of new files and folders."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import TYPE_CHECKING
from unicodedata import category

from helpsync.errors import ConfigError
from helpsync.findings import Issue, catalogue
from helpsync.locales import LOCALES, language_named, language_tag, near_miss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from helpsync.locales import LanguageTag
    from helpsync.model import Address, LocaleCode
    from helpsync.settings import Config


ENDING = ".md"
COLLECTION = "_collection"


@dataclass(frozen=True, slots=True)
class Place:
    """The address and locale that a file is for; a collection's address ends in `/`."""

    address: Address
    locale: LocaleCode

    @property
    def is_collection(self) -> bool:
        """Return whether the file describes a collection or section."""
        return self.address.endswith("/") or not self.address

    @property
    def parent(self) -> Address | None:
        """Return the address of the collection or section that contains it, None at the root."""
        folder, _, _ = self.address.rstrip("/").rpartition("/")
        return f"{folder}/" if folder else None

    @property
    def depth(self) -> int:
        """Return how many folders are above an article, or how deep a collection is itself; 0 at the root."""
        return self.address.count("/")


class Misplaced(Exception):  # it becomes a finding, so it is not one of the program's errors
    """The path can't be content, for the reason in `issue`; `folder` says whether a folder's name is the reason."""

    def __init__(self, issue: Issue, *, folder: bool = False) -> None:
        super().__init__(issue.message)
        self.issue = issue
        self.folder = folder


def nfc(name: str) -> str:
    """Return the name in Unicode's composed form, so that a tree has the same addresses on every system."""
    return unicodedata.normalize("NFC", name)


def place_of(path: str, config: Config) -> Place:
    """Return the place of the file at `path`, relative to the content folder.

    Raises Misplaced if the name has a wrong locale, or lacks one that the layout needs.
    """
    *folders, name = nfc(path).split("/")
    stem, default = name[: -len(ENDING)], config.default_locale
    locale = default
    if config.layout == "folder":
        if not folders:
            raise Misplaced(catalogue.FILE_OUTSIDE_LOCALES(default_locale=default, name=name))
        locale = _locale_folder(folders.pop(0))
    stem, suffix = _split_locale(stem, default)
    if suffix and config.layout == "folder":
        right = "/".join([suffix, *folders, stem + ENDING])
        raise Misplaced(catalogue.LOCALE_IN_NAME(locale=suffix, path=right))
    if suffix == default:
        raise Misplaced(catalogue.DEFAULT_LOCALE_IN_NAME(locale=suffix, name=stem + ENDING))
    if not stem.startswith(COLLECTION):
        return Place("/".join([*folders, stem]), suffix or locale)
    if stem == COLLECTION:
        return Place("".join(f"{folder}/" for folder in folders), suffix or locale)
    if (tag := language_tag(stem[len(COLLECTION) :].strip("._-@ ()[]"))) is not None:
        raise _foreign(tag, COLLECTION, default)
    raise Misplaced(catalogue.COLLECTION_LOCALE(name=name))


def possible_places(path: str, config: Config) -> Iterator[Place]:
    """Yield the places that a file with a wrong locale in its name or folder may have been meant for."""
    *folders, name = nfc(path).split("/")
    stem, locale = name[: -len(ENDING)], config.default_locale
    if config.layout == "folder" and folders:
        tag = language_tag(folders[0]) or language_named(folders[0])
        locale = (tag and tag.locale) or locale
        folders = folders[1:]
    yield Place("/".join([*folders, stem]), locale)
    head, _, last = stem.rpartition(".")
    tag = language_tag(last) if head else None
    if tag is not None and tag.locale is not None:
        above = "".join(f"{folder}/" for folder in folders)
        yield Place(above if head == COLLECTION else above + head, tag.locale)


def file_of(place: Place, config: Config) -> str:
    """Return the path of the file of a place, relative to the content folder."""
    base = place.address + COLLECTION if place.is_collection else place.address
    if config.layout == "folder":
        return f"{place.locale}/{base}{ENDING}"
    suffix = "" if place.locale == config.default_locale else f".{place.locale}"
    return f"{base}{suffix}{ENDING}"


def path_of(config: Config, place: Place) -> str:
    """Return the path of the file of a place, relative to helpsync.yaml."""
    path = file_of(place, config)
    return path if config.content == "." else f"{config.content}/{path}"


def followed(folder: list[str], path: str) -> str | None:
    """Return the target of a relative path in a folder, None if it is outside the content tree."""
    parts = list(folder)
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _locale_folder(folder: str) -> LocaleCode:
    if folder in LOCALES:
        return folder
    tag = language_tag(folder) or language_named(folder)
    if tag is None:
        issue = catalogue.FOLDER_NOT_A_LOCALE(folder=folder)
    elif tag.locale is None:
        issue = catalogue.FOLDER_OF_UNKNOWN_LANGUAGE(folder=folder, language=tag.language)
    else:
        issue = catalogue.FOLDER_NEARLY_A_LOCALE(folder=folder, locale=tag.locale)
    raise Misplaced(issue, folder=True)


def _split_locale(stem: str, default_locale: LocaleCode) -> tuple[str, LocaleCode | None]:
    head, dot, last = stem.rpartition(".")
    if not (head and dot):
        return stem, None
    if last in LOCALES:
        return head, last
    tag = language_tag(last)
    if tag is not None and (not tag.is_plain or head == COLLECTION):
        raise _foreign(tag, head, default_locale)
    return stem, None


def _foreign(tag: LanguageTag, head: str, default_locale: LocaleCode) -> Misplaced:
    """Return what is wrong with a name that ends in a locale code of another tool."""
    if tag.locale is None:
        return Misplaced(catalogue.UNKNOWN_LANGUAGE(tag=tag.text, language=tag.language))
    name = f"{head}{'' if tag.locale == default_locale else f'.{tag.locale}'}{ENDING}"
    if tag.text == tag.locale:
        return Misplaced(catalogue.LOCALE_NEEDS_DOT(head=head, locale=tag.locale, name=name))
    return Misplaced(catalogue.OTHER_LOCALE_CODE(tag=tag.text, locale=tag.locale, name=name))


# File systems allow 255 bytes; a locale, an ending and an id must fit in beside the title.
MAX_CHARACTERS = 80
MAX_BYTES = 150
_MAX_IDENTIFIER = 24
# Sorting the marks of one letter takes quadratic time, so a title is cut before it is composed.
_MAX_TITLE = 1_000
_MAX_TRIES = 100

# Invisible letters and marks: fillers of Hangul and Khmer, variation selectors.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_APOSTROPHES = str.maketrans("", "", "'\u2019")
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"))
)


def slug_of(title: str) -> str:
    """Return the name of a file made from a title in any script, "" if the title leaves nothing.

    It is NFC, in lower case, and has letters and digits with their marks, joined by `-`: without a dot it can't end in
    a locale, and no system or shell gives it another meaning. It has at most 80 characters and 150 bytes of UTF-8, is
    cut between words if possible, and never between a letter and its marks.
    """
    seen = "".join(
        each for each in _UNSEEN.sub("", title[:_MAX_TITLE]).translate(_APOSTROPHES) if category(each) != "Cf"
    )
    return _bounded(_graphemes(nfc(seen.lower())))


def _graphemes(text: str) -> list[str]:
    """Return each letter or digit with its marks, and one `-` for anything between two of them."""
    found = ["-"]
    for each in text:
        kind = category(each)[0]
        if kind in "LN":
            found.append(each)
        elif kind == "M" and found[-1] != "-":
            found[-1] += each
        elif found[-1] != "-":
            found.append("-")
    return found[1:]


def _bounded(graphemes: list[str]) -> str:
    characters = size = end = word = 0
    for end, each in enumerate([*graphemes, "-"]):
        if each == "-":
            word = end
        characters += len(each)
        size += len(each.encode())
        if characters > MAX_CHARACTERS or size > MAX_BYTES:
            break
    # Text without spaces, or a very long word, is cut within the word.
    return "".join(graphemes[: word if word * 2 > end else end]).strip("-")


def _folded(address: Address) -> str:
    """Return the address without what some file systems ignore: case, and how marks are composed."""
    return nfc(address.casefold())


def _nothing(_: Address) -> bool:
    return False


def is_device(name: str) -> bool:
    """Return whether a file of this name, with any ending, is a device to Windows."""
    return name.casefold() in _DEVICES


class FileNames:
    """Gives items from Intercom free addresses, each only once.

    `taken` are the addresses in the tree and in the baseline. `refused` excludes others, because `ignore:` matches them
    or another file is there. The same calls in the same order give the same names.
    """

    def __init__(self, taken: Iterable[Address], refused: Callable[[Address], bool] = _nothing) -> None:
        self._refused = refused
        self._taken: set[str] = set()
        for address in taken:
            self.keep(address)

    def take(self, parent: Address | None, title: str, identifier: str, *, folder: bool) -> Address:
        """Return a free address in `parent` for an item from Intercom, and keep it; that of a folder ends in `/`.

        The name comes from the title. If that is taken, refused or can't be a file name, the id is added, or is the
        whole name (`article-123`). Raises ConfigError if `refused` leaves no name in that folder.
        """
        kind = "collection" if folder else "article"
        # Ids are digits in Intercom; another server's ids must be as harmless.
        number = slug_of(identifier)[:_MAX_IDENTIFIER].strip("-") or "0"
        for name in islice(_candidates(slug_of(title), f"{kind}-{number}", number), _MAX_TRIES):
            address = f"{parent or ''}{name}{'/' if folder else ''}"
            if (
                _is_usable(name, top_folder=folder and not parent)
                and _folded(address) not in self._taken
                and not self._refused(address)
            ):
                self.keep(address)
                return address
        where = f"in {parent}" if parent else "in the content folder"
        message = f"there is no free name for the {kind} {number} {where} that `ignore` does not match"
        raise ConfigError(message, hint="check `ignore` in helpsync.yaml")

    def moved(self, parent: Address | None, address: Address, identifier: str) -> Address:
        """Return a free address in `parent` for an item that moves there, and keep it: its own name if that is free."""
        name = address.rstrip("/").rpartition("/")[2]
        ending = "/" if address.endswith("/") else ""
        there = f"{parent or ''}{name}{ending}"
        usable = _is_usable(name, top_folder=bool(ending) and not parent)
        if usable and _folded(there) not in self._taken and not self._refused(there):
            self.keep(there)
            return there
        return self.take(parent, name, identifier, folder=bool(ending))

    def keep(self, address: Address) -> None:
        """Mark this address as taken, and the folders above it."""
        folded = _folded(address)
        self._taken.add(folded)
        while folder := folded.rstrip("/").rpartition("/")[0]:
            folded = f"{folder}/"
            if folded in self._taken:
                return
            self._taken.add(folded)


def _candidates(slug: str, plain: str, number: str) -> Iterator[str]:
    first = (slug, f"{slug}-{number}") if slug else ()
    return chain(first, (plain,), (f"{plain}-{again}" for again in count(2)))


def _is_usable(name: str, *, top_folder: bool) -> bool:
    if is_device(name):
        return False
    # A folder `fr` at the top is French in the folder layout, and so is a link to `/fr/…`.
    return not (top_folder and (name in LOCALES or near_miss(name)))
