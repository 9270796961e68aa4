"""Blocks of a stored body as lines of Markdown; what Markdown can't say stays raw HTML (facts: Bodies)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.markdown import videos
from helpsync.markdown.html.read import HEADINGS
from helpsync.markdown.to_markdown import inline_markdown, lists, raw_tags, shapes, tables
from helpsync.markdown.to_markdown.headings import Headings
from helpsync.markdown.to_markdown.lists import Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from helpsync.markdown.html.tree import Node
    from helpsync.markdown.to_markdown.shapes import Contained

_FENCES = re.compile("`{3,}")


class BlockWriter:
    """Writes the nodes of one body, each once and in their order, for headings are named as they come."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._headings = Headings(nodes)

    def lines(self, nodes: Iterable[Node]) -> list[str]:
        """Return the nodes as lines of Markdown."""
        return lists.joined(self._all(nodes))

    def _all(self, nodes: Iterable[Node]) -> list[Written]:
        return [written for node in nodes if (written := self._one(node)).lines]

    def _one(self, node: Node) -> Written:  # noqa: C901, PLR0911 - one dispatch over the kinds of node
        tag = node.tag
        if tag == "p":
            return Written("p", self._paragraph(node))
        if tag in HEADINGS:
            return Written("heading", [self._heading(node)])
        if tag == "pre":
            return Written("pre", _code(node))
        if tag == "hr":
            return Written("hr", ["---"])
        if tag in {"ul", "ol"}:
            return Written(tag, self._list(node))
        if tag == "details":
            return Written(tag, self._details(node))
        if tag == "blockquote" and not node.attributes:
            return Written(tag, _quoted(self.lines(node.children)))
        if (table := shapes.table(node)) is not None:
            return Written("table", tables.piped(table) or self._table(table))
        if (address := shapes.video(node)) is not None:
            return Written("video", [_video(address)])
        if (picture := shapes.picture(node)) is not None:
            return Written("picture", [_picture(picture)])
        if (button := shapes.button(node)) is not None:
            return Written("button", _button(button, node))
        if (name := shapes.callout(node)) is not None:
            return Written("callout", [f"> [!{name}]", *_quoted(self.lines(node.children))])
        return Written(tag, self._enclosed(tag, node.attributes, node.children))

    def _paragraph(self, node: Node) -> list[str]:
        if shapes.others(node):
            return [f"{raw_tags.start_tag('p', node.attributes)}{raw_tags.inline(node.runs)}</p>"]
        lines = inline_markdown.write_inline(node.runs, "paragraph").split("\n")
        align = shapes.alignment(node)
        return [*lines, f"{{.{align}}}"] if align else lines

    def _heading(self, node: Node) -> str:
        level = self._headings.level(node.tag)
        name = self._headings.named(node.runs, node.attributes.get("id"))
        if shapes.others(node, ("id",)):
            kept = {key: value for key, value in node.attributes.items() if key != "id" or name is not None}
            return f"{raw_tags.start_tag(f'h{level}', kept)}{raw_tags.inline(node.runs)}</h{level}>"
        align = shapes.alignment(node)
        attributes = " ".join([*([f"#{name}"] if name else []), *([f".{align}"] if align else [])])
        text = inline_markdown.write_inline(node.runs, "attributed" if attributes else "heading")
        return f"{'#' * level} {text} {{{attributes}}}" if attributes else f"{'#' * level} {text}"

    def _list(self, node: Node) -> list[str]:
        if not node.children:
            return []  # A list without items shows nothing, and Intercom refuses one (facts: what is sent).
        start = node.attributes.get("start", "1")
        known = node.attributes.keys() <= {"start"} and start.isascii() and start.isdigit() and len(start) <= 9
        if not known or any(item.tag != "li" or item.attributes for item in node.children):
            return self._enclosed(node.tag, node.attributes, node.children)
        items = [self._all(item.children) for item in node.children]
        return lists.listed(items, int(start) if node.tag == "ol" else None)

    def _details(self, node: Node) -> list[str]:
        titles = [child for child in node.children if child.tag == "summary"]
        title = "<br>".join(raw_tags.inline(part.runs) for child in titles for part in _leaves(child))
        lines = [raw_tags.start_tag("details", node.attributes)]
        if titles:
            lines.append(f"<summary>{title}</summary>")
        inside = self.lines(shapes.content(node))
        if inside:
            lines += ["", *inside, ""]
        return [*lines, "</details>"]

    def _table(self, node: Node) -> list[str]:
        lines = [raw_tags.start_tag("table", node.attributes)]
        for row in node.children:
            if row.tag != "tr":
                lines += self._cell(row)
                continue
            lines.append(raw_tags.start_tag("tr", row.attributes))
            for cell in row.children:
                lines += self._cell(cell)
            lines.append("</tr>")
        return [*lines, "</table>"]

    def _cell(self, node: Node) -> list[str]:
        content = node.children
        if len(content) > 1 or any(
            part.tag != "p" or shapes.others(part) or shapes.has_picture(part) for part in content
        ):
            return self._enclosed(node.tag, node.attributes, content)
        attributes, text = dict(node.attributes), ""
        for part in content:
            if align := shapes.alignment(part):
                attributes["align"] = align
            text = raw_tags.inline(part.runs)
        return [f"{raw_tags.start_tag(node.tag, attributes)}{text}</{node.tag}>"]

    def _enclosed(self, tag: str, attributes: Mapping[str, str], nodes: Iterable[Node]) -> list[str]:
        start = raw_tags.start_tag(tag, attributes)
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
        return f"{raw_tags.start_tag('pre', node.attributes)}<code>{raw_tags.inline(node.runs)}</code></pre>".split(
            "\n"
        )
    text = "".join(run.text for run in node.runs)
    longest = max(map(len, _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return [fence, *(text.split("\n") if text else []), fence]


def _quoted(lines: Iterable[str]) -> list[str]:
    return [f"> {line}" if line else ">" for line in lines]


def _video(address: str) -> str:
    return videos.video_link(address) or f"{raw_tags.start_tag('iframe', {'src': address})}</iframe>"


def _picture(picture: Contained) -> str:
    text = inline_markdown.write_inline(picture.runs, "paragraph")
    return tables.with_attributes(text, f".{picture.align}") if picture.align else text


def _button(button: Contained, node: Node) -> list[str]:
    lines = inline_markdown.write_inline(button.runs, "paragraph", autolinks=False).split("\n")
    if lines[0].startswith("[") and lines[-1].endswith(")"):
        lines[-1] += f"{{.button{f' .{button.align}' if button.align else ''}}}"
        return lines
    return [f"{raw_tags.start_tag('div', node.attributes)}{raw_tags.inline(node.children[0].runs)}</div>"]
