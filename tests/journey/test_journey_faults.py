"""Whatever goes wrong once, the next push finishes the work: nothing is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
import pytest

from journey_site import Died, Site, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

# Tasks whose process died are not to be mourned by asyncio.
logging.getLogger("asyncio").addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], Died)))

Files: TypeAlias = "Mapping[str, str]"
Misfortune: TypeAlias = "Callable[[httpx.AsyncBaseTransport, httpx.Request, Site], Any]"
Clean: TypeAlias = "Callable[[str], Any]"

BEFORE: Files = {
    "guide/_collection.md": page(name="Guide", description="How to"),
    "guide/_collection.fr.md": page(name="Guide fr"),
    "guide/more/_collection.md": page(name="More"),
    "other/_collection.md": page(name="Other"),
    "guide/start.md": page(
        "# Top\n\nOn to [more](more/second.md#top).\n\n![Screen](https://x.example/p.png)\n", title="Start"
    ),
    "guide/start.fr.md": page("# Haut\n\nVoir [la suite](more/second.md).\n", title="Début"),
    "guide/more/second.md": page(
        "# Top\n\nBack to [the start](../start.md#top), [other](/other/same.md#end).\n", title="Second"
    ),
    "guide/more/second.fr.md": page("# Haut\n\nTexte.\n", title="Suite"),
    "other/same.md": page("Text.\n\n# End\n\nThe end.\n", title="Same"),
    "guide/same.md": page("Text.\n\n# End\n\nThe end.\n", title="Same"),
    "other/gone.md": page("Short-lived.\n", title="Gone"),
}
"""Links in a circle, with anchors and without, a picture, a title that is there twice, translations."""

AFTER: Files = {
    "manual/_collection.md": page(name="Guide", description="How to do it"),
    "manual/_collection.fr.md": page(name="Guide fr"),
    "manual/more/_collection.md": page(name="More"),
    "other/_collection.md": page(name="Other"),
    "manual/start.md": page(
        "# Top\n\nOn to [more](/other/second.md#top), [new](more/new.md#news).\n", title="Start here"
    ),
    "manual/more/new.md": page("# News\n\nAs in [same](/other/same.md#end).\n", title="New"),
    "manual/more/new.fr.md": page("# Nouvelles\n\nTexte.\n", title="Nouveau"),
    "other/second.md": page("# Top\n\nBack to [the start](/manual/start.md#top).\n", title="Second"),
    "other/second.fr.md": page("# Haut\n\nAutre texte.\n", title="Suite"),
    "other/same.md": page("Another text.\n\n# End\n\nThe end.\n", title="Same"),
    "manual/same.md": page("Text.\n\n# End\n\nThe end.\n", title="Same"),
}
"""A folder renamed, a text, a title, a name changed, one article moved, one new, one gone, a translation gone."""


async def _refused(_inner: httpx.AsyncBaseTransport, request: httpx.Request, _site: Site) -> httpx.Response:
    raise httpx.ConnectError("connection refused", request=request)


async def _never_arrived(_inner: httpx.AsyncBaseTransport, request: httpx.Request, _site: Site) -> httpx.Response:
    raise httpx.WriteError("broken pipe", request=request)


async def _reply_dropped(inner: httpx.AsyncBaseTransport, request: httpx.Request, _site: Site) -> httpx.Response:
    await inner.handle_async_request(request)
    raise httpx.RemoteProtocolError("server disconnected without a reply", request=request)


async def _timed_out(inner: httpx.AsyncBaseTransport, request: httpx.Request, _site: Site) -> httpx.Response:
    await inner.handle_async_request(request)
    raise httpx.ReadTimeout("timed out", request=request)


async def _failed(_inner: httpx.AsyncBaseTransport, request: httpx.Request, _site: Site) -> httpx.Response:
    error = {"type": "error.list", "request_id": "r1", "errors": [{"code": "server_error", "message": "Server error"}]}
    return httpx.Response(500, json=error, request=request)


async def _bad_gateway(inner: httpx.AsyncBaseTransport, request: httpx.Request, _site: Site) -> httpx.Response:
    await inner.handle_async_request(request)
    return httpx.Response(502, html="<html><title>502 Bad Gateway</title></html>", request=request)


async def _cut_off(inner: httpx.AsyncBaseTransport, request: httpx.Request, _site: Site) -> httpx.Response:
    reply = await inner.handle_async_request(request)
    whole = await reply.aread()
    return httpx.Response(
        reply.status_code,
        headers={"content-type": "application/json"},
        content=whole[: len(whole) // 2],
        request=request,
    )


async def _limited(_inner: httpx.AsyncBaseTransport, request: httpx.Request, site: Site) -> httpx.Response:
    headers = {
        "X-RateLimit-Limit": "166",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(site.clock.now) + 7),
    }
    error = {"type": "error.list", "errors": [{"code": "rate_limit_exceeded", "message": "Exceeded rate limit"}]}
    return httpx.Response(429, json=error, headers=headers, request=request)


async def _died_before(_inner: httpx.AsyncBaseTransport, _request: httpx.Request, _site: Site) -> httpx.Response:
    raise Died


async def _died_after(inner: httpx.AsyncBaseTransport, request: httpx.Request, _site: Site) -> httpx.Response:
    await inner.handle_async_request(request)
    raise Died


FAULTS: Mapping[str, Misfortune] = {
    "refused": _refused,
    "never arrived": _never_arrived,
    "reply dropped": _reply_dropped,
    "timed out": _timed_out,
    "500": _failed,
    "502 page": _bad_gateway,
    "JSON cut off": _cut_off,
    "429": _limited,
}
DEATHS: Mapping[str, Misfortune] = {"before": _died_before, "after": _died_after}
STARTS = ("first push", "later push")


@dataclass
class _Trap(httpx.AsyncBaseTransport):
    """Lets misfortune befall the n-th request (from 0), or with `lasting` all from then on; the rest goes through."""

    inner: httpx.AsyncBaseTransport
    site: Site
    misfortune: Misfortune
    at: int
    writes_only: bool = False
    lasting: bool = False
    count: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # requests side by side overtake each other, as on a network
        if self.writes_only and request.method == "GET":
            return await self.inner.handle_async_request(request)
        self.count += 1
        if self.count == self.at + 1 or (self.lasting and self.count > self.at):
            reply: httpx.Response = await self.misfortune(self.inner, request, self.site)
            return reply
        reply = await self.inner.handle_async_request(request)
        await asyncio.sleep(0)
        return reply


@contextmanager
def site_before(root: Path, start: str) -> Iterator[Site]:
    """Give a site in front of the push that misfortune befalls: the tree is as it is to arrive."""
    with Site(root) as site:
        site.content(BEFORE)
        if start == "later push":
            assert site.push().code == 0
            site.content(AFTER)
        yield site


def push_by(site: Site, misfortune: Misfortune, at: int, **more: bool) -> tuple[int | None, bool]:
    """Push with misfortune under way; return the exit code and whether it struck."""
    traps: list[_Trap] = []

    def between(inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        traps.append(_Trap(inner, site, misfortune, at, **more))
        return traps[-1]

    site.transport, straight = between, site.transport
    ran = site.push()
    site.transport = straight
    assert "Traceback" not in ran.err
    assert "not made for" not in ran.err
    return ran.code, traps[-1].count > at


_CLEAN: dict[str, Any] = {}


@pytest.fixture
def clean(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """Give what an undisturbed push leaves behind."""

    def give(start: str) -> Any:
        if start not in _CLEAN:
            with site_before(tmp_path_factory.mktemp("clean"), start) as site:
                assert site.push().code == 0
                _CLEAN[start] = site.shown()
        return _CLEAN[start]

    return give


def converged(site: Site, clean: Any, *, finished: bool, where: str) -> None:
    """Hold that the help center is, perhaps after one more push, the one an undisturbed push leaves."""
    if not finished:
        ran = site.push()
        assert ran.code == 0, (where, ran.out, ran.err)
    assert site.shown() == clean, where
    ran = site.push()
    assert (ran.code, ran.writes) == (0, []), (where, ran.out, ran.err)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_at_any_request_costs_at_most_another_push(
    tmp_path: Path, clean: Clean, name: str, start: str
) -> None:
    for at in range(100):
        with site_before(tmp_path / str(at), start) as site:
            code, struck = push_by(site, FAULTS[name], at)
            if not struck:
                break
            assert code in (0, 1), (name, at)
            converged(site, clean(start), finished=code == 0, where=f"{name} at request {at}")
    assert at > 10


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", ["refused", "502 page"])
def test_a_server_that_goes_away_for_good_costs_another_push(
    tmp_path: Path, clean: Clean, name: str, start: str
) -> None:
    for at in range(100):
        with site_before(tmp_path / str(at), start) as site:
            code, struck = push_by(site, FAULTS[name], at, lasting=True)
            if not struck:
                break
            assert code == 1, (name, at)
            converged(site, clean(start), finished=False, where=f"{name} from request {at} on")
    assert at > 10


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("moment", DEATHS)
def test_a_push_that_dies_at_any_write_is_finished_by_the_next(
    tmp_path: Path, clean: Clean, moment: str, start: str
) -> None:
    for at in range(100):
        with site_before(tmp_path / str(at), start) as site:
            code, struck = push_by(site, DEATHS[moment], at, writes_only=True)
            if not struck:
                break
            assert code is None
            converged(site, clean(start), finished=False, where=f"died {moment} write {at}")
    assert at > 5


@pytest.mark.parametrize("moment", DEATHS)
def test_a_first_push_that_dies_with_its_disk_is_finished_elsewhere(tmp_path: Path, clean: Clean, moment: str) -> None:
    for at in range(100):
        with site_before(tmp_path / str(at), "first push") as site:
            _, struck = push_by(site, DEATHS[moment], at, writes_only=True)
            if not struck:
                break
            site.lose_disk()
            converged(site, clean("first push"), finished=False, where=f"died {moment} write {at}, disk lost")
    assert at > 5


@pytest.mark.parametrize("moment", DEATHS)
def test_a_later_push_that_dies_with_its_journal_is_finished_elsewhere(
    tmp_path: Path, clean: Clean, moment: str
) -> None:
    for at in range(100):
        with site_before(tmp_path / str(at), "later push") as site:
            _, struck = push_by(site, DEATHS[moment], at, writes_only=True)
            if not struck:
                break
            for journal in (site.root / ".helpsync/journal").glob("*.jsonl"):
                journal.unlink()
            converged(site, clean("later push"), finished=False, where=f"died {moment} write {at}, journal lost")
    assert at > 5
