"""What readers would lose, and whether that is within the limits (design: Three-way, `limits`)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from helpsync.plan.changes import Loss

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.model import Address, Article, LocaleCode
    from helpsync.plan.changes import Plan


def published_locales(article: Article) -> frozenset[LocaleCode]:
    """Return the locales in which readers see the article now."""
    return frozenset(locale for locale, text in article.translations.items() if text.state == "published")


def losses_of(address: Address, article: Article, leaving: frozenset[LocaleCode]) -> list[Loss]:
    """Return what readers lose when these locales of a stored article go: the article once, or each translation."""
    before = published_locales(article)
    lost = before & leaving
    urls = {locale: article.translations[locale].url for locale in lost}
    if not lost:
        return []
    if lost == before:
        return [Loss(address, None, tuple(sorted(url for url in urls.values() if url)))]
    return [Loss(address, locale, (url,) if (url := urls[locale]) else ()) for locale in sorted(lost)]


def published_counts(articles: Iterable[Article]) -> dict[LocaleCode | None, int]:
    """Return how many managed articles readers see at all (key None) and in each locale."""
    counts: Counter[LocaleCode | None] = Counter()
    for article in articles:
        locales = published_locales(article)
        counts.update(locales)
        if locales:
            counts[None] += 1
    return dict(counts)


def beyond_limits(plan: Plan, *, share: float, floor: int, allowed: int) -> str | None:
    """Return the sentence that refuses the plan, with its numbers, or None when the plan may go on.

    Where readers see fewer than `floor` articles (or of a locale's translations), the share does not apply;
    `allowed` losses always may.
    """
    if len(plan.losses) <= allowed:
        return None
    over: list[str] = []
    by_scope: Mapping[LocaleCode | None, int] = Counter(loss.locale for loss in plan.losses)
    for scope, lost in sorted(by_scope.items(), key=lambda pair: pair[0] or ""):
        base = plan.published.get(scope, 0)
        if base >= floor and lost > share * base:
            what = "articles" if scope is None else f"{scope} translations"
            over.append(f"{lost} of {base} published {what} ({lost / base:.0%}, limit {share:.0%})")
    return f"readers would lose {' and '.join(over)}" if over else None
