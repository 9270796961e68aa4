"""Inline text as runs of equal format, so that only what a reader sees counts, not how it was nested."""

from __future__ import annotations

import html
import re
from typing import TypeAlias

Formats: TypeAlias = tuple[tuple[str, str], ...]
"""The formats that text stands in: name and start tag of each, in one order."""

_SPLIT = re.compile(r"([ \t\n\r\f]+)")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_BREAK = "<br>"


def attribute(name: str, value: str) -> str:
    """Return the attribute as it is written in a tag."""
    return f' {name}="{html.escape(value, quote=False).replace(chr(34), "&quot;")}"'


def text_of(text: str) -> str:
    """Return the text without U+200B and with single spaces."""
    return " ".join(text.replace("\u200b", "").split())


class Runs:
    """The inline content of one block; with `verbatim` (code) white space counts as it stands."""

    def __init__(self, *, verbatim: bool = False) -> None:
        self._verbatim = verbatim
        self._runs: list[tuple[str, Formats, bool]] = []

    def text(self, text: str, formats: Formats) -> None:
        """Add text."""
        if "\u200b" in text:
            text = text.replace("\u200b", "")
        if text:
            self._runs.append((text, formats, True))

    def line_break(self, formats: Formats) -> None:
        """Add a hard break."""
        if self._verbatim:
            self._runs.append(("\n", formats, True))
        else:
            self._runs.append((_BREAK, (), False))

    def atom(self, markup: str, formats: Formats) -> None:
        """Add a picture or the like; of formats only a link shows on it."""
        self._runs.append((markup, tuple(entry for entry in formats if entry[0] == "a"), False))

    def html(self) -> str:
        """Return the canonical inline HTML, empty when nothing is to be seen."""
        if not self._runs:
            return ""
        merged = self._merged() if self._verbatim else self._collapsed()
        parts = []
        for markup, formats in merged:
            for _, tag in formats:
                parts.append(tag)
            parts.append(markup)
            for name, _ in reversed(formats):
                parts.append(f"</{name}>")
        return "".join(parts)

    def _merged(self) -> list[tuple[str, Formats]]:
        return _merge(
            [(html.escape(text, quote=False) if plain else text, formats) for text, formats, plain in self._runs]
        )

    def _collapsed(self) -> list[tuple[str, Formats]]:
        tokens: list[tuple[str, Formats]] = []
        space = False
        for text, formats, plain in self._runs:
            if not plain:
                if text == _BREAK:
                    space = False
                elif space:
                    tokens.append((" ", _common(tokens[-1][1], formats)))
                    space = False
                tokens.append((text, formats))
                continue
            words = _SPACE.sub(" ", text)
            if words[0] == " ":
                space = bool(tokens) and tokens[-1][0] != _BREAK
                words = words[1:]
            if not words:
                continue
            if space:
                tokens.append((" ", _common(tokens[-1][1], formats)))
            space = words[-1] == " "
            tokens.append((html.escape(words.rstrip(" "), quote=False), formats))
        while tokens and tokens[-1][0] in {_BREAK, " "}:
            tokens.pop()
        return _merge(tokens)


def _common(before: Formats, after: Formats) -> Formats:
    return before if before == after else tuple(entry for entry in before if entry in after)


def _merge(tokens: list[tuple[str, Formats]]) -> list[tuple[str, Formats]]:
    merged: list[tuple[list[str], Formats]] = []
    for text, formats in tokens:
        if merged and merged[-1][1] == formats:
            merged[-1][0].append(text)
        else:
            merged.append(([text], formats))
    return [("".join(texts), formats) for texts, formats in merged]
