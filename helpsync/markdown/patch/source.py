"""Brings an edit that a teammate made in Intercom into the Markdown that a writer wrote, in the writer's style."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.diff.alignment import Effort, align
from helpsync.markdown.parse.blocks import fence_after, opening_fence, parse_blocks
from helpsync.markdown.parse.document import Block
from helpsync.markdown.patch.blocks import BlockPatcher, ContainerLines, inside_footnote, inside_item
from helpsync.markdown.patch.texts import Renderings, block_changes, cut_text, pairings, text_of_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from helpsync.markdown.parse.document import Document
    from helpsync.markdown.patch.lines import SourceLine
    from helpsync.markdown.patch.texts import Span, Text


_USE = re.compile(r"(?:`+)[^`]*`+|\[\^([^\[\]\s]+)\]")


class FootnoteLines(NamedTuple):
    """The lines of a definition after the edit, instead of those of the source from `start` up to `end`."""

    start: int
    end: int
    rows: list[SourceLine]


class FootnotePatcher:
    """The footnotes of a source, `names` by their numbers, and the list of them in the text before."""

    def __init__(self, lines: list[str], document: Document, names: list[str], before: Text) -> None:
        self._lines = lines
        self._notes = [document.footnotes[name] for name in names]
        self._numbers = {name: number for number, name in enumerate(names, 1)}
        self._before = before
        parts = before.parts
        places = [
            place
            for place in range(1, len(parts))
            if parts[place - 1].block.kind == "rule" and len(_items(parts[place])) == len(names) > 0
        ]
        self._place = places[-1] if places else None

    def changed(self, carrier: BlockPatcher, after: Text) -> Iterator[FootnoteLines]:
        """Yield the definitions whose text changed; none where their number or order did."""
        fate = None if self._place is None else block_changes(self._before.parts, after.parts).get(self._place)
        if self._place is None or fate is None or fate.same:
            return
        old, new = self._before.parts[self._place], after.parts[fate.place]
        if len(_items(new)) != len(self._notes):
            return
        for note, was, now in zip(self._notes, _insides(old), _insides(new), strict=True):
            if was is None or now is None or was.lines == now.lines:
                continue
            start, end = self._span(note)
            own = inside_footnote(self._lines[start:end])
            rows = own.wrapped(carrier.text(own.lines, was.lines, now.lines))
            yield FootnoteLines(
                start, end, [row if row.origin is None else row._replace(origin=row.origin + start) for row in rows]
            )

    def flattened(self) -> str | None:
        """Return the source with its footnotes as readers have them, None where it has none or they are not found."""
        if self._place is None:
            return None
        kept: list[str] = []
        at = 0
        for start, end in sorted(self._span(note) for note in self._notes):
            kept += self._lines[at:start]
            at = max(at, end)
            if kept and not kept[-1].strip():
                while at < len(self._lines) and not self._lines[at].strip():
                    at += 1
        kept += self._lines[at:]
        shown = "\n".join(self._shown(kept)).rstrip()
        below = self._before.lines[self._before.parts[self._place - 1].start :]
        return "\n".join([shown, "", *below])

    def _shown(self, lines: list[str]) -> Iterator[str]:
        fence: re.Match[str] | None = None
        for line in lines:
            inner = line.lstrip(" >")
            yield line if fence or opening_fence(inner) else _USE.sub(self._numbered, line)
            fence = fence_after(fence, inner)

    def _numbered(self, match: re.Match[str]) -> str:
        number = self._numbers.get((match[1] or "").lower())
        return match[0] if number is None else f"[{number}]"

    def _span(self, note: Block) -> tuple[int, int]:
        start, end = note.line - 1, min(note.end - 1, len(self._lines))
        while end > start + 1 and not self._lines[end - 1].strip():
            end -= 1
        return start, end


def _items(part: Span) -> list[Block]:
    return part.block.children if part.block.kind == "list" and part.block.start == 1 else []


def _insides(part: Span) -> list[ContainerLines | None]:
    lines = part.text.split("\n")
    items = parse_blocks(part.text).blocks[0].children
    return [inside_item(lines[item.line - 1 : item.end - 1]) for item in items]


_HASHES = re.compile(r"^([> ]*(?:(?:[-*+]|\d{1,9}[.)]) +)*)(#{1,6})(?=[ \t])")
_TAGGED = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_DEFINED = re.compile(r"(\]:[ \t]*<?)[^\s<>]*")


def patch_source(source: str, before: str, after: str) -> str:
    """Return the source with the edit that turned `before` into `after`: only the blocks that differ are written anew.

    `before` and `after` are Markdown as `reverse` writes it, of what readers had of the source and of what they have
    now. Blocks alike stay byte for byte, with all that only the source has: comments, definitions, wraps, markers. In
    lists, tables, callouts and collapsibles an item, a row, a paragraph is written anew where that is enough, and words
    where a block has only other words. Headings keep the source's levels. The result is a proposal: whether it says
    what `after` says is for the caller to see. Never raises; time is bounded.
    """
    if before == after:
        return source
    first = _Carrying(source, before, after)
    carried = first.carried()
    if first.is_sure and not first.says(carried) and (flat := first.notes.flattened()) is not None:
        # A note came or went, or what refers to it did: from here on the source has them as readers do.
        second = _Carrying(_with_ends_of(source, flat), before, after)
        if second.is_sure and second.says(below := second.carried()):
            return below
    return carried


class _Carrying:
    """One source and an edit, on their way; `is_sure` says that the source tells what readers had."""

    def __init__(self, source: str, before: str, after: str) -> None:
        self._before, self._after = before, after
        lines = source.split("\n")
        self._ends = ["\r" if line.endswith("\r") else "" for line in lines]
        self._lines = [line.removesuffix("\r") for line in lines]
        text = "\n".join(self._lines)
        document = parse_blocks(text)
        was, now = before.split("\n"), after.split("\n")
        _level(document.blocks, (parse_blocks(before).blocks, was), (parse_blocks(after).blocks, now))
        self._forms = forms = Renderings(text, document)
        ours = cut_text(self._lines, document.blocks, document, forms, ours=True)
        theirs = text_of_lines(was, forms, ours=False)
        _learn(forms, ours, theirs)
        self._sides = ours, theirs, text_of_lines(now, forms, ours=False)
        self.notes = FootnotePatcher(self._lines, document, forms.notes, theirs)
        self.is_sure = forms.same_text(text, before)

    def carried(self) -> str:
        """Return the source after the edit; to be called once."""
        carrier = BlockPatcher(self._forms)
        rows = carrier.level(self._sides)
        rows = _replaced(rows, self.notes.changed(carrier, self._sides[2]))
        led = carrier.definitions
        rows = [_led(row, led[row.origin]) if row.origin is not None and row.origin in led else row for row in rows]
        return "\n".join(self._ended(rows))

    def _ended(self, rows: Sequence[SourceLine]) -> Iterator[str]:
        """Yield the lines with the carriage returns that they had, new ones with those that most have."""
        usual = Counter(self._ends[:-1]).most_common(1)[0][0] if len(self._ends) > 1 else ""
        last = len(self._ends) - 1
        for place, row in enumerate(rows, 1):
            if place == len(rows):
                yield row.text + (self._ends[last] if row.origin == last else "")
            else:
                yield row.text + (usual if row.origin in {None, last} else self._ends[row.origin or 0])

    def says(self, text: str) -> bool:
        """Tell whether a text in the source's place says what is said after the edit."""
        return self._forms.same_text(text.replace("\r\n", "\n"), "\n".join(self._sides[2].lines))


def _with_ends_of(source: str, text: str) -> str:
    return text.replace("\n", "\r\n") if "\r\n" in source else text


def _replaced(rows: list[SourceLine], changes: Iterable[FootnoteLines]) -> list[SourceLine]:
    """Return the lines with those of definitions that changed instead of what these were."""
    by_line = {line: change for change in changes for line in range(change.start, change.end)}
    written: list[SourceLine] = []
    for row in rows:
        change = None if row.origin is None else by_line.get(row.origin)
        if change is None:
            written.append(row)
        elif row.origin == change.start:
            written += change.rows
    return written


def _led(row: SourceLine, href: str) -> SourceLine:
    """Return the line of a definition that leads elsewhere."""
    return row._replace(text=_DEFINED.sub(lambda match: f"{match[1]}{href}", row.text, count=1))


def _learn(forms: Renderings, ours: Text, theirs: Text) -> None:
    for unit in pairings(ours.parts, theirs.parts):
        if unit.ours and unit.theirs:
            mine = "".join(ours.parts[number].html for number in unit.ours)
            forms.learn(mine, "".join(theirs.parts[number].html for number in unit.theirs))


def _level(
    ours: Sequence[Block], before: tuple[Sequence[Block], list[str]], after: tuple[Sequence[Block], list[str]]
) -> None:
    """Give the headings of the other two texts the levels that the source counts from."""
    mine, old, new = list(_headings(ours)), list(_headings(before[0])), list(_headings(after[0]))
    down, back = _levels(old, mine), _levels(new, old)
    up = {level: between + _shift(down, between) for level, between in back.items()}
    for headings, lines, levels in ((old, before[1], down), (new, after[1], up)):
        for block in headings:
            hashes = "#" * min(max(levels[block.level], 1), 6)
            lines[block.line - 1] = _HASHES.sub(rf"\g<1>{hashes}", lines[block.line - 1])


def _shift(levels: dict[int, int], level: int) -> int:
    """Return by how much a heading of this level, or of the nearest that is known, stands deeper."""
    near = min(levels, key=lambda known: abs(known - level), default=level)
    return levels.get(near, near) - near


def _levels(some: Sequence[Block], others: Sequence[Block]) -> dict[int, int]:
    """Return, for each level of heading, the one that it has in the others: as most have, and each its own."""
    pairs = align([block.text for block in some], [block.text for block in others], Effort())
    counts: dict[int, Counter[int]] = {level: Counter() for level in sorted({block.level for block in some})}
    for one, two in pairs:
        counts[some[one].level][others[two].level] += 1
    shifts = Counter(others[two].level - some[one].level for one, two in pairs)
    if not shifts and some and others:
        shifts[min(block.level for block in others) - min(counts)] = 1
    shift = shifts.most_common(1)[0][0] if shifts else 0
    levels: dict[int, int] = {}
    for level, found in counts.items():
        usual = level + shift if not found or found[level + shift] else found.most_common(1)[0][0]
        levels[level] = max(usual, max(levels.values(), default=0) + 1)
    return levels


def _headings(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the headings of the blocks, those in raw HTML as Markdown would have them."""
    for block in blocks:
        if block.kind == "heading":
            yield block
        elif block.kind == "html":
            for level, text in _TAGGED.findall(block.text):
                yield Block("heading", block.line, " ".join(_TAG.sub("", text).split()), level=int(level))
        yield from _headings(block.children)
