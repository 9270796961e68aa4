"""Writing a stored body: text into paragraphs, paragraphs and other blocks into the elements that hold blocks."""

from __future__ import annotations

import re
from collections.abc import Callable

from helpsync.sandbox.pieces import ExplicitBlock, Frame, Inline, TextBlock, escape
from helpsync.sandbox.tags import BLANK, CONTAINER, PARAGRAPH

Close = Callable[[], None]

_SPACE = re.compile(r"[ \t\n\r\f]+")
_BRACES = re.compile(r"(<[^<>]*>)|(?<![#{])\{\{")
ZERO_WIDTH = "\u200b"
_SPACES = " \t\n\r\f"


class BodyWriter:
    """What of a body is written, and what is open; text is closed and opened again around blocks inside it."""

    def __init__(self, *, heading_marks: bool, braces: bool, zero_width: bool) -> None:
        self.keeps_heading_marks = heading_marks
        self.keeps_braces = braces
        self.zero_width = zero_width
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
        self.code: list[str] | None = None  # what a code block holds, while one is around
        self.beside_table: Frame | None = None  # where the container of a table stands, while one is around
        self.fixed = 0  # how many headings and summaries are around: nothing but text is a block of its own in them

    def text(self, data: str) -> None:
        """Take text in, with its whitespace made one space, and none where a block begins or between two of them."""
        if self.code is not None:
            self.code.append(escape(data))
            return
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
                if self.beside_table is self.frame:
                    self.blank()
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
        """Take a line break in; the editor puts U+200B after every other one (facts: hard break, often followed)."""
        if self.code is not None:
            self.code.append("<br>")
            return
        if self.frame.kind in {"list", "table"}:
            return
        if self.block is None:
            self.block = TextBlock(PARAGRAPH, "</p>")
        self.trim(self.block)
        self.sync(self.block, opening=False)
        self.breaks += 1
        self.block.broken = self.zero_width and self.breaks % 2 == 1
        self.block.parts.append(f"<br>{ZERO_WIDTH}" if self.block.broken else "<br>")
        self.block.spaced = True

    def sync(self, block: TextBlock, *, opening: bool = True) -> None:
        """Close and open inline elements in the block until those are open that are around the text to come."""
        around = self.active
        if block.heading is not None and not self.keeps_heading_marks:
            around = [inline for inline in around if inline.tag == "a"]
        common = 0
        for opened, active in zip(block.opened, around, strict=False):
            if opened is not active:
                break
            common += 1
        block.parts.extend(f"</{inline.tag}>" for inline in reversed(block.opened[common:]))
        del block.opened[common:]
        if opening:
            block.parts.extend(inline.open for inline in around[common:])
            block.opened.extend(around[common:])

    def trim(self, block: TextBlock) -> None:
        """Drop the space that the block ends with."""
        if block.last_text >= 0:
            block.parts[block.last_text] = block.parts[block.last_text].removesuffix(" ")
            block.last_text = -1

    def content(self, block: TextBlock) -> str:
        """Return what the block holds as HTML, with all that is open in it closed."""
        self.trim(block)
        block.parts.extend(f"</{inline.tag}>" for inline in reversed(block.opened))
        return self.marked("".join(block.parts))

    def marked(self, html: str) -> str:
        """Return text and tags with `#` before each two braces that lack it (facts: what is sent)."""
        return html if self.keeps_braces else _BRACES.sub(lambda found: found[1] or "#{{", html)

    def flush(self) -> None:
        """End the text block under way: write what it holds, keep it as the pattern for what follows inside it."""
        block = self.block
        if block is None:
            return
        if block.parts:
            content = self.content(block)
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
        """Note that a block is written that shows something."""
        self.frame.filled, self.frame.ends_in_list, self.frame.blanks = True, False, None

    def write(self, html: str) -> None:
        """Write a whole block."""
        self.begin_block()
        self.out.append(html)

    def blank(self, opening: str = PARAGRAPH) -> None:
        """Write an empty paragraph, and the newline after it (facts: blank line)."""
        if self.frame.blanks is None:
            self.frame.blanks = len(self.out)
        self.out.append(f"{opening}</p>\n")

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
        if self.block is not None:
            self.block.used = True
        frame.outer, self.block = self.block, None
        frame.start = len(self.out)
        self.out.append(opening)
        self.frames.append(self.frame)
        self.frame = frame
        return self.close_frame

    def close_frame(self) -> None:
        """End the innermost element that holds blocks.

        An item that shows nothing goes, as does a list without items; an item ends in an empty paragraph only where
        that is below a nested list (facts: what is sent).
        """
        self.flush()
        frame, self.frame = self.frame, self.frames.pop()
        self.block = frame.outer
        if frame.kind == "item":
            self.items -= 1
            if frame.blanks is not None and not frame.ends_in_list:
                del self.out[frame.blanks :]
        if frame.kind in {"item", "list"} and not frame.filled:
            del self.out[frame.start :]
            return
        if frame.kind == "flow" and len(self.out) == frame.start + 1:
            self.out.append(f"{BLANK}\n")
        self.out.append(frame.close)
        self.begin_block()
        self.frame.ends_in_list = frame.kind == "list"

    def open_item(self) -> Close:
        """Begin an item of the list that is open."""
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
