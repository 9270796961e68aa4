"""A plan that was saved for review: what it is based on, and whether that is still so."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from helpsync import __version__
from helpsync.baseline import JsonObject, digest
from helpsync.markdown import DIALECT_VERSION
from helpsync.model import Article
from helpsync.plan.compare import shown_fingerprints
from helpsync.plan.plan import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpsync.baseline import Record
    from helpsync.model import Address, Item, LocaleCode, Text
    from helpsync.plan.build import Planned
    from helpsync.plan.plan import Step
    from helpsync.plan.workspace import Policy


SAVED_SCHEMA = "helpsync.saved-plan/1"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a plan does at an address and what that is based on; equal fingerprints send the same to the same item.

    `write` is the digest of what is sent, `tree` has git's blob id of each source file, `remote` a fingerprint of each
    field in Intercom (None where the item does not exist yet), without automatic changes of Intercom. `parent` is the
    id of its collection, `into` of the new one, where these are known; `links` has a digest of the link targets of each
    locale.
    """

    action: str
    write: str
    tree: Mapping[LocaleCode, str] = field(default_factory=dict)
    remote: Mapping[LocaleCode, Mapping[str, str]] | None = None
    parent: str | None = None
    into: str | None = None
    links: Mapping[LocaleCode, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan was made for: a push needs the same `made_for`; `settings` explain a difference.

    The push uses the `overwrite` and `allow_remove` that the reviewer saw.
    """

    made_for: Mapping[str, str | None]
    settings: Mapping[str, Any]
    overwrite: tuple[Address, ...] = ()
    allow_remove: int = 0


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan as it was reviewed; `commit` is the one that was checked out, None outside git.

    `intact` is False where the file was changed after it was saved.
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
    """Return the terms of a plan that is made now; `workspace` is None until Intercom is read.

    `assets_url` makes the addresses of local pictures: readers get pictures from the place that the reviewer saw.
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
    """Return what the plan does and is based on, by address."""
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
            write=digest_of(write),
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
        locale: dict(sorted(shown_fingerprints(text, planned.bodies, record.images if record else {}, record).items()))
        for locale, text in sorted(texts.items())
        for record in (records.get(locale),)
    }


def _links(planned: Planned, step: Step, locales: set[LocaleCode]) -> dict[LocaleCode, str]:
    """Return a digest of the articles that the links of each body lead to; heading ids change by themselves."""
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


def saved_values(plan_values: Mapping[str, Any], planned: Planned, terms: Terms, commit: str | None) -> dict[str, Any]:
    """Return a saved plan as JSON values: the printed plan, what it is based on, and a digest of the whole.

    `commit` is the one that is checked out, None outside git.
    """
    value = {
        **plan_values,
        "schema": SAVED_SCHEMA,
        "helpsync": {"version": __version__, "dialect": DIALECT_VERSION},
        "commit": commit,
        "made_for": dict(terms.made_for),
        "settings": dict(terms.settings),
        "overwrite": list(terms.overwrite),
        "allow_remove": terms.allow_remove,
        "items": {address: asdict(item) for address, item in fingerprints(planned).items()},
    }
    return {**value, "digest": seal(value)}


def seal(value: Mapping[str, Any]) -> str:
    """Return the digest of a saved plan without its own. It is not a signature, but reveals a changed file."""
    rest = {key: item for key, item in value.items() if key != "digest"}
    return f"sha256:{digest_of(rest)}"


def from_values(values: Mapping[str, Any]) -> SavedPlan:
    """Return the saved plan; raises DataError."""
    value = JsonObject(values)
    version, dialect = value.nested("helpsync", lambda made: (made.text("version"), made.text("dialect")))
    return SavedPlan(
        terms=Terms(
            made_for=value.optional_text_map("made_for"),
            settings=value.nested("settings", lambda settings: settings.values),
            overwrite=value.texts("overwrite"),
            allow_remove=value.count("allow_remove"),
        ),
        checksum=value.text("checksum"),
        items=value.each("items", _item),
        version=version,
        dialect=dialect,
        commit=value.optional_text("commit"),
        intact=values.get("digest") == seal(values),
    )


def _item(value: JsonObject) -> Fingerprint:
    has_remote = value.values.get("remote") is not None
    return Fingerprint(
        action=value.text("action"),
        write=value.text("write"),
        tree=value.text_map("tree"),
        remote=value.members("remote", JsonObject.text_map) if has_remote else None,
        parent=value.optional_text("parent"),
        into=value.optional_text("into"),
        links=value.text_map("links"),
    )


_WHAT = {
    "remote": "remote",
    "base_url": "the server",
    "api_version": "API version",
    "workspace": "workspace",
    "help_center": "help center",
    "default_locale": "the default locale",
    "assets_url": "pictures from `assets: url:`",
}


def misplaced(saved: SavedPlan, terms: Terms) -> list[str]:
    """Return the differences between what the plan was made for and `here`.

    An unknown workspace is not compared.
    """
    if saved.dialect != DIALECT_VERSION:
        return [
            f"the plan was made by helpsync {saved.version}, which renders differently from this one ({__version__})"
        ]
    given = saved.terms.made_for
    found = [
        f"the plan was made for {_WHAT[name]} {_or_none(given.get(name))}, this is {_or_none(here)}"
        for name, here in terms.made_for.items()
        if given.get(name) != here and not (name == "workspace" and here is None)
    ]
    # Another remote differs in everything else too.
    return found[:1] if given.get("remote") != terms.made_for["remote"] else found


def _or_none(value: str | None) -> str:
    return "none" if value is None else value


def stale_reasons(saved: SavedPlan, planned: Planned, terms: Terms) -> list[str]:
    """Return, by address, what a push would do differently from the reviewed plan; empty without a difference.

    Other changes in the tree or in Intercom do not count where the plan does not touch them.
    """
    now = fingerprints(planned)
    desired = {item.address or "": item for item in planned.desired.items}
    found = []
    for address in sorted({*saved.items, *now}):
        before, after = saved.items.get(address), now.get(address)
        if before is None and after is not None:
            found.append(f"{address}: new since the plan was made: {after.action}")
        elif before is not None and after is None:
            reasons = _reasons_gone(address, before, planned, desired.get(address))
            found.append(f"{address}: {before.action} is no longer planned: {'; '.join(reasons)}")
        elif before is not None and after is not None and before != after:
            found.append(f"{address}: {'; '.join(_reasons(before, after, desired.get(address)))}")
    if not found and saved.checksum != planned.plan.checksum:
        found.append("what would be sent is not what was reviewed")
    return [*found, *_settings(saved.terms, terms)] if found else []


def carried_out(saved: SavedPlan, planned: Planned) -> bool:
    """Return whether the baseline has everything that the plan sends, from the same files: an equal plan was pushed."""
    left = planned.plan.writes()
    desired = {item.address or "": item for item in planned.desired.items}
    return bool(saved.items) and all(
        address not in left
        and item.tree == tree_of(desired.get(address))
        and _recorded(item, planned.baseline.records.get(address))
        for address, item in saved.items.items()
    )


def _recorded(item: Fingerprint, record: Record | None) -> bool:
    if record is None or record.removed:
        return not item.tree
    blobs = {locale: text.blob for locale, text in record.locales.items() if not text.removed}
    return blobs == item.tree and item.into in (None, record.parent)


def _settings(before: Terms, after: Terms) -> list[str]:
    return [
        f"helpsync.yaml: `{name}` was {_setting(before.settings.get(name))}, is {_setting(after.settings[name])} now"
        for name in _differing(before.settings, after.settings)
        if name != "limits" and name in after.settings
    ]


def _setting(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items()) or "none"
    return "none" if value is None else str(value)


def _reasons_gone(address: Address, before: Fingerprint, planned: Planned, desired: Item | None) -> list[str]:
    reasons = list(_files(before.tree, tree_of(desired), desired))
    reasons += [item.message for item in planned.plan.attention if item.address == address and item.kind == "conflict"]
    return reasons or ["nothing is left to do there"]


def _reasons(before: Fingerprint, after: Fingerprint, desired: Item | None) -> list[str]:
    reasons = list(_files(before.tree, after.tree, desired))
    reasons += _edits(before, after)
    if before.into != after.into:
        reasons.append(f"the collection that it goes to was {_or_none(before.into)}, is {_or_none(after.into)} now")
    if before.links != after.links:
        reasons.append(f"links lead elsewhere, or nowhere any more: {', '.join(_differing(before.links, after.links))}")
    if before.action != after.action:
        reasons.append(f"was {before.action}, is {after.action} now")
    return reasons or ["what would be sent is not what was reviewed"]


def _files(before: Mapping[LocaleCode, str], after: Mapping[LocaleCode, str], desired: Item | None) -> Iterator[str]:
    texts = desired.texts if desired else {}
    for locale in _differing(before, after):
        text = texts.get(locale)
        path = text.source.path if text and text.source else f"the {locale} file"
        if locale not in after:
            yield f"the {locale} file was removed"
        else:
            yield f"{path} {'changed' if locale in before else 'is new'}"


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """Return the keys with different values, sorted; a missing key counts as None."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _edits(before: Fingerprint, after: Fingerprint) -> Iterator[str]:
    """Yield the edits in Intercom since then, per locale."""
    if (before.remote is None) != (after.remote is None):
        yield "it is in Intercom now" if before.remote is None else "it is no longer in Intercom"
        return
    then, now = before.remote or {}, after.remote or {}
    edits = []
    for locale in _differing(then, now):
        if locale not in now or locale not in then:
            edits.append(f"{locale} {'added' if locale in now else 'removed'}")
        else:
            edits.append(f"{locale} {' and '.join(_differing(then[locale], now[locale]))}")
    if before.parent != after.parent:
        edits.append("parent")
    if edits:
        yield f"edited in Intercom since: {', '.join(edits)}"
