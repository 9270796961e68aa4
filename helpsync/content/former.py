"""Texts as they were when both sides last agreed, with links and pictures named as in the tree of today.

Since then what they led to may have moved, or left the tree. Read as they stand they would lead nowhere, and the links
that Intercom still shows would look like a teammate's edit.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

from helpsync.content.frontmatter import body_of
from helpsync.content.moving import cut, readdressed, written
from helpsync.content.places import Misplaced, Place, file_of, nfc, place_of
from helpsync.locales import LOCALES
from helpsync.markdown import External, LinkChanges, Own, PublicImage, RenderContext, is_public_address, render
from helpsync.model import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from helpsync.content.links import Links
    from helpsync.markdown import ImageTarget, LinkKind, LinkTarget
    from helpsync.model import Address, FormerBody, FormerLink, LocaleCode
    from helpsync.settings.config import Config

    Then = TypeVar("Then")


class FormerTexts:
    """Gives former texts of files as they would be written today.

    `links` and `picture` say what an address in a file leads to today, `file` where a picture of this key lies,
    relative to helpsync.yaml.
    """

    def __init__(
        self,
        config: Config,
        links: Links,
        picture: Callable[[str, Place], ImageTarget],
        file: Callable[[str], str | None],
    ) -> None:
        self._config = config
        self._links = links
        self._picture = picture
        self._file = file

    def text(self, raw: str, place: tuple[Address, LocaleCode], former: FormerBody) -> str:
        """Return the file's text with new addresses for links and pictures whose targets have moved since."""
        here = Place(*place)
        if here.is_collection or not (former.links or former.pictures):
            return raw
        resolve = partial(self._any_article, here=here)
        hrefs, sources = _addresses(raw, resolve)
        said = [_name(cut(href)[0]) for href in hrefs]
        led = [_name(link.target.address) if link.target else "" for link in former.links]
        links = _paired(hrefs, said, led, former.links)
        keys = [self._key(source, here) for source in sources]
        pictures = _paired(sources, keys, former.pictures, former.pictures)

        def changed(kind: LinkKind, href: str) -> str | None:
            if kind == "picture":
                return self._picture_now(href, pictures.get(href), here)
            link = links.get(href)
            return self._link_now(href, link, here) if link else None

        return readdressed(raw, LinkChanges(changed, resolve))

    def _any_article(self, href: str, here: Place) -> LinkTarget:
        """Read every path as an article's: whether it was one is not known yet."""
        found = self._links.resolve(href, here)
        return found if isinstance(found, External) else Own(Reference(here.locale, href))

    def _target(self, href: str, here: Place) -> Reference | None:
        """Return the text that a link leads to today; None also for a link within the file."""
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
        """Return whose files may name the target: a link to the default locale's means that of the reader's."""
        config = self._config
        inside = path.lstrip("./")
        if config.layout == "folder":
            inside = next((path[at:] for at in _starts(path) if path[at:].partition("/")[0] in LOCALES), target.locale)
            return inside.partition("/")[0], target.locale
        try:
            return place_of(inside, layout="suffix", default_locale=config.default_locale).locale, target.locale
        except Misplaced:
            return target.locale, target.locale

    def _path(self, before: str, address: Address, locale: LocaleCode, here: Place) -> str:
        config = self._config
        file = file_of(Place(address, locale), layout=config.layout, default_locale=config.default_locale)
        return written(config, before, file, here)

    def _picture_now(self, source: str, key: str | None, here: Place) -> str | None:
        """Return the new address of a picture, None if the old one still works."""
        if key is None or is_public_address(source) or self._key(source, here) == key:
            return None
        folder = "" if self._config.content == "." else f"{self._config.content}/"
        file = self._file(key)
        if file is None or not file.startswith(folder):
            return None
        path, suffix = cut(source)
        return written(self._config, nfc(unquote(path)), nfc(file.removeprefix(folder)), here) + suffix


def _addresses(raw: str, resolve: Callable[[str], LinkTarget]) -> tuple[list[str], list[str]]:
    """Return the paths of links and the addresses of pictures, in the order in which a push names them."""
    body = body_of(raw.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    # A key of this form is taken for that of a local picture, whatever follows.
    key = "sha256:"
    read = render(body, RenderContext("", 1, resolve, lambda source: PublicImage(key + source))).body
    return [link.target.address for link in read.links], [image.removeprefix(key) for image in read.images]


def _same_text(reference: Reference | None) -> Reference | None:
    return None if reference is None else Reference(reference.locale, reference.address)


def _name(path: str) -> str:
    """Return what a file is called, wherever it lies and whatever its locale."""
    return nfc(unquote(path)).rpartition("/")[2].partition(".")[0]


def _starts(path: str) -> list[int]:
    return [0, *(at + 1 for at, char in enumerate(path) if char == "/")]


def _paired(
    addresses: Sequence[str], now: Sequence[object], then: Sequence[object], former: Sequence[Then]
) -> Mapping[str, Then]:
    """Return what each address led to; if the numbers differ, because some led nowhere, pair those that are similar."""
    if len(addresses) == len(former):
        return dict(zip(addresses, former, strict=True))
    found: dict[str, Then] = {}
    for _, begin, end, first, last in SequenceMatcher(None, now, then, autojunk=False).get_opcodes():
        if end - begin == last - first:
            found.update(zip(addresses[begin:end], former[first:last], strict=True))
    return found
