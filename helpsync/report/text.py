"""The plan and the result for a terminal: signs and words carry the meaning, colour repeats it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from helpsync.plan import SUMMARY, adoption_differences, percent, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from helpsync.apply import Applied, Difference, Outcome
    from helpsync.errors import HelpsyncError
    from helpsync.markdown import DiffLine
    from helpsync.model import Brand, Finding, Remote, Requests
    from helpsync.plan import (
        Adoption,
        Attention,
        BodyChange,
        Change,
        FieldChange,
        LocaleChange,
        Loss,
        Plan,
        Planned,
        Survey,
    )
    from helpsync.report.details import Details


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
_MANY_AUTHORS = 5
_MANY_UNMANAGED = 5
_MANY_RELINKS = 5
_MANY_LOSSES = 12
_MANY_URLS = 3
_MANY_ALTERED = 5
MANY_INBOUND = 5
"""So many inbound links are named of each page that readers lose."""

# C0 and C1 controls, line breaks, and the marks that turn the direction of text: a title must not steer the terminal,
# and no file's name may begin a line that a CI system would read as a command.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_MARKS = {"-": "[-{}-]", "+": "{{+{}+}}"}
RELINK = "the same text, its links lead to other articles or headings"
SAME_LINES = "rendered differently; no line of the source changed"


class Style(Protocol):
    """Colours a text, or returns it as it is."""

    def __call__(self, text: str, colour: str | None = None, *, bold: bool = False, mark: bool = False) -> str:
        """Return the text in this colour, by its name; with `mark` highlighted."""
        ...


def plain(text: str) -> str:
    """Return the text on one line and without characters that would steer a terminal."""
    return _CONTROL.sub("�", text)


def _quote(value: str | None) -> str:
    if value is None:
        return "(none)"
    one = plain(" ".join(value.split()))
    return f'"{one if len(one) <= 100 else one[:99] + "…"}"'


def plan_lines(plan: Plan, details: Details, style: Style, *, verbose: bool = False) -> Iterator[str]:
    """Yield the plan's lines; `verbose` also shows the whole text of what is created or removed."""
    for change in plan.changes:
        yield from _change(change, details, style, verbose=verbose)
    if plan.relinks:
        yield _relinks(plan, style, verbose=verbose)
    yield from attention_lines(plan.attention, style, details, verbose=verbose)
    yield from loss_lines(plan, style, verbose=verbose)
    if plan.refusal:
        yield f"{_sign('!', 'refused', style, 'red')} a {plan.command} would stop here: {plain(plan.refusal)}"
        yield f"    hint: {plan.allow_hint}"
    yield summary_line(plan)


def loss_lines(plan: Plan, style: Style, *, verbose: bool = False) -> Iterator[str]:
    """Yield what readers would lose, with its URLs and what links to it; `verbose` names all of many."""
    if not plan.losses:
        return
    yield f"{_sign('!', 'losses', style, 'red')} {losses_phrase(plan)}"
    shown = plan.losses if verbose else plan.losses[:_MANY_LOSSES]
    for loss in shown:
        where = place(loss.address, [loss.locale]) if loss.locale else plain(loss.address)
        urls = [plain(url) for url in (loss.urls if verbose else loss.urls[:_MANY_URLS])]
        more = len(loss.urls) - len(urls)
        urls += [f"and {more} more addresses; all with -v"] if more else []
        yield "    " + "  ".join([where, *urls[: len(urls) == 1]])
        yield from (f"      {url}" for url in urls[len(urls) == 1 :])
        if loss.inbound:
            yield f"      linked from {inbound_phrase(loss, most=None if verbose else MANY_INBOUND)}"
    if more := len(plan.losses) - len(shown):
        yield f"    and {more} more; all with -v"


def losses_phrase(plan: Plan) -> str:
    """Return in words how much readers lose."""
    count = len(plan.losses)
    return f"readers lose {count} published page{'s' * (count != 1)}"


def inbound_phrase(loss: Loss, *, most: int | None) -> str:
    """Return in words what links to a page that readers lose, at most so many by name."""
    shown = loss.inbound[:most]
    more = len(loss.inbound) - len(shown)
    return plain(", ".join(shown)) + (f" and {more} more" if more else "")


def _sign(sign: str, word: str, style: Style, colour: str | None = None) -> str:
    return style(f"{sign} {word:<9}", colour or COLOURS.get(word), bold=True)


def _change(change: Change, details: Details, style: Style, *, verbose: bool) -> Iterator[str]:
    kind = "" if change.kind == "article" else f" ({change.kind})"
    identifier = f" #{change.id}" if change.id else ""
    sign = _sign(SIGNS[change.action], change.action, style)
    yield f"{sign} {plain(change.address)}{kind}{identifier} {_quote(change.title)}"
    if change.overwrites:
        yield f"    {style(overwrites_phrase(change), 'yellow')}"
    yield from _whole(change.fields, details, similar(change))
    for locale, text in change.locales.items():
        yield from _locale(locale, text, details, style, verbose=verbose)


def similar(change: Change) -> str:
    """Return in words how much of its text a moved file kept; empty where it kept all."""
    return "" if change.similarity is None else f" ({percent(change.similarity)} the same)"


def _whole(fields: Mapping[str, FieldChange], details: Details, kept: str = "") -> Iterator[str]:
    """Yield what changes for the item as a whole: its parent, its address; `kept` follows a new address."""
    for name, item in fields.items():
        known = replace(item, before=details.value(name, item.before), after=details.value(name, item.after))
        yield f"    {name}: {_arrow(known, quoted=False)}{kept if name == 'address' else ''}"


def overwrites_phrase(change: Change) -> str:
    """Return in words which edits of Intercom a change overwrites or takes along, and when they were made."""
    whole = change.action in ("delete", "unpublish")
    said: dict[str, list[str]] = {"overwrites": [], "takes along": []}
    for locale, name in change.overwrites:
        text = change.locales.get(locale) if locale else None
        goes = whole or (text is not None and text.removed)
        said["takes along" if goes else "overwrites"].append(f"{locale} {name}" if locale else name)
    parts = [f"{verb} what was edited in Intercom: {', '.join(names)}" for verb, names in said.items() if names]
    when = f" ({edited_phrase(change.edited_at)})" if change.edited_at is not None else ""
    return f"{'; '.join(parts)}{when}"


def edited_phrase(seconds: int) -> str:
    """Return when Intercom was last written, for people: date and time in UTC."""
    return f"edited {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _arrow(item: FieldChange, *, quoted: bool = True) -> str:
    show = _quote if quoted else lambda value: plain(value) if value is not None else "(none)"
    return show(item.after) if item.before is None else f"{show(item.before)} → {show(item.after)}"


def _locale(locale: str, text: LocaleChange, details: Details, style: Style, *, verbose: bool) -> Iterator[str]:
    head = style(locale, bold=True)
    if text.removed:
        yield f"    {head}: no longer visible to readers"
        if not verbose:
            return
    for name, item in text.fields.items():
        known = replace(item, before=details.value(name, item.before), after=details.value(name, item.after))
        yield f"    {head} {name}: {_arrow(known, quoted=name not in ('state', 'author'))}"
    if text.body is None:
        return
    if text.body.lost:
        yield f"    {head} body: {plain(lost_phrase(text.body))}"
    if text.body.relink:
        yield from [] if text.body.lost else [f"    {head} body: {RELINK}"]
        return
    if (text.body.sides is None and text.body.blob is None) and not verbose:
        yield f"    {head} body: {_line_count(text.body)}"
        return
    yield f"    {head} body:"
    lines = details.compared(text.body).lines
    for line in lines:
        yield "      " + _line(line, style)
    if not lines:
        yield from (f"      ({plain(phrase)})" for phrase in details.pictures(text.body) or [SAME_LINES])


def lost_phrase(body: BodyChange) -> str:
    """Return in words which links a body loses, or comes without."""
    new = body.sides is None and body.blob is None
    links = "link" if len(body.lost) == 1 else "links"
    start = "the same text, but it loses" if body.relink else "comes without" if new else "loses"
    are = "which is" if len(body.lost) == 1 else "which are"
    return f"{start} its {links} to {', '.join(body.lost)}, {are} not in Intercom"


def _line(line: DiffLine, style: Style) -> str:
    """Return a line of a diff; changed words stand out by colour, or without it by the signs that git uses."""
    colour = COLOURS.get(line.sign)
    if not line.words:
        return style(plain(line.plain), colour)
    parts = [style(line.sign, colour)]
    for sign, text in line.words:
        shown = plain(text)
        if sign == "=":
            parts.append(style(shown, colour))
        else:
            marked = style(shown, colour, mark=True)
            parts.append(_MARKS[sign].format(shown) if marked == shown else marked)
    return "".join(parts)


def _line_count(body: BodyChange) -> str:
    lines = len((body.after or "").strip().splitlines())
    return f"{lines} line{'s' * (lines != 1)}"


def _relinks(plan: Plan, style: Style, *, verbose: bool) -> str:
    shown = plan.relinks if verbose else plan.relinks[:_MANY_RELINKS]
    names = ", ".join(place(address, locales) for address, locales in shown)
    more = len(plan.relinks) - len(shown)
    return (
        f"{_sign('~', 'relink', style, 'yellow')} {relinks_phrase(plan)}: {names}{f' and {more} more' if more else ''}"
    )


def relinks_phrase(plan: Plan) -> str:
    """Return in words how many articles are sent again, and why."""
    count = len(plan.relinks)
    are, they_link = ("article is", "it links") if count == 1 else ("articles are", "they link")
    return f"{count} {are} sent again, because what {they_link} to is new or gets new ids"


def place(address: str, locales: Iterable[str]) -> str:
    """Return an address with the locales that are meant."""
    return f"{plain(address)} ({', '.join(locales)})"


def attention_lines(
    attention: Iterable[Attention], style: Style, details: Details | None = None, *, verbose: bool = False
) -> Iterator[str]:
    """Yield what is left alone and why; many unmanaged items are only counted.

    With `details` also what was edited in Intercom: from what the tree asks for to what readers have.
    """
    items = list(attention)
    unmanaged = [item for item in items if item.kind == "unmanaged"]
    for item in items:
        if item.kind == "unmanaged" and len(unmanaged) > _MANY_UNMANAGED and not verbose:
            continue
        where = plain(item.address) if item.address else f"#{item.id}" if item.id else ""
        yield f"{_sign(SIGNS[item.kind], item.kind, style)} {where}{': ' if where else ''}{plain(item.message)}"
        if item.edited_at is not None:
            yield f"    {edited_phrase(item.edited_at)}"
        if details:
            yield from _whole(item.fields, details)
            for locale, text in item.edits.items():
                yield from _locale(locale, text, details, style, verbose=verbose)
        if item.hint:
            yield f"    hint: {plain(item.hint)}"
    if len(unmanaged) > _MANY_UNMANAGED and not verbose:
        yield f"{SIGNS['unmanaged']} {unmanaged_phrase(len(unmanaged))}"


def unmanaged_phrase(count: int) -> str:
    """Return in words how many items of Intercom no file names."""
    what, are = ("item", "is") if count == 1 else ("items", "are")
    return f"{count} {what} of Intercom {are} not in the content tree and {are} left alone"


def summary_line(plan: Plan) -> str:
    """Return the counts in words, without zeros."""
    counts = plan.summary
    parts = [f"{counts[name]} to {name}" for name in SUMMARY[:5] if counts[name]]
    parts += [f"{len(plan.relinks)} to relink"] if plan.relinks else []
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
    where = f"{plain(str(error.location))}: " if error.location else ""
    yield f"{where}{style('error', 'red', bold=True)}: {plain(error.message)}"
    if error.hint:
        yield f"    hint: {plain(error.hint)}"


def outcome_line(outcome: Outcome, style: Style, *, page: str | None = None) -> str:
    """Return one line for a change that was applied, failed, skipped or held; `page` is where to look at it."""
    change = outcome.change
    sign = _sign(SIGNS[change.action], change.action, style)
    if outcome.status == "applied":
        draft = " (draft)" if outcome.draft else ""
        return f"{sign} {plain(change.address)}" + (f"  {plain(page)}" if page else "") + draft
    status = style(outcome.status, COLOURS[outcome.status], bold=True)
    return f"{sign} {plain(change.address)}: {status}: {plain(outcome.error or '')}"


def note_lines(outcome: Outcome) -> Iterator[str]:
    """Yield what the user should know of a change besides its result."""
    for note in outcome.notes:
        yield f"    note: {plain(note)}"


def altered_lines(outcome: Outcome, *, verbose: bool = False) -> Iterator[str]:
    """Yield what Intercom shows otherwise than it was sent, with its place; `verbose` names all of many."""
    shown = outcome.differences if verbose else outcome.differences[:_MANY_ALTERED]
    yield from (_altered_line(outcome.change.address, item) for item in shown)
    if more := len(outcome.differences) - len(shown):
        yield f"    and {more} more; all with -v"


def _altered_line(address: str, item: Difference) -> str:
    values = [_quote(value) for value in (item.meant, item.shown) if value is not None]
    said = f"{plain(str(item.location or address))}: {plain(item.message)} ({item.locale})"
    return f"    {said}: {' → '.join(values)}" if values else f"    {said}"


def finished(outcome: Outcome) -> str:
    """Return the outcome in words, for a line of progress."""
    status = "" if outcome.status == "applied" else f": {outcome.status}: {plain(outcome.error or '')}"
    return f"{outcome.change.action} {plain(outcome.change.address)}{status}"


def relinked_lines(applied: Applied, style: Style) -> Iterator[str]:
    """Yield a line for each article that was sent again for its links."""
    for address, locales in applied.relinked:
        yield f"{_sign('~', 'relink', style, 'yellow')} {place(address, locales)}"
    for note in applied.relink_notes:
        yield f"    note: {plain(note)}"
    for address, item in applied.relink_differences:
        yield _altered_line(address, item)


def result_line(plan: Plan, applied: Applied, requests: Requests) -> str:
    """Return what a push did, in one line."""
    outcomes = applied.outcomes
    done = sum(outcome.status == "applied" for outcome in outcomes)
    parts = [f"{done} applied"]
    parts += [
        f"{count} {status}"
        for status in ("failed", "held", "skipped")
        if (count := sum(outcome.status == status for outcome in outcomes))
    ]
    if altered := sum(bool(outcome.differences) for outcome in outcomes):
        parts.append(f"{altered} shown otherwise than sent")
    if applied.relinked:
        parts.append(f"{len(applied.relinked)} sent again for their links")
    parts += [f"{plan.count(name)} {name}" for name in ("conflict", "drift") if plan.count(name)]
    writes = requests.post + requests.put + requests.delete
    sent = f"{requests.get} read{'s' * (requests.get != 1)}, {writes} write{'s' * (writes != 1)}"
    return f"{', '.join(parts)}; {plan.unchanged} unchanged ({sent})"


def adoption_lines(found: Adoption, after: Planned, style: Style) -> Iterator[str]:
    """Yield what is linked to a file, and what can't be; `after` is the plan of a push once that is recorded."""
    for linked in found.linked:
        kind = "" if linked.item.kind == "article" else f" ({linked.item.kind})"
        title = plain(title_of(linked.item, after.desired.default_locale))
        differs = adoption_differences(after, linked)
        said = f"differs: {differs}" if differs else "the same"
        yield f"{_sign('=', 'link', style, 'green')} {plain(linked.address)}{kind} #{linked.item.id} “{title}”: {said}"
        if linked.previous:
            yield f"    address: {plain(linked.previous)} → {plain(linked.address)}"
        if linked.left:
            yield f"    it was linked to {linked.left}, which stays in Intercom as it is"
    for problem in found.unlinked:
        yield f"{_sign('!', 'not linked', style, 'red')} {plain(problem.address)}: {plain(problem.message)}"
        if problem.hint:
            yield f"    hint: {plain(problem.hint)}"


def adoption_summary(found: Adoption, *, dry_run: bool) -> str:
    """Return the counts of what was linked, of what could not be, and of the rest."""
    parts = [f"{len(found.linked)} {'to link' if dry_run else 'linked'}"]
    parts += [f"{len(found.unlinked)} could not be linked"] if found.unlinked else []
    parts += [f"{len(found.already)} linked already"] if found.already else []
    parts += [f"{len(found.new)} new: a push creates them"] if found.new else []
    return ", ".join(parts)


def shown_moment(seconds: float) -> str:
    """Return a moment in local time, in whole seconds: one that can be given back."""
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S%z}"


def survey_lines(found: Survey, remote: Remote, help_center: str | None, *, where: str) -> Iterator[str]:
    """Yield the counts of items, locales and authors; `where` says where the workspace is."""
    yield f"workspace {plain(remote.workspace_id)} {where}"
    for brand in remote.brands:
        if help_center in (None, brand.id):
            yield f"    help center: {brand_line(brand)}"
    drafts = f" ({_count(found.drafts, 'draft')})" if found.drafts else ""
    groups = f"{_count(found.collections, 'collection')}, {_count(found.sections, 'section')}"
    yield f"    {_count(found.articles, 'article')}{drafts}, {groups}"
    yield f"    default locale: {found.default_locale}" + ("" if found.named else ", as Intercom names none")
    if len(found.locales) > 1:
        yield f"    articles per locale: {_counts(found.locales, len(found.locales))}"
    if found.unknown:
        yield f"    locales that helpsync does not know, left out: {', '.join(map(plain, found.unknown))}"
    if found.authors:
        yield f"    articles per author: {_counts(found.authors, _MANY_AUTHORS)}"


def brand_line(brand: Brand) -> str:
    """Return a help center as people know it: id, name and address."""
    return f"{plain(brand.id)} “{plain(brand.name)}”" + (f", {plain(brand.url)}" if brand.url else "")


def _counts(counts: Mapping[str, int], most: int) -> str:
    said = [f"{plain(name)} {count}" for name, count in counts.items()]
    more = len(said) - most
    return ", ".join(said[:most]) + (f" and {more} more" if more > 0 else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
