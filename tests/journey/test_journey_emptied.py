"""A collection is never deleted while something is in it, not even what someone put there a moment ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse

from faults import Line
from helpsync.apply import SECONDS_FRESH
from journey_site import Site, page
from workspace import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from workspace import MakeWorkspace, Workspace

pytestmark = pytest.mark.slow


@pytest.fixture
def leaving(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace whose collection b, with a section and an article, is about to be deleted."""
    workspace = make_workspace(CONFIG + "on_remove: delete\n")
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/stays.md", "Stays")
    workspace.collection("b/_collection.md", "B")
    workspace.collection("b/deep/_collection.md", "Deep")
    workspace.article("b/deep/one.md", "One")
    workspace.push()
    author = int(workspace.api("GET", "/me")["id"])
    workspace.api("POST", "/articles", {"title": "Theirs", "author_id": author, "state": "published"})
    for path in ("b/_collection.md", "b/deep/_collection.md", "b/deep/one.md"):
        workspace.remove(path)
    return workspace


def put_in(workspace: Workspace, kind: Any, *, at: tuple[str, str]) -> None:
    """Let a teammate move their article into the collection or section when this request comes in."""
    (theirs,) = [item["id"] for item in workspace.sandbox.articles() if item["title"] == "Theirs"]
    group = next(item["id"] for item in workspace.sandbox.groups(kind) if item["name"] in ("B", "Deep"))

    def move(method: str, path: str, phase: str) -> None:
        if method == at[0] and path.startswith(at[1]) and phase == "before":
            workspace.sandbox.on_request = None
            workspace.sandbox.move_article(theirs, group)

    workspace.sandbox.on_request = move


def deleted(ran: Any) -> list[str]:
    return [call.path.rpartition("/")[0] for call in ran.writes if call.method == "DELETE"]


def names(workspace: Workspace, kind: Any) -> list[str]:
    return sorted(item["name"] for item in workspace.sandbox.groups(kind))


def test_an_emptied_collection_goes_with_its_section(leaving: Workspace) -> None:
    ran = leaving.push()
    assert ran.code == 0
    assert deleted(ran) == ["/articles", "/help_center/sections", "/help_center/collections"]
    assert leaving.push().writes == []


def test_a_section_that_a_teammate_fills_meanwhile_stays_and_so_does_what_holds_it(leaving: Workspace) -> None:
    put_in(leaving, "section", at=("DELETE", "/articles/"))
    ran = leaving.push()
    assert ran.code == 13
    assert deleted(ran) == ["/articles"]
    assert (names(leaving, "collection"), names(leaving, "section")) == (["A", "B"], ["Deep"])
    (theirs,) = [item for item in leaving.sandbox.articles() if item["title"] == "Theirs"]
    assert f'b/deep/: held: it has article #{theirs["id"]} "Theirs"' in ran.out
    assert "b/: held: b/deep/ is still in it" in ran.out


def test_a_collection_that_a_teammate_fills_meanwhile_stays_alone(leaving: Workspace) -> None:
    put_in(leaving, "collection", at=("DELETE", "/articles/"))
    ran = leaving.push()
    assert ran.code == 13
    assert (names(leaving, "collection"), names(leaving, "section")) == (["A", "B"], [])
    assert "b/: held: it has article" in ran.out


def test_once_it_is_empty_again_the_next_push_deletes_it(leaving: Workspace) -> None:
    put_in(leaving, "collection", at=("DELETE", "/articles/"))
    leaving.push()
    assert "still has 1 item in Intercom" in leaving.diff().out
    (theirs,) = [item["id"] for item in leaving.sandbox.articles() if item["title"] == "Theirs"]
    (other,) = [item["id"] for item in leaving.sandbox.groups("collection") if item["name"] == "A"]
    leaving.sandbox.move_article(theirs, other)
    assert leaving.push().code == 0
    assert names(leaving, "collection") == ["A"]
    assert leaving.push().writes == []


def test_everything_is_read_once_more_for_each_depth_only_where_collections_go(leaving: Workspace) -> None:
    assert sum(call.path == "/articles" for call in leaving.push().calls) == 3
    leaving.remove("a/stays.md")
    assert sum(call.path == "/articles" for call in leaving.push("--allow-remove", "9").calls) == 1


def test_collections_that_go_side_by_side_are_looked_into_by_one_reading(tmp_path: Path) -> None:
    with Site(tmp_path, on_remove="delete") as site:
        stays = {"a/_collection.md": page(name="A"), "a/stays.md": page("Text.\n", title="Stays")}
        site.content({**stays, **{f"g{number}/_collection.md": page(name=f"G{number}") for number in range(9)}})
        assert site.push().code == 0
        site.content(stays)
        ran = site.push("--allow-remove", "9")
        assert (ran.code, len(ran.writes)) == (0, 9)
        assert ran.calls.count(("GET", "/articles")) == 2  # for the plan, and before the first of them goes


def test_where_that_reading_fails_nothing_is_deleted_blindly(leaving: Workspace) -> None:
    lists: list[str] = []

    def fail(method: str, path: str, phase: str) -> JSONResponse | None:
        if (method, path, phase) == ("GET", "/help_center/sections", "before"):
            lists.append(path)
            if len(lists) > 1:
                return JSONResponse({"type": "list", "data": [], "total_count": 7})
        return None

    leaving.sandbox.on_request = fail
    ran = leaving.push()
    assert ran.code == 1
    assert deleted(ran) == ["/articles"]
    assert "could not be read whole" in ran.out
    leaving.sandbox.on_request = None
    assert leaving.push().code == 0
    assert names(leaving, "section") == []


def test_an_article_that_names_a_second_collection_keeps_it(leaving: Workspace) -> None:
    """Facts: Articles; parent_id and parent_ids differ in some."""
    (second,) = [item["id"] for item in leaving.sandbox.groups("collection") if item["name"] == "B"]

    def also_there(method: str, path: str, phase: str) -> JSONResponse | None:
        if (method, path, phase) != ("GET", "/articles", "before"):
            return None
        items = leaving.sandbox.articles()
        for item in items:
            if item["title"] == "Stays":
                item["parent_ids"] = [*item["parent_ids"], int(second)]
        return JSONResponse({"type": "list", "data": items, "total_count": len(items)})

    leaving.sandbox.on_request = also_there
    ran = leaving.push()
    assert "/help_center/collections" not in deleted(ran)
    assert "still has 1 item in Intercom" in ran.out


def test_a_collection_that_a_teammate_fills_once_its_section_is_gone_stays(leaving: Workspace) -> None:
    (theirs,) = [item["id"] for item in leaving.sandbox.articles() if item["title"] == "Theirs"]
    (b,) = [item["id"] for item in leaving.sandbox.groups("collection") if item["name"] == "B"]

    def move(method: str, path: str, phase: str) -> None:
        if method == "DELETE" and path.startswith("/help_center/sections/") and phase == "after":
            leaving.sandbox.move_article(theirs, b)

    leaving.sandbox.on_request = move
    ran = leaving.push()
    assert ran.code == 13
    assert (names(leaving, "collection"), names(leaving, "section")) == (["A", "B"], [])
    assert f'b/: held: it has article #{theirs} "Theirs"' in ran.out


def test_what_was_read_a_while_ago_does_not_tell_that_a_collection_is_empty(tmp_path: Path) -> None:
    groups = [f"g{number}" for number in range(20)]
    with Site(tmp_path, on_remove="delete") as site:
        stays = {"a/_collection.md": page(name="A"), "a/stays.md": page("Text.\n", title="Stays")}
        site.content({**stays, **{f"{name}/_collection.md": page(name=name) for name in groups}})
        assert site.push().code == 0
        (stays_id,) = [item["id"] for item in site.sandbox.articles()]
        (left,) = [item["id"] for item in site.sandbox.groups("collection") if item["name"] == "g9"]
        site.content(stays)
        count = iter(range(99))

        async def slow(inner: httpx.AsyncBaseTransport, request: httpx.Request, line: Line) -> httpx.Response:
            reply = await inner.handle_async_request(request)
            site.clock.now += SECONDS_FRESH
            if next(count) == 1:
                site.sandbox.move_article(stays_id, left)
            return reply

        Line(site, slow, writes_only=True, lasting=True)
        ran = site.push("--allow-remove", "99")
        assert ran.code == 13
        assert sorted(item["name"] for item in site.sandbox.groups("collection")) == ["A", "g9"]
