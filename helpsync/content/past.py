"""Files as they were when last pushed, read in the tree as it stands: the base of a conflict."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpsync.content.former import FormerTexts
from helpsync.content.frontmatter import Reader
from helpsync.content.links import Links
from helpsync.content.pictures import Pictures
from helpsync.content.places import Place, file_of
from helpsync.content.walk import Found, Walk
from helpsync.markdown import RenderContext, render
from helpsync.model import FormerBody, Label, Translation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.model import Address, LocaleCode, Text
    from helpsync.settings.config import Config


_NOTHING_KNOWN = FormerBody()


class Past:
    """Gives the text of a file as it was, by its place and git's id; `source` has the bytes as text, or None.

    None where the source is not at hand or can't be used. Links and pictures are looked up among today's files, and no
    picture needs a public URL: Intercom fetched it then. `files` has today's pictures by their keys.
    """

    def __init__(
        self, config: Config, source: Callable[[str], str | None], files: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._config = config
        self._source = source
        self._files = files

    def __call__(
        self, place: tuple[Address, LocaleCode], blob: str, former: FormerBody = _NOTHING_KNOWN
    ) -> Text | None:
        """Return the text, as the content tree would ask for it; its links and pictures lead where those of then led.

        `former` says where; what it does not know leads where it leads today.
        """
        raw = self._source(blob)
        if raw is None:
            return None
        links, pictures = self._lookups
        raw = FormerTexts(self._config, links, pictures.resolve, self._files.get).text(raw, place, former)
        config, here = self._config, Place(*place)
        shown = file_of(here, layout=config.layout, default_locale=config.default_locale)
        found = Found(here, Path(shown), shown, len(raw))
        reader = Reader(
            default_locale=config.default_locale, remotes=config.remotes, findings=[], ignore_keys=config.ignore_keys
        )
        page = reader.read(found, raw.encode())
        if page is None:
            return None
        fields = page.fields
        if here.is_collection:
            return Label(here.locale, fields["name"] or "", fields["description"], page.source)
        context = RenderContext(
            path=shown,
            first_line=page.first_line,
            resolve_link=partial(links.resolve, here=here),
            resolve_image=partial(pictures.resolve, here=here),
        )
        body = render(page.source.text, context).body
        return Translation(here.locale, fields["title"] or "", fields["description"], body=body, source=page.source)

    @cached_property
    def _lookups(self) -> tuple[Links, Pictures]:
        files = Walk(self._config).files
        return Links(self._config, (found.place for found in files)), Pictures(self._config, lambda _: True)
