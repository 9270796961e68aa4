"""The plan and the result as JSON, a contract with scripts (docs/json.md)."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from helpsync.plan import change_values, field_values, locale_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.apply import Applied, Difference, Outcome
    from helpsync.model import Address, Finding, LocaleCode, Requests
    from helpsync.plan import Attention, BodyChange, Change, Loss, Plan
    from helpsync.report.details import Details

PLAN_SCHEMA = "helpsync.plan/1"
RESULT_SCHEMA = "helpsync.result/1"
_NOT_APPLIED = ("failed", "skipped", "held")


def plan_json(plan: Plan, details: Details) -> dict[str, Any]:
    """Return the plan as JSON values (docs/json.md)."""
    return {
        "schema": PLAN_SCHEMA,
        "remote": {"name": plan.remote, "base_url": plan.base_url, "api_version": plan.api_version},
        "checksum": plan.checksum,
        "summary": plan.summary,
        "refusal": plan.refusal,
        "changes": [change_json(change, details) for change in plan.changes],
        "losses": [_loss(loss) for loss in plan.losses],
        "relinks": _places(plan.relinks),
        "attention": [_attention(item, details) for item in plan.attention],
        "findings": [finding_json(finding) for finding in plan.findings],
    }


def change_json(change: Change, details: Details) -> dict[str, Any]:
    """Return one change as JSON values."""
    return {
        **change_values(change, partial(_body_shown, details)),
        "similarity": change.similarity,
        **_overwrites(change),
    }


def _overwrites(change: Change) -> dict[str, Any]:
    if not change.overwrites:
        return {}
    fields = [{"locale": locale, "field": name} for locale, name in change.overwrites]
    return {"overwrites": {"fields": fields, "edited_at": change.edited_at}}


def _body_shown(details: Details, _locale: LocaleCode, body: BodyChange) -> dict[str, Any]:
    words = [
        {"before": block.before, "after": block.after, "words": [list(word) for word in block.words]}
        for block in details.compared(body).blocks
    ]
    values: dict[str, Any] = {"diff": "\n".join(details.lines(body)), "words": words}
    if body.relink:
        values["relink"] = True
    if body.lost:
        values["links_lost"] = list(body.lost)
    removed, added = (sorted(keys) for keys in body.pictures)
    if removed or added:
        values["pictures"] = {"removed": removed, "added": added}
    return values


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
        "edited_at": item.edited_at,
        "fields": field_values(item.fields),
        "edits": locale_values(item.edits, partial(_body_shown, details)),
    }


def finding_json(finding: Finding) -> dict[str, Any]:
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


def result_json(
    plan: Plan,
    applied: Applied,
    requests: Requests,
    details: Details,
    *,
    relinks_left: Iterable[tuple[Address, tuple[LocaleCode, ...]]] = (),
) -> dict[str, Any]:
    """Return the result of a push as JSON values; `relinks_left` are articles whose links are still old."""
    counts = {status: sum(item.status == status for item in applied.outcomes) for status in _NOT_APPLIED}
    return {
        "schema": RESULT_SCHEMA,
        "remote": {"name": plan.remote, "base_url": plan.base_url, "api_version": plan.api_version},
        "summary": {**plan.summary, **counts},
        "interrupted": applied.interrupted,
        "requests": requests_json(requests),
        "changes": [outcome_json(outcome, details) for outcome in applied.outcomes],
        "relinked": _places(applied.relinked),
        "relinks_left": _places(relinks_left),
        "relink_errors": list(applied.relink_errors),
        "relinks_held": list(applied.relinks_held),
        "relink_notes": list(applied.relink_notes),
        "relink_readback": [{"address": address, **_altered(item)} for address, item in applied.relink_differences],
        "attention": [_attention(item, details) for item in plan.attention],
        "findings": [finding_json(finding) for finding in plan.findings],
    }


def outcome_json(outcome: Outcome, details: Details) -> dict[str, Any]:
    """Return the result of one change as JSON values."""
    return {
        **change_json(outcome.change, details),
        "id": outcome.id,
        "status": outcome.status,
        "url": outcome.url,
        "error": outcome.error,
        "notes": list(outcome.notes),
        "readback": [_altered(item) for item in outcome.differences],
    }


def _altered(item: Difference) -> dict[str, Any]:
    return {
        "path": item.location.path if item.location else None,
        "line": item.location.line if item.location else None,
        "locale": item.locale,
        "field": item.field,
        "message": item.message,
        "meant": item.meant,
        "shown": item.shown,
    }


def requests_json(requests: Requests) -> dict[str, int]:
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
