"""Keep an Intercom Help Center as Markdown in git."""

import sys

__version__ = "0.1.0"

if sys.version_info < (3, 11):  # noqa: UP036  # pip refuses older ones, but a checkout can be run without pip
    raise SystemExit("helpsync needs Python 3.11 or newer; this is Python " + sys.version.split()[0])
