"""What Markdown shows to readers, so that an edit is known to have become what it was."""

from __future__ import annotations

import html as entities
import re
from typing import TYPE_CHECKING

from helpsync.markup.align import Effort, aligned
from helpsync.markup.blocks import parse
from helpsync.markup.canonical import levelless, loose
from helpsync.markup.context import Broken, External, ImageTarget, LinkTarget, PublicImage, RenderContext
from helpsync.markup.document import Block, Document
from helpsync.markup.notes import Notes
from helpsync.markup.write import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>')
_PICTURE = re.compile(r'<img src="helpsync:sha256:([^"]*)"((?: alt="[^"]*")?)')
_NOTE = re.compile(r"\[\^([^\[\]\s]+)\]")


class Forms:
    """Renders parts of the source and of the other texts; the source's links and pictures by the others' names."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._links: dict[str, str | None] = {}
        self._pictures: dict[str, str | None] = {}
        self._numbers: dict[str, int] = {}

    def html(self, document: Document, blocks: Sequence[Block], *, ours: bool) -> list[str]:
        """Return what each block is stored as; items as lists of one."""
        if ours:
            document = self._ours(document)
        shown = [Block("list", block.line, children=[block]) if block.kind == "item" else block for block in blocks]
        writer = _writer(shown, document, self._context(ours=ours))
        return ["".join(piece.html for piece in writer.blocks([block], None)) for block in shown]

    def number(self, text: str) -> None:
        """Learn the numbers that readers see for footnotes, from the whole source."""
        for match in _NOTE.finditer(text):
            name = match[1].lower()
            if name in self._document.footnotes and text[match.end() : match.end() + 1] != ":":
                self._numbers.setdefault(name, len(self._numbers) + 1)

    def learn(self, ours: str, theirs: str) -> None:
        """Learn from two bodies that say the same how the other texts name what the source's links lead to."""
        _pair(self._links, _LINK.findall(ours), _LINK.findall(theirs))
        _pair(self._pictures, _PICTURE.findall(ours), _PICTURE.findall(theirs))

    def same(self, ours: str, theirs: str) -> bool:
        """Tell whether a text in the source's place says what a text of the others does."""
        return self._form(ours, ours=True) == self._form(theirs, ours=False)

    def _form(self, text: str, *, ours: bool) -> tuple[str, list[int]]:
        if ours and self._numbers:
            text = _NOTE.sub(self._numbered, text)
        document = parse(text)
        writer = _writer(document.blocks, self._ours(document) if ours else document, self._context(ours=ours))
        body = writer.body()
        return levelless(body.html), [block.level for block in _headings(document.blocks)]

    def _numbered(self, match: re.Match[str]) -> str:
        number = self._numbers.get(match[1].lower())
        return match[0] if number is None else f"\\[{number}]"

    def _ours(self, document: Document) -> Document:
        own = self._document
        return Document(
            document.blocks,
            {**own.references, **document.references},
            {**own.footnotes, **document.footnotes},
            document.abbreviations,
        )

    def _context(self, *, ours: bool) -> RenderContext:
        if ours:
            return RenderContext("", 1, self._link, self._picture)
        return RenderContext("", 1, External, lambda source: PublicImage(f"sha256:{source}"))

    def _link(self, href: str) -> LinkTarget:
        named = self._links.get(href, href)
        return Broken("broken-link", "") if named is None else External(named)

    def _picture(self, source: str) -> ImageTarget:
        named = self._pictures.get(source, source)
        return Broken("missing-image", "") if named is None else PublicImage(f"sha256:{named}")


def key_of(html: str) -> str:
    """Return what a stored body says, wherever its links lead and whatever its pictures' addresses."""
    return loose(html)


def _writer(blocks: list[Block], document: Document, context: RenderContext) -> Writer:
    shown = Document(blocks, document.references, document.footnotes, document.abbreviations)
    return Writer(shown, context, Notes("", context))


def _pair(names: dict[str, str | None], ours: list[tuple[str, str]], theirs: list[tuple[str, str]]) -> None:
    """Tie addresses by what is shown with them; one that has no counterpart leads nowhere."""
    if len(ours) == len(theirs):
        pairs = {number: number for number in range(len(ours))}
    else:
        pairs = dict(aligned([shown for _, shown in ours], [shown for _, shown in theirs], Effort()))
    for number, (address, _) in enumerate(ours):
        other = entities.unescape(theirs[pairs[number]][0]) if number in pairs else None
        names.setdefault(entities.unescape(address), other)


def _headings(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.kind == "heading":
            yield block
        yield from _headings(block.children)
