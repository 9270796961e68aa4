"""Each edit that a reader could see is exactly that drift: this address, this locale, this field, these words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = """\
# Refunds

We pay **all** of it *back*, see `Settings now`.\\
Really.

In the middle
{.center}

## How long?

Ask [the team](https://example.com/a?b=1&c=2) or [us](https://example.com/z), or read [the rules](rules.md#in-short).

- one
    1. inner
- two

![A screen](https://pictures.example/s.png)

[![](https://pictures.example/t.png)](https://example.com/p)

| Plan | Price |
| --- | --- |
| Free | 0 € |

> [!NOTE]
> Good to know

<details>
<summary>More</summary>

Hidden

</details>

https://www.youtube.com/watch?v=dQw4w9WgXcQ

[Go](https://example.com/go){.button}

---

```
x = 1
  y = 2
```
"""

BODIES: dict[str, tuple[str, str, str]] = {
    "a letter": ("We pay", "We paid", "paid"),
    "case": (">Refunds<", ">refunds<", "refunds"),
    "a comma": ("back</i>,", "back</i>", "see"),
    "a word less": (" or <a", " <a", "the team"),
    "a space between words": ("Good to know", "Goodto know", "Goodto"),
    "an accent": ("Hidden", "Híddén", "Híddén"),
    "quotes": ("In the middle", '"In the middle"', '"In the middle"'),
    "an ampersand": ("Free", "Free &amp; more", "Free & more"),
    "a sign of Markdown": ("Free", "*Free*", r"\*Free\*"),
    "bold gone": ("<b>all</b>", "all", "pay all of"),
    "bold longer": ("<b>all</b> of", "<b>all of</b>", "**all of**"),
    "bold to italic": ("<b>all</b>", "<i>all</i>", "*all*"),
    "bold and italic": ("<b>all</b>", "<b><i>all</i></b>", "***all***"),
    "italic gone": ("<i>back</i>", "back", "it back"),
    "code gone": ("<code>Settings now</code>", "Settings now", "see Settings now"),
    "code text": ("Settings", "Setting", "`Setting now`"),
    "break gone": ("<br>", " ", "Really"),
    "break more": ("<br>", "<br><br>", "Really"),
    "paragraph split": ("of it <i>", "of it</p><p><i>", "of it"),
    "paragraph gone": ('<p class="intercom-align-center no-margin">In the middle</p>', "", "-In the middle"),
    "paragraph new": ("<hr>", "<p>A new one</p><hr>", "+A new one"),
    "paragraphs swapped": (">Hidden<", ">Know<", "Know"),
    "alignment gone": ("intercom-align-center no-margin", "no-margin", "{.center}"),
    "alignment new": ('<p class="no-margin">Ask', '<p class="intercom-align-center no-margin">Ask', "{.center}"),
    "heading higher": ("<h2>How long?</h2>", "<h1>How long?</h1>", "How long?"),
    "heading to text": ("<h2>How long?</h2>", "<p>How long?</p>", "How long?"),
    "heading to bold": ("<h2>How long?</h2>", "<p><b>How long?</b></p>", "**How long?**"),
    "heading gone": ("<h2>How long?</h2>", "", "How long?"),
    "heading text": ("How long?", "How short?", "How short?"),
    "heading new": ("<hr>", "<h2>In short</h2><hr>", "In short"),
    "link target": ("https://example.com/a?", "https://example.com/b?", "https://example.com/b?b=1&c=2"),
    "link query": ("b=1&amp;c=2", "b=1&amp;c=3", "c=3"),
    "link fragment": ("c=2", "c=2#x", "c=2#x"),
    "link text": ("the team", "the teams", "[the teams]"),
    "link gone": (r'<a href="https://example.com/z"[^>]*>us</a>', "us", "or us, or"),
    "link to an article gone": (r"<a href=\"http[^>]*articles[^>]*>the rules</a>", "the rules", "or read the rules."),
    "link to another article": (r"articles/\d+-rules#\w+", "articles/{other}", "[the rules](other.md)"),
    "link to the top": (r"(articles/\d+-rules)#\w+", r"\1", "[the rules](rules.md)"),
    "link longer": ("the team</a> or", "the team or</a>", "[the team or]"),
    "link in bold": (">us</a>", "><b>us</b></a>", "**us**"),
    "item gone": ('<li><p class="no-margin">two</p></li>', "", "- two"),
    "item new": ('<li><p class="no-margin">two', "<li><p>newer</p></li><li><p>two", "newer"),
    "item text": (">two<", ">too<", "too"),
    "list numbered": (r'<ul><li><p class="no-margin">one(.*?)</ul>', r"<ol><li><p>one\1</ol>", "1. one"),
    "list nested less": (
        '<ol><li><p class="no-margin">inner</p></li></ol></li>',
        "</li><li><p>inner</p></li>",
        "- inner",
    ),
    "picture changed": (r"https://downloads[^\"]*s\.png[^\"]*", "https://pictures.example/new.png", "new.png"),
    "picture gone": (r'<div class="intercom-container"><img[^>]*></div>', "", "s.png"),
    "picture's alt": ("A screen", "Another screen", "![Another screen]"),
    "picture's alt gone": (' alt="A screen"', "", "![]"),
    "picture centred": (
        '<div class="intercom-container"><img',
        '<div class="intercom-container intercom-align-center"><img',
        "{.center}",
    ),
    "picture's link": ("https://example.com/p", "https://example.com/q", "https://example.com/q"),
    "picture's link gone": (r'<a href="https://example.com/p"[^>]*>(<img[^>]*>)</a>', r"\1", "https://example.com/p"),
    "picture new": ("<hr>", '<img src="https://pictures.example/n.png"><hr>', "n.png"),
    "cell text": ("0 €", "1 €", "1 €"),
    "row new": ("</tr></tbody>", "</tr><tr><td>x</td><td>y</td></tr></tbody>", "| x"),
    "row gone": (r"<tr><td><p class=\"no-margin\">Free.*?</tr>", "", "Free"),
    "callout's text": ("Good to know", "Better to know", "Better"),
    "callout's colour": (
        "background-color: #e3e7fa80; border-color: #334bfa33;",
        "background-color: #d7efdc80; border-color: #1bb15733;",
        "[!TIP]",
    ),
    "callout to text": (
        r'<div class="intercom-interblocks-callout"[^>]*>(<p class="no-margin">Good to know</p>)</div>',
        r"\1",
        "Good to know",
    ),
    "collapsible's title": (">More<", ">Less<", "Less"),
    "collapsible's text": ("Hidden", "Shown", "Shown"),
    "collapsible gone": (r"<details>.*?</details>", "", "Hidden"),
    "video": ("embed/dQw4w9WgXcQ", "embed/abcdefghijk", "abcdefghijk"),
    "video gone": (r'<div class="intercom-h2b-video">.*?</div>', "", "youtube"),
    "button's text": (">Go<", ">Start<", "[Start]"),
    "button's target": ("example.com/go", "example.com/gone", "https://example.com/gone"),
    "button to link": ('class="intercom-h2b-button" ', "", "{.button}"),
    "rule gone": ("<hr>", "", "---"),
    "code block": ("x = 1", "x = 2", "x = 2"),
    "code's indent": ("<br>  y", "<br>    y", "    y = 2"),
    "code to text": ("<pre><code>x = 1<br>  y = 2</code></pre>", "<p>x = 1 y = 2</p>", "x = 1 y = 2"),
}
"""By name: what of the stored body is replaced, by what, and words that the diff must show."""


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a help center with three articles in two locales, pushed; each edit is taken back."""
    with Site(tmp_path_factory.mktemp("edits"), headings="keep") as site:
        site.write("content/a/_collection.md", page(name="A", description="All of A"))
        site.write("content/a/_collection.fr.md", page(name="Le A"))
        site.write("content/b/_collection.md", page(name="B"))
        fields = {"title": "Refunds", "description": "Who gets one", "author": "docs@example.com"}
        for locale in ("", ".fr"):
            site.write(f"content/a/refunds{locale}.md", page(BODY, **fields, state="published"))
            site.write(f"content/a/rules{locale}.md", page("# In short\n\nText.\n", title="Rules"))
            site.write(f"content/a/other{locale}.md", page("Another text.\n", title="Other"))
        assert site.push().code == 0
        assert site.push().writes == []
        yield site


def edited(site: Site, body: str, old: str, new: str) -> str:
    """Return the body with one edit; `old` is a pattern where it is not found as it is."""
    other = next(item["id"] for item in site.sandbox.articles() if item["title"] == "Other")
    new = new.replace("{other}", other)
    changed = body.replace(old, new, 1) if old in body else re.sub(old, new, body, count=1, flags=re.DOTALL)
    assert changed != body
    return changed


@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize("name", BODIES)
def test_an_edit_of_a_body_is_drift_of_that_body_alone(pushed: Site, name: str, locale: str) -> None:
    old, new, words = BODIES[name]
    article = next(item for item in pushed.sandbox.articles() if item["title"] == "Refunds")
    body = re.sub(r'(<h\d) id="[^"]*"', r"\1", article["translated_content"][locale]["body"])
    pushed.sandbox.edit_article(article["id"], locale, body=edited(pushed, body, old, new))
    try:
        plan = pushed.plan()
    finally:
        pushed.sandbox.edit_article(article["id"], locale, body=article["translated_content"][locale]["body"])
    assert only_drift(plan, "a/refunds", locale) == {"body"}
    if locale != "en":
        words = words.replace(".md)", f".{locale}.md)")
    assert words in plan["attention"][0]["edits"][locale]["body"]["diff"]


def only_drift(plan: Any, address: str, locale: str) -> set[str]:
    """Return the fields of the one drift of a plan, which has nothing else."""
    (drift,) = plan["attention"]
    assert (plan["changes"], plan["relinks"], plan["findings"]) == ([], [], [])
    assert (drift["kind"], drift["address"], drift["locales"], drift["fields"]) == ("drift", address, [locale], {})
    assert drift["edits"].keys() == {locale}
    return set(drift["edits"][locale])


def test_there_are_sixty_edits() -> None:
    assert len(BODIES) >= 60


@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize(
    ("field", "old", "new"),
    [("title", "Refunds", "Refund"), ("description", "Who gets one", "Who gets none"), ("state", "published", "draft")],
)
def test_an_edit_of_a_short_field_is_drift_of_that_field_alone(
    pushed: Site, field: str, old: str, new: str, locale: str
) -> None:
    article = next(item for item in pushed.sandbox.articles() if item["title"] == "Refunds")
    pushed.sandbox.edit_article(article["id"], locale, **{field: new})
    try:
        plan = pushed.plan()
    finally:
        pushed.sandbox.edit_article(article["id"], locale, **{field: old})
    assert only_drift(plan, "a/refunds", locale) == {field}
    assert plan["attention"][0]["edits"][locale][field] == {"from": old, "to": new}


@pytest.mark.parametrize(
    ("locale", "fields", "before"),
    [
        ("en", {"name": "The A"}, {"name": "A"}),
        ("fr", {"name": "L’A"}, {"name": "Le A"}),
        ("en", {"description": "Some of A"}, {"description": "All of A"}),
    ],
)
def test_an_edit_of_a_collection_is_drift_of_that_field_alone(
    pushed: Site, locale: str, fields: dict[str, str], before: dict[str, str]
) -> None:
    number = next(item["id"] for item in pushed.sandbox.groups("collection") if item["name"] == "A")
    pushed.sandbox.edit_group(number, locale, **fields)
    try:
        plan = pushed.plan()
    finally:
        pushed.sandbox.edit_group(number, locale, **before)
    assert only_drift(plan, "a/", locale) == fields.keys()
