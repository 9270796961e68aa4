"""Writes the storage form of a body: text into paragraphs, and blocks into the elements that contain them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from helpsync.sandbox.html import escape

if TYPE_CHECKING:
    from helpsync.sandbox.settings import HeadingMode

ZERO_WIDTH = "\u200b"
PARAGRAPH = '<p class="no-margin">'
BLANK = f"{PARAGRAPH}</p>"
CONTAINER = "intercom-container"

Close = Callable[[], None]
FrameKind = Literal["root", "flow", "list", "item", "table", "cell", "details"]

_SPACES = " \t\n\r\f"
_SPACE = re.compile(rf"[{_SPACES}]+")
_BRACES = re.compile(r"(<[^<>]*>)|(?<![#{])\{\{")


class BodyRefused(Exception):
    """Intercom refuses the body: the API answers with 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageRules:
    """How bodies are stored; the defaults are those of the API.

    - `heading_id` returns an id of the documented form for the n-th heading of this write.
    - `picture` returns the `src` to store for the one that was sent, or raises BodyRefused.
    - `headings` is `compact` (the levels of a body become consecutive, the shallowest h1), `docs` (h2 below h1) or
      `keep`.
    - `keep_heading_ids` keeps each id that is sent, in any form.
    - `keep_heading_marks` keeps bold, italic and code in headings.
    - `zero_width` puts U+200B after every other line break, as Intercom's editor does.
    """

    heading_id: Callable[[int], str]
    picture: Callable[[str], str]
    headings: HeadingMode = "compact"
    keep_heading_ids: bool = True
    keep_heading_marks: bool = False
    keep_code_newlines: bool = False
    keep_braces: bool = False
    refuse_nested_lists: bool = False
    zero_width: bool = False


@dataclass(slots=True)
class Frame:
    """An open element that contains blocks."""

    kind: FrameKind
    close: str = ""
    filled: bool = False
    ends_in_list: bool = False
    blanks: int | None = None
    """Where the trailing empty paragraphs begin in the output, None without any."""
    start: int = 0
    outer: TextBlock | None = None
    """The text block that the element interrupted."""


@dataclass(slots=True)
class TextBlock:
    """An open paragraph, heading or button; a block inside it splits it in two.

    `explicit` is False for a paragraph made around loose text. `heading` is the level and the id that was sent.
    """

    open: str
    close: str
    explicit: bool = False
    heading: tuple[int, str | None] | None = None
    single: bool = False
    """True for a summary: a block inside it is dropped."""
    parts: list[str] = field(default_factory=list)
    opened: list[InlineTag] = field(default_factory=list)
    last_text: int = -1
    spaced: bool = True
    broken: bool = False
    used: bool = False


@dataclass(slots=True, eq=False)
class InlineTag:
    """An inline element around the text that is being read; `href` is a link's."""

    tag: str
    open: str
    href: str | None = None


class BodyWriter:
    """The output so far, and what is open; a block inside inline elements closes them, and they open again after it."""

    def __init__(self, rules: StorageRules) -> None:
        self.rules = rules
        self.out: list[str] = []
        # Each heading: where its opening tag goes in the output, its level, the id that was sent, other attributes.
        self.headings: list[tuple[int, int, str | None, str]] = []
        self.frame = Frame("root")
        self.frames: list[Frame] = []
        self.block: TextBlock | None = None
        self.active: list[InlineTag] = []
        self.align: list[str] = []
        self.items = 0
        self.tables = 0
        self.breaks = 0
        self.code: list[str] | None = None  # the content of the code block that is open
        self.beside_table: Frame | None = None  # where the container of a table is, while one is open
        self.fixed = 0  # how many headings, buttons and summaries are open: in them, only text counts

    def text(self, data: str) -> None:
        """Add text: whitespace becomes one space, and none at the start of a block or between two blocks."""
        if self.code is not None:
            self.code.append(escape(data))
            return
        blank = not data.strip(_SPACES)
        if self.frame.kind in {"list", "table"}:
            if not blank and self.frame.kind == "list":
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
            # The break has its U+200B already: the one in the text was stored before, and is sent back.
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
        """Add a line break; the editor puts U+200B after every other one."""
        if self.code is not None:
            self.code.append("<br>")
            return
        if self.frame.kind in {"list", "table"}:
            return
        block = self.block = self.block or TextBlock(PARAGRAPH, "</p>")
        self.trim(block)
        self.sync(block, opening=False)
        self.breaks += 1
        block.broken = self.rules.zero_width and self.breaks % 2 == 1
        block.parts.append(f"<br>{ZERO_WIDTH}" if block.broken else "<br>")
        block.spaced = True

    def sync(self, block: TextBlock, *, opening: bool = True) -> None:
        """Close and open inline elements in the block until they are those around the next text."""
        around = self.active
        if block.heading is not None and not self.rules.keep_heading_marks:
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
        """Remove the space at the end of the block."""
        if block.last_text >= 0:
            block.parts[block.last_text] = block.parts[block.last_text].removesuffix(" ")
            block.last_text = -1

    def content(self, block: TextBlock) -> str:
        """Return the content of the block as HTML, with every inline element closed."""
        self.trim(block)
        block.parts.extend(f"</{inline.tag}>" for inline in reversed(block.opened))
        return self.marked("".join(block.parts))

    def marked(self, html: str) -> str:
        """Return text and tags with `#` before each `{{` that lacks it."""
        return html if self.rules.keep_braces else _BRACES.sub(lambda found: found[1] or "#{{", html)

    def flush(self) -> None:
        """Write the text so far; an explicit block stays open for more text."""
        block = self.block
        if block is None:
            return
        if block.parts:
            content = self.content(block)
            if content:
                self.write_text(block, content)
            block.parts, block.opened, block.last_text, block.spaced, block.broken = [], [], -1, True, False
        if not block.explicit:
            self.block = None

    def write_text(self, block: TextBlock, content: str) -> None:
        """Write a paragraph, heading or button; the tags of a heading are filled in when the whole body is known."""
        block.used = True
        if block.heading is None:
            self.write(f"{block.open}{content}{block.close}")
            return
        self.mark_filled()
        level, sent = block.heading
        self.headings.append((len(self.out), level, sent, block.open))
        block.heading = (level, None)
        self.out += ["", content, ""]

    def mark_filled(self) -> None:
        """Note that the open element contains a block that shows something."""
        self.frame.filled, self.frame.ends_in_list, self.frame.blanks = True, False, None

    def mark_used(self) -> None:
        """Note that the open text block is not a blank line."""
        if self.block is not None:
            self.block.used = True

    def write(self, html: str) -> None:
        """Write a whole block."""
        self.mark_filled()
        self.out.append(html)

    def blank(self, opening: str = PARAGRAPH) -> None:
        """Write an empty paragraph, and the newline after it."""
        if self.frame.blanks is None:
            self.frame.blanks = len(self.out)
        self.out.append(f"{opening}</p>\n")

    def interrupt(self, html: str) -> None:
        """Write a block in the middle of text; between the parts of a table and in a summary it is dropped."""
        if self.frame.kind == "table" or (self.block is not None and self.block.single):
            return
        self.flush()
        self.write(html)
        self.mark_used()

    def container(self) -> str:
        """Return the classes of the container of a picture or button."""
        return f"{CONTAINER} {self.align[-1]}" if self.align else CONTAINER

    # Each of these opens an element and returns the function that closes it ---------------------------------------

    def open_inline(self, inline: InlineTag) -> Close:
        """Open an inline element; one inside another of its kind is dropped."""
        if any(active.tag == inline.tag for active in self.active):
            return nothing
        self.active.append(inline)
        return lambda: self.active.remove(inline)

    def open_block(self, block: TextBlock) -> Close:
        """Open a block of text."""
        self.flush()
        outer, self.block = self.block, block

        def close() -> None:
            self.flush()
            self.block = outer
            if outer is not None and block.used:
                outer.used = True

        return close

    def open_frame(self, frame: Frame, opening: str) -> Close:
        """Open an element that contains blocks."""
        self.flush()
        self.mark_used()
        frame.outer, self.block = self.block, None
        frame.start = len(self.out)
        self.out.append(opening)
        self.frames.append(self.frame)
        self.frame = frame
        return self.close_frame

    def close_frame(self) -> None:
        """Close the innermost element that contains blocks.

        An item that shows nothing is removed, and so is a list without items. Empty paragraphs at the end of an item
        are removed, except below a nested list.
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
        self.write(frame.close)
        self.frame.ends_in_list = frame.kind == "list"

    def open_item(self) -> Close:
        """Open an item of the list that is open."""
        self.items += 1
        return self.open_frame(Frame("item", "</li>"), "<li>")


def nothing() -> None:
    """Close an element whose content is kept without its tags."""
