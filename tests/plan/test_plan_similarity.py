"""How alike texts are, and which of many belong together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.markdown import body_words
from helpsync.plan.similarity import Pairs, Similarity, clear_pairs, pairs_of, percent, share_in_both, similarities

TEXTS = st.lists(st.sampled_from("abcdefgh"), max_size=12).map(pairs_of)
SCORES = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), st.sampled_from([0.5, 0.55, 0.7, 0.9])
)
FEW = st.dictionaries(st.sampled_from("uvwxyz"), TEXTS, max_size=5)


def pairs(text: str) -> Pairs:
    return pairs_of(body_words(text))


def one(new: str, old: str, *others: str) -> Similarity:
    found = similarities({"new": pairs(new)}, {"old": pairs(old)}, [pairs(other) for other in others])
    return found.get(("new", "old"), Similarity(0.0, 0))


@given(FEW, FEW, st.lists(TEXTS, max_size=3))
def test_a_share_is_more_than_nothing_and_at_most_all(
    new: dict[str, Pairs], old: dict[str, Pairs], others: list[Pairs]
) -> None:
    for similarity in similarities(new, old, others).values():
        assert 0 < similarity.share <= 1
        assert similarity.pairs > 0


@given(FEW, FEW, st.lists(TEXTS, max_size=3))
def test_a_text_is_as_like_another_as_that_one_is_like_it(
    new: dict[str, Pairs], old: dict[str, Pairs], others: list[Pairs]
) -> None:
    turned = similarities(old, new, others)
    assert similarities(new, old, others) == {(new, old): similarity for (old, new), similarity in turned.items()}


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_equal_texts_are_all_the_same_where_they_say_anything_of_their_own(text: Pairs, others: list[Pairs]) -> None:
    own = text.difference(*others)
    found = similarities({"new": text}, {"old": text}, others)
    assert found == ({("new", "old"): Similarity(1.0, len(own))} if own else {})
    assert share_in_both(text, text) == 1


@given(
    st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), st.sampled_from([0.5, 0.55, 0.7, 0.9]))
)
def test_nothing_is_decided_twice_and_nothing_is_lost(scores: dict[tuple[str, str], float]) -> None:
    found, undecided = clear_pairs(scores)
    assert len(set(found.values())) == len(found)
    assert all(pair in scores for pair in found.items())
    for new, old in undecided:
        assert new not in found
        assert old not in found.values()


def test_the_best_candidate_must_be_clearly_ahead() -> None:
    assert clear_pairs({("new", "one"): 0.8, ("new", "two"): 0.6}) == ({"new": "one"}, set())
    assert clear_pairs({("new", "one"): 0.8, ("new", "two"): 0.75})[0] == {}


def test_what_is_decided_no_longer_stands_in_the_way() -> None:
    scores = {("first", "one"): 0.7, ("first", "two"): 0.65, ("second", "two"): 0.95}
    assert clear_pairs(scores) == ({"first": "one", "second": "two"}, set())


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("<p>Text 1.</p>", "<p>Text 2.</p>"),
        ("<p>Paying by card</p>", "<p>A card for paying</p>"),
        ("", "<p>Some words</p>"),
    ],
)
def test_short_texts_of_other_words_have_nothing_in_common(new: str, old: str) -> None:
    assert one(new, old) == Similarity(0.0, 0)


def test_marks_tags_and_pictures_are_no_words() -> None:
    mine = '<p class="no-margin">Pay <b>by</b> card, ple<i>ase</i>!</p><img src="a.png"><p>Thanks</p>'
    assert body_words(mine) == ["pay", "by", "card", "please", "thanks"]


def test_scripts_without_spaces_are_compared_sign_by_sign() -> None:
    assert body_words("<p>返金は5日かかります</p>") == list("返金は5日かかります")
    assert one("<p>返金は五日ほどかかります</p>", "<p>返金は七日ほどかかります</p>").share > 0.7


def test_what_a_third_article_says_too_tells_nothing() -> None:
    template = "open the settings of your workspace choose integrations and paste the key of"
    assert one(f"{template} slack", f"{template} teams").share > 0.8
    assert one(f"{template} slack", f"{template} teams", f"{template} zoom") == Similarity(0.0, 0)


def test_a_percentage_is_never_more_than_the_share() -> None:
    assert (percent(0.999), percent(1.0), percent(0.57)) == ("99%", "100%", "57%")
