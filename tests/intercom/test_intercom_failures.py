from __future__ import annotations

import asyncio
import itertools
import json
import logging
import re
import traceback
from typing import TYPE_CHECKING

import httpx
import pytest

from fake_intercom import ENDPOINT, TOKEN, FakeIntercom, Fault, error, refused, reply, timed_out
from helpsync.errors import ConfigError, Exit, HelpsyncError, NotFound, RemoteError, Unauthorized, Unreachable
from helpsync.intercom import ArticleWrite, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator


def failure_of(answer: httpx.Response, endpoint: Endpoint = ENDPOINT) -> HelpsyncError:
    """Return the error of reading article 12 if each request gets this reply."""
    fake = FakeIntercom()
    fake.faults.extend([lambda _: answer] * 20)

    async def main() -> None:
        async with fake.reader(endpoint) as reader:
            await reader.item("article", "12")

    with pytest.raises(HelpsyncError) as caught:
        asyncio.run(main())
    return caught.value


def test_an_error_list_becomes_status_code_message_and_request_id() -> None:
    failure = failure_of(error(400, "parameter_invalid", "Title can't be blank."))
    assert isinstance(failure, RemoteError)
    assert failure.status == 400
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


def test_a_malformed_error_list_is_still_one_clear_message() -> None:
    forms: list[object] = [None, "oops", [], ["oops"], [{}], [{"code": 5}], {"a": 1}]
    for errors in forms:
        failure = failure_of(reply({"type": "error.list", "errors": errors, "request_id": None}, 400))
        assert failure.message.startswith("Intercom answered 400 to GET /articles/12"), errors


def test_a_proxys_web_page_is_named_by_its_title() -> None:
    page = "<!DOCTYPE html><html><head><title>502  Bad\nGateway</title></head><body>x</body></html>"
    failure = failure_of(httpx.Response(502, html=page))
    assert "api.intercom.io answered 502" in failure.message
    assert "with a web page instead of JSON (502 Bad Gateway)" in failure.message
    assert "<" not in failure.message


def test_an_empty_body_is_called_empty() -> None:
    assert "answered 403 to GET /articles/12 with an empty body" in failure_of(httpx.Response(403)).message


def test_a_plain_text_answer_names_its_type() -> None:
    assert "with text/plain instead of JSON: nope" in failure_of(httpx.Response(400, text="nope")).message


def test_a_web_page_with_status_200_is_an_error_at_once() -> None:
    failure = failure_of(httpx.Response(200, html="<html><h1>Log in</h1></html>"))
    assert isinstance(failure, RemoteError)
    assert failure.message == (
        "api.intercom.io answered 200 to GET /articles/12 with a web page instead of JSON (Log in)"
    )


def test_json_with_a_wrong_content_type_is_read() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: httpx.Response(200, text='{"id": "12", "title": "T"}'))
    assert fake.reading(lambda reader: reader.item("article", "12")).id == "12"


def test_incomplete_json_is_requested_again() -> None:
    fake = FakeIntercom()
    headers = {"content-type": "application/json"}
    fake.faults.append(lambda _: httpx.Response(200, content=b'{"id": "12", "ti', headers=headers))
    fake.articles.append({"id": "12", "title": "T"})
    assert fake.reading(lambda reader: reader.item("article", "12")).id == "12"


def test_json_that_is_always_incomplete_is_an_error() -> None:
    answer = httpx.Response(200, content=b'{"id": "12", "ti', headers={"content-type": "application/json"})
    assert "with JSON that breaks off" in failure_of(answer).message


def test_a_reply_with_corrupt_compression_is_requested_again() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: httpx.Response(200, content=b"\x1f\x8bnope", headers={"content-encoding": "gzip"}))
    fake.articles.append({"id": "12", "title": "T"})
    assert fake.reading(lambda reader: reader.item("article", "12")).id == "12"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<html><body>Request Entity Too Large</body></html>", ": Request Entity Too Large"),
        ("<html><title>No</title><body><p>Blocked by\n  <b>pro</b>xy &amp; co</p>", " (No): Blocked by proxy & co"),
        ("<html><h1>413</h1><hr><center>nginx</center></html>", " (413): nginx"),
        ("<html><title>A</title><script>if (a < b) '<p>'</script><style>p {}</style><!-- x --><p>B", " (A): B"),
        ("<body><p title='a > b'>One<br/>two</body>", ": One two"),
        ("<html><title>Gone", " (Gone)"),
        ("<html><style>" + "p {}" * 10_000 + "</style>Late", ": Late"),
        ("<html><!--[if lt IE 7]> old <![endif]--><![if !IE]><p>New<![endif]><![x>", ": New"),
        ("<html></html>", ""),
    ],
)
def test_a_web_page_shows_its_text(page: str, said: str) -> None:
    for status, kind in itertools.product([200, 401, 403, 413, 502], ["text/html", "text/plain", None]):
        headers = {"content-type": kind} if kind else {}
        message = failure_of(httpx.Response(status, content=page.encode(), headers=headers)).message
        assert message.removesuffix(", after 5 attempts").endswith(f"with a web page instead of JSON{said}")


def test_a_part_of_a_page_that_is_served_as_one_shows_its_text() -> None:
    assert failure_of(httpx.Response(403, html="<p>Blocked</p>")).message.endswith(": Blocked")


def test_200_characters_of_a_page_are_shown() -> None:
    message = failure_of(httpx.Response(403, html="<html><body>" + "x" * 199 + "y" + "z" * 100)).message
    assert message.endswith(": " + "x" * 199 + "…")


@pytest.mark.parametrize("form", ["<p>{}</p>", "<title>{}</title>", "<p>" + "·" * 190 + "{}</p>"])
def test_a_page_that_echoes_the_token_does_not_show_it(form: str) -> None:
    for token in (TOKEN, TOKEN.replace("=", "&#61;"), TOKEN.replace("=", "&equals;"), TOKEN[:7] + "<wbr>" + TOKEN[7:]):
        message = failure_of(httpx.Response(401, html="<html>" + form.format(token))).message
        assert TOKEN[:6] not in message


@pytest.mark.parametrize(
    "body",
    [
        {"errors": {"title": ["is too long"]}},
        {"errors": "too long"},
        {"message": "API plan restricted"},
        {"error": {"message": "too long"}},
        {"error": "invalid", "error_description": "too long"},
        ["too long"],
    ],
)
def test_a_refusal_in_json_is_not_blamed_on_a_proxy(body: object) -> None:
    content = json.dumps(body).encode()
    for status in (400, 403, 404, 409, 422):
        failure = failure_of(httpx.Response(status, content=content, headers={"content-type": "application/json"}))
        assert "between" not in (failure.hint or ""), status


def test_a_refusal_may_quote_an_article_about_signing_in() -> None:
    failure = failure_of(reply({"errors": {"title": ["Sign in behind a proxy is taken"]}}, 422))
    assert failure.hint is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403, html="<html>Blocked"),
        httpx.Response(403, json={"message": "Please sign in to the network"}),
        httpx.Response(403, json={"errors": {"proxy": ["denied"]}}),
        httpx.Response(407, json={"message": "no"}),
        httpx.Response(400, json={}),
        httpx.Response(400, text="no"),
    ],
)
def test_a_reply_that_seems_to_come_from_a_proxy_says_so(answer: httpx.Response) -> None:
    assert "between" in (failure_of(answer).hint or "")


def test_json_null_is_shown_once() -> None:
    failure = failure_of(httpx.Response(200, text="null"))
    assert failure.message.endswith("answered 200 to GET /articles/12 with JSON that isn't an object: null")


def test_a_token_of_one_letter_is_redacted_only_as_a_word() -> None:
    failure = failure_of(
        reply({"message": "x: see login.example, not x"}, 400), endpoint=Endpoint(ENDPOINT.base_url, "x")
    )
    assert "[token]: see login.example, not [token]" in failure.message


@pytest.mark.parametrize("token", ["12345678", "s3cr3t-t", TOKEN])
def test_a_token_within_a_word_is_redacted(token: str) -> None:
    failure = failure_of(reply({"message": f"Bearer{token}x"}, 400), endpoint=Endpoint(ENDPOINT.base_url, token))
    assert "Bearer[token]x" in failure.message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error": "invalid", "error_description": "the title is too long"}', "the title is too long"),
        ('{"message": "the title is too long"}', "the title is too long"),
        ('{"errors": ["the title is too long"]}', "the title is too long"),
        ('{"errors": {"title": ["is too long"]}}', "is too long"),
        ('{"errors": [{"code": "x", "detail": "the title is too long"}]}', "the title is too long"),
        ('{"status": "error", "reasons": [{"why": "too long"}]}', "too long"),
        ('["the title is too long"]', "the title is too long"),
        ('"the title is too long"', "the title is too long"),
        ("42", "42"),
        ("the title is too long", "the title is too long"),
        ("title=too+long&x", "title=too+long&x"),
        ('{"broken": "the title is', "the title is"),
        ("<error>the title is too long</error>", "the title is too long"),
        ("Der Titel ist zu lang: größer", "zu lang: größer"),
    ],
)
def test_a_refusal_of_any_shape_shows_what_the_server_said(body: str, said: str) -> None:
    kinds = ("application/json", "text/plain; charset=utf-8", "application/xml", None)
    for status, kind in itertools.product([400, 409, 422], kinds):
        headers = {"content-type": kind} if kind else {}
        failure = failure_of(httpx.Response(status, content=body.encode(), headers=headers))
        assert f"answered {status} to GET /articles/12" in failure.message
        assert said in failure.message, kind


def test_200_characters_of_a_refusal_are_shown() -> None:
    message = failure_of(httpx.Response(400, text="x" * 199 + "y" + "z" * 100)).message
    assert "x" * 199 + "…" in message
    assert "z" not in message.partition("…")[0].partition("xxx")[2]


def test_a_refusal_in_another_encoding_is_read() -> None:
    headers = {"content-type": "text/plain; charset=iso-8859-1"}
    assert "größer" in failure_of(httpx.Response(400, content="größer".encode("latin-1"), headers=headers)).message


def test_bytes_that_are_not_text_are_not_shown() -> None:
    for content in (b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xfe\0a", bytes(range(256))):
        failure = failure_of(httpx.Response(400, content=content, headers={"content-type": "application/octet-stream"}))
        assert failure.message.endswith("with application/octet-stream instead of JSON")


@pytest.mark.parametrize("form", ["{}", '{{"hint": "{}"}}', '["{}"]', '{{"errors": [{{"message": "{}"}}]}}'])
def test_no_part_of_an_echoed_token_is_shown_where_a_message_is_cut(form: str) -> None:
    tokens = (TOKEN, TOKEN.replace("=", "%3D"), TOKEN.replace("=", "\\u003d"))
    for before, token in itertools.product([0, 150, 190, 199, 290, 299], tokens):
        message = failure_of(httpx.Response(400, text=form.format("·" * before + token))).message
        assert TOKEN[:6] not in message


@pytest.mark.parametrize("body", ["[]", '"ok"', "7", "null", "true"])
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
def test_json_that_is_not_an_object_is_not_called_broken_and_not_requested_again(body: str, content_type: str) -> None:
    fake = FakeIntercom()
    fake.faults.extend([lambda _: httpx.Response(200, text=body, headers={"content-type": content_type})] * 5)
    message = f"answered 200 to GET /articles/12 with JSON that isn't an object: {re.escape(body)}"
    with pytest.raises(RemoteError, match=message) as caught:
        fake.reading(lambda reader: reader.item("article", "12"))
    assert "breaks off" not in caught.value.message
    assert len(fake.requests) == 1


@pytest.mark.parametrize("status", [403, 404, 407, 418])
def test_a_refusal_in_another_form_than_intercoms_is_not_called_intercoms(status: int) -> None:
    failure = failure_of(reply({"error": "blocked by the company's firewall"}, status))
    assert failure.message.startswith(f"api.intercom.io answered {status}")
    assert "a proxy" in (failure.hint or "")


def test_a_list_of_errors_with_status_200_is_a_refusal() -> None:
    body = {"type": "error.list", "errors": [{"code": "parameter_invalid", "message": "No such author"}]}
    failure = failure_of(reply(body, 200))
    assert failure.message == "Intercom answered 200 to GET /articles/12: parameter_invalid: No such author"


def test_an_article_that_is_refused_with_status_200_is_not_sent_again() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: reply({"type": "error.list", "errors": [{"message": "No such author"}]}, 200))
    with pytest.raises(RemoteError, match="No such author"):
        fake.writing(lambda writer: writer.create(ArticleWrite(title="T", author_id="7"), seen=set()))
    assert fake.methods() == ["POST"]


@pytest.mark.parametrize(
    ("location", "where"),
    [
        ("https://login.example.com/sso?back=%2Fme", "to login.example.com (302)"),
        ("//login.example.com/", "to login.example.com (302)"),
        ("http://api.intercom.io/articles/12", "to api.intercom.io (302)"),
        ("https://user:pw@login.example.com/", "to login.example.com (302)"),
        ("https://[", "(302)"),
        (None, "(302)"),
    ],
)
def test_a_redirect_names_its_target(location: str | None, where: str) -> None:
    headers = {} if location is None else {"location": location}
    failure = failure_of(httpx.Response(302, html="<title>Found</title>", headers=headers))
    assert f"api.intercom.io redirects GET /articles/12 {where}" in failure.message
    assert "login" in (failure.hint or "")


def test_a_redirect_to_a_login_page_of_the_same_server_is_named() -> None:
    fake = FakeIntercom()
    fake.faults.append(lambda _: httpx.Response(302, headers={"location": "/login?back=me"}))
    fake.faults.append(lambda _: httpx.Response(200, html="<title>Sign in</title>"))
    with pytest.raises(RemoteError, match=r"GET /articles/12, redirected to /login, with a web page .*\(Sign in\)"):
        fake.reading(lambda reader: reader.item("article", "12"))


def test_a_reply_with_broken_compression_is_an_error() -> None:
    fake = FakeIntercom()
    headers = {"content-encoding": "gzip"}
    fake.faults.extend([lambda _: httpx.Response(400, headers=headers, stream=httpx.ByteStream(b"\x1f\x8bnope"))] * 5)
    with pytest.raises(RemoteError, match="no answer that could be read whole: its compression is broken"):
        fake.reading(lambda reader: reader.item("article", "12"))


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
    assert failure.hint == "the token may be wrong, or belong to another server than ic.example.com"


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
    assert "rate_limit_exceeded" in failure.message


@pytest.mark.parametrize(("fault", "reason"), [(refused, "Connection refused"), (timed_out, "no answer within 60 s")])
def test_a_server_that_does_not_answer_is_unreachable_and_named(fault: Fault, reason: str) -> None:
    fake = FakeIntercom()
    fake.faults.extend([fault] * 10)
    with pytest.raises(Unreachable, match=r"api\.intercom\.io can't be reached") as caught:
        fake.reading(lambda reader: reader.item("article", "12"))
    assert reason in caught.value.message
    assert len(fake.requests) == 3  # a server that has never answered is not waited for long


def test_control_characters_of_a_server_do_not_reach_the_terminal() -> None:
    message = failure_of(error(400, "x", "a\x1b[31mred\x07\r\nline\u202e")).message
    assert message.isprintable()


def test_a_very_long_message_is_shortened() -> None:
    assert len(failure_of(error(400, "x", "y" * 10_000)).message) < 600


def test_the_token_is_redacted_in_what_a_server_echoes() -> None:
    body = {
        "errors": [{"code": f"bad {TOKEN}", "message": f"the token {TOKEN} is unknown"}],
        "request_id": f"id-{TOKEN}",
    }
    failure = failure_of(reply(body, 400))
    assert isinstance(failure, RemoteError)
    assert TOKEN not in f"{failure} {failure.hint} {failure!r}"


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
