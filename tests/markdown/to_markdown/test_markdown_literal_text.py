"""Literal text comes back as Markdown in which it stays literal, with no more escapes than it needs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from grouped import grouped
from helpsync.markdown.to_markdown.blocks import html_to_markdown
from stored_pieces import CALLOUT, CONTAINER, DETAILS, TABLE, comes_back, leaf, paragraph, row, text
from stored_trees import LITERAL

PLAIN = (
    *("2 * 3 = 6", "2 * 3 * 4", "snake_case_name", "a [b] c", "[a], [b] and [c]", "1.5 €", "C#", "AT&T", "R&D; x"),
    *(
        "(x)",
        "-5",
        "e-mail",
        "f(x)",
        "Terms (see *)",
        "*required",
        "5* hotel",
        "Prices* and terms",
        "~5 minutes",
        "it`s",
    ),
    *("a < b > c", "x <3 y", "<- back", "50 % & more", "Hello!", "Q: A", "Hello {name}, {{ code }}", "C:\\Users\\me"),
    *(
        "ftp: no",
        "https: no",
        "#hashtag",
        "1.5",
        "2024-05-01",
        "+49 40 1",
        "–",
        "…",
        "“q”",
    ),
    *("100 %", "&copy 2024", "&unknown text;", "a|b", "$5 and $10", ":tada:", "@name", "x = y", "a --> b", "Nr. 1."),
    *(
        "日本語。",
        "「保存」",
        "שלום, 12!",
        "السعر 49 €",
        "👩‍👩‍👧 🎉",
        "a\u00a0b",
        "«\u202fx\u202f»",
        "soft\u00adhyphen",
    ),
)

ESCAPED = {
    "*a*": "\\*a\\*",
    "**a** b": "\\*\\*a\\*\\* b",
    "2*3*4": "2\\*3\\*4",
    "_a_": "\\_a\\_",
    "__init__.py and snake_case": "\\_\\_init\\_\\_.py and snake_case",
    "~~x~~": "\\~\\~x\\~\\~",
    "`a` and `b`": "\\`a\\` and \\`b\\`",
    "# x": "\\# x",
    "###### x": "\\###### x",
    "#": "\\#",
    "1. y": "1\\. y",
    "1) y": "1\\) y",
    "1986. A year": "1986\\. A year",
    "- z": "\\- z",
    "-": "\\-",
    "--": "\\--",
    "+ z": "\\+ z",
    "* z": "\\* z",
    "> q": "\\> q",
    ">q": "\\>q",
    "---": "\\---",
    "- - -": "\\- - -",
    "***": "\\***",
    "_ _ _": "\\_ _ _",
    "===": "&#61;==",
    "```": "\\`\\`\\`",
    "~~~": "\\~\\~\\~",
    "<b>": "\\<b>",
    "</p>": "\\</p>",
    "<!-- x -->": "\\<!-- x -->",
    "<https://a.b>": "\\<https\\://a.b>",
    "<me@a.b>": "\\<me\\@a.b>",
    "[x](y)": "\\[x](y)",
    "[x][y]": "\\[x][y]",
    "[a] and [x](y)": "[a] and \\[x](y)",
    "[a [x](y)": "[a [x\\](y)",
    "[r]: u": "\\[r]: u",
    "[^1]": "\\[^1]",
    "[^1]: note": "\\[^1]: note",
    "*[HTML]: x": "\\*[HTML]: x",
    "[!NOTE]": "\\[!NOTE]",
    "[ ] to do": "\\[ ] to do",
    "[x] done": "\\[x] done",
    "[TOC]": "\\[TOC]",
    "![alt](src)": "!\\[alt](src)",
    "![alt": "![alt",
    "&lt;": "&amp;lt;",
    "&#42; &nbsp;": "&amp;#42; &amp;nbsp;",
    "a\\*b": "a\\\\*b",
    "\\\\server\\x": "\\\\\\\\server\\x",
    "ends in \\": "ends in \\\\",
    "{.x}": "\\{.x}",
    "{#id}": "\\{#id}",
    "{% x %}": "\\{% x %}",
    ": def": "&#58; def",
    "!!! note": "\\!!! note",
    "??? x": "&#63;?? x",
    "/// x": "&#47;// x",
    '=== "x"': '&#61;== "x"',
    "--8<-- x": "\\--8<-- x",
    "me@example.com": "me\\@example.com",
    "www.example.com/a_b": "www\\.example.com/a_b",
    "https://example.com/a_b": "https\\://example.com/a_b",
    "see http://x.y!": "see http\\://x.y!",
    "ftp://x.y<a": "ftp\\://x.y\\<a",
    "HTTPS://x.y*a*": "HTTPS\\://x.y\\*a\\*",
    "www.https://e.com": "www\\.https\\://e.com",
    "www.e.com/_a_": "www\\.e.com/\\_a\\_",
    "\u00a0a\u00a0": "&nbsp;a&nbsp;",
    "\u3000a": "&#12288;a",
    "\u2003": "&#8195;",
}

PLACES = {
    "a paragraph": "<p>{}</p>",
    "a line after a break": "<p>a<br>{}<br>b</p>",
    "an aligned paragraph": '<p class="intercom-align-right">{}</p>',
    "bold text within a word": "<p>a<b>{}</b>b</p>",
    "italic text beside bold": "<p><b>a</b><i>{}</i><b>b</b></p>",
    "code": "<p>a <code>{}</code>b</p>",
    "a heading": "<h1>{}</h1>",
    "an aligned heading": '<h2 class="intercom-align-center">{}</h2>',
    "an item": "<ul><li>{}</li></ul>",
    "an item with a list": "<ol><li>{}<ul><li>{}</li></ul></li></ol>",
    "cells of one row": TABLE.format("<tr><td>{}</td><td>{}</td></tr>"),
    "a header": TABLE.format(row("{}", "a", tinted=True)),
    "a cell with a width": TABLE.format('<tr><td style="width: 1px;">{}</td></tr>'),
    "a callout": CALLOUT.format("<p>{}</p>"),
    "the title of a collapsible": DETAILS.format("{}", "<p>{}</p>"),
    "the text of a link": '<p>a<a href="https://a.b/">{}</a>b</p>',
    "the label of a button": CONTAINER.format('<a class="intercom-h2b-button" href="https://a.b/">x{}</a>'),
    "a code block in an item": "<ul><li>a<pre><code>x{}</code></pre></li></ul>",
}


@grouped("written", PLAIN)
def test_what_nobody_could_misread_is_written_as_it_is(written: str) -> None:
    assert leaf(text(written)) == written


@grouped(("written", "markdown"), ESCAPED.items())
def test_what_would_be_markup_is_escaped_once(written: str, markdown: str) -> None:
    assert leaf(text(written)) == markdown


@pytest.mark.slow
@grouped("place", PLACES)
@grouped("written", [*PLAIN, *ESCAPED])
def test_text_stays_literal_in_every_place(written: str, place: str) -> None:
    comes_back(PLACES[place].replace("{}", text(written)))


ANY = st.one_of(
    LITERAL,
    st.text(max_size=12),
    st.text(alphabet="*_`~[]()!<>&\\|#-+=:.1a {}\n/\u00a0", max_size=14),
).map(lambda found: "".join(char for char in found if unicodedata.category(char) not in {"Cc", "Cs"} or char == "\n"))


@pytest.mark.parametrize("place", PLACES)
@examples(60)
@given(written=ANY)
def test_any_text_stays_literal(place: str, written: str) -> None:
    comes_back(PLACES[place].replace("{}", text(written.replace("\ufffe", "").replace("\uffff", ""))))


@grouped(
    ("content", "markdown"),
    [
        ("First*<br>second *line", "First*\\\nsecond *line"),
        ("a<br>- b<br>1. c<br># d", "a\\\n\\- b\\\n1\\. c\\\n\\# d"),
        ("a<br>===", "a\\\n&#61;=="),
        ("a | b<br>--- | ---", "a | b\\\n\\--- | ---"),
        ("a<br>{.center}", "a\\\n\\{.center}"),
        ("a\\<br>b", "a\\\\\\\nb"),
        ("a<br>\u3000b\u00a0", "a\\\n&#12288;b&nbsp;"),
        ("www.a.b<br>c", "www\\.a.b\\\nc"),
        ("a<br><br>b", "a\\\n\\\nb"),
    ],
)
def test_a_line_after_a_break_begins_no_block(content: str, markdown: str) -> None:
    assert leaf(content) == markdown


@grouped(
    ("title", "markdown"),
    [
        ("C# and F#", "## C# and F#"),
        ("Numbers #", "## Numbers \\#"),
        ("Use {name} here", "## Use {name} here"),
        ("Placeholders {.x}", "## Placeholders \\{.x}"),
        ("1. First", "## 1. First"),
        ("a<br>b", "## a<br>b"),
    ],
)
def test_a_heading_keeps_what_could_be_its_own_markup(title: str, markdown: str) -> None:
    assert html_to_markdown(f"<h2>{title}</h2>") == f"{markdown}\n"


@grouped(
    ("content", "cell"),
    [
        ("a|b", "a\\|b"),
        ("a\\|b", "a\\\\\\|b"),
        ("<code>a|b</code>", "`a\\|b`"),
        ("it`s", "it`s"),
        ("a<br>b", "a<br>b"),
        ('<a href="https://a.b/|">x</a>', "[x](https://a.b/\\|)"),
    ],
)
def test_pipes_in_table_cells_are_escaped(content: str, cell: str) -> None:
    assert html_to_markdown(TABLE.format(row("x", tinted=True) + row(content))) == f"| x |\n| --- |\n| {cell} |\n"


def test_zero_width_spaces_and_control_characters_go() -> None:
    assert leaf("a\u200bb\u200b") == "ab"
    assert leaf("a\u0001b \u0002 c\u0085") == "ab c"
    assert html_to_markdown("<p>\u0001</p>") == ""
    assert html_to_markdown("<pre>\u0001</pre>") == "```\n```\n"


def test_the_description_of_a_picture_stays_literal() -> None:
    described = CONTAINER.format(
        '<img src="https://p.example/i.png" alt="A [draft] of *it* &lt;b&gt; &amp;amp; `x` \\">'
    )
    assert (
        html_to_markdown(described)
        == "![A \\[draft\\] of \\*it\\* \\<b> &amp;amp; \\`x\\` \\\\](https://p.example/i.png)\n"
    )
    comes_back(described)


def test_text_of_any_length_is_escaped() -> None:
    comes_back(paragraph(text("*a* [b](c) <d> `e` " * 1200)))
    comes_back(paragraph("<b>a</b> *b* " * 1500))


@grouped("address", ["javascript:alert(1)", "JavaScript:x", "vbscript:x", "data:text/html,x"])
def test_no_address_that_runs_code_comes_back(address: str) -> None:
    stored = f'<p><a href="{address}">x</a> y</p><div class="intercom-container"><img src="{address}" alt="q"></div>'
    text = html_to_markdown(stored)
    assert ":" not in text
    assert text.startswith("x y\n")
