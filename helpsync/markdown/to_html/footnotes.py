"""Footnotes and abbreviations, as far as an article of Intercom's can hold them.

A reference to a footnote becomes its number in brackets, and the notes a numbered list below the text. The first time
that an abbreviation stands in the text, what it means follows in brackets. Intercom has neither (facts: Bodies).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.markdown.html.stored import shows_nothing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.markdown.parse.document import Block

_WORD = re.compile(r"\w+|[^\w\s]")
_GOES_ON = re.compile(r"(?<=\w)\w")
_MOST_ALIKE = 50
"""Of abbreviations that begin with one word, more are not looked for at once."""

_REFERENCE = re.compile(r"\[\^([^\[\]\s]+)\]")


def is_empty(note: Block) -> bool:
    """Tell whether a footnote has no text: nothing, or only comments."""
    return all(child.kind == "html" and shows_nothing(child.text) for child in note.children)


class Words:
    """Writes the references and abbreviations of one text; `referred` are the notes in the order of their numbers."""

    def __init__(self, footnotes: Mapping[str, Block], abbreviations: Mapping[str, str]) -> None:
        self.referred: list[Block] = []
        self._footnotes = footnotes
        self._empty = {name for name, note in footnotes.items() if is_empty(note)}
        self._numbers: dict[str, int] = {}
        self._meanings = dict(abbreviations)
        # By their first word, so that many of them cost no more than few.
        self._names: dict[str, list[str]] = {}
        for name in sorted(abbreviations, key=len, reverse=True):
            self._names.setdefault(_WORD.findall(name)[0], []).append(name)

    def numbered(self, text: str) -> str:
        """Return the text with the numbers of the notes it refers to; an escaped bracket must still be set aside."""
        return _REFERENCE.sub(self._referred, text) if self._footnotes and "[^" in text else text

    def _referred(self, match: re.Match[str]) -> str:
        name = match[1].lower()
        if name not in self._footnotes:
            return match[0]
        if name in self._empty:
            return ""
        if name not in self._numbers:
            self.referred.append(self._footnotes[name])
            self._numbers[name] = len(self.referred)
        return f"[{self._numbers[name]}]"

    def expanded(self, text: str) -> str:
        """Return the text with what its abbreviations mean, each where it stands for the first time."""
        if not self._meanings:
            return text
        parts: list[str] = []
        written = 0
        for word in _WORD.finditer(text):
            for name in self._names.get(word[0], [])[:_MOST_ALIKE]:
                end = word.start() + len(name)
                if text.startswith(name, word.start()) and not _GOES_ON.match(text, end):
                    self._names[word[0]].remove(name)
                    meaning = self._meanings.pop(name)
                    if not text[end : end + 2].lstrip().startswith("("):
                        parts.append(f"{text[written:end]} ({meaning})")
                        written = end
                    break
        return "".join([*parts, text[written:]])
