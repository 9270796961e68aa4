"""A push under way and its results."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from helpsync.model import Article

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from helpsync.apply.compose import Composer
    from helpsync.apply.snapshot_recorder import SnapshotRecorder
    from helpsync.baseline import Baseline, Journal, Record
    from helpsync.errors import HelpsyncError, Location
    from helpsync.intercom import Writer
    from helpsync.model import Address, Item, Kind, LocaleCode
    from helpsync.plan import Change, Planned, Step

SIDE_BY_SIDE = 8
"""How many writes are in flight at a time."""

Status: TypeAlias = Literal["applied", "failed", "skipped", "held"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between what was sent and what Intercom shows, in one place of one text.

    `location` is that place in the file, None without a file. `field` is ``parent``, ``body`` or the name of another
    field; for a body `meant` and `shown` are Markdown of the block, None where it was added or dropped.
    """

    location: Location | None
    locale: LocaleCode
    field: str
    message: str
    meant: str | None
    shown: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one change; `id` and `url` are the item's after it, `error` says why it failed or was left alone.

    `notes` say what Intercom required that the file does not say, `differences` what it shows differently than sent.
    """

    change: Change
    status: Status
    id: str | None = None
    url: str | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def draft(self) -> bool:
        """Return whether the article was written but has no page for readers."""
        desired = self.change.step.desired
        written = self.change.action in {"create", "update", "move"} and self.url is None
        return (
            written
            and isinstance(desired, Article)
            and not any(text.state == "published" for text in desired.translations.values())
        )


@dataclass(frozen=True, slots=True)
class Applied:
    """The result of a plan. `relinked` are articles that were sent again for own links, with their locales.

    `relink_errors` and `relinks_held` are messages about those that failed or that readers do not see yet,
    `relink_notes` and `relink_differences` about the others. `fatal` ended the run early; `interrupted`: the user ended
    it.
    """

    outcomes: tuple[Outcome, ...]
    relinked: tuple[tuple[Address, tuple[LocaleCode, ...]], ...]
    baseline: Baseline
    fatal: HelpsyncError | None = None
    interrupted: bool = False
    relink_errors: tuple[str, ...] = ()
    relinks_held: tuple[str, ...] = ()
    relink_notes: tuple[str, ...] = ()
    relink_differences: tuple[tuple[Address, Difference], ...] = ()


@dataclass(frozen=True, slots=True)
class ApplyEnvironment:
    """What a plan is applied with.

    `known_ids` are the kinds and ids that Intercom had before, to recognise a create whose reply was lost. `snapshots`
    saves what Intercom has before it is overwritten or removed, None to save nothing. `fence` is called right before
    each request that writes, also before a repeat: the error that it returns stops the request. `stop` is called before
    each write: once it returns True, requests in flight finish and no other starts. `report` gets each outcome at once.
    """

    writer: Writer
    composer: Composer
    journal: Journal
    known_ids: frozenset[tuple[Kind, str]]
    snapshots: SnapshotRecorder | None = None
    fence: Callable[[], HelpsyncError | None] = lambda: None
    stop: Callable[[], bool] = lambda: False
    report: Callable[[Outcome], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Sent:
    """A write that Intercom accepted: the item as it is now, and the locales whose nested lists went as paragraphs.

    `bodies` are those that were sent.
    """

    shown: Item
    unnested: frozenset[LocaleCode] = frozenset()
    bodies: Mapping[LocaleCode, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def notes(self) -> tuple[str, ...]:
        """Return notes about the write for the user."""
        if not self.unnested:
            return ()
        return (f"Intercom refuses a list in a list: sent as paragraphs ({', '.join(sorted(self.unnested))})",)


@dataclass(slots=True)
class Run:
    """A push under way: its environment, and what is known and done so far.

    `refuses_nested`: this workspace has refused a nested list. `now` is Intercom's content while collections are
    deleted, as of `read_at` in Unix seconds. `kept_ids`: a reply has shown heading ids as they were sent.
    """

    planned: Planned
    env: ApplyEnvironment
    records: dict[Address, Record]
    outcomes: dict[Address, Outcome] = field(default_factory=dict)
    current: dict[Address, Step] = field(default_factory=dict)
    relinked: dict[Address, set[LocaleCode]] = field(default_factory=lambda: defaultdict(set))
    relink_errors: list[str] = field(default_factory=list)
    relinks_held: list[str] = field(default_factory=list)
    relink_notes: list[str] = field(default_factory=list)
    relink_differences: list[tuple[Address, Difference]] = field(default_factory=list)
    refuses_nested: bool = False
    kept_ids: bool = False
    now: asyncio.Future[tuple[Item, ...]] | None = None
    read_at: float | None = None
    fatal: HelpsyncError | None = None
    interrupted: bool = False
    seen: Mapping[Kind, set[str]] = field(default_factory=lambda: defaultdict(set))

    def halted(self) -> bool:
        """Return whether no more writes may start."""
        self.interrupted = self.interrupted or self.env.stop()
        return self.fatal is not None or self.interrupted

    def begun(self) -> None:
        """Record that a request is about to be sent; raises the error of `fence`."""
        error = self.env.fence()
        if error is not None:
            raise error

    def creating(self, address: Address) -> None:
        """Record that a create is about to be sent, with its time on disk; raises as `begun`."""
        self.begun()
        self.env.journal.renew(address)

    def keep(self, changed: Mapping[Address, Record | None]) -> None:
        """Put records into the baseline, and on disk."""
        for address, record in changed.items():
            if record is None:
                self.records.pop(address, None)
            else:
                self.records[address] = record
        self.env.journal.outcome(changed, self.planned.directory.heading_ids)

    def save_before(self, step: Step, item: Item) -> None:
        """Save what Intercom has before it is overwritten; raises HelpsyncError if that fails."""
        if self.env.snapshots:
            self.env.snapshots.before(step, item)

    def save_after(self, step: Step, item: Item | None) -> None:
        """Save what a write left in Intercom, None after a delete."""
        if self.env.snapshots:
            self.env.snapshots.after(step, item)

    def conclude(self, outcome: Outcome) -> None:
        """Record and report the result of a change."""
        self.outcomes[outcome.change.address] = outcome
        self.env.report(outcome)
