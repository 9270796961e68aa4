"""`helpsync adopt`: what Intercom holds is tied to files, and nothing is written to Intercom."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from helpsync.sync.session import open_session

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Ran, Workspace

CONFIG = """\
default_locale: en
locales: [en, fr]
author: docs@example.com
state: published
remotes:
  sandbox: {}
"""

BASELINE = ".helpsync/sandbox/baseline.json"


@pytest.fixture
def lost(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace whose help center is in Intercom, edited there in one article, and whose baseline is lost."""
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A", description="About A")
    workspace.collection("a/s/_collection.md", "S")
    workspace.article("a/one.md", "One", "The first text.\n")
    workspace.article("a/one.fr.md", "Un", "Le premier texte.\n")
    workspace.article("a/s/two.md", "Two", "The second text.\n")
    workspace.push()
    workspace.sandbox.edit_article(ids(workspace)["One"], "en", body="<p>A teammate's text.</p>")
    (workspace.root / BASELINE).unlink()
    return workspace


def ids(workspace: Workspace) -> dict[str, str]:
    articles = {item["title"]: item["id"] for item in workspace.sandbox.articles()}
    return articles | {
        item["name"]: item["id"] for k in ("collection", "section") for item in workspace.sandbox.groups(k)
    }


def adopt(workspace: Workspace, *arguments: str) -> Ran:
    return workspace("adopt", "--remote", "sandbox", *arguments)


def tied(workspace: Workspace) -> dict[str, str]:
    """Return address → id of all records."""
    path = workspace.root / BASELINE
    if not path.exists():
        return {}
    return {address: entry["id"] for address, entry in json.loads(path.read_text())["addresses"].items()}


def conflicts(workspace: Workspace) -> dict[str, Any]:
    return {item["address"]: item for item in workspace.plan()["attention"] if item["kind"] == "conflict"}


@pytest.fixture
def pinned(lost: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Give the same workspace with a sandbox that heeds pins, as every other remote does."""
    monkeypatch.setattr("helpsync.content.tree.SANDBOX", "no remote of this name")
    return lost


def test_a_lost_baseline_is_made_anew_without_a_write(lost: Workspace) -> None:
    ran = adopt(lost, "--yes")
    assert (ran.code, ran.writes) == (0, [])
    known = ids(lost)
    assert tied(lost) == {"a/": known["A"], "a/s/": known["S"], "a/one": known["One"], "a/s/two": known["Two"]}
    assert "4 linked" in ran.out.splitlines()[-1]


def test_what_equals_is_in_step_and_what_differs_is_a_conflict_of_its_field(lost: Workspace) -> None:
    ran = adopt(lost, "--yes")
    assert f"a/one #{ids(lost)['One']} “One”: differs: en body" in ran.out
    assert f"a/s/two #{ids(lost)['Two']} “Two”: the same" in ran.out
    plan = lost.plan()
    assert plan["changes"] == []
    assert list(conflicts(lost)) == ["a/one"]
    assert list(conflicts(lost)["a/one"]["edits"]["en"]) == ["body"]
    assert lost.push().writes == []


def test_a_conflict_after_adopting_is_decided_for_the_file(lost: Workspace) -> None:
    adopt(lost, "--yes")
    ran = lost.push("--overwrite-remote", "a/one")
    assert (ran.code, len(ran.writes)) == (0, 1)
    assert "The first text." in lost.sandbox.article(ids(lost)["One"])["body"]
    assert lost.push().writes == []


def test_a_conflict_after_adopting_is_decided_by_a_corrected_file(lost: Workspace) -> None:
    adopt(lost, "--yes")
    lost.edit("a/one.md", "The first text.", "A teammate's text.")
    assert (lost.push().code, conflicts(lost)) == (0, {})


def test_what_was_adopted_counts_as_removed_when_its_file_goes(lost: Workspace) -> None:
    adopt(lost, "--yes")
    lost.remove("a/s/two.md")
    assert [change["action"] for change in lost.plan()["changes"]] == ["unpublish"]


def test_one_address_is_tied_to_the_id_that_is_named(lost: Workspace) -> None:
    known = ids(lost)
    ran = adopt(lost, f"a/={known['A']}", f"a/one={known['One']}", "--yes")
    assert (ran.code, ran.writes) == (0, [])
    assert tied(lost) == {"a/": known["A"], "a/one": known["One"]}


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_one_address_is_tied_to_the_url_that_is_named(lost: Workspace, locale: str) -> None:
    identifier = ids(lost)["One"]
    url = lost.sandbox.article(identifier)["translated_content"][locale]["url"]
    assert adopt(lost, f"a/one={url}", "--yes").code == 0
    assert tied(lost) == {"a/one": identifier}


def test_a_collection_is_tied_to_its_url(lost: Workspace) -> None:
    (group,) = lost.sandbox.groups("collection")
    assert adopt(lost, f"a/={group['url']}", "--yes").code == 0
    assert tied(lost) == {"a/": group["id"]}


def test_a_title_is_found_whatever_its_case_and_spaces(lost: Workspace) -> None:
    lost.edit("a/s/two.md", '"Two"', '" two "')
    ran = adopt(lost, "a/", "a/s/", "a/s/two", "--by", "title", "--yes")
    assert ran.code == 0
    assert tied(lost)["a/s/two"] == ids(lost)["Two"]


def test_several_of_the_same_title_are_refused_and_named(lost: Workspace) -> None:
    parent = ids(lost)["A"]
    admin = int(lost.api("GET", "/me")["id"])
    more = {
        "title": "One",
        "author_id": admin,
        "body": "<p>x</p>",
        "parent_id": int(parent),
        "parent_type": "collection",
    }
    other = lost.api("POST", "/articles", more)["id"]
    ran = adopt(lost, "--yes")
    assert ran.code == 13
    assert "a/one" not in tied(lost)
    assert f"#{other} “One”, a draft" in ran.out
    assert "3 linked, 1 could not be linked" in ran.out


def test_what_is_not_in_intercom_is_new_and_no_failure(lost: Workspace) -> None:
    lost.article("a/three.md", "Three", "A third text.\n")
    ran = adopt(lost, "--yes")
    assert ran.code == 0
    assert "1 new: a push creates them" in ran.out
    assert [change["address"] for change in lost.plan()["changes"]] == ["a/three"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a/one"], "a/ is not linked to anything yet"),
        (["a/one=999999"], "Intercom has no article 999999"),
        (["a/one", "--by", "id"], "its frontmatter has no `id:` for this remote"),
    ],
)
def test_what_was_asked_for_and_can_not_be_tied_ends_with_13(
    lost: Workspace, arguments: list[str], message: str
) -> None:
    lost.edit("a/_collection.md", "About A", "All about A")
    ran = adopt(lost, *arguments, "--yes")
    assert (ran.code, tied(lost)) == (13, {})
    assert message in ran.out


def test_an_id_of_another_kind_is_named_as_what_it_is(lost: Workspace) -> None:
    admin = int(lost.api("GET", "/me")["id"])
    other = lost.api("POST", "/articles", {"title": "Other", "author_id": admin})["id"]
    ran = adopt(lost, f"a/={other}", "--yes")
    assert ran.code == 13
    assert f"Intercom has no collection {other}: {other} is an article" in ran.out


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("a/nothing", "no such address in the content tree"),
        ("a=1", "did you mean a/?"),
        ("a/one=", "neither an id nor the URL"),
        ("a/one=0", "neither an id nor the URL"),
        ("a/one=https://other.example/en/articles/1-one", "not a URL of this help center"),
        ("a/one=http://localhost:8321/en/collections/1-a", "this URL is not that of an article"),
        ("a/one=http://localhost:8321/xx/articles/1-a", "neither an id nor the URL"),
    ],
)
def test_a_bad_argument_ends_with_2(lost: Workspace, argument: str, message: str) -> None:
    ran = adopt(lost, argument, "--yes")
    assert (ran.code, tied(lost)) == (2, {})
    assert message in ran.err


def test_an_address_named_twice_ends_with_2(lost: Workspace) -> None:
    assert adopt(lost, "a/one=1", "a/one=2", "--yes").code == 2


def test_an_item_of_another_file_is_never_taken_from_it(lost: Workspace) -> None:
    adopt(lost, "--yes")
    before = tied(lost)
    lost.article("a/new.md", "New", "New.\n")
    ran = adopt(lost, f"a/new={before['a/one']}", "--yes")
    assert (ran.code, tied(lost)) == (13, before)
    assert "is linked to a/one already" in ran.out


def test_adopting_again_changes_nothing(lost: Workspace) -> None:
    adopt(lost, "--yes")
    before = (lost.root / BASELINE).read_bytes()
    ran = adopt(lost, "--yes")
    assert (ran.code, (lost.root / BASELINE).read_bytes()) == (0, before)
    assert "4 linked already" in ran.out


def test_a_dry_run_says_what_it_would_tie_and_ties_nothing(lost: Workspace) -> None:
    ran = adopt(lost, "--dry-run")
    assert (ran.code, tied(lost)) == (0, {})
    assert "4 to link" in ran.out
    assert not (lost.root / ".helpsync/journal/sandbox.jsonl").exists()


def test_without_a_terminal_it_needs_yes(lost: Workspace) -> None:
    assert adopt(lost).code == 2


@pytest.mark.parametrize(("answer", "code", "count"), [(True, 0, 4), (False, 1, 0)])
def test_on_a_terminal_it_asks(
    lost: Workspace, monkeypatch: pytest.MonkeyPatch, *, answer: bool, code: int, count: int
) -> None:
    monkeypatch.setattr("helpsync.cli.options.is_terminal", lambda stream: stream is sys.stdin)
    asked: list[str] = []

    def confirm(text: str, **_: Any) -> bool:
        asked.append(text)
        return answer

    monkeypatch.setattr(click, "confirm", confirm)
    assert adopt(lost).code == code
    assert asked == ["Link 4 items of sandbox to these files?"]
    assert len(tied(lost)) == count


def test_a_push_under_way_keeps_it_out(lost: Workspace) -> None:
    with open_session(None, "sandbox").checkout.store.lock():
        ran = adopt(lost, "--yes")
    assert (ran.code, tied(lost)) == (1, {})


def test_pins_are_adopted_by_id(pinned: Workspace) -> None:
    identifier = ids(pinned)["Two"]
    pinned.write("content/a/s/two.md", f"---\ntitle: Another name\nid: {identifier}\n---\nThe second text.\n")
    ran = adopt(pinned, "--by", "id", "--yes")
    assert (ran.code, tied(pinned)) == (0, {"a/s/two": identifier})
    assert "differs: en title" in ran.out


def test_a_pin_to_nothing_can_not_be_tied(pinned: Workspace) -> None:
    pinned.write("content/a/s/two.md", "---\ntitle: Two\nid: 999999\n---\nThe second text.\n")
    ran = adopt(pinned, "--yes")
    assert ran.code == 13
    assert "Intercom has no article 999999" in ran.out


def test_a_pin_and_another_id_contradict_each_other(pinned: Workspace) -> None:
    pinned.write("content/a/s/two.md", f"---\ntitle: Two\nid: {ids(pinned)['Two']}\n---\nThe second text.\n")
    ran = adopt(pinned, f"a/s/two={ids(pinned)['One']}", "--yes")
    assert (ran.code, tied(pinned)) == (13, {})


def test_a_likely_duplicate_names_what_it_is_like_and_how_to_adopt_it(lost: Workspace) -> None:
    (conflict,) = conflicts(lost).values()
    identifier = ids(lost)["One"]
    assert f"#{identifier} http://localhost" in conflict["message"]
    assert f"`helpsync adopt a/one={identifier}`" in conflict["hint"]
    command = conflict["hint"].partition("`helpsync ")[2].partition("`")[0].split()
    assert lost(*command, "--remote", "sandbox", "--yes").code == 0
    assert "likely duplicate" not in lost.diff().out


def test_an_unclear_move_is_decided_by_adopting(make_workspace: MakeWorkspace) -> None:
    text = "Write to us within thirty days of the purchase and name the order that you want to give back, in {} days.\n"
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/refunds.md", "Refunds", text.format("five"))
    workspace.push()
    before = ids(workspace)["Refunds"]
    workspace.remove("a/refunds.md")
    workspace.article("a/eu.md", "Europe", text.format("nine"))
    workspace.article("a/us.md", "America", text.format("ten"))
    assert set(conflicts(workspace)) == {"a/refunds", "a/eu", "a/us"}
    ran = adopt(workspace, f"a/eu={before}", "--yes")
    assert (ran.code, ran.writes) == (0, [])
    assert "address: a/refunds → a/eu" in ran.out
    assert "a/refunds" not in tied(workspace)
    changes = {change["address"]: change for change in workspace.plan()["changes"]}
    assert (changes["a/eu"]["id"], changes["a/us"]["action"]) == (before, "create")
    assert workspace.push().code == 0
    assert workspace.push().writes == []


def test_a_tombstone_s_article_can_be_tied_to_another_file(lost: Workspace) -> None:
    adopt(lost, "--yes")
    identifier = ids(lost)["Two"]
    lost.remove("a/s/two.md")
    lost.push()
    lost.article("a/again.md", "Again", "Something else.\n")
    assert adopt(lost, f"a/again={identifier}", "--yes").code == 0
    lost.push("--overwrite-remote", "a/again")
    assert lost.sandbox.article(identifier)["title"] == "Again"
    assert lost.sandbox.article(identifier)["state"] == "published"
    assert "a/s/two" not in tied(lost)


def test_another_id_for_an_address_says_what_it_leaves_behind(lost: Workspace) -> None:
    adopt(lost, "--yes")
    known = ids(lost)
    admin = int(lost.api("GET", "/me")["id"])
    other = lost.api("POST", "/articles", {"title": "Other", "author_id": admin, "body": "<p>x</p>"})["id"]
    ran = adopt(lost, f"a/one={other}", "--yes")
    assert (ran.code, tied(lost)["a/one"]) == (0, other)
    assert f"it was linked to {known['One']}, which stays in Intercom as it is" in ran.out
