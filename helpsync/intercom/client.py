"""Reads and writes a help center: `open_reader` gives a client that can't write, `open_writer` one that can."""

from __future__ import annotations

import asyncio
import contextlib
import unicodedata
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar, Unpack
from urllib.parse import quote

from helpsync.errors import NotFound, OutcomeUnknown, RemoteError, Unauthorized
from helpsync.intercom import wire
from helpsync.intercom.failures import BETWEEN, RUN_AGAIN
from helpsync.intercom.http import Http, LostReplyError, Options, gather
from helpsync.intercom.wire import ArticleWrite, CollectionWrite, read_list, read_page
from helpsync.model import HelpCenter, Remote, Requests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from helpsync.intercom.endpoint import Endpoint
    from helpsync.intercom.http import Json
    from helpsync.model import Article, Collection, GroupKind, Item, Kind

    R = TypeVar("R", bound=str)

Write: TypeAlias = ArticleWrite | CollectionWrite
OnSend: TypeAlias = "Callable[[], None]"
"""Called right before each attempt to write; an exception from it stops the write."""

MayResend: TypeAlias = "Callable[[Item | None], Awaitable[bool]]"
"""Called before a write is sent again, with the current item, or None if it doesn't exist.

False: don't resend, the current item counts as the reply. An exception from it stops the write.
"""

PATHS: dict[Kind, str] = {
    "article": "/articles",
    "collection": "/help_center/collections",
    "section": "/help_center/sections",
}


class Reader:
    """Reads a help center; made by `open_reader`. Call `read` first: it learns the workspace's default locale."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._default_locale = ""
        self._kinds: dict[str, frozenset[GroupKind]] = {}

    @property
    def requests(self) -> Requests:
        """The number of requests sent so far."""
        return self._http.requests

    def now(self) -> float:
        """Return Unix seconds, by this client's clock."""
        return self._http.timing.clock()

    async def pause(self, seconds: float) -> None:
        """Wait, by this client's clock."""
        await self._http.timing.sleep(seconds)

    async def read(self, *, default_locale: str) -> Remote:
        """Return the content of the workspace's help centers; `default_locale` is used if no reply names one.

        Costs one request each for me, admins and help centers, and one for each 250 articles, collections and sections
        (at least one each). Raises Unauthorized, Unreachable and RemoteError; never returns part of a list.
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
        workspace_id = wire.workspace_id(me, [*items, *brands])
        if workspace_id is None:
            raise RemoteError("GET /me does not say which workspace the token belongs to", hint=BETWEEN)
        self._default_locale = wire.common_default_locale(items) or default_locale
        self._kinds.clear()
        collections, articles = self._values(*lists)
        return Remote(
            help_center=HelpCenter(
                default_locale=self._default_locale, collections=tuple(collections), articles=tuple(articles)
            ),
            workspace_id=workspace_id,
            admins=tuple(wire.admin(item) for item in admins),
            brands=tuple(wire.brand(item) for item in brands),
            multilingual=wire.multilingual(items),
        )

    async def items(self) -> tuple[Item, ...]:
        """Return all current collections, sections and articles.

        Costs a request for each 250 of a list (at least one each); raises what `read` does.
        """
        collections, articles = self._values(*await gather(self._lists()))
        return (*collections, *articles)

    async def item(self, kind: Kind, item_id: str) -> Item:
        """Return the current item; raises NotFound."""
        return self._value(kind, await self._http.send("GET", _path(kind, item_id)))

    async def check_token(self) -> None:
        """Return if Intercom accepts the token, after one request; raises Unauthorized, Unreachable and RemoteError."""
        await self._me()

    async def _me(self) -> list[Json]:
        return [await self._http.send("GET", "/me")]

    def _lists(self) -> list[Coroutine[object, object, list[Json]]]:
        return [read_list(self._http, PATHS[kind]) for kind in ("collection", "section", "article")]

    def _values(
        self, collections: list[Json], sections: list[Json], articles: list[Json]
    ) -> tuple[list[Collection], list[Article]]:
        self._remember("collection", collections)
        self._remember("section", sections)
        locale = self._default_locale
        groups = [wire.collection(item, "collection", default_locale=locale) for item in collections]
        groups += [wire.collection(item, "section", default_locale=locale) for item in sections]
        return groups, [wire.article(item, default_locale=locale, kinds=self._kinds) for item in articles]

    def _remember(self, kind: GroupKind, items: Iterable[Json]) -> None:
        for item in items:
            if (item_id := wire.identifier(item.get("id"))) is not None:
                self._kinds[item_id] = self._kinds.get(item_id, frozenset()) | {kind}

    def _value(self, kind: Kind, item: Json) -> Item:
        if kind == "article":
            return wire.article(item, default_locale=self._default_locale, kinds=self._kinds)
        return wire.collection(item, kind, default_locale=self._default_locale)


class Writer(Reader):
    """Reads and writes a help center; made by `open_writer`.

    Writes may run in parallel. Creates with the same name and parent wait for each other: after a lost reply, nothing
    would distinguish their items.
    """

    def __init__(self, http: Http) -> None:
        super().__init__(http)
        self._locks: dict[tuple[Kind, str, str | None], asyncio.Lock] = {}

    async def create(self, write: Write, *, seen: set[str], on_send: OnSend = lambda: None) -> Item:
        """Return the new article, collection, or section (a collection with a parent); adds its id to `seen`.

        The item is created only once, even if replies are lost. `seen` are the known ids of that kind: none of them can
        be the new item. Raises OutcomeUnknown, see `create_once`.
        """
        kind: Kind = "collection" if write.parent_id is None else "section"
        kind, name = ("article", write.title or "") if isinstance(write, ArticleWrite) else (kind, write.name or "")

        async def look() -> list[Json]:
            return [
                item
                for item in await self._newest(kind)
                if str(item["id"]) not in seen and self._is(kind, item, name, write.parent_id)
            ]

        async with self._locks.setdefault((kind, _folded(name), write.parent_id), asyncio.Lock()):
            creation = Creation(PATHS[kind], wire.body(write, kind, create=True), f"“{name}”", look, on_send)
            item = await create_once(self._http, creation)
            seen.add(str(item["id"]))
        if kind != "article":
            self._remember(kind, [item])
        return self._value(kind, item)

    async def update(
        self,
        kind: Kind,
        item_id: str,
        write: Write,
        *,
        on_send: OnSend = lambda: None,
        may_resend: MayResend | None = None,
    ) -> Item:
        """Return the item after the update; fields that `write` leaves out don't change."""
        path = _path(kind, item_id)
        body = wire.body(write, kind, create=False)
        again = self._again(kind, path, may_resend)
        reply = await self._http.send("PUT", path, json=body, on_send=on_send, again=again)
        return self._value(kind, reply) if reply.get("id") else await self.item(kind, item_id)

    async def delete(
        self, kind: Kind, item_id: str, *, on_send: OnSend = lambda: None, may_resend: MayResend | None = None
    ) -> None:
        """Delete an item; raises NotFound if there is none, unless it disappeared after a first attempt."""
        path = _path(kind, item_id)
        reply = await self._http.send("DELETE", path, on_send=on_send, again=self._again(kind, path, may_resend))
        if reply.get("deleted") is False:
            raise RemoteError(f"DELETE {path} was answered, but nothing was deleted")

    def _again(
        self, kind: Kind, path: str, may_resend: MayResend | None
    ) -> Callable[[], Awaitable[Json | None]] | None:
        if may_resend is None:
            return None

        async def again() -> Json | None:
            """Return the current item if it counts as the reply, None to send the write again."""
            now: Json | None = None
            with contextlib.suppress(NotFound):
                now = await self._http.send("GET", path)
            if await may_resend(None if now is None else self._value(kind, now)):
                return None
            return now or {}

        return again

    async def _newest(self, kind: Kind) -> list[Json]:
        """Return the first page of a list, which has the last changed items; all items if it is sorted differently."""
        page = await read_page(self._http, PATHS[kind], 1)
        items = list(page.items.values())
        moments = [moment for item in items if isinstance(moment := item.get("updated_at"), int)]
        if len(moments) == len(items) and moments == sorted(moments, reverse=True):
            return items
        return await read_list(self._http, PATHS[kind])

    def _is(self, kind: Kind, item: Json, name: str, parent_id: str | None) -> bool:
        own = item.get("title" if kind == "article" else "name")
        return _folded(own) == _folded(name) and self._value(kind, item).parent_id == parent_id


# Creating exactly once ------------------------------------------------------------------------------------------------

SENDS = 3
"""How often a create is sent at most; it is sent again only after no look found the item."""

LOOKS = (1.0, 4.0, 10.0, 20.0)
"""Seconds to wait, at least, before each look: the server may still be working on the request.

The first look finds most items that were created. A server usually ends a request within 30 seconds, even after the
connection broke, and fetches an article's pictures within that time. The last look comes after 35 seconds. The waits
grow because an item becomes less likely to appear.
"""

TWIN_LOOK = 4.0
"""Seconds to wait, after a create was sent more than once, before looking for a second item.

It appears by then even if the server needed a little more than half a minute for the first request.
"""

_SPREAD = 1 / 4
"""The random share that a wait may be longer, so that creates lost together don't all look at the same moment."""


@dataclass(frozen=True, slots=True)
class Creation:
    """A create: its path and body, its name for messages, and how to look for items that it may have created.

    `on_send` is called right before each attempt.
    """

    path: str
    body: Json
    name: str
    look: Callable[[], Awaitable[Sequence[Json]]]
    on_send: Callable[[], None]


async def create_once(http: Http, creation: Creation) -> Json:
    """Return the new item, which this call creates only once; costs one request if nothing goes wrong.

    After a lost reply it looks for the item before it sends the create again. If it had to send it again, it looks once
    more for a second item. Raises OutcomeUnknown if replies were lost and it is unclear whether the item exists, or
    which of two it is; the last failure if Intercom kept failing and created nothing; and what `Http.send` raises for a
    refusal.
    """
    lost = RemoteError(f"{creation.name} was not sent")
    for sent in range(1, SENDS + 1):
        if sent > 1:
            http.count_retry()
        try:
            item: Json | None = await http.send("POST", creation.path, json=creation.body, on_send=creation.on_send)
        except LostReplyError as error:
            item, lost_now = None, error.error
        else:
            lost_now = RemoteError(f"the reply to POST {creation.path} names no id")
        if item is None or not item.get("id"):
            lost = lost_now
            item = await _look_for(http, creation, lost, sent)
        if item is not None:
            if sent > 1:
                await _refuse_twin(http, creation, lost, item)
            return item
    raise lost


async def _look_for(http: Http, creation: Creation, lost: RemoteError, sent: int) -> Json | None:
    longest = sum(LOOKS) * (1 + _SPREAD)
    left = longest * (SENDS - sent + 1)
    http.on_wait(
        longest,
        f"{creation.name} to appear: {lost.message} (attempt {sent} of {SENDS}, up to {left:.0f} s of waiting left)",
    )
    for wait in LOOKS:
        await http.timing.sleep(wait * (1 + http.timing.random() * _SPREAD))
        try:
            found = await creation.look()
        except RemoteError as error:
            raise OutcomeUnknown(
                f"{lost.message}; whether {creation.name} was created could not be looked up: {error.message}",
                hint=RUN_AGAIN,
            ) from error
        _refuse_several(creation, lost, found)
        if found:
            return found[0]
    return None


async def _refuse_twin(http: Http, creation: Creation, lost: RemoteError, made: Json) -> None:
    """Raise OutcomeUnknown if another item could be the one that was created; ignore a look that fails."""
    await http.timing.sleep(TWIN_LOOK)
    found: Sequence[Json] = ()
    with contextlib.suppress(RemoteError):
        found = await creation.look()
    _refuse_several(creation, lost, [made, *(item for item in found if item["id"] != made["id"])])


def _refuse_several(creation: Creation, lost: RemoteError, found: Sequence[Json]) -> None:
    if len(found) > 1:
        ids = ", ".join(sorted(str(item["id"]) for item in found))
        raise OutcomeUnknown(
            f"{lost.message}; several new items could be {creation.name}: {ids}",
            hint="keep one of them in Intercom, link it to its file with `adopt`, and remove the others",
        )


# Opening a client -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def open_reader(endpoint: Endpoint, **options: Unpack[Options]) -> AsyncIterator[Reader]:
    """Yield a client that can only read; raises ConfigError if the token must not be sent to the endpoint."""
    async with aclosing(Http(endpoint, read_only=True, **options)) as http:
        yield Reader(http)


@asynccontextmanager
async def open_writer(endpoint: Endpoint, **options: Unpack[Options]) -> AsyncIterator[Writer]:
    """Yield a client that can read and write; raises ConfigError if the token must not be sent to the endpoint."""
    async with aclosing(Http(endpoint, read_only=False, **options)) as http:
        yield Writer(http)


async def region_of_token(readers: Mapping[R, Callable[[], AbstractAsyncContextManager[Reader]]]) -> R:
    """Return the first region, in the order given, whose server accepts the token.

    A wrong region answers 401, just as a wrong token does, so this tries one server after another. Raises Unauthorized
    if all refuse the token; if a server can't be reached and no other accepts it, the error from there.
    """
    trouble: RemoteError | None = None
    for region, reader in readers.items():
        try:
            async with reader() as client:
                await client.check_token()
        except Unauthorized:
            continue
        except RemoteError as error:
            trouble = trouble or error
        else:
            return region
    if trouble is not None:
        raise trouble
    raise Unauthorized(
        f"Intercom refused the token in every region: {', '.join(readers)}",
        hint="copy it again from Intercom's Developer Hub; a token that was revoked is refused too",
    )


def _path(kind: Kind, item_id: str) -> str:
    return f"{PATHS[kind]}/{quote(item_id, safe='')}"


def _folded(name: object) -> str:
    return " ".join(unicodedata.normalize("NFC", str(name or "")).split())
