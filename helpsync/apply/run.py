"""Applies a plan: parents first, removals last, writes side by side, each outcome on disk as it comes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from helpsync.apply.fold import images_of, record_of, tombstone_of
from helpsync.errors import ConfigError, HelpsyncError, Unreachable
from helpsync.markup.canonical import headings
from helpsync.markup.dialect import DIALECT_VERSION
from helpsync.model import Article, Collection
from helpsync.plan.build import multilingual_off, other_default_locale
from helpsync.plan.links import anchors_of, circles
from helpsync.plan.threeway import remote_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.apply.writes import Composer
    from helpsync.baseline.journal import Journal
    from helpsync.baseline.records import Baseline, Record
    from helpsync.intercom.client import Writer
    from helpsync.model import Address, Item, Kind, LocaleCode
    from helpsync.plan.build import Planned
    from helpsync.plan.changes import Change, Step

Status: TypeAlias = Literal["applied", "failed", "skipped", "held"]

_SIDE_BY_SIDE = 8
# A circle of renewed headings is cut beforehand; this only bounds what an unforeseen server could do.
_RELINKS_PER_PLACE = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one change; `id` and `url` are the item's by then, `error` says why it failed or was left."""

    change: Change
    status: Status
    id: str | None = None
    url: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a plan. `relinked` are articles sent once more for own links, with their locales.

    `fatal` ended the run early; `interrupted` says that the user did.
    """

    outcomes: tuple[Outcome, ...]
    relinked: tuple[tuple[Address, tuple[LocaleCode, ...]], ...]
    baseline: Baseline
    fatal: HelpsyncError | None = None
    interrupted: bool = False
    relink_errors: tuple[str, ...] = ()


@dataclass(slots=True)
class _Run:
    planned: Planned
    writer: Writer
    composer: Composer
    journal: Journal
    stop: Callable[[], bool]
    report: Callable[[Outcome], None]
    baseline: Baseline
    outcomes: dict[Address, Outcome] = field(default_factory=dict)
    current: dict[Address, Step] = field(default_factory=dict)
    relinked: dict[Address, set[LocaleCode]] = field(default_factory=lambda: defaultdict(set))
    relink_errors: list[str] = field(default_factory=list)
    fatal: HelpsyncError | None = None
    interrupted: bool = False
    seen: Mapping[Kind, set[str]] = field(default_factory=lambda: defaultdict(set))

    def halted(self) -> bool:
        self.interrupted = self.interrupted or self.stop()
        return self.fatal is not None or self.interrupted


async def apply(
    planned: Planned,
    writer: Writer,
    composer: Composer,
    journal: Journal,
    *,
    known_ids: Iterable[tuple[Kind, str]],
    stop: Callable[[], bool] = lambda: False,
    report: Callable[[Outcome], None] = lambda _: None,
) -> Applied:
    """Return what came of each change; one failure stops what depends on it and nothing else.

    `stop` is asked before each write: once it says so, what is in flight is finished and nothing more begins.
    `known_ids` are the kinds and ids that Intercom had before, by which a create whose reply was lost is recognised.
    """
    baseline = replace(planned.baseline, dialect=DIALECT_VERSION)
    run = _Run(planned, writer, composer, journal, stop, report, baseline)
    # Whether articles and collections share one space of ids is unknown: one must not hide the other.
    for kind, identifier in known_ids:
        run.seen[kind].add(identifier)
    run.current = dict(planned.steps)
    journal.begin(baseline)
    _settle(run)
    changes = planned.plan.changes
    groups = [change for change in changes if change.kind != "article" and change.action != "delete"]
    for depth in sorted({change.address.count("/") for change in groups}):
        await _side_by_side(run, [change for change in groups if change.address.count("/") == depth])
    articles = [
        change for change in changes if change.kind == "article" and change.action not in ("unpublish", "delete")
    ]
    await _in_link_order(run, articles)
    await _relink(run)
    for action in ("unpublish", "delete"):
        await _side_by_side(run, [c for c in changes if c.kind == "article" and c.action == action])
    emptied = [change for change in changes if change.kind != "article" and change.action == "delete"]
    for depth in sorted({change.address.count("/") for change in emptied}, reverse=True):
        await _side_by_side(run, [change for change in emptied if change.address.count("/") == depth])
    rest = [change for change in changes if change.address not in run.outcomes]
    for change in rest:
        _conclude(run, Outcome(change, "skipped", change.id, error="not begun"))
    return Applied(
        outcomes=tuple(run.outcomes[change.address] for change in changes),
        relinked=tuple((address, tuple(sorted(locales))) for address, locales in sorted(run.relinked.items())),
        baseline=run.baseline,
        fatal=run.fatal,
        interrupted=run.interrupted,
        relink_errors=tuple(run.relink_errors),
    )


def _settle(run: _Run) -> None:
    """Bring into the baseline what both sides agree on already."""
    changed: dict[Address, Record | None] = {}
    for step in run.planned.plan.settled:
        if step.desired is not None and step.remote is not None:
            changed[step.address] = record_of(step, step.remote, run.planned.bodies, step.links)
            if step.previous:
                changed.setdefault(step.previous, None)
        elif step.record is not None and step.remote is not None:
            changed[step.address] = tombstone_of(step.record, step.remote, run.planned.bodies)
        else:
            changed.setdefault(step.address, None)
    if changed:
        _keep(run, changed)
        for address, record in changed.items():
            if address in run.current and record is not None:
                run.current[address] = replace(run.current[address], record=record, previous=None)


def _keep(run: _Run, changed: Mapping[Address, Record | None]) -> None:
    heading_ids = run.planned.directory.heading_ids
    run.baseline = replace(run.baseline.with_records(changed), heading_ids=heading_ids)
    run.journal.outcome(changed, heading_ids)


def _conclude(run: _Run, outcome: Outcome) -> None:
    run.outcomes[outcome.change.address] = outcome
    run.report(outcome)


async def _side_by_side(run: _Run, changes: list[Change]) -> None:
    gate = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(change: Change) -> None:
        async with gate:
            await _one(run, change)

    # Until a reply has shown that the help center is multilingual, only one write risks finding out.
    first = changes[:1]
    for change in first:
        await one(change)
    await asyncio.gather(*(one(change) for change in changes[1:]))


async def _in_link_order(run: _Run, changes: list[Change]) -> None:  # noqa: C901  # one loop, one state
    """Write each article after those that it links to, where that is possible; eight at a time."""
    pending = {change.address: change for change in changes}
    waits = {address: _targets(change) & pending.keys() - {address} for address, change in pending.items()}
    waiters: dict[Address, list[Address]] = defaultdict(list)
    for address, targets in waits.items():
        for target in sorted(targets):
            waiters[target].append(address)
    ready = sorted((address for address, targets in waits.items() if not targets), reverse=True)
    running: dict[asyncio.Task[None], Address] = {}
    while pending or running:
        if run.halted():
            break
        while pending and len(running) < _SIDE_BY_SIDE:
            if not ready:
                if running:
                    break
                # A circle: the article that misses fewest targets goes first and is sent again for what remains.
                ready = [min(pending, key=lambda address: (len(waits[address]), address))]
            address = ready.pop()
            if address in pending:
                running[asyncio.ensure_future(_one(run, pending.pop(address)))] = address
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            address = running.pop(task)
            task.result()
            for waiter in waiters[address]:
                waits[waiter].discard(address)
                if waiter in pending and not waits[waiter]:
                    ready.append(waiter)
    await asyncio.gather(*running)


def _targets(change: Change) -> set[Address]:
    desired = change.step.desired
    if not isinstance(desired, Article):
        return set()
    return {
        link.target.address
        for locale in change.step.sends
        if (body := desired.translations[locale].body)
        for link in body.links
    }


async def _one(run: _Run, change: Change) -> None:
    if run.halted():
        return
    parent = change.step.desired.parent if change.step.desired and change.step.parent else None
    if parent is not None and parent not in run.planned.directory.ids:
        _conclude(run, Outcome(change, "skipped", change.id, error=f"needs {parent}, which is not there"))
        return
    run.journal.intent(change.address, change.action)
    try:
        if change.action == "delete":
            await _delete(run, change)
        elif change.action == "unpublish":
            await _unpublish(run, change)
        else:
            await _write(run, change)
    except (ConfigError, Unreachable) as error:
        # Every further write would meet the same.
        run.fatal = run.fatal or error
        _conclude(run, Outcome(change, "failed", change.id, error=str(error)))
    except HelpsyncError as error:
        _conclude(run, Outcome(change, "failed", change.id, error=str(error)))


async def _write(run: _Run, change: Change) -> None:
    step = change.step
    sent = _links_now(run, step)
    shown = await _send(run, step)
    _check_locales(run, step, shown)
    _learn(run, step, shown)
    if _held(run, step, shown):
        message = (
            "Intercom kept the old text: a teammate's draft is pending there; publish or discard it, then push again"
        )
        _conclude(run, Outcome(change, "held", shown.id, url=_url_of(shown), error=message))
        return
    record = record_of(step, shown, run.planned.bodies, {**step.links, **sent})
    changed: dict[Address, Record | None] = {step.address: record}
    if step.previous and run.baseline.records.get(step.previous, record).id == record.id:
        changed[step.previous] = None
    _keep(run, changed)
    run.current[step.address] = replace(
        step, remote=shown, record=record, sends={}, drafts=frozenset(), parent=False, previous=None
    )
    unseen = sorted(step.sends.keys() - shown.texts.keys())
    if unseen:
        message = (
            f"Intercom does not show {', '.join(unseen)}: is the locale switched on in the help center's settings?"
        )
        _conclude(run, Outcome(change, "held", shown.id, url=_url_of(shown), error=message))
        return
    _conclude(run, Outcome(change, "applied", shown.id, url=_url_of(shown)))


async def _send(run: _Run, step: Step) -> Item:
    identifier = step.remote.id if step.remote else None
    if step.kind == "article":
        write = run.composer.article(step)
        if identifier is None:
            return await run.writer.create_article(write, seen=run.seen[step.kind])
        return await run.writer.update_article(identifier, write)
    group = run.composer.collection(step)
    if identifier is None:
        return await run.writer.create_collection(group, seen=run.seen[step.kind])
    return await run.writer.update_collection(step.kind, identifier, group)


def _check_locales(run: _Run, step: Step, shown: Item) -> None:
    """Stop at the first reply that shows a help center with another default locale, or with only one locale."""
    default = run.planned.desired.default_locale
    if default not in shown.texts:
        raise other_default_locale(default, next(iter(shown.texts)))
    if step.desired is None or not (step.sends.keys() - {next(iter(shown.texts))}):
        return
    if len(shown.texts) == 1 and len(step.desired.texts) > 1:
        raise multilingual_off(len(step.desired.texts))


def _links_now(run: _Run, step: Step) -> dict[LocaleCode, tuple[str, ...]]:
    if not isinstance(step.desired, Article):
        return {}
    directory = run.planned.directory
    return {
        locale: directory.names((step.address, locale), body)
        for locale, names in step.sends.items()
        if "body" in names and (body := step.desired.translations[locale].body)
    }


def _learn(run: _Run, step: Step, shown: Item) -> None:
    """Take ids, URLs and heading ids from a reply, and whether Intercom kept the heading ids that were sent."""
    directory = run.planned.directory
    if shown.id is None:
        return
    run.seen[step.kind].add(shown.id)
    directory.ids[step.address] = shown.id
    if not isinstance(shown, Article) or not isinstance(step.desired, Article):
        return
    for locale, text in shown.translations.items():
        place = (step.address, locale)
        if text.url:
            directory.urls[place] = text.url
        wanted = step.desired.translations.get(locale)
        if locale not in step.sends or wanted is None or wanted.body is None:
            continue
        stored = headings(text.html or "")
        anchors = anchors_of(wanted.body.headings, stored)
        if "body" in step.sends[locale]:
            own = {link.target.slug for link in wanted.body.links if (link.target.address, link.target.locale) == place}
            sent = {
                slug: directory.heading_id(place, slug) for slug in {*own, *directory.anchors.get(place, {})} if slug
            }
            compared = [(sent[slug], anchors[slug]) for slug in sent if slug in anchors and sent[slug]]
            if compared:
                kept = all(mine == theirs for mine, theirs in compared)
                if not kept and directory.heading_ids != "renew":
                    directory.cycles = circles(run.planned.desired.articles)
                directory.heading_ids = "keep" if kept else "renew"
        directory.anchors[place] = anchors


def _held(run: _Run, step: Step, shown: Item) -> bool:
    """Return whether readers keep the old text although a new one was sent (facts: Articles, pending draft)."""
    if not isinstance(shown, Article) or not isinstance(step.remote, Article) or not isinstance(step.desired, Article):
        return False
    bodies = run.planned.bodies
    for locale, names in step.sends.items():
        before, after = step.remote.translations.get(locale), shown.translations.get(locale)
        if before is None or after is None:
            continue
        old, new = remote_fields(before), remote_fields(after)
        wanted = step.desired.translations[locale]
        if "title" in names and old["title"] == new["title"] != wanted.title:
            return True
        if "body" in names:
            # Intercom may answer a picture that it has already with the path that it had before.
            images = images_of(wanted, new["body"])
            was, shows = (bodies.stored_canonical(html, images) for html in (old["body"], new["body"]))
            if was == shows != bodies.wanted_canonical(step.address, wanted):
                return True
    return False


def _url_of(shown: Item) -> str | None:
    if isinstance(shown, Collection):
        return shown.url
    return next((text.url for text in shown.translations.values() if text.url), None)


async def _unpublish(run: _Run, change: Change) -> None:
    step = change.step
    if step.remote is None or step.remote.id is None or step.record is None:
        return
    shown = await run.writer.update_article(step.remote.id, run.composer.article(step))
    _keep(run, {step.address: tombstone_of(step.record, shown, run.planned.bodies)})
    _conclude(run, Outcome(change, "applied", change.id))


async def _delete(run: _Run, change: Change) -> None:
    step = change.step
    if step.remote is None or step.remote.id is None or step.record is None:
        return
    if step.kind == "article":
        await run.writer.delete_article(step.remote.id)
    else:
        waiting = [o.change.address for o in run.outcomes.values() if o.status != "applied" and _was_in(o.change, step)]
        if waiting:
            _conclude(run, Outcome(change, "skipped", change.id, error=f"{waiting[0]} is still in it"))
            return
        await run.writer.delete_collection(step.kind, step.remote.id)
    _keep(run, {step.address: None if step.replaced_by else replace(step.record, gone=True)})
    _conclude(run, Outcome(change, "applied", change.id))


def _was_in(change: Change, step: Step) -> bool:
    remote = change.step.remote
    return remote is not None and step.remote is not None and remote.parent_id == step.remote.id


async def _relink(run: _Run) -> None:
    """Send once more what links to articles and headings that this run created or renewed."""
    sent: dict[tuple[Address, LocaleCode], int] = defaultdict(int)
    while not run.halted():
        stale = {address: locales for address in run.current if (locales := _stale(run, address, sent))}
        if not stale:
            return
        places = {(address, locale) for address, locales in stale.items() for locale in locales}
        free = [address for address, locales in stale.items() if not _leads_into(run, address, locales, places)]
        batch = free or sorted(stale)[:1]
        for address in batch:
            for locale in stale[address]:
                sent[address, locale] += 1
        gate = asyncio.Semaphore(_SIDE_BY_SIDE)
        await asyncio.gather(*(_relink_one(run, address, stale[address], gate) for address in batch))


def _stale(run: _Run, address: Address, sent: Mapping[tuple[Address, LocaleCode], int]) -> set[LocaleCode]:
    step = run.current[address]
    outcome = run.outcomes.get(address)
    if not isinstance(step.desired, Article) or step.record is None or (outcome and outcome.status != "applied"):
        return set()
    names = run.planned.directory.names
    return {
        locale
        for locale, text in step.desired.translations.items()
        if text.body
        and text.body.links
        and locale in step.record.locales
        and "body" not in step.drifted.get(locale, ())
        and sent[address, locale] < _RELINKS_PER_PLACE
        and names((address, locale), text.body) != step.record.locales[locale].links
    }


def _leads_into(run: _Run, address: Address, locales: set[LocaleCode], places: set[tuple[Address, LocaleCode]]) -> bool:
    desired = run.current[address].desired
    if not isinstance(desired, Article):
        return False
    return any(
        link.target.slug and link.target.address != address and (link.target.address, link.target.locale) in places
        for locale in locales
        if (body := desired.translations[locale].body)
        for link in body.links
    )


async def _relink_one(run: _Run, address: Address, locales: set[LocaleCode], gate: asyncio.Semaphore) -> None:
    async with gate:
        if run.halted():
            return
        step = replace(run.current[address], sends={locale: frozenset({"body"}) for locale in locales})
        sent = _links_now(run, step)
        run.journal.intent(address, "relink")
        try:
            shown = await _send(run, step)
        except HelpsyncError as error:
            if isinstance(error, ConfigError | Unreachable):
                run.fatal = run.fatal or error
            run.relink_errors.append(f"{address}: links to articles of this run could not be sent: {error}")
            run.current.pop(address)
            return
        _learn(run, step, shown)
        record = record_of(step, shown, run.planned.bodies, {**_recorded(step), **sent})
        _keep(run, {address: record})
        run.relinked[address] |= locales
        run.current[address] = replace(step, remote=shown, record=record, sends={})


def _recorded(step: Step) -> dict[LocaleCode, tuple[str, ...]]:
    return {locale: text.links for locale, text in step.record.locales.items()} if step.record else {}
