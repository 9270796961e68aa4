"""The baseline after `helpsync adopt`: full records for what equals its file, bare ones for what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.apply.record_after import record_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.baseline import Record
    from helpsync.model import Address
    from helpsync.plan.build import Planned


def full_records(planned: Planned, changed: Mapping[Address, Record | None]) -> dict[Address, Record | None]:
    """Return the changed records, in full where the plan that was made with them says that both sides agree."""
    full = dict(changed)
    for step in planned.plan.settled:
        if changed.get(step.address) is not None and step.desired is not None and step.remote is not None:
            full[step.address] = record_of(step, step.remote, planned.bodies, step.links)
    return full
