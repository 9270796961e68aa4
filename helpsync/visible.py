"""Whether a reader sees anything of a text."""

from __future__ import annotations

import unicodedata

_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs by their category that every font leaves blank: fillers, and a Braille cell without dots."""


def is_visible(text: str) -> bool:
    """Return whether any character shows: unlike white space, controls, U+200B, and marks without a letter."""
    return any(unicodedata.category(each)[0] not in "CZM" and each not in _BLANK for each in text)


def is_control(character: str) -> bool:
    """Return whether the character is a control other than a tab, half of a pair, or none that Unicode has."""
    return character != "\t" and (unicodedata.category(character) in {"Cc", "Cs"} or ord(character) & 0xFFFE == 0xFFFE)
