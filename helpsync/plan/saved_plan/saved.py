"""A plan that was reviewed, as a value to keep: what it rests on, and whether all of that still holds.

A saved plan is never carried out itself. A push makes its own plan and goes on only when that one would send what
was reviewed, to items that neither a file nor a teammate has changed since.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from helpsync import __version__
from helpsync.baseline import digest
from helpsync.markdown import DIALECT_VERSION
from helpsync.model import Article
from helpsync.plan.compare import shown_fingerprints
from helpsync.plan.plan import write_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.model import Address, Item, LocaleCode, Text
    from helpsync.plan.build import Planned
    from helpsync.plan.context import Policy
    from helpsync.plan.plan import Step

SAVED_SCHEMA = "helpsync.saved-plan/1"

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a plan does at an address and what that rests on; equal ones send the same to the same.

    `write` is the digest of what is sent, `tree` has git's blob id of each source file, `remote` a fingerprint of each
    field as the comparison reads it (None where the item is not there yet): what Intercom changes by itself is not in
    it. `parent` is the id of the collection that it is in, `into` of the one it goes to, where these are known; `links`
    per locale a digest of what its links lead to.
    """

    action: str
    write: str
    tree: Mapping[LocaleCode, str] = field(default_factory=lambda: _NONE)
    remote: Mapping[LocaleCode, Mapping[str, str]] | None = None
    parent: str | None = None
    into: str | None = None
    links: Mapping[LocaleCode, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan was made for and under: `made_for` must be the same for its push, `settings` explain a difference.

    `overwrite` and `allow_remove` are what the reviewer was shown, and count for the push.
    """

    made_for: Mapping[str, str | None]
    settings: Mapping[str, Any]
    overwrite: tuple[Address, ...] = ()
    allow_remove: int = 0


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan as it was reviewed; `commit` is the one that was checked out, None outside git.

    `intact` is False where it was changed after it was saved.
    """

    terms: Terms
    checksum: str
    items: Mapping[Address, Fingerprint]
    version: str
    dialect: str
    commit: str | None = None
    intact: bool = True


def terms_of(
    policy: Policy,
    workspace: str | None,
    default_locale: LocaleCode,
    limits: Mapping[str, float],
    allow_remove: int,
    assets_url: str | None,
) -> Terms:
    """Return the terms of a plan that is made now; `workspace` is None while Intercom was not read.

    `assets_url` is what the addresses of local pictures are made from: readers get pictures from nowhere else than from
    where the reviewer was shown.
    """
    made_for = {
        "remote": policy.remote,
        "base_url": policy.base_url,
        "api_version": policy.api_version,
        "workspace": workspace,
        "help_center": policy.help_center,
        "default_locale": default_locale,
        "assets_url": assets_url,
    }
    settings = {
        "author": policy.author,
        "state": policy.state,
        "on_remove": policy.on_remove,
        "rules": dict(sorted(policy.rules.items())),
        "limits": dict(limits),
    }
    return Terms(made_for, settings, tuple(sorted(policy.overwrite)), allow_remove)


def fingerprints(planned: Planned) -> dict[Address, Fingerprint]:
    """Return what the plan does and rests on, by address."""
    plan = planned.plan
    writes = plan.writes()
    changes = {change.address: change for change in plan.changes}
    again = dict(plan.relinks)
    found = {}
    for address, write in writes.items():
        change = changes.get(address)
        step = change.step if change else planned.steps[address]
        found[address] = Fingerprint(
            action=change.action if change else "relink",
            write=write_digest(write),
            tree=tree_of(step.desired),
            remote=_shown(planned, step),
            parent=step.remote.parent_id if step.remote else None,
            into=planned.directory.ids.get(step.desired.parent or "") if step.parent and step.desired else None,
            links=_links(planned, step, {*step.sends, *again.get(address, ())}),
        )
    return found


def tree_of(desired: Item | None) -> dict[LocaleCode, str]:
    """Return git's blob id of each file of an item, by locale."""
    texts: Mapping[LocaleCode, Text] = desired.texts if desired else {}
    return {locale: text.source.blob if text.source else "" for locale, text in sorted(texts.items())}


def _shown(planned: Planned, step: Step) -> dict[LocaleCode, dict[str, str]] | None:
    if step.remote is None:
        return None
    records = step.record.locales if step.record else {}
    texts: Mapping[LocaleCode, Text] = step.remote.texts
    return {
        locale: shown_fingerprints(text, planned.bodies, record.images if record else {}, record)
        for locale, text in sorted(texts.items())
        for record in (records.get(locale),)
    }


def _links(planned: Planned, step: Step, locales: set[LocaleCode]) -> dict[LocaleCode, str]:
    """Return a digest of the articles that the links of each body lead to; ids of headings change by themselves."""
    if not isinstance(step.desired, Article):
        return {}
    found = {}
    for locale in sorted(locales):
        text = step.desired.translations.get(locale)
        if text and text.body and text.body.links:
            names = planned.directory.names((step.address, locale), text.body)
            found[locale] = digest("\n".join(name.partition("#")[0] + "#" * ("#" in name) for name in names))
    return found


# The plan as JSON values ------------------------------------------------------------------------------------------


def saved_values(plan_form: Mapping[str, Any], planned: Planned, terms: Terms, commit: str | None) -> dict[str, Any]:
    """Return a saved plan as values that JSON has: the plan's own form, what it rests on, and a digest of the whole.

    `commit` is the one that is checked out, None outside git.
    """
    value = {
        **plan_form,
        "schema": SAVED_SCHEMA,
        "helpsync": {"version": __version__, "dialect": DIALECT_VERSION},
        "commit": commit,
        "made_for": dict(terms.made_for),
        "settings": dict(terms.settings),
        "overwrite": list(terms.overwrite),
        "allow_remove": terms.allow_remove,
        "items": {address: _item_values(item) for address, item in fingerprints(planned).items()},
    }
    return {**value, "digest": seal(value)}


def _item_values(item: Fingerprint) -> dict[str, Any]:
    remote = None
    if item.remote is not None:
        remote = {locale: dict(sorted(marks.items())) for locale, marks in item.remote.items()}
    return {
        "action": item.action,
        "write": item.write,
        "tree": dict(item.tree),
        "remote": remote,
        "parent": item.parent,
        "into": item.into,
        "links": dict(item.links),
    }


def seal(value: Mapping[str, Any]) -> str:
    """Return the digest of a saved plan without its own: not a signature, but it shows that the file was changed."""
    rest = {key: item for key, item in value.items() if key != "digest"}
    return "sha256:" + sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def from_values(value: Mapping[str, Any]) -> SavedPlan:
    """Return the saved plan; raises ValueError saying what is wrong with the values."""
    terms = Terms(
        made_for={name: _optional(item, name) for name, item in _mapping(value, "made_for").items()},
        settings=_mapping(value, "settings"),
        overwrite=_texts(value, "overwrite"),
        allow_remove=_count(value, "allow_remove"),
    )
    made = _mapping(value, "helpsync")
    return SavedPlan(
        terms=terms,
        checksum=_text(value, "checksum"),
        items={address: _item(_checked(item, address)) for address, item in _mapping(value, "items").items()},
        version=_text(made, "version"),
        dialect=_text(made, "dialect"),
        commit=_optional(value.get("commit"), "commit"),
        intact=value.get("digest") == seal(value),
    )


def _item(value: Mapping[str, Any]) -> Fingerprint:
    remote = None
    if value.get("remote") is not None:
        remote = {
            locale: {name: _required(mark, name) for name, mark in _checked(marks, locale).items()}
            for locale, marks in _mapping(value, "remote").items()
        }
    return Fingerprint(
        action=_text(value, "action"),
        write=_text(value, "write"),
        tree={locale: _required(blob, locale) for locale, blob in _mapping(value, "tree").items()},
        remote=remote,
        parent=_optional(value.get("parent"), "parent"),
        into=_optional(value.get("into"), "into"),
        links={locale: _required(name, locale) for locale, name in _mapping(value, "links").items()},
    )


def _mapping(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _checked(value.get(name), name)


def _checked(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")  # noqa: TRY004  # all that a file can hold wrongly is one kind
    return value


def _text(value: Mapping[str, Any], name: str) -> str:
    return _required(value.get(name), name)


def _required(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")  # noqa: TRY004  # as above
    return value


def _optional(value: object, name: str) -> str | None:
    return None if value is None else _required(value, name)


def _texts(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    items = value.get(name)
    if not isinstance(items, list):
        raise ValueError(f"{name} is not a list")  # noqa: TRY004  # as above
    return tuple(_required(item, name) for item in items)


def _count(value: Mapping[str, Any], name: str) -> int:
    number = value.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError(f"{name} is not a count")
    return number
