"""Markdown to a body in Intercom's stored form."""

from __future__ import annotations

import re

from helpsync.errors import Location
from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.to_html.context import RenderContext, Rendered
from helpsync.markdown.to_html.findings import Findings
from helpsync.markdown.to_html.write import Writer
from helpsync.model import Body
from helpsync.visible import CONTROL, in_words

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def render(text: str, context: RenderContext) -> Rendered:
    """Return the text as Intercom stores it, with placeholders, and findings for all that it can't show.

    The body is always one that Intercom accepts (facts: what is sent), whatever the text.
    """
    source = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    cleaned = _CONTROL.sub("", source)
    notes = Findings(cleaned, context)
    _note_controls(source, notes, context)
    body = Writer(parse_blocks(cleaned), context, notes).body() if cleaned.strip() else Body("")
    return Rendered(
        body, tuple(sorted(notes.findings, key=lambda found: (found.location.line or 0, found.location.column or 0)))
    )


def _note_controls(source: str, notes: Findings, context: RenderContext) -> None:
    """Note the first control character of each line that has one."""
    for number, line in enumerate(source.split("\n"), context.first_line) if CONTROL.search(source) else ():
        if found := CONTROL.search(line):
            place = Location(context.path, number, found.start() + 1)
            notes.add("control-character", f"the text contains {in_words(found[0])}", place, "remove it")
