"""Footnotes and abbreviations, as far as an article of Intercom's can hold them.

A reference to a footnote becomes its number in brackets, and the notes a numbered list below the text. The first time
that an abbreviation stands in the text, what it means follows in brackets. Intercom has neither (facts: Bodies).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.markup.blocks import Block

_REFERENCE = re.compile(r"\[\^([^\[\]\s]+)\]")


class Words:
    """Writes the references and abbreviations of one text; `referred` are the notes in the order of their numbers."""

    def __init__(self, footnotes: Mapping[str, Block], abbreviations: Mapping[str, str]) -> None:
        self.referred: list[Block] = []
        self._footnotes = footnotes
        self._numbers: dict[str, int] = {}
        self._meanings = dict(abbreviations)
        self._abbreviation = _pattern(abbreviations)

    def written(self, text: str, *, heading: bool) -> str:
        """Return the text as readers get it; in a heading, abbreviations stay as they are."""
        if self._footnotes and "[^" in text:
            text = _REFERENCE.sub(self._referred, text)
        if self._meanings and not heading and self._abbreviation is not None:
            text = self._abbreviation.sub(self._expanded, text)
        return text

    def _referred(self, match: re.Match[str]) -> str:
        name = match[1].lower()
        if name not in self._footnotes:
            return match[0]
        if name not in self._numbers:
            self.referred.append(self._footnotes[name])
            self._numbers[name] = len(self.referred)
        return f"[{self._numbers[name]}]"

    def _expanded(self, match: re.Match[str]) -> str:
        meaning = self._meanings.pop(match[0], None)
        if meaning is None or match.string[match.end() :].lstrip().startswith("("):
            return match[0]
        return f"{match[0]} ({meaning})"


def _pattern(abbreviations: Mapping[str, str]) -> re.Pattern[str] | None:
    if not abbreviations:
        return None
    names = sorted(abbreviations, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)")
