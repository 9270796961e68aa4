"""Writes pages, and changes the values and the body of one so that no other line changes."""

from __future__ import annotations

import re
import textwrap
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeAlias
from unicodedata import category

import yaml

from helpsync.content.page import ARTICLE_KEYS, COLLECTION_KEYS, split_frontmatter
from helpsync.settings import strict_yaml
from helpsync.visible import is_visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from helpsync.settings import Pair, Problem, YamlNode

    Rank = Callable[[str], int]

Value: TypeAlias = str | bool | Mapping[str, str]
"""A value of frontmatter; `{"": "123"}` is an id without the name of a remote, as the Reader gives it."""

Changes: TypeAlias = Mapping[str, Value | None]

# Keys that the Reader reads as they are written, so that digits need no quotes (page.ARTICLE_KEYS).
AS_WRITTEN = frozenset({"author", "id", "source"})

_WIDTH = 80
_BREAKS = re.compile("[\n\r\x85\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_FLOW_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
# Characters that change the direction of text: a reviewer must see them (Unicode's TR 36).
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\0": "\\0"}
_HEADER = re.compile(r"(?P<signs>[|>][-+0-9]*)(?P<comment>[ \t]+#.*)?[ \t]*\Z")


def readable(text: str) -> str:
    """Return the text as frontmatter can have it: one line, trimmed, without surrogates; "" if nothing of it shows."""
    parts = (part.strip() for part in _BREAKS.split(_SURROGATES.sub("", text)))
    line = " ".join(part for part in parts if part)
    return line if is_visible(line) else ""


def value_text(key: str, value: Value, style: str = "") -> str:
    """Return the value on one line, as it is written after `key: `; text keeps the quotes of `style` if it can."""
    if isinstance(value, bool):
        return "true" if value else "false"
    bare = key in AS_WRITTEN
    if isinstance(value, str):
        return scalar(value, style, bare=bare)
    if value.keys() == {""}:
        return scalar(value[""], style, bare=bare)
    pairs = (f"{key_text(name)}: {scalar(each, bare=bare, flow=True)}" for name, each in value.items())
    return f"{{{', '.join(pairs)}}}"


def key_text(name: str) -> str:
    """Return a key of a mapping as YAML."""
    return name if _FLOW_NAME.match(name) else _double(name)


def scalar(text: str, style: str = "", *, bare: bool = False, flow: bool = False) -> str:
    """Return text as a YAML scalar: plain if it reads back the same, otherwise in quotes.

    With `bare` it may read back as a number; `flow` is for text between braces.
    """
    if any(_is_hidden(each) for each in text):
        return _double(text)
    if style == "'":
        return _single(text)
    if style != '"' and _is_plain(text, bare=bare, flow=flow):
        return text
    return _single(text) if style != '"' and ('"' in text or "\\" in text) else _double(text)


def block(text: str, old: str) -> str | None:
    """Return text in the form of the block scalar `old` (`>-` and its lines), as wide; None if it can't have it."""
    header, _, rest = old.partition("\n")
    lines = [line for line in rest.split("\n") if line.strip()]
    if _HEADER.match(header) is None or not lines or any(_is_hidden(each) for each in text):
        return None
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip(" "))]
    folded = [text]
    if header.startswith(">"):
        width = max(_WIDTH, *map(len, lines)) - len(indent)
        folded = textwrap.wrap(
            text, width, expand_tabs=False, replace_whitespace=False, break_long_words=False, break_on_hyphens=False
        )
    written = "\n".join([header, *(indent + line for line in folded)])
    node = _read(f"key: {written}\n")
    return written if node is not None and isinstance(node.value, str) and node.value.strip() == text else None


def block_comment(old: str) -> str:
    """Return the comment after the sign of a block scalar, with the space before it, or ""."""
    match = _HEADER.match(old.partition("\n")[0])
    return (match["comment"] or "") if match else ""


def _is_plain(text: str, *, bare: bool, flow: bool) -> bool:
    node = _read(f"key: {{inner: {text}}}\n" if flow else f"key: {text}\n")
    if flow and node is not None and isinstance(node.value, dict):
        node = node.value["inner"].node if node.value.keys() == {"inner"} else None
    if node is None or node.text != text:
        return False
    number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
    return isinstance(node.value, str) or (bare and number)


def _read(line: str) -> YamlNode | None:
    problems: list[Problem] = []
    node = strict_yaml.load(line, "", problems)
    if problems or node is None or not isinstance(node.value, dict) or node.value.keys() != {"key"}:
        return None
    found: YamlNode = node.value["key"].node
    return found


def _is_hidden(char: str) -> bool:
    return not char.isprintable() and (
        category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _TURNING or char in "\ufeff\ufffe\uffff"
    )


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _double(text: str) -> str:
    return '"' + "".join(_SHORT.get(each) or (_escape(each) if _is_hidden(each) else each) for each in text) + '"'


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}"


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters from `start` to `end` of a text become `text`."""

    start: int
    end: int
    text: str


def edited(head: str, changes: Changes, rank: Rank) -> list[Edit]:
    """Return the edits of a frontmatter that set these keys, and remove those whose value is None.

    A new key follows the last one whose `rank` is not above its own. The result is read again, so only these keys have
    other values than before. Raises ValueError if `head` can't be read.
    """
    before = _pairs(head)
    if before is None:
        raise ValueError("the frontmatter can't be read")
    wanted = {name: value for name, value in changes.items() if not _reads(name, before.get(name), value)}
    if not wanted:
        return []
    # An alias has another value when its anchor changes, so the second try writes every value out.
    kept = {name: value for name, pair in before.items() if (value := value_of(pair.node)) is not None}
    for these in (wanted, kept | wanted):
        try:
            edits = list(_edits(head, _mapping(head), these, rank))
        except _NotByLines:
            break
        if _has_values(applied(head, edits), before, wanted):
            return edits
    written = {name: value for name, value in (kept | dict(wanted)).items() if value is not None}
    lines = "".join(f"{name}: {value_text(name, value)}\n" for name, value in written.items())
    if not _has_values(lines, before, wanted):
        raise ValueError("the frontmatter has values that can't be written")
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
class _ValueSpan:
    """The range of a value; `style` is that of a scalar (`'`, `"`, `|`, `>`, none), or the kind of another value."""

    start: int
    end: int
    style: str
    pairs: tuple[_Key, ...] = ()


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    start: int
    end: int
    value: _ValueSpan


def _mapping(head: str) -> tuple[_Key, ...]:
    """Return the keys of the frontmatter with their ranges. Raises _NotByLines."""
    events = strict_yaml.events(head)
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            span = _span(event, events, head)
            if span.style != "mapping":
                raise _NotByLines
            return span.pairs
    return ()


def _span(event: Any, events: Iterator[Any], head: str) -> _ValueSpan:  # noqa: ANN401  # the stubs know no C events
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, yaml.ScalarEvent):
        style = event.style or ""
        if style in ("|", ">"):
            end = start + len(head[start:end].rstrip())
        return _ValueSpan(start, end, style)
    if isinstance(event, yaml.AliasEvent):
        return _ValueSpan(start, end, "alias")
    if isinstance(event, yaml.MappingStartEvent) and not event.flow_style:
        return _block_mapping(start, events, head)
    last = end
    while not isinstance(each := next(events), yaml.CollectionEndEvent):
        last = _span(each, events, head).end
    end = each.end_mark.index  # type: ignore[union-attr]  # the parser marks each event
    return _ValueSpan(start, end if event.flow_style else last, "flow" if event.flow_style else "sequence")


def _block_mapping(start: int, events: Iterator[Any], head: str) -> _ValueSpan:
    pairs: list[_Key] = []
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        at, end = key.start_mark.index, key.end_mark.index
        if not isinstance(key, yaml.ScalarEvent) or _indent(head, at).strip():
            raise _NotByLines
        pairs.append(_Key(key.value, at, end, _span(next(events), events, head)))
    return _ValueSpan(start, pairs[-1].value.end, "mapping", tuple(pairs))


def _edits(head: str, keys: tuple[_Key, ...], changes: Changes, rank: Rank, within: str = "") -> Iterator[Edit]:
    """Yield the edits of a mapping; `within` is the key that has it as value, "" for the frontmatter itself."""
    for key in keys:
        if key.name not in changes:
            continue
        value = changes[key.name]
        if value is None:
            yield Edit(_line_start(head, key.start), _line_end(head, key.value.end), "")
        elif isinstance(value, Mapping) and key.value.style == "mapping" and "" not in value:
            removed = {each.name: None for each in key.value.pairs if each.name not in value}
            yield from _edits(head, key.value.pairs, {**removed, **value}, lambda _: 0, key.name)
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
    """Return the position of a new key's line, and its indent: after the last key that does not rank above it."""
    if not keys:
        return len(head), ""
    above = [key for key in keys if rank(key.name) <= new]
    at = _line_end(head, above[-1].value.end) if above else _line_start(head, keys[0].start)
    return at, _indent(head, keys[0].start)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Return the end of the line at a position, after its line end, which a frontmatter's last line has too."""
    return text.index("\n", at) + 1


def _indent(text: str, at: int) -> str:
    return text[_line_start(text, at) : at]


def _pairs(head: str) -> Mapping[str, Pair] | None:
    """Return the keys and values as the Reader reads them, None if it can't."""
    problems: list[Problem] = []
    node = strict_yaml.load(head, "", problems)
    if problems or node is None:
        return None
    if node.value is None:
        return {}
    return node.value if isinstance(node.value, dict) else None


def value_of(node: YamlNode) -> Value | None:
    """Return the value as it can be written again; None for nothing, and for a list, which no key has."""
    if isinstance(node.value, bool):
        return node.value
    if isinstance(node.value, dict):
        return {name: pair.node.text for name, pair in node.value.items()}
    return node.text.strip() or None if isinstance(node.value, str | int | float) else None


def _reads(name: str, pair: Pair | None, value: Value | None) -> bool:
    """Return whether the key has the value already, or for None whether it is missing."""
    if pair is None or value is None:
        return pair is None and value is None
    found = value_of(pair.node)
    if isinstance(value, Mapping) and value.keys() == {""}:
        value = value[""]
    if isinstance(value, str) and name not in AS_WRITTEN and not isinstance(pair.node.value, str):
        return False
    return type(found) is type(value) and found == value


def _has_values(head: str, before: Mapping[str, Pair], wanted: Changes) -> bool:
    """Return whether the wanted keys have their values and all others those from before."""
    after = _pairs(head)
    if after is None:
        return False
    if not all(_reads(name, after.get(name), value) for name, value in wanted.items()):
        return False
    rest = before.keys() - wanted.keys()
    same = all(value_of(before[name].node) == value_of(after[name].node) for name in rest & after.keys())
    return same and rest == after.keys() - wanted.keys()


__all__ = ["Value", "new_page", "readable", "split_page", "with_body", "with_fields"]

_ORDER = tuple(dict.fromkeys(key.name for key in (*ARTICLE_KEYS[:1], *COLLECTION_KEYS[:1], *ARTICLE_KEYS)))
_LINE_END = re.compile(r"\r\n?|\n")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def new_page(fields: Mapping[str, Value], body: str) -> str:
    r"""Return the text of a new file: these keys in the order of the documentation, a blank line, and the body.

    Each text reads back as `readable` gives it; empty ones are left out, because the Reader refuses them. Line ends
    are \n. The body loses zero bytes, which a text file can't have.
    """
    kept = ((name, _tidy(value)) for name, value in sorted(fields.items(), key=lambda field: _rank(field[0])))
    lines = "".join(f"{name}: {value_text(name, value)}\n" for name, value in kept if value is not None)
    text = _storable(body)
    if text and not text.endswith("\n"):
        text += "\n"
    return f"---\n{lines}---\n" + (f"\n{text}" if text else "")


def split_page(raw: str) -> tuple[str, str]:
    r"""Return the frontmatter of a file, without its boundaries, and its body, both with \n at their line ends.

    Without frontmatter the first is "" and the second the whole text.
    """
    page = _Page.of(raw)
    return (page.head, page.body) if page else ("", _normal(raw))


def with_fields(raw: str, changes: Mapping[str, Value | None]) -> str:
    """Return the text of the file with these keys set; None, or only white space, removes the key.

    Only the lines of those keys change: comments, order, quotes, line ends and a byte order mark stay. A new key
    follows those that the documentation names before it. If the frontmatter has another form (braces around all of it,
    `? ` before a key), it is rewritten and its comments are lost. Raises ValueError if the Reader can't read it.
    """
    page = _Page.of(raw)
    if page is None:
        raise ValueError("the text has no frontmatter")
    wanted = {name: None if value is None else _tidy(value) for name, value in changes.items()}
    return page.changed(page.head_at, edited(page.head, wanted, _rank))


def with_body(raw: str, body: str) -> str:
    """Return the text of the file with another body, in the form of `split_page`.

    Lines at the beginning and at the end that are the same keep their line ends; new ones have those of the file.
    Raises ValueError if the text has no frontmatter.
    """
    page = _Page.of(raw)
    if page is None:
        raise ValueError("the text has no frontmatter")
    old, new = page.text[page.body_at :], _storable(body)
    new = f"\n{new}" if new or old else ""
    return page.changed(page.body_at, _middle(old, new))


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _tidy(value: Value) -> Value | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return readable(value) or None
    return {name: readable(each) for name, each in value.items() if readable(each)} or None


def _normal(raw: str) -> str:
    return _LINE_END.sub("\n", raw.removeprefix("\ufeff"))


def _storable(body: str) -> str:
    return _UNSTORABLE.sub("", _LINE_END.sub("\n", body))


@dataclass(frozen=True, slots=True)
class _Page:
    r"""A text with frontmatter: `raw` as it is, `text` without byte order mark and with \n at its line ends.

    `head` begins at `head_at`; the body begins at `body_at` with the line end that the Reader removes.
    """

    raw: str
    text: str
    head_at: int
    head: str
    body_at: int

    @staticmethod
    def of(raw: str) -> _Page | None:
        if "\n" in raw and _LONE_RETURN.search(raw):
            # A lone \r can't be kept beside \r\n: an edit may remove the text between them.
            raw = _LINE_END.sub(_newline(raw), raw)
        text = _normal(raw)
        parts = split_frontmatter(text)
        if parts is None:
            return None
        body_at = len(text) - len(parts[1])
        begin = text.index("\n") + 1
        return _Page(raw, text, begin, parts[0][1:], body_at)

    @property
    def body(self) -> str:
        return self.text[self.body_at + 1 :]

    def changed(self, at: int, edits: Iterable[Edit]) -> str:
        """Return the raw text with these edits, whose positions count from `at` in `text`."""
        before = 1 if self.raw.startswith("\ufeff") else 0
        pairs = [match.start() - before - index for index, match in enumerate(re.finditer("\r\n", self.raw))]
        newline, pieces, done = _newline(self.raw), [], 0
        for edit in sorted(edits, key=lambda each: (each.start, each.end)):
            start, end = (before + place + bisect_left(pairs, place) for place in (at + edit.start, at + edit.end))
            pieces += [self.raw[done:start], edit.text.replace("\n", newline)]
            done = end
        return "".join([*pieces, self.raw[done:]])


def _newline(raw: str) -> str:
    found = _LINE_END.search(raw)
    return found.group() if found else "\n"


def _middle(old: str, new: str) -> list[Edit]:
    """Return the one edit of whole lines that turns `old` into `new`."""
    ours, theirs = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (old, new))
    first = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))
    rest = zip(reversed(ours[first:]), reversed(theirs[first:]), strict=False)
    last = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], rest))
    start, end = len("".join(ours[:first])), len(old) - len("".join(ours[len(ours) - last :]))
    text = "".join(theirs[first : len(theirs) - last])
    return [Edit(start, end, text)] if (start, text) != (end, "") else []
