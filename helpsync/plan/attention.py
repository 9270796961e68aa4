"""What teammates changed in Intercom: drift, conflicts and edits that no file manages, each with what to do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from helpsync.model import Article, Collection, Translation
from helpsync.plan.compare import doubt, edited_fields, managed_fields, remote_fields
from helpsync.plan.plan import Attention, BodyChange, BodySides, FieldChange, LocaleChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from helpsync.baseline import LocaleRecord, Record
    from helpsync.model import Address, HelpCenter, Item, LocaleCode, Text
    from helpsync.plan.bodies import Bodies
    from helpsync.plan.compare import Decision, FieldDecisions
    from helpsync.plan.links import Place
    from helpsync.plan.matches import Match
    from helpsync.plan.plan import Plan
    from helpsync.plan.workspace import PlanContext

SHORT = ("title", "name", "description", "state", "author")
"""The fields that are shown on one line, in this order."""

_SAID = {
    "conflict": "changed in the tree and in Intercom, differently",
    "drift": "edited in Intercom, left alone",
}


@dataclass(frozen=True, slots=True)
class ItemDecisions:
    """What a push does with an item: the decisions per locale, and the decision about its parent.

    `parent` is ``send``, ``drift``, ``conflict`` or ``keep``; `overwrites_parent`: the file's folder wins over a move
    in Intercom.
    """

    locales: Mapping[LocaleCode, FieldDecisions] = field(default_factory=dict)
    parent: Decision = "keep"
    overwrites_parent: bool = False

    def named(self, *decisions: Decision) -> dict[LocaleCode, frozenset[str]]:
        """Return the fields with one of these decisions, by locale; locales without any are left out."""
        found = {locale: each.named(*decisions) for locale, each in sorted(self.locales.items())}
        return {locale: names for locale, names in found.items() if names}

    def has(self, decision: Decision) -> bool:
        """Return whether any field, or the parent, has this decision."""
        return self.parent == decision or bool(self.named(decision))

    @property
    def overwrites(self) -> tuple[tuple[LocaleCode | None, str], ...]:
        """Locale and field of each edit that is overwritten; the parent has no locale."""
        fields = [(locale, name) for locale, names in self.named("overwrite").items() for name in sorted(names)]
        return ((None, "parent"), *fields) if self.overwrites_parent else tuple(fields)


def drift_or_conflict(context: PlanContext, match: Match, compared: ItemDecisions) -> Attention:
    """Return the conflict or, without one, the drift of an item: what was edited in Intercom, and when."""
    kind: Literal["drift", "conflict"] = "conflict" if compared.has("conflict") else "drift"
    names = compared.named(kind)
    stored = match.remote.texts if match.remote else {}
    removed = [locale for locale in names if locale not in stored]
    moved = compared.parent == kind
    what = ["parent"] if moved else []
    what += [f"{locale} {' and '.join(sorted(fields))}" for locale, fields in names.items() if locale in stored]
    what += [f"{locale} was removed" for locale in removed]
    edits = _edits(context, match, compared)
    anywhere = compared.parent in ("drift", "conflict")
    return Attention(
        kind,
        match.desired.address,
        match.remote.id if match.remote else None,
        f"{_SAID[kind]}: {', '.join(what)}{doubt(compared.locales)}",
        tuple(names),
        _hint(context, match, compared, removed=removed, edited=any(locale in stored for locale in names)),
        edits,
        edited_at(match.remote, edits, whole=anywhere),
        {"parent": _move(context, match)} if anywhere else {},
    )


def edited_at(item: Item | None, locales: Iterable[LocaleCode], *, whole: bool = False) -> int | None:
    """Return when Intercom last wrote these locales, with `whole` also the item itself; None where it is unknown."""
    texts = item.texts if item else {}
    times = [getattr(texts[locale], "updated_at", None) for locale in locales if locale in texts]
    if item is not None and (whole or isinstance(item, Collection)):
        times.append(item.updated_at)
    return max((time for time in times if time is not None), default=None)


def unrecorded_edits(
    record: Record | None, item: Item, locales: Iterable[LocaleCode], bodies: Bodies
) -> tuple[tuple[LocaleCode, str], ...]:
    """Return locale and field of everything in these texts that differs from what both sides last agreed on.

    No file has these edits, so whoever removes the texts should know of them. Of a text that a teammate added, they are
    its title and body.
    """
    known = record.locales if record else {}
    found: list[tuple[LocaleCode, str]] = []
    for locale in sorted(locales):
        text, before = item.texts[locale], known.get(locale)
        if before is None:
            values = remote_fields(text)
            found += [(locale, name) for name in ("body", "name", "title") if values.get(name)]
        else:
            found += [(locale, name) for name in sorted(edited_fields(text, before, bodies))]
    return tuple(found)


def _hint(context: PlanContext, match: Match, compared: ItemDecisions, *, removed: list[str], edited: bool) -> str:
    """Return the ways to resolve it, as far as each exists."""
    win = f"let the file win with --overwrite-remote {match.desired.address}"
    moved = compared.parent in ("drift", "conflict")
    if match.record is not None and compared.parent != "conflict":
        home = f"bring it home with `helpsync pull {match.desired.address}`"
        if moved and match.desired.parent is None and not (edited or removed):
            return f"{home}: Intercom has no way to take an article out of a collection"
        return f"{home}, or {win}"
    ways = ["bring the edit into the file"] if edited else []
    ways += [f"remove the file of {', '.join(removed)}"] if removed else []
    place = context.address_of(match.remote.parent_id) if moved and match.remote else None
    ways += [f"move its files into {place}"] if place is not None and place.endswith("/") else []
    ours = " and ".join(ways)
    return f"{ours} (both sides then agree), or {win}" if ours else win


def _move(context: PlanContext, match: Match) -> FieldChange:
    """Return the parent that both sides agreed on, and the one in Intercom."""
    before = context.address_of(match.record.parent) if match.record else match.desired.parent
    return FieldChange(before, context.address_of(match.remote.parent_id) if match.remote else None)


def _edits(context: PlanContext, match: Match, compared: ItemDecisions) -> dict[LocaleCode, LocaleChange]:
    """Return what was edited in Intercom: from what both sides last agreed on to what readers see.

    Where the tree changed too and its earlier version is not available, from what the tree has.
    """
    edits = {}
    for locale in compared.named("drift", "conflict"):
        shown = match.remote_text(locale)
        edits[locale] = _edit(context, match, shown, compared.locales[locale]) if shown else LocaleChange(removed=True)
    return edits


def _edit(context: PlanContext, match: Match, shown: Text, decisions: FieldDecisions) -> LocaleChange:
    locale, kind = shown.locale, match.desired.kind
    names, conflict = decisions.named("drift", "conflict"), decisions.named("conflict")
    wanted, record = match.desired.texts[locale], match.record_of(locale)
    place = (match.desired.address or "", locale)
    before, now = managed_fields(wanted, kind), remote_fields(shown)
    past = context.bodies.past_of(place, record, "") if record and conflict & {"title", "name", "description"} else None
    if past:
        # The baseline itself records state and author.
        before |= {name: value for name, value in managed_fields(past, kind).items() if name not in ("state", "author")}
    if record:
        before |= {name: record.pushed[name] for name in ("state", "author") if name in record.pushed}
    fields = {name: FieldChange(before.get(name), now[name]) for name in SHORT if name in names}
    body = None
    if "body" in names and isinstance(wanted, Translation):
        images = record.images if record else {}
        sides = BodySides(place, wanted, now["body"], images, edited=True, base=record)
        body = BodyChange(sides=sides, edited=True)
    return LocaleChange(fields, body)


def text_removed(
    place: Place, html: str, record: LocaleRecord | None, fields: Mapping[str, FieldChange]
) -> LocaleChange:
    """Return the change of a text that readers see until it is removed; `html` is its body in Intercom."""
    sides = BodySides(place, None, html, record.images if record else {})
    return LocaleChange(fields, BodyChange(blob=record.blob if record else None, sides=sides), removed=True)


def missing(context: PlanContext, match: Match, compared: ItemDecisions) -> Attention:
    """Return the attention for an item that no longer exists, or that a pin names wrongly."""
    kind, identifier, address = match.desired.kind, match.missing, match.desired.address
    changed = sorted(compared.named("conflict", "send", "overwrite"))
    word: Literal["conflict", "drift"] = "conflict" if changed or match.record is None else "drift"
    message = f"the {kind} {identifier} is no longer in Intercom"
    ours = f"`helpsync pull {address}` removes its files" if word == "drift" else "remove its files"
    hint = f"{ours}, or create it again with --overwrite-remote {address}"
    if match.record is None:
        message = f"Intercom has no {kind} with the pinned id {identifier}"
        hint = "correct or remove `id:` in the frontmatter"
    elif orphans := _orphans(context, identifier):
        count = "1 item that was in it is" if orphans == 1 else f"{orphans} items that were in it are"
        message += f"; {count} outside any collection now, hidden from readers"
        hint = f"create it again with --overwrite-remote {address}: they go back into it; or move or remove the folder"
    return Attention(word, address, identifier, message, tuple(changed), hint)


def _orphans(context: PlanContext, identifier: str | None) -> int:
    return sum(
        other.record is not None
        and other.record.parent == identifier
        and other.remote is not None
        and other.remote.parent_id is None
        for other in context.matching.matches.values()
    )


def unmanaged_edits(match: Match) -> Iterator[Attention]:
    """Yield edits in Intercom that no file manages: texts in other locales, and states that no file sets."""
    if match.remote is None:
        return
    known = match.record.locales if match.record else {}
    address, identifier = match.desired.address, match.remote.id
    added = tuple(sorted(match.remote.texts.keys() - match.desired.texts.keys() - known.keys()))
    if added:
        message = f"Intercom has a translation that no file has: {', '.join(added)}"
        hint = f"`helpsync pull {address}` makes its file, or leave it: what no file has is not changed"
        when = edited_at(match.remote, added)
        yield Attention("unmanaged", address, identifier, message, added, hint, edited_at=when)
    if not isinstance(match.remote, Article):
        return
    left = {locale: text for locale, text in known.items() if text.removed and locale not in match.desired.texts}
    yield from _published_again(address, match.remote, left)
    yield from state_edits(address, match.remote, states_turned(match))


def state_edits(address: Address | None, article: Article, turned: Iterable[LocaleCode]) -> Iterator[Attention]:
    """Yield the locales in which teammates published or unpublished the article."""
    locales = tuple(turned)
    for state, word in (("draft", "unpublished"), ("published", "published")):
        those = tuple(locale for locale in locales if article.translations[locale].state == state)
        if those:
            message = f"{word} in Intercom: {', '.join(those)}; no file says otherwise, so it stays"
            hint = "to decide it in the file, write `state:` into the frontmatter"
            when = edited_at(article, those)
            yield Attention("warning", address, article.id, message, those, hint, edited_at=when)


def _published_again(
    address: Address | None, article: Article, left: Mapping[LocaleCode, LocaleRecord]
) -> Iterator[Attention]:
    """Yield texts that teammates published again after their files were removed and helpsync unpublished them."""
    shown = article.translations
    again = tuple(
        sorted(
            locale
            for locale, text in left.items()
            if locale in shown and (text.remote.get("state"), shown[locale].state) == ("draft", "published")
        )
    )
    if again:
        message = f"published again in Intercom, but its file was removed: {', '.join(again)}"
        hint = "bring the file back, or unpublish it there"
        when = edited_at(article, again)
        yield Attention("unmanaged", address, article.id, message, again, hint, edited_at=when)


def states_turned(match: Match) -> list[LocaleCode]:
    """Return the locales whose state a teammate changed since the last push and no file sets."""
    if not isinstance(match.desired, Article) or not isinstance(match.remote, Article) or match.record is None:
        return []
    return sorted(
        locale
        for locale, text in match.desired.translations.items()
        if (record := match.record.locales.get(locale))
        and not record.removed
        and not match.record.removed
        and text.state is None
        and locale in match.remote.translations
        and record.remote.get("state", match.remote.translations[locale].state)
        != match.remote.translations[locale].state
    )


def republished(context: PlanContext, records: Mapping[Address, Record], stored: HelpCenter) -> list[Attention]:
    """Return the articles without files that a teammate published again."""
    taken = {match.remote.id for match in context.matching.matches.values() if isinstance(match.remote, Article)}
    by_id = {article.id: article for article in stored.articles if article.id not in taken}
    return [
        attention
        for address, record in sorted(records.items())
        if record.removed and record.kind == "article" and record.id in by_id
        for attention in _published_again(record.removed_from or address, by_id[record.id], record.locales)
    ]


def with_uncertain_writes(plan: Plan, in_flight: Mapping[Address, float]) -> Plan:
    """Return the plan in which drift that an interrupted push may have caused is a conflict.

    `in_flight` are the addresses that it was writing, each with the latest time (Unix seconds) at which that write can
    have arrived. What was written later is somebody's edit.
    """
    if not in_flight:
        return plan
    return replace(plan, attention=tuple(_uncertain(item, in_flight) for item in plan.attention))


def _uncertain(item: Attention, in_flight: Mapping[Address, float]) -> Attention:
    until = in_flight.get(item.address or "")
    if item.kind not in ("drift", "conflict") or until is None or (item.edited_at or 0) > until:
        return item
    decide = f"if it did, let the file win with --overwrite-remote {item.address}"
    return replace(
        item,
        kind="conflict",
        message=f"{item.message}; an interrupted push may have written that",
        hint=f"{decide}; if a teammate did, bring that into the file",
    )
