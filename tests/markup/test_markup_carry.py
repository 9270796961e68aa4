"""A teammate's edit comes home into the writer's Markdown, and all that it does not touch stays byte for byte."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpsync.markup.carry import carry
from markdown_parts import PARTS
from markup_road import Position, Road

SOURCE = """\
Title
=====

Some *words* of a long paragraph that the
writer wraps by hand, with __bold__ ones
and [a link][ref].

<!-- a note to other writers -->

* one
* two
    * deeper
* three

1. first
2. second
3. third

Name  | Price
------|------
Tea   | 2
Milk  | `1`

> [!tip] Look here
> and there.
>
> More of it.

<details><summary>More</summary>

Hidden words.

</details>

```python
print("one")
```

## Last ##

[ref]: https://a.example/x
"""


def edited(old: str, new: str, *, source: str = SOURCE) -> str:
    """Return the source after Intercom's text of it, as Markdown, was edited."""
    road = Road(Position("keep", "keep"))
    stored = road.kept(road.filled(source))
    before = road.markdown(stored)
    assert old in before
    after = before.replace(old, new, 1)
    carried = carry(source, before, after)
    assert road.form(road.filled(carried)) == road.form(road.filled(after))
    return carried


EDITS = {
    "a word in a wrapped paragraph": ("by hand", "by foot", "by hand", "by foot"),
    "a word beside bold": ("**bold** ones", "**bold** signs", "__bold__ ones", "__bold__ signs"),
    "a new item": ("- three", "- new\n- three", "* three", "* new\n* three"),
    "a new last item": ("- three", "- three\n- four", "* three", "* three\n* four"),
    "a new item within": ("  - deeper", "  - deeper\n  - still", "    * deeper", "    * deeper\n    * still"),
    "an item less": ("- one\n", "", "* one\n", ""),
    "a step more": (
        "2. second\n3. third",
        "2. new\n3. second\n4. third",
        "2. second\n3. third",
        "2. new\n3. second\n4. third",
    ),
    "a step less": (
        "1. first\n2. second\n3. third",
        "1. second\n2. third",
        "1. first\n2. second\n3. third",
        "1. second\n2. third",
    ),
    "a cell": ("| Tea | 2 |", "| Tea | 3 |", "Tea   | 2", "Tea   | 3"),
    "a row": ("| Milk", "| Rum | 9 |\n| Milk", "Milk ", "Rum | 9\nMilk "),
    "a row less": ("| Tea | 2 |\n", "", "Tea   | 2\n", ""),
    "a word in a callout": ("and there", "and here", "and there", "and here"),
    "another kind of callout": ("> [!TIP]", "> [!NOTE]", "> [!tip]", "> [!NOTE]"),
    "a paragraph of a callout": (
        "> More of it.\n",
        "> More of it.\n>\n> And more.\n",
        "More of it.\n",
        "More of it.\n>\n> And more.\n",
    ),
    "the text of a collapsible": ("Hidden words.", "Hidden signs.", "Hidden words.", "Hidden signs."),
    "the title of a collapsible": ("<summary>More", "<summary>Less", "<summary>More", "<summary>Less"),
    "a line of code": ('print("one")', 'print("one")\nprint("two")', 'print("one")', 'print("one")\nprint("two")'),
    "a heading": ("### Last", "### First", "## Last ##", "## First ##"),
    "a heading above a line": ("## Title", "## Headline", "Title\n", "Headline\n"),
    "a new paragraph": ("### Last", "New words.\n\n### Last", "## Last ##", "New words.\n\n## Last ##"),
    "a new heading": ("```\nprint", "### New\n\n```\nprint", "```python", "## New\n\n```python"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_touches_no_more_than_what_it_changes(name: str) -> None:
    old, new, ours, becomes = EDITS[name]
    assert ours in SOURCE
    assert edited(old, new) == SOURCE.replace(ours, becomes, 1)


@settings(max_examples=200)
@given(st.lists(PARTS, max_size=40).map("".join))
def test_any_text_stays_as_it_is_where_nothing_was_edited(text: str) -> None:
    road = Road(Position("keep", "keep"))
    before = road.markdown(road.filled(text))
    assert carry(text, before, before) == text


@settings(max_examples=200)
@given(*[st.lists(PARTS, max_size=30).map("".join)] * 3)
def test_any_three_texts_are_taken(source: str, before: str, after: str) -> None:
    assert isinstance(carry(source, before, after), str)
