"""What a push that died was writing, and what Intercom shows there now: nobody knows whose that is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.model import Address
    from helpsync.plan.changes import Attention, Plan


def undecided(plan: Plan, landed: Mapping[Address, float]) -> Plan:
    """Return the plan in which what a push that died may have written is a conflict, and no drift.

    `landed` are the addresses that it was writing, each with the moment until which that can have come to Intercom, in
    Unix seconds: what Intercom says was written later is somebody's edit.
    """
    if not landed:
        return plan
    found = [_doubted(item, landed) for item in plan.attention]
    found.sort(key=lambda item: (item.kind, item.address or "", item.id or ""))
    return replace(plan, attention=tuple(found))


def _doubted(item: Attention, landed: Mapping[Address, float]) -> Attention:
    until = landed.get(item.address or "")
    if item.kind not in ("drift", "conflict") or until is None or (item.edited_at or 0) > until:
        return item
    decide = f"if it did, let the file win with --overwrite-remote {item.address}"
    return replace(
        item,
        kind="conflict",
        message=f"{item.message}; a push that died may have written that",
        hint=f"{decide}; if a teammate did, bring that into the file",
    )
