"""Conflicts that a merge left in a file are found, and those that code only shows are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from helpsync.content.merge import merge_pages
from helpsync.content.page import INTERCOM, conflict_markers, first_versions
from tree_builder import Site, article

if TYPE_CHECKING:
    from pathlib import Path

CONFLICT = "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> main\n"


def lines(text: str) -> list[int | None]:
    return [each.location.line for each in conflict_markers(text, "a.md")]


def test_every_conflict_is_found_where_it_begins() -> None:
    assert lines(f"{CONFLICT}\n{CONFLICT}") == [1, 7]


def test_conflicts_that_show_the_base_too_are_found() -> None:
    assert lines("<<<<<<< HEAD\nours\n||||||| base\nwas\n=======\ntheirs\n>>>>>>> main\n") == [1]


@pytest.mark.parametrize(
    "text",
    [
        "Heading\n=======\n\n> quoted\n",
        "<<<<<<< HEAD\nours\n=======\n",
        "=======\n>>>>>>> main\n<<<<<<< HEAD\n",
        "<<<<<<< HEAD\n>>>>>>> main\n",
        "<<<<<<<< HEAD\na\n========\nb\n>>>>>>>> main\n",
        " <<<<<<< HEAD\n =======\n >>>>>>> main\n",
        "<<<<<<<HEAD\n=======\n>>>>>>>main\n",
    ],
)
def test_markers_without_a_whole_conflict_are_text(text: str) -> None:
    assert lines(text) == []


def test_a_conflict_is_reported_at_the_last_marker_that_begins_it() -> None:
    assert lines(f"<<<<<<< a stray one\n\n{CONFLICT}") == [3]


def test_fenced_code_may_show_a_conflict() -> None:
    assert lines(f"Text\n\n```text\n{CONFLICT}```\n") == []
    assert lines(f"~~~~\n```\n{CONFLICT}~~~~\n") == []


def test_a_conflict_in_fenced_code_that_helpsync_wrote_is_found() -> None:
    assert lines(f"```\n{CONFLICT.replace('main', INTERCOM)}```\n") == [2]


def test_a_conflict_behind_fenced_code_is_found() -> None:
    assert lines(f"```\ncode\n```\n{CONFLICT}") == [4]


def test_a_conflict_about_where_code_begins_hides_none_behind_it() -> None:
    around = "<<<<<<< HEAD\n```yaml\n=======\n```\n>>>>>>> main\ncode\n```\n"
    assert lines(around + CONFLICT) == [1, 8]
    assert lines(around.replace("=======", "||||||| base\n```\n=======") + CONFLICT) == [1, 10]


def test_a_fence_in_the_frontmatter_does_not_hide_a_conflict() -> None:
    assert lines(f"---\ndescription: |\n  a\n  ```\n---\n{CONFLICT}") == [6]


def test_a_conflict_in_frontmatter_is_reported_instead_of_invalid_yaml(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.write("billing/a.md", f"---\ntitle: A\n{CONFLICT}---\nText\n")
    message, hint = site.only("conflict-markers")
    assert message == "content/billing/a.md:3:1: a merge left a conflict here"
    assert hint == "keep what is right of both versions, and remove the lines <<<<<<<, ======= and >>>>>>>"


@pytest.mark.parametrize("base", ["", "||||||| base\nOld\n"])
def test_the_first_version_of_each_conflict_can_be_read_line_by_line(base: str) -> None:
    conflict = CONFLICT.replace("=======\n", f"{base}=======\n")
    text = f"A\n{conflict}B\n```\n{conflict}```\n{conflict}"
    kept = "\nours\n" + "\n" * (conflict.count("\n") - 2)
    assert first_versions(text) == f"A\n{kept}B\n```\n{conflict}```\n{kept}"


def test_a_conflict_around_the_whole_file_is_reported_and_not_missing_frontmatter(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.write("billing/a.md", f"<<<<<<< HEAD\n{article()}=======\n{article('B')}>>>>>>> main\n")
    assert site.only("conflict-markers")[0].startswith("content/billing/a.md:1:1: ")


def test_a_conflict_in_a_body_is_the_only_finding_of_its_file(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.write("billing/a.md", article(body=f"[x](gone.md)\n\n{CONFLICT}").replace("\n", "\r\n"))
    assert site.only("conflict-markers")[0].startswith("content/billing/a.md:7:1: ")


def test_a_conflict_of_merge_pages_is_found() -> None:
    ours, theirs = article("A", "Ours"), article("B", "```\nTheirs\n```")
    merged = merge_pages(article("C", "Text"), ours, theirs, ours_name="a.md", theirs_name=INTERCOM)
    assert len(lines(merged.text)) == merged.conflicts == 2
