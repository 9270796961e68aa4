"""Two edited texts become one, line by line, as git merges them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from examples import examples
from helpsync.content.merge import Merged, merge_texts

if TYPE_CHECKING:
    from pathlib import Path


def merged(base: str | None, ours: str, theirs: str) -> Merged:
    return merge_texts(base, ours, theirs, ours_name="cards.md", theirs_name="Intercom")


def by_git(folder: Path, base: str, ours: str, theirs: str) -> Merged:
    for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_text(text, encoding="utf-8")
    command = ["git", "merge-file", "-p", "-L", "cards.md", "-L", "base", "-L", "Intercom", "ours", "base", "theirs"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return Merged(ran.stdout.decode(), ran.returncode)


def test_edits_of_different_lines_merge() -> None:
    assert merged("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\nE\n") == Merged("A\nb\nc\nD\nE\n", 0)


def test_edits_of_neighbouring_lines_merge() -> None:
    assert merged("a\nb\nc\n", "A\nb\nc\n", "a\nB\nc\n") == Merged("A\nB\nc\n", 0)


def test_an_edit_beside_lines_that_went_merges() -> None:
    assert merged("a\nb\nc\nd\n", "a\nd\n", "a\nb\nc\nD\n") == Merged("a\nD\n", 0)


def test_a_line_added_beside_an_edited_one_merges_on_its_own_side_of_it() -> None:
    assert merged("a\nb\nc\n", "a\nB\nc\n", "a\nb\nnew\nc\n") == Merged("a\nB\nnew\nc\n", 0)
    assert merged("a\nb\nc\n", "a\nB\nc\n", "a\nnew\nb\nc\n") == Merged("a\nnew\nB\nc\n", 0)


def test_the_same_edit_on_both_sides_is_made_once() -> None:
    assert merged("a\nb\n", "a\nB\nnew\n", "a\nB\nnew\n") == Merged("a\nB\nnew\n", 0)


def test_different_edits_of_one_line_are_between_markers() -> None:
    text = "a\n<<<<<<< cards.md\nours\n=======\ntheirs\n>>>>>>> Intercom\nc\n"
    assert merged("a\nb\nc\n", "a\nours\nc\n", "a\ntheirs\nc\n") == Merged(text, 1)


def test_an_edit_of_lines_that_the_other_side_removed_is_a_conflict() -> None:
    text = "a\n<<<<<<< cards.md\n=======\nB\n>>>>>>> Intercom\nc\n"
    assert merged("a\nb\nc\n", "a\nc\n", "a\nB\nc\n") == Merged(text, 1)


def test_two_insertions_at_one_place_are_a_conflict() -> None:
    text = "a\n<<<<<<< cards.md\nours\n=======\ntheirs\n>>>>>>> Intercom\nb\n"
    assert merged("a\nb\n", "a\nours\nb\n", "a\ntheirs\nb\n") == Merged(text, 1)


def test_an_insertion_at_the_end_of_lines_that_grew_is_a_conflict() -> None:
    assert merged("a\nb\nc\n", "a\nB\nours\nc\n", "a\nb\ntheirs\nc\n").conflicts == 1


def test_lines_that_both_sides_share_are_outside_the_conflict() -> None:
    shared = "1st\n2nd\n3rd\n4th\n"
    ours, theirs = f"a\no1\n{shared}o2\nc\n", f"a\nt1\n{shared}t2\nc\n"
    text = merged("a\nb\nc\n", ours, theirs)
    assert text.conflicts == 2
    assert f">>>>>>> Intercom\n{shared}<<<<<<< cards.md\n" in text.text


def test_long_gaps_without_latin_letters_part_two_conflicts_too() -> None:
    shared = "".join(f"第{number}節\n" for number in "一二三四")
    assert merged("a\nb\nc\n", f"a\no1\n{shared}o2\nc\n", f"a\nt1\n{shared}t2\nc\n").conflicts == 2


def test_without_a_base_all_that_differs_is_in_conflict() -> None:
    assert merged(None, "a\nb\n", "a\nb\n") == Merged("a\nb\n", 0)
    assert merged(None, "a\n", "a\nb\n") == Merged("a\n<<<<<<< cards.md\n=======\nb\n>>>>>>> Intercom\n", 1)


def test_line_ends_are_ours() -> None:
    assert merged("a\nb\nc\n", "A\r\nb\r\nc\r\n", "a\nb\nC\nD\n") == Merged("A\r\nb\r\nC\r\nD\r\n", 0)
    text = "<<<<<<< cards.md\r\nA\r\n=======\r\nB\r\n>>>>>>> Intercom\r\n"
    assert merged("a\n", "A\r\n", "B\n") == Merged(text, 1)


def test_mixed_line_ends_stay_where_nothing_changed() -> None:
    assert merged("a\nb\nc\nd\n", "a\r\nb\nc\r\nd\r\n", "a\nb\nc\nD\n") == Merged("a\r\nb\nc\r\nD\r\n", 0)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        ("a\nb", "A\nb", "a\nB", "A\nB"),
        ("a\nb\n", "A\nb", "a\nB\n", "A\nB"),
        ("a\nb", "A\nb", "a\nB\n", "A\nB\n"),
        ("a\nb", "A\nb", "a\nb\n\nc", "A\nb\n\nc"),
        ("a\nb", "a\nb", "", ""),
        ("", "", "a", "a"),
    ],
)
def test_whether_the_last_line_ends_is_merged_too(base: str, ours: str, theirs: str, expected: str) -> None:
    assert merged(base, ours, theirs) == Merged(expected, 0)


def test_markers_begin_lines_of_their_own_where_texts_do_not_end() -> None:
    text = "<<<<<<< cards.md\nours\n=======\ntheirs\n>>>>>>> Intercom\n"
    assert merged("base", "ours", "theirs") == Merged(text, 1)


@pytest.mark.parametrize("case", ["a b b a b|b b|b", "b a b|a b a|a b b"], ids=["removed", "inserted"])
def test_lines_that_could_have_changed_at_several_places_did_at_the_last_as_in_git(case: str, tmp_path: Path) -> None:
    base, ours, theirs = ("".join(f"{line}\n" for line in text.split()) for text in case.split("|"))
    assert merged(base, ours, theirs) == by_git(tmp_path, base, ours, theirs)


@dataclass(frozen=True)
class Case:
    """Three texts whose edits are never of neighbouring lines, so that git merges what we do."""

    base: str
    ours: str
    theirs: str


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case of distinct lines, so that there is one way to align them."""
    number = iter(range(10_000))

    def lines(size: int) -> list[str]:
        kinds = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        return [f"line {next(number)}\n" if words else f"{'-' * next(number)}\n" for words in kinds]

    base: list[str] = []
    ours: list[str] = []
    theirs: list[str] = []
    for _ in range(draw(st.integers(0, 6))):
        same = lines(draw(st.integers(1, 5)))
        before = lines(draw(st.integers(0, 2)))
        pool = lines(draw(st.integers(0, 6)))
        one, other = ([line for line in pool if draw(st.booleans())] for _ in range(2))
        mine, foreign = draw(st.sampled_from([(one, before), (before, one), (one, one), (one, other)]))
        base += [*same, *before]
        ours += [*same, *mine]
        theirs += [*same, *foreign]
    if draw(st.booleans()):
        last = lines(1)
        base, ours, theirs = base + last, ours + last, theirs + last
    return Case("".join(base), "".join(ours), "".join(theirs))


@given(case=cases())
@example(case=Case("a\nb\nc\n", "a\nour\nb\nsame\nc\nours\n", "a\ntheir\nb\nsame\nc\ntheirs\n"))
@examples(60, suppress=[HealthCheck.function_scoped_fixture])
def test_git_merges_apart_edits_to_the_same_bytes(case: Case, tmp_path: Path) -> None:
    result = merged(case.base, case.ours, case.theirs)
    assert result == by_git(tmp_path, case.base, case.ours, case.theirs)


TEXTS = st.lists(st.sampled_from(["", "a", "b", "c", "a b", "###"]), max_size=12).flatmap(
    lambda lines: st.sampled_from(["\n".join(lines), "".join(f"{line}\n" for line in lines)])
)


@given(base=TEXTS, other=TEXTS)
def test_where_one_side_changed_nothing_the_other_side_is_the_result(base: str, other: str) -> None:
    assert merged(base, other, base) == Merged(other, 0)
    assert merged(base, base, other) == Merged(other, 0)
    assert merged(base, other, other) == Merged(other, 0)


@given(base=TEXTS, ours=TEXTS, theirs=TEXTS)
def test_it_does_not_matter_which_side_is_called_ours(base: str, ours: str, theirs: str) -> None:
    one, other = merged(base, ours, theirs), merged(base, theirs, ours)
    assert bool(one.conflicts) == bool(other.conflicts)
    if not one.conflicts:
        assert one.text == other.text


@given(base=TEXTS, ours=TEXTS, theirs=TEXTS)
def test_every_line_that_either_side_added_is_in_the_result(base: str, ours: str, theirs: str) -> None:
    result = merged(base, ours, theirs).text.splitlines()
    before = {"", *base.splitlines()}  # an empty last line goes with its line end
    assert (set(ours.splitlines()) | set(theirs.splitlines())) - before <= set(result)


@pytest.mark.slow
def test_texts_without_common_lines_are_merged_in_bounded_time() -> None:
    base, ours, theirs = ("".join(f"{side} {number}\n" for number in range(30_000)) for side in "bot")
    assert merged(base, ours, theirs).conflicts == 1
