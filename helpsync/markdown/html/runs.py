"""Inline content as runs of equal format, so that only what a reader sees counts, not how it was nested."""

from __future__ import annotations

import html
import re
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Formats: TypeAlias = tuple[tuple[str, str], ...]
"""The formats that text stands in: name and start tag of each, in one order; a link comes first."""

# Intercom stores `{{` as `#{{` (facts: what is sent). Behind another brace, the `#` is a writer's own.
_MARKED_BRACES = re.compile(r"(?<![#{])#(?=\{\{)")
_UNSEEN_ON_SPACE = frozenset({"strong", "em", "sub", "sup", "small", "big", "abbr", "cite", "q", "dfn", "var", "font"})
_SPACE = re.compile(r"[ \t\n\r\f]+")


class Run(NamedTuple):
    """Text in one format, a hard break, or a picture (`text` is its description, `source` its address or key)."""

    kind: Literal["text", "break", "image"]
    text: str
    formats: Formats = ()
    source: str | None = None


BREAK = Run("break", "")


def attribute(name: str, value: str) -> str:
    """Return the attribute as it is written in a tag."""
    return f' {name}="{html.escape(value, quote=False).replace(chr(34), "&quot;")}"'


def text_of(text: str) -> str:
    """Return the text without U+200B and with single spaces."""
    return " ".join(text.replace("\u200b", "").split())


def markup(runs: Iterable[Run]) -> str:
    """Return the runs as HTML, each format opened and closed around what stands in it."""
    parts: list[str] = []
    open_formats: Formats = ()
    for run in runs:
        if run.formats != open_formats:
            parts.extend(f"</{name}>" for name, _ in reversed(open_formats))
            parts.extend(tag for _, tag in run.formats)
            open_formats = run.formats
        if run.kind == "text":
            parts.append(html.escape(run.text, quote=False))
        elif run.kind == "break":
            parts.append("<br>")
        else:
            address = "" if run.source is None else attribute("src", run.source)
            parts.append(f"<img{address}{attribute('alt', run.text) if run.text else ''}>")
    parts.extend(f"</{name}>" for name, _ in reversed(open_formats))
    return "".join(parts)


_MARKS = frozenset({"strong", "em", "code"})


def unmarked(runs: Iterable[Run]) -> list[Run]:
    """Return the runs of a heading without the marks that Intercom drops there (facts: what is sent)."""
    return _merged(
        [run._replace(formats=tuple(entry for entry in run.formats if entry[0] not in _MARKS)) for run in runs]
    )


class Runs:
    """Collects the inline content of one block; with `verbatim` (code) white space counts as it stands."""

    def __init__(self, *, verbatim: bool = False) -> None:
        self._verbatim = verbatim
        self._runs: list[Run] = []

    def text(self, text: str, formats: Formats) -> None:
        """Add text."""
        if "\u200b" in text:
            text = text.replace("\u200b", "")
        if text:
            self._runs.append(Run("text", text, formats))

    def is_empty(self) -> bool:
        """Tell whether nothing was added yet."""
        return not self._runs

    def line_break(self, formats: Formats) -> None:
        """Add a hard break."""
        self._runs.append(Run("text", "\n", formats) if self._verbatim else BREAK)

    def image(self, source: str | None, alt: str, formats: Formats) -> None:
        """Add a picture; of formats only a link shows on it."""
        self._runs.append(Run("image", alt, tuple(entry for entry in formats if entry[0] == "a"), source))

    def read(self) -> list[Run]:
        """Return the runs: neighbours differ in format, white space is single, none stands at the edges."""
        return _merged(self._runs if self._verbatim else self._collapsed())

    def _collapsed(self) -> list[Run]:  # noqa: C901 - one pass over text, breaks and pictures, and the space between
        kept: list[Run] = []
        # The formats of white space that is to come, None where there is none.
        space: Formats | None = None
        for run in self._runs:
            if run.kind == "break":
                # Without text before it, a break is a blank line, and blank lines don't count.
                if kept:
                    kept.append(run)
                space = None
                continue
            words = run.text
            if run.kind == "text":
                words = _SPACE.sub(" ", words)
                if words[0] == " ":
                    if space is None and kept and kept[-1] is not BREAK:
                        space = run.formats
                    words = words[1:]
                if not words:
                    continue
            if space is not None:
                kept.append(Run("text", " ", _common(kept[-1].formats, run.formats, space)))
                space = None
            if run.kind == "text":
                space = run.formats if words[-1] == " " else None
                run = Run("text", words.rstrip(" "), run.formats)  # noqa: PLW2901 - the same run, its space apart
            kept.append(run)
        while kept and kept[-1] is BREAK:
            kept.pop()
        return kept


def _common(before: Formats, after: Formats, own: Formats) -> Formats:
    """Return the formats of white space: those around it that would not show on it, of others those it has too.

    Code begins and ends with what is no space, as in Markdown, so between two formats of code there is none.
    """
    if before == after == own:
        return own
    return tuple(
        entry
        for entry in before
        if entry in after
        and (entry[0] in _UNSEEN_ON_SPACE or (entry in own and (entry[0] != "code" or before == after)))
    )


def _merged(runs: Sequence[Run]) -> list[Run]:
    """Return the runs with neighbours of one format joined, and `{{` without the sign that Intercom puts before it."""
    merged: list[Run] = []
    for is_text, group in groupby(runs, key=lambda run: run.kind == "text" and run.formats):
        if is_text is False:
            merged.extend(group)
            continue
        first, *others = group
        text = "".join([first.text, *(run.text for run in others)])
        merged.append(first._replace(text=_MARKED_BRACES.sub("", text)) if others or "#{{" in text else first)
    return merged
