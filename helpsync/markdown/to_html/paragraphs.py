"""Writes inline markup into paragraphs: balanced tags, no stray space, pictures as blocks of their own."""

from __future__ import annotations

import html
import re

from helpsync.markdown.html import storage
from helpsync.markdown.html.storage import StoredBlock

_WHITESPACE = re.compile(r"[ \t\n\r\f]+")


class ParagraphBuilder:
    """The text of one leaf on its way to one or several pieces.

    With `single`, all text goes into one run without a paragraph around it (a heading), and pictures wait until its
    end. Space at the edges of a paragraph and around hard breaks is left out.
    """

    def __init__(self, *, align: str | None = None, single: bool = False) -> None:
        self.pieces: list[StoredBlock] = []
        self.align = align
        self.plain: list[str] = []
        self.single = single
        self._buffer: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._started = False
        self._pending = ""

    def text(self, text: str) -> None:
        """Add text: white space is collapsed as a browser would."""
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
        self._started = True
        if len(kept) < len(words):
            self._space(" ")

    def code(self, text: str) -> None:
        """Add a code span."""
        self._flush_pending()
        shown = text.replace("\n", " ")
        self._buffer.append(f"<code>{html.escape(shown, quote=False)}</code>")
        self.plain.append(shown)
        self._started = True

    def hard_break(self) -> None:
        """Add a hard break; at the end of a paragraph it shows nothing and is left out."""
        if self._started:
            self._pending = self._pending.rstrip(" ") + "<br>"
            self.plain.append(" ")

    def has_text(self) -> bool:
        """Tell whether a paragraph is under way."""
        return self._started

    def is_open(self, name: str) -> bool:
        """Tell whether an element of this name is open."""
        return any(name == opened for opened, _ in self._open)

    def open(self, name: str, tag: str) -> None:
        """Open an element; `tag` is its start tag."""
        if self._started:
            self._flush_pending()
        self._open.append((name, tag))
        self._buffer.append(tag)

    def close(self, name: str) -> None:
        """Close the innermost element of this name; those opened within it are closed and opened again."""
        if not self.is_open(name):
            return
        again: list[tuple[str, str]] = []
        while True:
            opened, tag = self._open.pop()
            self._end(opened, tag)
            if opened == name:
                break
            again.append((opened, tag))
        for opened, tag in reversed(again):
            self._open.append((opened, tag))
            self._buffer.append(tag)

    def image(self, tag: str, *, align: str | None, linked: str | None) -> None:
        """Add a picture as a block of its own, with the link that it stands in."""
        content = f"{linked}{tag}</a>" if linked else tag
        self.block(StoredBlock("image", storage.container(content, align or self.align)))

    def block(self, block: StoredBlock) -> None:
        """Add a finished block between the paragraphs; one from within a single run waits until its end."""
        if not self.single:
            self.paragraph_end()
        self.pieces.append(block)

    def paragraph_end(self) -> None:
        """End the paragraph; what is open goes on in the next one."""
        if self.single:
            self._space(" ")
            return
        for name, tag in reversed(self._open):
            self._end(name, tag)
        if self._started:
            self.pieces.append(StoredBlock("p", f"{storage.paragraph(self.align)}{''.join(self._buffer)}</p>"))
        self._buffer = [tag for _, tag in self._open]
        self._started = False
        self._pending = ""

    def finish(self) -> str:
        """Close everything; return the one run of text with `single`, else the empty text and all is in `pieces`."""
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
        if space and self._started and not self._pending and not self._buffer[-1].endswith(" "):
            self._pending = space
            self.plain.append(space)

    def _flush_pending(self) -> None:
        if self._pending:
            self._buffer.append(self._pending)
            self._pending = ""
