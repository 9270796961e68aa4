"""Writing a stored body: text into paragraphs, paragraphs and other blocks into the elements that hold blocks."""

from __future__ import annotations

import re
from collections.abc import Callable

from helpsync.sandbox.pieces import ExplicitBlock, Frame, Inline, TextBlock, escape
from helpsync.sandbox.tags import BLANK, CONTAINER, PARAGRAPH

Close = Callable[[], None]

_SPACE = re.compile(r"[ \t\n\r\f]+")
_SHOWN = re.compile(r"[\t\n]|  ")  # between blocks: what shows as an empty paragraph
ZERO_WIDTH = "\u200b"
_SPACES = " \t\n\r\f"


class BodyWriter:
    """What of a body is written, and what is open; text is closed and opened again around blocks inside it."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.headings: list[tuple[int, int, str | None, str]] = []
        self.frame = Frame("root")
        self.frames: list[Frame] = []
        self.block: TextBlock | None = None
        self.active: list[Inline] = []
        self.align: list[str] = []
        self.items = 0
        self.tables = 0
        self.breaks = 0
        self.fixed = 0  # how many headings and summaries are around: nothing but text is a block of its own in them

    def text(self, data: str) -> None:
        """Take text in, with its whitespace made one space, and none where a block begins or between two of them."""
        blank = not data.strip(_SPACES)
        if self.frame.kind in {"list", "table"}:
            if blank or self.frame.kind == "table":
                return
            self.open_item()
            self.text(data)
            self.close_frame()
            return
        if self.block is None:
            if blank:
                self.frame.newline = self.frame.newline or _SHOWN.search(data) is not None
                return
            self.block = TextBlock(PARAGRAPH, "</p>")
        block = self.block
        text = _SPACE.sub(" ", data)
        if block.broken:
            # The one that was sent back is the one that is there.
            text = text.removeprefix(ZERO_WIDTH)
            block.broken = False
        if block.spaced:
            text = text.removeprefix(" ")
        if not text:
            return
        self.sync(block, opening=not blank)
        block.last_text = len(block.parts)
        block.parts.append(escape(text))
        block.spaced = text.endswith(" ")

    def line_break(self) -> None:
        """Take a line break in, with U+200B after every other one of a body (facts: hard break, often followed)."""
        if self.frame.kind in {"list", "table"}:
            return
        if self.block is None:
            self.block = TextBlock(PARAGRAPH, "</p>")
        self.trim(self.block)
        self.sync(self.block, opening=False)
        self.breaks += 1
        self.block.broken = self.breaks % 2 == 1
        self.block.parts.append(f"<br>{ZERO_WIDTH}" if self.block.broken else "<br>")
        self.block.spaced = True

    def sync(self, block: TextBlock, *, opening: bool = True) -> None:
        """Close and open inline elements in the block until those are open that are around the text to come."""
        common = 0
        for opened, active in zip(block.opened, self.active, strict=False):
            if opened is not active:
                break
            common += 1
        block.parts.extend(f"</{inline.tag}>" for inline in reversed(block.opened[common:]))
        del block.opened[common:]
        if opening:
            block.parts.extend(inline.open for inline in self.active[common:])
            block.opened.extend(self.active[common:])

    def trim(self, block: TextBlock) -> None:
        """Drop the space that the block ends with."""
        if block.last_text >= 0:
            block.parts[block.last_text] = block.parts[block.last_text].removesuffix(" ")
            block.last_text = -1

    def flush(self) -> None:
        """End the text block under way: write what it holds, keep it as the pattern for what follows inside it."""
        block = self.block
        if block is None:
            return
        if block.parts:
            self.trim(block)
            block.parts.extend(f"</{inline.tag}>" for inline in reversed(block.opened))
            content = "".join(block.parts)
            if content:
                self.write_text(block, content)
            block.parts, block.opened, block.last_text, block.spaced, block.broken = [], [], -1, True, False
        if not isinstance(block, ExplicitBlock):
            self.block = None

    def write_text(self, block: TextBlock, content: str) -> None:
        """Write a paragraph, heading or button; tags of headings are settled at the end."""
        block.used = True
        if block.heading is None:
            self.write(f"{block.open}{content}{block.close}")
            return
        self.begin_block()
        level, sent = block.heading
        self.headings.append((len(self.out), level, sent, block.open))
        block.heading = (level, None)
        self.out.append("")
        self.out.append(content)
        self.out.append("")

    def begin_block(self) -> None:
        """Write the empty paragraph that a newline or indent between two blocks becomes (facts: what is sent)."""
        frame = self.frame
        if frame.newline and frame.filled and not frame.blank_last:
            self.out.append(f"{BLANK}\n")
        frame.newline = frame.blank_last = False
        frame.filled = True

    def write(self, html: str) -> None:
        """Write a whole block."""
        self.begin_block()
        self.out.append(html)

    def blank(self, opening: str = PARAGRAPH) -> None:
        """Write an empty paragraph, and the newline after it (facts: blank line)."""
        self.begin_block()
        self.out.append(f"{opening}</p>\n")
        self.frame.blank_last = True

    def open_inline(self, inline: Inline) -> Close:
        """Begin an inline element; one inside another of its kind is not kept."""
        if any(active.tag == inline.tag for active in self.active):
            return nothing
        self.active.append(inline)

        def close() -> None:
            self.active.remove(inline)

        return close

    def open_block(self, block: TextBlock) -> Close:
        """Begin a block of text."""
        self.flush()
        outer, self.block = self.block, block

        def close() -> None:
            self.flush()
            self.block = outer
            if outer is not None and block.used:
                outer.used = True

        return close

    def container(self) -> str:
        """Return the classes of the container of a picture or button."""
        return f"{CONTAINER} {self.align[-1]}" if self.align else CONTAINER

    def open_frame(self, frame: Frame, opening: str) -> Close:
        """Begin an element that holds blocks."""
        self.flush()
        self.begin_block()
        if self.block is not None:
            self.block.used = True
        frame.outer, self.block = self.block, None
        frame.start = len(self.out)
        self.out.append(opening)
        self.frames.append(self.frame)
        self.frame = frame
        return self.close_frame

    def close_frame(self) -> None:
        """End the innermost element that holds blocks; it is never without a paragraph."""
        self.flush()
        frame = self.frame
        if not frame.filled and frame.kind in {"flow", "item", "cell"}:
            self.out.append(f"{BLANK}\n")
        self.out.append(frame.close)
        self.block = frame.outer
        self.frame = self.frames.pop()
        if frame.kind == "item":
            self.items -= 1

    def open_item(self) -> Close:
        """Begin an item of the list that is open."""
        self.frame.items += 1
        self.items += 1
        return self.open_frame(Frame("item", "</li>"), "<li>")

    def interrupt(self, html: str) -> None:
        """Write a block in the midst of text; between the parts of a table or in a summary it is dropped."""
        if self.frame.kind == "table" or (self.block is not None and self.block.single):
            return
        self.flush()
        self.write(html)
        self.mark_used()

    def mark_used(self) -> None:
        """Note that the text block under way is no blank line."""
        if self.block is not None:
            self.block.used = True


def nothing() -> None:
    """Close an element that was not kept."""
