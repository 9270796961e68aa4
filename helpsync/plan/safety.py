"""What readers would lose, and whether that is within the limits (design: Three-way, `limits`)."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from helpsync.markdown import shows_nothing
from helpsync.plan.changes import Loss

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.model import Address, Article, LocaleCode, Translation
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


def blanked(article: Article, desired: Article, sends: Mapping[LocaleCode, frozenset[str]]) -> frozenset[LocaleCode]:
    """Return the locales of a stored article that show something now but nothing once these bodies are sent."""
    return frozenset(
        locale
        for locale, names in sends.items()
        if "body" in names
        and shows_nothing(_body(desired.translations[locale]))
        and locale in article.translations
        and not shows_nothing(_body(article.translations[locale]))
    )


def _body(text: Translation) -> str:
    return (text.body.html if text.body else text.html) or ""


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

    Where readers see fewer than `floor` articles (or of a locale's translations), the share does not apply, but for a
    tree that has no article left: it may have vanished, as a folder that is not mounted does. `allowed` is how many
    losses may go whatever the share: all of the plan's, or the share is held against all of them.
    """
    if len(plan.losses) <= allowed:
        return None
    over: list[str] = []
    # As it is written: 29% of 100 are 29, which floating point misses.
    limit = Fraction(share).limit_denominator(1_000_000)
    by_scope: Mapping[LocaleCode | None, int] = Counter(loss.locale for loss in plan.losses)
    for scope, lost in sorted(by_scope.items(), key=lambda pair: pair[0] or ""):
        base = plan.published.get(scope, 0)
        what = "articles" if scope is None else f"{scope} translations"
        if base >= floor and lost > limit * base:
            over.append(f"{lost} of {base} published {what} ({_shares(lost, base, share)})")
        elif plan.emptied and lost > 1 and lost > limit * base:
            over.append(f"{lost} of {base} published {what}, of which the content tree has none left")
    return f"readers would lose {' and '.join(over)}" if over else None


def _shares(lost: int, base: int, limit: float) -> str:
    """Return both shares in percent, with as many decimals as it takes to tell them apart: 30.4% is more than 30%."""
    allowed = f"{100 * limit:g}%"
    said = (f"{lost / base:.{decimals}%}" for decimals in range(4))
    share = next((text for text in said if float(text[:-1]) > 100 * limit), f"{lost / base:%}")
    return f"{share}, limit {allowed}"
