"""Names of files that come from titles: safe on every system, never taken twice, the same each time."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.content.paths import MAX_BYTES, MAX_CHARACTERS, FileNames, Place, file_of, place_of, slug_of
from helpsync.errors import ConfigError
from helpsync.locales import LOCALES
from tree_builder import layout_config

if TYPE_CHECKING:
    from helpsync.settings import Layout

PARTS = st.sampled_from(
    ["a", "A", "ß", "é", "e\u0301", "日本", "١", "\u0301", "-", ".fr", "/", "\0", "\u202e", "'", "ς"]
)
TITLES = st.text() | st.lists(PARTS, max_size=60).map("".join) | st.text("aA\u0301日 ", min_size=70, max_size=300)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("How do I get a refund?", "how-do-i-get-a-refund"),
        ("Don't panic – it\u2019s easy", "dont-panic-its-easy"),
        ("  Next.js & Node.js  ", "next-js-node-js"),
        ("Übersicht: Größe", "übersicht-größe"),
        ("Cafe\u0301", "café"),
        ("J\u030cazz", "\u01f0azz"),
        ("a -\u0301b", "a-b"),
        ("請求書の見方", "請求書の見方"),
        ("كيفية الدفع", "كيفية-الدفع"),
        ("हिन्दी में", "हिन्दी-में"),
        ("Re\u00adfund\u200bs", "refunds"),
        ("\u202eevil\u202c", "evil"),
        ("../../etc/passwd", "etc-passwd"),
        (r"C:\Windows\system32", "c-windows-system32"),
        ("_collection", "collection"),
        (".hidden", "hidden"),
        ("Pricing.fr", "pricing-fr"),
        ("a\0b", "a-b"),
        ("❤\ufe0f 1\ufe0f\u20e3", "1\u20e3"),
        ("\u3164\u3164", ""),
        ("🎉!", ""),
        ("", ""),
    ],
)
def test_a_slug_keeps_letters_and_digits_of_any_script(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_a_long_title_is_cut_between_words() -> None:
    assert slug_of("words " * 60) == "-".join(["words"] * 13)


def test_a_long_title_without_spaces_is_cut_between_letters() -> None:
    assert slug_of("語" * 300) == "語" * 50
    assert slug_of("a" * 300) == "a" * 80
    assert slug_of("in " + "語" * 300) == "in-" + "語" * 49


def test_a_letter_with_more_marks_than_a_name_bears_is_left_out() -> None:
    assert slug_of("fine " + "x" + "\u0323\u0307" * 100) == "fine"


@given(TITLES)
def test_a_slug_is_safe_everywhere(title: str) -> None:
    slug = slug_of(title)
    assert len(slug) <= MAX_CHARACTERS
    assert len(slug.encode()) <= MAX_BYTES
    assert unicodedata.is_normalized("NFC", slug)
    assert {unicodedata.category(each)[0] for each in slug} <= set("LNMP")
    assert not set(slug) & set("._/\\:*?\"<>| '")
    assert "--" not in slug
    assert slug == slug.strip("-")
    assert all(unicodedata.category(part[:1] or "x")[0] != "M" for part in slug.split("-"))


@given(TITLES)
def test_the_slug_of_a_slug_is_itself(title: str) -> None:
    assert slug_of(slug_of(title)) == slug_of(title)


@given(st.lists(st.sampled_from(["a", "ab", "語", "é", "क\u094d\u0937"]), min_size=20, max_size=200).map("".join))
def test_a_cut_keeps_the_marks_with_their_letter(title: str) -> None:
    slug = slug_of(title)
    rest = unicodedata.normalize("NFC", title)[len(slug) :]
    assert not rest or unicodedata.category(rest[0])[0] != "M"


@pytest.mark.parametrize(
    ("taken", "title", "folder", "expected"),
    [
        ([], "Refunds", False, "refunds"),
        ([], "Refunds", True, "refunds/"),
        (["refunds"], "Refunds", False, "refunds-7"),
        (["Refunds"], "refunds", False, "refunds-7"),
        (["STRASSE"], "Straße", False, "straße-7"),
        (["\u0399\u0308\u0301"], "\u0390", False, "\u0390-7"),
        (["r\u00c9"], "RE\u0301", False, "ré-7"),
        (["refunds", "refunds-7"], "Refunds", False, "article-7"),
        (["refunds", "refunds-7", "article-7"], "Refunds", False, "article-7-2"),
        (["Billing/a"], "Billing", True, "billing-7/"),
        (["billing/invoices/"], "Billing", True, "billing-7/"),
        (["billing/"], "Billing", False, "billing"),
        ([], "🎉", False, "article-7"),
        ([], "🎉", True, "collection-7/"),
        ([], "NUL", False, "nul-7"),
        ([], "Com\u00b9", True, "com\u00b9-7/"),
        ([], "FR", True, "fr-7/"),
        ([], "pt BR", True, "pt-br-7/"),
        ([], "FR", False, "fr"),
    ],
)
def test_an_item_gets_an_address_that_is_free(taken: list[str], title: str, folder: bool, expected: str) -> None:  # noqa: FBT001  # a parameter of a table
    assert FileNames(taken).take(None, title, "7", folder=folder) == expected


def test_a_folder_below_another_may_be_called_like_a_locale() -> None:
    assert FileNames([]).take("billing/", "IT", "7", folder=True) == "billing/it/"


def test_a_name_is_given_once() -> None:
    names = FileNames([])
    given_out = [names.take("a/", "Refunds", number, folder=False) for number in ("1", "2", "2")]
    assert given_out == ["a/refunds", "a/refunds-2", "a/article-2"]


def test_names_in_different_folders_do_not_meet() -> None:
    assert FileNames(["a/refunds"]).take("b/", "Refunds", "7", folder=False) == "b/refunds"


def test_a_refused_address_is_not_given() -> None:
    names = FileNames([], refused=lambda address: address in ("drafts/", "drafts-7/"))
    assert names.take(None, "Drafts", "7", folder=True) == "collection-7/"


def test_a_folder_in_which_every_name_is_refused_is_an_error() -> None:
    names = FileNames([], refused=lambda address: address.startswith("a/"))
    with pytest.raises(
        ConfigError, match="there is no free name for the article 7 in a/ that `ignore` does not match"
    ) as raised:
        names.take("a/", "Refunds", "7", folder=False)
    assert raised.value.hint == "check `ignore` in helpsync.yaml"


def test_an_id_that_is_not_a_number_is_as_harmless_as_a_title() -> None:
    assert FileNames([]).take(None, "", "../" + "x" * 300, folder=False) == "article-" + "x" * 24
    assert FileNames([]).take(None, "", "/", folder=False) == "article-0"


ITEMS = st.lists(
    st.tuples(st.sampled_from([None, "a/", "A/b/"]), TITLES, st.integers(1, 3), st.booleans()), max_size=12
)


@given(ITEMS, st.lists(st.sampled_from(["a/", "a/a", "A-1", "é", "article-1", "collection-2/"])))
def test_addresses_differ_in_more_than_case_and_keep_their_kind_and_parent(
    items: list[tuple[str | None, str, int, bool]], taken: list[str]
) -> None:
    names = FileNames(taken)
    given_out = [names.take(parent, title, str(number), folder=folder) for parent, title, number, folder in items]
    folded = [unicodedata.normalize("NFC", each).casefold() for each in given_out]
    assert len({*folded}) == len(folded)
    assert not {*folded} & {unicodedata.normalize("NFC", each).casefold() for each in taken}
    for (parent, _, _, folder), address in zip(items, given_out, strict=True):
        assert address.endswith("/") == folder
        assert Place(address, "en").parent == parent
        assert len(address.removeprefix(parent or "").encode()) < 200


@given(TITLES | st.sampled_from(list(LOCALES)), st.booleans(), st.sampled_from(list(LOCALES)))
def test_a_file_of_a_given_address_is_read_as_that_in_both_layouts(title: str, folder: bool, locale: str) -> None:  # noqa: FBT001  # Hypothesis gives it
    place = Place(FileNames([]).take(None, title, "7", folder=folder), locale)
    layouts: tuple[Layout, ...] = ("suffix", "folder")
    for layout in layouts:
        path = file_of(place, layout_config(layout))
        assert place_of(path, layout_config(layout)) == place


@given(ITEMS)
def test_the_same_items_get_the_same_names(items: list[tuple[str | None, str, int, bool]]) -> None:
    one, other = FileNames([]), FileNames([])
    for parent, title, number, folder in items:
        assert one.take(parent, title, str(number), folder=folder) == other.take(
            parent, title, str(number), folder=folder
        )
