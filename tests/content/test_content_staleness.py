"""The digest that says which text a translation was made from."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from helpsync.content.rules import source_digest, stale
from helpsync.errors import Location

HERE = Location("a.fr.md", 3, 1)


def test_the_digest_is_twelve_hex_digits_of_title_and_text() -> None:
    assert source_digest("Title", "\nText\n") == hashlib.sha256(b"Title\nText").hexdigest()[:12]


@given(st.text(), st.text())
def test_white_space_around_the_text_does_not_count(title: str, text: str) -> None:
    assert source_digest(title, f"\n\n{text}\n") == source_digest(title, text)


@given(st.text(), st.text())
def test_a_digest_is_stale_only_when_the_text_changed(title: str, text: str) -> None:
    digest = source_digest(title, text)
    assert list(stale(digest, title, text, HERE)) == []
    assert [each.location for each in stale(digest, title, f"{text}x", HERE)] == [HERE]
