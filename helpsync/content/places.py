"""Paths of the content tree ⇄ addresses and locales, in both layouts, without touching the disk."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.findings import Issue, catalogue
from helpsync.locales import LOCALES, language_named, language_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

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
