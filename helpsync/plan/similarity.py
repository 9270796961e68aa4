"""Recognises articles whose files moved with most of their content, and collections whose folders were renamed.

Texts are compared by pairs of neighbouring words. Single words would make any two articles of one help center similar,
and longer runs would lose too much to each edit. Pairs that also appear in other articles, such as a template, are
ignored. For a removed article, Intercom's text counts; a collection is recognised by the articles that moved with it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise, product
from math import lcm
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from helpsync.baseline import Record, digest
from helpsync.markdown import body_words, stable_html
from helpsync.model import Article, Collection, FormerBody, Label, Translation
from helpsync.plan.matches import folded, last_segment, title_of, whole_swaps
from helpsync.plan.plan import Attention

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from helpsync.model import Address, Item, LocaleCode
    from helpsync.plan.matches import Match, Matcher

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

_BONUS = {"name": 0.15, "title": 0.1, "translation": 0.1}
"""What counts besides the text where one article could be several: a name is one of its folder, a title need not be."""

_MOST = 20
"""A pair of words that more texts have on either side tells nothing, and the time that it takes stays linear."""

_UNIT = lcm(*range(1, _MOST + 1))
"""Weights are whole numbers, so that sums are the same in whatever order they are made."""

Pairs: TypeAlias = "frozenset[tuple[str, ...]]"
Shares: TypeAlias = "dict[tuple[str, str], float]"
"""A number for each pair of a new and an old name."""


# Texts ----------------------------------------------------------------------------------------------------------------


class Similarity(NamedTuple):
    """How much of the longer of two texts is in both (0 to 1), and how many pairs of words that is."""

    share: float
    pairs: float


def pairs_of(words: Sequence[str]) -> Pairs:
    """Return the pairs of neighbouring words; a text of one word gives that word."""
    return frozenset(pairwise(words)) or frozenset((word,) for word in words)


def share_in_both(one: Pairs, other: Pairs) -> float:
    """Return how much of the longer text is in both, counting every pair; 1 for equal texts."""
    longer = max(len(one), len(other))
    return len(one & other) / longer if longer else 1.0


def similarities(
    new: Mapping[str, Pairs], old: Mapping[str, Pairs], others: Iterable[Pairs] = ()
) -> dict[tuple[str, str], Similarity]:
    """Return how similar each new text is to each old one, where they share pairs that none of the `others` has.

    A pair in several new texts, or in several old ones, counts in part for each.
    """
    known = frozenset().union(*new.values(), *old.values())
    common: set[tuple[str, ...]] = set()
    for other in others:
        common |= known & other
    news, olds = _names_by_pair(new, common), _names_by_pair(old, common)
    weights = {}
    for pair in {*news, *olds}:
        most = max(len(news[pair]), len(olds[pair]))
        weights[pair] = _UNIT // most if most <= _MOST else 0
    shared: Counter[tuple[str, str]] = Counter()
    for pair, weight in weights.items():
        if weight:
            for name, place in product(news[pair], olds[pair]):
                shared[name, place] += weight
    whole_new = {name: sum(weights.get(pair, 0) for pair in pairs) for name, pairs in new.items()}
    whole_old = {name: sum(weights.get(pair, 0) for pair in pairs) for name, pairs in old.items()}
    return {
        (name, place): Similarity(weight / max(whole_new[name], whole_old[place]), weight / _UNIT)
        for (name, place), weight in shared.items()
    }


def _names_by_pair(texts: Mapping[str, Pairs], common: set[tuple[str, ...]]) -> defaultdict[tuple[str, ...], list[str]]:
    names: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, pairs in texts.items():
        for pair in pairs - common:
            names[pair].append(name)
    return names


def clear_pairs(scores: Mapping[tuple[str, str], float]) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """Return which new text is which old one where each is clearly the other's best, and the pairs left undecided.

    No new and no old text appears twice. Decided pairs no longer compete with the others.
    """
    left = dict(scores)
    found: dict[str, str] = {}
    while True:
        clear_old, clear_new = _clear(left), _clear({(old, new): score for (new, old), score in left.items()})
        agreed = {new: old for new, old in clear_old.items() if clear_new.get(old) == new}
        if not agreed:
            return found, set(left)
        found |= agreed
        taken = set(agreed.values())
        left = {(new, old): score for (new, old), score in left.items() if new not in agreed and old not in taken}


def _clear(scores: Mapping[tuple[str, str], float]) -> dict[str, str]:
    """Return the best old text of each new one that is clearly ahead of its next best."""
    ranked: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for (new, old), score in scores.items():
        ranked[new].append((score, old))
    found = {}
    for new, candidates in ranked.items():
        (best, old), (second, _) = sorted([*candidates, (-1.0, "")], reverse=True)[:2]
        # Sums of tenths are not exact.
        if best - second > CLEAR - 1e-9:
            found[new] = old
    return found


def percent(share: float) -> str:
    """Return a share for people, rounded down: ``87%``."""
    return f"{int(share * 100 + 1e-9)}%"


# Articles -------------------------------------------------------------------------------------------------------------


def match_similar_articles(matcher: Matcher) -> None:
    """Give new addresses the records whose text they mostly have, and refuse ambiguous ones.

    An address whose file changed may take part too: one that lost its article's text may have swapped it.
    """
    fresh = {address: item for address, item in matcher.fresh().items() if isinstance(item, Article)}
    live = {a: match for a, match in matcher.changed().items() if isinstance(match.desired, Article)}
    gone = {address: record for address, record in matcher.result.without_file.items() if record.kind == "article"}
    if not (fresh and gone) and len(live) <= 1:
        return
    locale = matcher.default_locale
    rewritten = _rewritten(live, matcher)
    items = fresh | {address: match.desired for address, match in rewritten.items()}
    records = gone | {address: match.record for address, match in rewritten.items() if match.record}
    stored = {a: item for a, r in records.items() if (item := matcher.by_id.get((r.kind, r.id))) is not None}
    if not items or not stored:
        return
    found, equal = _compared(items, records, stored, rewritten, matcher)
    names = _frequent_names([*matcher.result.matches, *items])
    names |= _frequent_names([*records, *(match.previous for match in matcher.result.matches.values())])
    scores = {}
    for (name, place), similarity in found.items():
        signs = _signs(items[name], place, records[place], stored[place], locale)
        if last_segment(name) in names and (name, place) not in equal:
            signs.discard("name")
        if name == place or (name, place) in equal or _is_same(similarity, signs):
            scores[name, place] = similarity.share + sum(_BONUS[sign] for sign in signs)
    renamed = frozenset(address for address, match in rewritten.items() if not _has_title_of(match, locale))
    moved, undecided = _whole_moves(scores, set(rewritten), renamed)
    matcher.move(moved, records, {pair: found[pair].share for pair in moved.items()})
    best = _refuse_ambiguous({pair: found[pair].share for pair in undecided}, records, matcher)
    matcher.result.likely |= {name: item for name, place in best.items() if isinstance(item := stored[place], Article)}


def _compared(
    items: Mapping[Address, Item],
    records: Mapping[Address, Record],
    stored: Mapping[Address, Item],
    rewritten: Container[Address],
    matcher: Matcher,
) -> tuple[dict[tuple[Address, Address], Similarity], set[tuple[Address, Address]]]:
    """Return how similar each file is to each article, and the pairs with equal text, title and file name.

    An article that a teammate rewrote still belongs to the file that was last pushed.
    """
    locale = matcher.default_locale
    new = {address: wanted_pairs(item, locale) for address, item in items.items()}
    old = {address: stored_pairs(item, locale) for address, item in stored.items()}
    found = similarities(new, old, held_texts(matcher, rewritten))
    known = {place for (_, place), similarity in found.items() if similarity.share >= HALF}
    pushed = {
        place: pairs
        for place in stored.keys() - known
        if (pairs := _pushed_pairs(place, records[place], stored[place], matcher)) is not None
    }
    if pushed:
        for pair, similarity in similarities(new, old | pushed, held_texts(matcher, rewritten)).items():
            found[pair] = max(similarity, found.get(pair, similarity))
    equal = {pair for pair in _same_in_name(items, stored, locale) if new[pair[0]] == old[pair[1]]}
    return {pair: Similarity(1.0, 0) for pair in equal} | found, equal


def _rewritten(live: Mapping[Address, Match], matcher: Matcher) -> dict[Address, Match]:
    """Return the matches whose file lost its article's text, or has the title of another match's article."""
    locale = matcher.default_locale
    own = _own_shares(live, matcher)
    titles = {folded(title_of(match.remote, locale)): address for address, match in live.items() if match.remote}
    return {
        address: match
        for address, match in live.items()
        if own[address] < HALF or titles.get(folded(title_of(match.desired, locale)), address) != address
    }


def _own_shares(live: Mapping[Address, Match], matcher: Matcher) -> dict[Address, float]:
    """Return how much of its article's text each file still has; text that many files have counts in part."""
    locale = matcher.default_locale
    new = {address: wanted_pairs(match.desired, locale) for address, match in live.items()}
    old = {address: stored_pairs(match.remote, locale) for address, match in live.items()}
    found = similarities(new, old, held_texts(matcher, live))
    every = {address: share_in_both(new[address], old[address]) for address in live}
    return {
        address: min(share, found[address, address].share) if (address, address) in found else share
        for address, share in every.items()
    }


def _has_title_of(match: Match, locale: LocaleCode) -> bool:
    """Return whether the file of a match has the title of its article in Intercom."""
    remote = match.remote
    return remote is not None and folded(title_of(match.desired, locale)) == folded(title_of(remote, locale))


def others_now(changed: Mapping[Address, Match], matcher: Matcher) -> frozenset[Address]:
    """Return the addresses whose file is another article by now: with another title and hardly a word of its own.

    A copy made before an edit does not count: the edited file stays the article.
    """
    locale = matcher.default_locale
    renamed = {
        address: match
        for address, match in changed.items()
        if isinstance(match.desired, Article) and not _has_title_of(match, locale)
    }
    own = _own_shares(renamed, matcher) if renamed else {}
    return frozenset(address for address, share in own.items() if share < HALF)


def _frequent_names(addresses: Iterable[Address | None]) -> set[str]:
    """Return the file names that several of these addresses have: they identify nothing."""
    counts = Counter(last_segment(address) for address in {*addresses} if address)
    return {name for name, times in counts.items() if times > 1}


def wanted_pairs(item: Item | None, locale: LocaleCode) -> Pairs:
    """Return the word pairs of an item of the tree: those of its text in the default locale."""
    text = item.texts.get(locale) if item else None
    return pairs_of(body_words(text.body.html if isinstance(text, Translation) and text.body else ""))


def stored_pairs(item: Item | None, locale: LocaleCode) -> Pairs:
    """Return the word pairs of an item of Intercom: those of its text in the default locale."""
    text = item.texts.get(locale) if item else None
    return pairs_of(body_words(text.html or "" if isinstance(text, Translation) else ""))


def _pushed_pairs(address: Address, record: Record, stored: Item, matcher: Matcher) -> Pairs | None:
    """Return the word pairs as last pushed where Intercom's text differs by now, None where they are not available."""
    locale = matcher.default_locale
    known, now = record.locales.get(locale), stored.texts.get(locale)
    if not known or not known.blob or not isinstance(now, Translation):
        return None
    if known.stored_digest == digest(stable_html(now.html or "")):
        return None
    text = matcher.bodies.past((address, locale), known.blob, FormerBody())
    return pairs_of(body_words(text.body.html)) if isinstance(text, Translation) and text.body else None


def held_texts(matcher: Matcher, without: Container[Address]) -> Iterator[Pairs]:
    """Yield the texts of all articles that keep their addresses, of both sides where the file changed."""
    locale = matcher.default_locale
    for address, match in matcher.result.matches.items():
        if address in without or not isinstance(match.desired, Article) or match.remote is None:
            continue
        yield stored_pairs(match.remote, locale)
        text, record = match.desired.texts.get(locale), match.record_of(locale)
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


def _is_same(similarity: Similarity, signs: set[str]) -> bool:
    if similarity.pairs < (FEW if signs else ENOUGH):
        return False
    return similarity.share >= (THIRD if len(signs) > 1 else HALF)


def _whole_moves(
    scores: Mapping[tuple[Address, Address], float], live: set[Address], renamed: frozenset[Address]
) -> tuple[dict[Address, Address], set[tuple[Address, Address]]]:
    """Return the decided pairs, and the undecided ones of files without records and records without files.

    Swaps that can't be completed are dropped: their files keep the records of their addresses, and the rest is decided
    again. Where files moved on in a row, the first address may have a new file, if that is one of the `renamed`.
    """
    while True:
        found, undecided = clear_pairs(scores)
        leaving = renamed & {old for new, old in found.items() if new in live and new != old} - set(found)
        whole = whole_swaps(found, live, leaving)
        if whole == {new: old for new, old in found.items() if new != old}:
            return whole, {pair for pair in undecided if not live & set(pair)}
        stay = {address for address in live if address not in whole and address not in leaving & {*whole.values()}}
        scores = {pair: score for pair, score in scores.items() if not stay & set(pair)}
        live = live - stay


def _refuse_ambiguous(
    shares: Mapping[tuple[Address, Address], float], records: Mapping[Address, Record], matcher: Matcher
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
        matcher.refuse(new, f"moved and changed, or new? it could be {listed}{also}", hint)
    for old in sorted(by_old):
        names = _by_share(by_old[old])
        listed = ", ".join(f"{new} ({percent(share)} the same)" for new, share in names)
        message = f"removed, or moved? it could be {listed}; left as it is until that is decided"
        known = records[old].id
        hint = f"give the file that it is `id: {known}`, or run `helpsync adopt {names[0][0]}={known}`"
        matcher.result.attention.append(Attention("conflict", old, known, message, hint=hint))
        matcher.result.without_file.pop(old, None)
    return best


def _by_share(shares: Mapping[Address, float]) -> list[tuple[Address, float]]:
    return sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))


# Collections ----------------------------------------------------------------------------------------------------------


def match_similar_groups(matcher: Matcher) -> None:
    """Give renamed folders their collections by the articles that moved with them, or by their title and description.

    A collection of another kind is created again, filled, and the old one deleted: Intercom can't convert one into the
    other.
    """
    matching, locale = matcher.result, matcher.default_locale
    fresh = matcher.fresh()
    taken = {*matching.replaced, *matching.replaced.values()}
    groups = {a: item for a, item in fresh.items() if isinstance(item, Collection) and a not in taken}
    records = {a: r for a, r in matching.without_file.items() if r.kind != "article" and a not in taken}
    stored = {a: found for a, r in records.items() if (found := matcher.by_id.get((r.kind, r.id))) is not None}
    if not groups or not stored:
        return
    shares = _shares_of_articles(groups, stored, fresh, matcher)
    scores = {}
    for new, item in groups.items():
        for old, found in stored.items():
            signs = _signs(item, old, records[old], found, locale)
            if (new, old) not in shares and "title" in signs:
                shares[new, old] = share_in_both(_label_words(item, locale), _label_words(found, locale))
            if shares.get((new, old), 0.0) >= (THIRD if signs else HALF):
                scores[new, old] = shares[new, old] + sum(_BONUS[sign] for sign in signs)
    same_kind = {(new, old): s for (new, old), s in scores.items() if groups[new].kind == records[old].kind}
    moved, undecided = clear_pairs(same_kind)
    matcher.move(moved, records, shares)
    _refuse_ambiguous({pair: shares[pair] for pair in undecided}, records, matcher)
    other_kind = {
        (new, old): score
        for (new, old), score in scores.items()
        if (new, old) not in same_kind and new not in matching.matches and old in matching.without_file
    }
    matching.replaced |= {old: new for new, old in clear_pairs(other_kind)[0].items()}


def _label_words(item: Item, locale: LocaleCode) -> Pairs:
    text = item.texts.get(locale)
    words = body_words(f"{text.name} {text.description or ''}") if isinstance(text, Label) else []
    return frozenset((word,) for word in words)


def _shares_of_articles(
    groups: Mapping[Address, Item], stored: Mapping[Address, Item], fresh: Mapping[Address, Item], matcher: Matcher
) -> Shares:
    """Return, for each pair of folders, the share of the larger one's articles that moved from one to the other."""
    matches = {a: match for a, match in matcher.result.matches.items() if isinstance(match.desired, Article)}
    records = matcher.baseline.records.items()
    were = _articles_in(stored, (a for a, r in records if r.kind == "article" and not r.removed))
    new = (address for address, item in fresh.items() if isinstance(item, Article))
    are = _articles_in(groups, {*matches, *new})
    arrived: Counter[tuple[Address, Address]] = Counter()
    for address, match in matches.items():
        if match.previous is not None:
            olds = [*_folders(match.previous, stored)]
            arrived.update((folder, old) for folder in _folders(address, groups) for old in olds)
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


def _articles_in(folders: Mapping[Address, Item], articles: Iterable[Address]) -> Counter[Address]:
    """Return how many of the articles are in each folder, at any depth."""
    return Counter(folder for address in articles for folder in _folders(address, folders))
