"""Streams that are closed or full, and folders that can't be written: faults of the machine, told in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TypeAlias

import pytest

from helpsync.cli import console
from helpsync.cli.program import run

Capture: TypeAlias = pytest.CaptureFixture[str]

CONFIG = "default_locale: en\nauthor: docs@example.com\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "content/a").mkdir(parents=True)
    (tmp_path / "helpsync.yaml").write_text(CONFIG)
    (tmp_path / "content/a/_collection.md").write_text("---\nname: A\n---\n")
    (tmp_path / "content/a/one.md").write_text("---\ntitle: One\n---\ntext\n")
    return tmp_path


def shell(redirected: str) -> subprocess.CompletedProcess[str]:
    """Run helpsync in a shell that closes or redirects its streams."""
    return subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m helpsync {redirected}', sys.executable],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )


def test_a_python_that_is_too_old_is_told_which_one_is_needed() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "import sys; sys.version_info = (3, 10, 13); import helpsync"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1
    assert "needs Python 3.11" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.usefixtures("site")
def test_a_push_with_closed_stdin_has_no_terminal_to_ask_on() -> None:
    ran = shell("push --remote sandbox <&-")
    assert ran.returncode == 2
    assert "no terminal" in ran.stderr
    assert "bug" not in ran.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("site")
def test_a_diff_with_closed_stdout_says_so() -> None:
    ran = shell("diff --remote sandbox >&-")
    assert ran.returncode == 1
    assert ran.stderr == "nothing was sent\nerror: the output was cut off: stdout is closed\n"


def test_a_push_with_closed_streams_is_done(site: Path) -> None:
    ran = shell("push --yes --remote sandbox <&- >&- 2>&-")
    assert ran.returncode == 1
    assert (site / ".helpsync/sandbox/baseline.json").exists()
    assert not (site / ".helpsync/journal/sandbox.jsonl").exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("command", ["lint", "diff --remote sandbox", "schema", "--help"])
def test_a_full_disk_behind_stdout_is_one_message(command: str) -> None:
    ran = shell(f"{command} >/dev/full")
    assert ran.returncode == 1
    (error,) = [line for line in ran.stderr.splitlines() if line != "nothing was sent"]
    assert error.startswith("error: ")
    assert error.endswith("No space left on device")


@pytest.mark.usefixtures("site")
def test_a_reader_that_has_gone_is_no_news() -> None:
    ran = shell("schema | true")
    assert ran.stderr == ""


def test_a_file_that_cannot_be_used_is_named_without_a_word_of_bugs(site: Path, capsys: Capture) -> None:
    (site / ".helpsync/journal/sandbox.jsonl").mkdir(parents=True)
    assert run(["diff", "--remote", "sandbox"]) == 2
    err = capsys.readouterr().err
    assert (
        ".helpsync/journal/sandbox.jsonl: error: the journal of an interrupted push can't be read: Is a directory"
        in err
    )


def test_a_store_that_cannot_be_opened_is_named(site: Path, capsys: Capture) -> None:
    (site / ".helpsync/sandbox/store.db").mkdir(parents=True)
    assert run(["diff", "--remote", "sandbox"]) == 2
    err = capsys.readouterr().err
    assert "can't be used as the sandbox's store" in err
    assert "bug" not in err


def test_a_stream_that_was_closed_at_the_start_is_no_terminal() -> None:
    assert console.is_terminal(None) is False


def test_the_sandbox_says_where_it_serves(site: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uvicorn.Server.run", lambda _server, sockets: [sock.fileno() for sock in sockets])
    assert run(["sandbox", "--port", "0", "--port-file", "port"]) == 0
    port = (site / "port").read_text().strip()
    assert capsys.readouterr().err == f"serving http://localhost:{port}, ^C stops it\n"


def test_a_variable_for_the_format_must_fit_the_command(
    site: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELPSYNC_FORMAT", "markdown")
    assert run(["lint", "--config", str(site / "helpsync.yaml")]) == 2
    assert "'markdown'" in capsys.readouterr().err
