"""Markdown ⇄ Intercom's HTML, and the comparison of both; pure.

- `parse` reads Markdown into blocks and inline elements; `to_html` renders them in the form that Intercom stores.
- `html` reads stored HTML, gives its canonical form, and prepares it to be sent; `to_markdown` turns it into Markdown.
- `diff` compares two Markdown texts for people; `patch` brings an edit made in Intercom into a writer's Markdown.
"""

from __future__ import annotations

from helpsync.markdown.addresses import is_public_address, player_of
from helpsync.markdown.dialect import DIALECT_VERSION
from helpsync.markdown.diff.alignment import Effort, align
from helpsync.markdown.diff.compare import ChangedBlock, DiffLine, TextDiff, diff_texts, line_locator
from helpsync.markdown.html.canonical import (
    Slugger,
    canonical,
    canonical_ignoring_levels,
    canonical_ignoring_targets,
    slugify,
    stable_html,
    stored_headings,
    unused_slug,
)
from helpsync.markdown.html.read import escape_attribute, read_html
from helpsync.markdown.html.storage import fill, placeholder, unused_mark
from helpsync.markdown.html.stored import (
    as_sent,
    body_words,
    flatten_lists,
    has_sizes,
    link_addresses,
    one_line,
    picture_addresses,
    shows_nothing,
    signed_picture_addresses,
    with_stored_sizes,
)
from helpsync.markdown.parse.document import closes_fence, expand_tabs, fence_after, opening_fence
from helpsync.markdown.patch.links import LinkChanges, LinkKind, Replacement, apply_replacements, link_replacements
from helpsync.markdown.patch.source import patch_source
from helpsync.markdown.to_html.context import (
    Broken,
    External,
    ImageTarget,
    LinkTarget,
    Own,
    PublicImage,
    RenderContext,
    Rendered,
)
from helpsync.markdown.to_html.write import render
from helpsync.markdown.to_markdown.blocks import html_to_markdown

__all__ = [
    "DIALECT_VERSION",
    "Broken",
    "ChangedBlock",
    "DiffLine",
    "Effort",
    "External",
    "ImageTarget",
    "LinkChanges",
    "LinkKind",
    "LinkTarget",
    "Own",
    "PublicImage",
    "RenderContext",
    "Rendered",
    "Replacement",
    "Slugger",
    "TextDiff",
    "align",
    "apply_replacements",
    "as_sent",
    "body_words",
    "canonical",
    "canonical_ignoring_levels",
    "canonical_ignoring_targets",
    "closes_fence",
    "diff_texts",
    "escape_attribute",
    "expand_tabs",
    "fence_after",
    "fill",
    "flatten_lists",
    "has_sizes",
    "html_to_markdown",
    "is_public_address",
    "line_locator",
    "link_addresses",
    "link_replacements",
    "one_line",
    "opening_fence",
    "patch_source",
    "picture_addresses",
    "placeholder",
    "player_of",
    "read_html",
    "render",
    "shows_nothing",
    "signed_picture_addresses",
    "slugify",
    "stable_html",
    "stored_headings",
    "unused_mark",
    "unused_slug",
    "with_stored_sizes",
]
