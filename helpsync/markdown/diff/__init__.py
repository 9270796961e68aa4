"""Differences between two Markdown texts: aligned blocks and words, a unified diff, lines that correspond."""

from __future__ import annotations

from helpsync.markdown.diff.alignment import Effort, align
from helpsync.markdown.diff.compare import ChangedBlock, DiffLine, TextDiff, diff_texts
from helpsync.markdown.diff.locate import line_locator

__all__ = [
    "ChangedBlock",
    "DiffLine",
    "Effort",
    "TextDiff",
    "align",
    "diff_texts",
    "line_locator",
]
