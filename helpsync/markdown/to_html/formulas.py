"""Formulas, which GitHub shows and Intercom can't: readers would see their source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.markdown.parse import code_spans

if TYPE_CHECKING:
    from helpsync.markdown.to_html.findings import Findings

_TICKS = re.compile("`+")
_IN_CODE = re.compile(r"(?<![\\$\w])\$`[^`]+`\$(?!\w)")
_BLOCK = re.compile(r"^\$\$(?!\$)\s*[^\s$][^$]*\$\$[ \t]*$", re.MULTILINE)
# Between prices stands no formula: a dollar sign that ends one has no space before it and no digit behind it.
_IN_TEXT = re.compile(r"(?<![\\$\w])(\$\$?)(?![\s$])(?P<formula>[^$\n]*[^\s$\\])\1(?![\w$])")
# A command, a power, or an index of something that is no name of several letters, as placeholders are.
_PLAIN = re.compile(r"\\[A-Za-z]|\^|(?:^|[^A-Za-z_])[A-Za-z]_|[)\]}]_")


def note(text: str, line: int, notes: Findings) -> None:
    """Note each formula in the Markdown of a leaf that begins on this line; what may be a price is none."""
    if text.count("$") < 2:
        return
    found = list(_IN_CODE.finditer(text))
    shown = _without_code(text)
    found += _BLOCK.finditer(shown)
    found += (match for match in _IN_TEXT.finditer(shown) if _PLAIN.search(match["formula"]))
    for match in found:
        start = match.start()
        first = text[start : match.end()].split("\n", 1)[0]
        place = notes.place(line + text.count("\n", 0, start), first, again=True)
        message = "Intercom has no formulas, so readers see the source of this one"
        notes.lost(message, place, "save it as a picture, or say it in words; for a dollar sign write `\\$`")


def _without_code(text: str) -> str:
    """Return the text with blanks for its code."""
    code_end = code_spans.ends(text)
    parts: list[str] = []
    read = 0
    while found := _TICKS.search(text, read):
        end = code_end(found.start(), len(found[0])) or found.end()
        parts += text[read : found.start()], re.sub(r"[^\n]", " ", text[found.start() : end])
        read = end
    return "".join([*parts, text[read:]])
