"""The plan as a value: `diff` prints it, a pull request shows it, and `push` carries it out.

It is sorted, compares by its content, can be pickled and written as JSON, and knows whether it is safe.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from helpsync.errors import Refused
from helpsync.model import Article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.baseline import LocaleRecord, Record
    from helpsync.model import Address, Collection, Finding, Kind, LocaleCode, Translation

Action: TypeAlias = Literal["create", "update", "move", "unpublish", "delete"]
ACTIONS: tuple[Action, ...] = ("create", "update", "move", "unpublish", "delete")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field's value on both sides of the change; None on a side without one."""

    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class BodySides:
    """Both sides of a body, for a diff of Markdown converted from HTML, which shows only what readers see.

    `place` is the address and locale. `stored` is the body in Intercom, `images` maps its pictures' paths to the keys
    that were sent; `wanted` is the text in the tree, None when the text is removed. With `edited` the old side is the
    file as last pushed, which the record `base` names, or the tree's text where that is not available.
    """

    place: tuple[Address, LocaleCode]
    wanted: Translation | None
    stored: str
    images: Mapping[str, str]
    edited: bool = False
    base: LocaleRecord | None = None


@dataclass(frozen=True, slots=True)
class BodyChange:
    """The inputs of a body's diff.

    `blob` is git's id of the source as last pushed, `after` the source in the tree, None when the text is removed.
    `sides` is used instead where the old source is not available or, with `edited`, is not what readers see (an edit in
    Intercom). With `relink` the text is the same and is only sent for its links. `pictures` are the keys that are
    removed and added, `lost` the addresses that its links can't reach, because they are not in Intercom.
    """

    blob: str | None = None
    after: str | None = None
    sides: BodySides | None = None
    edited: bool = False
    relink: bool = False
    pictures: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    lost: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class LocaleChange:
    """What changes in one locale: short fields by name, and the body."""

    fields: Mapping[str, FieldChange] = field(default_factory=dict)
    body: BodyChange | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """All that `apply` needs for one item.

    `sends` names the fields to send per locale, `drifted` those that stay as Intercom has them, `drafts` the locales to
    unpublish. `links` names the targets of the own links of each body when the plan was made. `parent`: the parent is
    sent. `replaced_by`: a deleted item continues at this address. `restores`: readers get back what they had; the tree
    does not ask for it, so the record stays, except for the id of a new item.
    """

    address: Address
    kind: Kind
    desired: Article | Collection | None = None
    remote: Article | Collection | None = None
    record: Record | None = None
    sends: Mapping[LocaleCode, frozenset[str]] = field(default_factory=dict)
    drifted: Mapping[LocaleCode, frozenset[str]] = field(default_factory=dict)
    drafts: frozenset[LocaleCode] = frozenset()
    links: Mapping[LocaleCode, tuple[str, ...]] = field(default_factory=dict)
    parent: bool = False
    parent_drifted: bool = False
    previous: Address | None = None
    replaced_by: Address | None = None
    restores: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the plan; `fields` belong to the item as a whole (its parent, its address).

    `similarity` (0 to 1) is how much of its text a moved file kept, where it was recognised by that. `overwrites` names
    locale and field of edits in Intercom that are overwritten or removed, the parent without a locale; `edited_at` is
    the time of the last of them in Unix seconds.
    """

    action: Action
    kind: Kind
    address: Address
    id: str | None
    title: str
    step: Step
    fields: Mapping[str, FieldChange] = field(default_factory=dict)
    locales: Mapping[LocaleCode, LocaleChange] = field(default_factory=dict)
    similarity: float | None = None
    overwrites: tuple[tuple[LocaleCode | None, str], ...] = ()
    edited_at: int | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that is left alone and that the user should know of; `hint` says what to do.

    `edits` are the edits in Intercom since both sides agreed, per locale (drift and conflict); `fields` belong to the
    item as a whole: its parent. `edited_at` is the time of the last of them in Unix seconds, as Intercom says.
    """

    kind: Literal["drift", "conflict", "unmanaged", "warning"]
    address: Address | None
    id: str | None
    message: str
    locales: tuple[LocaleCode, ...] = ()
    hint: str | None = None
    edits: Mapping[LocaleCode, LocaleChange] = field(default_factory=dict)
    edited_at: int | None = None
    fields: Mapping[str, FieldChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss:
    """What readers lose: a whole article (`locale` None), or one translation of an article that stays.

    `inbound` names each published text that links to it and stays: ``address (locale)``, or ``title #id (locale)``.
    """

    address: Address
    locale: LocaleCode | None
    urls: tuple[str, ...] = ()
    inbound: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes in display order, what is left alone, and how many items need nothing.

    `relinks` are articles that are sent again for their links alone, because the targets are new or get new ids.
    `settled` are items that both sides agree on but the baseline does not know yet: nothing is sent for them.
    `published` counts the managed articles that readers see (key None) and the translations per locale; `emptied`: the
    tree has no article left. `command` is the one that carries it out. `refusal` says, with the numbers, why the limits
    refuse it; None within the limits.
    """

    remote: str
    base_url: str
    api_version: str
    changes: tuple[Change, ...] = ()
    attention: tuple[Attention, ...] = ()
    findings: tuple[Finding, ...] = ()
    settled: tuple[Step, ...] = ()
    unchanged: int = 0
    losses: tuple[Loss, ...] = ()
    relinks: tuple[tuple[Address, tuple[LocaleCode, ...]], ...] = ()
    published: Mapping[LocaleCode | None, int] = field(default_factory=dict)
    emptied: bool = False
    command: Literal["push", "restore"] = "push"
    refusal: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", tuple(sorted(self.changes, key=_order)))
        attention = sorted(self.attention, key=lambda each: (each.kind, each.address or "", each.id or ""))
        object.__setattr__(self, "attention", tuple(attention))

    def count(self, name: str) -> int:
        """Return how many changes have this action, or how many attentions this kind."""
        return sum(change.action == name for change in self.changes) + sum(
            attention.kind == name for attention in self.attention
        )

    @property
    def summary(self) -> dict[str, int]:
        """The counts by name, in the documented order (docs/json.md)."""
        return {name: self.unchanged if name == "unchanged" else self.count(name) for name in SUMMARY}

    def unsafe(self, *, share: float, floor: int, allowed: int) -> str | None:
        """Return, with the numbers, what readers would lose beyond the limits; None within the limits.

        Where readers see fewer than `floor` articles (or translations of a locale), the share does not apply, except
        when the tree has no article left: its folder may not be mounted. Up to `allowed` losses pass whatever their
        share; beyond that, all of them count.
        """
        if len(self.losses) <= allowed:
            return None
        over: list[str] = []
        # Exact: 29% of 100 are 29, which floating point misses.
        limit = Fraction(share).limit_denominator(1_000_000)
        by_scope: Mapping[LocaleCode | None, int] = Counter(loss.locale for loss in self.losses)
        for scope, lost in sorted(by_scope.items(), key=lambda pair: pair[0] or ""):
            base = self.published.get(scope, 0)
            what = "articles" if scope is None else f"{scope} translations"
            if base >= floor and lost > limit * base:
                over.append(f"{lost} of {base} published {what} ({_shares(lost, base, share)})")
            elif self.emptied and lost > 1 and lost > limit * base:
                over.append(f"{lost} of {base} published {what}, of which the content tree has none left")
        return f"readers would lose {' and '.join(over)}" if over else None

    def raise_if_unsafe(self, hint: str | None = None) -> None:
        """Raise Refused when readers would lose more than the limits allow; `hint` replaces `allow_hint`."""
        if self.refusal:
            raise Refused(self.refusal, hint=hint or self.allow_hint)

    @property
    def allow_hint(self) -> str:
        """How to allow what the limits refuse."""
        return f"if that is meant: {self.command} --allow-remove {len(self.losses)}"

    @property
    def checksum(self) -> str:
        """The name of the plan: plans that send the same have the same name on every machine.

        The diff of a body depends on which old sources are available, so only its result counts.
        """
        writes = self.writes()
        return f"sha256:{digest_of(sorted((address, digest_of(what)) for address, what in writes.items()))}"

    def writes(self) -> dict[Address, dict[str, Any]]:
        """Return what the plan does by address, in values that differ for any two different writes.

        Heading ids and picture addresses are left out: both change by themselves.
        """
        again = dict(self.relinks)
        changes = {change.address: change for change in self.changes}
        return {
            address: {
                "change": _write(changes[address]) if address in changes else None,
                "relink": list(again.get(address, ())),
            }
            for address in sorted(changes.keys() | again.keys())
        }


SUMMARY = (*ACTIONS, "unchanged", "drift", "conflict")


def _order(change: Change) -> tuple[int, bool, int, Address]:
    """Sort removals last, and deeper deletions before the others."""
    if change.action == "delete":
        return (2, change.kind != "article", -change.address.count("/"), change.address)
    return (int(change.action == "unpublish"), False, 0, change.address)


def _shares(lost: int, base: int, limit: float) -> str:
    """Return both shares in percent, with enough decimals to tell them apart: 30.4% is more than 30%."""
    allowed = f"{100 * limit:g}%"
    said = (f"{lost / base:.{decimals}%}" for decimals in range(4))
    share = next((text for text in said if float(text[:-1]) > 100 * limit), f"{lost / base:%}")
    return f"{share}, limit {allowed}"


# As JSON values -----------------------------------------------------------------------------------------------------


def change_values(change: Change, body: Callable[[LocaleCode, BodyChange], dict[str, Any]]) -> dict[str, Any]:
    """Return the change as JSON values; `body` returns those of a locale's body."""
    return {
        "action": change.action,
        "kind": change.kind,
        "address": change.address,
        "id": change.id,
        "title": change.title,
        "fields": field_values(change.fields),
        "locales": locale_values(change.locales, body),
    }


def locale_values(
    locales: Mapping[LocaleCode, LocaleChange], body: Callable[[LocaleCode, BodyChange], dict[str, Any]]
) -> dict[str, Any]:
    """Return the changes of each locale by field."""
    form: dict[str, Any] = {}
    for locale, text in sorted(locales.items()):
        form[locale] = field_values(text.fields)
        if text.body:
            form[locale]["body"] = body(locale, text.body)
        if text.removed:
            form[locale]["removed"] = True
    return form


def field_values(fields: Mapping[str, FieldChange]) -> dict[str, Any]:
    """Return both sides of each field."""
    return {name: {"from": item.before, "to": item.after} for name, item in sorted(fields.items())}


def _write(change: Change) -> dict[str, Any]:
    def body(locale: LocaleCode, text: BodyChange) -> dict[str, Any]:
        return {
            "after": None if text.after is None else _text_digest(text.after),
            "html": _html(change, locale),
            "relink": text.relink,
            "pictures": [sorted(keys) for keys in text.pictures],
        }

    step = change.step
    return {
        **change_values(change, body),
        "sends": {locale: sorted(names) for locale, names in sorted(step.sends.items())},
        "drafts": sorted(step.drafts),
    }


def _html(change: Change, locale: LocaleCode) -> str | None:
    """Return the digest of the rendered file, with links and pictures named as in the tree.

    The same Markdown is another text when one of its links no longer leads anywhere.
    """
    desired = change.step.desired
    text = desired.translations.get(locale) if isinstance(desired, Article) else None
    return _text_digest(text.body.html) if text and text.body else None


def _text_digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digest_of(values: Iterable[Any] | Mapping[str, Any]) -> str:
    """Return the digest of JSON values, whatever the order of their keys."""
    return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
