"""Adopt: link articles and collections that Intercom has to files, without a write to Intercom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.baseline import with_records
from helpsync.plan import adopt as find_adoptions
from helpsync.plan import adoption_targets, full_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.baseline import Baseline, Record
    from helpsync.content import Tree
    from helpsync.model import Address
    from helpsync.plan import Adoption, By, Planned
    from helpsync.sync.session import Session


@dataclass(frozen=True, slots=True)
class AdoptOptions:
    """What to link: `targets` are addresses, each alone or with `=ID` or `=URL`, all that is not linked by default.

    `by` limits the search to ids or to titles. A dry run records nothing.
    """

    targets: tuple[str, ...] = ()
    by: By | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was found, and the plan that a push would have once it is recorded."""

    found: Adoption
    after: Planned


def adopt(
    session: Session, options: AdoptOptions, confirm: Callable[[Adopted], bool] = lambda _: True
) -> Adopted | None:
    """Record the links that were found and return them; None where `confirm`, which sees them first, says no.

    `confirm` also sees a dry run and a search that found nothing. Raises HelpsyncError.
    """
    tree = session.read_tree()
    if options.dry_run:
        adopted = _adopt(session, tree, options, confirm)
        session.warn_if_behind("adopt")
        return adopted
    session.checkout.check_recordable(tree)
    with session.checkout.store.lock():
        return _adopt(session, tree, options, confirm)


def _adopt(session: Session, tree: Tree, options: AdoptOptions, confirm: Callable[[Adopted], bool]) -> Adopted | None:
    baseline = session.checkout.read_baseline()
    read = session.connection.read(tree)
    planned = session.plan(tree, read.remote, baseline)
    found = find_adoptions(planned, adoption_targets(options.targets, planned.desired, planned.bases), options.by)
    changed = found.records()
    adopted = Adopted(found, session.plan(tree, read.remote, with_records(planned.baseline, changed)))
    if not confirm(adopted):
        return None
    if found.linked and not options.dry_run:
        _record(session, tree, planned.baseline, full_records(adopted.after, changed), read.at)
    return adopted


def _record(
    session: Session, tree: Tree, baseline: Baseline, changed: dict[Address, Record | None], now: float
) -> None:
    """Note the links in the journal, then write the baseline: a crash in between loses none."""
    with session.checkout.journal(lambda: now) as journal:
        pending = session.checkout.pending_writes(baseline)
        journal.begin(baseline)
        journal.carry_over(pending)
        journal.outcome(changed, baseline.heading_ids)
        session.checkout.write_baseline(with_records(baseline, changed), tree)
        journal.finish()
