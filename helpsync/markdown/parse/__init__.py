"""Markdown source to blocks and inline elements, as GitHub reads it, with the line of each."""

from __future__ import annotations

from helpsync.markdown.parse.attributes import Attributes
from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.parse.document import Block, Definition, Document
from helpsync.markdown.parse.fences import closes_fence, expand_tabs, fence_after, opening_fence
from helpsync.markdown.parse.inline import parse_inline, unescape

__all__ = [
    "Attributes",
    "Block",
    "Definition",
    "Document",
    "closes_fence",
    "expand_tabs",
    "fence_after",
    "opening_fence",
    "parse_blocks",
    "parse_inline",
    "unescape",
]
