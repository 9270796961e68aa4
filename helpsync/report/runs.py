"""The snapshots of what pushes overwrote, run by run, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from helpsync.baseline import RecordedRun, WriteResult, moment_text
from helpsync.report.text import plain, shown_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCHEMA = "helpsync.kept/1"
_MANY = 5
_WORDS = {"update": "updated", "move": "moved", "unpublish": "unpublished", "delete": "deleted", "relink": "relinked"}


def runs_lines(runs: Iterable[RecordedRun], *, damage: str | None = None) -> Iterator[str]:
    """Yield a line for each run, the last one first, with the addresses of what it overwrote below it.

    With `damage` there may have been other runs, so no line says that there are none.
    """
    empty = True
    for run in reversed(tuple(runs)):
        if not run.overwrites:
            continue
        empty = False
        unfinished = ", unfinished" if run.goal is not None and not run.finished else ""
        said = ", ".join(f"{count} {_WORDS.get(name, name)}" for name, count in _counts(run).items())
        yield f"{shown_moment(run.at)}  {run.command}{unfinished}: {said}  ({run.id})"
        addresses = _addresses(run)
        more = f" and {len(addresses) - _MANY} more" if len(addresses) > _MANY else ""
        yield f"    {plain(', '.join(addresses[:_MANY]))}{more}"
    if empty and damage is None:
        yield "no snapshots: no push from here has overwritten or removed anything"


def runs_json(runs: Iterable[RecordedRun], *, damage: str | None = None) -> dict[str, Any]:
    """Return the readable runs as JSON values, the last one first, and the damage of their index."""
    return {"schema": SCHEMA, "damage": damage, "runs": [_run(run) for run in reversed(tuple(runs)) if run.overwrites]}


def _run(run: RecordedRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "at": moment_text(run.at),
        "command": run.command,
        "finished": run.goal is None or run.finished,
        "counts": _counts(run),
        "addresses": _addresses(run),
        "created": sorted({note.address for note in run.notes if isinstance(note, WriteResult) and note.created}),
    }


def _counts(run: RecordedRun) -> dict[str, int]:
    first = {note.address: note.action for note in reversed(run.overwrites)}
    counted = Counter(first.values())
    return {name: counted[name] for name in _WORDS if counted[name]}


def _addresses(run: RecordedRun) -> list[str]:
    return sorted({note.address for note in run.overwrites})
