"""Paths and addresses, in both layouts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.content.paths import Misplaced, Place, file_of, place_of
from helpsync.locales import LOCALES, language_tag
from helpsync.settings import Layout
from tree_builder import layout_config

LAYOUTS: tuple[Layout, ...] = ("suffix", "folder")

letters = st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="/")
names = (
    st.text(letters, min_size=1, max_size=8)
    .map(lambda name: unicodedata.normalize("NFC", name))
    .filter(lambda name: not name.startswith((".", "_")))
    .filter(lambda name: name.rpartition(".")[2] not in LOCALES and language_tag(name.rpartition(".")[2]) is None)
)
addresses = st.lists(names, min_size=1, max_size=3).map("/".join)
locales = st.sampled_from(sorted(LOCALES))


@pytest.mark.parametrize("layout", LAYOUTS)
@given(address=addresses, locale=locales, default=locales, is_collection=st.booleans())
def test_every_place_has_a_file(
    layout: Layout, address: str, locale: str, default: str, *, is_collection: bool
) -> None:
    place = Place(f"{address}/" if is_collection else address, locale)
    path = file_of(place, layout_config(layout, default))
    assert place_of(path, layout_config(layout, default)) == place


@given(places=st.sets(st.tuples(addresses, locales), max_size=8), default=locales)
def test_two_places_never_share_a_file(places: set[tuple[str, str]], default: str) -> None:
    for layout in LAYOUTS:
        files = {file_of(Place(*place), layout_config(layout, default)) for place in places}
        assert len(files) == len(places)


@pytest.mark.parametrize("locale", sorted(set(LOCALES) - {"en"}))
def test_each_of_the_37_locales_is_read_from_the_name(locale: str) -> None:
    for layout, path in (("suffix", f"a/b.{locale}.md"), ("folder", f"{locale}/a/b.md")):
        assert place_of(path, layout_config(layout)) == Place("a/b", locale)  # type: ignore[arg-type]  # a literal in a tuple


@pytest.mark.parametrize("name", ["next.js", "v1.2", "fr", "a.b.c", "sk.x", "node.jsx", "e.g", "file."])
def test_a_segment_that_is_not_a_locale_is_part_of_the_name(name: str) -> None:
    assert place_of(f"{name}.md", layout_config("suffix")) == Place(name, "en")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("a/b.pt_BR.md", "rename it to b.pt-BR.md"),
        ("b.zh-cn.md", "rename it to b.zh-CN.md"),
        ("b.FR.md", "rename it to b.fr.md"),
        ("_collection.Zh_tw.md", "rename it to _collection.zh-TW.md"),
        ("b.en.md", "rename it to b.md"),
        ("_collection.xx.md", "the name is _collection.md, or _collection.LOCALE.md for a translation"),
        ("_collections.md", "the name is _collection.md, or _collection.LOCALE.md for a translation"),
    ],
)
def test_a_name_with_a_near_miss_of_a_locale_gets_the_right_one(path: str, hint: str) -> None:
    with pytest.raises(Misplaced) as caught:
        place_of(path, layout_config("suffix"))
    assert caught.value.issue.code == "unknown-locale"
    assert caught.value.issue.hint == hint


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("a.md", "move it to en/a.md"),
        ("pt_BR/a.md", "rename the folder to pt-BR"),
        ("billing/a.md", "the first folder is a locale, as in en/billing/refunds.md"),
        ("en/b/a.fr.md", "move it to fr/b/a.md, or write `layout: suffix` in helpsync.yaml"),
    ],
)
def test_in_the_folder_layout_the_first_folder_is_the_locale(path: str, hint: str) -> None:
    with pytest.raises(Misplaced) as caught:
        place_of(path, layout_config("folder"))
    assert caught.value.issue.hint == hint


def test_a_decomposed_name_has_a_composed_address() -> None:
    path = unicodedata.normalize("NFD", "café.fr.md")
    assert place_of(path, layout_config("suffix")) == Place("café", "fr")
