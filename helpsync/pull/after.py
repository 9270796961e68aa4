"""The help center as the tree will have it after a pull: who is where, and what its headings are called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.markdown import Slugger, stored_headings
from helpsync.model import Article
from helpsync.plan.links import Directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.plan.bodies import Bodies
    from helpsync.plan.build import Planned
    from helpsync.plan.links import Place
    from helpsync.pull.values import ItemPull


def bodies_after(planned: Planned, items: Iterable[ItemPull], path: Callable[[Place], str]) -> Bodies:
    """Return how bodies are read once these items are in the tree; `path` gives the file of a place.

    A heading that both sides knew keeps its slug, new ones get the one that GitHub would give them.
    """
    now = planned.directory
    directory = Directory(
        base=now.base,
        heading_ids=now.heading_ids,
        ids=dict(now.ids),
        urls=dict(now.urls),
        anchors=dict(now.anchors),
        files=dict(now.files),
        default_locale=now.default_locale,
    )
    for pulled in items:
        for locale, text in pulled.texts.items():
            place = (pulled.address, locale)
            if text.stored is None:
                directory.files.pop(place, None)
                directory.anchors.pop(place, None)
            else:
                directory.files[place] = path(place)
        if pulled.item is None or not pulled.item.id:
            directory.ids.pop(pulled.address, None)
            continue
        directory.ids[pulled.address] = pulled.item.id
        if isinstance(pulled.item, Article):
            _take(directory, pulled, pulled.item)
    return replace(planned.bodies, directory=directory)


def _take(directory: Directory, pulled: ItemPull, article: Article) -> None:
    for locale, shown in article.translations.items():
        place = (pulled.address, locale)
        if shown.url:
            directory.urls[place] = shown.url
        text = pulled.texts.get(locale)
        if text is not None and text.body and text.stored is not None:
            known = text.record.anchors if text.record else {}
            directory.anchors[place] = slugs(shown.html or "", known)


def slugs(html: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return slug → id of a stored body's headings; those of `known` that are still there keep theirs."""
    slugger = Slugger()
    names = {identifier: slug for slug, identifier in known.items()}
    found: dict[str, str] = {}
    for identifier, text, _ in stored_headings(html):
        slug = slugger.slug(text, names.get(identifier or ""))
        if identifier:
            found[slug] = identifier
    return found
