"""The plan and the result as JSON: what scripts may build on."""

from __future__ import annotations

from dataclasses import replace

from body_sides import as_given, sides
from helpsync.apply import Applied
from helpsync.baseline import Baseline
from helpsync.model import Requests
from helpsync.plan import Attention, BodyChange, Change, FieldChange, LocaleChange, Plan, Step
from helpsync.report.details import Details
from helpsync.report.json_output import plan_json, result_json

WITHOUT_SOURCES = Details(lambda _: None, markdown=as_given)
WITH_SOURCES = Details({"1": "Old\n"}.get, markdown=as_given)


def plan(body: BodyChange, **more: object) -> Plan:
    text = LocaleChange({"title": FieldChange("A", "B")}, body)
    change = Change("update", "article", "a", "1", "B", Step("a", "article"), locales={"en": text})
    return Plan("r", "u", "2.9", (change,), **more)  # type: ignore[arg-type]  # as given


def body(after: str = "New\n", *, relink: bool = False, pictures: str = "") -> BodyChange:
    return BodyChange("1", after, sides("Once\n", after), relink=relink, pictures=(frozenset(), frozenset(pictures)))


def test_the_checksum_does_not_depend_on_the_old_sources_at_hand() -> None:
    forms = [plan_json(plan(body()), details) for details in (WITH_SOURCES, WITHOUT_SOURCES)]
    assert forms[0]["changes"] != forms[1]["changes"]
    assert forms[0]["checksum"] == forms[1]["checksum"]


def test_another_text_link_or_picture_has_another_checksum() -> None:
    bodies = (body(), body("Other\n"), body(relink=True), body(pictures="x"))
    assert len({plan(item).checksum for item in bodies}) == 4


def test_a_refusal_is_null_unless_there_is_one() -> None:
    assert plan_json(plan(body()), WITH_SOURCES)["refusal"] is None
    assert plan_json(replace(plan(body()), refusal="too much"), WITH_SOURCES)["refusal"] == "too much"


def test_edits_have_the_form_of_locales() -> None:
    edits = {
        "fr": LocaleChange({"title": FieldChange("Nous", "Eux")}, BodyChange(sides=sides("an apple\n", "an orange\n")))
    }
    form = plan_json(plan(body(), attention=(Attention("drift", "a", "1", "x", ("fr",), edits=edits),)), WITH_SOURCES)
    assert form["attention"][0]["edits"] == {
        "fr": {
            "title": {"from": "Nous", "to": "Eux"},
            "body": {
                "diff": "@@ -1 +1 @@\n-an apple\n+an orange",
                "words": [
                    {
                        "before": "an apple",
                        "after": "an orange",
                        "words": [["=", "an "], ["-", "apple"], ["+", "orange"]],
                    }
                ],
            },
        }
    }


def test_relinks_name_address_and_locales() -> None:
    form = plan_json(plan(body(), relinks=(("b", ("en", "fr")),)), WITH_SOURCES)
    assert form["relinks"] == [{"address": "b", "locales": ["en", "fr"]}]


def test_links_that_could_not_be_sent_again_are_told() -> None:
    applied = Applied((), (), Baseline("w", "u", "1"), relink_errors=("a: refused",), relinks_held=("b: held",))
    form = result_json(plan(body()), applied, Requests(), WITH_SOURCES)
    assert (form["relink_errors"], form["relinks_held"], form["relinks_left"]) == (["a: refused"], ["b: held"], [])


def test_pictures_are_named_by_their_keys() -> None:
    form = plan_json(plan(body(pictures="x")), WITH_SOURCES)
    assert form["changes"][0]["locales"]["en"]["body"]["pictures"] == {"removed": [], "added": ["x"]}


def test_the_words_of_a_change_come_with_its_diff() -> None:
    shown = plan_json(plan(body("Older\n\nNew\n")), WITH_SOURCES)["changes"][0]["locales"]["en"]["body"]
    assert shown == {
        "diff": "@@ -1 +1,3 @@\n-Old\n+Older\n+\n+New",
        "words": [
            {"before": "Old", "after": None, "words": [["-", "Old"]]},
            {"before": None, "after": "Older", "words": [["+", "Older"]]},
            {"before": None, "after": "New", "words": [["+", "New"]]},
        ],
    }


def test_a_text_that_is_new_wholly_is_not_told_twice() -> None:
    shown = plan_json(plan(BodyChange(after="New\n")), WITH_SOURCES)["changes"][0]["locales"]["en"]["body"]
    assert shown == {"diff": "@@ -0,0 +1 @@\n+New", "words": []}
