"""Whatever is written comes back from Intercom as it was meant, and as Markdown that stays as it is.

Held in every position of the sandbox's switches: rendered, stored, read back, rendered again.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from examples import examples
from grouped import grouped
from helpsync.markdown.html.canonical import canonical
from helpsync.markdown.to_markdown.blocks import html_to_markdown
from html_soup import SOUP
from markdown_parts import PARTS
from round_trip import AS_WRITTEN, COVERING, POSITIONS, Position, RoundTrip, rendered
from safe_body import check
from stored_trees import BODIES, CODE, LITERAL, escaped

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
GOLDEN = sorted((HERE / "golden").glob("*.md"))
CONTENT = sorted(path for path in (HERE.parents[1] / "content").rglob("*.md") if not path.name.startswith("_"))

every_position = pytest.mark.parametrize("position", COVERING, ids="-".join)


@every_position
@grouped("path", GOLDEN)
def test_a_golden_text_comes_back_as_it_was_meant(path: Path, position: Position) -> None:
    RoundTrip(position).check(path.read_bytes().decode())


@every_position
@grouped("path", CONTENT)
def test_an_article_of_the_own_help_center_comes_back_as_it_was_meant(path: Path, position: Position) -> None:
    _, _, text = path.read_text(encoding="utf-8").split("---\n", 2)
    RoundTrip(position).check(text)


@examples(300)
@given(st.lists(PARTS, max_size=40).map("".join), st.sampled_from(POSITIONS))
def test_any_text_comes_back_as_it_was_meant(text: str, position: Position) -> None:
    RoundTrip(position).check(text)


@examples(300)
@given(BODIES, st.sampled_from(POSITIONS))
def test_any_stored_body_comes_back_from_its_markdown(html: str, position: Position) -> None:
    round_trip = RoundTrip(position)
    markdown = round_trip.markdown(html)
    if position.nested_lists == "keep":
        assert round_trip.form(round_trip.filled(markdown)) == round_trip.form(html)
    round_trip.check(markdown)


TABLE = '<div class="intercom-interblocks-table-container"><table role="presentation"><tbody>{}</tbody></table></div>'
CALLOUT = (
    '<div class="intercom-interblocks-callout" style="background-color: #e3e7fa80; border-color: #334bfa33;">{}</div>'
)
DETAILS = "<details><summary><h2>{}</h2></summary>"
DETAILS += '<div class="collapsible-section-content"><p>a</p></div></details>'
PLACES = {
    "a paragraph": '<p class="no-margin">{}</p>',
    "two lines": '<p class="no-margin">a<br>{}<br>b</p>',
    "between paragraphs": '<p class="no-margin">a</p><p class="no-margin">{}</p><p class="no-margin">b</p>',
    "bold": '<p class="no-margin">a<b>{}</b>b</p>',
    "italic beside bold": '<p class="no-margin"><b>a</b><i>{}</i><b>b</b></p>',
    "code": '<p class="no-margin">a <code>{}</code>b</p>',
    "a link": '<p class="no-margin">a<a href="https://a.b/" target="_blank">{}</a>b</p>',
    "a heading": "<h1>{}</h1>",
    "an item": '<ul><li><p class="no-margin">{}</p></li></ul>',
    "a loose item": "<ol><li>{}</li><li>b</li></ol>",
    "a cell": TABLE.format("<tr><td>{}</td><td>b</td></tr>"),
    "code in a cell": TABLE.format("<tr><td><b><code>{}</code></b></td><td><code>b</code></td></tr>"),
    "a coloured cell": TABLE.format('<tr><td style="width: 1px;">{}</td></tr>'),
    "a callout": CALLOUT.format("<p>{}</p>"),
    "a title": DETAILS,
    "a button": '<div class="intercom-container"><a class="intercom-h2b-button" href="https://a.b/">x{}</a></div>',
    "a centred paragraph": '<p class="intercom-align-center no-margin">{}</p>',
}


@pytest.mark.parametrize("place", PLACES)
@examples(100)
@given(LITERAL)
@example(text="#{#{{")
def test_literal_text_stays_literal(place: str, text: str) -> None:
    html = PLACES[place].format(escaped(text))
    round_trip = RoundTrip(AS_WRITTEN)
    assert round_trip.form(round_trip.filled(round_trip.markdown(html))) == round_trip.form(html)
    round_trip.check(round_trip.markdown(html))


@examples(200)
@given(CODE)
def test_code_stays_as_it_is(text: str) -> None:
    code = f"<pre><code>{escaped(text)}</code></pre>"
    listed = f"<ul><li><p>b</p>{code}{CALLOUT.format(code)}<ol><li>{code}</li></ol></li></ul>"
    html = f"<p>a</p>{code}{listed}{CALLOUT.format(CALLOUT.format(code) + listed)}"
    round_trip = RoundTrip(AS_WRITTEN)
    assert round_trip.form(round_trip.filled(round_trip.markdown(html))) == round_trip.form(html)


@examples(100)
@given(st.lists(LITERAL, max_size=3).map("".join))
def test_a_description_of_a_picture_stays_literal(text: str) -> None:
    value = escaped(text).replace('"', "&quot;")
    html = f'<div class="intercom-container"><img src="https://p/i.png" alt="{value}"></div>'
    round_trip = RoundTrip(AS_WRITTEN)
    assert round_trip.form(round_trip.filled(round_trip.markdown(html))) == round_trip.form(html)


@examples(400)
@given(SOUP)
@example("<table><td><tr>")
def test_any_html_becomes_markdown_that_renders_safely(html: str) -> None:
    check(rendered(html_to_markdown(html)).body.html)


@examples(300)
@given(SOUP)
def test_the_markdown_of_any_html_settles_when_it_was_sent_once(html: str) -> None:
    round_trip = RoundTrip(AS_WRITTEN)
    round_trip.check(round_trip.markdown(round_trip.filled(html_to_markdown(html))))


@examples(200)
@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_characters_become_markdown(html: str) -> None:
    check(rendered(html_to_markdown(html)).body.html)


def test_a_body_without_anything_visible_is_an_empty_text() -> None:
    for html in ("", "\n", '<p class="no-margin"></p>\n', "<h1></h1>", "<div></div>", "<p>\u200b</p>", "<!-- x -->"):
        assert html_to_markdown(html) == ""
        assert canonical(html) == ""
