"""What stands where a file is to be written: links that lead out of the content folder, and what is no folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from helpsync.content.discover import write_conflicts
from helpsync.settings import load_config

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("repository/content/billing", "elsewhere"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "repository/helpsync.yaml").write_text("default_locale: en\nauthor: a@example.com\n", encoding="utf-8")
    return tmp_path / "repository"


def found(root: Path, *paths: str) -> list[tuple[str, str]]:
    config = load_config(None, cwd=root, environ={})
    return [(each.code, each.location.path) for each in write_conflicts(config, paths)]


def test_files_of_folders_that_are_there_or_to_be_made_have_nothing_in_their_way(root: Path) -> None:
    assert found(root, "content/billing/a.md", "content/new/images/b.png", "content/c.md") == []


def test_a_link_out_of_the_content_folder_is_in_the_way_once(root: Path) -> None:
    (root / "content/billing/images").symlink_to(root.parent / "elsewhere")
    paths = [f"content/billing/images/{name}.png" for name in "ab"]
    assert found(root, *paths, "content/billing/a.md") == [("bad-symlink", "content/billing/images")]


def test_folders_behind_a_link_out_of_the_content_folder_are_not_read(root: Path) -> None:
    (root.parent / "elsewhere/deep").symlink_to(root.parent / "nowhere")
    (root / "content/out").symlink_to(root.parent / "elsewhere")
    assert found(root, "content/out/deep/a.md") == [("bad-symlink", "content/out")]


def test_a_folder_whose_name_begins_like_the_content_folders_is_outside(root: Path) -> None:
    (root / "content-of-others").mkdir()
    (root / "content/billing/images").symlink_to(root / "content-of-others")
    assert found(root, "content/billing/images/a.png") == [("bad-symlink", "content/billing/images")]


def test_a_link_without_a_target_is_in_the_way(root: Path) -> None:
    (root / "content/billing/images").symlink_to(root.parent / "nowhere")
    assert found(root, "content/billing/images/a.png") == [("bad-symlink", "content/billing/images")]


def test_a_link_within_the_content_folder_is_not(root: Path) -> None:
    (root / "content/pictures").mkdir()
    (root / "content/billing/images").symlink_to("../pictures")
    assert found(root, "content/billing/images/a.png") == []


def test_a_file_where_a_folder_is_needed_is_in_the_way(root: Path) -> None:
    (root / "content/billing/images").touch()
    assert found(root, "content/billing/images/a.png") == [("unreadable-file", "content/billing/images")]


def test_a_content_folder_that_is_a_link_itself_is_where_the_owner_wants_it(root: Path) -> None:
    (root / "content").rename(root.parent / "moved")
    (root / "content").symlink_to(root.parent / "moved")
    assert found(root, "content/billing/a.md", "content/b.md") == []


def test_a_file_in_the_content_folders_place_is_in_the_way(root: Path) -> None:
    (root / "content/billing").rmdir()
    (root / "content").rmdir()
    (root / "content").touch()
    assert found(root, "content/billing/a.md") == [("unreadable-file", "content")]


def test_the_content_folder_may_be_the_repository_itself(root: Path) -> None:
    settings = root / "helpsync.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "content: .\n", encoding="utf-8")
    (root / "images").symlink_to(root.parent / "elsewhere")
    assert found(root, "a.md", "images/b.png") == [("bad-symlink", "images")]
