"""Every address that a push prints leads somewhere: to the port that serves the sandbox, drafts too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from helpsync.cli.program import run
from helpsync.sandbox import SandboxSettings, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Push = Callable[[], list[str]]

CONFIG = "default_locale: en\nauthor: docs@example.com\n"


@pytest.fixture
def push(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Push:
    """Give what pushes a folder with a published article and a draft; it returns what was printed, a line each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "*")
    (tmp_path / "content/a").mkdir(parents=True)
    (tmp_path / "helpsync.yaml").write_text(CONFIG)
    (tmp_path / "content/a/_collection.md").write_text("---\nname: A\n---\n")
    for state in ("published", "draft"):
        (tmp_path / f"content/a/{state}.md").write_text(f"---\ntitle: A {state} one\nstate: {state}\n---\ntext\n")

    def pushed() -> list[str]:
        assert run(["push", "--remote", "sandbox", "--yes"]) == 0
        out, err = capsys.readouterr()
        return [*out.splitlines(), *err.splitlines()]

    return pushed


def page(line: str) -> httpx.Response:
    """Return what is at the address in a line."""
    (address,) = re.findall(r"http://\S+", line)
    return httpx.get(address.replace("localhost", "127.0.0.1"))


def served(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Run `helpsync sandbox`, on a free port and until `meanwhile` is over."""

    def serve(settings: SandboxSettings, *, started: Callable[[str], None], **_: object) -> None:
        with running(settings) as (_sandbox, url):
            started(url.replace("127.0.0.1", "localhost"))
            meanwhile()

    monkeypatch.setattr("helpsync.sandbox.serve", serve)
    assert run(["sandbox", "--port", "0"]) == 0


def test_every_printed_address_is_a_page_of_the_port_that_serves_the_sandbox(
    push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: dict[str, httpx.Response] = {}

    def meanwhile() -> None:
        for line in push():
            if line.startswith("+"):
                pages[line.split()[2]] = page(line)

    served(monkeypatch, meanwhile)
    assert {address: page.status_code for address, page in pages.items()} == {
        "a/": 200,
        "a/draft": 200,
        "a/published": 200,
    }
    assert "A draft one" in pages["a/draft"].text


def test_a_sandbox_that_is_not_served_comes_with_the_command_that_does(push: Push) -> None:
    printed = push()
    assert "`helpsync sandbox` serves these pages" in printed
    assert any(line.startswith("+ create    a/draft  http://localhost:8321/edit/articles/") for line in printed)


def test_the_port_of_a_server_that_has_ended_is_forgotten(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    served(monkeypatch, lambda: None)
    assert "`helpsync sandbox` serves these pages" in push()


def test_the_port_of_a_server_that_was_killed_is_not_believed(push: Push, tmp_path: Path) -> None:
    (tmp_path / ".helpsync/sandbox").mkdir(parents=True)
    (tmp_path / ".helpsync/sandbox/served").write_text("http://localhost:1\n")
    assert not any("localhost:1/" in line for line in push())


def test_the_sample_has_a_page_at_the_address_that_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "*")
    assert run(["init"]) == 0
    capsys.readouterr()
    pages: list[httpx.Response] = []

    def meanwhile() -> None:
        assert run(["push", "--remote", "sandbox", "--yes"]) == 0
        pages.extend(page(line) for line in capsys.readouterr().out.splitlines() if line.startswith("+"))

    served(monkeypatch, meanwhile)
    assert [page.status_code for page in pages] == [200, 200]
    assert "<h1>Write an article</h1>" in pages[1].text


def test_a_draft_of_a_server_that_names_no_page_for_it_is_called_a_draft(
    push: Push, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "helpsync.yaml").write_text(CONFIG + "remotes: {production: {}}\n")
    monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "t")
    with running(SandboxSettings()) as (_sandbox, url):
        monkeypatch.setenv("HELPSYNC_BASE_URL", url)
        assert run(["push", "--yes"]) == 0
    assert "+ create    a/draft (draft)\n" in capsys.readouterr().out
