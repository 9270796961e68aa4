"""Nothing unsafe passes, nothing that Intercom refuses is sent, whatever the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from examples import examples
from grouped import grouped
from helpsync.markdown.html.canonical import canonical
from markdown_parts import PARTS
from safe_body import check

if TYPE_CHECKING:
    from markdown_bench import Bench

pytestmark = pytest.mark.slow


@examples(400)
@given(st.lists(PARTS, max_size=40).map("".join))
@example("<table><tr><td>\n\n    </b>")
def test_any_text_becomes_a_body_that_is_safe_and_well_formed(bench: Bench, text: str) -> None:
    check(bench.render(text).body.html)


@examples(200)
@given(st.lists(PARTS, max_size=40).map("".join))
def test_any_text_has_a_stable_canonical_form(bench: Bench, text: str) -> None:
    form = canonical(bench.filled(text))
    assert canonical(form) == form


@examples(100)
@given(st.text(max_size=200))
def test_any_characters_render(bench: Bench, text: str) -> None:
    check(bench.render(text).body.html)


MARKS = ["*", "**", "***", "_", "__", "~~", "`", "``", "\\", "&", "&amp;", "[", "]", "![", "](https://a.b/c)", "]()"]
MARKS += [
    "[r]",
    "][r]",
    "(",
    ")",
    "{",
    "}",
    "{.x}",
    "https://a.b/",
    "www.a.b/",
    "@a.b",
    "!",
    ".",
    " ",
    "  \n",
    "\n",
    "日本",
]


@examples(300)
@given(st.lists(st.sampled_from(MARKS), max_size=30))
def test_inline_markup_loses_no_word(bench: Bench, marks: list[str]) -> None:
    words = [f"w{number}w" for number in range(len(marks) + 1)]
    text = words[0] + "".join(mark + word for mark, word in zip(marks, words[1:], strict=True)) + "\n\n[r]: a.md\n"
    assert re.findall(r"w\d+w", re.sub(r' href="[^"]*"', "", bench.render(text).body.html)) == words


@grouped("address", ["javascript:x", "JaVaScRiPt:x", "java\tscript:x", " javascript:x", "data:text/html,x"])
@grouped("form", ["[a]({})", "[a](<{}>)", "[a][r]\n\n[r]: <{}>", '<a href="{}">a</a>'])
def test_an_unsafe_link_is_dropped_and_its_text_stays(bench: Bench, address: str, form: str) -> None:
    rendered = bench.render(form.format(address))
    assert "href" not in rendered.body.html
    assert ">a<" in rendered.body.html or "a]" in rendered.body.html or "[a" in rendered.body.html


def test_an_empty_text_is_an_empty_body(bench: Bench) -> None:
    for text in ("", "\n", "  \n\t\n", "<!-- only a comment -->"):
        rendered = bench.render(text)
        assert (rendered.body.html, rendered.findings) == ("", ())


HOSTILE = ["> " * 3000, "- " * 3000, "[" * 2000, "*a " * 2000, "**a*" * 500, "`" * 3000, "<b>" * 3000, "<div>\n" * 3000]
HOSTILE += ["![" * 2000, "[a](" * 1000, "| a " * 2000 + "|\n" + "|---" * 2000 + "|\n", "# \n" * 3000, "&amp;" * 3000]
HOSTILE += ["{" * 3000, "a" * 100_000, " " * 100_000 + "}", "~~a" * 2000, "https://" * 1000, "[a]: <b>\n" * 3000]
HOSTILE += ["<table>\n\n" * 20_000, "https://a.b/c " * 20_000, "https://a" + ")." * 50_000, "[a](b.md)" * 20_000]
HOSTILE += ["![a" * 5000 + "](https://p/i.png)" * 5000, "*a_" * 20_000, "".join("`" * n + " " for n in range(500))]
HOSTILE += ["<!-- " * 20_000, "<?" * 20_000, "*{" * 20_000, "[a](b(" * 10_000, "a_b@" * 20_000]
HOSTILE += ["- a\n" * 5000, "".join("  " * n + "- a\n" for n in range(300)), "```\n" * 3001, "<!--" * 3000]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_hostile_text_becomes_a_body_that_is_safe(bench: Bench, text: str) -> None:
    check(bench.render(text).body.html)


@grouped("beside", ["![l](l.png)", "`x`", "[l](https://l.png)", "<b>x</b>", "\\*", "&lt;"])
def test_emphasis_beside_other_markup_leaves_nothing_of_the_machinery(bench: Bench, beside: str) -> None:
    for text in (
        f"*a**a*{beside}",
        f"**a*{beside}*b**",
        f"_{beside}__a_",
        f"![{beside}*a**a*{beside}](https://p/i.png)",
    ):
        assert "klzzwxh" not in bench.render(text).body.html
