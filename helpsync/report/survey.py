"""What a survey of a help center found, as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.report.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpsync.model import Brand, Remote
    from helpsync.plan import Survey

_MANY = 5


def survey_lines(found: Survey, remote: Remote, help_center: str | None, *, where: str) -> Iterator[str]:
    """Yield the counts of items, locales and authors; `where` says where the workspace is."""
    yield f"workspace {plain(remote.workspace_id)} {where}"
    for brand in remote.brands:
        if help_center in (None, brand.id):
            yield f"    help center: {brand_line(brand)}"
    drafts = f" ({_count(found.drafts, 'draft')})" if found.drafts else ""
    groups = f"{_count(found.collections, 'collection')}, {_count(found.sections, 'section')}"
    yield f"    {_count(found.articles, 'article')}{drafts}, {groups}"
    yield f"    default locale: {found.default_locale}" + ("" if found.named else ", as Intercom names none")
    if len(found.locales) > 1:
        yield f"    articles per locale: {_counts(found.locales, len(found.locales))}"
    if found.unknown:
        yield f"    locales that helpsync does not know, left out: {', '.join(map(plain, found.unknown))}"
    if found.authors:
        yield f"    articles per author: {_counts(found.authors, _MANY)}"


def brand_line(brand: Brand) -> str:
    """Return a help center as people know it: id, name and address."""
    return f"{plain(brand.id)} “{plain(brand.name)}”" + (f", {plain(brand.url)}" if brand.url else "")


def _counts(counts: Mapping[str, int], most: int) -> str:
    said = [f"{plain(name)} {count}" for name, count in counts.items()]
    more = len(said) - most
    return ", ".join(said[:most]) + (f" and {more} more" if more > 0 else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
