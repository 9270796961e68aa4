"""Bodies as Intercom stores them, back to Markdown that a person would have written (design: Rendering)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.markdown import addresses
from helpsync.markdown.html.read import Piece, nothing, read_html
from helpsync.markdown.html.runs import Runs
from helpsync.markdown.html.tree import attributes_of, tree
from helpsync.markdown.to_markdown.blocks import BlockWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from helpsync.markdown.html.runs import Run

# What rendering drops as well, and the two kinds of white space that neither a strip nor an entity lets stand.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x85\ufffe\uffff\ud800-\udfff]")


def html_to_markdown(
    html: str,
    *,
    own_link: Callable[[str], str | None] = nothing,
    image: Callable[[str], str | None] = nothing,
    anchor: Callable[[str], str | None] = nothing,
) -> str:
    """Return the body's Markdown, which renders to what a reader of the body sees; "" for a body that shows nothing.

    `own_link` says how an address is written (say, as a path with `#slug`), `image` how a picture's is, `anchor` gives
    the slug of a heading by its id; None leaves a thing as it is. Bodies with one canonical form have one Markdown.
    Safe and linear on any input.
    """
    pieces = read_html(html, own_link=own_link, image=image, anchor=anchor)
    nodes = tree(_printable(pieces))
    lines = BlockWriter(nodes).lines(nodes)
    return "\n".join(lines) + "\n" if lines else ""


def _printable(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces without control characters, which no Markdown can hold, and without addresses that run code."""
    for piece in pieces:
        if not any(_CONTROL.search(run.text) or _is_unsafe(run) for run in piece.runs):
            yield piece
            continue
        runs = Runs(verbatim=piece.tag == "pre")
        for run in piece.runs:
            formats = run.formats[1:] if _is_unsafe_link(run) else run.formats
            if run.kind == "text":
                runs.text(_CONTROL.sub("", run.text), formats)
            elif run.kind == "break":
                runs.line_break(run.formats)
            else:
                source = None if addresses.is_script(run.source or "") else run.source
                runs.image(source, " ".join(_CONTROL.sub("", run.text).split()), formats)
        if (kept := tuple(runs.read())) or piece.tag == "pre":
            yield piece._replace(runs=kept)


def _is_unsafe(run: Run) -> bool:
    return _is_unsafe_link(run) or addresses.is_script(run.source or "")


def _is_unsafe_link(run: Run) -> bool:
    if not run.formats or run.formats[0][0] != "a":
        return False
    return addresses.is_script(attributes_of(run.formats[0][1][len("<a") : -1]).get("href", ""))
