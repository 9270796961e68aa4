"""Markdown to a body in Intercom's stored form."""

from __future__ import annotations

import re

from helpsync.markup.blocks import parse
from helpsync.markup.context import RenderContext, Rendered
from helpsync.markup.notes import Notes
from helpsync.markup.write import Writer
from helpsync.model import Body

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def render(text: str, context: RenderContext) -> Rendered:
    """Return the text as Intercom stores it, with placeholders, and findings for all that it can't show.

    The body is always one that Intercom accepts (facts: what is sent), whatever the text.
    """
    source = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    source = _CONTROL.sub("", source)
    notes = Notes(source, context)
    body = Writer(parse(source), context, notes).body() if source.strip() else Body("")
    return Rendered(
        body, tuple(sorted(notes.findings, key=lambda found: (found.location.line or 0, found.location.column or 0)))
    )
