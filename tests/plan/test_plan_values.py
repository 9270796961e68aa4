"""The checksum names a plan by all that it would write, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from body_sides import sides
from helpsync.model import Article, Body, Source, Translation
from helpsync.plan.plan import Attention, BodyChange, Change, FieldChange, LocaleChange, Loss, Plan, Step, digest_of

BODY = BodyChange("1" * 40, "New\n", pictures=(frozenset({"old"}), frozenset({"b", "a"})))
SOURCE = Source("content/a.md", "2" * 40, "New\n")
ARTICLE = Article({"en": Translation("en", "B", body=Body("<p>New</p>"), source=SOURCE)}, address="a")
STEP = Step("a", "article", desired=ARTICLE, sends={"en": frozenset({"title", "body"})})
CHANGE = Change(
    "update",
    "article",
    "a",
    "1",
    "B",
    STEP,
    fields={"parent": FieldChange("x/", "y/")},
    locales={"en": LocaleChange({"title": FieldChange("A", "B")}, BODY)},
)
OTHER = Change("create", "article", "b", None, "C", Step("b", "article"))
PLAN = Plan("r", "u", "2.9", (CHANGE, OTHER), relinks=(("c", ("en", "fr")),))


def body(changed: BodyChange) -> Change:
    return replace(CHANGE, locales={"en": LocaleChange({"title": FieldChange("A", "B")}, changed)})


def field(**fields: FieldChange) -> Change:
    return replace(CHANGE, locales={"en": LocaleChange(fields, BODY)})


def rendered(html: str) -> Change:
    text = replace(ARTICLE.translations["en"], body=Body(html))
    return replace(CHANGE, step=replace(STEP, desired=replace(ARTICLE, translations={"en": text})))


@pytest.mark.parametrize(
    "change",
    [
        replace(CHANGE, action="move"),
        replace(CHANGE, kind="section"),
        replace(CHANGE, id="2"),
        replace(CHANGE, fields={}),
        replace(CHANGE, fields={"parent": FieldChange("x/", "z/")}),
        replace(CHANGE, fields={"parent": FieldChange("x/", "y/"), "address": FieldChange("old", "a")}),
        field(title=FieldChange("A", "C")),
        field(title=FieldChange("A", "B"), state=FieldChange("draft", "published")),
        field(title=FieldChange("A", "B"), author=FieldChange("7", "8")),
        body(replace(BODY, after="Newer\n")),
        body(replace(BODY, after=None)),
        body(replace(BODY, relink=True)),
        body(replace(BODY, pictures=(frozenset({"old"}), frozenset({"a"})))),
        body(replace(BODY, pictures=(frozenset(), frozenset({"a", "b"})))),
        rendered('<p><a href="helpsync:en/b">New</a></p>'),
        replace(CHANGE, step=replace(STEP, sends={"en": frozenset({"body"})})),
        replace(CHANGE, step=replace(STEP, drafts=frozenset({"fr"}))),
        replace(CHANGE, locales={"en": replace(CHANGE.locales["en"], removed=True)}),
        replace(CHANGE, locales={**CHANGE.locales, "fr": LocaleChange({"title": FieldChange("A", "B")})}),
    ],
)
def test_another_write_has_another_checksum(change: Change) -> None:
    changed = replace(PLAN, changes=(change, OTHER))
    assert changed.checksum != PLAN.checksum
    assert digest_of(changed.writes()["a"]) != digest_of(PLAN.writes()["a"])
    assert digest_of(changed.writes()["b"]) == digest_of(PLAN.writes()["b"])


@pytest.mark.parametrize(
    "changed",
    [
        replace(PLAN, changes=(CHANGE,)),
        replace(PLAN, relinks=()),
        replace(PLAN, relinks=(("c", ("en",)),)),
        replace(PLAN, relinks=(("a", ("fr",)), ("c", ("en", "fr")))),
    ],
)
def test_a_write_more_or_less_has_another_checksum(changed: Plan) -> None:
    assert changed.checksum != PLAN.checksum


@pytest.mark.parametrize(
    "same",
    [
        replace(PLAN, changes=(OTHER, CHANGE)),
        replace(PLAN, settled=(Step("d", "article"),), unchanged=7),
        replace(PLAN, attention=(Attention("drift", "d", "4", "edited"),)),
        replace(PLAN, losses=(Loss("d", None),), published=MappingProxyType({None: 7})),
        replace(PLAN, changes=(body(replace(BODY, blob=None)), OTHER)),
        replace(PLAN, changes=(body(replace(BODY, sides=sides("Old\n", "New\n"))), OTHER)),
        replace(PLAN, changes=(replace(CHANGE, similarity=0.9), OTHER)),
    ],
)
def test_what_writes_nothing_or_differs_between_machines_is_not_in_the_checksum(same: Plan) -> None:
    assert same.checksum == PLAN.checksum
