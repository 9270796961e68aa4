"""Writes the blocks of a stored body as lines of Markdown; what Markdown can't express stays raw HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.addresses import is_script, video_link
from helpsync.markdown.dialect import (
    ALIGN,
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
    Node,
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

    from helpsync.markdown.html.read import Piece, TextRun

# What rendering drops as well, and the two kinds of white space that neither a strip nor an entity lets stand.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x85\ufffe\uffff\ud800-\udfff]")


def html_to_markdown(
    html: str,
    *,
    own_link: Callable[[str], str | None] = unresolved,
    image: Callable[[str], str | None] = unresolved,
    anchor: Callable[[str], str | None] = unresolved,
) -> str:
    """Return the body's Markdown, which renders to what readers see; "" for a body that shows nothing.

    `own_link` writes an address (for example, as a path with `#slug`), `image` a picture's, and `anchor` returns the
    slug of a heading by its id; None leaves a thing as it is. Bodies with one canonical form have one Markdown. Safe
    and linear on any input.
    """
    nodes = piece_tree(_printable(read_html(html, own_link=own_link, image=image, anchor=anchor)))
    lines = _BlockWriter(nodes).lines(nodes)
    return "\n".join(lines) + "\n" if lines else ""


def _printable(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces without control characters, which Markdown can't have, and without addresses that run code."""
    for piece in pieces:
        if not any(_CONTROL.search(run.text) or is_script(run.source or "") or _runs_code(run) for run in piece.runs):
            yield piece
            continue
        runs = RunCollector(verbatim=piece.tag == "pre")
        for run in piece.runs:
            formats = run.formats[1:] if _runs_code(run) else run.formats
            if run.kind == "text":
                runs.text(_CONTROL.sub("", run.text), formats)
            elif run.kind == "break":
                runs.line_break(run.formats)
            else:
                source = None if is_script(run.source or "") else run.source
                runs.image(source, " ".join(_CONTROL.sub("", run.text).split()), formats)
        if (kept := tuple(runs.read())) or piece.tag == "pre":
            yield piece._replace(runs=kept)


def _runs_code(run: TextRun) -> bool:
    """Return whether the run is in a link that runs code."""
    return is_script(_link_attributes(run).get("href", ""))


def _link_attributes(run: TextRun) -> dict[str, str]:
    """Return the attributes of the link around the run, empty without one."""
    if not run.formats or run.formats[0][0] != "a":
        return {}
    return tag_attributes(run.formats[0][1][len("<a") : -1])


# What Intercom's editor stores for a picture, a button, a video, a callout, a table

_CALLOUT_NAMES = {
    f"background-color: {CALLOUT_COLOURS[colour][0]}; border-color: {CALLOUT_COLOURS[colour][1]};": name.upper()
    for name, colour in CALLOUTS.items()
}


class _Contained(NamedTuple):
    """The content of a container, a picture or a button's label, and its alignment."""

    runs: tuple[TextRun, ...]
    align: str | None


def _contained(node: Node) -> _Contained | None:
    align = node.alignment
    classes = {CONTAINER, f"{ALIGN}{align}"} if align else {CONTAINER}
    if node.tag != "div" or set(node.classes) != classes or len(node.attributes) > 1 or len(node.children) != 1:
        return None
    content = node.children[0]
    if content.tag != "p" or content.attributes:
        return None
    return _Contained(content.runs, align)


def _picture_in(node: Node) -> _Contained | None:
    """Return the picture that the node is, with its link."""
    found = _contained(node)
    if found is None or len(found.runs) != 1 or found.runs[0].kind != "image":
        return None
    return None if _link_attributes(found.runs[0]).get("class") == BUTTON else found


def _button_in(node: Node) -> _Contained | None:
    """Return the label of the button that the node is, as linked text."""
    found = _contained(node)
    attributes = _link_attributes(found.runs[0]) if found else {}
    if found is None or attributes.get("class") != BUTTON or any(run.kind == "image" for run in found.runs):
        return None
    link = found.runs[0].formats[0]
    if any(run.kind == "text" and link not in run.formats for run in found.runs):
        return None
    plain = ("a", f"<a{attribute('href', attributes.get('href', ''))}>")
    runs = (run if run.kind == "break" else run._replace(formats=(plain, *run.formats[1:])) for run in found.runs)
    return found._replace(runs=tuple(runs))


def _only_child(node: Node, container: str) -> Node:
    """Return the only child of a container of this class, and any other node itself."""
    is_container = node.tag == "div" and node.attributes == {"class": container} and len(node.children) == 1
    return node.children[0] if is_container else node


def _table_in(node: Node) -> Node | None:
    """Return the table that the node is, without its container."""
    node = _only_child(node, TABLE)
    return node if node.tag == "table" else None


def _video_address(node: Node) -> str | None:
    """Return the address of the player that the node shows."""
    node = _only_child(node, VIDEO)
    return node.attributes.get("src", "") or None if node.tag == "iframe" else None


def _callout_name(node: Node) -> str | None:
    """Return the Markdown name of the callout, None for other nodes and colours."""
    if node.tag != "div" or node.attributes.keys() != {"class", "style"} or node.classes != [CALLOUT]:
        return None
    return _CALLOUT_NAMES.get(node.attributes["style"])


def _has_other_attributes(node: Node, known: Sequence[str] = ()) -> bool:
    """Return whether the node has attributes besides an alignment and the known ones."""
    rest = node.attributes.keys() - {"class", *known}
    return bool(rest) or node.classes != ([f"{ALIGN}{node.alignment}"] if node.alignment else [])


def _has_picture(node: Node) -> bool:
    return any(run.kind == "image" for run in node.runs)


# Lists: an item's lines are indented by its marker's width, and have no blank lines where each is one paragraph

_APART = "<!-- -->"
_LISTS = frozenset({"ul", "ol"})
_HIGHEST = 999  # Below a wider number, four spaces are not enough on GitHub.
_WIDEST = 4
_BELOW = frozenset({"ul", "ol", "hr", "table"})
# What may stand right below a paragraph: an item with text, the first one where they are numbered, but nothing that
# looks like the line below a table's header.
_INTERRUPTS = re.compile(r"(?:-|1\.) (?![-:| ]*$)\S")


class _BlockLines(NamedTuple):
    """The lines of one block, and the tag that it was made from."""

    tag: str
    lines: list[str]


def _joined(blocks: Sequence[_BlockLines]) -> list[str]:
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


def _list_lines(items: Sequence[Sequence[_BlockLines]], start: int | None) -> list[str]:
    """Return the lines of a list, numbered when it has a `start`."""
    tight = all(_is_tight(item) for item in items)
    lines: list[str] = []
    for number, item in enumerate(items, start or 0):
        if lines and not tight:
            lines.append("")
        marker = "-" if start is None else f"{min(number, _HIGHEST)}."
        if not item:
            lines.append(marker)
            continue
        inside = [line for block in item for line in block.lines] if tight else _joined(item)
        width = len(marker) + 1
        # Where code stands beside the marker, its own indents count from there.
        beside = width <= _WIDEST if item[0].tag == "pre" else item[0].tag not in _BELOW
        lines.append(f"{marker} {inside[0]}" if beside else marker)
        lines += [" " * width + line if line else "" for line in inside[beside:]]
    return lines


def _is_tight(item: Sequence[_BlockLines]) -> bool:
    if len(item) < 2:
        return not item or item[0].tag == "p"
    first, second = item[0], item[1]
    if len(item) > 2 or first.tag != "p" or second.tag not in _LISTS:
        return False
    return "" not in second.lines and _INTERRUPTS.match(second.lines[0]) is not None


# Tables with pipes, where these can say everything

_TINTED = {"style": f"background-color: {HEADER_TINT};"}


def _pipe_table(table: Node) -> list[str] | None:
    """Return the table's lines with pipes, None where pipes can't express it.

    Intercom's header is a tinted first row; a table without one gets an empty header.
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
    aligned = [_is_centred([row[index] for row in rows]) for index in range(columns)]
    if None in aligned:
        return None
    lines = [
        [_cell_text(cell, centred=bool(centred)) for cell, centred in zip(row, aligned, strict=True)] for row in rows
    ]
    if not headed:
        lines.insert(0, [""] * columns)
    lines.insert(1, [":---:" if centred else "---" for centred in aligned])
    return [f"| {' | '.join(line)} |" for line in lines]


def _is_centred(column: Sequence[Node]) -> bool | None:
    """Return whether a column is centred, None where cells differ or have more than pictures and a line of text."""
    centred: set[bool] = set()
    for cell in column:
        before = ""
        for node in cell.children:
            picture = _picture_in(node)
            align = node.alignment if picture is None else picture.align
            is_line = node.tag == "p" and before != "p" and not _has_other_attributes(node) and not _has_picture(node)
            if align not in {None, "center"} or (picture is None and not is_line):
                return None
            before = node.tag
            if picture is None or align is None:  # A picture can be centred by itself, in any column.
                centred.add(align == "center")
    return None if len(centred) > 1 else True in centred


def _cell_text(cell: Node, *, centred: bool) -> str:
    parts = []
    for node in cell.children:
        picture = _picture_in(node)
        text = write_inline(node.runs if picture is None else picture.runs, "cell")
        has_align = picture is not None and picture.align is not None and not centred
        parts.append(_with_attributes(text, ".center") if has_align else text)
    return " ".join(parts)


def _with_attributes(picture: str, attributes: str) -> str:
    """Return a picture with an attribute list right after it, within its link."""
    link = picture.rfind(")](") if picture.startswith("[![") else -1
    if link < 0:
        return f"{picture}{{{attributes}}}"
    return f"{picture[: link + 1]}{{{attributes}}}{picture[link + 1 :]}"


# Headings

_RANKS = 6


class _Headings:
    """Ranks the headings of one text: the shallowest becomes `##`, if that leaves room for the deepest."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        tags: set[str] = set()
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if node.tag in HEADINGS:
                tags.add(node.tag)
            waiting.extend(node.children)
        self.levels = {tag: level for level, tag in enumerate(sorted(tags), 2 if len(tags) < _RANKS else 1)}
        self._given: set[str] = set()
        self._counts: dict[str, int] = {}

    def named(self, runs: Sequence[TextRun], name: str | None) -> str | None:
        """Return the name to write when it differs from the automatic one; call it in the order of the headings."""
        text = "".join(" " if run.kind == "break" else run.text for run in runs if run.kind != "image")
        wanted = slugify(" ".join(text.split())) or "section"
        count = self._counts.get(wanted)
        natural = unused_slug(wanted, self._given, self._counts)
        is_writable = bool(name) and not any(char.isspace() or char in "{}\"'=#." for char in name or "")
        if name is None or name == natural or name in self._given or not is_writable:
            self._given.add(natural)
            return None
        if count is None:
            self._counts.pop(wanted, None)
        else:
            self._counts[wanted] = count
        self._given.add(name)
        return name


# Every kind of block

_FENCES = re.compile("`{3,}")


class _BlockWriter:
    """Writes the nodes of one body, each once and in order, as headings get their names one after the other."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._headings = _Headings(nodes)

    def lines(self, nodes: Iterable[Node]) -> list[str]:
        return _joined(self._all(nodes))

    def _all(self, nodes: Iterable[Node]) -> list[_BlockLines]:
        written = ((node, _WRITERS.get(node.tag, _BlockWriter.other)(self, node)) for node in nodes)
        return [_BlockLines("table" if _table_in(node) else node.tag, lines) for node, lines in written if lines]

    def other(self, node: Node) -> list[str]:
        if (table := _table_in(node)) is not None:
            return _pipe_table(table) or self._table(table)
        if (address := _video_address(node)) is not None:
            return [video_link(address) or f"{start_tag('iframe', {'src': address})}</iframe>"]
        if (picture := _picture_in(node)) is not None:
            text = write_inline(picture.runs, "paragraph")
            return [_with_attributes(text, f".{picture.align}") if picture.align else text]
        if (button := _button_in(node)) is not None:
            return _button(button, node)
        if (name := _callout_name(node)) is not None:
            return [f"> [!{name}]", *self._quoted(node)]
        return self._enclosed(node.tag, node.attributes, node.children)

    def paragraph(self, node: Node) -> list[str]:
        if _has_other_attributes(node):
            return [f"{start_tag('p', node.attributes)}{raw_inline(node.runs)}</p>"]
        lines = write_inline(node.runs, "paragraph").split("\n")
        return [*lines, f"{{.{node.alignment}}}"] if node.alignment else lines

    def heading(self, node: Node) -> list[str]:
        level = self._headings.levels[node.tag]
        name = self._headings.named(node.runs, node.attributes.get("id"))
        if _has_other_attributes(node, ("id",)):
            kept = {key: value for key, value in node.attributes.items() if key != "id" or name is not None}
            return [f"{start_tag(f'h{level}', kept)}{raw_inline(node.runs)}</h{level}>"]
        attributes = " ".join([*([f"#{name}"] if name else []), *([f".{node.alignment}"] if node.alignment else [])])
        text = write_inline(node.runs, "attributed" if attributes else "heading")
        return [f"{'#' * level} {text} {{{attributes}}}" if attributes else f"{'#' * level} {text}"]

    def code(self, node: Node) -> list[str]:
        if node.attributes or any(run.formats for run in node.runs):
            return f"{start_tag('pre', node.attributes)}<code>{raw_inline(node.runs)}</code></pre>".split("\n")
        text = "".join(run.text for run in node.runs)
        fence = "`" * (max(map(len, _FENCES.findall(text)), default=2) + 1)
        return [fence, *(text.split("\n") if text else []), fence]

    def rule(self, _node: Node) -> list[str]:
        return ["---"]

    def items(self, node: Node) -> list[str]:
        if not node.children:
            return []  # A list without items shows nothing, and Intercom refuses one.
        start = node.attributes.get("start", "1")
        known = node.attributes.keys() <= {"start"} and start.isascii() and start.isdigit() and len(start) <= 9
        if not known or any(item.tag != "li" or item.attributes for item in node.children):
            return self._enclosed(node.tag, node.attributes, node.children)
        items = [self._all(item.children) for item in node.children]
        return _list_lines(items, int(start) if node.tag == "ol" else None)

    def details(self, node: Node) -> list[str]:
        titles = [child for child in node.children if child.tag == "summary"]
        title = "<br>".join(raw_inline(part.runs) for child in titles for part in _leaves(child))
        lines = [start_tag("details", node.attributes)]
        if titles:
            lines.append(f"<summary>{title}</summary>")
        content: list[Node] = []
        for child in node.children:
            if child.tag == "div" and child.attributes == {"class": CONTENT}:
                content += child.children
            elif child.tag != "summary":
                content.append(child)
        inside = self.lines(content)
        return [*lines, *(["", *inside, ""] if inside else []), "</details>"]

    def quote(self, node: Node) -> list[str]:
        return self.other(node) if node.attributes else self._quoted(node)

    def _quoted(self, node: Node) -> list[str]:
        return [f"> {line}" if line else ">" for line in self.lines(node.children)]

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
            part.tag != "p" or _has_other_attributes(part) or _has_picture(part) for part in content
        ):
            return self._enclosed(node.tag, node.attributes, content)
        attributes, text = dict(node.attributes), ""
        for part in content:
            if part.alignment:
                attributes["align"] = part.alignment
            text = raw_inline(part.runs)
        return [f"{start_tag(node.tag, attributes)}{text}</{node.tag}>"]

    def _enclosed(self, tag: str, attributes: Mapping[str, str], nodes: Iterable[Node]) -> list[str]:
        start = start_tag(tag, attributes)
        inside = self.lines(nodes)
        return [start, "", *inside, "", f"</{tag}>"] if inside else [f"{start}</{tag}>"]


_WRITERS = {
    **dict.fromkeys(HEADINGS, _BlockWriter.heading),
    "p": _BlockWriter.paragraph,
    "pre": _BlockWriter.code,
    "hr": _BlockWriter.rule,
    "ul": _BlockWriter.items,
    "ol": _BlockWriter.items,
    "details": _BlockWriter.details,
    "blockquote": _BlockWriter.quote,
}


def _button(button: _Contained, node: Node) -> list[str]:
    lines = write_inline(button.runs, "paragraph", autolinks=False).split("\n")
    if not lines[0].startswith("[") or not lines[-1].endswith(")"):
        return [f"{start_tag('div', node.attributes)}{raw_inline(node.children[0].runs)}</div>"]
    lines[-1] += f"{{.button{f' .{button.align}' if button.align else ''}}}"
    return lines


def _leaves(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.children:
            yield from _leaves(child)
        else:
            yield child
