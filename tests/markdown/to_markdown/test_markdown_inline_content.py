"""Formats, links and breaks come back as the marks that a person would have set, where ours and GitHub's agree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from grouped import grouped
from helpsync.markdown.html.canonical import canonical
from helpsync.markdown.to_markdown.blocks import html_to_markdown
from stored_pieces import TABLE, comes_back, leaf, paragraph, row
from stored_trees import INLINE

LINK = '<a href="https://example.com/" target="_blank" class="intercom-content-link">{}</a>'

FORMATS = {
    "<b>a</b> <i>b</i> <code>c</code>": "**a** *b* `c`",
    "<strong>a</strong> <em>b</em>": "**a** *b*",
    "<b><i>both</i></b>": "***both***",
    "<b>bold <i>both</i></b>": "**bold *both***",
    "<i>it <b>both</b> it</i>": "*it **both** it*",
    "Un<b>believ</b>able": "Un**believ**able",
    "<b>a</b><br><b>b</b>": "**a\\\nb**",
    "<b>Note: </b>text": "**Note:** text",
    "a<b> b</b>": "a **b**",
    "<b>a<br></b>b": "**a**\\\nb",
    "<b>a</b> <b>b</b>": "**a b**",
    "<b><code>x</code></b>": "**`x`**",
    "<b>see <code>x</code></b>": "**see `x`**",
    "<code>a<br>b</code>": "`a`\\\n`b`",
    "<b>(a)</b>": "**(a)**",
    "“<b>a</b>” —<i>b</i>—": "“**a**” —*b*—",
    "<b>3 * 4</b>": "**3 * 4**",
    "<b>a</b> 5*": "**a** 5\\*",
}

# GitHub would not read these marks: beside punctuation, text must not touch them from the other side.
TAGGED = {
    "<b>「重要」</b>です": "<b>「重要」</b>です",
    "これは<b>「重要」</b>": "これは<b>「重要」</b>",
    "これは<b>重要</b>です": "これは**重要**です",
    "请<b>“下一步”</b>吧": "请<b>“下一步”</b>吧",
    "<b>Tip:</b>x": "<b>Tip:</b>x",
    "<b>Tip:</b> x": "**Tip:** x",
    "a<b>(b)</b>": "a<b>(b)</b>",
    "<b>a</b><i>b</i>": "**a**<i>b</i>",
    "<b>a\u00a0</b>b": "<b>a\u00a0</b>b",
    "a<b><code>b</code></b>": "a<b>`b`</b>",
    "x<i>~a</i>": "x*~a*",
    "b~~<b>b~~</b>b~~": "b\\~\\~<b>b\\~\\~</b>b\\~\\~",
    "~5<b>~5</b>x": "\\~5<b>\\~5</b>x",
    "a~<b>b</b>c": "a~**b**c",
}

CODE = {
    "<code>`</code>": "`` ` ``",
    "<code>a`b</code>": "``a`b``",
    "<code>`a`</code>": "`` `a` ``",
    "<code>``</code>": "` `` `",
    "<code>*a* &lt;b&gt; &amp;lt; \\</code>": "`*a* <b> &lt; \\`",
    "<code>https://a.b</code>": "`https://a.b`",
    "`<code>a</code>": "\\``a`",
    "\\<code>a</code>": "\\\\`a`",
    "<code>a</code>{.x}": "`a`\\{.x}",
    "<code>a <b>b</b></code>": "`a` **`b`**",
}

LINKS = {
    LINK.format("text"): "[text](https://example.com/)",
    LINK.format("<b>bold</b>"): "[**bold**](https://example.com/)",
    f"<b>{LINK.format('bold')}</b>": "[**bold**](https://example.com/)",
    f"<b>see {LINK.format('it')} there</b>": "**see [it](https://example.com/) there**",
    f"<b>see </b>{LINK.format('<b>it</b> now')}": "**see** [**it** now](https://example.com/)",
    LINK.format("one<br>two"): "[one\\\ntwo](https://example.com/)",
    LINK.format("https://example.com/"): "<https://example.com/>",
    LINK.format("https://example.com"): "[https://example.com](https://example.com/)",
    LINK.format("[1]"): "[\\[1\\]](https://example.com/)",
    f"!{LINK.format('x')}": "\\![x](https://example.com/)",
    f"[{LINK.format('1')}]": "[[1](https://example.com/)]",
    f"{LINK.format('x')}(y)": "[x](https://example.com/)(y)",
    f"{LINK.format('x')}{{.button}}": "[x](https://example.com/)\\{.button}",
    '<a href="mailto:me@example.com">me@example.com</a>': "<me@example.com>",
    '<a href="mailto:me@example.com">write</a>': "[write](mailto:me@example.com)",
    '<a href="https://a.b/(c)">x</a>': "[x](https://a.b/(c))",
    '<a href="https://a.b/c)">x</a>': "[x](https://a.b/c&#41;)",
    '<a href="https://a.b/?a=&amp;lt;">x</a>': "[x](https://a.b/?a=&amp;lt;)",
    '<a href="https://a.b/?a=1&amp;b=2">x</a>': "[x](https://a.b/?a=1&b=2)",
    '<a href="https://a.b/\\`&quot;&lt;">x</a>': "[x](https://a.b/&#92;&#96;&#34;&#60;)",
    '<a href="https://a.b/_c_*d*">x</a>': "[x](https://a.b/_c_*d*)",
    '<a href="https://youtu.be/dQw4w9WgXcQ">https://youtu.be/dQw4w9WgXcQ</a>': (
        "[https://youtu.be/dQw4w9WgXcQ](https://youtu.be/dQw4w9WgXcQ)"
    ),
    'See <a href="https://youtu.be/dQw4w9WgXcQ">https://youtu.be/dQw4w9WgXcQ</a>': "See <https://youtu.be/dQw4w9WgXcQ>",
    'a<br><a href="https://youtu.be/dQw4w9WgXcQ">https://youtu.be/dQw4w9WgXcQ</a>': (
        "a\\\n[https://youtu.be/dQw4w9WgXcQ](https://youtu.be/dQw4w9WgXcQ)"
    ),
}

# Intercom stores none of these, so they need not render to themselves; but nothing is dropped in silence.
FOREIGN = {
    "<u>a</u> <sub>b</sub> <mark>c</mark>": "<u>a</u> <sub>b</sub> <mark>c</mark>",
    '<span style="color: red">a</span>': '<span style="color: red;">a</span>',
    "<s>a</s>": "~~a~~",
    '<a href="">a</a>': '<a href="">a</a>',
    '<a href="x" class="y">a</a>': '<a href="x" class="y">a</a>',
    'a <img src="https://p/i.png" alt="b"> c': "a ![b](https://p/i.png) c",
    '<font color="[`*">a</font>': '<font color="&#91;&#96;*">a</font>',
}


@grouped(("stored", "markdown"), [*FORMATS.items(), *TAGGED.items(), *CODE.items(), *LINKS.items()])
def test_a_writer_finds_the_marks_that_they_would_have_set(stored: str, markdown: str) -> None:
    assert leaf(stored) == markdown
    comes_back(paragraph(stored))


@grouped(("stored", "markdown"), FOREIGN.items())
def test_what_markdown_lacks_stays_small_raw_html(stored: str, markdown: str) -> None:
    assert leaf(stored) == markdown


def test_an_address_that_is_longer_than_anybody_writes_stays_a_tag() -> None:
    href = f"https://example.com/{'a' * 5000}"
    assert leaf(f'<a href="{href}">x</a>') == f'<a href="{href}">x</a>'
    comes_back(paragraph(f'<a href="{href}">x</a>'))


def test_links_are_named_as_the_caller_names_them() -> None:
    def own(href: str) -> str | None:
        return f"../{href.rpartition('/')[2]}.md#top" if href.startswith("https://help.example/") else None

    def stored(source: str) -> str | None:
        return "images/a (1).png" if "cdn" in source else None

    body = (
        '<p>See <a href="https://help.example/refunds">refunds</a>, <a href="https://a.b/">b</a>.</p>'
        '<div class="intercom-container"><img src="https://cdn/x.png?signature=1" alt="A"></div>'
        '<div class="intercom-container"><img src="https://p.example/x.png?signature=1"></div>'
    )
    assert html_to_markdown(body, own_link=own, image=stored) == (
        "See [refunds](../refunds.md#top), [b](https://a.b/).\n\n"
        "![A](<images/a (1).png>)\n\n![](https://p.example/x.png)\n"
    )


@examples(150)
@given(INLINE)
def test_any_inline_content_comes_back(content: str) -> None:
    comes_back(f"{paragraph(content)}<ul><li>{content}</li></ul><h1>{content}</h1>{TABLE.format(row(content, 'a'))}")


@examples(50)
@given(INLINE)
def test_two_ways_to_write_one_content_have_one_markdown(content: str) -> None:
    form = canonical(paragraph(content))
    assert html_to_markdown(form) == html_to_markdown(paragraph(content))
    again = content.replace("<b>", "<strong>").replace("</b>", "</strong>").replace(" ", "\n ")
    if canonical(paragraph(again)) == form:
        assert html_to_markdown(paragraph(again)) == html_to_markdown(form)


WORDS = st.lists(
    st.sampled_from(("plan", "Settings", "two", "2024", "für", "料金", "next", "e-mail", "C#", "10 %")), min_size=1
)
SENTENCE = WORDS.map(lambda words: " ".join([*words, "end"]) + ".")
MARKED = st.tuples(st.sampled_from(("{}", "<b>{}</b>", "<i>{}</i>", LINK)), WORDS.map(" ".join))


@examples(100)
@given(st.lists(st.tuples(MARKED, SENTENCE), min_size=1, max_size=4))
def test_a_text_without_anything_odd_has_neither_escapes_nor_tags(parts: list[tuple[tuple[str, str], str]]) -> None:
    stored = " ".join(f"{mark.format(marked)} {sentence}" for (mark, marked), sentence in parts)
    markdown = leaf(stored)
    assert "\\" not in markdown
    assert "<" not in markdown
    assert "&" not in markdown
    comes_back(paragraph(stored))
