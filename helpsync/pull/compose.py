"""Makes the files of a pull, and the records that the baseline then has of them; nothing is written here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin

from helpsync.baseline import LocaleRecord, Record
from helpsync.content import INTERCOM, MAX_BYTES, blob_id, merge_pages, new_page, split_page, with_body, with_fields
from helpsync.markdown import html_to_markdown, patch_source, shows_nothing, stored_headings
from helpsync.model import Article, Collection, Label, Translation
from helpsync.plan.bodies import LinkNames
from helpsync.plan.compare import TextComparison
from helpsync.plan.drift import told_of_states
from helpsync.plan.links import anchors_of
from helpsync.plan.plan import Attention, Step
from helpsync.plan.record_after import record_of
from helpsync.pull.after import bodies_after
from helpsync.pull.stored import Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from helpsync.model import Address, Item, LocaleCode, Text
    from helpsync.plan.build import Planned
    from helpsync.plan.links import Place
    from helpsync.pull.frontmatter import Frontmatter
    from helpsync.pull.pictures import Pictures
    from helpsync.pull.rendering import Rendering
    from helpsync.pull.values import ItemPull, TextPull

_EMPTY = "its translation has no text in Intercom, so it is left alone"
_ABSOLUTE = re.compile(r"//|[A-Za-z][A-Za-z0-9+.-]*:")


_CHANGED = ("its file was changed while this ran", "run it again")


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that a pull writes or, with `after` None, removes; `before` is what it holds now, None where it is new.

    `path` is relative to helpsync.yaml. `conflicts` is how many places of it both sides changed differently.
    """

    path: str
    before: bytes | None
    after: bytes | None
    place: Place
    conflicts: int = 0


@dataclass(slots=True)
class Composed:
    """The files of a pull, what the baseline then has by address (None: no more), and the texts that it names.

    `sources` are the files as both sides agreed on them, by git's id: after a merge the disk has none of these. `moved`
    are addresses whose record had another one, which it leaves: a writer moved the file, and no push sent that yet.
    """

    files: list[FileChange] = field(default_factory=list)
    records: dict[Address, Record | None] = field(default_factory=dict)
    moved: dict[Address, Address] = field(default_factory=dict)
    sources: dict[str, bytes] = field(default_factory=dict)
    attention: list[Attention] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ground:
    """What composing stands on: `root` is the folder of helpsync.yaml, `past` gives a file's text by git's id."""

    root: Path
    planned: Planned
    rendering: Rendering
    frontmatter: Frontmatter
    pictures: Pictures
    past: Callable[[str], str | None]


def compose(items: Iterable[ItemPull], ground: Ground) -> Composed:
    """Return the files and records of these items; raises OSError where a file can't be read any more."""
    return _Composing(tuple(items), ground).run()


@dataclass
class _Composing:
    items: tuple[ItemPull, ...]
    ground: Ground
    made: Composed = field(default_factory=Composed)
    agreed: dict[Address, dict[LocaleCode, Text]] = field(default_factory=dict)
    gone: set[Place] = field(default_factory=set)
    states: dict[Address, list[LocaleCode]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bodies = bodies_after(self.ground.planned, self.items, self.ground.rendering.path)
        self.holders = {
            (record.kind, record.id): address
            for address, record in self.ground.planned.baseline.records.items()
            if not record.removed
        }

    def run(self) -> Composed:
        taken = []
        held: list[Address] = []
        for pulled in self.items:
            self.agreed[pulled.address] = {}
            if any(pulled.address.startswith(folder) for folder in held if folder.endswith("/")):
                continue
            if pulled.item is None:
                self._remove(pulled)
                continue
            begin = len(self.made.files)
            for locale, text in pulled.texts.items():
                if self._has_a_file(pulled) or locale == self.ground.planned.desired.default_locale:
                    self._text(pulled, locale, text)
            if not self._has_a_file(pulled):
                held.append(pulled.address)
                continue
            if pulled.pinned and pulled.desired is not None:
                self._pin(pulled, begin)
            if isinstance(pulled.item, Article):
                turned = self.states.get(pulled.address, [])
                self.made.attention += told_of_states(pulled.address, pulled.item, turned)
            taken.append(pulled)
        self._records(taken)
        return self.made

    # Files -----------------------------------------------------------------------------------------------------------

    def _remove(self, pulled: ItemPull) -> None:
        files: dict[LocaleCode, bytes | None] = {}
        for locale, text in pulled.texts.items():
            source = text.wanted.source if text.wanted else None
            if source is not None:
                data = files[locale] = self._read(source.path)
                if data is not None and blob_id(data) != source.blob:
                    self._leave(pulled, locale, *_CHANGED)
                    return
        for locale, data in files.items():
            self._file((pulled.address, locale), data, None)
        self._keep(pulled.address, pulled.record, None)

    def _keep(self, address: Address, known: Record | None, record: Record | None) -> None:
        """Let the baseline have this record; where it is `known` by another address, it leaves that."""
        self.made.records[address] = record
        holder = self.holders.get((known.kind, known.id), address) if known else address
        if holder != address:
            self.made.records[holder] = None
            self.made.moved[address] = holder

    def _has_a_file(self, pulled: ItemPull) -> bool:
        """Return whether the tree has the item, now or by what is written so far: a translation alone is none.

        A record of what has no file would read as an article that the writers removed.
        """
        return pulled.desired is not None or self.ground.planned.desired.default_locale in self.agreed[pulled.address]

    def _text(self, pulled: ItemPull, locale: LocaleCode, text: TextPull) -> None:
        place = (pulled.address, locale)
        if text.wanted is None:
            self._new(pulled, place)
            return
        source = text.wanted.source
        ours = self._read(source.path) if source else None
        if source is None or ours is None or blob_id(ours) != source.blob:
            self._leave(pulled, locale, *_CHANGED)
            return
        base = self._base(pulled, place, text, ours)
        if base is None:
            message = "both sides have a text, and the one that they last agreed on is not at hand"
            hint = (
                "look at `helpsync diff` and bring the edit into the file by hand, "
                f"or let the file win with `helpsync push --overwrite-remote {pulled.address}`"
            )
            self._leave(pulled, locale, message, hint)
            return
        if text.stored is None:
            self._untranslated(pulled, place, ours, base)
        else:
            self._merge(pulled, place, text, ours, base)

    def _merge(self, pulled: ItemPull, place: Place, text: TextPull, ours: bytes, base: str) -> None:
        theirs = self._theirs(pulled, place, text, base)
        agreed = self.ground.rendering.text(place, theirs)
        if agreed is None:
            self._leave(pulled, place[1], "its file can't be merged", "look at `helpsync lint`")
            return
        if self._is_empty(place, agreed):
            message, hint = _EMPTY, "translate it there, or remove the file"
            if place[1] == self.ground.planned.desired.default_locale:
                message = "its text in Intercom shows nothing, so it is left alone"
                hint = f"write it there, or send the file with `helpsync push --overwrite-remote {place[0]}`"
            self._leave(pulled, place[1], message, hint)
            return
        if lost := self._replaced(place, text, base, agreed):
            hint = f"pull again with the old picture back in its place, or push with --overwrite-remote {place[0]}"
            self._leave(pulled, place[1], f"{lost} was replaced in the tree, and its place in the text changed", hint)
            return
        self._agree(place, agreed, theirs)
        if "state" in text.fields and isinstance(agreed, Translation) and agreed.state is None:
            self.states.setdefault(pulled.address, []).append(place[1])
        if ours.decode() == base:
            self._file(place, ours, theirs.encode())
            return
        path = self.ground.rendering.path(place)
        merged = merge_pages(base, ours.decode(), theirs, ours_name=path, theirs_name=INTERCOM)
        self._file(place, ours, merged.text.encode(), merged.conflicts)

    def _new(self, pulled: ItemPull, place: Place) -> None:
        path = self.ground.rendering.path(place)
        if (self.ground.root / path).exists():
            self._leave(
                pulled, place[1], f"{path} is in the way of a text that Intercom has", "rename it, or remove it"
            )
            return
        item = pulled.item
        text = item.texts[place[1]] if item else None
        if item is None or text is None:
            return
        fields = self.ground.frontmatter.of(item, place[1], pinned=pulled.pinned)
        html = (text.html or "") if isinstance(text, Translation) else ""
        raw = new_page(fields, self._markdown(place, None, html, self.ground.pictures.images(html)))
        data = raw.encode()
        agreed = self.ground.rendering.text(place, raw) if len(data) <= MAX_BYTES else None
        if agreed is None:
            size = f": it has {len(data) / 1e6:.1f} MB" if len(data) > MAX_BYTES else ""
            message = f"what Intercom holds makes no file that could be read again{size}"
            self._leave(pulled, place[1], message, "change it there, or leave it to Intercom")
            return
        if self._is_empty(place, agreed):
            self._attend(pulled, place[1], f"{_EMPTY} ({place[1]})", "translate it there, or remove it", "unmanaged")
            return
        self._agree(place, agreed, raw)
        self._file(place, None, data)

    def _is_empty(self, place: Place, text: Text) -> bool:
        """Return whether readers would see nothing of this text, which only a draft may have."""
        if not isinstance(text, Translation) or text.body is None or not shows_nothing(text.body.html):
            return False
        config = self.ground.frontmatter.config
        return place[1] != config.default_locale or (text.state or config.state) == "published"

    def _replaced(self, place: Place, text: TextPull, base: str, agreed: Text) -> str | None:
        """Return the path of a picture whose bytes a writer replaced and that Intercom's text would show no more.

        No merge of lines sees that: the writer's edit is none of the text.
        """
        past = self.ground.rendering.text(place, base)
        if not (isinstance(past, Translation) and past.body and isinstance(agreed, Translation) and agreed.body):
            return None
        sent = text.record.images.values() if text.record else ()
        gone = (key for key in past.body.images if key not in agreed.body.images)
        return next((self.ground.pictures.path(key) for key in gone if sent and key not in sent), None)

    def _untranslated(self, pulled: ItemPull, place: Place, ours: bytes, base: str) -> None:
        if ours.decode() != base:
            message = f"its translation is gone in Intercom, and was edited in the tree since: {place[1]}"
            hint = f"remove the file, or send it anew with `helpsync push --overwrite-remote {pulled.address}`"
            self._attend(pulled, place[1], message, hint)
            return
        self.gone.add(place)
        self._file(place, ours, None)

    def _pin(self, pulled: ItemPull, begin: int) -> None:
        """Write the id into the article's file, which may be among the files from `begin` on."""
        locale = self.ground.planned.desired.default_locale
        source = pulled.desired.texts[locale].source if pulled.desired and locale in pulled.desired.texts else None
        if source is None or pulled.item is None or not pulled.item.id:
            return
        place = (pulled.address, locale)
        files = self.made.files
        position = next((at for at in range(begin, len(files)) if files[at].place == place), None)
        before = self._read(source.path) if position is None else files[position].before
        raw = before if position is None else files[position].after
        if raw is None or (position is not None and files[position].conflicts):
            return
        pin = self.ground.frontmatter.pin(pulled.item.id, self.ground.rendering.pins(place, raw.decode()))
        pinned = with_fields(raw.decode(), {"id": pin}).encode()
        if position is None:
            self._file(place, before, pinned)
        else:
            files[position] = replace(files[position], after=pinned)

    # Both sides ------------------------------------------------------------------------------------------------------

    def _base(self, pulled: ItemPull, place: Place, text: TextPull, ours: bytes) -> str | None:
        """Return the file as both sides last agreed on it, None where it is not at hand.

        Its links and pictures are named as in the tree that this pull leaves.
        """
        record, wanted = text.record, text.wanted
        if record is None or wanted is None or wanted.source is None or pulled.desired is None:
            return None
        past = None
        if record.blob != wanted.source.blob:
            past = self.ground.past(record.blob) if record.blob else None
            compared = TextComparison(place[0], pulled.desired.kind, wanted, text.stored, record, self.bodies)
            if past is None and not compared.is_file_as_agreed:
                return None
        base = ours.decode() if past is None else past
        if not isinstance(text.stored, Translation):
            return base
        former = self.bodies.former(record, text.stored.html or "")
        return self.ground.rendering.former_texts(self.ground.pictures.path).text(base, place, former)

    def _theirs(self, pulled: ItemPull, place: Place, text: TextPull, base: str) -> str:
        """Return the base with the edits made in Intercom carried into it."""
        raw = base
        if text.fields and pulled.item is not None and text.wanted is not None:
            has = text.wanted.source.positions.keys() if text.wanted.source else ()
            raw = with_fields(raw, self.ground.frontmatter.changes(pulled.item, place[1], text.fields, has))
        if not text.body or not isinstance(text.stored, Translation):
            return raw
        html = text.stored.html or ""
        images = self.ground.pictures.images(html)
        past = self.ground.rendering.text(place, base)
        after = self._markdown(place, past, html, images)
        begins = "\n" if split_page(raw)[1].startswith("\n") else ""
        anew = with_body(raw, begins + after)
        if isinstance(past, Translation) and past.source is not None:
            stored = Stored(self.bodies, place[0], text.record, html, images)
            before = self._markdown(place, past, stored.before(past), {}, own=True)
            carried = with_body(raw, patch_source(past.source.text, before, after))
            read = self.ground.rendering.text
            said = read(place, carried)
            if isinstance(said, Translation) and stored.is_said_by(said, past, partial(read, place, anew)):
                return carried
        return anew

    def _markdown(
        self, place: Place, past: Text | None, html: str, images: Mapping[str, str], *, own: bool = False
    ) -> str:
        """Return a body as Markdown; with `own` its pictures are named by their keys, as before they are sent."""
        wanted = past if isinstance(past, Translation) else None
        names = LinkNames(self.bodies, place, wanted, self.ground.pictures.path)
        slugs = {identifier: slug for slug, identifier in self.bodies.directory.anchors.get(place, {}).items()}

        def image(src: str) -> str | None:
            return names.picture(src if own else images.get(src.partition("?")[0]))

        def link(href: str) -> str | None:
            named = names.link(href, alive=True)
            if named is not None or _ABSOLUTE.match(href):
                return named
            # A path within the help center, or a slip: as it stands, it would lead elsewhere in the tree.
            absolute = urljoin(self._url(place), href)
            return names.link(absolute, alive=True) or absolute

        return html_to_markdown(html, own_link=link, image=image, anchor=slugs.get)

    def _url(self, place: Place) -> str:
        """Return where readers have a text, or would have it."""
        directory, (address, locale) = self.bodies.directory, place
        return directory.urls.get(place) or f"{directory.base}/{locale}/articles/{directory.ids.get(address, '')}"

    # The baseline ----------------------------------------------------------------------------------------------------

    def _agree(self, place: Place, agreed: Text, raw: str) -> None:
        self.agreed[place[0]][place[1]] = agreed
        data = raw.encode()
        self.made.sources[blob_id(data)] = data

    def _records(self, taken: Iterable[ItemPull]) -> None:
        desired = {pulled.address: self._desired(pulled) for pulled in taken}
        directory = self.bodies.directory
        for address, item in desired.items():
            for locale, text in item.texts.items() if item else ():
                # Of an article, what Intercom holds stays beside what the file asks for.
                if isinstance(text, Translation) and text.body and text.html:
                    known = directory.anchors.get((address, locale), {})
                    anchors = anchors_of(text.body.headings, stored_headings(text.html), known)
                    directory.anchors[address, locale] = anchors
        for pulled in taken:
            self._record(pulled, desired[pulled.address])

    def _desired(self, pulled: ItemPull) -> Item | None:
        """Return what the agreed files ask for, with what only Intercom knows: ids of authors."""
        item, texts = pulled.item, self.agreed[pulled.address]
        if isinstance(item, Collection):
            labels = {
                locale: text for locale, text in texts.items() if isinstance(text, Label) and locale in item.labels
            }
            return replace(item, labels=labels, address=pulled.address)
        if not isinstance(item, Article):
            return None
        translations = {
            locale: replace(
                text,
                author=item.translations[locale].author if text.author else None,
                html=item.translations[locale].html,
            )
            for locale, text in texts.items()
            if isinstance(text, Translation)
        }
        return replace(item, translations=translations, address=pulled.address)

    def _record(self, pulled: ItemPull, desired: Item | None) -> None:
        item, old = pulled.item, pulled.record
        if item is None or desired is None:
            return
        names = self.bodies.directory.names
        links = {
            locale: names((pulled.address, locale), text.body)
            for locale, text in desired.texts.items()
            if isinstance(text, Translation) and text.body
        }
        step = Step(pulled.address, item.kind, desired=desired, remote=item, links=links)
        new = record_of(step, item, self.bodies, links)
        locales: dict[LocaleCode, LocaleRecord] = dict(old.locales) if old else {}
        locales.update(new.locales)
        for locale in pulled.texts:
            if (pulled.address, locale) in self.gone:
                locales.pop(locale, None)
        if locales != (old.locales if old else {}) or old is None:
            record = Record(item.kind, item.id or "", old.parent if old else item.parent_id, locales)
            self._keep(pulled.address, old, record)

    # Notes -----------------------------------------------------------------------------------------------------------

    def _read(self, path: str) -> bytes | None:
        try:
            return (self.ground.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def _file(self, place: Place, before: bytes | None, after: bytes | None, conflicts: int = 0) -> None:
        if before != after:
            self.made.files.append(FileChange(self.ground.rendering.path(place), before, after, place, conflicts))

    def _leave(self, pulled: ItemPull, locale: LocaleCode, message: str, hint: str) -> None:
        self._attend(pulled, locale, f"{message} ({locale})", hint)

    def _attend(
        self,
        pulled: ItemPull,
        locale: LocaleCode,
        message: str,
        hint: str,
        kind: Literal["conflict", "unmanaged"] = "conflict",
    ) -> None:
        identifier = pulled.item.id if pulled.item else None
        self.made.attention.append(Attention(kind, pulled.address, identifier, message, (locale,), hint))
