"""A text, or what stands in one of its containers, cut into blocks with their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.markdown.patch.renderings import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markdown.parse.document import Block, Document
    from helpsync.markdown.patch.renderings import Renderings


@dataclass(frozen=True, slots=True)
class Span:
    """A block: its lines from `start` up to `end`, counted from 0, what it is stored as, and what that says."""

    block: Block
    start: int
    end: int
    text: str
    html: str
    key: str


@dataclass(frozen=True, slots=True)
class Text:
    """Lines and the parts in them, in their order; between parts are blank lines and definitions."""

    lines: list[str]
    parts: list[Span]

    def text(self, parts: Sequence[Span]) -> str:
        """Return the lines from the first to the last of these parts."""
        return "\n".join(self.lines[parts[0].start : parts[-1].end])


def text_of_lines(lines: list[str], forms: Renderings, *, ours: bool) -> Text:
    """Return the text of these lines, cut into its blocks."""
    document = forms.parsed("\n".join(lines), ours=ours)
    return cut_text(lines, document.blocks, document, forms, ours=ours)


def cut_text(
    lines: list[str],
    blocks: Sequence[Block],
    document: Document,
    forms: Renderings,
    *,
    ours: bool,
    region: bool = False,
) -> Text:
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
        parts.append(Span(block, start, end, text, html, key))
    return Text(lines, parts)
