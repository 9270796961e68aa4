"""Texts cut into blocks, what each block shows to readers, and which blocks of two texts belong together."""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.diff.alignment import Effort, align
from helpsync.markdown.diff.compare import pair_similar
from helpsync.markdown.html.canonical import canonical, canonical_ignoring_targets
from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.parse.document import Block, Definition, Document, reference_name
from helpsync.markdown.to_html.context import (
    Broken,
    External,
    Findings,
    ImageTarget,
    LinkTarget,
    PublicImage,
    RenderContext,
)
from helpsync.markdown.to_html.write import Writer, is_empty_footnote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>')
_PICTURE = re.compile(r'<img src="helpsync:sha256:([^"]*)"((?: alt="[^"]*")?)')
_LEVELLED = "# .\n\n"
"""Stands above a part, so that its headings count from the first level on both sides."""

_DEFINED_AND_USED = 2
_NUMBER = re.compile(r"\\?\[([1-9][0-9]{0,3})\](?![(\[:])")
_NAME = re.compile(r"\[((?:[^\[\]\\]|\\.)+)\]")
_NOTE = re.compile(r"\[\^([^\[\]\s]+)\]")


class Renderings:
    """Renders parts of the source and of the other texts; the source's links and pictures by the others' names."""

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

    def parsed(self, text: str, *, ours: bool) -> Document:
        """Return the blocks of a part, in the source's with what is defined elsewhere of what it names."""
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
        """Return what each block is stored as; items as lists of one."""
        shown = [Block("list", block.line, children=[block]) if block.kind == "item" else block for block in blocks]
        writer = _writer(shown, document, self._context(ours=ours))
        return ["".join(piece.html for piece in writer.blocks([block], None)) for block in shown]

    @property
    def notes(self) -> list[str]:
        """The footnotes in the order of the numbers that readers see."""
        return list(self._numbers)

    def noted(self, text: str, ours: str = "") -> str:
        """Return a part of the other texts with its numbers of footnotes as references, but for those in `ours`."""
        if not self._numbers:
            return text
        names = {str(number): name for name, number in self._numbers.items()}

        def named(match: re.Match[str]) -> str:
            return f"[^{names[match[1]]}]" if match[1] in names and match[0] not in ours else match[0]

        return _NUMBER.sub(named, text)

    def narrow(self, html: str) -> None:
        """Look from here on at a part that is stored as this: abbreviations explained elsewhere are not in it."""
        known = self._document.abbreviations
        self._abbreviations = {name: said for name, said in known.items() if f"{name} ({said})" in html}

    def learn(self, ours: str, theirs: str) -> None:
        """Learn from two bodies that say the same how the other texts name what the source's links lead to."""
        _pair(self._links, _LINK.findall(ours), _LINK.findall(theirs))
        _pair(self._pictures, _PICTURE.findall(ours), _PICTURE.findall(theirs))

    def same(self, ours: str, theirs: str) -> bool:
        """Tell whether a part in the source's place says what a part of the others does."""
        mine, other = self.parsed(_LEVELLED + ours, ours=True), parse_blocks(_LEVELLED + theirs)
        return self._form(mine, ours=True) == self._form(other, ours=False)

    def same_text(self, ours: str, theirs: str) -> bool:
        """Tell whether a whole text in the source's place says what one of the others does."""
        return self._form(parse_blocks(ours), ours=True) == self._form(parse_blocks(theirs), ours=False)

    def targets(self, text: str) -> list[tuple[str, str]]:
        """Return the links of a part of the other texts: where they lead, and the text."""
        document = parse_blocks(text)
        return [
            (entities.unescape(href), shown)
            for html in self.html(document, document.blocks, ours=False)
            for href, shown in _LINK.findall(html)
        ]

    def references_to(self, href: str) -> list[tuple[str, Definition]]:
        """Return the source's references that lead where the others' address does."""
        found = self._references.items()
        return [(name, one) for name, one in found if (self._links.get(one.href) or one.href) == href]

    def named(self, href: str) -> list[str]:
        """Return how the source may write the others' address."""
        return [href, *(own for own, other in self._links.items() if other == href and own != href)]

    def is_used_once(self, name: str) -> bool:
        """Tell whether only one link of the source leads where the reference does."""
        return self._text.count(f"[{name}]") <= _DEFINED_AND_USED

    def refer(self, name: str, definition: Definition) -> None:
        """Let a reference of the source lead elsewhere."""
        self._references[name] = definition

    def _form(self, document: Document, *, ours: bool) -> str:
        return canonical(_writer(document.blocks, document, self._context(ours=ours)).body().html)

    def _numbered(self, match: re.Match[str]) -> str:
        name = match[1].lower()
        if name in self._empty and not match.string.startswith(":", match.end()):
            return ""
        number = self._numbers.get(name)
        return match[0] if number is None else f"\\[{number}]"

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
    return canonical_ignoring_targets(html)


def _writer(blocks: list[Block], document: Document, context: RenderContext) -> Writer:
    shown = Document(blocks, document.references, document.footnotes, document.abbreviations)
    return Writer(shown, context, Findings("", context))


def _pair(names: dict[str, str | None], ours: list[tuple[str, str]], theirs: list[tuple[str, str]]) -> None:
    """Tie addresses by what is shown with them; one that has no counterpart leads nowhere."""
    if len(ours) == len(theirs):
        pairs = {number: number for number in range(len(ours))}
    else:
        pairs = dict(align([shown for _, shown in ours], [shown for _, shown in theirs], Effort()))
    for number, (address, _) in enumerate(ours):
        other = entities.unescape(theirs[pairs[number]][0]) if number in pairs else None
        names.setdefault(entities.unescape(address), other)


@dataclass(frozen=True, slots=True)
class Span:
    """A block: its lines from `start` up to `end`, counted from 0, what it is stored as, and what that says."""

    block: Block
    start: int
    end: int
    text: str
    html: str
    key: str


@dataclass(frozen=True, slots=True)
class Text:
    """Lines and the parts in them, in their order; between parts are blank lines and definitions."""

    lines: list[str]
    parts: list[Span]

    def text(self, parts: Sequence[Span]) -> str:
        """Return the lines from the first to the last of these parts."""
        return "\n".join(self.lines[parts[0].start : parts[-1].end])


def text_of_lines(lines: list[str], forms: Renderings, *, ours: bool) -> Text:
    """Return the text of these lines, cut into its blocks."""
    document = forms.parsed("\n".join(lines), ours=ours)
    return cut_text(lines, document.blocks, document, forms, ours=ours)


def cut_text(
    lines: list[str],
    blocks: Sequence[Block],
    document: Document,
    forms: Renderings,
    *,
    ours: bool,
    region: bool = False,
) -> Text:
    """Return the lines, cut into these blocks of them; the tags of a `region` say just what is written."""
    shown = [block for block in blocks if not (region and block.kind == "html")]
    written = iter(forms.html(document, shown, ours=ours))
    parts = []
    for block in blocks:
        start, end = block.line - 1, min(block.end - 1, len(lines))
        while end > start + 1 and not lines[end - 1].strip():
            end -= 1
        text = "\n".join(lines[start:end])
        if region and block.kind == "html":
            html, key = "", " ".join(text.replace(">", "> ").replace("<", " <").split())
        else:
            html = next(written)
            key = key_of(html)
        parts.append(Span(block, start, end, text, html, key))
    return Text(lines, parts)


class Pairing(NamedTuple):
    """Parts of the source, and the parts of the text before that say the same; either may be none."""

    ours: range
    theirs: range


def pairings(ours: Sequence[Span], theirs: Sequence[Span]) -> list[Pairing]:
    """Return units that hold each part once, in their order, each as small as can be."""
    same = align([part.key for part in ours], [part.key for part in theirs], Effort())
    found: list[Pairing] = []
    x = y = 0
    for mine, other in [*same, (len(ours), len(theirs))]:
        found += _between(ours, theirs, range(x, mine), range(y, other))
        if mine < len(ours):
            found.append(Pairing(range(mine, mine + 1), range(other, other + 1)))
        x, y = mine + 1, other + 1
    return found


def _between(ours: Sequence[Span], theirs: Sequence[Span], mine: range, other: range) -> Iterator[Pairing]:
    """Yield the units of what is not alike one by one: first what is cut otherwise, then what is most alike."""
    x, y = mine.start, other.start
    while x < mine.stop and y < other.stop:
        end = _cut_otherwise(ours, theirs, range(x, mine.stop), range(y, other.stop))
        if end is None:
            break
        yield Pairing(range(x, end[0]), range(y, end[1]))
        x, y = end
    pairs = pair_similar(
        [part.text for part in ours[x : mine.stop]], [part.text for part in theirs[y : other.stop]], Effort()
    )
    left, right = x, y
    for first, second in [*((left + one, right + two) for one, two in pairs), (mine.stop, other.stop)]:
        yield from _odd(range(x, first), range(y, second))
        if first < mine.stop:
            yield Pairing(range(first, first + 1), range(second, second + 1))
        x, y = first + 1, second + 1


def _odd(mine: range, other: range) -> Iterator[Pairing]:
    if mine and other:
        yield Pairing(mine, other)
        return
    for number in mine:
        yield Pairing(range(number, number + 1), range(other.start, other.start))
    for number in other:
        yield Pairing(range(mine.start, mine.start), range(number, number + 1))


def _cut_otherwise(ours: Sequence[Span], theirs: Sequence[Span], mine: range, other: range) -> tuple[int, int] | None:
    """Return where the shortest equal beginnings of both end, None where there are none."""
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
    """What became of a part: its place in the text after, and whether it is the same there."""

    place: int
    same: bool


def block_changes(before: Sequence[Span], after: Sequence[Span]) -> dict[int, BlockChange]:
    """Return what became of each part that did not go, by its place."""
    effort = Effort()
    same = align([part.text for part in before], [part.text for part in after], effort)
    found: dict[int, BlockChange] = {}
    x = y = 0
    for mine, other in [*same, (len(before), len(after))]:
        gone, come = ([part.text for part in parts] for parts in (before[x:mine], after[y:other]))
        found |= {x + one: BlockChange(y + two, same=False) for one, two in pair_similar(gone, come, effort)}
        if mine < len(before):
            found[mine] = BlockChange(other, same=True)
        x, y = mine + 1, other + 1
    return found
