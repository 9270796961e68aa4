"""Changes one block of the source into its new form, in as few of its lines as possible."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.parse.document import expand_tabs, fence_after, opening_fence, reference_name
from helpsync.markdown.parse.inline import code_span_ends
from helpsync.markdown.patch.lines import LinePatcher, SourceLine, SpanChange, patch_words
from helpsync.markdown.patch.texts import Text, block_changes, cut_text, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from helpsync.markdown.parse.document import Block
    from helpsync.markdown.patch.texts import Renderings, Span

Lines: TypeAlias = list[str]

# Links whose address is defined elsewhere

_USE = re.compile(r"\[([^\[\]]+)\](?:\[([^\[\]]*)\])?(?![(:])")
_MOST = 20
"""Of more links in one block, no more are looked at."""


def _changed_definitions(forms: Renderings, ours: str, before: str, after: str) -> dict[int, str] | None:
    """Return the new addresses of definitions by their lines, from 0, if they are the only difference.

    None if anything else differs, or if other links use a definition too.
    """
    if "[" not in ours or (changes := _changed_targets(forms, before, after)) is None:
        return None
    found: dict[int, str] = {}
    kept = []
    for old, new in changes:
        own = [(name, one) for name, one in forms.references_to(old) if forms.is_used_once(name)]
        if len(own) != 1 or not new or any(char.isspace() or char in "<>" for char in new):
            break
        name, definition = own[0]
        kept.append((name, definition))
        forms.define(name, replace(definition, href=new))
        found[definition.line - 1] = new
    if len(found) == len(changes) and forms.same(ours, after):
        return found
    for name, definition in kept:
        forms.define(name, definition)
    return None


def _inlined_links(forms: Renderings, ours: str, before: str, after: str) -> Iterator[str]:
    """Yield the text with one changed link: without its definition, or with another address."""
    if (changes := _changed_targets(forms, before, after)) is None or len(changes) != 1:
        return
    old, new = changes[0]
    names = {name for name, _ in forms.references_to(old)}
    uses = [match for match in _USE.finditer(ours) if reference_name(match[2] or match[1]) in names]
    for match in uses[:_MOST]:
        yield f"{ours[: match.start()]}[{match[1]}]({new}){ours[match.end() :]}"
    for name in forms.source_addresses(old):
        places = [match.start() for match in re.finditer(re.escape(name), ours)]
        for place in places[:_MOST]:
            yield f"{ours[:place]}{new}{ours[place + len(name) :]}"


def _changed_targets(forms: Renderings, before: str, after: str) -> list[tuple[str, str]] | None:
    """Return old and new address of each changed link, None if none changed or link texts differ."""
    old, new = forms.targets(before), forms.targets(after)
    if [text for _, text in old] != [text for _, text in new]:
        return None
    return [(one, two) for (one, _), (two, _) in zip(old, new, strict=True) if one != two] or None


# Items, quotes and footnotes

_ITEM = re.compile(r"( {0,3})([-*+]|\d{1,9}[.)])(?:( +)(?=\S)| *$)")
_QUOTE = re.compile(r" {0,3}> ?")
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\[\]\s]+\]:[ \t]*")
_ALERT = re.compile(r" {0,3}\[![A-Za-z]+\][+-]?[ \t]*")


@dataclass(frozen=True, slots=True)
class ContainerLines:
    """The lines within a container, the prefix of each, and the prefixes of its first and of new lines."""

    lines: list[str]
    raw: list[str]
    first: str
    rest: str

    def wrapped(self, lines: Sequence[SourceLine]) -> list[SourceLine]:
        """Return inner lines as lines of the container; unchanged ones keep their prefixes."""
        return [self._wrapped(number, line) for number, line in enumerate(lines)]

    def _wrapped(self, number: int, line: SourceLine) -> SourceLine:
        text, origin = line
        if origin is not None and (number == 0) == (origin == 0):
            old, raw = self.lines[origin], self.raw[origin]
            if text == old:
                return SourceLine(raw, origin)
            if old and raw.endswith(old) and number:
                return SourceLine((raw.removesuffix(old) + text).rstrip(), origin)
        before = self.rest if number else self.first
        return SourceLine(before + text if text else before.rstrip(), origin)


def inside_item(lines: list[str], rest: str | None = None) -> ContainerLines | None:
    """Return the lines in an item, None where they are unclear; `rest` is the indent of the other items' lines."""
    shown = expand_tabs(lines)
    expanded = shown[0]
    match = _ITEM.match(expanded)
    if match is None:
        return None
    base, gap = len(match[1]), len(match[3] or "")
    marker = match.end() - gap if gap else len(expanded.rstrip())
    offset = marker + (gap if 1 <= gap <= 4 else 1)
    least = min(offset, base + 4)
    inner = [expanded[offset:]]
    strip = 0
    fence = opening_fence(inner[0])
    for line in shown[1:]:
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip():
            inner.append(line[min(strip or least, indent) :])
        elif indent >= least:
            strip = strip or (base + 4 if indent >= base + 4 and fence is None else least)
            inner.append(line[min(strip, indent) :])
            fence = fence_after(fence, inner[-1])
        else:
            inner.append(line.lstrip(" "))
    first = expanded[:offset].ljust(offset)
    return ContainerLines(inner, lines, first, " " * strip if strip else rest or " " * least)


def _inside_quote(lines: list[str]) -> ContainerLines:
    """Return the lines in a quote or callout, whose kind is before its first line."""
    marks = [_QUOTE.match(line) for line in lines]
    inner = [line[mark.end() :] if mark else line for line, mark in zip(lines, marks, strict=True)]
    first = marks[0][0] if marks[0] else "> "
    rest = next((mark[0] for mark, text in zip(marks[1:], inner[1:], strict=True) if mark and text.strip()), "> ")
    if alert := _ALERT.match(inner[0]):
        first += alert[0]
        inner[0] = inner[0][alert.end() :]
    return ContainerLines(inner, lines, first, rest)


def inside_footnote(lines: list[str]) -> ContainerLines:
    """Return the lines in the definition of a footnote."""
    match = _FOOTNOTE.match(lines[0])
    first = match[0] if match else ""
    inner = [lines[0][len(first) :]]
    inner += [line[min(4, len(line) - len(line.lstrip(" "))) :] for line in lines[1:]]
    return ContainerLines(inner, lines, first, " " * 4)


class ListStyle:
    """How a writer marks the items of one list: marks, indents, numbers, and blank lines between items."""

    def __init__(self, text: Text) -> None:
        items = [text.lines[span.start : span.end] for span in text.spans]
        marks = [mark for lines in items if (mark := _item_marker(lines[0])) is not None]
        last = marks[-1]
        self._base = last[1]
        self._sign = last[2][-1]
        self._space = next((mark[3] for mark in reversed(marks) if mark[3] and len(mark[3]) <= 4), " ")
        self._numbers = [int(mark[2][:-1]) for mark in marks if mark[2][:-1]]
        insides = [found for lines in items if (found := inside_item(lines)) is not None]
        self.indent = next(
            (found.rest for found in insides if len(found.lines) > 1 and found.raw[-1].startswith(found.rest)), None
        )
        gaps = [two.start > one.end for one, two in pairwise(text.spans)]
        self.apart = any(gaps) if gaps else None

    def fresh(self, span: Span) -> list[str]:
        """Return the lines of a new item; `renumbered` sets its number."""
        lines = span.text.split("\n")
        found = inside_item(lines)
        if found is None:
            return lines
        number = str(self._numbers[-1] if self._numbers else 1) if self._sign in ".)" else ""
        first = f"{self._base}{number}{self._sign}{self._space}"
        rest = self.indent if self.indent and len(self.indent) >= len(first) else " " * len(first)
        new = ContainerLines(found.lines, [], first, rest)
        return [line.text for line in new.wrapped([SourceLine(line) for line in found.lines])]

    def renumbered(self, lines: Sequence[SourceLine]) -> list[SourceLine]:
        """Return the lines with the writer's way of numbering: up from the first, or all the same."""
        steps = {two - one for one, two in pairwise(self._numbers)} or {1}
        written = list(lines)
        if not self._numbers or len(steps) > 1:
            return written
        step = steps.pop()
        blocks = parse_blocks("\n".join(line.text for line in lines)).blocks
        if len(blocks) != 1 or blocks[0].kind != "list":
            return written
        for count, block in enumerate(blocks[0].children):
            at = block.line - 1
            text = written[at].text
            mark = _item_marker(text)
            if mark is None or not mark[2][:-1]:
                return written
            number = f"{self._numbers[0] + count * step}{mark[2][-1]}"
            if number == mark[2]:
                continue
            start = text.index(mark[2])
            written[at] = written[at]._replace(text=text[:start] + number + text[start + len(mark[2]) :])
            if (grown := len(number) - len(mark[2])) > 0:
                for place in range(at + 1, min(block.end - 1, len(written))):
                    line = written[place]
                    written[place] = line._replace(text=" " * grown + line.text) if line.text.strip() else line
        return written


def _item_marker(line: str) -> re.Match[str] | None:
    """Return the marker of the item that starts here: indent, mark, and the space after it."""
    return _ITEM.match(line.expandtabs(4))


# Tables with pipes


def _patched_table(mine: list[str], ours: Block, before: Block, after: Block) -> Iterator[list[SourceLine]]:
    """Yield the table's lines with the changed rows; nothing if columns or the header were added or removed."""
    count = len(ours.columns)
    if not count == len(before.columns) == len(after.columns) or len(mine) != len(ours.rows) + 1:
        return
    if len(ours.rows) != len(before.rows) or ours.columns.count("center") != before.columns.count("center"):
        return
    if after.columns != before.columns or any(before.rows[0].cells) != any(after.rows[0].cells):
        return
    yield _TablePatcher(mine, before, after).lines()


class _TablePatcher:
    """Patches a table row by row and cell by cell; each row of the source pairs with the earlier one at its place."""

    def __init__(self, mine: list[str], before: Block, after: Block) -> None:
        self._lines = [mine[0], *mine[2:]]
        self._delimiter = SourceLine(mine[1], 1)
        self._before = [row.cells for row in before.rows]
        self._after = [row.cells for row in after.rows]

    def lines(self) -> list[SourceLine]:
        lines = [self._row(0, 0), self._delimiter]
        place = 1
        old, new = (["\x1f".join(cells) for cells in rows[1:]] for rows in (self._before, self._after))
        for row, change in sorted(block_changes(old, new).items()):
            lines += [self._fresh(number) for number in range(place, change.place + 1)]
            lines.append(self._row(row + 1, change.place + 1))
            place = change.place + 2
        return [*lines, *(self._fresh(number) for number in range(place, len(self._after)))]

    def _row(self, old: int, new: int) -> SourceLine:
        line, origin = self._lines[old], old + 1 if old else 0
        was, cells = self._before[old], self._after[new]
        spans = _cell_spans(line)
        if was == cells:
            return SourceLine(line, origin)
        if len(spans) < len(cells):
            return SourceLine(self._fresh(new).text, origin)
        written = []
        done = 0
        for (start, end), cell, wanted in zip(spans, map(_piped, was), map(_piped, cells), strict=False):
            if cell != wanted:
                text = patch_words(line[start:end], cell, wanted) if start < end else wanted
                written += [line[done:start], wanted if text is None else text]
                done = end
        return SourceLine("".join([*written, line[done:]]), origin)

    def _fresh(self, new: int) -> SourceLine:
        outer = self._lines[0].strip().startswith("|")
        text = " | ".join(_piped(cell) for cell in self._after[new])
        return SourceLine(_indent(self._lines[0]) + (f"| {text} |" if outer or not text.strip(" |") else text))


def _piped(cell: str) -> str:
    return cell.replace("|", "\\|")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _cell_spans(line: str) -> list[tuple[int, int]]:
    """Return start and end of each cell's text."""
    text = line.strip()
    code_end = code_span_ends(text)
    spans: list[tuple[int, int]] = []
    start = position = 1 if text.startswith("|") else 0
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if char == "`":
            run = len(text[position:]) - len(text[position:].lstrip("`"))
            position = code_end(position, run) or position + run
            continue
        if char == "|":
            spans.append((start, position))
            start = position + 1
        position += 1
    if start < len(text):
        spans.append((start, len(text)))
    offset = len(_indent(line))
    trimmed = []
    for start, end in spans:
        content = text[start:end]
        first = min(1, len(content)) if not content.strip() else len(_indent(content))
        trimmed.append((offset + start + first, offset + start + first + len(content.strip())))
    return trimmed


# Every kind of block

_CONTAINERS = frozenset({"list", "quote", "callout", "region", "table", "code"})
_HASHES = re.compile(r"( {0,3})(#{1,6})([ \t]+)(.*?)([ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_KIND = re.compile(r"\[![A-Za-z]+\]")


class BlockPatcher:
    """Brings edits into the source's blocks; `forms` checks the results."""

    def __init__(self, forms: Renderings) -> None:
        self._forms = forms
        self.definitions: dict[int, str] = {}
        """The new addresses of definitions, by lines of the source, from 0."""

    def text(self, ours: list[str], before: list[str], after: list[str]) -> list[SourceLine]:
        """Return the lines of a text, or of the lines in a container, after the edit."""
        old, new = read_text(before, self._forms, ours=False), read_text(after, self._forms, ours=False)
        texts = read_text(ours, self._forms, ours=True), old, new
        return LinePatcher(texts, self._patch(ours, before, after), self._fresh).lines()

    def whole_text(self, texts: tuple[Text, Text, Text]) -> list[SourceLine]:
        """Return the lines of the whole text, which is cut into blocks already."""
        patch = self._patch(*(text.lines for text in texts))

        def narrowed(change: SpanChange) -> list[SourceLine]:
            self._forms.narrow("".join(span.html for span in change.ours))
            return patch(change)

        return LinePatcher(texts, narrowed, self._fresh).lines()

    def _fresh(self, span: Span) -> list[str]:
        """Return the lines of a new block."""
        return (span.text if span.block.kind == "code" else self._forms.with_references(span.text)).split("\n")

    def _patch(self, ours: Lines, before: Lines, after: Lines) -> Callable[[SpanChange], list[SourceLine]]:
        def patch(change: SpanChange) -> list[SourceLine]:
            mine, old, new = (
                lines[spans[0].start : spans[-1].end]
                for lines, spans in zip((ours, before, after), change, strict=True)
            )
            return [line.below(change.ours[0].start) for line in self._block(change, mine, old, new)]

        return patch

    def _block(self, change: SpanChange, mine: Lines, old: Lines, new: Lines) -> list[SourceLine]:
        """Return the first attempt that says what the text after the edit says.

        Where source and text before differ, return the first attempt that changes anything.
        """
        ours, before, after = "\n".join(mine), "\n".join(old), "\n".join(new)
        sure = self._forms.same(ours, before)
        if sure and (found := _changed_definitions(self._forms, ours, before, after)) is not None:
            self.definitions |= found
            return [SourceLine(line, number) for number, line in enumerate(mine)]
        for lines in self._attempts(change, mine, old, new, sure=sure):
            text = "\n".join(line.text for line in lines)
            if text != ours and (not sure or self._forms.same(text, after)):
                return lines
        noted = self._forms.with_references(after)
        return [SourceLine(line) for line in (noted if self._forms.same(noted, after) else after).split("\n")]

    def _attempts(
        self, change: SpanChange, mine: Lines, old: Lines, new: Lines, *, sure: bool
    ) -> Iterator[list[SourceLine]]:
        kinds = {span.block.kind for spans in change for span in spans}
        single = all(len(spans) == 1 for spans in change) and len(kinds) == 1
        ours, before, after = (spans[0].block for spans in change)
        if single and ours.kind in _CONTAINERS:
            if ours.kind == "list":
                yield from self._list(mine, old, new)
            elif ours.kind in {"quote", "callout"}:
                yield self._quote(mine, old, new)
            elif ours.kind == "region":
                yield self._region(mine, old, new)
            elif ours.kind == "table":
                yield from _patched_table(mine, ours, before, after)
            else:
                yield _code(mine, after.text)
        texts = "\n".join(mine), "\n".join(old), "\n".join(new)
        text = patch_words(*texts, exact=not sure)
        if text is not None:
            yield _with_origins(mine, self._forms.with_references(text, texts[0]))
        for inlined in _inlined_links(self._forms, *texts):
            yield _with_origins(mine, inlined)
        if single and ours.kind == "heading":
            yield from _heading(mine, change.after[0])

    def _quote(self, mine: Lines, old: Lines, new: Lines) -> list[SourceLine]:
        ours, before, after = map(_inside_quote, (mine, old, new))
        lines = ours.wrapped(self.text(ours.lines, before.lines, after.lines))
        kind, was = _KIND.search(after.first), _KIND.search(before.first)
        if kind and was and kind[0] != was[0]:
            lines[0] = lines[0]._replace(text=_KIND.sub(kind[0], lines[0].text, count=1))
        return lines

    def _region(self, mine: Lines, old: Lines, new: Lines) -> list[SourceLine]:
        def opened(lines: list[str], *, ours: bool) -> Text:
            document = self._forms.parsed("\n".join(lines), ours=ours)
            blocks = [child for block in document.blocks for child in (block.children or [block])]
            return cut_text(lines, blocks, document, self._forms, ours=ours, region=True)

        texts = opened(mine, ours=True), opened(old, ours=False), opened(new, ours=False)
        return LinePatcher(texts, self._patch(mine, old, new), self._fresh).lines()

    def _list(self, mine: Lines, old: Lines, new: Lines) -> Iterator[list[SourceLine]]:
        def items(lines: list[str], *, ours: bool) -> Text | None:
            document = self._forms.parsed("\n".join(lines), ours=ours)
            if len(document.blocks) != 1 or document.blocks[0].kind != "list":
                return None
            return cut_text(lines, document.blocks[0].children, document, self._forms, ours=ours)

        ours, before, after = items(mine, ours=True), items(old, ours=False), items(new, ours=False)
        if ours is None or before is None or after is None:
            return
        style = ListStyle(ours)

        def change(spans: SpanChange) -> list[SourceLine]:
            mine, old, new = (
                inside_item(text.lines[group[0].start : group[-1].end], style.indent if text is ours else None)
                for text, group in zip((ours, before, after), spans, strict=True)
            )
            if mine is None or old is None or new is None or any(len(group) != 1 for group in spans):
                return [SourceLine(line) for span in spans.after for line in style.fresh(span)]
            lines = mine.wrapped(self.text(mine.lines, old.lines, new.lines))
            return [line.below(spans.ours[0].start) for line in lines]

        lines = LinePatcher((ours, before, after), change, style.fresh, apart=style.apart).lines()
        yield style.renumbered(lines)


def _with_origins(mine: list[str], text: str) -> list[SourceLine]:
    """Return the lines of a changed text; unchanged ones at both ends keep their origin."""
    lines = text.split("\n")
    if len(lines) == len(mine):
        return [SourceLine(line, number) for number, line in enumerate(lines)]
    most = min(len(lines), len(mine))
    head = next((number for number in range(most) if lines[number] != mine[number]), most)
    tail = next((number for number in range(most - head) if lines[-1 - number] != mine[-1 - number]), most - head)
    origins: list[int | None] = [*range(head), *[None] * (len(lines) - head - tail)]
    if head < len(origins) and head < len(mine) - tail:
        origins[head] = head
    origins += range(len(mine) - tail, len(mine))
    return [SourceLine(line, origin) for line, origin in zip(lines, origins, strict=True)]


def _code(mine: list[str], text: str) -> list[SourceLine]:
    """Return a code block with another text, fenced or indented as before."""
    code = text.split("\n") if text else []
    fence = _FENCE.match(mine[0])
    indent = _indent(mine[0])
    if fence is None:
        return _with_origins(mine, "\n".join((indent or "    ") + line if line else "" for line in code))
    ends = mine[-1:] if len(mine) > 1 and _FENCE.match(mine[-1]) else [fence[1]]
    return _with_origins(mine, "\n".join([mine[0], *(indent + line if line else "" for line in code), *ends]))


def _heading(mine: list[str], after: Span) -> Iterator[list[SourceLine]]:
    """Yield the new heading in the style of the source: with hashes or with a line below it."""
    new = _HASHES.match(after.text)
    if new is None:
        return
    if (own := _HASHES.match(mine[0])) is not None:
        yield [SourceLine(f"{own[1]}{new[2]}{own[3]}{new[4]}{own[5] or ''}", 0)]
    elif len(new[2]) <= 2 and len(mine) > 1:
        line = ("=" if len(new[2]) == 1 else "-") * max(3, len(mine[-1].strip()))
        yield [SourceLine(new[4], 0), SourceLine(line)]
