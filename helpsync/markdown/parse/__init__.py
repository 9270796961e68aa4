"""Markdown source to blocks and inline elements, as GitHub reads it, with the line of each."""
