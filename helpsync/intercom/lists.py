"""Reading a whole list: every item once, in as few requests as it takes, or an error; never half (facts: Lists)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.errors import RemoteError
from helpsync.intercom.failures import BETWEEN, excerpt
from helpsync.intercom.gather import gather

if TYPE_CHECKING:
    from helpsync.intercom.http import Http, Json

PER_PAGE = 250
READINGS = 4
"""How often a list is read before its reading is given up, because it changed meanwhile each time."""

MAX_PAGES = 2_000
SIDE_BY_SIDE = 4
_MAX_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its items by id, the whole list's length where the reply tells, signs of more pages."""

    items: dict[str, Json]
    total: int | None
    total_pages: int | None
    has_next: bool


async def read_list(http: Http, path: str, *, key: str = "data", paged: bool = True) -> list[Json]:
    """Return all items of a list, each id once, in the order of their ids.

    `paged` False is for lists that come whole and without a count: nothing more is asked for unless the reply says that
    there is more. A list whose replies name no count (Intercom's always do) is surely whole only where nothing is
    created, and no more than two items change, while it is read. Raises RemoteError when the items that arrive are not
    as many as the list says it has, after four readings, and what `Http.send` raises.
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
            if len(found) == total:
                return _in_order(found)
            continue
        found, requests, shifted = await _read_uncounted(http, path, first, key, paged=paged)
        if requests == 1 or before == found.keys():
            return _in_order(found)
        # Nothing to compare with but another reading. One in which an item moved up is recognised by the item that it
        # pushed onto the next page; one in which an item went by the next reading, which has it no more.
        before = None if shifted else set(found)
    counts = f"{len(found)} of {total} items arrived" if total is not None else "no two readings agreed"
    raise RemoteError(
        f"GET {path} could not be read whole: {counts}, in {READINGS} readings",
        hint="someone may be editing the help center right now: run again in a moment",
    )


async def read_page(http: Http, path: str, number: int, *, key: str = "data", per_page: int = PER_PAGE) -> Page:
    """Return one page (from 1); raises RemoteError for a reply that is no list, or holds items without an id."""
    reply = await http.send("GET", path, params={"page": str(number), "per_page": str(per_page)})
    if key not in reply:
        said = excerpt(reply, http.endpoint)
        raise RemoteError(f"the reply to GET {path} is not a list: it has no `{key}`: {said}", hint=BETWEEN)
    data = reply[key] or []
    items: dict[str, Json] = {}
    for item in data if isinstance(data, list) else [None]:
        identifier = item.get("id") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(identifier, str | int) or not str(identifier):
            raise RemoteError(f"the reply to GET {path} has an entry that isn't an item with an id", hint=BETWEEN)
        items[str(identifier)] = item
    pages = reply.get("pages")
    about = pages if isinstance(pages, dict) else {}
    # Only whether there is a `next`: the address in it is never followed, so it can't lead the token astray.
    return Page(items, _count(reply.get("total_count")), _count(about.get("total_pages")), bool(about.get("next")))


async def _read_counted(http: Http, path: str, first: Page, total: int, key: str) -> dict[str, Json]:
    """Return what one reading finds; the first page says how many items there are and how many fit on a page.

    It is read before all others: what is created later stands on the page already read, so that as many distinct
    items as it counted can only be those that it counted.
    """
    found = dict(first.items)
    size = len(first.items)
    pages = min(-(-total // size), MAX_PAGES) if size else 1
    gate = asyncio.Semaphore(SIDE_BY_SIDE)

    async def read(number: int) -> Page:
        async with gate:
            return await read_page(http, path, number, key=key)

    rest = await gather([read(number) for number in range(2, pages + 1)])
    for page in rest:
        found.update(page.items)
    if len(found) == total and (rest[-1] if rest else first).has_next:
        found.update((await read_page(http, path, pages + 1, key=key)).items)
    return found


async def _read_uncounted(
    http: Http, path: str, first: Page, key: str, *, paged: bool
) -> tuple[dict[str, Json], int, bool]:
    """Return what one reading finds, in how many requests, and whether items shifted: on until a page is empty.

    A server that answers with the same page three times running has no other: it ignores the number, or stays on the
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


def _in_order(found: dict[str, Json]) -> list[Json]:
    return [found[identifier] for identifier in sorted(found, key=lambda text: (len(text), text))]


def _count(value: object) -> int | None:
    # More digits are no count of anything, and of very many Python makes no number.
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
