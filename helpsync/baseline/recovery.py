"""What a push that died left: its outcomes come into the baseline, and writes that it began are known."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from helpsync.baseline.file import record_from_json
from helpsync.baseline.journal import FORMAT, record_digest
from helpsync.baseline.records import Baseline
from helpsync.errors import ConfigError, Location, WrongWorkspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from helpsync.baseline.records import Record
    from helpsync.model import Address

_MARKERS = re.compile(r"(?:<{7}|\|{7}|>{7})(?: .*)?|={7}")


class JournalKind(Enum):
    """Who left a journal: what messages call it, and what is found out by comparing where the file is removed."""

    BY_A_PUSH = ("the journal of a push that died", "what that push did")
    BY_PULLS = ("the list of what pulls took", "what they took")

    @property
    def named(self) -> str:
        """Return what messages call it."""
        return self.value[0]

    @property
    def removal(self) -> str:
        """Return the way out that is always there."""
        return f"remove the file: {self.value[1]} is then found out by comparing the tree with Intercom"


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A write that went out and of which nobody knows whether it happened.

    `at` is when it was last sent, in Unix seconds, `times` how often it was; `title` is what a create was sent with,
    None where an older version did not note it.
    """

    action: str
    at: float
    times: int
    title: str | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a write made true; `replaced` are the marks of the records before, None where an older version wrote it."""

    records: Mapping[Address, Record | None]
    replaced: Mapping[Address, str | None] | None
    heading_ids: Any


@dataclass(slots=True)
class _Push:
    """What one push noted; `head` is an empty baseline that says whose it is."""

    head: Baseline
    outcomes: list[_Outcome] = field(default_factory=list)
    begun: dict[Address, PendingWrite] = field(default_factory=dict)
    settled: set[Address] = field(default_factory=set)
    """Creates whose outcome it found out, those of earlier pushes too."""


class _Folding:
    """Records that outcomes come into; two addresses never come to stand for one item by that."""

    def __init__(self, records: dict[Address, Record]) -> None:
        self.records = records
        self._holders = {(record.kind, record.id): key for key, record in records.items() if not record.removed}

    def take(self, outcome: _Outcome) -> None:
        """Bring an outcome's records in, all of them or, where one was moved on by somebody else, none."""
        if outcome.replaced is not None and not self._fits(outcome.records, outcome.replaced):
            return
        for address in outcome.records:
            old = self.records.pop(address, None)
            if old is not None and self._holders.get((old.kind, old.id)) == address:
                del self._holders[old.kind, old.id]
        for address, record in outcome.records.items():
            if record is not None:
                self.records[address] = record
                if not record.removed:
                    self._holders[record.kind, record.id] = address

    def _fits(self, records: Mapping[Address, Record | None], replaced: Mapping[Address, str | None]) -> bool:
        for address, record in records.items():
            old = self.records.get(address)
            if old != record and record_digest(old) != replaced.get(address):
                return False
            if record is not None and not record.removed:
                holder = self._holders.get((record.kind, record.id))
                if holder is not None and holder not in records:
                    return False
        return True


def fold_journal(
    path: Path, baseline: Baseline | None, left: JournalKind = JournalKind.BY_A_PUSH, *, shown: str | None = None
) -> Baseline | None:
    """Return the baseline with the outcomes of a push that died folded in; the same where no journal was left.

    An outcome counts only where the baseline still has the record that it replaced: another runner, or a pull, may
    have moved it on since. A line that was cut off by the death of its writer is passed over. `shown` is the path for
    messages. What pulls took is in git, and where merging two such lists made a conflict, both sides count. Raises
    ConfigError with the way out where something could be lost: a journal that is damaged, unreadable or of a later
    version, and WrongWorkspace for one with outcomes of another workspace.
    """
    shown = shown or path.name
    folding = _Folding({**baseline.records} if baseline else {})
    heading_ids = baseline.heading_ids if baseline else None
    for push in _pushes(path, shown, left):
        baseline = baseline or push.head
        if _ours(push, baseline, shown, left):
            for outcome in push.outcomes:
                folding.take(outcome)
                heading_ids = outcome.heading_ids if outcome.heading_ids in ("keep", "renew") else heading_ids
    if baseline is None:
        return None
    return replace(baseline, heading_ids=heading_ids, records=folding.records)


def begins_anew(path: Path) -> bool:
    """Return whether the record of pulls is all that is known: there was no baseline before."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return False
    heads = [entry for line in lines if '"format"' in line and (entry := _entry(line)) and "format" in entry]
    return bool(heads) and all(entry.get("first") is True for entry in heads)


def pending_writes(path: Path, baseline: Baseline, *, shown: str | None = None) -> dict[Address, PendingWrite]:
    """Return the writes to this workspace that a push began and noted no outcome of; raises as `fold_journal`."""
    found: dict[Address, PendingWrite] = {}
    left = JournalKind.BY_A_PUSH
    for push in _pushes(path, shown or path.name, left):
        if _ours(push, baseline, shown or path.name, left):
            for outcome in push.outcomes:
                for address in outcome.records:
                    found.pop(address, None)
            for address in push.settled:
                found.pop(address, None)
            found |= push.begun
    return found


def _ours(push: _Push, baseline: Baseline, shown: str, left: JournalKind) -> bool:
    if (baseline.workspace_id, baseline.base_url) == (push.head.workspace_id, push.head.base_url):
        return True
    if push.outcomes or any(one.action == "create" for one in push.begun.values()):
        raise WrongWorkspace(
            f"{left.named} was made in workspace {push.head.workspace_id} at {push.head.base_url}, but the baseline "
            f"belongs to {baseline.workspace_id} at {baseline.base_url}",
            location=Location(shown),
            hint=f"push once with the settings and the baseline of that workspace, or {left.removal}",
        )
    return False


def _pushes(path: Path, shown: str, left: JournalKind) -> list[_Push]:
    try:
        # Not splitlines(): JSON leaves U+2028 and its like as they are, and they end no line of ours.
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        written_at = path.stat().st_mtime
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(
            f"{left.named} can't be read: {error.strerror}",
            location=Location(shown),
            hint=f"make it readable, or {left.removal}",
        ) from None
    pushes: list[_Push] = []
    torn: int | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip("\0\r ") or (left is JournalKind.BY_PULLS and _MARKERS.fullmatch(line)):
            continue
        entry = _entry(line)
        if entry is None and _cut_off(line) and torn is None:
            torn = number
            continue
        head = entry is not None and ("format" in entry or "workspace" in entry)
        if entry is None or (torn is not None and not head):
            raise _damaged(shown, torn or number, left)
        torn = None
        try:
            if head:
                pushes.append(_Push(_head(entry, shown, left)))
            else:
                _note(entry, pushes[-1], written_at)
        except (LookupError, ValueError, OverflowError) as error:
            raise _damaged(shown, number, left) from error
    return pushes


def _entry(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
        if "\\u" in line:
            json.dumps(value, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _cut_off(line: str) -> bool:
    """Return whether a line that is no JSON may be the beginning of one of ours: its writer died."""
    return line.startswith('{"') or line == "{"


def _damaged(shown: str, line: int, left: JournalKind) -> ConfigError:
    return ConfigError(
        f"{left.named} is damaged",
        location=Location(shown, line),
        hint=f"bring the file back as it was, or {left.removal}",
    )


def _head(entry: Mapping[str, Any], shown: str, left: JournalKind) -> Baseline:
    if "format" in entry and entry["format"] != FORMAT:
        raise ConfigError(
            f"the format of {left.named} is {entry['format']!r}; this version of helpsync reads {FORMAT}",
            location=Location(shown),
            hint=f"push once with the version of helpsync that wrote it, or {left.removal}",
        )
    return Baseline(str(entry["workspace"]), str(entry["base_url"]), str(entry["dialect"]))


def _note(entry: Mapping[str, Any], push: _Push, written_at: float) -> None:
    """Take in a line that is no head; raises LookupError or ValueError for one that is damaged."""
    if "records" in entry:
        records = {
            key: None if value is None else record_from_json(value) for key, value in _mapping(entry["records"]).items()
        }
        replaced = _mapping(entry["replaced"]) if "replaced" in entry else None
        push.outcomes.append(_Outcome(records, replaced, entry.get("heading_ids")))
        for address in records:
            push.begun.pop(address, None)
    elif isinstance(entry.get("intent"), str):
        before = push.begun.get(entry["intent"])
        at, title = entry.get("at"), entry.get("title")
        push.begun[entry["intent"]] = PendingWrite(
            # Older versions noted no time: no line is younger than the file.
            action=str(entry.get("action")),
            at=float(at) if isinstance(at, int | float) and math.isfinite(at) else written_at,
            times=before.times + 1 if before else 1,
            title=title if isinstance(title, str) else None,
        )
    elif isinstance(entry.get("settled"), str):
        push.begun.pop(entry["settled"], None)
        push.settled.add(entry["settled"])


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  # all that a file can hold wrongly is one kind
    return value
