"""Cuts text into the smallest parts that people see as changed: words, or signs in scripts without spaces."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

UNSPACED_SCRIPTS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x30FF),  # Han's parts, kana
    (0x31A0, 0x9FFF),  # Bopomofo, Han
    (0xA9E0, 0xA9FF),  # Myanmar
    (0xAA60, 0xAA7F),  # Myanmar
    (0xF900, 0xFAFF),  # Han
    (0xFF66, 0xFF9F),  # kana of half width
    (0x1B000, 0x1B16F),  # kana
    (0x20000, 0x3FFFF),  # Han
)
"""Scripts written without spaces between words."""

_JOINERS = frozenset("\u200c\u200d\u2060\ufeff\u00ad")
_SKIN = range(0x1F3FB, 0x1F400)
_FLAGS = range(0x1F1E6, 0x1F200)
_APOSTROPHES = frozenset("'’")  # noqa: RUF001 - the apostrophe of typesetters


@lru_cache(maxsize=8192)
def _kind(char: str) -> str:
    """Return ``word``, ``sign`` (stands alone), ``with`` (belongs to what it follows), ``space`` or ``mark``."""
    code, category = ord(char), unicodedata.category(char)
    if char == "\n":
        return "line"
    if char.isspace():
        return "space"
    if category[0] == "M" or char in _JOINERS or code in _SKIN or 0xE0000 <= code <= 0xE007F:
        return "with"
    if code in _FLAGS:
        return "word"
    if category[0] in "LN":
        return "sign" if any(first <= code <= last for first, last in UNSPACED_SCRIPTS) else "word"
    return "mark"


def tokenize(text: str) -> list[str]:
    """Return the parts, which make up the text again: nothing that one would type together is torn apart.

    A run of one punctuation mark is one part, and so is a run of spaces; a line break always stands alone.
    """
    parts: list[str] = []
    start, before = 0, ""
    for position, char in enumerate(text):
        kind = _kind(char)
        if kind == "with" and before != "line" and position:
            continue
        previous = text[position - 1] if position else ""
        apart = (
            kind != before
            or kind in ("sign", "line", "with")
            or (kind == "mark" and char != previous)
            or (kind == "space" and char != previous)
        )
        if previous == "\u200d" and before == "mark":  # one picture of several, as of a family
            apart = False
        if char in _APOSTROPHES and before == "word" and _kind(text[position + 1 : position + 2] or " ") == "word":
            continue
        if apart and position:
            parts.append(text[start:position])
            start = position
        before = kind
    if text:
        parts.append(text[start:])
    return parts
