"""The command line: one thin file a command, each loaded only when it is called."""

from helpsync.cli.program import main

__all__ = ["main"]
