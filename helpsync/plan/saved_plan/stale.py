"""Whether a saved plan still is what a push would do, and in words where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync import __version__
from helpsync.markdown import DIALECT_VERSION
from helpsync.plan.saved_plan.saved import fingerprints, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpsync.baseline import Record
    from helpsync.model import Address, Item, LocaleCode
    from helpsync.plan.build import Planned
    from helpsync.plan.saved_plan.saved import Fingerprint, SavedPlan, Terms

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
    """Return in words what the plan was made for and this is not.

    A workspace that is not known yet is not compared.
    """
    if saved.dialect != DIALECT_VERSION:
        return [f"the plan was made by helpsync {saved.version}, which renders otherwise than this one ({__version__})"]
    given = saved.terms.made_for
    pairs = {name: (given.get(name), here) for name, here in terms.made_for.items()}
    if pairs["workspace"][1] is None:
        del pairs["workspace"]
    found = [
        f"the plan was made for {_WHAT[name]} {_or_none(then)}, this is {_or_none(here)}"
        for name, (then, here) in pairs.items()
        if then != here
    ]
    # Another remote has all the rest of its own.
    return found[:1] if given.get("remote") != terms.made_for["remote"] else found


def _or_none(value: str | None) -> str:
    return "none" if value is None else value


def differences(saved: SavedPlan, planned: Planned, terms: Terms) -> list[str]:
    """Return in words, by address, what a push would do otherwise than was reviewed; empty when it would do just that.

    What else changed in the tree or in Intercom is no difference where the plan does not touch it.
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
    """Return whether the baseline has all that the plan says, from the same files: it, or its like, was pushed."""
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
    pairs = {name: (before.settings.get(name), now) for name, now in after.settings.items() if name != "limits"}
    return [
        f"helpsync.yaml: `{name}` was {_setting(then)}, is {_setting(now)} now"
        for name, (then, now) in sorted(pairs.items())
        if then != now
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
        locales = sorted(
            name for name in {*before.links, *after.links} if before.links.get(name) != after.links.get(name)
        )
        reasons.append(f"links lead elsewhere, or nowhere any more: {', '.join(locales)}")
    if before.action != after.action:
        reasons.append(f"was {before.action}, is {after.action} now")
    return reasons or ["what would be sent is not what was reviewed"]


def _files(before: Mapping[LocaleCode, str], after: Mapping[LocaleCode, str], desired: Item | None) -> Iterator[str]:
    texts = desired.texts if desired else {}
    for locale in sorted({*before, *after}):
        if before.get(locale) == after.get(locale):
            continue
        text = texts.get(locale)
        path = text.source.path if text and text.source else f"the {locale} file"
        if locale not in after:
            yield f"the {locale} file is gone"
        else:
            yield f"{path} {'changed' if locale in before else 'is new'}"


def _edits(before: Fingerprint, after: Fingerprint) -> Iterator[str]:
    """Yield what was edited in Intercom since, per locale."""
    if (before.remote is None) != (after.remote is None):
        yield "it is in Intercom now" if before.remote is None else "it is no longer in Intercom"
        return
    then, now = before.remote or {}, after.remote or {}
    edits = []
    for locale in sorted({*then, *now}):
        if locale not in now or locale not in then:
            edits.append(f"{locale} {'added' if locale in now else 'removed'}")
            continue
        names = sorted(
            name for name in {*then[locale], *now[locale]} if then[locale].get(name) != now[locale].get(name)
        )
        if names:
            edits.append(f"{locale} {' and '.join(names)}")
    if before.parent != after.parent:
        edits.append("parent")
    if edits:
        yield f"edited in Intercom since: {', '.join(edits)}"
