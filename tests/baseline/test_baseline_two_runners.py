"""Two runners as processes, with one git remote and one served Intercom."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from journey_site import page
from runners import CONFIG, NEUTRAL, Office, Runner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

ARTICLES = 12
TIMES = int(os.environ.get("RUNNERS_TIMES", "1"))
HELPSYNC = (sys.executable, "-m", "helpsync")


def environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return {**kept, **NEUTRAL}


def until(path: Path) -> str:
    """Return the text of a file once another process has written it."""
    for _ in range(3000):
        if path.exists() and (text := path.read_text(encoding="utf-8")):
            return text
        time.sleep(0.01)
    raise AssertionError(f"{path} was not written")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Give the address of a sandbox that runs on its own."""
    folder = tmp_path / "intercom"
    folder.mkdir()
    (folder / "helpsync.yaml").write_text("default_locale: en\nlocales: [en, fr]\nauthor: docs@example.com\n")
    arguments = ("sandbox", "--port", "0", "--port-file", "port")
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*HELPSYNC, *arguments], cwd=folder, env=environ(), stdout=quiet, stderr=quiet) as sandbox:
        try:
            yield f"http://127.0.0.1:{until(folder / 'port').strip()}"
        finally:
            sandbox.terminate()


@pytest.fixture
def checkouts(office: Office, served: str) -> tuple[Runner, Runner]:
    """Give two clones of one repository, nothing pushed to Intercom yet."""
    one = office.clone("one")
    one.write("helpsync.yaml", CONFIG.replace("http://127.0.0.1:9", served))
    one.write("content/a/_collection.md", page(name="A"))
    for number in range(ARTICLES):
        one.article(number, f"Text {number}, after [another](n{(number + 1) % ARTICLES}.md).")
    one.commit("Begin")
    one.git("push", "-q", "origin", "HEAD:main")
    return one, office.clone("two")


def begin(runner: Runner) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*HELPSYNC, "push", "--yes"], cwd=runner.root, env=environ(), stdout=pipe, stderr=pipe, text=True
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    with process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def asked(served: str, path: str) -> Any:
    with urlopen(Request(f"{served}{path}", headers={"Authorization": "Bearer t"})) as reply:
        return json.load(reply)


def titles(served: str) -> list[str]:
    return sorted(article["title"] for article in asked(served, "/articles?per_page=250")["data"])


WANTED = sorted(f"Number {number}" for number in range(ARTICLES))


@pytest.mark.parametrize("_time", range(TIMES))
def test_of_two_pushes_at_the_same_moment_one_waits_or_names_the_other(
    checkouts: tuple[Runner, Runner], served: str, _time: int
) -> None:
    processes = [begin(runner) for runner in checkouts]
    results = [ended(process) for process in processes]
    codes = [code for code, _, _ in results]
    assert sorted(codes) in ([0, 0], [0, 1]), results
    for mine, (code, _, err) in enumerate(results):
        if code == 1:
            other = processes[1 - mine].pid
            assert re.search(rf"a push to production is under way: \S+@\S+, process {other}, since \d{{4}}-", err), err
    assert titles(served) == WANTED
    assert len(asked(served, "/help_center/collections")["data"]) == 1
    for runner in checkouts:
        code, out, err = ended(begin(runner))
        assert (code, out.splitlines()[-1]) == (0, f"0 applied; {ARTICLES + 1} unchanged (6 reads, 0 writes)"), err
    assert titles(served) == WANTED


def test_another_runner_finishes_a_killed_push_once_its_lease_is_ended(
    checkouts: tuple[Runner, Runner], office: Office, served: str
) -> None:
    one, two = checkouts
    dying = begin(one)
    until(one.root / ".helpsync/journal/production.jsonl")
    dying.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    dying.communicate()
    assert "lease.json" in office.names()
    code, _, err = ended(begin(two))
    assert code == 1
    assert f"process {dying.pid}, since " in err
    unlocked = subprocess.run(
        [*HELPSYNC, "unlock", "--yes", "--now"], cwd=two.root, env=environ(), capture_output=True, text=True, check=True
    )
    assert unlocked.stdout == "unlocked production\n"
    assert ended(begin(two))[0] == 0
    assert titles(served) == WANTED
    assert ended(begin(one))[0] == 0
    assert titles(served) == WANTED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal to end by")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_push_that_is_interrupted_gives_its_lease_back(
    checkouts: tuple[Runner, Runner], office: Office, served: str, name: str
) -> None:
    one, two = checkouts
    ending = begin(one)
    until(one.root / ".helpsync/journal/production.jsonl")
    ending.send_signal(getattr(signal, name))
    code, _, _ = ended(ending)
    assert code == 130
    assert "lease.json" not in office.names()
    assert ended(begin(two))[0] == 0
    assert titles(served) == WANTED
