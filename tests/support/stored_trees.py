"""Bodies as Intercom stores them, made by Hypothesis: every construct, nested in any way that Intercom lets pass.

What it refuses is left out (facts: Bodies, what is sent): a table in a table or in an item, a list without items.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DEPTH = 5

_WORDS = (
    "a",
    "word",
    "two words",
    "Refunds",
    "z",
    "日本語",
    "「注意」",
    "été",
    "שלום 12",
    "ปุ่ม",
    "1",
    "2024",
    "🎉",
    "👩‍👧",
)
_MARKS = (
    *(
        "*",
        "**",
        "_",
        "__",
        "`",
        "``",
        "```",
        "~~",
        "~~~",
        "\\",
        "\\\\",
        "[",
        "]",
        "(",
        ")",
        "![",
        "](",
        "](x)",
        "{",
        "}",
    ),
    *(
        "#",
        "# ",
        "## ",
        "- ",
        "+ ",
        "* ",
        "1. ",
        "2) ",
        "> ",
        "---",
        "===",
        "***",
        "|",
        "||",
        "| a |",
        "<",
        ">",
        "&",
        "&amp;",
    ),
    *(
        "&lt;",
        "&#42;",
        "&nbsp;",
        "<b>",
        "</b>",
        "<br>",
        "<details>",
        "</div>",
        "<!--",
        "-->",
        "<?",
        "!",
        "!!! ",
        "/// ",
        ":",
    ),
    *(
        ": ",
        "[^1]",
        "[^1]: ",
        "[x]: y",
        "*[a]: b",
        "[ ] ",
        "[!NOTE]",
        "{.center}",
        "{.button}",
        "{#id}",
        "{: x}",
        "${x}",
    ),
    *(
        "https://a.b/c_d",
        "http://x.y",
        "www.a.b",
        "<https://a.b>",
        "me@a.b",
        "mailto:",
        "a_b_c",
        "__init__",
        "2*3*4",
        "=",
        "~",
    ),
    *(
        " ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\u00a0",
        "\u200b",
        "\u2028",
        "\u00ad",
        "\u200f",
        "\ufeff",
        ".",
        ",",
        "'",
        '"',
        "%20",
        ";",
    ),
)
_ADDRESSES = (
    *(
        "https://example.com/",
        "https://example.com/a_b?x=1&y=*2*#z",
        "https://example.com/(a)/b)c",
        "mailto:me@example.com",
    ),
    *(
        "tel:+49401",
        "https://example.com/a%20b",
        "https://example.com/[x]<y>\"'`\\",
        "http://a.b/&amp;",
        "https://a.b/é日",
    ),
    *("https://example.com/{.x}", "https://a.b/|x|"),
)
_PICTURES = (
    "https://p.example/i.png",
    "https://p.example/a_b(1).png",
    "https://p.example/x%20y.gif",
    "https://p.example/é|*.jpg",
)
_VIDEOS = (
    *(
        "https://www.youtube.com/embed/dQw4w9WgXcQ",
        "https://www.youtube.com/embed/x_y-z?start=30",
        "https://www.loom.com/embed/0a1b",
    ),
    *(
        "https://www.youtube.com/embed/a?rel=0&start=3",
        "https://player.vimeo.com/video/1487",
        "https://play.vidyard.com/SyG4",
    ),
    *("https://fast.wistia.net/embed/iframe/j38i", "https://streamio.com/api/v1/videos/5/public_show?player_id=6"),
)
_CALLOUTS: tuple[str, ...] = (
    *("#e8e8e880/#73737633", "#e3e7fa80/#334bfa33", "#d7efdc80/#1bb15733", "#fed9db80/#fd3a5733"),
    *("#feedaf80/#fbc91633", "#f3e8fd80/#9334fa33"),
)
_ALIGNED = st.sampled_from(("", "", "", "intercom-align-center", "intercom-align-right"))
_CELLS = ("", "", "background-color: #e8e8e880;", "width: 115px;", "background-color: #fed9db80; width: 20px;")
_BLANK = '<p class="no-margin"></p>\n'

LITERAL: SearchStrategy[str] = st.lists(st.sampled_from(_WORDS + _MARKS), max_size=6).map("".join)
"""Text that a reader must see as it stands, whatever it would mean as Markdown."""

CODE: SearchStrategy[str] = st.lists(
    st.sampled_from((*_WORDS, *_MARKS, "\n", "\n\n", "\n    ", "\n\t", "```\n", "\n~~~")), max_size=8
).map("".join)
"""Text of a code block."""


def escaped(text: str) -> str:
    """Return the text as it stands in a stored body (facts: entities)."""
    return html.escape(text, quote=False)


def attribute(name: str, value: str) -> str:
    """Return an attribute as it stands in a stored body."""
    return f' {name}="{escaped(value).replace(chr(34), "&quot;")}"'


@dataclass(frozen=True)
class Place:
    """Where blocks are to stand: how much deeper they may nest, and what Intercom refuses there."""

    depth: int
    tables: bool = True

    def deeper(self, *, tables: bool = True) -> Place:
        return replace(self, depth=self.depth - 1, tables=self.tables and tables)


def _formatted(text: str, names: tuple[str, ...]) -> str:
    for name in names:
        text = f"<{name}>{text}</{name}>"
    return text


_RUN = st.builds(
    _formatted,
    LITERAL.map(escaped),
    st.sampled_from(((), (), (), ("b",), ("i",), ("code",), ("b", "i"), ("i", "b"), ("code", "b"), ("code", "i", "b"))),
)
_LINK = st.builds(
    lambda address, runs, names: _formatted(
        f'<a{attribute("href", address)} target="_blank" class="intercom-content-link">{"".join(runs)}</a>', names
    ),
    st.sampled_from(_ADDRESSES),
    st.lists(_RUN, min_size=1, max_size=2),
    st.sampled_from(((), (), ("b",), ("i",))),
)
_BARE_LINK = st.sampled_from(_ADDRESSES).map(
    lambda address: (
        f'<a{attribute("href", address)} target="_blank" class="intercom-content-link">{escaped(address)}</a>'
    )
)
_BREAK = st.sampled_from(("<br>", "<br>\u200b"))
INLINE: SearchStrategy[str] = st.lists(st.one_of(_RUN, _RUN, _RUN, _LINK, _BARE_LINK, _BREAK), max_size=5).map("".join)
"""What stands in a paragraph."""

_PARAGRAPH = st.builds(
    lambda aligned, text: f'<p class="{f"{aligned} no-margin".strip()}">{text}</p>', _ALIGNED, INLINE
)
_HEADING = st.builds(
    lambda level, number, aligned, text: (
        f'<h{level} id="h_{number:010x}"{attribute("class", aligned) if aligned else ""}>{text}</h{level}>'
    ),
    st.integers(1, 4),
    st.integers(0, 16**10 - 1),
    _ALIGNED,
    INLINE,
)


def _picture(source: str, alt: str | None, size: str, href: str | None, aligned: str) -> str:
    image = f"<img{attribute('src', source + '?expires=1&signature=2')}{size}>"
    if alt is not None:
        image = f"{image[:-1]}{attribute('alt', alt)}>"
    if href is not None:
        image = f'<a{attribute("href", href)} target="_blank">{image}</a>'
    return f'<div class="{f"intercom-container {aligned}".strip()}">{image}</div>'


_PICTURE = st.builds(
    _picture,
    st.sampled_from(_PICTURES),
    st.none() | LITERAL,
    st.sampled_from(("", ' width="800" height="400" style="max-width: 100%"')),
    st.none() | st.sampled_from(_ADDRESSES),
    _ALIGNED,
)
_BUTTON = st.builds(
    lambda aligned, href, label: (
        f'<div class="{f"intercom-container {aligned}".strip()}">'
        f'<a class="intercom-h2b-button" target="_blank"{attribute("href", href)}>{escaped("Go" + label)}</a></div>'
    ),
    _ALIGNED,
    st.sampled_from(_ADDRESSES),
    LITERAL,
)
_VIDEO = st.sampled_from(_VIDEOS).map(
    lambda source: f'<div class="intercom-h2b-video"><iframe{attribute("src", source)} frameborder="0"></iframe></div>'
)
_PRE = CODE.map(lambda text: f"<pre><code>{escaped(text)}</code></pre>")
_LEAVES = (_PARAGRAPH, _PARAGRAPH, _HEADING, _PICTURE, _BUTTON, _VIDEO, _PRE, st.just("<hr>"), st.just(_BLANK))


@cache
def blocks(place: Place) -> SearchStrategy[str]:
    """Return a strategy for some blocks that may stand in this place."""
    kinds: list[SearchStrategy[str]] = [*_LEAVES]
    if place.depth > 0:
        kinds += [_list(place), _list(place), _callout(place), _details(place)]
        if place.tables:
            kinds += [_table(place), _table(place)]
    return st.lists(st.one_of(kinds), max_size=3).map("".join)


def _list(place: Place) -> SearchStrategy[str]:
    item = st.one_of(_PARAGRAPH, st.just(""), st.builds(str.__add__, _PARAGRAPH, blocks(place.deeper(tables=False))))
    item = st.one_of(item, blocks(place.deeper(tables=False)), INLINE)
    return st.builds(
        lambda tag, items: f"<{tag}>{''.join(f'<li>{each}</li>' for each in items)}</{tag}>",
        st.sampled_from(("ul", "ol")),
        st.lists(item, min_size=1, max_size=3),
    )


def _callout(place: Place) -> SearchStrategy[str]:
    return st.builds(
        lambda colours, inner: (
            f'<div class="intercom-interblocks-callout" style="background-color: {colours.partition("/")[0]}; '
            f'border-color: {colours.partition("/")[2]};">{inner}</div>'
        ),
        st.sampled_from(_CALLOUTS),
        st.builds(str.__add__, _PARAGRAPH, blocks(place.deeper())),
    )


def _details(place: Place) -> SearchStrategy[str]:
    title = st.lists(_RUN, max_size=2).map("".join)
    return st.builds(
        lambda title, inner: (
            f'<details><summary><h2 id="h_0123456789">{title}</h2></summary>'
            f'<div class="collapsible-section-content">{inner}</div></details>'
        ),
        title,
        blocks(place.deeper()),
    )


def _table(place: Place) -> SearchStrategy[str]:
    plain = st.builds(lambda text: f'<td><p class="no-margin">{text}</p></td>', INLINE)
    centred = st.builds(lambda text: f'<td><p class="intercom-align-center no-margin">{text}</p></td>', INLINE)
    tinted = st.builds(
        lambda text: f'<td style="background-color: #e8e8e880;"><p class="no-margin">{text}</p></td>', INLINE
    )
    other = st.builds(
        lambda style, span, inner: f"<td{attribute('style', style) if style else ''}{span}>{inner}</td>",
        st.sampled_from(_CELLS),
        st.sampled_from(("", "", "", ' colspan="2"', ' rowspan="2"')),
        blocks(place.deeper(tables=False)),
    )
    cell = st.one_of(plain, centred, other)

    def rows(columns: int) -> SearchStrategy[str]:
        def row(kind: SearchStrategy[str]) -> SearchStrategy[str]:
            return (
                st.lists(kind, min_size=columns, max_size=columns).map("".join).map(lambda cells: f"<tr>{cells}</tr>")
            )

        body = st.lists(st.one_of(row(plain), row(plain), row(cell)), max_size=3)
        return st.builds(lambda head, rest: head + "".join(rest), st.one_of(row(tinted), row(plain), row(cell)), body)

    return (
        st.integers(1, 3)
        .flatmap(rows)
        .map(
            lambda made: (
                '<div class="intercom-interblocks-table-container"><table role="presentation"><tbody>'
                f"{made}</tbody></table></div>"
            )
        )
    )


BODIES: SearchStrategy[str] = blocks(Place(DEPTH))
"""Whole bodies."""
