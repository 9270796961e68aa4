"""Bodies as Intercom stores them, back to Markdown that a person would have written (design: Rendering)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.markup.reader import Piece, nothing, read
from helpsync.markup.reverse.blocks import BlockWriter
from helpsync.markup.runs import Runs
from helpsync.markup.tree import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# What rendering drops as well, and the two kinds of white space that neither a strip nor an entity lets stand.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x85\ufffe\uffff\ud800-\udfff]")


def reverse(
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
    pieces = read(html, own_link=own_link, image=image, anchor=anchor)
    nodes = tree(_printable(pieces))
    lines = BlockWriter(nodes).lines(nodes)
    return "\n".join(lines) + "\n" if lines else ""


def _printable(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces without control characters, which no Markdown can hold."""
    for piece in pieces:
        if not any(_CONTROL.search(run.text) for run in piece.runs):
            yield piece
            continue
        runs = Runs(verbatim=piece.tag == "pre")
        for run in piece.runs:
            if run.kind == "text":
                runs.text(_CONTROL.sub("", run.text), run.formats)
            elif run.kind == "break":
                runs.line_break(run.formats)
            else:
                runs.image(run.source, " ".join(_CONTROL.sub("", run.text).split()), run.formats)
        if (kept := tuple(runs.read())) or piece.tag == "pre":
            yield piece._replace(runs=kept)
