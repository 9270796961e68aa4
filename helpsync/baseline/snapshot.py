"""Items as JSON and back: what is kept of an article or a collection that a push overwrites."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args

from helpsync.model import Article, Collection, Kind, Label, State, Translation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.model import Item, LocaleCode

_ARTICLE = ("id", "parent_id", "parent_kind", "updated_at")
_TRANSLATION = ("title", "description", "state", "author", "html", "url", "updated_at")
_COLLECTION = ("id", "parent_id", "help_center_id", "url", "updated_at")
_LABEL = ("name", "description")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An item as Intercom held it; `images` maps, per locale, its pictures' stored paths to the keys that were sent."""

    item: Item
    images: Mapping[LocaleCode, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))


def snapshot_to_json(form: Snapshot) -> dict[str, Any]:
    """Return the form as JSON values, without what is empty."""
    item = form.item
    names, fields = (_ARTICLE, _TRANSLATION) if isinstance(item, Article) else (_COLLECTION, _LABEL)
    texts = {locale: _said(text, fields) for locale, text in sorted(item.texts.items())}
    images = {locale: dict(sorted(paths.items())) for locale, paths in sorted(form.images.items()) if paths}
    return {"kind": item.kind, **_said(item, names), "locales": texts, **({"images": images} if images else {})}


def _said(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: said for name in names if (said := getattr(value, name)) is not None}


def snapshot_from_json(value: Any) -> Snapshot:  # noqa: ANN401  # whatever a file holds
    """Return the form; raises ValueError, KeyError, TypeError or AttributeError where the values are none."""
    kind = value["kind"]
    if kind not in get_args(Kind):
        raise ValueError(f"kind is {kind!r}")
    texts = value["locales"].items()
    if not texts:
        raise ValueError("no locale")
    item: Item
    if kind == "article":
        translations = {locale: Translation(locale=locale, **_checked(text, _TRANSLATION)) for locale, text in texts}
        if any(text.state not in (*get_args(State), None) for text in translations.values()):
            raise ValueError("a state that there is none of")
        item = Article(translations=translations, **_checked(value, _ARTICLE))
    else:
        labels = {locale: Label(locale=locale, **_checked(text, _LABEL)) for locale, text in texts}
        item = Collection(labels=labels, kind=kind, **_checked(value, _COLLECTION))
    images = {str(locale): {str(path): str(key) for path, key in paths.items()} for locale, paths in _images(value)}
    return Snapshot(item, images)


def _images(value: Any) -> Any:  # noqa: ANN401  # whatever a file holds
    return value.get("images", {}).items()


def _checked(value: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    for name in names:
        if not isinstance(value.get(name), int if name == "updated_at" else str) and value.get(name) is not None:
            raise ValueError(f"{name} is {value[name]!r}")
    return {name: value[name] for name in names if name in value}
