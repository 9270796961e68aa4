"""The three-way comparison of one item, per locale and field (design: Three-way)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

from helpsync.baseline.records import digest, fingerprint
from helpsync.markdown import (
    DIALECT_VERSION,
    canonical,
    canonical_ignoring_levels,
    fill,
    flatten_lists,
    has_sizes,
    link_addresses,
    picture_addresses,
    stable_html,
    stored_headings,
)
from helpsync.model import FormerBody, FormerLink, Label, Reference, Translation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.baseline.records import LocaleRecord
    from helpsync.model import Address, LocaleCode, Text
    from helpsync.plan.links import Directory, Place

    Past: TypeAlias = Callable[[Place, str, FormerBody], Text | None]


# An empty address is what is left of `#name` once its heading is taken out.
_OWN_NAME = re.compile(r'<a href="(article:[^"]*|#[^"]*|)"')
_HEADING = re.compile(r'(<a href="(?:article:[^"#]*)?)#[^"]*')
_OWN_LINK = re.compile(r'<a href="(article:[^/"]*/(\d+))[^"]*">(.*?)</a>', re.DOTALL)


def remote_fields(text: Text) -> dict[str, str]:
    """Return every field that Intercom shows of one locale; an absent one is empty. The body is as stored."""
    if isinstance(text, Label):
        return {"name": text.name, "description": text.description or ""}
    return {
        "title": text.title,
        "description": text.description or "",
        "body": text.html or "",
        "state": text.state or "draft",
        "author": text.author or "",
    }


def managed_fields(text: Text, kind: str) -> dict[str, str]:
    """Return the short fields that the tree asks for in one locale; what the file leaves out is not among them.

    An author is an admin id by now: the plan looked it up.
    """
    if isinstance(text, Label):
        # Intercom's sections have no description (facts: Collections and sections).
        described = {} if text.description is None or kind == "section" else {"description": text.description}
        return {"name": text.name, **described}
    values = {"title": text.title, "description": text.description, "state": text.state, "author": text.author}
    return {name: value for name, value in values.items() if value is not None}


def no_past(_place: Place, _blob: str, _former: FormerBody) -> None:
    """Know no file as it was once."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """How bodies of both sides are read so that they can be compared.

    `past` gives the text of a file as it was once, by its place, git's id and what its links led to; None where it is
    not at hand. `recorded` are the ids of the articles that the baseline knows. `dead` says of an own link whether it
    leads to a heading that its article does not have.
    """

    directory: Directory
    own_link: Callable[[str], str | None]
    past: Past = no_past
    recorded: frozenset[str] = frozenset()
    dead: Callable[[str], bool] = lambda _name: False

    def template_digest(self, translation: Translation) -> str:
        """Return the digest of the exact rendered body, own links' targets and ids of headings apart; empty without."""
        if translation.body is None:
            return digest("")
        return digest(
            fill(translation.body, link=lambda _: "helpsync:own", heading=lambda _: "", image=lambda key: key)
        )

    def wanted(self, address: Address, translation: Translation, *, unnested: bool = False) -> str:
        """Return the desired body as it would be sent now, with pictures as their keys."""
        if translation.body is None:
            return ""
        html = self.directory.filled((address, translation.locale), translation.body, lambda key: key)
        return flatten_lists(html) if unnested else html

    def wanted_canonical(self, address: Address, translation: Translation, *, unnested: bool = False) -> str:
        """Return the canonical form of the desired body."""
        html = self.wanted(address, translation, unnested=unnested)
        return canonical(html, own_link=self.own_link, image=lambda src: src)

    def stored_canonical(self, html: str, images: Mapping[str, str]) -> str:
        """Return the canonical form of a stored body; `images` maps stored paths to the keys that were sent."""
        return canonical(html, own_link=self.own_link, image=lambda src: images.get(src.partition("?")[0]))

    def levelless_wanted(self, address: Address, translation: Translation, *, unnested: bool = False) -> str:
        """Return the canonical form of the desired body without heading levels."""
        html = self.wanted(address, translation, unnested=unnested)
        return canonical_ignoring_levels(html, own_link=self.own_link, image=lambda src: src)

    def levelless_stored(self, html: str, images: Mapping[str, str]) -> str:
        """Return the canonical form of a stored body without heading levels."""
        return canonical_ignoring_levels(
            html, own_link=self.own_link, image=lambda src: images.get(src.partition("?")[0])
        )

    def but_for_links(self, form: str) -> str:
        """Return a canonical form without what a push that died could not know of own links or left to be sent again.

        That is the heading that a link leads to, and links to articles that no baseline knows yet.
        """

        def link(match: re.Match[str]) -> str:
            return f'<a href="{match[1]}">{match[3]}</a>' if match[2] in self.recorded else match[3]

        return _OWN_LINK.sub(link, form)

    def past_of(self, place: Place, record: LocaleRecord, stored: str) -> Text | None:
        """Return the text of a file when both sides last agreed, None where it is not at hand."""
        return self.past(place, record.blob, self.former(record, stored)) if record.blob else None

    def former(self, record: LocaleRecord, stored: str) -> FormerBody:
        """Return what links and pictures of a text led to when both sides last agreed; `stored` is what readers have.

        The baseline names pictures in no order: that of the stored body counts.
        """
        urls: dict[str, str] = {}
        for href in link_addresses(stored):
            if name := self.own_link(href):
                urls.setdefault(name.removeprefix("article:"), href)
        return FormerBody(
            tuple(self._former_link(name, urls) for name in record.links),
            tuple(record.images[path] for path in picture_addresses(stored) if path in record.images),
        )

    def _former_link(self, name: str, urls: Mapping[str, str]) -> FormerLink:
        """Return where a link led to that the baseline names so (`Directory.name`)."""
        path, _, heading = name.partition("#")
        locale, _, identifier = path.partition("/")
        if not path:
            return FormerLink()
        address = identifier[1:] if identifier.startswith("@") else self.directory.article(identifier)
        url = urls.get(name) or urls.get(path) or self.directory.url(locale, identifier)
        if address is None or (address, locale) not in self.directory.files:
            return FormerLink(url=url)
        slugs = self.directory.anchors.get((address, locale), {})
        slug = next((slug for slug, identifier in slugs.items() if identifier == heading), None)
        return FormerLink(Reference(locale, address, slug), url)

    def seen(self, text: Text, images: Mapping[str, str]) -> dict[str, str]:
        """Return the fingerprints of all fields as Intercom shows them."""
        return {
            name: digest(self.stored_canonical(value, images)) if name == "body" else fingerprint(name, value)
            for name, value in remote_fields(text).items()
        }


@dataclass(slots=True)
class Outcome:
    """What the comparison of one locale says, by field.

    `unsure` says that the body may only look edited in Intercom: the baseline can't tell (see `doubt`).
    """

    send: set[str] = field(default_factory=set)
    drift: set[str] = field(default_factory=set)
    conflict: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    overwritten: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    relink: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One locale of one item, seen from all three sides."""

    address: Address
    kind: str
    wanted: Text
    remote: Text | None
    record: LocaleRecord | None
    adopted: bool
    overwrite: bool


def compare(side: Side, bodies: Bodies) -> Outcome:
    """Return what to do with each field of one locale that the tree has."""
    outcome = Outcome()
    record = side.record
    values = managed_fields(side.wanted, side.kind)
    translation = side.wanted if isinstance(side.wanted, Translation) else None
    stored = remote_fields(side.remote) if side.remote else None
    revived = record is not None and record.gone
    body: _Body | None = None
    for name in (*values, *(["body"] if translation else [])):
        if name == "body" and translation and _lacks_a_picture(translation, record):
            outcome.kept.add(name)
            continue
        if name == "body" and translation:
            body = _Body(side, translation, stored, bodies)
            tree, moved, same = body.tree_changed(outcome), body.remote_changed, body.equal
            nearly = body.left_by_a_push
        else:
            nearly = _never
            wanted = values[name]
            tree = record is None or record.sent.get(name) != fingerprint(name, wanted)
            seen = record.seen.get(name) if record else None
            actual = None if stored is None else stored.get(name, "")
            remote_mark = None if actual is None else fingerprint(name, actual)

            def moved(seen: str | None = seen, mark: str | None = remote_mark) -> bool:
                return seen != mark

            def same(wanted: str = wanted, actual: str | None = actual) -> bool:
                return wanted == actual

        _decide(
            name,
            side,
            outcome,
            tree=tree or revived,
            moved=moved,
            same=same,
            nearly=nearly,
            empty=not (stored or {}).get(name),
        )
    if not outcome.send and record is None and stored is not None:
        outcome.settled.add("locale")
    outcome.unsure = body is not None and body.unsure and "body" in outcome.drift | outcome.conflict
    return outcome


def doubt(outcomes: Mapping[LocaleCode, Outcome]) -> str:
    """Return what to add where bodies may only look edited; empty where all is certain."""
    unsure = sorted(locale for locale, outcome in outcomes.items() if outcome.unsure)
    if not unsure:
        return ""
    return (
        f" (the baseline was written by another version of helpsync: whether the {', '.join(unsure)} body was edited, "
        "or only stored anew by Intercom, can't be told)"
    )


def _lacks_a_picture(translation: Translation, record: LocaleRecord | None) -> bool:
    """Return whether a body that misses a picture would take one from readers: a published one keeps it (design)."""
    if translation.body is None or not translation.body.incomplete or record is None:
        return False
    return not set(record.images.values()) <= set(translation.body.images)


def _decide(
    name: str,
    side: Side,
    outcome: Outcome,
    *,
    tree: bool,
    moved: Callable[[], bool],
    same: Callable[[], bool],
    nearly: Callable[[bool], bool],
    empty: bool,
) -> None:
    if side.remote is None and (side.record is None or side.record.gone):
        outcome.send.add(name)
    elif side.remote is not None and (tree or side.overwrite) and same():
        outcome.settled.add(name)
    elif side.record is None:
        # What was taken for the same has the same title and text, but for links; the rest may be a teammate's.
        ours = side.adopted and (name in ("title", "name", "body") or empty)
        _to_tree(name, outcome, ours=ours, overwrite=side.overwrite)
    elif moved():
        # Links that lead elsewhere now are no change of the file's: an edit in Intercom is drift all the same.
        if side.overwrite:
            _to_tree(name, outcome, ours=False, overwrite=True)
        elif nearly(tree and not outcome.relink):
            outcome.send.add(name)
            outcome.relink = outcome.relink or not tree
        else:
            (outcome.conflict if tree and not (name == "body" and outcome.relink) else outcome.drift).add(name)
    elif tree:
        outcome.send.add(name)


def _never(text_changed: bool) -> bool:  # noqa: ARG001, FBT001  # in the place of a method
    return False


def _to_tree(name: str, outcome: Outcome, *, ours: bool, overwrite: bool) -> None:
    """Send the field where it is ours to decide or the user said so; else it is a conflict."""
    if ours or overwrite:
        outcome.send.add(name)
    else:
        outcome.conflict.add(name)
    if overwrite:
        outcome.overwritten.add(name)


@dataclass(slots=True)
class _Body:
    side: Side
    translation: Translation
    stored: Mapping[str, str] | None
    bodies: Bodies

    def tree_changed(self, outcome: Outcome) -> bool:
        record = self.side.record
        if record is None or self.translation.body is None:
            return True
        source = self.translation.source
        edited = source is None or record.blob != source.blob
        # A new dialect alone never writes (design: The baseline): only the file can say that the text changed.
        text = edited if self.older else record.sent.get("body") != self.bodies.template_digest(self.translation)
        place = (self.side.address, self.translation.locale)
        links = self.bodies.directory.leads_elsewhere(place, self.translation.body, record.links, edited=edited)
        outcome.relink = links and not text
        return text or links

    @property
    def older(self) -> bool:
        """Return whether another dialect wrote the record: its canonical forms may differ from today's."""
        return self.side.record is not None and self.side.record.dialect != DIALECT_VERSION

    @property
    def unsure(self) -> bool:
        return self.older and self.stored is not None

    def remote_changed(self) -> bool:
        # Under a new dialect the same text may have another form: only what the tree asks for proves that it is that.
        return self.differs() and not (self.older and self.equal())

    def differs(self) -> bool:
        """Return whether the stored text may be another than the record's; equal digests are equal in any dialect."""
        record, stored = self.side.record, self.stored
        if record is None:
            return True
        if stored is None:
            return "body" in record.seen
        if record.scrub == digest(stable_html(stored["body"])):
            return False
        return record.seen.get("body") != digest(self.bodies.stored_canonical(stored["body"], record.images))

    def is_sized(self) -> bool:
        """Return whether pictures have the sizes that the file names; canonical forms have none."""
        html = self.translation.body.html if self.translation.body else ""
        return self.stored is None or has_sizes(html, self.stored["body"])

    def equal(self) -> bool:
        if self.stored is None:
            return False
        images = self.side.record.images if self.side.record else {}
        stored = self.bodies.stored_canonical(self.stored["body"], images)
        wanted = self.bodies.wanted_canonical(self.side.address, self.translation)
        if _but_for_headings(wanted, stored, lambda ours, theirs: not self._lasts(ours) and self._is_dead(theirs)):
            return self.side.record is None or self.older or self.is_sized()
        # What a workspace that refuses lists in lists got of this text, by a push whose baseline was lost.
        html = self.bodies.wanted(self.side.address, self.translation)
        return (
            flatten_lists(html) != html
            and self.differs()
            and self.bodies.wanted_canonical(self.side.address, self.translation, unnested=True) == stored
        )

    def left_by_a_push(self, text_changed: bool) -> bool:  # noqa: FBT001  # called in one place, with one meaning
        """Return whether a push left the stored text, not a teammate, so that sending it anew undoes no edit.

        Where the file changed, Intercom has the same change from a push that died and whose outcomes were lost. Where
        not, a write whose connection was lost landed after one that came later: its links lead to headings that are
        gone by now.
        """
        return (text_changed and self.equal_but_for_links()) or self._leads_to_dead_headings()

    def _leads_to_dead_headings(self) -> bool:
        if self.stored is None or self.side.record is None:
            return False
        stored = self.bodies.stored_canonical(self.stored["body"], self.side.record.images)
        wanted = self.bodies.wanted_canonical(self.side.address, self.translation)
        return stored != wanted and _but_for_headings(
            wanted, stored, lambda ours, theirs: "#" in ours and self.bodies.dead(theirs)
        )

    def _is_dead(self, name: str) -> bool:
        """Return whether a link of the stored text leads to a heading that doesn't exist."""
        if not name.startswith("#"):
            return self.bodies.dead(name)
        ids = {identifier for identifier, _, _ in stored_headings(self.stored["body"])} if self.stored else set()
        return unquote(name[1:]) not in ids

    def _lasts(self, name: str) -> bool:
        page, _, heading = name.partition("#")
        locale, _, identifier = page.removeprefix("article:").partition("/")
        place = (self.side.address, self.translation.locale)
        address, locale = (self.bodies.directory.article(identifier) or "", locale) if page else place
        return self.bodies.directory.lasts(place, Reference(locale, address, heading or None))

    def equal_but_for_links(self) -> bool:
        """Return whether Intercom holds the text that the tree asks for, own links as a push that died sent them."""
        if self.stored is None:
            return False
        images = self.side.record.images if self.side.record else {}
        stored = self.bodies.but_for_links(self.bodies.stored_canonical(self.stored["body"], images))
        wanted = self.bodies.wanted_canonical
        return any(
            self.bodies.but_for_links(wanted(self.side.address, self.translation, unnested=flat)) == stored
            for flat in (False, True)
        )


def _but_for_headings(wanted: str, stored: str, excused: Callable[[str, str], bool]) -> bool:
    """Return whether two canonical forms differ at most in headings that own links lead to, where that is `excused`."""
    if wanted == stored:
        return True
    if _HEADING.sub(r"\1", wanted) != _HEADING.sub(r"\1", stored):
        return False
    names = zip(_OWN_NAME.findall(wanted), _OWN_NAME.findall(stored), strict=True)
    return all(ours == theirs or excused(ours, theirs) for ours, theirs in names)
