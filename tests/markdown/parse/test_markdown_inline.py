"""Inline markup is read in linear time, and every line is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grouped import grouped
from markdown_bench import Bench

BEFORE = [
    "![a\nb][r]",
    "![r\nr]",
    "[r\nr]",
    "[a][r\nr]",
    "![a\nb](https://p/i.png)",
    "![`a\nb`](https://p/i.png)",
    "[`a\nb`](https://a.b/)",
    "[a](https://a.b/\n'title')",
    "![[a](https://a.b/\n'title')](https://p/i.png)",
    "[![a\nb](https://p/i.png)](https://a.b/\n'title')",
]


@grouped("text", BEFORE)
def test_what_stands_behind_markup_over_two_lines_has_its_own_line(bench: Bench, text: str) -> None:
    definitions = "[r]: https://p/i.png\n[r r]: https://p/j.png"
    found = bench.findings(f"{text}\n~~x~~\n\n{definitions}")
    assert found[-1] == ("lost-markup", f"a.md:{text.count(chr(10)) + 2}:1")


MANY = "&amp; " * 600


@grouped(
    "text",
    [
        "\\&amp;",
        "\\\\&amp;",
        "`&amp;`",
        "[x](https://e.com/?a=&amp;amp;b)",
        "![&amp;lt;](https://p/&amp;amp;)",
        "<https://e.com/?a=&amp;amp;b>",
        '<a href="https://e.com/?a=&amp;amp;b">x</a>',
        "[a&amp;b][R&amp;D]",
        "https://e.com/?a=1&unknown;b",
        "&unknown; &amp;amp;",
        "\\*a* *&amp;*",
        "`\\``",
    ],
)
def test_an_entity_says_the_same_in_a_text_of_many_entities(bench: Bench, text: str) -> None:
    definition = "\n\n[R&amp;D]: https://a.b/"
    alone = bench.render(f"x {text}{definition}").body.html
    among = bench.render(f"{MANY}x {text}{definition}").body.html
    assert among == alone.replace("x", "&amp; " * 600 + "x", 1)


PARTS = ["&amp;", "&amp;lt;", "&x;", "\\", "`", "``", "*", "_", "~~", "[", "](b)", "<b>", "<", ">", "a", " ", "\n"]


@given(st.lists(st.sampled_from(PARTS), max_size=15).map("".join))
def test_any_text_reads_the_same_among_many_entities(bench: Bench, text: str) -> None:
    alone = bench.render(f"x {text} y").body.html
    among = bench.render(f"{MANY}x {text} y").body.html
    assert among == alone.replace("x", "&amp; " * 600 + "x", 1)


@pytest.mark.slow
def test_a_paragraph_with_more_markup_than_anybody_writes_is_read(bench: Bench) -> None:
    rendered = bench.render("<b><i>a</b></i>" * 16_000)
    assert rendered.body.html.count("<b><i>a</i></b>") == 16_000


def test_a_paragraph_as_long_as_a_book_chapter_keeps_its_markup(bench: Bench) -> None:
    html = bench.render("A **word** and a [link](https://a.b/), then `code`. " * 1_000).body.html
    assert html.count("<b>word</b>") == html.count('href="https://a.b/"') == html.count("<code>code</code>") == 1_000
