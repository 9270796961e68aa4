"""What a push that died had begun to write: looked for, waited for and looked for again before anything is sent."""

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
"""Seconds for which a write may still be under way after it went out.

That is what gateways and application servers commonly allow a request; what was not there by then is taken not to have
happened.
"""

STRIDE = 10.0
"""Seconds between two looks, each of which reads Intercom again: most of what happened at all is there by the first."""

_NAMED = 3


def landed(begun: Mapping[Address, PendingWrite]) -> dict[Address, float]:
    """Return what may have been overwritten, and until when that can have come to Intercom, in Unix seconds."""
    return {address: one.at + GRACE for address, one in begun.items() if one.action != "create"}


@dataclass(frozen=True, slots=True)
class Settled:
    """What Intercom has and the plan, once pending writes are settled.

    `begun` are writes whose address the plan holds back: the push after this one must know of them too.
    """

    remote: Remote
    planned: Planned
    begun: Mapping[Address, PendingWrite]


async def settle(
    reader: Reader,
    tree: Tree,
    plan: Callable[[Tree, Remote], Planned],
    begun_of: Callable[[Baseline], Mapping[Address, PendingWrite]],
    message: Callable[[str], None],
) -> Settled:
    """Return the plan for what Intercom holds, read again until what a push that died had begun is there, or is late.

    Where nothing was left, that costs nothing. An update is waited for as well: one that lands after ours would undo
    it, and give headings other ids. A create that is there is tied to its file by the plan; two that could
    be it make a conflict of that address; one that was sent with another title than the file has by now is tied to it
    all the same. Raises what reading and planning raise.
    """
    locale = tree.help_center.default_locale
    remote = await reader.read(default_locale=locale)
    planned = plan(tree, remote)
    begun = begun_of(planned.baseline)
    if not begun:
        return Settled(remote, planned, {})
    end = min(max(one.at for one in begun.values()), reader.now()) + GRACE
    told = False
    while (missing := _missing(planned, begun)) and (left := end - reader.now()) > 0:
        if not told:
            message(_waiting(missing, left))
            told = True
        await reader.pause(min(left, STRIDE))
        remote = await reader.read(default_locale=locale)
        planned = plan(tree, remote)
    pins = _retitled(planned, remote, begun)
    if pins:
        planned = plan(replace(tree, help_center=_pinned(tree.help_center, pins)), remote)
    held = {item.address for item in planned.plan.attention if item.kind == "conflict"}
    return Settled(remote, planned, {address: one for address, one in begun.items() if address in held})


def _missing(planned: Planned, begun: Mapping[Address, PendingWrite]) -> list[Address]:
    """Return what is worth waiting for: what the plan would write again, and what may have been made twice."""
    creates = {change.address for change in planned.plan.changes if change.action == "create"}
    writes = {change.address for change in planned.plan.changes} | {address for address, _ in planned.plan.relinks}
    wanted = {item.address for item in planned.desired.items}
    known = planned.baseline.records

    def is_missing(address: Address, one: PendingWrite) -> bool:
        if one.action != "create":
            return address in writes
        if address in creates:
            return True
        # A file that has another name by now may be one of the creates.
        return (bool(creates) and address not in wanted) or (
            one.times > 1 and address in planned.steps and address not in known
        )

    return sorted(address for address, one in begun.items() if is_missing(address, one))


def _waiting(missing: list[Address], left: float) -> str:
    names = ", ".join(missing[:_NAMED]) + (f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else "")
    return (
        f"an interrupted push had begun to write {names}, and Intercom may still be at it: "
        f"looking again for up to {left:.0f} s"
    )


def _retitled(planned: Planned, remote: Remote, begun: Mapping[Address, PendingWrite]) -> dict[Address, str]:
    """Return the ids of what was created with a title that its file no longer has."""
    taken = {(record.kind, record.id) for record in planned.baseline.records.values()}
    taken |= {(step.kind, step.remote.id) for step in planned.steps.values() if step.remote and step.remote.id}
    ids = planned.directory.ids
    pins: dict[Address, str] = {}
    for change in planned.plan.changes:
        one = begun.get(change.address)
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
