"""The plan as a value: what `diff` prints, what a pull request shows and what `push` does."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.baseline import Record
    from helpsync.model import Address, Article, Collection, Finding, Kind, LocaleCode

Action: TypeAlias = Literal["create", "update", "move", "unpublish", "delete"]
ACTIONS: tuple[Action, ...] = ("create", "update", "move", "unpublish", "delete")

_NONE: Mapping[str, frozenset[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field's value on both sides of the change; None where it has none."""

    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class BodyChange:
    """What a body's diff is made from.

    `blob` is git's id of the source as last pushed, `after` the source as it stands in the tree, None when the text
    goes. `sides` gives both sides as Markdown read back from HTML, by what names local pictures: for where the old
    source is not at hand, or with `edited` is not what readers have (an edit made in Intercom). With `relink` the text
    is the same and only own links are sent anew. `pictures` are the keys that go and that come, `lost` the addresses
    that its links do not lead to, as they are not in Intercom.
    """

    blob: str | None = None
    after: str | None = None
    sides: Callable[[Callable[[str], str | None]], tuple[str, str]] | None = field(
        default=None, repr=False, compare=False
    )
    edited: bool = False
    relink: bool = False
    pictures: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    lost: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class LocaleChange:
    """What changes in one locale: short fields by name, and the body."""

    fields: Mapping[str, FieldChange] = field(default_factory=lambda: MappingProxyType({}))
    body: BodyChange | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """All that `apply` needs for one item.

    `sends` names the fields to send per locale, `drifted` those that stay as Intercom has them, `drafts` the locales
    to unpublish. `links` names what the own links of each body led to when the plan was made. `parent` says that the
    parent is sent, `replaced_by` that a deleted item lives on at this address. `restores` says that readers get back
    what they had: the tree does not ask for it, so the record stays as it was, but for the id of what is made anew.
    """

    address: Address
    kind: Kind
    desired: Article | Collection | None = None
    remote: Article | Collection | None = None
    record: Record | None = None
    sends: Mapping[LocaleCode, frozenset[str]] = field(default_factory=lambda: _NONE)
    drifted: Mapping[LocaleCode, frozenset[str]] = field(default_factory=lambda: _NONE)
    drafts: frozenset[LocaleCode] = frozenset()
    links: Mapping[LocaleCode, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    parent: bool = False
    parent_drifted: bool = False
    previous: Address | None = None
    replaced_by: Address | None = None
    restores: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the plan; `fields` belong to the item as a whole (its parent, its address).

    `similarity` (0 to 1) is how much of its text a moved file kept, where that is how it was recognised. `overwrites`
    names locale and field of what was edited in Intercom and is overwritten or removed, the parent without a locale;
    `edited_at` is when that was last written there, in Unix seconds.
    """

    action: Action
    kind: Kind
    address: Address
    id: str | None
    title: str
    step: Step
    fields: Mapping[str, FieldChange] = field(default_factory=lambda: MappingProxyType({}))
    locales: Mapping[LocaleCode, LocaleChange] = field(default_factory=lambda: MappingProxyType({}))
    similarity: float | None = None
    overwrites: tuple[tuple[LocaleCode | None, str], ...] = ()
    edited_at: int | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that is left alone and that the user should know of; `hint` says what to do.

    `edits` are what was changed in Intercom since both sides agreed, per locale (drift and conflict), `fields` what
    belongs to the item as a whole: its parent. `edited_at` is when Intercom says that this was last written, in Unix
    seconds.
    """

    kind: Literal["drift", "conflict", "unmanaged", "warning"]
    address: Address | None
    id: str | None
    message: str
    locales: tuple[LocaleCode, ...] = ()
    hint: str | None = None
    edits: Mapping[LocaleCode, LocaleChange] = field(default_factory=lambda: MappingProxyType({}))
    edited_at: int | None = None
    fields: Mapping[str, FieldChange] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Loss:
    """What readers lose: an article with all its locales (`locale` None), or one translation of one that stays.

    `inbound` names each published text that links to it and stays: ``address (locale)``, or ``title #id (locale)``.
    """

    address: Address
    locale: LocaleCode | None
    urls: tuple[str, ...] = ()
    inbound: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes in the order that they are listed, what is left alone, and how many items need nothing.

    `relinks` are articles that are sent again for their links alone, as what they link to is new, or gets new ids.
    `settled` are items that both sides agree on already but the baseline does not know yet: nothing is sent for them.
    `published` counts the managed articles that readers see (key None) and the translations per locale, `emptied` says
    that the tree has no article left. `command` is the one that carries it out.
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
    published: Mapping[LocaleCode | None, int] = field(default_factory=lambda: MappingProxyType({}))
    emptied: bool = False
    command: Literal["push", "restore"] = "push"

    def count(self, name: str) -> int:
        """Return how many changes have this action, or how many attentions this kind."""
        return sum(change.action == name for change in self.changes) + sum(
            attention.kind == name for attention in self.attention
        )


SUMMARY = (*ACTIONS, "unchanged", "drift", "conflict")


def summary(plan: Plan) -> dict[str, int]:
    """Return the counts of the plan by name, in the documented order (design: JSON)."""
    return {name: plan.unchanged if name == "unchanged" else plan.count(name) for name in SUMMARY}
