"""JSON into model values and back: ids are text in the model, numbers on the wire (facts: Articles, Collections).

Replies are read leniently: unknown fields are ignored, missing ones are None.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from helpsync.model import Admin, Article, Brand, Collection, Label, State, Translation

if TYPE_CHECKING:
    from collections.abc import Iterable

Json: TypeAlias = dict[str, object]
GroupKind: TypeAlias = Literal["collection", "section"]
GroupKinds: TypeAlias = Mapping[str, frozenset[GroupKind]]

_SURROGATE = re.compile("[\ud800-\udfff]")
_EMPTY: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ArticleWrite:
    """What to send of an article; None is not sent. `translations` are whole blocks per locale but the default one.

    A block's keys are title, description, body, state and author_id, all text.
    """

    title: str | None = None
    description: str | None = None
    body: str | None = None
    state: str | None = None
    author_id: str | None = None
    parent_id: str | None = None
    parent_kind: GroupKind | None = None
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _EMPTY)


@dataclass(frozen=True, slots=True)
class CollectionWrite:
    """What to send of a collection, or of a section when it has a parent; None is not sent.

    `labels` are whole blocks per locale but the default one: name and description (which a section has not).
    """

    name: str | None = None
    description: str | None = None
    parent_id: str | None = None
    help_center_id: str | None = None
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _EMPTY)


def article(item: Json, *, default_locale: str, kinds: GroupKinds = MappingProxyType({})) -> Article:
    """Return the article of a reply; the default locale is always among its translations.

    `kinds` says which ids are known collections and sections: it decides where parent_ids alone does not.
    """
    locale = _text(item.get("default_locale")) or default_locale
    blocks = _blocks(item)
    own = blocks.pop(locale, {})
    # The top level is the default locale's text; what exists per locale is taken from its block where that has it.
    per_locale = {key: own[key] for key in ("state", "author_id", "url", "updated_at") if own.get(key) is not None}
    translations = {locale: _translation(locale, {**item, **per_locale})}
    for code, block in sorted(blocks.items()):
        # Text makes a translation: Intercom shows an absent one as null, or as a block of nothing.
        if block.get("title") or block.get("body"):
            translations[code] = _translation(code, block)
    parent_id, parent_kind = _parent(item, kinds)
    return Article(
        translations=MappingProxyType(translations),
        id=identifier(item.get("id")),
        parent_id=parent_id,
        parent_kind=parent_kind,
        parent_ids=frozenset(_listed(item)),
        updated_at=_moment(item.get("updated_at")),
    )


def collection(item: Json, kind: GroupKind, *, default_locale: str) -> Collection:
    """Return the collection or section of a reply; the default locale is always among its labels."""
    locale = _text(item.get("default_locale")) or default_locale
    blocks = _blocks(item)
    blocks.pop(locale, None)
    labels = {locale: _label(locale, item, kind)}
    labels.update((code, _label(code, block, kind)) for code, block in sorted(blocks.items()) if block.get("name"))
    return Collection(
        labels=MappingProxyType(labels),
        kind=kind,
        id=identifier(item.get("id")),
        parent_id=identifier(item.get("parent_id")),
        help_center_id=identifier(item.get("help_center_id")),
        url=_text(item.get("url")),
        updated_at=_moment(item.get("updated_at")),
    )


def admin(item: Json) -> Admin:
    """Return the teammate of a reply."""
    return Admin(
        id=identifier(item.get("id")) or "", name=_text(item.get("name")) or "", email=_text(item.get("email"))
    )


def brand(item: Json) -> Brand:
    """Return the help center of a reply; `url` is its custom domain's where it has one."""
    return Brand(
        id=identifier(item.get("id")) or "",
        name=_text(item.get("display_name")) or "",
        url=_text(item.get("url")),
    )


def multilingual(items: Iterable[Json]) -> bool | None:
    """Return whether any reply showed `translated_content`; None when there was no item to tell by."""
    shown = [item.get("translated_content") is not None for item in items]
    return any(shown) if shown else None


def common_default_locale(items: Iterable[Json]) -> str | None:
    """Return the default locale that most replies name, the first in the alphabet of several, None without any."""
    counts = Counter(filter(None, (_text(item.get("default_locale")) for item in items)))
    return min(counts, key=lambda code: (-counts[code], code)) if counts else None


def workspace_id(me: Json, items: Iterable[Json]) -> str | None:
    """Return the workspace's id: from /me, else from the first item that carries it."""
    app = me.get("app")
    named = _text(app.get("id_code")) if isinstance(app, dict) else None
    return named or next(filter(None, (_text(item.get("workspace_id")) for item in items)), None)


def article_json(write: ArticleWrite, *, create: bool) -> Json:
    """Return the body of a create or update: parent_id is a number on create and text on update (facts: Articles)."""
    body: Json = {
        "title": write.title,
        "description": write.description,
        "body": write.body,
        "state": write.state,
        "author_id": _number(write.author_id),
        "parent_id": _number(write.parent_id) if create else write.parent_id,
        "parent_type": write.parent_kind if write.parent_id is not None else None,
        "translated_content": {
            locale: {key: _number(text) if key == "author_id" else text for key, text in block.items()}
            for locale, block in write.translations.items()
        }
        or None,
    }
    return _without_none(body)


def collection_json(write: CollectionWrite, kind: GroupKind) -> Json:
    """Return the body of a create or update; a section is sent no description and no help center (facts)."""
    section = kind == "section"
    body: Json = {
        "name": write.name,
        "description": None if section else write.description,
        "parent_id": _number(write.parent_id) if section else None,
        "help_center_id": None if section else _number(write.help_center_id),
        "translated_content": {
            locale: {key: text for key, text in block.items() if not (section and key == "description")}
            for locale, block in write.labels.items()
        }
        or None,
    }
    return _without_none(body)


def identifier(value: object) -> str | None:
    """Return an id as text, None for null, 0 and the empty text: all mean that there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = _whole(str(value)).strip()
    return None if text in {"", "0"} else text


def _whole(text: str) -> str:
    """Return text without halves of characters: JSON can spell them, no file can hold and no request bear them."""
    return _SURROGATE.sub("\ufffd", text)


def _blocks(item: Json) -> dict[str, Json]:
    content = item.get("translated_content")
    # Beside the locales stands the object's own `type`.
    return (
        {_whole(code): block for code, block in content.items() if isinstance(block, dict)}
        if isinstance(content, dict)
        else {}
    )


def _translation(locale: str, block: Json) -> Translation:
    return Translation(
        locale=locale,
        title=_text(block.get("title")) or "",
        description=_text(block.get("description")),
        state=_state(block.get("state")),
        author=identifier(block.get("author_id")),
        html=_text(block.get("body")) or "",
        url=_text(block.get("url")),
        updated_at=_moment(block.get("updated_at")),
    )


def _label(locale: str, block: Json, kind: GroupKind) -> Label:
    description = None if kind == "section" else _text(block.get("description"))
    return Label(locale=locale, name=_text(block.get("name")) or "", description=description)


def _parent(item: Json, kinds: GroupKinds) -> tuple[str | None, GroupKind | None]:
    """Return the parent's id and kind.

    parent_id counts when parent_ids agrees or is empty. Where they differ (facts: 79 of 5,500) parent_ids wins, for
    it is the only one that later versions show: of several the first known section (the deepest place), else the
    first known id, else the first.
    """
    single = identifier(item.get("parent_id"))
    listed = _listed(item)
    if listed and single not in listed:
        chosen = next((one for one in listed if "section" in kinds.get(one, ())), None)
        chosen = chosen or next((one for one in listed if one in kinds), listed[0])
    else:
        chosen = single
    return chosen, None if chosen is None else _kind(item.get("parent_type"), kinds.get(chosen, frozenset()))


def _listed(item: Json) -> list[str]:
    several = item.get("parent_ids")
    return [known for value in several if (known := identifier(value))] if isinstance(several, list) else []


def _kind(told: object, known: frozenset[GroupKind]) -> GroupKind | None:
    if told == "collection" and (not known or "collection" in known):
        return "collection"
    if told == "section" and (not known or "section" in known):
        return "section"
    return next(iter(sorted(known)), None)


def _state(value: object) -> State | None:
    if value == "published":
        return "published"
    return "draft" if value == "draft" else None


def _text(value: object) -> str | None:
    return _whole(value) if isinstance(value, str) else None


def _moment(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(text: str | None) -> int | str | None:
    # What is no number is sent as it is: Intercom's own complaint about it is the clearest.
    return int(text) if text is not None and text.isascii() and text.isdecimal() else text


def _without_none(body: Json) -> Json:
    return {key: value for key, value in body.items() if value is not None}
