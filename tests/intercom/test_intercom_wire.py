from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.intercom import ArticleWrite, CollectionWrite, wire
from helpsync.locales import LOCALES

if TYPE_CHECKING:
    from helpsync.intercom.wire import GroupKinds
    from helpsync.model import Article

ITEM: dict[str, object] = {
    "type": "article",
    "id": "42",
    "workspace_id": "ws1",
    "parent_id": 145,
    "parent_type": "section",
    "parent_ids": [145],
    "title": "Refunds",
    "description": "How",
    "body": "<p>Body</p>",
    "author_id": 7,
    "state": "published",
    "created_at": 1,
    "updated_at": 20,
    "url": "https://help.example.com/en/articles/42-refunds",
    "default_locale": "en",
    "translated_content": {
        "type": "article_translated_content",
        "en": {"title": "old", "author_id": 8, "state": "draft", "url": "https://h/en/42", "updated_at": 21},
        "fr": {
            "type": "article_content",
            "title": "Remboursements",
            "description": None,
            "body": "<p>Corps</p>",
            "author_id": 9,
            "state": "draft",
            "url": None,
            "updated_at": 30,
        },
        "de": None,
        "ja": {"type": "article_content", "title": None, "body": None},
        "ar": {"title": "", "body": ""},
        "bg": {"title": "", "body": "<p>untitled</p>"},
    },
    "statistics": {"views": 3},
    "a_field_from_the_future": {"x": [1]},
}


def read(**changes: object) -> Article:
    return wire.article({**ITEM, **changes}, default_locale="en")


def test_the_default_locale_is_read_from_the_top_level() -> None:
    english = read().translations["en"]
    assert (english.title, english.description, english.html) == ("Refunds", "How", "<p>Body</p>")


def test_fields_per_locale_are_read_from_the_default_locales_block() -> None:
    english = read().translations["en"]
    assert (english.author, english.state, english.url, english.updated_at) == ("8", "draft", "https://h/en/42", 21)


def test_without_its_block_the_default_locale_is_read_from_the_top_level_alone() -> None:
    english = read(translated_content=None).translations["en"]
    assert (english.author, english.state, english.updated_at) == ("7", "published", 20)


def test_a_translation_is_read_from_its_block() -> None:
    french = read().translations["fr"]
    assert (french.title, french.description, french.html) == ("Remboursements", None, "<p>Corps</p>")
    assert (french.author, french.state, french.url, french.updated_at) == ("9", "draft", None, 30)


@pytest.mark.parametrize("locale", ["de", "ja", "ar", "type"])
def test_a_null_or_empty_block_is_not_a_translation(locale: str) -> None:
    assert locale not in read().translations


def test_a_block_with_text_but_no_title_is_not_lost() -> None:
    assert read().translations["bg"].html == "<p>untitled</p>"


def test_the_replys_default_locale_beats_the_assumed_one() -> None:
    article = wire.article({**ITEM, "default_locale": "fr"}, default_locale="en")
    assert article.translations["fr"].title == "Refunds"


def test_ids_are_text_in_the_model_whatever_they_are_on_the_wire() -> None:
    article = read(id=42)
    assert (article.id, article.parent_id, article.parent_kind) == ("42", "145", "section")


def test_an_article_with_only_an_id_is_read() -> None:
    article = wire.article({"id": "1"}, default_locale="en")
    assert (article.translations["en"].title, article.translations["en"].html) == ("", "")
    assert (article.parent_id, article.parent_kind) == (None, None)


@pytest.mark.parametrize(
    ("parent_id", "parent_ids", "expected"),
    [
        (145, [145], "145"),
        ("145", ["145"], "145"),
        (145, [], "145"),
        (145, None, "145"),
        (None, [18], "18"),
        (0, [18], "18"),
        (145, [18, 145], "145"),
        (145, [18], "18"),
        (None, [], None),
        (0, [], None),
        ("0", [0], None),
        ("", [None], None),
        (0, [0, 18], "18"),
        (True, "oops", None),
    ],
)
def test_parent_ids_are_trusted_as_well_as_parent_id(parent_id: object, parent_ids: object, expected: object) -> None:
    assert read(parent_id=parent_id, parent_ids=parent_ids).parent_id == expected


def test_a_reply_with_only_parent_ids_has_a_parent() -> None:
    item: dict[str, object] = {"id": "1", "title": "T", "parent_ids": [5]}
    article = wire.article(item, default_locale="en", kinds={"5": frozenset({"section"})})
    assert (article.parent_id, article.parent_kind) == ("5", "section")


def test_of_several_parents_the_section_is_the_parent() -> None:
    item: dict[str, object] = {"id": "1", "title": "T", "parent_ids": [4, 5, 6]}
    kinds: GroupKinds = {"5": frozenset({"collection"}), "6": frozenset({"section"})}
    assert wire.article(item, default_locale="en", kinds=kinds).parent_id == "6"


def test_of_several_parents_a_known_one_beats_an_unknown_one() -> None:
    item: dict[str, object] = {"id": "1", "title": "T", "parent_ids": [4, 5]}
    article = wire.article(item, default_locale="en", kinds={"5": frozenset({"collection"})})
    assert (article.parent_id, article.parent_kind) == ("5", "collection")


def test_a_parent_type_that_contradicts_what_is_there_is_corrected() -> None:
    item = {"id": "1", "title": "T", "parent_id": 5, "parent_type": "collection"}
    article = wire.article(item, default_locale="en", kinds={"5": frozenset({"section"})})
    assert article.parent_kind == "section"


def test_an_unknown_state_is_none() -> None:
    assert read(state="scheduled", translated_content=None).translations["en"].state is None


def test_a_collection_is_read_with_its_labels() -> None:
    item: dict[str, object] = {
        "id": 5,
        "name": "Billing",
        "description": "Money",
        "help_center_id": 3,
        "url": "https://h/en/collections/5",
        "updated_at": 9,
        "parent_id": None,
        "translated_content": {
            "type": "group_translated_content",
            "fr": {"type": "group_content", "name": "Facturation", "description": "Argent"},
            "de": {"name": None, "description": None},
            "ja": None,
        },
    }
    found = wire.collection(item, "collection", default_locale="en")
    assert (found.id, found.kind, found.help_center_id, found.parent_id) == ("5", "collection", "3", None)
    assert [(label.locale, label.name, label.description) for label in found.labels.values()] == [
        ("en", "Billing", "Money"),
        ("fr", "Facturation", "Argent"),
    ]


def test_a_section_has_a_parent_and_no_description() -> None:
    item: dict[str, object] = {"id": "6", "name": "Invoices", "description": "x", "parent_id": 5}
    found = wire.collection(item, "section", default_locale="en")
    assert (found.kind, found.parent_id, found.labels["en"].description) == ("section", "5", None)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], None),
        ([{"id": "1"}], False),
        ([{"id": "1", "translated_content": None}], False),
        ([{"id": "1"}, {"id": "2", "translated_content": {}}], True),
    ],
)
def test_translated_content_shows_a_multilingual_help_center(items: list[dict[str, object]], expected: object) -> None:
    assert wire.multilingual(items) is expected


@pytest.mark.parametrize(
    ("named", "expected"), [([], None), ([None], None), (["fr", "en", "fr"], "fr"), (["fr", "en"], "en")]
)
def test_the_default_locale_is_the_one_that_most_replies_name(named: list[str | None], expected: object) -> None:
    assert wire.common_default_locale([{"default_locale": name} for name in named]) == expected


def test_the_workspace_is_named_by_me_or_else_by_an_item() -> None:
    assert wire.workspace_id({"app": {"id_code": "ws1"}}, [{"workspace_id": "ws2"}]) == "ws1"
    assert wire.workspace_id({"app": None}, [{}, {"workspace_id": "ws2"}]) == "ws2"
    assert wire.workspace_id({}, []) is None


WRITE = ArticleWrite(
    title="T",
    body="<p>é</p>",
    author_id="7",
    parent_id="18",
    parent_kind="section",
    translations={"fr": {"title": "F", "description": "", "author_id": "9", "state": "draft"}},
)


def test_a_create_sends_numbers_for_ids() -> None:
    assert wire.body(WRITE, "article", create=True) == {
        "title": "T",
        "body": "<p>é</p>",
        "author_id": 7,
        "parent_id": 18,
        "parent_type": "section",
        "translated_content": {"fr": {"title": "F", "description": "", "author_id": 9, "state": "draft"}},
    }


def test_an_update_sends_the_parent_as_text() -> None:
    assert wire.body(WRITE, "article", create=False)["parent_id"] == "18"


def test_none_is_not_sent() -> None:
    assert wire.body(ArticleWrite(state="draft", parent_kind="section"), "article", create=False) == {"state": "draft"}


def test_an_empty_text_is_sent() -> None:
    assert wire.body(ArticleWrite(description=""), "article", create=False) == {"description": ""}


def test_a_collection_is_sent_with_its_help_center() -> None:
    write = CollectionWrite(name="C", description="D", help_center_id="3", labels={"fr": {"name": "F"}})
    assert wire.body(write, "collection", create=True) == {
        "name": "C",
        "description": "D",
        "help_center_id": 3,
        "translated_content": {"fr": {"name": "F"}},
    }


def test_a_section_is_sent_with_its_parent_and_no_description() -> None:
    write = CollectionWrite(
        name="S",
        description="D",
        parent_id="5",
        help_center_id="3",
        labels={"fr": {"name": "F", "description": "x"}},
    )
    assert wire.body(write, "section", create=True) == {
        "name": "S",
        "parent_id": 5,
        "translated_content": {"fr": {"name": "F"}},
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(ITEM, json_values)))
def test_an_odd_reply_is_read_without_an_error(item: dict[str, object]) -> None:
    article = wire.article(item, default_locale="en")
    assert article.translations
    wire.collection({**item, "name": item.get("title")}, "section", default_locale="en")
    wire.admin(item)
    wire.brand(item)


@given(
    st.dictionaries(
        st.sampled_from(sorted(set(LOCALES) - {"en"})),
        st.fixed_dictionaries({"title": st.text(min_size=1), "body": st.text(), "author_id": st.just("9")}),
    )
)
def test_translations_in_every_locale_come_back_as_they_were_sent(blocks: dict[str, dict[str, str]]) -> None:
    sent = wire.body(ArticleWrite(title="T", translations=blocks), "article", create=True)
    back = wire.article({"id": "1", **sent}, default_locale="en").translations
    assert {code: (one.title, one.html, one.author) for code, one in back.items() if code != "en"} == {
        code: (block["title"], block["body"], "9") for code, block in blocks.items()
    }


def test_lone_surrogates_are_replaced_everywhere() -> None:
    half, mark = "\ud83d", "\ufffd"
    blocks = {f"f{half}r": {"title": half, "body": f"<p>{half}</p>"}}
    article = read(id=f"4{half}", title=f"a{half}", body=f"<p>{half}😀</p>", translated_content=blocks)
    assert (article.id, article.translations["en"].title) == (f"4{mark}", f"a{mark}")
    assert article.translations["en"].html == f"<p>{mark}😀</p>"
    assert article.translations[f"f{mark}r"].html == f"<p>{mark}</p>"
