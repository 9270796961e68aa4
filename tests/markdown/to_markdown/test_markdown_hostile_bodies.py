"""Whatever stands in a body, reverse gives text in the end, and nothing in it is lost because it lies deep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from grouped import grouped
from helpsync.markdown.to_markdown.blocks import html_to_markdown
from markdown_parts import PARTS
from round_trip import rendered

LEVELS = 10_000
DEEP = (
    *("<div>", '<div class="x">', "<ul><li>", "<ol><li>", "<details><summary>", "<details><summary>a</summary>"),
    *("<blockquote>", "<table><tr><td>", "<b>", "<b><i>", "<a href='x'>", "<span style='color: red'>", "<p>", "<pre>"),
    *("<h1>", "<div class='intercom-interblocks-callout' style='border-color: red'>", "<ul>", "<li>", "<td>", "<font>"),
)


@pytest.mark.slow
@grouped("start", DEEP)
def test_text_in_ten_thousand_levels_comes_out(start: str) -> None:
    assert "innermost" in html_to_markdown(start * LEVELS + "innermost")


@pytest.mark.slow
@grouped(
    "mark",
    ["*", "**a", "_a ", "`", "[", "](", "![", "<", "<a ", "&", "\\", "~~a", "{ ", "#", "- ", "|", "www.", "http://a "],
)
def test_text_of_nothing_but_marks_comes_out(mark: str) -> None:
    escaped = mark.replace("&", "&amp;").replace("<", "&lt;")
    for tag in ("p", "h1", "li", "pre", "code", "td"):
        assert html_to_markdown(f"<{tag}>{escaped * 3000}</{tag}>")


HTML = (
    *("<", ">", "</", "/>", "<p", "<p>", "</p>", "<td>", "<li>", "</li>", "<ul>", "</ul>", "<b>", "</i>", "<pre>"),
    *("<a ", "href='", "src=", "style=", "class=intercom-container", "<summary>", "<details>", "<iframe src=x>"),
    *("<img ", "&#", "<svg>", "<math>", "<template>", "<textarea>", "<title>", "<!--", "-->", "<![CDATA["),
    *("\x00", "\ud800", "\u200b"),
)


@examples(200)
@given(st.lists(st.one_of(st.sampled_from(HTML), PARTS, st.text(max_size=3)), max_size=30).map("".join))
def test_broken_html_becomes_text_that_renders(body: str) -> None:
    markdown = html_to_markdown(body)
    assert markdown == "" or markdown.endswith("\n")
    rendered(markdown)
