from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import httpx
import pytest

from fake_intercom import FakeIntercom, Fault, error, lost, refused, reply, timed_out
from faults import Line, never_arrived
from helpsync.errors import OutcomeUnknown, RemoteError, Unreachable
from helpsync.intercom import ArticleWrite, CollectionWrite
from helpsync.intercom.client import LOOKS
from journey_site import Site, page

if TYPE_CHECKING:
    from pathlib import Path

    from helpsync.intercom import Writer
    from helpsync.model import Item, Requests

LOOKED: list[None] = [None] * len(LOOKS)
WRITE = ArticleWrite(title="Refunds", author_id="7", parent_id="5", parent_kind="collection")


def create(fake: FakeIntercom, write: ArticleWrite = WRITE, seen: set[str] | None = None) -> Item:
    return fake.writing(lambda writer: writer.create(write, seen=set() if seen is None else seen))


def existing(identifier: str, **fields: object) -> dict[str, object]:
    return {"id": identifier, "title": "Refunds", "parent_id": 5, "updated_at": int(identifier), **fields}


def server_error(_: httpx.Request) -> httpx.Response:
    return error(500, "server_error", "oops")


def web_page(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<html><title>Gateway</title></html>")


def done_and(answer: httpx.Response, fake: FakeIntercom) -> Fault:
    def fault(request: httpx.Request) -> httpx.Response:
        fake.answer(request)
        return answer

    return fault


def made_and_failed(fake: FakeIntercom, item: dict[str, object]) -> Fault:
    def fault(_: httpx.Request) -> httpx.Response:
        fake.articles.append(item)
        return reply({}, 500)

    return fault


def commit_after(fake: FakeIntercom, seconds: float, item: dict[str, object]) -> None:
    began, before = fake.time.now, fake.time.on_sleep

    def commit() -> None:
        if before is not None:
            before()
        if fake.time.now - began >= seconds and item not in fake.articles:
            fake.articles.append(item)

    fake.time.on_sleep = commit


def test_a_create_returns_the_article_and_remembers_its_id() -> None:
    fake, seen = FakeIntercom(), {"1"}
    assert create(fake, seen=seen).id == "101"
    assert seen == {"1", "101"}
    assert fake.methods() == ["POST"]


def test_a_create_whose_reply_was_lost_is_found_and_not_repeated() -> None:
    fake = FakeIntercom()
    fake.faults.append(fake.dropped)
    assert create(fake).id == "101"
    assert fake.methods() == ["POST", "GET"]


@pytest.mark.parametrize(
    "answer",
    [
        error(500, "server_error", "oops"),
        httpx.Response(502, html="<html>Bad Gateway</html>"),
        httpx.Response(504),
        httpx.Response(201),
        httpx.Response(200, content=b'{"id": "10', headers={"content-type": "application/json"}),
        reply({"title": "a reply without an id"}),
        httpx.Response(408),
    ],
)
def test_a_create_answered_unclearly_is_found_and_not_repeated(answer: httpx.Response) -> None:
    fake = FakeIntercom()
    fake.faults.append(done_and(answer, fake))
    assert create(fake).id == "101"
    assert fake.methods().count("POST") == 1


@pytest.mark.parametrize("fault", [lost, timed_out, server_error, web_page])
def test_a_create_that_did_not_happen_is_repeated_after_half_a_minute_of_looking(fault: Fault) -> None:
    fake = FakeIntercom()
    fake.faults.append(fault)
    began = fake.time.now
    assert create(fake).id == "101"
    assert fake.methods() == ["POST", "GET", "GET", "GET", "GET", "POST", "GET"]
    assert 35 <= fake.time.now - began < 45
    assert len(fake.articles) == 1


def test_a_create_that_is_sent_again_is_counted_as_a_retry() -> None:
    fake = FakeIntercom()
    fake.faults.append(lost)

    async def work(writer: Writer) -> Requests:
        await writer.create(WRITE, seen=set())
        return writer.requests

    requests = fake.writing(work)
    assert (requests.post, requests.get, requests.retried) == (2, 5, 1)


@pytest.mark.parametrize(("seconds", "looks"), [(0, 1), (3, 2), (12, 3), (30, 4)])
def test_an_item_that_appears_late_is_found_by_a_later_look(seconds: float, looks: int) -> None:
    fake = FakeIntercom()
    fake.faults.append(timed_out)
    commit_after(fake, seconds, existing("300"))
    assert create(fake).id == "300"
    assert fake.methods() == ["POST", *["GET"] * looks]


@pytest.mark.parametrize("second", [[], [timed_out]])
def test_an_item_that_appears_after_all_looks_is_found_as_a_second_one(second: list[Fault]) -> None:
    fake = FakeIntercom()
    fake.faults.extend([timed_out, *LOOKED, *second])
    commit_after(fake, 41, existing("300"))
    if second:
        commit_after(fake, 42, existing("301"))
    with pytest.raises(OutcomeUnknown, match=r"several new items could be “Refunds”: (101, 300|300, 301)$"):
        create(fake, seen={"1"})


def test_the_known_id_is_returned_if_the_look_for_a_second_item_fails() -> None:
    fake = FakeIntercom()
    fake.faults.extend([timed_out, *LOOKED, None, *[refused] * 9])
    assert create(fake).id == "101"


def test_on_send_is_called_each_time_a_create_is_sent() -> None:
    fake = FakeIntercom()
    fake.faults.extend([lambda _: error(429, "rate_limit_exceeded", "slow", retry_after="20"), lost, *LOOKED])
    moments: list[float] = []
    began = fake.time.now

    async def work(writer: Writer) -> None:
        await writer.create(WRITE, seen=set(), on_send=lambda: moments.append(fake.time.now - began))

    fake.writing(work)
    assert [round(moment / 20) for moment in moments] == [0, 1, 3]


def test_two_candidates_leave_the_outcome_unknown() -> None:
    fake = FakeIntercom()
    fake.articles = [existing("300")]
    fake.faults.append(fake.dropped)
    with pytest.raises(OutcomeUnknown, match="several new items could be “Refunds”: 101, 300"):
        create(fake)
    assert fake.methods() == ["POST", "GET"]


def test_an_item_that_was_seen_before_is_not_a_candidate() -> None:
    fake = FakeIntercom()
    fake.articles = [existing("300")]
    fake.faults.append(fake.dropped)
    assert create(fake, seen={"300"}).id == "101"


@pytest.mark.parametrize("other", [{"title": "refunds"}, {"parent_id": 6}, {"parent_id": None}, {"parent_ids": [6]}])
def test_an_item_with_another_title_or_parent_is_not_a_candidate(other: dict[str, object]) -> None:
    fake = FakeIntercom()
    fake.articles = [existing("300", **other)]
    fake.faults.append(lost)
    assert create(fake).id == "101"


def test_an_article_without_a_parent_is_found_among_those_without() -> None:
    fake = FakeIntercom()
    fake.articles = [existing("300")]
    fake.faults.append(fake.dropped)
    assert create(fake, ArticleWrite(title="Refunds", author_id="7")).id == "101"


def test_a_title_is_found_although_intercom_trims_its_blanks() -> None:
    fake = FakeIntercom()
    fake.faults.append(made_and_failed(fake, existing("300")))
    assert create(fake, ArticleWrite(title=" Refunds ", author_id="7", parent_id="5")).id == "300"


def test_a_create_that_keeps_failing_ends_with_the_failure() -> None:
    fake = FakeIntercom()
    fake.faults.extend([server_error, *LOOKED] * 3)
    with pytest.raises(RemoteError, match="500 to POST /articles"):
        create(fake)
    assert fake.methods().count("POST") == 3


def test_a_create_without_a_reply_has_an_unknown_outcome() -> None:
    fake = FakeIntercom()
    fake.faults.extend([timed_out, *LOOKED] * 3)
    with pytest.raises(OutcomeUnknown, match="it may have happened"):
        create(fake)


def test_when_looking_fails_too_the_outcome_is_unknown_and_nothing_is_repeated() -> None:
    fake = FakeIntercom()
    fake.faults.append(fake.dropped)
    fake.faults.extend([refused] * 20)
    with pytest.raises(OutcomeUnknown, match="could not be looked up"):
        create(fake)
    assert fake.methods().count("POST") == 1


def test_a_create_that_was_never_sent_is_sent_again() -> None:
    fake = FakeIntercom()
    fake.faults.append(refused)
    assert create(fake).id == "101"
    assert fake.methods() == ["POST", "POST"]


def test_a_create_that_can_never_be_sent_is_unreachable() -> None:
    fake = FakeIntercom()
    fake.faults.extend([refused] * 9)
    with pytest.raises(Unreachable):
        create(fake)


def test_a_create_that_met_the_rate_limit_is_sent_again_without_looking() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: error(429, "rate_limit_exceeded", "slow", retry_after="2"))
    assert create(fake).id == "101"
    assert fake.methods() == ["POST", "POST"]


def test_a_create_that_intercom_refuses_is_not_repeated() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: error(400, "parameter_not_found", "author_id"))
    with pytest.raises(RemoteError, match="parameter_not_found"):
        create(fake)
    assert fake.methods() == ["POST"]


def test_a_list_sorted_in_another_way_is_searched_to_its_end() -> None:
    fake = FakeIntercom()
    fake.articles = [{"id": str(n), "title": "x"} for n in range(1000, 1300)]
    fake.faults.append(made_and_failed(fake, existing("300", updated_at=-5)))
    assert create(fake).id == "300"


@pytest.mark.parametrize("parent_id", [None, "5"])
def test_collections_and_sections_are_found_the_same_way(parent_id: str | None) -> None:
    fake = FakeIntercom()
    fake.faults.append(fake.dropped)
    write = CollectionWrite(name="Billing", parent_id=parent_id)
    found = fake.writing(lambda writer: writer.create(write, seen=set()))
    assert (found.id, found.parent_id) == ("101", parent_id)
    assert fake.methods() == ["POST", "GET"]


def test_two_parallel_creates_of_one_name_do_not_claim_each_others_article() -> None:
    fake, seen = FakeIntercom(), set[str]()
    fake.faults.extend([fake.dropped, None, fake.dropped])

    async def work(writer: Writer) -> list[Item]:
        return await asyncio.gather(*(writer.create(WRITE, seen=seen) for _ in range(3)))

    found = fake.writing(work)
    assert sorted(str(article.id) for article in found) == ["101", "102", "103"]
    assert len(fake.articles) == 3


def test_a_cancelled_create_does_not_block_the_next_of_its_name() -> None:
    fake = FakeIntercom()

    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    fake.faults.append(hang)

    async def work(writer: Writer) -> Item:
        first = asyncio.create_task(writer.create(WRITE, seen=set()))
        for _ in range(20):
            await asyncio.sleep(0)
        assert fake.requests
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await writer.create(WRITE, seen=set())

    assert fake.writing(work).id == "101"


def test_the_command_line_says_what_a_create_without_a_reply_waits_for(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.content({"a.md": page("Text.\n", title="Refunds")})
        Line(site, never_arrived, writes_only=True)
        pushed = site.push()
    assert pushed.code == 0
    assert re.search(r"^waiting up to \d+ s for “Refunds” to appear: no answer from ", pushed.err, re.MULTILINE)


def test_each_wait_for_a_create_says_which_attempt_it_is_and_how_long_is_left(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.content({"a.md": page("Text.\n", title="Refunds")})
        Line(site, never_arrived, writes_only=True, lasting=True)
        pushed = site.push()
    told = re.findall(
        r"^waiting up to 44 s .* \(attempt (\d) of 3, up to (\d+) s of waiting left\)$", pushed.err, re.MULTILINE
    )
    assert told == [("1", "131"), ("2", "88"), ("3", "44")]
