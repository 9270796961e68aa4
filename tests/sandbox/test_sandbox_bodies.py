"""Bodies: what is sent and how it is stored, at any depth."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.sandbox import BodyRefused, StorageRules, to_storage_form
from stored_trees import BODIES

if TYPE_CHECKING:
    from helpsync.sandbox import HeadingMode

P = '<p class="no-margin">'
LINK = ' target="_blank" class="intercom-content-link"'
CALLOUT = '<div class="intercom-interblocks-callout" style="background-color: #e3e7fa80; border-color: #334bfa33;">'
OTHER = '<div class="intercom-interblocks-callout" style="background-color: #f3e8fd80; border-color: #9334fa33;">'
TABLE = '<div class="intercom-interblocks-table-container"><table role="presentation"><tbody>'
TABLE_END = "</tbody></table></div>"


def store(html: str, **rules: Any) -> str:
    """Return the storage form; headings keep their levels unless the rules say otherwise."""
    given: dict[str, Any] = {
        "heading_id": lambda place: f"h_{place:010x}",
        "picture": lambda source: source,
        "headings": "keep",
    }
    return to_storage_form(html, StorageRules(**given | rules))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("", ""),
        ("text", f"{P}text</p>"),
        ("<p>a &amp; b &lt;c&gt; &quot;q&quot; &eacute;&nbsp;x</p>", f'{P}a &amp; b &lt;c&gt; "q" é\u00a0x</p>'),
        ("<p><strong>a</strong> <em>b</em> <code>c</code></p>", f"{P}<b>a</b> <i>b</i> <code>c</code></p>"),
        ("<p>a</p><p>b</p>", f"{P}a</p>{P}b</p>"),
        ("<p>a</p>\n  <p>b</p>\n", f"{P}a</p>{P}b</p>"),
        ("<p>a</p> <p>b</p>", f"{P}a</p>{P}b</p>"),
        ("<p>a</p><p></p><p>b</p>", f"{P}a</p>{P}</p>\n{P}b</p>"),
        (f"{P}a</p>{P}</p>\n{P}b</p>", f"{P}a</p>{P}</p>\n{P}b</p>"),
        ("<p>a</p>  <p>b</p>\t<p>c</p>", f"{P}a</p>{P}b</p>{P}c</p>"),
        ("<p>a</p><p> </p><p></p>", f"{P}a</p>{P}</p>\n{P}</p>\n"),
        ('<p class="intercom-align-center"></p>', '<p class="intercom-align-center no-margin"></p>\n'),
        (f"{CALLOUT}<p>a</p><p></p></div>", f"{CALLOUT}{P}a</p>{P}</p>\n</div>"),
        ("<p>a\n  b<br>\nc </p>", f"{P}a b<br>c</p>"),
        ("<p>a<br>\u200bb</p>", f"{P}a<br>\u200bb</p>"),
        ("<p>a<br>b<br>\u200bc</p>", f"{P}a<br>b<br>\u200bc</p>"),
        ('<p class="intercom-align-center no-margin">a</p>', '<p class="intercom-align-center no-margin">a</p>'),
        (
            '<a href="https://x.example/?a=1&amp;b=2">t</a>',
            f'{P}<a href="https://x.example/?a=1&amp;b=2"{LINK}>t</a></p>',
        ),
        ("<a>t</a><a href='javascript:x'>u</a>", f"{P}<a>t</a>u</p>"),
        ("<a name='t'></a><a href=''>u</a>", f'{P}<a href=""{LINK}>u</a></p>'),
        ("<ul>\n<li>a</li>\n<li><p>b</p></li>\n</ul>", f"<ul><li>{P}a</p></li><li>{P}b</p></li></ul>"),
        ('<ol start="3"><li>a</li></ol>', f"<ol><li>{P}a</p></li></ol>"),
        ("<ul></ul><ol>\n</ol><ul><li></li></ul><ul><!-- no --><script>x</script></ul>", ""),
        ("<ul><li>a\n<ul><li>b</li></ul></li></ul>", f"<ul><li>{P}a</p><ul><li>{P}b</p></li></ul></li></ul>"),
        ("<ul>text<li>a</li></ul>", f"<ul><li>{P}text</p></li><li>{P}a</p></li></ul>"),
        (
            "<table><thead><tr><th>H</th></tr></thead><tbody><tr><td style='width: 1px'>x</td></tr></tbody></table>",
            f'{TABLE}<tr><td>{P}H</p></td></tr><tr><td style="width: 1px">{P}x</p></td></tr>{TABLE_END}',
        ),
        (f"{TABLE}<tr><td>{P}x</p></td></tr>{TABLE_END}", f"{TABLE}<tr><td>{P}x</p></td></tr>{TABLE_END}"),
        ("<table></table><p>x</p>", f"{P}x</p>"),
        (
            '<table style="width: 9px"><tr><td colspan="2" rowspan="3" class="c" align="left">x</td></tr></table>',
            (
                f'{TABLE.replace("><tbody>", "")} style="width: 9px"><tbody><tr><td colspan="2" rowspan="3">'
                f"{P}x</p></td></tr>{TABLE_END}"
            ),
        ),
        (f"{CALLOUT}{P}x</p></div>", f"{CALLOUT}{P}x</p></div>"),
        (f"{OTHER}x</div>", f"{OTHER}{P}x</p></div>"),
        (f"{CALLOUT}a{OTHER}b</div></div>", f"{CALLOUT}{P}a</p>{OTHER}{P}b</p></div></div>"),
        ("<div>a<div><span>b</span></div><p>c</p></div>", f"{P}a</p>{P}b</p>{P}c</p>"),
        ("a<span>b</span><span>c</span>", f"{P}a</p>{P}b</p>{P}c</p>"),
        ("<p>a<span> b</span></p><b>c<span>d</span></b>", f"{P}a b</p>{P}<b>cd</b></p>"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", f"{P}a</p>{P}b</p>"),
        ("<script>x</script><form>y<input></form><textarea>z</textarea>a", f"{P}a</p>"),
        ('<pre><code class="language-py">a\n  &lt;b&gt;</code></pre>', "<pre><code>a  &lt;b&gt;</code></pre>"),
        ("<pre>a<br>b</pre>", "<pre><code>a<br>b</code></pre>"),
        ("<p>a</p><hr><p>b</p>", f"{P}a</p><hr>{P}b</p>"),
        (
            "<details><summary>S</summary><p>x</p></details>",
            f'<details><summary><h2>S</h2></summary><div class="collapsible-section-content">{P}x</p></div></details>',
        ),
        (
            "<p>a <img src='https://x.example/a.png' alt='A' class='c'> b</p>",
            f'{P}a</p><div class="intercom-container"><img src="https://x.example/a.png" alt="A"></div>{P}b</p>',
        ),
        (
            '<div class="intercom-container intercom-align-center"><a href="u"><img src="s" width="3"></a></div>',
            (
                '<div class="intercom-container intercom-align-center"><a href="u" target="_blank">'
                '<img src="s" width="3"></a></div>'
            ),
        ),
        (
            '<a class="intercom-h2b-button" href="u">Go <b>o</b></a>',
            (
                '<div class="intercom-container"><a class="intercom-h2b-button" target="_blank" href="u">Go <b>o</b>'
                "</a></div>"
            ),
        ),
        (
            '<iframe src="https://www.youtube.com/embed/" allowfullscreen></iframe>',
            (
                '<div class="intercom-h2b-video"><iframe src="https://www.youtube.com/embed/" allowfullscreen="">'
                "</iframe></div>"
            ),
        ),
        ("<b>a<p>b</p></b>", f"{P}<b>a</b></p>{P}<b>b</b></p>"),
        ("<u>a</u><kbd>b</kbd><!-- c --><x-y>d</x-y>", f"{P}abd</p>"),
        (
            "<details open><p>x</p><summary><h3 id='h_0000000001'>S <b>b</b></h3></summary></details>",
            (
                '<details><summary><h2>S <b>b</b></h2></summary><div class="collapsible-section-content">'
                f"{P}x</p></div></details>"
            ),
        ),
        (
            "<iframe title='T' onload='x()' srcdoc='y' src='//player.vimeo.com/video/1' name='n'></iframe>",
            (
                '<div class="intercom-h2b-video"><iframe title="T" src="//player.vimeo.com/video/1" name="n">'
                "</iframe></div>"
            ),
        ),
        (
            '<p class="intercom-align-center"><a class="intercom-h2b-button" href="u">Go</a></p>',
            (
                '<div class="intercom-container intercom-align-center">'
                '<a class="intercom-h2b-button" target="_blank" href="u">Go</a></div>'
            ),
        ),
        (
            "<details><summary>a<img src='s'></summary></details>",
            '<details><summary><h2>a</h2></summary><div class="collapsible-section-content"></div></details>',
        ),
    ],
)
def test_a_body_is_stored_as_the_docs_say(sent: str, kept: str) -> None:
    assert store(sent) == kept
    assert store(kept) == kept


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("<dl><dt>a</dt></dl>", "description list"),
        ("<table><tr><td><table></table></td></tr></table>", "table inside a table"),
        ("<ul><li><table><tr><td>x</td></tr></table></li></ul>", "table inside a list"),
        ("<iframe src='https://evil.example/youtube.com'></iframe>", "iframe of evil.example"),
        ("<iframe src='https://notyoutube.com/x'></iframe>", "iframe"),
        ("<iframe></iframe>", "iframe of no address"),
        ("<iframe src='javascript://youtube.com/%0ax()'></iframe>", "iframe of youtube.com"),
        ("<details><ul><li><table><tr><td>x</td></tr></table></li></ul></details>", "table inside a list"),
        ("<h2>a<dl><dt>b</dt></dl></h2>", "description list"),
    ],
)
def test_a_body_that_intercom_refuses_is_refused_with_the_reason(sent: str, reason: str) -> None:
    with pytest.raises(BodyRefused, match=reason):
        store(sent)


def test_nested_lists_are_refused_with_the_switch() -> None:
    assert store("<ul><li>a</li></ul><ul><li>b</li></ul>", refuse_nested_lists=True)
    with pytest.raises(BodyRefused, match="list inside a list"):
        store("<ul><li>a<div><ol><li>b</li></ol></div></li></ul>", refuse_nested_lists=True)


@pytest.mark.parametrize(
    ("mode", "sent", "levels"),
    [
        ("compact", "223", "112"),
        ("compact", "324", "213"),
        ("compact", "123", "123"),
        ("compact", "1236", "1234"),
        ("compact", "6", "1"),
        ("compact", "525", "212"),
        ("docs", "234", "222"),
        ("docs", "136", "122"),
        ("keep", "2464", "2464"),
    ],
)
def test_headings_take_the_levels_of_the_switch(mode: HeadingMode, sent: str, levels: str) -> None:
    html = store("".join(f"<h{level}>x</h{level}>" for level in sent), headings=mode)
    assert "".join(re.findall(r"<h(\d)", html)) == levels
    assert "".join(re.findall(r"</h(\d)", html)) == levels


@pytest.mark.parametrize("sent", ["h_00000000ff", "mine", "Crear-albarán", "a b", "1", "&lt;&amp;&quot;"])
def test_heading_ids_of_any_form_are_kept_or_renewed(sent: str) -> None:
    heading = f'<h1 id="{sent}">a</h1>'
    assert store(heading) == heading
    assert store(heading * 2) == heading * 2
    assert store(heading, keep_heading_ids=False) == '<h1 id="h_0000000000">a</h1>'


def test_a_heading_without_an_id_gets_one() -> None:
    assert store('<h1>a</h1><h1 id="">b</h1>') == '<h1 id="h_0000000000">a</h1><h1 id="h_0000000001">b</h1>'


@pytest.mark.parametrize(
    ("sent", "dropped", "kept"),
    [
        ("<h1 id='x'><strong>a</strong> <code>b</code></h1>", "a b", "<b>a</b> <code>b</code>"),
        ("<b><h1 id='x'>a <i>b</i></h1></b>", "a b", "<b>a <i>b</i></b>"),
        (
            "<h1 id='x'><b><a href='u'><i>a</i></a></b></h1>",
            f'<a href="u"{LINK}>a</a>',
            f'<b><a href="u"{LINK}><i>a</i></a></b>',
        ),
        ("<h1 id='x'>a<br><b>b</b></h1>", "a<br>b", "a<br><b>b</b>"),
    ],
)
def test_marks_in_headings_are_dropped_or_kept(sent: str, dropped: str, kept: str) -> None:
    assert store(sent) == f'<h1 id="x">{dropped}</h1>'
    assert store(sent, keep_heading_marks=True) == f'<h1 id="x">{kept}</h1>'


@pytest.mark.parametrize(
    ("sent", "dropped", "kept"),
    [
        ("<pre><code>a\nb<br />c\n</code></pre>", "ab<br>c", "a\nb<br>c\n"),
        ("<pre>a\r\n\r\nb</pre>", "ab", "a\n\nb"),
        ("<pre><code>\n\ta<br>\n<br></code></pre>", "\ta<br><br>", "\n\ta<br>\n<br>"),
        ("<pre><code><b>a</b>\n<script>x</script><p>b</p></code></pre>", "ab", "a\nb"),
    ],
)
def test_newlines_in_code_are_dropped_or_kept_and_line_breaks_stay(sent: str, dropped: str, kept: str) -> None:
    assert store(sent) == f"<pre><code>{dropped}</code></pre>"
    assert store(sent, keep_code_newlines=True) == f"<pre><code>{kept}</code></pre>"


@pytest.mark.parametrize(
    ("sent", "marked"),
    [
        ("<p>{{a}} #{{b}} {c} { {d}}</p>", f"{P}#{{{{a}}}} #{{{{b}}}} {{c}} {{ {{d}}}}</p>"),
        ("<p>{{{a}}} {{{{b}}}}</p>", f"{P}#{{{{{{a}}}}}} #{{{{{{{{b}}}}}}}}</p>"),
        ("<p>&#123;{a}} {<!-- -->{b}}</p>", f"{P}#{{{{a}}}} #{{{{b}}}}</p>"),
        ("<pre><code>{\n{a<br>{{b</code></pre>", "<pre><code>#{{a<br>#{{b</code></pre>"),
        ('<p><a href="/{{a}}">{{b}}</a></p>', f'{P}<a href="/{{{{a}}}}"{LINK}>#{{{{b}}}}</a></p>'),
        ('<h1 id="x">{{a}}</h1>', '<h1 id="x">#{{a}}</h1>'),
    ],
)
def test_two_braces_gain_a_number_sign_once(sent: str, marked: str) -> None:
    assert store(sent) == marked
    assert store(marked) == marked
    assert store(sent, keep_braces=True) == marked.replace("#{{", "{{").replace(" {{b}} {c}", " #{{b}} {c}")


def test_the_editor_puts_a_zero_width_space_after_every_other_line_break() -> None:
    assert store("<p>a<br>b<br>c<br>d</p>", zero_width=True) == f"{P}a<br>\u200bb<br>c<br>\u200bd</p>"
    assert store("<p>a<br><b>\u200bb</b></p>", zero_width=True) == f"{P}a<br>\u200b<b>b</b></p>"


def test_an_empty_heading_stays_and_counts() -> None:
    assert store("<h2> <b></b></h2>") == '<h2 id="h_0000000000"></h2>'
    assert store("<h2></h2><h3>x</h3>", headings="compact") == '<h1 id="h_0000000000"></h1><h2 id="h_0000000001">x</h2>'


def test_the_title_of_a_collapsible_is_not_a_heading_of_the_text() -> None:
    html = store("<details><summary><h1>S</h1></summary><h3>in</h3></details><h2>x</h2>", headings="compact")
    assert re.findall(r"<h[^>]*>[^<]+", html) == ["<h2>S", '<h2 id="h_0000000000">in', '<h1 id="h_0000000001">x']


INNER = {
    "table in a callout in a collapsible": (
        (
            f"<details><summary>S</summary>{CALLOUT}<table><thead><tr><th style='width: 2px'>H"
            "</th></tr></thead></table></div></details>"
        ),
        (
            '<details><summary><h2>S</h2></summary><div class="collapsible-section-content">'
            f'{CALLOUT}{TABLE}<tr><td style="width: 2px">{P}H</p></td></tr>{TABLE_END}</div></div></details>'
        ),
    ),
    "picture, heading, callout, video, button, code and rule in an item": (
        (
            f"<ol><li>a<img src='s'><h2>H</h2>{CALLOUT}c</div><iframe src='https://www.loom.com/embed/1'></iframe>"
            "<a class='intercom-h2b-button' href='u'>Go</a><pre>x</pre><hr>z</li></ol>"
        ),
        (
            f'<ol><li>{P}a</p><div class="intercom-container"><img src="s"></div><h2 id="h_0000000000">H</h2>'
            f'{CALLOUT}{P}c</p></div><div class="intercom-h2b-video"><iframe src="https://www.loom.com/embed/1"></iframe>'
            '</div><div class="intercom-container"><a class="intercom-h2b-button" target="_blank" href="u">Go</a></div>'
            f"<pre><code>x</code></pre><hr>{P}z</p></li></ol>"
        ),
    ),
    "list, picture and collapsible in a cell": (
        (
            "<table><tr><td><ul><li>a</li></ul><img src='s'><details><summary>S</summary>x</details></td><td></td></tr>"
            "</table>"
        ),
        (
            f'{TABLE}<tr><td><ul><li>{P}a</p></li></ul><div class="intercom-container"><img src="s"></div>'
            '<details><summary><h2>S</h2></summary><div class="collapsible-section-content">'
            f"{P}x</p></div></details></td><td></td></tr>{TABLE_END}"
        ),
    ),
    "collapsible in a collapsible in an item": (
        "<ul><li><details><summary>S</summary><details><summary>T</summary>x</details></details></li></ul>",
        (
            '<ul><li><details><summary><h2>S</h2></summary><div class="collapsible-section-content"><details><summary>'
            f'<h2>T</h2></summary><div class="collapsible-section-content">{P}x</p></div></details></div></details>'
            "</li></ul>"
        ),
    ),
    "pictures side by side in a centred paragraph with a link": (
        "<p class='intercom-align-center'><a href='u'><img src='s'><img src='t' alt='T'></a></p>",
        "".join(
            '<div class="intercom-container intercom-align-center"><a href="u" target="_blank">'
            f"<img {attributes}></a></div>"
            for attributes in ('src="s"', 'src="t" alt="T"')
        ),
    ),
}


@pytest.mark.parametrize("name", INNER)
def test_a_block_inside_another_is_stored_as_it_is_alone(name: str) -> None:
    sent, kept = INNER[name]
    assert store(sent) == kept
    assert store(kept) == kept


@pytest.mark.slow
@pytest.mark.parametrize(
    "tag",
    [
        "<div>",
        "<ul><li>",
        "<b>",
        "<i><b>",
        "<blockquote>",
        "<details>",
        "<a href=x>",
        "<h1>",
        "<span>",
        CALLOUT,
        "<p>",
        "<pre>",
    ],
)
def test_ten_thousand_levels_of_nesting_are_stored(tag: str) -> None:
    assert "deep" in store(tag * 10_000 + "deep")


@pytest.mark.slow
@pytest.mark.parametrize("item", ["", "<p></p>", "<b></b>", " \n"])
def test_ten_thousand_nested_empty_items_are_removed(item: str) -> None:
    assert store(f"<p>a</p>{f'<ul><li>{item}' * 10_000}") == f"{P}a</p>"


TAGS = (
    *("p", "b", "strong", "em", "code", "a", "ul", "ol", "li", "h1", "h3", "div", "span", "pre", "details", "summary"),
    *("blockquote", "td", "tr", "hr", "br", "x-y", "figure", "span", "table", "th"),
)


OPTIONS = st.fixed_dictionaries(
    {
        "headings": st.sampled_from(["keep", "compact", "docs"]),
        **dict.fromkeys(("keep_heading_marks", "keep_code_newlines", "keep_braces", "zero_width"), st.booleans()),
    }
)


@given(html=BODIES, options=OPTIONS)
def test_a_stored_body_of_any_construct_stays_as_it_is_when_it_is_sent_back(html: str, options: dict[str, Any]) -> None:
    once = store(html, **options)
    assert store(once, **options) == once


PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        ['<a href="https://x.example">', '<img src="https://x.example/a.png">', CALLOUT, "\n", " ", "<table>"]
    ),
    st.sampled_from(['<a class="intercom-h2b-button" href="u">', "</table>", "&amp;", "&lt;b&gt;", f"{P}</p>\n"]),
    st.sampled_from(['<iframe src="https://youtu.be/x">', "</iframe>", "<br>\u200b", "\u200b", "  ", "\t", OTHER]),
    st.sampled_from(["{", "{{", "#", "<!-- -->", '<div class="intercom-interblocks-table-container">', "</div>"]),
    st.sampled_from(['<a href="#é">', "<a>", '<h2 id="é">', "<ul><li></li></ul>", "<li><p></p></li>", "<pre>\n", "\r"]),
    st.text(max_size=5),
)


@given(html=st.lists(PIECES, max_size=25).map("".join), options=OPTIONS, refuse=st.booleans())
def test_what_is_stored_stays_as_it_is_when_it_is_sent_again(
    html: str, options: dict[str, Any], *, refuse: bool
) -> None:
    try:
        once = store(html, refuse_nested_lists=refuse, **options)
    except BodyRefused:
        return
    assert store(once, refuse_nested_lists=refuse, **options) == once


@given(st.text())
def test_text_is_stored_with_three_entities_and_nothing_else(text: str) -> None:
    html = store(f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>")
    assert set(re.findall(r"&[^;]{0,5};?", html)) <= {"&amp;", "&lt;", "&gt;"}
    assert re.sub(r"<[^<>]*>", "", html).count("<") == 0
