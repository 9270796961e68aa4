"""Writes blocks and paragraphs in the form that Intercom stores, and fills placeholders at sending."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from helpsync.markdown.dialect import ALIGN, BLANK, BUTTON, CALLOUT, CONTAINER, CONTENT, PARAGRAPH, SPACED, TABLE, VIDEO
from helpsync.markdown.html.read import attribute
from helpsync.model import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from helpsync.model import Body


MARK = "helpsync:"


@lru_cache(maxsize=8)
def _placeholder(mark: str) -> re.Pattern[str]:
    """Return the expression that finds the placeholders with this mark.

    In a rendered body the placeholder is the tag's first attribute, `a` never nests, and `"`, `<`, `>` are escaped in
    values as `<` is in text: so a regular expression is exact here.
    """
    return re.compile(
        rf'<a href="{re.escape(mark)}(?P<link>[^"]*)"(?P<rest>[^>]*>)'
        r"|(?P<end></a>)"
        rf'|(?P<tag><h[1-6]) id="{re.escape(mark)}(?P<heading>[^"]*)"'
        rf'|<img src="{re.escape(mark)}(?P<image>[^"]*)"'
    )


def unused_mark(stored: str) -> str:
    """Return a mark for placeholders that does not occur in this text, so that no text is taken for one."""
    number = 0
    while (mark := f"helpsync-{number}:" if number else MARK) in stored:
        number += 1
    return mark


def placeholder(target: Reference, mark: str = MARK) -> str:
    """Return the href of a link to an own article, which `fill` replaces."""
    slug = f"#{target.slug}" if target.slug else ""
    return f"{mark}{target.locale}/{quote(target.address)}{slug}"


def _reference(name: str) -> Reference:
    path, _, slug = html.unescape(name).partition("#")
    locale, _, address = path.partition("/")
    return Reference(locale, unquote(address), slug or None)


def fill(
    body: Body,
    *,
    link: Callable[[Reference], str | None],
    heading: Callable[[str], str],
    image: Callable[[str], str],
) -> str:
    """Return the HTML to send.

    `link` returns an address, None to unwrap the link, `heading` an id for a slug, `image` the address for a key.
    """
    unwrapping = False

    def replace(match: re.Match[str]) -> str:
        nonlocal unwrapping
        if match["link"] is not None:
            href = link(_reference(match["link"]))
            unwrapping = href is None
            return "" if href is None else f"<a{attribute('href', href)}{match['rest']}"
        if match["heading"] is not None:
            return match["tag"] + attribute("id", heading(html.unescape(match["heading"])))
        if match["image"] is not None:
            return f"<img{attribute('src', image(html.unescape(match['image'])))}"
        if unwrapping:
            unwrapping = False
            return ""
        return match[0]

    if body.mark not in body.html:
        return body.html
    return _placeholder(body.mark).sub(replace, body.html)


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A finished block: its kind (spacing depends on it), its HTML, and whether it contains a table."""

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


def list_blocks(tag: str, items: Iterable[list[StoredBlock]]) -> list[StoredBlock]:
    """Return a list without empty items, which Intercom drops, and with tables, which it refuses, below their items."""
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
    """Return a block of code; Intercom joins lines that do not end in `<br>`."""
    written = html.escape(text, quote=False).replace("\n", "<br>")
    return StoredBlock("code", f"<pre><code>{written}</code></pre>")


def callout(style: str, pieces: Sequence[StoredBlock]) -> StoredBlock:
    """Return a callout; `style` names its colours."""
    styled = attribute("style", style) if style else ""
    written = f'<div class="{CALLOUT}"{styled}>{join(pieces) or BLANK}</div>'
    return StoredBlock("callout", written, any(piece.tabular for piece in pieces))


def collapsible(title: str, pieces: Sequence[StoredBlock]) -> StoredBlock:
    """Return a collapsible; `title` is inline HTML."""
    content = f'<div class="{CONTENT}">{join(pieces) or BLANK}</div>'
    written = f"<details><summary><h2>{title}</h2></summary>{content}</details>"
    return StoredBlock("details", written, any(piece.tabular for piece in pieces))


def table(rows: Iterable[Iterable[str]], style: str = "") -> StoredBlock:
    """Return a table of rows of cells, each from `cell`."""
    styled = attribute("style", style) if style else ""
    content = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    written = f'<table role="presentation"{styled}><tbody>{content}</tbody></table>'
    return StoredBlock("table", f'<div class="{TABLE}">{written}</div>', tabular=True)


def cell(attributes: str, pieces: Sequence[StoredBlock]) -> str:
    """Return a cell of a table."""
    return f"<td{attributes}>{join(pieces)}</td>"


def container(content: str, align: str | None) -> str:
    """Return the container of a picture or a button."""
    return f'<div class="{CONTAINER}{f" {ALIGN}{align}" if align else ""}">{content}</div>'


def button(label: str, address: str, align: str | None) -> StoredBlock:
    """Return a button that leads to the address, which may be a placeholder."""
    link = f'<a{attribute("href", address)} class="{BUTTON}" target="_blank">{label}</a>'
    return StoredBlock("button", container(link, align))


def video(address: str) -> StoredBlock:
    """Return a video; `address` is the one of its player."""
    frame = f'<iframe{attribute("src", address)} frameborder="0" allowfullscreen="allowfullscreen"></iframe>'
    return StoredBlock("video", f'<div class="{VIDEO}">{frame}</div>')


_WHITESPACE = re.compile(r"[ \t\n\r\f]+")


class ParagraphBuilder:
    """Builds paragraphs, with pictures and the like as blocks between them, from the text of one leaf.

    With `single`, all text goes into one run without a paragraph (a heading), and blocks wait until its end. Spaces at
    the edges of a paragraph and around hard breaks are left out. `plain` is the text without tags.
    """

    def __init__(self, *, align: str | None = None, single: bool = False) -> None:
        self.pieces: list[StoredBlock] = []
        self.align = align
        self.plain: list[str] = []
        self.single = single
        self._buffer: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.started = False
        """Whether a paragraph is under way."""
        self._pending = ""

    def text(self, text: str) -> None:
        """Add text; white space collapses as in a browser."""
        words = _WHITESPACE.sub(" ", text)
        if words in {"", " "}:
            self._space(words)
            return
        if words[0] == " ":
            self._space(" ")
            words = words[1:]
        self._flush_pending()
        kept = words.rstrip(" ")
        self._buffer.append(html.escape(kept, quote=False))
        self.plain.append(kept)
        self.started = True
        if len(kept) < len(words):
            self._space(" ")

    def code(self, text: str) -> None:
        """Add a code span."""
        self._flush_pending()
        shown = text.replace("\n", " ")
        self._buffer.append(f"<code>{html.escape(shown, quote=False)}</code>")
        self.plain.append(shown)
        self.started = True

    def hard_break(self) -> None:
        """Add a hard break; at the end of a paragraph it shows nothing and is left out."""
        if self.started:
            self._pending = self._pending.rstrip(" ") + "<br>"
            self.plain.append(" ")

    def open(self, name: str, tag: str) -> None:
        """Open an element; `tag` is its start tag."""
        if self.started:
            self._flush_pending()
        self._open.append((name, tag))
        self._buffer.append(tag)

    def close(self, name: str) -> None:
        """Close the innermost element of this name; those opened within it are closed and opened again."""
        if all(name != opened for opened, _ in self._open):
            return
        again: list[tuple[str, str]] = []
        while (element := self._open.pop())[0] != name:
            self._end(*element)
            again.append(element)
        self._end(*element)
        for element in reversed(again):
            self._open.append(element)
            self._buffer.append(element[1])

    def image(self, tag: str, *, align: str | None, linked: str | None) -> None:
        """Add a picture as a block of its own, with the link around it."""
        content = f"{linked}{tag}</a>" if linked else tag
        self.block(StoredBlock("image", container(content, align or self.align)))

    def block(self, block: StoredBlock) -> None:
        """Add a finished block between the paragraphs; within a single run it waits until the end."""
        if not self.single:
            self.paragraph_end()
        self.pieces.append(block)

    def paragraph_end(self) -> None:
        """End the paragraph; open elements continue in the next one."""
        if self.single:
            self._space(" ")
            return
        for name, tag in reversed(self._open):
            self._end(name, tag)
        if self.started:
            start = f'<p class="{ALIGN}{self.align} no-margin">' if self.align else PARAGRAPH
            self.pieces.append(StoredBlock("p", f"{start}{''.join(self._buffer)}</p>"))
        self._buffer = [tag for _, tag in self._open]
        self.started = False
        self._pending = ""

    def finish(self) -> str:
        """Close everything; return the run of text with `single`, else an empty text, with everything in `pieces`."""
        if self.single:
            while self._open:
                self._end(*self._open.pop())
            return "".join(self._buffer)
        self.paragraph_end()
        return ""

    def _end(self, name: str, tag: str) -> None:
        if self._buffer and self._buffer[-1] is tag:
            self._buffer.pop()
        else:
            self._buffer.append(f"</{name}>")

    def _space(self, space: str) -> None:
        if space and self.started and not self._pending and not self._buffer[-1].endswith(" "):
            self._pending = space
            self.plain.append(space)

    def _flush_pending(self) -> None:
        if self._pending:
            self._buffer.append(self._pending)
            self._pending = ""
