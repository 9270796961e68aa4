"""Reading and re-sending bodies as Intercom stores them, without parsing."""

from __future__ import annotations

import html
import re

_PRE = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL | re.IGNORECASE)
_BETWEEN = re.compile(r"\s*\n\s*")
_PICTURE = re.compile(r'<img\b[^>]*?\ssrc="([^"]*)"', re.IGNORECASE)


def one_line(body: str) -> str:
    """Return a stored body on one line, code blocks apart: a newline sent between blocks becomes a visible blank.

    Facts: Bodies, what is sent.
    """
    parts = _PRE.split(body)
    return "".join(part if position % 2 else _BETWEEN.sub("", part) for position, part in enumerate(parts))


def pictures(body: str) -> list[str]:
    """Return the addresses of the body's pictures in order, without their queries: Intercom signs those anew."""
    return [html.unescape(match).partition("?")[0] for match in _PICTURE.findall(body)]
