"""What readers would lose, counted as the design says."""

from __future__ import annotations

from types import MappingProxyType

from helpsync.model import Article, Translation
from helpsync.plan.changes import Loss, Plan
from helpsync.plan.safety import beyond_limits, losses_of, published_counts


def article(**states: str) -> Article:
    texts = {
        locale: Translation(locale, "T", state=state, url=f"https://h/{locale}/articles/1")  # type: ignore[arg-type]
        for locale, state in states.items()
    }
    return Article(MappingProxyType(texts), id="1")


def plan(losses: int, published: int, *, locale: str | None = None) -> Plan:
    lost = tuple(Loss(f"a{n}", locale) for n in range(losses))
    return Plan("r", "u", "2.9", losses=lost, published={locale: published})


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
    message = beyond_limits(plan(4, 10), share=0.3, floor=10, allowed=0)
    assert message == "readers would lose 4 of 10 published articles (40%, limit 30%)"


def test_a_share_at_the_limit_may_go() -> None:
    assert beyond_limits(plan(3, 10), share=0.3, floor=10, allowed=0) is None


def test_under_the_floor_the_share_does_not_apply() -> None:
    assert beyond_limits(plan(9, 9), share=0.3, floor=10, allowed=0) is None


def test_allowed_losses_may_go_whatever_the_share() -> None:
    assert beyond_limits(plan(4, 10), share=0.3, floor=10, allowed=4) is None
    assert beyond_limits(plan(4, 10), share=0.3, floor=10, allowed=3) is not None


def test_translations_are_a_share_of_their_locale() -> None:
    message = beyond_limits(plan(4, 10, locale="fr"), share=0.3, floor=10, allowed=0)
    assert message == "readers would lose 4 of 10 published fr translations (40%, limit 30%)"
