"""Lists within lists as paragraphs: what a workspace gets that refuses them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from grouped import grouped
from helpsync.markdown.html.canonical import canonical, stored_headings
from helpsync.markdown.html.stored import flatten_lists, picture_addresses
from helpsync.sandbox import StorageRules, to_storage_form
from markdown_parts import PARTS

if TYPE_CHECKING:
    from markdown_bench import Bench

P = '<p class="no-margin">'
CALLOUT = '<div class="intercom-interblocks-callout" style="background-color: #e3e7fa80; border-color: #334bfa33;">'
PICTURE = '<div class="intercom-container"><img src="helpsync:https://x.example/a.png" alt="A &gt; B"></div>'
CODE = "<pre><code>- a\n  - b</code></pre>"
HEADING = '<h1 id="helpsync:top">Top</h1>'
LINK = f'{P}see <a href="helpsync:en/a#b" target="_blank" class="intercom-content-link"><b>it</b></a></p>'
NBSP = "\u00a0"


def item(text: str) -> str:
    return f"<li>{P}{text}</p></li>"


@grouped(
    ("nested", "flat"),
    [
        (
            f"<ul><li>{P}a</p><ul>{item('b')}{item('c')}</ul></li></ul>",
            f"<ul><li>{P}a</p>{P}– b</p>{P}– c</p></li></ul>",
        ),
        (
            f"<ol><li>{P}a</p><ol>{item('b')}{item('c')}</ol></li>{item('d')}</ol>",
            f"<ol><li>{P}a</p>{P}1. b</p>{P}2. c</p></li>{item('d')}</ol>",
        ),
        (
            f"<ul><li>{P}a</p><ul><li>{P}b</p><ol>{item('c')}</ol></li>{item('d')}</ul>{P}e</p></li></ul>",
            f"<ul><li>{P}a</p>{P}– b</p>{P}{NBSP * 4}1. c</p>{P}– d</p>{P}e</p></li></ul>",
        ),
        (
            f"<ul><li>{P}a</p><ul><li>{P}b</p>{P}more</p>{CODE}{HEADING}</li></ul></li></ul>",
            f"<ul><li>{P}a</p>{P}– b</p>{P}more</p>{CODE}{HEADING}</li></ul>",
        ),
        (
            f"<ul><li>{P}a</p><ol>{item('b')}<li>{PICTURE}</li></ol></li></ul>",
            f"<ul><li>{P}a</p>{P}1. b</p>{P}2.</p>{PICTURE}</li></ul>",
        ),
        (f"<ul><li><ul>{item('')}<li></li></ul></li></ul>", f"<ul><li>{P}–</p>{P}–</p></li></ul>"),
        (
            f"<ul><li><ul><li><ul>{item('a')}</ul></li></ul></li></ul>",
            f"<ul><li>{P}–</p>{P}{NBSP * 4}– a</p></li></ul>",
        ),
        (f"<ul><li>{CALLOUT}<ol>{item('a')}</ol></div></li></ul>", f"<ul><li>{CALLOUT}{P}1. a</p></div></li></ul>"),
        (f"<ol><li><ul><li>{LINK}</li></ul></li></ol>", f"<ol><li>{LINK.replace('see', '– see')}</li></ol>"),
        (
            '<ol><li><ul><li><p class="intercom-align-center no-margin">a</p></li></ul></li></ol>',
            '<ol><li><p class="intercom-align-center no-margin">– a</p></li></ol>',
        ),
        (
            f"<ul><li><ul>{item('a')}</ul><ol>{item('b')}</ol></li></ul><ol>{item('c')}</ol>",
            f"<ul><li>{P}– a</p>{P}1. b</p></li></ul><ol>{item('c')}</ol>",
        ),
    ],
)
def test_inner_items_become_paragraphs_of_the_item_around_them(nested: str, flat: str) -> None:
    assert flatten_lists(nested) == flat


@grouped(
    "html",
    [
        "",
        f"{P}a &lt;ul&gt;&lt;li&gt;&lt;ul&gt;</p>",
        f"<ul>{item('a')}</ul><ol>{item('b')}</ol>",
        f"{CALLOUT}<ul>{item('a')}</ul></div><ul>{item('b')}</ul>",
        f"<ul><li>{CODE}{PICTURE}{HEADING}</li></ul>",
        "</li></li><ul></ul></ul><ul></ul>",
    ],
)
def test_a_body_without_nested_lists_is_the_same_object(html: str) -> None:
    assert flatten_lists(html) is html


def test_deep_nesting_takes_neither_stack_nor_room() -> None:
    flat = flatten_lists("<ul><li>" * 20_000 + f"{P}deep</p>" + "</li></ul>" * 20_000)
    assert flat.count("<ul>") == 1
    assert len(flat) < 20_000 * 80


def store(html: str) -> str:
    rules = StorageRules(
        heading_id=lambda number: f"h_{number:010x}",
        picture=lambda source: source,
        headings="keep",
        refuse_nested_lists=True,
    )
    return to_storage_form(html, rules)


def words(html: str) -> list[str]:
    return re.sub(r"\d+\.|–", "", re.sub(r"<[^>]*>", " ", html)).split()


LISTS = st.sampled_from(["- ", "1. ", "    - ", "    1. ", "        - ", "\n", "\n\n", "word\n", "> [!TIP]\n> - x\n"])


@examples(300)
@given(st.lists(PARTS | LISTS, max_size=30).map("".join))
def test_any_rendered_body_can_be_stored_where_nested_lists_are_refused(bench: Bench, text: str) -> None:
    html = bench.filled(text)
    flat = flatten_lists(html)
    assert canonical(store(flat)) == canonical(flat)
    assert flatten_lists(flat) is flat
    assert words(flat) == words(html)
    assert picture_addresses(flat) == picture_addresses(html)
    assert stored_headings(flat) == stored_headings(html)


@given(st.text())
def test_no_text_at_all_breaks_it(text: str) -> None:
    flatten_lists(f"<ul><li>{text}<ol><li>{text}</ol></li></ul>")
