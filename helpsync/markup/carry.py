"""Carries a teammate's edit into a writer's Markdown."""


def carry(source: str, before: str, after: str) -> str:
    """Return the source with the edit."""
    return source if before == after else after
