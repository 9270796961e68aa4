"""Changes one block of the source into what it became, with as few of its lines as can be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.markdown.patch import containers, references, tables
from helpsync.markdown.patch.lines import LinePatcher, SourceLine, SpanChange
from helpsync.markdown.patch.lists import ListStyle
from helpsync.markdown.patch.texts import Span, Text, cut_text, text_of_lines
from helpsync.markdown.patch.words import patch_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpsync.markdown.patch.renderings import Renderings

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
        if sure and (found := references.led_elsewhere(self._forms, ours, before, after)) is not None:
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
                yield from tables.rows(mine, *blocks)
            else:
                yield _code(mine, blocks[2].text)
        text = patch_words("\n".join(mine), "\n".join(old), "\n".join(new), exact=not sure)
        if text is not None:
            yield _rows(mine, self._forms.noted(text, "\n".join(mine)))
        for inlined in references.inlined(self._forms, "\n".join(mine), "\n".join(old), "\n".join(new)):
            yield _rows(mine, inlined)
        if single and kind == "heading":
            yield from _heading(mine, parts.after[0])

    def _quote(self, mine: list[str], old: list[str], new: list[str]) -> list[SourceLine]:
        ours, before, after = (containers.quote(lines, callout=True) for lines in (mine, old, new))
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
                containers.item(each.lines[group[0].start : group[-1].end], numbering.indent if each is ours else None)
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
