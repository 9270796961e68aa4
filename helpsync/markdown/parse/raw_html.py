"""Raw HTML in Markdown: its tags, and the regions from a tag to its end."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpsync.markdown.dialect import BLOCK_TAGS, MUTE_TAGS, VOID_TAGS
from helpsync.markdown.parse.document import Block
from helpsync.markdown.parse.inline import code_span_ends, decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from helpsync.markdown.parse.document import BlockKind


_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:>|\Z)|<![A-Za-z\[].*?(?:>|\Z)"
    r"|</?[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>",
    re.DOTALL,
)
_ANCHOR = re.compile(r"(<a\s[^<>]*>)(?:\s*</a>)?", re.IGNORECASE)
_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+)))?""")


@dataclass(frozen=True, slots=True)
class Tag:
    """A raw tag: its name in lower case, whether it closes, and its attributes (the first of each name)."""

    name: str
    closing: bool
    attributes: Mapping[str, str]


def tag_name(source: str) -> tuple[str, bool]:
    """Return the tag's name in lower case, empty for a comment or the like, and whether it closes."""
    match = _NAME.match(source)
    return (match[1].lower(), source.startswith("</")) if match else ("", False)


def read_tag(source: str) -> Tag | None:
    """Return the tag, None for a comment, a declaration or the like."""
    match = _NAME.match(source)
    if match is None:
        return None
    attributes: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(source, match.end(), len(source) - 1):
        value = found[2] or found[3] or found[4] or ""
        attributes.setdefault(found[1].lower(), decode(value))
    return Tag(match[1].lower(), source.startswith("</"), attributes)


def tag_anchor(tag: Tag) -> str:
    """Return the id that a tag defines, empty without one."""
    return tag.attributes.get("id") or tag.attributes.get("name") or ""


def anchor_alone(line: str) -> str:
    """Return the id of an `<a>` that is alone on its line, otherwise empty."""
    match = _ANCHOR.fullmatch(line.strip())
    tag = read_tag(match[1]) if match else None
    return tag_anchor(tag) if tag and "href" not in tag.attributes else ""


def raw_tokens(source: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of the text in order, each with whether it is markup: a tag, a comment or the like."""
    position = 0
    for match in _TOKEN.finditer(source):
        if match.start() > position:
            yield source[position : match.start()], False
        yield match[0], True
        position = match.end()
    if position < len(source):
        yield source[position:], False


_TAG_IN_TEXT = re.compile(
    r"\\.|`+|<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:\s[^<>]*)?>", re.DOTALL
)
_TAGS = re.compile(r"(?:\s*</?[A-Za-z][^<>]*>)*\s*")
_CONTAINERS = frozenset({"list", "item", "quote", "callout"})
_VERBATIM = re.compile(r"<(/?)pre\b", re.IGNORECASE)


def is_in_pre(text: str) -> bool:
    """Return whether a `<pre>` is open at the end of the text, so that blank lines are code."""
    found = _VERBATIM.findall(text)
    return bool(found) and not found[-1]


def join_regions(blocks: list[Block]) -> list[Block]:
    """Return the blocks, with those from a tag to its end further below joined as one region."""
    blocks = list(_split_at_closing_tags(blocks))
    joined: list[Block] = []
    position = 0
    for start, end in _region_spans(blocks):
        joined.extend(blocks[position:start])
        joined.append(Block("region", blocks[start].line, children=blocks[start : end + 1], end=blocks[end].end))
        position = end + 1
    return [*joined, *blocks[position:]]


def _split_at_closing_tags(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks; a tag in a text that closes one of the HTML above ends the text and becomes HTML.

    Browsers read it like that: `and more</summary>` ends a title whose first line is a block above.
    """
    opened: Counter[str] = Counter()
    for block in blocks:
        if block.kind != "html" and +opened:
            for part in _parts(block, opened):
                if part.kind == "html":
                    _count(part.text, opened)
                yield part
            continue
        if block.kind == "html":
            _count(block.text, opened)
        yield block


def _count(text: str, opened: Counter[str]) -> None:
    """Count what the HTML opens and closes."""
    for name, closing in _block_tags(text):
        opened[name] = max(0, opened[name] + (-1 if closing else 1))


def _parts(block: Block, opened: Counter[str]) -> Iterator[Block]:
    """Yield the block, or its text and HTML in turns; a closing tag at the end of a list or quote comes after it."""
    if block.kind in {"paragraph", "heading"}:
        yield from _cut(block, opened)
        return
    yield block
    holder = block
    while holder.kind in _CONTAINERS and holder.children:
        last = holder.children[-1]
        if last.kind in {"paragraph", "heading"}:
            parts = _cut(last, opened)
            first = next(parts)
            holder.children[-1:] = [first] if first.kind != "html" else []
            if first.kind == "html":
                yield first
            yield from parts
            return
        holder = last


def _cut(block: Block, opened: Counter[str]) -> Iterator[Block]:
    """Yield the text up to a tag that closes an open one, the tag with those after it, and the rest."""
    text, line, read = block.text, block.line, 0
    for start, end in _closing(text, opened):
        for kind, part in ((block.kind, text[read:start]), ("html", text[start:end])):
            if part.strip():
                yield _piece(block, kind, part, line)
            line += part.count("\n")
        block = replace(block, kind="paragraph", level=0)
        read = end
    if read == 0:
        yield block
    elif text[read:].strip():
        yield _piece(block, "paragraph", text[read:], line)


def _closing(text: str, opened: Counter[str]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of tags that starts with one that closes a tag opened above the text."""
    code_end = code_span_ends(text)
    inside: Counter[str] = Counter()
    read = 0
    while found := _TAG_IN_TEXT.search(text, read):
        read = found.end()
        name = (found["name"] or "").lower()
        if found[0][0] == "`":
            read = code_end(found.start(), len(found[0])) or read
        elif name not in BLOCK_TAGS or name in VOID_TAGS:
            continue
        elif not found["end"]:
            inside[name] += 1
        elif inside[name]:
            inside[name] -= 1
        elif opened[name] and (tags := _TAGS.match(text, found.start())):
            yield tags.span()
            read = tags.end()
            inside.clear()


def _piece(block: Block, kind: BlockKind, text: str, line: int) -> Block:
    """Return the part of a block that begins on this line."""
    line += text.count("\n", 0, len(text) - len(text.lstrip()))
    text = text.strip()
    return replace(block, kind=kind, text=text, line=line, end=line + text.count("\n") + 1)


def _region_spans(blocks: Sequence[Block]) -> list[tuple[int, int]]:
    """Return the first and last block of each region, in order and without overlap."""
    opened: list[tuple[str, int]] = []
    counts: dict[str, int] = {}
    found: list[tuple[int, int]] = []
    for number, block in enumerate(blocks):
        if block.kind != "html":
            continue
        for name, closing in _block_tags(block.text):
            if not closing:
                opened.append((name, number))
                counts[name] = counts.get(name, 0) + 1
            elif counts.get(name):
                begun = ("", 0)
                while begun[0] != name:
                    begun = opened.pop()
                    counts[begun[0]] -= 1
                if begun[1] < number:
                    _add(found, begun[1], number)
    return found


def _block_tags(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the tags of blocks with content, and whether each closes."""
    mute = ""
    for source, is_markup in raw_tokens(text):
        name, closing = tag_name(source) if is_markup else ("", False)
        if mute:
            mute = "" if closing and name == mute else mute
        elif name in MUTE_TAGS and not closing:
            mute = name
        elif name in BLOCK_TAGS and name not in VOID_TAGS and not source.endswith("/>"):
            yield name, closing


def _add(found: list[tuple[int, int]], start: int, end: int) -> None:
    while found and found[-1][1] >= start:
        start = min(start, found.pop()[0])
    found.append((start, end))
