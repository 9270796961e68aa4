"""Makes the plan of a restore from snapshots, Intercom and the baseline; the plan is the same value as a push's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from helpsync.baseline import Baseline, Record, Snapshot
from helpsync.markdown import DIALECT_VERSION, canonical_ignoring_targets
from helpsync.model import Article, Collection, HelpCenter, Translation
from helpsync.plan import (
    Attention,
    Change,
    FieldChange,
    Matching,
    Plan,
    Planned,
    Step,
    admin_id,
    blanked,
    check_workspace,
    edited_at,
    known_links,
    leads_within,
    losses_of,
    pinned,
    published_counts,
    relinks_of,
    remote_fields,
    title_of,
    with_inbound,
)
from helpsync.restore.items import RestoreItem, RestoreRenderer, filled_fields, with_pictures
from helpsync.restore.warnings import created_later, lost_anchors_warnings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.model import Item, Kind, LocaleCode, Text

    Titles: TypeAlias = tuple[Kind, frozenset[tuple[LocaleCode, str]]]
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from helpsync.model import Address, Kind, LocaleCode, Remote
    from helpsync.plan import Loss, Policy
    from helpsync.restore.select import RestoreTarget, Selection


class UnclaimedIndex:
    """The stored items without a record, by their titles: their bodies are read only where these are equal."""

    def __init__(self, stored: Iterable[Item], claimed: AbstractSet[tuple[Kind, str]]) -> None:
        self._by_titles: defaultdict[Titles, list[Item]] = defaultdict(list)
        for item in stored:
            if (item.kind, item.id) not in claimed:
                self._by_titles[_titles(item)].append(item)

    def like(self, former: Item) -> Item | None:
        """Return the one item that equals the snapshot in every locale; None where there are several or none."""
        texts = former.texts
        alike = [
            item
            for item in self._by_titles.get(_titles(former), ())
            if all(_alike(texts[locale], text) for locale, text in item.texts.items())
        ]
        return alike[0] if len(alike) == 1 else None


def _titles(item: Item) -> Titles:
    said = {locale: remote_fields(text) for locale, text in item.texts.items()}
    return item.kind, frozenset((locale, text.get("title", text.get("name", ""))) for locale, text in said.items())


def _alike(former: Text, other: Text) -> bool:
    ours, theirs = remote_fields(former), remote_fields(other)
    return "body" not in ours or canonical_ignoring_targets(ours["body"]) == canonical_ignoring_targets(theirs["body"])


def make_restore(
    selection: Selection,
    snapshot: Callable[[str], Snapshot | None],
    remote: Remote,
    baseline: Baseline | None,
    policy: Policy,
) -> Planned:
    """Return the plan that restores the selection; `snapshot` returns one by its name, None where it is damaged.

    A teammate's later edit is a conflict, unless the address is among the policy's `overwrite`. Raises WrongWorkspace
    when the baseline belongs to another workspace.
    """
    baseline = baseline or Baseline(remote.workspace_id, policy.base_url, DIALECT_VERSION)
    check_workspace(baseline, remote, policy)
    planner = _Planner(selection, snapshot, remote, baseline, policy)
    planner.run()
    directory = planner.bodies.directory
    locale = remote.help_center.default_locale
    managed: dict[str | None, Address] = {
        record.id: address
        for address, record in baseline.records.items()
        if record.kind == "article" and not record.removed
    }
    addresses = {**managed, **planner.addresses}
    relinks = relinks_of(planner.steps, planner.changes, directory)
    planner.attention += lost_anchors_warnings(
        planner.changes, planner.bodies, locale, remote.help_center.articles, addresses, relinks
    )
    plan = Plan(
        remote=policy.remote,
        base_url=policy.base_url,
        api_version=policy.api_version,
        changes=tuple(planner.changes),
        attention=tuple(planner.attention),
        settled=tuple(planner.settled),
        unchanged=planner.unchanged,
        losses=with_inbound(
            planner.losses, planner.changes, remote.help_center.articles, addresses, planner.bodies, locale
        ),
        relinks=relinks,
        published=published_counts(item for item in remote.help_center.articles if item.id in managed),
        command="restore",
    )
    articles = tuple(step.desired for step in planner.steps.values() if isinstance(step.desired, Article))
    desired = HelpCenter(locale, articles=articles)
    scope = remote.help_center
    return Planned(plan, desired, baseline, directory, planner.bodies, planner.steps, Matching(), scope, planner.bases)


class _Planner:
    def __init__(
        self,
        selection: Selection,
        snapshot: Callable[[str], Snapshot | None],
        remote: Remote,
        baseline: Baseline,
        policy: Policy,
    ) -> None:
        self.changes: list[Change] = []
        self.attention: list[Attention] = []
        self.settled: list[Step] = []
        self.losses: list[Loss] = []
        self.steps: dict[Address, Step] = {}
        self.unchanged = 0
        self.bodies, self.bases = known_links(remote, baseline, policy)
        self._selection = selection
        self._snapshot = snapshot
        self._policy = policy
        self._records = baseline.records
        self.default_locale = remote.help_center.default_locale
        self._admins = {admin.id for admin in remote.admins}
        self._author = admin_id(remote, policy.author) if policy.author else None
        self._stored: dict[tuple[Kind, str | None], Item] = {
            (item.kind, item.id): item for item in remote.help_center.items
        }
        claimed = {(record.kind, record.id) for record in baseline.records.values()}
        self._unclaimed = UnclaimedIndex(remote.help_center.items, claimed)
        self._items: dict[Address, RestoreItem] = {}
        self._renderer = RestoreRenderer(self.bodies, self._items, selection.owners, self._present)

    @property
    def addresses(self) -> dict[str | None, Address]:
        """Return the addresses of the restored articles by their current ids."""
        return {item.remote.id: address for address, item in self._items.items() if isinstance(item.remote, Article)}

    def run(self) -> None:
        """Plan every item to restore."""
        for target in self._selection.targets.values():
            self._take(target)
        waiting = list(self._items.values())
        while waiting:
            # A deleted collection comes back with its contents.
            above = self._spare_parent(waiting.pop())
            if above is not None and (taken := self._take(above)):
                waiting.append(taken)
        self._follow()
        for item in self._items.values():
            self._renderer.know(item)
        for address, item in self._items.items():
            former = item.snapshot.item.texts
            item.texts = {locale: self._renderer.text((address, locale), text) for locale, text in former.items()}
        wanted = [self._desired(item, None, item.texts) for item in self._items.values()]
        within = [
            (address, locale)
            for address, item in self._items.items()
            if isinstance(item.remote, Article)
            for locale, text in item.remote.translations.items()
            if leads_within(text.html or "")
        ]
        self.bodies.directory.pinned = pinned((each for each in wanted if isinstance(each, Article)), within)
        for _, item in sorted(self._items.items(), key=lambda pair: (pair[0].count("/"), pair[0])):
            self._item(item)
        self.attention += created_later(self._selection, self._stored)

    def _take(self, target: RestoreTarget) -> RestoreItem | None:
        snapshot = self._snapshot(target.snapshot)
        if snapshot is None or snapshot.item.kind != target.kind:
            message = "its snapshot is damaged or missing: left alone"
            hint = "Intercom's own version history may have it"
            self.attention.append(Attention("conflict", target.address, target.ids[0], message, hint=hint))
            return None
        record = self._records.get(target.address)
        if record is None or record.kind != target.kind:
            # Without a record, the id alone lets the file revive the item.
            record = Record(target.kind, target.ids[0], removed=True)
        ids = (record.id, *target.ids)
        stored = next((item for one in ids if (item := self._stored.get((target.kind, one)))), None)
        left = self._snapshot(target.left) if target.left else None
        taken = RestoreItem(target, snapshot, with_pictures(record, snapshot), stored, left.item if left else None)
        taken.free = target.address in self._policy.overwrite or (stored is None and target.removed)
        if stored is None and taken.free:
            taken.remote = self._unclaimed.like(snapshot.item)
        self._items[target.address] = taken
        return taken

    def _present(self, address: Address, identifier: str) -> Article | None:
        """Return the article that has an address now in place of a deleted one, None where there is none."""
        if ("article", identifier) in self._stored:
            return None
        record = self._records.get(address)
        item = self._stored.get(("article", record.id)) if record else None
        return item if isinstance(item, Article) else None

    def _follow(self) -> None:
        """Also restore texts that an earlier restore wrote and that link to an article with a new id.

        No file has that text, so no push would repair the link.
        """
        gone = {one for item in self._items.values() if item.remote is None for one in item.target.ids}
        for address, target in self._selection.restored.items() if gone else ():
            stored, left = self._stored.get((target.kind, target.ids[0])), self._snapshot(target.snapshot)
            if address in self._items or left is None or not isinstance(stored, Article):
                continue
            linking = self._renderer.linking(left.item, gone)
            if any(not self._renderer.says(stored, left.item, locale) for locale in linking):
                message = "links to an article that gets a new id, but was edited since: the link stays dead"
                self.attention.append(
                    Attention("warning", address, stored.id, message, linking, "repair it in Intercom")
                )
            elif linking:
                self._take(replace(target, fields=dict.fromkeys(linking, frozenset({"body"}))))

    def _spare_parent(self, item: RestoreItem) -> RestoreTarget | None:
        former = item.snapshot.item
        address = self._subject_of_parent(former)
        if address is None or address in self._items or not (item.remote is None or item.target.parent):
            return None
        return self._selection.spare.get(address) if self._id_of(address, former) is None else None

    def _subject_of_parent(self, former: Item) -> Address | None:
        return self._selection.owners.get((_kind_above(former), former.parent_id)) if former.parent_id else None

    def _id_of(self, address: Address, former: Item) -> str | None:
        """Return the id of the collection or section that has this address now, None where it must be created."""
        if address in self._items:
            remote = self._items[address].remote
            return remote.id if remote else None
        record = self._records.get(address)
        kind = _kind_above(former)
        ids = (former.parent_id, record.id if record else None)
        return next((one for one in ids if one is not None and (kind, one) in self._stored), None)

    def _parent(self, item: RestoreItem) -> Address | None:
        """Return the address of the snapshot's parent, which the directory then knows; None where it is unknown."""
        former = item.snapshot.item
        if former.parent_id is None:
            return None
        address = self._subject_of_parent(former)
        if address is None and (_kind_above(former), former.parent_id) in self._stored:
            # A teammate made it: the end of the address tells a section from a collection.
            address = f"#{former.parent_id}/" if _kind_above(former) == "collection" else f"#{former.parent_id}//"
        if address is None:
            return None
        identifier = self._id_of(address, former) or (former.parent_id if address.startswith("#") else None)
        if identifier is not None:
            self.bodies.directory.ids[address] = identifier
        return address if identifier is not None or address in self._items else None

    def _item(self, item: RestoreItem) -> None:
        identifier = item.remote.id if item.remote else item.target.ids[0]
        if item.remote is None and not item.free:
            message = f"the {item.target.kind} {identifier} is no longer in Intercom, and no push removed it"
            hint = f"create it again with --overwrite-remote {item.address}"
            self.attention.append(Attention("conflict", item.address, identifier, message, hint=hint))
            return
        sends: dict[LocaleCode, frozenset[str]] = {}
        conflicts: dict[LocaleCode, frozenset[str]] = {}
        scope = self._scope(item)
        for locale, names in sorted(scope.items()):
            send, conflict = self._compared(item, locale, names)
            if send:
                sends[locale] = send
            if conflict:
                conflicts[locale] = conflict
        parent, moved_by_hand = self._moves(item)
        if conflicts or moved_by_hand:
            self._conflict(item, conflicts, moved_by_hand=moved_by_hand)
            return
        self._conclude(item, scope, sends, parent)

    def _scope(self, item: RestoreItem) -> Mapping[LocaleCode, frozenset[str]]:
        """Return the fields to restore; all of them where the item is created again."""
        texts = item.texts
        if item.remote is None:
            return {locale: frozenset(filled_fields(text, item.target.kind)) for locale, text in texts.items()}
        added = sorted(item.target.fields.keys() - texts.keys() & item.remote.texts.keys())
        if added:
            message = f"{', '.join(added)} was added by that push: left alone"
            hint = "to take a translation away, remove its file and push"
            self.attention.append(Attention("warning", item.address, item.remote.id, message, tuple(added), hint))
        return {
            locale: self._names(item, locale, names)
            for locale, names in item.target.fields.items()
            if locale in texts and names
        }

    def _names(self, item: RestoreItem, locale: LocaleCode, names: frozenset[str]) -> frozenset[str]:
        text = item.texts[locale]
        shown = item.remote.texts.get(locale) if item.remote else None
        if shown is None:
            return frozenset(filled_fields(text, item.target.kind))
        former = item.snapshot.item.texts[locale]
        # A translation is always sent with its body: if the text is still the same, its links
        # may be restored too.
        whole = locale != self.default_locale and isinstance(former, Translation) and isinstance(shown, Translation)
        if whole and canonical_ignoring_targets(remote_fields(former)["body"]) == canonical_ignoring_targets(
            remote_fields(shown)["body"]
        ):
            names |= {"body"}
        return names & remote_fields(text).keys()

    def _compared(
        self, item: RestoreItem, locale: LocaleCode, names: frozenset[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Return the fields to send, and those that a teammate changed since."""
        text = item.texts[locale]
        wanted = self._renderer.sent((item.address, locale), text)
        stored = item.remote.texts.get(locale) if item.remote else None
        shown = remote_fields(stored) if stored else {}
        send, conflict = set(), set()
        for name in sorted(names):
            if name in shown and self._renderer.same(name, wanted[name], shown[name]):
                continue
            if name == "author" and wanted[name] not in self._admins:
                self._no_longer_there(item, locale, wanted[name])
            elif name not in shown or self._renderer.untouched(item, locale, name):
                send.add(name)
            elif item.may_be_interrupted_write(locale, name):
                item.took_interrupted_write = True
                send.add(name)
            elif item.free:
                send.add(name)
                item.overwritten += [(locale, name)] if item.address in self._policy.overwrite else []
            else:
                conflict.add(name)
        return frozenset(send), frozenset(conflict)

    def _no_longer_there(self, item: RestoreItem, locale: LocaleCode, author: str) -> None:
        message = f"its author {author} is no longer a teammate"
        hint = "name another author in the file" if item.remote else "it goes to the default author"
        identifier = item.remote.id if item.remote else None
        self.attention.append(Attention("warning", item.address, identifier, message, (locale,), hint))

    def _moves(self, item: RestoreItem) -> tuple[Address | None, bool]:
        """Return the parent to send, None where it stays, and whether a teammate moved the item since."""
        former, remote = item.snapshot.item, item.remote
        if remote is not None and (not item.target.parent or former.parent_id == remote.parent_id):
            return None, False
        parent = self._parent(item)
        identifier = remote.id if remote else None
        if parent is None:
            if former.parent_id is not None:
                message = "its collection no longer exists, and has no snapshot"
                self.attention.append(Attention("warning", item.address, identifier, message))
            elif remote is not None:
                message = "it was in no collection, but Intercom has no way to take it out of one: its place stays"
                self.attention.append(Attention("warning", item.address, identifier, message))
            return None, False
        if remote is None:
            return parent, False
        if self.bodies.directory.ids.get(parent) == remote.parent_id:
            return None, False
        left = item.left.parent_id if item.left is not None else item.record.parent
        # Intercom itself takes an article out of a collection that is deleted.
        orphaned = remote.parent_id is None and not any((kind, left) in self._stored for kind in _GROUPS)
        by_hand = not (orphaned or left == remote.parent_id)
        if by_hand and item.may_be_interrupted_write(None, "parent"):
            item.took_interrupted_write, by_hand = True, False
        if by_hand and item.address in self._policy.overwrite:
            item.overwritten.insert(0, (None, "parent"))
        return parent, by_hand and not item.free

    def _conflict(
        self, item: RestoreItem, conflicts: Mapping[LocaleCode, frozenset[str]], *, moved_by_hand: bool
    ) -> None:
        parts = [f"{locale} {' and '.join(sorted(names))}" for locale, names in conflicts.items()]
        what = ", ".join([*(["parent"] if moved_by_hand else []), *parts])
        self.attention.append(
            Attention(
                "conflict",
                item.address,
                item.remote.id if item.remote else None,
                f"edited in Intercom since the push that is undone{_or_written(item)}: {what}; left alone",
                tuple(conflicts),
                f"let the snapshot win with --overwrite-remote {item.address}",
                {locale: self._renderer.edit(item, locale, names) for locale, names in conflicts.items()},
                edited_at=edited_at(item.remote, conflicts, whole=moved_by_hand),
            )
        )

    def _conclude(
        self,
        item: RestoreItem,
        scope: Mapping[LocaleCode, frozenset[str]],
        sends: Mapping[LocaleCode, frozenset[str]],
        parent: Address | None,
    ) -> None:
        desired = self._desired(item, parent, {locale: item.texts[locale] for locale in scope})
        if item.took_interrupted_write:
            message = "an interrupted run may have written what Intercom shows, so that is not an edit"
            self.attention.append(Attention("warning", item.address, item.remote.id if item.remote else None, message))
        step = Step(
            item.address,
            item.target.kind,
            desired=desired,
            remote=item.remote,
            record=item.record,
            sends=sends,
            links=self._links(item.address, desired, scope),
            parent=parent is not None,
            restores=True,
        )
        self.steps[item.address] = step
        if item.remote is not None and not sends and parent is None:
            self.unchanged += 1
            if self._records.get(item.address) != replace(item.record, id=item.remote.id or ""):
                self.settled.append(step)
            return
        self._say_lost_anchors(item, sends)
        fields = {}
        if parent is not None:
            before = self._address_of(item.remote) if item.remote else None
            fields["parent"] = FieldChange(before, parent.strip("#/") if parent.startswith("#") else parent)
        self.changes.append(
            Change(
                action="create" if item.remote is None else "move" if parent is not None else "update",
                kind=item.target.kind,
                address=item.address,
                id=item.remote.id if item.remote else None,
                title=title_of(item.snapshot.item, self.default_locale),
                step=step,
                fields=fields,
                locales={locale: self._renderer.change(item, locale, names) for locale, names in sends.items()},
                overwrites=tuple(item.overwritten),
                edited_at=edited_at(item.remote, sends) if item.overwritten else None,
            )
        )
        if isinstance(item.remote, Article) and isinstance(desired, Article):
            drafted = frozenset(
                locale for locale, names in sends.items() if "state" in names and _is_draft(desired, locale)
            )
            emptied = blanked(item.remote, desired, sends)
            self.losses += losses_of(item.address, item.remote, drafted | emptied)

    def _say_lost_anchors(self, item: RestoreItem, sends: Mapping[LocaleCode, frozenset[str]]) -> None:
        for locale, names in sends.items():
            lost = self._renderer.lost_anchors(item, locale) if "body" in names else []
            if lost:
                message = f"anchors that can't be restored ({locale}): {', '.join(lost)}; links to them lead to the top"
                identifier = item.remote.id if item.remote else None
                self.attention.append(Attention("warning", item.address, identifier, message, (locale,)))

    def _address_of(self, remote: Item) -> str | None:
        kind = _kind_above(remote)
        record = next((a for a, r in self._records.items() if (r.kind, r.id) == (kind, remote.parent_id)), None)
        return record or remote.parent_id

    def _desired(self, item: RestoreItem, parent: Address | None, texts: Mapping[LocaleCode, Text]) -> Item:
        if isinstance(item.snapshot.item, Article):
            translations = {
                locale: text if text.author in self._admins else replace(text, author=self._author)
                for locale, text in texts.items()
                if isinstance(text, Translation)
            }
            return Article(translations, address=item.address, parent=parent)
        labels = {locale: text for locale, text in texts.items() if not isinstance(text, Translation)}
        return Collection(labels, kind=item.snapshot.item.kind, address=item.address, parent=parent)

    def _links(
        self, address: Address, desired: Item, scope: Mapping[LocaleCode, frozenset[str]]
    ) -> dict[LocaleCode, tuple[str, ...]]:
        """Return the current link targets of the restored bodies; other bodies are not sent."""
        if not isinstance(desired, Article):
            return {}
        return {
            locale: self.bodies.directory.names((address, locale), text.body)
            for locale, text in desired.translations.items()
            if text.body and "body" in scope[locale]
        }


_GROUPS: tuple[Kind, ...] = ("collection", "section")


def _kind_above(item: Item) -> Kind:
    if isinstance(item, Article):
        return item.parent_kind or "collection"
    return "collection"


def _is_draft(article: Article, locale: LocaleCode) -> bool:
    return article.translations[locale].state == "draft"


def _or_written(item: RestoreItem) -> str:
    return "" if item.target.uncertain is None else ", or written by a run that could not note what it left"
