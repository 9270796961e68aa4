"""What teammates do in Intercom while others push: each edit leaves a mark that must not be lost by accident."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from journey_site import Site
    from wanted_tree import Wanted

Place: TypeAlias = "tuple[int, str]"

_OWNER = re.compile(r"\b(?P<locale>en|fr)(?P<number>\d+)x0\b")


def owner(article: Any) -> int | None:
    """Return the number of the article of the tree whose words these are, None for nobody's."""
    for block in article["translated_content"].values():
        found = _OWNER.search(block["body"] or "") if isinstance(block, dict) else None
        if found:
            return int(found["number"])
    return None


def published(site: Site) -> Counter[int]:
    """Return how many articles readers see with each number's words."""
    seen = (owner(article) for article in site.sandbox.articles() if article["state"] == "published")
    return Counter(number for number in seen if number is not None)


def ids(site: Site) -> dict[int, set[str]]:
    """Return the ids of all articles, drafts too, by the number whose words they have."""
    found: dict[int, set[str]] = {}
    for article in site.sandbox.articles():
        number = owner(article)
        if number is not None:
            found.setdefault(number, set()).add(article["id"])
    return found


@dataclass
class ByHand:
    """The edits by hand that nobody has decided against: field → value, per article and locale."""

    marks: dict[Place, dict[str, str]] = field(default_factory=dict)
    count: int = 0

    def edit(self, site: Site, number: int, locale: str, what: str) -> bool:
        """Edit the published article in Intercom; return whether there was one to edit."""
        for article in site.sandbox.articles():
            block = article["translated_content"].get(locale)
            if owner(article) != number or article["state"] != "published" or not block:
                continue
            self.count += 1
            mark = f"By hand {self.count}"
            if what == "body":
                site.sandbox.edit_article(
                    article["id"], locale, body=f'{block["body"]}<p class="no-margin">{mark}.</p>'
                )
            elif what == "title":
                site.sandbox.edit_article(article["id"], locale, title=mark)
            else:
                site.sandbox.edit_article(article["id"], locale, description=mark)
            marks = self.marks.setdefault((number, locale), {})
            marks[what] = f"{marks[what]}|{mark}" if what == "body" and what in marks else mark
            return True
        return False

    def forget(self, wanted: Wanted) -> None:
        """Drop the marks of what has left the tree: taking a text out of it decides over all that it says."""
        self.marks = {
            (number, locale): marks
            for (number, locale), marks in self.marks.items()
            if number in wanted.articles and locale in wanted.articles[number].texts
        }

    def lost(self, site: Site) -> list[str]:
        """Return the marks that are no longer in Intercom."""
        shown: dict[Place, str] = {}
        for article in site.sandbox.articles():
            number = owner(article)
            for locale, block in article["translated_content"].items():
                if number is not None and isinstance(block, dict):
                    text = f"{block['title']}|{block['description']}|{block['body']}|"
                    shown[number, locale] = shown.get((number, locale), "") + text
        return [
            f"{place} {what}: {mark}"
            for place, marks in self.marks.items()
            for what, value in marks.items()
            for mark in value.split("|")
            if not re.search(rf"{mark}\b", shown.get(place, ""))
        ]

    def taken_home(self, wanted: Wanted) -> Wanted:
        """Return the tree with all edits by hand brought into its files."""
        articles = dict(wanted.articles)
        for (number, locale), marks in self.marks.items():
            piece = articles[number]
            text = piece.texts[locale]
            paragraphs = [f"{mark}." for mark in marks.get("body", "").split("|") if mark]
            text = replace(
                text,
                title=marks.get("title", text.title),
                description=marks.get("description", text.description),
                more=tuple(dict.fromkeys((*text.more, *paragraphs))),
            )
            articles[number] = replace(piece, texts={**piece.texts, locale: text})
        return replace(wanted, articles=articles)
