"""Runs as tokens: formats opened and closed around text so that the longest stands outermost and no link is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markdown.html.runs import Run

EMPHASIS = frozenset({"strong", "em"})
_ORDER = {"a": 0, "strong": 1, "em": 2}


@dataclass(slots=True, eq=False)
class OpenFormat:
    """A format that is open over some tokens; `end` is the last piece it reaches, `start` the token that opens it.

    `raw` says that it is written as a tag. `nested` and `holds` tell of other emphasis around it and in it.
    """

    name: str
    tag: str
    end: int
    start: int = 0
    raw: bool = False
    nested: bool = False
    holds: bool = False


class Token(NamedTuple):
    """A part of a leaf: literal text, code, a hard break, a picture, or where a span opens or closes."""

    kind: Literal["text", "code", "break", "image", "open", "close"]
    text: str = ""
    span: OpenFormat | None = None
    run: Run | None = None


class _Piece(NamedTuple):
    token: Token
    formats: tuple[tuple[str, str], ...]
    floating: bool = False
    """Whether it is a space or break, which no format needs to begin or end with."""


def tokens(runs: Sequence[Run]) -> list[Token]:
    """Return the leaf's tokens; a space or break stands outside of the formats that begin or end beside it."""
    pieces = _pieces(runs)
    ends = _ends(pieces)
    written: list[Token] = []
    stack: list[OpenFormat] = []
    for number, piece in enumerate(pieces):
        kept = _kept(stack, piece, ends[number])
        _close(written, stack, kept)
        if not piece.floating:
            present = {(span.name, span.tag) for span in stack}
            opening = [entry for entry in piece.formats if entry not in present]
            for entry in sorted(opening, key=lambda entry: (-ends[number][entry], _ORDER.get(entry[0], 3))):
                _open(written, stack, OpenFormat(*entry, ends[number][entry]))
        written.append(piece.token)
    _close(written, stack, 0)
    return _joined(written)


def _pieces(runs: Sequence[Run]) -> list[_Piece]:
    pieces: list[_Piece] = []
    before: tuple[tuple[str, str], ...] = ()
    following = _following(runs)
    for number, run in enumerate(runs):
        if run.kind == "break":
            pieces.append(_Piece(Token("break"), _common(before, following[number]), floating=True))
            continue
        formats = tuple(entry for entry in run.formats if entry[0] != "code")
        if run.kind == "image":
            pieces.append(_Piece(Token("image", run=run), formats))
            before = formats
            continue
        text = run.text.strip(" ")
        if run.text.startswith(" "):
            pieces.append(_Piece(Token("text", " "), _common(before, formats), floating=True))
        if text:
            kind: Literal["code", "text"] = "code" if len(formats) < len(run.formats) else "text"
            pieces.append(_Piece(Token(kind, text), formats))
            before = formats
            if run.text.endswith(" "):
                pieces.append(_Piece(Token("text", " "), _common(formats, following[number]), floating=True))
    return pieces


def _following(runs: Sequence[Run]) -> list[tuple[tuple[str, str], ...]]:
    """Return for each run the formats of the next one that is no break."""
    found: list[tuple[tuple[str, str], ...]] = []
    following: tuple[tuple[str, str], ...] = ()
    for run in reversed(runs):
        found.append(following)
        if run.kind != "break":
            following = run.formats
    return found[::-1]


def _common(before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(entry for entry in before if entry in after)


def _ends(pieces: Sequence[_Piece]) -> list[dict[tuple[str, str], int]]:
    """Return for each piece how far each of its formats reaches without a gap."""
    found: list[dict[tuple[str, str], int]] = []
    following: dict[tuple[str, str], int] = {}
    for number in range(len(pieces) - 1, -1, -1):
        following = {entry: following.get(entry, number) for entry in pieces[number].formats}
        found.append(following)
    return found[::-1]


def _kept(stack: Sequence[OpenFormat], piece: _Piece, ends: dict[tuple[str, str], int]) -> int:
    """Return how many of the open spans stay open: those that end within a link that begins here do not."""
    present = {(span.name, span.tag) for span in stack}
    link = next((entry for entry in piece.formats if entry[0] == "a" and entry not in present), None)
    until = ends[link] if link is not None and not piece.floating else -1
    kept = 0
    while kept < len(stack) and (stack[kept].name, stack[kept].tag) in piece.formats and stack[kept].end >= until:
        kept += 1
    return kept


def _open(written: list[Token], stack: list[OpenFormat], span: OpenFormat) -> None:
    if span.name in EMPHASIS:
        for outer in stack:
            if outer.name in EMPHASIS:
                span.nested = outer.holds = True
    stack.append(span)
    written.append(Token("open", span=span))


def _close(written: list[Token], stack: list[OpenFormat], kept: int) -> None:
    if len(stack) == kept:
        return
    floating: list[Token] = []
    while written and (written[-1].kind == "break" or written[-1].text == " "):
        floating.append(written.pop())
    while len(stack) > kept:
        written.append(Token("close", span=stack.pop()))
    written.extend(reversed(floating))


def _joined(written: Sequence[Token]) -> list[Token]:
    """Return the tokens with neighbouring texts as one."""
    joined: list[Token] = []
    texts: list[str] = []
    for token in written:
        if token.kind == "text":
            texts.append(token.text)
            continue
        if texts:
            joined.append(Token("text", "".join(texts)))
            texts = []
        joined.append(token)
    if texts:
        joined.append(Token("text", "".join(texts)))
    return joined
