from __future__ import annotations

import asyncio
import re
from email.utils import formatdate
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_intercom import ENDPOINT, FakeIntercom, Fault, error, reply
from helpsync.errors import RemoteError
from helpsync.intercom import Timing, open_reader
from helpsync.intercom.http import LONG_WAIT, MAX_WAIT, Pace, requested_wait
from journey_site import Site, page
from virtual_time import Clock

if TYPE_CHECKING:
    from pathlib import Path

    from helpsync.intercom import Reader


class LimitedIntercom(FakeIntercom):
    """Allows `limit` requests in ten seconds; other programs may use some of them."""

    def __init__(self, limit: int, taken_by_others: int = 0) -> None:
        super().__init__()
        self.limit, self.taken_by_others = limit, taken_by_others
        self.window, self.used, self.refusals = 0.0, 0, 0
        self.articles.append({"id": "12", "title": "T"})

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        window = self.time.now // 10
        if window != self.window:
            self.window, self.used = window, self.taken_by_others
        remaining = max(0, self.limit - self.used)
        headers = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, remaining - 1)),
            "x-ratelimit-reset": str(int((window + 1) * 10)),
        }
        if not remaining:
            self.refusals += 1
            return error(429, "rate_limit_exceeded", "Exceeded", **headers)
        self.used += 1
        response = self.answer(request)
        response.headers.update(headers)
        return response


def read_many(fake: LimitedIntercom, count: int, side_by_side: int = 8) -> None:
    async def work(reader: Reader) -> None:
        gate = asyncio.Semaphore(side_by_side)

        async def one() -> None:
            async with gate:
                await reader.item("article", "12")

        await asyncio.gather(*(one() for _ in range(count)))

    fake.reading(work)


def test_alone_in_a_workspace_no_request_is_ever_refused() -> None:
    fake = LimitedIntercom(limit=50)
    read_many(fake, 300)
    assert fake.refusals == 0


def test_the_allowance_is_used_well() -> None:
    fake = LimitedIntercom(limit=50)
    began = fake.time.now
    read_many(fake, 300)
    assert fake.time.now - began < 10 * (300 / 50 + 2)


def test_with_plenty_left_no_request_waits() -> None:
    fake = LimitedIntercom(limit=1_000)
    read_many(fake, 500)
    assert fake.time.sleeps == []


def test_requests_slow_down_before_the_limit_is_met() -> None:
    fake = LimitedIntercom(limit=20)
    read_many(fake, 20, side_by_side=1)
    assert len([seconds for seconds in fake.time.sleeps if seconds > 0.5]) >= 3


def test_requests_go_on_while_other_programs_use_most_of_the_limit() -> None:
    fake = LimitedIntercom(limit=20, taken_by_others=17)
    read_many(fake, 30)
    assert fake.used > 0


def waits(fake: FakeIntercom, count: int) -> list[float]:
    """Return the waits that are announced while so many requests are sent in parallel."""
    told: list[float] = []

    def tell(seconds: float, what: str) -> None:
        assert what == "Intercom's rate limit"
        told.append(seconds)

    async def main() -> None:
        transport = httpx.MockTransport(fake)
        async with open_reader(ENDPOINT, timing=fake.time.timing, transport=transport, on_wait=tell) as reader:
            await asyncio.gather(*(reader.item("article", "12") for _ in range(count)))

    asyncio.run(main())
    return told


def test_a_long_wait_for_the_limit_is_announced_once_for_all_requests() -> None:
    fake = LimitedIntercom(limit=10)
    began = fake.time.now
    told = waits(fake, 25)
    assert all(LONG_WAIT < seconds <= 10 + 1 for seconds in told)
    assert LONG_WAIT < sum(told) < fake.time.now - began + 0.01
    assert len([seconds for seconds in fake.time.sleeps if seconds > LONG_WAIT]) > len(told)


@pytest.mark.parametrize(("asked", "told"), [("2", 0), ("8", 1)])
def test_a_wait_that_a_reply_asks_for_is_announced_if_it_is_long(asked: str, told: int) -> None:
    fake = FakeIntercom()
    fake.articles.append({"id": "12", "title": "T"})
    fake.faults.append(lambda _: error(429, "rate_limit_exceeded", "slow", retry_after=asked))
    assert len(waits(fake, 1)) == told


def test_with_plenty_left_no_wait_is_announced() -> None:
    assert waits(LimitedIntercom(limit=1_000), 100) == []


def test_replies_without_the_headers_slow_nothing_down() -> None:
    fake = FakeIntercom()
    fake.articles.append({"id": "12", "title": "T"})

    async def work(reader: Reader) -> None:
        for _ in range(50):
            await reader.item("article", "12")

    fake.reading(work)
    assert fake.time.sleeps == []


@pytest.mark.parametrize("headers", [{"x_ratelimit_remaining": "x"}, {"x_ratelimit_reset": "-1"}, {"retry_after": "?"}])
def test_nonsense_in_the_headers_is_ignored(headers: dict[str, str]) -> None:
    fake = FakeIntercom()
    fake.articles.append({"id": "12", "title": "T"})
    fake.faults.append(lambda _: error(429, "rate_limit_exceeded", "slow", **headers))
    assert fake.reading(lambda reader: reader.item("article", "12")).id == "12"


def waits_after(**headers: str) -> float:
    fake = FakeIntercom()
    fake.articles.append({"id": "12", "title": "T"})
    fake.faults.append(lambda _: error(429, "rate_limit_exceeded", "slow", **headers))
    began = fake.time.now
    fake.reading(lambda reader: reader.item("article", "12"))
    return fake.time.now - began


def test_429_waits_until_the_reset_and_a_little_more() -> None:
    assert 7 < waits_after(x_ratelimit_reset="1700000007") < 8


def test_429_waits_as_long_as_retry_after_says() -> None:
    assert 3 < waits_after(retry_after="3") < 4


def test_retry_after_may_be_a_date() -> None:
    assert 5 < waits_after(retry_after=formatdate(1_700_000_005, usegmt=True)) < 6


def test_429_without_headers_backs_off() -> None:
    assert 0.5 < waits_after() < 3


def test_a_reset_that_has_passed_still_waits_a_moment() -> None:
    assert 0.1 < waits_after(x_ratelimit_reset="1600000000") < 2


def test_no_wait_is_longer_than_a_minute() -> None:
    assert waits_after(x_ratelimit_reset="1900000000") < MAX_WAIT + 2


def test_the_servers_date_corrects_a_wrong_clock_here() -> None:
    server = 1_700_003_600
    assert 4 < waits_after(x_ratelimit_reset=str(server + 4), date=formatdate(server, usegmt=True)) < 5


def test_all_requests_wait_if_one_is_refused() -> None:
    fake = FakeIntercom()
    fake.articles.append({"id": "12", "title": "T"})
    fake.faults.append(lambda _: error(429, "rate_limit_exceeded", "slow", retry_after="5"))
    sent: list[float] = []

    async def work(reader: Reader) -> None:
        first = asyncio.create_task(reader.item("article", "12"))
        for _ in range(20):
            await asyncio.sleep(0)
        await asyncio.gather(first, *(reader.item("article", "12") for _ in range(4)))
        sent.append(fake.time.now)

    fake.reading(work)
    assert sent[0] >= 1_700_000_005


def test_503_with_retry_after_waits_that_long() -> None:
    fake = FakeIntercom()
    fake.articles.append({"id": "12", "title": "T"})
    fake.faults.append(lambda _: error(503, "service_unavailable", "later", retry_after="9"))
    fake.reading(lambda reader: reader.item("article", "12"))
    assert fake.time.now >= 1_700_000_009


def test_a_limit_that_never_lifts_is_given_up() -> None:
    fake = FakeIntercom()
    fake.faults.extend([lambda _: error(429, "rate_limit_exceeded", "slow")] * 99)
    with pytest.raises(RemoteError, match="429"):
        fake.reading(lambda reader: reader.item("article", "12"))
    assert len(fake.requests) < 20


def always(answer: httpx.Response) -> Fault:
    return lambda _: answer


@given(st.lists(st.sampled_from(["limit", "remaining", "reset", "none"]), max_size=8), st.integers(0, 2**40))
def test_any_combination_of_headers_lets_the_work_go_on(names: list[str], number: int) -> None:
    fake = FakeIntercom()
    fake.articles.append({"id": "12", "title": "T"})
    for name in names:
        answer = reply({"id": "12", "title": "T"}, x_ratelimit_remaining="0")
        answer.headers[f"x-ratelimit-{name}"] = str(number)
        fake.faults.append(always(answer))

    async def work(reader: Reader) -> None:
        for _ in range(len(names) + 1):
            await reader.item("article", "12")

    fake.reading(work)
    assert all(seconds <= MAX_WAIT + 1 for seconds in fake.time.sleeps)


@given(st.integers(1, 50), st.floats(0, 0.999))
def test_back_off_is_bounded_and_never_zero(failures: int, chance: float) -> None:
    timing = Timing(random=lambda: chance)
    assert 0.25 <= timing.backoff(failures) <= 20


def test_without_headers_no_wait_is_requested() -> None:
    assert requested_wait({}, Clock().timing) is None


def window(remaining: int, *, ends_in: int = 10) -> dict[str, str]:
    return {
        "x-ratelimit-limit": "10",
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(1_700_000_000 + ends_in),
    }


def turns_before_the_window_ends(pace: Pace, time: Clock) -> int:
    async def main() -> int:
        turns = 0
        while True:
            await pace.turn()
            if time.now >= 1_700_000_010:
                return turns
            turns += 1

    return asyncio.run(main())


def test_requests_in_flight_count_as_used() -> None:
    time = Clock()
    pace = Pace(time.timing)
    pace.learn(window(6))
    assert turns_before_the_window_ends(pace, time) == 6


def test_a_request_whose_reply_has_no_headers_counts_as_used() -> None:
    time = Clock()
    pace = Pace(time.timing)
    pace.learn(window(6))

    async def one() -> None:
        await pace.turn()
        pace.done()
        pace.learn({})

    asyncio.run(one())
    assert turns_before_the_window_ends(pace, time) == 5


def test_a_late_reply_does_not_raise_the_allowance() -> None:
    time = Clock()
    pace = Pace(time.timing)

    async def two() -> None:
        await pace.turn()
        await pace.turn()
        for remaining in (3, 4):
            pace.done()
            pace.learn(window(remaining))

    asyncio.run(two())
    assert turns_before_the_window_ends(pace, time) == 3


def test_a_reply_of_the_last_window_changes_nothing_in_this_one() -> None:
    time = Clock()
    pace = Pace(time.timing)
    pace.learn(window(9))
    pace.learn(window(0, ends_in=0))
    assert turns_before_the_window_ends(pace, time) == 9


def test_a_long_wait_is_shown_on_the_command_line(tmp_path: Path) -> None:
    with Site(tmp_path, rate_limit=8) as site:
        site.content({f"a{number}.md": page("Text.\n", title=f"Article {number}") for number in range(20)})
        pushed = site.push()
    assert pushed.code == 0
    assert re.search(r"^waiting up to \d+ s for Intercom's rate limit$", pushed.err, re.MULTILINE)
