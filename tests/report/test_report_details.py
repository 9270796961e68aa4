"""What renderings name: diffs, pictures, teammates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from body_sides import as_given, sides
from helpsync.plan import BodyChange
from helpsync.report.details import Details

if TYPE_CHECKING:
    from collections.abc import Callable

OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def details(*, pictures: dict[str, str] | None = None, teammates: dict[str, str] | None = None) -> Details:
    return Details({"1": "One\n"}.get, markdown=as_given, pictures=pictures or {}, teammates=teammates or {})


def pictures(gone: set[str], new: set[str]) -> list[str]:
    change = BodyChange(blob="1", after="One\n", pictures=(frozenset(gone), frozenset(new)))
    return details(pictures={NEW: "content/a.png"}).pictures(change)


def test_an_old_source_at_hand_makes_a_diff_of_markdown() -> None:
    assert details().lines(BodyChange(blob="1", after="Two\n")) == ["@@ -1 +1 @@", "-One", "+Two"]


def test_without_the_old_source_both_sides_are_read_back() -> None:
    change = BodyChange(blob="2", after="Two\n", sides=sides("Uno\n", "Due\n"))
    assert details().lines(change) == ["@@ -1 +1 @@", "-Uno", "+Due"]


def test_an_edit_made_in_intercom_is_read_back_although_the_old_source_is_at_hand() -> None:
    change = BodyChange(blob="1", after="Two\n", sides=sides("Uno\n", "Due\n"), edited=True)
    assert details().lines(change) == ["@@ -1 +1 @@", "-Uno", "+Due"]


def test_a_body_is_read_back_once() -> None:
    calls: list[object] = []

    def markdown(_sides: object, picture: object) -> tuple[str, str]:
        calls.append(picture)
        return "One\n", "Two\n"

    known, change = Details(lambda _: None, markdown=markdown), BodyChange(sides=sides("", ""))
    assert known.lines(change) == known.lines(change)
    assert known.compared(change).blocks[0].after == "Two"
    assert len(calls) == 1


def test_changes_that_look_alike_are_told_apart() -> None:
    known = details()
    one, two = BodyChange(sides=sides("a\n", "b\n")), BodyChange(sides=sides("a\n", "c\n"))
    assert [known.lines(change)[-1] for change in (one, two)] == ["+b", "+c"]


def test_a_text_that_comes_or_goes_wholly_is_not_told_block_by_block() -> None:
    assert details().compared(BodyChange(after="Two\n")).blocks == ()
    assert details().compared(BodyChange(sides=sides("One\n", ""))).blocks == ()


def test_local_pictures_of_both_sides_go_by_their_paths() -> None:

    def markdown(_sides: object, picture: Callable[[str], str | None]) -> tuple[str, str]:
        return f"{picture(OLD)}\n", f"{picture(NEW)}\n"

    named = Details(lambda _: None, markdown=markdown, pictures={NEW: "content/a.png"})
    change = BodyChange(sides=sides("", ""), pictures=(frozenset({OLD}), frozenset({NEW})))
    assert named.lines(change) == []
    assert named.pictures(change) == ["picture content/a.png changed"]


def test_public_pictures_go_by_the_last_part_of_their_address() -> None:
    said = pictures({"https://e.com/x/old%20one.png?v=1"}, {"https://e.com/new.png"})
    assert said == ["picture new.png added", "picture old one.png removed"]


def test_a_public_picture_at_another_address_has_changed() -> None:
    assert pictures({"https://e.com/1/a.png"}, {"https://e.com/2/a.png"}) == ["picture a.png changed"]


def test_a_local_picture_goes_by_its_path() -> None:
    assert pictures(set(), {NEW}) == ["picture content/a.png added"]


def test_a_local_picture_with_other_bytes_has_changed() -> None:
    assert pictures({OLD}, {NEW}) == ["picture content/a.png changed"]


def test_a_local_picture_that_is_gone_goes_by_the_begin_of_its_digest() -> None:
    assert pictures({OLD}, set()) == ["picture sha256:aaaaaaaaaaaa removed"]


def test_an_author_is_shown_with_the_address_of_the_teammate() -> None:
    shown = details(teammates={"901": "docs@example.com"})
    assert shown.value("author", "901") == "901 (docs@example.com)"
    assert shown.value("author", "902") == "902"
    assert shown.value("title", "901") == "901"
