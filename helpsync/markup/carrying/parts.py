"""A text, or what stands in one of its containers, cut into blocks with their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.markup.carrying.forms import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markup.carrying.forms import Forms
    from helpsync.markup.document import Block, Document


@dataclass(frozen=True, slots=True)
class Part:
    """A block: its lines from `start` up to `end`, counted from 0, what it is stored as, and what that says."""

    block: Block
    start: int
    end: int
    text: str
    html: str
    key: str


@dataclass(frozen=True, slots=True)
class Side:
    """Lines and the parts in them, in their order; between parts are blank lines and definitions."""

    lines: list[str]
    parts: list[Part]

    def text(self, parts: Sequence[Part]) -> str:
        """Return the lines from the first to the last of these parts."""
        return "\n".join(self.lines[parts[0].start : parts[-1].end])


def side(lines: list[str], forms: Forms, *, ours: bool) -> Side:
    """Return the text of these lines, cut into its blocks."""
    document = forms.parsed("\n".join(lines), ours=ours)
    return cut(lines, document.blocks, document, forms, ours=ours)


def cut(
    lines: list[str],
    blocks: Sequence[Block],
    document: Document,
    forms: Forms,
    *,
    ours: bool,
    region: bool = False,
) -> Side:
    """Return the lines, cut into these blocks of them; the tags of a `region` say just what is written."""
    shown = [block for block in blocks if not (region and block.kind == "html")]
    written = iter(forms.html(document, shown, ours=ours))
    parts = []
    for block in blocks:
        start, end = block.line - 1, min(block.end - 1, len(lines))
        while end > start + 1 and not lines[end - 1].strip():
            end -= 1
        text = "\n".join(lines[start:end])
        if region and block.kind == "html":
            html, key = "", " ".join(text.replace(">", "> ").replace("<", " <").split())
        else:
            html = next(written)
            key = key_of(html)
        parts.append(Part(block, start, end, text, html, key))
    return Side(lines, parts)
