"""Bad input: one clear message each, the documented code, no traceback, nothing sent."""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import pytest

from helpsync.cli.program import run
from helpsync.intercom import open_reader, open_writer
from virtual_time import Clock

if TYPE_CHECKING:
    from pathlib import Path

    Capture: TypeAlias = pytest.CaptureFixture[str]
    Patch: TypeAlias = pytest.MonkeyPatch

CONFIG = """\
default_locale: en
locales: [en, fr]
author: docs@example.com
remotes:
  production: {token_env: INTERCOM_ACCESS_TOKEN}
"""
ARTICLE = "---\ntitle: One\n---\ntext\n"
COLLECTION = "---\nname: Billing\n---\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: Patch) -> Path:
    timing = Clock().timing
    monkeypatch.setattr("helpsync.sync.connection.open_reader", partial(open_reader, timing=timing))
    monkeypatch.setattr("helpsync.sync.connection.open_writer", partial(open_writer, timing=timing))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "content/billing").mkdir(parents=True)
    (tmp_path / "helpsync.yaml").write_text(CONFIG)
    (tmp_path / "content/billing/_collection.md").write_text(COLLECTION)
    (tmp_path / "content/billing/one.md").write_text(ARTICLE)
    return tmp_path


def said(capsys: Capture, *arguments: str) -> tuple[int, str]:
    code = run(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, err


def test_no_config_says_where_it_was_looked_for(tmp_path: Path, monkeypatch: Patch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    code, err = said(capsys, "diff")
    assert code == 2
    assert "helpsync.yaml" in err


def test_an_unknown_key_of_the_config_names_its_place_and_the_nearest(site: Path, capsys: Capture) -> None:
    (site / "helpsync.yaml").write_text(CONFIG + "autor: x\n")
    code, err = said(capsys, "diff")
    assert code == 2
    assert "helpsync.yaml:6:1" in err
    assert "author" in err


def test_every_error_of_the_config_is_shown(site: Path, capsys: Capture) -> None:
    (site / "helpsync.yaml").write_text(CONFIG + "autor: x\nlayuot: y\n")
    _, err = said(capsys, "diff")
    assert "helpsync.yaml:6:1" in err
    assert "helpsync.yaml:7:1" in err


def test_a_wrong_locale_names_the_right_one(site: Path, capsys: Capture) -> None:
    (site / "content/billing/one.pt_BR.md").write_text(ARTICLE)
    code, err = said(capsys, "push", "--yes")
    assert code == 11
    assert "content/billing/one.pt_BR.md" in err
    assert "pt-BR" in err


def test_broken_frontmatter_names_line_and_column(site: Path, capsys: Capture) -> None:
    (site / "content/billing/one.md").write_text("---\ntitle: [x\n---\ntext\n")
    code, err = said(capsys, "push", "--yes")
    assert code == 11
    assert "content/billing/one.md:" in err


def test_a_folder_without_its_collection_file_is_named(site: Path, capsys: Capture) -> None:
    (site / "content/billing/_collection.md").unlink()
    code, err = said(capsys, "push", "--yes")
    assert code == 11
    assert "missing-collection" in err


def test_two_files_with_one_id_are_both_named(site: Path, capsys: Capture) -> None:
    for name in ("one", "two"):
        (site / f"content/billing/{name}.md").write_text("---\ntitle: T\nid: 7\n---\ntext\n")
    code, err = said(capsys, "push", "--yes")
    assert code == 11
    assert "one.md" in err
    assert "two.md" in err


def test_all_findings_are_shown_at_once(site: Path, capsys: Capture) -> None:
    (site / "content/billing/one.md").write_text("---\ntitel: One\n---\n[x](nowhere.md)\n")
    (site / "content/billing/two.zh-cn.md").write_text(ARTICLE)
    _, err = said(capsys, "push", "--yes")
    assert "[unknown-key]" in err
    assert "[unknown-locale]" in err


def test_a_missing_token_names_its_variable(site: Path, capsys: Capture) -> None:
    code, err = said(capsys, "push", "--yes")
    assert code == 2
    assert "INTERCOM_ACCESS_TOKEN is not set" in err
    assert "hint:" in err


def test_an_unknown_remote_names_the_known_ones(site: Path, capsys: Capture) -> None:
    code, err = said(capsys, "diff", "--remote", "prod")
    assert code == 2
    assert "production, sandbox" in err


def test_a_dead_server_is_one_message_and_code_1(site: Path, capsys: Capture, monkeypatch: Patch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "t0ken")
    monkeypatch.setenv("HELPSYNC_BASE_URL", f"http://127.0.0.1:{port}")
    code, err = said(capsys, "diff")
    assert code == 1
    assert f"127.0.0.1:{port}" in err
    assert "t0ken" not in err


def test_plain_http_off_this_machine_is_refused(site: Path, capsys: Capture, monkeypatch: Patch) -> None:
    monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "t0ken")
    monkeypatch.setenv("HELPSYNC_BASE_URL", "http://api.example.com")
    code, err = said(capsys, "diff")
    assert code == 2
    assert "http" in err
    assert "t0ken" not in err


def test_push_without_a_terminal_needs_yes(site: Path, capsys: Capture) -> None:
    code, err = said(capsys, "push")
    assert code == 2
    assert "--yes" in err


def test_a_mistyped_command_names_the_nearest(capsys: Capture) -> None:
    code, err = said(capsys, "pusch")
    assert code == 2
    assert "'push'" in err


def test_a_damaged_baseline_is_exit_2_with_the_way_out(site: Path, capsys: Capture, monkeypatch: Patch) -> None:
    folder = site / ".helpsync/baseline"
    folder.mkdir(parents=True)
    (folder / "production.json").write_text("{")
    monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "t")
    monkeypatch.setenv("HELPSYNC_BASE_URL", "http://127.0.0.1:9")
    code, err = said(capsys, "diff")
    assert (code, ".helpsync/baseline/production.json" in err) == (2, True)
