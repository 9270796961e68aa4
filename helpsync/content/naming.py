"""Names of files and folders for what comes from Intercom: readable, safe on every system, never taken twice."""

from __future__ import annotations

import re
from itertools import chain, count, islice
from typing import TYPE_CHECKING
from unicodedata import category

from helpsync.content.places import nfc
from helpsync.errors import ConfigError
from helpsync.locales import LOCALES, near_miss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from helpsync.model import Address

# A name of 255 bytes is what file systems bear; a locale, an ending and an id must find room beside the title.
MAX_CHARACTERS = 80
MAX_BYTES = 150
_MAX_IDENTIFIER = 24
# Sorting the marks of one letter takes their number squared, so a title is cut before it is composed.
_MAX_TITLE = 1_000
_MAX_TRIES = 100

# Letters and marks that nobody sees: fillers of Hangul and Khmer, selectors of a glyph's look.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_APOSTROPHES = str.maketrans("", "", "'\u2019")
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"))
)


def slug_of(title: str) -> str:
    """Return a name for a file out of a title in any script, "" where the title leaves none.

    It is NFC and in lower case, and has letters, digits and their marks joined by `-`: no dot, so it can't end in a
    locale, and nothing that a system or a shell reads as something else. It has at most 80 characters and 150 bytes of
    UTF-8, is cut between words where it can be, and never between a letter and its marks.
    """
    seen = "".join(
        each for each in _UNSEEN.sub("", title[:_MAX_TITLE]).translate(_APOSTROPHES) if category(each) != "Cf"
    )
    return _bounded(_graphemes(nfc(seen.lower())))


def _graphemes(text: str) -> list[str]:
    """Return each letter or digit with its marks, and one `-` for all that stands between two of them."""
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
    """Return the address with what some file systems ignore made equal: case and the way that marks are composed."""
    return nfc(address.casefold())


def _nothing(_: Address) -> bool:
    return False


def is_device(name: str) -> bool:
    """Return whether Windows takes a file of this name, whatever its ending, for a device."""
    return name.casefold() in _DEVICES


class FileNames:
    """Gives what comes from Intercom addresses that are free, each only once.

    `taken` are the addresses that there are, in the tree or in the baseline; `refused` says which must not be given,
    because `ignore:` matches them or something else lies there. The same calls in the same order give the same names.
    """

    def __init__(self, taken: Iterable[Address], refused: Callable[[Address], bool] = _nothing) -> None:
        self._refused = refused
        self._taken: set[str] = set()
        for address in taken:
            self.keep(address)

    def take(self, parent: Address | None, title: str, identifier: str, *, folder: bool) -> Address:
        """Return a free address in `parent` for an item of Intercom's and keep it; a folder's ends in `/`.

        It comes from the title; where that is taken, refused, or nothing that a file can be called, the id is added
        or stands alone (`article-123`). Raises ConfigError when `refused` leaves no name in that folder.
        """
        kind = "collection" if folder else "article"
        # Ids are Intercom's digits; from a server that answers with something else they must be as harmless.
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
        message = f"the {kind} {number} finds no name {where} that is free and not ignored"
        raise ConfigError(message, hint="check `ignore` in helpsync.yaml")

    def moved(self, parent: Address | None, address: Address, identifier: str) -> Address:
        """Return a free address in `parent` for what moves there, and keep it: its own name, where that is free."""
        name = address.rstrip("/").rpartition("/")[2]
        ending = "/" if address.endswith("/") else ""
        there = f"{parent or ''}{name}{ending}"
        usable = _is_usable(name, top_folder=bool(ending) and not parent)
        if usable and _folded(there) not in self._taken and not self._refused(there):
            self.keep(there)
            return there
        return self.take(parent, name, identifier, folder=bool(ending))

    def keep(self, address: Address) -> None:
        """Give nobody this address, or the folders that it lies in."""
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
