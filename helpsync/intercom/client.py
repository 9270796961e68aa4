"""Reading and writing a help center: `open_reader` gives a client that cannot write, `open_writer` one that can."""

from __future__ import annotations

import asyncio
import contextlib
import unicodedata
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, Unpack
from urllib.parse import quote

from helpsync.errors import NotFound, RemoteError
from helpsync.intercom import wire
from helpsync.intercom.creation import Creation, create_once
from helpsync.intercom.failures import BETWEEN
from helpsync.intercom.http import Http, Options, gather
from helpsync.intercom.wire import read_list, read_page
from helpsync.model import Article, Collection, HelpCenter, Remote, Requests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

    from helpsync.intercom.endpoint import Endpoint
    from helpsync.intercom.http import Json
    from helpsync.intercom.wire import ArticleWrite, CollectionWrite, GroupKind
    from helpsync.model import Item

Again: TypeAlias = "Callable[[Item | None], Awaitable[bool]]"
"""Asked before a write is repeated, with the item as it is by then, None when it is gone.

Says whether to send again; where it says no, what is there counts as the reply. May raise to leave the item alone.
"""

ARTICLES = "/articles"
GROUPS: dict[GroupKind, str] = {"collection": "/help_center/collections", "section": "/help_center/sections"}


class Reader:
    """Intercom as it can be read; made by `open_reader`."""

    def __init__(self, http: Http, default_locale: str) -> None:
        self._http = http
        self._default_locale = default_locale
        self._kinds: dict[str, frozenset[GroupKind]] = {}
        self.workspace_id: str | None = None

    @property
    def requests(self) -> Requests:
        """Return how many requests have gone out so far."""
        return self._http.requests

    def now(self) -> float:
        """Return Unix seconds, by this client's clock."""
        return self._http.timing.clock()

    async def pause(self, seconds: float) -> None:
        """Return after so many seconds of this client's clock."""
        await self._http.timing.sleep(seconds)

    async def read(self, *, default_locale: str) -> Remote:
        """Return all of the workspace's help centers; `default_locale` counts if no reply names one.

        Costs a request each for me, admins and help centers, and one for each 250 articles, collections and sections
        (at least one each). Raises Unauthorized, Unreachable and RemoteError; never returns half of a list.
        """
        [me], admins, brands, *lists = await gather(
            [
                self._me(),
                read_list(self._http, "/admins", key="admins", paged=False),
                read_list(self._http, "/help_center/help_centers", paged=False),
                *self._lists(),
            ]
        )
        items = [item for each in lists for item in each]
        self.workspace_id = wire.workspace_id(me, [*items, *brands])
        if self.workspace_id is None:
            raise RemoteError("GET /me does not say which workspace the token belongs to", hint=BETWEEN)
        self._default_locale = wire.common_default_locale(items) or default_locale
        self._kinds.clear()
        collections, articles = self._values(*lists)
        return Remote(
            help_center=HelpCenter(
                default_locale=self._default_locale, collections=tuple(collections), articles=tuple(articles)
            ),
            workspace_id=self.workspace_id,
            admins=tuple(wire.admin(item) for item in admins),
            brands=tuple(wire.brand(item) for item in brands),
            multilingual=wire.multilingual(items),
        )

    async def items(self) -> tuple[Item, ...]:
        """Return all collections, sections and articles as they are now.

        Costs a request for each 250 of a list (at least one each); raises as `read` does, which comes first.
        """
        collections, articles = self._values(*await gather(self._lists()))
        return (*collections, *articles)

    def _lists(self) -> list[Coroutine[object, object, list[Json]]]:
        return [read_list(self._http, path) for path in (GROUPS["collection"], GROUPS["section"], ARTICLES)]

    def _values(
        self, collections: list[Json], sections: list[Json], articles: list[Json]
    ) -> tuple[list[Collection], list[Article]]:
        self._know("collection", collections)
        self._know("section", sections)
        groups = [self._collection(item, "collection") for item in collections]
        groups += [self._collection(item, "section") for item in sections]
        return groups, [self._article(item) for item in articles]

    async def article(self, id: str) -> Article:  # noqa: A002  # the API's own word
        """Return one article as it is now; raises NotFound."""
        return self._article(await self._http.send("GET", _item(ARTICLES, id)))

    async def collection(self, kind: GroupKind, id: str) -> Collection:  # noqa: A002  # the API's own word
        """Return one collection or section as it is now; raises NotFound."""
        return self._collection(await self._http.send("GET", _item(GROUPS[kind], id)), kind)

    async def check_token(self) -> None:
        """Return when Intercom takes the token, for one request; raises Unauthorized, Unreachable and RemoteError."""
        await self._me()

    async def _me(self) -> list[Json]:
        return [await self._http.send("GET", "/me")]

    def _know(self, kind: GroupKind, items: Sequence[Json]) -> None:
        for item in items:
            if (known := wire.identifier(item.get("id"))) is not None:
                self._kinds[known] = self._kinds.get(known, frozenset()) | {kind}

    def _article(self, item: Json) -> Article:
        return wire.article(item, default_locale=self._default_locale, kinds=self._kinds)

    def _collection(self, item: Json, kind: GroupKind) -> Collection:
        return wire.collection(item, kind, default_locale=self._default_locale)


class Writer(Reader):
    """Intercom as it can be read and written; made by `open_writer`.

    Writes may run side by side. Creates of the same name under the same parent wait for each other: after a lost
    reply they could not tell their items apart.
    """

    def __init__(self, http: Http, default_locale: str) -> None:
        super().__init__(http, default_locale)
        self._locks: dict[tuple[str, str, str | None], asyncio.Lock] = {}

    async def create_article(
        self, write: ArticleWrite, *, seen: set[str], begun: Callable[[], None] = lambda: None
    ) -> Article:
        """Return the new article, made once even when replies are lost; its id is added to `seen`.

        `seen` holds the ids of the articles known so far, which can't be the new one. `begun` is called each time right
        before the create goes out. Raises OutcomeUnknown, see `create_once`.
        """
        body = wire.article_json(write, create=True)
        item = await self._create(ARTICLES, body, write.title or "", write.parent_id, seen, begun)
        return self._article(item)

    async def update_article(
        self,
        id: str,  # noqa: A002  # the API's own word
        write: ArticleWrite,
        *,
        begun: Callable[[], None] = lambda: None,
        again: Again | None = None,
    ) -> Article:
        """Return the article as Intercom shows it after the update; what `write` leaves out is not changed.

        `begun` is called each time right before the update goes out, `again` asked before each repeat.
        """
        path = _item(ARTICLES, id)
        look = again and partial(self._look, path, self._article, again)
        reply = await self._http.send("PUT", path, json=wire.article_json(write, create=False), begun=begun, again=look)
        return self._article(reply) if reply.get("id") else await self.article(id)

    async def delete_article(
        self,
        id: str,  # noqa: A002  # the API's own word
        *,
        begun: Callable[[], None] = lambda: None,
        again: Again | None = None,
    ) -> None:
        """Delete an article; raises NotFound when there is none, unless a repeat finds it gone.

        `begun` and `again` are as for `update_article`.
        """
        path = _item(ARTICLES, id)
        await self._delete(path, begun, again and partial(self._look, path, self._article, again))

    async def create_collection(
        self, write: CollectionWrite, *, seen: set[str], begun: Callable[[], None] = lambda: None
    ) -> Collection:
        """Return the new collection, or section when it has a parent; otherwise as `create_article`."""
        kind: GroupKind = "collection" if write.parent_id is None else "section"
        body = wire.collection_json(write, kind)
        item = await self._create(GROUPS[kind], body, write.name or "", write.parent_id, seen, begun)
        self._know(kind, [item])
        return self._collection(item, kind)

    async def update_collection(
        self,
        kind: GroupKind,
        id: str,  # noqa: A002  # the API's own word
        write: CollectionWrite,
        *,
        begun: Callable[[], None] = lambda: None,
        again: Again | None = None,
    ) -> Collection:
        """Return the collection or section as Intercom shows it after the update; `help_center_id` is not sent.

        `begun` and `again` are as for `update_article`.
        """
        path = _item(GROUPS[kind], id)
        body = wire.collection_json(replace(write, help_center_id=None), kind)
        look = again and partial(self._look, path, partial(self._collection, kind=kind), again)
        reply = await self._http.send("PUT", path, json=body, begun=begun, again=look)
        return self._collection(reply, kind) if reply.get("id") else await self.collection(kind, id)

    async def delete_collection(
        self,
        kind: GroupKind,
        id: str,  # noqa: A002  # the API's own word
        *,
        begun: Callable[[], None] = lambda: None,
        again: Again | None = None,
    ) -> None:
        """Delete a collection or section; as `delete_article`."""
        path = _item(GROUPS[kind], id)
        read = partial(self._collection, kind=kind)
        await self._delete(path, begun, again and partial(self._look, path, read, again))

    async def _delete(
        self, path: str, begun: Callable[[], None], look: Callable[[], Awaitable[Json | None]] | None
    ) -> None:
        reply = await self._http.send("DELETE", path, begun=begun, again=look)
        if reply.get("deleted") is False:
            raise RemoteError(f"DELETE {path} was answered, but nothing was deleted")

    async def _look(self, path: str, read: Callable[[Json], Item], again: Again) -> Json | None:
        """Return what counts as the reply before a write is repeated, None when it is to go out again."""
        now: Json | None = None
        with contextlib.suppress(NotFound):
            now = await self._http.send("GET", path)
        if await again(None if now is None else read(now)):
            return None
        return now or {}

    async def _create(
        self, path: str, body: Json, name: str, parent_id: str | None, seen: set[str], begun: Callable[[], None]
    ) -> Json:
        async def look() -> list[Json]:
            return [
                item
                for item in await self._newest(path)
                if str(item["id"]) not in seen and self._is(item, path, name, parent_id)
            ]

        lock = self._locks.setdefault((path, _folded(name), parent_id), asyncio.Lock())
        async with lock:
            item = await create_once(self._http, Creation(path, body, f"“{name}”", look, begun))
            seen.add(str(item["id"]))
        return item

    async def _newest(self, path: str) -> list[Json]:
        """Return the items changed last; all of them where the list turns out to be sorted in another way."""
        page = await read_page(self._http, path, 1)
        items = list(page.items.values())
        moments = [moment for item in items if isinstance(moment := item.get("updated_at"), int)]
        if len(moments) == len(items) and moments == sorted(moments, reverse=True):
            return items
        return await read_list(self._http, path)

    def _is(self, item: Json, path: str, name: str, parent_id: str | None) -> bool:
        if path == ARTICLES:
            return _folded(item.get("title")) == _folded(name) and self._article(item).parent_id == parent_id
        return _folded(item.get("name")) == _folded(name) and wire.identifier(item.get("parent_id")) == parent_id


@asynccontextmanager
async def open_reader(
    endpoint: Endpoint, *, default_locale: str = "en", **options: Unpack[Options]
) -> AsyncIterator[Reader]:
    """Give a client whose HTTP layer refuses to write; raises ConfigError where the token must not be sent.

    `default_locale` holds until `read` learns the workspace's own.
    """
    async with aclosing(Http(endpoint, read_only=True, **options)) as http:
        yield Reader(http, default_locale)


@asynccontextmanager
async def open_writer(
    endpoint: Endpoint, *, default_locale: str = "en", **options: Unpack[Options]
) -> AsyncIterator[Writer]:
    """Give a client that can read and write; otherwise as `open_reader`."""
    async with aclosing(Http(endpoint, read_only=False, **options)) as http:
        yield Writer(http, default_locale)


def _item(path: str, identifier: str) -> str:
    return f"{path}/{quote(identifier, safe='')}"


def _folded(name: object) -> str:
    return " ".join(unicodedata.normalize("NFC", str(name or "")).split())
