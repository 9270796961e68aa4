"""Runs as raw inline HTML, for places where Markdown does not reach: summaries, table cells, formats it lacks."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from helpsync.markdown.html.runs import attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.markdown.html.runs import Formats, Run

_SHORT = {"strong": "b", "em": "i"}
# Within a tag, Markdown still sees these before it sees the tag.
_MARKDOWN = re.compile(r"[\\`\[\]!]")


def opening(name: str, tag: str) -> str:
    """Return the start tag of a format."""
    return f"<{_SHORT[name]}>" if name in _SHORT else tag


def closing(name: str) -> str:
    """Return the end tag of a format."""
    return f"</{_SHORT.get(name, name)}>"


def in_markdown(tag: str) -> str:
    """Return a tag so that Markdown around it finds nothing in its attributes."""
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", tag)


def start_tag(name: str, attributes: Mapping[str, str]) -> str:
    """Return a start tag with these attributes."""
    return f"<{name}{''.join(attribute(key, value) for key, value in attributes.items())}>"


def image(run: Run) -> str:
    """Return a picture as a tag."""
    source = "" if run.source is None else attribute("src", run.source)
    return f"<img{source}{attribute('alt', run.text) if run.text else ''}>"


def inline(runs: Iterable[Run]) -> str:
    """Return the runs as HTML on one line; a format that goes on stays open."""
    parts: list[str] = []
    opened: Formats = ()
    breaks = ""
    for run in runs:
        if run.kind == "break":
            breaks += "<br>"
            continue
        kept = 0
        while kept < min(len(opened), len(run.formats)) and opened[kept] == run.formats[kept]:
            kept += 1
        parts.extend(closing(name) for name, _ in reversed(opened[kept:]))
        parts.append(breaks)
        parts.extend(opening(name, tag) for name, tag in run.formats[kept:])
        opened, breaks = run.formats, ""
        parts.append(html.escape(run.text, quote=False) if run.kind == "text" else image(run))
    parts.extend(closing(name) for name, _ in reversed(opened))
    return "".join(parts)
