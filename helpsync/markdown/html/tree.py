"""The pieces of a body as a tree of bounded depth."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.markdown.html.read import Piece
    from helpsync.markdown.html.runs import Run

MAX_DEPTH = 50
"""Containers nested deeper than this are unwrapped: nobody makes them, and recursion over a tree has an end."""

_PARTS = frozenset({"li", "tr", "td", "caption", "summary"})
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


@dataclass(slots=True)
class Node:
    """A container with `children`, or a leaf with `runs`; attributes as the reader keeps them, decoded."""

    tag: str
    attributes: dict[str, str]
    runs: tuple[Run, ...] = ()
    children: list[Node] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """Return the classes in order."""
        return self.attributes.get("class", "").split()


def tree(pieces: Iterable[Piece]) -> list[Node]:
    """Return what the pieces make; what lies in a container that is too deep is its parent's."""
    roots: list[Node] = []
    into = roots
    opened: list[list[Node] | None] = []
    depth = 0
    for piece in pieces:
        if piece.kind == "close":
            outer = opened.pop()
            if outer is not None:
                into = outer
                depth -= 1
        elif piece.kind == "open" and (depth >= MAX_DEPTH if piece.tag not in _PARTS else opened[-1:] == [None]):
            opened.append(None)
        else:
            node = Node(piece.tag, attributes_of(piece.attributes), piece.runs)
            into.append(node)
            if piece.kind == "open":
                opened.append(into)
                into = node.children
                depth += 1
    return roots


def attributes_of(written: str) -> dict[str, str]:
    """Return attributes that the reader wrote."""
    return {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(written)} if written else {}
