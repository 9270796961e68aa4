"""Decides which formats are marks (`**`, `*`, `~~`) and which must be tags, for GitHub reads fewer marks than we do.

CommonMark: a mark opens where text follows, and closes where text precedes; beside punctuation only when a space or
more punctuation stands on its other side. So `**「重要」**です` is no bold text there, and `<b>「重要」</b>です` is.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

from helpsync.markdown.to_markdown.escape import PUNCTUATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpsync.markdown.to_markdown.nesting import OpenFormat, Token

MARKS = {"strong": "**", "em": "*", "s": "~~"}
_ROUNDS = 4


def first(token: Token) -> str:
    """Return the character that the token begins with."""
    if token.kind == "text":
        return token.text[0]
    if token.span is None:
        return {"code": "`", "break": "\\", "image": "!"}[token.kind]
    if token.span.raw or token.span.name not in MARKS:
        return "<" if token.span.raw or token.span.name != "a" else "[" if token.kind == "open" else "]"
    return MARKS[token.span.name][0]


def last(token: Token) -> str:
    """Return the character that the token ends with."""
    if token.kind == "text":
        return token.text[-1]
    if token.span is None:
        return {"code": "`", "break": "\n", "image": ")"}[token.kind]
    if token.span.raw or token.span.name not in MARKS:
        return ">" if token.span.raw or token.span.name != "a" else "[" if token.kind == "open" else ")"
    return MARKS[token.span.name][0]


def settle(tokens: Sequence[Token], *, escaped: bool) -> None:
    """Make those spans `raw` whose marks GitHub would not read; that can take from others what their marks need.

    `escaped` tells whether literal tildes are going to be.
    """
    for _ in range(_ROUNDS):
        if not _settle(tokens, escaped=escaped):
            return
    for token in tokens:
        if token.span is not None and token.span.name in MARKS:
            token.span.raw = True


def _settle(tokens: Sequence[Token], *, escaped: bool) -> bool:
    changed = False
    position = 0
    for mark, group in groupby(tokens, key=_mark):
        run = list(group)
        if mark:
            before = _seen(tokens[position - 1], -1, escaped=escaped) if position else " "
            position += len(run)
            after = _seen(tokens[position], 0, escaped=escaped) if position < len(tokens) else " "
            for span in _unread(run, before, after):
                span.raw = changed = True
        else:
            position += len(run)
    return changed


def _seen(token: Token, edge: int, *, escaped: bool) -> str:
    """Return the character that GitHub sees beside a mark: it looks past tildes, which mark something of its own.

    Escaped ones are characters like others.
    """
    if token.kind == "text" and not escaped:
        return (token.text.strip("~") or " ")[edge]
    return first(token) if edge == 0 else last(token)


def _mark(token: Token) -> str:
    span = token.span
    return "" if span is None or span.raw or span.name not in MARKS else MARKS[span.name][0]


def _unread(run: Sequence[Token], before: str, after: str) -> list[OpenFormat]:
    """Return the spans whose marks, in this unbroken run of marks, would not be read as they are meant."""
    opening = [token.span for token in run if token.kind == "open" and token.span is not None]
    closing = [token.span for token in run if token.kind == "close" and token.span is not None]
    if opening and closing:
        return opening
    left = not after.isspace() and (not _is_any_punctuation(after) or before.isspace() or _is_punctuation(before))
    right = not before.isspace() and (not _is_any_punctuation(before) or after.isspace() or _is_punctuation(after))
    if (opening and not left) or (closing and not right):
        return opening or closing
    if left and right:
        # A mark that could open as well as close pairs up with others in ways that nobody foresees.
        return [span for span in opening or closing if span.nested or span.holds]
    return []


def _is_punctuation(char: str) -> bool:
    return char in PUNCTUATION or unicodedata.category(char)[0] == "P"


def _is_any_punctuation(char: str) -> bool:
    """Tell whether some version of CommonMark counts the character as punctuation."""
    return char in PUNCTUATION or unicodedata.category(char)[0] in "PS"
