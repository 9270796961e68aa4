"""Resolves the links of articles: the article that a path means, for the locale of the file that has the link."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import unquote

from helpsync.content.paths import ENDING, Misplaced, Place, file_of, followed, nfc, place_of
from helpsync.findings import catalogue
from helpsync.locales import LOCALES
from helpsync.markdown import Broken, External, Own
from helpsync.model import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from helpsync.markdown import LinkTarget
    from helpsync.model import Address, LocaleCode
    from helpsync.settings import Config

_WORD = re.compile(r"[^\W_]{3,}")


class NearAddresses:
    """Finds similar addresses: the same name in another folder, a similar name, or a name with the same words."""

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
        """Return the addresses in the same folder whose names have all words of this name, or only words of it."""
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


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ENDS = "com|org|net|edu|gov|io|dev|app|cloud|info|biz|eu|uk|de|fr|es|it|nl|ch|at|be|us|ca|au|br|jp|in"
_WEB = re.compile(rf"(?:www\.[^/?#@\s]+\.\w+|(?:[a-z0-9-]+\.)+(?:{_ENDS}))(?=[/?#]|\Z)", re.IGNORECASE)
"""A host without a scheme before it: it begins with `www.`, or ends like a domain and unlike a file."""

_MAIL = re.compile(r"[^/?#@\s]+@[^/?#@\s]+\.\w+(?=\?|\Z)")


def without_scheme(address: str) -> str | None:
    """Return a web or mail address that lacks its scheme together with it, None for a path."""
    if _WEB.match(address):
        return f"https://{address}"
    return f"mailto:{address}" if _MAIL.match(address) else None


class Links:
    """Resolves links by all article files of the tree, also those that can't be read.

    `elsewhere` gives the locales that an address has besides those of the files in `places`.
    """

    def __init__(
        self,
        config: Config,
        places: Iterable[Place],
        elsewhere: Callable[[Address], set[LocaleCode]] = lambda _: set(),
    ) -> None:
        self.elsewhere = elsewhere
        self.config = config
        self.default = config.default_locale
        self.locales: defaultdict[Address, set[LocaleCode]] = defaultdict(set)
        self.folders: set[Address] = set()
        for place in places:
            above = place.address.split("/")[:-1]
            self.folders.update("".join(f"{name}/" for name in above[: end + 1]) for end in range(len(above)))
            if not place.is_collection:
                self.locales[place.address].add(place.locale)
        self._near = NearAddresses(self.locales)

    def resolve(self, href: str, here: Place) -> LinkTarget:
        """Return the target of `href` in the file of `here`; a Broken one is a `broken-link` with a hint."""
        if href.startswith("//") or _SCHEME.match(href):
            return External(href)
        if not href:
            return Broken(*catalogue.LINK_EMPTY())
        rest, _, fragment = href.partition("#")
        path = nfc(unquote(rest.partition("?")[0]))
        slug = unquote(fragment) or None
        if not path:
            return Own(Reference(here.locale, here.address, slug))
        return self._along(href, self.path(path, here), slug, here)

    def _along(self, href: str, target: str | None, slug: str | None, here: Place) -> LinkTarget:
        if target is None:
            return Broken(*catalogue.LINK_OUTSIDE(href=href))
        if (whole := without_scheme(href)) and not self._is_near(target, here):
            return Broken(*catalogue.LINK_WITHOUT_SCHEME(href=href, scheme=whole.removesuffix(href)))
        if not target.endswith(ENDING):
            return self._no_article(href, target, here)
        try:
            place = place_of(target, self.config)
        except Misplaced as error:
            suggestion = self._suggest(target, here)
            return Broken(*catalogue.LINK_BAD_NAME(href=href, problem=error.issue.message, suggestion=suggestion))
        if place.is_collection:
            return self._to_folder(href, place.address, here)
        return self._to_article(href, place, slug, here)

    def path(self, path: str, here: Place) -> str | None:
        """Return the path from the content folder that a path in the file of `here` means, None outside it."""
        parts = file_of(here, self.config).split("/")[:-1]
        if path.startswith("/"):
            parts = []
            first = path.lstrip("/").partition("/")[0]
            # A path from the root may leave the locale's folder out, so that the same text works in both layouts.
            if self.config.layout == "folder" and first not in LOCALES:
                parts = [here.locale]
        return followed(parts, path)

    def _to_article(self, href: str, place: Place, slug: str | None, here: Place) -> LinkTarget:
        known = self.locales.get(place.address, set()) | self.elsewhere(place.address)
        if not known:
            file = file_of(Place(place.address, self.default), self.config)
            return Broken(*catalogue.LINK_NO_FILE(href=href, file=file, suggestion=self._suggest(file, here)))
        # A link to the file of the default locale means the article in the reader's language, if there is one. A
        # link to the file of another locale means that translation.
        if place.locale in (self.default, here.locale):
            locale = here.locale if here.locale in known else self.default
        else:
            locale = place.locale
            if locale not in known:
                near, language = self._relative(place.address, here), LOCALES[locale].name
                return Broken(*catalogue.LINK_UNTRANSLATED(href=href, language=language, near=near))
        return Own(Reference(locale, place.address, slug))

    def _no_article(self, href: str, target: str, here: Place) -> Broken:
        folder = target
        if self.config.layout == "folder":
            folder = target.partition("/")[2]
        if not folder or f"{folder}/" in self.folders:
            return self._to_folder(href, f"{folder}/", here)
        ending = posixpath.splitext(target)[1]
        if ending and ending[1:].isalnum() and self._known(target + ENDING, here) is None:
            return Broken(*catalogue.LINK_TO_FILE(href=href))
        return Broken(*catalogue.LINK_UNKNOWN(href=href, suggestion=self._suggest(target + ENDING, here)))

    def _to_folder(self, href: str, folder: Address, here: Place) -> Broken:
        hint = None
        for name in ("index", "README"):
            if folder + name in self.locales:
                hint = catalogue.did_you_mean(self._relative(folder + name, here))
        return Broken(*catalogue.LINK_TO_COLLECTION(hint=hint, href=href))

    def _is_near(self, target: str, here: Place) -> bool:
        """Return whether an article or a folder has exactly this name."""
        folder = target.partition("/")[2] if self.config.layout == "folder" else target
        article = target.removesuffix(ENDING) + ENDING
        return f"{folder}/" in self.folders or self._known(article, here) is not None

    def _known(self, target: str, here: Place) -> Address | None:
        try:
            place = place_of(target, self.config)
        except Misplaced:
            return None
        return place.address if place.address in self.locales and place.address != here.address else None

    def _suggest(self, target: str, here: Place) -> str:
        """Return a hint with the path of the most similar article."""
        address = target.removesuffix(ENDING)
        if self.config.layout == "folder":
            address = address.partition("/")[2]
        near = self._near.nearest(address)
        if near is None or near == here.address:
            return catalogue.CHECK_PATH
        return catalogue.did_you_mean(self._relative(near, here))

    def _relative(self, address: Address, here: Place) -> str:
        locale = here.locale if here.locale in self.locales[address] else self.default
        if self.config.layout == "folder":
            # Links stay within the folder of the locale; they fall back to the default locale by themselves.
            locale = here.locale
        to, start = (file_of(place, self.config) for place in (Place(address, locale), here))
        return posixpath.relpath(to, posixpath.dirname(start) or ".").replace(" ", "%20")
