"""`helpsync adopt`: tie what Intercom holds to files, without a write to Intercom."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from helpsync.cli.console import is_terminal, listener, result, stdout_style, talk
from helpsync.cli.options import config_option, option, remote_option, talk_options
from helpsync.errors import Exit, first_that_applies

if TYPE_CHECKING:
    from pathlib import Path

    from helpsync.baseline import Baseline, Record
    from helpsync.content import Tree
    from helpsync.model import Address
    from helpsync.plan import Adoption, By, Planned
    from helpsync.sync.session import Session


@click.command("adopt", short_help="Tie what Intercom holds to files, without a write to Intercom.")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS[=ID|=URL]]...")
@option("--by", type=click.Choice(["id", "title"]), help="Tie by `id:` only, or by title only; by default by both.")
@option("--dry-run", is_flag=True, help="Say what would be tied, and tie nothing.")
@option("--yes", "-y", is_flag=True, help="Do not ask; needed where there is no terminal.")
@config_option
@remote_option
@talk_options
def command(
    *,
    addresses: tuple[str, ...],
    by: By | None,
    dry_run: bool,
    yes: bool,
    config: Path | None,
    remote: str | None,
    verbose: bool,
) -> int:
    """Tie articles, collections and sections that Intercom holds to the files of the same address.

    For a help center whose baseline is lost, or was never made by helpsync. Nothing is written to Intercom: what equals
    its file is in step from then on, and what does not is a conflict of the next diff, which you decide.

    ADDRESS alone is looked for by its `id:`, else by kind, parent and title; without any, all that are not tied are.
    """
    if not yes and not dry_run and not is_terminal(sys.stdin):
        raise click.UsageError("adopt asks before it ties, and there is no terminal to ask on: give --yes or --dry-run")
    from helpsync.cli.findings import show_findings
    from helpsync.sync.session import open_session

    session = open_session(config, remote, listener(verbose=verbose))
    session.listener.progress("reading the content tree")
    tree = session.checkout.read_tree()
    if show_findings(tree.findings) is not Exit.OK:
        return Exit.FINDINGS
    if dry_run:
        code = _adopt(_Run(session, tree, addresses, by, yes, dry_run))
        session.warn_if_behind("adopt")
        return code
    session.checkout.check_recordable(tree)
    with session.checkout.store.lock():
        return _adopt(_Run(session, tree, addresses, by, yes, dry_run))


@dataclass(frozen=True, slots=True)
class _Run:
    session: Session
    tree: Tree
    arguments: tuple[str, ...]
    by: By | None
    yes: bool
    dry_run: bool


def _adopt(run: _Run) -> int:
    from helpsync.baseline import with_records
    from helpsync.plan import adopt, adoption_targets, full_records

    session = run.session
    baseline = session.checkout.read_baseline()
    read = session.connection.read(run.tree)
    planned = session.plan(run.tree, read.remote, baseline)
    found = adopt(planned, adoption_targets(run.arguments, planned.desired, planned.bases), run.by)
    changed = found.records()
    after = session.plan(run.tree, read.remote, with_records(planned.baseline, changed))
    _show(found, after)
    codes = [Exit.CONFLICT] if found.untied else []
    if found.ties and not run.dry_run:
        if not run.yes and not _confirmed(len(found.ties), session.remote.name):
            return Exit.FAILED
        _write(run, planned.baseline, full_records(after, changed), read.at)
    result(_summary(found, dry_run=run.dry_run))
    return first_that_applies(codes)


def _write(run: _Run, baseline: Baseline, changed: dict[Address, Record | None], now: float) -> None:
    """Note the ties in the journal and write the baseline: whatever happens in between, they are known."""
    from helpsync.baseline import with_records

    session = run.session
    with session.checkout.journal(lambda: now) as journal:
        begun = session.checkout.pending_writes(baseline)
        journal.begin(baseline)
        journal.carry_over(begun)
        journal.outcome(changed, baseline.heading_ids)
        session.checkout.write_baseline(with_records(baseline, changed), run.tree)
        journal.finish()


def _show(found: Adoption, after: Planned) -> None:
    from helpsync.plan import adoption_differences, title_of
    from helpsync.report.text import plain

    style = stdout_style()
    for tie in found.ties:
        kind = "" if tie.item.kind == "article" else f" ({tie.item.kind})"
        title = plain(title_of(tie.item, after.desired.default_locale))
        differs = adoption_differences(after, tie)
        said = f"differs: {differs}" if differs else "the same"
        sign = style(f"= {'tie':<9}", "green", bold=True)
        result(f"{sign} {plain(tie.address)}{kind} #{tie.item.id} “{title}”: {said}")
        if tie.previous:
            result(f"    address: {plain(tie.previous)} → {plain(tie.address)}")
        if tie.left:
            result(f"    it was tied to {tie.left}, which stays in Intercom as it is")
    for problem in found.untied:
        sign = style(f"! {'not tied':<9}", "red", bold=True)
        result(f"{sign} {plain(problem.address)}: {plain(problem.message)}")
        if problem.hint:
            result(f"    hint: {plain(problem.hint)}")


def _summary(found: Adoption, *, dry_run: bool) -> str:
    parts = [f"{len(found.ties)} {'to tie' if dry_run else 'tied'}"]
    parts += [f"{len(found.untied)} could not be tied"] if found.untied else []
    parts += [f"{len(found.already)} tied already"] if found.already else []
    parts += [f"{len(found.new)} new: a push creates them"] if found.new else []
    return ", ".join(parts)


def _confirmed(count: int, remote: str) -> bool:
    question = f"Tie {count} item{'s' * (count != 1)} of {remote} to these files?"
    if click.confirm(question, err=True):
        return True
    talk("nothing was tied")
    return False
