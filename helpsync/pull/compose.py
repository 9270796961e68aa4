"""Composes the files of a pull, and the records that the baseline then has of them; writes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from helpsync.baseline import FileWrite, LocaleRecord, PulledItem, Record
from helpsync.content import INTERCOM, MAX_BYTES, blob_id, merge_pages, with_fields
from helpsync.errors import Exit
from helpsync.markdown import Slugger, shows_nothing, stored_headings
from helpsync.model import Article, Collection, Label, Translation
from helpsync.plan import Attention, Directory, Step, TextComparison, anchors_of, record_of, state_edits
from helpsync.pull.page import Frontmatter, PageWriter, PulledTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from helpsync.model import Address, Admin, Item, LocaleCode, Requests, Text
    from helpsync.plan import Place, Planned
    from helpsync.pull.decide import ItemPull, TextPull
    from helpsync.pull.images import PulledPictures
    from helpsync.settings import Config

_FILE_CHANGED = ("its file was changed while this ran", "run it again")
_EMPTY = "its translation has no text in Intercom, so it is left alone"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that a pull writes, or removes if `after` is None; `before` is None for a new file.

    `path` is relative to helpsync.yaml. `conflicts` counts the places that both sides changed differently.
    """

    path: str
    before: bytes | None
    after: bytes | None
    place: Place
    conflicts: int = 0

    def noted(self, *, with_text: bool = False) -> FileWrite:
        """Return the change as the note of a pull has it, by blob ids; `with_text` adds the new text."""
        before, after = (None if data is None else blob_id(data) for data in (self.before, self.after))
        text = self.after.decode() if with_text and self.after is not None else None
        return FileWrite(self.path, self.place[1], before, after, text, has_conflict=self.conflicts > 0)


@dataclass(slots=True)
class Composed:
    """The files of a pull and the new records by address; None removes a record.

    `sources` are the files as both sides agree on them, by blob id: after a merge, none of them is on the disk.
    `readdressed` maps new addresses to old ones: a writer moved these files, and no push has recorded that yet.
    """

    files: list[FileChange] = field(default_factory=list)
    records: dict[Address, Record | None] = field(default_factory=dict)
    readdressed: dict[Address, Address] = field(default_factory=dict)
    sources: dict[str, bytes] = field(default_factory=dict)
    attention: list[Attention] = field(default_factory=list)

    def noted(self) -> list[PulledItem]:
        """Return the items as the note of a pull has them, each with its files."""
        files: defaultdict[Address, list[FileWrite]] = defaultdict(list)
        for file in self.files:
            files[file.place[0]].append(file.noted())
        old = set(self.readdressed.values())
        items = [{address, self.readdressed.get(address, address)} for address in self.records if address not in old]
        return [
            PulledItem(
                {address: self.records[address] for address in item},
                tuple(file for address in item for file in files[address]),
            )
            for item in items
        ]


@dataclass(slots=True)
class PullResult:
    """What a pull did, or with a dry run would do: its files, sizes of pictures by path, and what it left alone.

    `moved` maps addresses, old to new. `relinked` are the paths of files that stayed, with new links to what moved.
    """

    files: list[FileChange] = field(default_factory=list)
    moved: dict[Address, Address] = field(default_factory=dict)
    relinked: list[str] = field(default_factory=list)
    pictures: dict[str, int] = field(default_factory=dict)
    unfetched: dict[str, str] = field(default_factory=dict)
    attention: list[Attention] = field(default_factory=list)
    requests: Requests | None = None

    @property
    def code(self) -> Exit:
        """The documented exit code."""
        conflict = any(each.kind == "conflict" for each in self.attention) or any(file.conflicts for file in self.files)
        return Exit.CONFLICT if conflict else Exit.OK


@dataclass(frozen=True, slots=True)
class ComposeContext:
    """What composing reads: `past` gives a file's text by its blob id; `remote` is the name of the remote."""

    config: Config
    planned: Planned
    remote: str
    admins: Sequence[Admin]
    past: Callable[[str], str | None]


def compose_files(items: Iterable[ItemPull], pictures: PulledPictures, context: ComposeContext) -> Composed:
    """Return the files and records of these items; raises OSError if a file can't be read any more."""
    return _Composition(tuple(items), pictures, context).compose()


class _Composition:
    """One composition; `agreed` collects, by address, what both sides say from now on."""

    def __init__(self, items: tuple[ItemPull, ...], pictures: PulledPictures, context: ComposeContext) -> None:
        self.items = items
        self.pictures = pictures
        self.config = context.config
        self.past = context.past
        self.default_locale = context.planned.desired.default_locale
        places = {(item.address or "", locale) for item in context.planned.desired.items for locale in item.texts}
        for pull in items:
            for locale, text in pull.texts.items():
                (places.discard if text.remote is None else places.add)((pull.address, locale))
        self.tree = PulledTree(self.config, places, {path: key for key, path in pictures.paths.items()})
        directory = _directory_after(context.planned.directory, items, self.tree.path)
        self.bodies = replace(context.planned.bodies, directory=directory)
        self.frontmatter = Frontmatter(self.config, context.admins, context.remote)
        self.pages = PageWriter(self.tree, self.bodies, pictures, self.frontmatter)
        self.recorded = {
            (record.kind, record.id): address
            for address, record in context.planned.baseline.records.items()
            if not record.removed
        }
        self.files: dict[Place, FileChange] = {}
        self.composed = Composed()
        self.agreed: dict[Address, dict[LocaleCode, Text]] = {pull.address: {} for pull in items}
        self.removed_locales: set[Place] = set()

    def compose(self) -> Composed:
        composed: list[ItemPull] = []
        skipped: list[Address] = []
        for pull in self.items:
            if any(pull.address.startswith(folder) for folder in skipped if folder.endswith("/")):
                continue
            if pull.remote is None:
                self._remove(pull)
            elif self._item(pull):
                composed.append(pull)
            else:
                skipped.append(pull.address)
        self._records(composed)
        self.composed.files = [*self.files.values()]
        return self.composed

    # Files -----------------------------------------------------------------------------------------------------------

    def _item(self, pull: ItemPull) -> bool:
        """Compose the files of an item and return whether it then has one in the default locale.

        The baseline must not have a record without that file: it would read as an article that the writers removed.
        """
        unstated = []
        for locale, text in pull.texts.items():
            if (
                pull.desired is not None
                or locale == self.default_locale
                or self.default_locale in self.agreed[pull.address]
            ):
                self._text(pull, text)
                agreed = self.agreed[pull.address].get(locale)
                if "state" in text.fields and isinstance(agreed, Translation) and agreed.state is None:
                    unstated.append(locale)
        if pull.desired is None:
            return self.default_locale in self.agreed[pull.address]
        if pull.pin:
            self._pin(pull)
        if isinstance(pull.remote, Article):
            self.composed.attention += state_edits(pull.address, pull.remote, unstated)
        return True

    def _remove(self, pull: ItemPull) -> None:
        files: dict[LocaleCode, bytes | None] = {}
        for locale, text in pull.texts.items():
            source = text.wanted.source if text.wanted else None
            if source is not None:
                data = files[locale] = self._read(source.path)
                if data is not None and blob_id(data) != source.blob:
                    self._conflict(pull, locale, *_FILE_CHANGED)
                    return
        for locale, data in files.items():
            self._file((pull.address, locale), data, None)
        self._record(pull.address, pull.record, None)

    def _text(self, pull: ItemPull, text: TextPull) -> None:
        if text.wanted is None:
            self._new(pull, text.locale)
            return
        source = text.wanted.source
        ours = self._read(source.path) if source else None
        if source is None or ours is None or blob_id(ours) != source.blob:
            self._conflict(pull, text.locale, *_FILE_CHANGED)
            return
        base = self._base(pull, text, ours.decode())
        if base is None:
            message = "both sides have a text, and helpsync has no version that they agreed on"
            hint = (
                "look at `helpsync diff` and bring the edit into the file by hand, "
                f"or let the file win with `helpsync push --overwrite-remote {pull.address}`"
            )
            self._conflict(pull, text.locale, message, hint)
        elif text.remote is not None:
            self._merge(pull, text, ours, base)
        elif ours.decode() != base:
            message = f"its translation was removed in Intercom, and edited in the tree since: {text.locale}"
            hint = f"remove the file, or send it again with `helpsync push --overwrite-remote {pull.address}`"
            self._note("conflict", pull, text.locale, message, hint)
        else:
            self.removed_locales.add((pull.address, text.locale))
            self._file((pull.address, text.locale), ours, None)

    def _new(self, pull: ItemPull, locale: LocaleCode) -> None:
        place = (pull.address, locale)
        path = self.tree.path(place)
        if (self.config.root / path).exists():
            self._conflict(pull, locale, f"{path} is in the way of a text from Intercom", "rename it, or remove it")
            return
        if pull.remote is None or locale not in pull.remote.texts:
            return
        raw = self.pages.new(pull.remote, place, pin=pull.pin)
        data = raw.encode()
        agreed = self.tree.text(place, raw) if len(data) <= MAX_BYTES else None
        if agreed is None:
            size = f": it has {len(data) / 1e6:.1f} MB" if len(data) > MAX_BYTES else ""
            message = f"its text in Intercom can't be written as a file{size}"
            self._conflict(pull, locale, message, "change it in Intercom, or leave it there")
        elif self._is_empty(locale, agreed):
            self._note("unmanaged", pull, locale, f"{_EMPTY} ({locale})", "translate it there, or remove it")
        else:
            self._agree(place, agreed, data)
            self._file(place, None, data)

    def _merge(self, pull: ItemPull, text: TextPull, ours: bytes, base: str) -> None:
        place = (pull.address, text.locale)
        theirs = self.pages.edited(base, pull, text)
        agreed = self.tree.text(place, theirs)
        if agreed is None:
            self._conflict(pull, text.locale, "its file can't be merged", "look at `helpsync lint`")
        elif self._is_empty(text.locale, agreed):
            message, hint = _EMPTY, "translate it there, or remove the file"
            if text.locale == self.default_locale:
                message = "its text in Intercom shows nothing, so it is left alone"
                hint = f"write it there, or send the file with `helpsync push --overwrite-remote {pull.address}`"
            self._conflict(pull, text.locale, message, hint)
        elif picture := self._lost_picture(place, text, base, agreed):
            message = f"{picture} was replaced in the tree, and its place in the text changed"
            hint = f"pull again with the old picture back in its place, or push with --overwrite-remote {pull.address}"
            self._conflict(pull, text.locale, message, hint)
        else:
            self._agree(place, agreed, theirs.encode())
            if ours.decode() == base:
                self._file(place, ours, theirs.encode())
            else:
                path = self.tree.path(place)
                merged = merge_pages(base, ours.decode(), theirs, ours_name=path, theirs_name=INTERCOM)
                self._file(place, ours, merged.text.encode(), merged.conflicts)

    def _base(self, pull: ItemPull, text: TextPull, ours: str) -> str | None:
        """Return the file as both sides last agreed on it, None if it is not at hand.

        Its links and pictures are named as in the tree that this pull leaves.
        """
        record, wanted = text.record, text.wanted
        if record is None or wanted is None or wanted.source is None or pull.desired is None:
            return None
        base: str | None = ours
        if record.blob != wanted.source.blob:
            base = self.past(record.blob) if record.blob else None
            if base is None:
                compared = TextComparison(pull.address, pull.desired.kind, wanted, text.remote, record, self.bodies)
                base = ours if compared.is_file_as_agreed else None
        if base is None or not isinstance(text.remote, Translation):
            return base
        former = self.bodies.former(record, text.remote.html or "")
        return self.tree.readdressed(base, (pull.address, text.locale), former, self.pictures.paths.get)

    def _is_empty(self, locale: LocaleCode, text: Text) -> bool:
        """Return whether readers would see nothing of this text, which only a draft may have."""
        if not isinstance(text, Translation) or text.body is None or not shows_nothing(text.body.html):
            return False
        return locale != self.config.default_locale or (text.state or self.config.state) == "published"

    def _lost_picture(self, place: Place, text: TextPull, base: str, agreed: Text) -> str | None:
        """Return the path of a picture whose bytes a writer replaced and that Intercom's text no longer shows.

        A merge of lines can't see that: the text of the file stayed the same.
        """
        before = self.tree.text(place, base)
        if not (isinstance(before, Translation) and before.body and isinstance(agreed, Translation) and agreed.body):
            return None
        sent = text.record.images.values() if text.record else ()
        lost = (key for key in before.body.images if key not in agreed.body.images)
        return next((self.pictures.paths.get(key) for key in lost if sent and key not in sent), None)

    def _pin(self, pull: ItemPull) -> None:
        """Write the id into the item's file, unless that has conflict markers."""
        locale = self.default_locale
        source = pull.desired.texts[locale].source if pull.desired and locale in pull.desired.texts else None
        if source is None or pull.remote is None or not pull.remote.id:
            return
        place = (pull.address, locale)
        change = self.files.get(place)
        before = change.before if change else self._read(source.path)
        raw = change.after if change else before
        if raw is None or (change and change.conflicts):
            return
        pin = self.frontmatter.pin(pull.remote.id, self.tree.pins(place, raw.decode()))
        self._file(place, before, with_fields(raw.decode(), {"id": pin}).encode())

    def _read(self, path: str) -> bytes | None:
        try:
            return (self.config.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def _file(self, place: Place, before: bytes | None, after: bytes | None, conflicts: int = 0) -> None:
        if before != after:
            self.files[place] = FileChange(self.tree.path(place), before, after, place, conflicts)

    def _conflict(self, pull: ItemPull, locale: LocaleCode, message: str, hint: str) -> None:
        self._note("conflict", pull, locale, f"{message} ({locale})", hint)

    def _note(
        self, kind: Literal["conflict", "unmanaged"], pull: ItemPull, locale: LocaleCode, message: str, hint: str
    ) -> None:
        identifier = pull.remote.id if pull.remote else None
        self.composed.attention.append(Attention(kind, pull.address, identifier, message, (locale,), hint))

    # The baseline ----------------------------------------------------------------------------------------------------

    def _agree(self, place: Place, agreed: Text, data: bytes) -> None:
        self.agreed[place[0]][place[1]] = agreed
        self.composed.sources[blob_id(data)] = data

    def _records(self, composed: Iterable[ItemPull]) -> None:
        directory = self.bodies.directory
        desired = [(pull, pull.remote, self._desired(pull, pull.remote)) for pull in composed if pull.remote]
        # The anchors of all articles first: links in the records name them.
        for pull, _, item in desired:
            for locale, text in item.texts.items():
                if isinstance(text, Translation) and text.body and text.html:
                    place = (pull.address, locale)
                    known = directory.anchors.get(place, {})
                    directory.anchors[place] = anchors_of(text.body.headings, stored_headings(text.html), known)
        for pull, remote, item in desired:
            links = {
                locale: directory.names((pull.address, locale), text.body)
                for locale, text in item.texts.items()
                if isinstance(text, Translation) and text.body
            }
            step = Step(pull.address, item.kind, desired=item, remote=remote, links=links)
            old = pull.record
            locales: dict[LocaleCode, LocaleRecord] = dict(old.locales) if old else {}
            locales |= record_of(step, remote, self.bodies, links).locales
            for locale in pull.texts:
                if (pull.address, locale) in self.removed_locales:
                    locales.pop(locale, None)
            if old is None or locales != old.locales:
                parent = old.parent if old else remote.parent_id
                self._record(pull.address, old, Record(remote.kind, remote.id or "", parent, locales))

    def _desired(self, pull: ItemPull, remote: Item) -> Item:
        """Return what the agreed files ask for, with what only Intercom knows: ids of authors and stored bodies."""
        texts = self.agreed[pull.address]
        if isinstance(remote, Collection):
            labels = {at: text for at, text in texts.items() if isinstance(text, Label) and at in remote.labels}
            return replace(remote, labels=labels, address=pull.address)
        translations = {}
        for locale, text in texts.items():
            if isinstance(text, Translation):
                shown = remote.translations[locale]
                author = shown.author if text.author else None
                translations[locale] = replace(text, author=author, html=shown.html)
        return replace(remote, translations=translations, address=pull.address)

    def _record(self, address: Address, old: Record | None, new: Record | None) -> None:
        """Set the record of an address; if the old one has another address, that one is removed."""
        self.composed.records[address] = new
        recorded = self.recorded.get((old.kind, old.id), address) if old else address
        if recorded != address:
            self.composed.records[recorded] = None
            self.composed.readdressed[address] = recorded


# The help center after the pull -------------------------------------------------------------------------------------


def _directory_after(now: Directory, items: Iterable[ItemPull], path: Callable[[Place], str]) -> Directory:
    """Return where everything is and what its headings are called once these items are in the tree.

    `path` gives the file of a place.
    """
    directory = Directory(now.base, now.heading_ids, dict(now.ids), dict(now.urls), dict(now.anchors))
    directory.files, directory.default_locale = dict(now.files), now.default_locale
    for pull in items:
        for locale, text in pull.texts.items():
            place = (pull.address, locale)
            if text.remote is None:
                directory.files.pop(place, None)
                directory.anchors.pop(place, None)
            else:
                directory.files[place] = path(place)
        if pull.remote is None or not pull.remote.id:
            directory.ids.pop(pull.address, None)
            continue
        directory.ids[pull.address] = pull.remote.id
        for locale, shown in pull.remote.translations.items() if isinstance(pull.remote, Article) else ():
            place = (pull.address, locale)
            if shown.url:
                directory.urls[place] = shown.url
            text_pull = pull.texts.get(locale)
            if text_pull is not None and text_pull.body and text_pull.remote is not None:
                known = text_pull.record.anchors if text_pull.record else {}
                directory.anchors[place] = _anchors(shown.html or "", known)
    return directory


def _anchors(html: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return slug → id of a stored body's headings: a known one keeps its slug, a new one gets GitHub's."""
    slugger = Slugger()
    slugs = {identifier: slug for slug, identifier in known.items()}
    found: dict[str, str] = {}
    for identifier, text, _ in stored_headings(html):
        slug = slugger.slug(text, slugs.get(identifier or ""))
        if identifier:
            found[slug] = identifier
    return found
