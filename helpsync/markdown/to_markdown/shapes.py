"""Recognises what Intercom's editor stores for a picture, a button, a video, a callout (facts: Bodies)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from helpsync.markdown.dialect import (
    ALIGN,
    ALIGNMENTS,
    BUTTON,
    CALLOUT,
    CALLOUT_COLOURS,
    CALLOUTS,
    CONTAINER,
    CONTENT,
    TABLE,
    VIDEO,
)
from helpsync.markdown.html.runs import attribute
from helpsync.markdown.html.tree import attributes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markdown.html.runs import Run
    from helpsync.markdown.html.tree import Node

_CALLOUT_NAMES = {
    f"background-color: {CALLOUT_COLOURS[colour][0]}; border-color: {CALLOUT_COLOURS[colour][1]};": name.upper()
    for name, colour in CALLOUTS.items()
}


class Contained(NamedTuple):
    """What a container holds, a picture or a button's label, and how it is aligned."""

    runs: tuple[Run, ...]
    align: str | None


def alignment(node: Node) -> str | None:
    """Return how the node is aligned by its class."""
    for name in node.classes:
        if name.startswith(ALIGN) and name.removeprefix(ALIGN) in ALIGNMENTS:
            return name.removeprefix(ALIGN)
    return None


def others(node: Node, known: Sequence[str] = ()) -> bool:
    """Tell whether the node has other attributes than an alignment and those that are known."""
    rest = node.attributes.keys() - {"class", *known}
    align = alignment(node)
    return bool(rest) or node.classes != ([f"{ALIGN}{align}"] if align else [])


def has_picture(node: Node) -> bool:
    """Tell whether a picture stands in the node's text."""
    return any(run.kind == "image" for run in node.runs)


def picture(node: Node) -> Contained | None:
    """Return the picture that the node is, with its link."""
    found = _contained(node)
    if found is None or len(found.runs) != 1 or found.runs[0].kind != "image" or _is_button(found.runs[0]):
        return None
    return found


def button(node: Node) -> Contained | None:
    """Return the label of the button that the node is, linked as a text would be."""
    found = _contained(node)
    if found is None or not _is_button(found.runs[0]) or any(run.kind == "image" for run in found.runs):
        return None
    link = found.runs[0].formats[0]
    if any(run.kind == "text" and link not in run.formats for run in found.runs):
        return None
    plain = ("a", f"<a{attribute('href', attributes_of(link[1][2:-1]).get('href', ''))}>")
    return found._replace(
        runs=tuple(
            run if run.kind == "break" else run._replace(formats=(plain, *run.formats[1:])) for run in found.runs
        )
    )


def _contained(node: Node) -> Contained | None:
    align = alignment(node)
    classes = {CONTAINER, f"{ALIGN}{align}"} if align else {CONTAINER}
    if node.tag != "div" or set(node.classes) != classes or len(node.attributes) > 1 or len(node.children) != 1:
        return None
    content = node.children[0]
    if content.tag != "p" or content.attributes:
        return None
    return Contained(content.runs, align)


def _is_button(run: Run) -> bool:
    if not run.formats or run.formats[0][0] != "a":
        return False
    return attributes_of(run.formats[0][1][2:-1]).get("class") == BUTTON


def video(node: Node) -> str | None:
    """Return the address of the player that the node shows."""
    if node.tag == "div" and node.attributes == {"class": VIDEO} and len(node.children) == 1:
        node = node.children[0]
    return node.attributes.get("src", "") or None if node.tag == "iframe" else None


def callout(node: Node) -> str | None:
    """Return the name that Markdown has for the callout, None for other nodes and colours."""
    if node.tag != "div" or node.attributes.keys() != {"class", "style"} or node.classes != [CALLOUT]:
        return None
    return _CALLOUT_NAMES.get(node.attributes["style"])


def table(node: Node) -> Node | None:
    """Return the table that the node is, without what contains it."""
    if node.tag == "div" and node.attributes == {"class": TABLE} and len(node.children) == 1:
        node = node.children[0]
    return node if node.tag == "table" else None


def content(node: Node) -> list[Node]:
    """Return what a collapsible shows when it is open."""
    shown: list[Node] = []
    for child in node.children:
        if child.tag == "div" and child.attributes == {"class": CONTENT}:
            shown.extend(child.children)
        elif child.tag != "summary":
            shown.append(child)
    return shown
