"""Reads a leaf's Markdown back as rendering does, so that it is known to say what it must."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from helpsync.markdown.html.read import read_html
from helpsync.markdown.html.runs import attribute
from helpsync.markdown.parse import attributes, blocks, inline, tables
from helpsync.markdown.to_markdown import lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from helpsync.markdown.html.runs import Run

_ATTRIBUTED = attributes.Attributes(classes=("x",))
_WHOLE = {"paragraph": "{}", "heading": "## {}", "attributed": "## {} {{.x}}"}
_TAGS = {"strong": "b", "em": "i", "del": "s"}


def reads_back(text: str, kind: lines.Kind, runs: Sequence[Run]) -> bool:
    """Tell whether the Markdown of a leaf is read as this leaf, and its content as these runs."""
    content = _content(text, kind)
    if content is None:
        return False
    element = inline.parse_inline([content], {})[0]
    if element.get("deep"):
        return False
    parts: list[str] = []
    if not _write(element, parts):
        return False
    pieces = read_html(f"<p>{''.join(parts)}</p>", image=str)
    return len(pieces) == 1 and pieces[0][:3] == ("leaf", "p", "") and list(pieces[0].runs) == list(runs)


def _content(text: str, kind: lines.Kind) -> str | None:
    """Return what the inline patterns get to see, None where the block is another one."""
    if kind == "cell":
        cells = tables.split(f"| {text} |")
        return cells[0] if len(cells) == 1 else None
    if kind == "paragraph" and lines.is_plain(text):
        return text
    found = blocks.parse_blocks(_WHOLE[kind].format(text)).blocks
    if len(found) != 1 or found[0].kind != ("paragraph" if kind == "paragraph" else "heading"):
        return None
    expected = _ATTRIBUTED if kind == "attributed" else attributes.NONE
    return text if found[0].text == text and found[0].attributes == expected else None


def _write(element: Element, parts: list[str]) -> bool:
    """Write what is in the element as HTML, and tell whether no attribute list stands in it."""
    parts.append(_escaped(element.text))
    for child in element:
        if not _write_child(child, parts):
            return False
        tail = child.tail or ""
        if tail.startswith("{") and child.tag != "raw" and attributes.leading(tail)[1] is not attributes.NONE:
            return False
        parts.append(_escaped(tail))
    return True


def _write_child(child: Element, parts: list[str]) -> bool:
    tag = child.tag
    if tag == "raw":
        parts.append(inline.unescape(child.get("source") or ""))
    elif tag == "br":
        parts.append("<br>")
    elif tag == "img":
        source, alt = child.get("src") or "", child.get("alt") or ""
        parts.append(f"<img{attribute('src', source)}{attribute('alt', alt)}>")
    else:
        href = attribute("href", child.get("href") or "") if tag == "a" else ""
        name = _TAGS.get(tag, tag)
        parts.append(f"<{name}{href}>")
        complete = _write(child, parts)
        parts.append(f"</{name}>")
        return complete and not child.get("title")
    return True


def _escaped(text: str | None) -> str:
    return html.escape(inline.unescape(text), quote=False) if text else ""
