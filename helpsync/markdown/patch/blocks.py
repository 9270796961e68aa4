"""Changes one block of the source into what it became, with as few of its lines as can be."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from helpsync.markdown.diff.alignment import Effort, align
from helpsync.markdown.diff.compare import pair_similar
from helpsync.markdown.parse.blocks import expand_tabs, fence_after, opening_fence, parse_blocks
from helpsync.markdown.parse.document import reference_name
from helpsync.markdown.parse.inline import code_span_ends
from helpsync.markdown.patch.lines import LinePatcher, SourceLine, SpanChange, patch_words
from helpsync.markdown.patch.texts import Span, Text, cut_text, text_of_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from helpsync.markdown.parse.document import Block
    from helpsync.markdown.patch.texts import Renderings


_USE = re.compile(r"\[([^\[\]]+)\](?:\[([^\[\]]*)\])?(?![(:])")
_MOST = 20
"""Of more links in one block, no more are looked at."""


def changed_definitions(forms: Renderings, ours: str, before: str, after: str) -> dict[int, str] | None:
    """Return the new addresses of definitions by their lines, from 0, where they alone make the difference.

    None where something else differs, or a definition serves for more than this.
    """
    if "[" not in ours or (changes := _changes(forms, before, after)) is None:
        return None
    found: dict[int, str] = {}
    kept = []
    for old, new in changes:
        own = [(name, one) for name, one in forms.references_to(old) if forms.is_used_once(name)]
        if len(own) != 1 or not new or any(char.isspace() or char in "<>" for char in new):
            break
        name, definition = own[0]
        kept.append((name, definition))
        forms.refer(name, replace(definition, href=new))
        found[definition.line - 1] = new
    if len(found) == len(changes) and forms.same(ours, after):
        return found
    for name, definition in kept:
        forms.refer(name, definition)
    return None


def inlined_links(forms: Renderings, ours: str, before: str, after: str) -> Iterator[str]:
    """Yield the text with one link that leads elsewhere: no longer by a definition, or with another address."""
    if (changes := _changes(forms, before, after)) is None or len(changes) != 1:
        return
    old, new = changes[0]
    names = {name for name, _ in forms.references_to(old)}
    uses = [match for match in _USE.finditer(ours) if reference_name(match[2] or match[1]) in names]
    for match in uses[:_MOST]:
        yield f"{ours[: match.start()]}[{match[1]}]({new}){ours[match.end() :]}"
    for name in forms.named(old):
        places = [match.start() for match in re.finditer(re.escape(name), ours)]
        for place in places[:_MOST]:
            yield f"{ours[:place]}{new}{ours[place + len(name) :]}"


def _changes(forms: Renderings, before: str, after: str) -> list[tuple[str, str]] | None:
    """Return where links led and lead now, None where their texts differ or none leads elsewhere."""
    old, new = forms.targets(before), forms.targets(after)
    if [text for _, text in old] != [text for _, text in new]:
        return None
    return [(one, two) for (one, _), (two, _) in zip(old, new, strict=True) if one != two] or None


_ITEM = re.compile(r"( {0,3})([-*+]|\d{1,9}[.)])(?:( +)(?=\S)| *$)")
_QUOTE = re.compile(r" {0,3}> ?")
_NOTE = re.compile(r" {0,3}\[\^[^\[\]\s]+\]:[ \t]*")
_ALERT = re.compile(r" {0,3}\[![A-Za-z]+\][+-]?[ \t]*")


@dataclass(frozen=True, slots=True)
class ContainerLines:
    """The lines within a container, what stands before each, and what stands before its first and before new ones."""

    lines: list[str]
    raw: list[str]
    first: str
    rest: str

    def wrapped(self, rows: Sequence[SourceLine]) -> list[SourceLine]:
        """Return lines within as lines of the container; what stays where it was is as it was."""
        return [self._wrapped(number, row) for number, row in enumerate(rows)]

    def _wrapped(self, number: int, row: SourceLine) -> SourceLine:
        origin = row.origin
        if origin is not None and (number == 0) == (origin == 0):
            line, raw = self.lines[origin], self.raw[origin]
            if row.text == line:
                return SourceLine(raw, origin)
            if line and raw.endswith(line) and number:
                return SourceLine((raw.removesuffix(line) + row.text).rstrip(), origin)
        before = self.rest if number else self.first
        return SourceLine(before + row.text if row.text else before.rstrip(), origin)


def inside_item(lines: list[str], rest: str | None = None) -> ContainerLines | None:
    """Return what stands in an item, None where that can't be told; `rest` is the indent of its fellows."""
    shown = expand_tabs(lines)
    expanded = shown[0]
    match = _ITEM.match(expanded)
    if match is None:
        return None
    base, gap = len(match[1]), len(match[3] or "")
    item_marker = match.end() - gap if gap else len(expanded.rstrip())
    offset = item_marker + (gap if 1 <= gap <= 4 else 1)
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


def inside_quote(lines: list[str], *, callout: bool) -> ContainerLines:
    """Return what stands in a quote or callout, whose kind stands before its first line."""
    inner = []
    for line in lines:
        match = _QUOTE.match(line)
        inner.append(line[match.end() :] if match else line)
    match = _QUOTE.match(lines[0])
    first = match[0] if match else "> "
    rest = next((found[0] for line in lines[1:] if (found := _QUOTE.match(line)) and line[found.end() :].strip()), "> ")
    if callout and (alert := _ALERT.match(inner[0])):
        first += alert[0]
        inner[0] = inner[0][alert.end() :]
    return ContainerLines(inner, lines, first, rest)


def item_marker(line: str) -> re.Match[str] | None:
    """Return the marker of the item that begins here: indent, mark, and the space behind it."""
    return _ITEM.match(line.expandtabs(4))


def inside_footnote(lines: list[str]) -> ContainerLines:
    """Return what stands in the definition of a footnote."""
    match = _NOTE.match(lines[0])
    first = match[0] if match else ""
    inner = [lines[0][len(first) :]]
    inner += [line[min(4, len(line) - len(line.lstrip(" "))) :] for line in lines[1:]]
    return ContainerLines(inner, lines, first, " " * 4)


class ListStyle:
    """The hand of one list: its marks, indents, numbers, and whether blank lines stand between its items."""

    def __init__(self, side: Text) -> None:
        parts = side.parts
        marks = [mark for part in parts if (mark := item_marker(side.lines[part.start])) is not None]
        last = marks[-1]
        self._base = last[1]
        self._sign = last[2][-1]
        self._space = next((mark[3] for mark in reversed(marks) if mark[3] and len(mark[3]) <= 4), " ")
        self._numbers = [int(mark[2][:-1]) for mark in marks if mark[2][:-1]]
        insides = [found for part in parts if (found := inside_item(side.lines[part.start : part.end])) is not None]
        self.indent = next(
            (found.rest for found in insides if len(found.lines) > 1 and found.raw[-1].startswith(found.rest)), None
        )
        gaps = [two.start > one.end for one, two in pairwise(parts)]
        self.apart = any(gaps) if gaps else None

    def fresh(self, part: Span) -> list[str]:
        """Return the lines of a new item; the number is settled when all are at hand."""
        lines = part.text.split("\n")
        found = inside_item(lines)
        if found is None:
            return lines
        number = str(self._numbers[-1] if self._numbers else 1) if self._sign in ".)" else ""
        first = f"{self._base}{number}{self._sign}{self._space}"
        rest = self.indent if self.indent and len(self.indent) >= len(first) else " " * len(first)
        wrapped = ContainerLines(found.lines, [], first, rest).wrapped([SourceLine(line) for line in found.lines])
        return [row.text for row in wrapped]

    def renumbered(self, rows: Sequence[SourceLine]) -> list[SourceLine]:
        """Return the lines with numbers that count as the writer's do: up from the first, or all alike."""
        steps = {two - one for one, two in pairwise(self._numbers)} or {1}
        written = list(rows)
        if not self._numbers or len(steps) > 1:
            return written
        step = steps.pop()
        blocks = parse_blocks("\n".join(row.text for row in rows)).blocks
        if len(blocks) != 1 or blocks[0].kind != "list":
            return written
        for count, block in enumerate(blocks[0].children):
            at = block.line - 1
            mark = item_marker(written[at].text)
            if mark is None or not mark[2][:-1]:
                return written
            number = f"{self._numbers[0] + count * step}{mark[2][-1]}"
            if number != mark[2]:
                line = written[at].text
                start = line.index(mark[2])
                written[at] = written[at]._replace(text=line[:start] + number + line[start + len(mark[2]) :])
                grown = len(number) - len(mark[2])
                end = min(block.end - 1, len(written))
                for place in range(at + 1, end if grown > 0 else at + 1):
                    row = written[place]
                    if row.text.strip():
                        written[place] = row._replace(text=" " * grown + row.text)
        return written


def patched_rows(mine: list[str], ours: Block, before: Block, after: Block) -> Iterator[list[SourceLine]]:
    """Yield the table's lines with the rows that changed; none where columns or the header came or went."""
    count = len(ours.columns)
    if not count == len(before.columns) == len(after.columns) or len(mine) != len(ours.rows) + 1:
        return
    if len(ours.rows) != len(before.rows) or ours.columns.count("center") != before.columns.count("center"):
        return
    if after.columns != before.columns or any(before.rows[0].cells) != any(after.rows[0].cells):
        return
    yield _Rows(mine, ours, before, after).written()


class _Rows:
    """The rows of the source stand for those before, one by one."""

    def __init__(self, mine: list[str], ours: Block, before: Block, after: Block) -> None:
        self._lines = [mine[0], *mine[2:]]
        self._below = mine[1]
        self._ours = ours
        self._before = [row.cells for row in before.rows]
        self._after = [row.cells for row in after.rows]

    def written(self) -> list[SourceLine]:
        patched_rows = [self._row(0, 0), SourceLine(self._below, 1)]
        place = 1
        for old, new in self._became():
            patched_rows += [self._fresh(number) for number in range(place, new)]
            patched_rows.append(self._row(old, new))
            place = new + 1
        return [*patched_rows, *(self._fresh(number) for number in range(place, len(self._after)))]

    def _became(self) -> list[tuple[int, int]]:
        old, new = (["\x1f".join(cells) for cells in patched_rows[1:]] for patched_rows in (self._before, self._after))
        effort = Effort()
        found: list[tuple[int, int]] = []
        x = y = 0
        for mine, other in [*align(old, new, effort), (len(old), len(new))]:
            found += [(x + one, y + two) for one, two in pair_similar(old[x:mine], new[y:other], effort)]
            if mine < len(old):
                found.append((mine, other))
            x, y = mine + 1, other + 1
        return [(one + 1, two + 1) for one, two in found]

    def _row(self, old: int, new: int) -> SourceLine:
        line, origin = self._lines[old], old + 1 if old else 0
        was, cells = self._before[old], self._after[new]
        spans = _cells(line)
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
        indent = self._lines[0][: len(self._lines[0]) - len(self._lines[0].lstrip())]
        return SourceLine(f"{indent}| {text} |" if outer or not text.strip(" |") else indent + text)


def _piped(cell: str) -> str:
    return cell.replace("|", "\\|")


def _cells(line: str) -> list[tuple[int, int]]:
    """Return where the text of each cell begins and ends."""
    offset = len(line) - len(line.lstrip())
    text = line.strip()
    lead = 1 if text.startswith("|") else 0
    code_end = code_span_ends(text)
    spans: list[tuple[int, int]] = []
    start = position = lead
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
            spans.append(_trimmed(text, start, position, offset))
            start = position + 1
        position += 1
    if start < len(text):
        spans.append(_trimmed(text, start, len(text), offset))
    return spans


def _trimmed(text: str, start: int, end: int, offset: int) -> tuple[int, int]:
    content = text[start:end]
    if not content.strip():
        middle = offset + start + min(1, len(content))
        return middle, middle
    first = start + len(content) - len(content.lstrip())
    return offset + first, offset + first + len(content.strip())


_CONTAINERS = frozenset({"list", "quote", "callout", "region", "table", "code"})
_HASHES = re.compile(r"( {0,3})(#{1,6})([ \t]+)(.*?)([ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_NAME = re.compile(r"\[![A-Za-z]+\]")


class BlockPatcher:
    """Carries edits into the source's blocks; `forms` tells whether they have become what they should."""

    def __init__(self, forms: Renderings) -> None:
        self._forms = forms
        self.definitions: dict[int, str] = {}
        """Lines of the source, from 0, with definitions that lead elsewhere now."""

    def text(self, ours: list[str], before: list[str], after: list[str]) -> list[SourceLine]:
        """Return the lines of a text, or of what stands in a container, after the edit."""
        sides = self._side(ours, ours=True), self._side(before), self._side(after)
        return LinePatcher(sides, self._changed(ours, before, after), self._fresh).rows()

    def level(self, sides: tuple[Text, Text, Text]) -> list[SourceLine]:
        """Return the lines of the whole text, which is cut already."""
        change = self._changed(*(each.lines for each in sides))

        def narrowed(parts: SpanChange) -> list[SourceLine]:
            self._forms.narrow("".join(part.html for part in parts.ours))
            return change(parts)

        return LinePatcher(sides, narrowed, self._fresh).rows()

    def _side(self, lines: list[str], *, ours: bool = False) -> Text:
        return text_of_lines(lines, self._forms, ours=ours)

    def _fresh(self, part: Span) -> list[str]:
        """Return the lines of a new part."""
        return (part.text if part.block.kind == "code" else self._forms.noted(part.text)).split("\n")

    def _changed(
        self, ours: list[str], before: list[str], after: list[str]
    ) -> Callable[[SpanChange], list[SourceLine]]:
        def change(parts: SpanChange) -> list[SourceLine]:
            mine, old, new = (
                each[group[0].start : group[-1].end] for each, group in zip((ours, before, after), parts, strict=True)
            )
            start = parts.ours[0].start
            rows = self._block(parts, mine, old, new)
            return [row if row.origin is None else row._replace(origin=row.origin + start) for row in rows]

        return change

    def _block(self, parts: SpanChange, mine: list[str], old: list[str], new: list[str]) -> list[SourceLine]:
        """Return the first attempt that says what is said after; where the texts do not agree before, the first."""
        ours, before, after = "\n".join(mine), "\n".join(old), "\n".join(new)
        sure = self._forms.same(ours, before)
        if sure and (found := changed_definitions(self._forms, ours, before, after)) is not None:
            self.definitions |= found
            return [SourceLine(line, number) for number, line in enumerate(mine)]
        for rows in self._attempts(parts, mine, old, new, sure=sure):
            text = "\n".join(row.text for row in rows)
            if text != ours and (not sure or self._forms.same(text, after)):
                return rows
        noted = self._forms.noted(after)
        return [SourceLine(line) for line in (noted if self._forms.same(noted, after) else after).split("\n")]

    def _attempts(
        self, parts: SpanChange, mine: list[str], old: list[str], new: list[str], *, sure: bool
    ) -> Iterator[list[SourceLine]]:
        kinds = {part.block.kind for group in parts for part in group}
        single = all(len(group) == 1 for group in parts) and len(kinds) == 1
        kind = parts.ours[0].block.kind
        if single and kind in _CONTAINERS:
            blocks = parts.ours[0].block, parts.before[0].block, parts.after[0].block
            if kind == "list":
                yield from self._list(mine, old, new)
            elif kind in {"quote", "callout"}:
                yield self._quote(mine, old, new)
            elif kind == "region":
                yield self._region(mine, old, new)
            elif kind == "table":
                yield from patched_rows(mine, *blocks)
            else:
                yield _code(mine, blocks[2].text)
        text = patch_words("\n".join(mine), "\n".join(old), "\n".join(new), exact=not sure)
        if text is not None:
            yield _rows(mine, self._forms.noted(text, "\n".join(mine)))
        for inlined in inlined_links(self._forms, "\n".join(mine), "\n".join(old), "\n".join(new)):
            yield _rows(mine, inlined)
        if single and kind == "heading":
            yield from _heading(mine, parts.after[0])

    def _quote(self, mine: list[str], old: list[str], new: list[str]) -> list[SourceLine]:
        ours, before, after = (inside_quote(lines, callout=True) for lines in (mine, old, new))
        rows = ours.wrapped(self.text(ours.lines, before.lines, after.lines))
        kind, was = _NAME.search(after.first), _NAME.search(before.first)
        if kind and was and kind[0] != was[0]:
            rows[0] = rows[0]._replace(text=_NAME.sub(kind[0], rows[0].text, count=1))
        return rows

    def _region(self, mine: list[str], old: list[str], new: list[str]) -> list[SourceLine]:
        def opened(lines: list[str], *, ours: bool) -> Text:
            document = self._forms.parsed("\n".join(lines), ours=ours)
            blocks = [child for block in document.blocks for child in (block.children or [block])]
            return cut_text(lines, blocks, document, self._forms, ours=ours, region=True)

        sides = opened(mine, ours=True), opened(old, ours=False), opened(new, ours=False)
        return LinePatcher(sides, self._changed(mine, old, new), self._fresh).rows()

    def _list(self, mine: list[str], old: list[str], new: list[str]) -> Iterator[list[SourceLine]]:
        def items(lines: list[str], *, ours: bool) -> Text | None:
            document = self._forms.parsed("\n".join(lines), ours=ours)
            if len(document.blocks) != 1 or document.blocks[0].kind != "list":
                return None
            return cut_text(lines, document.blocks[0].children, document, self._forms, ours=ours)

        ours, before, after = items(mine, ours=True), items(old, ours=False), items(new, ours=False)
        if ours is None or before is None or after is None:
            return
        numbering = ListStyle(ours)

        def change(parts: SpanChange) -> list[SourceLine]:
            mine, old, new = (
                inside_item(each.lines[group[0].start : group[-1].end], numbering.indent if each is ours else None)
                for each, group in zip((ours, before, after), parts, strict=True)
            )
            if mine is None or old is None or new is None or any(len(group) != 1 for group in parts):
                return [SourceLine(line) for part in parts.after for line in numbering.fresh(part)]
            rows = mine.wrapped(self.text(mine.lines, old.lines, new.lines))
            start = parts.ours[0].start
            return [row if row.origin is None else row._replace(origin=row.origin + start) for row in rows]

        rows = LinePatcher((ours, before, after), change, numbering.fresh, apart=numbering.apart).rows()
        yield numbering.renumbered(rows)


def _rows(mine: list[str], text: str) -> list[SourceLine]:
    """Return a changed text as rows; lines at its ends that are as they were keep their origin."""
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
    """Return a code block with another text in it, fenced or indented as it was."""
    code = text.split("\n") if text else []
    fence = _FENCE.match(mine[0])
    if fence is None:
        indent = mine[0][: len(mine[0]) - len(mine[0].lstrip())] or "    "
        return _rows(mine, "\n".join(indent + line if line else "" for line in code))
    space = mine[0][: len(mine[0]) - len(mine[0].lstrip())]
    ends = mine[-1:] if len(mine) > 1 and _FENCE.match(mine[-1]) else [fence[1]]
    return _rows(mine, "\n".join([mine[0], *(space + line if line else "" for line in code), *ends]))


def _heading(mine: list[str], after: Span) -> Iterator[list[SourceLine]]:
    """Yield the heading after in the hand of the source: hashes or a line below it."""
    new = _HASHES.match(after.text)
    if new is None:
        return
    if (own := _HASHES.match(mine[0])) is not None:
        yield [SourceLine(f"{own[1]}{new[2]}{own[3]}{new[4]}{own[5] or ''}", 0)]
    elif len(new[2]) <= 2 and len(mine) > 1:
        yield [SourceLine(new[4], 0), SourceLine(("=" if len(new[2]) == 1 else "-") * max(3, len(mine[-1].strip())))]
