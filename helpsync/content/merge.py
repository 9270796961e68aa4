"""Merges two versions of a page: the frontmatter key by key, the body line by line."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from helpsync.content.page_edits import AS_WRITTEN, value_of, with_fields
from helpsync.markdown import Effort, align
from helpsync.settings import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helpsync.settings import Problem, YamlNode

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_GAP = 3
"""Conflicts with at most this many lines between them become one, as in git: more markers are hard to read."""

MARKER = 7
"""The length of a marker: git's default, which editors and forges know."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged text, and its number of conflicts."""

    text: str
    conflicts: int


class Names(NamedTuple):
    """The names of the two sides in conflict markers."""

    ours: str
    theirs: str

    def around(self, ours: str, theirs: str, newline: str) -> str:
        """Return two versions of some lines between conflict markers; a version is empty or ends with a line end."""
        above, between, below = ("<" * MARKER, "=" * MARKER, ">" * MARKER)
        return f"{above} {self.ours}{newline}{ours}{between}{newline}{theirs}{below} {self.theirs}{newline}"


class _LineEdit(NamedTuple):
    """Lines `start` to `end` of the base became lines `low` to `high` of a side."""

    start: int
    end: int
    low: int
    high: int

    @property
    def inserts(self) -> bool:
        return self.start == self.end

    @property
    def grows(self) -> bool:
        return self.high - self.low > self.end - self.start


class _LineChange(NamedTuple):
    """Lines `low` to `high` of ours against `theirs_low` to `theirs_high` of theirs; `kind` is who changed them."""

    kind: Literal["ours", "theirs", "same", "conflict"]
    low: int
    high: int
    theirs_low: int
    theirs_high: int


def merge_texts(base: str | None, ours: str, theirs: str, *, ours_name: str, theirs_name: str) -> Merged:
    """Return `ours` with the changes that `theirs` made since `base`; differing changes of both are in conflict.

    Changes of different lines merge, even of neighbours, and the same change on both sides counts once. Lines that
    differ only in their line ends are equal; the result ends lines as ours does, and whether the last line ends is
    merged too. Lines that take too long to align count as changed, so the time grows only with the length. Without a
    base, all lines that differ are in conflict.
    """
    names = Names(ours_name, theirs_name)
    return merge_lines(base, ours, theirs, names, newline_of(ours, base or "", theirs))


def merge_lines(base: str | None, ours: str, theirs: str, names: Names, newline: str) -> Merged:
    """Return the same as `merge_texts`, with `newline` at the end of lines that are not ours."""
    mine = split_lines(ours)
    bare, other = _bare(ours), _bare(theirs)
    effort = Effort()
    if base is None:
        whole = _LineChange("conflict", 0, len(bare), 0, len(other))
        changes = _joined(_refined(whole, bare, other, effort), bare)
    else:
        changes = _joined(_changes(_bare(base), bare, other, effort), bare)
    parts: list[str] = []
    at, marked = 0, ""
    for change in changes:
        if change.kind == "ours":
            continue
        parts += _ended(mine[at : change.low], newline)
        at = change.high
        block = "".join(line + newline for line in other[change.theirs_low : change.theirs_high])
        if change.kind == "conflict":
            block = marked = names.around("".join(_ended(mine[change.low : at], newline)), block, newline)
        if block:
            parts.append(block)
    parts += _ended(mine[at:], newline)
    if parts and parts[-1] is not marked and _last_is_open(ours if base is None else base, ours, theirs):
        parts[-1] = parts[-1].removesuffix(_end_of(parts[-1]))
    return Merged("".join(parts), sum(change.kind == "conflict" for change in changes))


def split_lines(text: str) -> list[str]:
    r"""Return the lines of a text with their ends: \n, \r\n or \r, as in the files of the content tree."""
    return _LINE.findall(text)


def _bare(text: str) -> list[str]:
    return [line.rstrip("\r\n") for line in split_lines(text)]


def newline_of(*texts: str) -> str:
    r"""Return the most common line end of the first text that has any, otherwise \n."""
    for text in texts:
        if ends := Counter(end for line in split_lines(text) if (end := _end_of(line))):
            return ends.most_common(1)[0][0]
    return "\n"


def _end_of(text: str) -> str:
    return "\r\n" if text.endswith("\r\n") else text[-1:] if text.endswith(("\n", "\r")) else ""


def _ended(lines: Sequence[str], newline: str) -> Iterator[str]:
    for line in lines:
        yield line if _end_of(line) else line + newline


def _last_is_open(base: str, ours: str, theirs: str) -> bool:
    was, mine, other = (bool(text) and not _end_of(text) for text in (base, ours, theirs))
    return other if mine == was else mine


def _edits(before: Sequence[str], after: Sequence[str], effort: Effort) -> list[_LineEdit]:
    """Return the changes; a change that may be in one of several places is in the last, as in git."""
    edits: list[_LineEdit] = []
    start = low = 0
    for x, y in [*align(before, after, effort), (len(before), len(after))]:
        if (start, low) != (x, y):
            edits.append(_LineEdit(start, x, low, y))
        start, low = x + 1, y + 1
    following = len(before)
    for number in reversed(range(len(edits))):
        edits[number] = _slid(edits[number], following, before, after)
        following = edits[number].start
    return edits


def _slid(edit: _LineEdit, following: int, before: Sequence[str], after: Sequence[str]) -> _LineEdit:
    start, end, low, high = edit
    if start == end:
        while end < following and after[low] == after[high]:
            start, end, low, high = start + 1, end + 1, low + 1, high + 1
    elif low == high:
        while end < following and before[start] == before[end]:
            start, end, low, high = start + 1, end + 1, low + 1, high + 1
    return _LineEdit(start, end, low, high)


def _changes(base: list[str], ours: list[str], theirs: list[str], effort: Effort) -> Iterator[_LineChange]:
    mine, other = _edits(base, ours, effort), _edits(base, theirs, effort)
    shift = theirs_shift = 0
    for group in _groups(mine, other):
        start = min(edit.start for edits in group for edit in edits)
        end = max(edit.end for edits in group for edit in edits)
        here, there = group
        low, theirs_low = start + shift, start + theirs_shift
        shift += sum(edit.high - edit.low - edit.end + edit.start for edit in here)
        theirs_shift += sum(edit.high - edit.low - edit.end + edit.start for edit in there)
        change = _LineChange("conflict", low, end + shift, theirs_low, end + theirs_shift)
        if not here or not there:
            yield change._replace(kind="ours" if here else "theirs")
        else:
            yield from _refined(change, ours, theirs, effort)


def _groups(mine: list[_LineEdit], other: list[_LineEdit]) -> Iterator[tuple[list[_LineEdit], list[_LineEdit]]]:
    """Yield edits in order; those of both sides that can't both be made come together."""
    group: tuple[list[_LineEdit], list[_LineEdit]] = ([], [])
    for edit, side in sorted([(edit, 0) for edit in mine] + [(edit, 1) for edit in other]):
        against = group[1 - side]
        if any(group) and not (against and _meet(against[-1], edit)):
            yield group
            group = ([], [])
        group[side].append(edit)
    if any(group):
        yield group


def _meet(first: _LineEdit, second: _LineEdit) -> bool:
    """Return whether two edits of different sides, in order, change the same lines or insert in the same place."""
    if first.end > second.start:
        return True
    # The order of two insertions is unknown; that of an insertion and a change beside it is known.
    insertion = first.inserts or second.inserts
    return first.end == second.start and insertion and first.grows and second.grows


def _refined(change: _LineChange, ours: list[str], theirs: list[str], effort: Effort) -> Iterator[_LineChange]:
    """Yield the parts of a conflict in which both sides differ."""
    here, there = ours[change.low : change.high], theirs[change.theirs_low : change.theirs_high]
    if here == there:
        yield change._replace(kind="same")
    else:
        for edit in _edits(here, there, effort):
            low, theirs_low = change.low, change.theirs_low
            yield _LineChange(
                "conflict", edit.start + low, edit.end + low, edit.low + theirs_low, edit.high + theirs_low
            )


def _joined(changes: Iterator[_LineChange], ours: list[str]) -> list[_LineChange]:
    joined: list[_LineChange] = []
    for change in changes:
        if change.kind == "same":
            continue
        before = joined[-1] if joined else change
        if joined and before.kind == change.kind == "conflict" and _is_small(ours[before.high : change.low]):
            joined[-1] = before._replace(high=change.high, theirs_high=change.theirs_high)
        else:
            joined.append(change)
    return joined


def _is_small(gap: Sequence[str]) -> bool:
    return len(gap) <= _GAP or not any(char.isalnum() for line in gap for char in line)


__all__ = ["Merged", "merge_pages", "merge_texts"]

_BOM = "\ufeff"
_BOUNDARY = re.compile(r"---[ \t]*[\r\n]*\Z")
_FILE_BREAK = re.compile(r"\r\n|\r|\n")
_YAML_LINE = re.compile("[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029])|[^\r\n\x85\u2028\u2029]+")
_ABSENT: object = object()


def merge_pages(base: str | None, ours: str, theirs: str, *, ours_name: str, theirs_name: str) -> Merged:
    """Return the file `ours` with the changes that `theirs` made since `base`, with both versions of each conflict.

    Texts are as on disk. Each key of the frontmatter is merged by itself, so different keys never conflict. Comments,
    the order of keys, line ends and a byte order mark are those of `ours`. Frontmatter that is missing, or not one YAML
    key after another, is merged by lines like the body. Without a base, all that differs is in conflict.
    """
    names, newline = Names(ours_name, theirs_name), newline_of(ours, base or "", theirs)
    mark = _BOM if ours.startswith(_BOM) else ""
    was = None if base is None else base.removeprefix(_BOM)
    mine, other = ours.removeprefix(_BOM), theirs.removeprefix(_BOM)
    split = [("", "") if page is None else _split(page) for page in (was, mine, other)]
    fronts = [front for front, _ in split]
    if not fronts[1] or not fronts[2] or not (fronts[0] or was is None):
        whole = merge_lines(was, mine, other, names, newline)
        return Merged(mark + whole.text, whole.conflicts)
    head = _merge_fronts(None if was is None else fronts[0], fronts[1], fronts[2], names, newline)
    rest = merge_lines(None if was is None else split[0][1], split[1][1], split[2][1], names, newline)
    between = newline if rest.text and not head.text.endswith(("\n", "\r")) else ""
    return Merged(mark + head.text + between + rest.text, head.conflicts + rest.conflicts)


def _split(page: str) -> tuple[str, str]:
    """Return the frontmatter with its two boundary lines, or "", and the body."""
    lines = split_lines(page)
    bounds = (number for number, line in enumerate(lines) if _BOUNDARY.match(line))
    if next(bounds, None) != 0 or (end := next(bounds, None)) is None:
        return "", page
    return "".join(lines[: end + 1]), "".join(lines[end + 1 :])


@dataclass(frozen=True, slots=True)
class _FrontmatterLines:
    """The lines of frontmatter; for each key its range of lines, its node, and its value for comparison."""

    lines: list[str]
    spans: dict[str, tuple[int, int]]
    nodes: dict[str, YamlNode]
    values: dict[str, object]

    def text_of(self, key: str) -> str:
        start, end = self.spans.get(key, (0, 0))
        return "".join(self.lines[start:end])


def _read(front: str) -> _FrontmatterLines | None:
    """Return the frontmatter by keys, None if it is not one key after another, each on its own lines."""
    lines = _YAML_LINE.findall(front)
    problems: list[Problem] = []
    node = strict_yaml.load("".join(lines[1:-1]), "", problems)
    if node is None or problems or not (node.value is None or isinstance(node.value, dict)):
        return None
    pairs = node.value or {}
    places = [(pair.key.line or 0, pair.key.column or 0) for pair in pairs.values()]
    if any(lines[line][: column - 1].strip() for line, column in places):
        return None
    starts = [line for line, _ in places]
    spans = {}
    for key, start, end in zip(pairs, starts, [*starts, len(lines) - 1][1:], strict=True):
        last = end
        while last > start + 1 and (not lines[last - 1].strip() or lines[last - 1].startswith("#")):
            last -= 1
        spans[key] = (start, last)
    nodes = {key: pair.node for key, pair in pairs.items()}
    return _FrontmatterLines(
        lines, spans, nodes, {key: _comparable(node, as_written=key in AS_WRITTEN) for key, node in nodes.items()}
    )


def _comparable(node: YamlNode, *, as_written: bool) -> object:
    """Return a value for comparison, however it is written; with `as_written`, a number is its text."""
    if isinstance(node.value, dict):
        return {key: _comparable(pair.node, as_written=as_written) for key, pair in node.value.items()}
    if isinstance(node.value, tuple):
        return [_comparable(each, as_written=as_written) for each in node.value]
    return node.text if as_written and node.value is not None else (node.kind, node.text)


def _merge_fronts(was: str | None, mine: str, other: str, names: Names, newline: str) -> Merged:
    if was is not None and _FILE_BREAK.sub("\n", mine) == _FILE_BREAK.sub("\n", was):
        return Merged(_FILE_BREAK.sub(newline, other), 0)
    base, ours, theirs = _FrontmatterLines([], {}, {}, {}) if was is None else _read(was), _read(mine), _read(other)
    by_keys = None
    if base is not None and ours is not None and theirs is not None:
        by_keys = _Keys(base if was is not None else None, ours, theirs, newline).merged(names)
    return by_keys or merge_lines(was, mine, other, names, newline)


class _Keys:
    """One merge of frontmatter by keys: ours, with the keys that only theirs changed."""

    def __init__(
        self, base: _FrontmatterLines | None, ours: _FrontmatterLines, theirs: _FrontmatterLines, newline: str
    ) -> None:
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.newline = newline
        self.taken: dict[str, str] = {}
        self.disputed: dict[str, str] = {}
        was = base.values if base else {}
        for key in {**was, **ours.values, **theirs.values}:
            mine, other = ours.values.get(key, _ABSENT), theirs.values.get(key, _ABSENT)
            before = was.get(key, _ABSENT) if base else None
            if other in (mine, before):
                continue
            if mine == before:
                self.taken[key] = self._set(key)
            else:
                self.disputed[key] = self._as_theirs(key)

    def _as_theirs(self, key: str) -> str:
        return _FILE_BREAK.sub(self.newline, self.theirs.text_of(key))

    def _set(self, key: str) -> str:
        """Return the lines of a key that only theirs changed, in the form that ours gave it."""
        ours, lines = self.ours.text_of(key), self._as_theirs(key)
        before = self.base.text_of(key) if self.base else ""
        node = self.theirs.nodes.get(key)
        value = value_of(node) if node else None
        if value is None or not ours or _FILE_BREAK.sub("\n", ours) == _FILE_BREAK.sub("\n", before):
            return lines
        try:
            read = _read(with_fields(f"---{self.newline}{ours}---{self.newline}", {key: value}))
        except ValueError:
            return lines
        return read.text_of(key) if read and read.values.get(key) == self.theirs.values[key] else lines

    def merged(self, names: Names) -> Merged | None:
        """Return the merged frontmatter, None if keys depend on each other, as aliases do."""
        for side in (self.ours, self.theirs):
            chosen = self.taken if side is self.ours else self.taken | self.disputed
            read = _read(self._with(chosen))
            wanted = self.ours.values | {key: side.values.get(key, _ABSENT) for key in self.disputed}
            wanted |= {key: self.theirs.values.get(key, _ABSENT) for key in self.taken}
            if read is None or read.values != {key: value for key, value in wanted.items() if value is not _ABSENT}:
                return None
        both = {key: names.around(self.ours.text_of(key), lines, self.newline) for key, lines in self.disputed.items()}
        return Merged(self._with(self.taken | both), len(both))

    def _with(self, chosen: dict[str, str]) -> str:
        """Return ours with other lines for some keys; a new key follows the same key as in theirs."""
        ours = self.ours
        after: dict[int, str] = {}
        at = 1
        for key in self.theirs.spans:
            if key in ours.spans:
                at = ours.spans[key][1]
            elif key in chosen:
                after[at] = after.get(at, "") + chosen[key]
        starts = {start: key for key, (start, _) in ours.spans.items()}
        parts: list[str] = []
        line = 0
        while line < len(ours.lines):
            parts.append(after.get(line, ""))
            owner = starts.get(line)
            end = line + 1 if owner is None else ours.spans[owner][1]
            text = "".join(ours.lines[line:end])
            parts.append(text if owner is None else chosen.get(owner, text))
            line = end
        return "".join(parts)
