"""Changes as plain values, and the checksum that names a plan by what it would do."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from helpsync.model import Article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.model import Address, LocaleCode
    from helpsync.plan.changes import BodyChange, Change, FieldChange, LocaleChange, Plan


def change_values(change: Change, body: Callable[[LocaleCode, BodyChange], dict[str, Any]]) -> dict[str, Any]:
    """Return the change as values that JSON has; `body` gives those of a locale's body."""
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
    """Return what changes per locale, by field."""
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


def checksum(plan: Plan) -> str:
    """Return the name of the plan: what sends the same has the same one on every machine.

    How a body's diff is drawn depends on which old sources are at hand, so a body counts with what it becomes.
    """
    writes = writes_of(plan)
    return f"sha256:{_digest(sorted((address, _digest(what)) for address, what in writes.items()))}"


def writes_of(plan: Plan) -> dict[Address, dict[str, Any]]:
    """Return by address what a push of the plan does there, in values that tell any two different writes apart.

    Ids of headings and addresses of pictures are left out: both change by themselves.
    """
    again = dict(plan.relinks)
    changes = {change.address: change for change in plan.changes}
    return {
        address: {
            "change": _write(changes[address]) if address in changes else None,
            "relink": list(again.get(address, ())),
        }
        for address in sorted(changes.keys() | again.keys())
    }


def write_digest(write: Mapping[str, Any]) -> str:
    """Return the digest of what `writes_of` gives for an address."""
    return _digest(write)


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
    """Return the digest of what the file is rendered to, links and pictures named as the tree does.

    The same Markdown is another text when a link of it leads nowhere any more.
    """
    desired = change.step.desired
    text = desired.translations.get(locale) if isinstance(desired, Article) else None
    return _text_digest(text.body.html) if text and text.body else None


def _text_digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _digest(values: Iterable[Any] | Mapping[str, Any]) -> str:
    return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
