"""Brings a teammate's edit in Intercom into the Markdown that a writer wrote, in the writer's style."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.diff.alignment import Effort, align
from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.parse.document import Block, fence_after, opening_fence
from helpsync.markdown.patch.blocks import BlockPatcher, inside_footnote, inside_item
from helpsync.markdown.patch.texts import Renderings, block_changes, cut_text, pairings, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helpsync.markdown.parse.document import Document
    from helpsync.markdown.patch.blocks import ContainerLines
    from helpsync.markdown.patch.lines import SourceLine
    from helpsync.markdown.patch.texts import Span, Text

_USE = re.compile(r"(?:`+)[^`]*`+|\[\^([^\[\]\s]+)\]")
_HASHES = re.compile(r"^([> ]*(?:(?:[-*+]|\d{1,9}[.)]) +)*)(#{1,6})(?=[ \t])")
_TAGGED = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_DEFINED = re.compile(r"(\]:[ \t]*<?)[^\s<>]*")


def patch_source(source: str, before: str, after: str) -> str:
    """Return the source with the edit that turned `before` into `after`; only blocks that differ are rewritten.

    `before` and `after` are Markdown from `html_to_markdown`: what readers saw of the source, and what they see now.
    Equal blocks stay byte for byte, with everything that only the source has: comments, definitions, wraps, markers. In
    lists, tables, callouts and collapsibles an item, row or paragraph is rewritten where that is enough, and single
    words where only words differ. Headings keep the source's levels. The result is a proposal: the caller checks
    whether it says what `after` says. Never raises; time is bounded.
    """
    if before == after:
        return source
    first = _Edit(source, before, after)
    patched = first.patched()
    if first.is_sure and not first.says(patched) and (flat := first.footnotes.flattened()) is not None:
        # A footnote or a reference to one was added or removed: from here on the source has them as readers do.
        second = _Edit(flat.replace("\n", "\r\n") if "\r\n" in source else flat, before, after)
        if second.is_sure and second.says(below := second.patched()):
            return below
    return patched


class _Edit:
    """One source and an edit to bring into it; `is_sure`: the source says what readers saw."""

    def __init__(self, source: str, before: str, after: str) -> None:
        lines = source.split("\n")
        self._ends = ["\r" if line.endswith("\r") else "" for line in lines]
        lines = [line.removesuffix("\r") for line in lines]
        text = "\n".join(lines)
        document = parse_blocks(text)
        was, now = before.split("\n"), after.split("\n")
        _set_levels(document.blocks, (parse_blocks(before).blocks, was), (parse_blocks(after).blocks, now))
        self._forms = forms = Renderings(text, document)
        ours = cut_text(lines, document.blocks, document, forms, ours=True)
        theirs = read_text(was, forms, ours=False)
        for pairing in pairings(ours.spans, theirs.spans):
            if pairing.ours and pairing.theirs:
                mine = "".join(ours.spans[number].html for number in pairing.ours)
                forms.learn(mine, "".join(theirs.spans[number].html for number in pairing.theirs))
        self._texts = ours, theirs, read_text(now, forms, ours=False)
        self.footnotes = _Footnotes(lines, document, forms.footnotes, theirs)
        self.is_sure = forms.same_text(text, before)

    def patched(self) -> str:
        """Return the source after the edit; call it once."""
        patcher = BlockPatcher(self._forms)
        lines = patcher.whole_text(self._texts)
        changes = {
            line: change
            for change in self.footnotes.changed(patcher, self._texts[2])
            for line in range(change.start, change.end)
        }
        written: list[SourceLine] = []
        for line in lines:
            change = None if line.origin is None else changes.get(line.origin)
            if change is None:
                written.append(line)
            elif line.origin == change.start:
                written += change.lines
        for place, line in enumerate(written):
            href = None if line.origin is None else patcher.definitions.get(line.origin)
            if href is not None and (address := _DEFINED.search(line.text)):
                text = f"{line.text[: address.end(1)]}{href}{line.text[address.end() :]}"
                written[place] = line._replace(text=text)
        return "\n".join(self._with_ends(written))

    def _with_ends(self, lines: Sequence[SourceLine]) -> Iterator[str]:
        """Yield the lines with their carriage returns; new lines get the most common line end."""
        usual = Counter(self._ends[:-1]).most_common(1)[0][0] if len(self._ends) > 1 else ""
        last = len(self._ends) - 1
        for place, line in enumerate(lines, 1):
            if place == len(lines):
                yield line.text + (self._ends[last] if line.origin == last else "")
            else:
                yield line.text + (usual if line.origin in {None, last} else self._ends[line.origin or 0])

    def says(self, text: str) -> bool:
        """Return whether a text in the source's place says what the text after the edit says."""
        return self._forms.same_text(text.replace("\r\n", "\n"), "\n".join(self._texts[2].lines))


class _ChangedFootnote(NamedTuple):
    """The lines of a definition after the edit, in place of those of the source from `start` to `end`."""

    start: int
    end: int
    lines: list[SourceLine]


class _Footnotes:
    """The footnotes of a source, `names` in the order of their numbers, and their numbered list in the text before."""

    def __init__(self, lines: list[str], document: Document, names: list[str], before: Text) -> None:
        self._lines = lines
        self._notes = [document.footnotes[name] for name in names]
        self._numbers = {name: number for number, name in enumerate(names, 1)}
        self._before = before
        spans = before.spans
        self._place = next(
            (
                place
                for place in range(len(spans) - 1, 0, -1)
                if spans[place - 1].block.kind == "rule" and len(_items(spans[place])) == len(names) > 0
            ),
            None,
        )

    def changed(self, patcher: BlockPatcher, after: Text) -> Iterator[_ChangedFootnote]:
        """Yield the definitions whose text changed; none where their number or order changed."""
        if self._place is None:
            return
        changes = block_changes(*([span.text for span in text.spans] for text in (self._before, after)))
        change = changes.get(self._place)
        if change is None or change.same:
            return
        old, new = self._before.spans[self._place], after.spans[change.place]
        if len(_items(new)) != len(self._notes):
            return
        for note, was, now in zip(self._notes, _insides(old), _insides(new), strict=True):
            if was is None or now is None or was.lines == now.lines:
                continue
            start, end = self._span(note)
            own = inside_footnote(self._lines[start:end])
            lines = own.wrapped(patcher.text(own.lines, was.lines, now.lines))
            yield _ChangedFootnote(start, end, [line.below(start) for line in lines])

    def flattened(self) -> str | None:
        """Return the source with its footnotes as readers see them, None where it has none or they are not found."""
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
        shown = "\n".join(self._with_numbers(kept)).rstrip()
        below = self._before.lines[self._before.spans[self._place - 1].start :]
        return "\n".join([shown, "", *below])

    def _with_numbers(self, lines: list[str]) -> Iterator[str]:
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


def _items(span: Span) -> list[Block]:
    return span.block.children if span.block.kind == "list" and span.block.start == 1 else []


def _insides(span: Span) -> list[ContainerLines | None]:
    lines = span.text.split("\n")
    items = parse_blocks(span.text).blocks[0].children
    return [inside_item(lines[item.line - 1 : item.end - 1]) for item in items]


def _set_levels(
    ours: Sequence[Block], before: tuple[Sequence[Block], list[str]], after: tuple[Sequence[Block], list[str]]
) -> None:
    """Give the headings of the other two texts the levels of the source."""
    mine, old, new = list(_headings(ours)), list(_headings(before[0])), list(_headings(after[0]))
    down, back = _levels(old, mine), _levels(new, old)
    up = {level: between + _shift(down, between) for level, between in back.items()}
    for headings, lines, levels in ((old, before[1], down), (new, after[1], up)):
        for block in headings:
            hashes = "#" * min(max(levels[block.level], 1), 6)
            lines[block.line - 1] = _HASHES.sub(rf"\g<1>{hashes}", lines[block.line - 1])


def _shift(levels: dict[int, int], level: int) -> int:
    """Return by how much a heading of this level, or of the nearest known level, moves down."""
    near = min(levels, key=lambda known: abs(known - level), default=level)
    return levels.get(near, near) - near


def _levels(some: Sequence[Block], others: Sequence[Block]) -> dict[int, int]:
    """Return, for each heading level, the most common one in the others; no two levels become one."""
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
