"""Renders texts that are not on the disk yet, in the tree as it will be once a pull has written its files."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from helpsync.content import FormerTexts, Links, Pictures, Place, TextReader, followed, nfc, path_of
from helpsync.markdown import PublicImage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.markdown import ImageTarget
    from helpsync.model import Address, LocaleCode, Text
    from helpsync.settings import Config


class Rendering:
    """Knows the places that the tree will have, and its pictures: `coming` has the keys of new ones by their paths.

    Those paths are relative to helpsync.yaml. `text` gives what a file of a place with this text asks for, None where
    its frontmatter can't be used.
    """

    def __init__(self, config: Config, places: Iterable[tuple[Address, LocaleCode]], coming: Mapping[str, str]) -> None:
        self._config = config
        self._links = Links(config, (Place(*place) for place in places))
        self._pictures = Pictures(config)
        self._coming = coming
        # A merge asks for the same few texts more than once.
        self.text = lru_cache(maxsize=8)(self._text)
        self._reader = TextReader(config, self._links, self._picture)

    def former_texts(self, file: Callable[[str], str | None]) -> FormerTexts:
        """Return a reader of former texts; `file` gives the path of the picture with this key."""
        return FormerTexts(self._reader, file)

    def _text(self, place: tuple[Address, LocaleCode], raw: str) -> Text | None:
        return self._reader.read(Place(*place), raw)

    def pins(self, place: tuple[Address, LocaleCode], raw: str) -> dict[str, str]:
        """Return the ids that a file with this text pins by remote, the default one without a name."""
        page = self._reader.page(Place(*place), raw)
        return dict(page.fields["id"] or {}) if page else {}

    def path(self, place: tuple[Address, LocaleCode]) -> str:
        """Return the path of a place's file, relative to helpsync.yaml."""
        return path_of(self._config, Place(*place))

    def _picture(self, src: str, here: Place) -> ImageTarget:
        folder = self.path((here.address, here.locale)).split("/")[:-1]
        path = followed(folder, nfc(src.replace("%20", " ")))
        key = self._coming.get(path) if path else None
        return PublicImage(key) if key else self._pictures.resolve(src, here)
