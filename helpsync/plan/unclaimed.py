"""New files and items in Intercom without a file: equal ones are adopted, likely duplicates are refused."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from helpsync.markdown import canonical_ignoring_targets, flatten_lists
from helpsync.model import Article, Collection, Label, Translation
from helpsync.plan.matches import Match, title_of
from helpsync.plan.plan import Attention
from helpsync.plan.similarity import ENOUGH, held_texts, likenesses, percent, stored_pairs, wanted_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.model import Address, Item, LocaleCode
    from helpsync.plan.matches import MatchContext, Matching
    from helpsync.plan.similarity import Likeness


_LINKED = re.compile(r"/articles/(\d+)")


def adopt_equal(fresh: Iterable[Item], matching: Matching, free: Iterable[Item], context: MatchContext) -> None:
    """Give each new item the only unclaimed remote item that equals it; refuse likely duplicates and ambiguity."""
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
    """Return the ids that stored articles link to: these links should stay valid."""
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
    """Return the URL of an item, or its title in quotes while it has none."""
    if isinstance(item, Collection):
        url = item.url
    else:
        texts = item.translations
        url = next((text.url for text in (texts.get(default_locale), *texts.values()) if text and text.url), None)
    return url or f"“{title_of(item, default_locale)}”, a draft"


def _alike(item: Item, other: Item, context: MatchContext) -> bool:
    """Return whether an unclaimed item has the same text in every locale that both have, with the default one."""
    default_locale = context.default_locale
    if default_locale not in item.texts or default_locale not in other.texts:
        return False
    for locale in item.texts.keys() & other.texts.keys():
        ours, theirs = item.texts[locale], other.texts[locale]
        if isinstance(ours, Translation) and isinstance(theirs, Translation):
            if ours.title != theirs.title:
                return False
            html, shown = context.filled(item.address or "", ours), canonical_ignoring_targets(theirs.html or "")
            # A workspace that refuses nested lists stores them as paragraphs.
            if canonical_ignoring_targets(html) != shown and (
                (flat := flatten_lists(html)) == html or canonical_ignoring_targets(flat) != shown
            ):
                return False
        elif isinstance(ours, Label) and isinstance(theirs, Label):
            described = item.kind == "section" or ours.description in (None, theirs.description or "")
            if ours.name != theirs.name or not described:
                return False
    return True


_STRONG = 0.8
"""Far more than a move needs: there a file has gone, here an article of its own is about to come."""


def refuse_twins(fresh: Iterable[Item], matching: Matching, free: Iterable[Item], context: MatchContext) -> None:
    """Refuse to create a text that an article without a file has already, word for word except a few."""
    locale = context.default_locale
    new = {
        item.address or "": item
        for item in fresh
        if isinstance(item, Article)
        and matching.matches[item.address or ""].remote is None
        and item.address not in matching.refused
    }
    taken = matching.taken()
    old = {
        item.id: item for item in free if isinstance(item, Article) and item.id and (item.kind, item.id) not in taken
    }
    if not new or not old:
        return
    found = likenesses(
        {address: wanted_pairs(item, locale) for address, item in new.items()},
        {identifier: stored_pairs(item, locale) for identifier, item in old.items()},
        held_texts(matching, set(new), locale),
    )
    twins: dict[Address, list[tuple[Likeness, str]]] = {}
    for (address, identifier), likeness in found.items():
        if likeness.share >= _STRONG and likeness.pairs >= ENOUGH:
            twins.setdefault(address, []).append((likeness, identifier))
    for address, likely in sorted(twins.items()):
        likely.sort(key=lambda twin: (-twin[0].share, twin[1]))
        best = old[likely[0][1]]
        named = ", ".join(
            f"#{identifier} {shown(old[identifier], locale)} ({percent(likeness.share)} the same)"
            for likeness, identifier in likely
        )
        message = f"likely duplicate: Intercom already has an article with this text and without a file: {named}"
        hint = (
            f"tie it to this file with `helpsync adopt {address}={best.id}`, which writes nothing to Intercom; if both "
            f"are meant to be there, give #{best.id} a file of its own, with `id: {best.id}` and `sync: false`"
        )
        matching.attention.append(Attention("conflict", address, None, message, hint=hint))
        matching.refused.add(address)
        matching.likely[address] = best
        matching.suspected |= {(old[identifier].kind, identifier) for _, identifier in likely}
