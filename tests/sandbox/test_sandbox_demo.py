"""The demo: a help center made by hand, the same each time, as clients and readers see it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from helpsync.cli.program import run
from helpsync.errors import ConfigError
from helpsync.sandbox import Sandbox, SandboxSettings
from helpsync.sandbox.demo import read_bodies

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox_client import Api, MakeApi

LOCALES = {"en", "fr", "de", "ja", "ar"}


@pytest.fixture
def demo() -> Iterator[Sandbox]:
    sandbox = Sandbox(SandboxSettings())
    assert sandbox.fill_demo()
    yield sandbox
    sandbox.close()


def texts(sandbox: Sandbox) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the texts of all articles by id and locale."""
    return {
        (article["id"], locale): text
        for article in sandbox.articles()
        for locale, text in article["translated_content"].items()
        if isinstance(text, dict)
    }


def content(sandbox: Sandbox) -> str:
    """Return all that the API shows, without the workspace's id and the signatures of pictures."""
    shown = json.dumps([sandbox.articles(), sandbox.groups("collection"), sandbox.groups("section")])
    return re.sub(r"\?expires=[^\\]*", "", shown.replace(sandbox.workspace_id, ""))


def test_two_demos_differ_only_in_the_workspace(demo: Sandbox) -> None:
    other = Sandbox(SandboxSettings(clock=lambda: 1_900_000_000.0, admins=("ann@example.com",)))
    other.fill_demo()
    assert content(other) == content(demo)
    other.close()


def test_the_demo_has_what_help_centers_have(demo: Sandbox) -> None:
    articles = demo.articles()
    assert len(articles) == 14
    assert {locale for _, locale in texts(demo)} == LOCALES
    assert len({text["author_id"] for text in texts(demo).values()}) == 4
    assert len({article["title"] for article in articles}) == 13
    assert [article["title"] for article in articles if article["parent_id"] is None] == ["What’s new this spring"]
    drafts = {key for key, text in texts(demo).items() if text["state"] == "draft"}
    assert drafts == {("1004", "fr"), ("1006", "de"), ("1012", "en")}
    parents = {article["parent_id"] for article in articles} | {group["parent_id"] for group in demo.groups("section")}
    assert [group["name"] for group in demo.groups("collection") if int(group["id"]) not in parents] == ["Webinars"]


@pytest.mark.parametrize(
    "part",
    [
        *('<p class="no-margin"></p>\n', "<br>\u200b", "<h2 id=", "<hr>", "<pre><code>", "<ol>", "</p><ul>", "<code>"),
        *("<summary><h2>", "intercom-h2b-button", "youtube.com", "loom.com", "vimeo.com", "intercom-align-right"),
        *("intercom-interblocks-table-container", "background-color: #e8e8e880; width:", 'target="_blank"><img src='),
        *("#e8e8e880; border-", "#e3e7fa80; border-", "#d7efdc80; border-", "#fed9db80; border-", "#feedaf80; border-"),
        *(
            "#e6dcfa80; border-",
            "&amp;",
            "&lt;",
            'width="1440" height="900"',
            "intercom-container intercom-align-center",
        ),
        *('style="width: 490px;"', "mailto:", '<a href="#h_', "#h_c3a7715e0b", "/fr/articles/1005-"),
    ],
)
def test_the_demo_has_each_construct_of_the_editor(demo: Sandbox, part: str) -> None:
    assert any(part in text["body"] for text in texts(demo).values())


def test_every_link_within_the_demo_leads_to_an_existing_text_and_heading(demo: Sandbox) -> None:
    known = texts(demo)
    links = 0
    for (number, locale), text in known.items():
        own = re.findall(r'href="http://localhost:8321/([^/]+)/articles/(\d+)[^"#]*(#[^"]*)?"', text["body"])
        own += [(locale, number, anchor) for anchor in re.findall(r'href="(#[^"]*)"', text["body"])]
        links += len(own)
        for language, target, anchor in own:
            assert (target, language) in known
            assert not anchor or f' id="{anchor[1:]}"' in known[target, language]["body"]
    assert links > 30


def test_heading_ids_are_those_of_the_file_and_unique_within_a_text(demo: Sandbox) -> None:
    written = set(re.findall(r'id="(h_[0-9a-f]{10})"', "".join(read_bodies().values())))
    for text in texts(demo).values():
        ids = re.findall(r'<h\d id="([^"]*)"', text["body"])
        assert len(ids) == len(set(ids))
        assert set(ids) <= written


def test_the_file_has_no_body_that_the_demo_does_not_use(demo: Sandbox) -> None:
    assert len(read_bodies()) == len(texts(demo))


def test_a_client_that_sends_a_body_back_changes_nothing_but_heading_ids_and_signatures(make: MakeApi) -> None:
    api = make(headings="keep", heading_marks="keep", code_newlines="keep", braces="keep")
    api.sandbox.fill_demo()

    def settled(text: dict[str, Any]) -> str:
        return re.sub(r"\?expires[^\"]*", "", text["body"])

    before = texts(api.sandbox)
    for (number, locale), text in before.items():
        block = {"title": text["title"], "body": text["body"], "author_id": text["author_id"], "state": text["state"]}
        api.put(f"/articles/{number}", author_id=text["author_id"], translated_content={locale: block})
    assert {key: settled(text) for key, text in texts(api.sandbox).items()} == {
        key: settled(text) for key, text in before.items()
    }


def test_filling_in_the_demo_twice_changes_nothing(demo: Sandbox) -> None:
    demo.edit_article(1001, title="Hello")
    assert not demo.fill_demo()
    assert demo.article(1001)["title"] == "Hello"


def test_other_content_is_not_mixed_with_the_demo(api: Api) -> None:
    api.collection()
    with pytest.raises(ConfigError, match="has other content"):
        api.sandbox.fill_demo()
    assert api.sandbox.articles() == []


def test_the_demo_needs_its_own_default_locale(make: MakeApi) -> None:
    with pytest.raises(ConfigError, match="default locale is en, not de"):
        make(default_locale="de").sandbox.fill_demo()


def test_a_reset_sandbox_has_no_demo_and_can_be_filled_again(demo: Sandbox) -> None:
    demo.reset()
    assert demo.articles() == []
    assert demo.fill_demo()


def test_an_author_of_the_tree_that_the_demo_knows_is_the_same_teammate(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    demo = Sandbox(SandboxSettings(store=store, admins=("theo.brandt@marlow.example",)))
    demo.fill_demo()
    demo.close()
    again = Sandbox(
        SandboxSettings(store=store, admins=("Maya Lindqvist", "theo.brandt@marlow.example", "7103", "New Name"))
    )
    with again.reading() as workspace:
        names = [row["name"] for row in workspace.db.execute("SELECT name FROM admins ORDER BY id")]
    again.close()
    assert sorted(names) == sorted(["Docs", "Maya Lindqvist", "Theo Brandt", "Yuki Arai", "Salma Haddad", "New Name"])


def test_links_within_the_sandbox_follow_the_address_at_which_it_is_served(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    served = Sandbox(SandboxSettings(store=store, origin="http://localhost:9000"))
    served.fill_demo()
    served.edit_article(1014, body='<p><a href="http://localhost:9000/en/articles/1001">x</a> &lt;a href="</p>')
    assert '"http://localhost:9000/en/articles/1001"' in served.article(1014)["body"]
    assert 'href="http://localhost:9000/en/articles/1002-' in served.article(1001)["body"]
    served.close()
    in_process = Sandbox(SandboxSettings(store=store))
    assert '"http://localhost:8321/en/articles/1001"' in in_process.article(1014)["body"]
    in_process.close()


def filled(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[SandboxSettings]]:
    """Run `helpsync sandbox` without the server; return the exit code, and the settings with which it would serve."""
    served: list[SandboxSettings] = []
    monkeypatch.setattr("helpsync.sandbox.serve", lambda settings, **_: served.append(settings))
    return run(["sandbox", *arguments]), served


def test_the_demo_needs_no_helpsync_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    code, served = filled(["--demo"], monkeypatch)
    assert code == 0
    assert "filled with the demo help center" in capsys.readouterr().err
    assert served[0].store == tmp_path / ".helpsync" / "sandbox" / "store.db"
    assert filled(["--demo"], monkeypatch)[0] == 0
    assert "the demo help center is there already" in capsys.readouterr().err
    sandbox = Sandbox(served[0])
    assert len(sandbox.articles()) == 14
    sandbox.close()


def test_the_demo_is_refused_beside_other_content_unless_it_is_reset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    _, served = filled([], monkeypatch)
    sandbox = Sandbox(served[0])
    sandbox.create_article("Mine")
    sandbox.close()
    assert filled(["--demo"], monkeypatch) == (2, [])
    assert "hint: --reset empties it" in capsys.readouterr().err
    assert filled(["--demo", "--reset"], monkeypatch)[0] == 0


def test_a_missing_or_misnamed_helpsync_yaml_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert filled(["--config", "other.yaml"], monkeypatch)[0] == 2
    (tmp_path / "helpsync.yml").write_text("default_locale: de\n", encoding="utf-8")
    assert filled([], monkeypatch) == (2, [])
    assert "rename helpsync.yml to helpsync.yaml" in capsys.readouterr().err
