"""The plan and what came of it, for a terminal."""

from __future__ import annotations

from helpsync.errors import ConfigError, Location
from helpsync.model import Finding
from helpsync.plan.changes import Attention, BodyChange, Change, FieldChange, LocaleChange, Loss, Plan, Step
from helpsync.report.details import Details
from helpsync.report.text import error_lines, finding_lines, plan_lines

DETAILS = Details(lambda _: None, teammates={"901": "docs@example.com"})


def plain_style(text: str, colour: str | None = None, *, bold: bool = False) -> str:  # a style's signature
    return text


def lines(*changes: Change, refusal: str | None = None, **more: object) -> list[str]:
    plan = Plan("r", "u", "2.9", changes, **more)  # type: ignore[arg-type]  # as given
    return list(plan_lines(plan, DETAILS, plain_style, refusal=refusal))


def update(text: LocaleChange) -> Change:
    return Change("update", "article", "a", "1", "A", Step("a", "article"), locales={"en": text})


def test_an_edit_made_in_intercom_is_shown_under_its_drift() -> None:
    body = BodyChange(blocks=lambda: (["<p>ours</p>"], ["<p>theirs</p>"]), by_blocks=True)
    edits = {"fr": LocaleChange({"title": FieldChange("Nous", "Eux")}, body)}
    shown = lines(attention=(Attention("drift", "a", "1", "edited", ("fr",), "bring it home", edits),))
    assert shown[:-1] == [
        "! drift     a: edited",
        '    fr title: "Nous" → "Eux"',
        "    fr body:",
        "      @@ -1 +1 @@",
        "      -<p>ours</p>",
        "      +<p>theirs</p>",
        "    hint: bring it home",
    ]


def test_a_refusal_is_shown_with_the_way_out() -> None:
    shown = lines(losses=(Loss("a", None), Loss("b", None)), refusal="readers would lose 2 of 2")
    assert shown[0] == "! refused   a push would stop here: readers would lose 2 of 2"
    assert "--allow-remove 2" in shown[1]


def test_articles_that_are_sent_again_are_one_line_and_counted() -> None:
    shown = lines(relinks=tuple((f"a{n}", ("en", "fr")) for n in range(7)))
    assert shown[0].startswith("~ relink    7 articles are sent again")
    assert shown[0].endswith("a4 (en, fr) and 2 more")
    assert shown[1] == "7 to relink; 0 unchanged"


def test_a_picture_that_changed_alone_is_named() -> None:
    pictures = (frozenset({"https://e.com/1/a.png"}), frozenset({"https://e.com/2/a.png"}))
    shown = lines(update(LocaleChange(body=BodyChange(blob="1", blocks=lambda: ([], []), pictures=pictures))))
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
