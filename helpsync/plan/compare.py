"""Compares a text between the content tree, Intercom and the record of what both sides last agreed on.

This is the only comparison: push, pull, restore, saved plans and the check before a write use it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import unquote

from helpsync.baseline import LocaleRecord, digest, fingerprint
from helpsync.markdown import DIALECT_VERSION, flatten_lists, has_sizes, stable_html, stored_headings
from helpsync.model import Label, Reference, Translation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.model import Address, LocaleCode, Text
    from helpsync.plan.bodies import Bodies
    from helpsync.plan.matches import Match, Matching

Decision: TypeAlias = Literal["send", "overwrite", "settled", "drift", "conflict", "keep"]

_NO_IMAGES: Mapping[str, str] = MappingProxyType({})
# `#name` without its heading is an empty address.
_OWN_NAME = re.compile(r'<a href="(article:[^"]*|#[^"]*|)"')
_HEADING = re.compile(r'(<a href="(?:article:[^"#]*)?)#[^"]*')


# Fields -------------------------------------------------------------------------------------------------------------


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
    """Return the short fields that the file of one locale sets. Authors are admin ids."""
    if isinstance(text, Label):
        # Intercom gives sections no description.
        described = {} if text.description is None or kind == "section" else {"description": text.description}
        return {"name": text.name, **described}
    values = {"title": text.title, "description": text.description, "state": text.state, "author": text.author}
    return {name: value for name, value in values.items() if value is not None}


def shown_fingerprints(
    text: Text, bodies: Bodies, images: Mapping[str, str], recorded: LocaleRecord | None = None
) -> dict[str, str]:
    """Return the fingerprint of each field that Intercom shows. A body that equals the `recorded` one is not parsed."""
    known = recorded.remote.get("body") if recorded and recorded.dialect == DIALECT_VERSION else None
    found = {}
    for name, value in remote_fields(text).items():
        if name != "body":
            found[name] = fingerprint(name, value)
        elif recorded and known is not None and recorded.stored_digest == digest(stable_html(value)):
            found[name] = known
        else:
            found[name] = digest(bodies.stored_canonical(value, images))
    return found


def edited_fields(
    text: Text, agreed: LocaleRecord | Text, bodies: Bodies, images: Mapping[str, str] = _NO_IMAGES
) -> frozenset[str]:
    """Return the fields in which Intercom's text differs visibly from what was `agreed`.

    `agreed` is a record, of which only the recorded fields count, or an earlier text from Intercom, whose pictures
    `images` names. Fields that no file sets are included.
    """
    shown = remote_fields(text)
    if isinstance(agreed, LocaleRecord):
        names = shown.keys() & agreed.remote.keys()
        edited = {name for name in names - {"body"} if agreed.remote[name] != fingerprint(name, shown[name])}
        if "body" in names and not _is_body_as_recorded(shown["body"], agreed, bodies):
            edited.add("body")
        return frozenset(edited)
    before = remote_fields(agreed)
    return frozenset(name for name, value in before.items() if not _alike(name, value, shown[name], bodies, images))


def _alike(name: str, one: str, other: str, bodies: Bodies, images: Mapping[str, str]) -> bool:
    if one == other or name != "body":
        return one == other
    return stable_html(one) == stable_html(other) or bodies.stored_canonical(one, images) == bodies.stored_canonical(
        other, images
    )


def _is_body_as_recorded(html: str, record: LocaleRecord, bodies: Bodies) -> bool:
    """Return whether a stored body is the recorded one; equal digests mean equal bodies in any dialect."""
    if record.stored_digest == digest(stable_html(html)):
        return True
    return record.remote.get("body") == digest(bodies.stored_canonical(html, record.images))


# One text -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """A short field of one locale: which side changed it since both agreed, and whether both are equal now."""

    tree_changed: bool
    remote_changed: bool
    equal: bool

    @property
    def is_edited(self) -> bool:
        """Whether Intercom shows neither the agreed value nor that of the file."""
        return self.remote_changed and not self.equal


@dataclass(frozen=True)
class BodyComparison:
    """The body of one locale; results that need rendering or parsing are computed at first use, once.

    `stored` is the body in Intercom, None where Intercom does not have the locale.
    """

    address: Address
    wanted: Translation
    stored: str | None
    record: LocaleRecord | None
    bodies: Bodies

    @cached_property
    def older_dialect(self) -> bool:
        """Whether another dialect wrote the record: its canonical forms may differ from today's."""
        return self.record is not None and self.record.dialect != DIALECT_VERSION

    @property
    def uncertain(self) -> bool:
        """Whether the record can't tell an edit in Intercom from a text that Intercom only stored differently."""
        return self.older_dialect and self.stored is not None

    @cached_property
    def text_changed(self) -> bool:
        """Whether the file's text changed. A new dialect alone is not a change."""
        if self.record is None or self.wanted.body is None:
            return True
        if self.older_dialect:
            return self._file_changed
        return self.record.pushed.get("body") != self.bodies.template_digest(self.wanted)

    @property
    def _file_changed(self) -> bool:
        return self.record is None or self.wanted.source is None or self.record.blob != self.wanted.source.blob

    @cached_property
    def links_changed(self) -> bool:
        """Whether an own link resolves differently than when it was last sent."""
        if self.record is None or self.wanted.body is None:
            return False
        place = (self.address, self.wanted.locale)
        names = self.record.links
        return self.bodies.directory.leads_elsewhere(place, self.wanted.body, names, edited=self._file_changed)

    @property
    def tree_changed(self) -> bool:
        """Whether the file's text or the target of one of its links changed."""
        return self.text_changed or self.links_changed

    @property
    def relink(self) -> bool:
        """Whether only targets of own links changed."""
        return self.links_changed and not self.text_changed

    @cached_property
    def loses_picture(self) -> bool:
        """Whether the file misses a picture that readers have; the published text then stays."""
        if self.wanted.body is None or not self.wanted.body.incomplete or self.record is None:
            return False
        return not set(self.record.images.values()) <= set(self.wanted.body.images)

    @cached_property
    def is_as_recorded(self) -> bool:
        """Whether Intercom shows what it showed when both sides last agreed."""
        if self.record is None:
            return False
        if self.stored is None:
            return "body" not in self.record.remote
        return _is_body_as_recorded(self.stored, self.record, self.bodies)

    @property
    def remote_changed(self) -> bool:
        """Whether somebody edited the body in Intercom.

        Under a new dialect the same text may have another form, so only equality with the file proves that nobody did.
        """
        return not self.is_as_recorded and not (self.older_dialect and self.equal)

    @cached_property
    def _stored_form(self) -> str:
        images = self.record.images if self.record else _NO_IMAGES
        return self.bodies.stored_canonical(self.stored or "", images)

    @cached_property
    def _wanted_form(self) -> str:
        return self.bodies.wanted_canonical(self.address, self.wanted)

    @cached_property
    def _wanted_forms(self) -> tuple[str, ...]:
        """The canonical form, and that without nested lists, for a workspace that refuses them, where it differs."""
        html = self.bodies.wanted(self.address, self.wanted)
        if flatten_lists(html) == html:
            return (self._wanted_form,)
        return (self._wanted_form, self.bodies.wanted_canonical(self.address, self.wanted, unnested=True))

    @property
    def same_text(self) -> bool:
        """Whether both sides have the same canonical form, with or without nested lists."""
        return self.stored is not None and self._stored_form in self._wanted_forms

    @cached_property
    def equal(self) -> bool:
        """Whether sending the body would have no lasting effect."""
        if self.stored is None:
            return False
        if _differ_in_headings_only(self._wanted_form, self._stored_form, self._is_lost_anyway):
            html = self.wanted.body.html if self.wanted.body else ""
            # Canonical forms have no sizes of pictures.
            return self.record is None or self.older_dialect or has_sizes(html, self.stored)
        # A push whose baseline was lost may have sent it without nested lists.
        return not self.is_as_recorded and self._stored_form in self._wanted_forms

    @cached_property
    def equal_ignoring_links(self) -> bool:
        """Whether Intercom has the file's text with own links as an interrupted push sent them."""
        ignoring = self.bodies.canonical_ignoring_links
        return self.stored is not None and ignoring(self._stored_form) in map(ignoring, self._wanted_forms)

    @cached_property
    def links_to_dead_headings(self) -> bool:
        """Whether Intercom has the file's text except for own links to headings that no longer exist.

        A write whose connection broke was then stored after a later one.
        """
        if self.stored is None or self.record is None or self._stored_form == self._wanted_form:
            return False
        return _differ_in_headings_only(
            self._wanted_form, self._stored_form, lambda ours, theirs: "#" in ours and self.bodies.dead(theirs)
        )

    def _is_lost_anyway(self, ours: str, theirs: str) -> bool:
        """Return whether a link can't last, because Intercom renews heading ids, and the stored one is dead already."""
        return not self._lasts(ours) and self._is_dead(theirs)

    def _is_dead(self, name: str) -> bool:
        if not name.startswith("#"):
            return self.bodies.dead(name)
        return unquote(name[1:]) not in {identifier for identifier, _, _ in stored_headings(self.stored or "")}

    def _lasts(self, name: str) -> bool:
        page, _, heading = name.partition("#")
        locale, _, identifier = page.removeprefix("article:").partition("/")
        place = (self.address, self.wanted.locale)
        address, locale = (self.bodies.directory.article(identifier) or "", locale) if page else place
        return self.bodies.directory.lasts(place, Reference(locale, address, heading or None))


def _differ_in_headings_only(wanted: str, stored: str, excused: Callable[[str, str], bool]) -> bool:
    """Return whether two canonical forms differ at most in headings of own links, each of them `excused`."""
    if wanted == stored:
        return True
    if _HEADING.sub(r"\1", wanted) != _HEADING.sub(r"\1", stored):
        return False
    names = zip(_OWN_NAME.findall(wanted), _OWN_NAME.findall(stored), strict=True)
    return all(ours == theirs or excused(ours, theirs) for ours, theirs in names)


@dataclass(frozen=True)
class TextComparison:
    """One locale of one item, compared field by field between the tree, Intercom and the record."""

    address: Address
    kind: str
    wanted: Text
    remote: Text | None
    record: LocaleRecord | None
    bodies: Bodies

    @classmethod
    def of(cls, match: Match, wanted: Text, bodies: Bodies) -> TextComparison:
        """Return the comparison of one text of a matched file."""
        address, locale = match.desired.address or "", wanted.locale
        return cls(address, match.desired.kind, wanted, match.remote_text(locale), match.record_of(locale), bodies)

    @cached_property
    def fields(self) -> dict[str, FieldComparison]:
        """The short fields that the file sets."""
        shown = None if self.remote is None else remote_fields(self.remote)
        return {
            name: FieldComparison(
                tree_changed=self.record is None or self.record.pushed.get(name) != fingerprint(name, value),
                remote_changed=(self.record.remote.get(name) if self.record else None)
                != (None if shown is None else fingerprint(name, shown.get(name, ""))),
                equal=shown is not None and shown.get(name, "") == value,
            )
            for name, value in managed_fields(self.wanted, self.kind).items()
        }

    @cached_property
    def body(self) -> BodyComparison | None:
        """The body of an article's text; None for a collection's label."""
        if not isinstance(self.wanted, Translation):
            return None
        stored = remote_fields(self.remote)["body"] if self.remote else None
        return BodyComparison(self.address, self.wanted, stored, self.record, self.bodies)

    @cached_property
    def edited_in_intercom(self) -> frozenset[str]:
        """The recorded fields that Intercom shows differently now, also those that no file sets."""
        if self.remote is None or self.record is None:
            return frozenset()
        edited = edited_fields(self.remote, self.record, self.bodies)
        return edited if self.body is None or self.body.remote_changed else edited - {"body"}

    @cached_property
    def is_file_as_agreed(self) -> bool:
        """Whether the file has the content that both sides last agreed on, whatever its Markdown looks like.

        A file whose blob id is the recorded one is not rendered. An author does not count: the file may have a name
        where the record has an id.
        """
        if self.record is None:
            return False
        if self.wanted.source and self.wanted.source.blob == self.record.blob:
            return True
        if any(field.tree_changed for name, field in self.fields.items() if name != "author"):
            return False
        if not isinstance(self.wanted, Translation):
            return True
        return self.record.pushed.get("body") == self.bodies.template_digest(self.wanted)


# What a push does about it ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldDecisions:
    """What a push does with each field of one locale that the file sets.

    ``send``, ``overwrite`` (send it over an edit in Intercom), ``settled`` (both sides are equal: only the record
    changes), ``drift``, ``conflict``, or ``keep`` (the published text stays, because a picture is missing). `relink`:
    the body is sent for its links alone. `uncertain`: the body may only look edited in Intercom. `unrecorded`: Intercom
    has the locale and the baseline does not.
    """

    by_field: Mapping[str, Decision]
    relink: bool = False
    uncertain: bool = False
    unrecorded: bool = False

    def named(self, *decisions: Decision) -> frozenset[str]:
        """Return the fields with one of these decisions."""
        return frozenset(name for name, decision in self.by_field.items() if decision in decisions)

    @property
    def send(self) -> frozenset[str]:
        """The fields that are sent."""
        return self.named("send", "overwrite")

    @property
    def moves_record(self) -> bool:
        """Whether the record changes although nothing is sent."""
        return bool(self.named("settled")) or (self.unrecorded and not self.send)


def decide_fields(text: TextComparison, *, adopted: bool, overwrite: bool) -> FieldDecisions:
    """Return what a push does with one locale of an item.

    `adopted`: the remote item was recognised by its title and text, except for links. With `overwrite` the file wins
    over edits in Intercom.
    """
    body = text.body
    compared: dict[str, FieldComparison | BodyComparison] = {**text.fields, **({"body": body} if body else {})}
    decisions = {
        name: decision
        for name, field in compared.items()
        if (decision := _decision(text, name, field, adopted=adopted, overwrite=overwrite)) is not None
    }
    is_sent = decisions.get("body") == "send"
    return FieldDecisions(
        decisions,
        relink=body is not None and (body.relink or (is_sent and not (body.tree_changed or _is_revived(text)))),
        uncertain=body is not None and body.uncertain and decisions.get("body") in ("drift", "conflict"),
        unrecorded=text.record is None and text.remote is not None,
    )


def _is_revived(text: TextComparison) -> bool:
    return text.record is not None and text.record.removed


def _decision(
    text: TextComparison, name: str, field: FieldComparison | BodyComparison, *, adopted: bool, overwrite: bool
) -> Decision | None:
    """Return the decision about one field, None where the field is unchanged."""
    decision: Decision | None = None
    body = field if isinstance(field, BodyComparison) else None
    changed = field.tree_changed or _is_revived(text)
    if body is not None and body.loses_picture:
        decision = "keep"
    elif text.remote is None and (text.record is None or text.record.removed):
        decision = "send"
    elif text.remote is not None and (changed or overwrite) and field.equal:
        decision = "settled"
    elif text.record is None:
        # An adopted item has the same title and text, except for links; a teammate may have written the rest.
        shown = remote_fields(text.remote).get(name) if text.remote else None
        ours = adopted and (name in ("title", "name", "body") or not shown)
        decision = "overwrite" if overwrite else "send" if ours else "conflict"
    elif field.remote_changed:
        # A link that resolves differently is not a change of the file: an edit in Intercom is drift all the same.
        by_writer = changed and not (body is not None and body.relink)
        if overwrite:
            decision = "overwrite"
        elif body is not None and ((by_writer and body.equal_ignoring_links) or body.links_to_dead_headings):
            decision = "send"
        else:
            decision = "conflict" if by_writer else "drift"
    elif changed:
        decision = "send"
    return decision


def doubt(decisions: Mapping[LocaleCode, FieldDecisions]) -> str:
    """Return the end of a message about bodies that may only look edited; empty where all is certain."""
    uncertain = sorted(locale for locale, each in decisions.items() if each.uncertain)
    if not uncertain:
        return ""
    return (
        f" (another version of helpsync wrote the baseline, so helpsync can't tell whether the {', '.join(uncertain)} "
        "body was edited or only stored differently by Intercom)"
    )


# Where an item is ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ParentComparison:
    """Where an item is, by ids of collections and sections.

    `wanted` is the id of the tree's folder, None at the root or while Intercom does not have the folder yet
    (`pending`). `agreed` is the recorded id, `actual` the one in Intercom; `agreed_exists` says whether Intercom still
    has the recorded collection.
    """

    wanted: str | None
    actual: str | None
    agreed: str | None
    pending: bool = False
    agreed_exists: bool = True

    @classmethod
    def of(cls, match: Match, matching: Matching) -> ParentComparison:
        """Return where the item of a match is on each side."""
        wanted = matching.id_of(match.desired.parent)
        agreed = match.record.parent if match.record else None
        return cls(
            wanted,
            actual=match.remote.parent_id if match.remote else None,
            agreed=agreed,
            pending=match.desired.parent is not None and wanted is None,
            agreed_exists=agreed in matching.group_ids,
        )

    @property
    def tree_changed(self) -> bool:
        """Whether a writer moved the files."""
        return self.pending or self.wanted != self.agreed

    @property
    def remote_changed(self) -> bool:
        """Whether Intercom has the item in another place than agreed."""
        return self.actual != self.agreed

    @property
    def equal(self) -> bool:
        """Whether both sides have it in the same place."""
        return not self.pending and self.actual == self.wanted

    @property
    def moved_alike(self) -> bool:
        """Whether both sides moved it to the same collection."""
        return self.equal and self.remote_changed and self.actual is not None

    @property
    def orphaned(self) -> bool:
        """Whether Intercom itself took the item out of a collection that a teammate deleted: nobody moved it."""
        return self.actual is None and not self.agreed_exists
