"""HTML as it is sent, turned into HTML as Intercom stores it (facts: the two tables of bodies).

One walk over the parsed document without recursion, so that no depth of nesting can exhaust the stack.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from helpsync.sandbox.headings import HeadingRules, settle_headings
from helpsync.sandbox.pieces import (
    ExplicitBlock,
    Frame,
    Inline,
    TextBlock,
    alignment_of,
    attribute,
    classes_of,
    escape,
    host_of,
    scheme_of,
)
from helpsync.sandbox.tags import (
    ALIGNMENTS,
    BLANK,
    BLOCKS,
    BUTTON,
    CALLOUT,
    COLLAPSIBLE,
    CONTAINER,
    HEADINGS,
    INLINE,
    PARAGRAPH,
    REMOVED,
    TABLE_CONTAINER,
    VIDEO,
    VIDEO_HOSTS,
)

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

Close = Callable[[], None]

_SPACE = re.compile(r"[ \t\n\r\f]+")
_SPACES = " \t\n\r\f"


class BodyRefused(Exception):  # noqa: N818  # a refusal, answered as the API's 400; the name says what happened
    """The body holds something that Intercom answers with 400."""


@dataclass(frozen=True, slots=True)
class BodyRules:
    """How bodies are stored: heading rules, whether nested lists are refused, and where pictures go.

    `picture` takes the `src` that was sent and returns the one that is stored, or raises BodyRefused.
    """

    headings: HeadingRules
    picture: Callable[[str], str]
    refuse_nested_lists: bool = False


def stored(html: str, rules: BodyRules) -> str:
    """Return the stored form of a body; raises BodyRefused for what Intercom refuses."""
    return _Storing(rules).run(html)


class _Storing:
    def __init__(self, rules: BodyRules) -> None:
        self.rules = rules
        self.out: list[str] = []
        self.headings: list[tuple[int, int, str | None, str]] = []
        self.frame = Frame("root")
        self.frames: list[Frame] = []
        self.block: TextBlock | None = None
        self.active: list[Inline] = []
        self.align: list[str] = []
        self.items = 0
        self.tables = 0
        self.fixed = 0  # how many headings and summaries are around: nothing but text is a block of its own in them

    def run(self, html: str) -> str:
        body = LexborHTMLParser(html).body
        node = body.child if body is not None else None
        # What is still to be closed: the node it belongs to, and how.
        around: list[tuple[LexborNode, Close]] = []
        while True:
            if node is None:
                if not around:
                    break
                outer, close = around.pop()
                close()
                node = outer.next
                continue
            tag = node.tag or ""
            if tag == "-text":
                self.text(node.text_content or "")
            elif tag[:1] not in {"-", "!"}:
                close_it = self.element(tag, node)
                if close_it is not None:
                    around.append((node, close_it))
                    node = node.child
                    continue
            node = node.next
        self.flush()
        settle_headings(self.out, self.headings, self.rules.headings)
        return "".join(self.out)

    # What is read ----------------------------------------------------------------------------------------------------

    def text(self, data: str) -> None:
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
                self.frame.newline = self.frame.newline or "\n" in data
                return
            self.block = TextBlock(PARAGRAPH, "</p>")
        block = self.block
        text = _SPACE.sub(" ", data)
        if block.spaced:
            text = text.removeprefix(" ")
        if not text:
            return
        self.sync(block, opening=not blank)
        block.last_text = len(block.parts)
        block.parts.append(escape(text))
        block.spaced = text.endswith(" ")

    def element(self, tag: str, node: LexborNode) -> Close | None:
        """Begin an element; return how it is closed, or None when all of it is dealt with."""
        if tag in REMOVED:
            return None
        if self.frame.kind == "list" and tag != "li":
            self.open_item()
            inner = self.element(tag, node)
            if inner is None:
                self.close_frame()
                return None
            return self.both(inner, self.close_frame)
        phrase = _PHRASES.get(tag)
        return phrase(self, tag, node) if phrase is not None else self.block_element(tag, node)

    def block_element(self, tag: str, node: LexborNode) -> Close | None:
        if tag == "dl":
            raise BodyRefused("body can't have a description list")
        if tag == "iframe":
            self.video(node.attributes)
            return None
        if self.fixed:
            if tag in HEADINGS or tag == "p" or tag in BLOCKS or tag in {"ul", "ol", "li", "table", "pre", "details"}:
                self.text(" ")
            if tag in HEADINGS and self.block is not None and self.block.single:
                self.block.open = tag
            return _nothing
        special = _SPECIAL.get(tag)
        if special is not None:
            return special(self, tag, node)
        if tag in BLOCKS:
            return self.division(node.attributes)
        return _nothing

    @staticmethod
    def both(first: Close, second: Close) -> Close:
        def close() -> None:
            first()
            second()

        return close

    # Text and inline elements ----------------------------------------------------------------------------------------

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

    def open_inline(self, inline: Inline) -> Close:
        if any(active.tag == inline.tag for active in self.active):
            return _nothing
        self.active.append(inline)

        def close() -> None:
            self.active.remove(inline)

        return close

    def open_link(self, attributes: dict[str, str | None]) -> Close:
        href = (attributes.get("href") or "").strip()
        if not href or scheme_of(href) in {"javascript", "vbscript", "data"}:
            return _nothing
        if BUTTON in classes_of(attributes) and not self.fixed:
            return self.button(href)
        opening = f'<a{attribute("href", href)} target="_blank" class="intercom-content-link">'
        return self.open_inline(Inline("a", opening, href))

    def button(self, href: str) -> Close:
        opening = f'<div class="{self.container()}"><a class="{BUTTON}" target="_blank"{attribute("href", href)}>'
        around, self.active = self.active, []
        close = self.open_block(TextBlock(opening, "</a></div>"))
        self.fixed += 1

        def close_button() -> None:
            close()
            self.active = around
            self.fixed -= 1

        return close_button

    def line_break(self) -> None:
        if self.frame.kind in {"list", "table"}:
            return
        if self.block is None:
            self.block = TextBlock(PARAGRAPH, "</p>")
        self.trim(self.block)
        self.sync(self.block, opening=False)
        self.block.parts.append("<br>")
        self.block.spaced = True

    def trim(self, block: TextBlock) -> None:
        """Drop the space that the block ends with."""
        if block.last_text >= 0:
            block.parts[block.last_text] = block.parts[block.last_text].removesuffix(" ")
            block.last_text = -1

    # Blocks ----------------------------------------------------------------------------------------------------------

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
            block.parts, block.opened, block.last_text, block.spaced = [], [], -1, True
        if not isinstance(block, ExplicitBlock):
            self.block = None

    def write_text(self, block: TextBlock, content: str) -> None:
        block.used = True
        if block.heading is None:
            self.write(f"{block.open}{content}{block.close}")
            return
        self.begin_block()
        level, sent = block.heading
        self.headings.append((len(self.out), level, sent, block.open))
        block.heading = (level, None)
        self.out.append("")
        self.out.append(f"{content}")
        self.out.append("")

    def begin_block(self) -> None:
        """Write the empty paragraph that a newline between two blocks becomes (facts: what is sent)."""
        frame = self.frame
        if frame.newline and frame.filled and not frame.blank_last:
            self.out.append(f"{BLANK}\n")
        frame.newline = frame.blank_last = False
        frame.filled = True

    def write(self, html: str) -> None:
        self.begin_block()
        self.out.append(html)

    def blank(self) -> None:
        self.begin_block()
        self.out.append(BLANK if self.frame.kind in {"item", "cell"} else f"{BLANK}\n")
        self.frame.blank_last = True

    def open_block(self, block: TextBlock) -> Close:
        self.flush()
        outer, self.block = self.block, block

        def close() -> None:
            self.flush()
            self.block = outer
            if outer is not None and block.used:
                outer.used = True

        return close

    def paragraph(self, _tag: str, node: LexborNode) -> Close:
        align = alignment_of(node.attributes)
        opening = f'<p class="{align} no-margin">' if align else PARAGRAPH
        block = ExplicitBlock(opening, "</p>")
        close = self.open_block(block)
        if align:
            self.align.append(align)

        def close_paragraph() -> None:
            close()
            if align:
                self.align.pop()
            if not block.used:
                self.blank()

        return close_paragraph

    def heading(self, tag: str, node: LexborNode) -> Close:
        align = alignment_of(node.attributes)
        opening = f' class="{align}"' if align else ""
        close = self.open_block(ExplicitBlock(opening, "", (HEADINGS[tag], node.attributes.get("id"))))
        self.fixed += 1

        def close_heading() -> None:
            self.fixed -= 1
            close()

        return close_heading

    def division(self, attributes: dict[str, str | None]) -> Close:
        classes = classes_of(attributes)
        if CALLOUT in classes:
            style = attributes.get("style")
            styled = attribute("style", style) if style else ""
            return self.open_frame(Frame("flow", "</div>"), f'<div class="{CALLOUT}"{styled}>')
        self.flush()
        align = next((name for name in ALIGNMENTS if name in classes), None) if CONTAINER in classes else None
        if align:
            self.align.append(align)

        def close() -> None:
            self.flush()
            if align:
                self.align.pop()

        return close

    def container(self) -> str:
        return f"{CONTAINER} {self.align[-1]}" if self.align else CONTAINER

    # Frames: elements that hold blocks -------------------------------------------------------------------------------

    def open_frame(self, frame: Frame, opening: str) -> Close:
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
        self.flush()
        frame = self.frame
        if not frame.filled and frame.kind in {"flow", "item", "cell"}:
            self.out.append(BLANK)
        self.out.append(frame.close)
        self.block = frame.outer
        self.frame = self.frames.pop()
        if frame.kind == "item":
            self.items -= 1

    def list(self, tag: str, _node: LexborNode) -> Close:
        if self.items and self.rules.refuse_nested_lists:
            raise BodyRefused("body can't have a list inside a list")
        frame = Frame("list", f"</{tag}>")
        close = self.open_frame(frame, f"<{tag}>")

        def close_list() -> None:
            if not frame.items:
                raise BodyRefused("body can't have an empty list")
            close()

        return close_list

    def open_item(self) -> Close:
        self.frame.items += 1
        self.items += 1
        return self.open_frame(Frame("item", "</li>"), "<li>")

    def item(self, _tag: str, node: LexborNode) -> Close:
        return self.open_item() if self.frame.kind == "list" else self.division(node.attributes)

    def table(self, _tag: str, _node: LexborNode) -> Close:
        if self.tables:
            raise BodyRefused("body can't have a table inside a table")
        if self.items:
            raise BodyRefused("body can't have a table inside a list")
        self.tables += 1
        frame = Frame("table", "</tbody></table></div>")
        close = self.open_frame(frame, f'<div class="{TABLE_CONTAINER}"><table role="presentation"><tbody>')

        def close_table() -> None:
            close()
            self.tables -= 1
            if not frame.items:
                del self.out[frame.start :]

        return close_table

    def row(self, _tag: str, _node: LexborNode) -> Close:
        self.frame.items += 1
        self.out.append("<tr>")
        return lambda: self.out.append("</tr>")

    def cell(self, _tag: str, node: LexborNode) -> Close:
        kept = "".join(attribute(name, node.attributes[name]) for name in _CELL if node.attributes.get(name))
        return self.open_frame(Frame("cell", "</td>"), f"<td{kept}>")

    def details(self, _tag: str, _node: LexborNode) -> Close:
        close = self.open_frame(Frame("details", "</div></details>"), "<details>")
        self.begin_content()
        return close

    def begin_content(self) -> None:
        self.out.append(f'<summary></summary><div class="{COLLAPSIBLE}">')

    def summary(self, _tag: str, _node: LexborNode) -> Close:
        place = self.frame.start + 1
        if self.frame.kind != "details" or not self.out[place].startswith("<summary></summary>"):
            return self.division({})
        block = ExplicitBlock("h2", "", single=True)
        outer, self.block = self.block, block
        self.fixed += 1

        def close() -> None:
            self.fixed -= 1
            self.trim(block)
            block.parts.extend(f"</{inline.tag}>" for inline in reversed(block.opened))
            content = "".join(block.parts)
            self.out[place] = f'<summary><{block.open}>{content}</{block.open}></summary><div class="{COLLAPSIBLE}">'
            self.block = outer

        return close

    # Whole elements --------------------------------------------------------------------------------------------------

    def rule(self, _tag: str, _node: LexborNode) -> None:
        self.flush()
        self.write("<hr>")
        self.mark_used()

    def code_block(self, _tag: str, node: LexborNode) -> None:
        self.flush()
        for line_break in node.css("br"):
            line_break.replace_with("\n")
        self.write(f"<pre><code>{escape(node.text(deep=True))}</code></pre>")
        self.mark_used()

    def picture(self, attributes: dict[str, str | None]) -> None:
        source = self.rules.picture((attributes.get("src") or "").strip())
        kept = "".join(attribute(name, attributes[name]) for name in _PICTURE if name in attributes)
        image = f"<img{attribute('src', source)}{kept}>"
        href = next((inline.href for inline in self.active if inline.href is not None), None)
        if href is not None:
            image = f'<a{attribute("href", href)} target="_blank">{image}</a>'
        self.interrupt(f'<div class="{self.container()}">{image}</div>')

    def video(self, attributes: dict[str, str | None]) -> None:
        source = attributes.get("src") or ""
        host = host_of(source)
        if not any(host == known or host.endswith(f".{known}") for known in VIDEO_HOSTS):
            raise BodyRefused(f"body can't have an iframe of {host or source or 'no address'}")
        kept = "".join(attribute(name, value) for name, value in attributes.items())
        self.interrupt(f'<div class="{VIDEO}"><iframe{kept}></iframe></div>')

    def interrupt(self, html: str) -> None:
        """Write a block in the midst of text; between the parts of a table or in a summary it is dropped."""
        if self.frame.kind == "table" or (self.block is not None and self.block.single):
            return
        self.flush()
        self.write(html)
        self.mark_used()

    def mark_used(self) -> None:
        if self.block is not None:
            self.block.used = True


def _nothing() -> None:
    """Close an element that was not kept."""


_SPECIAL: dict[str, Callable[[_Storing, str, LexborNode], Close | None]] = {
    "p": _Storing.paragraph,
    **dict.fromkeys(HEADINGS, _Storing.heading),
    "ul": _Storing.list,
    "ol": _Storing.list,
    "li": _Storing.item,
    "table": _Storing.table,
    "tr": _Storing.row,
    "td": _Storing.cell,
    "th": _Storing.cell,
    "details": _Storing.details,
    "summary": _Storing.summary,
    "hr": _Storing.rule,
    "pre": _Storing.code_block,
}
_CELL = ("style", "colspan", "rowspan")
_PICTURE = ("alt", "width", "height", "style")
