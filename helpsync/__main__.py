"""``python -m helpsync`` is the same program as ``helpsync``."""

from helpsync.cli import main

main()
