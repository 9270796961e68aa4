"""Whatever tree is pushed, in whatever steps, nothing is left to do afterwards: in every position of the switches."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from churn import pass_a_day
from examples import examples
from journey_site import Site
from switches import COVERING, POSITIONS
from wanted_tree import PIECES, Piece, Text, Wanted, pieces, steps, unambiguous

if TYPE_CHECKING:
    from collections.abc import Mapping

    from journey_site import Ran

pytestmark = pytest.mark.slow


@st.composite
def stories(draw: st.DrawFn) -> tuple[dict[str, Any], str, list[Wanted]]:
    """Give the switches, `on_remove`, and the trees that are pushed one after the other."""
    switches = draw(st.sampled_from(POSITIONS))
    wanted = Wanted(draw(st.dictionaries(st.integers(0, 5), pieces(), min_size=1, max_size=5)))
    trees = [wanted]
    for some in draw(st.lists(st.lists(steps(), min_size=1, max_size=3), max_size=4)):
        for step in some:
            wanted = step(wanted)
        trees.append(wanted)
    on_remove = draw(st.sampled_from(["unpublish", "delete", "keep"]))
    return switches, on_remove, [tree for tree in trees if tree.articles and unambiguous(tree)]


def arrived(site: Site, wanted: Wanted, on_remove: str = "unpublish") -> None:
    """Hold that readers see what the tree says, each article with its titles, in its place, once, and nothing else."""
    groups = [item for kind in ("collection", "section") for item in site.sandbox.groups(kind)]
    places = {(item["type"], int(item["id"])): item for item in groups}

    def place(item: Mapping[str, Any]) -> tuple[str, ...]:
        group = places.get((item["parent_type"], int(item["parent_id"] or 0)))
        above = places.get(("collection", int(group["parent_id"]))) if group and group["type"] == "section" else None
        return tuple(each["name"] for each in (above, group) if each)

    shown = Counter(
        (*place(item), locale, block["title"])
        for item in site.sandbox.articles()
        for locale, block in item["translated_content"].items()
        if locale != "type" and block and block["state"] == "published"
    )
    expected = Counter(
        (
            *map(wanted.label, [(piece.folder[0], ""), piece.folder] if piece.folder[1] else [piece.folder]),
            locale,
            text.title,
        )
        for piece in wanted.articles.values()
        for locale, text in piece.texts.items()
    )
    assert expected <= shown
    assert shown == expected or on_remove == "keep"


def pushed(site: Site) -> Ran:
    """Push; where that teaches that Intercom renews ids of headings, once more what the plan then lists for it."""
    known = site.heading_ids
    ran = site.push_as_listed()
    if ran.code == 0 and known != "renew" and site.heading_ids == "renew":
        plan = site.plan()
        assert all(text["body"]["relink"] for each in plan["changes"] for text in each["locales"].values())
        assert site.push_as_listed().code == 0
    return ran


def settled(site: Site, seed: int) -> None:
    """Hold that nothing is left to do, nor after Intercom moved bodies on its own."""
    for _ in range(2):
        plan = site.plan()
        assert plan["changes"] == []
        assert [item for item in plan["attention"] if item["kind"] in ("drift", "conflict")] == []
        assert site.push().writes == []
        pass_a_day(site.sandbox, seed)


@examples(60, variable="CONVERGENCE_EXAMPLES")
@given(story=stories(), seed=st.integers(0, 5))
def test_any_tree_pushed_in_any_steps_leaves_nothing_to_do(
    story: tuple[dict[str, Any], str, list[Wanted]], seed: int
) -> None:
    switches, on_remove, trees = story
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder), on_remove=on_remove, **switches) as site:
        for wanted in trees:
            site.content(wanted.files())
            ran = pushed(site)
            assume("moved and changed, or new?" not in ran.out)  # two like collections went, and half of each came
            assert ran.code == 0, (ran.out, ran.err)
            arrived(site, wanted, on_remove)
            settled(site, seed)


@examples(20, variable="CONVERGENCE_EXAMPLES")
@given(
    articles=st.dictionaries(st.integers(0, 5), pieces(), min_size=1, max_size=5),
    ids=st.sampled_from(["keep", "renew"]),
)
def test_renaming_folders_writes_nothing(articles: dict[int, Piece], ids: str) -> None:
    wanted = Wanted(articles)
    renamed = replace(wanted, names={"billing": "money", "deep": "deeper"})
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder), heading_ids=ids) as site:
        site.content(wanted.files())
        pushed(site)
        site.content(renamed.files())
        assert site.plan()["changes"] == []
        ran = site.push()
        assert (ran.code, ran.writes) == (0, [])
        settled(site, 1)


RICH = Wanted(
    {
        0: Piece(
            ("guide", ""),
            {
                "en": Text("Start", tuple(range(len(PIECES))), 4, ((0, 1), (1, 0), (2, None)), "One line"),
                "fr": Text("Début", (0, 6), 2, ((0, 0), (1, 1))),
            },
        ),
        1: Piece(("guide", "deep"), {"en": Text("Paying", (6, 7, 8), 3, ((2, 0), (0, 2))), "fr": Text("Payer", (), 2)}),
        2: Piece(("billing", ""), {"en": Text("Refunds", (3,), 2, ((0, 0), (3, 1)))}),
        3: Piece(("billing", ""), {"en": Text("Limits & more", (4, 5), 2)}),
    }
)
"""All kinds of blocks, links in a circle, to itself, and to an article that links nowhere."""

EDITED = replace(
    RICH,
    articles={
        0: RICH.articles[0],
        1: replace(RICH.articles[1], folder=("billing", "more")),
        3: Piece(("billing", ""), {"en": Text("Limits", (4, 6), 3), "fr": Text("Limites", (), 1)}),
    },
)


@pytest.mark.parametrize("switches", COVERING, ids=lambda switches: "-".join(switches.values()))
def test_a_rich_tree_converges_in_every_position_of_the_switches(tmp_path: Path, switches: dict[str, Any]) -> None:
    with Site(tmp_path, **switches) as site:
        for wanted in (RICH, EDITED, RICH):
            site.content(wanted.files())
            ran = pushed(site)
            assert ran.code == 0, (ran.out, ran.err)
            arrived(site, wanted)
            settled(site, 3)
