"""What happens to items whose files were removed (`on_remove` in helpsync.yaml)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.baseline import Record, digest
from helpsync.model import Article, Collection
from helpsync.plan.attention import edited_at, text_removed, unrecorded_edits
from helpsync.plan.losses import losses_of, published_locales
from helpsync.plan.matches import title_of
from helpsync.plan.plan import Attention, Change, FieldChange, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.model import Address, HelpCenter, Item, Kind, LocaleCode
    from helpsync.plan.matches import Matching
    from helpsync.plan.plan import Action
    from helpsync.plan.planner import Planner


def plan_removals(planner: Planner, stored: HelpCenter) -> None:
    """Plan every record whose file was removed; articles first, then the collections that this empties."""
    by_id = {(item.kind, item.id): item for item in stored.items}
    vanished = _vanished(planner.context.matching, by_id)
    gone = planner.context.matching.without_file
    articles = [address for address, record in gone.items() if record.kind == "article"]
    # Deepest first, so that a collection counts as empty once its sections are removed.
    groups = sorted(gone.keys() - {*articles}, key=lambda address: (-address.count("/"), address))
    for address in (*articles, *groups):
        record = gone[address]
        item = by_id.get((record.kind, record.id))
        if isinstance(item, Article):
            planner.removed_articles.append(item)
            _remove_article(planner, address, record, item)
        elif isinstance(item, Collection):
            _remove_group(planner, address, record, item, stored)
        elif record.kind not in vanished:
            planner.settled.append(Step(address, record.kind, record=record))


def _vanished(matching: Matching, by_id: Mapping[tuple[Kind, str | None], Item]) -> set[str]:
    """Return the kinds of which Intercom shows none although the baseline has several: maybe they were not read.

    Their records stay, so that no id is lost if they come back.
    """
    records = [*matching.without_file.values(), *(each.record for each in matching.matches.values() if each.record)]
    vanished = set()
    for kinds in ({"article"}, {"collection", "section"}):
        known = [record for record in records if record.kind in kinds]
        if len(known) > 1 and not any((record.kind, record.id) in by_id for record in known):
            vanished |= kinds
    return vanished


def point_out_moves(planner: Planner, stored: HelpCenter) -> None:
    """Explain how a file keeps its item when it was moved and rewritten, so that only its name is the same."""
    taken = set(planner.context.matching.replaced.values())
    created: dict[tuple[bool, str], dict[Address, Change]] = defaultdict(dict)
    for change in planner.changes:
        if change.action == "create" and change.address not in taken:
            # A file name never equals a digest, so one mapping can have both.
            for sign in (_last(change.address), digest(change.title)):
                created[change.kind == "article", sign][change.address] = change
    there = {(item.kind, item.id) for item in stored.items}
    for address, record in planner.context.matching.without_file.items():
        if (record.kind, record.id) not in there:
            continue
        text = record.locales.get(planner.context.default_locale)
        title = text.pushed.get("title") or text.pushed.get("name") if text else None
        is_article = record.kind == "article"
        found = created.get((is_article, _last(address)), {}) | created.get((is_article, title or ""), {})
        alike = list(found.values())
        if len(alike) == 1 and alike[0].kind == record.kind:
            message = (
                f"has the name or title of {address}, which is removed, but hardly its content: it becomes a new "
                f"{record.kind}, with a new id and address"
            )
            hint = (
                f"if it is the same, keep it with `id: {record.id}` in the frontmatter, or with "
                f"`helpsync adopt {alike[0].address}={record.id}`"
            )
            planner.attention.append(Attention("warning", alike[0].address, record.id, message, hint=hint))


def _last(address: Address) -> str:
    return address.rstrip("/").rpartition("/")[2]


def _remove_article(planner: Planner, address: Address, record: Record, item: Article) -> None:
    on_remove = planner.context.policy.on_remove
    published = published_locales(item)
    if on_remove == "keep" or (on_remove == "unpublish" and not published):
        planner.settled.append(Step(address, "article", remote=item, record=record))
        return
    step = Step(address, "article", remote=item, record=record, drafts=published)
    fields = {"state": FieldChange("published", "draft")} if on_remove == "unpublish" else {}
    locales = {
        locale: text_removed(
            (address, locale), item.translations[locale].html or "", record.locales.get(locale), fields
        )
        for locale in sorted(published)
    }
    read = published if on_remove == "unpublish" else item.texts
    planner.changes.append(replace(_change(planner, on_remove, step, item, read), locales=locales))
    planner.losses += losses_of(address, item, published)


def _remove_group(planner: Planner, address: Address, record: Record, item: Collection, stored: HelpCenter) -> None:
    successor = planner.context.matching.replaced.get(address)
    if successor is None and planner.context.policy.on_remove != "delete":
        if planner.context.policy.on_remove == "unpublish":
            message = f"its folder was removed, but Intercom's {item.kind}s can't be unpublished: it stays"
            hint = "with `on_remove: delete` an empty one is deleted"
            planner.attention.append(Attention("warning", address, item.id, message, hint=hint))
        planner.settled.append(Step(address, record.kind, remote=item, record=record))
        return
    left = _children_left(planner, item, stored)
    if left:
        items = f"{left} item{'s' * (left > 1)}"
        message = f"its folder was removed, but it still has {items} in Intercom: it is deleted only when it is empty"
        planner.attention.append(Attention("warning", address, item.id, message, hint="move or remove those first"))
        return
    fields = {"address": FieldChange(address, successor)} if successor else {}
    step = Step(address, record.kind, remote=item, record=record, replaced_by=successor)
    planner.changes.append(replace(_change(planner, "delete", step, item, item.texts), fields=fields))


def _change(planner: Planner, action: Action, step: Step, item: Item, locales: Iterable[LocaleCode]) -> Change:
    """Return the change that removes these texts of an item, with the edits in Intercom that it removes."""
    edits = unrecorded_edits(step.record, item, locales, planner.context.bodies)
    return Change(
        action,
        step.kind,
        step.address,
        item.id,
        title_of(item, planner.context.default_locale),
        step,
        overwrites=edits,
        edited_at=edited_at(item, {locale for locale, _ in edits}) if edits else None,
    )


def _children_left(planner: Planner, item: Collection, stored: HelpCenter) -> int:
    leaving = {
        (change.kind, change.id) for change in planner.changes if change.action == "delete" or change.step.parent
    }
    return sum(item.holds(child) and (child.kind, child.id) not in leaving for child in stored.items)
