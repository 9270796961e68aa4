"""What teammates do in Intercom while others push: each edit leaves a mark that must not be lost by accident."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from wanted_tree import Text

if TYPE_CHECKING:
    from journey_site import Site
    from wanted_tree import Wanted

Place: TypeAlias = "tuple[int, str]"

ADDED = "added"
"""Marks a translation that only Intercom has: no file decides over it."""

_OWNER = re.compile(r"\b(?P<locale>en|fr)(?P<number>\d+)x0\b")


def owner(article: Any) -> int | None:
    """Return the number of the article of the tree whose words these are, None for nobody's."""
    for block in article["translated_content"].values():
        found = _OWNER.search(block["body"] or "") if isinstance(block, dict) else None
        if found:
            return int(found["number"])
    return None


def _published(site: Site, number: int) -> Any:
    found = (item for item in site.sandbox.articles() if owner(item) == number and item["state"] == "published")
    return next(found, None)


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
    """The edits by hand that nobody has decided against: field → value, per article and locale.

    `moved` is the group that an article was in when both sides last agreed, and the one that it was moved to.
    """

    marks: dict[Place, dict[str, str]] = field(default_factory=dict)
    moved: dict[int, tuple[str, str]] = field(default_factory=dict)
    count: int = 0

    def edit(self, site: Site, number: int, locale: str, what: str) -> bool:
        """Edit the published article in Intercom; return whether there was one to edit."""
        article = _published(site, number)
        block = article["translated_content"].get(locale) if article else None
        if not block or block["state"] != "published":
            return False
        self.count += 1
        mark = f"By hand {self.count}"
        value = f'{block["body"]}<p class="no-margin">{mark}.</p>' if what == "body" else mark
        site.sandbox.edit_article(article["id"], locale, **{what: value})
        marks = self.marks.setdefault((number, locale), {})
        marks[what] = f"{marks[what]}|{mark}" if what == "body" and what in marks else mark
        return True

    def translate(self, site: Site, number: int) -> None:
        """Translate the published article to French in Intercom, where it is not yet."""
        article = _published(site, number)
        if article and not article["translated_content"].get("fr"):
            self.count += 1
            mark = f"By hand {self.count}"
            body = f'<p class="no-margin">fr{number}x0</p><p class="no-margin">{mark}.</p>'
            site.sandbox.add_translation(article["id"], "fr", title=mark, body=body)
            self.marks[number, "fr"] = {"body": mark, "title": mark, ADDED: ""}

    def move(self, site: Site, number: int, position: int) -> None:
        """Move the published article to another collection or section in Intercom."""
        article = _published(site, number)
        groups = [item for kind in ("collection", "section") for item in site.sandbox.groups(kind)]
        others = sorted(item["id"] for item in groups if article and item["id"] != str(article["parent_id"]))
        if article and others:
            group = others[position % len(others)]
            site.sandbox.move_article(article["id"], group)
            home, _ = self.moved.pop(number, (str(article["parent_id"]), ""))
            if group != home:
                self.moved[number] = home, group

    def delete(self, site: Site, number: int) -> None:
        """Delete the published article in Intercom, with all that was edited in it."""
        article = _published(site, number)
        if article:
            site.sandbox.delete_article(article["id"])
            self.marks = {place: marks for place, marks in self.marks.items() if place[0] != number}
            self.moved.pop(number, None)

    def forget(self, wanted: Wanted) -> None:
        """Drop the marks of what has left the tree: taking a text out of it decides over all that it says."""
        self.marks = {
            (number, locale): marks
            for (number, locale), marks in self.marks.items()
            if number in wanted.articles and (ADDED in marks or locale in wanted.articles[number].texts)
        }
        self.moved = {number: group for number, group in self.moved.items() if number in wanted.articles}

    def lost(self, site: Site) -> list[str]:
        """Return the marks that are no longer in Intercom."""
        shown: dict[Place, str] = {}
        for article in site.sandbox.articles():
            number = owner(article)
            for locale, block in article["translated_content"].items():
                if number is not None and isinstance(block, dict):
                    text = f"{block['title']}|{block['description']}|{block['body']}|"
                    shown[number, locale] = shown.get((number, locale), "") + text
        lost = [
            f"{place} {what}: {mark}"
            for place, marks in self.marks.items()
            for what, value in marks.items()
            for mark in value.split("|")
            if not re.search(rf"{mark}\b", shown.get(place, ""))
        ]
        parents = {owner(article): str(article["parent_id"]) for article in site.sandbox.articles()}
        return lost + [
            f"{number} moved to {group}" for number, (_, group) in self.moved.items() if parents.get(number) != group
        ]

    def agree(self, site: Site, wanted: Wanted) -> None:
        """Drop the moves that writers made in the tree too: where they move the article next is theirs to say."""
        names = {item["id"]: item["name"] for kind in ("collection", "section") for item in site.sandbox.groups(kind)}
        tops = {item["id"]: str(item["parent_id"]) for item in site.sandbox.groups("section")}
        for number, (_, group) in list(self.moved.items()):
            top, sub = wanted.articles[number].folder
            place = (wanted.label((top, "")), wanted.label((top, sub)) if sub else "")
            there = (names[tops[group]], names[group]) if group in tops else (names.get(group), "")
            if place == there:
                del self.moved[number]

    def taken_home(self, wanted: Wanted) -> Wanted:
        """Return the tree with all edits by hand brought into its files."""
        articles = dict(wanted.articles)
        for (number, locale), marks in self.marks.items():
            piece = articles[number]
            text = piece.texts.get(locale) or Text(marks["title"])
            paragraphs = [f"{mark}." for mark in marks.get("body", "").split("|") if mark]
            text = replace(
                text,
                title=marks.get("title", text.title),
                description=marks.get("description", text.description),
                more=tuple(dict.fromkeys((*text.more, *paragraphs))),
            )
            articles[number] = replace(piece, texts={**piece.texts, locale: text})
        return replace(wanted, articles=articles)
