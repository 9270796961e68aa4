"""Blocks come back in the forms that the writing guide shows; what Markdown can't say stays raw HTML."""

from __future__ import annotations

import re

from hypothesis import given

from examples import examples
from grouped import grouped
from helpsync.markdown.html.canonical import canonical
from helpsync.markdown.to_markdown.blocks import html_to_markdown
from round_trip import AS_WRITTEN, RoundTrip
from stored_pieces import CALLOUT, CONTAINER, DETAILS, TABLE, comes_back, paragraph, row
from stored_trees import BODIES

IMAGE = '<img src="https://p.example/i.png" alt="Alt">'
CENTRED = '<p class="intercom-align-center no-margin">{}</p>'
BUTTON = '<a class="intercom-h2b-button" target="_blank" href="https://a.b/">{}</a>'
PURPLE = CALLOUT.replace("#e3e7fa80", "#f3e8fd80").replace("#334bfa33", "#9334fa33")


def video(source: str) -> str:
    return f'<div class="intercom-h2b-video"><iframe src="{source}" frameborder="0"></iframe></div>'


LISTS = {
    "<ul><li><p>a</p></li><li>b</li></ul>": "- a\n- b",
    "<ol><li>a</li><li>b</li></ol>": "1. a\n2. b",
    "<ul><li>a<br>b</li></ul>": "- a\\\n  b",
    f"<ul><li>{CENTRED.format('a')}</li></ul>": "- a\n  {.center}",
    "<ul><li>a<ul><li>b<ol><li>c</li></ol></li></ul></li><li>d</li></ul>": "- a\n  - b\n    1. c\n- d",
    "<ul><li>a<p>b</p></li><li>c</li></ul>": "- a\n\n  b\n\n- c",
    "<ul><li>a<ul><li>b</li></ul>c</li></ul>": "- a\n\n  - b\n\n  c",
    "<ul><li></li><li>a</li><li></li></ul>": "- a",
    "<ul><li>a<ul><li></li></ul></li></ul>": "- a",
    "<ul><li><ul><li>a</li></ul></li></ul>": "-\n  - a",
    "<ul><li>|<ul><li>|</li></ul></li></ul>": "- |\n\n  - |",
    "<ul><li><ul><li><ul><li>a</li></ul></li></ul></li></ul>": "-\n  -\n    - a",
    "<ol><li><hr></li></ol>": "1.\n   ---",
    "<ul><li><h2>a</h2>b</li></ul>": "- ## a\n\n  b",
    "<ul><li><pre>    a\n\n\tb</pre></li></ul>": "- ```\n      a\n\n  \tb\n  ```",
    f"<ol><li>a{CONTAINER.format(IMAGE)}</li></ol>": "1. a\n\n   ![Alt](https://p.example/i.png)",
    f"<ul><li>{CALLOUT.format('a')}</li></ul>": "- > [!NOTE]\n  > a",
    f"<ul><li>{DETAILS.format('a', 'b')}</li></ul>": ("- <details>\n  <summary>a</summary>\n\n  b\n\n  </details>"),
    f"<ul><li>{video('https://www.loom.com/embed/0a1b')}</li></ul>": "- https://www.loom.com/share/0a1b",
    "<ul><li>a</li></ul><ul><li>b</li></ul>": "- a\n\n<!-- -->\n\n- b",
    "<ol><li>a</li></ol><ol><li>b</li></ol><ul><li>c</li></ul>": "1. a\n\n<!-- -->\n\n1. b\n\n- c",
    "<ul><li>a</li></ul><p>b</p>": "- a\n\nb",
    "<ul><li>a</li></ul><pre>b</pre>": "- a\n\n```\nb\n```",
    f"<ol>{'<li>a</li>' * 9}<li>b<p>c</p></li></ol>": f"{''.join(f'{n}. a{chr(10)}{chr(10)}' for n in range(1, 10))}"
    "10. b\n\n    c",
}

HEADINGS = {
    "<h1>a</h1><h2>b</h2><h1>c</h1>": "## a\n\n### b\n\n## c",
    "<h3>a</h3><h4>b</h4>": "## a\n\n### b",
    "<h1>a</h1><h3>b</h3>": "## a\n\n### b",
    "<h1>a</h1><h6>b</h6>": "## a\n\n### b",
    "".join(f"<h{level}>a</h{level}>" for level in (1, 2, 6)): "## a\n\n### a\n\n#### a",
    "".join(f"<h{level}>a</h{level}>" for level in range(1, 7)): "\n\n".join(
        f"{'#' * level} a" for level in range(1, 7)
    ),
    '<h1 class="intercom-align-center">a</h1>': "## a {.center}",
    '<h1 id="h_0123456789">a</h1>': "## a",
    '<h1><b>a</b> <code>b</code> <a href="https://a.b/">c</a></h1>': "## **a** `b` [c](https://a.b/)",
}

CALLOUTS = {
    CALLOUT.format("<p>a</p><p>b</p>"): "> [!NOTE]\n> a\n>\n> b",
    CALLOUT.format(""): "> [!NOTE]",
    CALLOUT.format("a") + CALLOUT.format("b"): "> [!NOTE]\n> a\n\n> [!NOTE]\n> b",
    CALLOUT.format(CALLOUT.format("a") + "b"): "> [!NOTE]\n> > [!NOTE]\n> > a\n>\n> b",
    CALLOUT.format("<ul><li>a</li></ul><pre>b\n\n\tc</pre>"): "> [!NOTE]\n> - a\n>\n> ```\n> b\n>\n> \tc\n> ```",
    CALLOUT.format(TABLE.format(row("a", "b"))): "> [!NOTE]\n> |  |  |\n> | --- | --- |\n> | a | b |",
    PURPLE.format("<p>a</p><p>b</p>"): (
        '<div class="intercom-interblocks-callout" style="background-color: #f3e8fd80; border-color: #9334fa33;">\n\n'
        "a\n\nb\n\n</div>"
    ),
}

COLLAPSIBLES = {
    DETAILS.format("a", "<p>b</p><p>c</p>"): "<details>\n<summary>a</summary>\n\nb\n\nc\n\n</details>",
    DETAILS.format("a", ""): "<details>\n<summary>a</summary>\n</details>",
    DETAILS.format("", "a"): "<details>\n<summary></summary>\n\na\n\n</details>",
    DETAILS.format("<b>a</b> &lt;b&gt; *c*<br><code>d</code>", "e"): (
        "<details>\n<summary><b>a</b> &lt;b&gt; *c*<br><code>d</code></summary>\n\ne\n\n</details>"
    ),
    DETAILS.format("a", DETAILS.format("b", CALLOUT.format(TABLE.format(row("c", tinted=True))))): (
        "<details>\n<summary>a</summary>\n\n<details>\n<summary>b</summary>\n\n> [!NOTE]\n> | c |\n> | --- |\n\n"
        "</details>\n\n</details>"
    ),
}

LEAVES = {
    CENTRED.format("a<br>b"): "a\\\nb\n{.center}",
    CONTAINER.format(IMAGE): "![Alt](https://p.example/i.png)",
    CONTAINER.format(IMAGE).replace("container", "container intercom-align-center"): (
        "![Alt](https://p.example/i.png){.center}"
    ),
    CONTAINER.format(f'<a href="https://a.b/">{IMAGE}</a>'): "[![Alt](https://p.example/i.png)](https://a.b/)",
    CONTAINER.format(f'<a href="https://a.b/">{IMAGE}</a>').replace("container", "container intercom-align-right"): (
        "[![Alt](https://p.example/i.png){.right}](https://a.b/)"
    ),
    CONTAINER.format(BUTTON.format("Go")): "[Go](https://a.b/){.button}",
    CONTAINER.format(BUTTON.format("Go <b>on</b>")): "[Go **on**](https://a.b/){.button}",
    CONTAINER.format(BUTTON.format("https://a.b/")): "[https://a.b/](https://a.b/){.button}",
    CONTAINER.format(BUTTON.format("Go")).replace("container", "container intercom-align-center"): (
        "[Go](https://a.b/){.button .center}"
    ),
    video("https://www.youtube.com/embed/dQw4w9WgXcQ"): "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    video("https://www.youtube.com/embed/x?rel=0"): '<iframe src="https://www.youtube.com/embed/x?rel=0"></iframe>',
    "<hr>": "---",
    "<pre><code>a\n  b\n</code></pre>": "```\na\n  b\n\n```",
    "<pre><code></code></pre>": "```\n```",
    "<pre><code>```\na\n````</code></pre>": "`````\n```\na\n````\n`````",
    "<pre><code>&lt;b&gt; &amp;lt; \\ *</code></pre>": "```\n<b> &lt; \\ *\n```",
}

TABLES = {
    TABLE.format(row("a", "b", tinted=True) + row("<p>1</p>", "")): "| a | b |\n| --- | --- |\n| 1 |  |",
    TABLE.format(row("a", "b") + row("c", "d")): "|  |  |\n| --- | --- |\n| a | b |\n| c | d |",
    TABLE.format(row("a") + row(CENTRED.format("b"))): (
        '<table>\n<tr>\n<td>a</td>\n</tr>\n<tr>\n<td align="center">b</td>\n</tr>\n</table>'
    ),
    TABLE.format(row("", "a") + row(CENTRED.format("b"), "")): "|  |  |\n| :---: | --- |\n|  | a |\n| b |  |",
    TABLE.format(row(f"a{CONTAINER.format(IMAGE)}b")): "|  |\n| --- |\n| a ![Alt](https://p.example/i.png) b |",
    TABLE.format(row("<p>a</p><p>b</p>")): "<table>\n<tr>\n<td>\n\na\n\nb\n\n</td>\n</tr>\n</table>",
    TABLE.format(row("a", "b") + row("c")): (
        "<table>\n<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n<tr>\n<td>c</td>\n</tr>\n</table>"
    ),
    TABLE.format(row("", tinted=True) + row("a")): (
        '<table>\n<tr>\n<td style="background-color: #e8e8e880;"></td>\n</tr>\n<tr>\n<td>a</td>\n</tr>\n</table>'
    ),
    TABLE.format('<tr><td colspan="2" style="width: 9px"><b>a</b> &lt;<br>*c*</td></tr>'): (
        '<table>\n<tr>\n<td colspan="2" style="width: 9px;"><b>a</b> &lt;<br>*c*</td>\n</tr>\n</table>'
    ),
    TABLE.format(row("<ul><li>a</li></ul>")): "<table>\n<tr>\n<td>\n\n- a\n\n</td>\n</tr>\n</table>",
}

ALL = [*LISTS.items(), *HEADINGS.items(), *CALLOUTS.items(), *COLLAPSIBLES.items(), *LEAVES.items(), *TABLES.items()]


@grouped(("stored", "markdown"), ALL)
def test_a_writer_finds_the_form_of_the_writing_guide(stored: str, markdown: str) -> None:
    assert html_to_markdown(stored) == f"{markdown}\n"


@grouped("stored", [stored for stored, _ in ALL])
@grouped("around", ["{}", "<p>a</p>{}<p>b</p>", CALLOUT.format("<p>a</p>{}"), DETAILS.format("a", "{}b")])
def test_a_block_comes_back_wherever_it_stands(stored: str, around: str) -> None:
    comes_back(around.replace("{}", stored))


# Intercom stores none of these, so they need not render to themselves; but nothing is dropped in silence.
@grouped(
    ("stored", "markdown"),
    [
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<blockquote>[!NOTE]</blockquote>", "> \\[!NOTE]"),
        ('<p style="color: red">a &lt; <u>b</u></p>', '<p style="color: red;">a &lt; <u>b</u></p>'),
        ('<h2 dir="rtl">a</h2>', '<h2 dir="rtl">a</h2>'),
        ('<div class="x"><p>a</p></div>', '<div class="x">\n\na\n\n</div>'),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ('<ol type="a"><li>b</li></ol>', '<ol type="a">\n\n<li>\n\nb\n\n</li>\n\n</ol>'),
        ("<pre><b>a</b>\nb</pre>", "<pre><code><b>a</b>\nb</code></pre>"),
        ('<video src="https://a.b/c.mp4"></video>', '<video src="https://a.b/c.mp4"></video>'),
        ("<details open><p>a</p></details>", '<details open="">\n\na\n\n</details>'),
        (
            "<table><caption>a</caption><tr><td>b</td></tr></table>",
            "<table>\n<caption>a</caption>\n<tr>\n<td>b</td>\n</tr>\n</table>",
        ),
        (
            CONTAINER.format(IMAGE * 2),
            f'<div class="intercom-container">\n\n{"![Alt](https://p.example/i.png)" * 2}\n\n</div>',
        ),
    ],
)
def test_what_markdown_lacks_stays_raw_html(stored: str, markdown: str) -> None:
    assert html_to_markdown(stored) == f"{markdown}\n"


def test_a_heading_is_named_where_its_text_does_not_name_it() -> None:
    names = {"h_1": "prices", "h_2": "costs", "h_3": "prices-1", "h_4": "prices-2", "h_5": "costs"}
    body = "".join(f'<h2 id="{name}">Prices</h2>' for name in names) + '<h2 id="h_9">Prices</h2>'
    assert html_to_markdown(body, anchor=names.get) == (
        "## Prices\n\n## Prices {#costs}\n\n## Prices\n\n## Prices\n\n## Prices\n\n## Prices\n"
    )


def test_slugs_stay_when_headings_are_read_back_and_sent_again() -> None:
    round_trip = RoundTrip(AS_WRITTEN)
    text = "## One {#two}\n\n## Two\n\n## Two\n\n### <b>Three</b> {#x .center}\n\n## 「」\n\n## !\n"
    assert round_trip.markdown(round_trip.filled(text)) == text.replace("<b>Three</b>", "**Three**")


def test_a_list_may_have_more_items_than_markers_of_one_width() -> None:
    for item in ("<li>a<p>b</p><pre>c\n d</pre></li>", "<li><pre>c\n  d</pre></li>", "<li><ul><li>a</li></ul></li>"):
        comes_back(f"<ol>{item * 101}</ol>")
    comes_back(f"<ol>{'<li>a</li>' * 1001}<li><ul><li>b</li></ul></li></ol>")


def test_bodies_that_a_reader_sees_alike_have_one_markdown() -> None:
    body = f'<h2 id="h_1">A</h2><p class="no-margin"></p>\n<p class="no-margin">b\u200b</p>{CONTAINER.format(IMAGE)}'
    other = f"<div><h3>A</h3></div>\n\n<p> b </p><p> </p>{CONTAINER.format(IMAGE.replace('.png', '.png?signature=1'))}"
    assert canonical(body) == canonical(other)
    assert html_to_markdown(body) == html_to_markdown(other) == "## A\n\nb\n\n![Alt](https://p.example/i.png)\n"


_HEADING = re.compile(r"(?<!<summary>)<h[1-6]\b.*?</h[1-6]>", re.DOTALL)
_MARKS = re.compile(r"</?(?:b|i|strong|em|code)>")


@examples(60)
@given(BODIES)
def test_any_body_comes_back_and_has_one_markdown(body: str) -> None:
    comes_back(body)
    assert html_to_markdown(canonical(body)) == html_to_markdown(
        _HEADING.sub(lambda match: _MARKS.sub("", match[0]), body)
    )


def test_a_paragraph_is_one_line_and_blocks_are_set_apart_by_one_blank_line() -> None:
    assert html_to_markdown(f"{paragraph('a')}\n{paragraph('')}\n<p>b\nc</p>") == "a\n\nb c\n"
