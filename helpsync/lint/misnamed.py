"""The rule against translations named as in other tools: they must not become articles of their own."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpsync.content.places import Place
from helpsync.errors import Location
from helpsync.language_tags import language_named, language_tag
from helpsync.lint.catalogue import finding
from helpsync.locales import LOCALES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterator, Sequence

    from helpsync.language_tags import LanguageTag
    from helpsync.model import Address, Finding, LocaleCode

_COLLECTION = "_collection"
_SEPARATOR = re.compile(r"[._@+~ -]|(?<=[^(\[])[(\[]")
_DOUBTFUL = frozenset("-_ ")
"""Separators that also join the words of a name."""

_MORE = re.compile(r"[. ~(\[]|[-_](?=(?:copy|old|new|draft|final|backup|bak|v?[0-9]+)(?![^\W_]))", re.IGNORECASE)
_MORE_BEHIND_A_DOT = re.compile(r"[. ~(\[_-]")
"""What ends a tag that more follows: `fr.bak`, `fr copy`; behind a dot also `fr-draft`."""

_GLUED = (
    re.compile(r"(?<=[a-z\u00df-\u00ff])(?P<tag>[A-Z]{2}(?:[-_]?[A-Z]{2})?|(?!Id|No)[A-Z][a-z]|[A-Z][a-z]{3,})$"),
    re.compile(r"^(?!id[A-Z]|no[A-Z])(?P<tag>[a-z]{2}|[A-Z]{2}|[A-Z]?[a-z]{3,})(?=[A-Z][a-z])"),
)
"""Tags that only capitals tell from the name: `refundsFR`, `refundsFr`, `frRefunds`; not `orderNo` and `userId`."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file of the tree with its title (a collection's name), and whether it is pinned to an item of Intercom's."""

    place: Place
    path: str
    title: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class _Guess:
    """What a file would be if the tag in its name or path were its locale: a translation of `source`."""

    file: NamedFile
    tag: LanguageTag
    source: Address


class Misnamed:
    """Finds the translations among `files` that are named as articles in the default locale.

    `found` maps the place of each to its finding; the files of a folder share one. `file_of` gives the path that a
    place should have. What is `known` by its address is an article or a collection of its own; that is asked last, as
    the answer may have to be fetched.
    """

    def __init__(
        self,
        files: Sequence[NamedFile],
        default_locale: LocaleCode,
        locales: Collection[LocaleCode],
        file_of: Callable[[Place], str],
        known: Container[Address] = (),
    ) -> None:
        self.default = default_locale
        self.locales = locales
        self.file_of = file_of
        self.known = known
        self.addresses = {each.place.address.casefold(): each.place.address for each in files}
        self.places = {each.place for each in files}
        self.titles = {each.place.address: each.title for each in files if each.place.locale == default_locale}
        self.shared: set[Address] = set()
        """Folders of several articles: with names other than languages, `index` and the name of the folder."""
        self.found: dict[Place, Finding] = {}
        self.meant: set[Place] = set()
        """What they translate, and are not read for."""
        own = [each for each in files if each.place.locale == default_locale]
        self._folders(own)
        articles = [each for each in own if each.place not in self.found and not each.place.is_collection]
        for file in articles:
            folder, _, name = file.place.address.rpartition("/")
            if name not in ("index", folder.rpartition("/")[2]) and _language(name) is None:
                self.shared.add(folder)
        self._names(articles)

    def _names(self, files: list[NamedFile]) -> None:
        sourceless: defaultdict[str, list[_Guess]] = defaultdict(list)
        for file in files:
            for guess in self._guesses(file):
                source = self.addresses.get(guess.source.casefold())
                if source is not None and source != file.place.address:
                    if file.place.address not in self.known:
                        self._report(replace(guess, source=source))
                    break
                sourceless[guess.source.casefold()].append(guess)
        for guesses in sourceless.values():
            # `refunds-en.md` beside `refunds-fr.md`: both are the article `refunds`.
            several = len({each.file.place for each in guesses}) > 1
            one = several and any(each.tag.locale == self.default for each in guesses)
            if one and not any(each.file.place.address in self.known for each in guesses):
                for guess in guesses:
                    self._report(guess)

    def _guesses(self, file: NamedFile) -> Iterator[_Guess]:
        folder, slash, name = file.place.address.rpartition("/")
        if name.endswith(_COLLECTION):
            tag = language_tag(name.removesuffix(_COLLECTION).rstrip("._-"))
            if tag is not None:
                yield _Guess(file, tag, folder + slash)
        whole = _language(name) if folder else None
        # `hr.md` among other articles is about human resources, unless the help center is in Croatian too.
        likely = whole is not None and (folder not in self.shared or whole.locale in self.locales)
        if whole and likely and not (file.pinned or whole.is_said_in(file.title)):
            # One folder for each article: `refunds/fr.md` beside `refunds.md`, `refunds/index.md` or `refunds/en.md`.
            for source in (f"{folder}/index", f"{folder}/{folder.rpartition('/')[2]}", folder):
                yield _Guess(file, whole, source)
        for text, rest, doubtful in _parts(name):
            tag = _language(text) if rest else None
            if tag and not (doubtful and (file.pinned or tag.is_said_in(file.title))):
                yield _Guess(file, tag, folder + slash + rest)

    def _report(self, guess: _Guess) -> None:
        file, tag = guess.file, guess.tag
        if tag.locale is None:
            hint = "move it out of the content folder, or add it to `ignore`"
        else:
            meant = replace(file.place, address=guess.source, locale=tag.locale)
            self.meant.add(meant)
            path = self.file_of(meant)
            hint = f"rename it to {path}"
            if meant in self.places:
                hint = f"remove it: {path} exists"
            elif tag.locale not in self.locales:
                hint += f", and add {tag.locale} to `locales`"
        source = self.file_of(replace(file.place, address=guess.source))
        hint += "; if it is an article of its own, take the language code out of its name"
        message = f"this looks like a translation of {source}: {self._meaning(tag)}"
        self.found[file.place] = finding("unknown-locale", message, Location(file.path), hint)

    def _meaning(self, tag: LanguageTag) -> str:
        if tag.locale is None:
            return f"{tag.text} is {tag.language}, which Intercom doesn't have"
        if tag.locale == self.default:
            return f"{tag.text} is {LOCALES[tag.locale].name}, the default locale, which is not written in a name"
        if tag.text == tag.locale:
            return f"{tag.text} is {LOCALES[tag.locale].name}"
        return f"Intercom doesn't know {tag.text}; use {tag.locale}"

    def _folders(self, files: list[NamedFile]) -> None:
        """Find folders named for a language whose articles all translate one outside the folder."""
        inside: defaultdict[tuple[Address, Address], list[NamedFile]] = defaultdict(list)
        for file in files:
            parts = file.place.address.split("/")
            for number, part in enumerate(parts[:-1]):
                above = "".join(f"{each}/" for each in parts[:number])
                inside[above, part].append(file)
        for (above, name), held in inside.items():
            tag = _language(name)
            articles = [each for each in held if not each.place.is_collection]
            folder = f"{above}{name}/"
            if tag is None or not articles or tag.is_said_in(self.titles.get(folder, "")):
                continue
            sources = [self._outside(each.place.address, above, folder) for each in articles]
            own = (folder, *(each.place.address for each in held))
            if all(sources) and not any(each in self.known for each in own):
                if tag.locale is not None:
                    self.meant.update(Place(f"{source}", tag.locale) for source in sources)
                self._report_folder(folder, articles[0], f"{sources[0]}", tag, held)

    def _outside(self, address: Address, above: Address, folder: Address) -> Address | None:
        rest = address[len(folder) :]
        candidates = (above + rest, f"{above}{self.default}/{rest}")
        return next((each for each in candidates if each != address and each.casefold() in self.addresses), None)

    def _report_folder(
        self, folder: Address, first: NamedFile, source: Address, tag: LanguageTag, held: list[NamedFile]
    ) -> None:
        origin = self.file_of(replace(first.place, address=source))
        message = f"the folder {folder} seems to hold translations, this one of {origin}: {self._meaning(tag)}"
        hint = "move it out of the content folder, or add it to `ignore`"
        if tag.locale is not None:
            hint = f"rename it to {self.file_of(replace(first.place, address=source, locale=tag.locale))}"
            if source.startswith(f"{self.default}/"):
                hint = "write `layout: folder` in helpsync.yaml"
        problem = finding("unknown-locale", message, Location(first.path), hint)
        for each in held:
            self.found.setdefault(each.place, problem)


def _language(text: str) -> LanguageTag | None:
    return language_tag(text) or language_named(text)


def _parts(name: str) -> Iterator[tuple[str, str, bool]]:
    """Yield what may be a tag in a name, the rest of it, and whether both may as well be words of one name."""
    for part in _SEPARATOR.finditer(name):
        before, after = name[: part.start()].rstrip("._- "), name[part.end() :]
        doubtful = part[0] in _DOUBTFUL
        yield after.strip(" -)]"), before, doubtful
        yield before.strip(" (["), after.lstrip("._- )]"), doubtful
        for more in reversed(list((_MORE_BEHIND_A_DOT if part[0] == "." else _MORE).finditer(after))):
            yield after[: more.start()].strip(" -)]"), before, True
    for glued in filter(None, (pattern.search(name) for pattern in _GLUED)):
        yield glued["tag"], name[: glued.start()] + name[glued.end() :], True
