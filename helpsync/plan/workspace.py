"""The workspace that a plan is for: its settings, the part of it in scope, its teammates, and what a survey counts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from helpsync.errors import ConfigError, WrongWorkspace
from helpsync.locales import LOCALES
from helpsync.model import Collection

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from helpsync.baseline import Baseline
    from helpsync.model import Address, Admin, Article, HelpCenter, LocaleCode, Remote, Severity, State
    from helpsync.plan.bodies import Bodies
    from helpsync.plan.matches import Matching

_URL_LOCALE = re.compile(r"/([A-Za-z-]+)/articles/[^/]*$")


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that a plan depends on; `overwrite` are the addresses whose remote edits may be overwritten."""

    remote: str
    base_url: str
    api_version: str = "2.9"
    author: str | None = None
    state: State = "draft"
    on_remove: Literal["unpublish", "delete", "keep"] = "unpublish"
    help_center: str | None = None
    rules: Mapping[str, Severity] = field(default_factory=dict)
    overwrite: frozenset[Address] = frozenset()


@dataclass(frozen=True)
class PlanContext:
    """What the changes are planned from: the matching, the bodies of both sides, the settings and the workspace."""

    matching: Matching
    bodies: Bodies
    policy: Policy
    remote: Remote
    default_locale: LocaleCode

    @cached_property
    def _addresses(self) -> dict[str, Address]:
        removed = self.matching.without_file.items()
        known = {record.id: address for address, record in removed if record.kind != "article"}
        return known | {
            match.remote.id: address
            for address, match in self.matching.matches.items()
            if isinstance(match.desired, Collection) and match.remote and match.remote.id
        }

    def address_of(self, identifier: str | None) -> str | None:
        """Return the address of a collection or section by its id; the id where the tree has none, None for None."""
        return None if identifier is None else self._addresses.get(identifier, identifier)


def check_workspace(baseline: Baseline, remote: Remote, policy: Policy) -> None:
    """Raise WrongWorkspace when the baseline belongs elsewhere."""
    if baseline.workspace_id == remote.workspace_id and baseline.base_url == policy.base_url:
        return
    raise WrongWorkspace(
        f"the baseline of remote {policy.remote} belongs to workspace {baseline.workspace_id} at {baseline.base_url}, "
        f"but {remote.workspace_id} at {policy.base_url} answered",
        hint="check the token and the region; a remote that moved for good needs a name of its own in helpsync.yaml",
    )


def check_help_center(remote: Remote, help_center: str | None) -> None:
    """Raise ConfigError when the workspace does not have the help center that helpsync is limited to."""
    if help_center is not None and help_center not in {brand.id for brand in remote.brands}:
        known = ", ".join(f"{brand.id} ({brand.name})" for brand in remote.brands) or "none"
        raise ConfigError(f"the workspace has no help center {help_center}", hint=f"there are: {known}")


def in_scope(center: HelpCenter, help_center: str | None, known: Container[str | None] = ()) -> HelpCenter:
    """Return the part of the workspace that `help_center` in the remote's settings limits helpsync to.

    `known` are the ids of the articles in the baseline.
    """
    if help_center is None:
        return center
    kept = {item.id for item in center.collections if item.help_center_id == help_center}
    while True:
        more = {item.id for item in center.collections if item.parent_id in kept} - kept
        if not more:
            break
        kept |= more
    return replace(
        center,
        collections=tuple(item for item in center.collections if item.id in kept),
        # An article without a parent belongs to no help center: it may be ours, with a lost record.
        articles=tuple(item for item in center.articles if item.parent_id in {*kept, None} or item.id in known),
    )


def admin_id(remote: Remote, wanted: str) -> str | None:
    """Return the id of the teammate with this id, name or e-mail address; None for none or several."""
    exact = [admin.id for admin in remote.admins if wanted in (admin.id, admin.name)]
    exact += [admin.id for admin in remote.admins if admin.email and admin.email.casefold() == wanted.casefold()]
    return exact[0] if len(set(exact)) == 1 else None


# The survey of an existing help center ------------------------------------------------------------------------------


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
        raise ConfigError(f"helpsync doesn't know the help center's default locale {theirs}")
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
