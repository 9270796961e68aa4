"""Markdown is read as GitHub reads it; docs/markup.md lists each difference, and this holds the list."""

import json
import re
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from examples import examples
from gfm_page import ours, theirs
from grouped import grouped

PAGE = Path(__file__).parents[3] / "docs" / "markup.md"
SPEC = json.loads((Path(__file__).parents[1] / "commonmark-0.31.2.json").read_text(encoding="utf-8"))["examples"]
EXPLAINED = {
    int(number)
    for numbers in re.findall(r"^\|.*\| (\d+(?:, \d+)*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    for number in numbers.split(", ")
}


@grouped("example", SPEC)
def test_an_example_of_the_specification_reads_as_on_github_unless_the_docs_say_otherwise(
    example: dict[str, str | int],
) -> None:
    text = str(example["markdown"])
    assert (ours(text) != theirs(text)) == (example["number"] in EXPLAINED)


SLASHES = ["\\" * number for number in range(5)]
TABLES_IN_BLOCKS = [
    "> | a | b |\n> |---|---|",
    "> | a | b |\n> |---|---|\n> | c | d |",
    ">   | a | b |\n> |---|---|\n>  | c | d |",
    "- | a | b |\n  |---|---|\n  | c | d |",
    "1. a\n\n   | a | b |\n   |---|---|",
    "> - | a | b |\n>   |---|---|\n>   | c | d |",
    "> - | a | b |\n>   |---|---|\n> | c | d |",
    "> > | a | b |\n> > |---|---|\n> > | c | d |",
    "- > | a | b |\n  > |---|---|",
    "> - a | b\n> |---|---|",
]
EXTENSIONS = [
    "| a | b |\n| - | -: |\n| 1 | 2 |\n\nafter",
    "| a | b |\n| - | - |\n| `c\\|d` | **e\\|f** |",
    "| a | b |\n| - | - |\n| 1 |\n| 1 | 2 | 3 |",
    "a | b\n--|--\n1 | 2\n> quote",
    "text\na | b\n:-: | --\n1 | 2",
    "| a | b |\n| - |\n| 1 | 2 |",
    "| a |\n| - |\n- item",
    "| a |\n| - |\n\n| b |",
    "| `a|b` |\n| - |",
    *(f"| a | b |\n| - | - |\n| {tick}C:{slashes}| x{tick} | y |" for tick in ("", "`") for slashes in SLASHES),
    *(f"| a{slashes}| b |\n| - | - |\n| 1 | 2 |" for slashes in SLASHES),
    *(f"{table}\n{below}" for table in TABLES_IN_BLOCKS for below in ("| x | y |", "lazy\n> | x | y |", "    lazy")),
    "> | a | b |\nlazy\n> |---|---|---|\nlazy",
    "> a\n>\n> | b | c |\n> |---|---|\n> | d | e |\n>\n> text\nlazy",
    "~~a~~ ~b~ ~~~c~~~ ~~d~ ~e~~",
    "~~a\n\nb~~",
    "www.example.com. (www.example.com/a_(b)) www.example.com/&copy;",
    "https://example.com/?a=1&b=2, http://localhost: ftp://a.b https://a_b.c",
    "*https://example.com/* _www.example.com_ [www.example.com](x) [https://a.b] xhttps://a.b",
    "a@b.c a.b-c+d@e.f. a@b.c_ a@b <a@b.c> [a@b.c](x) mailto:a@b.c",
    "[a] [b] [a][b] [a]\n[b] [c] [a][] ![a] [b]\n\n[a]: /a\n[b]: /b",
    "[a]:\n  /a\n  'title'\n[b]: /b\n'two\nlines'\n\n[a] [b]",
    "[a] (b) ![a](b =20x10) [a](b c) [a](<b c>) [a](b 'c')",
    "Foo\n- bar\n  - baz\n10. no",
    "1) a\n2) b\n\n1. c\n- d\n* e",
    "{name} `a`{b} **c**{{ d }} # {e}",
    "`\\``",
    "`` ` `` ` a ` `b\nc`",
    "a  \nb\\\nc<br>d",
]


@grouped("text", EXTENSIONS)
def test_what_github_adds_reads_as_on_github(text: str) -> None:
    assert ours(text) == theirs(text)


WORDS = ["*", "**", "***", "_", "__", "~", "~~", "`", "``", "[", "]", "![", "(u)", "[a]", "[b C]", "[]", "\\", "&amp;"]
WORDS += [
    "a",
    " ",
    "!",
    ".",
    "<b>",
    "</b>",
    "https://x.y/z",
    "<https://q.r>",
    '"',
    "'",
    "(",
    ")",
    "“",
    "\\\nx",
    "  \nx",
]


@examples(300)
@given(st.lists(st.sampled_from(WORDS), max_size=10).map("".join))
def test_any_marks_in_a_line_read_as_on_github(text: str) -> None:
    text = f"x{text}x\n\n[a]: /u\n[b c]: /v"
    assert ours(text) == theirs(text)


LINES = ["a", "b c", "", "- x", "* y", "1. z", "2) w", "  - n", "   p", "    q", "> s", ">", "# h", "## h2 ##", "---"]
LINES += ["===", "```", "~~~", "| a | b |", "|---|---|", "10. m", "      deep", "***", "- # hh", "-", ">     k"]


@examples(300)
@given(st.lists(st.sampled_from(LINES), max_size=5).map("\n".join))
@example("a\n|---|---|\n---\n| a | b |\n|---|---|")
def test_any_lines_make_the_blocks_that_github_makes(text: str) -> None:
    assert ours(text) == theirs(text)
