"""Stored bodies a block a line, for people to read and write; they are stored on one line (facts: Bodies)."""

from __future__ import annotations

import re

_NAMES = "p|h[1-6]|ul|ol|li|div|table|tbody|tr|td|details|summary|hr|pre"
# Code is passed over as a whole. It may hold no other code, and what was taken is not tried again (`*+`), so that what
# is never closed, and blank lines without end, are looked through once.
_CODE = r"<pre\b(?:(?!<pre\b).)*?</pre>"
_TAG = rf"</?(?:{_NAMES})\b[^<>]*>"
_BROKEN = re.compile(rf"({_CODE}|{_TAG})[^\S\n]*+\n\s*+(?=</?(?:{_NAMES})\b)", re.DOTALL)
_TOUCHING = re.compile(rf"({_CODE}|</(?:{_NAMES})>|<hr>)(?=<(?:{_NAMES})\b)", re.DOTALL)


def in_lines(body: str) -> str:
    """Return a stored body with a line break after each block that another one follows."""
    return _TOUCHING.sub(r"\1\n", body)


def in_one_line(text: str) -> str:
    """Return the body of which `in_lines` made this: line breaks between blocks say nothing, those in code stay.

    A blank line of the body is an empty paragraph here, as it is there. Browsers end the lines of a form with CRLF.
    """
    return _BROKEN.sub(r"\1", text.replace("\r\n", "\n").strip())
