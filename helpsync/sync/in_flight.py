"""Settles the writes of an interrupted push: looks for them, and waits for them, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpsync.plan import title_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.baseline import Baseline, PendingWrite
    from helpsync.content import Tree
    from helpsync.intercom import Reader
    from helpsync.model import Address, HelpCenter, Item, Remote
    from helpsync.plan import Planned

GRACE = 30.0
"""Seconds for which a write may still be in flight after it was sent.

Gateways and application servers commonly allow a request that long. A write that has not arrived by then counts as
never made.
"""

STRIDE = 10.0
"""Seconds between two readings of Intercom while waiting."""

_NAMED = 3


def landed(pending: Mapping[Address, PendingWrite]) -> dict[Address, float]:
    """Return the addresses whose pending write may have overwritten something, with the latest time it can arrive.

    Times are Unix seconds.
    """
    return {address: one.at + GRACE for address, one in pending.items() if one.action != "create"}


@dataclass(frozen=True, slots=True)
class Settled:
    """What Intercom has and the plan, once pending writes are settled.

    `pending` are writes whose address the plan holds back: the next push must know of them too.
    """

    remote: Remote
    planned: Planned
    pending: Mapping[Address, PendingWrite]


async def settle(
    reader: Reader,
    tree: Tree,
    plan: Callable[[Tree, Remote], Planned],
    pending_of: Callable[[Baseline], Mapping[Address, PendingWrite]],
    message: Callable[[str], None],
) -> Settled:
    """Return the plan once the pending writes have arrived in Intercom, or can't arrive any more.

    Without pending writes this costs nothing. It waits for updates too: one that arrives after ours would undo it, and
    give headings other ids. The plan links a create that arrived to its file, even if the file has another title by
    now; two candidates are a conflict of that address. Raises what reading and planning raise.
    """
    locale = tree.help_center.default_locale
    remote = await reader.read(default_locale=locale)
    planned = plan(tree, remote)
    pending = pending_of(planned.baseline)
    if not pending:
        return Settled(remote, planned, {})
    end = min(max(one.at for one in pending.values()), reader.now()) + GRACE
    announced = False
    while (missing := _missing(planned, pending)) and (left := end - reader.now()) > 0:
        if not announced:
            message(_waiting(missing, left))
            announced = True
        await reader.pause(min(left, STRIDE))
        remote = await reader.read(default_locale=locale)
        planned = plan(tree, remote)
    pins = _retitled(planned, remote, pending)
    if pins:
        planned = plan(replace(tree, help_center=_pinned(tree.help_center, pins)), remote)
    held = {item.address for item in planned.plan.attention if item.kind == "conflict"}
    return Settled(remote, planned, {address: one for address, one in pending.items() if address in held})


def _missing(planned: Planned, pending: Mapping[Address, PendingWrite]) -> list[Address]:
    """Return the addresses worth waiting for: the plan would write them again, or they may have been created twice."""
    creates = {change.address for change in planned.plan.changes if change.action == "create"}
    writes = {change.address for change in planned.plan.changes} | {address for address, _ in planned.plan.relinks}
    wanted = {item.address for item in planned.desired.items}
    known = planned.baseline.records

    def is_missing(address: Address, one: PendingWrite) -> bool:
        if one.action != "create":
            return address in writes
        if address in creates:
            return True
        # A renamed file may be one of the creates.
        return (bool(creates) and address not in wanted) or (
            one.times > 1 and address in planned.steps and address not in known
        )

    return sorted(address for address, one in pending.items() if is_missing(address, one))


def _waiting(missing: list[Address], left: float) -> str:
    names = ", ".join(missing[:_NAMED]) + (f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else "")
    return (
        f"an interrupted push had started to write {names}, and Intercom may still be working on it: "
        f"looking again for up to {left:.0f} s"
    )


def _retitled(planned: Planned, remote: Remote, pending: Mapping[Address, PendingWrite]) -> dict[Address, str]:
    """Return the ids of items that were created with a title that their files no longer have."""
    taken = {(record.kind, record.id) for record in planned.baseline.records.values()}
    taken |= {(step.kind, step.remote.id) for step in planned.steps.values() if step.remote and step.remote.id}
    ids = planned.directory.ids
    pins: dict[Address, str] = {}
    for change in planned.plan.changes:
        one = pending.get(change.address)
        if change.action != "create" or one is None or one.title is None or change.step.desired is None:
            continue
        parent = change.step.desired.parent
        found = sorted(
            item.id
            for item in remote.help_center.items
            if item.kind == change.kind
            and item.id
            and (item.kind, item.id) not in taken
            and item.parent_id == (ids.get(parent) if parent else None)
            and title_of(item, planned.desired.default_locale) == one.title
        )
        if found:
            pins[change.address] = found[0]
            taken.add((change.kind, found[0]))
    return pins


def _pinned(help_center: HelpCenter, pins: Mapping[Address, str]) -> HelpCenter:
    def pinned(item: Item) -> str | None:
        return pins.get(item.address or "", item.pin)

    return replace(
        help_center,
        articles=tuple(replace(item, pin=pinned(item)) for item in help_center.articles),
        collections=tuple(replace(item, pin=pinned(item)) for item in help_center.collections),
    )
