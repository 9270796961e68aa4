from __future__ import annotations

import asyncio
import logging
import traceback
from typing import TYPE_CHECKING

import httpx
import pytest

from fake_intercom import ENDPOINT, TOKEN, FakeIntercom, Fault, error, refused, reply, timed_out
from helpsync.errors import ConfigError, Exit, HelpsyncError, NotFound, RemoteError, Unauthorized, Unreachable
from helpsync.intercom.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator


def failure_of(answer: httpx.Response, endpoint: Endpoint = ENDPOINT) -> HelpsyncError:
    """Return what reading article 12 raises when it meets the answer each time."""
    fake = FakeIntercom()
    fake.faults.extend([lambda _: answer] * 20)

    async def main() -> None:
        async with fake.reader(endpoint) as reader:
            await reader.article("12")

    with pytest.raises(HelpsyncError) as caught:
        asyncio.run(main())
    return caught.value


def test_an_error_list_becomes_status_code_message_and_request_id() -> None:
    failure = failure_of(error(400, "parameter_invalid", "Title can't be blank."))
    assert isinstance(failure, RemoteError)
    assert (failure.status, failure.api_code, failure.request_id) == (400, "parameter_invalid", "req-1")
    assert failure.message == (
        "Intercom answered 400 to GET /articles/12: parameter_invalid: Title can't be blank (request id req-1)"
    )


def test_all_errors_of_a_list_are_named_with_their_fields() -> None:
    body = {
        "type": "error.list",
        "errors": [
            {"code": "parameter_invalid", "message": "bad", "field": "title"},
            {"code": "parameter_not_found", "message": None},
        ],
    }
    assert "parameter_invalid: bad (field title); parameter_not_found" in failure_of(reply(body, 400)).message


def test_the_newer_422_without_a_code_shows_its_message() -> None:
    failure = failure_of(reply({"errors": [{"message": "Body is too long", "status": 422}]}, 422, x_request_id="h-9"))
    assert failure.message == "Intercom answered 422 to GET /articles/12: Body is too long (request id h-9)"


@pytest.mark.parametrize("errors", [None, "oops", [], ["oops"], [{}], [{"code": 5}], {"a": 1}])
def test_a_malformed_error_list_still_is_one_clear_message(errors: object) -> None:
    failure = failure_of(reply({"type": "error.list", "errors": errors, "request_id": None}, 400))
    assert failure.message.startswith("Intercom answered 400 to GET /articles/12")


def test_a_proxys_web_page_is_named_by_its_title() -> None:
    page = "<!DOCTYPE html><html><head><title>502  Bad\nGateway</title></head><body>x</body></html>"
    failure = failure_of(httpx.Response(502, html=page))
    assert "api.intercom.io answered 502" in failure.message
    assert "with a web page instead of JSON (502 Bad Gateway)" in failure.message
    assert "<" not in failure.message


def test_an_empty_body_is_said_to_be_empty() -> None:
    assert "answered 403 to GET /articles/12 with an empty body" in failure_of(httpx.Response(403)).message


def test_a_plain_text_answer_names_its_type() -> None:
    assert "with text/plain instead of JSON" in failure_of(httpx.Response(400, text="nope")).message


def test_a_web_page_with_status_200_is_an_error_at_once() -> None:
    failure = failure_of(httpx.Response(200, html="<html><h1>Log in</h1></html>"))
    assert isinstance(failure, RemoteError)
    assert failure.message == (
        "api.intercom.io answered 200 to GET /articles/12 with a web page instead of JSON (Log in)"
    )


def test_json_under_a_wrong_content_type_is_read_all_the_same() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: httpx.Response(200, text='{"id": "12", "title": "T"}'))
    assert fake.reading(lambda reader: reader.article("12")).id == "12"


def test_json_that_breaks_off_is_asked_for_again() -> None:
    fake = FakeIntercom()
    headers = {"content-type": "application/json"}
    fake.faults.append(lambda _: httpx.Response(200, content=b'{"id": "12", "ti', headers=headers))
    fake.articles.append({"id": "12", "title": "T"})
    assert fake.reading(lambda reader: reader.article("12")).id == "12"


def test_json_that_always_breaks_off_is_an_error() -> None:
    answer = httpx.Response(200, content=b'{"id": "12", "ti', headers={"content-type": "application/json"})
    assert "with JSON that breaks off" in failure_of(answer).message


def test_a_corrupt_compression_is_asked_for_again() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: httpx.Response(200, content=b"\x1f\x8bnope", headers={"content-encoding": "gzip"}))
    fake.articles.append({"id": "12", "title": "T"})
    assert fake.reading(lambda reader: reader.article("12")).id == "12"


def test_401_names_the_region_used_and_the_others() -> None:
    failure = failure_of(error(401, "unauthorized", "Access Token Invalid"))
    assert isinstance(failure, Unauthorized)
    assert failure.exit_code == Exit.USAGE
    assert "Access Token Invalid" in failure.message
    assert failure.hint is not None
    assert "another region: this was us" in failure.hint
    assert "eu (https://api.eu.intercom.io), au (https://api.au.intercom.io)" in failure.hint


def test_401_of_an_unknown_server_names_it() -> None:
    failure = failure_of(error(401, "unauthorized", "no"), endpoint=Endpoint("https://ic.example.com", TOKEN))
    assert failure.hint == "the token may be wrong, or not one of ic.example.com"


def test_403_hints_at_permissions() -> None:
    failure = failure_of(error(403, "forbidden", "Not allowed"))
    assert failure.hint is not None
    assert "permission" in failure.hint


def test_404_is_not_found() -> None:
    failure = failure_of(error(404, "not_found", "Resource Not Found"))
    assert isinstance(failure, NotFound)
    assert failure.code == "not-found"


def test_5xx_that_lasts_says_how_often_it_was_tried() -> None:
    failure = failure_of(error(503, "service_unavailable", "Try again"))
    assert isinstance(failure, RemoteError)
    assert failure.status == 503
    assert "after 5 attempts" in failure.message


def test_429_that_lasts_is_given_up() -> None:
    failure = failure_of(error(429, "rate_limit_exceeded", "Exceeded"))
    assert isinstance(failure, RemoteError)
    assert failure.api_code == "rate_limit_exceeded"


@pytest.mark.parametrize(("fault", "reason"), [(refused, "Connection refused"), (timed_out, "no answer within 60 s")])
def test_a_server_that_does_not_answer_is_unreachable_and_named(fault: Fault, reason: str) -> None:
    fake = FakeIntercom()
    fake.faults.extend([fault] * 10)
    with pytest.raises(Unreachable, match=r"api\.intercom\.io can't be reached") as caught:
        fake.reading(lambda reader: reader.article("12"))
    assert reason in caught.value.message
    assert len(fake.requests) == 3  # a server that has never answered is not waited for long


def test_control_characters_of_a_server_do_not_reach_the_terminal() -> None:
    message = failure_of(error(400, "x", "a\x1b[31mred\x07\r\nline\u202e")).message
    assert message.isprintable()


def test_a_very_long_complaint_is_cut() -> None:
    assert len(failure_of(error(400, "x", "y" * 10_000)).message) < 600


def test_the_token_is_cut_out_of_what_a_server_echoes() -> None:
    body = {
        "errors": [{"code": f"bad {TOKEN}", "message": f"the token {TOKEN} is unknown"}],
        "request_id": f"id-{TOKEN}",
    }
    failure = failure_of(reply(body, 400))
    assert isinstance(failure, RemoteError)
    assert TOKEN not in f"{failure} {failure.hint} {failure.api_code} {failure.request_id} {failure!r}"


@pytest.mark.parametrize("fault", [refused, timed_out, lambda _: error(401, "unauthorized", "no")])
def test_the_token_is_in_no_log_and_no_chain_of_exceptions(fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fake = FakeIntercom()
    fake.faults.extend([fault] * 20)
    with pytest.raises(HelpsyncError) as caught:
        fake.reading(lambda reader: reader.read(default_locale="en"))
    seen = list(chain(caught.value))
    assert TOKEN not in caplog.text + "".join(traceback.format_exception(caught.value))
    assert not any(isinstance(one, httpx.HTTPError) for one in seen)


def chain(failure: BaseException | None) -> Iterator[BaseException]:
    while failure is not None:
        yield failure
        failure = failure.__cause__ or failure.__context__


def test_a_config_error_at_connect_time_sends_nothing() -> None:
    fake = FakeIntercom()

    async def main() -> None:
        async with fake.reader(Endpoint("http://api.intercom.io", TOKEN)):
            pass

    with pytest.raises(ConfigError):
        asyncio.run(main())
    assert not fake.requests
