"""New files and unclaimed items of Intercom's: what equals is one, and what only looks so is refused."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from helpsync.markdown import canonical_ignoring_targets, flatten_lists
from helpsync.model import Article, Collection, Label, Translation
from helpsync.plan.matching.matches import Match, title_of
from helpsync.plan.plan import Attention

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.model import Address, Item, LocaleCode
    from helpsync.plan.matching.matches import MatchContext, Matching


_LINKED = re.compile(r"/articles/(\d+)")


def adopt_equal(fresh: Iterable[Item], matching: Matching, free: Iterable[Item], context: MatchContext) -> None:
    """Tie each new item to the one unclaimed remote item that equals it; refuse likely duplicates and ambiguity."""
    shelves: dict[tuple[str, str | None, str], list[Item]] = defaultdict(list)
    doubled: dict[Address, list[Item]] = {}
    default_locale = context.default_locale
    for item in free:
        shelves[item.kind, item.parent_id, title_of(item, default_locale)].append(item)
    for item in fresh:
        address = item.address or ""
        parent_id = matching.id_of(item.parent)
        if item.parent is not None and parent_id is None:
            matching.matches[address] = Match(item)
            continue
        shelf = shelves.get((item.kind, parent_id, title_of(item, default_locale)), [])
        equal = [other for other in shelf if _alike(item, other, context)]
        if len(equal) == 1:
            shelf.remove(equal[0])
            matching.matches[address] = Match(item, equal[0], adopted=True)
        elif not shelf:
            matching.matches[address] = Match(item)
        else:
            matching.matches[address] = Match(item)
            matching.refused.add(address)
            matching.attention.append(_likely_duplicate(address, equal or shelf, context))
            doubled[address] = equal or shelf
            matching.suspected |= {(other.kind, other.id) for other in doubled[address]}

    if doubled:
        linked = _linked(context)
        for address, others in doubled.items():
            led = [other for other in others if isinstance(other, Article) and other.id in linked]
            matching.likely |= {address: led[0]} if led else {}


def _linked(context: MatchContext) -> set[str]:
    """Return the ids that links of stored articles lead to: such a link is to go on leading there."""
    return {
        identifier
        for item in context.by_id.values()
        if isinstance(item, Article)
        for text in item.translations.values()
        for identifier in _LINKED.findall(text.html or "")
    }


def _likely_duplicate(address: Address, others: list[Item], context: MatchContext) -> Attention:
    named = ", ".join(f"#{other.id} {shown(other, context.default_locale)}" for other in others)
    title = title_of(others[0], context.default_locale)
    several = "several" if len(others) > 1 else "one"
    message = f"likely duplicate: Intercom already has {several} of this kind, title and parent: {named}"
    hint = (
        f"tie it to this file with `helpsync adopt {address}={others[0].id}`, which writes nothing to Intercom, or "
        f"choose another title than “{title}”"
    )
    return Attention("conflict", address, None, message, hint=hint)


def shown(item: Item, default_locale: LocaleCode) -> str:
    """Return where readers find an item, or its title in quotes while they do not."""
    if isinstance(item, Collection):
        url = item.url
    else:
        texts = item.translations
        url = next((text.url for text in (texts.get(default_locale), *texts.values()) if text and text.url), None)
    return url or f"“{title_of(item, default_locale)}”, a draft"


def _alike(item: Item, other: Item, context: MatchContext) -> bool:
    """Return whether an unclaimed item says the same in every locale that both have, the default one among them."""
    default_locale = context.default_locale
    if default_locale not in item.texts or default_locale not in other.texts:
        return False
    for locale in item.texts.keys() & other.texts.keys():
        ours, theirs = item.texts[locale], other.texts[locale]
        if isinstance(ours, Translation) and isinstance(theirs, Translation):
            if ours.title != theirs.title:
                return False
            html, shown = context.filled(item.address or "", ours), canonical_ignoring_targets(theirs.html or "")
            # A workspace that refuses lists in lists has them as paragraphs.
            if canonical_ignoring_targets(html) != shown and (
                (flat := flatten_lists(html)) == html or canonical_ignoring_targets(flat) != shown
            ):
                return False
        elif isinstance(ours, Label) and isinstance(theirs, Label):
            described = item.kind == "section" or ours.description in (None, theirs.description or "")
            if ours.name != theirs.name or not described:
                return False
    return True
