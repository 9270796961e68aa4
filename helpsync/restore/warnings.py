"""The warnings of a restore: items that were created later and stay, and anchors that readers lose."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from helpsync.markdown import stored_headings
from helpsync.model import Article, Heading
from helpsync.plan import Attention, anchors_of, leads_within, named_targets, pinned_places, staying, title_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from helpsync.model import Address, Kind, LocaleCode
    from helpsync.plan import Bodies, Change, Place
    from helpsync.restore.select import Selection


_MANY = 5


def created_later(selection: Selection, stored: Collection[tuple[Kind, str | None]]) -> list[Attention]:
    """Return a warning for each item that was created since and still exists; one warning for many."""
    there = [each for each in selection.created if (each.kind, each.id) in stored]
    made = "created since then" if selection.goal.at is not None else "created by the run that is undone"
    hint = "to take it away, remove its file and push"
    undone = [each for each in there if each.undone]
    found: list[Attention] = []
    if len(undone) > _MANY:
        names = ", ".join(each.address for each in undone[:_MANY])
        message = f"{len(undone)} items were {made} and stay: {names} and {len(undone) - _MANY} more"
        found.append(Attention("warning", None, None, message, hint="remove their files and push"))
        there = [each for each in there if not each.undone]
    for each in there:
        what = made if each.undone else "it was not overwritten since it was created"
        found.append(Attention("warning", each.address, each.id, f"{what}: left as it is", hint=hint))
    return found


def lost_anchors_warnings(
    planned: Iterable[Change],
    bodies: Bodies,
    default_locale: LocaleCode,
    articles: Iterable[Article],
    addresses: Mapping[str | None, Address],
    relinks: Iterable[tuple[Address, Iterable[LocaleCode]]],
) -> list[Attention]:
    """Return a warning for each text that is sent and loses anchors: those that are linked to, or that are renewed.

    `articles` are all of the workspace, `addresses` those of the managed ones by id; the others are named by title and
    id. What the `relinks` send again gets the new anchors.
    """
    changes = {change.address: change for change in planned if isinstance(change.step.remote, Article)}
    if not changes:
        return []
    texts: dict[Place, str] = {}
    for article in articles:
        address = addresses.get(article.id)
        name = address or f"{title_of(article, default_locale)} #{article.id}"
        texts.update(((name, locale), html) for locale, html in staying(changes.get(address or ""), article, bodies))
    renews = bodies.directory.heading_ids == "renew"
    ending = _ending(changes, texts, default_locale, renews=renews)
    if not ending:
        return []
    again = {(address, locale) for address, locales in relinks for locale in locales}
    leads = {place: _leads(bodies, html, addresses) for place, html in texts.items()}
    mended = _mended(leads, texts, ending, set(addresses.values())) if renews else frozenset()
    found = []
    for place, anchors in ending.items():
        linking = {
            source: ids
            for source, targets in leads.items()
            if source not in again and source != place and (ids := targets.get(place, set()) & anchors.keys())
        }
        lost = [each for each in anchors if renews or any(each in ids for ids in linking.values())]
        if lost:
            sure = {
                source for source, ids in linking.items() if source in mended and all(anchors[each] for each in ids)
            }
            found.append(_warning(changes[place[0]], place, lost, linking, sure))
    return found


def _ending(
    changes: Mapping[Address, Change], texts: Mapping[Place, str], default_locale: LocaleCode, *, renews: bool
) -> dict[Place, dict[str, bool]]:
    """Return the heading ids that each text loses, each with whether its heading still exists under another id."""
    found = {}
    for address, change in changes.items():
        remote = change.step.remote
        for locale, names in change.step.sends.items():
            # A translation is always sent with its body.
            written = "body" in names or locale != default_locale
            after = texts.get((address, locale))
            if not isinstance(remote, Article) or not written or after is None:
                continue
            now = [(name, said) for name, said, _ in stored_headings(remote.translations[locale].html or "") if name]
            # Ids can repeat, so headings are identified by their position.
            places = [(str(number), said, 0) for number, (_, said, _) in enumerate(stored_headings(after))]
            there = anchors_of([Heading(name, said) for name, said in now], places)
            stays = set() if renews else {name for name, _, _ in stored_headings(after)}
            if ends := {name: name in there for name, _ in now if name not in stays}:
                found[address, locale] = ends
    return found


def _leads(bodies: Bodies, html: str, addresses: Mapping[str | None, Address]) -> dict[Place, set[str]]:
    """Return the anchors that a text links to, by place."""
    found: defaultdict[Place, set[str]] = defaultdict(set)
    for name in named_targets(html, bodies.own_link) if "#" in html else ():
        page, _, anchor = name.removeprefix("article:").partition("#")
        locale, _, identifier = page.partition("/")
        if anchor and identifier in addresses:
            found[addresses[identifier], locale].add(anchor)
    return found


def _mended(
    leads: Mapping[Place, Mapping[Place, set[str]]],
    texts: Mapping[Place, str],
    ending: Mapping[Place, object],
    managed: AbstractSet[Address],
) -> frozenset[Place]:
    """Return the places that the next push sends again when their link targets get other ids."""
    ours = {place: frozenset(targets) for place, targets in leads.items() if place[0] in managed}
    within = [place for place in ours if place not in ending and leads_within(texts[place])]
    return frozenset(ours) - pinned_places(ours, within)


def _warning(
    change: Change, place: Place, lost: Iterable[str], linking: Iterable[Place], sure: AbstractSet[Place]
) -> Attention:
    address, locale = place
    message = f"anchors that readers have now and lose ({locale}): {', '.join(f'#{each}' for each in lost)}"
    if linking:
        message += f"; links to them lead to the top then: {_named(linking)}"
    left = set(linking) - sure
    hints = [f"the next push sends {_named(sure)} again, with links that work"] if sure else []
    hints += [f"no push mends the links of {_named(left)}: restore those texts too, or change them"] if left else []
    return Attention("warning", address, change.id, message, (locale,), "; ".join(hints) or None)


def _named(places: Iterable[Place]) -> str:
    return ", ".join(f"{name} ({locale})" for name, locale in sorted(places))
