"""Pictures that Intercom holds already are sent by their address there: nothing has to be public to be fetched."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from workspace import CONFIG

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Ran, Workspace

ASSETS = 'assets: {url: "https://pictures.example/{path}"}\n'
PUBLIC = "https://pictures.example/content/a/screen.png"
KEPT = "https://downloads.intercomcdn.com/i/o/"


def sources(body: str) -> list[str]:
    return re.findall(r'<img src="([^"]*)"', body)


def sent(ran: Ran, locale: str = "en") -> list[str]:
    """Return the addresses of the pictures in the one write."""
    (call,) = ran.writes
    body = call.payload["body"] if locale == "en" else call.payload["translated_content"][locale]["body"]
    return sources(body)


def article(workspace: Workspace, title: str = "One") -> Any:
    return next(item for item in workspace.sandbox.articles() if item["title"] == title)


def shown(workspace: Workspace, title: str = "One") -> list[str]:
    """Return the stored addresses of the pictures that readers see, without their signatures."""
    return [src.partition("?")[0] for src in sources(article(workspace, title)["body"])]


@pytest.fixture
def pushed(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with an article in two locales that shows a local picture, pushed when that could be fetched."""
    workspace = make_workspace(CONFIG + ASSETS)
    workspace.collection("a/_collection.md", "A")
    workspace.write("content/a/screen.png", "GIF89a pixels")
    for locale in ("", ".fr"):
        workspace.article(f"a/one{locale}.md", "One", "First.\n\n![Screen](screen.png)\n")
    assert workspace.push().code == 0
    return workspace


@pytest.fixture
def private(pushed: Workspace) -> Workspace:
    """Give that workspace when its pictures have no public address any more."""
    pushed.write("helpsync.yaml", CONFIG)
    return pushed


def test_without_a_public_address_nothing_is_missing_and_nothing_changes(private: Workspace) -> None:
    assert private.diff("--exit-code").code == 0
    ran = private.push()
    assert (ran.code, ran.writes) == (0, [])


def test_an_edit_of_words_is_one_write_that_leaves_the_picture_where_it_is(private: Workspace) -> None:
    before = shown(private)
    private.edit("a/one.md", "First", "Second")
    ran = private.push()
    assert ran.code == 0, ran.err
    assert sent(ran) == before
    assert before[0].startswith(KEPT)
    assert shown(private) == before
    assert private.diff("--exit-code").code == 0


def test_each_locale_sends_its_picture_again(private: Workspace) -> None:
    private.edit("a/one.fr.md", "First", "Premier")
    assert sent(private.push(), "fr") == shown(private)


def test_a_new_article_shows_the_picture_of_another(private: Workspace) -> None:
    private.article("a/two.md", "Two", "![Screen](screen.png)\n")
    assert sent(private.push()) == shown(private)
    assert shown(private, "Two") == shown(private)


def test_a_picture_in_a_translation_that_comes_later_is_the_same_one(private: Workspace) -> None:
    private.article("a/one.de.md", "Eins", "![Bild](/a/screen.png)\n")
    assert sent(private.push(), "de") == shown(private)


def test_a_picture_that_intercom_does_not_hold_still_needs_a_public_address(private: Workspace) -> None:
    private.write("content/a/new.png", "GIF89a other pixels")
    private.article("a/two.md", "Two", "![Screen](screen.png)\n\n![New](new.png)\n")
    ran = private.push()
    assert (ran.code, ran.writes) == (11, [])
    assert "`new.png` has no public URL" in ran.err
    assert "`screen.png`" not in ran.err


def test_a_picture_with_other_bytes_is_another_picture(private: Workspace) -> None:
    private.write("content/a/screen.png", "GIF89a repainted")
    assert "no-public-url" in private.push().err


def test_a_picture_of_an_article_that_is_gone_is_known_still(private: Workspace) -> None:
    stored = shown(private)
    for locale in ("", ".fr"):
        private.remove(f"a/one{locale}.md")
    private.article("a/zero.md", "Zero", "No picture.\n")
    assert private.push().code == 0
    private.article("a/two.md", "Two", "![Screen](screen.png)\n")
    assert sent(private.push()) == stored


def test_lint_knows_what_intercom_holds_without_asking_it(private: Workspace) -> None:
    ran = private("lint")
    assert (ran.code, ran.calls) == (0, [])
    assert "0 errors" in ran.out


def test_lint_does_without_a_baseline_that_is_damaged(private: Workspace) -> None:
    private.write(".helpsync/sandbox/baseline.json", "{")
    ran = private("lint")
    assert ran.code == 11
    assert "no-public-url" in ran.out


def test_what_readers_see_is_sent_as_it_is_and_what_is_new_to_a_text_from_its_public_address(pushed: Workspace) -> None:
    pushed.edit("a/one.md", "First", "Second")
    assert sent(pushed.push()) == shown(pushed)
    pushed.article("a/two.md", "Two", "![Screen](screen.png)\n")
    assert sent(pushed.push()) == [PUBLIC]


def test_a_picture_that_a_teammate_took_out_comes_back_from_its_public_address(pushed: Workspace) -> None:
    pushed.sandbox.edit_article(article(pushed)["id"], "en", body="<p>By hand.</p>")
    pushed.edit("a/one.md", "First", "Second")
    assert sent(pushed.push("--overwrite-remote", "a/one")) == [PUBLIC]


def test_a_picture_that_a_teammate_took_out_comes_back_without_a_public_address_too(private: Workspace) -> None:
    stored = shown(private)
    private.sandbox.edit_article(article(private)["id"], "en", body="<p>By hand.</p>")
    private.edit("a/one.md", "First", "Second")
    assert sent(private.push("--overwrite-remote", "a/one")) == stored


def with_a_teammates_picture(workspace: Workspace) -> str:
    """Let a teammate add a picture, and the file name it by its address, as both sides agree; return that."""
    body = article(workspace)["body"] + '<img src="https://teammate.example/chart.png">'
    workspace.sandbox.edit_article(article(workspace)["id"], "en", body=body)
    address = shown(workspace)[-1]
    with (workspace.root / "content/a/one.md").open("a", encoding="utf-8") as file:
        file.write(f"\n![]({address})\n")
    assert workspace.push().writes == []
    assert workspace.diff("--exit-code").code == 0
    return address


def test_a_teammates_picture_that_the_file_names_by_its_address_stays(private: Workspace) -> None:
    address = with_a_teammates_picture(private)
    private.edit("a/one.md", "First", "Second")
    ran = private.push()
    assert (ran.code, sent(ran)[-1]) == (0, address)
    assert shown(private)[-1] == address
    assert private.diff("--exit-code").code == 0


def test_a_teammates_picture_that_was_fetched_into_the_tree_stays(private: Workspace) -> None:
    address = with_a_teammates_picture(private)
    chart = private.write("content/a/chart.png", "GIF89a chart")
    key = f"sha256:{hashlib.sha256(chart.read_bytes()).hexdigest()}"
    baseline = private.root / ".helpsync/sandbox/baseline.json"
    kept = json.loads(baseline.read_text(encoding="utf-8"))
    kept["addresses"]["a/one"]["locales"]["en"]["images"][address] = key
    baseline.write_text(json.dumps(kept), encoding="utf-8")
    private.edit("a/one.md", address, "chart.png")
    assert private.push().writes == []
    private.edit("a/one.md", "First", "Second")
    ran = private.push()
    assert (ran.code, sent(ran)[-1]) == (0, address)
    assert shown(private)[-1] == address
    assert private.diff("--exit-code").code == 0
