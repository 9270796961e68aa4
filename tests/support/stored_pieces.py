"""Stored bodies around a piece of text or markup, and the way back to them from Markdown."""

from __future__ import annotations

import html

from helpsync.markdown import html_to_markdown
from round_trip import AS_WRITTEN, RoundTrip

TABLE = '<div class="intercom-interblocks-table-container"><table role="presentation"><tbody>{}</tbody></table></div>'
CALLOUT = (
    '<div class="intercom-interblocks-callout" style="background-color: #e3e7fa80; border-color: #334bfa33;">{}</div>'
)
DETAILS = '<details><summary><h2>{}</h2></summary><div class="collapsible-section-content">{}</div></details>'
CONTAINER = '<div class="intercom-container">{}</div>'


def text(content: str) -> str:
    """Return text as it stands in a stored body."""
    return html.escape(content, quote=False)


def paragraph(content: str) -> str:
    """Return a stored paragraph; `content` is HTML."""
    return f'<p class="no-margin">{content}</p>'


def row(*cells: str, tinted: bool = False) -> str:
    """Return a row of a stored table; each cell is HTML."""
    start = '<td style="background-color: #e8e8e880;">' if tinted else "<td>"
    return f"<tr>{''.join(f'{start}{cell}</td>' for cell in cells)}</tr>"


def leaf(content: str) -> str:
    """Return the Markdown of a paragraph that holds this HTML."""
    return html_to_markdown(paragraph(content)).removesuffix("\n")


def comes_back(stored: str) -> None:
    """Hold that the body's Markdown renders to what a reader sees in it, and stays as it is in a second round."""
    round_trip = RoundTrip(AS_WRITTEN)
    markdown = round_trip.markdown(stored)
    sent = round_trip.filled(markdown)
    assert round_trip.form(sent) == round_trip.form(stored)
    assert round_trip.markdown(sent) == markdown
