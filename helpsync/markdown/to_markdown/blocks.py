"""Blocks of a stored body as lines of Markdown; what Markdown can't say stays raw HTML (facts: Bodies)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.addresses import is_script, video_link
from helpsync.markdown.dialect import (
    ALIGN,
    ALIGNMENTS,
    BUTTON,
    CALLOUT,
    CALLOUT_COLOURS,
    CALLOUTS,
    CONTAINER,
    CONTENT,
    HEADER_TINT,
    TABLE,
    VIDEO,
)
from helpsync.markdown.html.canonical import slugify, unused_slug
from helpsync.markdown.html.read import (
    HEADINGS,
    Piece,
    RunCollector,
    attribute,
    piece_tree,
    read_html,
    tag_attributes,
    unresolved,
)
from helpsync.markdown.to_markdown.inline_markdown import raw_inline, start_tag, write_inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from helpsync.markdown.html.read import Node, Run


_CALLOUT_NAMES = {
    f"background-color: {CALLOUT_COLOURS[colour][0]}; border-color: {CALLOUT_COLOURS[colour][1]};": name.upper()
    for name, colour in CALLOUTS.items()
}


class Contained(NamedTuple):
    """What a container holds, a picture or a button's label, and how it is aligned."""

    runs: tuple[Run, ...]
    align: str | None


def node_alignment(node: Node) -> str | None:
    """Return how the node is aligned by its class."""
    for name in node.classes:
        if name.startswith(ALIGN) and name.removeprefix(ALIGN) in ALIGNMENTS:
            return name.removeprefix(ALIGN)
    return None


def has_other_attributes(node: Node, known: Sequence[str] = ()) -> bool:
    """Tell whether the node has other attributes than an alignment and those that are known."""
    rest = node.attributes.keys() - {"class", *known}
    align = node_alignment(node)
    return bool(rest) or node.classes != ([f"{ALIGN}{align}"] if align else [])


def has_picture(node: Node) -> bool:
    """Tell whether a picture stands in the node's text."""
    return any(run.kind == "image" for run in node.runs)


def picture_in(node: Node) -> Contained | None:
    """Return the picture that the node is, with its link."""
    found = _contained(node)
    if found is None or len(found.runs) != 1 or found.runs[0].kind != "image" or _is_button(found.runs[0]):
        return None
    return found


def button_in(node: Node) -> Contained | None:
    """Return the label of the button that the node is, linked as a text would be."""
    found = _contained(node)
    if found is None or not _is_button(found.runs[0]) or any(run.kind == "image" for run in found.runs):
        return None
    link = found.runs[0].formats[0]
    if any(run.kind == "text" and link not in run.formats for run in found.runs):
        return None
    plain = ("a", f"<a{attribute('href', tag_attributes(link[1][2:-1]).get('href', ''))}>")
    return found._replace(
        runs=tuple(
            run if run.kind == "break" else run._replace(formats=(plain, *run.formats[1:])) for run in found.runs
        )
    )


def _contained(node: Node) -> Contained | None:
    align = node_alignment(node)
    classes = {CONTAINER, f"{ALIGN}{align}"} if align else {CONTAINER}
    if node.tag != "div" or set(node.classes) != classes or len(node.attributes) > 1 or len(node.children) != 1:
        return None
    collapsible_content = node.children[0]
    if collapsible_content.tag != "p" or collapsible_content.attributes:
        return None
    return Contained(collapsible_content.runs, align)


def _is_button(run: Run) -> bool:
    if not run.formats or run.formats[0][0] != "a":
        return False
    return tag_attributes(run.formats[0][1][2:-1]).get("class") == BUTTON


def video_address(node: Node) -> str | None:
    """Return the address of the player that the node shows."""
    if node.tag == "div" and node.attributes == {"class": VIDEO} and len(node.children) == 1:
        node = node.children[0]
    return node.attributes.get("src", "") or None if node.tag == "iframe" else None


def callout_name(node: Node) -> str | None:
    """Return the name that Markdown has for the callout, None for other nodes and colours."""
    if node.tag != "div" or node.attributes.keys() != {"class", "style"} or node.classes != [CALLOUT]:
        return None
    return _CALLOUT_NAMES.get(node.attributes["style"])


def table_in(node: Node) -> Node | None:
    """Return the table that the node is, without what contains it."""
    if node.tag == "div" and node.attributes == {"class": TABLE} and len(node.children) == 1:
        node = node.children[0]
    return node if node.tag == "table" else None


def collapsible_content(node: Node) -> list[Node]:
    """Return what a collapsible shows when it is open."""
    shown: list[Node] = []
    for child in node.children:
        if child.tag == "div" and child.attributes == {"class": CONTENT}:
            shown.extend(child.children)
        elif child.tag != "summary":
            shown.append(child)
    return shown


_APART = "<!-- -->"
_LISTS = frozenset({"ul", "ol"})
_HIGHEST = 999  # Below a wider number, four spaces are not enough on GitHub.
_WIDEST = 4
_BELOW = frozenset({"ul", "ol", "hr", "table"})
# What may stand right below a paragraph: an item with text, the first one where they are numbered, but nothing that
# looks like the line below a table's header.
_INTERRUPTS = re.compile(r"(?:-|1\.) (?![-:| ]*$)\S")


class BlockLines(NamedTuple):
    """The lines of one block, and the tag that it was made from."""

    tag: str
    lines: list[str]


def joined_lines(blocks: Sequence[BlockLines]) -> list[str]:
    """Return the lines of the blocks with a blank line between, and a comment between two lists of one kind."""
    lines: list[str] = []
    before = ""
    for block in blocks:
        if lines:
            lines.append("")
        if block.tag == before and before in _LISTS:
            lines += [_APART, ""]
        lines += block.lines
        before = block.tag
    return lines


def list_lines(items: Sequence[Sequence[BlockLines]], start: int | None) -> list[str]:
    """Return the lines of a list, numbered when it has a `start`."""
    tight = all(_is_tight(item) for item in items)
    lines: list[str] = []
    for number, item in enumerate(items, start or 0):
        if lines and not tight:
            lines.append("")
        marker = "-" if start is None else f"{min(number, _HIGHEST)}."
        lines += _item(marker, item, tight=tight)
    return lines


def _is_tight(item: Sequence[BlockLines]) -> bool:
    if len(item) < 2:
        return not item or item[0].tag == "p"
    first, second = item[0], item[1]
    if len(item) > 2 or first.tag != "p" or second.tag not in _LISTS:
        return False
    return "" not in second.lines and _INTERRUPTS.match(second.lines[0]) is not None


def _item(marker: str, item: Sequence[BlockLines], *, tight: bool) -> list[str]:
    if not item:
        return [marker]
    lines = [line for block in item for line in block.lines] if tight else joined_lines(item)
    width = len(marker) + 1
    if _begins_beside(item[0], width):
        return [f"{marker} {lines[0]}", *_indented(lines[1:], width)]
    return [marker, *_indented(lines, width)]


def _begins_beside(block: BlockLines, width: int) -> bool:
    """Tell whether the block's first line may stand beside the marker: its own indents then count from there."""
    return width <= _WIDEST if block.tag == "pre" else block.tag not in _BELOW


def _indented(lines: Sequence[str], width: int) -> list[str]:
    space = " " * width
    return [space + line if line else "" for line in lines]


_TINTED = {"style": f"background-color: {HEADER_TINT};"}


def pipe_table(table: Node) -> list[str] | None:
    """Return the table's lines with pipes, None where these can't say everything.

    Intercom's header is a tinted first row (facts: Bodies); a table without one has an empty header here.
    """
    rows = [row.children for row in table.children]
    if table.attributes or not rows or any(row.tag != "tr" or row.attributes for row in table.children):
        return None
    columns = len(rows[0])
    if not columns or any(len(row) != columns or any(cell.tag != "td" for cell in row) for row in rows):
        return None
    headed = all(cell.attributes == _TINTED for cell in rows[0])
    if any(cell.attributes for row in rows[headed:] for cell in row):
        return None
    if headed and not any(cell.children for cell in rows[0]):
        return None
    aligned = _centred_columns(rows)
    if aligned is None:
        return None
    lines = [[_cell_text(cell, centred=centred) for cell, centred in zip(row, aligned, strict=True)] for row in rows]
    if not headed:
        lines.insert(0, [""] * columns)
    lines.insert(1, [":---:" if centred else "---" for centred in aligned])
    return [f"| {' | '.join(line)} |" for line in lines]


def _centred_columns(rows: Sequence[Sequence[Node]]) -> list[bool] | None:
    """Return which columns are centred, None where cells hold other things than a line of text and pictures can."""
    columns: list[bool | None] = [None] * len(rows[0])
    for row in rows:
        for index, cell in enumerate(row):
            before = ""
            for node in cell.children:
                picture = picture_in(node)
                align = node_alignment(node) if picture is None else picture.align
                if align not in {None, "center"} or (picture is None and (before == "p" or not _is_line(node))):
                    return None
                before = node.tag
                if picture is not None and align is not None:
                    continue  # A picture can be centred by itself, in any column.
                if columns[index] not in {None, align == "center"}:
                    return None
                columns[index] = align == "center"
    return [bool(centred) for centred in columns]


def _is_line(node: Node) -> bool:
    return node.tag == "p" and not has_other_attributes(node) and not has_picture(node)


def _cell_text(cell: Node, *, centred: bool) -> str:
    parts = []
    for node in cell.children:
        picture = picture_in(node)
        parts.append(write_inline(node.runs, "cell") if picture is None else _cell_picture(picture, centred=centred))
    return " ".join(parts)


def _cell_picture(picture: Contained, *, centred: bool) -> str:
    text = write_inline(picture.runs, "cell")
    return text if picture.align is None or centred else with_attribute_list(text, ".center")


def with_attribute_list(picture: str, attributes: str) -> str:
    """Return a picture with an attribute list right behind it, within its link."""
    link = picture.rfind(")](") if picture.startswith("[![") else -1
    if link < 0:
        return f"{picture}{{{attributes}}}"
    return f"{picture[: link + 1]}{{{attributes}}}{picture[link + 1 :]}"


_MOST = 6


class Headings:
    """Ranks the headings of one text: the shallowest is written `##`, where that leaves room for the deepest."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        tags = sorted(_tags(nodes))
        self._hashes = {tag: hashes for hashes, tag in enumerate(tags, 2 if len(tags) < _MOST else 1)}
        self._given: set[str] = set()
        self._counts: dict[str, int] = {}

    def level(self, tag: str) -> int:
        """Return how many hashes stand before a heading."""
        return self._hashes[tag]

    def named(self, runs: Sequence[Run], name: str | None) -> str | None:
        """Return the name to write when it is another one than the heading gets by itself; call it in their order."""
        text = "".join(" " if run.kind == "break" else run.text for run in runs if run.kind != "image")
        wanted = slugify(" ".join(text.split())) or "section"
        count = self._counts.get(wanted)
        natural = unused_slug(wanted, self._given, self._counts)
        if name is None or name == natural or name in self._given or not _is_writable(name):
            self._given.add(natural)
            return None
        if count is None:
            self._counts.pop(wanted, None)
        else:
            self._counts[wanted] = count
        self._given.add(name)
        return name


def _is_writable(name: str) -> bool:
    return bool(name) and not any(char.isspace() or char in "{}\"'=#." for char in name)


def _tags(nodes: Sequence[Node]) -> set[str]:
    tags: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node.tag in HEADINGS:
            tags.add(node.tag)
        waiting.extend(node.children)
    return tags


_FENCES = re.compile("`{3,}")


class BlockWriter:
    """Writes the nodes of one body, each once and in their order, for headings are named as they come."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._headings = Headings(nodes)

    def lines(self, nodes: Iterable[Node]) -> list[str]:
        """Return the nodes as lines of Markdown."""
        return joined_lines(self._all(nodes))

    def _all(self, nodes: Iterable[Node]) -> list[BlockLines]:
        return [written for node in nodes if (written := self._one(node)).lines]

    def _one(self, node: Node) -> BlockLines:  # noqa: C901, PLR0911 - one dispatch over the kinds of node
        tag = node.tag
        if tag == "p":
            return BlockLines("p", self._paragraph(node))
        if tag in HEADINGS:
            return BlockLines("heading", [self._heading(node)])
        if tag == "pre":
            return BlockLines("pre", _code(node))
        if tag == "hr":
            return BlockLines("hr", ["---"])
        if tag in {"ul", "ol"}:
            return BlockLines(tag, self._list(node))
        if tag == "details":
            return BlockLines(tag, self._details(node))
        if tag == "blockquote" and not node.attributes:
            return BlockLines(tag, _quoted(self.lines(node.children)))
        if (table := table_in(node)) is not None:
            return BlockLines("table", pipe_table(table) or self._table(table))
        if (address := video_address(node)) is not None:
            return BlockLines("video", [_video(address)])
        if (picture := picture_in(node)) is not None:
            return BlockLines("picture", [_picture(picture)])
        if (button := button_in(node)) is not None:
            return BlockLines("button", _button(button, node))
        if (name := callout_name(node)) is not None:
            return BlockLines("callout", [f"> [!{name}]", *_quoted(self.lines(node.children))])
        return BlockLines(tag, self._enclosed(tag, node.attributes, node.children))

    def _paragraph(self, node: Node) -> list[str]:
        if has_other_attributes(node):
            return [f"{start_tag('p', node.attributes)}{raw_inline(node.runs)}</p>"]
        lines = write_inline(node.runs, "paragraph").split("\n")
        align = node_alignment(node)
        return [*lines, f"{{.{align}}}"] if align else lines

    def _heading(self, node: Node) -> str:
        level = self._headings.level(node.tag)
        name = self._headings.named(node.runs, node.attributes.get("id"))
        if has_other_attributes(node, ("id",)):
            kept = {key: value for key, value in node.attributes.items() if key != "id" or name is not None}
            return f"{start_tag(f'h{level}', kept)}{raw_inline(node.runs)}</h{level}>"
        align = node_alignment(node)
        attributes = " ".join([*([f"#{name}"] if name else []), *([f".{align}"] if align else [])])
        text = write_inline(node.runs, "attributed" if attributes else "heading")
        return f"{'#' * level} {text} {{{attributes}}}" if attributes else f"{'#' * level} {text}"

    def _list(self, node: Node) -> list[str]:
        if not node.children:
            return []  # A list without items shows nothing, and Intercom refuses one (facts: what is sent).
        start = node.attributes.get("start", "1")
        known = node.attributes.keys() <= {"start"} and start.isascii() and start.isdigit() and len(start) <= 9
        if not known or any(item.tag != "li" or item.attributes for item in node.children):
            return self._enclosed(node.tag, node.attributes, node.children)
        items = [self._all(item.children) for item in node.children]
        return list_lines(items, int(start) if node.tag == "ol" else None)

    def _details(self, node: Node) -> list[str]:
        titles = [child for child in node.children if child.tag == "summary"]
        title = "<br>".join(raw_inline(part.runs) for child in titles for part in _leaves(child))
        lines = [start_tag("details", node.attributes)]
        if titles:
            lines.append(f"<summary>{title}</summary>")
        inside = self.lines(collapsible_content(node))
        if inside:
            lines += ["", *inside, ""]
        return [*lines, "</details>"]

    def _table(self, node: Node) -> list[str]:
        lines = [start_tag("table", node.attributes)]
        for row in node.children:
            if row.tag != "tr":
                lines += self._cell(row)
                continue
            lines.append(start_tag("tr", row.attributes))
            for cell in row.children:
                lines += self._cell(cell)
            lines.append("</tr>")
        return [*lines, "</table>"]

    def _cell(self, node: Node) -> list[str]:
        content = node.children
        if len(content) > 1 or any(
            part.tag != "p" or has_other_attributes(part) or has_picture(part) for part in content
        ):
            return self._enclosed(node.tag, node.attributes, content)
        attributes, text = dict(node.attributes), ""
        for part in content:
            if align := node_alignment(part):
                attributes["align"] = align
            text = raw_inline(part.runs)
        return [f"{start_tag(node.tag, attributes)}{text}</{node.tag}>"]

    def _enclosed(self, tag: str, attributes: Mapping[str, str], nodes: Iterable[Node]) -> list[str]:
        start = start_tag(tag, attributes)
        inside = self.lines(nodes)
        return [start, "", *inside, "", f"</{tag}>"] if inside else [f"{start}</{tag}>"]


def _leaves(node: Node) -> Iterable[Node]:
    for child in node.children:
        if child.children:
            yield from _leaves(child)
        else:
            yield child


def _code(node: Node) -> list[str]:
    if node.attributes or any(run.formats for run in node.runs):
        return f"{start_tag('pre', node.attributes)}<code>{raw_inline(node.runs)}</code></pre>".split("\n")
    text = "".join(run.text for run in node.runs)
    longest = max(map(len, _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return [fence, *(text.split("\n") if text else []), fence]


def _quoted(lines: Iterable[str]) -> list[str]:
    return [f"> {line}" if line else ">" for line in lines]


def _video(address: str) -> str:
    return video_link(address) or f"{start_tag('iframe', {'src': address})}</iframe>"


def _picture(picture: Contained) -> str:
    text = write_inline(picture.runs, "paragraph")
    return with_attribute_list(text, f".{picture.align}") if picture.align else text


def _button(button: Contained, node: Node) -> list[str]:
    lines = write_inline(button.runs, "paragraph", autolinks=False).split("\n")
    if lines[0].startswith("[") and lines[-1].endswith(")"):
        lines[-1] += f"{{.button{f' .{button.align}' if button.align else ''}}}"
        return lines
    return [f"{start_tag('div', node.attributes)}{raw_inline(node.children[0].runs)}</div>"]


# What rendering drops as well, and the two kinds of white space that neither a strip nor an entity lets stand.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x85\ufffe\uffff\ud800-\udfff]")


def html_to_markdown(
    html: str,
    *,
    own_link: Callable[[str], str | None] = unresolved,
    image: Callable[[str], str | None] = unresolved,
    anchor: Callable[[str], str | None] = unresolved,
) -> str:
    """Return the body's Markdown, which renders to what a reader of the body sees; "" for a body that shows nothing.

    `own_link` says how an address is written (say, as a path with `#slug`), `image` how a picture's is, `anchor` gives
    the slug of a heading by its id; None leaves a thing as it is. Bodies with one canonical form have one Markdown.
    Safe and linear on any input.
    """
    pieces = read_html(html, own_link=own_link, image=image, anchor=anchor)
    nodes = piece_tree(_printable(pieces))
    lines = BlockWriter(nodes).lines(nodes)
    return "\n".join(lines) + "\n" if lines else ""


def _printable(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces without control characters, which no Markdown can hold, and without addresses that run code."""
    for piece in pieces:
        if not any(_CONTROL.search(run.text) or _is_unsafe(run) for run in piece.runs):
            yield piece
            continue
        runs = RunCollector(verbatim=piece.tag == "pre")
        for run in piece.runs:
            formats = run.formats[1:] if _is_unsafe_link(run) else run.formats
            if run.kind == "text":
                runs.text(_CONTROL.sub("", run.text), formats)
            elif run.kind == "break":
                runs.line_break(run.formats)
            else:
                source = None if is_script(run.source or "") else run.source
                runs.image(source, " ".join(_CONTROL.sub("", run.text).split()), formats)
        if (kept := tuple(runs.read())) or piece.tag == "pre":
            yield piece._replace(runs=kept)


def _is_unsafe(run: Run) -> bool:
    return _is_unsafe_link(run) or is_script(run.source or "")


def _is_unsafe_link(run: Run) -> bool:
    if not run.formats or run.formats[0][0] != "a":
        return False
    return is_script(tag_attributes(run.formats[0][1][len("<a") : -1]).get("href", ""))
