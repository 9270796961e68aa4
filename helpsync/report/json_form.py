"""The plan and the result as JSON, a promise to scripts (design: JSON)."""

from __future__ import annotations

import json
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from helpsync.plan.changes import summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.apply import Applied, Outcome
    from helpsync.model import Address, Finding, LocaleCode, Requests
    from helpsync.plan.changes import Attention, BodyChange, Change, FieldChange, LocaleChange, Loss, Plan
    from helpsync.report.details import Details

PLAN_SCHEMA = "helpsync.plan/1"
RESULT_SCHEMA = "helpsync.result/1"
_NOT_APPLIED = ("failed", "skipped", "held")


def plan_form(plan: Plan, details: Details, *, refusal: str | None = None) -> dict[str, Any]:
    """Return the plan as JSON values; `refusal` says why a push of it would be refused, None when it would not be."""
    return {
        "schema": PLAN_SCHEMA,
        "remote": {"name": plan.remote, "base_url": plan.base_url, "api_version": plan.api_version},
        "checksum": checksum(plan),
        "summary": summary(plan),
        "refusal": refusal,
        "changes": [change_form(change, details) for change in plan.changes],
        "losses": [_loss(loss) for loss in plan.losses],
        "relinks": _places(plan.relinks),
        "attention": [_attention(item, details) for item in plan.attention],
        "findings": [finding_form(finding) for finding in plan.findings],
    }


def checksum(plan: Plan) -> str:
    """Return the name of the plan: the same changes have the same one on every machine.

    How a body's diff is drawn depends on which old sources are at hand, so a body counts with what it becomes.
    """
    changes = [_change(change, _body_counted) for change in plan.changes]
    return "sha256:" + sha256(json.dumps(changes, sort_keys=True).encode()).hexdigest()


def _body_counted(body: BodyChange) -> dict[str, Any]:
    return {
        "after": None if body.after is None else sha256(body.after.encode()).hexdigest(),
        "relink": body.relink,
        "pictures": [sorted(keys) for keys in body.pictures],
    }


def change_form(change: Change, details: Details) -> dict[str, Any]:
    """Return one change as JSON values."""
    return _change(change, partial(_body_shown, details))


def _body_shown(details: Details, body: BodyChange) -> dict[str, Any]:
    words = [
        {"before": block.before, "after": block.after, "words": [list(word) for word in block.words]}
        for block in details.compared(body).blocks
    ]
    form: dict[str, Any] = {"diff": "\n".join(details.lines(body)), "words": words}
    if body.relink:
        form["relink"] = True
    removed, added = (sorted(keys) for keys in body.pictures)
    if removed or added:
        form["pictures"] = {"removed": removed, "added": added}
    return form


def _change(change: Change, body: Callable[[BodyChange], dict[str, Any]]) -> dict[str, Any]:
    return {
        "action": change.action,
        "kind": change.kind,
        "address": change.address,
        "id": change.id,
        "title": change.title,
        "fields": _fields(change.fields),
        "locales": _locales(change.locales, body),
    }


def _fields(fields: Mapping[str, FieldChange]) -> dict[str, Any]:
    return {name: {"from": item.before, "to": item.after} for name, item in sorted(fields.items())}


def _locales(
    locales: Mapping[LocaleCode, LocaleChange], body: Callable[[BodyChange], dict[str, Any]]
) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for locale, text in sorted(locales.items()):
        form[locale] = _fields(text.fields)
        if text.body:
            form[locale]["body"] = body(text.body)
        if text.removed:
            form[locale]["removed"] = True
    return form


def _loss(loss: Loss) -> dict[str, Any]:
    return {
        "address": loss.address,
        "locale": loss.locale,
        "urls": list(loss.urls),
        "inbound": list(loss.inbound),
    }


def _places(places: Iterable[tuple[Address, tuple[LocaleCode, ...]]]) -> list[dict[str, Any]]:
    return [{"address": address, "locales": list(locales)} for address, locales in places]


def _attention(item: Attention, details: Details) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "address": item.address,
        "id": item.id,
        "locales": list(item.locales),
        "message": item.message,
        "hint": item.hint,
        "edits": _locales(item.edits, partial(_body_shown, details)),
    }


def finding_form(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON values."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "path": finding.location.path,
        "line": finding.location.line,
        "column": finding.location.column,
        "message": finding.message,
        "hint": finding.hint,
    }


def result_form(
    plan: Plan,
    applied: Applied,
    requests: Requests,
    details: Details,
    *,
    relinks_left: Iterable[tuple[Address, tuple[LocaleCode, ...]]] = (),
) -> dict[str, Any]:
    """Return what came of a push as JSON values; `relinks_left` still lead to where articles or headings were."""
    counts = {status: sum(item.status == status for item in applied.outcomes) for status in _NOT_APPLIED}
    return {
        "schema": RESULT_SCHEMA,
        "remote": {"name": plan.remote, "base_url": plan.base_url, "api_version": plan.api_version},
        "summary": {**summary(plan), **counts},
        "interrupted": applied.interrupted,
        "requests": requests_form(requests),
        "changes": [outcome_form(outcome, details) for outcome in applied.outcomes],
        "relinked": _places(applied.relinked),
        "relinks_left": _places(relinks_left),
        "relink_errors": list(applied.relink_errors),
        "relinks_held": list(applied.relinks_held),
        "relink_notes": list(applied.relink_notes),
        "attention": [_attention(item, details) for item in plan.attention],
        "findings": [finding_form(finding) for finding in plan.findings],
    }


def outcome_form(outcome: Outcome, details: Details) -> dict[str, Any]:
    """Return what came of one change as JSON values."""
    return {
        **change_form(outcome.change, details),
        "id": outcome.id,
        "status": outcome.status,
        "url": outcome.url,
        "error": outcome.error,
        "notes": list(outcome.notes),
    }


def requests_form(requests: Requests) -> dict[str, int]:
    """Return the counts of requests by method, as the API names them."""
    return {
        "GET": requests.get,
        "POST": requests.post,
        "PUT": requests.put,
        "DELETE": requests.delete,
        "retried": requests.retried,
    }


def dump(value: object, *, indent: int | None = None) -> str:
    """Return the value as JSON text, other scripts as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent)
