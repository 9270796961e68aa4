"""A stored body back to Markdown that a person would have written."""

from __future__ import annotations

from helpsync.markdown.to_markdown.body import html_to_markdown

__all__ = [
    "html_to_markdown",
]
