"""Tables with pipes, where these can say everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.markdown.dialect import HEADER_TINT
from helpsync.markdown.to_markdown import inline_markdown, shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markdown.html.tree import Node
    from helpsync.markdown.to_markdown.shapes import Contained

_TINTED = {"style": f"background-color: {HEADER_TINT};"}


def piped(table: Node) -> list[str] | None:
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
    aligned = _columns(rows)
    if aligned is None:
        return None
    lines = [[_text(cell, centred=centred) for cell, centred in zip(row, aligned, strict=True)] for row in rows]
    if not headed:
        lines.insert(0, [""] * columns)
    lines.insert(1, [":---:" if centred else "---" for centred in aligned])
    return [f"| {' | '.join(line)} |" for line in lines]


def _columns(rows: Sequence[Sequence[Node]]) -> list[bool] | None:
    """Return which columns are centred, None where cells hold other things than a line of text and pictures can."""
    columns: list[bool | None] = [None] * len(rows[0])
    for row in rows:
        for index, cell in enumerate(row):
            before = ""
            for node in cell.children:
                picture = shapes.picture(node)
                align = shapes.alignment(node) if picture is None else picture.align
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
    return node.tag == "p" and not shapes.others(node) and not shapes.has_picture(node)


def _text(cell: Node, *, centred: bool) -> str:
    parts = []
    for node in cell.children:
        picture = shapes.picture(node)
        parts.append(
            inline_markdown.write_inline(node.runs, "cell") if picture is None else _picture(picture, centred=centred)
        )
    return " ".join(parts)


def _picture(picture: Contained, *, centred: bool) -> str:
    text = inline_markdown.write_inline(picture.runs, "cell")
    return text if picture.align is None or centred else with_attributes(text, ".center")


def with_attributes(picture: str, attributes: str) -> str:
    """Return a picture with an attribute list right behind it, within its link."""
    link = picture.rfind(")](") if picture.startswith("[![") else -1
    if link < 0:
        return f"{picture}{{{attributes}}}"
    return f"{picture[: link + 1]}{{{attributes}}}{picture[link + 1 :]}"
