"""The plan as Markdown: the changes come first, all fits, and what does not is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from body_sides import as_given, sides
from helpsync.errors import Location
from helpsync.model import Article, Finding, Source, Translation
from helpsync.plan import Attention, BodyChange, Change, FieldChange, LocaleChange, Loss, Plan, Step
from helpsync.report.details import Details
from helpsync.report.markdown import plan_markdown

DETAILS = Details(lambda _: None, markdown=as_given)


def plan(*changes: Change, **more: object) -> Plan:
    return Plan("production", "https://api.intercom.io", "2.9", changes, **more)  # type: ignore[arg-type]  # as given


def change(address: str, body: str = "Text\n", title: str = "Title") -> Change:
    text = Translation("en", title, source=Source(f"content/{address}.md", "b", body))
    step = Step(address, "article", desired=Article({"en": text}, address=address))
    locales = {"en": LocaleChange({"title": FieldChange(None, title)}, BodyChange(after=body))}
    return Change("create", "article", address, None, title, step, locales=locales)


def warning(path: str, code: str = "lost-markup", severity: str = "warn") -> Finding:
    return Finding(code, severity, f"about {path}", Location(path, 3))  # type: ignore[arg-type]  # one of two words


def test_details_come_before_what_is_left_alone_and_findings() -> None:
    shown = plan_markdown(
        plan(change("a"), attention=(Attention("drift", "b", "1", "edited"),)), [warning("content/a.md")], DETAILS
    )
    assert shown.index("<details>") < shown.index("### Left alone") < shown.index("### Findings")


def test_warnings_are_counted_and_listed_only_for_files_that_change() -> None:
    shown = plan_markdown(plan(change("a")), [warning("content/a.md"), warning("content/b.md")], DETAILS)
    assert "Warnings: 2 `lost-markup`" in shown
    assert "content/a.md:3" in shown
    assert "content/b.md" not in shown


def test_errors_are_listed_whatever_their_file() -> None:
    shown = plan_markdown(plan(), [warning("content/b.md", "unknown-author", "error")], DETAILS)
    assert "content/b.md:3" in shown


@pytest.mark.slow
@pytest.mark.parametrize("most", [4_000, 60_000, 900_000])
def test_thousands_of_everything_stay_under_the_limit(most: int) -> None:
    many = range(3000)
    everything = plan(
        *(change(f"folder/article-{n}", "A line of text — €.\n" * 20, "Title " * 40) for n in many),
        attention=(
            *(Attention("unmanaged", None, str(n), "x") for n in many),
            *(
                Attention(
                    "drift",
                    f"d{n}",
                    str(n),
                    "edited in Intercom " * 9,
                    ("en",),
                    edits={"en": LocaleChange(body=BodyChange(sides=sides("a\n", "b\n")))},
                )
                for n in many
            ),
        ),
        losses=tuple(Loss(f"l{n}", None, ("https://help.example.com/en/articles/1",)) for n in many),
        relinks=tuple((f"r{n}", ("en",)) for n in many),
    )
    findings = [warning(f"content/folder/article-{n}.md", f"code-{n % 9}") for n in many]
    shown = plan_markdown(
        replace(everything, refusal="readers would lose 3000 of 3000"), findings, DETAILS, most_bytes=most
    )
    assert len(shown.encode()) <= most
    for left_out in ("| … | and ", "> - … and ", "changes do not fit here", "Left alone", "### Findings"):
        assert left_out in shown


def test_one_huge_change_leaves_room_for_the_others() -> None:
    shown = plan_markdown(plan(change("a", "x\n" * 50_000), change("b")), [], DETAILS, most_bytes=20_000)
    assert "</code> b</summary>" in shown
    assert "The details of 1 more change do not fit here" in shown


def test_a_change_that_the_table_tells_wholly_has_no_empty_details() -> None:
    gone = Change("delete", "collection", "a/", "1", "A", Step("a/", "collection"))
    shown = plan_markdown(plan(gone), [], DETAILS)
    assert "<details>" not in shown
    assert "`a/`" in shown


def test_a_refusal_is_a_caution_with_the_way_out() -> None:
    shown = plan_markdown(plan(losses=(Loss("a", None),), refusal="readers would lose 1 of 1"), [], DETAILS)
    assert "> [!CAUTION]\n> A push would stop here: readers would lose 1 of 1" in shown
    assert "allow\\-remove 1" in shown


def test_one_item_and_one_page_are_spoken_of_as_one() -> None:
    shown = plan_markdown(
        plan(losses=(Loss("a", None),), attention=(Attention("unmanaged", None, "1", "x"),)), [], DETAILS
    )
    assert "Readers lose 1 published page:" in shown
    assert "1 item of Intercom is not in the content tree and is left alone." in shown


def test_an_edit_made_in_intercom_is_shown_with_its_diff() -> None:
    body = BodyChange(sides=sides("our text\n", "their text\n"), edited=True)
    edits = {"fr": LocaleChange({"title": FieldChange("Nous", "Eux")}, body)}
    shown = plan_markdown(plan(attention=(Attention("drift", "a", "1", "edited", ("fr",), edits=edits),)), [], DETAILS)
    assert "**fr** title: Nous → Eux" in shown
    assert "```diff\n@@ -1 +1 @@\n-our text\n+their text\n```" in shown


def test_a_picture_that_changed_alone_is_named() -> None:
    body = BodyChange(pictures=(frozenset(), frozenset({"https://e.com/a_b.png"})), blob="1", sides=sides("a\n", "a\n"))
    only = Change("update", "article", "a", "1", "A", Step("a", "article"), locales={"en": LocaleChange(body=body)})
    assert "**en** body: picture a\\_b.png added" in plan_markdown(plan(only), [], DETAILS)


def test_articles_that_are_sent_again_are_named() -> None:
    shown = plan_markdown(plan(change("a"), relinks=(("b/c", ("en",)),)), [], DETAILS)
    assert "1 article is sent again, because what it links to is new or gets new ids: `b/c`" in shown


def test_what_a_teammate_did_stands_with_its_date_and_where_it_went() -> None:
    moved = Attention(
        "drift",
        "a",
        "1",
        "edited: parent",
        hint="follow",
        edited_at=1_795_269_780,
        fields={"parent": FieldChange("b/", "7")},
    )
    shown = plan_markdown(
        plan(attention=(moved,)), [], Details(lambda _: None, markdown=as_given, collections={"7": "Theirs"})
    )
    assert "- **drift** `a`: edited: parent<br>edited 2026-11-21 14:03 UTC<br>follow" in shown
    assert r"- parent: b/ → 7 \(Theirs\)" in shown


def test_what_is_overwritten_comes_before_what_it_becomes() -> None:
    over = replace(
        change("a"), action="update", overwrites=((None, "parent"), ("en", "title")), edited_at=1_795_269_780
    )
    shown = plan_markdown(plan(over), [], DETAILS)
    said = r"- **overwrites what was edited in Intercom: parent, en title \(edited 2026\-11\-21 14:03 UTC\)**"
    assert shown.index(said) < shown.index("- **en** title")
