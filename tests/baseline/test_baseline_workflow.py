"""The workflow for GitHub Actions: which host gets the token, and what is committed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workflow() -> dict[str, Any]:
    """Return the workflow as YAML has it."""
    text = (ROOT / ".github" / "workflows" / "help-center.yml").read_text(encoding="utf-8")
    value: dict[str, Any] = yaml.safe_load(text)
    return value


@pytest.mark.parametrize(
    ("host", "given"), [("github.com", True), ("git.example", False), ("github.com.example", False)]
)
def test_the_token_goes_to_github_and_to_no_other_host(
    tmp_path: Path, workflow: dict[str, Any], host: str, *, given: bool
) -> None:
    settings = {name: str(value) for name, value in workflow["env"].items()}
    neutral = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    ran = subprocess.run(
        ["git", "credential", "fill"],
        cwd=tmp_path,
        input=f"protocol=https\nhost={host}\n\n",
        env={**os.environ, **neutral, **settings, "GH_TOKEN": "secret", "GIT_ASKPASS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("password=secret" in ran.stdout) is given


@pytest.mark.skipif(sys.platform == "win32", reason="the job runs on Linux")
def test_only_baselines_are_committed(tmp_path: Path, workflow: dict[str, Any]) -> None:
    (step,) = [step for step in workflow["jobs"]["push"]["steps"] if step.get("name") == "Commit the baseline"]
    for arguments in (("init", "-q", "-b", "main"), ("commit", "-q", "--allow-empty", "-m", "Begin")):
        _git(tmp_path, *arguments)
    folder = tmp_path / ".helpsync" / "baseline"
    folder.mkdir(parents=True)
    (folder / ".production.json.4711").write_text("{", encoding="utf-8")
    assert _ran(tmp_path, step["run"]) == 0  # and nothing to commit
    (folder / "production.json").write_text("{}", encoding="utf-8")
    _ran(tmp_path, step["run"])
    assert _git(tmp_path, "ls-files").split() == [".helpsync/baseline/production.json"]


def _ran(folder: Path, script: str) -> int:
    # Without a remote: what is committed is there before the step finds that it can't push it.
    environ = {**os.environ, "HELPSYNC_REMOTE": "production", "GITHUB_REF_NAME": "main"}
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env=environ, capture_output=True, check=False
    ).returncode


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True
    ).stdout
