"""Turns Intercom's JSON into model values and back, and reads whole lists.

Ids are text in the model, and often numbers in the API. Replies are read leniently: unknown fields are ignored, missing
ones are None. A list is returned whole or not at all.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, get_args

from helpsync.errors import RemoteError
from helpsync.intercom.failures import BETWEEN, excerpt
from helpsync.intercom.http import gather
from helpsync.model import Admin, Article, Brand, Collection, GroupKind, Label, State, Translation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.intercom.http import Http, Json
    from helpsync.model import Kind

GroupKinds: TypeAlias = Mapping[str, frozenset[GroupKind]]

PER_PAGE = 250
READINGS = 4
"""How often a list is read at most: it may change during each reading."""

MAX_PAGES = 2_000
PARALLEL = 4
_MAX_DIGITS = 15
_SURROGATE = re.compile("[\ud800-\udfff]")
_EMPTY: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ArticleWrite:
    """The fields of an article to send; None is not sent. `translations` are whole blocks for the other locales.

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
    """The fields of a collection to send, or of a section if it has a parent; None is not sent.

    `labels` are whole blocks for the other locales: name and description (a section has no description).
    """

    name: str | None = None
    description: str | None = None
    parent_id: str | None = None
    help_center_id: str | None = None
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _EMPTY)


def article(item: Json, *, default_locale: str, kinds: GroupKinds = MappingProxyType({})) -> Article:
    """Return the article of a reply; the default locale is always among its translations.

    `kinds` are the known collections and sections: they decide the parent if the reply is ambiguous.
    """
    locale = _text(item.get("default_locale")) or default_locale
    blocks = _blocks(item)
    own = blocks.pop(locale, {})
    # The top level is the default locale's text; fields that differ by locale come from its block, if it has them.
    per_locale = {key: own[key] for key in ("state", "author_id", "url", "updated_at") if own.get(key) is not None}
    translations = {locale: _translation(locale, {**item, **per_locale})}
    for code, block in sorted(blocks.items()):
        # Intercom shows a missing translation as null, or as an empty block.
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
    others = {code: _label(code, block, kind) for code, block in sorted(blocks.items()) if block.get("name")}
    return Collection(
        labels=MappingProxyType({locale: _label(locale, item, kind), **others}),
        kind=kind,
        id=identifier(item.get("id")),
        parent_id=identifier(item.get("parent_id")),
        help_center_id=identifier(item.get("help_center_id")),
        url=_text(item.get("url")),
        updated_at=_moment(item.get("updated_at")),
    )


def admin(item: Json) -> Admin:
    """Return the teammate of a reply."""
    return Admin(identifier(item.get("id")) or "", _text(item.get("name")) or "", _text(item.get("email")))


def brand(item: Json) -> Brand:
    """Return the help center of a reply; `url` has its custom domain if it has one."""
    return Brand(identifier(item.get("id")) or "", _text(item.get("display_name")) or "", _text(item.get("url")))


def multilingual(items: Iterable[Json]) -> bool | None:
    """Return whether any item has `translated_content`; None without items."""
    shown = [item.get("translated_content") is not None for item in items]
    return any(shown) if shown else None


def common_default_locale(items: Iterable[Json]) -> str | None:
    """Return the default locale of most items, of several the first in the alphabet; None if no item names one."""
    counts = Counter(filter(None, (_text(item.get("default_locale")) for item in items)))
    return min(counts, key=lambda code: (-counts[code], code)) if counts else None


def workspace_id(me: Json, items: Iterable[Json]) -> str | None:
    """Return the workspace's id, from /me or else from the first item that has one."""
    app = me.get("app")
    named = _text(app.get("id_code")) if isinstance(app, dict) else None
    return named or next(filter(None, (_text(item.get("workspace_id")) for item in items)), None)


def body(write: ArticleWrite | CollectionWrite, kind: Kind, *, create: bool) -> Json:
    """Return the body of a create or an update of a `kind`, without the fields that are None."""
    whole = _article_body(write, create=create) if isinstance(write, ArticleWrite) else _group_body(write, kind)
    left_out = () if create else ("help_center_id",)
    return {key: value for key, value in whole.items() if value not in (None, {}) and key not in left_out}


def _article_body(write: ArticleWrite, *, create: bool) -> Json:
    return {
        "title": write.title,
        "description": write.description,
        "body": write.body,
        "state": write.state,
        "author_id": _number(write.author_id),
        "parent_id": _number(write.parent_id) if create else write.parent_id,  # a number on create, text on update
        "parent_type": write.parent_kind if write.parent_id is not None else None,
        "translated_content": {
            locale: {key: _number(text) if key == "author_id" else text for key, text in block.items()}
            for locale, block in write.translations.items()
        },
    }


def _group_body(write: CollectionWrite, kind: Kind) -> Json:
    """Return a collection's body, or that of a section, which has no description and no help center."""
    section = kind == "section"
    return {
        "name": write.name,
        "description": None if section else write.description,
        "parent_id": _number(write.parent_id) if section else None,
        "help_center_id": None if section else _number(write.help_center_id),
        "translated_content": {
            locale: {key: text for key, text in block.items() if not (section and key == "description")}
            for locale, block in write.labels.items()
        },
    }


def identifier(value: object) -> str | None:
    """Return an id as text; None for null, 0 and the empty text, which all mean no id."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = _without_surrogates(str(value)).strip()
    return None if text in {"", "0"} else text


def _without_surrogates(text: str) -> str:
    """Replace lone surrogates: JSON can contain them, files and requests can't."""
    return _SURROGATE.sub("\ufffd", text)


def _blocks(item: Json) -> dict[str, Json]:
    content = item.get("translated_content")
    if not isinstance(content, dict):
        return {}
    return {
        _without_surrogates(code): block for code, block in content.items() if isinstance(block, dict)
    }  # not its own `type`


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

    parent_id counts if parent_ids agrees or is empty. If they differ (as in 79 of 5,500 articles), parent_ids counts,
    since later versions have only that: of several ids the first known section (the deepest place), else the
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


def _kind(named: object, known: frozenset[GroupKind]) -> GroupKind | None:
    return next((kind for kind in sorted(known or get_args(GroupKind)) if kind == named), min(known, default=None))


def _state(value: object) -> State | None:
    return next((state for state in get_args(State) if state == value), None)


def _text(value: object) -> str | None:
    return _without_surrogates(value) if isinstance(value, str) else None


def _moment(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(text: str | None) -> int | str | None:
    # Anything else is sent unchanged: Intercom's own error is the clearest.
    return int(text) if text is not None and text.isascii() and text.isdecimal() else text


# Whole lists ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list: its items by id, the whole list's length if the reply has it, and signs of more pages."""

    items: dict[str, Json]
    total: int | None
    total_pages: int | None
    has_next: bool


async def read_list(http: Http, path: str, *, key: str = "data", paged: bool = True) -> list[Json]:
    """Return all items of a list, each once, in the order of their ids, in as few requests as possible.

    `paged` False is for lists that are returned whole and without a count: it reads another page only if the reply says
    that there is one. A list without a count (Intercom's lists have one) is certainly whole only if nothing is created,
    and at most two items change, while it is read. Raises RemoteError if, after four readings, the number of items
    differs from the count; and what `Http.send` raises.
    """
    before: set[str] | None = None
    found: dict[str, Json] = {}
    total: int | None = None
    for reading in range(1, READINGS + 1):
        if reading > 1:
            await http.timing.sleep(http.timing.backoff(reading - 1))
        first = await read_page(http, path, 1, key=key)
        total = first.total
        if total is not None:
            found = await _read_counted(http, path, first, total, key)
            complete = len(found) == total
        else:
            found, requests, shifted = await _read_uncounted(http, path, first, key, paged=paged)
            # Only another reading confirms it. If an item moved up meanwhile, an item that it pushed to the next page
            # arrives twice; if an item was removed, the next reading lacks it.
            complete = requests == 1 or before == found.keys()
            before = None if shifted else set(found)
        if complete:
            return [found[item_id] for item_id in sorted(found, key=lambda text: (len(text), text))]
    counts = f"{len(found)} of {total} items arrived" if total is not None else "no two readings agreed"
    raise RemoteError(
        f"GET {path} could not be read whole: {counts}, in {READINGS} readings",
        hint="someone may be editing the help center right now: run again in a moment",
    )


async def read_page(http: Http, path: str, number: int, *, key: str = "data") -> ListPage:
    """Return one page (from 1); raises RemoteError for a reply that isn't a list, or has items without an id."""
    reply = await http.send("GET", path, params={"page": str(number), "per_page": str(PER_PAGE)})
    if key not in reply:
        said = excerpt(reply, http.endpoint)
        raise RemoteError(f"the reply to GET {path} is not a list: it has no `{key}`: {said}", hint=BETWEEN)
    data = reply[key] or []
    items: dict[str, Json] = {}
    for item in data if isinstance(data, list) else [None]:
        item_id = item.get("id") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(item_id, str | int) or not str(item_id):
            raise RemoteError(f"the reply to GET {path} has an entry that isn't an item with an id", hint=BETWEEN)
        items[str(item_id)] = item
    pages = reply.get("pages")
    about = pages if isinstance(pages, dict) else {}
    # Only whether there is a `next`: following its URL could send the token to another server.
    return ListPage(items, _count(reply.get("total_count")), _count(about.get("total_pages")), bool(about.get("next")))


async def _read_counted(http: Http, path: str, first: ListPage, total: int, key: str) -> dict[str, Json]:
    """Return the items of one reading; the first page gives the number of items, and how many a page has.

    The first page was read before all others, and items created later would be on it. So if as many distinct items
    arrive as it counted, they are those that it counted.
    """
    found = dict(first.items)
    size = len(first.items)
    pages = min(-(-total // size), MAX_PAGES) if size else 1
    gate = asyncio.Semaphore(PARALLEL)

    async def read(number: int) -> ListPage:
        async with gate:
            return await read_page(http, path, number, key=key)

    rest = await gather([read(number) for number in range(2, pages + 1)])
    for page in rest:
        found.update(page.items)
    if len(found) == total and (rest[-1] if rest else first).has_next:
        found.update((await read_page(http, path, pages + 1, key=key)).items)
    return found


async def _read_uncounted(
    http: Http, path: str, first: ListPage, key: str, *, paged: bool
) -> tuple[dict[str, Json], int, bool]:
    """Return the items of one reading up to an empty page, the number of requests, and whether items shifted.

    If a server returns the same page three times in a row, there are no others: it ignores the number, or repeats the
    last page.
    """
    found = dict(first.items)
    promised = max(first.total_pages or 0, 2 if first.has_next else 0)
    page, number, repeats, shifted = first, 1, 0, False
    while page.items and (paged or page.has_next or number < promised):
        if number == MAX_PAGES:
            raise RemoteError(f"GET {path} does not end: {MAX_PAGES} pages were read")
        number += 1
        last, page = page, await read_page(http, path, number, key=key)
        repeats = repeats + 1 if page.items.keys() == last.items.keys() else 0
        if repeats == 2:
            if page.has_next or promised > number - repeats:
                raise RemoteError(f"GET {path} says that it has more pages and answers with the same one each time")
            return found, number, shifted
        shifted = shifted or (repeats == 0 and not page.items.keys().isdisjoint(found))
        found.update(page.items)
    return found, number, shifted


def _count(value: object) -> int | None:
    # A longer number is not a count, and Python can't read a very long one.
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
