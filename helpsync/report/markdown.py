"""The plan as Markdown, for a pull request's reviewers: a table of all changes, then every diff."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from helpsync.plan.changes import SUMMARY, summary
from helpsync.report.text import SIGNS, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpsync.model import Finding
    from helpsync.plan.changes import Change, FieldChange, Plan
    from helpsync.report.bodies import BodyDiffs

# GitHub refuses a step summary over 1 MiB; what no longer fits is named, never dropped in silence.
MOST_BYTES = 900_000
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>@-])")


def plan_markdown(plan: Plan, findings: Iterable[Finding], diffs: BodyDiffs, *, most_bytes: int = MOST_BYTES) -> str:
    """Return the whole plan as GitHub's Markdown, of at most about `most_bytes`."""
    parts = ["\n".join(_head(plan)), *_attention(plan), *_findings(findings)]
    size = sum(len(part.encode()) for part in parts)
    left_out: list[str] = []
    for change in plan.changes:
        block = "\n".join(_details(change, diffs))
        size += len(block.encode())
        if size <= most_bytes:
            parts.append(block)
        else:
            left_out.append(change.address)
    if left_out:
        parts.append(f"The details of {len(left_out)} more changes do not fit here; `helpsync diff` shows them all.")
    return "\n\n".join(parts) + "\n"


def _head(plan: Plan) -> Iterator[str]:
    counts = summary(plan)
    yield f"## Help center: {_text(plan.remote)}"
    yield ""
    said = [f"**{counts[name]}** {name}" for name in SUMMARY if counts[name]]
    yield " · ".join(said) if said else "Nothing to do."
    if plan.losses:
        yield ""
        yield f"> [!WARNING]\n> Readers lose {len(plan.losses)} published pages:"
        for loss in plan.losses:
            yield f"> - {_code(loss.address)}{f' ({loss.locale})' if loss.locale else ''} {' '.join(loss.urls)}"
    if not plan.changes:
        return
    yield ""
    yield "| | What | Address | Title | Locales |"
    yield "| --- | --- | --- | --- | --- |"
    for change in plan.changes:
        locales = " ".join(change.locales) if len(change.locales) <= 12 else f"{len(change.locales)} locales"
        what = change.action if change.kind == "article" else f"{change.action} {change.kind}"
        yield f"| `{SIGNS[change.action]}` | {what} | {_code(change.address)} | {_text(change.title)} | {locales} |"


def _attention(plan: Plan) -> Iterator[str]:
    items = [item for item in plan.attention if item.kind != "unmanaged"]
    if items:
        lines = ["### Left alone", ""]
        for item in items:
            place = f"{_code(item.address)}: " if item.address else ""
            hint = f"<br>{_text(item.hint)}" if item.hint else ""
            lines.append(f"- **{item.kind}** {place}{_text(item.message)}{hint}")
        yield "\n".join(lines)
    unmanaged = len(plan.attention) - len(items)
    if unmanaged:
        yield f"{unmanaged} items of Intercom are not in the content tree and are left alone."


def _findings(findings: Iterable[Finding]) -> Iterator[str]:
    items = list(findings)
    if items:
        lines = ["### Findings", ""]
        lines += [
            f"- **{item.severity}** {_code(str(item.location))} {_text(item.message)} (`{item.code}`)" for item in items
        ]
        yield "\n".join(lines)


def _details(change: Change, diffs: BodyDiffs) -> Iterator[str]:
    address = html.escape(plain(change.address))
    yield f"<details><summary><code>{SIGNS[change.action]} {change.action}</code> {address}</summary>"
    yield ""
    for name, item in change.fields.items():
        yield f"- {name}: {_arrow(item)}"
    for locale, text in change.locales.items():
        if text.removed:
            yield f"- **{locale}** goes from readers"
        for name, item in text.fields.items():
            yield f"- **{locale}** {name}: {_arrow(item)}"
        if text.body is None:
            continue
        if text.body.relink:
            yield f"- **{locale}** body: the same text, its links lead to other articles or headings"
            continue
        lines = [plain(line) for line in diffs.lines(text.body)]
        if lines:
            fence = _fence(lines)
            yield f"- **{locale}** body:"
            yield ""
            yield f"{fence}diff"
            yield from lines
            yield fence
            yield ""
    yield ""
    yield "</details>"


def _fence(lines: Iterable[str]) -> str:
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    return "`" * max(3, longest + 1)


def _arrow(item: FieldChange) -> str:
    after = _text(item.after) if item.after is not None else "none"
    return after if item.before is None else f"{_text(item.before)} → {after}"


def _text(value: str | None) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(plain(value or "").split()))


def _code(value: str) -> str:
    return f"`{plain(value).replace('`', chr(0x2CB))}`"
