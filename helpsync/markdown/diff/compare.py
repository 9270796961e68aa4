"""Compares two Markdown texts block by block and word by word, to show people what changes.

A block is what a person would point at: a paragraph, a heading, an item, a row of a table, a line of code.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from helpsync.markdown.diff.alignment import Effort, align, gaps, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


Sign: TypeAlias = Literal["=", "-", "+"]
"""A part that stays, is removed or is added: the first two make up the old text, the first and last the new one."""

Word: TypeAlias = tuple[Sign, str]

_STILL = 0.2
"""Where less than this share of a block stays, all of it counts as replaced: single words that stay only disturb."""

_BARRIER = re.compile(r"[|\n]|\]\(")
"""Two changes around one of these stay two: the cells of a row, lines, a link's text and its address."""


def changed_words(before: str, after: str, effort: Effort) -> tuple[Word, ...]:
    """Return the parts that stay, are removed and are added, in order."""
    mine, theirs = tokenize(before), tokenize(after)
    spans: list[_Span] = []
    span = _Span()
    for gone, come in gaps(align(mine, theirs, effort), len(mine), len(theirs)):
        if gone or come:
            span.change(mine[gone.start : gone.stop], theirs[come.start : come.stop])
            spans.append(span)
            span = _Span()
        if gone.stop < len(mine):
            span.stay(mine[gone.stop])
    readable: list[_Span] = []
    for following in spans:
        readable.append(following)
        while len(readable) > 1 and readable[-1].disturbs(readable[-2]):
            readable[-2].join(readable.pop())
    readable.append(span)
    if sum(each.still for each in readable) < _STILL * max(_letters(mine), _letters(theirs)):
        return (("-", before), ("+", after))
    return tuple(word for each in readable for word in each.words())


def _letters(parts: list[str]) -> int:
    """Return the number of characters to read; spaces don't count."""
    return sum(len(part) for part in parts if not part.isspace())


class _Span:
    """Unchanged text, and the change after it, in parts and with the number of letters."""

    def __init__(self) -> None:
        self._stays: list[str] = []
        self._goes: list[str] = []
        self._comes: list[str] = []
        self.still = self._gone = self._new = 0

    def stay(self, part: str) -> None:
        self._stays.append(part)
        self.still += 0 if part.isspace() else len(part)

    def change(self, goes: list[str], comes: list[str]) -> None:
        self._goes, self._comes = goes, comes
        self._gone, self._new = _letters(goes), _letters(comes)

    def disturbs(self, before: _Span) -> bool:
        """Return whether the text between two changes is so short that both read better as one."""
        if not ((self._goes or before._goes) and (self._comes or before._comes)):
            return False
        if self.still * 2 > min(max(self._gone, self._new), max(before._gone, before._new)):
            return False
        return not _BARRIER.search("".join(self._stays))

    def join(self, following: _Span) -> None:
        """Join the following change with this one, with the text between them."""
        self._goes += following._stays + following._goes
        self._comes += following._stays + following._comes
        self._gone += following.still + following._gone
        self._new += following.still + following._new

    def words(self) -> Iterator[Word]:
        for sign, parts in (("=", self._stays), ("-", self._goes), ("+", self._comes)):
            if parts:
                yield sign, "".join(parts)  # type: ignore[misc]  # the three signs


CONTEXT_LINES = 3
_MOST_LETTERS = 50_000
"""A block longer than this is not compared word by word: nobody would read it so."""

_ALIKE = 0.4
"""Two blocks that share this part of their text count as one block that changed."""

_FEW = 1_000
"""Up to so many pairs of changed blocks, all pairs are compared."""

_NEAR = 8
"""Of more blocks, those are compared that are this near to each other, counted from the top or from the end."""

_GLANCE = 16
"""Steps that it takes to compare two blocks at all."""


class DiffLine(NamedTuple):
    """A line of a unified diff: its sign, its text and, if it is one of a pair, the parts that stay or change."""

    sign: Literal["@", " ", "-", "+"]
    text: str
    words: tuple[Word, ...] = ()

    @property
    def plain(self) -> str:
        """Return the line as a unified diff shows it."""
        return self.text if self.sign == "@" else self.sign + self.text


class ChangedBlock(NamedTuple):
    """A block that changed, was added (`before` is None) or removed (`after` is None); for `words` see Sign."""

    before: str | None
    after: str | None
    words: tuple[Word, ...]


class TextDiff(NamedTuple):
    """The lines of the unified diff, without file names, and the blocks that changed, in order.

    `places` has the line of the text before, from 1, on which each of these begins; of an added one, the next line.
    """

    lines: tuple[DiffLine, ...] = ()
    blocks: tuple[ChangedBlock, ...] = ()
    places: tuple[int, ...] = ()


def block_starts(text: str) -> list[tuple[int, str]]:
    """Return each block with its first line, from 1."""
    found = []
    line = 1
    for block in _blocks(text):
        if block.lines:
            found.append((line, block.text))
        line += block.length
    return found


def diff_texts(before: str, after: str) -> TextDiff:
    """Return the differences, empty for texts with equal lines; time is linear in the amount to compare."""
    if before == after:
        return TextDiff()
    return _Comparer().compare(_blocks(before), _blocks(after))


@dataclass(slots=True)
class _Block:
    """Lines of one block, and the blank lines after it; the first of a text may have only those."""

    lines: list[str] = field(default_factory=list)
    blanks: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def length(self) -> int:
        return len(self.lines) + len(self.blanks)


_QUOTE = re.compile(r"(?: {0,3}> ?)*")
_BEGIN = re.compile(
    r"\s*(?:#{1,6}(?:\s|$)|[-*+](?:\s|$)|\d{1,9}[.)](?:\s|$)|<|\[!|!\[[^\]]*\]\([^)]*\)\S*$|(?:-{3,}|\*{3,})$)"
)
_LIST = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s")
_FENCE = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(`{3,}|~{3,})")


def _blocks(text: str) -> list[_Block]:
    blocks = [_Block()]
    fence = ""
    open_quote: str | None = None
    lines = text.split("\n")  # not splitlines(): U+2028 and its like end no line of a file
    for line in lines if lines[-1] else lines[:-1]:
        quote = _QUOTE.match(line)
        depth = quote[0] if quote else ""
        rest = line[len(depth) :]
        if not rest.strip():
            blocks[-1].blanks.append(line)
            open_quote = None
            continue
        mark = _FENCE.match(rest)
        begins = bool(fence or mark or "|" in rest or _BEGIN.match(rest))
        if begins or open_quote != depth.replace(" ", ""):
            blocks.append(_Block([line]))
        else:
            blocks[-1].lines.append(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not rest.strip(" `~") else fence
        elif mark:
            fence = mark[1]
        continues = not fence and not mark and (not begins or _LIST.match(rest))
        open_quote = depth.replace(" ", "") if continues else None
    return blocks


class _Comparer:
    def __init__(self) -> None:
        self._effort = Effort()
        self._rows: list[DiffLine] = []
        self._gone: list[DiffLine] = []
        self._come: list[DiffLine] = []
        self._changed: list[ChangedBlock] = []
        self._places: list[int] = []
        self._line = 1

    def compare(self, before: list[_Block], after: list[_Block]) -> TextDiff:
        same = align([block.text for block in before], [block.text for block in after], self._effort)
        for gone, come in gaps(same, len(before), len(after)):
            self._gap(before[gone.start : gone.stop], after[come.start : come.stop])
            if gone.stop < len(before):
                self._stays(before[gone.stop], after[come.stop])
        self._flush()
        return TextDiff(tuple(_hunks(self._rows)), tuple(self._changed), tuple(self._places))

    def _gap(self, before: list[_Block], after: list[_Block]) -> None:
        similar = pair_similar([block.text for block in before], [block.text for block in after], self._effort)
        for gone, come in gaps(similar, len(before), len(after)):
            for number in gone:
                self._removed(before[number])
            for number in come:
                self._added(after[number])
            if gone.stop < len(before):
                self._changes(before[gone.stop], after[come.stop])

    def _stays(self, before: _Block, after: _Block) -> None:
        self._flush()
        self._rows += [DiffLine(" ", line) for line in before.lines]
        self._line += before.length
        self._end_block(before, after)

    def _removed(self, block: _Block) -> None:
        self._gone += [DiffLine("-", line) for line in (*block.lines, *block.blanks)]
        if block.lines:
            self._note(ChangedBlock(block.text, None, (("-", block.text),)))
        self._line += block.length

    def _added(self, block: _Block) -> None:
        self._come += [DiffLine("+", line) for line in (*block.lines, *block.blanks)]
        if block.lines:
            self._note(ChangedBlock(None, block.text, (("+", block.text),)))

    def _note(self, changed: ChangedBlock) -> None:
        self._changed.append(changed)
        self._places.append(self._line)

    def _changes(self, before: _Block, after: _Block) -> None:
        self._flush()
        if max(len(before.text), len(after.text)) > _MOST_LETTERS:
            words: tuple[Word, ...] = (("-", before.text), ("+", after.text))
        else:
            words = changed_words(before.text, after.text, self._effort)
        self._note(ChangedBlock(before.text, after.text, words))
        self._line += before.length
        marked = any(sign == "=" for sign, _ in words)
        spaces = all(sign == "=" or not text.strip() for sign, text in words)
        mine: list[Word] = []
        theirs: list[Word] = []
        for sign, text in words:
            for number, part in enumerate(text.split("\n")):
                if number:
                    self._end_line(mine if sign != "+" else None, theirs if sign != "-" else None, marked=marked)
                if part:
                    shown = ((sign, part),) if spaces else tuple(_bare(sign, part))
                    if sign != "+":
                        mine += shown
                    if sign != "-":
                        theirs += shown
        self._end_line(mine, theirs, marked=marked)
        self._flush()
        self._end_block(before, after)

    def _end_line(self, mine: list[Word] | None, theirs: list[Word] | None, *, marked: bool) -> None:
        if mine is not None and mine == theirs and all(sign == "=" for sign, _ in mine):
            self._flush()
            self._rows.append(DiffLine(" ", _joined(mine)))
        else:
            if mine is not None:
                self._gone.append(DiffLine("-", _joined(mine), tuple(mine) if marked else ()))
            if theirs is not None:
                self._come.append(DiffLine("+", _joined(theirs), tuple(theirs) if marked else ()))
        for line in (mine, theirs):
            if line is not None:
                line.clear()

    def _end_block(self, before: _Block, after: _Block) -> None:
        self._gone += [DiffLine("-", line) for line in before.blanks]
        self._come += [DiffLine("+", line) for line in after.blanks]
        self._flush()

    def _flush(self) -> None:
        """Write removed lines before added ones; equal lines at both ends stay."""
        gone, come = self._gone, self._come
        most = min(len(gone), len(come))
        head = 0
        while head < most and gone[head].text == come[head].text:
            head += 1
        tail = 0
        while tail < most - head and gone[-1 - tail].text == come[-1 - tail].text:
            tail += 1
        self._rows += [DiffLine(" ", line.text) for line in gone[:head]]
        self._rows += gone[head : len(gone) - tail]
        self._rows += come[head : len(come) - tail]
        self._rows += [DiffLine(" ", line.text) for line in gone[len(gone) - tail :]]
        self._gone, self._come = [], []


def _bare(sign: Sign, text: str) -> Iterator[Word]:
    """Yield the part without marks on the spaces at its ends: they are not words."""
    if sign == "=" or not text.strip():
        yield "=", text
        return
    core = text.strip()
    head, _, tail = text.partition(core)
    parts: tuple[Word, ...] = (("=", head), (sign, core), ("=", tail))
    yield from (word for word in parts if word[1])


def _joined(words: Iterable[Word]) -> str:
    return "".join(text for _, text in words)


def pair_similar(before: Sequence[str], after: Sequence[str], effort: Effort) -> list[tuple[int, int]]:
    """Return which blocks became which, in order on both sides; the most similar ones are paired first.

    A single block that became a single block is the same block, however little of it stays.
    """
    if not before or not after:
        return []
    if len(before) == len(after) == 1:
        return [(0, 0)]
    bags, others = ([_bag(block, effort) for block in blocks] for blocks in (before, after))
    found = sorted(
        (-likeness, abs(mine - theirs), mine, theirs)
        for mine, bag in enumerate(bags)
        for theirs in (_candidates(mine, len(before), len(after)) if effort.left > 0 else ())
        if effort.spend(_GLANCE + len(bag.counts)) and (likeness := bag.likeness(others[theirs])) >= _ALIKE
    )
    chosen: list[tuple[int, int]] = []
    for _, _, mine, theirs in found:
        place = bisect_left(chosen, (mine, theirs))
        above, below = chosen[place - 1 : place] if place else [], chosen[place : place + 1]
        if all(x < mine and y < theirs for x, y in above) and all(x > mine and y > theirs for x, y in below):
            chosen.insert(place, (mine, theirs))
    return chosen


def _candidates(mine: int, before: int, after: int) -> Iterable[int]:
    if before * after <= _FEW:
        return range(after)
    end = mine + after - before
    near = {*range(mine - _NEAR, mine + _NEAR + 1), *range(end - _NEAR, end + _NEAR + 1)}
    return sorted(theirs for theirs in near if 0 <= theirs < after)


class _Bag(NamedTuple):
    """The words of a block, and their letters in total."""

    counts: Counter[str]
    letters: int

    def likeness(self, other: _Bag) -> float:
        return _letters_of(self.counts & other.counts) / max(self.letters, other.letters, 1)


def _bag(text: str, effort: Effort) -> _Bag:
    if len(text) > _MOST_LETTERS or not effort.spend(len(text) // 4):
        return _Bag(Counter(), 0)
    counts = Counter(part for part in tokenize(text) if not part.isspace())
    return _Bag(counts, _letters_of(counts))


def _letters_of(words: Counter[str]) -> int:
    return sum(len(word) * count for word, count in words.items())


def _hunks(rows: list[DiffLine]) -> Iterator[DiffLine]:
    """Yield the lines of the unified diff: changes, with some lines around them."""
    changes = [number for number, row in enumerate(rows) if row.sign != " "]
    if not changes:
        return
    far = [at for at, (one, two) in enumerate(pairwise(changes), 1) if two - one > 2 * CONTEXT_LINES + 1]
    mine = theirs = 1
    done = 0
    for first, last in pairwise([0, *far, len(changes)]):
        start = max(changes[first] - CONTEXT_LINES, 0)
        hunk = rows[start : changes[last - 1] + 1 + CONTEXT_LINES]
        mine, theirs = mine + start - done, theirs + start - done
        gone, come = (sum(row.sign != sign for row in hunk) for sign in "+-")
        yield DiffLine("@", f"@@ -{_range(mine, gone)} +{_range(theirs, come)} @@")
        yield from hunk
        mine, theirs, done = mine + gone, theirs + come, start + len(hunk)


def _range(start: int, count: int) -> str:
    """Return the range of lines as unified diffs write it: an empty one is after the line before it."""
    return f"{start}" if count == 1 else f"{start if count else start - 1},{count}"


_WORD = re.compile(r"\w+")
# One writer puts a link's address at the link, another in a line of its own.
_TARGET = re.compile(r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)|^ {0,3}\[(?!\^)[^\]]+\]:.*$", re.MULTILINE)
_MOST = 200
"""Of more blocks than this between two sure ones, only so many are compared."""

_EFFORT = 200_000
"""So many blocks are compared in all; after that, the first candidate is taken."""


def line_locator(source: str, text: str) -> Callable[[int], int]:
    """Return a function that returns, for a line of `text`, the line of `source` where its block starts; both from 1.

    Blocks with the same words are the same. A block without a counterpart is searched for where most words agree:
    between its neighbours, and if too few agree there, in the whole file, as for a footnote. Time is bounded.
    """
    ours, theirs = block_starts(text), block_starts(source)
    mine, keys = [_key(block) for _, block in ours], [_key(block) for _, block in theirs]
    pairs = align(mine, keys, Effort())
    known = dict(pairs)
    sure = [first for first, _ in pairs]
    lines = [line for line, _ in ours]
    effort = Effort(_EFFORT)

    def line_of(line: int) -> int:
        position = max(bisect_right(lines, line) - 1, 0)
        if position in known:
            return theirs[known[position]][0]
        place = bisect_right(sure, position)
        low = pairs[place - 1][1] + 1 if place else 0
        high = min(pairs[place][1] if place < len(pairs) else len(theirs), low + _MOST)
        words = Counter(mine[position].split() if position < len(mine) else ())
        near = _most_similar(words, keys, range(low, high if effort.spend(high - low) else min(high, low + 1)))
        enough = _letters_of(words) / 2
        if (near is None or near[0] < enough) and effort.spend(len(keys)):
            far = _most_similar(words, keys, range(len(keys)))
            near = far if far and far[0] >= enough else near
        if near is not None:
            return theirs[near[1]][0]
        return theirs[max(low - 1, 0)][0] if theirs else 1

    return line_of


def _key(block: str) -> str:
    return " ".join(_WORD.findall(_TARGET.sub("]", block.casefold()))) or block.strip()


def _most_similar(words: Counter[str], keys: Sequence[str], among: range) -> tuple[int, int] | None:
    """Return the letters in shared words of the most similar key, and its position; of equals, the first."""
    scores = ((_letters_of(words & Counter(keys[position].split())), -position) for position in among)
    best = max(scores, default=None)
    return None if best is None else (best[0], -best[1])
