"""What a Markdown text says, as GitHub reads it and as we do, in one form: tags and words, white space collapsed."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote

import cmarkgfm
from cmarkgfm.cmark import Options

from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.parse.inline import parse_inline, unescape

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

    from helpsync.markdown.parse.document import Block, Document


_KEPT = {"href", "src", "alt", "title", "start"}
_VOID = {"img", "br", "hr", "input"}
_INLINE = {"a", "img", "em", "strong", "code", "del", "br", "b", "i"}


def theirs(text: str) -> str:
    """Return what GitHub reads."""
    return _normal(cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE))


def ours(text: str) -> str:
    """Return what we read."""
    document = parse_blocks(text)
    return _normal(_blocks(document.blocks, document))


def _normal(page: str) -> str:
    reader = _Page()
    reader.feed(page)
    reader.close()
    return reader.said()


class _Page(HTMLParser):
    """Notes tags and words; a paragraph in an item is like text in it, and only where it ends is noted."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._words: list[str] = []
        self._code = False

    def said(self) -> str:
        self._flush()
        # Where a paragraph ends is told by the tag around it, or else matters only between two.
        page = re.sub(r"(?:¶ )+", "¶ ", " ".join([*self._parts, ""]))
        return re.sub(r"(?<=> )¶ |¶ (?=<|$)|^¶ ", "", page).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"thead", "tbody"}:
            return
        kept = {key: value or "" for key, value in attrs if key in _KEPT and (value or key != "start")}
        if tag == "a":
            kept["href"] = unquote(kept.get("href", ""))
        if tag == "img":
            kept["src"] = unquote(kept.get("src", ""))
            kept["alt"] = " ".join(kept.get("alt", "").split())
        if "title" in kept:
            kept["title"] = " ".join(kept["title"].split())
        shown = "".join(f' {key}="{value}"' for key, value in sorted(kept.items()) if value or key in {"href", "src"})
        self._put(tag, f"<{'td' if tag == 'th' else tag}{shown}>")
        self._code = self._code or tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"thead", "tbody", *_VOID}:
            self._put(tag, f"</{'td' if tag == 'th' else tag}>")
        self._code = self._code and tag != "pre"

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_comment(self, data: str) -> None:
        self._words.append(f"<!--{data}-->")

    def _put(self, tag: str, shown: str) -> None:
        if tag in _INLINE:
            self._words.append(f"\0{shown}\0")
            return
        self._flush()
        self._parts.append("¶" if tag == "p" else shown)
        self._parts.append("¶")

    def _flush(self) -> None:
        text = "".join(self._words)
        self._words.clear()
        if self._code:
            self._parts.append(repr(text.replace("\0", "").removesuffix("</code>").removeprefix("<code>").strip("\n")))
        elif said := " ".join(_flat(text).replace("\0", "").split()):
            said = re.sub(r"(\s*)(<br>)\s*", r"\2", said)
            self._parts.append(said)


def _flat(text: str) -> str:
    """Return the text with marks where it becomes bold or italic, however the tags for that are nested."""
    parts: list[str] = []
    depth = {"strong": 0, "em": 0}
    shown = (False, False)
    for part in text.split("\0"):
        name = part.strip("</>")
        if name in depth and part != name:
            depth[name] += -1 if part.startswith("</") else 1
        elif part:
            looks = (depth["strong"] > 0, depth["em"] > 0)
            if looks != shown:
                parts.append(f"<{'bold' * looks[0]}{'italic' * looks[1]}>")
            shown = looks
            parts.append(part)
    return "".join(parts)


def _blocks(blocks: Iterable[Block], document: Document) -> str:
    return "\n".join(_block(block, document) for block in blocks)


def _block(block: Block, document: Document) -> str:  # noqa: PLR0911 - one dispatch over the kinds
    if block.kind in {"paragraph", "heading"}:
        tag = f"h{block.level}" if block.kind == "heading" else "p"
        return f"<{tag}>{_leaf(block.text, document)}</{tag}>"
    if block.kind == "code":
        return f"<pre><code>{html.escape(block.text)}</code></pre>"
    if block.kind == "rule":
        return "<hr>"
    if block.kind == "list":
        start = f' start="{block.start}"' if block.start not in {None, 1} else ""
        tag = "ul" if block.start is None else "ol"
        return f"<{tag}{start}>{_blocks(block.children, document)}</{tag}>"
    if block.kind == "item":
        return f"<li>{_blocks(block.children, document)}</li>"
    if block.kind in {"quote", "callout"}:
        return f"<blockquote>{_blocks(block.children, document)}</blockquote>"
    if block.kind == "table":
        rows = ("".join(f"<td>{_leaf(cell, document)}</td>" for cell in row.cells) for row in block.rows)
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    if block.kind == "html":
        return f"{block.text}\n"
    if block.kind == "video":
        return f'<p><a href="{block.text}">{block.text}</a></p>'
    return _blocks(block.children, document)


def _leaf(text: str, document: Document) -> str:
    return _inside(parse_inline(text, document.references))


def _inside(element: Element) -> str:
    return _text(element.text) + "".join(_one(child) + _text(child.tail) for child in element)


def _text(text: str | None) -> str:
    return html.escape(unescape(text or ""))


def _one(child: Element) -> str:
    if child.tag == "raw":
        return unescape(child.get("source") or "")
    names = [name for name in ("href", "src", "alt", "title") if child.get(name) is not None]
    shown = "".join(f' {name}="{html.escape(str(child.get(name)))}"' for name in names)
    if child.tag in {"br", "img"}:
        return f"<{child.tag}{shown}>"
    return f"<{child.tag}{shown}>{_inside(child)}</{child.tag}>"
