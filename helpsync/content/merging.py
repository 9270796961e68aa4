"""Merges two edited versions of a file of the content tree: its frontmatter key by key, its body line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.content.line_merge import Merged, Names, merge_lines, merge_texts, newline_of, split_lines
from helpsync.content.page_text import with_fields
from helpsync.content.yaml_text import AS_WRITTEN
from helpsync.settings import strict_yaml

if TYPE_CHECKING:
    from helpsync.content.page_text import Value
    from helpsync.settings.strict_yaml import Node, Problem

__all__ = ["Merged", "merge_pages", "merge_texts"]

_BOM = "\ufeff"
_BOUNDARY = re.compile(r"---[ \t]*[\r\n]*\Z")
_FILE_BREAK = re.compile(r"\r\n|\r|\n")
_YAML_LINE = re.compile("[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029])|[^\r\n\x85\u2028\u2029]+")
_ABSENT: object = object()


def merge_pages(base: str | None, ours: str, theirs: str, *, ours_name: str, theirs_name: str) -> Merged:
    """Return the file `ours` with what `theirs` changed since `base`; where both did, both between conflict markers.

    Texts are as on disk. A key of the frontmatter that both changed stands between markers of its own; changes of
    different keys never conflict. Comments, the order of keys, line ends and a byte order mark are those of `ours`.
    Frontmatter that is no list of keys in YAML, or is missing, is merged by lines, as the body is. Without a base, all
    that differs is in conflict.
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
    """Return the frontmatter with its two boundary lines, "" where there is none, and the body."""
    lines = split_lines(page)
    bounds = (number for number, line in enumerate(lines) if _BOUNDARY.match(line))
    if next(bounds, None) != 0 or (end := next(bounds, None)) is None:
        return "", page
    return "".join(lines[: end + 1]), "".join(lines[end + 1 :])


@dataclass(frozen=True, slots=True)
class _Front:
    """Frontmatter's lines, those of each key, its value, and what that says."""

    lines: list[str]
    spans: dict[str, tuple[int, int]]
    nodes: dict[str, Node]
    values: dict[str, object]

    def text_of(self, key: str) -> str:
        start, end = self.spans.get(key, (0, 0))
        return "".join(self.lines[start:end])


def _read(front: str) -> _Front | None:
    """Return the frontmatter by its keys, None where it is not one key after another on lines of their own."""
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
    return _Front(lines, spans, nodes, {key: _said(node, as_written=key in AS_WRITTEN) for key, node in nodes.items()})


def _said(node: Node, *, as_written: bool) -> object:
    """Return what a value says, however it is written; some keys read a number as the text that it is written with."""
    if isinstance(node.value, dict):
        return {key: _said(pair.node, as_written=as_written) for key, pair in node.value.items()}
    if isinstance(node.value, tuple):
        return [_said(each, as_written=as_written) for each in node.value]
    return node.text if as_written and node.value is not None else (node.kind, node.text)


def _value(node: Node | None) -> Value | None:
    """Return a value as `with_fields` takes it, None for those that no key has."""
    if node is None or node.value is None or isinstance(node.value, tuple):
        return None
    if isinstance(node.value, dict):
        return {key: pair.node.text for key, pair in node.value.items()}
    return node.value if isinstance(node.value, bool) else node.text


def _merge_fronts(was: str | None, mine: str, other: str, names: Names, newline: str) -> Merged:
    if was is not None and _FILE_BREAK.sub("\n", mine) == _FILE_BREAK.sub("\n", was):
        return Merged(_FILE_BREAK.sub(newline, other), 0)
    base, ours, theirs = _Front([], {}, {}, {}) if was is None else _read(was), _read(mine), _read(other)
    by_keys = None
    if base is not None and ours is not None and theirs is not None:
        by_keys = _Keys(base if was is not None else None, ours, theirs, newline).merged(names)
    return by_keys or merge_lines(was, mine, other, names, newline)


class _Keys:
    """One merge of frontmatter by its keys: ours, with the keys set that only theirs changed."""

    def __init__(self, base: _Front | None, ours: _Front, theirs: _Front, newline: str) -> None:
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
        """Return the lines of a key that only theirs changed; what ours changed in how it is written stays."""
        ours, lines = self.ours.text_of(key), self._as_theirs(key)
        before = self.base.text_of(key) if self.base else ""
        value = _value(self.theirs.nodes.get(key))
        if value is None or not ours or _FILE_BREAK.sub("\n", ours) == _FILE_BREAK.sub("\n", before):
            return lines
        try:
            read = _read(with_fields(f"---{self.newline}{ours}---{self.newline}", {key: value}))
        except ValueError:
            return lines
        return read.text_of(key) if read and read.values.get(key) == self.theirs.values[key] else lines

    def merged(self, names: Names) -> Merged | None:
        """Return the merged frontmatter, None where keys depend on each other, as aliases do."""
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
        """Return ours with other lines for some keys; a new key stands behind the one that it follows in theirs."""
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
