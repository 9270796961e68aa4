"""Keep an Intercom Help Center as Markdown in git."""

__version__ = "0.1.0"
