"""The plan and what came of it, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from body_sides import as_given, sides
from helpsync.errors import ConfigError, Location
from helpsync.model import Finding
from helpsync.plan import Attention, BodyChange, Change, FieldChange, LocaleChange, Loss, Plan, Step
from helpsync.report.details import Details
from helpsync.report.text import error_lines, finding_lines, plan_lines

if TYPE_CHECKING:
    from helpsync.report.text import Style

DETAILS = Details(lambda _: None, markdown=as_given, teammates={"901": "docs@example.com"})


def plain_style(text: str, colour: str | None = None, *, bold: bool = False, mark: bool = False) -> str:
    return text


def coloured(text: str, colour: str | None = None, *, bold: bool = False, mark: bool = False) -> str:
    return f"<{colour}{'!' if mark else ''}>{text}</>" if colour or mark else text


def lines(*changes: Change, **more: object) -> list[str]:
    plan = Plan("r", "u", "2.9", changes, **more)  # type: ignore[arg-type]  # as given
    return list(plan_lines(plan, DETAILS, plain_style))


def update(text: LocaleChange) -> Change:
    return Change("update", "article", "a", "1", "A", Step("a", "article"), locales={"en": text})


def test_an_edit_made_in_intercom_is_shown_under_its_drift() -> None:
    body = BodyChange(sides=sides("A **bold** text.\n", "A **brave** text.\n"), edited=True)
    edits = {"fr": LocaleChange({"title": FieldChange("Nous", "Eux")}, body)}
    shown = lines(attention=(Attention("drift", "a", "1", "edited", ("fr",), "bring it home", edits),))
    assert shown[:-1] == [
        "! drift     a: edited",
        '    fr title: "Nous" → "Eux"',
        "    fr body:",
        "      @@ -1 +1 @@",
        "      -A **[-bold-]** text.",
        "      +A **{+brave+}** text.",
        "    hint: bring it home",
    ]


def diff(before: str, after: str, style: Style = plain_style) -> list[str]:
    """Return the lines of a body's diff as they are printed."""
    change = update(LocaleChange(body=BodyChange(sides=sides(before, after), edited=True)))
    plan = Plan("r", "u", "2.9", (change,))
    return [
        line.removeprefix("      ") for line in plan_lines(plan, Details(lambda _: None, markdown=as_given), style)
    ][2:-1]


def test_words_that_change_stand_out_by_colour_where_there_is_colour() -> None:
    assert diff("Ten days.\n", "Five days.\n", coloured) == [
        "<cyan>@@ -1 +1 @@</>",
        "<red>-</><red!>Ten</><red> days.</>",
        "<green>+</><green!>Five</><green> days.</>",
    ]


def test_lines_that_come_or_go_wholly_are_not_marked() -> None:
    assert diff("a\n\nb c\n\nd\n", "a\n\nd\n\ne\n") == [
        "@@ -1,5 +1,5 @@",
        " a",
        " ",
        "-b c",
        "-",
        " d",
        "+",
        "+e",
    ]


def test_words_of_scripts_without_spaces_and_from_right_to_left_are_marked_whole() -> None:
    assert diff("返金は十日です。\n", "返金は五日です。\n")[1:] == ["-返金は[-十-]日です。", "+返金は{+五+}日です。"]
    assert diff("بعد عشرة أيام\n", "بعد خمسة أيام\n")[1:] == ["-بعد [-عشرة-] أيام", "+بعد {+خمسة+} أيام"]


def test_a_word_does_not_steer_the_terminal() -> None:
    assert diff("a b c d\n", "a b \x1b[2J\u202ex d\n")[-1] == "+a b {+�[2J�x+} d"


def test_a_refusal_is_shown_with_the_way_out() -> None:
    shown = lines(losses=(Loss("a", None), Loss("b", None)), refusal="readers would lose 2 of 2")
    assert shown[:3] == ["! losses    readers lose 2 published pages", "    a", "    b"]
    assert shown[3] == "! refused   a push would stop here: readers would lose 2 of 2"
    assert "--allow-remove 2" in shown[4]


def lost(count: int, inbound: int = 0) -> tuple[Loss, ...]:
    links = tuple(f"source-{n} (en)" for n in range(inbound))
    return tuple(Loss(f"a{n}", "fr", (f"https://h/fr/articles/{n}",), links) for n in range(count))


def test_a_lost_page_is_shown_with_its_address_and_what_links_to_it() -> None:
    assert lines(losses=lost(1, 2))[:3] == [
        "! losses    readers lose 1 published page",
        "    a0 (fr)  https://h/fr/articles/0",
        "      linked from source-0 (en), source-1 (en)",
    ]


def test_of_many_lost_pages_and_links_some_are_named_and_the_others_counted() -> None:
    shown = lines(losses=lost(14, 8))
    assert shown[2].endswith("source-4 (en) and 3 more")
    assert shown[-2] == "    and 2 more; all with -v"
    assert len([line for line in shown if line.startswith("    a")]) == 13


def test_a_page_in_many_locales_has_some_of_its_addresses_shown() -> None:
    urls = tuple(f"https://h/{n}/articles/1" for n in range(5))
    shown = lines(losses=(Loss("a", None, urls),))
    assert shown[1:6] == [
        "    a",
        *(f"      https://h/{n}/articles/1" for n in range(3)),
        "      and 2 more addresses; all with -v",
    ]


def test_all_lost_pages_and_links_are_named_on_demand() -> None:
    plan = Plan("r", "u", "2.9", losses=lost(14, 8))
    shown = list(plan_lines(plan, DETAILS, plain_style, verbose=True))
    assert sum("https://h/fr/articles/" in line for line in shown) == 14
    assert not any("more" in line for line in shown)


def test_a_title_that_links_to_a_lost_page_cannot_steer_the_terminal() -> None:
    shown = lines(losses=(Loss("a", None, (), ("FAQ\x1b[2J #5 (en)",)),))
    assert shown[2] == "      linked from FAQ\ufffd[2J #5 (en)"


def test_articles_that_are_sent_again_are_one_line_and_counted() -> None:
    shown = lines(relinks=tuple((f"a{n}", ("en", "fr")) for n in range(7)))
    assert shown[0].startswith("~ relink    7 articles are sent again")
    assert shown[0].endswith("a4 (en, fr) and 2 more")
    assert shown[1] == "7 to relink; 0 unchanged"


def test_a_picture_that_changed_alone_is_named() -> None:
    pictures = (frozenset({"https://e.com/1/a.png"}), frozenset({"https://e.com/2/a.png"}))
    shown = lines(update(LocaleChange(body=BodyChange(blob="1", sides=sides("a\n", "a\n"), pictures=pictures))))
    assert "      (picture a.png changed)" in shown


def test_an_author_is_shown_with_the_address_of_the_teammate() -> None:
    shown = lines(update(LocaleChange({"author": FieldChange("77", "901")})))
    assert "    en author: 77 → 901 (docs@example.com)" in shown


def test_a_path_begins_no_new_line_in_a_finding() -> None:
    found = Finding("lost-markup", "warn", "x", Location("content/a\n::error ::forged\u2028\x85.md", 1))
    assert list(finding_lines([found], plain_style)) == ["content/a�::error ::forged��.md:1: warning: x [lost-markup]"]


def test_a_path_begins_no_new_line_in_an_error() -> None:
    error = ConfigError("no\r\n::error ::forged", location=Location("a\nb"))
    assert list(error_lines(error, plain_style)) == ["a�b: error: no��::error ::forged"]


def test_a_title_begins_no_new_line_in_what_is_left_alone() -> None:
    shown = lines(attention=(Attention("unmanaged", None, "1", "article: a\n::error ::forged"),))
    assert shown[0] == "? unmanaged #1: article: a�::error ::forged"
