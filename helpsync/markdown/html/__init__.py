"""Stored HTML: what a reader of it sees, the form that two bodies are compared in, the form that Intercom stores."""

from __future__ import annotations

from helpsync.markdown.html.canonical import (
    canonical,
    canonical_ignoring_levels,
    canonical_ignoring_targets,
    stable_html,
    stored_headings,
)
from helpsync.markdown.html.nested_lists import flatten_lists
from helpsync.markdown.html.placeholders import escape_attribute, fill, placeholder, unused_mark
from helpsync.markdown.html.read import Piece, read_html
from helpsync.markdown.html.slugs import Slugger, slugify, unused_slug
from helpsync.markdown.html.stored import (
    as_sent,
    body_words,
    has_sizes,
    link_addresses,
    one_line,
    picture_addresses,
    shows_nothing,
    signed_picture_addresses,
    with_stored_sizes,
)

__all__ = [
    "Piece",
    "Slugger",
    "as_sent",
    "body_words",
    "canonical",
    "canonical_ignoring_levels",
    "canonical_ignoring_targets",
    "escape_attribute",
    "fill",
    "flatten_lists",
    "has_sizes",
    "link_addresses",
    "one_line",
    "picture_addresses",
    "placeholder",
    "read_html",
    "shows_nothing",
    "signed_picture_addresses",
    "slugify",
    "stable_html",
    "stored_headings",
    "unused_mark",
    "unused_slug",
    "with_stored_sizes",
]
