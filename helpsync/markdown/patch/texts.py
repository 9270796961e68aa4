"""Texts divided into blocks, what each block shows to readers, and which blocks of two texts belong together."""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.diff.alignment import Effort, align, gaps
from helpsync.markdown.diff.compare import pair_similar
from helpsync.markdown.html.canonical import canonical, canonical_ignoring_targets
from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.parse.document import Block, Definition, Document, reference_name
from helpsync.markdown.to_html.context import Broken, External, Findings, PublicImage, RenderContext
from helpsync.markdown.to_html.inline_html import is_empty_footnote
from helpsync.markdown.to_html.write import HtmlWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helpsync.markdown.to_html.context import ImageTarget, LinkTarget

_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>')
_PICTURE = re.compile(r'<img src="helpsync:sha256:([^"]*)"((?: alt="[^"]*")?)')
_LEVELLED = "# .\n\n"
"""Put above a part, so that its headings count from the first level on both sides."""

_NUMBER = re.compile(r"\\?\[([1-9][0-9]{0,3})\](?![(\[:])")
_NAME = re.compile(r"\[((?:[^\[\]\\]|\\.)+)\]")
_NOTE = re.compile(r"\[\^([^\[\]\s]+)\]")


class Renderings:
    """Renders parts of the source and of the other texts; the source's links and pictures get the others' names."""

    def __init__(self, text: str, document: Document) -> None:
        self._document = document
        self._text = reference_name(text)
        self._links: dict[str, str | None] = {}
        self._pictures: dict[str, str | None] = {}
        self._numbers: dict[str, int] = {}
        self._references = dict(document.references)
        self._abbreviations = dict(document.abbreviations)
        self._empty = {name for name, note in document.footnotes.items() if is_empty_footnote(note)}
        for match in _NOTE.finditer(text):
            name = match[1].lower()
            if name in document.footnotes and name not in self._empty and text[match.end() : match.end() + 1] != ":":
                self._numbers.setdefault(name, len(self._numbers) + 1)

    @property
    def footnotes(self) -> list[str]:
        """The names of the footnotes in the order of the numbers that readers see."""
        return list(self._numbers)

    def parsed(self, text: str, *, ours: bool) -> Document:
        """Return the blocks of a part; a part of the source gets the definitions that it uses."""
        if not ours:
            return parse_blocks(text)
        document = parse_blocks(_NOTE.sub(self._numbered, text) if self._numbers or self._empty else text)
        if self._references:
            names = {reference_name(name) for name in _NAME.findall(text)}
            known = {name: self._references[name] for name in names if name in self._references}
            document.references = {**known, **document.references}
        document.abbreviations = self._abbreviations
        return document

    def html(self, document: Document, blocks: Sequence[Block], *, ours: bool) -> list[str]:
        """Return the stored form of each block; an item's is that of a list with only this item."""
        shown = [Block("list", block.line, children=[block]) if block.kind == "item" else block for block in blocks]
        writer = self._writer(shown, document, ours=ours)
        return ["".join(piece.html for piece in writer.blocks([block], None)) for block in shown]

    def with_references(self, text: str, ours: str = "") -> str:
        """Return a part of the other texts with references for its footnote numbers, except for those in `ours`."""
        names = {str(number): name for name, number in self._numbers.items()}

        def named(match: re.Match[str]) -> str:
            return f"[^{names[match[1]]}]" if match[1] in names and match[0] not in ours else match[0]

        return _NUMBER.sub(named, text) if names else text

    def narrow(self, html: str) -> None:
        """From now on, expand only abbreviations that this stored part expands."""
        known = self._document.abbreviations
        self._abbreviations = {name: meaning for name, meaning in known.items() if f"{name} ({meaning})" in html}

    def learn(self, ours: str, theirs: str) -> None:
        """Learn the other texts' names for the source's links and pictures from two bodies that say the same."""
        for names, pattern in ((self._links, _LINK), (self._pictures, _PICTURE)):
            mine, others = pattern.findall(ours), pattern.findall(theirs)
            pairs = dict(enumerate(range(len(mine))))
            if len(mine) != len(others):
                pairs = dict(align([shown for _, shown in mine], [shown for _, shown in others], Effort()))
            for number, (address, _) in enumerate(mine):
                other = entities.unescape(others[pairs[number]][0]) if number in pairs else None
                names.setdefault(entities.unescape(address), other)

    def same(self, ours: str, theirs: str) -> bool:
        """Return whether a part of the source says what a part of another text says."""
        mine, other = self.parsed(_LEVELLED + ours, ours=True), parse_blocks(_LEVELLED + theirs)
        return self._form(mine, ours=True) == self._form(other, ours=False)

    def same_text(self, ours: str, theirs: str) -> bool:
        """Return whether a whole text in the source's place says what one of the others says."""
        return self._form(parse_blocks(ours), ours=True) == self._form(parse_blocks(theirs), ours=False)

    def targets(self, text: str) -> list[tuple[str, str]]:
        """Return the links of a part of the other texts: address and text of each."""
        document = parse_blocks(text)
        bodies = self.html(document, document.blocks, ours=False)
        return [(entities.unescape(href), shown) for html in bodies for href, shown in _LINK.findall(html)]

    def references_to(self, href: str) -> list[tuple[str, Definition]]:
        """Return the source's references with the same target as this address of the others."""
        found = self._references.items()
        return [(name, one) for name, one in found if (self._links.get(one.href) or one.href) == href]

    def source_addresses(self, href: str) -> list[str]:
        """Return the ways in which the source may write the others' address."""
        return [href, *(own for own, other in self._links.items() if other == href and own != href)]

    def is_used_once(self, name: str) -> bool:
        """Return whether only one link of the source uses the reference."""
        return self._text.count(f"[{name}]") <= 2

    def define(self, name: str, definition: Definition) -> None:
        """Give a reference of the source another definition."""
        self._references[name] = definition

    def _form(self, document: Document, *, ours: bool) -> str:
        return canonical(self._writer(document.blocks, document, ours=ours).body().html)

    def _numbered(self, match: re.Match[str]) -> str:
        name = match[1].lower()
        if name in self._empty and not match.string.startswith(":", match.end()):
            return ""
        number = self._numbers.get(name)
        return match[0] if number is None else f"\\[{number}]"

    def _writer(self, blocks: list[Block], document: Document, *, ours: bool) -> HtmlWriter:
        shown = Document(blocks, document.references, document.footnotes, document.abbreviations)
        context = RenderContext("", 1, External, lambda source: PublicImage(f"sha256:{source}"))
        if ours:
            context = RenderContext("", 1, self._link, self._picture)
        return HtmlWriter(shown, context, Findings("", context))

    def _link(self, href: str) -> LinkTarget:
        named = self._links.get(href, href)
        return Broken("broken-link", "") if named is None else External(named)

    def _picture(self, source: str) -> ImageTarget:
        named = self._pictures.get(source, source)
        return Broken("missing-image", "") if named is None else PublicImage(f"sha256:{named}")


@dataclass(frozen=True, slots=True)
class Span:
    """A block's lines from `start` to `end`, counted from 0, its stored form, and a key of its meaning."""

    block: Block
    start: int
    end: int
    text: str
    html: str
    key: str


@dataclass(frozen=True, slots=True)
class Text:
    """Lines and the spans in them, in order; between spans are blank lines and definitions."""

    lines: list[str]
    spans: list[Span]


def read_text(lines: list[str], renderings: Renderings, *, ours: bool) -> Text:
    """Return the text of these lines, divided into blocks."""
    document = renderings.parsed("\n".join(lines), ours=ours)
    return cut_text(lines, document.blocks, document, renderings, ours=ours)


def cut_text(
    lines: list[str],
    blocks: Sequence[Block],
    document: Document,
    renderings: Renderings,
    *,
    ours: bool,
    region: bool = False,
) -> Text:
    """Return the lines, divided into these blocks; the key of a tag in a `region` is the tag as written."""
    raw = {id(block) for block in blocks if region and block.kind == "html"}
    shown = iter(renderings.html(document, [block for block in blocks if id(block) not in raw], ours=ours))
    spans = []
    for block in blocks:
        start, end = block.line - 1, min(block.end - 1, len(lines))
        while end > start + 1 and not lines[end - 1].strip():
            end -= 1
        text = "\n".join(lines[start:end])
        html = "" if id(block) in raw else next(shown)
        key = canonical_ignoring_targets(html)
        if id(block) in raw:
            key = " ".join(text.replace(">", "> ").replace("<", " <").split())
        spans.append(Span(block, start, end, text, html, key))
    return Text(lines, spans)


class Pairing(NamedTuple):
    """Spans of the source, and the spans of the text before that say the same; either may be empty."""

    ours: range
    theirs: range


def pairings(ours: Sequence[Span], theirs: Sequence[Span]) -> list[Pairing]:
    """Return pairings that contain each span once, in order, each as small as possible."""
    same = align([span.key for span in ours], [span.key for span in theirs], Effort())
    found: list[Pairing] = []
    for mine, other in gaps(same, len(ours), len(theirs)):
        found += _between(ours, theirs, mine, other)
        if mine.stop < len(ours):
            found.append(Pairing(range(mine.stop, mine.stop + 1), range(other.stop, other.stop + 1)))
    return found


def _between(ours: Sequence[Span], theirs: Sequence[Span], mine: range, other: range) -> Iterator[Pairing]:
    """Yield pairings of spans that differ: first those divided differently, then the most similar ones."""
    while mine and other and (end := _divided_differently(ours, theirs, mine, other)) is not None:
        yield Pairing(range(mine.start, end[0]), range(other.start, end[1]))
        mine, other = range(end[0], mine.stop), range(end[1], other.stop)
    similar = pair_similar([ours[one].text for one in mine], [theirs[two].text for two in other], Effort())
    for left, right in gaps(similar, len(mine), len(other)):
        yield from _unpaired(mine[left.start : left.stop], other[right.start : right.stop])
        if left.stop < len(mine):
            yield Pairing(mine[left.stop : left.stop + 1], other[right.stop : right.stop + 1])


def _unpaired(mine: range, other: range) -> Iterator[Pairing]:
    if mine and other:
        yield Pairing(mine, other)
        return
    for number in mine:
        yield Pairing(range(number, number + 1), range(other.start, other.start))
    for number in other:
        yield Pairing(range(mine.start, mine.start), range(number, number + 1))


def _divided_differently(
    ours: Sequence[Span], theirs: Sequence[Span], mine: range, other: range
) -> tuple[int, int] | None:
    """Return where the shortest equal starts of both end, None where there are none."""
    x, y = mine.start + 1, other.start + 1
    one, two = ours[mine.start].key, theirs[other.start].key
    while one != two:
        if len(one) <= len(two):
            if x == mine.stop or not two.startswith(one):
                return None
            one, two, x = ours[x].key, two[len(one) :], x + 1
        else:
            if y == other.stop or not one.startswith(two):
                return None
            one, two, y = one[len(two) :], theirs[y].key, y + 1
    return x, y


class BlockChange(NamedTuple):
    """The position of a block in the text after the edit, and whether it is the same there."""

    place: int
    same: bool


def block_changes(before: Sequence[str], after: Sequence[str]) -> dict[int, BlockChange]:
    """Return what each block that was not removed became, by its position before."""
    effort = Effort()
    found: dict[int, BlockChange] = {}
    for gone, come in gaps(align(before, after, effort), len(before), len(after)):
        similar = pair_similar(before[gone.start : gone.stop], after[come.start : come.stop], effort)
        found |= {gone.start + one: BlockChange(come.start + two, same=False) for one, two in similar}
        if gone.stop < len(before):
            found[gone.stop] = BlockChange(come.stop, same=True)
    return found
