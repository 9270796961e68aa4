"""Guesses which article an unknown address meant: its file was probably renamed or moved."""

from __future__ import annotations

import re
from collections import defaultdict
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.model import Address

_WORD = re.compile(r"[^\W_]{3,}")


class NearAddresses:
    """Finds addresses like another: of the same name elsewhere, of a similar name, or of a name with the same words."""

    def __init__(self, addresses: Iterable[Address]) -> None:
        self._addresses = frozenset(addresses)
        self._by_name: defaultdict[str, list[Address]] = defaultdict(list)
        self._found: dict[Address, Address | None] = {}
        for address in sorted(self._addresses):
            self._by_name[_name(address)].append(address)

    def nearest(self, address: Address) -> Address | None:
        """Return the address if there is such an article, otherwise the most similar one, or None."""
        if address not in self._found:
            self._found[address] = address if address in self._addresses else self._near(address)
        return self._found[address]

    def _near(self, address: Address) -> Address | None:
        name = _name(address)
        if name.rpartition(".")[0] in self._by_name and name not in self._by_name:
            name = name.rpartition(".")[0]
        found = self._by_name.get(name)
        if not found:
            alike = get_close_matches(name, self._by_name, n=1, cutoff=0.75)
            found = self._by_name[alike[0]] if alike else self._of_the_same_words(address)
        if len(found) <= 1:
            return found[0] if found else None
        return (get_close_matches(address, found, n=1, cutoff=0.0) or found)[0]

    def _of_the_same_words(self, address: Address) -> list[Address]:
        """Return the addresses in the same folder whose names have all words of this name, or the other way round."""
        folder, _, name = address.rpartition("/")
        words = {*_WORD.findall(name.casefold())}
        found = []
        for each in sorted(self._addresses):
            other_folder, _, other = each.rpartition("/")
            theirs = {*_WORD.findall(other.casefold())}
            if other_folder == folder and words and theirs and (words <= theirs or theirs <= words):
                found.append(each)
        return found


def _name(address: Address) -> str:
    return address.rpartition("/")[2].casefold()
