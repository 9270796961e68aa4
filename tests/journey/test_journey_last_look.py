"""What a teammate does between the plan and the write is seen before it is overwritten."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

import pytest

from churn import pass_a_day
from workspace import CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace import MakeWorkspace, Workspace


@pytest.fixture
def two(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with two articles in two locales and a collection of another name, all pushed."""
    return pushed(make_workspace())


def pushed(workspace: Workspace) -> Workspace:
    workspace.collection("a/_collection.md", "A")
    workspace.collection("b/_collection.md", "B")
    for name in ("one", "two"):
        workspace.article(f"a/{name}.md", name.title(), f"The text of {name}.\n")
        workspace.article(f"a/{name}.fr.md", f"{name} (fr)", f"Le texte de {name}.\n")
    workspace.push()
    return workspace


def identifier(workspace: Workspace, title: str) -> str:
    return str(next(item["id"] for item in workspace.sandbox.articles() if item["title"] == title))


def text(workspace: Workspace, number: str, locale: str = "en") -> Any:
    return workspace.sandbox.article(number)["translated_content"][locale]


def when_read(workspace: Workspace, path: str, act: Callable[[], Any]) -> None:
    """Do something in Intercom right before this item is read on its own."""
    done: list[bool] = []

    async def hook(method: str, asked: str, phase: str) -> None:
        if (method, asked, phase) == ("GET", path, "before") and not done:
            done.append(True)
            result = act()
            if isinstance(result, Awaitable):
                await result

    workspace.sandbox.on_request = hook


def change_both(workspace: Workspace) -> None:
    workspace.edit("a/one.fr.md", "Le texte", "Le nouveau texte")
    workspace.edit("a/two.fr.md", "Le texte", "Le nouveau texte")


def test_an_edit_after_the_plan_holds_back_its_article_and_nothing_else(two: Workspace) -> None:
    number = identifier(two, "One")
    change_both(two)
    when_read(two, f"/articles/{number}", lambda: two.sandbox.edit_article(number, "fr", body="<p>D’un collègue.</p>"))
    ran = two.push()
    assert ran.code == 13
    assert [call.path for call in ran.writes] == [f"/articles/{identifier(two, 'Two')}"]
    assert "D’un collègue" in text(two, number, "fr")["body"]
    assert "edited in Intercom since the plan was made: fr body" in ran.out


def test_what_was_held_back_is_a_conflict_of_the_next_plan(two: Workspace) -> None:
    number = identifier(two, "One")
    change_both(two)
    when_read(two, f"/articles/{number}", lambda: two.sandbox.edit_article(number, "fr", title="D’un collègue"))
    two.push()
    two.edit("a/one.fr.md", "one (fr)", "Un")
    (conflict,) = [item for item in two.plan()["attention"] if item["kind"] == "conflict"]
    assert (conflict["address"], conflict["locales"]) == ("a/one", ["fr"])


def test_an_edit_of_another_locale_after_the_plan_stays_and_holds_nothing_back(two: Workspace) -> None:
    number = identifier(two, "One")
    change_both(two)
    when_read(two, f"/articles/{number}", lambda: two.sandbox.edit_article(number, "en", body="<p>By hand.</p>"))
    assert two.push().code == 0
    assert "By hand" in text(two, number)["body"]
    assert "Le nouveau texte" in text(two, number, "fr")["body"]


def test_an_edit_of_another_locale_after_the_plan_is_drift_of_the_next_one(two: Workspace) -> None:
    number = identifier(two, "One")
    change_both(two)
    when_read(
        two, f"/articles/{number}", lambda: two.sandbox.edit_article(number, title="D’un collègue", body="<p>x</p>")
    )
    two.push()
    (drift,) = two.plan()["attention"]
    assert (drift["kind"], drift["address"], drift["locales"]) == ("drift", "a/one", ["en"])
    assert drift["edits"]["en"].keys() == {"title", "body"}


def test_a_move_by_hand_while_the_text_is_sent_is_drift_of_the_next_plan(two: Workspace) -> None:
    number = identifier(two, "One")
    groups = {item["name"]: str(item["id"]) for item in two.sandbox.groups("collection")}
    change_both(two)
    by_hand = {"parent_id": groups["B"], "parent_type": "collection"}
    when_read(two, f"/articles/{number}", lambda: two.ask("PUT", f"/articles/{number}", by_hand))
    assert two.push().code == 0
    (drift,) = two.plan()["attention"]
    assert (drift["kind"], drift["address"]) == ("drift", "a/one")


def test_what_intercom_changes_by_itself_after_the_plan_holds_nothing_back(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "Text.\n\n![Screen](https://x.example/p.png)\n")
    workspace.push()
    number = identifier(workspace, "One")
    workspace.edit("a/one.md", "Text", "New text")
    when_read(workspace, f"/articles/{number}", lambda: pass_a_day(workspace.sandbox, 7))
    ran = workspace.push()
    assert (ran.code, len(ran.writes)) == (0, 1)


def test_a_new_author_after_the_plan_is_not_taken_back(make_workspace: MakeWorkspace) -> None:
    workspace = pushed(make_workspace(admins=("other@example.com",)))
    number = identifier(workspace, "One")
    before = workspace.sandbox.article(number)["author_id"]
    other = next(int(item["id"]) for item in workspace.api("GET", "/admins")["admins"] if int(item["id"]) != before)
    workspace.edit("a/one.fr.md", "Le texte", "Le nouveau texte")
    when_read(
        workspace, f"/articles/{number}", lambda: workspace.ask("PUT", f"/articles/{number}", {"author_id": other})
    )
    workspace.push()
    assert workspace.sandbox.article(number)["author_id"] == other


@pytest.mark.parametrize("on_remove", ["unpublish", "delete"])
def test_an_edit_after_the_plan_keeps_an_article_from_being_removed(
    make_workspace: MakeWorkspace, on_remove: str
) -> None:
    workspace = pushed(make_workspace(f"{CONFIG}on_remove: {on_remove}\n"))
    number = identifier(workspace, "One")
    workspace.remove("a/one.md")
    workspace.remove("a/one.fr.md")
    when_read(
        workspace, f"/articles/{number}", lambda: workspace.sandbox.edit_article(number, "fr", title="Le premier")
    )
    ran = workspace.push()
    assert (ran.code, ran.writes) == (13, [])
    assert text(workspace, number)["state"] == "published"


@pytest.mark.parametrize("on_remove", ["unpublish", "delete"])
def test_an_article_that_a_teammate_moves_after_the_plan_is_not_removed(
    make_workspace: MakeWorkspace, on_remove: str
) -> None:
    workspace = pushed(make_workspace(f"{CONFIG}on_remove: {on_remove}\n"))
    number = identifier(workspace, "One")
    b = next(str(item["id"]) for item in workspace.sandbox.groups("collection") if item["name"] == "B")
    workspace.remove("a/one.md")
    workspace.remove("a/one.fr.md")
    when_read(workspace, f"/articles/{number}", lambda: workspace.sandbox.move_article(number, b))
    ran = workspace.push()
    assert (ran.code, ran.writes) == (13, [])
    assert "edited in Intercom since the plan was made: parent" in ran.out
    assert (text(workspace, number)["state"], str(workspace.sandbox.article(number)["parent_id"])) == ("published", b)


def test_a_translation_that_a_teammate_edited_after_the_plan_is_not_unpublished(two: Workspace) -> None:
    number = identifier(two, "One")
    two.remove("a/one.fr.md")
    when_read(two, f"/articles/{number}", lambda: two.sandbox.edit_article(number, "fr", title="D’un collègue"))
    ran = two.push("--allow-remove", "3")
    assert (ran.code, ran.writes) == (13, [])
    assert text(two, number, "fr")["state"] == "published"


def test_an_article_that_goes_in_intercom_after_the_plan_is_left_alone(two: Workspace) -> None:
    number = identifier(two, "One")
    change_both(two)
    when_read(two, f"/articles/{number}", lambda: two.ask("DELETE", f"/articles/{number}"))
    ran = two.push()
    assert ran.code == 13
    assert "is no longer in Intercom" in ran.out
    assert len(ran.writes) == 2  # the teammate's own, and the other article


def test_a_move_by_hand_after_the_plan_is_not_undone(two: Workspace) -> None:
    number = identifier(two, "One")
    groups = {item["name"]: str(item["id"]) for item in two.sandbox.groups("collection")}
    two.collection("c/_collection.md", "C")
    two.push()
    two.move("a/one.md", "c/one.md")
    two.move("a/one.fr.md", "c/one.fr.md")
    by_hand = {"parent_id": groups["B"], "parent_type": "collection"}
    when_read(two, f"/articles/{number}", lambda: two.ask("PUT", f"/articles/{number}", by_hand))
    ran = two.push()
    assert ran.code == 13
    assert str(two.sandbox.article(number)["parent_id"]) == groups["B"]


def test_a_collection_renamed_in_intercom_after_the_plan_keeps_that_name(two: Workspace) -> None:
    number = next(str(item["id"]) for item in two.sandbox.groups("collection") if item["name"] == "B")
    two.edit("b/_collection.md", '"B"', '"Better"')
    path = f"/help_center/collections/{number}"
    when_read(two, path, lambda: two.sandbox.edit_group(number, name="By hand"))
    ran = two.push()
    assert (ran.code, ran.writes) == (13, [])
    assert two.api("GET", path)["name"] == "By hand"


def test_an_edit_between_a_create_and_its_links_is_not_overwritten(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "See [two](two.md).\n")
    workspace.article("a/two.md", "Two", "See [one](one.md).\n")

    def by_hand(method: str, path: str, phase: str) -> None:
        if method == "GET" and path.startswith("/articles/") and phase == "before":
            workspace.sandbox.on_request = None
            workspace.sandbox.edit_article(path.rpartition("/")[2], body="<p>By hand.</p>")

    workspace.sandbox.on_request = by_hand
    ran = workspace.push()
    assert ran.code == 13
    assert any("By hand" in item["body"] for item in workspace.sandbox.articles())
    assert "edited in Intercom since the plan was made" in ran.err
