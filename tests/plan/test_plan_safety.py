"""What readers would lose, and when that is refused."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpsync.errors import Refused
from helpsync.model import Article, Translation
from helpsync.plan.losses import losses_of, published_counts
from helpsync.plan.plan import Loss, Plan


def article(**states: str) -> Article:
    texts = {
        locale: Translation(locale, "T", state=state, url=f"https://h/{locale}/articles/1")  # type: ignore[arg-type]
        for locale, state in states.items()
    }
    return Article(MappingProxyType(texts), id="1")


def plan(losses: int, published: int, *, locale: str | None = None, emptied: bool = False) -> Plan:
    lost = tuple(Loss(f"a{n}", locale) for n in range(losses))
    return Plan("r", "u", "2.9", losses=lost, published={locale: published}, emptied=emptied)


def test_an_article_that_goes_counts_once_with_all_its_translations() -> None:
    assert losses_of("a", article(en="published", fr="published"), frozenset({"en", "fr"})) == [
        Loss("a", None, ("https://h/en/articles/1", "https://h/fr/articles/1"))
    ]


def test_a_translation_that_leaves_an_article_that_stays_counts_for_its_locale() -> None:
    found = losses_of("a", article(en="published", fr="published"), frozenset({"fr"}))
    assert [loss.locale for loss in found] == ["fr"]


def test_a_draft_that_goes_is_no_loss() -> None:
    assert losses_of("a", article(en="draft"), frozenset({"en"})) == []


def test_published_articles_are_counted_once_and_per_locale() -> None:
    counts = published_counts([article(en="published", fr="published"), article(en="published"), article(en="draft")])
    assert counts == {None: 2, "en": 2, "fr": 1}


def test_a_share_beyond_the_limit_is_refused_with_its_numbers() -> None:
    message = plan(4, 10).unsafe(share=0.3, floor=10, allowed=0)
    assert message == "readers would lose 4 of 10 published articles (40%, limit 30%)"


def test_a_share_at_the_limit_may_go() -> None:
    assert plan(3, 10).unsafe(share=0.3, floor=10, allowed=0) is None


def test_under_the_floor_the_share_does_not_apply() -> None:
    assert plan(9, 9).unsafe(share=0.3, floor=10, allowed=0) is None


def test_allowed_losses_may_go_whatever_the_share() -> None:
    assert plan(4, 10).unsafe(share=0.3, floor=10, allowed=4) is None
    assert plan(4, 10).unsafe(share=0.3, floor=10, allowed=3) is not None


def test_translations_are_a_share_of_their_locale() -> None:
    message = plan(4, 10, locale="fr").unsafe(share=0.3, floor=10, allowed=0)
    assert message == "readers would lose 4 of 10 published fr translations (40%, limit 30%)"


def test_losses_beyond_what_is_allowed_are_held_against_the_share_together() -> None:
    assert plan(4, 20).unsafe(share=0.3, floor=10, allowed=1) is None
    assert plan(7, 20).unsafe(share=0.3, floor=10, allowed=6) is not None


@given(st.integers(0, 100), st.integers(1, 400), st.integers(0, 400))
@example(percent=29, base=100, lost=29)
def test_the_share_is_held_exactly_in_whole_percent(percent: int, base: int, lost: int) -> None:
    lost = min(lost, base)
    refused = plan(lost, base).unsafe(share=percent / 100, floor=0, allowed=0) is not None
    assert refused == (lost * 100 > percent * base)


@given(st.integers(0, 1000), st.integers(1, 400), st.integers(1, 400))
def test_a_refusal_never_shows_two_equal_shares(permille: int, base: int, lost: int) -> None:
    message = plan(min(lost, base), base).unsafe(share=permille / 1000, floor=0, allowed=0)
    if message:
        share, _, limit = message.rpartition("(")[2].rstrip(")").partition(", limit ")
        assert round(float(share.rstrip("%")), 6) > float(limit.rstrip("%"))


def test_nothing_and_everything_are_shares_like_others() -> None:
    assert plan(1, 10).unsafe(share=0.0, floor=10, allowed=0) is not None
    assert plan(0, 10).unsafe(share=0.0, floor=10, allowed=0) is None
    assert plan(10, 10).unsafe(share=1.0, floor=10, allowed=0) is None


def test_without_a_floor_one_article_of_one_is_too_much() -> None:
    assert plan(1, 1).unsafe(share=0.3, floor=0, allowed=0) is not None


def test_several_scopes_are_all_named() -> None:
    losses = (Loss("a", None), Loss("b", None), Loss("c", "fr"), Loss("d", "de"))
    many = Plan("r", "u", "2.9", losses=losses, published={None: 4, "fr": 2, "de": 40})
    assert many.unsafe(share=0.3, floor=1, allowed=3) == (
        "readers would lose 2 of 4 published articles (50%, limit 30%) and 1 of 2 published fr translations "
        "(50%, limit 30%)"
    )
    assert many.unsafe(share=0.3, floor=1, allowed=4) is None


def test_a_tree_with_nothing_left_is_refused_under_the_floor_too() -> None:
    assert plan(3, 3, emptied=True).unsafe(share=0.3, floor=10, allowed=0) == (
        "readers would lose 3 of 3 published articles, of which the content tree has none left"
    )
    assert plan(3, 3, emptied=True).unsafe(share=0.3, floor=10, allowed=3) is None
    assert plan(3, 3, emptied=True).unsafe(share=1.0, floor=10, allowed=0) is None
    assert plan(1, 1, emptied=True).unsafe(share=0.3, floor=10, allowed=0) is None


def test_a_plan_that_the_limits_refuse_raises_with_the_way_out() -> None:
    with pytest.raises(Refused, match="readers would lose 4 of 10") as raised:
        replace(plan(4, 10), refusal="readers would lose 4 of 10").raise_if_unsafe()
    assert raised.value.hint == "if that is meant: push --allow-remove 4"


def test_a_plan_within_the_limits_raises_nothing() -> None:
    plan(4, 10).raise_if_unsafe()
