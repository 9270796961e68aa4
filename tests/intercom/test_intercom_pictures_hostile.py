"""Servers that send something else, too much, or nothing: each gives one plain sentence."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from helpsync.intercom import Picture
from helpsync.intercom.pictures import ATTEMPTS, PARALLEL, SILENT, PictureLimits
from hostile_web import CDN, PATH, PNG, TOKEN, Web, answer, first, forever, only, redirect

if TYPE_CHECKING:
    from hostile_web import Act

OPEN = b"HTTP/1.1 200 OK\r\n\r\n"
PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
SMALL = PictureLimits(size=1000, seconds=20.0)
HOST = "127.0.0.1"


def test_a_remote_on_this_machine_serves_intercoms_pictures() -> None:
    assert only(answer(PNG, "Content-Type: text/html")) == Picture(PNG, ".png")


def test_no_token_and_no_cookie_is_sent() -> None:
    web = Web({PATH: answer(PNG, "Set-Cookie: a=b; Path=/"), "/2.png": answer(PNG)})
    assert len(web.fetch(f"{CDN}{PATH}", f"{CDN}/2.png")) == len(web.requests) == 2
    for request in web.requests:
        assert TOKEN not in request
        assert {line.partition(":")[0].lower() for line in request.splitlines()[1:] if line} == {
            *("host", "accept", "accept-encoding", "user-agent")
        }


def test_a_picture_that_intercom_signed_twice_is_fetched_once() -> None:
    web = Web({PATH: answer(PNG)})
    one, other = web.fetch(f"{CDN}{PATH}?signature=1", f"{CDN}{PATH}?signature=2")
    assert one is other
    assert [request.split()[1] for request in web.requests] == [f"{PATH}?signature=1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (answer(b"<!DOCTYPE html><title>Sign in</title>", "Content-Type: image/png"), "it is a web page instead"),
        (answer(b'{"error": 1}'), "it isn't a PNG, JPEG, GIF, WebP, AVIF, BMP or SVG"),
        (answer(b""), "it is empty"),
        (answer(b"", status="204 No Content"), f"{HOST} answered 204"),
        (answer(PNG, status="404 Not Found"), f"{HOST} answered 404"),
        (answer(PNG, status="206 Partial Content"), f"{HOST} answered 206"),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", f"{HOST} answered 302"),
        (answer(PNG, "Content-Encoding: br"), f"{HOST} packed it in a way that was not asked for (br)"),
        (answer(PNG, "Content-Encoding: gzip, gzip"), "not asked for (gzip, gzip)"),
        (answer(PNG, "Content-Encoding: gzip"), f"what {HOST} packed can't be unpacked"),
        (answer(gzip.compress(PNG, mtime=0)[:-9], "Content-Encoding: gzip"), f"what {HOST} packed can't be unpacked"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + PNG, f"the connection to {HOST} broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", f"the connection to {HOST} broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", f"no answer from {HOST}: "),
        (b"SSH-2.0-OpenSSH_9.6\r\n", f"no answer from {HOST}: "),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, f"no answer from {HOST}: "),
        (b"", f"no answer from {HOST}: "),
    ],
)
def test_anything_but_a_picture_is_refused_in_a_sentence(content: bytes, said: str) -> None:
    found = only(content)
    assert isinstance(found, str)
    assert found.startswith(said) or found.endswith(said)
    assert found.isprintable()


@pytest.mark.parametrize(
    "content",
    [
        answer(PNG + b"x" * 1000),
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 20 + b"\r\n\r\n" + PNG,
        first(OPEN, forever(PNG)),
        first(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", forever(b"4\r\nabcd\r\n")),
        answer(gzip.compress(bytes(5_000_000), mtime=0), "Content-Encoding: gzip"),
        first(PACKED, forever(zlib.compress(bytes(70_000), wbits=31)[:-8])),
        # Much data that unpacks to nothing.
        first(PACKED + gzip.compress(b"", mtime=0)[:10], forever(b"\x00\x00\x00\xff\xff" * 100)),
    ],
    ids=["said", "said absurdly", "endless", "endless chunks", "bomb", "endless bomb", "endless nothing"],
)
def test_a_picture_that_is_too_large_ends_early(content: bytes | Act) -> None:
    assert only(content, SMALL) == "it is larger than 0.001 MB"


def test_a_packed_picture_is_unpacked() -> None:
    assert only(answer(gzip.compress(PNG), "Content-Encoding: gzip")) == Picture(PNG, ".png")


def test_data_after_a_packed_picture_is_ignored() -> None:
    packed = gzip.compress(PNG) + gzip.compress(bytes(1000))
    assert only(answer(packed, "Content-Encoding: gzip"), SMALL) == Picture(PNG, ".png")


@pytest.mark.parametrize(
    "content",
    [
        first(b""),
        first(OPEN + PNG),
        first(OPEN, forever(b"x", 0.001)),
        first(b"", forever(b"HTTP/1.1 100 Continue\r\n\r\n", 0.001)),
    ],
    ids=["silent", "silent half-way", "a byte at a time", "never begins"],
)
def test_a_slow_server_does_not_delay_other_pictures(content: Act) -> None:
    assert only(content, PictureLimits(seconds=0.05)) == "it took longer than 0.05 seconds"


@pytest.mark.slow
@pytest.mark.parametrize("content", [first(b""), first(OPEN + PNG)], ids=["before", "half-way"])
def test_a_silence_is_named_as_the_reason(content: Act) -> None:
    assert only(content, PictureLimits(silence=0.1, seconds=20.0)) == f"{HOST} said nothing for 0.1 seconds"


def test_all_pictures_together_are_bounded_in_bytes_and_seconds() -> None:
    paths = [f"/{number}.png" for number in range(20)]
    web = Web({path: answer(PNG) for path in paths})
    found = web.fetch(*(CDN + path for path in paths), limits=PictureLimits(all_size=3 * len(PNG)))
    assert sum(isinstance(each, Picture) for each in found) == 3
    assert found.count("all pictures together are larger than 4.2e-05 MB") == 17
    assert Web({}).fetch(f"{CDN}/1.png", limits=PictureLimits(all_seconds=0)) == [
        "all pictures together took longer than 0 seconds"
    ]


@pytest.mark.parametrize(
    "before",
    [answer(b"", status="500 Oops"), answer(b"", status="429 Slow Down"), b"", answer(PNG)[:-2]],
    ids=["500", "429", "nothing", "half"],
)
def test_a_failing_server_is_asked_again(before: bytes) -> None:
    assert only([before, before, answer(PNG)]) == Picture(PNG, ".png")


@pytest.mark.parametrize(("status", "times"), [("503 Busy", ATTEMPTS), ("404 Not Found", 1), ("403 No", 1)])
def test_a_server_is_asked_again_only_if_that_may_help(status: str, times: int) -> None:
    web = Web({PATH: answer(b"", status=status)})
    assert web.fetch(f"{CDN}{PATH}") == [f"{HOST} answered {status[:3]}"]
    assert len(web.requests) == times


def test_a_host_that_never_answers_is_given_up() -> None:
    paths = [f"/{number}.png" for number in range(40)]
    web = Web({path: [b""] * ATTEMPTS for path in paths})
    found = web.fetch(*(CDN + path for path in paths))
    assert found.count(f"127.0.0.1 did not answer {SILENT} times in a row") > 20
    assert len(web.requests) < SILENT + PARALLEL


def test_a_host_that_answers_every_other_time_is_not_given_up() -> None:
    paths = [f"/{number}.png" for number in range(40)]
    web = Web({path: [b"", answer(PNG)] for path in paths})
    assert web.fetch(*(CDN + path for path in paths)) == [Picture(PNG, ".png")] * 40


# Redirects ------------------------------------------------------------------------------------------------------------


def chain(steps: int) -> Web:
    answers = {f"/{number}": redirect(f"/{number + 1}") for number in range(steps)}
    return Web({**answers, f"/{steps}": answer(PNG)})


def test_five_redirects_are_followed_and_six_are_not() -> None:
    assert chain(5).fetch(f"{CDN}/0") == [Picture(PNG, ".png")]
    web = chain(6)
    assert web.fetch(f"{CDN}/0") == ["it redirects more than 5 times"]
    assert len(web.requests) == 6


def test_a_circle_of_redirects_ends() -> None:
    assert only(redirect(PATH)) == "it redirects more than 5 times"


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("file:///etc/passwd", "file: addresses are not asked"),
        ("ftp://pics.example/a.png", "ftp: addresses are not asked"),
        ("data:image/png;base64,AAAA", "data: addresses are not asked"),
        ("javascript:alert(1)", "javascript: addresses are not asked"),
        ("https://10.0.0.1/a.png", "10.0.0.1 is at 10.0.0.1, a private address, which is not asked"),
        ("https://[fd00::1]/a.png", "fd00::1 is at fd00::1, a private address, which is not asked"),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254 is not asked over plain http"),
        ("https://169.254.169.254/latest", "169.254.169.254 is at 169.254.169.254, a link-local address, which is not"),
        ("https://0.0.0.0/a.png", "0.0.0.0 is at 0.0.0.0, a reserved address, which is not asked"),
        ("http://93.184.216.34/a.png", "93.184.216.34 is not asked over plain http"),
        ("https://me:word@93.184.216.34/a.png", "its address contains credentials"),
        ("http://[::1", "it redirects to an address that can't be read"),
        ("http://pics.example:port/", "it redirects to an address that can't be read"),
    ],
)
def test_a_redirect_to_a_forbidden_place_is_not_followed(location: str, said: str) -> None:
    found = only(redirect(location))
    assert isinstance(found, str)
    assert found.startswith(said)


def test_a_redirect_within_this_machine_is_followed_if_the_remote_is_this_machine() -> None:
    web = Web({PATH: redirect("http://{at}/b.png"), "/b.png": answer(PNG)})
    assert web.fetch(f"{CDN}{PATH}") == [Picture(PNG, ".png")]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "its address is not a web address"),
        ("images/a.png", "its address is not a web address"),
        ("//pics.example/a.png", "its address is not a web address"),
        ("file:///etc/passwd", "file: addresses are not asked"),
        ("https://", "its address is not a web address"),
        ("https://[::1", "its address can't be read"),
        ("https://pics.example/\x00", "its address can't be read"),
        ("https://pics.example/\ud800", "its address can't be read"),
        ("https://a..b/a.png", "the name a..b does not resolve"),
        (f"https://{'a' * 70}.example/a.png", f"the name {'a' * 70}.example does not resolve"),
        ("https://me@pics.example/a.png", "its address contains credentials"),
    ],
)
def test_a_malformed_address_is_named_as_such(url: str, said: str) -> None:
    assert Web({}).fetch(url) == [said]
