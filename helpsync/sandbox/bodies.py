"""HTML as it is sent, turned into HTML as Intercom stores it (facts: the two tables of bodies).

One walk over the parsed document without recursion, so that no depth of nesting can exhaust the stack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from helpsync.sandbox.headings import HeadingRules, settle_headings
from helpsync.sandbox.pieces import (
    ExplicitBlock,
    Frame,
    Inline,
    alignment_of,
    attribute,
    classes_of,
    encoded,
    host_of,
    scheme_of,
)
from helpsync.sandbox.tags import (
    ALIGNMENTS,
    BLOCKS,
    BUTTON,
    CALLOUT,
    COLLAPSIBLE,
    CONTAINER,
    FRAME_ATTRIBUTES,
    HEADINGS,
    INLINE,
    PARAGRAPH,
    REMOVED,
    TABLE_CONTAINER,
    VIDEO,
    VIDEO_HOSTS,
)
from helpsync.sandbox.writing import BodyWriter, Close, nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    from selectolax.lexbor import LexborNode


class BodyRefused(Exception):  # a refusal, answered as the API's 400; the name says what happened
    """The body holds something that Intercom answers with 400."""


@dataclass(frozen=True, slots=True)
class BodyRules:
    """How bodies are stored; by default as the API does.

    `picture` takes the `src` that was sent and returns the one that is stored, or raises BodyRefused. `zero_width`
    puts U+200B after every other line break, as Intercom's editor does.
    """

    headings: HeadingRules
    picture: Callable[[str], str]
    refuse_nested_lists: bool = False
    keep_code_newlines: bool = False
    keep_braces: bool = False
    zero_width: bool = False


def stored(html: str, rules: BodyRules) -> str:
    """Return the stored form of a body; raises BodyRefused for what Intercom refuses."""
    return _Storing(rules).run(html)


class _Storing(BodyWriter):
    def __init__(self, rules: BodyRules) -> None:
        super().__init__(heading_marks=rules.headings.keep_marks, braces=rules.keep_braces, zero_width=rules.zero_width)
        self.rules = rules
        self.in_button = False

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

    def element(self, tag: str, node: LexborNode) -> Close | None:
        """Begin an element; return how it is closed, or None when all of it is dealt with."""
        if tag in REMOVED:
            return None
        if self.code is not None and tag != "br":
            return nothing
        if self.frame.kind == "list" and tag != "li":
            self.open_item()
            inner = self.element(tag, node)
            if inner is None:
                self.close_frame()
                return None
            return _both(inner, self.close_frame)
        phrase = _PHRASES.get(tag)
        return phrase(self, tag, node) if phrase is not None else self.block_element(tag, node)

    def block_element(self, tag: str, node: LexborNode) -> Close | None:
        if tag == "dl":
            raise BodyRefused("body can't have a description list")
        if self.fixed:
            # Only text goes into headings and summaries; a space keeps the words of two blocks apart.
            if tag in _SPECIAL or tag in BLOCKS:
                self.text(" ")
            return nothing
        special = _SPECIAL.get(tag)
        if special is not None:
            return special(self, tag, node)
        # Of a span the docs say that it becomes a paragraph; within one it can't.
        alone = tag == "span" and not isinstance(self.block, ExplicitBlock) and not self.active
        return self.division(node.attributes) if alone or tag in BLOCKS else nothing

    def phrase(self, tag: str, _node: LexborNode) -> Close:
        name = INLINE[tag]
        return self.open_inline(Inline(name, f"<{name}>"))

    def line(self, _tag: str, _node: LexborNode) -> None:
        self.line_break()

    def link(self, _tag: str, node: LexborNode) -> Close:
        attributes = node.attributes
        href = encoded((attributes.get("href") or "").strip())
        # The parser lets a link into another by way of a table.
        if self.in_button or scheme_of(href) in {"javascript", "vbscript", "data"}:
            return nothing
        if "href" not in attributes:
            # A mere anchor is no link, and one that was sent as `<a id="x"/>` has all that follows inside it.
            return nothing if attributes.keys() & {"id", "name"} else self.open_inline(Inline("a", "<a>"))
        if BUTTON in classes_of(attributes) and not self.fixed:
            return self.button(href)
        opening = f'<a{attribute("href", href)} target="_blank" class="intercom-content-link">'
        return self.open_inline(Inline("a", opening, href))

    def button(self, href: str) -> Close:
        opening = f'<div class="{self.container()}"><a class="{BUTTON}" target="_blank"{attribute("href", href)}>'
        around, self.active, self.in_button = self.active, [], True
        close = self.open_block(ExplicitBlock(opening, "</a></div>"))
        self.fixed += 1

        def close_button() -> None:
            close()
            self.active, self.in_button = around, False
            self.fixed -= 1

        return close_button

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
                self.blank(opening)

        return close_paragraph

    def heading(self, tag: str, node: LexborNode) -> Close:
        align = alignment_of(node.attributes)
        opening = f' class="{align}"' if align else ""
        block = ExplicitBlock(opening, "", (HEADINGS[tag], node.attributes.get("id")))
        close = self.open_block(block)
        self.fixed += 1

        def close_heading() -> None:
            self.fixed -= 1
            self.flush()
            if not block.used:
                self.write_text(block, "")
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
        beside_table = self.beside_table
        self.beside_table = self.frame if TABLE_CONTAINER in classes else None

        def close() -> None:
            self.flush()
            self.beside_table = beside_table
            if align:
                self.align.pop()

        return close

    def list(self, tag: str, _node: LexborNode) -> Close:
        if self.items and self.rules.refuse_nested_lists:
            raise BodyRefused("body can't have a list inside a list")
        return self.open_frame(Frame("list", f"</{tag}>"), f"<{tag}>")

    def item(self, _tag: str, node: LexborNode) -> Close:
        return self.open_item() if self.frame.kind == "list" else self.division(node.attributes)

    def table(self, _tag: str, node: LexborNode) -> Close | None:
        style = node.attributes.get("style")
        if self.tables:
            raise BodyRefused("body can't have a table inside a table")
        if self.items:
            raise BodyRefused("body can't have a table inside a list")
        if node.css_first("td, th") is None:
            return None
        self.tables += 1
        styled = attribute("style", style) if style else ""
        opening = f'<div class="{TABLE_CONTAINER}"><table role="presentation"{styled}><tbody>'
        close = self.open_frame(Frame("table", "</tbody></table></div>"), opening)

        def close_table() -> None:
            close()
            self.tables -= 1

        return close_table

    def row(self, _tag: str, _node: LexborNode) -> Close:
        self.out.append("<tr>")
        return lambda: self.out.append("</tr>")

    def cell(self, _tag: str, node: LexborNode) -> Close:
        kept = "".join(attribute(name, node.attributes[name]) for name in _CELL if node.attributes.get(name))
        return self.open_frame(Frame("cell", "</td>"), f"<td{kept}>")

    def details(self, _tag: str, _node: LexborNode) -> Close:
        close = self.open_frame(Frame("details", "</div></details>"), "<details>")
        self.out.append(f'{_NO_SUMMARY}<div class="{COLLAPSIBLE}">')
        return close

    def summary(self, _tag: str, _node: LexborNode) -> Close:
        place = self.frame.start + 1
        if self.frame.kind != "details" or not self.out[place].startswith(_NO_SUMMARY):
            return self.division({})
        block = ExplicitBlock("", "", single=True)
        outer, self.block = self.block, block
        self.fixed += 1

        def close() -> None:
            self.fixed -= 1
            self.out[place] = f'<summary><h2>{self.content(block)}</h2></summary><div class="{COLLAPSIBLE}">'
            self.block = outer

        return close

    def rule(self, _tag: str, _node: LexborNode) -> None:
        self.flush()
        self.write("<hr>")
        self.mark_used()

    def code_block(self, _tag: str, _node: LexborNode) -> Close:
        self.flush()
        code = self.code = []

        def close() -> None:
            self.code = None
            text = "".join(code)
            if not self.rules.keep_code_newlines:
                text = text.replace("\r", "").replace("\n", "")
            self.write(f"<pre><code>{self.marked(text)}</code></pre>")
            self.mark_used()

        return close

    def picture(self, _tag: str, node: LexborNode) -> None:
        attributes = node.attributes
        source = self.rules.picture((attributes.get("src") or "").strip())
        kept = "".join(attribute(name, attributes[name]) for name in _PICTURE if name in attributes)
        image = f"<img{attribute('src', source)}{kept}>"
        href = next((inline.href for inline in self.active if inline.href is not None), None)
        if href is not None:
            image = f'<a{attribute("href", href)} target="_blank">{image}</a>'
        self.interrupt(f'<div class="{self.container()}">{image}</div>')

    def video(self, _tag: str, node: LexborNode) -> None:
        attributes = node.attributes
        source = attributes.get("src") or ""
        host = host_of(source)
        known = any(host == name or host.endswith(f".{name}") for name in VIDEO_HOSTS)
        if not known or scheme_of(source) not in {"", "http", "https"}:
            raise BodyRefused(f"body can't have an iframe of {host or source or 'no address'}")
        kept = "".join(attribute(name, value) for name, value in attributes.items() if name in FRAME_ATTRIBUTES)
        self.interrupt(f'<div class="{VIDEO}"><iframe{kept}></iframe></div>')


def _both(first: Close, second: Close) -> Close:
    def close() -> None:
        first()
        second()

    return close


_PHRASES: dict[str, Callable[[_Storing, str, LexborNode], Close | None]] = {
    **dict.fromkeys(INLINE, _Storing.phrase),
    "a": _Storing.link,
    "br": _Storing.line,
    "img": _Storing.picture,
    "iframe": _Storing.video,
}
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
_NO_SUMMARY = "<summary><h2></h2></summary>"
_CELL = ("style", "colspan", "rowspan")
_PICTURE = ("alt", "width", "height", "style")
