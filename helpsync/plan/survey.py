"""Counts what an existing help center has, for a project that starts from it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpsync.errors import ConfigError
from helpsync.locales import LOCALES
from helpsync.plan.context import admin_id, check_help_center, in_scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.model import Admin, Article, HelpCenter, LocaleCode, Remote

_URL_LOCALE = re.compile(r"/([A-Za-z-]+)/articles/[^/]*$")


@dataclass(frozen=True, slots=True)
class Survey:
    """The counts of the part of a workspace that is to be managed.

    `named`: Intercom named the default locale, itself or in its URLs. `locales` counts articles per locale, the default
    one first, then the most used; `unknown` are locales that helpsync does not know. `authors` counts articles per
    teammate, by a valid `author:`, the busiest first; `author` is a suggestion for new articles, None without a clear
    one.
    """

    default_locale: LocaleCode
    named: bool
    locales: Mapping[LocaleCode, int]
    unknown: tuple[str, ...]
    authors: Mapping[str, int]
    author: str | None
    articles: int
    drafts: int
    collections: int
    sections: int

    @property
    def empty(self) -> bool:
        """Whether there is nothing to start from."""
        return not (self.articles or self.collections or self.sections)


def survey(remote: Remote, help_center: str | None, *, default_locale: LocaleCode | None = None) -> Survey:
    """Return the counts of a help center, or of all for None.

    `remote` was read with an empty default locale, so that a locale that no reply names stays empty. `default_locale`
    counts where Intercom does not name one. Raises ConfigError where Intercom names another or an unknown one, and when
    the workspace has no such help center.
    """
    check_help_center(remote, help_center)
    scope = in_scope(remote.help_center, help_center)
    theirs = _default_locale(scope)
    if theirs and theirs not in LOCALES:
        raise ConfigError(f"the help center's default locale {theirs} is none that helpsync knows")
    if theirs and default_locale and theirs != default_locale:
        raise ConfigError(
            f"the help center's default locale is {theirs}, not {default_locale}",
            hint="leave out --default-locale, or change it in Intercom's settings",
        )
    default = theirs or default_locale or "en"
    locales = Counter(
        code for article in scope.articles for code in {locale or default for locale in article.translations}
    )
    locales.update({code or default: 0 for item in scope.collections for code in item.labels})
    authors = _authors(scope, remote)
    sections = sum(item.kind == "section" for item in scope.collections)
    return Survey(
        default_locale=default,
        named=bool(theirs),
        locales=MappingProxyType(
            {default: locales.pop(default, 0)} | {code: locales[code] for code in _busiest(locales) if code in LOCALES}
        ),
        unknown=tuple(sorted(locales.keys() - LOCALES.keys())),
        authors=MappingProxyType(authors),
        author=next(iter(authors), _called(remote.admins[0], remote) if len(remote.admins) == 1 else None),
        articles=len(scope.articles),
        drafts=sum(_is_draft(article) for article in scope.articles),
        collections=len(scope.collections) - sections,
        sections=sections,
    )


def articles_of(remote: Remote) -> Mapping[str, int]:
    """Return how many articles are in the collections of each help center, by its id."""
    return {
        brand.id: sum(article.parent_id is not None for article in in_scope(remote.help_center, brand.id).articles)
        for brand in remote.brands
    }


def _default_locale(scope: HelpCenter) -> str | None:
    """Return the default locale that replies name, else the one in the URLs of published articles.

    A help center in one language names none.
    """
    if scope.default_locale:
        return scope.default_locale
    urls = (article.translations[""].url or "" for article in scope.articles if "" in article.translations)
    shown = Counter(found[1] for url in urls if (found := _URL_LOCALE.search(url)) and found[1] in LOCALES)
    return _busiest(shown)[0] if shown else None


def _authors(scope: HelpCenter, remote: Remote) -> dict[str, int]:
    default = scope.default_locale
    counts = Counter(
        text.author for article in scope.articles if (text := article.translations.get(default)) and text.author
    )
    known = {admin.id: _called(admin, remote) for admin in remote.admins}
    return {known[author]: counts[author] for author in _busiest(counts) if author in known}


def _called(admin: Admin, remote: Remote) -> str:
    """Return the e-mail address of a teammate, else the name, else the id: the first that is unique."""
    for name in (admin.email, admin.name):
        if name and name.isprintable() and name == name.strip() and admin_id(remote, name) == admin.id:
            return name
    return admin.id


def _is_draft(article: Article) -> bool:
    return all(text.state == "draft" for text in article.translations.values())


def _busiest(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda name: (-counts[name], len(name), name))
