from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from examples import examples
from fake_intercom import ENDPOINT, FakeIntercom, reply
from helpsync.errors import RemoteError
from helpsync.intercom.http import Http
from helpsync.intercom.wire import read_list
from virtual_time import Clock

SHAPES = (
    "absent",
    "null",
    "empty",
    "honest",
    "next url",
    "next object",
    "next null",
    "next always null",
    "total_pages only",
    "total_pages of default size",
)


@dataclass
class ListServer:
    """One list, newest first; `shape` is the form of its `pages`, `events` move its items while it is read."""

    ids: list[int]
    cap: int = 250
    shape: str = "honest"
    counts: bool = True
    obeys_page: bool = True
    clamps_page: bool = False
    obeys_per_page: bool = True
    events: dict[int, tuple[str, int]] = field(default_factory=dict)
    delays: list[int] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    ever: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    total: object = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        number = len(self.requests)
        self.requests.append(request)
        for _ in range(self.delays[number % len(self.delays)] if self.delays else 0):
            await asyncio.sleep(0)
        self.ever.update(self.ids)
        if number in self.events:
            self.shift(*self.events[number])
        asked = int(request.url.params["per_page"]) if self.obeys_per_page else 10**9
        size = min(asked, self.cap)
        pages = max(1, -(-len(self.ids) // size))
        page = int(request.url.params["page"]) if self.obeys_page else 1
        if self.clamps_page:
            page = min(page, pages)
        data = self.ids[(page - 1) * size : page * size]
        body: dict[str, object] = {"type": "list", "data": [{"id": str(one)} for one in data]}
        if self.counts:
            body["total_count"] = len(self.ids) if self.total is None else self.total
        shape = self.pages(page, pages)
        if self.shape != "absent":
            body["pages"] = shape
        return reply(body)

    def pages(self, page: int, pages: int) -> dict[str, object] | None:
        after = page + 1 if page < pages else None
        url = f"https://evil.example.com/articles?page={after}" if after else None
        shapes: dict[str, dict[str, object]] = {
            "honest": {"type": "pages", "page": page, "total_pages": pages, **({"next": url} if url else {})},
            "empty": {},
            "next url": {"next": url},
            "next object": {"next": {"page": after, "starting_after": "abc"} if after else None},
            "next null": {"next": url, "total_pages": None, "per_page": "x"},
            "next always null": {"next": None},
            "total_pages only": {"total_pages": pages},
            "total_pages of default size": {"total_pages": -(-len(self.ids) // 20), "next": None},
        }
        return shapes.get(self.shape)

    def shift(self, what: str, which: int) -> None:
        if what == "create":
            new = 10_000 + len(self.ever) + which
            self.ids.insert(0, new)
            self.ever.add(new)
        elif what == "sort":
            self.ids.sort()
        elif self.ids:
            one = self.ids.pop(which % len(self.ids))
            if what == "edit":
                self.ids.insert(0, one)
            else:
                self.deleted.add(one)

    def read(self, *, paged: bool = True) -> list[int]:
        time = Clock()

        async def main() -> list[dict[str, object]]:
            http = Http(ENDPOINT, read_only=True, timing=time.timing, transport=httpx.MockTransport(self))
            try:
                return await read_list(http, "/articles", paged=paged)
            finally:
                await http.aclose()

        return [int(str(item["id"])) for item in asyncio.run(main())]


def numbers(count: int) -> list[int]:
    return list(range(1, count + 1))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_list_costs_one_request_for_each_250_items(shape: str) -> None:
    for count, requests in [(0, 1), (1, 1), (249, 1), (250, 1), (251, 2), (500, 2), (1001, 5)]:
        server = ListServer(numbers(count), shape=shape)
        assert server.read() == numbers(count)
        assert len(server.requests) == requests, count


def test_a_server_that_caps_pages_at_150_is_read_in_its_own_steps() -> None:
    server = ListServer(numbers(400), cap=150)
    assert server.read() == numbers(400)
    assert len(server.requests) == 3


def test_a_server_that_ignores_per_page_gives_all_at_once() -> None:
    server = ListServer(numbers(700), cap=10**9, obeys_per_page=False)
    assert server.read() == numbers(700)
    assert len(server.requests) == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_without_a_count_several_pages_are_read_twice(shape: str) -> None:
    server = ListServer(numbers(300), counts=False, shape=shape)
    assert server.read() == numbers(300)


@pytest.mark.parametrize("shape", ["absent", "null", "empty"])
def test_without_a_count_a_server_that_ignores_the_page_number_is_understood(shape: str) -> None:
    server = ListServer(numbers(30), cap=10**9, counts=False, shape=shape, obeys_page=False)
    assert server.read() == numbers(30)


def test_without_a_count_a_server_that_stays_on_its_last_page_is_understood() -> None:
    server = ListServer(numbers(400), counts=False, shape="total_pages only", clamps_page=True)
    assert server.read() == numbers(400)


@pytest.mark.parametrize("shape", ["next url", "total_pages only"])
def test_without_a_count_the_same_page_again_is_an_error_if_more_pages_are_promised(shape: str) -> None:
    server = ListServer(numbers(400), counts=False, shape=shape, obeys_page=False)
    with pytest.raises(RemoteError, match="the same one each time"):
        server.read()


def test_a_list_that_is_returned_whole_costs_one_request() -> None:
    server = ListServer(numbers(3), counts=False, shape="absent")
    assert server.read(paged=False) == numbers(3)
    assert len(server.requests) == 1


def test_a_list_that_should_be_returned_whole_and_is_not_is_read_to_its_end() -> None:
    server = ListServer(numbers(300), counts=False, shape="next url")
    assert server.read(paged=False) == numbers(300)


def test_the_address_of_the_next_page_is_never_followed() -> None:
    server = ListServer(numbers(600), shape="next url")
    server.read()
    assert {request.url.host for request in server.requests} == {"api.intercom.io"}


def test_an_edit_that_pushes_an_item_out_of_sight_makes_the_list_read_again() -> None:
    server = ListServer(numbers(500), events={1: ("edit", 499)})
    assert server.read() == numbers(500)
    assert len(server.requests) == 4


def test_a_delete_that_pulls_an_item_out_of_sight_makes_the_list_read_again() -> None:
    server = ListServer(numbers(500), events={1: ("delete", 0)})
    assert server.read() == numbers(500)[1:]


def test_without_a_count_two_readings_that_miss_the_same_item_do_not_count() -> None:
    shifts = {1: ("edit", 3), 3: ("sort", 0), 4: ("edit", 3)}
    server = ListServer(numbers(4), cap=2, counts=False, shape="absent", events=shifts)
    assert server.read() == numbers(4)


def test_a_count_that_never_fits_is_an_error_with_both_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpsync.intercom.wire.MAX_PAGES", 20)
    for total in (2, 4, 10**6):
        server = ListServer(numbers(3), total=total)
        with pytest.raises(RemoteError, match=f"3 of {total} items arrived, in 4 readings"):
            server.read()


def test_a_count_may_be_text_or_nonsense() -> None:
    for total in ("3", "x", None, True, -1, 2.5, "9" * 5000, "9" * 16, "²", "-1", "1e3", 1.5, [1]):
        assert ListServer(numbers(3), total=total).read() == numbers(3), total


def test_a_list_of_something_else_than_items_is_an_error() -> None:
    for data in ({"a": 1}, ["x"], [None], [{"id": None}], [{"title": "no id"}], "text", 5):
        fake = FakeIntercom()
        fake.faults.extend([partial(reply_with, {"data": data, "total_count": 1})] * 9)
        with pytest.raises(RemoteError, match="an item with an id"):
            asyncio.run(one_list(fake))


def reply_with(body: dict[str, object], _: httpx.Request) -> httpx.Response:
    return reply(body)


def test_a_reply_without_data_is_not_an_empty_list() -> None:
    fake = FakeIntercom()
    fake.faults.extend([lambda _: reply({"type": "list", "total_count": 0})] * 9)
    with pytest.raises(RemoteError, match="is not a list"):
        asyncio.run(one_list(fake))


def test_null_for_data_is_an_empty_list_when_the_count_agrees() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: reply({"type": "list", "data": None, "total_count": 0, "pages": None}))
    assert asyncio.run(one_list(fake)) == []


async def one_list(fake: FakeIntercom) -> list[dict[str, object]]:
    http = Http(ENDPOINT, read_only=True, timing=fake.time.timing, transport=httpx.MockTransport(fake))
    try:
        return await read_list(http, "/articles")
    finally:
        await http.aclose()


events = st.dictionaries(
    st.integers(0, 12), st.tuples(st.sampled_from(["edit", "edit", "delete", "create"]), st.integers(0, 40)), max_size=4
)


@examples(300)
@given(
    count=st.integers(0, 30),
    cap=st.integers(1, 12),
    shape=st.sampled_from(SHAPES),
    counts=st.booleans(),
    shifts=events,
    delays=st.lists(st.integers(0, 3), max_size=5),
)
def test_every_item_arrives_once_or_an_error_is_raised_whatever_the_pages_look_like(
    *, count: int, cap: int, shape: str, counts: bool, shifts: dict[int, tuple[str, int]], delays: list[int]
) -> None:
    # A list without a count that grows between pages shows the same items again, as a server without pages would. And
    # changes at the right moments can hide the same item from two readings.
    kinds = [kind for kind, _ in shifts.values()]
    assume(counts or ("create" not in kinds and kinds.count("delete") < 2 and len(kinds) < 3))
    server = ListServer(numbers(count), cap=cap, shape=shape, counts=counts, events=shifts, delays=delays)
    try:
        found = server.read()
    except RemoteError:
        assert shifts
        return
    assert len(found) == len(set(found))
    created = {one for one in server.ever if one >= 10_000}
    assert server.ever - server.deleted - created <= set(found) <= server.ever


@examples(200)
@given(
    count=st.integers(0, 30),
    cap=st.integers(1, 40),
    shape=st.sampled_from(SHAPES),
    counts=st.booleans(),
    obeys_page=st.booleans(),
    clamps_page=st.booleans(),
)
def test_a_server_that_ignores_parameters_is_read_whole_or_not_at_all(
    *, count: int, cap: int, shape: str, counts: bool, obeys_page: bool, clamps_page: bool
) -> None:
    server = ListServer(
        numbers(count), cap=cap, shape=shape, counts=counts, obeys_page=obeys_page, clamps_page=clamps_page
    )
    tells = counts or shape in {"honest", "next url", "next object", "next null", "total_pages only"}
    try:
        found = server.read()
    except RemoteError:
        assert not obeys_page or clamps_page or not counts
        return
    if tells or obeys_page:
        assert found == numbers(count)
