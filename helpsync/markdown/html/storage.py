"""Blocks in the form in which Intercom stores them, spaced as people space them in its editor (facts: Bodies)."""

from __future__ import annotations

import html
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from helpsync.markdown.dialect import ALIGN, BLANK, BUTTON, CALLOUT, CONTAINER, CONTENT, PARAGRAPH, SPACED, TABLE, VIDEO
from helpsync.markdown.html.placeholders import escape_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A finished block: what kind it is (spacing depends on it), its HTML, and whether a table stands in it."""

    kind: str
    html: str
    tabular: bool = False


def join(pieces: Sequence[StoredBlock]) -> str:
    """Return the pieces with a blank line where people put one."""
    parts = [piece.html for piece in pieces[:1]]
    for before, piece in pairwise(pieces):
        if (before.kind, piece.kind) in SPACED:
            parts.append(BLANK)
        parts.append(piece.html)
    return "".join(parts)


def list_of(tag: str, items: Iterable[list[StoredBlock]]) -> list[StoredBlock]:
    """Return a list without its empty items; content with a table is put below its item.

    Intercom drops the ones, and refuses the other (facts: what is sent).
    """
    pieces: list[StoredBlock] = []
    written: list[str] = []

    def flush() -> None:
        if written:
            pieces.append(StoredBlock("list", f"<{tag}>{''.join(written)}</{tag}>"))
            written.clear()

    for parts in items:
        cut = next((number for number, part in enumerate(parts) if part.tabular), None)
        inside = parts if cut is None else parts[:cut]
        if inside:
            written.append(f"<li>{join(inside)}</li>")
        if cut is not None:
            flush()
            pieces.extend(parts[cut:])
    flush()
    return pieces


RULE = StoredBlock("rule", "<hr>")


def code(text: str) -> StoredBlock:
    """Return a block of code; Intercom runs lines together that do not end in `<br>` (facts: what is sent)."""
    written = html.escape(text, quote=False).replace("\n", "<br>")
    return StoredBlock("code", f"<pre><code>{written}</code></pre>")


def callout(style: str, pieces: Sequence[StoredBlock]) -> StoredBlock:
    """Return a callout; `style` names its colours."""
    styled = f' style="{escape_attribute(style)}"' if style else ""
    written = f'<div class="{CALLOUT}"{styled}>{join(pieces) or BLANK}</div>'
    return StoredBlock("callout", written, _tabular(pieces))


def collapsible(title: str, pieces: Sequence[StoredBlock]) -> StoredBlock:
    """Return a collapsible; `title` is inline HTML."""
    content = f'<div class="{CONTENT}">{join(pieces) or BLANK}</div>'
    written = f"<details><summary><h2>{title}</h2></summary>{content}</details>"
    return StoredBlock("details", written, _tabular(pieces))


def _tabular(pieces: Iterable[StoredBlock]) -> bool:
    return any(piece.tabular for piece in pieces)


def table(rows: Iterable[Iterable[str]], style: str = "") -> StoredBlock:
    """Return a table of rows of cells, each from `cell`."""
    styled = f' style="{escape_attribute(style)}"' if style else ""
    content = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    written = f'<table role="presentation"{styled}><tbody>{content}</tbody></table>'
    return StoredBlock("table", f'<div class="{TABLE}">{written}</div>', tabular=True)


def cell(attributes: str, pieces: Sequence[StoredBlock]) -> str:
    """Return a cell of a table."""
    return f"<td{attributes}>{join(pieces)}</td>"


def paragraph(align: str | None) -> str:
    """Return the start tag of a paragraph."""
    return f'<p class="{ALIGN}{align} no-margin">' if align else PARAGRAPH


def container(content: str, align: str | None) -> str:
    """Return what holds a picture or a button."""
    return f'<div class="{CONTAINER}{f" {ALIGN}{align}" if align else ""}">{content}</div>'


def button(label: str, address: str, align: str | None) -> StoredBlock:
    """Return a button; `address` is where it leads, a placeholder of an own article among others."""
    link = f'<a href="{escape_attribute(address)}" class="{BUTTON}" target="_blank">{label}</a>'
    return StoredBlock("button", container(link, align))


def video(address: str) -> StoredBlock:
    """Return a video; `address` is the one that its provider gives for frames."""
    frame = f'<iframe src="{escape_attribute(address)}" frameborder="0" allowfullscreen="allowfullscreen"></iframe>'
    return StoredBlock("video", f'<div class="{VIDEO}">{frame}</div>')
