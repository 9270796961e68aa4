"""Each line of code survives, wherever code stands: Intercom runs lines together that do not end in `<br>`."""

from __future__ import annotations

import re
from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from grouped import grouped
from helpsync.markdown.html.canonical import canonical
from helpsync.markdown.html.stored import body_words, one_line
from round_trip import COVERING, Position, RoundTrip

if TYPE_CHECKING:
    from markdown_bench import Bench

CODE = "def f():\n    return 1\n\n\nf()  # {x}"
FENCED = f"```\n{CODE}\n```"
PRE = f"<pre><code>{CODE}</code></pre>"
PLACES = {
    "top": FENCED,
    "tildes and a language": f"~~~py\n{CODE}\n~~~",
    "indented": indent(CODE, "    ", lambda _: True),
    "item": f"- Run:\n\n{indent(FENCED, '  ')}",
    "item's beginning": f"1. {indent(FENCED, '   ').lstrip()}",
    "indented in an item": f"- Run:\n\n{indent(CODE, '      ', lambda _: True)}",
    "item of an item": f"- a\n    - b\n\n{indent(FENCED, '        ')}",
    "callout": indent(f"[!NOTE]\n{FENCED}", "> ", lambda _: True),
    "quotation": indent(FENCED, "> ", lambda _: True),
    "collapsible": f"<details>\n<summary>More</summary>\n\n{FENCED}\n\n</details>",
    "collapsible in an item": indent(f"<details>\n<summary>b</summary>\n\n{FENCED}\n\n</details>", "  ").replace(
        " ", "-", 1
    ),
    "cell": f"<table><tr><td>\n\n{FENCED}\n\n</td></tr></table>",
    "footnote": f"a[^1]\n\n[^1]: b\n\n{indent(FENCED, '    ')}",
    "raw HTML": PRE,
    "raw HTML in a cell": f"<table><tr><td>{PRE}</td></tr></table>",
    "raw HTML in an item": f"<ul><li>{PRE}</li></ul>",
    "raw HTML with breaks": PRE.replace("\n", "<br>"),
    "centred": f'<div align="center">\n\n{FENCED}\n\n</div>',
}
_PRE = re.compile(r"<pre>.*?</pre>", re.DOTALL)


@grouped("place", PLACES)
def test_lines_of_code_are_sent_ended_by_breaks(bench: Bench, place: str) -> None:
    assert _PRE.findall(bench.filled(PLACES[place])) == [PRE.replace("\n", "<br>")]


@pytest.mark.parametrize("position", COVERING, ids="-".join)
@grouped("place", PLACES)
def test_lines_of_code_come_back_as_they_were_written(place: str, position: Position) -> None:
    markdown = RoundTrip(position).check(PLACES[place]).markdown
    lines = [line.lstrip("> ") for line in markdown.split("\n")]
    first = lines.index("def f():")
    assert [line.strip() for line in lines[first : first + 5]] == [line.strip() for line in CODE.split("\n")]
    assert "```" in lines[first - 1]


def test_a_body_of_intercoms_editor_is_sent_again_with_breaks_in_code() -> None:
    stored = '<p class="no-margin"></p>\n<pre class="x">\n<code>a\n  b\r\n\n<b\n>c</b></code></pre>\n<hr>'
    sent = one_line(stored)
    assert sent == '<p class="no-margin"></p><pre class="x"><code>a<br>  b<br><br><b\n>c</b></code></pre><hr>'
    assert canonical(sent) == canonical(stored)
    assert body_words(sent) == body_words(stored)
    assert one_line(sent) == sent


@grouped("mark", ["&lt;br&gt;", "&amp;lt;br&amp;gt;", "#{{x}}", "{{x}}"])
def test_what_looks_like_a_break_in_code_stays_text(mark: str) -> None:
    html = f"<pre><code>a{mark}<br>b</code></pre>"
    round_trip = RoundTrip(Position("compact", "drop", "drop", "keep", "keep"))
    assert round_trip.form(round_trip.filled(round_trip.markdown(html))) == canonical(html)
