"""Paths of the content tree ⇄ addresses and locales, in both layouts, without touching the disk."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.locales import LOCALES, language_named, language_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpsync.locales import LanguageTag
    from helpsync.model import Address, LocaleCode
    from helpsync.settings import Config, Layout

ENDING = ".md"
COLLECTION = "_collection"


@dataclass(frozen=True, slots=True)
class Place:
    """What a file stands for: an address (a collection's ends in `/`) in a locale."""

    address: Address
    locale: LocaleCode

    @property
    def is_collection(self) -> bool:
        """Return whether the file describes a collection or section."""
        return self.address.endswith("/") or not self.address

    @property
    def parent(self) -> Address | None:
        """Return the address of the collection or section that holds it, None at the root."""
        folder, _, _ = self.address.rstrip("/").rpartition("/")
        return f"{folder}/" if folder else None

    @property
    def depth(self) -> int:
        """Return how many folders lie above an article, or how deep a collection is itself; 0 at the root."""
        return self.address.count("/")


class Misplaced(Exception):  # it becomes a finding, it is no error of the program's
    """The path can't be content; `code` is the finding, `hint` what to do, `folder` whether a folder is at fault."""

    def __init__(self, code: str, message: str, hint: str, *, folder: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.folder = folder
        self.message = message
        self.hint = hint


def nfc(name: str) -> str:
    """Return the name in Unicode's composed form, so that a tree has the same addresses on every system."""
    return unicodedata.normalize("NFC", name)


def place_of(path: str, *, layout: Layout, default_locale: LocaleCode) -> Place:
    """Return what the file at `path` (relative to the content folder) stands for.

    Raises Misplaced where the name has a wrong locale or none that the layout needs.
    """
    *folders, name = nfc(path).split("/")
    stem = name[: -len(ENDING)]
    locale = default_locale
    if layout == "folder":
        if not folders:
            hint = f"move it to {default_locale}/{name}"
            raise Misplaced("unknown-locale", "the file lies outside the locale folders", hint)
        locale = _locale_folder(folders.pop(0))
    stem, suffix = _split_locale(stem, default_locale)
    if suffix and layout == "folder":
        hint = f"move it to {'/'.join([suffix, *folders, stem + ENDING])}, or write `layout: suffix` in helpsync.yaml"
        raise Misplaced("unknown-locale", f"the name ends in the locale {suffix}, but the layout is folder", hint)
    if suffix == default_locale:
        hint = f"rename it to {stem}{ENDING}"
        raise Misplaced("unknown-locale", f"the default locale {suffix} is not written in a name", hint)
    if stem.startswith(COLLECTION):
        if stem != COLLECTION:
            if (tag := language_tag(stem[len(COLLECTION) :].strip("._-@ ()[]"))) is not None:
                raise _foreign(tag, COLLECTION, default_locale)
            hint = f"the name is {COLLECTION}{ENDING}, or {COLLECTION}.LOCALE{ENDING} for a translation"
            raise Misplaced("unknown-locale", f"{name} doesn't name a locale that Intercom knows", hint)
        return Place("".join(f"{folder}/" for folder in folders), suffix or locale)
    return Place("/".join([*folders, stem]), suffix or locale)


def meant_by(path: str, *, layout: Layout, default_locale: LocaleCode) -> Iterator[Place]:
    """Yield what a file whose name or folder has a wrong locale may be, by its whole name too."""
    *folders, name = nfc(path).split("/")
    stem, locale = name[: -len(ENDING)], default_locale
    if layout == "folder" and folders:
        tag = language_tag(folders[0]) or language_named(folders[0])
        locale = (tag and tag.locale) or default_locale
        folders = folders[1:]
    yield Place("/".join([*folders, stem]), locale)
    head, _, last = stem.rpartition(".")
    tag = language_tag(last) if head else None
    if tag is not None and tag.locale is not None:
        above = "".join(f"{folder}/" for folder in folders)
        yield Place(above if head == COLLECTION else above + head, tag.locale)


def file_of(place: Place, *, layout: Layout, default_locale: LocaleCode) -> str:
    """Return the path, relative to the content folder, of the file that stands for `place`."""
    base = place.address + COLLECTION if place.is_collection else place.address
    if layout == "folder":
        return f"{place.locale}/{base}{ENDING}"
    suffix = "" if place.locale == default_locale else f".{place.locale}"
    return f"{base}{suffix}{ENDING}"


def path_of(config: Config, place: Place) -> str:
    """Return the path, relative to helpsync.yaml, of the file of a place."""
    path = file_of(place, layout=config.layout, default_locale=config.default_locale)
    return path if config.content == "." else f"{config.content}/{path}"


def followed(folder: list[str], path: str) -> str | None:
    """Return where a relative path leads from a folder, None where it leaves the content tree."""
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
    hint = "the first folder is a locale, as in en/billing/refunds.md"
    message = f"the folder {folder} is not a locale that Intercom knows"
    if tag is not None and tag.locale is None:
        message = f"{message}: it doesn't have {tag.language}"
        hint = f"move it out of the content folder, or add {folder}/** to `ignore`"
    elif tag is not None:
        hint = f"rename the folder to {tag.locale}"
    raise Misplaced("unknown-locale", message, hint, folder=True)


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
    """Return what is wrong with a name that ends in another tool's locale code."""
    if tag.locale is None:
        message = f"Intercom doesn't know {tag.text}: it doesn't have {tag.language}"
        return Misplaced("unknown-locale", message, "move it out of the content folder, or add it to `ignore`")
    suffix = "" if tag.locale == default_locale else f".{tag.locale}"
    message = f"Intercom doesn't know {tag.text}; use {tag.locale}"
    if tag.text == tag.locale:
        message = f"a locale is written after a dot: {head}.{tag.locale}{ENDING}"
    return Misplaced("unknown-locale", message, f"rename it to {head}{suffix}{ENDING}")
