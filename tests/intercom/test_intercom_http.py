from __future__ import annotations

import asyncio
import gzip
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from fake_intercom import ENDPOINT, TOKEN, FakeIntercom, Fault, error, lost, refused, reply, timed_out
from helpsync.errors import NotFound, OutcomeUnknown, RemoteError, Unreachable
from helpsync.intercom import ArticleWrite, CollectionWrite, Endpoint, RequestEvent, open_reader
from helpsync.intercom.http import Http, WriteRefusedError
from helpsync.model import Requests, Translation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any

    from helpsync.intercom import Reader, Writer
    from helpsync.intercom.http import Method
    from helpsync.model import Item

    Message = MutableMapping[str, Any]

WRITE = ArticleWrite(title="T", author_id="7")


def server_error(_: httpx.Request) -> httpx.Response:
    return error(502, "server_error", "oops")


def with_article() -> FakeIntercom:
    fake = FakeIntercom()
    fake.articles.append({"id": "12", "title": "T", "updated_at": 1})
    return fake


def test_every_request_has_the_token_the_version_and_accepts_compression() -> None:
    fake = with_article()
    fake.reading(lambda reader: reader.item("article", "12"))
    headers = fake.requests[0].headers
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["intercom-version"] == "2.9"
    assert headers["accept"] == "application/json"
    assert "gzip" in headers["accept-encoding"]


def test_a_line_break_after_the_token_is_not_sent() -> None:
    fake = with_article()

    async def main() -> None:
        async with fake.reader(Endpoint(ENDPOINT.base_url, "abc\n")) as reader:
            await reader.item("article", "12")

    asyncio.run(main())
    assert fake.requests[0].headers["authorization"] == "Bearer abc"


@pytest.mark.parametrize("fault", [lost, timed_out, refused, server_error])
def test_a_get_is_retried(fault: Fault) -> None:
    fake = with_article()
    fake.faults.extend([fault, fault])
    assert fake.reading(lambda reader: reader.item("article", "12")).id == "12"
    assert fake.methods() == ["GET"] * 3


@pytest.mark.parametrize("fault", [lost, timed_out, refused, server_error])
def test_a_put_is_retried(fault: Fault) -> None:
    fake = with_article()
    fake.faults.append(fault)
    fake.writing(lambda writer: writer.update("article", "12", ArticleWrite(title="New")))
    assert fake.articles[0]["title"] == "New"


def test_retries_wait_longer_each_time() -> None:
    fake = with_article()
    fake.faults.extend([server_error] * 4)
    fake.reading(lambda reader: reader.item("article", "12"))
    assert fake.time.sleeps == sorted(fake.time.sleeps)
    assert 3 < sum(fake.time.sleeps) < 10


def test_a_server_that_has_answered_before_is_given_more_time() -> None:
    fake = with_article()
    fake.faults.extend([None, refused, refused, refused, refused])

    async def twice(reader: Reader) -> Item:
        await reader.item("article", "12")
        return await reader.item("article", "12")

    assert fake.reading(twice).id == "12"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 501])
def test_a_failure_that_would_come_again_is_not_retried(status: int) -> None:
    fake = with_article()
    fake.faults.append(lambda _: error(status, "x", "no"))
    with pytest.raises(RemoteError):
        fake.reading(lambda reader: reader.item("article", "12"))
    assert len(fake.requests) == 1


def test_a_certificate_that_is_not_trusted_is_not_tried_again() -> None:
    def untrusted(request: httpx.Request) -> httpx.Response:
        error = httpx.ConnectError("self-signed certificate", request=request)
        raise error from ssl.SSLCertVerificationError("self-signed certificate")

    fake = with_article()
    fake.faults.extend([untrusted] * 5)
    with pytest.raises(Unreachable, match=r"its certificate is not trusted \(self-signed") as caught:
        fake.reading(lambda reader: reader.item("article", "12"))
    assert "SSL_CERT_FILE" in (caught.value.hint or "")
    assert len(fake.requests) == 1


@pytest.mark.parametrize("fault", [lost, server_error])
def test_a_put_that_cannot_be_looked_up_before_a_retry_has_an_unknown_outcome(fault: Fault) -> None:
    fake = with_article()
    fake.faults.extend([fault, *[server_error] * 5])

    async def again(_: object) -> bool:
        raise AssertionError

    with pytest.raises(OutcomeUnknown, match="whether it happened could not be looked up"):
        fake.writing(lambda writer: writer.update("article", "12", ArticleWrite(title="New"), may_resend=again))
    assert fake.methods() == ["PUT", *["GET"] * 5]


def test_an_attempt_that_is_stopped_before_it_is_sent_is_not_counted() -> None:
    fake = with_article()
    fake.faults.append(server_error)
    left = iter([None, Unreachable("the lease is lost")])

    def begun() -> None:
        if (error := next(left)) is not None:
            raise error

    with pytest.raises(Unreachable, match="the lease is lost"):
        fake.writing(lambda writer: writer.update("article", "12", ArticleWrite(title="New"), on_send=begun))
    assert fake.methods() == ["PUT"]


def test_a_delete_whose_reply_was_lost_counts_as_done_if_the_item_is_missing() -> None:
    fake = with_article()
    fake.faults.append(fake.dropped)
    fake.writing(lambda writer: writer.delete("article", "12"))
    assert fake.methods() == ["DELETE", "DELETE"]


def test_a_delete_of_a_missing_item_is_not_found() -> None:
    fake = FakeIntercom()
    with pytest.raises(NotFound):
        fake.writing(lambda writer: writer.delete("article", "12"))


def test_a_delete_that_only_met_the_rate_limit_and_then_404_is_not_found() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: error(429, "rate_limit_exceeded", "slow"))
    with pytest.raises(NotFound):
        fake.writing(lambda writer: writer.delete("article", "12"))


def test_a_delete_with_an_empty_reply_is_done() -> None:
    fake = with_article()
    fake.faults.append(lambda _: httpx.Response(204))
    fake.writing(lambda writer: writer.delete("article", "12"))


def test_a_delete_that_says_it_deleted_nothing_fails() -> None:
    fake = with_article()
    fake.faults.append(lambda _: reply({"id": "12", "object": "article", "deleted": False}))
    with pytest.raises(RemoteError, match="nothing was deleted"):
        fake.writing(lambda writer: writer.delete("article", "12"))


@pytest.mark.parametrize("fault", [lost, timed_out])
def test_a_put_without_a_reply_has_an_unknown_outcome(fault: Fault) -> None:
    fake = with_article()
    fake.faults.extend([fault] * 9)
    with pytest.raises(OutcomeUnknown, match="may have happened"):
        fake.writing(lambda writer: writer.update("article", "12", WRITE))


def test_a_put_that_was_never_sent_has_a_known_outcome() -> None:
    fake = with_article()
    fake.faults.extend([refused] * 9)
    with pytest.raises(Unreachable):
        fake.writing(lambda writer: writer.update("article", "12", WRITE))


def test_a_client_that_reads_has_no_method_that_writes() -> None:
    fake = FakeIntercom()

    async def names(reader: Reader) -> set[str]:
        return {name for name in dir(reader) if name.startswith(("create", "update", "delete"))}

    assert not fake.reading(names)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_http_layer_of_a_reader_refuses_to_write(method: Method) -> None:
    fake = FakeIntercom()

    async def main() -> None:
        http = Http(ENDPOINT, read_only=True, transport=httpx.MockTransport(fake))
        try:
            await http.send(method, "/articles/12", json={})
        finally:
            await http.aclose()

    with pytest.raises(WriteRefusedError):
        asyncio.run(main())
    assert not fake.requests


def redirect(location: str, status: int = 302) -> Fault:
    return lambda _: httpx.Response(status, headers={"location": location})


def test_a_get_follows_a_redirect_on_the_same_server() -> None:
    fake = with_article()
    fake.articles.append({"id": "13", "title": "U"})
    fake.faults.append(redirect("/articles/13"))
    assert fake.reading(lambda reader: reader.item("article", "12")).id == "13"


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example.com/articles/12",
        "//evil.example.com/articles/12",
        "http://api.intercom.io/articles/12",
        "https://api.intercom.io:444/articles/12",
        "https://api.intercom.io@evil.example.com/",
    ],
)
def test_no_redirect_is_followed_to_another_server(location: str) -> None:
    fake = with_article()
    fake.faults.append(redirect(location))
    with pytest.raises(RemoteError, match="redirects are not followed"):
        fake.reading(lambda reader: reader.item("article", "12"))
    assert {request.url.host for request in fake.requests} == {"api.intercom.io"}
    assert len(fake.requests) == 1


@pytest.mark.parametrize("location", ["https://[::1", "https://h:port/", ""])
def test_a_redirect_to_a_malformed_address_is_one_clear_error(location: str) -> None:
    fake = with_article()
    fake.faults.extend([redirect(location)] * 9)
    with pytest.raises(RemoteError) as caught:
        fake.reading(lambda reader: reader.item("article", "12"))
    assert caught.value.message.startswith("api.intercom.io")


def test_circular_redirects_end() -> None:
    fake = with_article()
    fake.faults.extend([redirect("/articles/12")] * 20)
    with pytest.raises(RemoteError, match="redirects"):
        fake.reading(lambda reader: reader.item("article", "12"))
    assert len(fake.requests) == 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_write_follows_a_redirect(status: int) -> None:
    fake = with_article()
    fake.faults.append(redirect("/articles/13", status))
    with pytest.raises(RemoteError, match="redirects are not followed"):
        fake.writing(lambda writer: writer.update("article", "12", WRITE))
    assert len(fake.requests) == 1


def test_requests_are_counted_by_method_and_retries_apart() -> None:
    fake = with_article()
    fake.faults.extend([server_error, lambda _: error(429, "rate_limit_exceeded", "slow")])

    async def work(writer: Writer) -> Requests:
        await writer.item("article", "12")
        await writer.create(CollectionWrite(name="C"), seen=set())
        await writer.update("article", "12", WRITE)
        await writer.delete("article", "12")
        return writer.requests

    assert fake.writing(work) == Requests(get=3, post=1, put=1, delete=1, retried=2)


def test_each_request_is_reported_with_its_attempt_and_without_secrets() -> None:
    fake = with_article()
    fake.faults.extend([lost, server_error])
    fake.reading(lambda reader: reader.item("article", "12"))
    assert fake.events == [
        RequestEvent("GET", "/articles/12", None, 0.0, 1),
        RequestEvent("GET", "/articles/12", 502, 0.0, 2),
        RequestEvent("GET", "/articles/12", 200, 0.0, 3),
    ]


def test_cancelling_a_request_ends_it_and_is_not_swallowed() -> None:
    fake = with_article()
    started = []

    async def hang(_: httpx.Request) -> httpx.Response:
        started.append(True)
        await asyncio.Event().wait()
        raise AssertionError

    fake.faults.extend([hang] * 6)

    async def main() -> None:
        async with fake.reader() as reader:
            task = asyncio.create_task(reader.read(default_locale="en"))
            for _ in range(50):
                await asyncio.sleep(0)
            assert len(started) == 6
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_the_first_failure_of_a_read_ends_the_other_requests() -> None:
    fake = FakeIntercom()

    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    fake.faults.extend([hang, lambda _: error(403, "forbidden", "no"), hang, hang, hang, hang])
    with pytest.raises(RemoteError, match="403"):
        fake.reading(lambda reader: reader.read(default_locale="en"))


def test_an_id_with_special_characters_stays_one_part_of_the_path() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: error(404, "not_found", "Resource Not Found"))
    with pytest.raises(NotFound):
        fake.reading(lambda reader: reader.item("article", "1/../../me?x=1"))
    assert fake.requests[0].url.raw_path == b"/articles/1%2F..%2F..%2Fme%3Fx%3D1"


def test_an_app_answers_in_process() -> None:
    async def app(scope: Message, receive: object, send: Callable[[Message], Awaitable[None]]) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"id": "12", "title": "In-process"}'})

    fake = FakeIntercom()

    async def main() -> Item:
        async with open_reader(Endpoint("http://sandbox", "t", app=app), timing=fake.time.timing) as reader:
            return await reader.item("article", "12")

    (text,) = asyncio.run(main()).texts.values()
    assert isinstance(text, Translation)
    assert text.title == "In-process"


@pytest.mark.parametrize("packed", [True, False])
def test_an_endless_reply_is_given_up_with_its_size(monkeypatch: pytest.MonkeyPatch, *, packed: bool) -> None:
    monkeypatch.setattr("helpsync.intercom.http.MAX_REPLY", 1_000_000)
    content = b'{"id": "12", "body": "' + b" " * 1_000_000 + b'"}'
    headers = {"content-encoding": "gzip"} if packed else {}
    fake = with_article()
    fake.faults.append(
        lambda _: httpx.Response(200, content=gzip.compress(content) if packed else content, headers=headers)
    )
    with pytest.raises(RemoteError) as caught:
        fake.reading(lambda reader: reader.item("article", "12"))
    said = "api.intercom.io gave GET /articles/12 no answer that could be read whole: it was larger than 1 MB"
    assert (caught.value.message, len(fake.requests)) == (said, 1)


def test_a_reply_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpsync.intercom.http.REPLY_TIMEOUT", 0)

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    fake = with_article()
    fake.faults.append(never)
    with pytest.raises(RemoteError, match=r"could be read whole: it took longer than 0 seconds$"):
        fake.reading(lambda reader: reader.item("article", "12"))
    assert len(fake.requests) == 1


def test_a_write_with_an_endless_reply_may_have_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpsync.intercom.http.MAX_REPLY", 10)
    fake = with_article()
    fake.faults.append(lambda _: reply({"id": "12", "title": "a long one"}))
    with pytest.raises(OutcomeUnknown, match=r"it was larger than 1e-05 MB; it may have happened$"):
        fake.writing(lambda writer: writer.update("article", "12", WRITE))
