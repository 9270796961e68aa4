"""The result of a pull, as text and as JSON: each file by its path, and with a dry run what would change in it."""

from __future__ import annotations

from collections import Counter
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from helpsync.findings import catalogue
from helpsync.report.json_output import requests_json
from helpsync.report.text import attention_lines, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpsync.pull import FileChange, PullResult
    from helpsync.report.text import Style

SCHEMA = "helpsync.pull/1"

_SIGNS = {
    "new": ("+", "green"),
    "update": ("~", "yellow"),
    "move": (">", "cyan"),
    "remove": ("-", "red"),
    "conflict": ("!", "red"),
}


def pull_lines(pulled: PullResult, style: Style, *, dry_run: bool, brief: bool = False) -> Iterator[str]:
    """Yield a line for each file, with a dry run its diff, then what was left alone, and the counts.

    With `brief` new files are counted by the first part of their addresses: a whole help center is long.
    """
    if brief:
        yield from _folders(pulled, style)
    for before, after in pulled.moved.items():
        yield f"{_sign('move', style)} {plain(before)} → {plain(after)}"
    yield from (f"{_sign('update', style)} {plain(path)}: its links follow" for path in pulled.relinked)
    for file in pulled.files:
        if brief and _action(file) == "new":
            continue
        said = f": {_places(file.conflicts)} with conflict markers" if file.conflicts else ""
        yield f"{_sign(_action(file), style)} {plain(file.path)}{said}"
        if file.conflicts and not dry_run:
            yield f"    hint: {catalogue.RESOLVE_CONFLICT}; then push"
        if dry_run:
            yield from (f"    {_coloured(line, style)}" for line in _diff(file))
    for path in () if brief else pulled.pictures:
        yield f"{_sign('new', style)} {plain(path)}"
    for address, why in pulled.unfetched.items():
        yield f"warning: {plain(address)}: {plain(why)}; the text links to it there"
    if pulled.unfetched:
        yield "    hint: `helpsync pull ADDRESS`, with the address of a text, tries its pictures again"
    yield from attention_lines(pulled.attention, style)
    yield _summary(pulled, dry_run=dry_run)


def pull_json(pulled: PullResult, remote: str, *, dry_run: bool) -> dict[str, Any]:
    """Return the result of a pull as JSON values (docs/json.md)."""
    return {
        "schema": SCHEMA,
        "remote": {"name": remote},
        "dry_run": dry_run,
        "summary": _counts(pulled),
        "requests": requests_json(pulled.requests) if pulled.requests else {},
        "moves": [{"from": before, "to": after} for before, after in pulled.moved.items()],
        "relinked": list(pulled.relinked),
        "files": [
            {
                "action": _action(file),
                "path": file.path,
                "address": file.place[0],
                "locale": file.place[1],
                "conflicts": file.conflicts,
                "diff": "\n".join(_diff(file)),
            }
            for file in pulled.files
        ],
        "pictures": [{"path": path, "bytes": size} for path, size in pulled.pictures.items()],
        "unfetched": [{"url": address, "message": why} for address, why in pulled.unfetched.items()],
        "attention": [
            {
                "kind": each.kind,
                "address": each.address,
                "id": each.id,
                "locales": list(each.locales),
                "message": each.message,
                "hint": each.hint,
            }
            for each in pulled.attention
        ],
    }


def _folders(pulled: PullResult, style: Style) -> Iterator[str]:
    tops = ("".join(file.place[0].partition("/")[:2]) for file in pulled.files if _action(file) == "new")
    for top, count in sorted(Counter(tops).items()):
        yield f"{_sign('new', style)} {plain(top)}: {count} file{'s' * (count != 1)}"


def _action(file: FileChange) -> str:
    if file.conflicts:
        return "conflict"
    return "new" if file.before is None else "remove" if file.after is None else "update"


def _counts(pulled: PullResult) -> dict[str, int]:
    counts = Counter(_action(file) for file in pulled.files)
    counts["move"] = len(pulled.moved)
    counts["conflict"] += sum(each.kind == "conflict" for each in pulled.attention)
    return {**{name: counts[name] for name in _SIGNS}, "pictures": len(pulled.pictures)}


def _summary(pulled: PullResult, *, dry_run: bool) -> str:
    counts = _counts(pulled)
    words = {"new": "new", "update": "updated", "move": "moved", "remove": "removed", "conflict": "in conflict"}
    parts = [f"{counts[name]} {word}" for name, word in words.items() if counts[name]]
    if pulled.relinked:
        parts.append(f"{len(pulled.relinked)} with links that follow")
    if counts["pictures"]:
        parts.append(f"{counts['pictures']} picture{'s' * (counts['pictures'] != 1)}")
    said = ", ".join(parts) or "nothing to bring home"
    end = "; nothing was written" if dry_run else ""
    reads = f" ({pulled.requests.get} reads)" if pulled.requests else ""
    return f"{said}{reads}{end}"


def _places(count: int) -> str:
    return f"{count} place{'s' * (count != 1)}"


def _sign(action: str, style: Style) -> str:
    sign, colour = _SIGNS[action]
    return style(f"{sign} {action:<9}", colour, bold=True)


def _diff(file: FileChange) -> list[str]:
    before = (file.before or b"").decode(errors="replace").splitlines()
    after = (file.after or b"").decode(errors="replace").splitlines()
    return [plain(line) for line in unified_diff(before, after, n=2, lineterm="")][2:]


def _coloured(line: str, style: Style) -> str:
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return style(line, colour) if colour else line
