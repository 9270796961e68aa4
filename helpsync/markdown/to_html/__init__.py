"""Markdown to a body in the form that Intercom stores, with findings for all that Intercom can't show."""

from __future__ import annotations

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
from helpsync.markdown.to_html.render import render

__all__ = [
    "Broken",
    "External",
    "ImageTarget",
    "LinkTarget",
    "Own",
    "PublicImage",
    "RenderContext",
    "Rendered",
    "render",
]
