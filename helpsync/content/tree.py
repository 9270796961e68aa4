"""Reads the content tree: files → HelpCenter and findings; each file is read once and rendered once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from helpsync.content import rules as shape
from helpsync.content.assets import COMMIT, Commit, PictureResolver, committed_pictures
from helpsync.content.discover import Discovered, discover, shown
from helpsync.content.links import Links
from helpsync.content.misnamed import Misnamed, NamedFile
from helpsync.content.page import Page, PageReader, TextReader
from helpsync.content.paths import Place, file_of
from helpsync.content.rules import broken_anchors, links_to_drafts, renamed, stale
from helpsync.findings import by_rules, catalogue
from helpsync.markdown import escape_attribute, placeholder, shows_nothing
from helpsync.model import Article, Collection, HelpCenter
from helpsync.settings import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from helpsync.model import Address, Body, Finding, LocaleCode, Reference, State
    from helpsync.settings import Config

    Name = tuple[Address, LocaleCode]

_EMPTYING = {"bad-image", "missing-image", "no-public-url", "refused-markup"}
"""Errors that already explain why a body may show nothing."""

_UNCOMMITTED = "uncommitted-image"

_WITHOUT_TEXT = {
    (True, True): catalogue.ARTICLE_WITHOUT_TEXT,
    (True, False): catalogue.ARTICLE_SHOWS_NOTHING,
    (False, True): catalogue.TRANSLATION_WITHOUT_TEXT,
    (False, False): catalogue.TRANSLATION_SHOWS_NOTHING,
}
"""The texts of `missing-body`: whether the page is in the default locale, and whether its body is empty."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What the content tree asks for, and what is wrong with it.

    `findings` have the severities of `rules:`, sorted by place; `help_center` lacks the files that they made unusable.
    `pictures` maps the key of each local picture (`sha256:…`) to its path, relative to helpsync.yaml. `files` is how
    many files were found. `unfetchable` are the keys of pictures that Intercom has and could not fetch again.
    """

    help_center: HelpCenter
    findings: tuple[Finding, ...]
    pictures: Mapping[str, str]
    files: int
    unfetchable: frozenset[str] = frozenset()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that stop a push."""
        return tuple(each for each in self.findings if each.severity == "error")


def read_tree(
    config: Config,
    *,
    pins_for: str,
    commit: Callable[[], Commit] | None = None,
    stored: Callable[[], Container[str]] = tuple,
    known: Container[Address] = (),
    may_be_empty: bool = False,
    unresolved: bool = False,
) -> Tree:
    """Return the content tree, with ids pinned for the remote `pins_for`; the sandbox ignores pins.

    `commit` gives what git has in the commit that Intercom would fetch pictures from; they must be in it, except for
    the sandbox, which fetches none. `stored` gives the keys of the pictures that Intercom has, which need no public
    URL; it is called once, if a picture has none. `known` contains the addresses that remotes have: their files are
    never misnamed translations. With `unresolved`, a file with conflict markers is read too, by the first version in
    each conflict. Raises ConfigError if the content folder is missing or has no content, unless it `may_be_empty`.
    """
    discovered = discover(config, may_be_empty=may_be_empty)
    return _Reading(config, pins_for, stored, known, discovered, commit=commit, unresolved=unresolved).tree()


class _Reading:
    """One reading of the tree."""

    def __init__(
        self,
        config: Config,
        pins_for: str,
        stored: Callable[[], Container[str]],
        known: Container[Address],
        discovered: Discovered,
        *,
        commit: Callable[[], Commit] | None,
        unresolved: bool,
    ) -> None:
        self.config = config
        self.pins_for = pins_for
        self.commit = None if commit is None or pins_for == SANDBOX else cache(commit)
        self.default = config.default_locale
        self.discovered = discovered
        self.findings: list[Finding] = list(self.discovered.findings)
        reader = PageReader(config, self.findings)
        self.pages: dict[Name, Page] = {}
        for found in self.discovered.files:
            page = reader.read(found, unresolved=unresolved)
            if page is not None:
                self.pages[found.place.address, found.place.locale] = page
        self.known = known
        self._exclude_misnamed()
        self.bodies: dict[Name, Body] = {}
        self.stored = cache(stored)
        self.unfetchable: frozenset[str] = frozenset()

    def _exclude_misnamed(self) -> None:
        files = []
        for found in self.discovered.files:
            page = self.pages.get((found.place.address, found.place.locale))
            known = (page.title, bool(page.fields["id"]), page.source.text) if page else ()
            files.append(NamedFile(found.place, found.shown, *known))
        misnamed = Misnamed(files, self.default, self.config.locales, self._file_of, known=self.known)
        misplaced = misnamed.found
        self.findings += dict.fromkeys(misplaced.values())
        self.files = [each for each in self.discovered.files if each.place not in misplaced]
        for place in misplaced:
            self.pages.pop((place.address, place.locale), None)
        self.unread: defaultdict[Address, set[LocaleCode]] = defaultdict(set)
        for place in self.discovered.unread | misnamed.meant:
            if (place.address, place.locale) not in self.pages:
                self.unread[place.address].add(place.locale)

    def tree(self) -> Tree:
        self._shape()
        pictures = self._picture_paths(self._render())
        self._anchors()
        self._across_locales()
        collections = tuple(self._collections())
        articles = tuple(self._articles())
        unread = frozenset(address for address, locales in self.unread.items() if self.default in locales)
        return Tree(
            HelpCenter(self.default, collections, articles, unread),
            by_rules(self.findings, self.config.rules),
            MappingProxyType(dict(sorted(pictures.items()))),
            len(self.discovered.files),
            self.unfetchable,
        )

    def _file_of(self, place: Place) -> str:
        return shown(self.config, file_of(place, self.config))

    def _shape(self) -> None:
        files = [(found.place, found.shown) for found in self.files]
        self.findings += shape.missing_collections(files, self.default, self._file_of)
        self.findings += shape.too_deep(files)
        self.findings += shape.rootless(files, self.default)
        self.findings += shape.unnamed([each.place for each in self.pages.values()], self.default, self._file_of)
        self.findings += shape.sourceless(files, self.default, self._file_of, renamed(self.pages, self.default))
        default_remote = self.config.default_remote.name
        self.findings += shape.same_ids(
            (
                "article" if not page.place.is_collection else "collection",
                {remote or default_remote: number for remote, number in (page.fields["id"] or {}).items()},
                page.at("id"),
            )
            for page in self.pages.values()
            if page.fields["id"] and page.place.locale == self.default
        )

    def _render(self) -> PictureResolver:
        links = Links(self.config, (found.place for found in self.files), self._unread_locales)
        pictures = PictureResolver(self.config, lambda key: key in self.stored())
        texts = self.texts = TextReader(self.config, links, pictures.resolve)
        for name, page in self.pages.items():
            place = page.place
            if place.is_collection:
                self._check_collection(page)
                continue
            rendered = texts.render(page)
            lost = any(each.code in {"bad-image", "missing-image", "refused-markup"} for each in rendered.findings)
            self.bodies[name] = replace(rendered.body, incomplete=lost)
            if not self._is_managed(place.address):
                continue
            self.findings += rendered.findings
            errors = {each.code for each in by_rules(rendered.findings, self.config.rules) if each.severity == "error"}
            state = self._state(*name) or self.config.state
            if shows_nothing(rendered.body.html) and state == "published" and not errors & _EMPTYING:
                self.findings.append(self._missing_body(page))
        return pictures

    def _unread_locales(self, address: Address) -> set[LocaleCode]:
        """Return the locales in which a remote may have texts whose files are not read."""
        locales = self.unread.get(address, set())
        return locales if locales and address in self.known else set()

    def _missing_body(self, page: Page) -> Finding:
        locale = page.place.locale
        text = _WITHOUT_TEXT[locale == self.default, not page.source.text.strip()]
        return text(locale=locale).at(page.text_location)

    def _picture_paths(self, pictures: PictureResolver) -> dict[str, str]:
        """Return the path of each picture: the first of equal ones, or the first that Intercom can fetch."""
        config = self.config
        paths = {key: min(copies) for key, copies in pictures.copies.items()}
        used = {key for name, body in self.bodies.items() if self._is_managed(name[0]) for key in body.images}
        copies = {key: pictures.copies[key] for key in used & paths.keys()}
        if config.assets_url is None:
            self.unfetchable = frozenset(copies)
        elif copies and self.commit and COMMIT in config.assets_url and config.rules.get(_UNCOMMITTED) != "off":
            there, missing = committed_pictures(config, self.commit(), copies)
            self.unfetchable = frozenset(key for key in missing if key in self.stored())
            self.findings += dict.fromkeys(each for key, each in missing.items() if key not in self.unfetchable)
            paths |= there
        return paths

    def _check_collection(self, page: Page) -> None:
        place = page.place
        if page.source.text.strip():
            self.findings.append(catalogue.TEXT_IN_COLLECTION().at(page.text_location))
        if place.depth > 1 and page.fields["description"] is not None:
            self.findings.append(catalogue.DESCRIBED_SECTION().at(page.at("description")))

    def _anchors(self) -> None:
        judged = dict(self.bodies)
        for name, body in judged.items():
            if not body.links or not self._is_managed(name[0]):
                continue
            broken = []
            for link, found in broken_anchors(body, judged):
                self.findings.append(found)
                broken.append(link.target)
            if broken:
                self.bodies[name] = _without_fragments(body, broken)
            if self._first_state(*name) == "published":
                self.findings += links_to_drafts(body, self._state, self._first_state)

    def _across_locales(self) -> None:
        for (address, _), page in self.pages.items():
            digest = None if page.place.is_collection else page.fields["source"]
            source = self.pages.get((address, self.default))
            if digest and source is not None and source is not page and source.title:
                self.findings += stale(digest, source.title, source.source.text, page.at("source"))

    def _state(self, address: Address, locale: LocaleCode) -> State | None:
        """Return the state in the file, or else in the file of the default locale."""
        for each in (locale, self.default):
            page = self.pages.get((address, each))
            if page is not None and page.fields["state"]:
                state: State = page.fields["state"]
                return state
        return None

    def _first_state(self, address: Address, locale: LocaleCode) -> State | None:
        """Return the state in the files, or that of a new article; None for a pinned one, which is not new."""
        page = self.pages.get((address, self.default))
        pinned = page is not None and bool(page.fields["id"])
        return self._state(address, locale) or (None if pinned else self.config.state)

    def _is_managed(self, address: Address) -> bool:
        page = self.pages.get((address, self.default))
        return page is None or page.fields["sync"] is not False

    def _pin(self, page: Page) -> str | None:
        if self.pins_for == SANDBOX or not page.fields["id"]:
            return None
        pins: dict[str, str] = page.fields["id"]
        return pins.get(self.pins_for) or (pins.get("") if self.pins_for == self.config.default_remote.name else None)

    def _usable(self, *, collections: bool) -> Iterable[tuple[Page, list[Page]]]:
        """Yield the page in the default locale and all pages, in the order of the locales, of each usable item."""
        for (address, locale), page in sorted(self.pages.items()):
            place = page.place
            if locale != self.default or place.is_collection != collections or place.depth > shape.MAX_DEPTH:
                continue
            found = [self.pages.get((address, each)) for each in self.config.locales]
            pages = [each for each in found if each is not None and each.title]
            if page in pages:
                yield page, pages

    def _collections(self) -> Iterable[Collection]:
        for page, pages in self._usable(collections=True):
            place = page.place
            kind: Literal["collection", "section"] = "collection" if place.depth == 1 else "section"
            labels = {each.place.locale: self.texts.label(each) for each in pages}
            yield Collection(MappingProxyType(labels), kind, place.address, parent=place.parent, pin=self._pin(page))

    def _articles(self) -> Iterable[Article]:
        for main, pages in self._usable(collections=False):
            place = main.place
            texts = [self.texts.translation(page, self.bodies[place.address, page.place.locale]) for page in pages]
            translations = {text.locale: text for text in texts}
            yield Article(
                MappingProxyType(translations),
                place.address,
                parent=place.parent,
                parent_kind=(None, "collection", "section")[place.depth],
                pin=self._pin(main),
                managed=self._is_managed(place.address),
                unread=frozenset(self.unread.get(place.address, ())),
            )


def _without_fragments(body: Body, broken: list[Reference]) -> Body:
    """Return the body with these links going to the top of their articles."""
    markup, links = body.html, list(body.links)
    for target in set(broken):
        top = replace(target, slug=None)
        markup = markup.replace(
            f'href="{escape_attribute(placeholder(target))}"', f'href="{escape_attribute(placeholder(top))}"'
        )
        links = [replace(link, target=top) if link.target == target else link for link in links]
    return replace(body, html=markup, links=tuple(links))
