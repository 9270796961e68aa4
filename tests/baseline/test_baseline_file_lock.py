"""The lock of a checkout: one push at a time, and no trace of an interrupted one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from helpsync.baseline import folder
from helpsync.baseline.folder import file_lock, lock_holder
from helpsync.errors import Exit, Locked

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from workspace import Workspace

HOLDER = """
import sys
from pathlib import Path
from helpsync.baseline.folder import file_lock
with file_lock(Path(sys.argv[1]), what="a push to production"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_holder_is_told_who_holds_it_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "new" / "production.lock"
    with file_lock(path, what="a push to production"), pytest.raises(Locked) as caught:
        file_lock(path, what="a push to production").__enter__()
    error = caught.value
    assert error.message.startswith(
        f"a push to production is under way in this checkout: process {os.getpid()}, since 2"
    )
    assert error.hint == "wait until it is done, or end that process; then run again"
    assert (error.code, error.exit_code) == ("locked", Exit.FAILED)


def test_the_lock_is_free_after_the_block_even_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(KeyError), file_lock(path, what="a push"):
        raise KeyError
    with file_lock(path, what="a push"):
        pass
    assert path.read_text(encoding="utf-8") == ""


def test_another_process_has_the_lock_until_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Locked) as caught:
            file_lock(path, what="a push to production").__enter__()
        assert f"process {holder.pid}, since " in caught.value.message
        holder.kill()
        holder.wait()
    with file_lock(path, what="a push to production"):
        assert path.read_text(encoding="utf-8").startswith(f"process {os.getpid()}, since ")


def test_the_holder_is_read_from_the_start_of_the_file_on_windows_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = folder._take

    def as_on_windows(file: TextIO) -> bool:
        file.seek(1 << 30)
        return take(file)

    with file_lock(tmp_path / "lock", what="a push"):
        monkeypatch.setattr(folder, "_take", as_on_windows)
        assert str(lock_holder(tmp_path / "lock")).startswith(f"process {os.getpid()}, since ")


def test_a_second_push_in_one_checkout_sends_nothing(workspace: Workspace) -> None:
    with file_lock(workspace.root / ".helpsync/journal/sandbox.lock", what="a push to sandbox"):
        pushed = workspace.push()
        planned = workspace.diff()
    assert (pushed.code, pushed.calls) == (Exit.FAILED, [])
    assert "a push to sandbox is under way in this checkout: process " in pushed.err
    assert planned.code == Exit.OK
    assert workspace.push().code == Exit.OK


def test_unlock_names_the_process_that_alone_can_free_a_file_lock(workspace: Workspace) -> None:
    assert workspace("unlock", "--remote", "sandbox").out == "no push to sandbox has a lock\n"
    workspace.push()
    assert workspace("unlock", "--remote", "sandbox").code == Exit.OK
    with file_lock(workspace.root / ".helpsync/journal/sandbox.lock", what="a push to sandbox"):
        ran = workspace("unlock", "--remote", "sandbox", "--yes")
    assert (ran.code, ran.out) == (Exit.FAILED, "")
    assert f"a push to sandbox is under way in this checkout: process {os.getpid()}, since " in ran.err
    assert "the system frees this lock when that process ends" in ran.err
