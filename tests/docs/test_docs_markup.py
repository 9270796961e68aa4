"""docs/markup.md shows each construct live as it is written, and stored as helpsync renders it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from markup_page import Example, broken, constructs, stored, tags

if TYPE_CHECKING:
    from markdown_bench import Bench

PAGE = (Path(__file__).parents[2] / "docs" / "markup.md").read_text(encoding="utf-8")
CONSTRUCTS = constructs(PAGE)
EXAMPLES = [example for examples in CONSTRUCTS.values() for example in examples]
TAGS = tags(PAGE)
LISTED = "Tags"

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)


@each_example
def test_what_github_shows_is_what_is_written(example: Example) -> None:
    assert example.live == example.written


@each_example
def test_what_is_written_becomes_the_html_that_is_shown(example: Example, bench: Bench) -> None:
    assert broken(stored(bench.render(example.written))) == example.stored


@each_example
def test_the_findings_of_an_example_are_named(example: Example, bench: Bench) -> None:
    assert {found.code for found in bench.render(example.written).findings} == example.reported


@pytest.mark.parametrize(("written", "html", "_readers", "reported"), TAGS, ids=[row[0] for row in TAGS])
def test_a_tag_becomes_what_its_row_says(written: str, html: str, _readers: str, reported: str, bench: Bench) -> None:
    rendered = bench.render(written)
    assert stored(rendered) in {html, f'<p class="no-margin">{html}</p>'}
    assert bool(rendered.findings) == (reported == "yes")


def test_every_construct_has_an_example_and_every_example_is_read() -> None:
    assert [title for title, examples in CONSTRUCTS.items() if not examples] == [LISTED]
    assert PAGE.count("\n**Written**\n") == len(EXAMPLES)
    assert TAGS


@each_example
def test_only_line_breaks_are_added_to_the_html(example: Example, bench: Bench) -> None:
    html = stored(bench.render(example.written))
    assert "".join(line.strip() for line in broken(html).splitlines()) == html.replace("\n", "")
