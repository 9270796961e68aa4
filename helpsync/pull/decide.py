"""What a pull brings home: what changed in Intercom since both sides last agreed, and what has no file yet. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpsync.errors import ConfigError, Refused
from helpsync.markdown import shows_nothing
from helpsync.model import Article, Collection, Translation
from helpsync.plan import Attention, ParentComparison, TextComparison, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.baseline import LocaleRecord, Record
    from helpsync.content import FileNames
    from helpsync.model import Address, Item, LocaleCode, Text
    from helpsync.plan import Match, Matching, Planned
    from helpsync.settings import Limits

_MAX_NAMED = 5
"""How many unmanaged items a message names; it counts the rest."""

_ADD_FOLDER = "bring that folder back, or "


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What to pull: `addresses` (all if empty), with `new` also items without a file; `pin` writes ids into files.

    Only `locales`, those of helpsync.yaml, are pulled. The paths `conflicted` have conflict markers, and stay.
    """

    locales: tuple[LocaleCode, ...]
    addresses: tuple[Address, ...] = ()
    new: bool = False
    pin: bool = False
    conflicted: frozenset[str] = frozenset()

    def covers(self, address: Address) -> bool:
        """Return whether an address was asked for; a folder includes everything in it."""
        return not self.addresses or any(
            address == asked or (asked.endswith("/") and address.startswith(asked)) for asked in self.addresses
        )

    def covers_inside(self, folder: Address) -> bool:
        """Return whether the folder or something in it was asked for."""
        return self.covers(folder) or any(asked.startswith(folder) for asked in self.addresses)


@dataclass(frozen=True, slots=True)
class TextPull:
    """One locale of an item that changed in Intercom.

    `fields` are the short fields that changed; `body` says whether the body did. `wanted` is None while the locale has
    no file; `remote` is None if Intercom no longer has the locale, so that its file is removed.
    """

    locale: LocaleCode
    remote: Text | None
    wanted: Text | None = None
    record: LocaleRecord | None = None
    fields: frozenset[str] = frozenset()
    body: bool = False


@dataclass(frozen=True, slots=True)
class ItemPull:
    """An article, collection or section to bring home; `remote` is None if it was removed in Intercom.

    Its files move from `previous`. `desired` and `record` are None for a new item. `pin` writes its id into its file.
    """

    address: Address
    remote: Item | None
    desired: Item | None = None
    record: Record | None = None
    texts: Mapping[LocaleCode, TextPull] = field(default_factory=lambda: MappingProxyType({}))
    previous: Address | None = None
    pin: bool = False


@dataclass(frozen=True, slots=True)
class Pulls:
    """What a pull brings home, folders before their contents, and what it leaves alone, with hints."""

    items: tuple[ItemPull, ...] = ()
    attention: tuple[Attention, ...] = ()

    def raise_if_unsafe(self, matching: Matching, limits: Limits, *, allowed: int) -> None:
        """Raise Refused, with the numbers, when more would leave the tree than the limits allow.

        A removed article counts once, with all its translations. A translation that leaves an article that stays counts
        once, as a share of its locale. Below the floor the share does not apply. `allowed` losses may always be.
        """
        losses: Counter[LocaleCode | None] = Counter()
        for item in self.items:
            if isinstance(item.desired, Article):
                removed = (locale for locale, text in item.texts.items() if text.remote is None)
                losses.update([None] if item.remote is None else removed)
        total: Counter[LocaleCode | None] = Counter()
        for match in matching.matches.values():
            if isinstance(match.desired, Article) and match.record is not None:
                total.update([None, *(locale for locale in match.desired.texts if locale in match.record.locales)])
        # 29% of 100 is 29, which floating point misses.
        limit = Fraction(limits.remove).limit_denominator(1_000_000)
        over = " and ".join(
            f"{count} of {total[locale]} {'articles' if locale is None else f'{locale} translations'}"
            for locale, count in sorted(losses.items(), key=lambda pair: pair[0] or "")
            if total[locale] >= limits.floor and count > limit * total[locale]
        )
        if over and losses.total() > allowed:
            raise Refused(
                f"{over} were removed in Intercom, limit {100 * limits.remove:g}%: nothing was pulled",
                hint=f"look at Intercom first; if that was meant, --allow-remove {losses.total()}",
            )


def decide_pulls(planned: Planned, request: PullRequest, names: FileNames) -> Pulls:
    """Return what to bring home; `names` gives addresses to new items."""
    return _Decisions(planned, request, names).decide()


class _Decisions:
    """One decision; `items` and `attention` collect what it finds."""

    def __init__(self, planned: Planned, request: PullRequest, names: FileNames) -> None:
        self.planned = planned
        self.matching = planned.matching
        self.request = request
        self.names = names
        self.locale = planned.desired.default_locale
        self.settled = {step.address for step in planned.plan.settled}
        self.unclaimed = _unclaimed(planned)
        self.unclaimed_folders = {item.id: item for item in self.unclaimed if isinstance(item, Collection)}
        self.folders: dict[str, Address] = {
            match.remote.id: address
            for address, match in self.matching.matches.items()
            if isinstance(match.remote, Collection) and match.remote.id
        }
        self.new_folders: dict[Address, Collection] = {}
        self.items: dict[Address, ItemPull] = {}
        self.seen: list[Item] = []
        self.attention: list[Attention] = []

    def decide(self) -> Pulls:
        request, matching = self.request, self.matching
        if request.new:
            for item in _in_naming_order(self.unclaimed):
                try:
                    self._new(item)
                except ConfigError as error:
                    self.attention.append(Attention("conflict", None, item.id, error.message, hint=error.hint))
        # Folders first: what moves into a folder that also moves follows it.
        known = [(address, match) for address, match in matching.matches.items() if request.covers(address)]
        for address, match in sorted(known, key=lambda pair: (pair[0][-1:] != "/", pair[0].count("/"), pair[0])):
            self._known(address, match)
        for address, folder in self.new_folders.items():
            # A folder without its file is not a collection, so it comes with whatever is in it.
            if request.covers_inside(address) or any(other.startswith(address) for other in self.items):
                self.items[address] = self._new_pull(address, folder)
        self.attention += [
            each for each in matching.attention if each.address in matching.refused and request.covers(each.address)
        ]
        self._note_other_locales()
        self._note_unmanaged()
        ordered = sorted(self.items.values(), key=lambda each: (each.address.rstrip("/").count("/"), each.address))
        return Pulls(tuple(ordered), tuple(self.attention))

    # Items without a file --------------------------------------------------------------------------------------------

    def _new(self, item: Item) -> None:
        if isinstance(item, Collection):
            self._folder(item.id)
            return
        title, text = title_of(item, self.locale), item.translations.get(self.locale)
        if text is None:
            message = f"“{title}” has no text in {self.locale}: not pulled"
            hint = f"translate it in Intercom: in the tree every article has a file in {self.locale}"
        elif text.state == "published" and shows_nothing(text.html or ""):
            message = f"the text of “{title}” shows nothing in {self.locale}: not pulled"
            hint = "write it in Intercom, or unpublish the article: a draft may be empty"
        elif (parent := self._folder(item.parent_id)) is None and item.parent_id is not None:
            message = f"“{title}” is in a collection whose folder was removed from the tree: not pulled"
            hint = f"{_ADD_FOLDER}move the article in Intercom"
        else:
            address = self.names.take(parent, title, item.id or "", folder=False)
            if self.request.covers(address):
                self.items[address] = self._new_pull(address, item)
            return
        self.attention.append(Attention("unmanaged", None, item.id, message, hint=hint))

    def _folder(self, identifier: str | None) -> Address | None:
        """Return the folder of a collection or section, a new one if it has none; None if it can't have one."""
        if identifier is None or identifier in self.folders:
            return self.folders.get(identifier or "")
        item = self.unclaimed_folders.get(identifier)
        parent = self._folder(item.parent_id) if item else None
        if item is None or (parent is None and item.parent_id is not None):
            return None
        address = self.names.take(parent, title_of(item, self.locale), identifier, folder=True)
        self.folders[identifier] = address
        self.new_folders[address] = item
        return address

    def _new_pull(self, address: Address, item: Item) -> ItemPull:
        self.seen.append(item)
        locales = dict.fromkeys((self.locale, *self.request.locales))
        texts = {at: TextPull(at, item.texts[at], body=True) for at in locales if at in item.texts}
        return ItemPull(address, item, texts=texts, pin=self.request.pin)

    # Items with files ------------------------------------------------------------------------------------------------

    def _known(self, address: Address, match: Match) -> None:
        desired, remote, record = match.desired, match.remote, match.record
        if (isinstance(desired, Article) and not desired.managed) or address in self.matching.refused:
            return
        if match.missing is not None:
            self._removed(address, match)
            return
        # A file that came back is pushed first: until then, Intercom has what its removal left there.
        if remote is None or (record is not None and record.removed):
            return
        self.seen.append(remote)
        texts = {at: text for at in self.request.locales if (text := self._text(match, at)) is not None}
        target = self._moved_to(address, match)
        pin = self.request.pin and desired.pin is None and not self._has_conflict(desired.texts[self.locale])
        if match.traded and (texts or target):
            message = "changed in Intercom, and its file took another one's address in the tree: left as it is"
            hint = "push first, so that both sides know which file is which; then pull again"
            self._conflict(address, remote.id, message, hint, texts)
        elif texts or target or pin:
            previous = address if target else None
            self.items[target or address] = ItemPull(target or address, remote, desired, record, texts, previous, pin)

    def _has_conflict(self, text: Text) -> bool:
        return text.source is not None and text.source.path in self.request.conflicted

    def _text(self, match: Match, locale: LocaleCode) -> TextPull | None:
        """Return what to bring home of one locale, None for nothing."""
        remote, wanted, record = match.remote_text(locale), match.desired.texts.get(locale), match.record_of(locale)
        if wanted is None:
            # A file that was removed, now or before, does not come back.
            return TextPull(locale, remote, body=True) if remote and record is None else None
        if self._has_conflict(wanted):
            return None
        if record is None:
            known = match.adopted or match.desired.address in self.settled
            return TextPull(locale, remote, wanted, body=True) if remote and not known else None
        if record.removed:
            return None
        if remote is None:
            removed = locale != self.locale and record.remote and isinstance(wanted, Translation)
            return TextPull(locale, None, wanted, record) if removed else None
        edited = TextComparison.of(match, wanted, self.planned.bodies).edited_in_intercom
        body = isinstance(remote, Translation) and ("body" in edited or self._lacks_pictures(wanted, record))
        return TextPull(locale, remote, wanted, record, edited - {"body"}, body) if edited or body else None

    def _lacks_pictures(self, wanted: Text, record: LocaleRecord) -> bool:
        """Return whether to fetch pictures again that failed before: only for a text that was asked for by address."""
        unchanged = wanted.source is not None and wanted.source.blob == record.blob
        return bool(self.request.addresses) and unchanged and any(path == key for path, key in record.images.items())

    def _moved_to(self, address: Address, match: Match) -> Address | None:
        """Return the new address of an item that a teammate moved to another folder, None if nobody did."""
        record, remote = match.record, match.remote
        if record is None or remote is None or record.removed:
            return None
        place = ParentComparison.of(match, self.matching)
        if not place.remote_changed or place.equal or place.orphaned:
            return None
        parent = self._folder(place.actual)
        overwrite = f"push with --overwrite-remote {address}"
        if place.tree_changed:
            message = f"moved in the tree and in Intercom, there to {parent or 'no collection'}: left where it is"
            hint = f"move its files into {parent or 'the content folder'}, or {overwrite}"
            self._conflict(address, remote.id, message, hint)
            return None
        if place.actual is not None and parent is None:
            message = "moved in Intercom to a collection whose folder was removed from the tree: left where it is"
            self._conflict(address, remote.id, message, _ADD_FOLDER + overwrite)
            return None
        target = self.names.moved(parent, address, remote.id or "")
        if address.endswith("/"):
            self.folders[remote.id or ""] = target
            # Nothing else may take an address that the folder's own files will have.
            for inside in self.matching.matches:
                if inside.startswith(address):
                    self.names.keep(target + inside[len(address) :])
        return target

    def _removed(self, address: Address, match: Match) -> None:
        """Remove the files of an item that was removed in Intercom, unless a writer edited one of them."""
        record, texts = match.record, match.desired.texts
        if record is None or (isinstance(match.desired, Collection) and not self._is_left_empty(address)):
            return
        edited = sorted(
            locale
            for locale, text in texts.items()
            if not TextComparison.of(match, text, self.planned.bodies).is_file_as_agreed
        )
        if edited:
            message = f"removed in Intercom, and edited in the tree since: {', '.join(edited)}"
            hint = f"remove its files, or create it again with `helpsync push --overwrite-remote {address}`"
            self._conflict(address, match.missing, message, hint, edited)
            return
        pulls = {at: TextPull(at, None, text, record.locales.get(at)) for at, text in texts.items()}
        self.items[address] = ItemPull(address, None, match.desired, record, pulls)

    def _is_left_empty(self, folder: Address) -> bool:
        """Return whether everything in a folder was removed in Intercom too."""
        inside = (
            match for other, match in self.matching.matches.items() if other != folder and other.startswith(folder)
        )
        return all(match.missing is not None for match in inside)

    # What is left alone ----------------------------------------------------------------------------------------------

    def _conflict(
        self, address: Address, identifier: str | None, message: str, hint: str, locales: Iterable[LocaleCode] = ()
    ) -> None:
        self.attention.append(Attention("conflict", address, identifier, message, tuple(locales), hint))

    def _note_other_locales(self) -> None:
        found: Counter[LocaleCode] = Counter()
        for item in self.seen:
            found.update(item.texts.keys() - set(self.request.locales))
        for locale, count in sorted(found.items()):
            message = f"{count} item{'s also have' if count != 1 else ' also has'} text in {locale}: not pulled"
            hint = f"to have {locale} in the tree, add it to `locales` in helpsync.yaml and pull again"
            self.attention.append(Attention("warning", None, None, message, (locale,), hint))

    def _note_unmanaged(self) -> None:
        if self.request.new or not self.unclaimed:
            return
        shown = ", ".join(f"#{item.id} “{title_of(item, self.locale)}”" for item in self.unclaimed[:_MAX_NAMED])
        more = f" and {len(self.unclaimed) - _MAX_NAMED} more" if len(self.unclaimed) > _MAX_NAMED else ""
        message = f"not in the content tree: {shown}{more}"
        self.attention.append(Attention("unmanaged", None, None, message, hint="`helpsync pull --new` takes them"))


def _unclaimed(planned: Planned) -> list[Item]:
    """Return the remote items that no file has or may have: only these can get new files."""
    matching = planned.matching
    uncertain = matching.suspected | {(item.kind, item.id) for item in matching.likely.values()}
    kinds = {item.address: item.kind for item in planned.desired.items}
    for each in matching.attention:
        if each.address in matching.refused:
            record = planned.baseline.records.get(each.address or "")
            uncertain |= {(kinds.get(each.address, ""), each.id), (record.kind if record else "", each.id)}
    return [item for item in matching.unclaimed if item.id and (item.kind, item.id) not in uncertain]


def _in_naming_order(items: Iterable[Item]) -> list[Item]:
    """Return collections before sections before articles, each by id: the order in which they get their names."""
    kinds = ("collection", "section", "article")
    return sorted(items, key=lambda item: (kinds.index(item.kind), len(item.id or ""), item.id or ""))
