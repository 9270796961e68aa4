"""What a pull brings home, by what changed in Intercom since both sides last agreed; no file is made here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpsync.errors import ConfigError
from helpsync.markdown import shows_nothing
from helpsync.model import Article, Collection, Translation
from helpsync.plan.compare import TextComparison
from helpsync.plan.matching.matches import title_of
from helpsync.plan.plan import Attention
from helpsync.pull.values import ItemPull, Pulls, TextPull

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpsync.baseline import LocaleRecord
    from helpsync.content import FileNames
    from helpsync.model import Address, Item, LocaleCode, Text
    from helpsync.plan.build import Planned
    from helpsync.plan.matching.matches import Match

_SOME = 5
"""So many of a kind are named one by one; of more, how many there are."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for: `addresses` (all without any), with `new` also what no file stands for, `pin` ids in files.

    `locales` are those of helpsync.yaml: what Intercom has in others stays there. Nothing is merged into the files that
    are `marked`: they have conflict markers.
    """

    locales: tuple[LocaleCode, ...]
    addresses: tuple[Address, ...] = ()
    new: bool = False
    pin: bool = False
    marked: frozenset[str] = frozenset()

    def covers(self, address: Address) -> bool:
        """Return whether an address was asked for; a folder's stands for all that is in it."""
        return not self.addresses or any(
            address == asked or (asked.endswith("/") and address.startswith(asked)) for asked in self.addresses
        )


def decide(planned: Planned, request: Request, names: FileNames) -> Pulls:
    """Return what is brought home; pure. `names` gives new items their addresses."""
    return _Deciding(planned, request, names).run()


@dataclass
class _Deciding:
    planned: Planned
    request: Request
    names: FileNames
    items: dict[Address, ItemPull] = field(default_factory=dict)
    attention: list[Attention] = field(default_factory=list)
    foreign: dict[LocaleCode, set[str]] = field(default_factory=dict)
    folders: dict[Address, Collection] = field(default_factory=dict)

    def __post_init__(self) -> None:
        matching = self.planned.matching
        self.matches = matching.matches
        self.locale = self.planned.desired.default_locale
        self.groups: dict[str, Address] = {
            match.remote.id: address
            for address, match in self.matches.items()
            if isinstance(match.remote, Collection) and match.remote.id
        }
        # What may be a file's own article is not to get a second file.
        doubtful = {item.id for item in matching.likely.values()}
        doubtful |= {each.id for each in matching.attention if each.address in matching.refused}
        self.free = [
            item
            for item in matching.unclaimed
            if item.id and item.id not in doubtful and (item.kind, item.id) not in matching.suspected
        ]
        self.free_groups = {item.id: item for item in self.free if isinstance(item, Collection)}
        self.settled = {step.address for step in self.planned.plan.settled}

    def run(self) -> Pulls:
        if self.request.new:
            for item in by_remote_depth(self.free):
                try:
                    self._new(item)
                except ConfigError as error:
                    self.attention.append(Attention("conflict", None, item.id, error.message, hint=error.hint))
        # Folders first: what moves into one that moves, too, follows it.
        for address, match in sorted(
            self.matches.items(), key=lambda pair: (pair[0][-1:] != "/", pair[0].count("/"), pair[0])
        ):
            if self.request.covers(address):
                self._known(address, match)
        matching = self.planned.matching
        self.attention += [
            each
            for each in matching.attention
            if each.address in matching.refused and self.request.covers(each.address)
        ]
        self._tell_of_foreign()
        self._tell_of_unmanaged()
        ordered = sorted(self.items.values(), key=lambda each: (each.address.rstrip("/").count("/"), each.address))
        return Pulls(tuple(ordered), tuple(self.attention))

    # What no file stands for -----------------------------------------------------------------------------------------

    def _new(self, item: Item) -> None:
        if isinstance(item, Collection):
            self._group(item.id)
            return
        if self.locale not in item.texts:
            message = f"“{title_of(item, self.locale)}” has no text in {self.locale}: not taken"
            hint = f"translate it in Intercom: in the tree every article has a file in {self.locale}"
            self.attention.append(Attention("unmanaged", None, item.id, message, hint=hint))
            return
        text = item.translations[self.locale]
        if text.state == "published" and shows_nothing(text.html or ""):
            message = f"the text of “{title_of(item, self.locale)}” shows nothing in {self.locale}: not taken"
            hint = "write it in Intercom, or unpublish the article: a draft may be empty"
            self.attention.append(Attention("unmanaged", None, item.id, message, hint=hint))
            return
        parent = self._group(item.parent_id)
        if item.parent_id is not None and parent is None:
            message = f"“{title_of(item, self.locale)}” is in a collection whose folder left the tree: not taken"
            hint = "bring that folder back, or move the article in Intercom"
            self.attention.append(Attention("unmanaged", None, item.id, message, hint=hint))
            return
        address = self.names.take(parent, title_of(item, self.locale), item.id or "", folder=False)
        self._add(address, item)

    def _group(self, identifier: str | None) -> Address | None:
        """Return the folder that stands for a collection or section, a new one where it has none; None for none."""
        if identifier is None or identifier in self.groups:
            return self.groups.get(identifier or "")
        item = self.free_groups.get(identifier)
        if item is None:
            return None
        parent = self._group(item.parent_id)
        if item.parent_id is not None and parent is None:
            return None
        address = self.names.take(parent, title_of(item, self.locale), identifier, folder=True)
        self.groups[identifier] = address
        self.folders[address] = item
        self._add(address, item)
        return address

    def _with_folders(self, address: Address) -> Address:
        """Return the address; its new folders come home too, whatever was asked for: without them it is none."""
        for folder in [folder for folder in self.folders if address.startswith(folder)]:
            self._add(folder, self.folders[folder], needed=True)
        return address

    def _add(self, address: Address, item: Item, *, needed: bool = False) -> None:
        if address in self.items:
            return
        if (
            not needed
            and self.request.addresses
            and not any(self.request.covers(address) or asked.startswith(address) for asked in self.request.addresses)
        ):
            return
        texts = {locale: TextPull(locale, text, body=True) for locale, text in self._ours(item)}
        self.items[address] = ItemPull(address, item, texts=texts, pinned=self.request.pin)

    def _ours(self, item: Item) -> Iterator[tuple[LocaleCode, Text]]:
        """Yield what an item says in the locales of helpsync.yaml; what else it says is told of once."""
        for locale in (self.locale, *(each for each in self.request.locales if each != self.locale)):
            if locale in item.texts:
                yield locale, item.texts[locale]
        for locale in item.texts.keys() - set(self.request.locales):
            self.foreign.setdefault(locale, set()).add(item.id or "")

    # What has files --------------------------------------------------------------------------------------------------

    def _known(self, address: Address, match: Match) -> None:
        if isinstance(match.desired, Article) and not match.desired.managed:
            return
        if address in self.planned.matching.refused:
            return
        if match.missing is not None:
            self._removed(address, match)
            return
        # A file that came back is sent first: until then Intercom has what its removal left there.
        if match.remote is None or (match.record is not None and match.record.removed):
            return
        texts = {}
        for locale in self.request.locales:
            text = self._text(match, locale)
            if text is not None:
                texts[locale] = text
        for _ in self._ours(match.remote):
            pass
        target = self._moved_to(address, match)
        pin = self.request.pin and match.desired.pin is None and not self._is_marked(match.desired.texts[self.locale])
        if match.traded and (texts or target):
            message = "changed in Intercom, and its file took another one's address in the tree: left as it is"
            hint = "push first, so that both sides know which file is which; then pull again"
            self.attention.append(Attention("conflict", address, match.remote.id, message, tuple(texts), hint))
            return
        if texts or target or pin:
            self.items[address] = ItemPull(
                target or address,
                match.remote,
                match.desired,
                match.record,
                texts,
                previous=address if target else None,
                pinned=pin,
            )

    def _is_marked(self, text: Text) -> bool:
        return text.source is not None and text.source.path in self.request.marked

    def _text(self, match: Match, locale: LocaleCode) -> TextPull | None:  # noqa: PLR0911  # a table of what can be
        stored = match.remote.texts.get(locale) if match.remote else None
        wanted = match.desired.texts.get(locale)
        record = match.record.locales.get(locale) if match.record else None
        live = record is not None and not record.removed and match.record is not None and not match.record.removed
        if wanted is not None and self._is_marked(wanted):
            return None
        if stored is None and locale == self.locale:
            return None
        if stored is None:
            if wanted is None or record is None or not live or not record.remote:
                return None
            if isinstance(wanted, Translation):
                return TextPull(locale, None, wanted, record)
            return None
        if wanted is None:
            # A file that was removed, now or before, is not brought back.
            return TextPull(locale, stored, body=True) if record is None else None
        if record is None:
            return self._unknown(match, locale)
        if not live:
            return None
        compared = self._compared(match, wanted, record)
        edited = compared.edited_in_intercom
        body = isinstance(stored, Translation) and ("body" in edited or self._lacks_pictures(wanted, record))
        return TextPull(locale, stored, wanted, record, edited - {"body"}, body) if edited or body else None

    def _unknown(self, match: Match, locale: LocaleCode) -> TextPull | None:
        """Return what to bring home where the baseline knows nothing of a text that both sides have."""
        address = match.desired.address or ""
        if match.adopted or address in self.settled:
            return None
        stored = match.remote.texts[locale] if match.remote else None
        return TextPull(locale, stored, match.desired.texts[locale], None, frozenset(), body=True)

    def _compared(self, match: Match, wanted: Text, record: LocaleRecord | None) -> TextComparison:
        stored = match.remote.texts.get(wanted.locale) if match.remote else None
        address, kind = match.desired.address or "", match.desired.kind
        return TextComparison(address, kind, wanted, stored, record, self.planned.bodies)

    def _lacks_pictures(self, wanted: Text, record: LocaleRecord) -> bool:
        """Return whether pictures that could not be fetched are to be tried again: where the text was asked for."""
        as_agreed = wanted.source is not None and wanted.source.blob == record.blob
        return bool(self.request.addresses) and as_agreed and any(path == key for path, key in record.images.items())

    def _moved_to(self, address: Address, match: Match) -> Address | None:
        """Return the address in the folder that a teammate moved the item to, None where they did not."""
        record, remote = match.record, match.remote
        if record is None or remote is None or record.removed or remote.parent_id == record.parent:
            return None
        here = self.planned.matching.id_of(match.desired.parent)
        if here == remote.parent_id:
            return None
        if remote.parent_id is None and record.parent not in self.planned.matching.group_ids:
            # Its collection was deleted there: it has no place to be brought to.
            return None
        parent = self._group(remote.parent_id)
        if here != record.parent:
            message = f"moved in the tree and in Intercom, there to {parent or 'no collection'}: left where it is"
            hint = f"move its files into {parent or 'the content folder'}, or push with --overwrite-remote {address}"
            self.attention.append(Attention("conflict", address, remote.id, message, hint=hint))
            return None
        if remote.parent_id is not None and parent is None:
            message = "moved in Intercom to a collection whose folder left the tree: left where it is"
            hint = f"bring that folder back, or push with --overwrite-remote {address}"
            self.attention.append(Attention("conflict", address, remote.id, message, hint=hint))
            return None
        target = self._with_folders(self.names.moved(parent, address, remote.id or ""))
        if address.endswith("/"):
            self._follow(address, target, remote.id or "")
        return target

    def _follow(self, folder: Address, target: Address, identifier: str) -> None:
        """Let what moves into a folder that moves, too, go to where that will be, and not over what it takes along."""
        self.groups[identifier] = target
        for address in self.matches:
            if address.startswith(folder):
                self.names.keep(target + address[len(folder) :])

    def _removed(self, address: Address, match: Match) -> None:
        """Take note of an item that is gone in Intercom: its files go, unless that would lose a writer's edit."""
        record = match.record
        if record is None or (isinstance(match.desired, Collection) and not self._is_left_empty(address)):
            return
        edited = [
            locale
            for locale, text in match.desired.texts.items()
            if not self._compared(match, text, record.locales.get(locale)).is_file_as_agreed
        ]
        if edited:
            message = f"removed in Intercom, and edited in the tree since: {', '.join(sorted(edited))}"
            hint = f"remove its files, or create it anew with `helpsync push --overwrite-remote {address}`"
            self.attention.append(Attention("conflict", address, match.missing, message, tuple(sorted(edited)), hint))
            return
        texts = {
            locale: TextPull(locale, None, text, record.locales.get(locale))
            for locale, text in match.desired.texts.items()
        }
        self.items[address] = ItemPull(address, None, match.desired, record, texts)

    def _is_left_empty(self, address: Address) -> bool:
        """Return whether all that is in a folder is gone in Intercom, too."""
        return all(
            match.missing is not None
            for other, match in self.matches.items()
            if other != address and other.startswith(address)
        )

    # What is told ----------------------------------------------------------------------------------------------------

    def _tell_of_foreign(self) -> None:
        for locale, found in sorted(self.foreign.items()):
            message = f"{len(found)} item{'s are' if len(found) != 1 else ' is'} there in {locale} too: not taken"
            hint = f"to have {locale} in the tree, add it to `locales` in helpsync.yaml and pull again"
            self.attention.append(Attention("warning", None, None, message, (locale,), hint))

    def _tell_of_unmanaged(self) -> None:
        if self.request.new or not self.free:
            return
        shown = ", ".join(f"#{item.id} “{title_of(item, self.locale)}”" for item in self.free[:_SOME])
        more = f" and {len(self.free) - _SOME} more" if len(self.free) > _SOME else ""
        message = f"not in the content tree: {shown}{more}"
        self.attention.append(Attention("unmanaged", None, None, message, hint="`helpsync pull --new` takes them"))


def by_remote_depth(items: Iterable[Item]) -> list[Item]:
    """Return remote items, collections before sections before articles, each by id: the order in which names go."""
    kinds = ("collection", "section", "article")
    return sorted(items, key=lambda item: (kinds.index(item.kind), len(item.id or ""), item.id or ""))
