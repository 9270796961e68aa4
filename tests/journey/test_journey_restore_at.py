"""Whatever was pushed since, what readers had at a moment comes back: in every position of the switches."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from churn import pass_a_day
from examples import examples
from helpsync.baseline import moment_text
from journey_site import Site, is_relink
from readers_view import lacking, view
from switches import POSITIONS
from wanted_tree import Wanted, pieces, steps, unambiguous

if TYPE_CHECKING:
    from readers_view import View

pytestmark = pytest.mark.slow


@st.composite
def histories(draw: st.DrawFn) -> list[Wanted]:
    """Give the trees that are pushed one after the other."""
    wanted = Wanted(draw(st.dictionaries(st.integers(0, 5), pieces(), min_size=1, max_size=4)))
    trees = [wanted]
    for some in draw(st.lists(st.lists(steps(), min_size=1, max_size=3), min_size=1, max_size=4)):
        for step in some:
            wanted = step(wanted)
        trees.append(wanted)
    pushable = [tree for tree in trees if tree.articles and unambiguous(tree)]
    assume(pushable)
    return pushable


@examples(25, variable="RESTORE_EXAMPLES")
@given(
    trees=histories(),
    on_remove=st.sampled_from(["unpublish", "delete", "keep"]),
    switches=st.sampled_from(POSITIONS),
    chosen=st.integers(0, 4),
    seed=st.integers(0, 5),
)
def test_what_readers_had_at_a_moment_comes_back(
    trees: list[Wanted], on_remove: str, switches: dict[str, Any], chosen: int, seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder), on_remove=on_remove, **switches) as site:
        then: list[tuple[str, View]] = []
        for wanted in trees:
            site.clock.now += 60
            site.content(wanted.files())
            ran = site.push("--allow-remove", "99")
            assume(ran.code != 13)  # a file of which nobody can tell which article it is
            assert ran.code == 0, (ran.out, ran.err)
            pass_a_day(site.sandbox, seed)
            site.clock.now += 60
            then.append((moment_text(site.clock.now), view(site)))
        for moment, had in (then[chosen % len(then)], then[-1]):
            ran = site("restore", "--yes", "--allow-remove", "99", "--at", moment)
            assert ran.code == 0, (ran.out, ran.err)
            # Once more there is nothing left to do, and the files never send the texts back that were undone.
            assert site("restore", "--yes", "--at", moment).writes == []
            assert [change for change in site.plan()["changes"] if not is_relink(change)] == []
            assert site.push().code == 0
            assert lacking(had, view(site)) == [], (ran.out, ran.err)
            site.clock.now += 60
