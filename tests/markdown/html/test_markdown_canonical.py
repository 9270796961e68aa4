"""Two bodies have one canonical form exactly when no reader could tell them apart."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from examples import examples
from grouped import grouped
from helpsync.markdown.html.canonical import canonical, canonical_ignoring_targets, stable_html, stored_headings

if TYPE_CHECKING:
    from markdown_bench import Bench

pytestmark = pytest.mark.slow

SIGNED = "?expires=1700000000&amp;signature=abc&amp;req=def"
STORED = (
    '<h1 id="h_0123456789">Refunds</h1>'
    '<p class="no-margin">We pay <b>all</b> of it <i>back</i>, see <code>Settings  now</code>.<br>\u200bReally.</p>'
    '<p class="no-margin"></p>\n'
    '<p class="intercom-align-center no-margin">In the middle</p>'
    '<h2 id="h_1123456789">How long?</h2>'
    '<p class="no-margin">Ask <a href="https://example.com/a?b=1&amp;c=2" target="_blank" '
    'class="intercom-content-link">the team</a> or <a href="https://example.com/z" target="_blank" '
    'class="intercom-content-link">us</a>.</p>'
    '<ul><li><p class="no-margin">one</p><ol><li><p class="no-margin">inner</p></li></ol></li>'
    '<li><p class="no-margin">two</p></li></ul>'
    f'<div class="intercom-container"><img src="https://downloads.intercomcdn.com/i/o/1/s.png{SIGNED}" alt="A screen" '
    'width="800" height="400" style="max-width: 100%"></div>'
    '<div class="intercom-container intercom-align-center"><a href="https://example.com/p" target="_blank">'
    f'<img src="https://downloads.intercomcdn.com/i/o/2/t.png{SIGNED}"></a></div>'
    '<div class="intercom-interblocks-table-container"><table role="presentation"><tbody>'
    '<tr><td style="background-color: #e8e8e880; width: 115px;"><p class="no-margin">Plan</p></td>'
    '<td style="background-color: #e8e8e880;"><p class="no-margin">Price</p></td></tr>'
    '<tr><td><p class="no-margin">Free</p></td><td><p class="no-margin">0 €</p></td></tr>'
    "<tr><td>{{plan}}</td><td><p></p></td></tr></tbody></table></div>"
    '<div class="intercom-interblocks-callout" style="background-color: #e3e7fa80; border-color: #334bfa33;">'
    '<p class="no-margin">Good to know</p></div>'
    '<details><summary><h2 id="h_2123456789">More</h2></summary><div class="collapsible-section-content">'
    '<p class="no-margin">Hidden</p></div></details>'
    '<div class="intercom-h2b-video"><iframe src="https://www.youtube.com/embed/abc" frameborder="0"></iframe></div>'
    '<div class="intercom-container"><a class="intercom-h2b-button" target="_blank" href="https://example.com/go">Go</a>'
    "</div><hr><pre><code>x = 1\n  y = 2</code></pre>"
    '<p><a href="https://example.com/größe">Sizes</a></p>'
)

EDITS = {
    "a letter": ("We pay", "We paid"),
    "case": ("Refunds", "refunds"),
    "a comma": ("back</i>,", "back</i>"),
    "a word less": ("or <a", "<a"),
    "a space between words": ("Good to know", "Goodto know"),
    "a no-break space": ("Good to", "Good\u00a0to"),
    "an accent": ("Hidden", "Híddén"),
    "quotes": ("In the middle", '"In the middle"'),
    "an ampersand": ("Free", "Free &amp; more"),
    "bold gone": ("<b>all</b>", "all"),
    "bold longer": ("<b>all</b> of", "<b>all of</b>"),
    "bold to italic": ("<b>all</b>", "<i>all</i>"),
    "bold and italic": ("<b>all</b>", "<b><i>all</i></b>"),
    "italic gone": ("<i>back</i>", "back"),
    "underlined": ("Really", "<u>Really</u>"),
    "struck through": ("Really", "<s>Really</s>"),
    "raised": ("Really", "<sup>Really</sup>"),
    "coloured": ("Really", '<span style="color: red">Really</span>'),
    "code gone": ("<code>Settings  now</code>", "Settings now"),
    "code text": ("Settings", "Setting"),
    "break gone": ("<br>\u200b", " "),
    "break more": ("<br>\u200b", "<br><br>"),
    "paragraph split": ("of it <i>", 'of it</p><p class="no-margin"><i>'),
    "paragraphs joined": ('</h2><p class="no-margin">Ask', "</h2><p>More. Ask"),
    "paragraph gone": ('<p class="intercom-align-center no-margin">In the middle</p>', ""),
    "paragraph new": ("<hr>", "<p>new</p><hr>"),
    "paragraphs swapped": ("<hr><pre><code>x = 1\n  y = 2</code></pre>", "<pre><code>x = 1\n  y = 2</code></pre><hr>"),
    "alignment gone": ("intercom-align-center no-margin", "no-margin"),
    "alignment new": ('<p class="no-margin">Ask', '<p class="intercom-align-center no-margin">Ask'),
    "heading higher": ('<h2 id="h_1123456789">How long?</h2>', "<h1>How long?</h1>"),
    "heading to text": ('<h2 id="h_1123456789">How long?</h2>', "<p>How long?</p>"),
    "heading to bold": ('<h2 id="h_1123456789">How long?</h2>', "<p><b>How long?</b></p>"),
    "heading gone": ('<h2 id="h_1123456789">How long?</h2>', ""),
    "link target": ("https://example.com/a?", "https://example.com/b?"),
    "link query": ("b=1&amp;c=2", "b=1&amp;c=3"),
    "link fragment": ("c=2", "c=2#x"),
    "link text": ("the team", "the teams"),
    "link gone": ('<a href="https://example.com/z" target="_blank" class="intercom-content-link">us</a>', "us"),
    "link longer": ("the team</a> or", "the team or</a>"),
    "link in bold": (">us</a>", "><b>us</b></a>"),
    "item gone": ('<li><p class="no-margin">two</p></li>', ""),
    "item new": ('<li><p class="no-margin">two', '<li><p>new</p></li><li><p class="no-margin">two'),
    "item text": (">two<", ">too<"),
    "list numbered": ('<ul><li><p class="no-margin">one', "<ol><li><p>one"),
    "list nested less": ('<ol><li><p class="no-margin">inner</p></li></ol></li>', "</li><li><p>inner</p></li>"),
    "list started elsewhere": ("<ol><li>", '<ol start="3"><li>'),
    "list counted down": ("<ol><li>", "<ol reversed><li>"),
    "item numbered anew": ('<li><p class="no-margin">inner', '<li value="7"><p>inner'),
    "hidden": ('<p class="no-margin">Good', '<p hidden class="no-margin">Good'),
    "written backwards": ("Really", '<bdo dir="rtl">Really</bdo>'),
    "table's caption": ("<tbody>", "<caption>Prices</caption><tbody>"),
    "list split": ('</li><li><p class="no-margin">two', '</li></ul><ul><li><p class="no-margin">two'),
    "look-alike letter": ("Plan", "Pl\u0430n"),
    "direction mark": ("Really.", "Really\u200f."),
    "picture changed": ("/1/s.png", "/3/s.png"),
    "picture gone": ("/i/o/1/s.png", ""),
    "picture's alt": ("A screen", "Another screen"),
    "picture's alt gone": (' alt="A screen"', ""),
    "picture centred": (
        '<div class="intercom-container"><img',
        '<div class="intercom-container intercom-align-center"><img',
    ),
    "picture's link": ("https://example.com/p", "https://example.com/q"),
    "picture's link gone": ('<a href="https://example.com/p" target="_blank">', "<a>"),
    "cell text": ("0 €", "1 €"),
    "cell colour": ('style="background-color: #e8e8e880;"', 'style="background-color: #ff0000;"'),
    "cell colour gone": (' style="background-color: #e8e8e880;"', ""),
    "cell width": ("width: 115px", "width: 215px"),
    "row new": ("</tr></tbody>", "</tr><tr><td>x</td><td>y</td></tr></tbody>"),
    "cell over two": ('<td><p class="no-margin">Free', '<td colspan="2"><p>Free'),
    "callout colour": ("#e3e7fa80", "#d7efdc80"),
    "callout border": ("#334bfa33", "#1bb15733"),
    "callout to text": (
        '<div class="intercom-interblocks-callout" style="background-color: #e3e7fa80; border-color: #334bfa33;">',
        "<div>",
    ),
    "collapsible's title": (">More<", ">Less<"),
    "collapsible's text": ("Hidden", "Shown"),
    "collapsible open": ("<details>", "<details open>"),
    "video": ("embed/abc", "embed/abd"),
    "button's text": (">Go<", ">Start<"),
    "button's target": ("example.com/go", "example.com/gone"),
    "button to link": ('class="intercom-h2b-button" ', ""),
    "rule gone": ("<hr>", ""),
    "code block": ("x = 1", "x = 2"),
    "code's indent": ("\n  y", "\n    y"),
    "code's line": ("\n  y", "   y"),
    "letter of an address": ("/größe", "/gröste"),
    "sign before braces": ("{{plan}}", "##{{plan}}"),
    "code to text": ("<pre><code>x = 1\n  y = 2</code></pre>", "<p>x = 1 y = 2</p>"),
}


def test_there_are_sixty_edits_and_each_meets_the_body() -> None:
    assert len(EDITS) >= 60
    assert [name for name, (old, _) in EDITS.items() if old not in STORED] == []


@grouped("name", EDITS)
def test_an_edit_that_a_reader_could_see_makes_bodies_unequal(name: str) -> None:
    old, new = EDITS[name]
    edited = STORED.replace(old, new, 1)
    assert canonical(edited) != canonical(STORED)
    assert stable_html(edited) != stable_html(STORED)


CHURN = {
    "heading ids renewed": ('id="h_0123456789"', 'id="h_ffffffffff"'),
    "heading ids gone": (' id="h_0123456789"', ""),
    "signature renewed": (SIGNED, "?expires=1&amp;signature=2&amp;req=3"),
    "signature gone": (SIGNED, ""),
    "size gone": (' width="800" height="400" style="max-width: 100%"', ""),
    "size changed": ('width="800"', 'width="900"'),
    "blank paragraph gone": ('<p class="no-margin"></p>\n', ""),
    "blank paragraph new": ("<hr>", '<p class="no-margin"> \u200b</p>\n<hr>'),
    "blank heading": ("<hr>", "<h3></h3><hr>"),
    "strong": ("<b>all</b>", "<strong>all</strong>"),
    "em": ("<i>back</i>", "<em>back</em>"),
    "bold in two parts": ("<b>all</b>", "<b>a</b><b>ll</b>"),
    "empty bold": ("We pay", "We <b></b>pay"),
    "space in bold": ("<b>all</b> of", "<b>all </b>of"),
    "nested the other way": ("<b>all</b>", "<b>all<i></i></b>"),
    "zero-width space": ("Hidden", "Hid\u200bden"),
    "zero-width space gone": ("<br>\u200b", "<br>"),
    "white space between blocks": ("</h1>", "</h1>\n  "),
    "white space at the beginning of a paragraph": (">Good to know", ">\n  Good to know"),
    "white space after a break": ("<br>\u200b", "<br>\n "),
    "wrapper that shows nothing": ("<hr>", "<div><hr></div>"),
    "white space in text": ("We pay", "We \n pay"),
    "target gone": (' target="_blank"', ""),
    "link class gone": (' class="intercom-content-link"', ""),
    "no-margin gone": (' class="no-margin"', ""),
    "item without paragraph": ('<li><p class="no-margin">two</p></li>', "<li>two</li>"),
    "header cell": ('<td style="background-color: #e8e8e880;"><p class="no-margin">Price</p></td>',
                    '<th style="background-color:#E8E8E880">Price</th>'),
    "table without role": (' role="presentation"', ""),
    "table without body": ("<tbody>", ""),
    "language of code": ("<pre><code>", '<pre><code class="language-python">'),
    "frame's attributes": (' frameborder="0"', ' allowfullscreen width="1"'),
    "entity": ("€", "&euro;"),
    "comment": ("<hr>", "<!-- x --><hr>"),
    "line of code": ("x = 1\n", "x = 1<br>"),
    "heading as deep as can be": ('<h2 id="h_1123456789">How long?</h2>', "<h6>How long?</h6>"),
    "bold heading": (">Refunds<", "><b>Re</b>funds<"),
    "code and italics in a heading": ("How long?", "How <i>long</i><code>?</code>"),
    "braces": ("{{plan}}", "#{{plan}}"),
    "letters in an address": ("/größe", "/gr%C3%B6%c3%9fe"),
    "table restyled": ("<table", '<table style="border: 1px solid #c6c9c0; border-radius: 6px; border-spacing: 0;"'),
    "cells restyled": ("width: 115px;", "width: 115px; padding: 8px; border-left: 1px solid #c6c9c0;"),
    "cell restyled": ("<td><p", '<td style="padding: 8px; border-top: 1px solid #c6c9c0;"><p'),
    "empty cell": ("<td><p></p></td>", "<td></td>"),
    "empty item": ('<li><p class="no-margin">two', '<li><p class="no-margin"></p></li><li><p class="no-margin">two'),
    "break at the end": ("Good to know</p>", "Good to know<br></p>"),
    "a script": ("<hr>", "<script>track()</script><hr>"),
    "a style sheet": ("<hr>", "<style>p { color: red }</style><hr>"),
    "fields of a form": ("<hr>", "<input><textarea>a</textarea><select><option>b</option></select><hr>"),
    "zero-width space in a picture's address": ("/1/s.png", "/1/\u200bs.png"),
    "setting without a name": ("<td><p", '<td style=": red"><p'),
}  # fmt: skip


@grouped("name", CHURN)
def test_what_moves_on_its_own_keeps_bodies_equal(name: str) -> None:
    old, new = CHURN[name]
    assert old in STORED
    assert canonical(STORED.replace(old, new)) == canonical(STORED)


@grouped("tag", ["kbd", "samp", "var", "mark", "small", "big", "sub", "abbr", "cite", "q", "dfn"])
def test_a_formatted_word_differs_from_a_plain_one(tag: str) -> None:
    assert canonical(f"<p>a <{tag}>b</{tag}> c</p>") != canonical("<p>a b c</p>")


@grouped("tag", ["strong", "em", "sub", "sup", "small", "big", "abbr", "cite", "q", "dfn", "var"])
def test_the_format_of_a_space_between_words_of_one_format_is_ignored(tag: str) -> None:
    assert canonical(f"<p><{tag}>a</{tag}> <{tag}>b</{tag}></p>") == canonical(f"<p><{tag}>a b</{tag}></p>")


@grouped("tag", ["u", "s", "mark"])
def test_a_line_under_or_through_a_space_is_a_difference(tag: str) -> None:
    assert canonical(f"<p><{tag}>a</{tag}> <{tag}>b</{tag}></p>") != canonical(f"<p><{tag}>a b</{tag}></p>")


@grouped(
    "html",
    [
        '<object data="{}"></object>',
        '<embed src="{}">',
        '<audio src="{}"></audio>',
        '<video src="{}"></video>',
        '<video><source src="{}"></video>',
    ],
)
def test_a_changed_or_removed_recording_is_an_edit(html: str) -> None:
    forms = {canonical(f"<p>a</p>{embed}") for embed in ("", html.format("https://e/1"), html.format("https://e/2"))}
    assert len(forms) == 3


def test_deeply_nested_tags_in_capitals_are_read_like_others() -> None:
    deep = "<blockquote>" * 600 + "x"
    assert canonical(deep.replace("blockquote", "BLOCKQUOTE")) == canonical(deep)


def test_headings_count_from_the_shallowest() -> None:
    assert canonical("<h2>a</h2><h3>b</h3>") == canonical("<h1>a</h1><h2>b</h2>")


def test_an_own_link_is_named_by_its_article() -> None:
    form = canonical('<p><a href="https://h/en/articles/1-x">a</a></p>', own_link=lambda _: "article:en/1")
    assert form == '<p><a href="article:en/1">a</a></p>'


def test_a_picture_is_named_by_its_key() -> None:
    assert canonical('<img src="https://i/x.png?a">', image=lambda _: "sha256:1") == '<p><img src="sha256:1"></p>'


def test_the_form_that_baselines_have_of_quotes_stays() -> None:
    assert canonical("<p>&quot;a&quot; &amp; it&#39;s</p>") == '<p>"a" &amp; it\'s</p>'


def test_the_canonical_form_is_stable() -> None:
    assert canonical(canonical(STORED)) == canonical(STORED)


def test_the_loose_form_ignores_links_pictures_and_levels() -> None:
    other = re.sub(r'href="[^"]*"|src="[^"]*s\.png[^"]*"', 'href="https://else" src="https://else"', STORED)
    assert canonical_ignoring_targets(
        other.replace("<h2 ", "<h3 ").replace("</h2>", "</h3>")
    ) == canonical_ignoring_targets(STORED)
    assert canonical_ignoring_targets(STORED.replace("We pay", "We paid")) != canonical_ignoring_targets(STORED)
    assert canonical_ignoring_targets("<h1>a</h1><h2>b</h2>") == canonical_ignoring_targets("<h1>a</h1><h1>b</h1>")


def test_the_loose_form_is_the_same_when_links_are_unwrapped(bench: Bench) -> None:
    text = "# A\n\na [b](refunds.md) c\n\n[![x](https://p/i.png)](refunds.md)"
    bare = "# A\n\na b c\n\n![x](https://p/i.png)"
    assert canonical_ignoring_targets(bench.filled(text)) == canonical_ignoring_targets(bench.filled(bare))


def test_headings_of_a_stored_body_are_listed() -> None:
    assert stored_headings(STORED + "<h2></h2><h3>a <b>b</b> &amp; c</h3>") == (
        ("h_0123456789", "Refunds", 1),
        ("h_1123456789", "How long?", 2),
        (None, "a b & c", 3),
    )


TAGS = [
    "p",
    "b",
    "i",
    "a",
    "div",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "pre",
    "code",
    "br",
    "img",
]
TAGS += ["details", "summary", "span", "hr", "iframe", "blockquote", "section", "dl", "dd", "button", "svg", "select"]
TAGS += [
    "form",
    "textarea",
    "caption",
    "template",
    "font",
    "video",
    "object",
    "option",
    "ruby",
    "rt",
    "marquee",
    "math",
]
ATTRIBUTES = [
    "",
    ' class="no-margin"',
    ' class="x y"',
    ' style="color: Red;width:1px"',
    ' href="https://a/?b"',
    ' src="/i?q"',
]
ATTRIBUTES += [' id="h_1"', ' width="3"', ' alt="<b>"', " alt='x", ' src="i?\u200b" height=4 style="a"', ' start="2"']
TEXTS = [
    "a",
    " ",
    "\n",
    "b c",
    "\u200b",
    "\u00a0",
    "&amp;",
    "&am\u200bp;",
    "<",
    ">",
    '"',
    "&#10;",
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[",
]
PARTS = st.one_of(
    st.builds(lambda tag, attribute: f"<{tag}{attribute}>", st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES)),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag}>"),
    st.sampled_from(TEXTS),
)
MESS = st.lists(PARTS, max_size=30).map("".join)
SIZES = ["width", "height", "style", 'width="3"', "height=3", 'style="a: b"']
ALT_WORDS = ["Set", "here", "width=&quot;3&quot;", "?a", "src=&quot;i?q&quot;", *SIZES[:3], "height=3"]
PICTURES = st.lists(
    st.one_of(
        st.lists(st.sampled_from(ALT_WORDS), max_size=4).map(lambda words: f'alt="{" ".join(words)}"'),
        st.sampled_from([*SIZES, 'src="/i?q"', 'src="/i"', 'title="a width b"']),
    ),
    max_size=4,
).map(lambda attributes: f"<img {' '.join(attributes)}>")
PICTURED = st.lists(st.one_of(PICTURES, st.sampled_from(TEXTS)), max_size=6).map("".join)


@examples(600)
@example("<code><pre>a</pre></code>")
@given(MESS)
def test_any_html_has_a_stable_canonical_form(html: str) -> None:
    form = canonical(html)
    assert canonical(form) == form


@examples(600)
@given(st.one_of(MESS, PICTURED), st.integers(0, 10**6))
def test_equal_scrubs_mean_equal_canonical_forms(html: str, seed: int) -> None:
    """The other body is made by changing what a scrub could take away, in any place."""
    draw = random.Random(seed)
    other = re.sub(
        r'\u200b|\?[^"\s>]*| (?:width|height|style)(?:="[^"]*"|=&quot;\w*&quot;|=\w+)?',
        lambda match: "" if draw.random() < 0.5 else match[0],
        html,
    )
    assert stable_html(html) != stable_html(other) or canonical(html) == canonical(other)
    assert canonical(stable_html(html)) == canonical(html)


@grouped("words", ["Set {} here", "{} here", "Set {}", "a {}=&quot;3&quot; b", "{}=3"])
def test_a_description_keeps_the_words_that_name_a_size(words: str) -> None:
    one, other = (f'<img src="/i?a" alt="{words.format(name)}">' for name in ("width", "height"))
    assert stable_html(one) != stable_html(other)


def test_a_scrub_keeps_the_empty_first_line_of_code() -> None:
    """Browsers drop a line break right behind the tag; behind U+200B it shows."""
    shown, dropped = "<pre>\u200b\na</pre>", "<pre>\na</pre>"
    assert canonical(shown) != canonical(dropped)
    assert stable_html(shown) != stable_html(dropped)


def test_a_scrub_drops_sizes_wherever_they_stand_in_a_picture() -> None:
    moved = '<img width="3" src="/i?a" style="x" alt="a" height>'
    assert stable_html(moved) == '<img src="/i" alt="a">'


@examples(100)
@given(st.text(alphabet=st.characters(), max_size=100))
def test_any_characters_have_a_canonical_form(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)
    stored_headings(text)
    stable_html(text)


@pytest.mark.parametrize(
    "html",
    [
        "<div class=a>" * 10_000 + "x",
        "<div class=a>" * 100_000 + "x" + "</div>" * 100_000,
        "<b>" * 10_000 + "x",
        "".join(f"<span style='color:{n}'>x" for n in range(3_000)),
        "<ul><li>" * 5_000 + "x",
        "<table><tr><td>" * 3_000 + "x",
        "<h1>" * 10_000 + "x",
        "<a href=x>" * 5_000 + "x",
        "<p>" + "a <b>b</b> " * 50_000,
        "<p>x</p>" * 150_000,
        "<" * 1_000_000,
        "&" * 1_000_000,
        "<img src=" * 50_000,
        '<img src="' + "a" * 5_000_000,
        "<h1>" * 100_000,
        "\u200b" * 1_000_000,
        "<!--" * 100_000,
        "<pre>" + "x\n" * 500_000,
        "\ud800<p>x",
    ],
    ids=lambda html: repr(html[:12]),
)
def test_hostile_html_is_read_to_its_end(html: str) -> None:
    canonical(html)
    canonical_ignoring_targets(html)
    stable_html(html)
    stored_headings(html)


FRAME = '<iframe src="https://www.youtube.com/embed/x"></iframe>'


@grouped(
    ("one", "other"),
    [
        ("<p>a</p>", f"<p>a{FRAME}</p>"),
        ("<h2>a</h2>", "<h2>a<hr></h2>"),
        ("<p><code>A</code> <code>B</code></p>", "<p><code>A B</code></p>"),
        ('<p><a href="https://a.b/">1</a> <a href="https://a.b/">2</a></p>', '<p><a href="https://a.b/">1 2</a></p>'),
        ("<h2>a<p>b</p>c</h2>", "<h2>a bc</h2>"),
    ],
)
def test_what_readers_see_apart_has_two_forms(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_a_frame_at_the_top_of_code_leaves_no_empty_code_above_it() -> None:
    assert canonical(f"<pre>{FRAME}a</pre>") == canonical(f"{FRAME}<pre>a</pre>")
