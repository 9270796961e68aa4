"""Addresses in inline markup: those in a link's parentheses, and bare ones in the text (GitHub's autolinks)."""

from __future__ import annotations

import re
from typing import NamedTuple

_MAX_PARENTHESES = 32

BEGINNING = (
    r"(?<![A-Za-z0-9/.:@=\"'<-])(?:[hH][tT][tT][pP][sS]?://|[wW]{3}\.)[^\s<]"
    r"|(?<![A-Za-z0-9.+/:@=-])[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}+@[A-Za-z0-9-]"
)
"""What a bare address begins with."""

_URL = re.compile(r"(?i:https?://|www\.)[^\s<>\"`|、。，．！？：；（）「」『』【】《》〈〉〔〕“”‘’…]++")  # noqa: RUF001 - these characters
_WEB_HOST = re.compile(r"(?i:www)(?:\.[\w-]+)+")
_MAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9.+_-]*+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z0-9-]*[A-Za-z0-9](?![A-Za-z0-9_@/-]|:\S)"
)
_TRAILING = "?!.,:;*_~'"
_TRAILING_ENTITY = re.compile(r"&[A-Za-z0-9]{1,32};$")
_MAX_ENTITY = 34

_ANGLED = re.compile(r"\(\s*+<((?:[^<>\n\\]|\\.)*+)>")
_OPENING = re.compile(r"\(\s*+")
_PLAIN_PART = re.compile(r"(?:[^\s()\\]|\\[!-/:-@\[-`{-~]|\\)++|[()]")
_REST = re.compile(
    r"(?:\s++(\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\)))?+\s*+\)",
    re.DOTALL,
)
# Python-Markdown lets an address hold spaces. GitHub shows such a link as text; here it is looked up, so that its
# writer hears of it.
_SPACED = re.compile(r"\([ ]*([^\s()<>\"'][^()<>\"'\n]{0,1999}+)(?<!\\)")


class Destination(NamedTuple):
    """What stands in a link's parentheses as it is written, and the position after them."""

    address: str
    title: str
    end: int


def destination(text: str, start: int) -> Destination | None:
    """Return what the parentheses that open at `start` hold, None when that is no address."""
    if not text.startswith("(", start):
        return None
    if match := _ANGLED.match(text, start):
        return _titled(text, match[1], match.end())
    opening = _OPENING.match(text, start)
    begin = opening.end() if opening else start + 1
    if text.startswith("<", begin):
        return None
    end = _plain_end(text, begin)
    if end is not None and (found := _titled(text, text[begin:end], end)):
        return found
    if spaced := _SPACED.match(text, start):
        return _titled(text, spaced[1].rstrip(" "), spaced.end() - (spaced[1][-1] == " "))
    return None


def _plain_end(text: str, begin: int) -> int | None:
    depth, position = 0, begin
    while part := _PLAIN_PART.match(text, position):
        if part[0] == "(":
            depth += 1
            if depth > _MAX_PARENTHESES:
                return None
        elif part[0] == ")":
            if depth == 0:
                break
            depth -= 1
        position = part.end()
    return None if depth else position


def _titled(text: str, address: str, end: int) -> Destination | None:
    rest = _REST.match(text, end)
    return None if rest is None else Destination(address, (rest[1] or "")[1:-1], rest.end())


def bare(text: str, start: int) -> tuple[str, int] | None:
    """Return where the bare address at `start` leads and the position after it, None when there is none."""
    if url := _URL.match(text, start):
        address = _without_trailing(url[0])
        if address[:4].lower() == "www.":
            return (f"http://{address}", start + len(address)) if _WEB_HOST.fullmatch(_host(address)) else None
        return (address, start + len(address)) if _host(address.partition("//")[2]) else None
    mail = _MAIL.match(text, start)
    return (f"mailto:{mail[0]}", mail.end()) if mail else None


def _host(address: str) -> str:
    return re.split(r"[/?#:]", address, maxsplit=1)[0]


def _without_trailing(address: str) -> str:
    """Return the address without the punctuation of the sentence around it."""
    surplus = address.count(")") - address.count("(")
    end = len(address)
    while end:
        last = address[end - 1]
        if last == ";" and (entity := _TRAILING_ENTITY.search(address, max(0, end - _MAX_ENTITY), end)):
            end = entity.start()
        elif last == ")" and surplus > 0:
            surplus -= 1
            end -= 1
        elif last in _TRAILING:
            end -= 1
        else:
            break
    return address[:end]
