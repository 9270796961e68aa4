"""The storage form of a body: the HTML that was sent becomes the HTML that Intercom stores (docs/sandbox.md, Bodies).

One walk over the parsed document, without recursion, so that deep nesting can't exhaust the stack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from helpsync.sandbox.body_writer import (
    CONTAINER,
    PARAGRAPH,
    BodyRefused,
    BodyWriter,
    Close,
    Frame,
    InlineTag,
    StorageRules,
    TextBlock,
    nothing,
)
from helpsync.sandbox.html import attribute

if TYPE_CHECKING:
    from collections.abc import Callable

    from selectolax.lexbor import LexborNode

_INLINE = {"b": "b", "strong": "b", "i": "i", "em": "i", "code": "code"}  # other inline tags are unwrapped
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_REMOVED = frozenset(  # with their content
    {
        *("script", "style", "form", "input", "textarea", "select", "button", "noscript", "template", "title", "meta"),
        *("link", "base", "svg", "math", "object", "embed", "audio", "video", "canvas", "colgroup", "caption"),
    }
)
_BLOCKS = frozenset(  # their content becomes paragraphs
    {
        *("div", "blockquote", "section", "article", "main", "header", "footer", "nav", "aside", "figure"),
        *("figcaption", "center", "address", "fieldset", "legend", "hgroup", "search", "dialog", "menu", "dir"),
    }
)
_CELL_ATTRIBUTES = ("style", "colspan", "rowspan")
_PICTURE_ATTRIBUTES = ("alt", "width", "height", "style")
_VIDEO_ATTRIBUTES = frozenset(  # no event handlers, no embedded page
    {
        *("src", "title", "width", "height", "style", "frameborder", "scrolling", "allow", "allowfullscreen"),
        *("webkitallowfullscreen", "mozallowfullscreen", "referrerpolicy", "loading", "name"),
    }
)
_VIDEO_HOSTS = (
    *("youtube.com", "youtube-nocookie.com", "youtu.be", "vimeo.com", "wistia.com", "wistia.net", "loom.com"),
    *("vidyard.com", "streamio.com"),
)
_TABLE_CONTAINER = "intercom-interblocks-table-container"
_CALLOUT = "intercom-interblocks-callout"
_BUTTON = "intercom-h2b-button"
_ALIGNMENTS = ("intercom-align-center", "intercom-align-left", "intercom-align-right", "intercom-align-justify")
_DETAILS_CONTENT = '<div class="collapsible-section-content">'
_NO_SUMMARY = "<summary><h2></h2></summary>"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def to_storage_form(html: str, rules: StorageRules) -> str:
    """Return the storage form of a body; raises BodyRefused for a body that Intercom refuses."""
    return _StorageForm(rules).convert(html)


class _StorageForm(BodyWriter):
    def __init__(self, rules: StorageRules) -> None:
        super().__init__(rules)
        self.in_button = False

    def convert(self, html: str) -> str:
        body = LexborHTMLParser(html).body
        node = body.child if body is not None else None
        # The open elements: each node, and what closes it.
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
        self.fill_in_headings()
        return "".join(self.out)

    def element(self, tag: str, node: LexborNode) -> Close | None:
        """Open an element and return what closes it; None if its content is skipped."""
        if tag in _REMOVED:
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
            # Headings, buttons and summaries contain only text; a space keeps the words of two blocks apart.
            if tag in _SPECIAL or tag in _BLOCKS:
                self.text(" ")
            return nothing
        special = _SPECIAL.get(tag)
        if special is not None:
            return special(self, tag, node)
        # Intercom's docs say that a span becomes a paragraph. Within a paragraph it can't.
        alone = tag == "span" and not (self.block and self.block.explicit) and not self.active
        return self.division(node.attributes) if alone or tag in _BLOCKS else nothing

    def phrase(self, tag: str, _node: LexborNode) -> Close:
        name = _INLINE[tag]
        return self.open_inline(InlineTag(name, f"<{name}>"))

    def line(self, _tag: str, _node: LexborNode) -> None:
        self.line_break()

    def link(self, _tag: str, node: LexborNode) -> Close:
        attributes = node.attributes
        href = _BEYOND_ASCII.sub(lambda letters: quote(letters[0]), (attributes.get("href") or "").strip())
        # The parser allows a link inside another when a table is between them.
        if self.in_button or _split(href).scheme in {"javascript", "vbscript", "data"}:
            return nothing
        if "href" not in attributes:
            # An anchor is not a link, and `<a id="x"/>` is parsed with everything after it inside.
            return nothing if attributes.keys() & {"id", "name"} else self.open_inline(InlineTag("a", "<a>"))
        if _BUTTON in _classes(attributes) and not self.fixed:
            return self.button(href)
        opening = f'<a{attribute("href", href)} target="_blank" class="intercom-content-link">'
        return self.open_inline(InlineTag("a", opening, href))

    def button(self, href: str) -> Close:
        opening = f'<div class="{self.container()}"><a class="{_BUTTON}" target="_blank"{attribute("href", href)}>'
        around, self.active, self.in_button = self.active, [], True
        close = self.open_block(TextBlock(opening, "</a></div>", explicit=True))
        self.fixed += 1

        def close_button() -> None:
            close()
            self.active, self.in_button = around, False
            self.fixed -= 1

        return close_button

    def paragraph(self, _tag: str, node: LexborNode) -> Close:
        align = _alignment(node.attributes)
        opening = f'<p class="{align} no-margin">' if align else PARAGRAPH
        block = TextBlock(opening, "</p>", explicit=True)
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
        align = _alignment(node.attributes)
        opening = f' class="{align}"' if align else ""
        block = TextBlock(opening, "", explicit=True, heading=(_HEADINGS[tag], node.attributes.get("id")))
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
        classes = _classes(attributes)
        if _CALLOUT in classes:
            return self.open_frame(Frame("flow", "</div>"), f'<div class="{_CALLOUT}"{_style(attributes)}>')
        self.flush()
        align = _alignment(attributes) if CONTAINER in classes else None
        if align:
            self.align.append(align)
        beside_table = self.beside_table
        self.beside_table = self.frame if _TABLE_CONTAINER in classes else None

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
        if self.tables:
            raise BodyRefused("body can't have a table inside a table")
        if self.items:
            raise BodyRefused("body can't have a table inside a list")
        if node.css_first("td, th") is None:
            return None
        self.tables += 1
        opening = f'<div class="{_TABLE_CONTAINER}"><table role="presentation"{_style(node.attributes)}><tbody>'
        close = self.open_frame(Frame("table", "</tbody></table></div>"), opening)

        def close_table() -> None:
            close()
            self.tables -= 1

        return close_table

    def row(self, _tag: str, _node: LexborNode) -> Close:
        self.out.append("<tr>")
        return lambda: self.out.append("</tr>")

    def cell(self, _tag: str, node: LexborNode) -> Close:
        kept = "".join(attribute(name, node.attributes[name]) for name in _CELL_ATTRIBUTES if node.attributes.get(name))
        return self.open_frame(Frame("cell", "</td>"), f"<td{kept}>")

    def details(self, _tag: str, _node: LexborNode) -> Close:
        close = self.open_frame(Frame("details", "</div></details>"), "<details>")
        self.out.append(f"{_NO_SUMMARY}{_DETAILS_CONTENT}")
        return close

    def summary(self, _tag: str, _node: LexborNode) -> Close:
        place = self.frame.start + 1
        if self.frame.kind != "details" or not self.out[place].startswith(_NO_SUMMARY):
            return self.division({})
        block = TextBlock("", "", explicit=True, single=True)
        outer, self.block = self.block, block
        self.fixed += 1

        def close() -> None:
            self.fixed -= 1
            self.out[place] = f"<summary><h2>{self.content(block)}</h2></summary>{_DETAILS_CONTENT}"
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
        kept = "".join(attribute(name, attributes[name]) for name in _PICTURE_ATTRIBUTES if name in attributes)
        image = f"<img{attribute('src', source)}{kept}>"
        href = next((inline.href for inline in self.active if inline.href is not None), None)
        if href is not None:
            image = f'<a{attribute("href", href)} target="_blank">{image}</a>'
        self.interrupt(f'<div class="{self.container()}">{image}</div>')

    def video(self, _tag: str, node: LexborNode) -> None:
        attributes = node.attributes
        source = attributes.get("src") or ""
        host = _split(source).hostname or ""
        known = any(host == name or host.endswith(f".{name}") for name in _VIDEO_HOSTS)
        if not known or _split(source).scheme not in {"", "http", "https"}:
            raise BodyRefused(f"body can't have an iframe of {host or source or 'no address'}")
        kept = "".join(attribute(name, value) for name, value in attributes.items() if name in _VIDEO_ATTRIBUTES)
        self.interrupt(f'<div class="intercom-h2b-video"><iframe{kept}></iframe></div>')

    def fill_in_headings(self) -> None:
        """Write the tags of the headings: their levels and ids depend on the whole body."""
        rules = self.rules
        ranks = {level: rank for rank, level in enumerate(sorted({level for _, level, _, _ in self.headings}), 1)}
        for number, (place, level, sent, attributes) in enumerate(self.headings):
            stored = {"compact": ranks[level], "docs": min(level, 2), "keep": level}[rules.headings]
            identifier = sent if rules.keep_heading_ids and sent else rules.heading_id(number)
            self.out[place] = f"<h{stored}{attribute('id', identifier)}{attributes}>"
            self.out[place + 2] = f"</h{stored}>"


def _both(first: Close, second: Close) -> Close:
    def close() -> None:
        first()
        second()

    return close


def _classes(attributes: dict[str, str | None]) -> list[str]:
    return (attributes.get("class") or "").split()


def _alignment(attributes: dict[str, str | None]) -> str | None:
    """Return the class that aligns an element, if it has one."""
    classes = _classes(attributes)
    return next((name for name in _ALIGNMENTS if name in classes), None)


def _style(attributes: dict[str, str | None]) -> str:
    style = attributes.get("style")
    return attribute("style", style) if style else ""


def _split(url: str) -> SplitResult:
    """Return the parts of a URL, all empty for a URL that can't be read."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


_PHRASES: dict[str, Callable[[_StorageForm, str, LexborNode], Close | None]] = {
    **dict.fromkeys(_INLINE, _StorageForm.phrase),
    "a": _StorageForm.link,
    "br": _StorageForm.line,
    "img": _StorageForm.picture,
    "iframe": _StorageForm.video,
}
_SPECIAL: dict[str, Callable[[_StorageForm, str, LexborNode], Close | None]] = {
    "p": _StorageForm.paragraph,
    **dict.fromkeys(_HEADINGS, _StorageForm.heading),
    "ul": _StorageForm.list,
    "ol": _StorageForm.list,
    "li": _StorageForm.item,
    "table": _StorageForm.table,
    "tr": _StorageForm.row,
    "td": _StorageForm.cell,
    "th": _StorageForm.cell,
    "details": _StorageForm.details,
    "summary": _StorageForm.summary,
    "hr": _StorageForm.rule,
    "pre": _StorageForm.code_block,
}
