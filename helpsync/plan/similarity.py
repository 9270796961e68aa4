"""Recognises articles whose files moved with most of their content, and collections whose folders were renamed.

Texts are compared by pairs of neighbouring words. Single words would make any two articles of one help center similar,
and longer runs would lose too much to each edit. Pairs that also appear in other articles, such as a template, are
ignored. For a removed article, Intercom's text counts; a collection is recognised by the articles that moved with it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from math import lcm
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from helpsync.baseline import Record, digest
from helpsync.markdown import body_words, stable_html
from helpsync.model import Article, Collection, FormerBody, Translation
from helpsync.plan.matches import Match, folded, last_segment, title_of, trade, whole_trades
from helpsync.plan.plan import Attention

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from helpsync.model import Address, Item, LocaleCode
    from helpsync.plan.matches import MatchContext, Matching

HALF = 1 / 2
"""A file is the same one when at least half of the longer text stays: git's own measure of a renamed file."""

THIRD = 1 / 3
"""What is enough where two other things say so too, such as the title and the file's name."""

ENOUGH = 8
"""So many pairs of words, about a sentence, must stay where nothing else says that it is the same article."""

FEW = 3
"""So many must stay at least, whatever else says so: two words tell nothing."""

CLEAR = 0.1
"""By so much the best candidate must be ahead of the next one."""

_MOST = 20
"""A pair of words that more texts have on either side tells nothing, and the time that it takes stays linear."""

_UNIT = lcm(*range(1, _MOST + 1))
"""Weights are whole numbers, so that sums are the same in whatever order they are made."""

Pairs: TypeAlias = "frozenset[tuple[str, ...]]"
New = TypeVar("New", bound="Hashable")
Old = TypeVar("Old", bound="Hashable")


class Likeness(NamedTuple):
    """How much of the longer of two texts is in both (0 to 1), and how many pairs of words that is."""

    share: float
    pairs: float


def pairs_of(words: Sequence[str]) -> Pairs:
    """Return the pairs of neighbouring words; a text of one word gives that word."""
    return frozenset(pairwise(words)) or frozenset((word,) for word in words)


def alike(one: Pairs, other: Pairs) -> float:
    """Return how much of the longer text is in both, counting every pair; 1 for equal texts."""
    longer = max(len(one), len(other))
    return len(one & other) / longer if longer else 1.0


def likenesses(
    new: Mapping[New, Pairs], old: Mapping[Old, Pairs], others: Iterable[Pairs] = ()
) -> dict[tuple[New, Old], Likeness]:
    """Return how similar each new text is to each old one, where they share pairs that none of the `others` has.

    A pair in several new texts, or in several old ones, counts in part for each.
    """
    known = frozenset().union(*new.values(), *old.values())
    common: set[tuple[str, ...]] = set()
    for other in others:
        common |= known & other
    news, olds = _holders(new, common), _holders(old, common)
    weights = {}
    for pair in {*news, *olds}:
        most = max(len(news.get(pair, ())), len(olds.get(pair, ())))
        weights[pair] = _UNIT // most if most <= _MOST else 0
    shared: dict[tuple[New, Old], int] = defaultdict(int)
    for pair, weight in weights.items():
        if weight and pair in news and pair in olds:
            for name in news[pair]:
                for place in olds[pair]:
                    shared[name, place] += weight
    whole_new = {name: sum(weights.get(pair, 0) for pair in pairs) for name, pairs in new.items()}
    whole_old = {name: sum(weights.get(pair, 0) for pair in pairs) for name, pairs in old.items()}
    return {
        (name, place): Likeness(weight / max(whole_new[name], whole_old[place]), weight / _UNIT)
        for (name, place), weight in shared.items()
    }


_Name = TypeVar("_Name", bound="Hashable")


def _holders(texts: Mapping[_Name, Pairs], common: set[tuple[str, ...]]) -> dict[tuple[str, ...], list[_Name]]:
    holders: dict[tuple[str, ...], list[_Name]] = defaultdict(list)
    for name, pairs in texts.items():
        for pair in pairs - common:
            holders[pair].append(name)
    return holders


def decided(scores: Mapping[tuple[New, Old], float]) -> tuple[dict[New, Old], set[tuple[New, Old]]]:
    """Return which new text is which old one where each is clearly the other's best, and the undecided pairs.

    No new and no old text appears twice. Decided pairs no longer compete with the others.
    """
    left = dict(scores)
    found: dict[New, Old] = {}
    while True:
        clear_old, clear_new = _clear(left), _clear({(old, new): score for (new, old), score in left.items()})
        agreed = {new: old for new, old in clear_old.items() if clear_new.get(old) == new}
        if not agreed:
            return found, set(left)
        found |= agreed
        taken = set(agreed.values())
        left = {(new, old): score for (new, old), score in left.items() if new not in agreed and old not in taken}


def _clear(scores: Mapping[tuple[New, Old], float]) -> dict[New, Old]:
    best: dict[New, tuple[float, Old]] = {}
    second: dict[New, float] = {}
    for (new, old), score in scores.items():
        if new not in best or score > best[new][0]:
            if new in best:
                second[new] = best[new][0]
            best[new] = (score, old)
        else:
            second[new] = max(second.get(new, 0.0), score)
    # Sums of tenths are not exact.
    return {new: old for new, (score, old) in best.items() if score - second.get(new, -1.0) > CLEAR - 1e-9}


def percent(share: float) -> str:
    """Return a share for people, rounded down: ``87%``."""
    return f"{int(share * 100 + 1e-9)}%"


# Articles and collections ------------------------------------------------------------------------------------------

_NOTHING = Likeness(0.0, 0)

_BONUS = {"name": 0.15, "title": 0.1, "translation": 0.1}
"""What counts besides the text where one article could be several: a name is one of its folder, a title need not be."""


def same_articles(
    fresh: Sequence[Article],
    live: Mapping[Address, Match],
    gone: Mapping[Address, Record],
    matching: Matching,
    context: MatchContext,
) -> list[Item]:
    """Give new addresses the records whose text they mostly have, and refuse ambiguous ones.

    `live` are addresses whose file changed: one that lost its article's text may have traded it. Returns the files that
    stay without a record, because their article moved on to the next address.
    """
    locale = context.default_locale
    rewritten = _rewritten(live, matching, context)
    items: dict[Address, Item] = {item.address or "": item for item in fresh}
    items |= {address: match.desired for address, match in rewritten.items()}
    records = {**gone, **{address: match.record for address, match in rewritten.items() if match.record}}
    stored = {a: held for a, r in records.items() if (held := context.by_id.get((r.kind, r.id))) is not None}
    if not items or not stored:
        return []
    new = {address: wanted_pairs(item, locale) for address, item in items.items()}
    old = {address: stored_pairs(item, locale) for address, item in stored.items()}
    found = likenesses(new, old, held_texts(matching, set(rewritten), locale))
    known = {place for (_, place), likeness in found.items() if likeness.share >= HALF}
    pushed = {
        a: text for a in {*stored} - known if (text := _pushed_pairs(a, records[a], stored[a], context)) is not None
    }
    if pushed:
        # An article that a teammate rewrote still belongs to the file that was last pushed.
        before = likenesses(new, {**old, **pushed}, held_texts(matching, set(rewritten), locale))
        found |= {pair: likeness for pair, likeness in before.items() if likeness > found.get(pair, _NOTHING)}
    equal = {pair for pair in _same_in_name(items, stored, locale) if new[pair[0]] == old[pair[1]]}
    found = {pair: Likeness(1.0, 0) for pair in equal} | found
    frequent = _frequent([*matching.matches, *items], [*records, *(c.previous for c in matching.matches.values())])
    scores = {}
    for (name, place), likeness in found.items():
        signs = _signs(items[name], place, records[place], stored[place], locale)
        if last_segment(name) in frequent and (name, place) not in equal:
            signs.discard("name")
        if name == place or (name, place) in equal or _is_same(likeness, signs):
            scores[name, place] = likeness.share + sum(_BONUS[sign] for sign in signs)
    renamed = frozenset(a for a, c in rewritten.items() if not _has_title_of(c, locale))
    moved, undecided = _whole(scores, set(rewritten), renamed)
    left = trade(moved, items, records, matching, context, {pair: found[pair].share for pair in moved.items()})
    best = _refuse({pair: found[pair].share for pair in undecided}, items, records, matching)
    matching.likely |= {name: held for name, place in best.items() if isinstance(held := stored[place], Article)}
    return left


def _rewritten(live: Mapping[Address, Match], matching: Matching, context: MatchContext) -> dict[Address, Match]:
    """Return the matches whose file lost its article's text, or has the title of another match's article."""
    locale = context.default_locale
    own = _own_shares(live, matching, context)
    titles = {folded(title_of(match.remote, locale)): address for address, match in live.items() if match.remote}
    return {
        address: match
        for address, match in live.items()
        if own[address] < HALF or titles.get(folded(title_of(match.desired, locale)), address) != address
    }


def _own_shares(live: Mapping[Address, Match], matching: Matching, context: MatchContext) -> dict[Address, float]:
    """Return how much of its article's text each file still has; text that many files have counts in part."""
    locale = context.default_locale
    new = {address: wanted_pairs(match.desired, locale) for address, match in live.items()}
    old = {address: stored_pairs(match.remote, locale) for address, match in live.items()}
    found = likenesses(new, old, held_texts(matching, set(live), locale))
    every = {address: alike(new[address], old[address]) for address in live}
    return {
        address: min(every[address], found[address, address].share) if (address, address) in found else every[address]
        for address in live
    }


def _has_title_of(match: Match, locale: LocaleCode) -> bool:
    return match.remote is not None and folded(title_of(match.desired, locale)) == folded(
        title_of(match.remote, locale)
    )


def others_now(changed: Mapping[Address, Match], matching: Matching, context: MatchContext) -> frozenset[Address]:
    """Return the addresses whose file is another article by now: with another title and hardly a word of its own.

    A copy made before an edit does not count: the edited file stays the article.
    """
    locale = context.default_locale
    renamed = {
        address: match
        for address, match in changed.items()
        if isinstance(match.desired, Article) and not _has_title_of(match, locale)
    }
    own = _own_shares(renamed, matching, context) if renamed else {}
    return frozenset(address for address, share in own.items() if share < HALF)


def _frequent(new: Iterable[Address], old: Iterable[Address | None]) -> set[str]:
    """Return the file names that several files or articles have: they identify nothing."""
    counts = [Counter(last_segment(address) for address in {*side} if address) for side in (new, old)]
    return {name for count in counts for name, times in count.items() if times > 1}


def wanted_pairs(item: Item | None, locale: LocaleCode) -> Pairs:
    """Return the word pairs of an item of the tree: those of its text in the default locale."""
    text = item.texts.get(locale) if item else None
    return pairs_of(body_words(text.body.html if isinstance(text, Translation) and text.body else ""))


def stored_pairs(item: Item | None, locale: LocaleCode) -> Pairs:
    """Return the word pairs of an item of Intercom: those of its text in the default locale."""
    text = item.texts.get(locale) if item else None
    return pairs_of(body_words(text.html or "" if isinstance(text, Translation) else ""))


def _pushed_pairs(address: Address, record: Record, stored: Item, context: MatchContext) -> Pairs | None:
    """Return the word pairs as last pushed where Intercom's text differs by now, None where they are not available."""
    locale = context.default_locale
    known, now = record.locales.get(locale), stored.texts.get(locale)
    if (
        not known
        or not known.blob
        or not isinstance(now, Translation)
        or known.stored_digest == digest(stable_html(now.html or ""))
    ):
        return None
    text = context.past((address, locale), known.blob, FormerBody())
    return pairs_of(body_words(text.body.html)) if isinstance(text, Translation) and text.body else None


def held_texts(matching: Matching, without: set[Address], locale: LocaleCode) -> Iterator[Pairs]:
    """Yield the texts of all articles that keep their addresses, of both sides where the file changed."""
    for address, match in matching.matches.items():
        if address in without or not isinstance(match.desired, Article) or match.remote is None:
            continue
        yield stored_pairs(match.remote, locale)
        text, record = match.desired.texts.get(locale), match.record.locales.get(locale) if match.record else None
        if text and text.source and (record is None or record.blob != text.source.blob):
            yield wanted_pairs(match.desired, locale)


def _same_in_name(
    items: Mapping[Address, Item], stored: Mapping[Address, Item], locale: LocaleCode
) -> Iterator[tuple[Address, Address]]:
    """Yield the pairs with the same titles and file names: for texts that many articles have, only names decide."""
    places: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for place, item in stored.items():
        places[folded(title_of(item, locale)), last_segment(place)].append(place)
    for name, item in items.items():
        found = places.get((folded(title_of(item, locale)), last_segment(name)), [])
        if len(found) == 1:
            yield name, found[0]


def _signs(item: Item, place: Address, record: Record, stored: Item, locale: LocaleCode) -> set[str]:
    """Return what besides the text says that an item belongs to the record: ``name``, ``title``, ``translation``."""
    signs = set()
    if last_segment(item.address or "") == last_segment(place):
        signs.add("name")
    title = title_of(item, locale)
    main = record.locales.get(locale)
    sent = (main.pushed.get("title") or main.pushed.get("name")) if main else None
    if folded(title) == folded(title_of(stored, locale)) or sent == digest(title):
        signs.add("title")
    for code, text in item.texts.items():
        known = record.locales.get(code)
        if code != locale and text.source and known and known.blob == text.source.blob:
            signs.add("translation")
    return signs


def _is_same(likeness: Likeness, signs: set[str]) -> bool:
    if likeness.pairs < (FEW if signs else ENOUGH):
        return False
    return likeness.share >= (THIRD if len(signs) > 1 else HALF)


def _whole(
    scores: Mapping[tuple[Address, Address], float], live: set[Address], renamed: frozenset[Address]
) -> tuple[dict[Address, Address], set[tuple[Address, Address]]]:
    """Return the decided pairs, and the undecided ones of files without records and records without files.

    Trades that can't be completed are dropped: their files keep the records of their addresses, and the rest is decided
    again. Where files moved on in a row, the first address may have a new file, if that is one of the `renamed`.
    """
    while True:
        found, undecided = decided(scores)
        leaving = renamed & {old for new, old in found.items() if new in live and new != old} - set(found)
        whole = whole_trades(found, live, leaving)
        if whole == {new: old for new, old in found.items() if new != old}:
            left = {pair for pair in undecided if not live & set(pair)}
            return whole, left
        stay = {address for address in live if address not in whole and address not in leaving & {*whole.values()}}
        scores = {pair: score for pair, score in scores.items() if not stay & set(pair)}
        live = live - stay


def _refuse(
    shares: Mapping[tuple[Address, Address], float],
    items: Mapping[Address, Item],
    records: Mapping[Address, Record],
    matching: Matching,
) -> dict[Address, Address]:
    """Leave ambiguous files alone: nothing is created, removed or unpublished until somebody decides.

    Returns the best candidate of each new address.
    """
    best: dict[Address, Address] = {}
    by_new: dict[Address, dict[Address, float]] = defaultdict(dict)
    by_old: dict[Address, dict[Address, float]] = defaultdict(dict)
    for (new, old), share in shares.items():
        by_new[new][old] = by_old[old][new] = share
    for new in sorted(by_new):
        places = _by_share(by_new[new])
        best[new] = places[0][0]
        first = records[best[new]]
        listed = ", ".join(f"{old} #{records[old].id} ({percent(share)} the same)" for old, share in places)
        rivals = sorted({name for place, _ in places for name in by_old[place]} - {new})
        also = f"; so could {', '.join(rivals)}" if rivals else ""
        hint = (
            f"say which it is: `id: {first.id}` in the frontmatter, or `helpsync adopt {new}={first.id}`; if it is a "
            "new one, push once without it first"
        )
        message = f"moved and changed, or new? it could be {listed}{also}"
        matching.attention.append(Attention("conflict", new, None, message, hint=hint))
        matching.refused.add(new)
        matching.matches[new] = Match(items[new])
    for old in sorted(by_old):
        names = _by_share(by_old[old])
        listed = ", ".join(f"{new} ({percent(share)} the same)" for new, share in names)
        message = f"removed, or moved? it could be {listed}; left as it is until that is decided"
        known = records[old].id
        hint = f"give the file that it is `id: {known}`, or run `helpsync adopt {names[0][0]}={known}`"
        matching.attention.append(Attention("conflict", old, known, message, hint=hint))
        matching.gone.pop(old, None)
    return best


def _by_share(shares: Mapping[Address, float]) -> list[tuple[Address, float]]:
    return sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))


def same_groups(fresh: list[Item], matching: Matching, context: MatchContext) -> list[Item]:
    """Give renamed folders their collections by the articles that moved with them; return the items that stay new."""
    groups: dict[Address, Item] = {item.address or "": item for item in fresh if isinstance(item, Collection)}
    taken = set(matching.replaced) | set(matching.replaced.values())
    groups = {address: item for address, item in groups.items() if address not in taken}
    records = {a: r for a, r in matching.gone.items() if r.kind != "article" and a not in taken}
    stored = {a: found for a, r in records.items() if (found := context.by_id.get((r.kind, r.id))) is not None}
    if not groups or not stored:
        return fresh
    locale = context.default_locale
    new_articles = [item.address or "" for item in fresh if isinstance(item, Article)]
    shares = _shares_of_articles(groups, stored, new_articles, matching, context)
    scores = {}
    for new, item in groups.items():
        for old, found in stored.items():
            signs = _signs(item, old, records[old], found, locale)
            share = shares.get((new, old))
            if share is None:
                if "title" not in signs:
                    continue
                share = shares[new, old] = alike(_label(item, locale), _label(found, locale))
                if share < THIRD:
                    continue
            elif share < (THIRD if signs else HALF):
                continue
            scores[new, old] = share + sum(_BONUS[sign] for sign in signs)
    alike_in_kind = {(new, old): s for (new, old), s in scores.items() if groups[new].kind == records[old].kind}
    moved, undecided = decided(alike_in_kind)
    trade(moved, groups, records, matching, context, shares)
    _refuse({pair: shares[pair] for pair in undecided}, groups, records, matching)
    others = {
        (new, old): score
        for (new, old), score in scores.items()
        if (new, old) not in alike_in_kind and new not in matching.matches and old in matching.gone
    }
    # With another kind it is created again, filled, and the old one deleted: Intercom can't convert one into the other.
    matching.replaced |= {old: new for new, old in decided(others)[0].items()}
    return [item for item in fresh if item.address not in matching.matches]


def _label(item: Item, locale: LocaleCode) -> Pairs:
    text = item.texts.get(locale)
    if text is None or isinstance(text, Translation):
        return frozenset()
    return frozenset((word,) for word in body_words(f"{text.name} {text.description or ''}"))


def _shares_of_articles(
    groups: Mapping[Address, Item],
    stored: Mapping[Address, Item],
    new_articles: Iterable[Address],
    matching: Matching,
    context: MatchContext,
) -> dict[tuple[Address, Address], float]:
    """Return, for each pair of folders, the share of the larger one's articles that moved from one to the other."""
    were = _within(stored, (a for a, r in context.baseline.records.items() if r.kind == "article" and not r.removed))
    known = [address for address, match in matching.matches.items() if isinstance(match.desired, Article)]
    are = _within(groups, {*known, *new_articles})
    arrived: Counter[tuple[Address, Address]] = Counter()
    for address, match in matching.matches.items():
        if match.previous is None or not isinstance(match.desired, Article):
            continue
        for new in _folders(address, groups):
            arrived.update((new, old) for old in _folders(match.previous, stored))
    return {
        (new, old): arrived[new, old] / max(are[new], were[old])
        for new in groups
        for old in stored
        if were[old] and are[new]
    }


def _folders(address: Address, known: Mapping[Address, Item]) -> Iterator[Address]:
    parts = address.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        folder = "".join(f"{part}/" for part in parts[:end])
        if folder in known:
            yield folder


def _within(folders: Mapping[Address, Item], articles: Iterable[Address]) -> Counter[Address]:
    return Counter(folder for address in articles for folder in _folders(address, folders))
