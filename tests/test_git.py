"""How git is called: it can ask nobody, survives ^C, and its messages are shown without credentials."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from helpsync.git import call, head_commit

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(sys.platform == "win32", reason="sessions are POSIX's")


def test_git_is_not_waited_for_longer_than_it_may_take(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        call(tmp_path, "-c", "alias.wait=!sleep 600", "wait", seconds=0.2)


@posix
def test_git_is_out_of_reach_of_the_terminal(tmp_path: Path) -> None:
    session = call(tmp_path, "-c", "alias.session=!ps -o sid= -p $$", "session").out
    assert int(session) != os.getsid(0)


def test_git_has_nobody_to_ask(tmp_path: Path) -> None:
    asked = call(tmp_path, "credential", "fill", given=b"protocol=https\nhost=git.example\n\n")
    assert asked.code != 0
    assert "terminal prompts disabled" in asked.message
    assert call(tmp_path, "-c", "alias.read=!cat", "read").out == b""


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("fatal: not a git repository (or any of the parent directories): .git\n", "not a git repository (or any of"),
        (
            (
                "git@git.example: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\n"
                "Please make sure you have the correct access rights\nand the repository exists.\n"
            ),
            "git@git.example: Permission denied (publickey); Could not read from remote repository",
        ),
        (
            (
                "remote: only branches\nTo git.example:help\n ! [remote rejected] a -> b (hook declined)\n"
                "error: failed to push some refs to 'git.example:help'\n"
            ),
            "only branches; ! [remote rejected] a -> b (hook declined)",
        ),
        (
            "fatal: unable to access 'https://me:secret@git.example/help/': 403\n",
            "unable to access 'https://git.example",
        ),
        (
            (
                "fatal: detected dubious ownership in repository at '/x'\n"
                "To add an exception for this directory, call:\n\n\tgit config --global --add safe.directory /x\n"
            ),
            "detected dubious ownership in repository at '/x'",
        ),
        ("", "git failed"),
    ],
)
def test_what_went_wrong_is_told_without_advice_and_credentials(tmp_path: Path, said: str, message: str) -> None:
    (tmp_path / "said").write_text(said)
    done = call(tmp_path, "-c", "alias.fail=!cat said >&2; exit 1; :", "fail")
    assert done.code == 1
    assert done.message.startswith(message)
    assert "secret" not in done.message


@pytest.mark.parametrize(
    "address",
    [
        "https://me:se@ret-secret@git.example/x.git",
        "https://me:a/secret@git.example/x.git",
        "https://git.example/x.git?private_token=secret&a=1",
        "https://git.example/x.git?a=1&API_KEY=secret",
    ],
)
def test_no_odd_credentials_are_told_either(tmp_path: Path, address: str) -> None:
    (tmp_path / "said").write_text(f"fatal: unable to access '{address}': 403\n")
    said = call(tmp_path, "-c", "alias.fail=!cat said >&2; exit 1; :", "fail").message
    assert "secret" not in said
    assert said.startswith("unable to access 'https://git.example/x.git")
    assert said.endswith("': 403")


def test_a_hooks_environment_does_not_lead_to_another_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    call(tmp_path, "init", "-q")
    made = ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "Begin")
    assert call(tmp_path, *made).code == 0
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.setenv(name, ".git")
    assert head_commit(tmp_path / "docs") is not None
