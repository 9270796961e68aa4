"""Footnotes: readers have them as a numbered list below the text, the source defines them anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.parse import fences
from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.patch import containers
from helpsync.markdown.patch.pairing import block_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpsync.markdown.parse.document import Block, Document
    from helpsync.markdown.patch.blocks import BlockPatcher
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
            own = containers.note(self._lines[start:end])
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
            yield line if fence or fences.opening_fence(inner) else _USE.sub(self._numbered, line)
            fence = fences.fence_after(fence, inner)

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


def _insides(part: Span) -> list[containers.ContainerLines | None]:
    lines = part.text.split("\n")
    items = parse_blocks(part.text).blocks[0].children
    return [containers.item(lines[item.line - 1 : item.end - 1]) for item in items]
