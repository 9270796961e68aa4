"""Runs of stars, underscores and tildes, and whether each can open or close emphasis."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Where words have no spaces between them, punctuation beside a letter separates nothing.
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u303f\u3040-\u30ff\u3100-\u312f\u3130-\u318f\u31a0-\u31bf\u31c0-\u31ff\u3200-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U0001f200-\U0001f2ff"
    "\U00020000-\U0003ffff]"
)


@dataclass(slots=True)
class Delimiter:
    """A run of marks: `length` as written, `count` of them not used yet."""

    char: str
    length: int
    count: int
    opens: bool
    closes: bool

    def matches(self, opener: object) -> bool:
        """Tell whether this run, which closes, can close what the other opened."""
        if not isinstance(opener, Delimiter) or opener.char != self.char:
            return False
        return not ((self.opens or opener.closes) and self.length % 3 and (self.length + opener.length) % 3 == 0)


def delimiter(text: str, start: int, end: int) -> Delimiter:
    """Return the run of marks there, by what stands before and behind it."""
    char, first, last = text[start], start, end
    if char != "~":
        # GitHub looks past tildes.
        while text[first - 1 : first] == "~":
            first -= 1
        while text[last : last + 1] == "~":
            last += 1
    before, behind = text[first - 1 : first], text[last : last + 1]
    # Underscores need something around them that sets words apart, and their punctuation is one.
    joins = char == "*"
    spaced_before, spaced_behind = not before or before.isspace(), not behind or behind.isspace()
    marked_before, marked_behind = _is_punctuation(before, joins=joins), _is_punctuation(behind, joins=joins)
    left = not spaced_behind and (not marked_behind or spaced_before or marked_before or (joins and _is_cjk(before)))
    right = not spaced_before and (not marked_before or spaced_behind or marked_behind or (joins and _is_cjk(behind)))
    length = end - start
    if char == "_":
        opens, closes = left and (not right or marked_before), right and (not left or marked_behind)
        return Delimiter(char, length, length, opens, closes)
    fits = char != "~" or length <= 2
    return Delimiter(char, length, length, left and fits, right and fits)


def _is_cjk(char: str) -> bool:
    return bool(char) and _CJK.match(char) is not None


def _is_punctuation(char: str, *, joins: bool) -> bool:
    """Tell whether the character is punctuation; with `joins`, that of Chinese, Japanese and Korean is none."""
    if not char or (joins and _is_cjk(char)):
        return False
    return (char.isascii() and not char.isalnum() and not char.isspace()) or unicodedata.category(char)[0] == "P"
