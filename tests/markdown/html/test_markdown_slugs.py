from __future__ import annotations

from grouped import grouped
from helpsync.markdown.html.canonical import Slugger, slugify


@grouped(
    ("text", "slug"),
    [
        ("Getting started", "getting-started"),
        ("What's new?", "whats-new"),
        ("a & b", "a--b"),
        ("snake_case and kebab-case", "snake_case-and-kebab-case"),
        ("Été à Paris", "été-à-paris"),
        ("日本語", "日本語"),
        ("हिन्दी", "हिन्दी"),
        ("Version 2.0", "version-20"),
    ],
)
def test_a_slug_is_githubs(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_slug_that_was_given_gets_a_number() -> None:
    slugger = Slugger()
    assert [slugger.slug("A"), slugger.slug("A"), slugger.slug("A-1"), slugger.slug("A")] == [
        "a",
        "a-1",
        "a-1-1",
        "a-2",
    ]


def test_an_explicit_slug_wins() -> None:
    assert Slugger().slug("Text", "my-id") == "my-id"


def test_a_heading_without_letters_has_a_slug_all_the_same() -> None:
    assert Slugger().slug("?!") == "section"
