"""What was read only in part, or not from Intercom at all, never makes a plan: exit 1, and nothing is sent."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

LISTS = ("/articles", "/help_center/collections", "/help_center/sections")
SIZE = 10


class Faulty(httpx.AsyncBaseTransport):
    """Lets `change` alter the answers to one list; it is given the reply as JSON, the page, and how often it came."""

    def __init__(self, inner: httpx.AsyncBaseTransport, path: str, change: Callable[[Any, int, int], Any]) -> None:
        self.inner = inner
        self.path = path
        self.change = change
        self.seen: Counter[int] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        if (request.method, request.url.path) != ("GET", self.path):
            return answer
        number = int(request.url.params["page"])
        self.seen[number] += 1
        await answer.aread()
        changed = self.change(answer.json(), number, self.seen[number])
        if isinstance(changed, httpx.Response):
            return changed
        return httpx.Response(200, json=changed)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a help center with ten articles, two collections and two sections, and a file of each that was edited."""
    with Site(tmp_path) as made:
        files = {
            "a/_collection.md": page(name="A"),
            "b/_collection.md": page(name="B"),
            "a/one/_collection.md": page(name="One"),
            "a/two/_collection.md": page(name="Two"),
            **{f"a/one/n{n}.md": page(f"Text {n}.\n", title=f"Number {n}") for n in range(SIZE)},
        }
        made.content(files)
        assert made.push().code == 0
        files["a/one/n0.md"] = page("Other text.\n", title="Number 0")
        files["a/one/_collection.md"] = page(name="Ein")
        del files["a/one/n1.md"], files["b/_collection.md"]
        made.content(files | {"a/one/new.md": page("New.\n", title="New")})
        yield made


def refused(site: Site, path: str, change: Callable[[Any, int, int], Any]) -> str:
    """Push with a list altered; return what stderr said of the refusal."""
    baseline = (site.root / ".helpsync/sandbox/baseline.json").read_bytes()
    before = site.shown()
    site.transport = lambda inner: Faulty(inner, path, change)
    ran = site.push()
    site.transport = lambda inner: inner
    assert (ran.code, ran.writes, ran.out) == (1, [], "")
    assert (site.root / ".helpsync/sandbox/baseline.json").read_bytes() == baseline
    assert site.shown() == before
    assert ran.err.count("error:") == 1
    return ran.err


def settled(site: Site) -> None:
    """The next run, with a whole answer, does all of it."""
    assert site.push().code == 0
    assert site.push().writes == []


@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_cannot_be_read(site: Site, path: str) -> None:
    assert path in refused(site, path, lambda *_: httpx.Response(500, json={"errors": []}))
    settled(site)


@pytest.mark.parametrize("path", LISTS)
def test_a_page_of_a_list_that_cannot_be_read(site: Site, path: str) -> None:
    def fail(whole: Any, number: int, _times: int) -> Any:
        return paged(whole, number, 2) if number == 1 else httpx.Response(502, html="<title>Bad gateway</title>")

    # With two items to a page, the list of collections has one page and a promise of a second.
    refused(site, path, lambda whole, number, times: fail({**whole, "total_count": 4}, number, times))
    settled(site)


def paged(whole: Any, number: int, size: int) -> Any:
    """Return the page of a list that gives so few items at once, whatever was asked for."""
    return {**whole, "data": whole["data"][(number - 1) * size : number * size], "pages": None}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("total", [0, 1, 99], ids=["none", "too few", "too many"])
def test_a_total_that_does_not_match(site: Site, path: str, total: int) -> None:
    err = refused(site, path, lambda whole, _number, _times: {**whole, "total_count": total})
    assert "could not be read whole" in err
    settled(site)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_shrinks_while_it_is_read(site: Site, path: str) -> None:
    def shrink(whole: Any, number: int, times: int) -> Any:
        # Each reading finds one item less than the page before promised.
        return {**whole, "data": whole["data"][: max(0, len(whole["data"]) - times)]} if number == 1 else whole

    assert "could not be read whole" in refused(site, path, shrink)
    settled(site)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<!doctype html><title>Sign in</title>"),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"type": "list", "total_count": SIZE}),
        httpx.Response(200, json={"type": "list", "data": [], "total_count": SIZE}),
        httpx.Response(200, json={"type": "list", "data": None, "total_count": SIZE}),
        httpx.Response(200, json={"type": "list", "data": [{"title": "no id"}], "total_count": 1}),
        httpx.Response(200, json={"type": "list", "data": {"1": {}}, "total_count": 1}),
        httpx.Response(200, content=b'{"type": "list", "data": [{"id": "10'),
        httpx.Response(200, content=b""),
        httpx.Response(302, headers={"Location": "https://sign-in.example/"}),
    ],
    ids=["page", "object", "no data", "empty", "null", "no id", "no list", "cut", "nothing", "redirect"],
)
def test_an_answer_that_is_no_list(site: Site, path: str, answer: httpx.Response) -> None:
    refused(site, path, lambda *_: answer)


@pytest.mark.parametrize("form", [(), ("--format", "json")], ids=["text", "json"])
def test_the_plan_is_not_shown_either(site: Site, form: tuple[str, ...]) -> None:
    site.transport = lambda inner: Faulty(inner, "/articles", lambda whole, *_: {**whole, "total_count": 3})
    ran = site("diff", *form)
    assert (ran.code, ran.out) == (1, "")


@pytest.mark.parametrize("data", [[], None], ids=["empty", "null"])
@pytest.mark.parametrize("count", [{}, {"total_count": 0}], ids=["uncounted", "counted"])
def test_a_help_center_that_suddenly_looks_empty_is_one_message(site: Site, data: Any, count: Any) -> None:
    err = refused(site, "/articles", lambda *_: {"type": "list", "data": data, **count})
    assert f"none of the {SIZE} articles" in err
    settled(site)


def test_an_empty_looking_help_center_loses_no_id(site: Site) -> None:
    before = {item["title"]: item["id"] for item in site.sandbox.articles()}
    refused(site, "/articles", lambda *_: {"type": "list", "data": [], "total_count": 0})
    settled(site)
    after = {item["title"]: item["id"] for item in site.sandbox.articles()}
    assert after.items() >= before.items()


def test_collections_that_suddenly_look_gone_are_not_made_anew(site: Site) -> None:
    empty = {"type": "list", "data": [], "total_count": 0}
    site.transport = lambda inner: Faulty(Faulty(inner, LISTS[1], lambda *_: empty), LISTS[2], lambda *_: empty)
    ran = site.push()
    assert not [call for call in ran.writes if call[0] == "POST"]
    site.transport = lambda inner: inner
    assert site.push().code == 0
    assert len(site.sandbox.groups("collection")) == 2
    assert len(site.sandbox.groups("section")) == 2


def test_articles_that_were_all_deleted_can_be_brought_back_by_name(site: Site) -> None:
    site.transport = lambda inner: Faulty(inner, "/articles", lambda *_: {"data": [], "total_count": 0})
    overwrite = [part for n in range(SIZE) if n != 1 for part in ("--overwrite-remote", f"a/one/n{n}")]
    assert site("push", "--dry-run", *overwrite, "--format", "json").json["summary"]["create"] == SIZE
    assert site("push", "--dry-run").code == 1


def test_a_collection_that_vanished_with_all_others_is_not_forgotten(site: Site) -> None:
    empty = {"type": "list", "data": [], "total_count": 0}
    site.transport = lambda inner: Faulty(Faulty(inner, LISTS[1], lambda *_: empty), LISTS[2], lambda *_: empty)
    site.push()
    site.transport = lambda inner: inner
    assert "b/" in json.loads((site.root / ".helpsync/sandbox/baseline.json").read_text())["addresses"]
    assert not [item for item in site.plan()["attention"] if item["kind"] == "unmanaged"]


def test_an_article_that_reappears_after_its_file_was_removed_is_unmanaged(site: Site) -> None:
    (article,) = [item for item in site.sandbox.articles() if item["title"] == "Number 1"]

    def without(reply: Any, *_: int) -> Any:
        left = [item for item in reply["data"] if item["id"] != article["id"]]
        return reply | {"data": left, "total_count": reply["total_count"] - 1}

    site.transport = lambda inner: Faulty(inner, "/articles", without)
    assert site.push().code == 0
    site.transport = lambda inner: inner
    assert [item["id"] for item in site.plan()["attention"] if item["kind"] == "unmanaged"] == [article["id"]]


def test_of_few_articles_that_vanished_together_none_is_forgotten(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        files = {"a/_collection.md": page(name="A")} | {f"a/n{n}.md": page("Text.\n", title=f"N{n}") for n in range(3)}
        site.content(files)
        site.push()
        del files["a/n1.md"]
        site.content(files)
        site.transport = lambda inner: Faulty(inner, "/articles", lambda *_: {"data": [], "total_count": 0})
        assert site.push().writes == []
        site.transport = lambda inner: inner
        assert site.plan()["summary"]["unpublish"] == 1
        settled(site)
