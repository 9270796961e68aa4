"""Changes that Intercom makes to stored bodies by itself, made in the sandbox: sizes, styles of tables, spacing."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, NamedTuple

from helpsync.sandbox.body_writer import BLANK, ZERO_WIDTH
from helpsync.sandbox.settings import PICTURE_HOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.sandbox import Sandbox

_BLANK_LINE = f"{BLANK}\n"

_IMAGE = re.compile(rf'<img src="({re.escape(PICTURE_HOST)}i/o/[^"]*)"([^>]*)>')
_CODE = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)
_BREAK = re.compile(rf"<br>{ZERO_WIDTH}?")
_PARAGRAPH = re.compile(r'<p(?: class="(intercom-align-\w+)? ?(?:no-margin)?")?>')
_LINK = re.compile(r'<a (href="[^"]*")(?: target="_blank")?(?: class="intercom-content-link")?>(?!<img)')
_END = r"(</(?:p|ul|ol|div|h[1-6]|details)>|<hr>)"
_BLANK = re.compile(rf'{_END}<p(?: class="no-margin")?></p>\n?')
_BETWEEN = re.compile(rf"{_END}(?=<(?:p|ul|ol|div|h[1-6]|details|hr|pre)\b)")
_TABLE = re.compile(r'<(table role="presentation"|td)(?: style="([^"]*)")?([^>]*)>')
_RESTYLED = re.compile(r"(?:border|padding)\b")


class _TableLook(NamedTuple):
    """What Intercom adds to the style of a table and of its cells."""

    table: tuple[str, ...] = ()
    cell: tuple[str, ...] = ()


_LOOKS = (
    _TableLook(),
    _TableLook(
        ("border: 1px solid #c6c9c0", "border-radius: 6px", "border-collapse: separate", "border-spacing: 0"),
        ("padding: 8px", "border-left: 1px solid #c6c9c0", "border-top: 1px solid #c6c9c0"),
    ),
    _TableLook(("border: 2px solid #ddd", "border-radius: 0"), ("padding: 4px 6px", "border-bottom: 2px solid #ddd")),
)


def pass_a_day(sandbox: Sandbox, seed: int) -> int:
    """Change stored bodies as Intercom does by itself within a day; return how many changed.

    One change in a hundred also changes `updated_at`: a team saw 127 changes, and it changed with one.
    """
    changed = 0
    chance = random.Random(seed)
    with sandbox.writing() as workspace:
        for row in workspace.rows("SELECT * FROM contents ORDER BY article_id, locale"):
            body = churned(row["body"], seed)
            if body == row["body"]:
                continue
            changed += 1
            content = dict(row) | {"body": body}
            if chance.random() < 0.01:
                content["updated_at"] = workspace.now
                if row["locale"] == sandbox.settings.default_locale:
                    workspace.touch("articles", row["article_id"])
            workspace.save("contents", **content)
    return changed


def churned(body: str, seed: int) -> str:
    """Return a stored body as it may be on another day; the seed chooses the changes, which no reader sees.

    Pictures gain sizes. Tables and cells gain, change or lose borders, spacing and padding. Blank paragraphs, the
    newline after them, U+200B after a line break, `no-margin`, and a link's target and class come and go. Code never
    changes.
    """
    chance = random.Random(f"{seed}|{body}")
    parts = _CODE.split(_resized(body, random.Random(f"{seed}|{body}")))
    return "".join(part if place % 2 else _spaced(part, chance) for place, part in enumerate(_restyled(parts, chance)))


def _resized(body: str, chance: random.Random) -> str:
    """Return a body in which some pictures have gained sizes."""

    def resize(match: re.Match[str]) -> str:
        if "width=" in match[2] or chance.random() < 0.3:
            return match[0]
        width, height = chance.randrange(200, 1600), chance.randrange(100, 1200)
        styled = f' style="width: {width // 2}px;"' if chance.random() < 0.5 and "style=" not in match[2] else ""
        return f'<img src="{match[1]}"{match[2]} width="{width}" height="{height}"{styled}>'

    return _IMAGE.sub(resize, body)


def _restyled(parts: list[str], chance: random.Random) -> list[str]:
    """Return the parts of a body, every other one code, where each table may have another look."""
    look: _TableLook | None = None

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
    """Return HTML without code in which some line breaks, links, blank lines and paragraphs have changed."""

    def line_break(_: re.Match[str]) -> str:
        return chance.choice(("<br>", f"<br>{ZERO_WIDTH}"))

    def link(match: re.Match[str]) -> str:
        target, styled = chance.choice(("", ' target="_blank"')), chance.choice(("", ' class="intercom-content-link"'))
        return f"<a {match[1]}{target}{styled}>"

    def blank(match: re.Match[str]) -> str:
        return match[1] + chance.choice(("", BLANK, _BLANK_LINE))

    def between(match: re.Match[str]) -> str:
        return match[1] + chance.choice(("", _BLANK_LINE))

    def paragraph(match: re.Match[str]) -> str:
        classes = " ".join(filter(None, (match[1], chance.choice(("", "no-margin")))))
        return f'<p class="{classes}">' if classes else "<p>"

    def seldom(change: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
        return lambda match: change(match) if chance.random() < 0.1 else match[0]

    changes = ((_BREAK, line_break), (_LINK, link), (_BLANK, blank), (_BETWEEN, between), (_PARAGRAPH, paragraph))
    for pattern, change in changes:
        html = pattern.sub(seldom(change), html)
    return html
