"""Edits of a frontmatter: which characters must change so that some of its keys read as they should."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from helpsync.content.yaml_text import AS_WRITTEN, Value, block, block_comment, key_text, value_text
from helpsync.settings import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpsync.settings.strict_yaml import Node, Pair, Problem

    Changes = Mapping[str, Value | None]
    Rank = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters from `start` to `end` of a text become `text`."""

    start: int
    end: int
    text: str


def edited(head: str, changes: Changes, rank: Rank) -> list[Edit]:
    """Return the edits of a frontmatter that set these keys, and remove those whose value is None.

    A new key comes behind the last one whose `rank` is not above its own. What comes out is read again: only these keys
    read otherwise than before. Raises ValueError where `head` can't be read.
    """
    before = _pairs(head)
    if before is None:
        raise ValueError("the frontmatter can't be read")
    wanted = {name: value for name, value in changes.items() if not _reads(name, before.get(name), value)}
    if not wanted:
        return []
    # An alias reads otherwise when what it names changes, so the second try writes every value out.
    kept = {name: value for name, pair in before.items() if (value := _value(pair.node)) is not None}
    for these in (wanted, kept | wanted):
        try:
            edits = list(_edits(head, _mapping(head), these, rank))
        except _NotByLines:
            break
        if _holds(applied(head, edits), before, wanted):
            return edits
    written = {name: value for name, value in (kept | dict(wanted)).items() if value is not None}
    lines = "".join(f"{name}: {value_text(name, value)}\n" for name, value in written.items())
    if not _holds(lines, before, wanted):
        raise ValueError("the frontmatter holds what can't be written")
    return [Edit(0, len(head), lines)]


def applied(text: str, edits: list[Edit]) -> str:
    """Return the text with the edits, which do not overlap."""
    pieces, done = [], 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        pieces += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*pieces, text[done:]])


class _NotByLines(Exception):
    """The mapping is not written as one `key: value` a line."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a value stands; `style` is a scalar's (`'`, `"`, `|`, `>`, none), or says what else it is."""

    start: int
    end: int
    style: str
    pairs: tuple[_Key, ...] = ()


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    start: int
    end: int
    value: _Span


def _mapping(head: str) -> tuple[_Key, ...]:
    """Return the keys of the frontmatter and where they stand. Raises _NotByLines."""
    events = strict_yaml.events(head)
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            span = _span(event, events, head)
            if span.style != "mapping":
                raise _NotByLines
            return span.pairs
    return ()


def _span(event: Any, events: Iterator[Any], head: str) -> _Span:  # noqa: ANN401  # the stubs know no C events
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, yaml.ScalarEvent):
        style = event.style or ""
        if style in ("|", ">"):
            end = start + len(head[start:end].rstrip())
        return _Span(start, end, style)
    if isinstance(event, yaml.AliasEvent):
        return _Span(start, end, "alias")
    if isinstance(event, yaml.MappingStartEvent) and not event.flow_style:
        return _block_mapping(start, events, head)
    last = end
    while not isinstance(each := next(events), yaml.CollectionEndEvent):
        last = _span(each, events, head).end
    end = each.end_mark.index  # type: ignore[union-attr]  # the parser marks each event
    return _Span(start, end if event.flow_style else last, "flow" if event.flow_style else "sequence")


def _block_mapping(start: int, events: Iterator[Any], head: str) -> _Span:
    pairs: list[_Key] = []
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        at, end = key.start_mark.index, key.end_mark.index
        if not isinstance(key, yaml.ScalarEvent) or _indent(head, at).strip():
            raise _NotByLines
        pairs.append(_Key(key.value, at, end, _span(next(events), events, head)))
    return _Span(start, pairs[-1].value.end, "mapping", tuple(pairs))


def _edits(head: str, keys: tuple[_Key, ...], changes: Changes, rank: Rank, within: str = "") -> Iterator[Edit]:
    """Yield the edits of a mapping; `within` is the key whose value it is, "" for the frontmatter itself."""
    for key in keys:
        if key.name not in changes:
            continue
        value = changes[key.name]
        if value is None:
            yield Edit(_line_start(head, key.start), _line_end(head, key.value.end), "")
        elif isinstance(value, Mapping) and key.value.style == "mapping" and "" not in value:
            gone = {each.name: None for each in key.value.pairs if each.name not in value}
            yield from _edits(head, key.value.pairs, {**gone, **value}, lambda _: 0, key.name)
        else:
            yield _set(head, key, value, within or key.name)
    names = {key.name for key in keys}
    for name, value in sorted(changes.items(), key=lambda change: rank(change[0])):
        if name not in names and value is not None:
            at, indent = _place(head, keys, rank, rank(name))
            yield Edit(at, at, f"{indent}{key_text(name)}: {value_text(within or name, value)}\n")


def _set(head: str, key: _Key, value: Value, kind: str) -> Edit:
    span = key.value
    old = head[span.start : span.end]
    if span.style in ("|", ">"):
        new = block(value, old) if isinstance(value, str) else None
        return Edit(span.start, span.end, new or value_text(kind, value) + block_comment(old))
    text = value_text(kind, value, span.style)
    if not old:
        return Edit(span.start, span.end, f" {text}")
    if span.style in ("mapping", "sequence"):
        return Edit(head.index(":", key.end) + 1, span.end, f" {text}")
    return Edit(span.start, span.end, text)


def _place(head: str, keys: tuple[_Key, ...], rank: Rank, new: int) -> tuple[int, str]:
    """Return where a new key's line goes, and its indent: behind the last key that does not rank above it."""
    if not keys:
        return len(head), ""
    above = [key for key in keys if rank(key.name) <= new]
    at = _line_end(head, above[-1].value.end) if above else _line_start(head, keys[0].start)
    return at, _indent(head, keys[0].start)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Return where the line that `at` stands in ends, behind its line end; a frontmatter's last line has one."""
    return text.index("\n", at) + 1


def _indent(text: str, at: int) -> str:
    return text[_line_start(text, at) : at]


def _pairs(head: str) -> Mapping[str, Pair] | None:
    """Return the keys and values as the Reader reads them, None where it can't."""
    problems: list[Problem] = []
    node = strict_yaml.load(head, "", problems)
    if problems or node is None:
        return None
    if node.value is None:
        return {}
    return node.value if isinstance(node.value, dict) else None


def _value(node: Node) -> Value | None:
    """Return the value as it can be written again; None for nothing and for lists, which no key takes."""
    if isinstance(node.value, bool):
        return node.value
    if isinstance(node.value, dict):
        return {name: pair.node.text for name, pair in node.value.items()}
    return node.text.strip() or None if isinstance(node.value, str | int | float) else None


def _reads(name: str, pair: Pair | None, value: Value | None) -> bool:
    """Return whether the key has the value already; without one it must not be there."""
    if pair is None or value is None:
        return pair is None and value is None
    found = _value(pair.node)
    if isinstance(value, Mapping) and value.keys() == {""}:
        value = value[""]
    if isinstance(value, str) and name not in AS_WRITTEN and not isinstance(pair.node.value, str):
        return False
    return type(found) is type(value) and found == value


def _holds(head: str, before: Mapping[str, Pair], wanted: Changes) -> bool:
    """Return whether the wanted keys read as they should and all others as before."""
    after = _pairs(head)
    if after is None:
        return False
    if not all(_reads(name, after.get(name), value) for name, value in wanted.items()):
        return False
    rest = before.keys() - wanted.keys()
    same = all(_value(before[name].node) == _value(after[name].node) for name in rest & after.keys())
    return same and rest == after.keys() - wanted.keys()
