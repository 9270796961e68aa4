"""Push: read both sides, plan, refuse what is unsafe, ask, apply the plan, write the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.errors import HelpsyncError, Problems, Refused
from helpsync.sync.applying import Job, PushEvents, PushResult, carry_out
from helpsync.sync.connection import run_until_done
from helpsync.sync.in_flight import settle
from helpsync.sync.plan_file import Decisions

if TYPE_CHECKING:
    from helpsync.content import Tree
    from helpsync.model import Remote
    from helpsync.plan import Planned
    from helpsync.sync.session import Preview, Session

_UNDECIDED = Decisions()
_AGREE = PushEvents()


def preview_push(session: Session, decisions: Decisions = _UNDECIDED) -> Preview:
    """Return what a push would do, with a client that can't write; raises HelpsyncError, Unusable for a faulty tree."""
    tree = _tree(session, decisions)
    baseline = session.checkout.read_baseline()
    remote = session.connection.read(tree).remote
    planned = session.plan(tree, remote, baseline, decisions.overwrite)
    return session.preview(tree, planned, remote, allow_remove=decisions.allow_remove)


def push(session: Session, decisions: Decisions = _UNDECIDED, events: PushEvents = _AGREE) -> PushResult | None:
    """Bring Intercom to what the content tree asks for; None where the events did not confirm it.

    The baseline is written by then, also after an interrupt. Raises HelpsyncError for what keeps a push from beginning:
    Unusable for a faulty tree, Refused and Stale (several as Problems) for a plan that may not be carried out.
    """
    tree = _tree(session, decisions)
    session.checkout.check_recordable(tree)
    with session.checkout.store.lock(for_push=True):
        return run_until_done(_push(session, tree, decisions, events))


def _tree(session: Session, decisions: Decisions) -> Tree:
    tree = session.read_tree()
    decisions.check_made_for(session)
    decisions.check_addresses(tree)
    return tree


async def _push(session: Session, tree: Tree, decisions: Decisions, events: PushEvents) -> PushResult | None:
    baseline = session.checkout.read_baseline()
    async with session.connection.writer(tree) as writer:
        session.listener.progress(f"reading {session.remote.name}")

        def plan_for(tree: Tree, remote: Remote) -> Planned:
            return session.plan(tree, remote, baseline, decisions.overwrite)

        settled = await settle(writer, tree, plan_for, session.checkout.pending_writes, session.listener.message)
        preview = session.preview(tree, settled.planned, settled.remote, allow_remove=decisions.allow_remove)
        plan = preview.plan
        session.report_findings(plan.findings, "helpsync diff --format json")
        problems: list[HelpsyncError] = []
        try:
            plan.raise_if_unsafe(decisions.limit_hint(plan))
        except Refused as error:
            events.refused(preview)
            problems.append(error)
        problems += decisions.stale(session, preview.planned, preview.remote)
        if problems:
            raise Problems(problems)
        if not events.confirm(preview):
            return None
        return await carry_out(Job(session, preview, writer, events, settled.pending))
