"""Changes Markdown in place: what a teammate edited in Intercom, or where links lead; all other text stays as it is."""

from __future__ import annotations

from helpsync.markdown.patch.links import LinkChanges, LinkKind, Replacement, apply_replacements, link_replacements
from helpsync.markdown.patch.source import patch_source

__all__ = [
    "LinkChanges",
    "LinkKind",
    "Replacement",
    "apply_replacements",
    "link_replacements",
    "patch_source",
]
