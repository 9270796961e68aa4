"""A write is repeated only over what its first attempt found: what a teammate wrote meanwhile stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from churn import pass_a_day
from faults import (
    Line,
    cut_off,
    gateway_after,
    gateway_before,
    limited,
    never_arrived,
    reply_dropped,
    server_error,
    timed_out,
)
from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from faults import Misfortune

TREE = {
    "a/_collection.md": page(name="A"),
    "b/_collection.md": page(name="B"),
    "a/one.md": page("# Top\n\nThe text.\n\n![Screen](https://x.example/p.png)\n", title="One"),
    "b/two.md": page("The other text.\n", title="Two"),
}
REVISED = {
    **TREE,
    "a/one.md": page("# Top\n\nThe new text.\n\n![Screen](https://x.example/p.png)\n", title="One"),
}

DONE: dict[str, Misfortune] = {
    "reply dropped": reply_dropped,
    "timed out": timed_out,
    "502 page": gateway_after,
    "JSON cut off": cut_off,
}
NOT_DONE: dict[str, Misfortune] = {
    "never arrived": never_arrived,
    "502 page, not done": gateway_before,
    "500": server_error,
    "429": limited,
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path, on_remove="delete") as site:
        yield pushed(site)


def pushed(site: Site) -> Site:
    site.content(TREE)
    assert site.push().code == 0
    return site


def number(site: Site, title: str) -> str:
    return next(str(item["id"]) for item in site.sandbox.articles() if item["title"] == title)


def group(site: Site, name: str) -> str:
    return next(str(item["id"]) for item in site.sandbox.groups("collection") if item["name"] == name)


def strike(site: Site, misfortune: Misfortune, act: Callable[[], Any] = lambda: None, *, at: int = 0) -> None:
    """Let misfortune befall the n-th write (from 0), and a teammate act before it is repeated."""

    async def both(inner: httpx.AsyncBaseTransport, request: httpx.Request, line: Line) -> Any:
        try:
            return await misfortune(inner, request, line)
        finally:
            act()

    Line(site, both, at, writes_only=True)


def correct(site: Site) -> Callable[[], Any]:
    one = number(site, "One")
    return lambda: site.sandbox.edit_article(one, body="<p>A teammate's correction.</p>")


@pytest.mark.parametrize("fault", [*DONE, *NOT_DONE])
def test_what_a_teammate_writes_before_a_write_is_repeated_stays(site: Site, fault: str) -> None:
    one = number(site, "One")
    site.content(REVISED)
    strike(site, {**DONE, **NOT_DONE}[fault], correct(site))
    ran = site.push()
    assert ran.code == 13
    assert "correction" in site.sandbox.article(one)["body"]
    assert "a/one: held: edited in Intercom while it was being sent: en body; not sent again" in ran.out


def test_every_field_that_a_teammate_changed_is_named(site: Site) -> None:
    one = number(site, "One")
    site.content(REVISED)
    site.write("content/a/one.md", REVISED["a/one.md"].replace('"One"', '"Won"'))
    strike(site, gateway_before, lambda: site.sandbox.edit_article(one, title="Theirs", body="<p>Theirs.</p>"))
    assert "edited in Intercom while it was being sent: en title, en body; not sent again" in site.push().out


def test_what_was_not_sent_again_is_a_conflict_of_the_next_plan(site: Site) -> None:
    site.content(REVISED)
    strike(site, gateway_before, correct(site))
    site.push()
    (conflict,) = site.plan()["attention"]
    assert (conflict["kind"], conflict["address"]) == ("conflict", "a/one")


@pytest.mark.parametrize("fault", DONE)
def test_a_write_that_is_there_although_its_reply_was_lost_is_not_sent_again(site: Site, fault: str) -> None:
    site.content(REVISED)
    site.write("content/a/one.md", REVISED["a/one.md"].replace('"One"', '"Won"') + "\nSee [two](/b/two.md).\n")
    site.write("content/a/one.fr.md", page("# Haut\n\nTexte.\n", title="Un"))
    strike(site, DONE[fault])
    ran = site.push()
    assert (ran.code, [method for method, _ in ran.writes]) == (0, ["PUT"])
    assert site.plan()["changes"] == []


@pytest.mark.parametrize("fault", DONE)
def test_a_move_that_is_there_although_its_reply_was_lost_is_not_sent_again(site: Site, fault: str) -> None:
    site.content({**TREE, "b/one.md": TREE["a/one.md"]})
    (site.root / "content/a/one.md").unlink()
    strike(site, DONE[fault])
    ran = site.push()
    assert (ran.code, [method for method, _ in ran.writes]) == (0, ["PUT"])
    assert site.plan()["changes"] == []


@pytest.mark.parametrize("fault", NOT_DONE)
def test_a_write_that_is_not_there_is_sent_again_as_soon_as_that_is_known(site: Site, fault: str) -> None:
    one = number(site, "One")
    site.content(REVISED)
    strike(site, NOT_DONE[fault])
    ran = site.push()
    assert ran.code == 0
    assert [call for call in ran.calls if call[1] == f"/articles/{one}"] == [
        ("GET", f"/articles/{one}"),
        ("PUT", f"/articles/{one}"),
        ("GET", f"/articles/{one}"),
        ("PUT", f"/articles/{one}"),
    ]


def test_what_intercom_changes_by_itself_meanwhile_does_not_keep_a_write_from_being_repeated(site: Site) -> None:
    site.content(REVISED)
    strike(site, gateway_before, lambda: pass_a_day(site.sandbox, 7))
    ran = site.push()
    assert (ran.code, len(ran.writes)) == (0, 2)


def test_an_article_that_goes_before_its_write_is_repeated_is_held(site: Site) -> None:
    one = number(site, "One")
    site.content(REVISED)
    strike(site, gateway_before, lambda: site.sandbox.delete_article(one))
    ran = site.push()
    assert (ran.code, len(ran.writes)) == (13, 1)
    assert f"the article {one} is no longer in Intercom" in ran.out


def test_a_move_by_hand_before_a_move_is_repeated_is_not_undone(site: Site) -> None:
    one = number(site, "One")
    site.content({**TREE, "c/_collection.md": page(name="C")})
    site.push()
    site.content({"c/_collection.md": page(name="C"), "c/one.md": TREE["a/one.md"], **TREE})
    (site.root / "content/a/one.md").unlink()
    strike(site, gateway_before, lambda: site.sandbox.move_article(one, group(site, "B")))
    ran = site.push()
    assert (ran.code, len(ran.writes)) == (13, 1)
    assert str(site.sandbox.article(one)["parent_id"]) == group(site, "B")


@pytest.mark.parametrize("fault", [*DONE, *NOT_DONE])
def test_a_name_that_a_teammate_gives_before_a_renaming_is_repeated_stays(site: Site, fault: str) -> None:
    a = group(site, "A")
    site.content({**TREE, "a/_collection.md": page(name="Better")})
    strike(site, {**DONE, **NOT_DONE}[fault], lambda: site.sandbox.edit_group(a, name="By hand"))
    ran = site.push()
    assert (ran.code, len(ran.writes)) == (13, 1 if fault != "429" else len(ran.writes))
    assert group(site, "By hand") == a


@pytest.mark.parametrize("fault", DONE)
def test_a_renaming_that_is_there_although_its_reply_was_lost_is_not_sent_again(site: Site, fault: str) -> None:
    site.content({**TREE, "a/_collection.md": page(name="Better")})
    strike(site, DONE[fault])
    ran = site.push()
    assert (ran.code, len(ran.writes)) == (0, 1)
    assert site.plan()["changes"] == []


def without_one(site: Site) -> None:
    site.content({path: text for path, text in TREE.items() if path != "a/one.md"})


@pytest.mark.parametrize("fault", NOT_DONE)
def test_an_article_that_is_edited_before_its_deletion_is_repeated_stays(site: Site, fault: str) -> None:
    without_one(site)
    strike(site, NOT_DONE[fault], correct(site))
    ran = site.push("--allow-remove", "1")
    assert ran.code == 13
    assert "correction" in site.sandbox.article(number(site, "One"))["body"]


@pytest.mark.parametrize("fault", DONE)
def test_an_article_that_is_gone_before_its_deletion_is_repeated_is_deleted(site: Site, fault: str) -> None:
    without_one(site)
    strike(site, DONE[fault])
    ran = site.push("--allow-remove", "1")
    assert ran.code == 0
    assert len(ran.writes) == 1
    assert site.plan()["changes"] == []


def test_a_collection_that_is_filled_before_its_deletion_is_repeated_stays(site: Site) -> None:
    two = number(site, "Two")
    site.content({path: text for path, text in TREE.items() if not path.startswith("a/")})
    a = group(site, "A")
    strike(site, gateway_before, lambda: site.sandbox.move_article(two, a), at=1)
    ran = site.push("--allow-remove", "2")
    assert ran.code == 13
    assert f'a/: held: it has article #{two} "Two"' in ran.out
    assert group(site, "A") == a


@pytest.mark.parametrize("fault", [*DONE, *NOT_DONE])
def test_unpublishing_is_repeated_only_over_what_it_found(tmp_path: Path, fault: str) -> None:
    with Site(tmp_path) as site:
        one = number(pushed(site), "One")
        without_one(site)
        strike(site, {**DONE, **NOT_DONE}[fault], correct(site))
        ran = site.push("--allow-remove", "1")
        assert ran.code == 13
        assert "correction" in site.sandbox.article(one)["body"]
        assert site.sandbox.article(one)["state"] == ("draft" if fault in DONE else "published")


@pytest.mark.parametrize("fault", DONE)
def test_unpublishing_that_is_there_although_its_reply_was_lost_is_not_sent_again(tmp_path: Path, fault: str) -> None:
    with Site(tmp_path) as site:
        pushed(site)
        without_one(site)
        strike(site, DONE[fault])
        ran = site.push("--allow-remove", "1")
        assert (ran.code, len(ran.writes)) == (0, 1)


@pytest.mark.parametrize("fault", [*DONE, *NOT_DONE])
def test_links_are_sent_again_only_over_what_their_write_found(tmp_path: Path, fault: str) -> None:
    with Site(tmp_path) as site:
        site.content(
            {
                "a/_collection.md": page(name="A"),
                "a/one.md": page("See [two](two.md).\n", title="One"),
                "a/two.md": page("See [one](one.md).\n", title="Two"),
            }
        )
        relinked: list[str] = []

        def by_hand() -> None:
            for title in ("One", "Two"):
                relinked.append(number(site, title))
                site.sandbox.edit_article(relinked[-1], body="<p>A teammate's correction.</p>")

        strike(site, {**DONE, **NOT_DONE}[fault], by_hand, at=3)
        ran = site.push()
        assert ran.code == 13
        assert "edited in Intercom while it was being sent: en body; not sent again" in ran.err
        assert all("correction" in site.sandbox.article(one)["body"] for one in relinked)
