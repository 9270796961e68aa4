"""The plan and the result for a terminal: signs and words carry the meaning, colour repeats it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from helpsync.plan.changes import SUMMARY, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpsync.apply import Applied, Outcome
    from helpsync.errors import HelpsyncError
    from helpsync.model import Finding, Requests
    from helpsync.plan.changes import Attention, BodyChange, Change, FieldChange, LocaleChange, Plan
    from helpsync.report.bodies import BodyDiffs

SIGNS = {
    "create": "+",
    "update": "~",
    "move": ">",
    "unpublish": "-",
    "delete": "x",
    "conflict": "!",
    "drift": "!",
    "warning": "!",
    "unmanaged": "?",
}
COLOURS = {
    "create": "green",
    "update": "yellow",
    "move": "cyan",
    "unpublish": "magenta",
    "delete": "red",
    "conflict": "red",
    "drift": "yellow",
    "warning": "yellow",
    "failed": "red",
    "held": "yellow",
    "skipped": "yellow",
    "error": "red",
    "warn": "yellow",
    "+": "green",
    "-": "red",
    "@": "cyan",
}
_MANY_UNMANAGED = 5
# C0 and C1 controls, and the marks that turn the direction of text: a title must not steer the terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Style(Protocol):
    """Colours a text, or returns it as it is."""

    def __call__(self, text: str, colour: str | None = None, *, bold: bool = False) -> str:
        """Return the text in this colour, by its name."""
        ...


def plain(text: str) -> str:
    """Return the text without characters that would steer a terminal."""
    return _CONTROL.sub("�", text)


def _quote(value: str | None) -> str:
    if value is None:
        return "(none)"
    one = " ".join(plain(value).split())
    return f'"{one if len(one) <= 100 else one[:99] + "…"}"'


def plan_lines(plan: Plan, diffs: BodyDiffs, style: Style, *, verbose: bool = False) -> Iterator[str]:
    """Yield the plan's lines; `verbose` also shows the whole text of what is created or removed."""
    for change in plan.changes:
        yield from _change(change, diffs, style, verbose=verbose)
    yield from attention_lines(plan.attention, style, verbose=verbose)
    yield summary_line(plan)


def _change(change: Change, diffs: BodyDiffs, style: Style, *, verbose: bool) -> Iterator[str]:
    sign = style(f"{SIGNS[change.action]} {change.action:<9}", COLOURS[change.action], bold=True)
    kind = "" if change.kind == "article" else f" ({change.kind})"
    identifier = f" #{change.id}" if change.id else ""
    yield f"{sign} {plain(change.address)}{kind}{identifier} {_quote(change.title)}"
    for name, item in change.fields.items():
        yield f"    {name}: {_arrow(item, quoted=False)}"
    for locale, text in change.locales.items():
        yield from _locale(locale, text, diffs, style, verbose=verbose)


def _arrow(item: FieldChange, *, quoted: bool = True) -> str:
    show = _quote if quoted else lambda value: plain(value) if value is not None else "(none)"
    return show(item.after) if item.before is None else f"{show(item.before)} → {show(item.after)}"


def _locale(locale: str, text: LocaleChange, diffs: BodyDiffs, style: Style, *, verbose: bool) -> Iterator[str]:
    head = style(locale, bold=True)
    if text.removed:
        yield f"    {head}: goes from readers"
        if not verbose:
            return
    for name, item in text.fields.items():
        yield f"    {head} {name}: {_arrow(item, quoted=name not in ('state', 'author'))}"
    if text.body is None:
        return
    if text.body.relink:
        yield f"    {head} body: the same text, its links lead to other articles or headings"
        return
    lines = diffs.lines(text.body)
    if (text.body.blocks is None and text.body.blob is None) and not verbose:
        yield f"    {head} body: {_count(text.body)}"
        return
    yield f"    {head} body:"
    for line in lines or ["(rendered differently; no line of the source changed)"]:
        yield "      " + style(plain(line), COLOURS.get(line[:1]))


def _count(body: BodyChange) -> str:
    lines = len((body.after or "").strip().splitlines())
    return f"{lines} line{'s' * (lines != 1)}"


def attention_lines(attention: Iterable[Attention], style: Style, *, verbose: bool = False) -> Iterator[str]:
    """Yield what is left alone and why; unmanaged items are counted where they are many."""
    items = list(attention)
    unmanaged = [item for item in items if item.kind == "unmanaged"]
    for item in items:
        if item.kind == "unmanaged" and len(unmanaged) > _MANY_UNMANAGED and not verbose:
            continue
        place = plain(item.address) if item.address else f"#{item.id}" if item.id else ""
        sign = style(f"{SIGNS[item.kind]} {item.kind:<9}", COLOURS.get(item.kind), bold=True)
        yield f"{sign} {place}{': ' if place else ''}{plain(item.message)}"
        if item.hint:
            yield f"    hint: {plain(item.hint)}"
    if len(unmanaged) > _MANY_UNMANAGED and not verbose:
        yield f"{SIGNS['unmanaged']} {len(unmanaged)} items of Intercom are not in the content tree and are left alone"


def summary_line(plan: Plan) -> str:
    """Return the counts in words: only what there is, and what is unchanged."""
    counts = summary(plan)
    parts = [f"{counts[name]} to {name}" for name in SUMMARY[:5] if counts[name]]
    parts += [f"{counts[name]} {name}" for name in SUMMARY[6:] if counts[name]]
    head = ", ".join(parts) or "nothing to do"
    return f"{head}; {counts['unchanged']} unchanged"


def finding_lines(findings: Iterable[Finding], style: Style) -> Iterator[str]:
    """Yield the findings in the usual form of compilers: ``path:line:column: severity: message [code]``."""
    for finding in findings:
        severity = style("warning" if finding.severity == "warn" else "error", COLOURS[finding.severity], bold=True)
        yield f"{plain(str(finding.location))}: {severity}: {plain(finding.message)} [{finding.code}]"
        if finding.hint:
            yield f"    hint: {plain(finding.hint)}"


def error_lines(error: HelpsyncError, style: Style) -> Iterator[str]:
    """Yield a failure's message, with its place and its hint."""
    place = f"{plain(str(error.location))}: " if error.location else ""
    yield f"{place}{style('error', 'red', bold=True)}: {plain(error.message)}"
    if error.hint:
        yield f"    hint: {plain(error.hint)}"


def outcome_line(outcome: Outcome, style: Style) -> str:
    """Return one line for a change that was applied, failed, skipped or held."""
    change = outcome.change
    sign = style(f"{SIGNS[change.action]} {change.action:<9}", COLOURS[change.action], bold=True)
    if outcome.status == "applied":
        return f"{sign} {plain(change.address)}" + (f"  {plain(outcome.url)}" if outcome.url else "")
    status = style(outcome.status, COLOURS[outcome.status], bold=True)
    return f"{sign} {plain(change.address)}: {status}: {plain(outcome.error or '')}"


def result_line(plan: Plan, applied: Applied | None, requests: Requests) -> str:
    """Return what a push did, in one line."""
    outcomes = applied.outcomes if applied else ()
    done = sum(outcome.status == "applied" for outcome in outcomes)
    parts = [f"{done} applied"]
    parts += [
        f"{count} {status}"
        for status in ("failed", "held", "skipped")
        if (count := sum(outcome.status == status for outcome in outcomes))
    ]
    if applied and applied.relinked:
        parts.append(f"{len(applied.relinked)} sent again for their links")
    parts += [f"{plan.count(name)} {name}" for name in ("conflict", "drift") if plan.count(name)]
    writes = requests.post + requests.put + requests.delete
    sent = f"{requests.get} read{'s' * (requests.get != 1)}, {writes} write{'s' * (writes != 1)}"
    return f"{', '.join(parts)}; {plan.unchanged} unchanged ({sent})"
