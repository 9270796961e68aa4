"""The rule about translations named as in other tools: they must not become separate articles."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpsync.errors import Location
from helpsync.findings import catalogue
from helpsync.locales import LOCALES, language_named, language_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterator, Sequence

    from helpsync.content.paths import Place
    from helpsync.locales import LanguageTag
    from helpsync.model import Address, Finding, LocaleCode

_COLLECTION = "_collection"
_SEPARATOR = re.compile(r"[._@+~ -]|(?<=[^(\[])[(\[]")
_DOUBTFUL = frozenset("-_ ")
"""Separators that also join the words of a name."""

_MORE = re.compile(r"[. ~(\[]|[-_](?=(?:copy|old|new|draft|final|backup|bak|v?[0-9]+)(?![^\W_]))", re.IGNORECASE)
_MORE_BEHIND_A_DOT = re.compile(r"[. ~(\[_-]")
"""What ends a tag before more text: `fr.bak`, `fr copy`; after a dot also `fr-draft`."""

_STATE = re.compile(r"(?<=[^._@ -])[._@ -]+(?:lang|language|locale|copy|old|new|draft|final|v?[0-9]+)$", re.IGNORECASE)
"""What may be between a name and a tag: `refunds.lang-fr`, `refunds_final_fr`."""

_EXTENSIONS = frozenset("bak mk ml ps sc sh so ts".split())  # noqa: SIM905  # reads better
"""Codes that are file endings too: `cat.sh`."""

_PIECES = re.compile(r"[()\[\]{}|:/\u2013\u2014]+|(?:^|\s)-(?=\s|$)|,\s")
"""What separates a mark from the rest of a title: `Remboursements (FR)`, `FR: Remboursements`."""

_TELLING = """
the and your you with this that these from when our not how where if who which what does they there their its it
"""
"""Words in nearly every English text that other languages don't have."""

_COMMON = _TELLING + "a an in of to is for on or be as at by do was are we can will have has"
_MIN_WORDS = 6
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")

_GLUED = (
    re.compile(r"(?<=[a-z\u00df-\u00ff])(?P<tag>[A-Z]{2}(?:[-_]?[A-Z]{2})?|(?!Id|No)[A-Z][a-z]|[A-Z][a-z]{3,})$"),
    re.compile(r"^(?!id[A-Z]|no[A-Z])(?P<tag>[a-z]{2}|[A-Z]{2}|[A-Z]?[a-z]{3,})(?=[A-Z][a-z])"),
    re.compile(r"^(?P<tag>[A-Z]{2})(?=[a-z]{3})"),
)
"""Tags that only capitals separate from the name: `refundsFR`, `frRefunds`, `FRrefunds`; not `orderNo`."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file of the tree with its title (or the name of a collection) and text; `pinned` if it has an `id`."""

    place: Place
    path: str
    title: str = ""
    pinned: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Guess:
    """The guess that a tag in the name or path of a file is its locale, and the file a translation of `source`.

    It is `doubtful` if the name may also be that of a separate article.
    """

    file: NamedFile
    tag: LanguageTag
    source: Address
    doubtful: bool = False


class Misnamed:
    """Finds the translations among `files` that are named like articles in the default locale.

    `found` maps the place of each to its finding; the files of a folder share one. `file_of` gives the path that a
    place should have. An address that is `known` is a separate article or collection; that is checked last, because the
    answer may have to be fetched.
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
        self.own = {each.place.address: each for each in files if each.place.locale == default_locale}
        self.shared: set[Address] = set()
        """Folders of several articles: one of them isn't named for a language, `index`, or like the folder."""
        self.found: dict[Place, Finding] = {}
        self.meant: set[Place] = set()
        """The texts that they translate, which are not read."""
        self._folders(self.own.values())
        articles = [each for each in self.own.values() if each.place not in self.found and not each.place.is_collection]
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
                    if self._is_own(guess, self.own.get(source)):
                        continue
                    self._report(replace(guess, source=source))
                    break
                sourceless[guess.source.casefold()].append(guess)
        for guesses in sourceless.values():
            # `refunds-en.md` beside `refunds-fr.md`: both are the article `refunds`.
            if len({each.file.place for each in guesses}) < 2 or all(
                each.tag.locale != self.default for each in guesses
            ):
                continue
            first = next((each.file for each in guesses if each.tag.locale == self.default), None)
            left = [each for each in guesses if not self._is_own(each, None if each.file is first else first)]
            if any(each.tag.locale == self.default for each in left) and len({each.file.place for each in left}) > 1:
                for guess in left:
                    self._report(guess)

    def _is_own(self, guess: _Guess, source: NamedFile | None) -> bool:
        """Return whether the file is a separate article after all."""
        file = guess.file
        if guess.doubtful and (file.pinned or _is_said(guess.tag, file, source) or self._is_new(guess, source)):
            return True
        return file.place.address in self.known

    def _is_new(self, guess: _Guess, source: NamedFile | None) -> bool:
        """Return whether the file has another text than its source, in the default locale."""
        file = guess.file
        if self.default != "en" or guess.tag.locale == "en" or not _is_english(f"{file.title}\n{file.text}"):
            return False
        there, here = _triples(source.text if source else ""), _triples(file.text)
        return 2 * len(here & there) < len(here)

    def _guesses(self, file: NamedFile) -> Iterator[_Guess]:
        folder, slash, name = file.place.address.rpartition("/")
        if name.endswith(_COLLECTION):
            tag = language_tag(name.removesuffix(_COLLECTION).rstrip("._-"))
            if tag is not None:
                yield _Guess(file, tag, folder + slash)
        whole = _language(name) if folder else None
        # `hr.md` among other articles is about human resources, unless the help center is in Croatian too.
        if whole and (folder not in self.shared or whole.locale in self.locales):
            # A folder for each article: `refunds/fr.md` beside `refunds.md`, `refunds/index.md` or `refunds/en.md`.
            for source in (f"{folder}/index", f"{folder}/{folder.rpartition('/')[2]}", folder):
                yield _Guess(file, whole, source, doubtful=True)
        for text, rest, doubtful in _parts(name):
            tag = _language(text) if rest else None
            if tag is not None:
                extends = text in _EXTENSIONS and name.casefold() in file.title.casefold()
                yield _Guess(file, tag, folder + slash + rest, doubtful=doubtful or extends)

    def _report(self, guess: _Guess) -> None:
        file, tag = guess.file, guess.tag
        if tag.locale is None:
            hint = catalogue.UNKNOWN_LANGUAGE.hint or ""
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
        hint += f"; if it is an article of its own, take {tag.text} out of its name"
        if guess.doubtful:
            hint += ", or say it in the title, or link the file to its article with `id`"
        issue = catalogue.MISNAMED_FILE(hint=hint, source=source, meaning=self._meaning(tag))
        self.found[file.place] = issue.at(Location(file.path))

    def _meaning(self, tag: LanguageTag) -> str:
        if tag.locale is None:
            return f"{tag.text} is {tag.language}, which Intercom doesn't have"
        if tag.locale == self.default:
            return f"{tag.text} is {LOCALES[tag.locale].name}, the default locale, which is not written in a name"
        if tag.text == tag.locale:
            return f"{tag.text} is {LOCALES[tag.locale].name}"
        return f"Intercom doesn't know {tag.text}; use {tag.locale}"

    def _folders(self, files: Collection[NamedFile]) -> None:
        """Find folders named for a language whose articles all translate one outside the folder."""
        inside: defaultdict[tuple[Address, Address], list[NamedFile]] = defaultdict(list)
        for file in files:
            parts = file.place.address.split("/")
            for number, part in enumerate(parts[:-1]):
                above = "".join(f"{each}/" for each in parts[:number])
                inside[above, part].append(file)
        self.folders = {f"{above}{name}/" for above, name in inside}
        for (above, name), held in inside.items():
            folder = f"{above}{name}/"
            articles = [each for each in held if not each.place.is_collection]
            for tag, roots in self._folder_guesses(above, name) if articles else ():
                sources = [self._outside(each.place.address, roots, folder) for each in articles]
                found = [each for each in sources if each is not None]
                if len(found) == len(articles) and not self._is_collection(folder, tag, articles, found):
                    if tag.locale is not None:
                        meant = replace(articles[0].place, locale=tag.locale)
                        self.meant.update(replace(meant, address=source) for source in found)
                    self._report_folder(folder, articles[0], found[0], tag, held)
                    break

    def _folder_guesses(self, above: Address, name: str) -> Iterator[tuple[LanguageTag, list[Address]]]:
        """Yield each possible tag of a folder with the folders that may have the sources, the nearest first."""
        if tag := _language(name):
            parts = above.split("/")[:-1]
            higher = ["".join(f"{each}/" for each in parts[:end]) for end in reversed(range(len(parts)))]
            yield tag, [above, f"{above}{self.default}/", *higher]
        for text, rest, _ in _parts(name):
            if f"{above}{rest}/" in self.folders and (tag := _language(text)):
                yield tag, [f"{above}{rest}/"]

    def _outside(self, address: Address, roots: list[Address], folder: Address) -> Address | None:
        rest = address[len(folder) :]
        # Every help center has an `index`: only beside the folder is it the same article.
        near = roots[: 2 if rest.casefold() in ("index", "readme") else None]
        candidates = (root + rest for root in near)
        return next((each for each in candidates if each != address and each.casefold() in self.addresses), None)

    def _is_collection(
        self, folder: Address, tag: LanguageTag, articles: list[NamedFile], sources: list[Address]
    ) -> bool:
        """Return whether a folder is a separate collection after all."""
        own, above = self.own.get(folder), self.own.get(f"{sources[0].rpartition('/')[0]}/")
        if (own is not None and _is_said(tag, own, above)) or any(each.pinned for each in articles):
            return True
        pairs = zip(articles, sources, strict=True)
        new = sum(self._is_new(_Guess(each, tag, source), self.own.get(source)) for each, source in pairs)
        return 2 * new > len(articles) or any(
            each in self.known for each in (folder, *(a.place.address for a in articles))
        )

    def _report_folder(
        self, folder: Address, first: NamedFile, source: Address, tag: LanguageTag, held: list[NamedFile]
    ) -> None:
        origin = self.file_of(replace(first.place, address=source))
        hint = None
        if tag.locale is not None:
            hint = f"rename it to {self.file_of(replace(first.place, address=source, locale=tag.locale))}"
            if source.startswith(f"{self.default}/"):
                hint = "write `layout: folder` in helpsync.yaml"
        issue = catalogue.MISNAMED_FOLDER(hint=hint, folder=folder, source=origin, meaning=self._meaning(tag))
        problem = issue.at(Location(first.path))
        for each in held:
            self.found.setdefault(each.place, problem)


def _language(text: str) -> LanguageTag | None:
    return language_tag(text) or language_named(text)


def _parts(name: str) -> Iterator[tuple[str, str, bool]]:
    """Yield each possible tag in a name, the rest of the name, and whether both may also be words of one name."""
    for part in _SEPARATOR.finditer(name):
        before, after = name[: part.start()].rstrip("._- "), name[part.end() :]
        doubtful = part[0] in _DOUBTFUL
        yield after.strip(" -)]"), before, doubtful
        yield before.strip(" ([)]"), after.lstrip("._- )]"), doubtful
        if (shorter := _STATE.sub("", before)) != before:
            yield after.strip(" -)]"), shorter, True
        for more in reversed(list((_MORE_BEHIND_A_DOT if part[0] == "." else _MORE).finditer(after))):
            yield after[: more.start()].strip(" -)]"), before, True
    for glued in filter(None, (pattern.search(name) for pattern in _GLUED)):
        yield glued["tag"], name[: glued.start()] + name[glued.end() :], True


def _is_said(tag: LanguageTag, file: NamedFile, source: NamedFile | None) -> bool:
    """Return whether the title has the tag as a word, and not only as the mark of a translation.

    A mark is separate or at an end, as in `Remboursements (FR)`, and the name and title of the source have no word of
    the rest.
    """
    if not tag.is_said_in(file.title):
        return False
    title = re.sub(rf"^{tag.code.upper()}(?=\s)|(?<=\s){tag.code.upper()}$", r"(\g<0>)", file.title.strip())
    pieces = [each.strip() for each in _PIECES.split(title) if _WORD.search(each)]
    rest = [each for each in pieces if (named := _language(each)) is None or named.code != tag.code]
    if source is None or not rest or len(rest) == len(pieces):
        return True
    if len(_WORD.findall(_name(file).replace("_", " "))) > 1 and _stems(_name(file)) <= _stems(file.title):
        return True
    return not _stems(" ".join(rest)).isdisjoint(_stems(f"{_name(source)} {source.title}"))


def _name(file: NamedFile) -> str:
    return file.place.address.rstrip("/").rpartition("/")[2]


def _stems(text: str) -> set[str]:
    return {word.casefold().rstrip("s") for word in _WORD.findall(text.replace("_", " "))}


def _is_english(text: str) -> bool:
    """Return whether a text is clearly English, and does not mention its translation."""
    words = _WORD.findall(text.casefold().replace("_", " "))
    if len(words) < _MIN_WORDS or sum(each.isascii() for each in words) < 0.9 * len(words):
        return False
    shares = [sum(map({*known.split()}.__contains__, words)) / len(words) for known in (_COMMON, _TELLING)]
    return shares[0] >= 1 / 5 and shares[1] >= 1 / 20 and not any(each.startswith("translat") for each in words)


def _triples(text: str) -> set[tuple[str, ...]]:
    words = ["", *_WORD.findall(text.casefold()), ""]
    return set(zip(words, words[1:], words[2:], strict=False))
