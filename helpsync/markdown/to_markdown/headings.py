"""The levels and names of a text's headings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.markdown.html.read import HEADINGS
from helpsync.markdown.html.slugs import slugify, unused_slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markdown.html.runs import Run
    from helpsync.markdown.html.tree import Node

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
