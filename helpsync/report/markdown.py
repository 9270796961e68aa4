"""The plan as Markdown, for a pull request's reviewers: a table of the changes, every diff, what is left alone."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

from helpsync.plan import SUMMARY
from helpsync.report.text import (
    MANY_INBOUND,
    RELINK,
    SAME_LINES,
    SIGNS,
    edited_phrase,
    inbound_phrase,
    losses_phrase,
    lost_phrase,
    overwrites_phrase,
    plain,
    relinks_phrase,
    similar,
    unmanaged_phrase,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from helpsync.model import Finding, LocaleCode
    from helpsync.plan import Attention, Change, FieldChange, LocaleChange, Loss, Plan
    from helpsync.report.details import Details

MOST_BYTES = 900_000
"""GitHub refuses a step summary over 1 MiB; what no longer fits is named, never dropped in silence."""

MOST_ROWS = 500
"""More rows of a table or points of a list than this are not read by anybody."""

_SHARE = {"losses": 1 / 16, "table": 1 / 4, "left alone": 1 / 8, "findings": 1 / 8}
"""How much of the room each part may take at most; all that remains is for the details of the changes."""

_SENTENCE = 200
"""Bytes reserved for the sentence that says what is left out."""

_MOST_LETTERS = 100
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>@-])")


def plan_markdown(plan: Plan, findings: Iterable[Finding], details: Details, *, most_bytes: int = MOST_BYTES) -> str:
    """Return the plan as GitHub's Markdown, of at most `most_bytes` (sensible from some thousands on)."""
    room = {part: int(most_bytes * share) for part, share in _SHARE.items()}
    before = [*_head(plan, room["losses"]), *_table(plan, room["table"])]
    alone = [*_attention(plan, room["left alone"])]
    found = [*_findings(plan, findings, room["findings"])]
    left = most_bytes - sum(_size(part) for part in (*before, *alone, *found)) - 2 * _SENTENCE
    changes = (_block(item.action, item.address, item.fields, item.locales, details, item) for item in plan.changes)
    shown, left = _fitting(changes, left, "change")
    edits = (
        _block(item.kind, item.address or "", item.fields, item.edits, details)
        for item in plan.attention
        if item.edits or item.fields
    )
    edited, left = _fitting(edits, left, "edit")
    return "\n\n".join([*before, *shown, *alone, *edited, *found]) + "\n"


def _size(part: str) -> int:
    return len(part.encode()) + 2


def _fitting(blocks: Iterable[str | None], room: int, what: str) -> tuple[list[str], int]:
    """Return the blocks that fit, in order, a sentence that counts the others, and the room that is left."""
    shown: list[str] = []
    left_out = 0
    for block in blocks:
        if block is None:
            continue
        if _size(block) <= room:
            shown.append(block)
            room -= _size(block)
        else:
            left_out += 1
    if left_out:
        count = f"{left_out} {'more ' if shown else ''}{what}{'s' * (left_out != 1)}"
        shown.append(f"The details of {count} do not fit here; `helpsync diff` shows them all.")
    return shown, room


def _capped(lines: Iterable[str], room: int, more: Callable[[int], str]) -> Iterator[str]:
    """Yield the lines that fit, and in the place of the others what `more` says of their number."""
    left_out = 0
    for number, line in enumerate(lines):
        room -= len(line.encode()) + 1
        if left_out or room < _SENTENCE or number >= MOST_ROWS:
            left_out += 1
        else:
            yield line
    if left_out:
        yield more(left_out)


def _head(plan: Plan, room: int) -> Iterator[str]:
    counts = plan.summary
    yield f"## Help center: {_text(plan.remote)}"
    said = [f"**{counts[name]}** {name}" for name in SUMMARY if counts[name]]
    yield " · ".join(said) if said else "Nothing to do."
    if plan.refusal:
        yield f"> [!CAUTION]\n> A {plan.command} would stop here: {_text(plan.refusal)}<br>{_text(plan.allow_hint)}"
    if plan.losses:
        lines = _capped(map(_loss, plan.losses), room, lambda more: f"> - … and {more} more")
        yield "\n".join([f"> [!WARNING]\n> {losses_phrase(plan).capitalize()}:", *lines])


def _loss(loss: Loss) -> str:
    where = f"> - {_code(loss.address)}{f' ({loss.locale})' if loss.locale else ''} {plain(' '.join(loss.urls))}"
    linked = f"<br>linked from {_text(inbound_phrase(loss, most=MANY_INBOUND))}" if loss.inbound else ""
    return where.rstrip() + linked


def _table(plan: Plan, room: int) -> Iterator[str]:
    if plan.changes:
        rows = _capped(_rows(plan), room, lambda more: f"| … | and {more} more | | | |")
        yield "\n".join(["| | What | Address | Title | Locales |", "| --- | --- | --- | --- | --- |", *rows])
    if plan.relinks:
        names = [_code(address) for address, _ in plan.relinks[:20]]
        more = len(plan.relinks) - len(names)
        yield f"{relinks_phrase(plan)}: {', '.join(names)}{f' and {more} more' if more else ''}"


def _rows(plan: Plan) -> Iterator[str]:
    for change in plan.changes:
        locales = " ".join(change.locales) if len(change.locales) <= 12 else f"{len(change.locales)} locales"
        what = change.action if change.kind == "article" else f"{change.action} {change.kind}"
        title = change.title if len(change.title) <= _MOST_LETTERS else change.title[: _MOST_LETTERS - 1] + "…"
        yield f"| `{SIGNS[change.action]}` | {what} | {_code(change.address)} | {_text(title)} | {locales} |"


def _attention(plan: Plan, room: int) -> Iterator[str]:
    items = [item for item in plan.attention if item.kind != "unmanaged"]
    if items:
        lines = _capped(map(_point, items), room, lambda more: f"- … and {more} more; `helpsync diff` shows them all")
        yield "\n".join(["### Left alone\n", *lines])
    if unmanaged := len(plan.attention) - len(items):
        yield f"{unmanaged_phrase(unmanaged)}."


def _point(item: Attention) -> str:
    where = f"{_code(item.address)}: " if item.address else ""
    when = f"<br>{edited_phrase(item.edited_at)}" if item.edited_at is not None else ""
    hint = f"<br>{_text(item.hint)}" if item.hint else ""
    return f"- **{item.kind}** {where}{_text(item.message)}{when}{hint}"


def _findings(plan: Plan, findings: Iterable[Finding], room: int) -> Iterator[str]:
    """Yield all errors, the counts of warnings by code, and the warnings in files that the plan changes."""
    items = list(findings)
    if not items:
        return
    warnings = [item for item in items if item.severity != "error"]
    changed = {
        source.path
        for change in plan.changes
        for locale, text in (change.step.desired.texts.items() if change.step.desired else ())
        if locale in change.locales and (source := text.source)
    }
    listed = [item for item in items if item.severity == "error"]
    listed += [item for item in warnings if item.location.path in changed]
    lines = ["### Findings\n"]
    if warnings:
        counts = Counter(item.code for item in warnings).most_common()
        lines.append(f"Warnings: {', '.join(f'{count} `{code}`' for code, count in counts)}.\n")
    lines += _capped(map(_finding, listed), room, lambda more: f"- … and {more} more; `helpsync lint` shows them all")
    yield "\n".join(lines).rstrip("\n")


def _finding(item: Finding) -> str:
    return f"- **{item.severity}** {_code(str(item.location))} {_text(item.message)} (`{item.code}`)"


def _block(
    word: str,
    address: str,
    fields: Mapping[str, FieldChange],
    locales: Mapping[LocaleCode, LocaleChange],
    details: Details,
    change: Change | None = None,
) -> str | None:
    """Return what changes at an address, folded; None where the table says all."""
    kept = similar(change) if change else ""
    lines = [f"- **{_text(overwrites_phrase(change))}**"] if change and change.overwrites else []
    lines += [f"- {name}: {_arrow(name, item, details)}{kept * (name == 'address')}" for name, item in fields.items()]
    for locale, text in locales.items():
        lines += _locale(locale, text, details)
    if not lines:
        return None
    head = f"<details><summary><code>{SIGNS[word]} {word}</code> {html.escape(plain(address))}</summary>\n"
    return "\n".join([head, *lines, "", "</details>"])


def _locale(locale: LocaleCode, text: LocaleChange, details: Details) -> Iterator[str]:
    if text.removed:
        yield f"- **{locale}** no longer visible to readers"
    for name, item in text.fields.items():
        yield f"- **{locale}** {name}: {_arrow(name, item, details)}"
    if text.body is None:
        return
    if text.body.lost:
        yield f"- **{locale}** body: {_text(lost_phrase(text.body))}"
    if text.body.relink:
        yield from [] if text.body.lost else [f"- **{locale}** body: {RELINK}"]
        return
    lines = [plain(line) for line in details.lines(text.body)]
    if not lines:
        said = [_text(phrase) for phrase in details.pictures(text.body)] or [SAME_LINES]
        yield f"- **{locale}** body: {', '.join(said)}"
        return
    fence = _fence(lines)
    yield from (f"- **{locale}** body:", "", f"{fence}diff", *lines, fence, "")


def _fence(lines: Iterable[str]) -> str:
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    return "`" * max(3, longest + 1)


def _arrow(name: str, item: FieldChange, details: Details) -> str:
    before, after = details.value(name, item.before), details.value(name, item.after)
    shown = _text(after) if after is not None else "none"
    return shown if before is None else f"{_text(before)} → {shown}"


def _text(value: str | None) -> str:
    return _SPECIAL.sub(r"\\\1", plain(" ".join((value or "").split())))


def _code(value: str) -> str:
    return f"`{plain(value).replace('`', chr(0x2CB))}`"
