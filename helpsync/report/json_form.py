"""The plan and the result as JSON, a promise to scripts (design: JSON)."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from helpsync.plan.changes import summary

if TYPE_CHECKING:
    from helpsync.apply import Applied, Outcome
    from helpsync.model import Finding, Requests
    from helpsync.plan.changes import Attention, Change, Plan
    from helpsync.report.bodies import BodyDiffs

PLAN_SCHEMA = "helpsync.plan/1"
RESULT_SCHEMA = "helpsync.result/1"


def plan_form(plan: Plan, diffs: BodyDiffs) -> dict[str, Any]:
    """Return the plan as JSON values."""
    changes = [change_form(change, diffs) for change in plan.changes]
    return {
        "schema": PLAN_SCHEMA,
        "remote": {"name": plan.remote, "base_url": plan.base_url, "api_version": plan.api_version},
        "checksum": "sha256:" + sha256(dump(changes).encode()).hexdigest(),
        "summary": summary(plan),
        "changes": changes,
        "attention": [_attention(item) for item in plan.attention],
        "findings": [finding_form(finding) for finding in plan.findings],
    }


def change_form(change: Change, diffs: BodyDiffs) -> dict[str, Any]:
    """Return one change as JSON values."""
    locales: dict[str, Any] = {}
    for locale, text in sorted(change.locales.items()):
        entry: dict[str, Any] = {
            name: {"from": item.before, "to": item.after} for name, item in sorted(text.fields.items())
        }
        if text.body:
            entry["body"] = {"diff": "\n".join(diffs.lines(text.body))}
            if text.body.relink:
                entry["body"]["relink"] = True
        if text.removed:
            entry["removed"] = True
        locales[locale] = entry
    return {
        "action": change.action,
        "kind": change.kind,
        "address": change.address,
        "id": change.id,
        "title": change.title,
        "fields": {name: {"from": item.before, "to": item.after} for name, item in sorted(change.fields.items())},
        "locales": locales,
    }


def _attention(item: Attention) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "address": item.address,
        "id": item.id,
        "locales": list(item.locales),
        "message": item.message,
        "hint": item.hint,
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


def result_form(plan: Plan, applied: Applied | None, requests: Requests, diffs: BodyDiffs) -> dict[str, Any]:
    """Return what came of a push as JSON values; `applied` is None when there was nothing to do or it was refused."""
    outcomes = applied.outcomes if applied else ()
    counts = {status: sum(item.status == status for item in outcomes) for status in ("failed", "skipped", "held")}
    return {
        "schema": RESULT_SCHEMA,
        "remote": {"name": plan.remote, "base_url": plan.base_url, "api_version": plan.api_version},
        "summary": {**summary(plan), **counts},
        "requests": requests_form(requests),
        "changes": [outcome_form(outcome, diffs) for outcome in outcomes],
        "relinked": [
            {"address": address, "locales": list(locales)} for address, locales in (applied.relinked if applied else ())
        ],
        "attention": [_attention(item) for item in plan.attention],
        "findings": [finding_form(finding) for finding in plan.findings],
    }


def outcome_form(outcome: Outcome, diffs: BodyDiffs) -> dict[str, Any]:
    """Return what came of one change as JSON values."""
    return {
        **change_form(outcome.change, diffs),
        "id": outcome.id,
        "status": outcome.status,
        "url": outcome.url,
        "error": outcome.error,
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
