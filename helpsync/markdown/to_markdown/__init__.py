"""Converts a stored body back to Markdown that a person would have written."""
