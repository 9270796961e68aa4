"""What Intercom does to stored bodies by itself: sizes of pictures, styles of tables, spacing (facts: Bodies)."""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from helpsync.sandbox.pictures import resized
from helpsync.sandbox.tags import BLANK
from helpsync.sandbox.writing import ZERO_WIDTH

_BLANK_LINE = f"{BLANK}\n"

_CODE = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)
_BREAK = re.compile(rf"<br>{ZERO_WIDTH}?")
_PARAGRAPH = re.compile(r'<p(?: class="(intercom-align-\w+)? ?(?:no-margin)?")?>')
_LINK = re.compile(r'<a (href="[^"]*")(?: target="_blank")?(?: class="intercom-content-link")?>(?!<img)')
_END = r"(</(?:p|ul|ol|div|h[1-6]|details)>|<hr>)"
_BLANK = re.compile(rf'{_END}<p(?: class="no-margin")?></p>\n?')
_BETWEEN = re.compile(rf"{_END}(?=<(?:p|ul|ol|div|h[1-6]|details|hr|pre)\b)")
_TABLE = re.compile(r'<(table role="presentation"|td)(?: style="([^"]*)")?([^>]*)>')
_RESTYLED = re.compile(r"(?:border|padding)\b")


class _Look(NamedTuple):
    """One look of tables: what Intercom adds to the style of a table and of a cell."""

    table: tuple[str, ...] = ()
    cell: tuple[str, ...] = ()


_LOOKS = (
    _Look(),
    _Look(
        ("border: 1px solid #c6c9c0", "border-radius: 6px", "border-collapse: separate", "border-spacing: 0"),
        ("padding: 8px", "border-left: 1px solid #c6c9c0", "border-top: 1px solid #c6c9c0"),
    ),
    _Look(("border: 2px solid #ddd", "border-radius: 0"), ("padding: 4px 6px", "border-bottom: 2px solid #ddd")),
)


def churned(body: str, seed: int) -> str:
    """Return a stored body as Intercom may hold it another day; the seed chooses what moved, and no reader sees it.

    Pictures gain sizes; tables and cells gain, change or lose borders, spacing and padding; blank paragraphs, the
    newline after them, U+200B after a line break, `no-margin`, and a link's target and class come and go. Code stays
    as it is.
    """
    chance = random.Random(f"{seed}|{body}")  # noqa: S311  # repeatable choices, no secrets
    parts = _CODE.split(resized(body, seed))
    return "".join(part if place % 2 else _spaced(part, chance) for place, part in enumerate(_restyled(parts, chance)))


def _restyled(parts: list[str], chance: random.Random) -> list[str]:
    """Return the parts of a body, where each table may have another look; what is code is no table."""
    look: _Look | None = None

    def restyle(match: re.Match[str]) -> str:
        nonlocal look
        if match[1].startswith("table"):
            look = chance.choice(_LOOKS) if chance.random() < 0.1 else None
        if look is None:
            return match[0]
        declarations = [part.strip() for part in (match[2] or "").split(";")]
        kept = [part for part in declarations if part and not _RESTYLED.match(part)]
        style = " ".join(f"{part};" for part in (*kept, *(look.table if match[1].startswith("table") else look.cell)))
        styled = f' style="{style}"' if style else ""
        return f"<{match[1]}{styled}{match[3]}>"

    return [part if place % 2 else _TABLE.sub(restyle, part) for place, part in enumerate(parts)]


def _spaced(html: str, chance: random.Random) -> str:
    def seldom() -> bool:
        return chance.random() < 0.1

    def line_break(match: re.Match[str]) -> str:
        return match[0] if not seldom() else chance.choice(("<br>", f"<br>{ZERO_WIDTH}"))

    def paragraph(match: re.Match[str]) -> str:
        if not seldom():
            return match[0]
        classes = " ".join(filter(None, (match[1], chance.choice(("", "no-margin")))))
        return f'<p class="{classes}">' if classes else "<p>"

    def link(match: re.Match[str]) -> str:
        if not seldom():
            return match[0]
        target, styled = chance.choice(("", ' target="_blank"')), chance.choice(("", ' class="intercom-content-link"'))
        return f"<a {match[1]}{target}{styled}>"

    def blank(match: re.Match[str]) -> str:
        return match[0] if not seldom() else match[1] + chance.choice(("", BLANK, _BLANK_LINE))

    def between(match: re.Match[str]) -> str:
        return match[0] if chance.random() < 0.95 else f"{match[1]}{_BLANK_LINE}"

    for pattern, move in ((_BREAK, line_break), (_LINK, link), (_BLANK, blank), (_BETWEEN, between)):
        html = pattern.sub(move, html)
    return _PARAGRAPH.sub(paragraph, html)
