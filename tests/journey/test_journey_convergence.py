"""Whatever tree is pushed, in whatever steps, nothing is left to do afterwards: in every position of the switches."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# CONVERGENCE_EXAMPLES=2000 makes a long run of it.
EXAMPLES = int(os.environ.get("CONVERGENCE_EXAMPLES", "0"))
SWITCHES = {
    "headings": ("shift", "docs", "keep"),
    "heading_ids": ("renew", "keep"),
    "locale_block": ("merge", "replace"),
    "nested_lists": ("keep", "refuse"),
}
POSITIONS = [dict(zip(SWITCHES, position, strict=True)) for position in product(*SWITCHES.values())]
TITLES = ("Start", "Paying", "Refunds", "Limits & more", "À propos", "日本語")
TOPS = ("billing", "guide", "über uns")
SUBS = ("", "", "deep", "more")
HEADINGS = ("Top", "How long", "Top", "A & B")
SLUGS = ("top", "how-long", "top-1", "a--b")
PIECES = (
    "Some *text* with `code`, **bold** and [a site](https://example.com/?a=1&b=2).\n\n",
    "- one\n- two\n\n",
    "1. first\n2. second\n\n",
    "> [!WARNING]\n> Mind the gap.\n\n",
    "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n",
    "```\ncode  <b>\n```\n\n",
    "![Screen](https://x.example/one.png)\n\n",
    "![](https://x.example/two.png)\n\n",
    "![Local](/pictures/local.png)\n\n",
    "---\n\n",
    "Line  \nbroken, مرحبا, 你好\n\n",
)
NESTED = "- outer\n    - inner\n\n"

Link: TypeAlias = "tuple[int, int | None]"
Folder: TypeAlias = "tuple[str, str]"


@dataclass(frozen=True)
class Text:
    """One locale of an article; a link names an article's number and the position of one of its headings, or none."""

    title: str
    pieces: tuple[int, ...] = ()
    headings: int = 0
    links: tuple[Link, ...] = ()
    description: str | None = None
    nested: bool = False


@dataclass(frozen=True)
class Piece:
    """An article of the tree: where it lies, and its locales."""

    folder: Folder
    texts: dict[str, Text]


@dataclass(frozen=True)
class Wanted:
    """A tree. `names` renames folders on disk only; `labels` are what collections are called."""

    articles: dict[int, Piece] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    labels: dict[Folder, str] = field(default_factory=dict)

    def folder(self, folder: Folder) -> str:
        return "/".join(self.names.get(name, name) for name in folder if name)

    def path(self, number: int, locale: str = "en") -> str:
        end = "" if locale == "en" else f".{locale}"
        return f"{self.folder(self.articles[number].folder)}/article-{number}{end}.md"

    def folders(self) -> set[Folder]:
        used = {piece.folder for piece in self.articles.values()}
        return used | {(top, "") for top, _ in used}

    def label(self, folder: Folder) -> str:
        return self.labels.get(folder, f"{folder[0]} {folder[1]}".strip().title())

    def files(self) -> dict[str, str]:
        files = {}
        for folder in self.folders():
            label = self.label(folder)
            more = {} if folder[1] else {"description": f"About {label}"}
            files[f"{self.folder(folder)}/_collection.md"] = page(name=label, **more)
            files[f"{self.folder(folder)}/_collection.fr.md"] = page(name=f"{label} (fr)")
        for number, piece in self.articles.items():
            for locale, text in piece.texts.items():
                more = {} if text.description is None else {"description": text.description}
                files[self.path(number, locale)] = page(self.body(number, locale, text), title=text.title, **more)
        files["pictures/local.png"] = "not really a picture"
        return files

    def body(self, number: int, locale: str, text: Text) -> str:
        body = f"Article {number} in {locale}.\n\n" + "".join(PIECES[piece] for piece in text.pieces)
        body += NESTED * text.nested
        for target, heading in text.links:
            if target in self.articles:
                texts = self.articles[target].texts
                there = texts.get(locale) or texts["en"]
                slug = "" if heading is None or heading >= there.headings else f"#{SLUGS[heading]}"
                path = "" if target == number and slug else "/" + self.path(target).replace(" ", "%20")
                body += f"See [article {target}]({path}{slug}).\n\n"
        return body + "".join(f"{'#' * (2 + n % 2)} {HEADINGS[n]}\n\nText {n}.\n\n" for n in range(text.headings))


def texts() -> st.SearchStrategy[Text]:
    return st.builds(
        Text,
        title=st.sampled_from(TITLES),
        pieces=st.lists(st.sampled_from(range(len(PIECES))), max_size=3).map(tuple),
        headings=st.integers(0, len(HEADINGS)),
        links=st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, len(HEADINGS) - 1)), max_size=3).map(
            tuple
        ),
        description=st.none() | st.sampled_from(["One line", "Another"]),
        nested=st.booleans(),
    )


def pieces() -> st.SearchStrategy[Piece]:
    some = texts()
    folders = st.tuples(st.sampled_from(TOPS), st.sampled_from(SUBS))
    return st.builds(Piece, folders, st.fixed_dictionaries({"en": some}, optional={"fr": some}))


Step: TypeAlias = "Callable[[Wanted], Wanted]"


def _numbered(wanted: Wanted, position: int) -> int | None:
    numbers = sorted(wanted.articles)
    return numbers[position % len(numbers)] if numbers else None


def _changed(position: int, change: Callable[[Piece], Piece | None]) -> Step:
    def step(wanted: Wanted) -> Wanted:
        number = _numbered(wanted, position)
        if number is None:
            return wanted
        piece = change(wanted.articles[number])
        rest = {key: value for key, value in wanted.articles.items() if key != number}
        return replace(wanted, articles={**rest, number: piece} if piece else rest)

    return step


def _with_text(locale: str, text: Text) -> Callable[[Piece], Piece]:
    return lambda piece: replace(piece, texts={**piece.texts, locale: text})


def _retitled(title: str) -> Callable[[Piece], Piece]:
    return lambda piece: replace(piece, texts={**piece.texts, "en": replace(piece.texts["en"], title=title)})


def _without_french(piece: Piece) -> Piece:
    return replace(piece, texts={"en": piece.texts["en"]})


def _moved(folder: Folder) -> Callable[[Piece], Piece]:
    return lambda piece: replace(piece, folder=folder)


def _put(number: int, piece: Piece) -> Step:
    return lambda wanted: replace(wanted, articles={**wanted.articles, number: piece})


def _renamed(name: str, new: str) -> Step:
    return lambda wanted: replace(wanted, names={**wanted.names, name: new})


def _labelled(folder: Folder, label: str) -> Step:
    return lambda wanted: replace(wanted, labels={**wanted.labels, folder: label})


def steps() -> st.SearchStrategy[Step]:
    """Give what a writer does between two pushes."""
    some, anyone = texts(), st.integers(0, 5)
    folders = st.tuples(st.sampled_from(TOPS), st.sampled_from(SUBS))
    changes = st.one_of(
        st.builds(_with_text, st.sampled_from(["en", "fr"]), some),
        st.builds(_retitled, st.sampled_from(TITLES)),
        st.just(_without_french),
        st.builds(_moved, folders),
        st.just(lambda _: None),
    )
    return st.one_of(
        st.builds(_changed, anyone, changes),
        st.builds(_put, anyone, pieces()),
        st.builds(_renamed, st.sampled_from([*TOPS, *SUBS[2:]]), st.sampled_from(["neu", "nouveau-dossier"])),
        st.builds(_labelled, folders, st.sampled_from(["New name", "Noch ein Name"])),
    )


def unambiguous(wanted: Wanted) -> bool:
    """Return whether no two folders were renamed to the same, no two collections and no two articles are namesakes."""
    folders = [wanted.folder(folder) for folder in wanted.folders()]
    names = [(folder[0] if folder[1] else "", wanted.label(folder)) for folder in wanted.folders()]
    titles = [(piece.folder, piece.texts["en"].title) for piece in wanted.articles.values()]
    return all(len(set(some)) == len(some) for some in (folders, names, titles))


@st.composite
def stories(draw: st.DrawFn) -> tuple[dict[str, str], str, list[Wanted]]:
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


def settled(site: Site, seed: int) -> None:
    """Hold that nothing is left to do, nor after Intercom moved bodies on its own."""
    for _ in range(2):
        plan = site.plan()
        assert plan["changes"] == []
        assert [item for item in plan["attention"] if item["kind"] in ("drift", "conflict")] == []
        assert site.push().writes == []
        site.sandbox.churn(seed)


@settings(max_examples=EXAMPLES or 60, suppress_health_check=[HealthCheck.too_slow])
@given(story=stories(), seed=st.integers(0, 5))
def test_any_tree_pushed_in_any_steps_leaves_nothing_to_do(
    story: tuple[dict[str, str], str, list[Wanted]], seed: int
) -> None:
    switches, on_remove, trees = story
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder), on_remove=on_remove, **switches) as site:
        for wanted in trees:
            site.content(wanted.files())
            ran = site.push()
            assert ran.code == 0, (ran.out, ran.err)
            arrived(site, wanted, on_remove)
            settled(site, seed)


@settings(max_examples=EXAMPLES or 20, suppress_health_check=[HealthCheck.too_slow])
@given(
    articles=st.dictionaries(st.integers(0, 5), pieces(), min_size=1, max_size=5),
    ids=st.sampled_from(SWITCHES["heading_ids"]),
)
def test_renaming_folders_writes_nothing(articles: dict[int, Piece], ids: str) -> None:
    wanted = Wanted(articles)
    renamed = replace(wanted, names={"billing": "money", "deep": "deeper"})
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder), heading_ids=ids) as site:
        site.content(wanted.files())
        site.push()
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


@pytest.mark.parametrize("switches", POSITIONS, ids=lambda switches: "-".join(switches.values()))
def test_a_rich_tree_converges_in_every_position_of_the_switches(tmp_path: Path, switches: dict[str, str]) -> None:
    with Site(tmp_path, **switches) as site:
        for wanted in (RICH, EDITED, RICH):
            site.content(wanted.files())
            ran = site.push()
            assert ran.code == 0, (ran.out, ran.err)
            arrived(site, wanted)
            settled(site, 3)
