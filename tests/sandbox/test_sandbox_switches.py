"""The switches: what each position stores, and the ways to set one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helpsync.cli.program import run
from helpsync.sandbox import SWITCHES, SandboxSettings
from helpsync.settings import Config
from helpsync.sync.sandbox import SandboxFolder

if TYPE_CHECKING:
    import uvicorn

    from sandbox_client import Api, MakeApi

P = '<p class="no-margin">'
BODIES: dict[str, tuple[str, dict[str, str]]] = {
    "headings": (
        '<h2 id="a">a</h2><h3 id="b">b</h3><h6 id="c">c</h6>',
        {
            "compact": '<h1 id="a">a</h1><h2 id="b">b</h2><h3 id="c">c</h3>',
            "docs": '<h2 id="a">a</h2><h2 id="b">b</h2><h2 id="c">c</h2>',
            "keep": '<h2 id="a">a</h2><h3 id="b">b</h3><h6 id="c">c</h6>',
        },
    ),
    "heading_ids": (
        '<h1 id="mine">a</h1><h1 id="h_0123456789">b</h1>',
        {"keep": '<h1 id="mine">a</h1><h1 id="h_0123456789">b</h1>', "renew": '<h1 id="new">a</h1><h1 id="new">b</h1>'},
    ),
    "heading_marks": (
        '<h1 id="a"><strong>a</strong> <code>b</code></h1>',
        {"drop": '<h1 id="a">a b</h1>', "keep": '<h1 id="a"><b>a</b> <code>b</code></h1>'},
    ),
    "code_newlines": (
        "<pre><code>a\n  b<br>c\n</code></pre>",
        {"drop": "<pre><code>a  b<br>c</code></pre>", "keep": "<pre><code>a\n  b<br>c\n</code></pre>"},
    ),
    "braces": (
        "<p>{{a}} <code>{{b}}</code></p>",
        {
            "mark": f"{P}#{{{{a}}}} <code>#{{{{b}}}}</code></p>",
            "keep": f"{P}{{{{a}}}} <code>{{{{b}}}}</code></p>",
        },
    ),
    "nested_lists": (
        "<ul><li>a<ul><li>b</li></ul></li></ul>",
        {"keep": f"<ul><li>{P}a</p><ul><li>{P}b</p></li></ul></li></ul>", "refuse": "400"},
    ),
}


@pytest.mark.parametrize(
    ("switch", "position"), [(switch, position) for switch in BODIES for position in SWITCHES[switch]]
)
def test_each_position_of_a_switch_stores_bodies_in_its_way(make: MakeApi, switch: str, position: str) -> None:
    api = make(**{switch: position})
    sent, stored = BODIES[switch]
    response = api.request("POST", "/articles", json={"title": "t", "author_id": api.ann, "body": sent})
    found = response.json()["body"] if response.status_code == 200 else str(response.status_code)
    if position == "renew":
        assert sent != found
        found = re.sub(r"h_[0-9a-f]{10}", "new", found)
    assert found == stored[position]


@pytest.mark.parametrize("ids", ["keep", "renew"])
def test_heading_ids_that_are_sent_stay_and_the_others_change(make: MakeApi, ids: str) -> None:
    api = make(heading_ids=ids)
    number = api.article(body='<h1 id="crear-albarán">a</h1><h1>b</h1>')["id"]
    seen = []
    for title in ("one", "two"):
        body = api.put(f"/articles/{number}", title=title, body='<h1 id="crear-albarán">a</h1><h1>b</h1>')["body"]
        seen.append(re.findall(r'id="([^"]*)"', body))
    (first, made), (second, made_again) = seen
    assert (first == second == "crear-albarán") == (ids == "keep")
    assert made != made_again
    assert re.fullmatch(r"h_[0-9a-f]{10}", made)
    assert (re.findall(r'id="([^"]*)"', api.put(f"/articles/{number}", title="three")["body"])) == [second, made_again]


def test_what_a_teammate_writes_is_stored_as_the_editor_does_it(api: Api) -> None:
    number = api.article(body="<p>a</p>")["id"]
    written = (
        '<h3 id="own">A <b>bold</b> <code>word</code></h3><pre><code>a\n  {{b}}\nc<br>d</code></pre>'
        f'{P}{{{{name}}}} <a href="" target="_blank" class="intercom-content-link">x</a> <a>y</a></p>'
        '<p class="intercom-align-justify no-margin">b</p>'
    )
    api.sandbox.edit_article(number, body=written)
    assert api.get(f"/articles/{number}")["body"] == written


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_variable_sets_a_switch_of_the_sandbox_without_a_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, switch: str
) -> None:
    default, *others = SWITCHES[switch]
    config = Config(root=tmp_path, path=tmp_path, default_locale="en", locales=("en",))
    assert getattr(SandboxFolder(config, tmp_path).in_process(None), switch) == default
    monkeypatch.setenv(f"HELPSYNC_{switch.upper()}", others[-1])
    assert getattr(SandboxFolder(config, tmp_path).in_process(None), switch) == others[-1]


@pytest.mark.parametrize("by_variable", [True, False])
@pytest.mark.parametrize("switch", SWITCHES)
def test_an_option_and_a_variable_set_a_switch_of_the_served_sandbox(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, switch: str, *, by_variable: bool
) -> None:
    served: list[SandboxSettings] = []

    def note(server: uvicorn.Server, sockets: Any) -> None:
        app: Any = server.config.app
        served.append(app.state.sandbox.settings)
        for each in sockets:
            each.close()

    monkeypatch.setattr("uvicorn.Server.run", note)
    monkeypatch.chdir(tmp_path)
    position = SWITCHES[switch][-1]
    arguments = ["sandbox", "--port", "0"]
    if by_variable:
        monkeypatch.setenv(f"HELPSYNC_{switch.upper()}", position)
    else:
        arguments += [f"--{switch.replace('_', '-')}", position]
    assert run(arguments) == 0
    assert getattr(served[0], switch) == position


@pytest.mark.parametrize("switch", SWITCHES)
def test_the_page_lists_the_positions_of_a_switch_the_default_first(switch: str) -> None:
    page = Path(__file__).parents[2].joinpath("docs/sandbox.md").read_text(encoding="utf-8")
    positions = ", ".join(f"`{position}`" for position in SWITCHES[switch])
    assert f"| `--{switch.replace('_', '-')}` | `HELPSYNC_{switch.upper()}` | {positions} |" in page
    assert getattr(SandboxSettings(), switch) == SWITCHES[switch][0]
