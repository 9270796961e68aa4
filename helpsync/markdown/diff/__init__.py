"""Differences between two Markdown texts: aligned blocks and words, a unified diff, lines that correspond."""
