"""Markdown to Intercom's HTML, and what is needed to compare the two sides (design: Rendering); pure."""
