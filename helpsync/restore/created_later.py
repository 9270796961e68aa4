"""What did not exist then: a restore removes nothing, but says what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.plan.plan import Attention

if TYPE_CHECKING:
    from collections.abc import Collection

    from helpsync.model import Kind
    from helpsync.restore.select import Choice

_MANY = 5


def created_since(choice: Choice, stored: Collection[tuple[Kind, str | None]]) -> list[Attention]:
    """Return a warning for each item that was created since and is still among the stored: one for all of many."""
    there = [each for each in choice.created if (each.kind, each.id) in stored]
    made = "created since then" if choice.goal.at is not None else "created by the run that is undone"
    hint = "to take it away, remove its file and push"
    undone = [each for each in there if each.undone]
    found: list[Attention] = []
    if len(undone) > _MANY:
        names = ", ".join(each.address for each in undone[:_MANY])
        message = f"{len(undone)} items were {made} and stay: {names} and {len(undone) - _MANY} more"
        found.append(Attention("warning", None, None, message, hint="remove their files and push"))
        there = [each for each in there if not each.undone]
    for each in there:
        what = made if each.undone else "nothing of it was overwritten since it was created"
        found.append(Attention("warning", each.address, each.id, f"{what}: left as it is", hint=hint))
    return found
