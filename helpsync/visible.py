"""Which characters of a text a reader can see."""

from __future__ import annotations

import re
import unicodedata

_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs by category that every font leaves blank: fillers, and a Braille cell without dots."""

_NONE = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
"""The last two code points of each plane, which are not characters."""

CONTROL = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{_NONE}]")
"""Controls other than tabs and line breaks, lone surrogates, and code points that are not characters."""

# Not the ones that scripts or emoji need: joiners, the marks and isolates of Hebrew and Arabic, tags after a flag.
_HIDDEN = re.compile(
    f"{CONTROL.pattern}|[\t\u00ad\u200b\u2028-\u202e\u2060-\u2064\u206a-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]"
    "|(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0000-\U000e007f]"
)


def is_visible(text: str) -> bool:
    """Return whether any character shows; white space, controls, U+200B and marks without a letter don't."""
    return any(unicodedata.category(each)[0] not in "CZM" and each not in _BLANK for each in text)


def first_hidden(line: str) -> str | None:
    """Return the first character of a line that shows nothing, or only a gap: a control, a tab, a direction mark."""
    found = _HIDDEN.search(line)
    return found[0] if found else None


def describe(hidden: str) -> str:
    """Return what to call a hidden character in a message."""
    kind = "a tab" if hidden == "\t" else "a control character" if CONTROL.match(hidden) else "an invisible character"
    return f"{kind} (U+{ord(hidden):04X})"
